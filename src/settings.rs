//! What the command line and the environment mean, resolved: what to do, and each stage's part of it.

use std::path::PathBuf;

use crate::command::choose::CommandOptions;
use crate::input::sources::SourceOptions;
use crate::inspect::InspectOptions;
use crate::plan::Rules;
use crate::store::fetch::FetchOptions;

/// What to do.
#[derive(Debug)]
pub(crate) enum Task {
    /// Become the command.
    Run(Settings),
    /// Report on what a run would do.
    Inspect(InspectOptions, Settings),
    /// Copy the binary to a path.
    Install(PathBuf),
}

/// How to get from the sources to the command.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) sources: SourceOptions,
    pub(crate) command: CommandOptions,
    pub(crate) rules: Rules,
    pub(crate) fetch: FetchOptions,
    /// Whether to say what came from where.
    pub(crate) verbose: bool,
}
