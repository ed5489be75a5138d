//! The settings of a run, resolved from the command line and the environment, by stage.

use crate::command::choose::CommandOptions;
use crate::input::sources::SourceOptions;
use crate::plan::Rules;
use crate::store::fetch::FetchOptions;

/// The settings of a run.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) sources: SourceOptions,
    pub(crate) command: CommandOptions,
    pub(crate) rules: Rules,
    pub(crate) fetch: FetchOptions,
    /// Whether to report on stderr where each variable came from.
    pub(crate) verbose: bool,
}
