//! Manifests in the shape of ECS: container definitions and task definitions.

use super::{on, refused};
use crate::support::fake::{Fake, Op};
use crate::support::temp::TempDir;

const WEB: &str = r#"{"name": "web", "image": "shop:3", "cpu": 256, "essential": true,
    "portMappings": [{"containerPort": 3000}], "logConfiguration": {"logDriver": "awslogs"},
    "secrets": [{"name": "PLAIN", "valueFrom": "/shop/${STAGE}/key"},
                {"name": "TOP", "valueFrom": "top"},
                {"name": "PARAMETER_ARN", "valueFrom": "arn:aws:ssm:us-east-1:111122223333:parameter/shop/away"},
                {"name": "SECRET_KEY", "valueFrom": "SECRET_ARN:user::"},
                {"name": "SECRET_WHOLE", "valueFrom": "SECRET_ARN"}],
    "environment": [{"name": "LITERAL", "value": "${STAGE} $ "},
                    {"name": "REFERENCE", "value": "ssm:///shop/prod/key"},
                    {"name": "FILE_VARIABLE", "value": "environment wins"},
                    {"name": "BARE_ARN", "value": "arn:aws:ssm:us-east-1:111122223333:parameter/shop/away"},
                    {"name": "PARAMEXEC_VERBOSE", "value": "1"}],
    "environmentFiles": [{"value": "arn:aws:s3:::bucket/${STAGE}.env", "type": "s3"},
                         {"value": "arn:aws:s3:::bucket/second.env", "type": "s3"}],
    "command": ["/bin/sh", "-c", "/usr/bin/env; echo \"$0\"", "of the manifest"]}"#;

const LOG: &str =
    r#"{"name": "log", "image": "log", "environment": [], "command": ["/bin/false"]}"#;

const EXPECTED: &str = "BARE_ARN=arn:aws:ssm:us-east-1:111122223333:parameter/shop/away\n\
    FILE_VARIABLE=environment wins\nIN_BOTH=first\nLITERAL=${STAGE} $ \nPARAMETER_ARN=away\nPLAIN=at home\n\
    PWD=FOLDER\nQUOTED=\"a # b\" $HOME \\n\nREFERENCE=at home\nSECOND=2\nSECRET_KEY=shop\nSECRET_WHOLE={\"user\":\"shop\"}\n\
    TOP=of the top\n";

fn store() -> Fake {
    let fake = Fake::start();
    fake.in_region("eu-west-1")
        .secure("/shop/prod/key", "at home")
        .parameter("top", "of the top");
    fake.in_region("us-east-1").secure("/shop/away", "away");
    fake.secret("shop", r#"{"user":"shop"}"#)
        .object(
            "bucket",
            "prod.env",
            "FILE_VARIABLE=of the file\nIN_BOTH=first\nQUOTED=\"a # b\" $HOME \\n\n# comment\n",
        )
        .object("bucket", "second.env", "IN_BOTH=second\nSECOND=2\n");
    fake
}

fn definition(fake: &Fake, text: &str) -> String {
    text.replace("SECRET_ARN", &fake.secret_arn("shop", "eu-west-1"))
}

#[track_caller]
fn gives_the_web_container(text: &str, container: Option<&str>) {
    let (fake, folder) = (store(), TempDir::new());
    folder.file("task.json", definition(&fake, text));
    let mut run = on(&fake, &folder)
        .env_remove("PARAMEXEC_DEFAULT_COMMAND")
        .env("STAGE", "prod")
        .args(["--manifest", "task.json"]);
    if let Some(container) = container {
        run = run.args(["--container", container]);
    }
    let outcome = run.run();
    assert_eq!(outcome.stderr(), "");
    let stdout = outcome.stdout();
    let (variables, last) = stdout
        .trim_end()
        .rsplit_once('\n')
        .expect("there are lines");
    assert_eq!(last, "of the manifest");
    let mut lines: Vec<&str> = variables.lines().collect();
    lines.sort_unstable();
    let folder = folder.path().canonicalize().expect("the folder is there");
    let expected = EXPECTED.replace("FOLDER", &folder.display().to_string());
    assert_eq!(lines.join("\n") + "\n", expected);

    let regions = |op| -> Vec<(Option<String>, Vec<String>)> {
        let mut calls: Vec<_> = fake
            .calls(op)
            .iter()
            .map(|call| {
                (
                    call.region().map(str::to_owned),
                    call.names().into_iter().map(str::to_owned).collect(),
                )
            })
            .collect();
        calls.sort();
        calls
    };
    let call = |region: &str, names: &[&str]| {
        (
            Some(region.to_owned()),
            names.iter().map(|name| (*name).to_owned()).collect(),
        )
    };
    assert_eq!(
        regions(Op::GetParameters),
        [
            call("eu-west-1", &["/shop/prod/key", "top"]),
            call(
                "us-east-1",
                &["arn:aws:ssm:us-east-1:111122223333:parameter/shop/away"]
            ),
        ]
    );
    assert_eq!(fake.calls(Op::GetSecretValue).len(), 1);
    assert_eq!(fake.calls(Op::GetObject).len(), 2);
}

#[test]
fn a_container_definition_gives_its_variables_and_its_command() {
    gives_the_web_container(WEB, None);
    gives_the_web_container(WEB, Some("web"));
}

#[test]
fn a_task_definition_gives_those_of_the_container_that_is_named() {
    let registered = format!(r#"{{"family": "shop", "containerDefinitions": [{LOG}, {WEB}]}}"#);
    gives_the_web_container(&registered, Some("web"));
    gives_the_web_container(
        &format!(r#"{{"taskDefinition": {registered}, "tags": []}}"#),
        Some("web"),
    );
    gives_the_web_container(&format!("[{LOG}, {WEB}]"), Some("web"));
}

#[test]
fn a_task_definition_of_one_container_needs_no_name() {
    gives_the_web_container(&format!(r#"{{"containerDefinitions": [{WEB}]}}"#), None);
}

#[test]
fn the_container_must_be_said_where_there_are_several_and_must_exist() {
    let (fake, folder) = (Fake::start(), TempDir::new());
    folder.file(
        "task.json",
        format!(r#"{{"containerDefinitions": [{LOG}, {WEB}]}}"#),
    );
    let run = || on(&fake, &folder).args(["--manifest", "task.json"]);
    refused(
        run(),
        65,
        r#"
  manifest "task.json" holds 2 containers: log, web
    help: say which with --container
"#,
    );
    refused(
        run().args(["--container", "wbe"]),
        65,
        r#"
  manifest "task.json" has no container "wbe"
    help: it has: log, web
"#,
    );
}

#[test]
fn bare_arns_of_the_environment_section_are_references_when_that_is_asked_for() {
    let (fake, folder) = (store(), TempDir::new());
    folder.file(
        "task.json",
        r#"{"environment": [{"name": "A", "value": "arn:aws:ssm:us-east-1:111122223333:parameter/shop/away"}]}"#,
    );
    on(&fake, &folder)
        .args(["--manifest", "task.json", "--resolve-arns"])
        .expect_stdout("A=away\n")
        .check();
}

#[test]
fn everything_wrong_with_a_definition_is_told_by_its_place() {
    let (fake, folder) = (Fake::start(), TempDir::new());
    folder.file(
        "task.json",
        r#"{"secrets": [{"name": "A"}, {"name": "B", "valueFrom": "a/b"}, {"name": "F", "valueFrom": "f"}, {"name": "F", "valueFrom": "b"},
                        {"name": "PARAMEXEC_X", "valueFrom": "b"}, {"name": "C", "valueFrom": "${NONE}"}],
            "environment": [{"name": "D", "value": 1}],
            "environmentFiles": [{"value": "ssm:///x/"}], "command": "rails"}"#,
    );
    refused(
        on(&fake, &folder).args(["--manifest", "task.json"]),
        65,
        r#"
  manifest "task.json":
    secrets[0]: has no text "valueFrom"
      help: write {"name": "NAME", "valueFrom": "REFERENCE"}
    secrets[4]: "PARAMEXEC_X" is one of paramexec's own options, which never reach the command
      help: set it in the environment of paramexec itself
    environment[0]: has no text "value"
      help: write {"name": "NAME", "value": "text"}
    environmentFiles[0]: is no environment file
      help: write {"value": "arn:aws:s3:::bucket/key.env", "type": "s3"}
    command: is no array
      help: write ["program", "argument"]
    secrets[1]: invalid reference "a/b": a parameter in a hierarchy begins with a slash
      help: write "ssm:///a/b"
      for B
    secrets[2]: named a second time in secrets[3]
      help: keep one of them
      for F
    secrets[5]: invalid reference "${NONE}": "${NONE}" is not set
      help: set "NONE", or give it a fallback: "${NONE:-text}"
      for C
"#,
    );
}

#[test]
fn a_manifest_that_is_no_definition_is_told_by_its_place() {
    let (fake, folder) = (Fake::start(), TempDir::new());
    for (text, problem, help) in [
        (
            "{\"secrets\": [\n}",
            "manifest \"task.json\" is not JSON at line 2 column 1",
            "correct it there",
        ),
        (
            "{\"a\": 1}",
            "manifest \"task.json\" holds no ECS container definition",
            "it has none of the fields secrets, environment, environmentFiles, command",
        ),
        (
            "[]",
            "manifest \"task.json\" holds 0 containers: ",
            "say which with --container",
        ),
    ] {
        folder.file("task.json", text);
        refused(
            on(&fake, &folder).args(["--manifest", "task.json"]),
            65,
            &format!("  {problem}\n    help: {help}\n"),
        );
    }
}
