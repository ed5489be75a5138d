//! Dotenv objects as sources: both dialects, references in them, and what is refused.

use super::{on, refused};
use crate::support::fake::{Fake, Op};
use crate::support::temp::TempDir;

const BOTH_READ_IT: &str = "\u{feff}# comment\r\nA=1\r\n\r\nB=\"two words\"\r\nA=last\r\n";

#[test]
fn the_dialect_says_how_an_object_is_read() {
    let (fake, folder) = (Fake::start(), TempDir::new());
    fake.object("bucket", "app.env", BOTH_READ_IT);
    folder.file("app.env", BOTH_READ_IT);
    let run = |source: &str, expected: &str| {
        on(&fake, &folder)
            .args(["--from", source])
            .expect_stdout(expected)
            .check();
    };
    for source in [
        "s3://bucket/app.env",
        "arn:aws:s3:::bucket/app.env",
        "file:app.env",
    ] {
        run(source, "A=last\nB=two words\n");
        run(&format!("{source}?dialect=dotenv"), "A=last\nB=two words\n");
        run(
            &format!("{source}?dialect=docker"),
            "A=last\nB=\"two words\"\n",
        );
        run(
            &format!("{source}?dialect=docker&prefix=X_"),
            "X_A=last\nX_B=\"two words\"\n",
        );
    }
}

#[test]
fn references_in_an_object_are_resolved_once() {
    let (fake, folder) = (Fake::start(), TempDir::new());
    fake.secure("/shop/a", "ssm:///shop/b")
        .secure("/shop/b", "never asked")
        .secret("json", r#"{"key": "of json"}"#)
        .object(
            "bucket",
            "app.env",
            "A=ssm:///shop/a\nB=secretsmanager://json#key\nC='ssm:///none?default=stand-in'\nD=ssm:///none?optional\nE=plain\n",
        );
    on(&fake, &folder)
        .args(["--from", "s3://bucket/app.env"])
        .expect_stdout("A=ssm:///shop/b\nB=of json\nC=stand-in\nE=plain\n")
        .check();
    let names: Vec<Vec<String>> = fake
        .calls(Op::GetParameters)
        .iter()
        .map(|call| call.names().into_iter().map(str::to_owned).collect())
        .collect();
    assert_eq!(names, [["/shop/a", "/none"]]);
}

#[test]
fn a_reference_in_an_object_that_is_not_needed_is_not_asked() {
    let (fake, folder) = (Fake::start(), TempDir::new());
    fake.object(
        "bucket",
        "app.env",
        "HOME=ssm:///never\nB=secretsmanager://never\nC=1\n",
    );
    folder.file("manifest", "B=named first\n");
    on(&fake, &folder)
        .env("HOME", "kept")
        .args(["--manifest", "manifest", "--from", "s3://bucket/app.env"])
        .expect_stdout("B=named first\nC=1\nHOME=kept\n")
        .check();
    assert_eq!(fake.all_calls().len(), 1);
}

#[test]
fn names_in_braces_are_filled_from_the_environment_and_from_lines_above() {
    let (fake, folder) = (Fake::start(), TempDir::new());
    folder.file(
        "app.env",
        "HOST=db\nURL=http://${HOST}/${STAGE}\nTAKEN=${HOME}\n",
    );
    on(&fake, &folder)
        .env("STAGE", "prod")
        .env("HOME", "of the environment")
        .args(["--from", "file:app.env"])
        .expect_stdout(
            "HOME=of the environment\nHOST=db\nTAKEN=of the environment\nURL=http://db/prod\n",
        )
        .check();
}

#[test]
fn a_name_in_braces_of_a_reference_gives_the_fetched_value() {
    let (fake, folder) = (Fake::start(), TempDir::new());
    fake.secure("/db", "p$w").secure("/stage", "prod");
    fake.object(
        "bucket",
        "app.env",
        "DB=ssm:///db\nA=<${DB}>\nB=\"${A}-${STAGE}\"\nDB_2=${DB}\n",
    );
    let run = || {
        on(&fake, &folder)
            .env("STAGE", "ssm:///stage")
            .args(["--unset", "STAGE"])
    };
    run()
        .args(["--from", "s3://bucket/app.env"])
        .expect_stdout("A=<p$w>\nB=<p$w>-prod\nDB=p$w\nDB_2=p$w\n")
        .check();
    run()
        .args(["--from", "s3://bucket/app.env?prefix=X_", "--unset", "X_DB"])
        .expect_stdout("X_A=<p$w>\nX_B=<p$w>-prod\nX_DB_2=p$w\n")
        .check();
}

#[test]
fn a_fetched_value_is_never_filled_into_a_url_without_a_filter() {
    let (fake, folder) = (Fake::start(), TempDir::new());
    folder.file(
        "app.env",
        "DB=ssm:///p\nURL=postgres://u:${DB}@h/db\nA=${DB}\nB=\"x://${A}\"\nC=http://${STAGE}\n",
    );
    refused(
        on(&fake, &folder).env("STAGE", "ssm:///stage").args([
            "--unset",
            "STAGE",
            "--from",
            "file:app.env",
        ]),
        65,
        r#"
  --from "file:app.env":
    line 2, line 4: ${DB} stands for a value that is fetched, which may hold what changes a URL
      help: begin the value with "template:" and write {DB|url}
    line 5: ${STAGE} stands for a value that is fetched, which may hold what changes a URL
      help: begin the value with "template:" and write {STAGE|url}
"#,
    );
    folder.file("app.env", "DB=ssm:///p\nA=${DB}\nDB=ssm:///q\n");
    refused(
        on(&fake, &folder).args(["--from", "file:app.env"]),
        65,
        r#"
  --from "file:app.env":
    line 2: ${DB} stands for a reference that a line below replaces
      help: give one of the two another name
"#,
    );
    assert_eq!(fake.all_calls().len(), 0);
}

#[test]
fn everything_wrong_with_an_object_is_told_by_its_line() {
    let (fake, folder) = (Fake::start(), TempDir::new());
    let text = "hunter2\nA=hunter2 hunter2\nB=$(hunter2)\nC='hunter2\nPARAMEXEC_X=hunter2\n";
    fake.object("bucket", "bad.env", text);
    refused(
        on(&fake, &folder).args(["--from", "s3://bucket/bad.env"]),
        65,
        r##"
  --from "s3://bucket/bad.env":
    line 1: no "=" after a name
      help: write NAME=value, "#" before a comment, and quotes around a value of several lines
    line 2: blanks in a value without quotes
      help: put the value in single quotes
    line 3: a command substitution outside single quotes, which is never run
      help: write what the command prints; if its text is the value, put the value in single quotes
    line 4: a quote is opened here and never closed
      help: close it; a value with a quote in it needs quotes of the other kind, and a quote after a backslash closes nothing
    help: if the whole file is written for docker or ECS, add ?dialect=docker, which solves line 2, line 3
"##,
    );
    folder.file("own.env", "A=1\nPARAMEXEC_X=hunter2\n");
    refused(
        on(&fake, &folder).args(["--from", "file:own.env"]),
        65,
        r#"
  --from "file:own.env":
    line 2: "PARAMEXEC_X" is one of paramexec's own options, which never reach the command
      help: set it in the environment of paramexec itself
"#,
    );
}

#[test]
fn an_object_that_is_none_is_told_in_one_problem() {
    let (fake, folder) = (Fake::start(), TempDir::new());
    folder.file("bad.env", "hunter2\n".repeat(100));
    on(&fake, &folder)
        .args(["--from", "file:bad.env"])
        .expect_code(65)
        .expect_stderr_containing("1 problem (exit code 65)")
        .expect_stderr_containing(
            "    line 1, line 2, line 3, line 4, line 5 and 95 more: no \"=\"",
        )
        .check();
    let names = (0..40_000).map(|n| format!("PARAMEXEC_{n}=1\n"));
    folder.file("names.env", names.collect::<String>());
    on(&fake, &folder)
        .args(["--from", "file:names.env"])
        .expect_code(65)
        .expect_stderr_containing("and 39980 more problems")
        .check();
}

/// What docs/migrating.md says that ECS does otherwise.
#[test]
fn an_environment_file_of_ecs_is_refused_where_ecs_would_lose_a_setting() {
    let (fake, folder) = (Fake::start(), TempDir::new());
    fake.secure("/shop/a", "of the store");
    let run = |text: &str| {
        folder.file("ecs.env", text);
        on(&fake, &folder).args(["--from", "file:ecs.env?dialect=docker"])
    };
    run("# nothing\n")
        .expect_code(66)
        .expect_stderr_containing("gives no variables")
        .check();
    run("A=1\nB\n")
        .expect_code(65)
        .expect_stderr_containing("line 2: ")
        .check();
    run("LD_PRELOAD=/x.so\n")
        .expect_code(65)
        .expect_stderr_containing("line 1: \"LD_PRELOAD\"")
        .check();
    run("A=ssm:///shop/a\n")
        .expect_stdout("A=of the store\n")
        .check();
}
