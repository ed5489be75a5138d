//! From a plan and its answers to the environment of the command, or to all that is wrong.

use super::{Plan, Responses};
use crate::environment::Environment;
use crate::error::{Diagnostic, Error, ErrorKind, Problem, Problems};
use crate::input::declaration::{Declaration, ValueSource, Variable};
use crate::json;
use crate::origin::Subject;
use crate::reference::Reference;
use crate::request::Response;
use crate::value::SecretValue;

/// What a plan came to.
#[derive(Debug)]
pub struct Resolution {
    /// The environment of the command, as far as it could be made.
    pub environment: Environment,
    /// All that failed, in the order of the plan.
    pub problems: Problems,
    /// What was left out because that was allowed.
    pub warnings: Vec<String>,
    /// The variables that were set and where each came from.
    pub set: Vec<Subject>,
}

impl Resolution {
    /// The environment of the command, if nothing failed, neither here nor `before`.
    ///
    /// # Errors
    /// All that failed.
    pub fn into_environment(self, before: Problems) -> Result<Environment, Error> {
        before.and(&self.problems).or(self.environment)
    }
}

impl Plan<'_> {
    /// Makes the environment of the command from what it inherits and what was answered.
    #[must_use]
    pub fn resolve(mut self, responses: &Responses) -> Resolution {
        let mut environment = self.inherited.clone();
        let mut set = Vec::new();
        for declaration in std::mem::take(&mut self.declarations) {
            let Declaration::Variable(variable) = declaration else {
                continue;
            };
            match self.value(&variable, responses) {
                Ok(Some(value)) => {
                    set.push(variable.subject());
                    environment.set(variable.name, value.expose());
                }
                // Nothing wins over what the command inherits, should `replace` have let it.
                Ok(None) => {}
                Err(diagnostic) => self
                    .problems
                    .push(Problem::new(diagnostic, variable.subject())),
            }
        }
        let Self {
            problems, warnings, ..
        } = self;
        Resolution {
            environment,
            problems,
            warnings,
            set,
        }
    }

    /// The value of a variable; none if it may be and is missing.
    fn value(
        &mut self,
        variable: &Variable,
        responses: &Responses,
    ) -> Result<Option<SecretValue>, Diagnostic> {
        let reference = match &variable.source {
            ValueSource::Literal(value) => return usable(variable, value.clone()).map(Some),
            ValueSource::Reference(reference) => reference,
        };
        match responses.get(&reference.request) {
            Some(Ok(answer)) => text(reference, answer)
                .and_then(|value| usable(variable, value))
                .map(Some),
            Some(Err(diagnostic)) if diagnostic.kind == ErrorKind::Missing => {
                self.stand_in(variable, reference, diagnostic)
            }
            Some(Err(diagnostic)) => Err(diagnostic.clone()),
            None => Err(Diagnostic::new(
                ErrorKind::Unavailable,
                format!("{} was not answered", reference.request),
                "report this as a defect of paramexec",
            )),
        }
    }

    fn stand_in(
        &mut self,
        variable: &Variable,
        reference: &Reference,
        diagnostic: &Diagnostic,
    ) -> Result<Option<SecretValue>, Diagnostic> {
        if let Some(default) = &reference.default {
            return usable(variable, default.clone()).map(Some);
        }
        if reference.optional {
            return Ok(None);
        }
        if self.rules.allow_missing {
            self.warnings.push(format!(
                "{}: left out {}",
                diagnostic.message,
                variable.subject()
            ));
            return Ok(None);
        }
        Err(diagnostic.clone())
    }
}

fn text(reference: &Reference, answer: &Response) -> Result<SecretValue, Diagnostic> {
    let request = &reference.request;
    match (answer, &reference.key) {
        (Response::Placeholder(text), None) => Ok(SecretValue::new(text.as_str())),
        (Response::Placeholder(text), Some(key)) => Ok(SecretValue::new(format!("{text}#{key}"))),
        (Response::Text { value, .. }, None) => Ok(value.clone()),
        (Response::Text { value, .. }, Some(key)) => json::key(value, key).map_err(|problem| {
            let help = match &problem {
                json::JsonError::NoObject => "leave \"#key\" out to take it whole".to_owned(),
                json::JsonError::NoKey(_, Some(near)) => format!("perhaps \"#{near}\" was meant"),
                json::JsonError::NoKey(..) => "correct the key or add it to the value".to_owned(),
            };
            Diagnostic::input(format!("{request} {problem}"), help)
        }),
        _ => Err(Diagnostic::input(
            format!("{request} is binary, which no environment can carry"),
            "store it as text, base64 for example",
        )),
    }
}

fn usable(variable: &Variable, value: SecretValue) -> Result<SecretValue, Diagnostic> {
    if value.expose().contains('\0') {
        return Err(Diagnostic::input(
            format!(
                "the value of {:?} contains a NUL, which no environment can carry",
                variable.name
            ),
            "store it without, base64 for example",
        ));
    }
    Ok(value)
}
