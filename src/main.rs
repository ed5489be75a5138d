//! Becomes the command, or says in one message why not.

use std::io::Write;
use std::process::ExitCode;

#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> ExitCode {
    match paramexec::perform() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where stderr is closed, the exit code still tells.
            let _ = writeln!(std::io::stderr(), "paramexec: {error}");
            ExitCode::from(error.code())
        }
    }
}
