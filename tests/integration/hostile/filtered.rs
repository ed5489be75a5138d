//! System calls that a seccomp profile denies, as that of an old container engine does.

#![allow(unsafe_code, reason = "only prctl(2) installs a filter")]

use std::os::unix::process::CommandExt;

use nix::libc;

use super::*;

/// A run whose process may not make these calls.
fn without(calls: &[libc::c_long]) -> (Ground, Paramexec) {
    let ground = Ground::new();
    let filter = filter(calls);
    // By name, so that it is looked up.
    let url = format!("http://localhost:{}", ground.fake.port());
    let run = ground
        .run()
        .env("AWS_ENDPOINT_URL", url)
        .env("DB", "ssm:///app/key")
        .adjust(move |command| {
            // SAFETY: the child makes two plain system calls; the filter lives in the closure.
            unsafe { command.pre_exec(move || install(&filter)) };
        });
    (ground, run)
}

/// Denied with EPERM; everything else is allowed.
fn filter(calls: &[libc::c_long]) -> Vec<libc::sock_filter> {
    let step = |code, jf, k| libc::sock_filter { code, jt: 0, jf, k };
    let mut filter = vec![step(0x20, 0, 0)];
    for call in calls {
        let number = u32::try_from(*call).expect("a number of a system call");
        filter.push(step(0x15, 1, number));
        filter.push(step(0x06, 0, 0x0005_0001));
    }
    filter.push(step(0x06, 0, 0x7fff_0000));
    filter
}

fn install(filter: &[libc::sock_filter]) -> std::io::Result<()> {
    let program = libc::sock_fprog {
        len: u16::try_from(filter.len()).expect("a short filter"),
        filter: filter.as_ptr().cast_mut(),
    };
    // SAFETY: the program and its filter live until the calls return, and the kernel copies them.
    let done = unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            && libc::prctl(libc::PR_SET_SECCOMP, 2, &raw const program) == 0
    };
    if done {
        Ok(())
    } else {
        Err(std::io::Error::last_os_error())
    }
}

#[test]
fn what_is_not_needed_may_be_denied() {
    for calls in [
        &[libc::SYS_clone3][..],
        &[libc::SYS_socketpair],
        &[libc::SYS_prctl],
        &[libc::SYS_getrandom],
    ] {
        let (_ground, run) = without(calls);
        run.shell("echo started").expect_stdout("started\n").check();
    }
}

#[test]
fn what_is_needed_and_denied_ends_the_run_in_one_line() {
    let (_ground, run) = without(&[libc::SYS_epoll_create1]);
    run.shell("echo started")
        .expect_code(69)
        .expect_stderr_containing("seccomp")
        .check();
    let waits = [
        #[cfg(target_arch = "x86_64")]
        libc::SYS_epoll_wait,
        libc::SYS_epoll_pwait,
        libc::SYS_epoll_pwait2,
    ];
    let (_ground, run) = without(&waits);
    let outcome = run.shell("echo started").run();
    assert_eq!(outcome.code(), Some(70));
    let stderr = outcome.stderr();
    assert!(
        stderr.starts_with("paramexec: internal error at "),
        "{stderr}"
    );
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}
