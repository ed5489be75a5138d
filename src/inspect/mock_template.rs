//! A mock file for a plan: every reference that has to exist with an empty value, ready to be filled in.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::input::declaration::{Bulk, Declaration, ValueSource, Variable};
use crate::reference::{BulkReference, BulkSource, encode_key};
use crate::request::{Object, Request, Secret, Target};

pub(super) fn template(declarations: &[Declaration]) -> String {
    let mut entries: BTreeMap<String, Entry<'_>> = BTreeMap::new();
    for declaration in declarations {
        match declaration {
            Declaration::Variable(Variable {
                source: ValueSource::Reference(reference),
                ..
            }) if !reference.may_be_missing() => {
                let entry = Entry::of(&mut entries, &reference.request);
                entry.keys.extend(reference.key.as_deref());
            }
            Declaration::Bulk(Bulk {
                reference:
                    BulkReference {
                        source: BulkSource::Store(request),
                        optional: false,
                        ..
                    },
                ..
            }) => Entry::of(&mut entries, request).bulk = true,
            Declaration::Variable(_) | Declaration::Bulk(_) => {}
        }
    }
    let values: Map<String, Value> = entries
        .into_iter()
        .map(|(reference, entry)| (reference, entry.value()))
        .collect();
    format!("{:#}\n", Value::Object(values))
}

/// What the plan needs of one parameter, path, secret or object.
struct Entry<'a> {
    target: &'a Target,
    keys: BTreeSet<&'a str>,
    bulk: bool,
}

impl<'a> Entry<'a> {
    fn of<'m>(entries: &'m mut BTreeMap<String, Self>, request: &'a Request) -> &'m mut Self {
        entries.entry(key(request)).or_insert_with(|| Self {
            target: &request.target,
            keys: BTreeSet::new(),
            bulk: false,
        })
    }

    /// The empty value in the shape that it has on AWS.
    fn value(&self) -> Value {
        let keys: Map<String, Value> = self
            .keys
            .iter()
            .map(|key| ((*key).to_owned(), json!("")))
            .collect();
        let is_object = self.bulk || !keys.is_empty();
        match self.target {
            Target::Path(_) => Value::Object(keys),
            Target::Secret(_) if is_object => Value::Object(keys),
            // A parameter is text, JSON or not.
            Target::Parameter(_) if is_object => json!(Value::Object(keys).to_string()),
            Target::Parameter(_) | Target::Secret(_) | Target::Object(_) => json!(""),
        }
    }
}

/// The reference of a request, without options that do not matter on mock.
fn key(request: &Request) -> String {
    let scheme = |scheme: &str, name: &str| {
        if name.starts_with("arn:") {
            name.to_owned()
        } else {
            format!("{scheme}://{name}")
        }
    };
    let with = |text: String, options: &[(&str, &Option<String>)]| {
        let given = options
            .iter()
            .filter_map(|(name, value)| value.as_ref().map(|value| format!("{name}={value}")));
        let query = given.collect::<Vec<_>>().join("&");
        if query.is_empty() {
            text
        } else {
            format!("{text}?{query}")
        }
    };
    match &request.target {
        Target::Parameter(parameter) => scheme("ssm", &parameter.full_name()),
        Target::Path(path) => scheme("ssm", path),
        Target::Secret(Secret { id, stage, version }) => with(
            scheme("secretsmanager", id),
            &[("stage", stage), ("version", version)],
        ),
        Target::Object(Object {
            bucket,
            key,
            version,
        }) => with(
            format!("s3://{bucket}/{}", encode_key(key)),
            &[("versionId", version)],
        ),
    }
}
