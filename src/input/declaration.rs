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
    near_miss, redacted,
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
    /// Why it cannot be used, if that is known.
    #[must_use]
    pub fn problem(&self) -> Option<Problem> {
        match self {
            Self::Variable(variable) => variable.problem(),
            Self::Bulk(_) => None,
        }
    }

    /// The request it needs, if any.
    #[must_use]
    pub fn request(&self) -> Option<&Request> {
        match self {
            Self::Variable(variable) => match &variable.source {
                ValueSource::Reference(reference) => Some(&reference.request),
                ValueSource::Literal(_) | ValueSource::Composed(_) | ValueSource::Unusable(_) => {
                    None
                }
            },
            Self::Bulk(bulk) => match &bulk.reference.source {
                BulkSource::Store(request) => Some(request),
                BulkSource::File(_) => None,
            },
        }
    }
}

impl Declaration {
    /// Whether the requested thing must exist.
    pub(crate) fn is_required(&self) -> bool {
        match self {
            Self::Variable(Variable {
                source: ValueSource::Reference(reference),
                ..
            }) => !reference.may_be_missing(),
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

/// Where a variable's value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueSource {
    /// This text.
    Literal(SecretValue),
    /// The value that the reference names.
    Reference(Reference),
    /// Text with the values of other variables in it.
    Composed(Composed),
    /// Nothing, for this reason, which matters only if the variable is not set otherwise.
    Unusable(Diagnostic),
}

impl ValueSource {
    /// Classifies a value by the rules of the environment; none if it is an ordinary value.
    #[must_use]
    pub fn in_environment(text: &str, arns_too: bool) -> Option<Self> {
        if is_template(text) {
            let parsed = Composed::parse_template(text).map(Self::Composed);
            return Some(Self::from_parsed(text, parsed));
        }
        if is_reference(text, arns_too) {
            let parsed = Reference::parse(text).map(Self::Reference);
            return Some(Self::from_parsed(text, parsed));
        }
        let miss = near_miss(text, arns_too)?;
        Some(Self::Unusable(near_miss_diagnostic(&miss)))
    }

    /// The result of parsing `text`.
    pub(crate) fn from_parsed(text: &str, parsed: Result<Self, ReferenceError>) -> Self {
        parsed.unwrap_or_else(|error| Self::Unusable(invalid_reference_diagnostic(text, &error)))
    }
}

/// Whether a value is an ordinary one by the rules of the environment.
pub(crate) fn is_everyday(text: &str, arns_too: bool) -> bool {
    !is_reference(text, arns_too) && near_miss(text, arns_too).is_none()
}

impl Variable {
    /// The variable as a message names it: with its reference and where it was said.
    #[must_use]
    pub fn subject(&self) -> Subject {
        let reference = match &self.source {
            ValueSource::Literal(_) | ValueSource::Unusable(_) => None,
            ValueSource::Reference(reference) => Some(reference.redacted.clone()),
            ValueSource::Composed(composed) => Some(composed.to_string()),
        };
        Subject::variable(&self.name, reference.as_deref(), self.origin.clone())
    }

    /// Why the variable cannot be set, if that is known.
    #[must_use]
    pub fn problem(&self) -> Option<Problem> {
        match &self.source {
            ValueSource::Unusable(diagnostic) => {
                Some(Problem::new(diagnostic.clone(), self.subject()))
            }
            _ => None,
        }
    }
}

pub(crate) fn invalid_reference_diagnostic(text: &str, error: &ReferenceError) -> Diagnostic {
    let message = format!(
        "invalid reference \"{}\": {}",
        redacted(text).escape_debug(),
        error.reason
    );
    Diagnostic::input(message, error.help.clone())
}

/// A value that is nearly a reference.
pub(crate) fn near_miss_diagnostic(miss: &NearMiss) -> Diagnostic {
    let (what, help) = match miss {
        NearMiss::Scheme { redacted, meant } => (
            format!("invalid reference \"{redacted}\": its scheme is misspelt"),
            format!("write \"{meant}\""),
        ),
        NearMiss::Wrapped { meant } => (
            format!("invalid reference \"{meant}\": quotes or blanks stand around it"),
            "remove them: a reference is the whole value".to_owned(),
        ),
        // The rest of the value may be secret.
        NearMiss::Inside { scheme } => (
            format!("\"{scheme}\" stands inside a longer value, where nothing is fetched"),
            "give the reference a variable of its own, and write \"template:…{NAME|raw}…\" here"
                .to_owned(),
        ),
    };
    Diagnostic::input(what, help)
}

/// Two files with a BOM each, joined, leave one in the middle, where nobody sees it.
const BOM: char = '\u{feff}';

/// Refuses names that no environment can carry, and paramexec's own.
pub(crate) fn check_name(name: &str) -> Result<(), Diagnostic> {
    if name.is_empty() {
        return Err(Diagnostic::input(
            "a variable has no name",
            "write its name in front of its value, or remove it",
        ));
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
            format!("invalid variable name \"{redacted}\""),
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

/// Refuses what a bulk source may not set besides: what makes other programs run code, by its
/// meaning or, as bash takes `BASH_FUNC_x%%`, by its form.
pub(crate) fn check_bulk_name(name: &str) -> Result<(), Diagnostic> {
    check_name(name)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    if !name.chars().all(plain)
        || name.starts_with(|c: char| c.is_ascii_digit() || ".-".contains(c))
    {
        return Err(Diagnostic::input(
            format!("no bulk source may set \"{}\"", name.escape_debug()),
            "rename it: letters, digits, \"_\", \".\" and \"-\", with a letter or \"_\" first",
        ));
    }
    if let "PATH" | "BASH_ENV" = name {
        return Err(Diagnostic::input(
            format!("\"{name}\" decides what programs are run, so no bulk source may set it"),
            "if it is meant, name it in a manifest",
        ));
    }
    if environment::is_obeyed_by_the_loader(name) {
        return Err(Diagnostic::input(
            format!("\"{name}\" is obeyed by the dynamic loader, so no bulk source may set it"),
            "if it is meant, name it in a manifest",
        ));
    }
    Ok(())
}
