//! Several failures at once, what is allowed to be missing, and runs in which there is nothing to fetch.

use serde_json::{Value, json};

use super::{Stage, planted};
use crate::support::fake::{Failure, Fault, When};
use crate::support::namespace::without_network;
use crate::support::run::Paramexec;

/// How a failure of one kind is brought about, besides what a run has already.
type Arrange = fn(&Stage, Paramexec) -> Paramexec;

/// One more failure each, from the last in rank to the first.
const KINDS: [(i32, Arrange); 6] = [
    (75, |stage, run| {
        stage.fake.script(
            When::always().asking_for("slow"),
            Fault::Fail(Failure::throttled()),
        );
        run.env("SLOW", "secretsmanager://slow")
            .args(["--timeout", "500ms"])
    }),
    (69, |stage, run| {
        stage.fake.script(
            When::always().asking_for("broken"),
            Fault::Fail(Failure::internal()),
        );
        run.env("BROKEN", "secretsmanager://broken")
    }),
    (78, |stage, run| {
        stage
            .fake
            .in_region("us-east-1")
            .object("elsewhere", "app.env", "A=1");
        run.args(["--from", "s3://elsewhere/app.env"])
    }),
    (77, |stage, run| {
        stage.fake.secret("denied", "x").deny("denied");
        run.env("DENIED", "secretsmanager://denied")
    }),
    (66, |_, run| run.env("MISSING", "ssm:///missing")),
    (65, |_, run| run.env("MALFORMED", "ssm:///")),
];

#[test]
fn of_several_failures_what_a_person_must_fix_first_decides_the_code_and_all_are_told() {
    for most in 1..=KINDS.len() {
        let stage = Stage::new();
        let arranged = KINDS[..most]
            .iter()
            .fold(stage.bare(), |run, (_, arrange)| arrange(&stage, run));
        let code = KINDS[most - 1].0;
        let noun = if most == 1 { "problem" } else { "problems" };
        let mut run = arranged
            .expect_code(code)
            .expect_stderr_containing(&format!("not started: {most} {noun} (exit code {code})\n"));
        let named = [
            "for SLOW",
            "for BROKEN",
            "s3://elsewhere",
            "for DENIED",
            "for MISSING",
            "for MALFORMED",
        ];
        for name in &named[..most] {
            run = run.expect_stderr_containing(name);
        }
        run.check();
    }
}

#[test]
fn what_failed_for_several_variables_is_told_once_with_all_of_them() {
    let stage = Stage::new();
    stage.folder.file(
        "more",
        "B=ssm:///missing?role=arn:aws:iam::111122223333:role/x\nC=ssm:///missing\n",
    );
    stage.fake.role("arn:aws:iam::111122223333:role/x");
    stage
        .bare()
        .env("A", "ssm:///missing")
        .args(["--manifest", "more"])
        .expect_code(66)
        .expect_stderr(
            r#"paramexec: command not started: 1 problem (exit code 66)
  parameter "/missing" does not exist in eu-west-1
    help: create it, or correct the name, the region or the account
    for A from "ssm:///missing" (environment)
    for B from "ssm:///missing?role=arn:aws:iam::111122223333:role/x" (manifest "more" line 1)
    for C from "ssm:///missing" (manifest "more" line 2)
"#,
        )
        .check();
}

#[test]
fn as_json_a_failure_is_one_line_that_names_variable_source_and_line() {
    let stage = Stage::new();
    stage.folder.file("more", "# one\nB=ssm:///missing\n");
    let outcome = stage
        .bare()
        .env("A", "ssm:///missing")
        .args(["--manifest", "more", "--format=json"])
        .expect_code(66)
        .expect_stderr_containing("{")
        .check();
    let stderr = outcome.stderr();
    let failure: Value = serde_json::from_str(&stderr).expect("one line of JSON");
    assert!(stderr.ends_with("}\n") && stderr.lines().count() == 1);
    assert_eq!(
        (&failure["level"], &failure["exit_code"]),
        (&json!("error"), &json!(66))
    );
    assert_eq!(
        failure["problems"][0]["subjects"],
        json!([
            {"variable": "A", "reference": "ssm:///missing", "source": "environment", "line": null},
            {"variable": "B", "reference": "ssm:///missing", "source": "manifest \"more\"", "line": 2},
        ])
    );
}

#[test]
fn allow_missing_starts_the_command_without_what_is_missing_and_warns() {
    let stage = Stage::new();
    stage
        .everything()
        .env("MISSING", "ssm:///missing")
        .env("SECRET", "secretsmanager://missing#key")
        .args(["--allow-missing", "--from", "s3://bucket/none.env", "--from", "file:none.env", "--from", "ssm:///none/"])
        .args(["/bin/sh", "-c", "echo ${MISSING-unset} ${SECRET-unset} $KEY"])
        .expect_stdout(format!("unset unset {}\n", planted::PARAMETER))
        .expect_stderr(r#"paramexec: warning: file "none.env" does not exist: left out --from "file:none.env"
paramexec: warning: object "s3://bucket/none.env" does not exist in eu-west-1: left out --from "s3://bucket/none.env"
paramexec: warning: "ssm:///none/" gives no variables: left out --from "ssm:///none/"
paramexec: warning: parameter "/missing" does not exist in eu-west-1: left out MISSING from "ssm:///missing" (environment)
paramexec: warning: secret "missing" does not exist in eu-west-1: left out SECRET from "secretsmanager://missing#key" (environment)
"#)
        .check();
}

#[test]
fn allow_missing_allows_nothing_else() {
    let allow = |stage: &Stage| stage.bare().arg("--allow-missing");
    let stage = Stage::new();
    allow(&stage)
        .env("A", "secretsmanager://json#none")
        .expect_code(65)
        .expect_stderr_containing("has no key \"none\"")
        .check();
    let stage = Stage::new();
    stage.fake.deny("/app/key");
    allow(&stage)
        .expect_code(77)
        .expect_stderr_containing("denied")
        .check();
    let stage = Stage::new();
    allow(&stage)
        .env_remove("AWS_REGION")
        .expect_code(78)
        .expect_stderr_containing("there is no AWS region")
        .check();
}

#[test]
fn the_code_tells_where_nothing_can_be_said() {
    for redirection in ["2>/dev/full", "2>&-"] {
        let stage = Stage::new();
        stage
            .bare()
            .env("MISSING", "ssm:///missing")
            .env("PARAMEXEC_MOCK", "mock.json")
            .wrapped_in(["/bin/sh", "-c", &format!("exec \"$@\" {redirection}"), "sh"])
            .expect_code(66)
            .check();
    }
}

#[test]
fn with_nothing_to_fetch_no_connection_is_made() {
    let stage = Stage::new();
    stage
        .folder
        .file("literals", "A=1\nLITERAL=ssm:///not/needed\n");
    stage
        .bare()
        .env("KEY", "no reference")
        .env("ARN", "arn:aws:ssm:eu-west-1:111122223333:parameter/x")
        .env("S3", "s3://bucket/key")
        .args(["--manifest", "literals", "--from", "file:app.env"])
        .args(["/bin/sh", "-c", "echo $A $FILE $S3"])
        .expect_stdout(format!("1 {} s3://bucket/key\n", planted::FILE))
        .check();
    assert_eq!(stage.fake.connections(), 0);
}

#[test]
fn with_nothing_to_fetch_neither_network_nor_settings_are_needed() {
    let stage = Stage::new();
    stage.folder.file("literals", "A=1\n");
    Paramexec::new()
        .wrapped_in(without_network())
        .current_dir(stage.folder.path())
        .args(["--manifest", "literals", "--from", "file:app.env"])
        .args(["/bin/sh", "-c", "echo $A $FILE"])
        .expect_stdout(format!("1 {}\n", planted::FILE))
        .check();
    // There the network is really gone.
    stage
        .bare()
        .wrapped_in(without_network())
        .args(["--timeout", "500ms"])
        .expect_code(69)
        .expect_stderr_containing("cannot connect to http://127.0.0.1:")
        .check();
}
