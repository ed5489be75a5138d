//! Where something was written, and what was written there: what messages and reports point at.

use std::ffi::{OsStr, OsString};
use std::fmt;

/// Where something was written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Origin {
    /// In the environment.
    Environment,
    /// In the value of an option, such as `--manifest`.
    Option(&'static str),
    /// In a manifest.
    Manifest {
        /// The manifest as it was named.
        path: String,
    },
    /// On a line of a manifest.
    ManifestLine {
        /// The manifest as it was named.
        path: String,
        /// The line, from 1.
        line: usize,
    },
    /// In an entry of an ECS container definition, such as `secrets[0]`.
    ManifestEntry {
        /// The manifest as it was named.
        path: String,
        /// The entry.
        entry: String,
    },
    /// In a bulk source.
    Bulk {
        /// Where the bulk source was named.
        declared: Box<Origin>,
        /// Its reference, as it may be shown.
        reference: String,
        /// The line of a dotenv object, from 1.
        line: Option<usize>,
    },
}

impl Origin {
    /// The bulk source that this is, or is a line of.
    #[must_use]
    pub fn bulk(&self) -> Option<(&Self, &str)> {
        match self {
            Self::Bulk {
                declared,
                reference,
                ..
            } => Some((declared, reference)),
            _ => None,
        }
    }

    /// The file or source that this is a place in, if it is one.
    #[must_use]
    pub fn file(&self) -> Option<Self> {
        match self {
            Self::Environment | Self::Option(_) => None,
            Self::ManifestLine { path, .. } | Self::ManifestEntry { path, .. } => {
                Some(Self::Manifest { path: path.clone() })
            }
            Self::Manifest { .. } => Some(self.clone()),
            Self::Bulk {
                declared,
                reference,
                ..
            } => Some(Self::Bulk {
                declared: declared.clone(),
                reference: reference.clone(),
                line: None,
            }),
        }
    }

    /// The place within the file.
    #[must_use]
    pub fn place_in_file(&self) -> Option<String> {
        match self {
            Self::ManifestEntry { entry, .. } => Some(entry.clone()),
            _ => self.line().map(|line| format!("line {line}")),
        }
    }

    /// The same without the line.
    #[must_use]
    pub fn source(&self) -> String {
        match (self.line(), self.file()) {
            (Some(_), Some(file)) => file.to_string(),
            _ => self.to_string(),
        }
    }

    /// The line, where there are lines.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::ManifestLine { line, .. } => Some(*line),
            Self::Bulk { line, .. } => *line,
            _ => None,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment => formatter.write_str("environment"),
            Self::Option(option) => formatter.write_str(option),
            Self::Manifest { path } => write!(formatter, "manifest \"{path}\""),
            Self::ManifestLine { path, line } => {
                write!(formatter, "manifest \"{path}\" line {line}")
            }
            Self::ManifestEntry { path, entry } => {
                write!(formatter, "manifest \"{path}\" {entry}")
            }
            Self::Bulk {
                declared,
                reference,
                line,
            } => {
                write!(formatter, "{declared} \"{reference}\"")?;
                line.map_or(Ok(()), |line| write!(formatter, " line {line}"))
            }
        }
    }
}

/// What a message is about: a variable, or something that no variable is named for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Subject {
    /// The variable, if there is one.
    pub variable: Option<OsString>,
    /// Its reference, as it may be shown.
    pub reference: Option<String>,
    /// Where it was written.
    pub origin: Origin,
}

impl Subject {
    /// A variable that is written at `origin`.
    #[must_use]
    pub fn variable(name: &OsStr, reference: Option<&str>, origin: Origin) -> Self {
        Self {
            variable: Some(name.to_owned()),
            reference: reference.map(str::to_owned),
            origin,
        }
    }
}

impl Subject {
    /// The variable and its reference.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        let name = name(self.variable.as_ref()?);
        Some(match &self.reference {
            Some(reference) => format!("{name} from \"{reference}\""),
            None => name,
        })
    }
}

/// A variable's name as it is, in quotes only where it would not be plain without.
fn name(name: &OsStr) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    match name.to_str() {
        Some(text) if !text.is_empty() && text.chars().all(plain) => text.to_owned(),
        _ => format!("{name:?}"),
    }
}

impl From<Origin> for Subject {
    fn from(origin: Origin) -> Self {
        Self {
            variable: None,
            reference: None,
            origin,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(formatter, "{name} ({})", self.origin),
            None => self.origin.fmt(formatter),
        }
    }
}
