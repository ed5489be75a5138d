//! Expands bulk sources into the variables they hold.

use super::{Plan, Responses};
use crate::environment::Environment;
use crate::error::{Diagnostic, ErrorKind, Problem};
use crate::input::bulk::{Expansion, Variables, empty};
use crate::input::declaration::{Bulk, Declaration};
use crate::reference::BulkSource;

impl Plan<'_> {
    /// Puts the variables that stores answered in the place of the sources that hold them.
    ///
    /// `process` is the whole environment of this process, from which dotenv objects are filled.
    pub(crate) fn expand(&mut self, responses: &Responses, process: &Environment) {
        let declarations = self.take_all();
        let mut expanded = Vec::with_capacity(declarations.len());
        for declaration in declarations {
            match declaration {
                Declaration::Variable(_) => expanded.push(declaration),
                Declaration::Bulk(bulk) => match self.variables(&bulk, responses, process) {
                    Ok(variables) => {
                        expanded.extend(variables.into_iter().map(Declaration::Variable));
                    }
                    Err(problems) => self.problems.extend(problems),
                },
            }
        }
        self.add(expanded);
    }

    fn variables(
        &mut self,
        bulk: &Bulk,
        responses: &Responses,
        process: &Environment,
    ) -> Variables {
        let BulkSource::Store(request) = &bulk.reference.source else {
            // Files are read before anything is planned.
            return Ok(Vec::new());
        };
        match responses.get(request) {
            Some(Ok(answer)) => {
                let variables = Expansion {
                    bulk,
                    process,
                    resolve_arns: self.rules.resolve_arns,
                }
                .of(request, answer)?;
                if variables.is_empty() && !self.rules.empty_sources {
                    return self.skip_if_missing(bulk, empty(bulk));
                }
                Ok(variables)
            }
            Some(Err(diagnostic)) => self.skip_if_missing(bulk, diagnostic.clone()),
            None => Ok(Vec::new()),
        }
    }

    /// What becomes of a source that could not be fetched.
    fn skip_if_missing(&mut self, bulk: &Bulk, diagnostic: Diagnostic) -> Variables {
        if diagnostic.kind != ErrorKind::Missing
            || !(bulk.reference.optional || self.rules.allow_missing)
        {
            return Err(vec![Problem::new(diagnostic, bulk.inside(None))]);
        }
        if !bulk.reference.optional {
            self.warnings.push(format!(
                "{}: left out {}",
                diagnostic.message,
                bulk.inside(None)
            ));
        }
        Ok(Vec::new())
    }
}
