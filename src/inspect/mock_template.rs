//! A mock file for a plan: every reference that has to exist with an empty value, ready to be filled in.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::input::declaration::{Bulk, Declaration, ValueSource, Variable};
use crate::reference::{BulkReference, BulkSource, encode_key};
use crate::request::{Object, Request, Secret, Target};

pub(super) fn template(declarations: &[Declaration]) -> String {
    let mut values: BTreeMap<String, Value> = BTreeMap::new();
    for declaration in declarations {
        match declaration {
            Declaration::Variable(Variable {
                source: ValueSource::Reference(reference),
                ..
            }) if !reference.may_be_missing() => {
                let value = values
                    .entry(key(&reference.request))
                    .or_insert_with(|| json!(""));
                if let Some(name) = &reference.key {
                    add_key(value, name);
                }
            }
            Declaration::Bulk(Bulk {
                reference:
                    BulkReference {
                        source: BulkSource::Store(request),
                        optional: false,
                        ..
                    },
                ..
            }) => {
                let empty = match &request.target {
                    Target::Object(_) => json!(""),
                    _ => json!({}),
                };
                let value = values.entry(key(request)).or_insert_with(|| empty.clone());
                if empty.is_object() && value.is_string() {
                    *value = empty;
                }
            }
            Declaration::Variable(_) | Declaration::Bulk(_) => {}
        }
    }
    for (reference, value) in &mut values {
        // A parameter is text, JSON or not.
        if is_parameter(reference) && value.is_object() {
            *value = json!(value.to_string());
        }
    }
    format!(
        "{:#}\n",
        Value::Object(values.into_iter().collect::<Map<_, _>>())
    )
}

fn add_key(value: &mut Value, name: &str) {
    if !value.is_object() {
        *value = json!({});
    }
    value[name] = json!("");
}

fn is_parameter(reference: &str) -> bool {
    let parameter = reference.starts_with("ssm://") || reference.contains(":ssm:");
    parameter && !reference.ends_with('/')
}

/// The reference that asks the question, without what does not matter on mock.
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
