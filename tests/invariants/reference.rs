//! References: printed in one canonical form, and parsed again.

use std::fmt::Write;

use paramexec::dotenv::Dialect;
use paramexec::reference::{
    BulkReference, BulkSource, FilledText, Reference, ReferenceError, is_reference, redacted,
};
use paramexec::request::{Location, Object, Request, Secret, Target};

/// Of any text, however it is read.
pub fn hold(text: &str) {
    let single = Reference::parse(text);
    if let Ok(reference) = &single {
        parses_to_itself_again(reference);
        let written_in_full = ["ssm:", "secretsmanager:", "s3:", "arn:aws:s3"];
        if !written_in_full.iter().any(|start| text.starts_with(start)) {
            assert!(is_reference(text, true), "{text:?} is taken but is none");
        }
        assert!(
            bodies(&reference.request, reference.key.as_deref()).contains(&body(text)),
            "{text:?} became {reference:?}"
        );
    }
    let bulk = BulkReference::parse(text);
    if let Ok(bulk) = &bulk {
        bulk_parses_to_itself_again(bulk);
        assert!(
            bulk_bodies(bulk, text).contains(&body(text)),
            "{text:?} became {bulk:?}"
        );
    }
    let value_from = Reference::parse_value_from(&FilledText::from(text));
    if let Ok(reference) = &value_from {
        parses_to_itself_again(reference);
    }
    for error in [single.err(), bulk.err(), value_from.err()] {
        says_something(text, error);
    }
    // It can be shown again and again, and says nothing new then.
    assert_eq!(redacted(&redacted(text)), redacted(text), "{text:?}");
}

fn says_something(text: &str, error: Option<ReferenceError>) {
    if let Some(ReferenceError { reason, help }) = error {
        assert!(!reason.is_empty() && !help.is_empty(), "of {text:?}");
        assert!(
            !reason.contains(char::is_control) && !help.contains('\n'),
            "{reason:?} {help:?} of {text:?}"
        );
    }
}

fn parses_to_itself_again(reference: &Reference) {
    let printed = print(reference);
    let again = Reference::parse(&printed).unwrap_or_else(|error| panic!("{printed:?}: {error:?}"));
    assert_eq!(
        however_shown(&again),
        however_shown(reference),
        "printed as {printed:?}"
    );
    if !reference.redacted.contains('…') {
        let shown = FilledText::from(reference.redacted.as_str());
        let again = Reference::parse_value_from(&shown);
        assert_eq!(again.as_ref(), Ok(reference), "shown is the reference");
    }
}

/// Without how it may be shown, which is as it was written.
fn however_shown(reference: &Reference) -> Reference {
    Reference {
        redacted: String::new(),
        ..reference.clone()
    }
}

fn bulk_parses_to_itself_again(bulk: &BulkReference) {
    let printed = print_bulk(bulk);
    let again =
        BulkReference::parse(&printed).unwrap_or_else(|error| panic!("{printed:?}: {error:?}"));
    let expected = BulkReference {
        redacted: again.redacted.clone(),
        ..bulk.clone()
    };
    assert_eq!(again, expected, "printed as {printed:?}");
    if !bulk.redacted.contains('…') {
        assert_eq!(
            BulkReference::parse(&bulk.redacted).as_ref(),
            Ok(bulk),
            "shown is the reference"
        );
    }
}

/// A reference in its canonical form: options in one order, each value percent-encoded.
pub fn print(reference: &Reference) -> String {
    let mut options = options_of(&reference.request);
    if reference.optional {
        options.push(("optional", None));
    }
    if let Some(default) = &reference.default {
        options.push(("default", Some(default.expose().to_owned())));
    }
    if let Some(file) = &reference.file {
        options.push(("file", None));
        options.push(("mode", Some(format!("{:04o}", file.mode))));
        if file.base64 {
            options.push(("decode", Some("base64".to_owned())));
        }
    }
    let mut text = name_of(&reference.request) + &query(&options);
    if let Some(key) = &reference.key {
        write!(text, "#{}", encode(key)).unwrap();
    }
    text
}

pub fn print_bulk(bulk: &BulkReference) -> String {
    let (name, mut options) = match &bulk.source {
        BulkSource::Store(request) => (name_of(request), options_of(request)),
        BulkSource::File(path) => (file_of(path.to_str().unwrap()), Vec::new()),
    };
    if bulk.optional {
        options.push(("optional", None));
    }
    if !bulk.prefix.is_empty() {
        options.push(("prefix", Some(bulk.prefix.clone())));
    }
    if bulk.dialect == Dialect::Docker {
        options.push(("dialect", Some("docker".to_owned())));
    }
    name + &query(&options)
}

type Options = Vec<(&'static str, Option<String>)>;

fn options_of(request: &Request) -> Options {
    let Location { region, role } = &request.location;
    let (name, rest) = match &request.target {
        Target::Parameter(parameter) => (&parameter.name, vec![]),
        Target::Path(path) => (path, vec![]),
        Target::Secret(Secret { id, stage, version }) => {
            (id, vec![("stage", stage), ("version", version)])
        }
        Target::Object(object) => (&object.key, vec![("versionId", &object.version)]),
    };
    // An ARN says its own region.
    let region = region.clone().filter(|_| !is_arn(request, name));
    let mut all = vec![("region", region), ("role", role.clone())];
    all.extend(rest.into_iter().map(|(name, value)| (name, value.clone())));
    all.into_iter()
        .filter(|(_, value)| value.is_some())
        .collect()
}

fn is_arn(request: &Request, name: &str) -> bool {
    !matches!(request.target, Target::Object(_)) && name.starts_with("arn:")
}

fn name_of(request: &Request) -> String {
    match &request.target {
        Target::Parameter(parameter) => with_scheme("ssm", &parameter.full_name()),
        Target::Path(path) => format!("ssm://{path}"),
        Target::Secret(secret) => with_scheme("secretsmanager", &secret.id),
        Target::Object(object) => {
            let levels: Vec<String> = object.key.split('/').map(encode).collect();
            format!("s3://{}/{}", object.bucket, levels.join("/"))
        }
    }
}

fn with_scheme(scheme: &str, name: &str) -> String {
    if name.starts_with("arn:") {
        name.to_owned()
    } else {
        format!("{scheme}://{name}")
    }
}

fn file_of(path: &str) -> String {
    // `file://host/path` is how a URL would read two slashes.
    if path.starts_with('/') {
        format!("file://{path}")
    } else {
        format!("file:{path}")
    }
}

fn query(options: &Options) -> String {
    let each = options.iter().map(|(name, value)| match value {
        Some(value) => format!("{name}={}", encode(value)),
        None => (*name).to_owned(),
    });
    let query = each.collect::<Vec<_>>().join("&");
    if query.is_empty() {
        query
    } else {
        format!("?{query}")
    }
}

/// Every byte that is no letter or digit, percent-encoded.
pub fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).expect("two digits"));
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).expect("UTF-8")
}

/// What stands in front of the options and the key.
fn body(text: &str) -> String {
    text.split(['?', '#']).next().unwrap_or_default().to_owned()
}

/// Every way to write the body of what asks this question.
fn bodies(request: &Request, key: Option<&str>) -> Vec<String> {
    let name = name_of(request);
    let mut all = vec![name.clone()];
    match &request.target {
        Target::Parameter(parameter) if !parameter.name.contains('/') => {
            all.push(name.replacen("ssm://", "ssm:///", 1));
        }
        Target::Secret(Secret { id, stage, version }) if id.starts_with("arn:") => {
            let either =
                |text: Option<&str>| vec![String::new(), text.unwrap_or_default().to_owned()];
            for key in either(key) {
                for stage in either(stage.as_deref()) {
                    for version in either(version.as_deref()) {
                        all.push(format!("{name}:{key}:{stage}:{version}"));
                    }
                }
            }
        }
        _ => {}
    }
    let arns: Vec<String> = all
        .iter()
        .filter(|text| text.starts_with("arn:"))
        .cloned()
        .collect();
    for scheme in ["ssm", "secretsmanager"] {
        all.extend(arns.iter().map(|arn| format!("{scheme}://{arn}")));
    }
    all
}

/// An object's ARN may be of any partition.
fn partition(text: &str) -> &str {
    text.split(':').nth(1).unwrap_or_default()
}

fn bulk_bodies(bulk: &BulkReference, text: &str) -> Vec<String> {
    match &bulk.source {
        BulkSource::File(path) => {
            let path = path.to_str().unwrap();
            vec![format!("file:{path}"), format!("file://{path}")]
        }
        BulkSource::Store(Request {
            target: Target::Path(path),
            ..
        }) => {
            let short = path.strip_suffix('/').unwrap_or(path);
            vec![format!("ssm://{path}"), format!("ssm://{short}")]
        }
        BulkSource::Store(Request {
            target: Target::Object(Object { bucket, key, .. }),
            ..
        }) => {
            let written = body(text);
            let written = written
                .split_once(&format!("{bucket}/"))
                .map(|(_, key)| key);
            let written = written
                .filter(|written| decoded(written) == *key)
                .expect("the key");
            let object = format!("{bucket}/{written}");
            vec![
                format!("s3://{object}"),
                format!("arn:{}:s3:::{object}", partition(text)),
            ]
        }
        BulkSource::Store(request) => bodies(request, None),
    }
}
