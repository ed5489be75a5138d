//! Reads files of which nothing is known: one that never ends, or a pipe that nobody writes to.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nix::libc;

use crate::budget;
use crate::process::is_readable;

/// All of a file, within the budget of the run.
///
/// # Errors
/// When it cannot be read, is larger than `most`, or does not end in time.
pub(crate) fn whole(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // Without the flag, opening a pipe waits for somebody who writes to it.
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK)
        .open(path)?;
    if file.metadata()?.is_file() {
        file.take(most + 1).read_to_end(&mut bytes)?;
    } else {
        read_as_it_comes(file, most, &mut bytes)?;
    }
    if bytes.len() as u64 > most {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

fn read_as_it_comes(mut file: File, most: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
    let mut block = [0; 16 << 10];
    while bytes.len() as u64 <= most {
        if !is_readable(&file, budget::left()) {
            let why = "it does not end within the timeout";
            return Err(io::Error::new(io::ErrorKind::TimedOut, why));
        }
        match file.read(&mut block) {
            Ok(0) => return Ok(()),
            Ok(length) => bytes.extend_from_slice(&block[..length]),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
                ) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
