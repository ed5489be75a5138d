//! Fetches the parameters and secrets that environment variables, manifests or URIs name, and
//! becomes the command with them in its environment.
//!
//! [`run`] is the architecture: each statement a stage that hands a value to the next. Only
//! fetching is asynchronous, and only it knows AWS.

pub mod cli;
pub mod command;
pub mod dotenv;
pub mod environment;
pub mod error;
pub mod input;
mod inspect;
pub mod json;
pub mod origin;
pub mod plan;
mod process;
pub mod reference;
pub mod request;
pub mod stderr;
mod store;
mod suggest;
pub mod value;

use std::convert::Infallible;

use cli::Args;
use command::exec::{self, Command};
use environment::Environment;
use error::{Error, Problems};
use input::sources::{self, Sources};
use plan::{Plan, Rules};
use store::fetch::{self, Fetched};

/// Why there is no command running in this process's place.
#[derive(Debug)]
pub enum Exit {
    /// It could not be started.
    Failed(Error),
    /// Something else was asked for, and is done; with this exit code.
    Done(u8),
}

impl From<Error> for Exit {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Becomes the command.
///
/// # Errors
/// Why it did not.
pub fn run() -> Result<Infallible, Exit> {
    let environment = Environment::inherited();
    process::prepare();
    let args = Args::parse_from_process()?;
    if let Some(path) = &args.install {
        command::install::install(path)?;
        return Err(Exit::Done(0));
    }
    let inspection = args.inspection()?;
    let mut sources = Sources::read(&args, &environment);
    let command = choose_command(&args, &mut sources)?;
    let inherited = sources::inherited(&args, &environment);
    let rules = Rules::of(&args);
    let plan = Plan::new(
        std::mem::take(&mut sources.declarations),
        &rules,
        &inherited,
    );
    if let Some(inspection) = inspection {
        let code = inspect::inspection(inspection, &args, plan, sources, command, &environment)?;
        return Err(Exit::Done(code));
    }
    let command = command.ok_or_else(|| no_command(std::mem::take(&mut sources.problems)))?;
    let Fetched {
        plan,
        responses,
        stats,
    } = fetch::fetch(plan, &args, &environment)?;
    let resolution = plan.resolve(&responses);
    stderr::say_what_was_left_out(&sources.warnings, &resolution.warnings);
    let problems = resolution.all_problems(sources.problems, Some(&command));
    if !problems.is_empty() {
        return Err(Error::Problems(problems).into());
    }
    if args.verbose {
        stderr::say_what_came_from_where(&resolution.set, &stats);
    }
    Ok(exec::execute(&command, &resolution.environment)?)
}

/// The command that was given, else the default of the options, else that of a manifest.
fn choose_command(args: &Args, sources: &mut Sources) -> Result<Option<Command>, Error> {
    if let Some(command) = Command::from_words(args.command.clone()) {
        return Ok(Some(command));
    }
    if let Some(text) = args.default_command.as_deref() {
        return default_command(text).map(Some);
    }
    Ok(sources.command.take().and_then(Command::from_words))
}

/// A manifest that could not be read might have named one.
fn no_command(problems: Problems) -> Error {
    if !problems.is_empty() {
        return Error::Problems(problems);
    }
    Error::Usage(
        "no command: add one, or set --default-command or PARAMEXEC_DEFAULT_COMMAND".to_owned(),
    )
}

fn default_command(text: &str) -> Result<Command, Error> {
    let usage = |message: &str, help: &str| {
        Error::Usage(format!(
            "the default command (--default-command or PARAMEXEC_DEFAULT_COMMAND) {message}: {help}"
        ))
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
    let empty = || usage("is empty", "name a program");
    Command::from_words(words)
        .filter(|command| !command.program.is_empty())
        .ok_or_else(empty)
}
