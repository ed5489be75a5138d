//! Section 5 of the contract: the same run without AWS.

use crate::support::namespace::without_network;
use crate::support::run::Paramexec;
use crate::support::temp::TempDir;

const PLACEHOLDERS: &str = "paramexec: running on mock placeholders, not on AWS\n";
const FILE: &str = "paramexec: running on mock values from \"mock.json\", not on AWS\n";

const MOCK: &str = r#"{
    "ssm:///prod/key": "parameter",
    "ssm:///prod/key:3": "third",
    "secretsmanager://prod/db": {"user": "shop", "port": 5432, "big": 1e6},
    "secretsmanager://text": "text",
    "secretsmanager://text?stage=AWSPREVIOUS": "old text",
    "secretsmanager://keyed#one": "first",
    "secretsmanager://keyed#two": {"a": 1},
    "ssm:///prod/json": "{\"key\": \"of a parameter\"}",
    "ssm:///path/a": "by its own name",
    "ssm:///path/deep/b": "deeper",
    "ssm:///listed/": {"one": "1", "two/three": "23"},
    "s3://bucket/app.env": "A=1\nB='two words'\nC=ssm:///prod/key\nD=secretsmanager://prod/db#user\n",
    "s3://bucket/app.env?versionId=7": "A=seventh\n"
}"#;

fn placeholders() -> Paramexec {
    Paramexec::new().arg("--mock")
}

fn on_file(mock: &str) -> (TempDir, Paramexec) {
    let folder = TempDir::new();
    folder.file("mock.json", mock);
    let run = Paramexec::new()
        .current_dir(folder.path())
        .arg("--mock=mock.json");
    (folder, run)
}

/// What a reference in the environment becomes.
#[track_caller]
fn becomes(run: Paramexec, reference: &str, value: &str, notice: &str) {
    run.env("A", reference)
        .args(["/bin/sh", "-c", "printf '%s|' \"$A\""])
        .expect_stdout(format!("{value}|"))
        .expect_stderr(notice)
        .check();
}

#[test]
fn a_placeholder_names_what_was_asked() {
    let becomes =
        |reference: &str, value: &str| becomes(placeholders(), reference, value, PLACEHOLDERS);
    becomes("ssm:///prod/db/password", "mock:/prod/db/password");
    becomes("ssm://top", "mock:top");
    becomes("ssm:///prod/key:3?region=eu-west-1", "mock:/prod/key");
    becomes("secretsmanager://prod/db", "mock:prod/db");
    becomes("secretsmanager://prod/db#password", "mock:prod/db#password");
    becomes(
        "ssm://arn:aws:ssm:eu-west-1:111122223333:parameter/prod/key",
        "mock:/prod/key",
    );
    becomes("ssm:///none?default=x", "x");
    becomes("secretsmanager://none?default=x#key", "x");
    becomes("ssm:///none?optional", "");
}

#[test]
fn on_placeholders_sources_of_many_variables_give_none() {
    placeholders()
        .args([
            "--from",
            "ssm:///prod/",
            "--from",
            "secretsmanager://prod/db",
            "--from",
            "s3://bucket/app.env",
        ])
        .env("PARAMEXEC_FROM", "")
        .arg("/usr/bin/env")
        .expect_stderr(PLACEHOLDERS)
        .check();
}

#[test]
fn a_file_answers_by_reference() {
    let becomes = |reference: &str, value: &str| {
        let (_folder, run) = on_file(MOCK);
        becomes(run, reference, value, FILE);
    };
    becomes("ssm:///prod/key", "parameter");
    becomes("ssm:///prod/key:3", "third");
    becomes("ssm:///prod/json#key", "of a parameter");
    becomes("secretsmanager://prod/db#port", "5432");
    becomes("secretsmanager://prod/db#big", "1e6");
    becomes(
        "secretsmanager://prod/db",
        r#"{"user": "shop", "port": 5432, "big": 1e6}"#,
    );
    becomes("secretsmanager://text", "text");
    becomes("secretsmanager://text?stage=AWSPREVIOUS", "old text");
    becomes("secretsmanager://keyed#one", "first");
    becomes("secretsmanager://keyed#two", r#"{"a": 1}"#);
    becomes("ssm:///none?default=stand-in", "stand-in");
    becomes("ssm:///none?optional", "");
}

#[test]
fn a_file_answers_arns_by_name_whatever_their_region_account_and_role() {
    let becomes = |reference: &str, value: &str| {
        let (_folder, run) = on_file(MOCK);
        becomes(run.arg("--resolve-arns"), reference, value, FILE);
    };
    becomes(
        "arn:aws:ssm:us-east-1:999988887777:parameter/prod/key",
        "parameter",
    );
    becomes(
        "arn:aws-cn:ssm:cn-north-1:999988887777:parameter/prod/key:3",
        "third",
    );
    becomes(
        "arn:aws:secretsmanager:us-east-1:999988887777:secret:prod/db:user::",
        "shop",
    );
    becomes(
        "arn:aws:secretsmanager:us-east-1:999988887777:secret:prod/db-a1B2c3:user::",
        "shop",
    );
    becomes(
        "arn:aws:secretsmanager:us-east-1:999988887777:secret:text::AWSPREVIOUS:",
        "old text",
    );
    becomes(
        "ssm:///prod/key?region=us-east-1&role=arn:aws:iam::999988887777:role/x",
        "parameter",
    );
}

#[test]
fn an_arn_in_the_file_answers_references_by_name() {
    let (_folder, run) = on_file(
        r#"{"arn:aws:ssm:eu-west-1:111122223333:parameter/prod/key": "of the ARN", "arn:aws:s3:::bucket/key": "B=1\n"}"#,
    );
    run.env("A", "ssm:///prod/key")
        .args(["--from", "s3://bucket/key", "/usr/bin/env"])
        .expect_stdout("A=of the ARN\nB=1\n")
        .expect_stderr(FILE)
        .check();
}

#[test]
fn a_file_gives_sources_of_many_variables() {
    let gives = |source: &str, expected: &str| {
        let (_folder, run) = on_file(MOCK);
        run.args(["--from", source, "/usr/bin/env"])
            .expect_stdout(expected)
            .expect_stderr(FILE)
            .check();
    };
    gives("ssm:///path/", "A=by its own name\nDEEP_B=deeper\n");
    gives("ssm:///listed/?prefix=P_", "P_ONE=1\nP_TWO_THREE=23\n");
    gives(
        "secretsmanager://prod/db",
        "big=1e6\nport=5432\nuser=shop\n",
    );
    gives(
        "s3://bucket/app.env",
        "A=1\nB=two words\nC=parameter\nD=shop\n",
    );
    gives("s3://bucket/app.env?versionId=7", "A=seventh\n");
    gives(
        "arn:aws:s3:::bucket/app.env?prefix=P_&dialect=docker",
        "P_A=1\nP_B='two words'\nP_C=parameter\nP_D=shop\n",
    );
}

#[test]
fn what_the_file_lacks_is_missing_in_the_same_shape_as_on_aws() {
    let (folder, run) = on_file(MOCK);
    folder.file(
        "manifest",
        "B=secretsmanager://none#key\nC=ssm:///prod/key:4\nD=ssm:///prod/json#none\n",
    );
    let advice =
        "is not in the mock file \"mock.json\"\n    help: add it there, or correct the reference";
    run.env("A", "ssm:///none")
        .args(["--manifest", "manifest", "--from", "ssm:///none/", "--from", "s3://bucket/none"])
        .args(["/bin/echo", "started"])
        .expect_code(65)
        .expect_stderr(format!(
            "{FILE}paramexec: command not started: 6 problems (exit code 65)\n  \
             manifest \"manifest\":\n    line 3: parameter \"/prod/json\" has no key \"none\"\n      \
             help: correct the key or add it to the value, which has key\n      for D from \"ssm:///prod/json#none\"\n  \
             path \"/none/\" {advice}\n    for --from \"ssm:///none/\"\n  \
             object \"s3://bucket/none\" {advice}\n    for --from \"s3://bucket/none\"\n  \
             parameter \"/none\" {advice}\n    for A from \"ssm:///none\" (environment)\n  \
             secret \"none\" {advice}\n    for B from \"secretsmanager://none#key\" (manifest \"manifest\" line 1)\n  \
             parameter \"/prod/key:4\" {advice}\n    for C from \"ssm:///prod/key:4\" (manifest \"manifest\" line 2)\n"
        ))
        .check();
    let (_folder, run) = on_file(MOCK);
    run.env("A", "ssm:///none")
        .args(["/bin/echo", "started"])
        .expect_code(66)
        .expect_stderr_containing("1 problem (exit code 66)")
        .check();
}

#[test]
fn a_mock_file_that_cannot_be_used_is_told_by_its_place() {
    for (text, problem) in [
        (
            "{\n  \"a\": }",
            "mock file \"mock.json\" is not a JSON object, broken at line 2 column 8\n    help: write {\"ssm:///path/to/name\": \"value\"}\n    for --mock",
        ),
        (
            "[]",
            "mock file \"mock.json\" is not a JSON object\n    help: write {\"ssm:///path/to/name\": \"value\"}\n    for --mock",
        ),
        (
            "",
            "mock file \"mock.json\" is empty\n    help: write {\"ssm:///path/to/name\": \"value\"}\n    for --mock",
        ),
        (
            "{\"ssn://a\": \"hunter2\"}",
            "invalid reference \"ssn://a\": it has no known scheme\n    help: write \"ssm://a\"\n    for --mock",
        ),
        (
            "{\"ssm:///a\": 5}",
            "\"ssm:///a\" in the mock file \"mock.json\" has a value of the wrong kind\n    help: give a parameter or dotenv object a text, a secret a text or an object, a path an object\n    for --mock",
        ),
    ] {
        let (_folder, run) = on_file(text);
        run.env("A", "ssm:///a")
            .args(["/bin/echo", "started"])
            .expect_code(65)
            .expect_stderr(format!(
                "paramexec: command not started: 1 problem (exit code 65)\n  {problem}\n"
            ))
            .check();
    }
}

#[test]
fn mock_needs_neither_network_nor_credentials_and_hides_nothing_else() {
    placeholders()
        .wrapped_in(without_network())
        .env("A", "ssm:///a/b")
        .env("B", "literal")
        .arg("/usr/bin/env")
        .expect_stdout("A=mock:/a/b\nB=literal\n")
        .expect_stderr(PLACEHOLDERS)
        .check();
}

#[test]
fn a_run_on_mock_says_so_once_also_when_nothing_is_asked() {
    placeholders()
        .arg("/bin/true")
        .expect_stderr(PLACEHOLDERS)
        .check();
    Paramexec::new()
        .env("PARAMEXEC_MOCK", "yes")
        .env("A", "ssm:///a")
        .env("B", "ssm:///b")
        .arg("/bin/true")
        .expect_stderr(PLACEHOLDERS)
        .check();
}

#[test]
fn on_mock_malformed_references_are_as_wrong_as_on_aws() {
    placeholders()
        .env("A", "ssm://")
        .args(["/bin/echo", "started"])
        .expect_code(65)
        .expect_stderr(format!(
            "{PLACEHOLDERS}paramexec: command not started: 1 problem (exit code 65)\n  \
             invalid reference \"ssm://\": it names no parameter\n    help: write \"ssm:///path/to/name\"\n    \
             for A (environment)\n"
        ))
        .check();
}
