//! No value in any output, none in anybody else's sight, none left behind.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::table::FAILURES;
use super::{Stage, planted};
use crate::support::fake::{Fault, Op, When};
use crate::support::namespace::is_root;
use crate::support::run::{Paramexec, binary};
use crate::support::secrecy::values_never_shown;
use crate::support::temp::TempDir;

/// Somebody who is not root, for whom the kernel's protection of a process counts.
const NOBODY: u32 = 65534;

#[test]
fn no_failure_shows_a_value() {
    for (name, arrange) in FAILURES {
        for verbose in ["0", "1"] {
            let stage = Stage::new();
            let outcome = arrange(&stage).env("PARAMEXEC_VERBOSE", verbose).run();
            assert_ne!(outcome.code(), Some(0), "{name}: {}", outcome.stderr());
            values_never_shown(&outcome, &planted::ALL);
        }
    }
}

#[test]
fn success_shows_no_value_and_verbose_only_names() {
    for verbose in ["0", "1"] {
        for mock in ["0", "1"] {
            let stage = Stage::new();
            let outcome = stage
                .everything()
                .env("MISSING", "ssm:///missing")
                .env("PARAMEXEC_ALLOW_MISSING", "1")
                .env("PARAMEXEC_VERBOSE", verbose)
                .env("PARAMEXEC_MOCK", mock)
                .arg("/bin/true")
                .run();
            assert_eq!(outcome.code(), Some(0), "{}", outcome.stderr());
            assert_eq!(
                outcome.stderr().contains("set PASSWORD from"),
                verbose == "1",
                "{}",
                outcome.stderr()
            );
            values_never_shown(&outcome, &planted::ALL);
        }
    }
}

#[test]
fn what_is_planted_really_is_what_the_command_gets() {
    let stage = Stage::new();
    let printed = stage.everything().arg("/usr/bin/env").run().stdout();
    for value in planted::ON_AWS {
        assert!(printed.contains(value), "{value} in {printed}");
    }
    let mocked = stage
        .bare()
        .args(["--mock=mock.json", "/usr/bin/env"])
        .run()
        .stdout();
    assert!(mocked.contains(planted::MOCK), "{mocked}");
}

#[test]
fn verbose_says_what_came_from_where_and_what_it_took() {
    let stage = Stage::new();
    let outcome = stage.everything().args(["--verbose", "/bin/true"]).run();
    let stderr = outcome.stderr();
    let (names, effort) = stderr
        .trim_end()
        .rsplit_once('\n')
        .expect("there are lines");
    assert_eq!(
        names,
        "paramexec: set KEY from \"ssm:///app/key\" (environment)\n\
         paramexec: set PASSWORD from \"secretsmanager://json#password\" (environment)\n\
         paramexec: set MANIFEST (manifest \"manifest\" line 1)\n\
         paramexec: set DEFAULTED from \"ssm:///none?default=…\" (manifest \"manifest\" line 2)\n\
         paramexec: set WHOLE from \"secretsmanager://whole\" (manifest \"manifest\" line 3)\n\
         paramexec: set TASK (manifest \"task.json\" environment[0])\n\
         paramexec: set BELOW (--from \"ssm:///app/path/\")\n\
         paramexec: set OBJECT (--from \"s3://bucket/app.env\" line 1)\n\
         paramexec: set FILE (--from \"file:app.env\" line 1)"
    );
    assert!(
        effort.starts_with("paramexec: set 9 variables, in 5 calls and "),
        "{effort}"
    );
    assert_eq!(stage.fake.all_calls().len(), 5);
}

#[test]
fn lines_of_verbose_fit_a_log() {
    let stage = Stage::new();
    let name = "x".repeat(60_000);
    let run = || stage.bare().env(&name, "ssm:///app/key");
    let longest = |outcome: String| outcome.lines().map(str::len).max();
    for format in ["text", "json"] {
        let outcome = run()
            .args(["--verbose", "--format", format, "/bin/true"])
            .run();
        assert_eq!(outcome.stderr().lines().count(), 3, "{format}");
        assert!(longest(outcome.stderr()) < Some(2_100), "{format}");
    }
}

#[test]
fn nobody_else_can_look_into_the_process_while_it_fetches() {
    let stage = Stage::new();
    stage.fake.script(When::op(Op::GetParameters), Fault::Hang);
    let binary = copy_for_everybody(&stage.folder);
    let running = stage
        .bare()
        .binary(binary)
        .adjust(|command| {
            if is_root() {
                command.uid(NOBODY);
            }
        })
        .args(["/bin/sh", "-c", "echo started; exec /bin/sleep 60"])
        .spawn();
    stage.fake.wait_for_calls(Op::GetParameters, 1);
    assert!(
        !is_readable_by_its_own_user(running.pid()),
        "while it fetches"
    );
    stage.fake.release();
    running.wait_for_stdout("started");
    assert!(
        is_readable_by_its_own_user(running.pid()),
        "the command is as any other"
    );
}

/// By another process: this one may be executing programs, and none can be that somebody writes to.
fn copy_for_everybody(folder: &TempDir) -> std::path::PathBuf {
    let copy = folder.path().join("paramexec");
    let installed = Command::new("/usr/bin/install")
        .args(["-m", "755", binary()])
        .arg(&copy)
        .status();
    assert!(
        installed.is_ok_and(|status| status.success()),
        "copy {}",
        binary()
    );
    copy
}

/// Whether another process of the same user may read the environment of this one, and so its memory.
fn is_readable_by_its_own_user(pid: u32) -> bool {
    let mut reader = Command::new("/bin/cat");
    reader
        .arg(format!("/proc/{pid}/environ"))
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if is_root() {
        reader.uid(NOBODY);
    }
    reader.status().expect("cat runs").success()
}

#[test]
fn no_file_is_left_behind() {
    let stage = Stage::new();
    let [folder, home, temporary] = [TempDir::new(), TempDir::new(), TempDir::new()];
    let run = || {
        Paramexec::new()
            .endpoint(&stage.fake)
            .current_dir(folder.path())
            .env("HOME", home.path())
            .env("TMPDIR", temporary.path())
            .env("KEY", "ssm:///app/key")
            .args([
                "--from",
                "s3://bucket/app.env",
                "--from",
                "ssm:///app/path/",
                "--verbose",
            ])
    };
    let nothing_there = |when: &str| {
        for folder in [&folder, &home, &temporary] {
            assert_eq!(files(folder.path()), Vec::<String>::new(), "{when}");
        }
    };
    assert_eq!(run().arg("/bin/true").run().code(), Some(0));
    nothing_there("after success");
    assert_eq!(
        run().env("B", "ssm:///none").arg("/bin/true").run().code(),
        Some(66)
    );
    nothing_there("after failure");
    stage.fake.script(When::always(), Fault::Hang);
    let asked = stage.fake.all_calls().len();
    let running = run().arg("/bin/true").spawn();
    stage.fake.wait_for(|calls| calls.len() > asked);
    nothing_there("while it fetches");
    drop(running);
    nothing_there("after it was killed");
}

fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    entries
        .map(|entry| {
            entry
                .expect("it can be read")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect()
}
