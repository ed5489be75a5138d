//! One line of a report: a variable or a source, and what is known of it.

use crate::error::{Diagnostic, ErrorKind, Problems};
use crate::input::declaration::{Bulk, Declaration, ValueSource, Variable};
use crate::origin::{Origin, Subject};
use crate::plan::Responses;
use crate::reference::{BulkReference, BulkSource, FileOptions, Reference};
use crate::request::{Request, Response, Target};

/// What is planned for one variable or source, and the outcome once it was fetched.
#[derive(Debug)]
pub(super) struct Row {
    /// The variable; none for a bulk source.
    pub(super) variable: Option<String>,
    /// The reference as it may be shown; none for a literal.
    pub(super) reference: Option<String>,
    /// Where it was written.
    pub(super) origin: Origin,
    /// What is asked.
    pub(super) request: Option<Request>,
    /// Whether it may be missing.
    pub(super) optional: bool,
    /// Whether something stands in for it.
    pub(super) has_default: bool,
    /// How the value is made a file, if it is.
    pub(super) file: Option<FileOptions>,
    /// Whether it stops the command.
    pub(super) stops: bool,
    /// The outcome; none if nothing was fetched.
    pub(super) status: Option<Status>,
}

/// The outcome of a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// It is there, at this version where the store says one.
    Found(Option<String>),
    /// It is not, for this reason.
    Failed(Diagnostic),
}

impl Status {
    /// One word for machines.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Found(_) => "found",
            Self::Failed(diagnostic) => match diagnostic.kind {
                ErrorKind::Input
                | ErrorKind::Usage
                | ErrorKind::NotExecutable
                | ErrorKind::CommandNotFound => "unusable",
                ErrorKind::Missing => "missing",
                ErrorKind::Denied => "denied",
                ErrorKind::Configuration => "unconfigured",
                ErrorKind::Unavailable => "unavailable",
                ErrorKind::TryAgain => "unanswered",
            },
        }
    }
}

/// The responses, and everything that failed after they arrived.
type Outcome<'a> = Option<(&'a Responses, &'a Problems)>;

/// A row for each declaration, in order of precedence.
pub(super) fn rows(declarations: &[Declaration], outcome: Outcome<'_>) -> Vec<Row> {
    let row = |declaration: &Declaration| match declaration {
        Declaration::Variable(variable) => of_variable(variable, outcome),
        Declaration::Bulk(bulk) => of_bulk(bulk, outcome),
    };
    let usable = |one: &&Declaration| one.problem().is_none();
    declarations.iter().filter(usable).map(row).collect()
}

/// The dotenv object that a declaration names, which may hold references of its own.
pub(super) fn object_of(declaration: &Declaration) -> Option<String> {
    match declaration {
        Declaration::Bulk(Bulk {
            reference:
                BulkReference {
                    source:
                        BulkSource::Store(Request {
                            target: Target::Object(_),
                            ..
                        }),
                    redacted,
                    ..
                },
            ..
        }) => Some(format!("\"{redacted}\"")),
        _ => None,
    }
}

fn of_variable(variable: &Variable, outcome: Outcome<'_>) -> Row {
    let reference: Option<&Reference> = match &variable.source {
        ValueSource::Reference(reference) => Some(reference),
        _ => None,
    };
    let request = reference.map(|reference| reference.request.clone());
    let (stops, status) = status(request.as_ref(), outcome, &variable.subject());
    // Without AWS nothing says that it exists, and it need not.
    let is_left_to_itself = reference.is_some_and(Reference::may_be_missing)
        && outcome.is_some_and(|(responses, _)| is_placeholder(request.as_ref(), responses));
    let status = if is_left_to_itself {
        Some(Status::Failed(Diagnostic::missing("", "")))
    } else {
        status
    };
    Row {
        variable: Some(variable.name.to_string_lossy().into_owned()),
        reference: variable.subject().reference,
        origin: variable.origin.clone(),
        request,
        optional: reference.is_some_and(|reference| reference.optional),
        has_default: reference.is_some_and(|reference| reference.default.is_some()),
        file: reference.and_then(|reference| reference.file),
        stops,
        status,
    }
}

fn of_bulk(bulk: &Bulk, outcome: Outcome<'_>) -> Row {
    let request = match &bulk.reference.source {
        BulkSource::Store(request) => Some(request.clone()),
        BulkSource::File(_) => None,
    };
    let (stops, status) = status(request.as_ref(), outcome, &bulk.inside(None).into());
    Row {
        variable: None,
        reference: Some(bulk.reference.redacted.clone()),
        origin: bulk.origin.clone(),
        request,
        optional: bulk.reference.optional,
        has_default: false,
        file: None,
        stops,
        status,
    }
}

fn is_placeholder(request: Option<&Request>, responses: &Responses) -> bool {
    let answer = request.and_then(|request| responses.get(request));
    matches!(answer, Some(Ok(Response::Placeholder(_))))
}

/// Whether it stops the command, and what came of asking. An answer alone does not tell: it may
/// lack the key that is wanted, or hold nothing.
fn status(
    request: Option<&Request>,
    outcome: Outcome<'_>,
    subject: &Subject,
) -> (bool, Option<Status>) {
    let Some((responses, problems)) = outcome else {
        return (false, None);
    };
    // What is wrong with one line of a source is told of that line.
    let bulk = subject.origin.bulk().filter(|_| subject.variable.is_none());
    let concerns = |other: &Subject| match bulk {
        Some(_) => other.origin.bulk() == bulk,
        None => other == subject,
    };
    let failed = problems
        .list()
        .iter()
        .find(|one| one.subject.as_ref().is_some_and(concerns));
    if let Some(problem) = failed {
        return (true, Some(Status::Failed(problem.diagnostic.clone())));
    }
    let answer = request.and_then(|request| responses.get(request));
    let status = match answer {
        None | Some(Ok(Response::Placeholder(_) | Response::Binary(_) | Response::Object(_))) => {
            Status::Found(None)
        }
        Some(Ok(Response::Text { version, .. })) => Status::Found(version.clone()),
        Some(Ok(Response::Parameters(below))) if below.is_empty() => {
            Status::Failed(Diagnostic::missing("", ""))
        }
        Some(Ok(Response::Parameters(_))) => Status::Found(None),
        Some(Err(diagnostic)) => Status::Failed(diagnostic.clone()),
    };
    (false, Some(status))
}
