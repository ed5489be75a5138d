//! The table for people: whole, and no wider than 80 columns where what it shows is not.

use super::{PLANTED, Shop};
use crate::support::run::Paramexec;
use crate::support::secrecy::values_never_shown;
use crate::support::temp::TempDir;

const PLAN: &str = "\
STATUS    VARIABLE     FROM
to fetch  DB_PASSWORD  ssm:///shop/prod/db/password:3
                       manifest \"shop.manifest\" line 1
to fetch  API_TOKEN    secretsmanager://shop/prod/api?stage=AWSPREVIOUS#token
                       manifest \"shop.manifest\" line 2
to fetch  LOG_LEVEL    ssm:///shop/prod/log-level?default=…&region=us-east-1
                       manifest \"shop.manifest\" line 3; in us-east-1
                       with a default
literal   DB_USER      manifest \"shop.manifest\" line 4
to fetch  A_NAME_THAT_IS_WIDER_THAN_ANY_COLUMN
                       ssm://flag?optional
                       manifest \"shop.manifest\" line 5; optional
to fetch  *            ssm:///shop/prod/app/
                       --from
to fetch  *            s3://shop/prod.env
                       --from

5 variables: 4 to fetch, 1 literal
2 bulk sources: 2 to fetch
\"/bin/true\" would start
";

const CHECK: &str = "\
STATUS   VARIABLE     FROM
found    DB_PASSWORD  ssm:///shop/prod/db/password:3
                      manifest \"shop.manifest\" line 1; version 3
found    API_TOKEN    secretsmanager://shop/prod/api?stage=AWSPREVIOUS#token
                      manifest \"shop.manifest\" line 2
                      version 11111111-2222-3333-4444-555555555555
missing  LOG_LEVEL    ssm:///shop/prod/log-level?default=…&region=us-east-1
                      manifest \"shop.manifest\" line 3; in us-east-1
                      its default stands in
literal  DB_USER      manifest \"shop.manifest\" line 4
missing  A_NAME_THAT_IS_WIDER_THAN_ANY_COLUMN
                      ssm://flag?optional
                      manifest \"shop.manifest\" line 5
                      left out as it is optional
found    *            ssm:///shop/prod/app/
                      --from
found    HOST         --from \"ssm:///shop/prod/app/\"
found    *            s3://shop/prod.env
                      --from
found    MODE         --from \"s3://shop/prod.env\" line 1
found    AGAIN        ssm:///shop/prod/db/password
                      --from \"s3://shop/prod.env\" line 2; version 3

8 variables: 5 found, 1 literal, 2 missing
2 bulk sources: 2 found
\"/bin/true\" is ready to start
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
fn a_table_fits_into_80_columns_where_its_references_do() {
    for line in PLAN.lines().chain(CHECK.lines()) {
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
        .expect_stdout_containing("\nmissing   *            ssm:///nothing/\n")
        .expect_stdout_containing("\nunusable  KEYLESS      ssm:///shop/prod/db/password#key\n")
        .expect_stdout_containing("\nmissing   MISTYPED     ssm:///shop/prod/db/pasword\n")
        .expect_stdout_containing("\ndenied    API_TOKEN    secretsmanager://")
        .expect_stdout_containing(
            "\n10 variables: 4 found, 1 literal, 3 missing, 1 unusable, 1 denied\n3 bulk sources: 2 found, 1 missing\n\"/bin/true\" would not start, see stderr\n",
        )
        .expect_stderr_containing("4 problems (exit code 65)")
        .check();
}

#[test]
fn a_check_shows_what_is_left_out_when_that_is_allowed() {
    Shop::new()
        .run()
        .env("A", "ssm:///none")
        .args(["--check", "--allow-missing"])
        .expect_stdout_containing("missing  A            ssm:///none\n")
        .expect_stderr_containing("warning: parameter \"/none\" does not exist")
        .check();
}

#[test]
fn no_name_moves_the_cursor() {
    Paramexec::new()
        .env("A\u{1b}[2J\nB", "ssm:///a")
        .args(["--plan", "/bin/true"])
        .expect_stdout_containing("to fetch  A\\u{1b}[2J\\nB  ssm:///a\n")
        .check();
}

#[test]
fn with_nothing_to_do_there_is_nothing_to_show() {
    Paramexec::new()
        .args(["--plan", "/bin/true"])
        .expect_stdout("nothing to fetch\n\"/bin/true\" would start\n")
        .check();
}

#[test]
fn colours_are_for_terminals_unless_the_environment_decides() {
    let shown = |variables: &[(&str, &str)]| {
        let shop = Shop::new();
        let mut run = shop.run().env("TERM", "xterm");
        for (name, value) in variables {
            run = run.env(name, value);
        }
        run.env("GONE", "ssm:///gone").arg("--check").run().stdout()
    };
    let coloured = shown(&[("CLICOLOR_FORCE", "1")]);
    for line in [
        "\n\u{1b}[32mfound  \u{1b}[0m  DB_PASSWORD  ssm:",
        "\n\u{1b}[33mmissing\u{1b}[0m  LOG_LEVEL    ssm:",
        "\n\u{1b}[31mmissing\u{1b}[0m  GONE         ssm:",
    ] {
        assert!(coloured.contains(line), "{line:?} in {coloured:?}");
    }
    for plain in [
        &[][..],
        &[("CLICOLOR_FORCE", "0")],
        &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")],
    ] {
        assert!(!shown(plain).contains('\u{1b}'), "{plain:?}");
    }
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
            "STATUS    VARIABLE  FROM\n\
             to fetch  A         ssm:///a\n                    manifest \"wrong\" line 1\n\n\
             1 variable: 1 to fetch\n\"/bin/true\" would not start, see stderr\n",
        )
        .expect_stderr_containing("write \"ssm:///b/c\"")
        .check();
}
