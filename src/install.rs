//! Copies the binary, for an init container that lends it to an image which lacks it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::failure::{Error, Failure, Failures, Fault, Kind};
use crate::sources::reason;

/// Copies this binary to `path`, into it if it is a folder.
///
/// # Errors
/// When it cannot be written there; what was there before then stays.
pub fn install(path: &Path) -> Result<(), Error> {
    let target = if path.is_dir() {
        path.join("paramexec")
    } else {
        path.to_path_buf()
    };
    copy(&target).map_err(|error| {
        let kind = match error.kind() {
            std::io::ErrorKind::NotFound => Kind::Missing,
            std::io::ErrorKind::PermissionDenied => Kind::Denied,
            _ => Kind::Input,
        };
        let cause = format!("cannot install to {target:?}, {}", reason(&error));
        let mut failures = Failures::default();
        let remedy = "name a path in a folder that exists and can be written";
        failures.push(Failure::new(Fault::new(kind, cause, remedy), ""));
        Error::Failures(failures)
    })
}

/// By a file beside it: whoever runs the old one, or starts while this is going on, sees a whole one.
fn copy(target: &Path) -> std::io::Result<()> {
    let mut name = target.as_os_str().to_owned();
    name.push(format!(".{}", std::process::id()));
    let beside = Path::new(&name);
    let copied = fs::copy("/proc/self/exe", beside)
        .and_then(|_| fs::set_permissions(beside, fs::Permissions::from_mode(0o755)))
        .and_then(|()| fs::rename(beside, target));
    if copied.is_err() {
        // Nothing may be left behind, and the first error is the one to tell.
        let _ = fs::remove_file(beside);
    }
    copied
}
