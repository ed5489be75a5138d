//! Reports instead of running: what is planned, whether it can be fetched, and what that takes.
//!
//! Reports go to stdout, since no command will write there, and hold no values.

mod iam_policy;
mod json;
mod mock_template;
mod row;
mod table;
pub(crate) mod verbose;

use std::ffi::OsStr;
use std::io::{self, IsTerminal, Write};

use crate::command::choose::{self, CommandOptions};
use crate::command::exec::{Command, check_sizes, check_startable};
use crate::command::file;
use crate::environment::Environment;
use crate::error::{Error, Problems};
use crate::input::declaration::{Bulk, Declaration};
use crate::input::sources::{self, Sources};
use crate::plan::{Plan, Resolution};
use crate::settings::Settings;
use crate::stderr;
use crate::store::fetch::{self, Fetched};
use row::Row;

/// Which report to print, and how.
#[derive(Debug)]
pub(crate) struct InspectOptions {
    /// Which report.
    pub inspection: Inspection,
    /// How it is printed.
    pub format: Format,
    /// The AWS account for ARNs.
    pub account: Option<String>,
    /// The AWS partition for ARNs.
    pub partition: Option<String>,
}

/// What to show instead of running.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inspection {
    /// What is planned.
    Plan,
    /// Whether it can be fetched.
    Check,
    /// What IAM has to allow for it.
    IamPolicy,
    /// A mock file for it.
    MockTemplate,
}

/// How a report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// A table for people.
    #[default]
    Text,
    /// For machines, in a stable shape.
    Json,
}

/// What a report is made of.
struct Report {
    rows: Vec<Row>,
    command: Option<Command>,
    problems: Problems,
    /// The code that the run would have ended with, 0 if it would have begun; without asking, as
    /// far as that is known.
    exit_code: u8,
    /// Whether anything was asked.
    checked: bool,
}

impl Report {
    /// Of a check that came to this end.
    fn of(
        rows: Vec<Row>,
        command: Option<Command>,
        end: Result<(), &Error>,
        checked: bool,
    ) -> Self {
        let problems = end.map_or_else(|error| error.problems.clone(), |()| Problems::default());
        Self {
            rows,
            command,
            exit_code: problems.code(),
            problems,
            checked,
        }
    }
}

/// Prints the report that `options` ask for.
///
/// # Errors
/// What the run would have said, if it could not have started.
pub(crate) fn inspect(
    options: &InspectOptions,
    settings: Settings,
    environment: &Environment,
) -> Result<(), Error> {
    let Sources {
        declarations,
        command,
        problems,
        warnings,
    } = Sources::read(&settings.sources, environment);
    let command = choose::choose(&settings.command, command)?;
    let inherited = sources::inherited(&settings.sources, environment);
    let plan = Plan::new(declarations, &settings.rules, &inherited);
    stderr::warn(&warnings);
    if options.inspection == Inspection::Check {
        return check(options, &settings, plan, problems, command, environment);
    }
    let problems = problems.and(&plan.problems());
    let printed = match options.inspection {
        Inspection::IamPolicy => print_policy(&plan, options, environment),
        Inspection::MockTemplate => {
            let printed = print(&mock_template::template(plan.declarations()));
            warn_of_unknown_references(plan.declarations());
            printed
        }
        Inspection::Plan | Inspection::Check => {
            let report = Report {
                rows: row::rows(plan.declarations(), None),
                command,
                problems: problems.clone(),
                exit_code: problems.code(),
                checked: false,
            };
            print(&show(options.format, &report, environment))
        }
    };
    problems.or(()).and(printed)
}

fn check(
    options: &InspectOptions,
    settings: &Settings,
    plan: Plan<'_>,
    before: Problems,
    command: Option<Command>,
    environment: &Environment,
) -> Result<(), Error> {
    let bulk = |declaration: &Declaration| match declaration {
        Declaration::Bulk(bulk) => Some(bulk.clone()),
        Declaration::Variable(_) => None,
    };
    let sources = plan.declarations().iter().filter_map(bulk).collect();
    let unasked = row::rows(plan.declarations(), None);
    let Fetched {
        plan,
        responses,
        stats,
    } = match fetch::fetch(plan, &settings.fetch, environment) {
        Ok(fetched) => fetched,
        Err(error) => {
            let report = Report::of(unasked, command, Err(&error), false);
            let _ = print(&show(options.format, &report, environment));
            return Err(error);
        }
    };
    let planned = with_sources(sources, plan.declarations());
    let resolution = plan.resolve(&responses, &mut file::free_descriptors());
    let rows = row::rows(&planned, Some((&responses, &resolution.problems)));
    stderr::warn(&resolution.warnings);
    if settings.verbose {
        stderr::say_all(&verbose::lines(&resolution.set, &stats));
    }
    let end = check_start(command.as_ref(), &settings.command, resolution, before);
    let report = Report::of(rows, command, end.as_ref().copied(), true);
    end.and(print(&show(options.format, &report, environment)))
}

/// Each bulk source before the variables that it gave.
fn with_sources(mut sources: Vec<Bulk>, declarations: &[Declaration]) -> Vec<Declaration> {
    let mut all = Vec::with_capacity(sources.len() + declarations.len());
    for declaration in declarations {
        let source = match declaration {
            Declaration::Variable(variable) => variable.origin.bulk(),
            Declaration::Bulk(_) => None,
        };
        let gave = |bulk: &Bulk| source.is_some() && bulk.inside(None).bulk() == source;
        if let Some(index) = sources.iter().position(gave) {
            all.extend(sources.drain(..=index).map(Declaration::Bulk));
        }
        all.push(declaration.clone());
    }
    all.extend(sources.into_iter().map(Declaration::Bulk));
    all
}

/// Whether the run would have become the command.
fn check_start(
    command: Option<&Command>,
    options: &CommandOptions,
    resolution: Resolution,
    before: Problems,
) -> Result<(), Error> {
    let Some(command) = command else {
        return Err(choose::without_command(options, before));
    };
    let (environment, files) = resolution.into_environment(before)?;
    check_sizes(command, &environment).or(())?;
    file::create(&files).or(())?;
    check_startable(command, &environment).map_or(Ok(()), Err)
}

fn print_policy(
    plan: &Plan<'_>,
    options: &InspectOptions,
    environment: &Environment,
) -> Result<(), Error> {
    let policies = iam_policy::policies(plan, options, environment);
    let text = iam_policy::show(&policies, options.format);
    let printed = print(&text);
    warn_of_placeholders(&iam_policy::placeholders(&policies));
    warn_of_unknown_references(plan.declarations());
    printed
}

fn show(format: Format, report: &Report, environment: &Environment) -> String {
    match format {
        Format::Text => table::show(report, is_in_colour(environment)),
        Format::Json => json::show(report),
    }
}

/// Whether stdout shows colours: a terminal does, unless the environment decides.
fn is_in_colour(environment: &Environment) -> bool {
    let variable = |name: &str| environment.get(OsStr::new(name));
    if variable("NO_COLOR").is_some_and(|value| !value.is_empty()) {
        return false;
    }
    if variable("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0") {
        return true;
    }
    let is_dumb = variable("TERM").is_none_or(|value| value == "dumb");
    !is_dumb && std::io::stdout().is_terminal()
}

fn warn_of_unknown_references(declarations: &[Declaration]) {
    let objects = declarations
        .iter()
        .filter_map(row::object_of)
        .collect::<Vec<_>>();
    if !objects.is_empty() {
        stderr::say(&format!(
            "warning: references within {} are not known without fetching, so they are not in this",
            objects.join(", ")
        ));
    }
}

fn warn_of_placeholders(placeholders: &[(&str, &str)]) {
    for (placeholder, help) in placeholders {
        stderr::say(&format!(
            "warning: {placeholder} stands for what nothing here says: {help}, or fill it in"
        ));
    }
}

fn print(text: &str) -> Result<(), Error> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text.as_bytes());
    printed(written.and_then(|()| stdout.flush()))
}

/// Whether a text is where it should be.
///
/// # Errors
/// When stdout did not take it.
pub(crate) fn printed(outcome: io::Result<()>) -> Result<(), Error> {
    match outcome {
        // A reader that closed stdout wants no more of it.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Error::not_printed(&error)),
        _ => Ok(()),
    }
}
