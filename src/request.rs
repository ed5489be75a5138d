//! Requests to a store. Equal requests are sent once and share the response.
//!
//! A request says nothing about who asks, which key of the answer is wanted or what happens when
//! there is none: that belongs to the [`Reference`](crate::reference::Reference).

use std::fmt;

use crate::value::SecretValue;

/// The region and role of a request, where they are not the current ones.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Location {
    /// The region to ask; the current one without it.
    pub region: Option<String>,
    /// The ARN of a role to assume first.
    pub role: Option<String>,
}

/// A request for one thing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Request {
    /// Where to ask.
    pub location: Location,
    /// What to ask for.
    pub target: Target,
}

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// One parameter.
    Parameter(Parameter),
    /// Every parameter below a path, which has a slash at both ends.
    Path(String),
    /// One secret.
    Secret(Secret),
    /// One S3 object.
    Object(Object),
}

/// One parameter, by name or ARN, at a version or label.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Parameter {
    /// The name as it was written, or the full ARN.
    pub name: String,
    /// A version number or a label.
    pub selector: Option<String>,
}

/// One secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Secret {
    /// The name or ARN.
    pub id: String,
    /// A staging label; `AWSCURRENT` without it.
    pub stage: Option<String>,
    /// A version id.
    pub version: Option<String>,
}

/// One S3 object.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Object {
    /// The bucket's name.
    pub bucket: String,
    /// The object's key.
    pub key: String,
    /// An object version.
    pub version: Option<String>,
}

impl Target {
    /// What to write for a secret whose name begins with a slash, as a parameter's does.
    #[must_use]
    pub(crate) fn slash_help(&self) -> Option<String> {
        match self {
            Self::Secret(Secret { id, .. }) if id.starts_with('/') => Some(format!(
                "names of secrets take two slashes: write \"secretsmanager://{}\"",
                id.trim_start_matches('/')
            )),
            _ => None,
        }
    }
}

impl Request {
    /// The same request with the default region left out, since naming it asks for the same thing.
    #[must_use]
    pub fn normalize_region(mut self, default_region: Option<&str>) -> Self {
        if self.location.region.as_deref() == default_region {
            self.location.region = None;
        }
        self
    }
}

impl Parameter {
    /// The name by which parameters are told apart: at one level AWS takes `/name` and `name` for
    /// one. `/arn` keeps its slash, since without it a version would make it part of an ARN.
    #[must_use]
    pub fn canonical_name(&self) -> &str {
        match self.name.strip_prefix('/') {
            Some(rest) if !rest.contains('/') && rest != "arn" => rest,
            _ => &self.name,
        }
    }

    /// The name as it is sent: with the version or label, if there is one.
    #[must_use]
    pub fn full_name(&self) -> String {
        match &self.selector {
            Some(selector) => format!("{}:{selector}", self.name),
            None => self.name.clone(),
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.target.fmt(formatter)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameter(parameter) => {
                write!(formatter, "parameter \"{}\"", parameter.full_name())
            }
            Self::Path(path) => write!(formatter, "path \"{path}\""),
            Self::Secret(Secret { id, stage, version }) => {
                write!(formatter, "secret \"{id}\"")?;
                write_detail(formatter, "stage", stage.as_deref())?;
                write_detail(formatter, "version", version.as_deref())
            }
            Self::Object(Object {
                bucket,
                key,
                version,
            }) => {
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

/// The response of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response {
    /// The text of a parameter or secret.
    Text {
        /// The text.
        value: SecretValue,
        /// The version that was answered, where the store says it.
        version: Option<String>,
    },
    /// The bytes of a secret that is no text.
    Binary(Bytes),
    /// The parameters below a path: full names and values, in the order of their names.
    Parameters(Vec<(String, SecretValue)>),
    /// A mock placeholder: a text that names the request.
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
