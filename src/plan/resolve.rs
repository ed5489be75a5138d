//! From a plan and its answers to the environment of the command, or to all that is wrong.

use std::ffi::OsString;

use super::{Answers, Plan};
use crate::command::exec::{Command, check_sizes};
use crate::environment::Environment;
use crate::error::{Failure, Failures, Fault, Kind};
use crate::input::declaration::{Content, Declaration, Variable};
use crate::json;
use crate::reference::Reference;
use crate::request::Answer;
use crate::value::Value;

/// What a plan came to.
#[derive(Debug)]
pub struct Settled {
    /// The environment of the command, as far as it could be made.
    pub environment: Environment,
    /// All that failed, in the order of the plan.
    pub failures: Failures,
    /// What was left out because that was allowed.
    pub warnings: Vec<String>,
    /// The variables that were set and where each came from.
    pub set: Vec<(OsString, String)>,
}

impl Settled {
    /// All that stands between the environment and `command`: what failed before anything was
    /// asked, what failed since, and, if nothing did, what exec would refuse.
    #[must_use]
    pub fn all_failures(&self, before: Failures, command: Option<&Command>) -> Failures {
        let mut failures = before;
        failures.extend(self.failures.list().iter().cloned());
        if failures.is_empty()
            && let Some(command) = command
        {
            failures = check_sizes(command, &self.environment);
        }
        failures
    }
}

impl Plan<'_> {
    /// Makes the environment of the command from what it inherits and what was answered.
    #[must_use]
    pub fn settle(mut self, answers: &Answers) -> Settled {
        let mut environment = self.inherited.clone();
        let mut set = Vec::new();
        for declaration in std::mem::take(&mut self.declarations) {
            let Declaration::Variable(variable) = declaration else {
                continue;
            };
            match self.value(&variable, answers) {
                Ok(Some(value)) => {
                    set.push((variable.name.clone(), variable.subject()));
                    environment.set(variable.name, value.expose());
                }
                // Nothing wins over what the command inherits, should `replace` have let it.
                Ok(None) => {}
                Err(fault) => self.failures.push(Failure::new(fault, variable.subject())),
            }
        }
        let Self {
            failures, warnings, ..
        } = self;
        Settled {
            environment,
            failures,
            warnings,
            set,
        }
    }

    /// The value of a variable; none if it may be and is missing.
    fn value(&mut self, variable: &Variable, answers: &Answers) -> Result<Option<Value>, Fault> {
        let reference = match &variable.content {
            Content::Literal(value) => return usable(variable, value.clone()).map(Some),
            Content::Reference(reference) => reference,
        };
        match answers.get(&reference.question) {
            Some(Ok(answer)) => text(reference, answer)
                .and_then(|value| usable(variable, value))
                .map(Some),
            Some(Err(fault)) if fault.kind == Kind::Missing => {
                self.stand_in(variable, reference, fault)
            }
            Some(Err(fault)) => Err(fault.clone()),
            None => Err(Fault::new(
                Kind::Unavailable,
                format!("{} was not answered", reference.question),
                "report this as a defect of paramexec",
            )),
        }
    }

    fn stand_in(
        &mut self,
        variable: &Variable,
        reference: &Reference,
        fault: &Fault,
    ) -> Result<Option<Value>, Fault> {
        if let Some(default) = &reference.default {
            return usable(variable, default.clone()).map(Some);
        }
        if reference.optional {
            return Ok(None);
        }
        if self.rules.allow_missing {
            self.warnings
                .push(format!("{}: left out {}", fault.cause, variable.subject()));
            return Ok(None);
        }
        Err(fault.clone())
    }
}

fn text(reference: &Reference, answer: &Answer) -> Result<Value, Fault> {
    let question = &reference.question;
    match (answer, &reference.key) {
        (Answer::Placeholder(text), None) => Ok(Value::new(text.as_str())),
        (Answer::Placeholder(text), Some(key)) => Ok(Value::new(format!("{text}#{key}"))),
        (Answer::Text { value, .. }, None) => Ok(value.clone()),
        (Answer::Text { value, .. }, Some(key)) => json::key(value, key).map_err(|problem| {
            let remedy = match &problem {
                json::JsonError::NoObject => "leave \"#key\" out to take it whole".to_owned(),
                json::JsonError::NoKey(_, Some(near)) => format!("perhaps \"#{near}\" was meant"),
                json::JsonError::NoKey(..) => "correct the key or add it to the value".to_owned(),
            };
            Fault::input(format!("{question} {problem}"), remedy)
        }),
        _ => Err(Fault::input(
            format!("{question} is binary, which no environment can carry"),
            "store it as text, base64 for example",
        )),
    }
}

fn usable(variable: &Variable, value: Value) -> Result<Value, Fault> {
    if value.expose().contains('\0') {
        return Err(Fault::input(
            format!(
                "the value of {:?} contains a NUL, which no environment can carry",
                variable.name
            ),
            "store it without, base64 for example",
        ));
    }
    Ok(value)
}
