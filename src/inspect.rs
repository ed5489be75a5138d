//! Looking without running: what is planned, whether it can be had, and what that takes.
//!
//! Reports go to stdout, since no command will write there, and hold no values.

mod iam_policy;
mod json;
mod mock_template;
mod row;
mod table;

use std::io::Write;

use crate::cli::{Args, Format, Inspection};
use crate::command::exec::{Command, check_startable};
use crate::environment::Environment;
use crate::error::{Error, Problems};
use crate::input::declaration::Declaration;
use crate::input::sources::Sources;
use crate::plan::Plan;
use crate::reference::iam;
use crate::stderr;
use crate::store::fetch::{self, Fetched};
use row::Row;

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

/// Prints what was asked for and gives the exit code.
///
/// # Errors
/// What the run would have said, if it could not have started.
pub fn inspection(
    inspection: Inspection,
    args: &Args,
    plan: Plan<'_>,
    sources: Sources,
    command: Option<Command>,
    environment: &Environment,
) -> Result<u8, Error> {
    if inspection == Inspection::Check {
        return check(args, plan, sources, command, environment);
    }
    stderr::say_what_was_left_out(&sources.warnings, &[]);
    let problems = sources.problems.and(plan.problems());
    match inspection {
        Inspection::IamPolicy => {
            let policies = iam_policy::policies(plan.declarations(), args, environment);
            let text = iam_policy::show(&policies, args.format);
            print(&text);
            warn_of_placeholders(&text);
            warn_of_unknown_references(plan.declarations());
        }
        Inspection::MockTemplate => {
            print(&mock_template::template(plan.declarations()));
            warn_of_unknown_references(plan.declarations());
        }
        Inspection::Plan | Inspection::Check => {
            let rows = row::rows(plan.declarations(), None);
            let exit_code = code(&problems);
            let problems = problems.clone();
            print(&show(
                args.format,
                &Report {
                    rows,
                    command,
                    problems,
                    exit_code,
                    checked: false,
                },
            ));
        }
    }
    if problems.is_empty() {
        Ok(0)
    } else {
        Err(Error::Problems(problems))
    }
}

fn check(
    args: &Args,
    plan: Plan<'_>,
    sources: Sources,
    command: Option<Command>,
    environment: &Environment,
) -> Result<u8, Error> {
    let many = |declaration: &&Declaration| matches!(declaration, Declaration::Bulk(_));
    let mut planned: Vec<Declaration> = plan.declarations().iter().filter(many).cloned().collect();
    let Fetched {
        plan,
        responses,
        stats,
    } = fetch::fetch(plan, args, environment)?;
    planned.extend_from_slice(plan.declarations());
    let resolution = plan.resolve(&responses);
    let rows = row::rows(&planned, Some((&responses, &resolution.problems)));
    stderr::say_what_was_left_out(&sources.warnings, &resolution.warnings);
    if args.verbose {
        stderr::say_what_came_from_where(&resolution.set, &stats);
    }
    let without_command = command
        .is_none()
        .then(|| crate::no_command(sources.problems.clone()));
    let problems = resolution.all_problems(sources.problems, command.as_ref());
    let end = without_command.or_else(|| {
        if problems.is_empty() {
            check_startable(command.as_ref()?, &resolution.environment)
        } else {
            Some(Error::Problems(problems.clone()))
        }
    });
    let exit_code = end.as_ref().map_or(0, Error::code);
    print(&show(
        args.format,
        &Report {
            rows,
            command,
            problems,
            exit_code,
            checked: true,
        },
    ));
    end.map_or(Ok(0), Err)
}

fn show(format: Format, report: &Report) -> String {
    match format {
        Format::Text => table::show(report),
        Format::Json => json::show(report),
    }
}

fn code(problems: &Problems) -> u8 {
    if problems.is_empty() {
        0
    } else {
        problems.worst().code()
    }
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

fn warn_of_placeholders(policy: &str) {
    let unknown = [
        (iam::ACCOUNT, "give --account"),
        (iam::REGION, "set AWS_REGION"),
    ];
    for (placeholder, help) in unknown {
        if policy.contains(&format!(":{placeholder}:")) {
            stderr::say(&format!(
                "warning: {placeholder} stands for what nothing here says: {help}, or fill it in"
            ));
        }
    }
}

fn print(text: &str) {
    // Whoever closed stdout wants no more of it.
    let _ = std::io::stdout().write_all(text.as_bytes());
}
