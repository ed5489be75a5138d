//! Executes the command, or reports in one message why it cannot.

use std::process::ExitCode;

#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> ExitCode {
    match paramexec::perform() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            paramexec::stderr::fail(&error);
            ExitCode::from(error.code())
        }
    }
}
