//! What can go wrong before the command starts, and the one table from kind to exit code.

use std::fmt;

use thiserror::Error;

/// Why paramexec did not become the command.
#[derive(Debug, Error)]
pub enum Error {
    /// The command line, or an option's environment twin, cannot be used.
    #[error("{0}")]
    Usage(String),
    /// Something that was asked for is missing, denied or unusable.
    #[error("{0}")]
    Failures(Failures),
    /// The command exists but cannot be executed.
    #[error("{0}")]
    NotExecutable(String),
    /// The command does not exist.
    #[error("{0}")]
    CommandNotFound(String),
    /// The binary could not be copied to where it was to be installed.
    #[error("{}: {}", .0.cause, .0.remedy)]
    NotInstalled(Fault),
}

impl Error {
    /// The exit code, as the README's table has it.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => 64,
            Self::Failures(failures) => failures.worst().code(),
            Self::NotExecutable(_) => 126,
            Self::CommandNotFound(_) => 127,
            Self::NotInstalled(fault) => fault.kind.code(),
        }
    }
}

/// What sort of failure; declared in the order in which they decide the exit code, because what
/// a person must mend comes before what another try may mend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
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

impl Kind {
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
pub struct Fault {
    /// Decides the exit code.
    pub kind: Kind,
    /// What failed, on what, and why.
    pub cause: String,
    /// What to do about it.
    pub remedy: String,
}

impl Fault {
    /// A fault of `kind`: `cause` says what and why, `remedy` what to do.
    pub fn new(kind: Kind, cause: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            kind,
            cause: cause.into(),
            remedy: remedy.into(),
        }
    }

    /// An input that cannot be used as it is.
    pub fn input(cause: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(Kind::Input, cause, remedy)
    }

    /// Something named that does not exist.
    pub fn missing(cause: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(Kind::Missing, cause, remedy)
    }
}

/// A fault together with one who needed what failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What went wrong.
    pub fault: Fault,
    /// Who needed it: `"DB_PASSWORD" from "ssm:///prod/db/password" (environment)`; may be empty.
    pub subject: String,
}

impl Failure {
    /// A fault that `subject` suffers.
    pub fn new(fault: Fault, subject: impl Into<String>) -> Self {
        Self {
            fault,
            subject: subject.into(),
        }
    }
}

/// All that went wrong in one run, in the order of the plan; never empty once reported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Failures(Vec<Failure>);

impl Failures {
    /// Adds one more.
    pub fn push(&mut self, failure: Failure) {
        self.0.push(failure);
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
    pub fn list(&self) -> &[Failure] {
        &self.0
    }

    /// The kind that decides the exit code.
    ///
    /// # Panics
    /// Never in practice: an `Error` is only made of failures when there is one.
    #[must_use]
    pub fn worst(&self) -> Kind {
        self.0
            .iter()
            .map(|failure| failure.fault.kind)
            .min()
            .unwrap_or(Kind::Unavailable)
    }

    /// The failures by cause, since one cause often has many victims.
    #[must_use]
    pub fn by_cause(&self) -> Vec<(&Fault, Vec<&str>)> {
        let mut groups: Vec<(&Fault, Vec<&str>)> = Vec::new();
        for failure in &self.0 {
            let at = groups
                .iter()
                .position(|(fault, _)| **fault == failure.fault);
            let at = at.unwrap_or_else(|| {
                groups.push((&failure.fault, Vec::new()));
                groups.len() - 1
            });
            groups[at].1.push(&failure.subject);
        }
        groups
    }
}

impl Extend<Failure> for Failures {
    fn extend<I: IntoIterator<Item = Failure>>(&mut self, failures: I) {
        self.0.extend(failures);
    }
}

impl fmt::Display for Failures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let groups = self.by_cause();
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
        for (fault, subjects) in groups {
            write!(formatter, "\n  {}", fault.cause)?;
            if !fault.remedy.is_empty() {
                write!(formatter, ": {}", fault.remedy)?;
            }
            for subject in subjects.iter().filter(|subject| !subject.is_empty()) {
                write!(formatter, "\n    for {subject}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failures(kinds: &[Kind]) -> Failures {
        let mut failures = Failures::default();
        failures.extend(
            kinds
                .iter()
                .map(|kind| Failure::new(Fault::new(*kind, "c", "r"), "s")),
        );
        failures
    }

    #[test]
    fn what_a_person_must_mend_decides_the_code() {
        use Kind::{Configuration, Denied, Input, Missing, TryAgain, Unavailable};
        let order = [Input, Missing, Denied, Configuration, Unavailable, TryAgain];
        let codes = [65, 66, 77, 78, 69, 75];
        for first in 0..order.len() {
            let mut reversed = order[first..].to_vec();
            reversed.reverse();
            assert_eq!(Error::Failures(failures(&reversed)).code(), codes[first]);
        }
    }

    #[test]
    fn one_cause_is_told_once_with_all_who_suffer_it() {
        let fault = Fault::missing("parameter \"/a\" does not exist", "create it");
        let mut failures = Failures::default();
        failures.push(Failure::new(fault.clone(), "\"A\""));
        failures.push(Failure::new(Fault::input("\"x\" is malformed", ""), ""));
        failures.push(Failure::new(fault, "\"B\""));
        assert_eq!(
            failures.to_string(),
            "the command was not started: 2 problems (exit code 65)\
             \n  parameter \"/a\" does not exist: create it\
             \n    for \"A\"\
             \n    for \"B\"\
             \n  \"x\" is malformed"
        );
    }
}
