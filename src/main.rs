//! Becomes the command, or says in one message why not.

use std::io::Write;
use std::process::ExitCode;

use paramexec::Ended;

fn main() -> ExitCode {
    match paramexec::run() {
        Ok(never) => match never {},
        Err(Ended::Done(code)) => ExitCode::from(code),
        Err(Ended::Failed(error)) => {
            // Where stderr is closed, the exit code still tells.
            let _ = writeln!(std::io::stderr(), "paramexec: {error}");
            ExitCode::from(error.code())
        }
    }
}
