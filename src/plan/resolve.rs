//! Resolves a plan and the responses into the command's environment, or into everything that is wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use super::file::{self, SecretFile};
use super::response::text;
use super::{Plan, Responses};
use crate::composed::{NotUtf8, Placeholder};
use crate::environment::Environment;
use crate::error::{Diagnostic, Error, ErrorKind, Problem, Problems, left_out};
use crate::input::declaration::{Declaration, ValueSource, Variable};
use crate::origin::Subject;
use crate::process;
use crate::reference::{FileOptions, Reference};
use crate::request::{Bytes, Response};
use crate::suggest;

/// The result of resolving a plan.
#[derive(Debug)]
pub(crate) struct Resolution {
    /// The command's environment, without the variables that failed.
    pub environment: Environment,
    /// All that failed, in the order of the plan.
    pub problems: Problems,
    /// What was left out because that was allowed.
    pub warnings: Vec<String>,
    /// The variables that were set and where each came from.
    pub set: Vec<Subject>,
    /// The files that variables hold the paths of.
    pub files: Vec<SecretFile>,
}

impl Resolution {
    /// The environment of the command, if nothing failed, neither here nor `before`.
    ///
    /// # Errors
    /// All that failed.
    pub(crate) fn into_environment(
        self,
        before: Problems,
    ) -> Result<(Environment, Vec<SecretFile>), Error> {
        before
            .and(&self.problems)
            .or((self.environment, self.files))
    }
}

/// The variables that are set, and those that are not, before any value is composed.
struct Values<'a> {
    environment: Environment,
    files: Vec<SecretFile>,
    /// Gives a descriptor for a file, as long as there is one.
    free_descriptor: &'a mut dyn FnMut() -> Option<i32>,
    /// Variables without a value, and why.
    without: BTreeMap<OsString, Without>,
    composed: BTreeSet<OsString>,
}

/// Why a variable has no value.
enum Without {
    /// What it refers to is missing and may be.
    LeftOut,
    /// It failed.
    Failed(Diagnostic),
}

impl Plan<'_> {
    /// Builds the command's environment from what it inherits and from the responses.
    /// `free_descriptor` says under which descriptors files can be.
    #[must_use]
    pub(crate) fn resolve(
        mut self,
        responses: &Responses,
        free_descriptor: &mut dyn FnMut() -> Option<i32>,
    ) -> Resolution {
        let declarations = std::mem::take(&mut self.declarations).into_iter();
        let variables = declarations.filter_map(|declaration| match declaration {
            Declaration::Variable(variable) => Some(variable),
            Declaration::Bulk(_) => None,
        });
        let (composed, plain): (Vec<Variable>, Vec<Variable>) =
            variables.partition(|one| matches!(one.source, ValueSource::Composed(_)));
        let mut values = Values {
            environment: self.inherited.clone(),
            files: Vec::new(),
            free_descriptor,
            without: BTreeMap::new(),
            composed: composed.iter().map(|one| one.name.clone()).collect(),
        };
        let mut set = Vec::new();
        for variable in &plain {
            let value = self.value(variable, responses, &mut values);
            self.record_outcome(variable, value, &mut values, &mut set);
        }
        for variable in &composed {
            let value = self.composed_value(variable, &values);
            self.record_outcome(variable, value, &mut values, &mut set);
        }
        let mut environment = values.environment;
        environment.retain(|name| !self.rules.unset.contains(name));
        Resolution {
            environment,
            problems: self.problems,
            warnings: self.warnings,
            set,
            files: values.files,
        }
    }

    /// Records a variable's value, or why it has none.
    fn record_outcome(
        &mut self,
        variable: &Variable,
        value: Result<Option<OsString>, Diagnostic>,
        values: &mut Values<'_>,
        set: &mut Vec<Subject>,
    ) {
        let name = variable.name.clone();
        match value {
            Ok(Some(value)) => {
                values.environment.set(name, value);
                if !self.rules.unset.contains(&variable.name) {
                    set.push(variable.subject());
                }
            }
            // Nothing wins over what the command inherits, should `replace` have let it.
            Ok(None) => drop(values.without.insert(name, Without::LeftOut)),
            Err(diagnostic) => {
                values
                    .without
                    .insert(name, Without::Failed(diagnostic.clone()));
                self.problems
                    .push(Problem::new(diagnostic, variable.subject()));
            }
        }
    }

    /// The value of a variable that is composed of others; none if one may be missing and is.
    fn composed_value(
        &mut self,
        variable: &Variable,
        values: &Values<'_>,
    ) -> Result<Option<OsString>, Diagnostic> {
        let ValueSource::Composed(composed) = &variable.source else {
            return Ok(None);
        };
        let longest = process::longest_string();
        let rendered = composed.render(longest, |placeholder| values.insertion(placeholder));
        match rendered {
            Ok(None) => Err(Diagnostic::input(
                format!(
                    "what it is composed of is longer than {} KiB, and Linux takes less",
                    longest >> 10
                ),
                "store a shorter value, or compose it of less",
            )),
            Ok(Some(bytes)) => usable(variable, OsString::from_vec(bytes)).map(Some),
            Err(diagnostic)
                if diagnostic.kind == ErrorKind::Missing && self.rules.allow_missing =>
            {
                self.warnings
                    .push(left_out(&diagnostic, &variable.subject()));
                Ok(None)
            }
            Err(diagnostic) => Err(diagnostic),
        }
    }

    /// The value of a variable; none if it may be and is missing.
    fn value(
        &mut self,
        variable: &Variable,
        responses: &Responses,
        values: &mut Values<'_>,
    ) -> Result<Option<OsString>, Diagnostic> {
        let reference = match &variable.source {
            ValueSource::Literal(value) => return usable(variable, value.expose()).map(Some),
            ValueSource::Reference(reference) => reference,
            ValueSource::Unusable(diagnostic) => return Err(diagnostic.clone()),
            ValueSource::Composed(_) => return Ok(None),
        };
        match responses.get(&reference.request) {
            // Without AWS nothing says that it exists, and it need not.
            Some(Ok(Response::Placeholder(_))) if reference.may_be_missing() => {
                values.stand_in(variable, reference)
            }
            Some(Ok(answer)) => values.fetched(variable, reference, answer).map(Some),
            Some(Err(diagnostic)) if diagnostic.kind == ErrorKind::Missing => {
                if reference.may_be_missing() {
                    return values.stand_in(variable, reference);
                }
                if !self.rules.allow_missing {
                    return Err(diagnostic.clone());
                }
                self.warnings
                    .push(left_out(diagnostic, &variable.subject()));
                Ok(None)
            }
            Some(Err(diagnostic)) => Err(diagnostic.clone()),
            None => Err(Diagnostic::new(
                ErrorKind::Unavailable,
                format!("{} was not answered", reference.request),
                "report this as a defect of paramexec",
            )),
        }
    }
}

fn usable(variable: &Variable, value: impl Into<OsString>) -> Result<OsString, Diagnostic> {
    let value = value.into();
    if value.as_bytes().contains(&0) {
        return Err(Diagnostic::input(
            format!(
                "the value of {:?} contains a NUL, which no environment can carry",
                variable.name
            ),
            "store it without, in base64 for example, or add \"?file\" to get the path of a file that holds it",
        ));
    }
    Ok(value)
}

impl Values<'_> {
    fn fetched(
        &mut self,
        variable: &Variable,
        reference: &Reference,
        answer: &Response,
    ) -> Result<OsString, Diagnostic> {
        let Some(file) = reference.file else {
            return usable(variable, text(reference, answer)?.expose());
        };
        let contents = file::contents(reference, file, answer)?;
        self.file(variable, file, contents)
    }

    /// The default of what may be missing, or nothing.
    fn stand_in(
        &mut self,
        variable: &Variable,
        reference: &Reference,
    ) -> Result<Option<OsString>, Diagnostic> {
        let Some(default) = &reference.default else {
            return Ok(None);
        };
        if let Some(file) = reference.file {
            let contents = Bytes(default.expose().into());
            let contents = file::decoded(reference, file, contents)?;
            return self.file(variable, file, contents).map(Some);
        }
        usable(variable, default.expose()).map(Some)
    }

    /// The path of a new file.
    fn file(
        &mut self,
        variable: &Variable,
        file: FileOptions,
        contents: Bytes,
    ) -> Result<OsString, Diagnostic> {
        let descriptor = (self.free_descriptor)().ok_or_else(file::no_descriptor)?;
        let file = SecretFile {
            descriptor,
            contents,
            mode: file.mode,
            subject: variable.subject(),
        };
        let path = file.path().into();
        self.files.push(file);
        Ok(path)
    }

    /// The text that replaces a placeholder.
    fn insertion(&self, placeholder: &Placeholder) -> Result<Vec<u8>, Diagnostic> {
        let Placeholder { name, written, .. } = placeholder;
        if self.composed.contains(OsStr::new(name)) {
            return Err(Diagnostic::input(
                format!("\"{written}\" has no value: {name} is a template itself"),
                format!("write here what {name} is composed of"),
            ));
        }
        if let Some(Without::Failed(diagnostic)) = self.without.get(OsStr::new(name)) {
            return Err(diagnostic.clone());
        }
        let insertion = placeholder.insertion(self.environment.get(OsStr::new(name)));
        let insertion = insertion.map_err(|NotUtf8| {
            Diagnostic::input(
                format!("\"{written}\" has no value: {name} is not UTF-8, as JSON text is"),
                "choose another filter",
            )
        })?;
        insertion.ok_or_else(|| self.absent(placeholder))
    }

    /// The problem of a placeholder whose variable does not exist.
    fn absent(&self, placeholder: &Placeholder) -> Diagnostic {
        let Placeholder { name, written, .. } = placeholder;
        let fallback = placeholder.with_fallback("text");
        if self.without.contains_key(OsStr::new(name)) {
            return Diagnostic::missing(
                format!(
                    "\"{written}\" has no value: {name} is left out, since what it refers to does not exist"
                ),
                match fallback {
                    Some(fallback) => format!("create it, or give it a fallback: \"{fallback}\""),
                    None => format!("create it, or give the reference of {name} a \"?default=\""),
                },
            );
        }
        let known: Vec<&str> = self
            .environment
            .iter()
            .filter_map(|(known, _)| known.to_str())
            .collect();
        let diagnostic = Diagnostic::input(
            format!("\"{written}\" has no value: there is no variable {name}"),
            match fallback {
                Some(fallback) => format!("define {name}, or give it a fallback: \"{fallback}\""),
                None => format!("define {name}"),
            },
        );
        diagnostic.did_you_mean(suggest::nearest(name, &known))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::composed::{Composed, Filter, Part};
    use crate::origin::Origin;
    use crate::plan::{Existing, Rules};
    use crate::value::SecretValue;

    fn placeholder(written: &str) -> Part {
        let inside = written.trim_matches(['{', '}']);
        let (name, filter) = inside.split_once('|').unwrap_or((inside, "raw"));
        let (name, fallback) = match name.split_once(":-") {
            Some((name, text)) => (name, Some(SecretValue::new(text))),
            None => (name, None),
        };
        Part::Variable(Placeholder {
            name: name.to_owned(),
            filter: if filter == "url" {
                Filter::Url
            } else {
                Filter::Raw
            },
            fallback,
            written: written.to_owned(),
        })
    }

    /// `"ssm:///x"` refers, `"a{B}c"` is composed, all else is literal.
    fn variable(name: &str, text: &str) -> Declaration {
        let source = if let Ok(reference) = Reference::parse(text) {
            ValueSource::Reference(reference)
        } else if let Some((before, rest)) = text.split_once('{') {
            let (written, after) = rest.split_once('}').unwrap();
            ValueSource::Composed(Composed(vec![
                Part::Text(SecretValue::new(before)),
                placeholder(&format!("{{{written}}}")),
                Part::Text(SecretValue::new(after)),
            ]))
        } else {
            ValueSource::Literal(SecretValue::new(text))
        };
        Declaration::Variable(Variable {
            name: name.into(),
            source,
            origin: Origin::Environment,
        })
    }

    fn resolve(rules: &Rules, inherited: &[(&str, &str)], declared: &[(&str, &str)]) -> Resolution {
        let inherited: Environment = inherited.iter().copied().collect();
        let declared = declared.iter().map(|(name, text)| variable(name, text));
        let plan = Plan::new(declared.collect(), rules, &inherited);
        let requests = plan.requests(&Responses::new()).into_iter();
        let responses = requests.map(|request| {
            let missing = request.to_string().contains("none");
            let answer = if missing {
                Err(Diagnostic::missing(format!("{request} is missing"), ""))
            } else {
                Ok(Response::Text {
                    value: SecretValue::new("p+w"),
                    version: None,
                })
            };
            (request, answer)
        });
        plan.resolve(&responses.collect(), &mut || Some(200))
    }

    fn values(resolution: &Resolution) -> Vec<(&str, &str)> {
        assert_eq!(resolution.problems.list(), []);
        let each = resolution.environment.iter();
        each.map(|(name, value)| (name.to_str().unwrap(), value.to_str().unwrap()))
            .collect()
    }

    fn problem(declared: &[(&str, &str)]) -> (ErrorKind, String) {
        let resolution = resolve(&Rules::default(), &[("HOST", "h")], declared);
        let problem = resolution.problems.list().last().unwrap().clone();
        let Diagnostic {
            kind,
            message,
            help,
        } = problem.diagnostic;
        (kind, format!("{message}: {help}"))
    }

    #[test]
    fn a_composed_value_holds_the_resulting_values_of_other_variables() {
        let declared = [
            ("URL", "//{DB|url}@h"),
            ("DB", "ssm:///db"),
            ("X", "<{HOST}>"),
        ];
        let resolution = resolve(&Rules::default(), &[("HOST", "h")], &declared);
        let expected = [
            ("DB", "p+w"),
            ("HOST", "h"),
            ("URL", "//p%2Bw@h"),
            ("X", "<h>"),
        ];
        assert_eq!(values(&resolution), expected);
    }

    #[test]
    fn what_is_unset_is_fetched_only_for_a_composed_value_and_removed_afterwards() {
        let rules = |existing| Rules {
            unset: ["DB", "HOST", "OTHER"].map(OsString::from).into(),
            existing,
            ..Rules::default()
        };
        let declared = [
            ("OTHER", "ssm:///never-asked-none"),
            ("DB", "ssm:///db"),
            ("HOST", "declared"),
            ("A", "{DB}"),
            ("B", "{HOST}"),
        ];
        for (existing, host) in [
            (Existing::Keep, "inherited"),
            (Existing::Fail, "inherited"),
            (Existing::Replace, "declared"),
        ] {
            let rules = rules(existing);
            let resolution = resolve(&rules, &[("HOST", "inherited")], &declared);
            assert_eq!(values(&resolution), [("A", "p+w"), ("B", host)]);
            assert_eq!(resolution.set.len(), 2);
        }
    }

    #[test]
    fn a_placeholder_that_has_no_value_is_told_by_what_it_names() {
        for (text, kind, said) in [
            (
                "{HOTS}",
                ErrorKind::Input,
                "\"{HOTS}\" has no value: there is no variable HOTS: did you mean \"HOST\"?",
            ),
            (
                "{ZZZ}",
                ErrorKind::Input,
                "\"{ZZZ}\" has no value: there is no variable ZZZ: define ZZZ, or give it a fallback: \"{ZZZ:-text}\"",
            ),
            (
                "{A}",
                ErrorKind::Input,
                "\"{A}\" has no value: A is a template itself: write here what A is composed of",
            ),
            (
                "{OPTIONAL}",
                ErrorKind::Missing,
                "\"{OPTIONAL}\" has no value: OPTIONAL is left out, since what it refers to does not exist: create it, or give it a fallback: \"{OPTIONAL:-text}\"",
            ),
            (
                "{FAILED}",
                ErrorKind::Missing,
                "parameter \"/none\" is missing: ",
            ),
        ] {
            let failed = ("FAILED", "ssm:///none");
            let declared = [("A", text), ("OPTIONAL", "ssm:///none?optional"), failed];
            let declared = if text == "{FAILED}" {
                &declared[..]
            } else {
                &declared[..2]
            };
            assert_eq!(problem(declared), (kind, said.to_owned()));
        }
    }

    #[test]
    fn a_fallback_stands_in_for_what_is_missing_or_unknown() {
        let declared = [
            ("A", "{B:-x y|url}"),
            ("B", "ssm:///none?optional"),
            ("C", "{D:-}"),
        ];
        let resolution = resolve(&Rules::default(), &[], &declared);
        assert_eq!(values(&resolution), [("A", "x%20y"), ("C", "")]);
    }

    #[test]
    fn what_may_be_missing_leaves_out_what_is_composed_of_it() {
        let rules = Rules {
            allow_missing: true,
            ..Rules::default()
        };
        let resolution = resolve(&rules, &[], &[("A", "{B}"), ("B", "ssm:///none")]);
        assert_eq!(values(&resolution), []);
        assert_eq!(resolution.warnings.len(), 2);
    }
}
