//! What can be asked of a store: the identity by which requests are deduplicated and answered.
//!
//! A question says nothing about who asks, which key of the answer is wanted or what happens when
//! there is none: that belongs to the [`Reference`](crate::reference::Reference).

use std::fmt;

use crate::value::SecretValue;

/// Where a question goes when not to the current region with the current credentials.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Location {
    /// The region to ask; the current one without it.
    pub region: Option<String>,
    /// The ARN of a role to assume first.
    pub role: Option<String>,
}

/// One thing to ask for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Request {
    /// One parameter, by name or ARN, at a version or label.
    Parameter {
        /// Where to ask.
        location: Location,
        /// The name, canonical (`name`, not `/name`, at one level), or the full ARN.
        name: String,
        /// A version number or a label.
        selector: Option<String>,
    },
    /// Every parameter below a path.
    Path {
        /// Where to ask.
        location: Location,
        /// The path, with a slash at both ends.
        path: String,
    },
    /// One secret.
    Secret {
        /// Where to ask.
        location: Location,
        /// The name or ARN.
        id: String,
        /// A staging label; `AWSCURRENT` without it.
        stage: Option<String>,
        /// A version id.
        version: Option<String>,
    },
    /// One S3 object.
    Object {
        /// Where to ask.
        location: Location,
        /// The bucket's name.
        bucket: String,
        /// The object's key.
        key: String,
        /// An object version.
        version: Option<String>,
    },
}

impl Request {
    /// The same question, with the current region left unsaid.
    #[must_use]
    pub fn normalize_region(mut self, default_region: Option<&str>) -> Self {
        let (Self::Parameter { location, .. }
        | Self::Path { location, .. }
        | Self::Secret { location, .. }
        | Self::Object { location, .. }) = &mut self;
        if location.region.as_deref() == default_region {
            location.region = None;
        }
        self
    }

    /// Where the question goes.
    #[must_use]
    pub fn location(&self) -> &Location {
        match self {
            Self::Parameter { location, .. }
            | Self::Path { location, .. }
            | Self::Secret { location, .. }
            | Self::Object { location, .. } => location,
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameter { name, selector, .. } => match selector {
                Some(selector) => write!(formatter, "parameter \"{name}:{selector}\""),
                None => write!(formatter, "parameter \"{name}\""),
            },
            Self::Path { path, .. } => write!(formatter, "path \"{path}\""),
            Self::Secret {
                id, stage, version, ..
            } => {
                write!(formatter, "secret \"{id}\"")?;
                write_detail(formatter, "stage", stage.as_deref())?;
                write_detail(formatter, "version", version.as_deref())
            }
            Self::Object {
                bucket,
                key,
                version,
                ..
            } => {
                write!(formatter, "object \"s3://{bucket}/{key}\"")?;
                write_detail(formatter, "version", version.as_deref())
            }
        }
    }
}

fn write_detail(
    formatter: &mut fmt::Formatter<'_>,
    name: &str,
    detail: Option<&str>,
) -> fmt::Result {
    match detail {
        Some(detail) => write!(formatter, " at {name} \"{detail}\""),
        None => Ok(()),
    }
}

/// What a store answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response {
    /// The text of a parameter or secret.
    Text {
        /// The text.
        value: SecretValue,
        /// The version that was answered, where the store says it.
        version: Option<String>,
    },
    /// A secret that is no text.
    Binary,
    /// The parameters below a path: full names and values, in the order of their names.
    Parameters(Vec<(String, SecretValue)>),
    /// Nothing real: a text that names what was asked, for any key of it.
    Placeholder(String),
    /// The bytes of an object, which are as secret as any value.
    Object(Bytes),
}

/// Bytes that show nothing when debugged.
#[derive(Clone, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl fmt::Debug for Bytes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Bytes(..)")
    }
}
