//! `--install` leaves a whole binary where it was told to, or what was there before.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::support::namespace::is_root;
use crate::support::run::{Paramexec, binary};
use crate::support::temp::TempDir;

fn install(path: impl AsRef<Path>) -> Paramexec {
    Paramexec::new().arg("--install").arg(path.as_ref())
}

fn entries(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).expect("the folder is there");
    let name = |entry: std::io::Result<fs::DirEntry>| entry.expect("an entry").file_name();
    entries
        .map(|entry| name(entry).to_string_lossy().into_owned())
        .collect()
}

#[test]
fn the_binary_is_copied_into_a_folder_and_runs_there() {
    let folder = TempDir::new();
    install(folder.path()).check();
    let copy = folder.path().join("paramexec");
    assert_eq!(entries(&folder), ["paramexec"]);
    assert_eq!(fs::read(&copy).unwrap(), fs::read(binary()).unwrap());
    assert_eq!(
        fs::metadata(&copy).unwrap().permissions().mode() & 0o7777,
        0o755
    );
    Paramexec::new()
        .binary(copy)
        .env("A", "ssm:///a")
        .args(["--mock", "/bin/sh", "-c", "echo $A"])
        .expect_stdout("mock:/a\n".replace("/a", "a"))
        .expect_stderr_containing("mock placeholders")
        .check();
}

#[test]
fn the_binary_is_copied_to_a_path_that_the_twin_names() {
    let folder = TempDir::new();
    let path = folder.path().join("entry");
    Paramexec::new().env("PARAMEXEC_INSTALL", &path).check();
    assert_eq!(entries(&folder), ["entry"]);
    assert_eq!(fs::read(&path).unwrap(), fs::read(binary()).unwrap());
}

#[test]
fn everybody_may_execute_it_whatever_the_umask() {
    let folder = TempDir::new();
    Paramexec::new()
        .wrapped_in(["/bin/sh", "-c", "umask 077; exec \"$@\"", "sh"])
        .arg("--install")
        .arg(folder.path())
        .check();
    let copy = folder.path().join("paramexec");
    assert_eq!(
        fs::metadata(copy).unwrap().permissions().mode() & 0o7777,
        0o755
    );
}

#[test]
fn what_was_there_is_replaced_and_stays_whole_where_it_is_open() {
    let folder = TempDir::new();
    let target = folder.script("paramexec", "old");
    let before = fs::File::open(&target).unwrap();
    install(folder.path()).check();
    assert_eq!(entries(&folder), ["paramexec"]);
    assert_ne!(
        before.metadata().unwrap().ino(),
        fs::metadata(&target).unwrap().ino()
    );
    assert_eq!(std::io::read_to_string(before).unwrap(), "old");
}

#[test]
fn a_running_binary_can_be_replaced_by_itself() {
    let folder = TempDir::new();
    install(folder.path()).check();
    let copy = folder.path().join("paramexec");
    install(&copy).binary(&copy).check();
    assert_eq!(fs::read(&copy).unwrap(), fs::read(binary()).unwrap());
}

#[test]
fn a_folder_that_does_not_exist_is_named() {
    let folder = TempDir::new();
    install("none/paramexec")
        .current_dir(folder.path())
        .expect_code(66)
        .expect_stderr(
            r#"paramexec: not installed: 1 problem (exit code 66)
  cannot install to "none/paramexec": no such file or directory
    help: name a folder that exists, or a path in one
"#,
        )
        .check();
    assert!(entries(&folder).is_empty());
}

#[test]
fn a_folder_in_the_place_of_the_binary_stays() {
    let folder = TempDir::new();
    folder.file("paramexec/file", "");
    install(folder.path())
        .expect_code(65)
        .expect_stderr_containing(
            "/paramexec\": is a directory\n    help: name a folder, or a path in one",
        )
        .check();
    assert_eq!(entries(&folder), ["paramexec"]);
}

#[test]
fn a_folder_that_may_not_be_written_is_named() {
    let folder = TempDir::new();
    // Nobody may write there, root included.
    let target = if is_root() {
        Path::new("/proc/paramexec").to_path_buf()
    } else {
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
        folder.path().join("paramexec")
    };
    let outcome = install(target).run();
    let stderr = outcome.stderr();
    assert!(
        stderr.starts_with("paramexec: not installed: 1 problem"),
        "{stderr}"
    );
    assert!(matches!(outcome.code(), Some(65 | 66 | 77)), "{stderr}");
    assert!(entries(&folder).is_empty());
}

#[test]
fn a_full_disk_leaves_nothing_behind() {
    let folder = TempDir::new();
    folder.script("paramexec", "old");
    Paramexec::new()
        .wrapped_in([
            "/bin/sh",
            "-c",
            "trap '' XFSZ; ulimit -f 8; exec \"$@\"",
            "sh",
        ])
        .arg("--install")
        .arg(folder.path())
        .expect_code(65)
        .expect_stderr_containing("file too large")
        .check();
    assert_eq!(entries(&folder), ["paramexec"]);
    assert_eq!(
        fs::read_to_string(folder.path().join("paramexec")).unwrap(),
        "old"
    );
}

#[test]
fn a_signal_leaves_nothing_half_done_behind() {
    for signal in [Signal::SIGTERM, Signal::SIGHUP] {
        let folder = TempDir::new();
        let running = install(folder.path()).spawn();
        let begun = Instant::now();
        while entries(&folder).is_empty() {
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "nothing is written"
            );
        }
        running.signal(signal);
        running.wait();
        assert_eq!(entries(&folder), ["paramexec"]);
        let copy = fs::read(folder.path().join("paramexec")).expect("the copy");
        assert_eq!(copy, fs::read(binary()).expect("the binary"));
    }
}
