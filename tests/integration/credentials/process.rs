//! A profile's `credential_process`: what it is given, and when it ends.

use std::thread;
use std::time::{Duration, Instant};

use super::*;

fn with_process(fake: &Fake, home: &TempDir, script: &str) -> Paramexec {
    let script = home.script("give", &format!("#!/bin/sh\n{script}\n"));
    let config = format!("[default]\ncredential_process = {}\n", script.display());
    home.file(".aws/config", config);
    bare(fake)
        .env("HOME", home.path())
        .env("PATH", "/bin:/usr/bin")
        .current_dir(home.path())
}

fn answer(fake: &Fake) -> String {
    let (key, secret, token) = SESSION;
    fake.session_key(key, secret, token);
    json!({"Version": 1, "AccessKeyId": key, "SecretAccessKey": secret, "SessionToken": token})
        .to_string()
}

/// Waits until this is so.
#[track_caller]
fn becomes(what: impl Fn() -> bool) {
    let begin = Instant::now();
    while !what() {
        assert!(begin.elapsed() < Duration::from_secs(20));
        thread::yield_now();
    }
}

/// Whether the process whose number the helper wrote down is gone.
fn is_gone(home: &TempDir) -> bool {
    let pid = std::fs::read_to_string(home.path().join("pid")).expect("it ran");
    let status = std::fs::read_to_string(format!("/proc/{}/status", pid.trim()));
    status.map_or(true, |status| status.contains("State:\tZ"))
}

#[test]
fn it_does_not_read_what_is_meant_for_the_command() {
    let (fake, home) = (fake(), TempDir::new());
    let script = format!("cat >/dev/null\necho '{}'", answer(&fake));
    with_process(&fake, &home, &script)
        .stdin("for the command")
        .shell("/bin/cat")
        .expect_stdout("for the command")
        .check();
}

#[test]
fn it_ends_with_all_that_it_started_when_the_time_is_over() {
    side_by_side(
        [
            "echo $$ >pid; sleep 600; echo",
            "sleep 600 & echo $! >pid; wait",
            "exec >&-; echo $$ >pid; sleep 600; echo",
        ],
        |script| {
            let (fake, home) = (fake(), TempDir::new());
            let run = with_process(&fake, &home, script);
            fails(run, &["no AWS credentials from the profile", "timeout"]);
            becomes(|| is_gone(&home));
        },
    );
}

#[test]
fn it_ends_when_a_signal_ends_the_run() {
    let (fake, home) = (fake(), TempDir::new());
    let run = with_process(&fake, &home, "echo $$ >new; mv new pid; exec sleep 600");
    let config = format!(
        "[default]\ncredential_process = exec {}/give\n",
        home.path().display()
    );
    home.file(".aws/config", config);
    let running = run.shell("echo started").spawn();
    becomes(|| home.path().join("pid").exists());
    running.signal(nix::sys::signal::Signal::SIGTERM);
    assert_eq!(running.wait().code(), Some(143));
    becomes(|| is_gone(&home));
}

#[test]
fn nothing_that_it_writes_is_shown() {
    for script in [
        "echo planted-secret >&2; exit 3",
        "echo planted-secret; echo planted-secret >&2",
        "echo '{\"Version\": 1, \"AccessKeyId\": \"planted-secret'",
        "echo '{\"Version\": 2, \"AccessKeyId\": \"planted-secret\"}'",
    ] {
        let (fake, home) = (fake(), TempDir::new());
        let run = with_process(&fake, &home, script);
        fails(run, &["from the profile", "credential_process"]);
    }
}

#[test]
fn the_profile_that_a_role_starts_from_may_have_one() {
    let role = format!("arn:aws:iam::{ACCOUNT}:role/reader");
    let (fake, home) = (fake(), TempDir::new());
    fake.role(&role);
    let run = with_process(&fake, &home, &format!("echo '{}'", answer(&fake)));
    let config = format!(
        "[profile app]\nrole_arn = {role}\nsource_profile = base\n\
         [profile base]\ncredential_process = {}/give\n",
        home.path().display()
    );
    home.file(".aws/config", config);
    let (key, _) = signs(&fake, run.env("AWS_PROFILE", "app"));
    assert!(key.starts_with("ASIAMINTED"));
    assert_eq!(fake.calls(Op::AssumeRole)[0].access_key(), Some(SESSION.0));
}
