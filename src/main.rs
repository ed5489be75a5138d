//! Becomes the command, or says in one message why not.

use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let error = match paramexec::run() {
        Ok(never) => match never {},
        Err(error) => error,
    };
    // Where stderr is closed, the exit code still tells.
    let _ = writeln!(std::io::stderr(), "paramexec: {error}");
    ExitCode::from(error.code())
}
