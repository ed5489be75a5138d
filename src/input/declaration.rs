//! What the sources say, before it is decided which of them count.
//!
//! A list of declarations is in order of precedence: the first one to name a variable wins.

use std::ffi::{OsStr, OsString};

use crate::composed::Composed;
use crate::environment;
use crate::error::{Diagnostic, Problem};
use crate::origin::{Origin, Subject};
use crate::reference::{
    BulkReference, BulkSource, NearMiss, Reference, ReferenceError, is_reference, is_template,
    redacted,
};
use crate::request::Request;
use crate::value::SecretValue;

/// One thing that a source says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Declaration {
    /// That a variable has a value.
    Variable(Variable),
    /// That something holds many variables.
    Bulk(Bulk),
}

impl Declaration {
    /// What has to be asked of a store for it, if anything.
    #[must_use]
    pub fn request(&self) -> Option<&Request> {
        match self {
            Self::Variable(variable) => match &variable.source {
                ValueSource::Reference(reference) => Some(&reference.request),
                ValueSource::Literal(_) | ValueSource::Composed(_) => None,
            },
            Self::Bulk(bulk) => match &bulk.reference.source {
                BulkSource::Store(request) => Some(request),
                BulkSource::File(_) => None,
            },
        }
    }
}

impl Declaration {
    /// Whether it is a problem if what has to be asked for it does not exist.
    pub(crate) fn is_required(&self) -> bool {
        match self {
            Self::Variable(Variable {
                source: ValueSource::Reference(reference),
                ..
            }) => !reference.optional && reference.default.is_none(),
            Self::Variable(_) => false,
            Self::Bulk(bulk) => !bulk.reference.optional,
        }
    }
}

/// A variable and where its value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// The variable's name; any bytes, since the environment may hold any.
    pub name: OsString,
    /// Its value, or how to get it.
    pub source: ValueSource,
    /// Where it was written.
    pub origin: Origin,
}

/// A bulk source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bulk {
    /// What it takes its variables from.
    pub reference: BulkReference,
    /// Where it was named.
    pub origin: Origin,
}

impl Bulk {
    /// The place of the source itself, or of one of its lines.
    #[must_use]
    pub fn inside(&self, line: Option<usize>) -> Origin {
        Origin::Bulk {
            declared: Box::new(self.origin.clone()),
            reference: self.reference.redacted.clone(),
            line,
        }
    }
}

/// What a variable is to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueSource {
    /// This text.
    Literal(SecretValue),
    /// What the reference leads to.
    Reference(Reference),
    /// Text with the values of other variables in it.
    Composed(Composed),
}

impl ValueSource {
    /// What a value is: a template, a reference or a literal.
    ///
    /// # Errors
    /// When it is a template or a reference that cannot be used.
    pub fn parse(text: &str, arns_too: bool) -> Result<Self, ReferenceError> {
        if is_template(text) {
            Composed::parse_template(text).map(Self::Composed)
        } else if is_reference(text, arns_too) {
            Reference::parse(text).map(Self::Reference)
        } else {
            Ok(Self::Literal(SecretValue::new(text)))
        }
    }
}

impl Variable {
    /// The variable as a message names it: with its reference and where it was said.
    #[must_use]
    pub fn subject(&self) -> Subject {
        let reference = match &self.source {
            ValueSource::Literal(_) => None,
            ValueSource::Reference(reference) => Some(reference.redacted.clone()),
            ValueSource::Composed(composed) => Some(composed.to_string()),
        };
        Subject::variable(&self.name, reference.as_deref(), self.origin.clone())
    }
}

/// A malformed reference, as a failure of the variable that it was written for.
pub(crate) fn invalid_reference(
    text: &str,
    error: &ReferenceError,
    name: &OsStr,
    origin: Origin,
) -> Problem {
    Problem::new(
        invalid_reference_diagnostic(text, error),
        Subject::variable(name, None, origin),
    )
}

pub(crate) fn invalid_reference_diagnostic(text: &str, error: &ReferenceError) -> Diagnostic {
    let message = format!(
        "\"{}\" is not a usable reference, {}",
        redacted(text).escape_debug(),
        error.reason
    );
    Diagnostic::input(message, error.help.clone())
}

/// A value that is nearly a reference.
pub(crate) fn near_miss_diagnostic(miss: &NearMiss) -> Diagnostic {
    let (what, help) = match miss {
        NearMiss::Scheme { redacted, meant } => (
            format!("\"{redacted}\" is not a usable reference, its scheme is misspelt"),
            format!("write \"{meant}\""),
        ),
        NearMiss::Wrapped { meant } => (
            format!("\"{meant}\" is not a usable reference, quotes or blanks stand around it"),
            "remove them: a reference is the whole value".to_owned(),
        ),
        // The rest of the value may be secret.
        NearMiss::Inside { scheme } => (
            format!("\"{scheme}\" stands inside a longer value, where nothing is fetched"),
            "make the reference the whole value of a variable of its own".to_owned(),
        ),
    };
    Diagnostic::input(what, help)
}

/// Two files with a BOM each, joined, leave one in the middle, where nobody sees it.
const BOM: char = '\u{feff}';

/// Refuses names that no environment can carry, and paramexec's own.
pub(crate) fn check_name(name: &str) -> Result<(), Diagnostic> {
    if name.is_empty() {
        return Err(Diagnostic::input("a variable has no name", "name it"));
    }
    let redacted = name.escape_debug();
    if name.contains(['=', '\0']) {
        return Err(Diagnostic::input(
            format!("the environment cannot carry the name \"{redacted}\""),
            "a variable's name has no \"=\" and no NUL in it",
        ));
    }
    if name.contains(|c: char| c.is_whitespace() || c.is_control() || c == BOM) {
        return Err(Diagnostic::input(
            format!("\"{redacted}\" is not a usable variable name"),
            "remove the blanks and invisible characters from the name",
        ));
    }
    if environment::is_own(OsStr::new(name)) {
        return Err(Diagnostic::input(
            format!(
                "\"{redacted}\" is one of paramexec's own options, which never reach the command"
            ),
            "set it in the environment of paramexec itself",
        ));
    }
    Ok(())
}

/// Refuses what a source of many variables may not set besides: the loader's own variables.
pub(crate) fn check_bulk_name(name: &str) -> Result<(), Diagnostic> {
    check_name(name)?;
    if environment::is_obeyed_by_the_loader(name) {
        return Err(Diagnostic::input(
            format!("\"{name}\" is obeyed by the dynamic loader, so no bulk source may set it"),
            "if it is meant, name it in a manifest",
        ));
    }
    Ok(())
}
