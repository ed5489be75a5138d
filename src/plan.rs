//! What will be asked, and what becomes of the answers. Pure.
//!
//! A plan is the declarations that count, in order of precedence, none of them superfluous: a
//! variable that the command inherits, or that an earlier source names, is not in it.

mod expand;
mod resolve;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;

use crate::environment::Environment;
use crate::error::{Diagnostic, Problem, Problems};
use crate::input::declaration::{Declaration, Variable};
use crate::request::{Request, Response};

pub use resolve::Resolution;

/// What stores said to the questions of a plan.
pub type Responses = BTreeMap<Request, Result<Response, Diagnostic>>;

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
pub struct Rules {
    /// Who wins over the environment's literals.
    pub existing: Existing,
    /// Whether what is missing is left out with a warning.
    pub allow_missing: bool,
    /// Variables that the command must not have.
    pub unset: BTreeSet<OsString>,
    /// Whether a source of many variables may hold none: on mock it often does.
    pub empty_sources: bool,
    /// Whether bare ARNs are references in dotenv objects, as in the environment.
    pub resolve_arns: bool,
}

/// The declarations that count.
#[derive(Debug)]
pub struct Plan<'a> {
    declarations: Vec<Declaration>,
    rules: &'a Rules,
    /// What the command inherits, references and unwanted variables taken out.
    inherited: &'a Environment,
    problems: Problems,
    warnings: Vec<String>,
}

impl<'a> Plan<'a> {
    /// Plans for `declarations`, which are in order of precedence.
    #[must_use]
    pub fn new(
        declarations: Vec<Declaration>,
        rules: &'a Rules,
        inherited: &'a Environment,
    ) -> Self {
        let mut plan = Self {
            declarations: Vec::new(),
            rules,
            inherited,
            problems: Problems::default(),
            warnings: Vec::new(),
        };
        plan.add(declarations);
        plan
    }

    /// The declarations that count, in order of precedence.
    #[must_use]
    pub fn declarations(&self) -> &[Declaration] {
        &self.declarations
    }

    /// What is wrong so far.
    #[must_use]
    pub fn problems(&self) -> &Problems {
        &self.problems
    }

    /// What has to be asked, each thing once, in the order of the plan.
    #[must_use]
    pub fn requests(&self, answered: &Responses) -> Vec<Request> {
        let mut seen = BTreeSet::new();
        self.declarations
            .iter()
            .filter_map(Declaration::request)
            .filter(|request| !answered.contains_key(request))
            .filter(|request| seen.insert((*request).clone()))
            .cloned()
            .collect()
    }

    /// Takes over what counts of `declarations`: the first to name a variable wins.
    fn add(&mut self, declarations: Vec<Declaration>) {
        let mut named = BTreeSet::new();
        for declaration in declarations {
            let counts = match &declaration {
                Declaration::Bulk(_) => true,
                Declaration::Variable(variable) => self.counts(variable, &mut named),
            };
            if counts {
                self.declarations.push(declaration);
            }
        }
    }

    fn counts(&mut self, variable: &Variable, named: &mut BTreeSet<OsString>) -> bool {
        if self.rules.unset.contains(&variable.name) || !named.insert(variable.name.clone()) {
            return false;
        }
        if !self.inherited.contains(&variable.name) {
            return true;
        }
        match self.rules.existing {
            Existing::Keep => false,
            Existing::Replace => true,
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
