//! The builder of runs, tested on `/bin/sh` in paramexec's place.

use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::sys::signal::Signal;

use crate::support::run::Paramexec;
use crate::support::secrecy::values_never_shown;
use crate::support::temp::TempDir;

fn shell(script: &str) -> Paramexec {
    Paramexec::new().binary("/bin/sh").args(["-c", script])
}

fn panics(action: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(action)).expect_err("it panics");
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

#[test]
fn silence_and_success_are_expected() {
    shell("true").check();
    assert!(panics(|| drop(shell("echo out").check())).contains("+ out"));
    assert!(panics(|| drop(shell("echo err >&2").check())).contains("+ err"));
    assert!(panics(|| drop(shell("exit 3").check())).contains("Code(3)"));
}

#[test]
fn other_expectations_replace_these() {
    shell("echo out; echo one two >&2; exit 3")
        .expect_stdout("out\n")
        .expect_stderr_containing("one")
        .expect_stderr_containing("two")
        .expect_code(3)
        .check();
    shell("kill -TERM $$")
        .expect_signal(Signal::SIGTERM)
        .check();
    assert!(
        panics(|| drop(shell("echo a; echo b").expect_stdout("a\nc\n").check()))
            .contains("  a\n- c\n+ b")
    );
}

#[test]
fn a_run_gets_what_it_is_given_and_nothing_else() {
    let folder = TempDir::new();
    let path = folder
        .path()
        .to_str()
        .expect("temporary folders have plain names")
        .to_owned();
    Paramexec::new()
        .binary("/usr/bin/env")
        .env("A", "1")
        .expect_stdout("A=1\n")
        .check();
    shell("cat; pwd")
        .stdin("in\n")
        .current_dir(&path)
        .expect_stdout(format!("in\n{path}\n"))
        .check();
    shell("cat").check();
    drop(folder);
    assert!(!std::path::Path::new(&path).exists());
}

#[test]
fn a_run_can_be_watched_and_signalled() {
    let running =
        shell("trap 'echo caught; exit 7' TERM; sleep 60 > /dev/null 2>&1 & echo ready; wait")
            .spawn();
    running.wait_for_stdout("ready");
    running.signal(Signal::SIGTERM);
    let outcome = running.wait();
    assert_eq!(
        (outcome.stdout(), outcome.code()),
        ("ready\ncaught\n".into(), Some(7))
    );
}

#[test]
fn a_run_that_is_dropped_ends() {
    let running = shell("echo $$; exec sleep 60").spawn();
    running.wait_for_stdout("\n");
    let pid = running.pid();
    drop(running);
    assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists());
}

#[test]
fn planted_values_are_found_however_they_are_written() {
    let value = "pa\"ss\nSecondLine";
    let leaks = [
        "SecondLine",
        r#"pa\"ss\nSecondLine"#,
        "cGEic3MKU2Vjb25kTGluZQ",
        "112, 97, 34, 115, 115, 10, 83, 101, 99, 111, 110, 100, 76, 105, 110, 101",
    ];
    for leak in leaks {
        let outcome = Paramexec::new()
            .binary("/bin/cat")
            .stdin(format!("x {leak} y"))
            .run();
        assert!(
            panics(|| values_never_shown(&outcome, &[value])).contains("planted value 0"),
            "{leak}"
        );
    }
    values_never_shown(&shell("echo nothing").run(), &[value]);
}
