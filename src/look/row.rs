//! One line of a report: a variable or a source, and what is known of it.

use crate::declaration::{Content, Declaration, Variable};
use crate::failure::{Fault, Kind};
use crate::plan::Answers;
use crate::question::{Answer, Question};
use crate::reference::{BulkReference, BulkSource, Reference};

/// What is planned for one variable or source, and, once asked, what came of it.
#[derive(Debug)]
pub(super) struct Row {
    /// The variable; none for a source of many.
    pub(super) variable: Option<String>,
    /// The reference as it may be shown; none for a literal.
    pub(super) reference: Option<String>,
    /// Where it was said.
    pub(super) origin: String,
    /// What is asked.
    pub(super) question: Option<Question>,
    /// Whether it may be missing.
    pub(super) optional: bool,
    /// Whether something stands in for it.
    pub(super) has_default: bool,
    /// What came of asking; none if nothing was asked.
    pub(super) status: Option<Status>,
}

/// What came of asking.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// It is there, at this version where the store says one.
    Found(Option<String>),
    /// It is not, for this reason.
    Failed(Fault),
}

impl Status {
    /// One word for machines.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Found(_) => "found",
            Self::Failed(fault) => match fault.kind {
                Kind::Input => "unusable",
                Kind::Missing => "missing",
                Kind::Denied => "denied",
                Kind::Configuration => "unconfigured",
                Kind::Unavailable => "unavailable",
                Kind::TryAgain => "unanswered",
            },
        }
    }
}

/// A row for each declaration, in order of precedence.
pub(super) fn rows(declarations: &[Declaration], answers: &Answers, checked: bool) -> Vec<Row> {
    let row = |declaration: &Declaration| match declaration {
        Declaration::Variable(variable) => of_variable(variable, answers, checked),
        Declaration::Bulk(bulk) => of_bulk(bulk, answers, checked),
    };
    declarations.iter().map(row).collect()
}

/// The dotenv object that a declaration names, which may hold references of its own.
pub(super) fn object_of(declaration: &Declaration) -> Option<String> {
    match declaration {
        Declaration::Bulk(BulkReference {
            source: BulkSource::Store(Question::Object { .. }),
            shown,
            ..
        }) => Some(format!("\"{shown}\"")),
        _ => None,
    }
}

fn of_variable(variable: &Variable, answers: &Answers, checked: bool) -> Row {
    let reference: Option<&Reference> = match &variable.content {
        Content::Literal(_) => None,
        Content::Reference(reference) => Some(reference),
    };
    let question = reference.map(|reference| reference.question.clone());
    Row {
        variable: Some(variable.name.to_string_lossy().into_owned()),
        reference: reference.map(|reference| reference.shown.clone()),
        origin: variable.origin.clone(),
        status: status(question.as_ref(), answers, checked),
        question,
        optional: reference.is_some_and(|reference| reference.optional),
        has_default: reference.is_some_and(|reference| reference.default.is_some()),
    }
}

fn of_bulk(bulk: &BulkReference, answers: &Answers, checked: bool) -> Row {
    let question = match &bulk.source {
        BulkSource::Store(question) => Some(question.clone()),
        BulkSource::File(_) => None,
    };
    Row {
        variable: None,
        reference: Some(bulk.shown.clone()),
        origin: "--from".to_owned(),
        status: status(question.as_ref(), answers, checked),
        question,
        optional: bulk.optional,
        has_default: false,
    }
}

fn status(question: Option<&Question>, answers: &Answers, checked: bool) -> Option<Status> {
    if !checked {
        return None;
    }
    let Some(question) = question else {
        return Some(Status::Found(None));
    };
    match answers.get(question)? {
        Ok(Answer::Text { version, .. }) => Some(Status::Found(version.clone())),
        Ok(_) => Some(Status::Found(None)),
        Err(fault) => Some(Status::Failed(fault.clone())),
    }
}
