//! The grammar of references: what stands in `DB_PASSWORD=ssm:///prod/db/password` and `--from`.
//!
//! Pure text: nothing is looked up, filled in or asked here. What is accepted is never changed;
//! what is ambiguous is refused with the form that was probably meant.

mod arn;
pub(crate) mod iam;
mod names;
mod near_miss;
mod options;
mod parts;
mod redact;
mod template;
mod text;

use std::path::PathBuf;

use thiserror::Error;

use crate::dotenv::Dialect;
use crate::request::Request;
use crate::value::SecretValue;
use options::Options;
use parts::Parts;

pub use near_miss::{NearMiss, near_miss};
pub use redact::redacted;
pub use template::is_template;
pub use text::FilledText;
pub(crate) use text::encode_key;

/// Why a text is no usable reference, and what was probably meant.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{reason}")]
pub struct ReferenceError {
    /// What is wrong with it.
    pub reason: String,
    /// What to write instead.
    pub help: String,
}

impl ReferenceError {
    pub(crate) fn new(reason: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            help: help.into(),
        }
    }
}

impl ReferenceError {
    /// Adds what the text became, where some of it was filled in.
    pub(crate) fn filled_as(self, filled: &FilledText) -> Self {
        if filled.is_written() {
            return self;
        }
        let shown = redacted(&filled.encoded());
        let reason = format!("filled as \"{}\", {}", shown.escape_debug(), self.reason);
        Self { reason, ..self }
    }
}

/// A reference to one value: a parameter, or a secret or one key of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// What is asked of the store.
    pub request: Request,
    /// The key of a JSON value that is wanted.
    pub key: Option<String>,
    /// Whether the variable is left out when there is no such parameter or secret.
    pub optional: bool,
    /// The value to use when there is no such parameter or secret.
    pub default: Option<SecretValue>,
    /// If given, the value becomes a file and the variable holds its path.
    pub file: Option<FileOptions>,
    /// The reference as it may be shown.
    pub redacted: String,
}

impl Reference {
    /// Whether the command starts although what it names does not exist.
    #[must_use]
    pub fn may_be_missing(&self) -> bool {
        self.optional || self.default.is_some()
    }
}

/// How a value is made a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileOptions {
    /// The file's mode.
    pub mode: u32,
    /// Whether the value is base64 for the file's bytes.
    pub base64: bool,
}

/// A reference to many variables at once, for `--from`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkReference {
    /// What holds the variables.
    pub source: BulkSource,
    /// The prefix added to each name.
    pub prefix: String,
    /// How a dotenv object is read.
    pub dialect: Dialect,
    /// Whether it may be missing or empty.
    pub optional: bool,
    /// The reference as it may be shown.
    pub redacted: String,
}

/// Where a bulk reference points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BulkSource {
    /// A store.
    Store(Request),
    /// A local dotenv file.
    File(PathBuf),
}

/// Whether a value in the environment is a reference or a template there: ARNs are everyday values,
/// so they count only when asked for.
#[must_use]
pub fn is_reference(text: &str, arns_too: bool) -> bool {
    text.starts_with("ssm://")
        || text.starts_with("secretsmanager://")
        || is_template(text)
        || (arns_too && arn::names_a_value(text))
}

/// Whether a value in a manifest is a reference: an S3 object is no value, but may be a file.
#[must_use]
pub fn is_manifest_reference(text: &str) -> bool {
    let query = text
        .strip_prefix("s3://")
        .and_then(|text| text.split_once('?'));
    let is_file = |query: &str| query.split('&').any(|option| option == "file");
    is_reference(text, true) || query.is_some_and(|(_, query)| is_file(query))
}

impl Reference {
    /// Reads a reference to one value: `ssm://…`, `secretsmanager://…` or the ARN of either.
    ///
    /// # Errors
    /// When it is malformed or names something that holds many variables.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        Self::parse_filled(&FilledText::from(text))
    }

    /// Reads a reference of which parts were filled in.
    ///
    /// # Errors
    /// When it is malformed, names something that holds many variables, or was filled with something
    /// is not possible there.
    pub fn parse_filled(text: &FilledText) -> Result<Self, ReferenceError> {
        let parts = Parts::split(text)?;
        let file = parts.options.file()?;
        let (request, suffix_key) = parts.single(file.is_some())?;
        let Options {
            optional, default, ..
        } = parts.options;
        let key = match (suffix_key, parts.fragment) {
            (Some(_), Some(_)) => {
                return Err(ReferenceError::new(
                    "it names a JSON key twice, in the ARN's suffix and after \"#\"",
                    "keep one of them",
                ));
            }
            (suffix, fragment) => suffix.or(fragment),
        };
        Ok(Self {
            request,
            key,
            optional,
            default,
            file,
            redacted: redacted(&text.encoded()),
        })
    }

    /// Reads `valueFrom` of an ECS container definition: a plain name is a parameter.
    ///
    /// # Errors
    /// When it is malformed.
    pub fn parse_value_from(text: &FilledText) -> Result<Self, ReferenceError> {
        if parts::has_scheme(text) {
            return Self::parse_filled(text);
        }
        let mut named = FilledText::from("ssm://");
        named.append(text);
        let mut reference = Self::parse_filled(&named)?;
        reference.redacted = redacted(&text.encoded());
        Ok(reference)
    }
}

impl BulkReference {
    /// Reads what `--from` takes: an SSM path, a JSON secret, or a dotenv object or file.
    ///
    /// # Errors
    /// When it is malformed or of no known kind.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        Self::parse_filled(&FilledText::from(text))
    }

    /// Reads a bulk reference of which parts were filled in.
    ///
    /// # Errors
    /// When it is malformed, of no known kind, or was filled with what is not possible there.
    pub fn parse_filled(text: &FilledText) -> Result<Self, ReferenceError> {
        let parts = Parts::split(text)?;
        let source = parts.bulk()?;
        let Options {
            optional,
            prefix,
            dialect,
            ..
        } = parts.options;
        Ok(Self {
            source,
            prefix: prefix.unwrap_or_default(),
            dialect: dialect.unwrap_or_default(),
            optional,
            redacted: redacted(&text.encoded()),
        })
    }
}

#[cfg(test)]
mod tests;
