//! Reads what the sources say: the environment, the manifests, `--from`, and local dotenv files.
//!
//! The only place that opens files for their variables. Everything that is wrong is collected,
//! so that one message can say it all.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::environment::{self, Environment};
use crate::error::{Diagnostic, ErrorKind, Problem, Problems, left_out, reason};
use crate::input::bulk::{Expansion, empty};
use crate::input::declaration::{
    Bulk, Declaration, ValueSource, Variable, invalid_reference_diagnostic, is_everyday,
};
use crate::input::interpolate::{fill, fill_uri};
use crate::input::manifest::Reader;
use crate::origin::Origin;
use crate::read;
use crate::reference::{BulkReference, BulkSource, ReferenceError, near_miss};

/// The largest file that is read: far more than any environment can carry.
const LARGEST_FILE: u64 = 8 << 20;

/// Which sources are read, and which part of the environment counts.
#[derive(Debug, Clone, Default)]
pub struct SourceOptions {
    /// Manifests to read, as they were named.
    pub manifests: Vec<String>,
    /// Which container of an ECS task definition is meant.
    pub container: Option<String>,
    /// Bulk sources, as they were named.
    pub from: Vec<String>,
    /// Whether bare ARNs in the environment are references.
    pub resolve_arns: bool,
    /// Variables of the environment that are no references, whatever their values.
    pub literal: BTreeSet<OsString>,
    /// Whether what is missing is left out with a warning.
    pub allow_missing: bool,
    /// Variables that the command must not have.
    pub unset: BTreeSet<OsString>,
    /// Whether the command inherits nothing but the basic variables.
    pub pristine: bool,
    /// Whether the command inherits no AWS credentials.
    pub drop_aws_credentials: bool,
}

/// What the sources say, in order of precedence.
#[derive(Debug, Default)]
pub struct Sources {
    /// What they declare.
    pub declarations: Vec<Declaration>,
    /// The command of the first manifest that names one.
    pub command: Option<Vec<String>>,
    /// All that cannot be used.
    pub problems: Problems,
    /// What was left out because that was allowed.
    pub warnings: Vec<String>,
}

impl Sources {
    /// Reads all sources that `options` and the environment name.
    #[must_use]
    pub fn read(options: &SourceOptions, environment: &Environment) -> Self {
        let mut sources = Self::default();
        let reader = SourceReader {
            options,
            environment,
        };
        reader.environment(&mut sources);
        for text in &options.manifests {
            reader.manifest(text, &mut sources);
        }
        for text in &options.from {
            reader.bulk(text, &mut sources);
        }
        sources
    }
}

/// The part of the environment that the command inherits as it is.
#[must_use]
pub fn inherited(options: &SourceOptions, environment: &Environment) -> Environment {
    let mut inherited = environment.clone();
    inherited.retain(|name| {
        let unwanted = environment::is_own(name)
            || (options.pristine && !environment::is_basic(name))
            || (options.drop_aws_credentials && environment::is_aws_credential(name));
        let value = environment.get(name);
        !unwanted && value.is_some_and(|value| is_literal(name, value, options))
    });
    inherited
}

fn is_literal(name: &OsStr, value: &OsStr, options: &SourceOptions) -> bool {
    // A reference in anything but UTF-8 is malformed, not a literal.
    let text = String::from_utf8_lossy(value.as_bytes());
    options.literal.contains(name) || is_everyday(&text, options.resolve_arns)
}

struct SourceReader<'a> {
    options: &'a SourceOptions,
    environment: &'a Environment,
}

impl SourceReader<'_> {
    fn environment(&self, sources: &mut Sources) {
        for (name, value) in self.environment.iter() {
            if environment::is_own(name) || self.options.literal.contains(name) {
                continue;
            }
            if let Some(source) = self.environment_source(name, value) {
                sources.declarations.push(Declaration::Variable(Variable {
                    name: name.to_owned(),
                    source,
                    origin: Origin::Environment,
                }));
            }
        }
    }

    fn environment_source(&self, name: &OsStr, value: &OsStr) -> Option<ValueSource> {
        let text = String::from_utf8_lossy(value.as_bytes());
        let mut source = ValueSource::in_environment(&text, self.options.resolve_arns)?;
        if value.to_str().is_none() {
            source = ValueSource::Unusable(Diagnostic::input(
                format!("the reference in {name:?} is not UTF-8"),
                "write the reference in plain characters",
            ));
        } else if let ValueSource::Unusable(diagnostic) = &mut source
            && near_miss(&text, self.options.resolve_arns).is_some()
        {
            diagnostic.help = format!(
                "{}; to pass the text on as it is, add --literal={}",
                diagnostic.help,
                name.display()
            );
        }
        Some(source)
    }

    fn manifest(&self, text: &str, sources: &mut Sources) {
        let origin = Origin::Option("--manifest");
        let path = match fill(text, self.environment) {
            Ok(path) => path,
            Err(error) => {
                sources
                    .problems
                    .push(Problem::new(malformed_path(text, &error), origin));
                return;
            }
        };
        let path = path.as_str();
        match read_file(Path::new(path), "manifest") {
            Ok(bytes) => self.add_manifest(path, &bytes, sources),
            Err(diagnostic) => sources.problems.push(Problem::new(diagnostic, origin)),
        }
    }

    fn add_manifest(&self, path: &str, bytes: &[u8], sources: &mut Sources) {
        let reader = Reader {
            environment: self.environment,
            resolve_arns: self.options.resolve_arns,
            container: self.options.container.as_deref(),
        };
        let manifest = reader.read(path, bytes);
        for declaration in manifest.declarations {
            self.add(declaration, sources);
        }
        sources
            .problems
            .extend(manifest.problems.list().iter().cloned());
        if sources.command.is_none() {
            sources.command = manifest.command;
        }
    }

    fn bulk(&self, text: &str, sources: &mut Sources) {
        let origin = Origin::Option("--from");
        let parsed = fill_uri(text, self.environment).and_then(|filled| {
            BulkReference::parse_filled(&filled).map_err(|error| error.filled_as(&filled))
        });
        match parsed {
            Ok(reference) => self.add(Declaration::Bulk(Bulk { reference, origin }), sources),
            Err(error) => {
                let diagnostic = invalid_reference_diagnostic(text, &error);
                sources.problems.push(Problem::new(diagnostic, origin));
            }
        }
    }

    /// Takes a declaration over; a local file is read at once, since that needs no network.
    fn add(&self, declaration: Declaration, sources: &mut Sources) {
        let Declaration::Bulk(bulk) = &declaration else {
            sources.declarations.push(declaration);
            return;
        };
        let BulkSource::File(path) = &bulk.reference.source else {
            sources.declarations.push(declaration);
            return;
        };
        match self.file(bulk, path) {
            Ok(variables) => {
                sources
                    .declarations
                    .extend(variables.into_iter().map(Declaration::Variable));
            }
            Err(problems) => self.skip_if_missing(bulk, problems, sources),
        }
    }

    fn file(&self, bulk: &Bulk, path: &Path) -> Result<Vec<Variable>, Vec<Problem>> {
        let bytes = read_file(path, "file")
            .map_err(|diagnostic| vec![Problem::new(diagnostic, bulk.inside(None))])?;
        let expansion = Expansion {
            bulk,
            process: self.environment,
            resolve_arns: self.options.resolve_arns,
        };
        let variables = expansion.dotenv(&bytes)?;
        if variables.is_empty() {
            return Err(vec![Problem::new(empty(bulk), bulk.inside(None))]);
        }
        Ok(variables)
    }

    fn skip_if_missing(&self, bulk: &Bulk, problems: Vec<Problem>, sources: &mut Sources) {
        let missing = problems
            .iter()
            .all(|problem| problem.diagnostic.kind == ErrorKind::Missing);
        if !missing || !(bulk.reference.optional || self.options.allow_missing) {
            sources.problems.extend(problems);
        } else if !bulk.reference.optional {
            let warning =
                |problem: &Problem| left_out(&problem.diagnostic, &bulk.inside(None).into());
            sources.warnings.extend(problems.iter().map(warning));
        }
    }
}

fn malformed_path(text: &str, error: &ReferenceError) -> Diagnostic {
    let message = format!("invalid path \"{}\": {}", text.escape_debug(), error.reason);
    Diagnostic::input(message, error.help.clone())
}

pub(crate) fn read_file(path: &Path, what: &str) -> Result<Vec<u8>, Diagnostic> {
    read::whole(path, LARGEST_FILE).map_err(|error| unreadable(path, what, &error))
}

fn unreadable(path: &Path, what: &str, error: &io::Error) -> Diagnostic {
    match error.kind() {
        io::ErrorKind::NotFound => Diagnostic::missing(
            format!("{what} {path:?} does not exist"),
            "correct the path, or copy the file into the image",
        ),
        io::ErrorKind::PermissionDenied => Diagnostic::new(
            ErrorKind::Denied,
            format!("{what} {path:?} may not be read"),
            "make it readable for the user that the container runs as",
        ),
        io::ErrorKind::FileTooLarge => Diagnostic::input(
            format!("{what} {path:?} is larger than {} MiB", LARGEST_FILE >> 20),
            "no environment can carry that much: name the right file",
        ),
        io::ErrorKind::TimedOut => Diagnostic::new(
            ErrorKind::TryAgain,
            format!("{what} {path:?} cannot be read: {}", reason(error)),
            "name a file, or see to it that something writes to the pipe and closes it",
        ),
        _ => Diagnostic::input(
            format!("{what} {path:?} cannot be read: {}", reason(error)),
            "name a readable file",
        ),
    }
}
