//! Manifests of both kinds, and bulk sources.

mod bulk;
mod dotenv_objects;
mod ecs;
mod lines;

use crate::support::fake::Fake;
use crate::support::run::Paramexec;
use crate::support::temp::TempDir;

/// A run whose command prints what it got, but for what the run itself needs.
fn on(fake: &Fake, folder: &TempDir) -> Paramexec {
    Paramexec::new()
        .endpoint(fake)
        .current_dir(folder.path())
        .env("PARAMEXEC_PRISTINE", "1")
        .env("PARAMEXEC_DEFAULT_COMMAND", "/usr/bin/env")
}

#[track_caller]
fn refused(run: Paramexec, code: i32, problems: &[&str]) {
    let noun = if problems.len() == 1 {
        "problem"
    } else {
        "problems"
    };
    let problems_told: Vec<String> = problems
        .iter()
        .map(|problem| format!("  {}\n", problem.replace('\n', "\n    for ")))
        .collect();
    let message = format!(
        "paramexec: the command was not started: {} {noun} (exit code {code})\n{}",
        problems.len(),
        problems_told.concat()
    );
    run.expect_code(code).expect_stderr(message).check();
}
