//! Fetches the parameters and secrets that environment variables, manifests or URIs name, and
//! becomes the command with them in its environment.
//!
//! `run` is the architecture: each statement is a stage that hands a value to the next. Only
//! fetching is asynchronous, and only it knows AWS.

mod budget;
pub mod cli;
mod command;
pub mod composed;
pub mod dotenv;
pub mod environment;
pub mod error;
pub mod input;
mod inspect;
pub mod json;
mod message;
pub mod origin;
mod plan;
mod process;
mod read;
pub mod reference;
pub mod request;
mod settings;
pub mod stderr;
mod store;
mod suggest;
pub mod value;

use std::convert::Infallible;

use cli::{Args, Task};
use command::{choose, exec, file, install};
use environment::Environment;
use error::Error;
use input::sources::{self, Sources};
use plan::Plan;
use settings::Settings;
use store::fetch::{self, Fetched};

/// Does what the command line asks for. Returns only if that is something other than becoming the
/// command.
///
/// # Errors
/// Why it could not be done.
pub fn perform() -> Result<(), Error> {
    let environment = Environment::inherited();
    process::prepare();
    stderr::use_json(cli::asks_for_json());
    let args = Args::parse_from_process()?;
    budget::begin(args.timeout);
    match args.resolve()? {
        Task::Run(settings) => match run(settings, &environment)? {},
        Task::Inspect(options, settings) => inspect::inspect(&options, settings, &environment),
        Task::Install(path) => install::install(&path),
    }
}

/// Becomes the command.
fn run(settings: Settings, environment: &Environment) -> Result<Infallible, Error> {
    let Sources {
        declarations,
        command,
        problems,
        warnings,
    } = Sources::read(&settings.sources, environment);
    let Some(command) = choose::choose(&settings.command, command)? else {
        return Err(choose::without_command(&settings.command, problems));
    };
    let inherited = sources::inherited(&settings.sources, environment);
    let plan = Plan::new(declarations, &settings.rules, &inherited);
    let Fetched {
        plan,
        responses,
        stats,
    } = fetch::fetch(plan, &settings.fetch, environment)?;
    let resolution = plan.resolve(&responses, &mut file::free_descriptors());
    stderr::warn(warnings.iter().chain(&resolution.warnings));
    let verbose = settings
        .verbose
        .then(|| inspect::verbose::lines(&resolution.set, &stats));
    let (environment, files) = resolution.into_environment(problems)?;
    exec::check_sizes(&command, &environment).or(())?;
    file::create(&files).or(())?;
    stderr::say_all(&verbose.unwrap_or_default());
    exec::execute(&command, &environment)
}
