//! Manifests in JSON: an ECS container definition, a task definition that holds it, or the array
//! of them that infrastructure tools write.
//!
//! Read as ECS reads it: `environment` beats `environmentFiles`, of which the earlier beats the
//! later. Fields that say nothing of variables or the command are ignored.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use serde_json::Value as Json;

use super::{Manifest, Reader};
use crate::dotenv::Dialect;
use crate::environment;
use crate::error::{Diagnostic, Problem};
use crate::input::declaration::{
    Bulk, Declaration, ValueSource, Variable, check_name, invalid_reference_diagnostic,
    near_miss_diagnostic,
};
use crate::input::interpolate::fill;
use crate::json::{self, REPEATED_HELP};
use crate::origin::Origin;
use crate::reference::{BulkReference, BulkSource, Reference, near_miss};
use crate::request::{Request, Target};
use crate::value::SecretValue;

const FIELDS: [&str; 4] = ["secrets", "environment", "environmentFiles", "command"];
const TASK: &str = "taskDefinition";
const CONTAINERS: &str = "containerDefinitions";

pub(super) fn read(reader: &Reader<'_>, path: &str, text: &str, manifest: &mut Manifest) {
    for key in json::repeated_keys(text) {
        let message = format!("manifest \"{path}\" has the key \"{key}\" more than once");
        let diagnostic = Diagnostic::input(message, REPEATED_HELP);
        manifest.problems.push(diagnostic.into());
    }
    let outcome = serde_json::from_str::<Json>(text)
        .map_err(|error| {
            let (line, column) = (error.line(), error.column());
            Diagnostic::input(
                format!("manifest \"{path}\" is not JSON at line {line} column {column}"),
                "correct it there",
            )
        })
        .and_then(|json| container(reader, path, &json).cloned());
    match outcome {
        Ok(container) => Reading {
            reader,
            path,
            manifest,
            named: BTreeMap::new(),
        }
        .read(&container),
        Err(diagnostic) => manifest.problems.push(diagnostic.into()),
    }
}

/// The container definition that is meant.
fn container<'a>(reader: &Reader<'_>, path: &str, json: &'a Json) -> Result<&'a Json, Diagnostic> {
    let task = json.get(TASK).unwrap_or(json);
    let list = task.get(CONTAINERS).unwrap_or(task);
    let has_field = |object: &Json| FIELDS.iter().any(|field| object.get(field).is_some());
    let containers: Vec<&Json> = match list {
        Json::Array(_) if has_field(task) || has_field(json) => {
            return Err(Diagnostic::input(
                format!("manifest \"{path}\" has fields of a container beside its containers"),
                format!("move {} into a container", FIELDS.join(", ")),
            ));
        }
        Json::Array(containers) => containers.iter().collect(),
        container if has_field(container) => vec![container],
        other => {
            let help = format!("it has none of the fields {}", FIELDS.join(", "));
            let near = near_misses(other).next().map(|(_, near)| near);
            let message = format!("manifest \"{path}\" holds no ECS container definition");
            return Err(Diagnostic::input(message, help).did_you_mean(near));
        }
    };
    choose(reader.container, path, &containers)
}

/// The keys of an object that are nearly a field which is read, and that field.
fn near_misses(object: &Json) -> impl Iterator<Item = (&String, &'static str)> {
    let keys = object
        .as_object()
        .into_iter()
        .flat_map(|object| object.keys());
    keys.filter_map(|key| {
        let mut fields = FIELDS.into_iter().chain([TASK, CONTAINERS]);
        let near = fields.find(|field| is_near_miss(key, field))?;
        Some((key, near))
    })
}

/// Whether a key is `field` but for its case, its separators, or one letter.
fn is_near_miss(key: &str, field: &str) -> bool {
    let folded = |text: &str| text.replace(['_', '-', ' '], "").to_ascii_lowercase();
    let far = key.len() > 2 * field.len();
    key != field && !far && strsim::damerau_levenshtein(&folded(key), &folded(field)) <= 1
}

fn choose<'a>(wanted: Option<&str>, path: &str, all: &[&'a Json]) -> Result<&'a Json, Diagnostic> {
    let name = |container: &Json| {
        container
            .get("name")
            .and_then(Json::as_str)
            .map(str::to_owned)
    };
    let names: Vec<String> = all.iter().filter_map(|container| name(container)).collect();
    let names = names.join(", ");
    match (wanted, all) {
        (None, [one]) => Ok(one),
        (None, _) => Err(Diagnostic::input(
            format!(
                "manifest \"{path}\" holds {} containers: {names}",
                all.len()
            ),
            "say which with --container",
        )),
        // A lone definition without a name is what was meant.
        (Some(_), [one]) if name(one).is_none() => Ok(one),
        (Some(wanted), _) => all
            .iter()
            .find(|container| name(container).as_deref() == Some(wanted))
            .copied()
            .ok_or_else(|| {
                Diagnostic::input(
                    format!("manifest \"{path}\" has no container \"{wanted}\""),
                    format!("it has: {names}"),
                )
            }),
    }
}

struct Reading<'a, 'r> {
    reader: &'a Reader<'r>,
    path: &'a str,
    manifest: &'a mut Manifest,
    /// Where each variable is declared.
    named: BTreeMap<OsString, usize>,
}

impl Reading<'_, '_> {
    fn read(mut self, container: &Json) {
        for (key, near) in near_misses(container) {
            let diagnostic = Diagnostic::input("is no field of ECS", "").did_you_mean(Some(near));
            self.refuse(Problem::new(diagnostic, self.origin(key)));
        }
        self.each(container, "secrets", Self::secret);
        self.each(container, "environment", Self::environment);
        self.each(container, "environmentFiles", Self::environment_file);
        if let Err(diagnostic) = self.command(container) {
            self.refuse(diagnostic);
        }
    }

    fn each(
        &mut self,
        container: &Json,
        field: &str,
        read: impl Fn(&mut Self, &Json, String) -> Result<Option<Declaration>, Problem>,
    ) {
        let entries = match container.get(field) {
            None | Some(Json::Null) => return,
            Some(Json::Array(entries)) => entries,
            Some(_) => return self.refuse(self.shape(field, "is no array")),
        };
        for (index, entry) in entries.iter().enumerate() {
            let place = format!("{field}[{index}]");
            match read(self, entry, place) {
                Ok(declaration) => self.declare(declaration),
                Err(problem) => self.refuse(problem),
            }
        }
    }

    fn declare(&mut self, declaration: Option<Declaration>) {
        if let Some(Declaration::Variable(variable)) = &declaration {
            let place = self.manifest.declarations.len();
            self.named.insert(variable.name.clone(), place);
        }
        self.manifest.declarations.extend(declaration);
    }

    fn secret(&mut self, entry: &Json, place: String) -> Result<Option<Declaration>, Problem> {
        let Some(name) = self.name(entry, &place)? else {
            return Ok(None);
        };
        let text = self.string(entry, "valueFrom", &place)?;
        let parsed = || {
            let filled = fill(&text, self.reader.environment)?;
            Reference::parse_value_from(&filled).map(ValueSource::Reference)
        };
        let source = match near_miss(&text, true) {
            Some(miss) => ValueSource::Unusable(near_miss_diagnostic(&miss)),
            None => ValueSource::from_parsed(&text, parsed()),
        };
        Ok(Some(variable(name, source, self.origin(&place))))
    }

    /// An entry of `environment` is read as the process's own environment would be.
    fn environment(&mut self, entry: &Json, place: String) -> Result<Option<Declaration>, Problem> {
        let own = entry
            .get("name")
            .and_then(Json::as_str)
            .is_some_and(|name| environment::is_own(name.as_ref()));
        if own {
            return Ok(None);
        }
        let Some(name) = self.name(entry, &place)? else {
            return Ok(None);
        };
        let text = self.string(entry, "value", &place)?;
        let source = ValueSource::in_environment(&text, self.reader.resolve_arns)
            .unwrap_or_else(|| ValueSource::Literal(SecretValue::new(text)));
        Ok(Some(variable(name, source, self.origin(&place))))
    }

    /// ECS reads its files literally, as docker does.
    fn environment_file(
        &mut self,
        entry: &Json,
        place: String,
    ) -> Result<Option<Declaration>, Problem> {
        let text = self.string(entry, "value", &place)?;
        let origin = self.origin(&place);
        let mut file = fill(&text, self.reader.environment)
            .and_then(|filled| BulkReference::parse_filled(&filled))
            .map_err(|error| {
                Problem::new(invalid_reference_diagnostic(&text, &error), origin.clone())
            })?;
        if !matches!(
            file.source,
            BulkSource::Store(Request {
                target: Target::Object(_),
                ..
            }) | BulkSource::File(_)
        ) {
            return Err(self.shape(&place, "is no environment file"));
        }
        file.dialect = Dialect::Docker;
        Ok(Some(Declaration::Bulk(Bulk {
            reference: file,
            origin,
        })))
    }

    fn command(&mut self, container: &Json) -> Result<(), Problem> {
        let words = match container.get("command") {
            None | Some(Json::Null) => return Ok(()),
            Some(Json::Array(words)) => words,
            Some(_) => return Err(self.shape("command", "is no array")),
        };
        let words: Option<Vec<String>> = words
            .iter()
            .map(|word| word.as_str().map(str::to_owned))
            .collect();
        let words =
            words.ok_or_else(|| self.shape("command", "holds something that is no text"))?;
        if !words.is_empty() {
            self.manifest.command = Some(words);
        }
        Ok(())
    }

    /// The name of a variable; none if it is named a second time.
    fn name(&mut self, entry: &Json, place: &str) -> Result<Option<String>, Problem> {
        let name = self.string(entry, "name", place)?;
        check_name(&name).map_err(|diagnostic| Problem::new(diagnostic, self.origin(place)))?;
        if let Some(declared) = self.named.get(OsStr::new(&name)) {
            self.manifest.repeated(*declared, &format!("in {place}"));
            return Ok(None);
        }
        Ok(Some(name))
    }

    fn string(&self, entry: &Json, field: &str, place: &str) -> Result<String, Problem> {
        let text = entry.get(field).and_then(Json::as_str).map(str::to_owned);
        text.ok_or_else(|| self.shape(place, &format!("has no text \"{field}\"")))
    }

    fn origin(&self, entry: &str) -> Origin {
        Origin::ManifestEntry {
            path: self.path.to_owned(),
            entry: entry.to_owned(),
        }
    }

    fn shape(&self, place: &str, what: &str) -> Problem {
        let field = place.split('[').next().unwrap_or_default();
        let entry = match field {
            "secrets" => "{\"name\": \"NAME\", \"valueFrom\": \"REFERENCE\"}",
            "environment" => "{\"name\": \"NAME\", \"value\": \"text\"}",
            "environmentFiles" => "{\"value\": \"arn:aws:s3:::bucket/key.env\", \"type\": \"s3\"}",
            _ => "\"program\", \"argument\"",
        };
        let help = if place == field {
            format!("write [{entry}]")
        } else {
            format!("write {entry}")
        };
        Problem::new(Diagnostic::input(what, help), self.origin(place))
    }

    fn refuse(&mut self, problem: Problem) {
        self.manifest.problems.push(problem);
    }
}

fn variable(name: String, source: ValueSource, origin: Origin) -> Declaration {
    Declaration::Variable(Variable {
        name: OsString::from(name),
        source,
        origin,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Environment;

    fn read_json(text: &str, container: Option<&str>) -> Manifest {
        let environment = Environment::from_iter([("APP_ENV", "prod")]);
        Reader {
            environment: &environment,
            resolve_arns: false,
            container,
        }
        .read("task.json", text.as_bytes())
    }

    fn redacted(manifest: &Manifest) -> Vec<String> {
        let each = manifest
            .declarations
            .iter()
            .map(|declaration| match declaration {
                Declaration::Bulk(Bulk { reference, origin }) => {
                    format!("{} {:?} {origin}", reference.redacted, reference.dialect)
                }
                Declaration::Variable(variable) => variable.subject().to_string(),
            });
        each.collect()
    }

    const CONTAINER: &str = r#"{"name": "web", "image": "x", "cpu": 1,
        "secrets": [{"name": "A", "valueFrom": "/shop/${APP_ENV}/a"},
                    {"name": "B", "valueFrom": "plain:3"},
                    {"name": "C", "valueFrom": "arn:aws:secretsmanager:eu-west-1:1:secret:x:k::"}],
        "environment": [{"name": "D", "value": "ssm:///d"}, {"name": "E", "value": "arn:aws:ssm:x"},
                        {"name": "PARAMEXEC_FROM", "value": "ignored"}],
        "environmentFiles": [{"value": "arn:aws:s3:::bucket/key.env", "type": "s3"}],
        "command": ["rails", "server"]}"#;

    #[test]
    fn a_container_definition_is_read_as_ecs_reads_it() {
        let manifest = read_json(CONTAINER, None);
        assert_eq!(manifest.all_problems().list(), []);
        assert_eq!(
            redacted(&manifest),
            [
                "A from \"/shop/prod/a\" (manifest \"task.json\" secrets[0])",
                "B from \"plain:3\" (manifest \"task.json\" secrets[1])",
                "C from \"arn:aws:secretsmanager:eu-west-1:1:secret:x:k::\" (manifest \"task.json\" secrets[2])",
                "D from \"ssm:///d\" (manifest \"task.json\" environment[0])",
                "E (manifest \"task.json\" environment[1])",
                "arn:aws:s3:::bucket/key.env Docker manifest \"task.json\" environmentFiles[0]",
            ]
        );
        assert_eq!(manifest.command.unwrap(), ["rails", "server"]);
    }

    #[test]
    fn a_task_definition_gives_the_container_that_is_named() {
        let other = r#"{"name": "log", "secrets": []}"#;
        for text in [
            format!(r#"{{"containerDefinitions": [{other}, {CONTAINER}]}}"#),
            format!(r#"{{"taskDefinition": {{"containerDefinitions": [{other}, {CONTAINER}]}}}}"#),
            format!("[{other}, {CONTAINER}]"),
        ] {
            assert_eq!(read_json(&text, Some("web")).declarations.len(), 6);
            let ambiguous = read_json(&text, None).problems.to_string();
            assert!(
                ambiguous.contains("holds 2 containers: log, web\n    help: say which"),
                "{ambiguous}"
            );
            let wrong = read_json(&text, Some("wbe")).problems.to_string();
            assert!(
                wrong.contains("has no container \"wbe\"\n    help: it has: log, web"),
                "{wrong}"
            );
        }
    }

    #[test]
    fn everything_wrong_is_found_in_one_reading() {
        let manifest = read_json(
            r#"{"secrets": [{"name": "A"}, {"name": "B", "valueFrom": "a/b"}, {"name": "F", "valueFrom": "f"}, {"name": "F", "valueFrom": "b"}],
                "environment": {"A": 1}, "environmentFiles": [{"value": "ssm:///x#y"}, {"value": "ssm:///x/"}], "command": "rails"}"#,
            None,
        );
        let text = manifest.all_problems().to_string();
        for part in [
            "secrets[0]: has no text \"valueFrom\"",
            "invalid reference \"a/b\": a parameter in a hierarchy begins with a slash",
            "secrets[2]: named a second time in secrets[3]",
            "environment: is no array\n      help: write [{\"name\": \"NAME\", \"value\": \"text\"}]",
            "command: is no array\n      help: write [\"program\", \"argument\"]",
            "invalid reference \"ssm:///x#y\"",
            "environmentFiles[1]: is no environment file",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    #[test]
    fn broken_json_is_told_by_its_place() {
        let text = read_json("{\"secrets\": [\n}", None).problems.to_string();
        assert!(
            text.contains("manifest \"task.json\" is not JSON at line 2 column 1"),
            "{text}"
        );
        let text = read_json("{\"a\": 1}", None).problems.to_string();
        assert!(text.contains("holds no ECS container definition"), "{text}");
    }
}
