//! Section 2 of the contract: paramexec becomes the command and leaves nothing of itself behind.

mod becomes;
mod chosen;
mod refused;
mod signals;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::temp::TempDir;

/// Puts an executable file there, by another process: were it open for writing in this one, a test
/// that starts a program at that moment would keep it open, and it could not be executed.
fn program(folder: &TempDir, name: &str, content: &[u8]) -> PathBuf {
    let source = folder.file(&format!("{name}.source"), content);
    install(&source, &folder.path().join(name))
}

fn install(source: &Path, target: &Path) -> PathBuf {
    let installed = Command::new("/usr/bin/install")
        .args(["-m", "755"])
        .args([source, target])
        .status();
    assert!(
        installed.is_ok_and(|status| status.success()),
        "install {source:?} as {target:?}"
    );
    target.to_owned()
}
