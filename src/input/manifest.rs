//! Manifests: `NAME=REFERENCE` lines, or JSON in the shape of an ECS task definition.
//!
//! Pure: the caller reads the file. All that is wrong with a manifest is found in one reading.

mod ecs;
mod lines;

use crate::environment::Environment;
use crate::error::{Diagnostic, Problems};
use crate::input::declaration::{Declaration, ValueSource};

/// What a manifest says, and what is wrong with it.
#[derive(Debug, Default)]
pub struct Manifest {
    /// Its variables and files, in order of precedence.
    pub declarations: Vec<Declaration>,
    /// The default command, which only an ECS manifest can name.
    pub command: Option<Vec<String>>,
    /// What is wrong with the manifest itself. What is wrong with the value of one variable
    /// stands in its declaration.
    pub problems: Problems,
}

impl Manifest {
    /// All that is wrong: with the manifest, and with the value of any variable.
    #[must_use]
    pub fn all_problems(&self) -> Problems {
        let mut problems = self.problems.clone();
        problems.extend(self.declarations.iter().filter_map(Declaration::problem));
        problems
    }

    /// Makes the variable at `place` unusable, since it is named again.
    fn repeated(&mut self, place: usize, again: &str) {
        let Some(Declaration::Variable(variable)) = self.declarations.get_mut(place) else {
            return;
        };
        let message = format!("named a second time {again}");
        variable.source = ValueSource::Unusable(Diagnostic::input(message, "keep one of them"));
    }
}

/// What a manifest is read with.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    /// Fills `${NAME}`.
    pub environment: &'a Environment,
    /// Whether bare ARNs count as references where the environment's rules apply.
    pub resolve_arns: bool,
    /// Which container of a task definition is meant.
    pub container: Option<&'a str>,
}

impl Reader<'_> {
    /// Reads the manifest `path`, which is only shown, from its bytes.
    #[must_use]
    pub fn read(&self, path: &str, bytes: &[u8]) -> Manifest {
        let mut manifest = Manifest::default();
        match text(path, bytes) {
            Ok(text) if text.trim_start().starts_with(['{', '[']) => {
                ecs::read(self, path, text, &mut manifest);
            }
            Ok(text) => lines::read(self, path, text, &mut manifest),
            Err(diagnostic) => manifest.problems.push(diagnostic.into()),
        }
        manifest
    }
}

fn text<'a>(path: &str, bytes: &'a [u8]) -> Result<&'a str, Diagnostic> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        let line = 1 + before.matches('\n').count();
        Diagnostic::input(
            format!("manifest \"{path}\" line {line} is not UTF-8"),
            "save the manifest as UTF-8",
        )
    })
}
