//! Secrets as files that are on no file system: sealed memory, open in the command.
//!
//! The command and its children read such a file as `/proc/PID/fd/N`. It ends with the command:
//! children of another user, children that outlive it, and a command that closes the descriptors
//! it was given have no access.

use std::path::Path;

use nix::sys::resource::{Resource, getrlimit};

use crate::error::{Diagnostic, ErrorKind, Problem, Problems};
use crate::plan::SecretFile;

/// Shells use the descriptors below for themselves.
const FIRST: u64 = 200;

/// Descriptors that are free for files, from 200 up; where the limit is lower, from it down.
pub(crate) fn free_descriptors() -> impl FnMut() -> Option<i32> {
    let limit = getrlimit(Resource::RLIMIT_NOFILE).map_or(FIRST, |(soft, _)| soft);
    let end = i32::try_from(limit).unwrap_or(i32::MAX);
    let first = i32::try_from(FIRST).unwrap_or(i32::MAX);
    let mut candidates: Box<dyn Iterator<Item = i32>> = if end > first {
        Box::new(first..end)
    } else {
        Box::new((3..end).rev())
    };
    let open = Path::new("/proc/self/fd");
    let has_proc = open.is_dir();
    let free = move |descriptor: &i32| {
        has_proc
            && open
                .join(descriptor.to_string())
                .symlink_metadata()
                .is_err()
    };
    move || candidates.find(&free)
}

/// Makes the files, each under its descriptor.
///
/// # Errors
/// Those that could not be made.
#[must_use]
pub(crate) fn create(files: &[SecretFile]) -> Problems {
    let mut problems = Problems::default();
    for file in files {
        if let Err(error) = memory::create(file) {
            let diagnostic = Diagnostic::new(
                ErrorKind::Configuration,
                format!("no file in memory can be made: {}", error.desc()),
                "allow memfd_create, enough memory, and a higher limit on open files (ulimit -n)",
            );
            problems.push(Problem::new(diagnostic, file.subject.clone()));
        }
    }
    problems
}

#[cfg(target_os = "linux")]
mod memory {
    use std::fs::{File, Permissions};
    use std::io::{self, Write};
    use std::os::unix::fs::PermissionsExt;

    use nix::errno::Errno;
    use nix::fcntl::{FcntlArg, SealFlag, fcntl};
    use nix::sys::memfd::{MFdFlags, memfd_create};

    use crate::plan::SecretFile;

    pub(super) fn create(file: &SecretFile) -> Result<(), Errno> {
        let mut memory = memory()?;
        memory.write_all(&file.contents.0).map_err(errno)?;
        memory
            .set_permissions(Permissions::from_mode(file.mode))
            .map_err(errno)?;
        let seals = SealFlag::F_SEAL_WRITE
            | SealFlag::F_SEAL_GROW
            | SealFlag::F_SEAL_SHRINK
            | SealFlag::F_SEAL_SEAL;
        fcntl(&memory, FcntlArg::F_ADD_SEALS(seals))?;
        // Neither this descriptor nor the path is closed on exec.
        if fcntl(&memory, FcntlArg::F_DUPFD(file.descriptor))? == file.descriptor {
            Ok(())
        } else {
            Err(Errno::EBUSY)
        }
    }

    /// `vm.memfd_noexec=2` demands a flag that kernels before 6.3 do not know.
    fn memory() -> Result<File, Errno> {
        let flags = MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING;
        let not_executable = flags | MFdFlags::from_bits_retain(nix::libc::MFD_NOEXEC_SEAL);
        match memfd_create(c"paramexec", not_executable) {
            Err(Errno::EINVAL) => memfd_create(c"paramexec", flags),
            result => result,
        }
        .map(File::from)
    }

    fn errno(error: io::Error) -> Errno {
        Errno::from_raw(error.raw_os_error().unwrap_or_default())
    }
}

/// Only Linux has files in memory.
#[cfg(not(target_os = "linux"))]
mod memory {
    use nix::errno::Errno;

    use crate::plan::SecretFile;

    pub(super) fn create(_: &SecretFile) -> Result<(), Errno> {
        Err(Errno::ENOSYS)
    }
}
