//! What the command line and the environment mean for a run, resolved: each stage's part of it.

use crate::command::choose::CommandOptions;
use crate::input::sources::SourceOptions;
use crate::plan::Rules;
use crate::store::fetch::FetchOptions;

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
