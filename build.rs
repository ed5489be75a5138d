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
    if Path::new(".git/logs/HEAD").exists() {
        println!("cargo:rerun-if-changed=.git/logs/HEAD");
    }
}

/// `PARAMEXEC_COMMIT` where the build has no repository, as in a container's; else git's word.
fn commit() -> String {
    if let Ok(commit) = std::env::var("PARAMEXEC_COMMIT")
        && !commit.is_empty()
    {
        return commit;
    }
    let output = Command::new("git")
        .args(["rev-parse", "--short=12", "HEAD"])
        .output();
    match output {
        Ok(output) if output.status.success() => {
            String::from_utf8_lossy(&output.stdout).trim().to_owned()
        }
        _ => "unknown".to_owned(),
    }
}
