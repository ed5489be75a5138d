//! The one rule of precedence: the first source to name a variable wins, and nothing is fetched in vain.

use crate::support::fake::{Fake, Op};
use crate::support::run::Paramexec;
use crate::support::temp::TempDir;

/// A store in which every source that is asked has its own value for every name.
fn store() -> Fake {
    let fake = Fake::start();
    for name in ["A", "B", "C", "D", "E"] {
        for source in ["environment", "first", "second", "path"] {
            fake.secure(&format!("/{source}/{name}"), &format!("{source} {name}"));
        }
    }
    fake.secret("json", r#"{"D": "json D", "E": "json E", "F": "json F"}"#);
    fake.object("bucket", "all.env", "E=object\nF=object\nG=object\n");
    fake
}

fn on(fake: &Fake, folder: &TempDir) -> Paramexec {
    Paramexec::new()
        .endpoint(fake)
        .current_dir(folder.path())
        .args(["--unset", "AWS_ENDPOINT_URL", "--unset", "AWS_REGION"])
        .args([
            "--unset",
            "AWS_EC2_METADATA_DISABLED",
            "--drop-aws-credentials",
        ])
}

fn asked(fake: &Fake) -> Vec<String> {
    let calls = fake.calls(Op::GetParameters);
    let mut names: Vec<String> = calls
        .iter()
        .flat_map(|call| {
            call.names()
                .into_iter()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect();
    names.sort();
    names
}

#[test]
fn every_credential_of_aws_can_be_kept_from_the_command() {
    let credentials = [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_BEARER_TOKEN_BEDROCK",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_PROFILE",
        "AWS_ROLE_ARN",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    ];
    let run = credentials
        .iter()
        .fold(Paramexec::new(), |run, name| run.env(name, "x"));
    run.env("AWS_REGION", "eu-west-1")
        .args(["--drop-aws-credentials", "/usr/bin/env"])
        .expect_stdout("AWS_REGION=eu-west-1\n")
        .check();
}

#[test]
fn the_first_source_to_name_a_variable_wins() {
    let (fake, folder) = (store(), TempDir::new());
    folder.file(
        "first",
        "A=ssm:///first/A\nB=ssm:///first/B\nC=ssm:///first/C\n",
    );
    folder.file("second", "C=ssm:///second/C\nD=literal D\n");
    on(&fake, &folder)
        .env("A", "literal A")
        .env("B", "ssm:///environment/B")
        .args([
            "--from",
            "secretsmanager://json",
            "--from",
            "s3://bucket/all.env",
            "--from",
            "ssm:///path/",
        ])
        .args(["--manifest", "first", "--manifest", "second"])
        .arg("/usr/bin/env")
        .expect_stdout(
            "A=literal A\nB=environment B\nC=first C\nD=literal D\nE=json E\nF=json F\nG=object\n",
        )
        .check();
    assert_eq!(asked(&fake), ["/environment/B", "/first/C"]);
}

#[test]
fn sources_of_one_kind_count_in_the_order_given() {
    let (fake, folder) = (store(), TempDir::new());
    folder.file("first", "C=ssm:///first/C\n");
    folder.file("second", "C=ssm:///second/C\n");
    on(&fake, &folder)
        .args(["--manifest", "second", "--manifest", "first"])
        .args(["--from", "ssm:///path/", "--from", "secretsmanager://json"])
        .args(["/bin/sh", "-c", "echo $C, $D, $F"])
        .expect_stdout("second C, path D, json F\n")
        .check();
    assert_eq!(asked(&fake), ["/second/C"]);
}

#[test]
fn a_literal_of_the_environment_is_kept_and_nothing_is_fetched_for_it() {
    let (fake, folder) = (store(), TempDir::new());
    folder.file(
        "first",
        "A=ssm:///first/A\nB=ssm:///does/not/exist\nC=ssm:///denied\n",
    );
    fake.secure("/denied", "x").deny("/denied");
    let run = || {
        on(&fake, &folder)
            .env("A", "")
            .env("B", "mine")
            .env("C", "mine")
            .args(["--manifest", "first"])
    };
    run()
        .arg("/usr/bin/env")
        .expect_stdout("A=\nB=mine\nC=mine\n")
        .check();
    run()
        .args(["--existing", "keep", "/usr/bin/env"])
        .expect_stdout("A=\nB=mine\nC=mine\n")
        .check();
    assert_eq!(fake.connections(), 0);
}

#[test]
fn existing_replace_lets_what_is_fetched_win_over_literals() {
    let (fake, folder) = (store(), TempDir::new());
    folder.file("first", "A=ssm:///first/A\nB=literal of the manifest\nC=ssm:///none?optional\nD=ssm:///none?default=stand-in\n");
    on(&fake, &folder)
        .env("A", "mine")
        .env("B", "mine")
        .env("C", "mine")
        .env("D", "mine")
        .env("F", "mine")
        .env("OTHER", "mine")
        .args(["--existing=replace", "--manifest", "first", "--from", "secretsmanager://json"])
        .arg("/usr/bin/env")
        .expect_stdout("A=first A\nB=literal of the manifest\nC=mine\nD=stand-in\nE=json E\nF=json F\nOTHER=mine\n")
        .check();
}

#[test]
fn existing_fail_names_all_that_the_environment_already_holds() {
    let (fake, folder) = (store(), TempDir::new());
    folder.file("first", "A=ssm:///first/A\nB=literal\nC=ssm:///first/C\n");
    on(&fake, &folder)
        .env("A", "mine")
        .env("B", "mine")
        .env("D", "mine")
        .env("REFERENCE", "ssm:///environment/A")
        .args([
            "--existing=fail",
            "--manifest",
            "first",
            "--from",
            "secretsmanager://json",
        ])
        .args(["/bin/echo", "started"])
        .expect_code(65)
        .expect_stderr(
            r#"paramexec: command not started: 3 problems (exit code 65)
  manifest "first":
    line 1: the environment already holds "A"
      help: remove it there or from the source, or choose with --existing=keep or =replace
      for A from "ssm:///first/A"
    line 2: the environment already holds "B"
      help: remove it there or from the source, or choose with --existing=keep or =replace
      for B
  --from "secretsmanager://json":
    the environment already holds "D"
      help: remove it there or from the source, or choose with --existing=keep or =replace
      for D
"#,
        )
        .check();
    on(&fake, &folder)
        .env("OTHER", "mine")
        .args(["--existing=fail", "--manifest", "first"])
        .arg("/usr/bin/env")
        .expect_stdout("A=first A\nB=literal\nC=first C\nOTHER=mine\n")
        .check();
}

#[test]
fn what_is_unset_is_neither_fetched_nor_handed_on() {
    let (fake, folder) = (store(), TempDir::new());
    folder.file("first", "A=ssm:///first/A\nB=ssm:///first/B\n");
    on(&fake, &folder)
        .env("C", "ssm:///environment/C")
        .env("D", "literal")
        .args(["--manifest", "first", "--from", "secretsmanager://json"])
        .args([
            "--unset", "A", "--unset", "C", "--unset", "D", "--unset", "E",
        ])
        .arg("/usr/bin/env")
        .expect_stdout("B=first B\nF=json F\n")
        .check();
    assert_eq!(asked(&fake), ["/first/B"]);
}

#[test]
fn what_many_variables_share_is_asked_once() {
    let (fake, folder) = (store(), TempDir::new());
    folder.file(
        "first",
        "M=ssm:///first/A\nN=ssm:///first/A?default=x\nJ=secretsmanager://json#D\nK=secretsmanager://json#E\n",
    );
    on(&fake, &folder)
        .env("X", "ssm:///first/A")
        .args([
            "--manifest",
            "first",
            "--from",
            "secretsmanager://json?prefix=P_",
        ])
        .args([
            "--from",
            "ssm:///path/?prefix=Q_",
            "--from",
            "ssm:///path/?prefix=R_",
        ])
        .args(["/bin/sh", "-c", "echo $M, $N, $X, $J, $K, $P_F, $Q_A, $R_B"])
        .expect_stdout("first A, first A, first A, json D, json E, json F, path A, path B\n")
        .check();
    assert_eq!(asked(&fake), ["/first/A"]);
    assert_eq!(fake.calls(Op::GetSecretValue).len(), 1);
    assert_eq!(fake.calls(Op::GetParametersByPath).len(), 1);
    assert_eq!(fake.all_calls().len(), 3);
}

#[test]
fn names_in_braces_are_filled_from_the_environment() {
    let (fake, folder) = (store(), TempDir::new());
    fake.secure("/first/A$", "never");
    folder.file(
        "first.staging",
        "A=ssm:///${WHERE}/A\nB=ssm:///${UNSET:-second}/B\nC=literal ${WHERE} $$ $\n",
    );
    on(&fake, &folder)
        .env("STAGE", "staging")
        .env("WHERE", "first")
        .env("EMPTY", "")
        .args([
            "--manifest",
            "first.${STAGE}",
            "--from",
            "s3://${UNSET:-bucket}/${EMPTY:-all}.env",
        ])
        .args(["/bin/sh", "-c", "echo \"$A, $B, $C, $G\""])
        .expect_stdout("first A, second B, literal ${WHERE} $$ $, object\n")
        .check();
    on(&fake, &folder)
        .env("PARAMEXEC_MANIFEST", "first.${STAGE}")
        .env("PARAMEXEC_FROM", "s3://${BUCKET}/all.env")
        .env("BUCKET", "bucket")
        .env("STAGE", "staging")
        .env("WHERE", "second")
        .args(["/bin/sh", "-c", "echo \"$A, $G\""])
        .expect_stdout("second A, object\n")
        .check();
}

#[test]
fn a_name_in_braces_that_cannot_be_filled_is_an_error_that_says_which() {
    let folder = TempDir::new();
    folder.file("first", "A=ssm:///${NONE}/A\n");
    Paramexec::new()
        .current_dir(folder.path())
        .env("REFERENCE", "secretsmanager://json?default=x")
        .args([
            "--mock",
            "--manifest",
            "${STAGE}.env",
            "--manifest",
            "first",
        ])
        .args([
            "--from",
            "s3://bucket/${FILE}",
            "--from",
            "ssm:///$STAGE/",
            "--from",
            "ssm:///${REFERENCE}/",
        ])
        .args(["/bin/echo", "started"])
        .expect_code(65)
        .expect_stderr(
            r#"paramexec: running on mock placeholders, not on AWS
paramexec: command not started: 5 problems (exit code 65)
  invalid path "${STAGE}.env": "${STAGE}" is not set
    help: set "STAGE", or give it a fallback: "${STAGE:-text}"
    for --manifest
  invalid reference "s3://bucket/${FILE}": "${FILE}" is not set
    help: set "FILE", or give it a fallback: "${FILE:-text}"
    for --from
  invalid reference "ssm:///$STAGE/": a "$" stands alone in it
    help: write "${NAME}" for a variable's value or "$$" for a dollar sign
    for --from
  invalid reference "ssm:///${REFERENCE}/": the value of "REFERENCE" is itself a reference
    help: fill references with plain values only
    for --from
  manifest "first":
    line 1: invalid reference "ssm:///${NONE}/A": "${NONE}" is not set
      help: set "NONE", or give it a fallback: "${NONE:-text}"
      for A
"#,
        )
        .check();
}

#[test]
fn what_a_name_was_filled_with_is_shown_where_it_makes_the_reference_unusable() {
    Paramexec::new()
        .env("STAGE", "")
        .args([
            "--mock",
            "--from",
            "ssm:///shop/${STAGE}/db/",
            "/bin/echo",
            "started",
        ])
        .expect_code(65)
        .expect_stderr_containing(
            "filled as \"ssm:///shop//db/\", two slashes follow each other in the name",
        )
        .check();
}

#[test]
fn references_in_the_environment_are_not_filled() {
    Paramexec::new()
        .env("STAGE", "prod")
        .env("A", "ssm:///shop/${STAGE}/db")
        .args(["--mock", "/bin/echo", "started"])
        .expect_code(65)
        .expect_stderr_containing("a parameter name has no \"$\" in it\n    help: \"${NAME}\" is filled in manifests, --manifest and --from only")
        .check();
}
