//! The table for people: whole, and no wider than 80 columns where what it shows is not.

use super::{PLANTED, Shop};
use crate::support::run::Paramexec;
use crate::support::secrecy::values_never_shown;
use crate::support::temp::TempDir;

const PLAN: &str = "\
VARIABLE     FROM
DB_PASSWORD  ssm:///shop/prod/db/password:3
             manifest \"shop.manifest\" line 1
API_TOKEN    secretsmanager://shop/prod/api?stage=AWSPREVIOUS#token
             manifest \"shop.manifest\" line 2
LOG_LEVEL    ssm:///shop/prod/log-level?default=…&region=us-east-1
             manifest \"shop.manifest\" line 3; in us-east-1; with a default
DB_USER      (literal)
             manifest \"shop.manifest\" line 4
A_NAME_THAT_IS_WIDER_THAN_ANY_COLUMN
             ssm://flag?optional
             manifest \"shop.manifest\" line 5; optional
(many)       ssm:///shop/prod/app/
             --from
(many)       s3://shop/prod.env
             --from

5 variables, 2 bulk sources, for \"/bin/true\"
";

const CHECK: &str = "\
VARIABLE     FROM
(many)       ssm:///shop/prod/app/
             --from; found
(many)       s3://shop/prod.env
             --from; found
DB_PASSWORD  ssm:///shop/prod/db/password:3
             manifest \"shop.manifest\" line 1; found, version 3
API_TOKEN    secretsmanager://shop/prod/api?stage=AWSPREVIOUS#token
             manifest \"shop.manifest\" line 2; found, version 11111111-2222-3333-4444-555555555555
LOG_LEVEL    ssm:///shop/prod/log-level?default=…&region=us-east-1
             manifest \"shop.manifest\" line 3; in us-east-1; MISSING, its default stands in
DB_USER      (literal)
             manifest \"shop.manifest\" line 4; found
A_NAME_THAT_IS_WIDER_THAN_ANY_COLUMN
             ssm://flag?optional
             manifest \"shop.manifest\" line 5; MISSING, left out as it is optional
HOST         (literal)
             --from \"ssm:///shop/prod/app/\"; found
MODE         (literal)
             --from \"s3://shop/prod.env\" line 1; found
AGAIN        ssm:///shop/prod/db/password
             --from \"s3://shop/prod.env\" line 2; found, version 3

8 variables, 2 bulk sources, for \"/bin/true\": ready to start
";

#[test]
fn a_plan_shows_what_would_be_asked() {
    let shop = Shop::new();
    let outcome = shop.run().arg("--plan").expect_stdout(PLAN).check();
    values_never_shown(&outcome, &PLANTED);
    assert_eq!(shop.fake.connections(), 0);
}

#[test]
fn a_check_shows_what_came_of_asking() {
    let shop = Shop::new();
    let outcome = shop.run().arg("--check").expect_stdout(CHECK).check();
    values_never_shown(&outcome, &PLANTED);
}

#[test]
fn a_plan_fits_into_80_columns_where_its_references_do() {
    for line in PLAN.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn a_check_names_what_would_stop_the_command() {
    let shop = Shop::new();
    shop.fake.deny("shop/prod/api");
    shop.run()
        .env("MISTYPED", "ssm:///shop/prod/db/pasword")
        .env("KEYLESS", "ssm:///shop/prod/db/password#key")
        .arg("--check")
        .args(["--from", "ssm:///nothing/"])
        .expect_code(65)
        .expect_stdout_containing("ssm:///nothing/\n             --from; MISSING\n")
        .expect_stdout_containing("password#key\n             environment; UNUSABLE\n")
        .expect_stdout_containing("pasword\n             environment; MISSING\n")
        .expect_stdout_containing("line 2; DENIED\n")
        .expect_stdout_containing(": would not start, see stderr\n")
        .expect_stderr_containing("4 problems (exit code 65)")
        .check();
}

#[test]
fn a_check_shows_what_is_left_out_when_that_is_allowed() {
    Shop::new()
        .run()
        .env("A", "ssm:///none")
        .args(["--check", "--allow-missing"])
        .expect_stdout_containing("environment; MISSING, left out as that is allowed\n")
        .expect_stderr_containing("warning: parameter \"/none\" does not exist")
        .check();
}

#[test]
fn no_name_moves_the_cursor() {
    Paramexec::new()
        .env("A\u{1b}[2J\nB", "ssm:///a")
        .args(["--plan", "/bin/true"])
        .expect_stdout_containing("A\\u{1b}[2J\\nB  ssm:///a\n")
        .check();
}

#[test]
fn with_nothing_to_do_there_is_nothing_to_show() {
    Paramexec::new()
        .args(["--plan", "/bin/true"])
        .expect_stdout("VARIABLE  FROM\n\n0 variables, 0 bulk sources, for \"/bin/true\"\n")
        .check();
}

#[test]
fn verbose_adds_to_a_check_what_it_took() {
    Shop::new()
        .run()
        .args(["--check", "--verbose"])
        .expect_stdout(CHECK)
        .expect_stderr_containing("paramexec: set HOST (--from \"ssm:///shop/prod/app/\")\n")
        .expect_stderr_containing("paramexec: set 7 variables, in ")
        .check();
}

#[test]
fn one_inspection_is_chosen() {
    Paramexec::new()
        .args(["--plan", "--check", "/bin/true"])
        .expect_code(64)
        .expect_stderr(
            r"paramexec: command not started: 1 problem (exit code 64)
  --plan, --check, --iam-policy and --mock-template exclude one another
    help: choose one
",
        )
        .check();
}

#[test]
fn a_plan_that_cannot_be_carried_out_is_shown_as_far_as_it_goes() {
    let folder = TempDir::new();
    folder.file("wrong", "A=ssm:///a\nB=ssm://b/c\n");
    Paramexec::new()
        .current_dir(folder.path())
        .args(["--plan", "--manifest", "wrong", "/bin/true"])
        .expect_code(65)
        .expect_stdout(
            "VARIABLE  FROM\n\
             A         ssm:///a\n          manifest \"wrong\" line 1\n\n\
             1 variable, 0 bulk sources, for \"/bin/true\": would not start, see stderr\n",
        )
        .expect_stderr_containing("write \"ssm:///b/c\"")
        .check();
}
