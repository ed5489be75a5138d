//! What can go wrong before the command starts, and the one table from kind to exit code.

use std::io;

use crate::origin::Subject;

/// Why paramexec did not do what it was asked to.
#[derive(Debug)]
pub struct Error {
    /// What was not done.
    pub headline: &'static str,
    /// Why; never empty.
    pub problems: Problems,
}

impl Error {
    /// An error in the command line or in an option's variable.
    pub(crate) fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Diagnostic::new(ErrorKind::Usage, message, help).into()
    }

    /// A failure to copy the binary.
    pub(crate) fn not_installed(diagnostic: Diagnostic) -> Self {
        Self {
            headline: "not installed",
            ..diagnostic.into()
        }
    }

    /// That stdout does not take what was asked for.
    pub(crate) fn not_printed(error: &io::Error) -> Self {
        let message = format!("cannot write to stdout: {}", reason(error));
        let help = "write it where there is room";
        Self {
            headline: "not printed",
            ..Diagnostic::input(message, help).into()
        }
    }

    /// The exit code, as the README's table has it.
    #[must_use]
    pub fn code(&self) -> u8 {
        self.problems.worst().code()
    }
}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        Self {
            headline: "command not started",
            problems,
        }
    }
}

impl From<Diagnostic> for Error {
    fn from(diagnostic: Diagnostic) -> Self {
        Problems::from_iter([Problem::from(diagnostic)]).into()
    }
}

/// The kinds of failure, in the order in which they decide the exit code, because what
/// a person must correct comes before what another try may solve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorKind {
    /// The command line, or the variable of an option, cannot be used.
    Usage,
    /// A malformed reference, manifest or dotenv; a missing JSON key; a value no environment can carry.
    Input,
    /// A file, parameter, secret or object that does not exist.
    Missing,
    /// AWS denied access.
    Denied,
    /// No region, or no credentials that work.
    Configuration,
    /// AWS cannot be reached, or answers with an error that is none of the others.
    Unavailable,
    /// Throttled, or out of time.
    TryAgain,
    /// The command exists but cannot be executed.
    NotExecutable,
    /// The command does not exist.
    CommandNotFound,
}

impl ErrorKind {
    /// The exit code of this kind, after `sysexits.h`.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Usage => 64,
            Self::Input => 65,
            Self::Missing => 66,
            Self::Denied => 77,
            Self::Configuration => 78,
            Self::Unavailable => 69,
            Self::TryAgain => 75,
            Self::NotExecutable => 126,
            Self::CommandNotFound => 127,
        }
    }
}

/// What failed, why, and what would help.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    /// Decides the exit code.
    pub kind: ErrorKind,
    /// What failed, and why after a colon.
    pub message: String,
    /// What to do about it; may be empty.
    pub help: String,
}

impl Diagnostic {
    /// A diagnostic of `kind`: `message` says what failed and why, `help` what to do.
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

    /// The same, with the help that `name` was probably meant.
    #[must_use]
    pub fn did_you_mean(mut self, name: Option<&str>) -> Self {
        if let Some(name) = name {
            self.help = format!("did you mean \"{name}\"?");
        }
        self
    }

    /// Something named that does not exist.
    pub fn missing(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(ErrorKind::Missing, message, help)
    }
}

/// A diagnostic, and what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What went wrong.
    pub diagnostic: Diagnostic,
    /// What it is about, where the diagnostic does not say it all.
    pub subject: Option<Subject>,
    /// What would solve this and others of its file at once.
    pub file_help: Option<&'static str>,
}

impl Problem {
    /// A diagnostic about `subject`.
    pub fn new(diagnostic: Diagnostic, subject: impl Into<Subject>) -> Self {
        Self {
            diagnostic,
            subject: Some(subject.into()),
            file_help: None,
        }
    }
}

impl From<Diagnostic> for Problem {
    fn from(diagnostic: Diagnostic) -> Self {
        Self {
            diagnostic,
            subject: None,
            file_help: None,
        }
    }
}

/// The warning that `subject` is left out because what is missing may be.
pub(crate) fn left_out(diagnostic: &Diagnostic, subject: &Subject) -> String {
    format!("{}: left out {subject}", diagnostic.message)
}

/// Everything that went wrong in one run, in the order of the plan; never empty once reported.
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
            Err(self.into())
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
}

impl Extend<Problem> for Problems {
    fn extend<I: IntoIterator<Item = Problem>>(&mut self, problems: I) {
        self.0.extend(problems);
    }
}

impl FromIterator<Problem> for Problems {
    fn from_iter<I: IntoIterator<Item = Problem>>(problems: I) -> Self {
        Self(problems.into_iter().collect())
    }
}

/// What the system says, without the number behind it.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    text.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(Error::from(problems(&reversed)).code(), codes[first]);
        }
    }
}
