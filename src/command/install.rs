//! Copies the binary, for an init container that lends it to an image which lacks it.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::error::{Diagnostic, Error, ErrorKind, reason};
use crate::process;

/// This binary, also where its path has another file by now.
#[cfg(target_os = "linux")]
fn itself() -> io::Result<File> {
    File::open("/proc/self/exe")
}

#[cfg(not(target_os = "linux"))]
fn itself() -> io::Result<File> {
    File::open(std::env::current_exe()?)
}

/// Copies this binary to `path`, into it if it is a folder.
///
/// # Errors
/// When it cannot be written there; what was there before then stays.
pub(crate) fn install(path: &Path) -> Result<(), Error> {
    let target = if path.is_dir() {
        path.join("paramexec")
    } else {
        path.to_path_buf()
    };
    let copied = process::uninterrupted(|| copy(&target));
    copied.map_err(|error| Error::not_installed(diagnostic(&target, &error)))
}

fn diagnostic(target: &Path, error: &io::Error) -> Diagnostic {
    let (kind, help) = match error.kind() {
        io::ErrorKind::NotFound => (
            ErrorKind::Missing,
            "name a folder that exists, or a path in one",
        ),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => (
            ErrorKind::Denied,
            "make the folder writable for the user that this container runs as, or mount a volume there",
        ),
        _ => (
            ErrorKind::Input,
            "name a folder, or a path in one, with room for the binary",
        ),
    };
    let message = format!("cannot install to {target:?}: {}", reason(error));
    Diagnostic::new(kind, message, help)
}

/// By a file beside it: a process that runs the old one, or starts meanwhile, sees a whole one.
fn copy(target: &Path) -> io::Result<()> {
    let mut binary = itself()?;
    let beside = beside(target);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o755)
        .open(&beside)?;
    let copied = io::copy(&mut binary, &mut file)
        // Whatever the umask took away.
        .and_then(|_| file.set_permissions(fs::Permissions::from_mode(0o755)))
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&beside, target));
    if copied.is_err() {
        // Nothing may be left behind, and the first error is the one to tell.
        let _ = fs::remove_file(&beside);
    }
    copied
}

/// A name of its own: containers that share a volume are all PID 1.
fn beside(target: &Path) -> PathBuf {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let nanoseconds = now.map_or(0, |time| time.as_nanos());
    let mut name = target.as_os_str().to_owned();
    name.push(format!(".{}.{nanoseconds}", std::process::id()));
    name.into()
}
