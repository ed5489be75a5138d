//! Files that the SDK reads whole, and waits for: what would never end is refused before.

use std::ffi::OsStr;
use std::fs::Metadata;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use crate::error::{Diagnostic, ErrorKind};

/// Many times what any of them holds.
const LARGEST: u64 = 1 << 20;

/// Refuses what the SDK could not read to an end of its files for profiles.
///
/// # Errors
/// When it is no regular file, or far too large for one.
pub(super) fn check_profiles() -> Result<(), Diagnostic> {
    for (variable, default) in [
        ("AWS_CONFIG_FILE", ".aws/config"),
        ("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials"),
    ] {
        if !check_variable(variable)?
            && let Some(home) = home()
        {
            check(&home.join(default), "~/.aws")?;
        }
    }
    Ok(())
}

/// The same of the file that a variable names. Says whether it names one.
///
/// # Errors
/// When it is no regular file, or far too large for one.
pub(super) fn check_variable(variable: &str) -> Result<bool, Diagnostic> {
    match std::env::var_os(variable) {
        Some(path) if !path.is_empty() => check(&at_home(&path), variable).map(|()| true),
        _ => Ok(false),
    }
}

/// The same of a file that `named_by` names.
///
/// # Errors
/// When it is no regular file, or far too large for one.
pub(super) fn check(path: &Path, named_by: &str) -> Result<(), Diagnostic> {
    let refuse = |why: &str| {
        Err(Diagnostic::new(
            ErrorKind::Configuration,
            format!("the file {path:?} of \"{named_by}\" {why}"),
            format!("correct \"{named_by}\""),
        ))
    };
    match std::fs::metadata(path) {
        Ok(file) if file.is_file() && file.len() > LARGEST => refuse("is larger than 1 MiB"),
        Ok(file) if !file.is_file() && !is_null(&file) => refuse("is not a regular file"),
        // What cannot be opened is told where it is read.
        _ => Ok(()),
    }
}

/// Whether it is `/dev/null`, which says that there is no such file.
fn is_null(file: &Metadata) -> bool {
    const NULL: u64 = 0x103;
    file.file_type().is_char_device() && file.rdev() == NULL
}

fn home() -> Option<PathBuf> {
    let home = std::env::var_os("HOME").filter(|home| !home.is_empty());
    home.map(PathBuf::from)
}

fn at_home(path: &OsStr) -> PathBuf {
    let path = Path::new(path);
    match (path.strip_prefix("~"), home()) {
        (Ok(below), Some(home)) => home.join(below),
        _ => path.to_owned(),
    }
}
