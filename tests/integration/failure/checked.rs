//! `--check` predicts the run: the same requests, the same message, the same code.

use std::fmt::Write as _;

use super::table::FAILURES;
use super::{Arrange, Stage, planted};
use crate::support::fake::Op;
use crate::support::secrecy::values_never_shown;

/// All that is planted but what also stands where a name stands.
const VALUES: [&str; 11] = {
    let [values @ .., _malformed] = planted::ALL;
    values
};

/// What the table of failures lacks: runs that begin, and commands that cannot.
const MORE: &[(&str, Arrange)] = &[
    ("all is there", |stage| stage.everything()),
    ("nothing is asked", |stage| stage.bare().env("KEY", "x")),
    ("missing and allowed", |stage| {
        stage
            .bare()
            .env("A", "ssm:///none")
            .env("B", "secretsmanager://none#key")
            .args(["--allow-missing", "--from", "ssm:///none/"])
    }),
    ("optional or with a default", |stage| {
        stage
            .bare()
            .env("A", "ssm:///none?optional")
            .env("B", "secretsmanager://none?default=x")
            .args(["--from", "ssm:///none/?optional"])
    }),
    ("an empty path", |stage| {
        stage.bare().args(["--from", "ssm:///none/"])
    }),
    ("a missing JSON key", |stage| {
        stage.bare().env("A", "secretsmanager://json#none")
    }),
    ("existing variables fail", |stage| {
        stage.folder.file("again", "LITERAL=1\n");
        stage
            .bare()
            .args(["--manifest", "again", "--existing=fail"])
    }),
    ("existing variables are replaced", |stage| {
        stage.folder.file("again", "LITERAL=ssm:///app/key\n");
        stage
            .bare()
            .args(["--manifest", "again", "--existing=replace"])
    }),
    ("a mock file", |stage| stage.bare().arg("--mock=mock.json")),
    ("a folder for a command", |stage| {
        stage.bare().args(["--", "/bin/"])
    }),
    ("a command that PATH passes over", |stage| {
        stage.folder.script("second/tool", "#!/bin/sh\n");
        stage.folder.file("first/tool", "");
        let folder = stage.folder.path();
        let path = format!("{0}/first:{0}/second", folder.display());
        stage.bare().env("PATH", path).args(["--", "tool"])
    }),
    ("no executable in PATH", |stage| {
        stage.folder.file("first/tool", "");
        let path = format!("{}/first", stage.folder.path().display());
        stage.bare().env("PATH", path).args(["--", "tool"])
    }),
    ("a script without its interpreter", |stage| {
        stage.folder.script("tool", "#!/none/sh -e\n");
        stage.bare().args(["--", "./tool"])
    }),
    ("a value that is too large", |stage| {
        stage.fake.secret("large", &"x".repeat(128 << 10));
        stage.bare().env("LARGE", "secretsmanager://large")
    }),
    ("a bad default command", |stage| {
        stage.bare().env("PARAMEXEC_DEFAULT_COMMAND", "[1]")
    }),
    ("no command and a bad manifest", |stage| {
        stage.folder.file("wrong", "wrong\n");
        stage
            .bare()
            .env_remove("PARAMEXEC_DEFAULT_COMMAND")
            .args(["--manifest", "wrong"])
    }),
];

fn arranged() -> impl Iterator<Item = &'static (&'static str, Arrange)> {
    FAILURES.iter().chain(MORE)
}

#[test]
fn a_check_ends_with_the_code_and_the_message_of_the_run() {
    let mut differences = String::new();
    for (name, arrange) in arranged() {
        let stage = Stage::new();
        let ran = arrange(&stage).run();
        let stage = Stage::new();
        let checked = arrange(&stage).env("PARAMEXEC_CHECK", "1").run();
        values_never_shown(&checked, &VALUES);
        if (ran.code(), ran.stderr()) != (checked.code(), checked.stderr()) {
            let _ = writeln!(
                differences,
                "--- {name}: the run {:?}\n{}--- the check {:?}\n{}",
                ran.code(),
                ran.stderr(),
                checked.code(),
                checked.stderr()
            );
        }
    }
    assert!(differences.is_empty(), "\n{differences}");
}

#[test]
fn a_report_says_the_code_with_which_the_check_ends() {
    for (name, arrange) in arranged() {
        let stage = Stage::new();
        let outcome = arrange(&stage)
            .env("PARAMEXEC_CHECK", "1")
            .env("PARAMEXEC_FORMAT", "json")
            .run();
        // What cannot even be planned has no report.
        if outcome.stdout.is_empty() {
            assert!(matches!(outcome.code(), Some(64..=66)), "{name}");
            continue;
        }
        let report: serde_json::Value = serde_json::from_slice(&outcome.stdout).expect("JSON");
        assert_eq!(report["exit_code"], outcome.code().unwrap(), "{name}");
        let stops = |row: &serde_json::Value| row["stops"] == true;
        let rows = [&report["variables"], &report["sources"]];
        let mut rows = rows
            .into_iter()
            .filter_map(|rows| rows.as_array())
            .flatten();
        assert!(
            outcome.code() != Some(0) || !rows.any(stops),
            "{name}: {report:#}"
        );
    }
}

#[test]
fn a_check_sends_the_requests_of_the_run() {
    let calls = |check: &str| {
        let stage = Stage::new();
        stage.everything().env("PARAMEXEC_CHECK", check).run();
        let mut calls: Vec<(String, String)> = stage
            .fake
            .all_calls()
            .iter()
            .map(|call| {
                let body = String::from_utf8_lossy(&call.request.body).into_owned();
                (format!("{:?} {}", call.op, call.request.path), body)
            })
            .collect();
        calls.sort();
        calls
    };
    let ran = calls("0");
    assert_eq!(calls("1"), ran);
    assert_eq!(ran.len(), 5);
}

#[test]
fn only_a_check_connects() {
    for look in ["PLAN", "IAM_POLICY", "MOCK_TEMPLATE"] {
        let stage = Stage::new();
        let outcome = stage
            .everything()
            .env(format!("PARAMEXEC_{look}"), "1")
            .run();
        assert_eq!(outcome.code(), Some(0), "{}", outcome.stderr());
        assert_eq!(stage.fake.connections(), 0, "{look}");
        values_never_shown(&outcome, &VALUES);
    }
    let stage = Stage::new();
    stage.everything().env("PARAMEXEC_CHECK", "1").run();
    assert!(!stage.fake.calls(Op::GetParameters).is_empty());
}

#[test]
fn no_failure_shows_a_value_in_a_report() {
    for (_, arrange) in arranged() {
        for look in ["PLAN", "CHECK", "IAM_POLICY", "MOCK_TEMPLATE"] {
            let stage = Stage::new();
            let outcome = arrange(&stage)
                .env(format!("PARAMEXEC_{look}"), "1")
                .env("PARAMEXEC_FORMAT", "json")
                .env("PARAMEXEC_VERBOSE", "1")
                .run();
            values_never_shown(&outcome, &VALUES);
        }
    }
}
