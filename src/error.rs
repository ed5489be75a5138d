//! What can go wrong before the command starts, and the one table from kind to exit code.

use std::collections::HashMap;
use std::fmt;

use thiserror::Error;

use crate::origin::Subject;

/// Why paramexec did not become the command.
#[derive(Debug, Error)]
pub enum Error {
    /// The command line, or an option's environment twin, cannot be used.
    #[error("{0}")]
    Usage(String),
    /// Something that was asked for is missing, denied or unusable.
    #[error("{0}")]
    Problems(Problems),
    /// The command exists but cannot be executed.
    #[error("{0}")]
    NotExecutable(String),
    /// The command does not exist.
    #[error("{0}")]
    CommandNotFound(String),
    /// The binary could not be copied to where it was to be installed.
    #[error("{}: {}", .0.message, .0.help)]
    NotInstalled(Diagnostic),
}

impl Error {
    /// That nothing names a command. A manifest that could not be read might have named one.
    pub(crate) fn without_command(problems: Problems) -> Self {
        if !problems.is_empty() {
            return Self::Problems(problems);
        }
        Self::Usage(
            "no command: add one, or set --default-command or PARAMEXEC_DEFAULT_COMMAND".to_owned(),
        )
    }

    /// The exit code, as the README's table has it.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => 64,
            Self::Problems(problems) => problems.worst().code(),
            Self::NotExecutable(_) => 126,
            Self::CommandNotFound(_) => 127,
            Self::NotInstalled(diagnostic) => diagnostic.kind.code(),
        }
    }
}

/// What sort of failure; declared in the order in which they decide the exit code, because what
/// a person must mend comes before what another try may mend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorKind {
    /// A malformed reference, manifest or dotenv; a missing JSON key; a value no environment can carry.
    Input,
    /// A file, parameter, secret or object that does not exist.
    Missing,
    /// AWS says no.
    Denied,
    /// No region, or no credentials that work.
    Configuration,
    /// AWS cannot be reached, or answers with an error that is none of the others.
    Unavailable,
    /// Throttled, or out of time.
    TryAgain,
}

impl ErrorKind {
    /// The exit code of this kind, after `sysexits.h`.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Input => 65,
            Self::Missing => 66,
            Self::Denied => 77,
            Self::Configuration => 78,
            Self::Unavailable => 69,
            Self::TryAgain => 75,
        }
    }
}

/// What failed, why, and what would help; the subjects are who needed it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    /// Decides the exit code.
    pub kind: ErrorKind,
    /// What failed, on what, and why.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl Diagnostic {
    /// A fault of `kind`: `message` says what and why, `help` what to do.
    pub fn new(kind: ErrorKind, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            help: help.into(),
        }
    }

    /// An input that cannot be used as it is.
    pub fn input(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(ErrorKind::Input, message, help)
    }

    /// Something named that does not exist.
    pub fn missing(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(ErrorKind::Missing, message, help)
    }
}

/// A fault together with one who needed what failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What went wrong.
    pub diagnostic: Diagnostic,
    /// What it is about, where the diagnostic does not say it all.
    pub subject: Option<Subject>,
}

impl Problem {
    /// A diagnostic about `subject`.
    pub fn new(diagnostic: Diagnostic, subject: impl Into<Subject>) -> Self {
        Self {
            diagnostic,
            subject: Some(subject.into()),
        }
    }
}

impl From<Diagnostic> for Problem {
    fn from(diagnostic: Diagnostic) -> Self {
        Self {
            diagnostic,
            subject: None,
        }
    }
}

/// The warning that `subject` is left out because what is missing may be.
pub(crate) fn left_out(diagnostic: &Diagnostic, subject: &Subject) -> String {
    format!("{}: left out {subject}", diagnostic.message)
}

/// All that went wrong in one run, in the order of the plan; never empty once reported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Adds one more.
    pub fn push(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    /// These and those.
    #[must_use]
    pub fn and(mut self, others: &Self) -> Self {
        self.0.extend(others.0.iter().cloned());
        self
    }

    /// Whether nothing failed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, in the order they were found.
    #[must_use]
    pub fn list(&self) -> &[Problem] {
        &self.0
    }

    /// The exit code that they end a run with, 0 if nothing failed.
    #[must_use]
    pub fn code(&self) -> u8 {
        if self.is_empty() {
            0
        } else {
            self.worst().code()
        }
    }

    /// These as an error, or `value` if nothing failed.
    ///
    /// # Errors
    /// When there are any.
    pub fn or<T>(self, value: T) -> Result<T, Error> {
        if self.is_empty() {
            Ok(value)
        } else {
            Err(Error::Problems(self))
        }
    }

    /// The kind that decides the exit code.
    ///
    /// # Panics
    /// Never in practice: an `Error` is only made of failures when there is one.
    #[must_use]
    pub fn worst(&self) -> ErrorKind {
        self.0
            .iter()
            .map(|problem| problem.diagnostic.kind)
            .min()
            .unwrap_or(ErrorKind::Unavailable)
    }

    /// The problems by cause, since one cause often concerns many, in the order in which they
    /// decide the exit code.
    #[must_use]
    pub fn grouped(&self) -> Vec<(&Diagnostic, Vec<&Subject>)> {
        let mut groups: Vec<(&Diagnostic, Vec<&Subject>)> = Vec::new();
        let mut places: HashMap<&Diagnostic, usize> = HashMap::new();
        for problem in &self.0 {
            let place = *places.entry(&problem.diagnostic).or_insert_with(|| {
                groups.push((&problem.diagnostic, Vec::new()));
                groups.len() - 1
            });
            groups[place].1.extend(&problem.subject);
        }
        groups.sort_by_key(|(diagnostic, _)| diagnostic.kind);
        groups
    }
}

impl Extend<Problem> for Problems {
    fn extend<I: IntoIterator<Item = Problem>>(&mut self, problems: I) {
        self.0.extend(problems);
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let groups = self.grouped();
        let noun = if groups.len() == 1 {
            "problem"
        } else {
            "problems"
        };
        let (count, code) = (groups.len(), self.worst().code());
        write!(
            formatter,
            "the command was not started: {count} {noun} (exit code {code})"
        )?;
        for (diagnostic, subjects) in groups {
            write!(formatter, "\n  {}", diagnostic.message)?;
            if !diagnostic.help.is_empty() {
                write!(formatter, ": {}", diagnostic.help)?;
            }
            for subject in subjects {
                write!(formatter, "\n    for {subject}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::Origin;

    fn problems(kinds: &[ErrorKind]) -> Problems {
        let mut problems = Problems::default();
        problems.extend(
            kinds
                .iter()
                .map(|kind| Problem::from(Diagnostic::new(*kind, "c", "r"))),
        );
        problems
    }

    #[test]
    fn what_a_person_must_mend_decides_the_code() {
        use ErrorKind::{Configuration, Denied, Input, Missing, TryAgain, Unavailable};
        let order = [Input, Missing, Denied, Configuration, Unavailable, TryAgain];
        let codes = [65, 66, 77, 78, 69, 75];
        for first in 0..order.len() {
            let mut reversed = order[first..].to_vec();
            reversed.reverse();
            assert_eq!(Error::Problems(problems(&reversed)).code(), codes[first]);
        }
    }

    #[test]
    fn one_cause_is_told_once_with_all_who_suffer_it() {
        let diagnostic = Diagnostic::missing("parameter \"/a\" does not exist", "create it");
        let mut problems = Problems::default();
        problems.push(Problem::new(diagnostic.clone(), Origin::Option("--from")));
        problems.push(Problem::from(Diagnostic::input("\"x\" is malformed", "")));
        problems.push(Problem::new(diagnostic, Origin::Environment));
        assert_eq!(
            problems.to_string(),
            "the command was not started: 2 problems (exit code 65)\
             \n  \"x\" is malformed\
             \n  parameter \"/a\" does not exist: create it\
             \n    for --from\
             \n    for environment"
        );
    }
}
