//! Manifests: what was read is printed in both forms, lines and ECS JSON, and reads the same from either.

use std::collections::BTreeSet;

use paramexec::environment::Environment;
use paramexec::input::declaration::{Bulk, Declaration, ValueSource, Variable};
use paramexec::input::manifest::{Manifest, Reader};
use paramexec::origin::Origin;
use paramexec::reference::Reference;
use serde_json::{Value as Json, json};

use super::reference::{print, print_bulk};

/// Of any bytes.
pub fn hold(bytes: &[u8]) {
    let manifest = read(bytes);
    let variables = || manifest.declarations.iter().filter_map(variable);
    let names: BTreeSet<_> = variables().map(|variable| &variable.name).collect();
    assert_eq!(
        names.len(),
        variables().count(),
        "a name twice in {manifest:?}"
    );
    for problem in manifest.all_problems().list() {
        assert!(
            !problem.diagnostic.message.is_empty()
                && !problem.diagnostic.message.contains(char::is_control),
            "{problem:?}"
        );
    }
    let said = said(&manifest);
    let ecs = read(ecs(&manifest).to_string().as_bytes());
    assert!(
        ecs.all_problems().is_empty(),
        "printed as ECS JSON: {:?}",
        ecs.problems
    );
    assert_eq!(self::said(&ecs), said, "printed as ECS JSON");
    if let Some(lines) = lines(&manifest) {
        let lines = read(lines.as_bytes());
        assert!(
            lines.all_problems().is_empty(),
            "printed as lines: {:?}",
            lines.problems
        );
        assert_eq!(self::said(&lines), said, "printed as lines");
    }
}

pub fn read(bytes: &[u8]) -> Manifest {
    let environment = Environment::from_iter([("APP_ENV", "staging"), ("EMPTY", "")]);
    let reader = Reader {
        environment: &environment,
        resolve_arns: false,
        container: None,
    };
    reader.read("manifest", bytes)
}

fn variable(declaration: &Declaration) -> Option<&Variable> {
    match declaration {
        Declaration::Variable(variable) => Some(variable),
        Declaration::Bulk(_) => None,
    }
}

/// What a manifest says, apart from where it says so, how it may be shown, and the order of its kinds.
fn said(manifest: &Manifest) -> Vec<Declaration> {
    let mut all = manifest.declarations.clone();
    all.retain(|declaration| declaration.problem().is_none());
    for declaration in &mut all {
        match declaration {
            Declaration::Variable(Variable { source, origin, .. }) => {
                *origin = Origin::Environment;
                if let ValueSource::Reference(Reference { redacted, .. }) = source {
                    redacted.clear();
                }
            }
            Declaration::Bulk(Bulk { reference, origin }) => {
                *origin = Origin::Environment;
                reference.redacted.clear();
            }
        }
    }
    all.sort_by_key(|declaration| match declaration {
        Declaration::Variable(Variable { name, source, .. }) => (
            matches!(source, ValueSource::Literal(_)),
            Some(name.clone()),
        ),
        Declaration::Bulk(_) => (true, None),
    });
    all
}

/// A `$` in a reference is written twice, or it would be filled.
fn escaped(text: &str) -> String {
    text.replace('$', "$$")
}

fn ecs(manifest: &Manifest) -> Json {
    let mut container = json!({"secrets": [], "environment": [], "environmentFiles": []});
    let mut add = |field: &str, entry: Json| container[field].as_array_mut().unwrap().push(entry);
    for declaration in &manifest.declarations {
        match declaration {
            Declaration::Variable(Variable {
                name,
                source: ValueSource::Reference(reference),
                ..
            }) => {
                add(
                    "secrets",
                    json!({"name": name.to_str(), "valueFrom": escaped(&print(reference))}),
                );
            }
            Declaration::Variable(Variable {
                name,
                source: ValueSource::Literal(value),
                ..
            }) => {
                add(
                    "environment",
                    json!({"name": name.to_str(), "value": value.expose()}),
                );
            }
            Declaration::Variable(Variable {
                source: ValueSource::Composed(composed),
                ..
            }) => panic!("{composed}: no generated manifest composes values"),
            Declaration::Variable(Variable {
                source: ValueSource::Unusable(_),
                ..
            }) => {}
            Declaration::Bulk(bulk) => add(
                "environmentFiles",
                json!({"value": escaped(&print_bulk(&bulk.reference)), "type": "s3"}),
            ),
        }
    }
    container
}

/// As lines, if they can say it: they have no quoting, so not every literal that JSON can hold.
fn lines(manifest: &Manifest) -> Option<String> {
    let line = |declaration: &Declaration| {
        let Variable { name, source, .. } = variable(declaration)?;
        // A comment, or JSON.
        let name = name
            .to_str()
            .filter(|name| !name.starts_with(['#', '{', '[']))?;
        match source {
            ValueSource::Reference(reference) => {
                Some(format!("{name}={}\n", escaped(&print(reference))))
            }
            ValueSource::Literal(value) if can_be_a_line(value.expose()) => {
                Some(format!("{name}={}\n", value.expose()))
            }
            ValueSource::Unusable(_) => Some(String::new()),
            ValueSource::Literal(_) | ValueSource::Composed(_) => None,
        }
    };
    manifest.declarations.iter().map(line).collect()
}

fn can_be_a_line(value: &str) -> bool {
    let quoted = value.len() > 1
        && ['"', '\'']
            .iter()
            .any(|quote| value.starts_with(*quote) && value.ends_with(*quote));
    let reference = ["ssm:", "secretsmanager:", "arn:"]
        .iter()
        .any(|scheme| value.starts_with(scheme));
    value.trim_matches([' ', '\t']) == value
        && !value.contains(['\n', '\r'])
        && !quoted
        && !reference
}
