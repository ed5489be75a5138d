//! Signals: default for the command whatever the parent did to them, and obeyed while fetching.

use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::fake::{Fake, Fault, Op, When};
use crate::support::namespace::as_pid_1;
use crate::support::run::Paramexec;

/// Far less than the timeout of 60 s, and more than any machine needs.
const AT_ONCE: Duration = Duration::from_secs(20);

/// What ends it, and the code that says so.
const ENDING: [(Signal, i32); 4] = [
    (Signal::SIGTERM, 143),
    (Signal::SIGINT, 130),
    (Signal::SIGHUP, 129),
    (Signal::SIGQUIT, 131),
];

const CLEAN: [&str; 4] = ["0000000000000000"; 4];

/// A run whose first request is never answered.
fn hanging() -> (Fake, Paramexec) {
    let fake = Fake::start();
    fake.secure("/app/key", "value")
        .script(When::always(), Fault::Hang);
    let run = Paramexec::new()
        .endpoint(&fake)
        .env("KEY", "ssm:///app/key")
        .shell("echo started");
    (fake, run)
}

fn masks(status: &str) -> Vec<&str> {
    let fields = ["SigBlk:", "SigIgn:", "SigCgt:", "SigPnd:"];
    status
        .lines()
        .filter(|line| fields.iter().any(|field| line.starts_with(field)))
        .filter_map(|line| line.split_whitespace().nth(1))
        .collect()
}

#[test]
fn the_command_finds_every_signal_as_programs_expect_it() {
    let fake = Fake::start();
    fake.secure("/app/key", "value");
    let wrappers: [&[&str]; 4] = [
        &["/usr/bin/env"],
        &["/usr/bin/env", "--ignore-signal"],
        &["/usr/bin/env", "--block-signal"],
        &["/usr/bin/env", "--ignore-signal", "--block-signal"],
    ];
    for wrapper in wrappers {
        let status = |run: Paramexec| run.wrapped_in(wrapper).run().stdout();
        let direct = status(Paramexec::new().binary("/bin/cat").arg("/proc/self/status"));
        let clean = masks(&direct) == CLEAN;
        assert!(
            !clean || wrapper.len() == 1,
            "{wrapper:?} does what it says: {direct}"
        );

        let fetched = Paramexec::new()
            .endpoint(&fake)
            .env("KEY", "ssm:///app/key")
            .args(["/bin/cat", "/proc/self/status"]);
        let nothing = Paramexec::new().args(["/bin/cat", "/proc/self/status"]);
        for run in [fetched, nothing] {
            let status = status(run);
            assert_eq!(masks(&status), CLEAN, "{wrapper:?}");
        }
    }
}

#[test]
fn a_broken_pipe_ends_the_command() {
    Paramexec::new()
        .wrapped_in(["/usr/bin/env", "--ignore-signal=PIPE"])
        // Were SIGPIPE ignored, `yes` would complain of it on stderr.
        .shell("/usr/bin/yes | /bin/true; echo ended")
        .expect_stdout("ended\n")
        .check();
}

#[test]
fn a_signal_ends_it_at_once_while_it_fetches() {
    for (signal, code) in ENDING {
        let (fake, run) = hanging();
        ends_at_once(&fake, run, signal, code);
    }
}

#[test]
fn a_signal_that_the_parent_ignored_and_blocked_ends_it_all_the_same() {
    for (signal, code) in ENDING {
        let (fake, run) = hanging();
        let run = run.wrapped_in(["/usr/bin/env", "--ignore-signal", "--block-signal"]);
        ends_at_once(&fake, run, signal, code);
    }
}

fn ends_at_once(fake: &Fake, run: Paramexec, signal: Signal, code: i32) {
    let running = run.spawn();
    fake.wait_for_calls(Op::GetParameters, 1);
    running.signal(signal);
    let outcome = running.wait();
    assert_eq!(
        (outcome.code(), outcome.stdout(), outcome.stderr()),
        (Some(code), String::new(), String::new())
    );
    assert!(outcome.elapsed < AT_ONCE, "{:?}", outcome.elapsed);
}

#[test]
fn a_signal_ends_it_at_once_as_pid_1() {
    for (signal, code) in ENDING {
        let (fake, run) = hanging();
        let running = run.wrapped_in(as_pid_1()).spawn();
        fake.wait_for_calls(Op::GetParameters, 1);
        let init = only_child(running.pid());
        kill(init, signal).expect("signal PID 1 of the new namespace");
        let outcome = running.wait();
        assert_eq!(
            (outcome.code(), outcome.stdout(), outcome.stderr()),
            (Some(code), String::new(), String::new())
        );
        assert!(outcome.elapsed < AT_ONCE, "{:?}", outcome.elapsed);
    }
}

#[test]
fn as_pid_1_the_command_is_pid_1() {
    let fake = Fake::start();
    fake.secure("/app/key", "value");
    Paramexec::new()
        .endpoint(&fake)
        .env("KEY", "ssm:///app/key")
        .wrapped_in(as_pid_1())
        .shell("echo $$ $KEY")
        .expect_stdout("1 value\n")
        .check();
}

fn only_child(parent: u32) -> Pid {
    let children = format!("/proc/{parent}/task/{parent}/children");
    let text = std::fs::read_to_string(&children)
        .unwrap_or_else(|error| panic!("read {children}: {error}"));
    let child = text
        .trim()
        .parse()
        .unwrap_or_else(|_| panic!("{children} names one child: {text:?}"));
    Pid::from_raw(child)
}
