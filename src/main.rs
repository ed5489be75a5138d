//! Becomes the command, or says in one message why not.

use std::io::Write;
use std::process::ExitCode;

use paramexec::Exit;

#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> ExitCode {
    match paramexec::run() {
        Ok(never) => match never {},
        Err(Exit::Done(code)) => ExitCode::from(code),
        Err(Exit::Failed(error)) => {
            // Where stderr is closed, the exit code still tells.
            let _ = writeln!(std::io::stderr(), "paramexec: {error}");
            ExitCode::from(error.code())
        }
    }
}
