//! Runs in Linux namespaces of their own, by unshare(1). Where they are not allowed the run fails, and its test with it.

use std::os::unix::fs::MetadataExt;

/// As PID 1, with what else there is left as it is.
pub fn as_pid_1() -> Vec<&'static str> {
    unshare(&["--pid", "--fork", "--kill-child"])
}

/// With no network at all: even loopback is down.
pub fn without_network() -> Vec<&'static str> {
    unshare(&["--net"])
}

/// With mounts of its own, which nobody else sees.
pub fn with_own_mounts() -> Vec<&'static str> {
    unshare(&["--mount"])
}

fn unshare(options: &[&'static str]) -> Vec<&'static str> {
    // Only root needs no user namespace for the others.
    let user: &[&str] = if is_root() {
        &[]
    } else {
        &["--user", "--map-root-user"]
    };
    [&["/usr/bin/unshare"], user, options].concat()
}

/// Whether this process is root's.
pub fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}
