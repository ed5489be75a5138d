//! Reads the variables that a bulk source holds.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use super::declaration::{Bulk, ValueSource, Variable, check_bulk_name};
use crate::composed::{Composed, Filter, Part, Placeholder};
use crate::dotenv::{self, Deferred, Entry};
use crate::environment::Environment;
use crate::error::{Diagnostic, Problem};
use crate::json::{self, JsonError, REPEATED_HELP};
use crate::reference::{BulkSource, is_reference, is_template};
use crate::request::{Request, Response, Target};
use crate::value::SecretValue;

const DOCKER_HELP: &str = "if the whole file is written for docker or ECS, add ?dialect=docker";

/// The variables of one bulk source, or all that is wrong with it.
pub(crate) type Variables = Result<Vec<Variable>, Vec<Problem>>;

/// The problem of a bulk source without variables: a mistyped path must not start an app without its
/// settings.
pub(crate) fn empty(bulk: &Bulk) -> Diagnostic {
    let reference = &bulk.reference.redacted;
    let in_store = match &bulk.reference.source {
        BulkSource::Store(request) => Some(&request.target),
        BulkSource::File(_) => None,
    };
    let name = reference.split('?').next().unwrap_or(reference);
    let help = match in_store {
        Some(Target::Path(_)) if !name.ends_with('/') => {
            "correct the path, the region or the account; a single parameter is the value of a variable, and --from takes all below a path"
        }
        Some(Target::Path(_)) => {
            "correct the path, the region or the account, or add \"?optional\" if it may be empty"
        }
        _ => "put variables in it, or add \"?optional\" if it may be empty",
    };
    Diagnostic::missing(format!("\"{reference}\" gives no variables"), help)
}

/// What a bulk source is expanded with.
pub(crate) struct Expansion<'a> {
    /// The source.
    pub(crate) bulk: &'a Bulk,
    /// The whole environment of this process, from which dotenv objects are filled.
    pub(crate) process: &'a Environment,
    /// Whether bare ARNs are references in dotenv objects.
    pub(crate) resolve_arns: bool,
}

impl Expansion<'_> {
    /// The variables of the source, which a store answered with.
    ///
    /// # Errors
    /// All that makes it unusable.
    pub(crate) fn of(&self, request: &Request, answer: &Response) -> Variables {
        match (&request.target, answer) {
            (Target::Path(path), Response::Parameters(parameters)) => {
                self.parameters(path, parameters)
            }
            (_, Response::Object(bytes)) => self.dotenv(&bytes.0),
            (_, Response::Text { value, .. }) => self.json(value),
            (_, Response::Binary(_)) => Err(vec![self.problem(Diagnostic::input(
                format!("{request} is binary"),
                "store a JSON object as text",
            ))]),
            // Nobody can know which variables a placeholder stands for.
            (_, Response::Placeholder(_) | Response::Parameters(_)) => Ok(Vec::new()),
        }
    }

    fn parameters(&self, path: &str, parameters: &[(String, SecretValue)]) -> Variables {
        let mut by_name: BTreeMap<String, &str> = BTreeMap::new();
        let mut variables = Vec::new();
        let mut problems = Vec::new();
        for (parameter, value) in parameters {
            let name = variable_name(path, parameter, &self.bulk.reference.prefix);
            if let Some(other) = by_name.insert(name.clone(), parameter) {
                problems.push(self.problem(Diagnostic::input(
                    format!("parameters \"{other}\" and \"{parameter}\" both give \"{name}\""),
                    "rename one of them, or name them in a manifest",
                )));
            }
            self.take(
                &name,
                ValueSource::Literal(value.clone()),
                None,
                &mut variables,
                &mut problems,
            );
        }
        all_or_problems(variables, problems)
    }

    fn json(&self, value: &SecretValue) -> Variables {
        let object = json::object(value).map_err(|problem| {
            let reference = &self.bulk.reference.redacted;
            let name = reference.split('?').next().unwrap_or(reference);
            let message = format!("\"{reference}\" {problem}");
            let help = match problem {
                JsonError::Repeated { .. } => REPEATED_HELP.to_owned(),
                _ => format!(
                    "--from takes a JSON object of names and values; a single value is for one variable: NAME={name}"
                ),
            };
            vec![self.problem(Diagnostic::input(message, help))]
        })?;
        let (mut variables, mut problems) = (Vec::new(), Vec::new());
        for (key, value) in object {
            let name = format!("{}{key}", self.bulk.reference.prefix);
            self.take(
                &name,
                ValueSource::Literal(value),
                None,
                &mut variables,
                &mut problems,
            );
        }
        all_or_problems(variables, problems)
    }

    /// The variables of a dotenv text, a file or an object.
    ///
    /// # Errors
    /// All that makes it unusable, by line.
    pub(crate) fn dotenv(&self, bytes: &[u8]) -> Variables {
        let bulk = &self.bulk.reference;
        let inherited = |name: &str| Some(self.process.get(OsStr::new(name))?.to_str()?.to_owned());
        let is_reference = |text: &str| is_reference(text, self.resolve_arns);
        let entries = dotenv::parse(bytes, bulk.dialect, &inherited, &is_reference)
            .map_err(|problems| self.dotenv_problems(&problems))?;
        let (mut variables, mut problems) = (Vec::new(), Vec::new());
        for entry in entries {
            let name = format!("{}{}", bulk.prefix, entry.name);
            let line = Some(entry.line);
            let source = self.source(entry);
            self.take(&name, source, line, &mut variables, &mut problems);
        }
        all_or_problems(variables, problems)
    }

    /// Values in a dotenv object may be references too.
    fn source(&self, entry: Entry) -> ValueSource {
        let text = entry.value.expose();
        match entry.deferred.first() {
            None => ValueSource::in_environment(text, self.resolve_arns)
                .unwrap_or(ValueSource::Literal(entry.value)),
            Some(deferred) if is_template(text) => ValueSource::Unusable(Diagnostic::input(
                format!("\"${{{}}}\" stands in a template", deferred.name),
                format!("write \"{{{}}}\", with a filter in a URL", deferred.name),
            )),
            Some(_) => ValueSource::Composed(self.composed(&entry)),
        }
    }

    /// A value with the fetched values of references in it.
    fn composed(&self, entry: &Entry) -> Composed {
        let mut parts = Vec::new();
        let mut rest = entry.value.expose();
        // From the back, so that the places of those before stay what they are.
        for deferred in entry.deferred.iter().rev() {
            let (before, text) = rest.split_at(deferred.place);
            parts.extend((!text.is_empty()).then(|| Part::Text(SecretValue::new(text))));
            parts.push(Part::Variable(self.placeholder(deferred)));
            rest = before;
        }
        parts.extend((!rest.is_empty()).then(|| Part::Text(SecretValue::new(rest))));
        parts.reverse();
        Composed(parts)
    }

    fn placeholder(&self, Deferred { name, line, .. }: &Deferred) -> Placeholder {
        let prefix = line.map_or("", |_| &self.bulk.reference.prefix);
        Placeholder {
            name: format!("{prefix}{name}"),
            filter: Filter::Raw,
            fallback: None,
            written: format!("${{{name}}}"),
        }
    }

    fn take(
        &self,
        name: &str,
        source: ValueSource,
        line: Option<usize>,
        variables: &mut Vec<Variable>,
        problems: &mut Vec<Problem>,
    ) {
        let origin = self.bulk.inside(line);
        match check_bulk_name(name) {
            Ok(()) => variables.push(Variable {
                name: OsString::from(name),
                source,
                origin,
            }),
            Err(diagnostic) => problems.push(Problem::new(diagnostic, origin)),
        }
    }

    fn dotenv_problems(&self, problems: &[dotenv::SyntaxError]) -> Vec<Problem> {
        let problem = |problem: &dotenv::SyntaxError| {
            let diagnostic = Diagnostic::input(problem.reason.to_string(), problem.help());
            Problem {
                file_help: problem.is_read_by_docker().then_some(DOCKER_HELP),
                ..Problem::new(diagnostic, self.bulk.inside(Some(problem.line)))
            }
        };
        problems.iter().map(problem).collect()
    }

    fn problem(&self, diagnostic: Diagnostic) -> Problem {
        Problem::new(diagnostic, self.bulk.inside(None))
    }
}

fn all_or_problems(variables: Vec<Variable>, problems: Vec<Problem>) -> Variables {
    if problems.is_empty() {
        Ok(variables)
    } else {
        Err(problems)
    }
}

/// `/prod/shop/db/host` below `/prod/shop/` gives `DB_HOST`.
fn variable_name(path: &str, parameter: &str, prefix: &str) -> String {
    let below = parameter
        .strip_prefix(path)
        .unwrap_or(parameter)
        .to_ascii_uppercase();
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    format!("{prefix}{}", below.chars().map(plain).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_named_by_its_place_below_the_path() {
        assert_eq!(
            variable_name("/prod/shop/", "/prod/shop/db/host", ""),
            "DB_HOST"
        );
        assert_eq!(
            variable_name("/prod/shop/", "/prod/shop/api-key.v2", "X_"),
            "X_API_KEY_V2"
        );
        assert_eq!(variable_name("/", "/top", ""), "TOP");
    }
}
