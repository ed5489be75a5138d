//! Manifests of `NAME=REFERENCE-or-literal` lines.

use std::collections::BTreeMap;
use std::ffi::OsString;

use super::{Manifest, Reader};
use crate::error::{Diagnostic, Problem};
use crate::input::declaration::{Declaration, ValueSource, Variable, check_name};
use crate::input::interpolate::fill;
use crate::origin::Origin;
use crate::reference::{Reference, ReferenceError, is_manifest_reference, is_template};
use crate::value::SecretValue;

/// What may stand around names and values; any other blank is a part of what it stands in.
const BLANKS: [char; 2] = [' ', '\t'];

pub(super) fn read(reader: &Reader<'_>, path: &str, text: &str, manifest: &mut Manifest) {
    let mut named: BTreeMap<&str, usize> = BTreeMap::new();
    for (line, text) in (1..).zip(text.lines()) {
        let text = text.trim_matches(BLANKS);
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let origin = || Origin::ManifestLine {
            path: path.to_owned(),
            line,
        };
        let (name, value) = match assignment(text) {
            Ok(assignment) => assignment,
            Err((what, help)) => {
                let diagnostic = Diagnostic::input(what, help);
                manifest.problems.push(Problem::new(diagnostic, origin()));
                continue;
            }
        };
        if let Err(diagnostic) = check_name(name) {
            manifest.problems.push(Problem::new(diagnostic, origin()));
        } else if let Some(place) = named.get(name) {
            manifest.repeated(*place, &format!("on line {line}"));
        } else {
            named.insert(name, manifest.declarations.len());
            manifest.declarations.push(Declaration::Variable(Variable {
                name: OsString::from(name),
                source: source(reader, value),
                origin: origin(),
            }));
        }
    }
}

/// The name and value of a line. What is wrong with it does not hold its text, which may be a
/// value put there by mistake.
fn assignment(line: &str) -> Result<(&str, &str), (&'static str, &'static str)> {
    let Some((name, value)) = line.split_once('=') else {
        return Err((
            "has no \"=\"",
            "write \"NAME=REFERENCE\", or \"#\" before a comment",
        ));
    };
    if line.contains('\r') {
        return Err((
            "has a carriage return in it that ends no line",
            "end lines with LF or CRLF",
        ));
    }
    let name = name.trim_end_matches(BLANKS);
    if name.starts_with("export ") {
        return Err(("begins with \"export\"", "write \"NAME=REFERENCE\" alone"));
    }
    if name.contains(char::is_whitespace) {
        return Err((
            "has a blank in the name before \"=\"",
            "write \"NAME=REFERENCE\"",
        ));
    }
    Ok((name, value.trim_start_matches(BLANKS)))
}

fn source(reader: &Reader<'_>, value: &str) -> ValueSource {
    if is_quoted(value) {
        return ValueSource::Unusable(Diagnostic::input(
            "has quotes around its value",
            "write the value bare: a manifest has no quoting",
        ));
    }
    if is_manifest_reference(value) && !is_template(value) {
        let parsed = fill(value, reader.environment)
            .and_then(|filled| Reference::parse_filled(&filled))
            .map(ValueSource::Reference);
        return ValueSource::from_parsed(value, parsed);
    }
    if let Some(source) = ValueSource::in_environment(value, true) {
        return source;
    }
    if value
        .split_once("://")
        .is_some_and(|(scheme, _)| scheme.contains("${"))
    {
        let error = ReferenceError::new(
            "a \"${NAME}\" stands in its scheme",
            "write the scheme itself; in a literal nothing is filled, but in \"template:…\"",
        );
        return ValueSource::Unusable(invalid_scheme(&error));
    }
    ValueSource::Literal(SecretValue::new(value))
}

/// The value may be secret.
fn invalid_scheme(error: &ReferenceError) -> Diagnostic {
    let message = format!("the value is an invalid reference: {}", error.reason);
    Diagnostic::input(message, error.help.clone())
}

fn is_quoted(value: &str) -> bool {
    let quote = |quote| value.len() > 1 && value.starts_with(quote) && value.ends_with(quote);
    quote('"') || quote('\'')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Environment;

    fn read_lines(text: &str) -> Manifest {
        let environment = Environment::from_iter([("APP_ENV", "staging")]);
        let reader = Reader {
            environment: &environment,
            resolve_arns: false,
            container: None,
        };
        reader.read("app.env", text.as_bytes())
    }

    #[test]
    fn a_line_is_a_reference_or_a_literal() {
        let manifest = read_lines(
            "\u{feff}# settings\n\nDB=ssm:///shop/${APP_ENV}/db\r\n MODE = fast=${APP_ENV} # yes \n",
        );
        assert_eq!(manifest.all_problems().list(), []);
        let Declaration::Variable(db) = &manifest.declarations[0] else {
            panic!()
        };
        let ValueSource::Reference(reference) = &db.source else {
            panic!()
        };
        assert_eq!(reference.redacted, "ssm:///shop/staging/db");
        assert_eq!(db.origin.to_string(), "manifest \"app.env\" line 3");
        let Declaration::Variable(mode) = &manifest.declarations[1] else {
            panic!()
        };
        assert_eq!(
            mode.source,
            ValueSource::Literal(SecretValue::new("fast=${APP_ENV} # yes"))
        );
    }

    #[test]
    fn everything_wrong_is_found_in_one_reading_and_no_line_is_shown() {
        let manifest = read_lines(
            "hunter2\nA=1\nA=2\nB=ssm:/x\nC=\"hunter2\"\nPARAMEXEC_X=1\n=hunter2\nD=ssm:///x/${Y}\nexport E=1\n\
             F=1\rG=hunter2\n\u{feff}H=1\n",
        );
        let text = manifest.all_problems().to_string();
        for part in [
            "line 1: has no \"=\"",
            "line 2: named a second time on line 3",
            "invalid reference \"ssm:/x\"",
            "line 5: has quotes",
            "\"PARAMEXEC_X\" is one of paramexec's own",
            "a variable has no name",
            "\"${Y}\" is not set",
            "line 9: begins with \"export\"",
            "line 10: has a carriage return",
            "invalid variable name \"\\u{feff}H\"",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!text.contains("hunter2"), "{text}");
        assert_eq!(manifest.all_problems().list().len(), 10);
    }

    #[test]
    fn a_blank_that_is_neither_space_nor_tab_is_a_part_of_the_literal() {
        let manifest = read_lines("A=\u{a0}x\u{2003}\t\n");
        let Declaration::Variable(variable) = &manifest.declarations[0] else {
            panic!()
        };
        let literal = ValueSource::Literal(SecretValue::new("\u{a0}x\u{2003}"));
        assert_eq!(variable.source, literal);
    }
}
