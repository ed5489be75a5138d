//! Which command to become: the one that was typed, else the default, else a manifest's.

use std::ffi::OsString;

use crate::command::exec::Command;
use crate::error::{Error, Problems};

/// What names a command, besides manifests.
#[derive(Debug, Clone, Default)]
pub(crate) struct CommandOptions {
    /// The words that were typed; none is no command.
    pub words: Vec<OsString>,
    /// The default: words as a shell splits them, or a JSON array.
    pub default: Option<String>,
    /// Whether an option was typed: after an image's name it takes the place of the image's CMD.
    pub after_options: bool,
}

/// The command, if anything names one.
///
/// # Errors
/// When the default cannot be used.
pub(crate) fn choose(
    options: &CommandOptions,
    of_manifest: Option<Vec<String>>,
) -> Result<Option<Command>, Error> {
    if let Some(command) = Command::from_words(options.words.iter().cloned()) {
        return Ok(Some(command));
    }
    match &options.default {
        Some(text) => default_command(text).map(Some),
        None => Ok(of_manifest.and_then(Command::from_words)),
    }
}

/// The error that nothing names a command. A manifest that could not be read might have named one.
pub(crate) fn without_command(options: &CommandOptions, problems: Problems) -> Error {
    if !problems.is_empty() {
        return problems.into();
    }
    let help = if options.after_options {
        "add one, or set PARAMEXEC_DEFAULT_COMMAND; an option after an image's name replaces the image's CMD: \
         set it with -e, as in \"docker run -e PARAMEXEC_CHECK=1 IMAGE\""
    } else {
        "add one, or set --default-command or PARAMEXEC_DEFAULT_COMMAND"
    };
    Error::usage("no command", help)
}

fn default_command(text: &str) -> Result<Command, Error> {
    let usage = |message: &str, help: &str| {
        Error::usage(
            format!(
                "the default command (--default-command or PARAMEXEC_DEFAULT_COMMAND) {message}"
            ),
            help,
        )
    };
    let words = if text.trim_start().starts_with('[') {
        serde_json::from_str::<Vec<String>>(text).map_err(|_| {
            usage(
                "is no JSON array of strings",
                "write [\"program\", \"argument\"]",
            )
        })?
    } else {
        shlex::split(text).ok_or_else(|| usage("has an open quote", "close it"))?
    };
    Command::from_words(words)
        .filter(|command| !command.program.is_empty())
        .ok_or_else(|| usage("is empty", "name a program"))
}
