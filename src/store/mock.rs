//! Answers without AWS: placeholders, or what a JSON file says. No network, no credentials.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use serde_json::value::RawValue;

use crate::error::{Diagnostic, Problem, Problems};
use crate::input::declaration::invalid_reference_diagnostic;
use crate::input::sources::read_file;
use crate::json::{REPEATED_HELP, repeated_keys};
use crate::origin::Origin;
use crate::plan::Responses;
use crate::reference::{
    BulkReference, BulkSource, Reference, ReferenceError, is_reference, redacted,
};
use crate::request::{Bytes, Object, Request, Response, Secret, Target};
use crate::store::suggest::{Name, Store};
use crate::value::SecretValue;

/// What answers in the place of AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MockSource {
    /// Texts that name what was asked.
    Placeholders,
    /// This JSON file.
    File(OsString),
}

/// A stand-in for every store.
#[derive(Debug)]
pub(crate) enum Mock {
    /// Answers with a text that names what was asked.
    Placeholders,
    /// Answers what a file says; what it lacks is missing.
    File {
        /// The file, for messages.
        path: String,
        /// The values by what they answer, region and role left aside.
        values: BTreeMap<Key, RawJson>,
    },
}

/// A JSON value as the file writes it, so that no number changes on the way.
pub(crate) struct RawJson(Box<RawValue>);

/// What a key of the file names, however it is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    /// A parameter, by name and selector.
    Parameter(String, Option<String>),
    /// All parameters below a path.
    Path(String),
    /// A secret, by name, stage, version and JSON key.
    Secret(String, Option<String>, Option<String>, Option<String>),
    /// An object, by bucket, key and version.
    Object(String, String, Option<String>),
}

impl Mock {
    /// Reads the mock that was asked for.
    ///
    /// # Errors
    /// All that is wrong with the file.
    pub(crate) fn load(source: &MockSource) -> Result<Self, Problems> {
        match source {
            MockSource::Placeholders => Ok(Self::Placeholders),
            MockSource::File(path) => from_file(path),
        }
    }

    /// That a run is on mock values, for stderr.
    #[must_use]
    pub(crate) fn notice(&self) -> String {
        match self {
            Self::Placeholders => "running on mock placeholders, not on AWS".to_owned(),
            Self::File { path, .. } => {
                format!("running on mock values from \"{path}\", not on AWS")
            }
        }
    }

    /// What a file holds, for those who mistyped it.
    pub(crate) fn names(&self) -> Vec<Name<'static>> {
        let Self::File { values, .. } = self else {
            return Vec::new();
        };
        let name = |key: &Key| match key {
            Key::Parameter(name, _) => Some(Name::anywhere(Store::Parameters, name)),
            Key::Secret(id, ..) => Some(Name::anywhere(Store::Secrets, id)),
            Key::Path(_) | Key::Object(..) => None,
        };
        values.keys().filter_map(name).collect()
    }

    /// Answers every request.
    #[must_use]
    pub(crate) fn answer(&self, requests: Vec<Request>) -> Responses {
        requests
            .into_iter()
            .map(|request| {
                let answer = match self {
                    Self::Placeholders => Ok(Response::Placeholder(placeholder(&request))),
                    Self::File { path, values } => from_values(&request, values, path),
                };
                (request, answer)
            })
            .collect()
    }
}

fn placeholder(request: &Request) -> String {
    match &request.target {
        Target::Parameter(parameter) => format!("mock:{}", plain_name(parameter.canonical_name())),
        Target::Secret(secret) => format!("mock:{}", plain_name(&secret.id)),
        Target::Path(path) => format!("mock:{path}"),
        Target::Object(object) => format!("mock:{}/{}", object.bucket, object.key),
    }
}

fn text(text: impl Into<String>) -> Response {
    Response::Text {
        value: SecretValue::new(text),
        version: None,
    }
}

fn from_values(
    request: &Request,
    values: &BTreeMap<Key, RawJson>,
    path: &str,
) -> Result<Response, Diagnostic> {
    let answer = match key(request) {
        Key::Path(below) => parameters(&below, values),
        Key::Secret(id, stage, version, _) => {
            let named = |name: &str| secret(name, stage.as_ref(), version.as_ref(), values);
            named(&id).or_else(|| named(friendly_name(request, &id)?))
        }
        Key::Object(..) => values
            .get(&key(request))
            .map(|value| Response::Object(Bytes(value.text().into_bytes()))),
        key @ Key::Parameter(..) => values.get(&key).map(|value| text(value.text())),
    };
    answer.ok_or_else(|| {
        let slash_help = request.target.slash_help();
        Diagnostic::missing(
            format!("{request} is not in the mock file \"{path}\""),
            slash_help.unwrap_or_else(|| "add it there, or correct the reference".to_owned()),
        )
    })
}

fn parameters(path: &str, values: &BTreeMap<Key, RawJson>) -> Option<Response> {
    let mut parameters: BTreeMap<String, SecretValue> = BTreeMap::new();
    let listed = values.get(&Key::Path(path.to_owned()));
    for (name, value) in listed.map(RawJson::members).into_iter().flatten() {
        parameters.insert(format!("{path}{name}"), SecretValue::new(value.text()));
    }
    for (key, value) in values {
        if let Key::Parameter(name, None) = key
            && let Some(name) = hierarchical(name).strip_prefix(path)
        {
            parameters.insert(format!("{path}{name}"), SecretValue::new(value.text()));
        }
    }
    let known = listed.is_some() || !parameters.is_empty();
    known.then(|| Response::Parameters(parameters.into_iter().collect()))
}

/// A secret stands in the file whole, or key by key as references with a `#key`.
fn secret(
    id: &str,
    stage: Option<&String>,
    version: Option<&String>,
    values: &BTreeMap<Key, RawJson>,
) -> Option<Response> {
    let at = |key| Key::Secret(id.to_owned(), stage.cloned(), version.cloned(), key);
    if let Some(whole) = values.get(&at(None)) {
        return Some(text(whole.text()));
    }
    let keys: Vec<String> = values
        .iter()
        .filter_map(|(key, value)| match key {
            Key::Secret(_, _, _, Some(name)) if *key == at(Some(name.clone())) => Some(format!(
                "{}:{}",
                serde_json::Value::from(name.as_str()),
                value.0.get()
            )),
            _ => None,
        })
        .collect();
    (!keys.is_empty()).then(|| text(format!("{{{}}}", keys.join(","))))
}

impl RawJson {
    fn is_string(&self) -> bool {
        self.0.get().starts_with('"')
    }

    fn is_object(&self) -> bool {
        self.0.get().starts_with('{')
    }

    /// A string as it stands, everything else as it is written.
    fn text(&self) -> String {
        let written = self.0.get();
        serde_json::from_str(written).unwrap_or_else(|_| written.to_owned())
    }

    /// What an object holds; nothing is in anything else.
    fn members(&self) -> BTreeMap<String, Self> {
        let members: BTreeMap<String, Box<RawValue>> =
            serde_json::from_str(self.0.get()).unwrap_or_default();
        members
            .into_iter()
            .map(|(name, value)| (name, Self(value)))
            .collect()
    }
}

/// The values of a mock may be as secret as others.
impl std::fmt::Debug for RawJson {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Written(..)")
    }
}

fn hierarchical(name: &str) -> String {
    if name.starts_with('/') {
        name.to_owned()
    } else {
        format!("/{name}")
    }
}

/// What a request is answered by: an ARN's name, whatever its account and region.
fn key(request: &Request) -> Key {
    match &request.target {
        Target::Parameter(parameter) => Key::Parameter(
            plain_name(parameter.canonical_name()),
            parameter.selector.clone(),
        ),
        Target::Path(path) => Key::Path(path.clone()),
        Target::Secret(Secret { id, stage, version }) => {
            Key::Secret(plain_name(id), stage.clone(), version.clone(), None)
        }
        Target::Object(Object {
            bucket,
            key,
            version,
        }) => Key::Object(bucket.clone(), key.clone(), version.clone()),
    }
}

/// The name of a secret without the hyphen and six characters that its full ARN appends.
fn friendly_name<'a>(request: &Request, name: &'a str) -> Option<&'a str> {
    let by_arn =
        matches!(&request.target, Target::Secret(Secret { id, .. }) if id.starts_with("arn:"));
    let (friendly, suffix) = name.rsplit_once('-')?;
    let appended = suffix.len() == 6 && suffix.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (by_arn && appended).then_some(friendly)
}

/// The name in an ARN, or the name itself; without the slash at one level.
fn plain_name(name: &str) -> String {
    let resource = name
        .strip_prefix("arn:")
        .and_then(|arn| arn.splitn(5, ':').nth(4));
    let Some(resource) = resource else {
        return name.to_owned();
    };
    match resource.strip_prefix("parameter/") {
        Some(name) if name.contains('/') => format!("/{name}"),
        Some(name) => name.to_owned(),
        None => resource.trim_start_matches("secret:").to_owned(),
    }
}

fn from_file(path: &OsStr) -> Result<Mock, Problems> {
    let redacted = path.display().to_string();
    let mut problems = Problems::default();
    let mut refuse = |diagnostic| problems.push(Problem::new(diagnostic, Origin::Option("--mock")));
    let mut values = BTreeMap::new();
    match read_file(path.as_ref(), "mock file").and_then(|bytes| object(&redacted, &bytes)) {
        Ok(object) => {
            for (reference, value) in object {
                match entry(&reference, &value, &redacted) {
                    Ok(key) => {
                        values.insert(key, value);
                    }
                    Err(diagnostic) => refuse(diagnostic),
                }
            }
        }
        Err(diagnostic) => refuse(diagnostic),
    }
    if problems.is_empty() {
        Ok(Mock::File {
            path: redacted,
            values,
        })
    } else {
        Err(problems)
    }
}

fn object(path: &str, bytes: &[u8]) -> Result<BTreeMap<String, RawJson>, Diagnostic> {
    let broken = |place: String| {
        Diagnostic::input(
            format!("mock file \"{path}\" is not a JSON object{place}"),
            "write {\"ssm:///path/to/name\": \"value\"}",
        )
    };
    if bytes.trim_ascii().is_empty() {
        return Err(Diagnostic::input(
            format!("mock file \"{path}\" is empty"),
            "write {\"ssm:///path/to/name\": \"value\"}",
        ));
    }
    let json: Box<RawValue> = serde_json::from_slice(bytes).map_err(|error| {
        broken(format!(
            ", broken at line {} column {}",
            error.line(),
            error.column()
        ))
    })?;
    if let Some(key) = repeated_keys(json.get()).first() {
        let message = format!(
            "mock file \"{path}\" has the key \"{}\" more than once",
            redacted(key)
        );
        return Err(Diagnostic::input(message, REPEATED_HELP));
    }
    let json = RawJson(json);
    if json.is_object() {
        Ok(json.members())
    } else {
        Err(broken(String::new()))
    }
}

fn entry(reference: &str, value: &RawJson, path: &str) -> Result<Key, Diagnostic> {
    let key =
        file_key(reference).map_err(|error| invalid_reference_diagnostic(reference, &error))?;
    let fits = match &key {
        Key::Parameter(..) | Key::Object(..) => value.is_string(),
        Key::Path(_) => value.is_object(),
        Key::Secret(_, _, _, None) => value.is_string() || value.is_object(),
        Key::Secret(..) => true,
    };
    if fits {
        return Ok(key);
    }
    Err(Diagnostic::input(
        format!(
            "\"{}\" in the mock file \"{path}\" has a value of the wrong kind",
            redacted(reference)
        ),
        "give a parameter or dotenv object a text, a secret a text or an object, a path an object",
    ))
}

fn file_key(reference: &str) -> Result<Key, ReferenceError> {
    if is_reference(reference, true) && !reference.ends_with('/') {
        let reference = Reference::parse(reference)?;
        return Ok(match (key(&reference.request), reference.key) {
            (Key::Secret(id, stage, version, _), json_key) => {
                Key::Secret(id, stage, version, json_key)
            }
            (_, Some(_)) => {
                return Err(ReferenceError::new(
                    "a parameter's JSON key cannot be mocked alone",
                    "give the whole parameter a JSON text",
                ));
            }
            (key, None) => key,
        });
    }
    match BulkReference::parse(reference)?.source {
        BulkSource::Store(request) => Ok(key(&request)),
        BulkSource::File(_) => Err(ReferenceError::new(
            "a local file is read as it is",
            "leave it out of the mock file",
        )),
    }
}
