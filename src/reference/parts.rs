//! A reference taken apart at what the user wrote, before it is known what is wanted of it.

use std::path::PathBuf;

use super::names::{
    check_bucket, check_parameter_name, check_path, check_secret_name, check_selector,
};
use super::near_miss::{NearMiss, near_miss};
use super::options::Options;
use super::redact::redacted;
use super::text::{FilledText, Part};
use super::{BulkSource, ReferenceError, arn};
use crate::request::{Location, Object, Parameter, Request, Secret, Target};

/// What kind of thing the text in front of the query names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Parameter,
    Secret,
    Object,
    File,
}

/// A reference taken apart, before it is known what is wanted of it.
pub(super) struct Parts<'a> {
    scheme: Scheme,
    body: Part<'a>,
    pub(super) options: Options,
    pub(super) fragment: Option<String>,
}

impl<'a> Parts<'a> {
    pub(super) fn split(text: &'a FilledText) -> Result<Self, ReferenceError> {
        let (scheme, rest) = scheme(text.part())?;
        let (rest, fragment) = match rest.split_once('#') {
            Some((rest, fragment)) => (rest, Some(fragment_key(scheme, fragment)?)),
            None => (rest, None),
        };
        let (body, query) = rest.split_once('?').unwrap_or((rest, Part::empty()));
        body.refuse_blanks()?;
        Ok(Self {
            scheme,
            body,
            options: Options::parse(query)?,
            fragment,
        })
    }

    /// One value; an S3 object is one only as a `file`.
    pub(super) fn single(&self, file: bool) -> Result<(Request, Option<String>), ReferenceError> {
        const ANY: [&str; 7] = [
            "optional", "default", "region", "role", "file", "mode", "decode",
        ];
        match self.scheme {
            Scheme::Parameter => {
                self.options.allow(&ANY, "a parameter")?;
                Ok((self.parameter()?, None))
            }
            Scheme::Secret => {
                let allowed = [&ANY[..], &["stage", "version"]].concat();
                self.options.allow(&allowed, "a secret")?;
                self.secret()
            }
            Scheme::Object if file => {
                let allowed = [&ANY[..], &["versionId"]].concat();
                self.options.allow(&allowed, "an S3 object as a file")?;
                Ok((self.object()?, None))
            }
            Scheme::Object | Scheme::File => Err(ReferenceError::new(
                "a dotenv object gives many variables, not one",
                "name it with --from",
            )),
        }
    }

    pub(super) fn bulk(&self) -> Result<BulkSource, ReferenceError> {
        if self.fragment.is_some() {
            return Err(ReferenceError::new(
                "a key after \"#\" picks one value, and --from takes them all",
                "leave the key out, or name the variable in a manifest",
            ));
        }
        match self.scheme {
            Scheme::Parameter => self.path(),
            Scheme::Secret => self.json_secret(),
            Scheme::Object => self.dotenv_object(),
            Scheme::File => self.file(),
        }
    }

    fn parameter(&self) -> Result<Request, ReferenceError> {
        if self.is_arn() {
            let arn = arn::Arn::parse(self.body)?;
            let (name, selector) = arn.parameter()?;
            return Ok(Request {
                location: self.location(Some(&arn.region))?,
                target: Target::Parameter(Parameter { name, selector }),
            });
        }
        let (name, selector) = match self.body.split_once(':') {
            Some((name, selector)) => (name.as_str(), Some(selector.as_str())),
            None => (self.body.as_str(), None),
        };
        check_parameter_name(name)?;
        selector.map_or(Ok(()), check_selector)?;
        Ok(Request {
            location: self.location(None)?,
            target: Target::Parameter(Parameter {
                name: name.to_owned(),
                selector: selector.map(str::to_owned),
            }),
        })
    }

    fn secret(&self) -> Result<(Request, Option<String>), ReferenceError> {
        let Options { stage, version, .. } = &self.options;
        if self.is_arn() {
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
        let id = self.body.as_str();
        check_secret_name(id)?;
        let request = Request {
            location: self.location(None)?,
            target: Target::Secret(Secret {
                id: id.to_owned(),
                stage: stage.clone(),
                version: version.clone(),
            }),
        };
        Ok((request, None))
    }

    fn path(&self) -> Result<BulkSource, ReferenceError> {
        self.options
            .allow(&["optional", "prefix", "region", "role"], "an SSM path")?;
        if self.is_arn() {
            return Err(ReferenceError::new(
                "AWS takes no ARN for a path",
                "write \"ssm:///the/path/?region=REGION\", with \"&role=ARN\" for another account",
            ));
        }
        let path = self.body.as_str();
        if !path.starts_with('/') {
            let help = format!("write \"ssm:///{}\"", redacted(path));
            return Err(ReferenceError::new("a path begins with a slash", help));
        }
        if self.body.contains(':') {
            return Err(ReferenceError::new(
                "a path has no version or label",
                "leave out what follows the colon",
            ));
        }
        // One slash only: two of them may stand around a "${NAME}" that was empty.
        let path = format!("{}/", path.strip_suffix('/').unwrap_or(path));
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

    fn dotenv_object(&self) -> Result<BulkSource, ReferenceError> {
        let allowed = [
            "optional",
            "prefix",
            "dialect",
            "region",
            "role",
            "versionId",
        ];
        self.options.allow(&allowed, "an S3 object")?;
        self.object().map(BulkSource::Store)
    }

    fn object(&self) -> Result<Request, ReferenceError> {
        let (bucket, key) = self
            .body
            .split_once('/')
            .unwrap_or((self.body, Part::empty()));
        let (bucket, key) = (bucket.as_str(), object_key(key)?);
        check_bucket(bucket)?;
        if key.is_empty() || key.ends_with('/') {
            return Err(ReferenceError::new(
                "it names no object",
                "write \"s3://bucket/path/to/file.env\"",
            ));
        }
        Ok(Request {
            location: self.location(None)?,
            target: Target::Object(Object {
                bucket: bucket.to_owned(),
                key,
                version: self.options.version_id.clone(),
            }),
        })
    }

    fn file(&self) -> Result<BulkSource, ReferenceError> {
        self.options
            .allow(&["optional", "prefix", "dialect"], "a file")?;
        let path = match self.body.strip_prefix("//").map(Part::as_str) {
            Some(path) if path.starts_with('/') => path,
            Some(path) => {
                let path = redacted(path);
                return Err(ReferenceError::new(
                    "a file has no host",
                    format!("write \"file:{path}\" or \"file:/{path}\""),
                ));
            }
            None => self.body.as_str(),
        };
        if path.is_empty() {
            return Err(ReferenceError::new(
                "it names no file",
                "write \"file:path/to/dev.env\"",
            ));
        }
        Ok(BulkSource::File(PathBuf::from(path)))
    }

    fn is_arn(&self) -> bool {
        self.body.strip_prefix("arn:").is_some()
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

/// Whether a text says itself what it names, by a scheme or as an ARN.
pub(super) fn has_scheme(text: &FilledText) -> bool {
    let text = text.part();
    let name = text.split_once('#').map_or(text, |(name, _)| name);
    let name = name.split_once('?').map_or(name, |(name, _)| name);
    let after_colon = name.split_once(':').map(|(_, rest)| rest);
    name.strip_prefix("arn:").is_some()
        || after_colon.is_some_and(|rest| rest.strip_prefix("//").is_some())
}

fn scheme(text: Part<'_>) -> Result<(Scheme, Part<'_>), ReferenceError> {
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
    if text.strip_prefix("arn:").is_some() {
        return arn_scheme(text);
    }
    Err(unknown_scheme(text))
}

fn arn_scheme(text: Part<'_>) -> Result<(Scheme, Part<'_>), ReferenceError> {
    match text.splitn(4, ':').get(2).map(|service| service.as_str()) {
        Some("ssm") => Ok((Scheme::Parameter, text)),
        Some("secretsmanager") => Ok((Scheme::Secret, text)),
        Some("s3") => Ok((Scheme::Object, arn::object_path(text)?)),
        _ => Err(ReferenceError::new(
            "this ARN is of no service that holds variables",
            "use the ARN of an SSM parameter, a secret, or an S3 object",
        )),
    }
}

fn unknown_scheme(text: Part<'_>) -> ReferenceError {
    let before = text.as_str().split("://").next().unwrap_or_default();
    if text.strip_prefix(before).is_none() {
        return ReferenceError::new(
            "a \"${NAME}\" stands in its scheme",
            "write the scheme itself, such as \"ssm://\": only what follows is filled",
        );
    }
    ReferenceError::new("it has no known scheme", probably_meant(text.as_str()))
}

/// What to write in place of a text without a known scheme.
fn probably_meant(text: &str) -> String {
    if let Some(NearMiss::Scheme { meant, .. }) = near_miss(text, true) {
        return format!("write \"{meant}\"");
    }
    let scheme = text.split([':', '/']).next().unwrap_or_default();
    let known = ["ssm", "secretsmanager", "s3", "file"];
    let near = crate::suggest::nearest(&scheme.to_ascii_lowercase(), &known);
    match (near, text.split_once("://")) {
        (Some("file"), _) => "write \"file:path\"".to_owned(),
        (Some(scheme), Some((_, rest))) => {
            let meant = redacted(&format!("{scheme}://{rest}"));
            format!("write \"{}\"", meant.escape_debug())
        }
        (Some(scheme), None) => format!("write \"{scheme}://…\""),
        (None, Some((_, rest))) if rest.contains(".amazonaws.com/") => {
            "write \"s3://bucket/key\"".to_owned()
        }
        (None, None) if text.contains(".env") => {
            format!("write \"file:{}\"", redacted(text).escape_debug())
        }
        (None, None) if text.starts_with('/') => {
            format!("write \"ssm://{}\"", redacted(text).escape_debug())
        }
        (None, _) => "use ssm://, secretsmanager://, s3://, file: or an ARN".to_owned(),
    }
}

/// The key of an object, any character of which may be percent-encoded.
fn object_key(key: Part<'_>) -> Result<String, ReferenceError> {
    let key = key.decode()?;
    if key.contains(char::is_control) {
        return Err(ReferenceError::new(
            "the object's key has a control character in it",
            "rename the object",
        ));
    }
    Ok(key)
}

fn fragment_key(scheme: Scheme, fragment: Part<'_>) -> Result<String, ReferenceError> {
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
    // `#k&default=TEXT` has a text in it that is no key and may not be shown.
    if fragment.contains('&') || fragment.contains(';') {
        return Err(ReferenceError::new(
            "options stand before the \"#\", as in any URL",
            "write \"…?option#key\"; in a key \"&\" is \"%26\" and \";\" is \"%3B\"",
        ));
    }
    fragment.refuse_blanks()?;
    let key = fragment.decode()?;
    if key.contains(char::is_control) {
        return Err(ReferenceError::new(
            "the key after the \"#\" has a control character in it",
            "remove it",
        ));
    }
    if key.is_empty() {
        return Err(ReferenceError::new(
            "no key follows the \"#\"",
            "name one, or leave the \"#\" out",
        ));
    }
    Ok(key)
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
