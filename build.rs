//! Tells `--version` which commit and target it is of.

use std::path::Path;
use std::process::Command;

fn main() {
    let target = std::env::var("TARGET").unwrap_or_default();
    println!("cargo:rustc-env=PARAMEXEC_TARGET={target}");
    println!("cargo:rustc-env=PARAMEXEC_COMMIT={}", commit());
    println!("cargo:rerun-if-env-changed=PARAMEXEC_COMMIT");
    println!("cargo:rerun-if-changed=build.rs");
    // A commit moves the reflog; without one there is nothing to watch.
    for source in [".git/logs/HEAD", ".cargo_vcs_info.json"] {
        if Path::new(source).exists() {
            println!("cargo:rerun-if-changed={source}");
        }
    }
}

/// `PARAMEXEC_COMMIT` where the build has no repository, as in a container's; else that of the package or of the repository.
fn commit() -> String {
    std::env::var("PARAMEXEC_COMMIT")
        .ok()
        .filter(|commit| !commit.is_empty())
        .or_else(commit_of_package)
        .or_else(commit_of_repository)
        .unwrap_or_else(|| "unknown".to_owned())
}

/// `cargo package` writes `"sha1": "…"` into this file.
fn commit_of_package() -> Option<String> {
    let info = std::fs::read_to_string(".cargo_vcs_info.json").ok()?;
    let (_, after) = info.split_once("\"sha1\": \"")?;
    after.get(..12).map(str::to_owned)
}

/// A repository further out, such as one for a home folder, is another's.
fn commit_of_repository() -> Option<String> {
    if !Path::new(".git").exists() {
        return None;
    }
    let output = Command::new("git")
        .args(["rev-parse", "--short=12", "HEAD"])
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
