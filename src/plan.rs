//! Plans which requests to send, and resolves the responses. Pure.
//!
//! A plan holds the declarations that take effect, in order of precedence: a
//! variable that the command inherits, or that an earlier source names, is not in it.

mod expand;
mod file;
mod resolve;
mod response;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;

use crate::composed::Composed;
use crate::environment::Environment;
use crate::error::{Diagnostic, Problem, Problems};
use crate::input::declaration::{Declaration, ValueSource, Variable};
use crate::request::{Request, Response};

pub(crate) use file::SecretFile;
pub(crate) use resolve::Resolution;

/// The responses to the requests of a plan.
pub(crate) type Responses = BTreeMap<Request, Result<Response, Diagnostic>>;

/// What happens to a variable that the environment already holds as a literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Existing {
    /// It stays, and nothing is fetched for it.
    #[default]
    Keep,
    /// The first source to name it wins over the environment.
    Replace,
    /// It is an error.
    Fail,
}

/// The rules that decide between sources.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rules {
    /// Who wins over the environment's literals.
    pub existing: Existing,
    /// Whether what is missing is left out with a warning.
    pub allow_missing: bool,
    /// Variables that the command must not have.
    pub unset: BTreeSet<OsString>,
    /// Whether a bulk source may hold no variables: on mock it often does.
    pub empty_sources: bool,
    /// Whether bare ARNs are references in dotenv objects, as in the environment.
    pub resolve_arns: bool,
}

/// The declarations that take effect.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    declarations: Vec<Declaration>,
    /// Variables that the command must not have and that no composed value needs so far, each with
    /// its place among all that count.
    spare: Vec<(usize, Declaration)>,
    rules: &'a Rules,
    /// What the command inherits, and what only composed values may use: references are taken out,
    /// variables to unset are not.
    inherited: &'a Environment,
    problems: Problems,
    warnings: Vec<String>,
}

impl<'a> Plan<'a> {
    /// Plans for `declarations`, which are in order of precedence.
    #[must_use]
    pub(crate) fn new(
        declarations: Vec<Declaration>,
        rules: &'a Rules,
        inherited: &'a Environment,
    ) -> Self {
        let mut plan = Self {
            declarations: Vec::new(),
            spare: Vec::new(),
            rules,
            inherited,
            problems: Problems::default(),
            warnings: Vec::new(),
        };
        plan.add(declarations);
        plan
    }

    /// The declarations that take effect, in order of precedence.
    #[must_use]
    pub(crate) fn declarations(&self) -> &[Declaration] {
        &self.declarations
    }

    /// What is wrong so far.
    #[must_use]
    pub(crate) fn problems(&self) -> Problems {
        let mut problems = self.problems.clone();
        problems.extend(self.declarations.iter().filter_map(Declaration::problem));
        problems
    }

    /// The requests to send, each once, in the order of the plan.
    #[must_use]
    pub(crate) fn requests(&self, answered: &Responses) -> Vec<Request> {
        let mut seen = BTreeSet::new();
        self.declarations
            .iter()
            .filter_map(Declaration::request)
            .filter(|request| !answered.contains_key(request))
            .filter(|request| seen.insert((*request).clone()))
            .cloned()
            .collect()
    }

    /// All that count, in order of precedence, those included that nothing needs so far.
    fn take_all(&mut self) -> Vec<Declaration> {
        let mut all = std::mem::take(&mut self.declarations);
        for (place, declaration) in std::mem::take(&mut self.spare) {
            all.insert(place, declaration);
        }
        all
    }

    /// The requests whose targets must exist, since nothing replaces them.
    pub(crate) fn required(&self) -> BTreeSet<&Request> {
        let declarations = self.declarations.iter();
        declarations
            .filter(|declaration| !self.rules.allow_missing && declaration.is_required())
            .filter_map(Declaration::request)
            .collect()
    }

    /// Adds the `declarations` that take effect: the first to name a variable wins.
    fn add(&mut self, declarations: Vec<Declaration>) {
        let mut named = BTreeSet::new();
        let counting: Vec<Declaration> = declarations
            .into_iter()
            .filter(|declaration| match declaration {
                Declaration::Bulk(_) => true,
                Declaration::Variable(variable) => self.counts(variable, &mut named),
            })
            .collect();
        let parts = self.parts(&counting);
        for (place, declaration) in counting.into_iter().enumerate() {
            let spare = matches!(&declaration, Declaration::Variable(Variable { name, .. })
                if self.rules.unset.contains(name) && !parts.contains(name));
            if spare {
                self.spare.push((place, declaration));
            } else {
                self.declarations.push(declaration);
            }
        }
    }

    /// The variables that composed values of the command are made of.
    fn parts(&self, declarations: &[Declaration]) -> BTreeSet<OsString> {
        let composed = declarations
            .iter()
            .filter_map(|declaration| match declaration {
                Declaration::Variable(Variable {
                    name,
                    source: ValueSource::Composed(composed),
                    ..
                }) if !self.rules.unset.contains(name) => Some(composed),
                _ => None,
            });
        composed
            .flat_map(Composed::placeholders)
            .map(|placeholder| OsString::from(&placeholder.name))
            .collect()
    }

    fn counts(&mut self, variable: &Variable, named: &mut BTreeSet<OsString>) -> bool {
        if !named.insert(variable.name.clone()) {
            return false;
        }
        if !self.inherited.contains(&variable.name) {
            return true;
        }
        match self.rules.existing {
            Existing::Keep => false,
            Existing::Replace => true,
            // The command does not have it, whatever is said of it.
            Existing::Fail if self.rules.unset.contains(&variable.name) => false,
            Existing::Fail => {
                let diagnostic = Diagnostic::input(
                    format!("the environment already holds {:?}", variable.name),
                    "remove it there or from the source, or choose with --existing=keep or =replace",
                );
                self.problems
                    .push(Problem::new(diagnostic, variable.subject()));
                false
            }
        }
    }
}
