//! The grammar of references: what stands in `DB_PASSWORD=ssm:///prod/db/password` and `--from`.
//!
//! Pure text: nothing is looked up, filled in or asked here. What is accepted is never changed;
//! what is ambiguous is refused with the form that was probably meant.

mod arn;
pub(crate) mod iam;
mod options;

use std::path::PathBuf;

use thiserror::Error;

use crate::dotenv::Dialect;
use crate::request::{Location, Object, Parameter, Request, Secret, Target};
use crate::value::SecretValue;
use options::Options;

/// The longest name that SSM takes in a request.
const LONGEST_NAME: usize = 2048;

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
    /// Adds what the text became, where it had `${NAME}` in it.
    pub(crate) fn filled_as(self, filled: &str) -> Self {
        let reason = format!(
            "filled as \"{}\", {}",
            redacted(filled).escape_debug(),
            self.reason
        );
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
    /// What stands in when there is no such parameter or secret.
    pub default: Option<SecretValue>,
    /// The reference as it may be shown.
    pub redacted: String,
}

/// A reference to many variables at once, for `--from`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkReference {
    /// What holds the variables.
    pub source: BulkSource,
    /// What each name begins with, in front of its own.
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
    /// To a store.
    Store(Request),
    /// To a local dotenv file.
    File(PathBuf),
}

/// Whether a value in the environment is a reference there: ARNs are everyday values, so they
/// count only when asked for.
#[must_use]
pub fn is_reference(text: &str, arns_too: bool) -> bool {
    text.starts_with("ssm://")
        || text.starts_with("secretsmanager://")
        || (arns_too && arn::names_a_value(text))
}

/// Whether a value in a manifest is a reference, or so nearly one that a literal is hardly meant.
#[must_use]
pub fn is_manifest_reference(text: &str) -> bool {
    is_reference(text, true)
        || text.starts_with("ssm:")
        || text.starts_with("secretsmanager:")
        || is_misspelt_scheme(text)
}

/// `ssh://` is no misspelt `ssm://`, but nothing else looks like `secretsmanager://`.
fn is_misspelt_scheme(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once("://") else {
        return false;
    };
    let scheme = scheme.to_ascii_lowercase();
    scheme == "ssm" || strsim::damerau_levenshtein(&scheme, "secretsmanager") <= 2
}

impl Reference {
    /// Reads a reference to one value: `ssm://…`, `secretsmanager://…` or the ARN of either.
    ///
    /// # Errors
    /// When it is malformed or names something that holds many variables.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        let parts = Parts::split(text)?;
        let (request, suffix_key) = parts.single()?;
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
            redacted: redacted(text),
        })
    }

    /// Reads `valueFrom` of an ECS container definition: a plain name is a parameter.
    ///
    /// # Errors
    /// When it is malformed.
    pub fn parse_value_from(text: &str) -> Result<Self, ReferenceError> {
        let name = text.split(['?', '#']).next().unwrap_or_default();
        if name.contains("://") || name.starts_with("arn:") {
            return Self::parse(text);
        }
        let mut reference = Self::parse(&format!("ssm://{text}"))?;
        reference.redacted = redacted(text);
        Ok(reference)
    }
}

impl BulkReference {
    /// Reads what `--from` takes: an SSM path, a JSON secret, or a dotenv object or file.
    ///
    /// # Errors
    /// When it is malformed or of no known kind.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
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
            redacted: redacted(text),
        })
    }
}

/// What kind of thing the text in front of the query names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Parameter,
    Secret,
    Object,
    File,
}

/// A reference taken apart, before it is known what is wanted of it.
struct Parts<'a> {
    scheme: Scheme,
    body: &'a str,
    options: Options,
    fragment: Option<String>,
}

impl<'a> Parts<'a> {
    fn split(text: &'a str) -> Result<Self, ReferenceError> {
        // The text of a default is a value and may hold anything.
        refuse_blanks_and_controls(&redacted(text))?;
        let (scheme, rest) = scheme(text)?;
        let (rest, fragment) = match rest.split_once('#') {
            Some((rest, fragment)) => (rest, Some(fragment_key(scheme, fragment)?)),
            None => (rest, None),
        };
        let (body, query) = rest.split_once('?').unwrap_or((rest, ""));
        let options = Options::parse(query)?;
        Ok(Self {
            scheme,
            body,
            options,
            fragment,
        })
    }

    fn single(&self) -> Result<(Request, Option<String>), ReferenceError> {
        match self.scheme {
            Scheme::Parameter => {
                self.options
                    .allow(&["optional", "default", "region", "role"], "a parameter")?;
                Ok((self.parameter()?, None))
            }
            Scheme::Secret => {
                let allowed = ["optional", "default", "region", "role", "stage", "version"];
                self.options.allow(&allowed, "a secret")?;
                self.secret()
            }
            Scheme::Object | Scheme::File => Err(ReferenceError::new(
                "a dotenv object gives many variables, not one",
                "name it with --from",
            )),
        }
    }

    fn bulk(&self) -> Result<BulkSource, ReferenceError> {
        if self.fragment.is_some() {
            return Err(ReferenceError::new(
                "a key after \"#\" picks one value, and --from takes them all",
                "leave the key out, or name the variable in a manifest",
            ));
        }
        match self.scheme {
            Scheme::Parameter => self.path(),
            Scheme::Secret => self.json_secret(),
            Scheme::Object => self.object(),
            Scheme::File => self.file(),
        }
    }

    fn parameter(&self) -> Result<Request, ReferenceError> {
        if self.body.starts_with("arn:") {
            let arn = arn::Arn::parse(self.body)?;
            let (name, selector) = arn.parameter()?;
            return Ok(Request {
                location: self.location(Some(&arn.region))?,
                target: Target::Parameter(Parameter { name, selector }),
            });
        }
        let (name, selector) = match self.body.split_once(':') {
            Some((name, selector)) => (name, Some(selector)),
            None => (self.body, None),
        };
        check_parameter_name(name)?;
        selector.map_or(Ok(()), check_selector)?;
        Ok(Request {
            location: self.location(None)?,
            target: Target::Parameter(Parameter {
                name: canonical_name(name).to_owned(),
                selector: selector.map(str::to_owned),
            }),
        })
    }

    fn secret(&self) -> Result<(Request, Option<String>), ReferenceError> {
        let Options { stage, version, .. } = &self.options;
        if self.body.starts_with("arn:") {
            let arn = arn::Arn::parse(self.body)?;
            let secret = arn.secret()?;
            let request = Request {
                location: self.location(Some(&arn.region))?,
                target: Target::Secret(Secret {
                    id: secret.id,
                    stage: once("stage", secret.stage, stage.clone())?,
                    version: once("version", secret.version, version.clone())?,
                }),
            };
            return Ok((request, secret.key));
        }
        check_secret_name(self.body)?;
        let request = Request {
            location: self.location(None)?,
            target: Target::Secret(Secret {
                id: self.body.to_owned(),
                stage: stage.clone(),
                version: version.clone(),
            }),
        };
        Ok((request, None))
    }

    fn path(&self) -> Result<BulkSource, ReferenceError> {
        self.options
            .allow(&["optional", "prefix", "region", "role"], "an SSM path")?;
        if self.body.starts_with("arn:") {
            return Err(ReferenceError::new(
                "AWS takes no ARN for a path",
                "write \"ssm:///the/path/?region=REGION\", with \"&role=ARN\" for another account",
            ));
        }
        if !self.body.starts_with('/') {
            let help = format!("write \"ssm:///{}\"", self.body);
            return Err(ReferenceError::new("a path begins with a slash", help));
        }
        if self.body.contains(':') {
            return Err(ReferenceError::new(
                "a path has no version or label",
                "leave out what follows the colon",
            ));
        }
        // One slash only: two of them may stand around a "${NAME}" that was empty.
        let path = format!("{}/", self.body.strip_suffix('/').unwrap_or(self.body));
        check_path(&path)?;
        Ok(BulkSource::Store(Request {
            location: self.location(None)?,
            target: Target::Path(path),
        }))
    }

    fn json_secret(&self) -> Result<BulkSource, ReferenceError> {
        let allowed = ["optional", "prefix", "region", "role", "stage", "version"];
        self.options.allow(&allowed, "a secret in --from")?;
        match self.secret()? {
            (request, None) => Ok(BulkSource::Store(request)),
            (_, Some(_)) => Err(ReferenceError::new(
                "the ARN's suffix picks one key, and --from takes them all",
                "leave the key in the suffix empty, or name the variable in a manifest",
            )),
        }
    }

    fn object(&self) -> Result<BulkSource, ReferenceError> {
        let allowed = [
            "optional",
            "prefix",
            "dialect",
            "region",
            "role",
            "versionId",
        ];
        self.options.allow(&allowed, "an S3 object")?;
        let (bucket, key) = self.body.split_once('/').unwrap_or((self.body, ""));
        check_bucket(bucket)?;
        if key.is_empty() || key.ends_with('/') {
            return Err(ReferenceError::new(
                "it names no object",
                "write \"s3://bucket/path/to/file.env\"",
            ));
        }
        Ok(BulkSource::Store(Request {
            location: self.location(None)?,
            target: Target::Object(Object {
                bucket: bucket.to_owned(),
                key: key.to_owned(),
                version: self.options.version_id.clone(),
            }),
        }))
    }

    fn file(&self) -> Result<BulkSource, ReferenceError> {
        self.options
            .allow(&["optional", "prefix", "dialect"], "a file")?;
        let path = match self.body.strip_prefix("//") {
            Some(path) if path.starts_with('/') => path,
            Some(path) => {
                return Err(ReferenceError::new(
                    "a file has no host",
                    format!("write \"file:{path}\" or \"file:/{path}\""),
                ));
            }
            None => self.body,
        };
        if path.is_empty() {
            return Err(ReferenceError::new(
                "it names no file",
                "write \"file:path/to/dev.env\"",
            ));
        }
        Ok(BulkSource::File(PathBuf::from(path)))
    }

    fn location(&self, arn_region: Option<&str>) -> Result<Location, ReferenceError> {
        let region = match (arn_region, self.options.region.as_deref()) {
            (Some(arn), Some(option)) if arn != option => {
                return Err(ReferenceError::new(
                    format!("the ARN is in \"{arn}\" but ?region= says \"{option}\""),
                    "leave ?region= out: an ARN's own region is asked",
                ));
            }
            (arn, option) => arn.or(option).map(str::to_owned),
        };
        Ok(Location {
            region,
            role: self.options.role.clone(),
        })
    }
}

fn scheme(text: &str) -> Result<(Scheme, &str), ReferenceError> {
    let known = [
        ("ssm://", Scheme::Parameter),
        ("secretsmanager://", Scheme::Secret),
        ("s3://", Scheme::Object),
        ("file:", Scheme::File),
    ];
    for (prefix, scheme) in known {
        if let Some(rest) = text.strip_prefix(prefix) {
            return Ok((scheme, rest));
        }
    }
    if text.starts_with("arn:") {
        return arn_scheme(text);
    }
    Err(unknown_scheme(text))
}

fn arn_scheme(text: &str) -> Result<(Scheme, &str), ReferenceError> {
    match text.split(':').nth(2) {
        Some("ssm") => Ok((Scheme::Parameter, text)),
        Some("secretsmanager") => Ok((Scheme::Secret, text)),
        Some("s3") => Ok((Scheme::Object, arn::object_path(text)?)),
        _ => Err(ReferenceError::new(
            "this ARN is of no service that holds variables",
            "use the ARN of an SSM parameter, a secret, or an S3 object",
        )),
    }
}

fn unknown_scheme(text: &str) -> ReferenceError {
    let scheme = text.split([':', '/']).next().unwrap_or_default();
    let known = ["ssm", "secretsmanager", "s3", "file"];
    let help = match crate::suggest::nearest(&scheme.to_ascii_lowercase(), &known) {
        Some("file") => "write \"file:path\"".to_owned(),
        Some(scheme) => format!("write \"{scheme}://…\""),
        None => "use ssm://, secretsmanager://, s3://, file: or an ARN".to_owned(),
    };
    ReferenceError::new("it has no known scheme", help)
}

fn fragment_key(scheme: Scheme, fragment: &str) -> Result<String, ReferenceError> {
    if matches!(scheme, Scheme::Object | Scheme::File) {
        return Err(ReferenceError::new(
            "\"#\" picks a key of a JSON value, which a dotenv object is not",
            "leave it out, or name the variable after \"#\" in the object itself",
        ));
    }
    if fragment.contains('?') {
        return Err(ReferenceError::new(
            "options stand before the \"#\", as in any URL",
            "write \"…?option#key\"; a question mark in a key is \"%3F\"",
        ));
    }
    let key = options::decode(fragment)?;
    if key.is_empty() {
        return Err(ReferenceError::new(
            "no key follows the \"#\"",
            "name one, or leave the \"#\" out",
        ));
    }
    Ok(key)
}

fn refuse_blanks_and_controls(text: &str) -> Result<(), ReferenceError> {
    match text.chars().find(|c| c.is_whitespace() || c.is_control()) {
        None => Ok(()),
        Some(_) => Err(ReferenceError::new(
            "a reference has no blanks, line ends or control characters in it",
            "remove them; in an option's value a blank is \"%20\"",
        )),
    }
}

/// `/name` and `name` are one parameter; asking by one form makes that plain. But `/arn:3` keeps its slash, since
/// without it AWS would look for the rest of an ARN.
fn canonical_name(name: &str) -> &str {
    match name.strip_prefix('/') {
        Some(rest) if !rest.contains('/') && rest != "arn" => rest,
        _ => name,
    }
}

fn check_parameter_name(name: &str) -> Result<(), ReferenceError> {
    if name.is_empty() || name == "/" {
        return Err(ReferenceError::new(
            "it names no parameter",
            "write \"ssm:///path/to/name\"",
        ));
    }
    if name.ends_with('/') {
        return Err(ReferenceError::new(
            "it ends in a slash, so it names a path, not one parameter",
            "name one parameter, or take the whole path with --from",
        ));
    }
    if name.contains('/') && !name.starts_with('/') {
        return Err(ReferenceError::new(
            "a parameter in a hierarchy begins with a slash",
            format!("write \"ssm:///{name}\""),
        ));
    }
    check_path(name)
}

fn check_path(path: &str) -> Result<(), ReferenceError> {
    // Secrets seen through SSM keep the wider alphabet of secret names.
    let through_ssm = path.starts_with("/aws/reference/secretsmanager/");
    let extra = if through_ssm { "_.-/+=@" } else { "_.-/" };
    refuse_other_characters(path, extra, "a parameter name")?;
    if path.contains("//") {
        return Err(ReferenceError::new(
            "two slashes follow each other in the name",
            "leave one out; perhaps a \"${NAME}\" was empty",
        ));
    }
    if path.len() > LONGEST_NAME {
        let reason = format!("the name is longer than {LONGEST_NAME} characters");
        return Err(ReferenceError::new(reason, "shorten it"));
    }
    Ok(())
}

fn check_selector(selector: &str) -> Result<(), ReferenceError> {
    if selector.is_empty() {
        return Err(ReferenceError::new(
            "no version or label follows the colon",
            "write \":3\" or \":label\", or leave the colon out",
        ));
    }
    if selector.contains(':') {
        return Err(ReferenceError::new(
            "two colons stand in the name",
            "keep one version or label",
        ));
    }
    refuse_other_characters(selector, "_.-", "a version or label")
}

fn check_secret_name(name: &str) -> Result<(), ReferenceError> {
    if name.is_empty() {
        return Err(ReferenceError::new(
            "it names no secret",
            "write \"secretsmanager://name\"",
        ));
    }
    if name.contains(':') {
        return Err(ReferenceError::new(
            "a secret's name has no colon",
            "a JSON key is written \"#key\", a stage \"?stage=\", a version \"?version=\"",
        ));
    }
    refuse_other_characters(name, "/_+=.@-", "a secret's name")
}

fn check_bucket(bucket: &str) -> Result<(), ReferenceError> {
    if bucket.is_empty() {
        return Err(ReferenceError::new(
            "it names no bucket",
            "write \"s3://bucket/path/to/file.env\"",
        ));
    }
    refuse_other_characters(bucket, ".-_", "a bucket's name")
}

fn refuse_other_characters(text: &str, extra: &str, what: &str) -> Result<(), ReferenceError> {
    match text
        .chars()
        .find(|c| !c.is_ascii_alphanumeric() && !extra.contains(*c))
    {
        None => Ok(()),
        Some('$') => Err(ReferenceError::new(
            format!("{what} has no \"$\" in it"),
            "\"${NAME}\" is filled in manifests, --manifest and --from only",
        )),
        Some(other) => Err(ReferenceError::new(
            format!("{what} has no \"{}\" in it", other.escape_default()),
            format!("use letters, digits and any of {extra}"),
        )),
    }
}

fn once(
    what: &str,
    suffix: Option<String>,
    option: Option<String>,
) -> Result<Option<String>, ReferenceError> {
    match (suffix, option) {
        (Some(_), Some(_)) => Err(ReferenceError::new(
            format!("it names a {what} twice, in the ARN's suffix and in ?{what}="),
            "keep one of them",
        )),
        (suffix, option) => Ok(suffix.or(option)),
    }
}

/// A reference is a name and may be shown; the text of its `?default=` is a value and may not, nor
/// that of an option that is none, since `?defautl=` was meant to be one.
#[must_use]
pub fn redacted(text: &str) -> String {
    let Some((name, rest)) = text.split_once('?') else {
        return text.to_owned();
    };
    match rest.split_once('#') {
        Some((query, fragment)) => {
            let (query, fragment) = (options::redacted(query), redacted(fragment));
            format!("{name}?{query}#{fragment}")
        }
        None => format!("{name}?{}", options::redacted(rest)),
    }
}

#[cfg(test)]
mod tests;
