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
fn refused(run: Paramexec, code: i32, problems: &str) {
    let outcome = run.expect_code(code).expect_stderr_containing("").check();
    let stderr = outcome.stderr();
    let (first, problems_told) = stderr.split_once('\n').expect("a line");
    assert!(first.ends_with(&format!("(exit code {code})")), "{first}");
    assert_eq!(problems_told, problems.trim_start_matches('\n'));
}
