//! Manifests of `NAME=REFERENCE-or-literal` lines.

use std::collections::BTreeMap;
use std::ffi::OsString;

use super::{Manifest, Reader};
use crate::error::{Diagnostic, Problem};
use crate::input::declaration::{
    Declaration, ValueSource, Variable, check_name, invalid_reference, near_miss_diagnostic,
};
use crate::input::interpolate::fill;
use crate::origin::{Origin, Subject};
use crate::reference::{Reference, is_manifest_reference, is_template, near_miss};
use crate::value::SecretValue;

/// What may stand around names and values; any other blank is a part of what it stands in.
const BLANKS: [char; 2] = [' ', '\t'];

pub(super) fn read(reader: &Reader<'_>, path: &str, text: &str, manifest: &mut Manifest) {
    let mut first_lines = BTreeMap::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_matches(BLANKS);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let origin = Origin::ManifestLine {
            path: path.to_owned(),
            line: index + 1,
        };
        match variable(reader, line, &origin, &mut first_lines) {
            Ok(variable) => manifest.declarations.push(Declaration::Variable(variable)),
            Err(problem) => manifest.problems.push(problem),
        }
    }
}

fn refused(origin: &Origin, message: &str, help: &str) -> Problem {
    Problem::from(Diagnostic::input(format!("{origin} {message}"), help))
}

fn name_and_value<'a>(line: &'a str, origin: &Origin) -> Result<(&'a str, &'a str), Problem> {
    let refuse = |message, help| refused(origin, message, help);
    // The line's text stays out of every message: it may be a value put there by mistake.
    let Some((name, value)) = line.split_once('=') else {
        return Err(refuse(
            "has no \"=\"",
            "write \"NAME=REFERENCE\", or \"#\" before a comment",
        ));
    };
    if line.contains('\r') {
        return Err(refuse(
            "has a carriage return in it that ends no line",
            "end lines with LF or CRLF",
        ));
    }
    let (name, value) = (
        name.trim_end_matches(BLANKS),
        value.trim_start_matches(BLANKS),
    );
    if name.starts_with("export ") {
        return Err(refuse(
            "begins with \"export\"",
            "write \"NAME=REFERENCE\" alone",
        ));
    }
    if name.contains(char::is_whitespace) {
        return Err(refuse(
            "has a blank in the name before \"=\"",
            "write \"NAME=REFERENCE\"",
        ));
    }
    check_name(name).map_err(|diagnostic| Problem::new(diagnostic, origin.clone()))?;
    Ok((name, value))
}

fn variable(
    reader: &Reader<'_>,
    line: &str,
    origin: &Origin,
    first_lines: &mut BTreeMap<String, Origin>,
) -> Result<Variable, Problem> {
    let (name, value) = name_and_value(line, origin)?;
    if let Some(first) = first_lines.insert(name.to_owned(), origin.clone()) {
        let message = format!("names \"{name}\" a second time, after {first}");
        return Err(refused(origin, &message, "keep one of them"));
    }
    if is_quoted(value) {
        let message = format!("has quotes around the value of \"{name}\"");
        return Err(refused(
            origin,
            &message,
            "write the value bare: a manifest has no quoting",
        ));
    }
    if let Some(miss) = near_miss(value, true) {
        let subject = Subject::variable(name.as_ref(), None, origin.clone());
        return Err(Problem::new(near_miss_diagnostic(&miss), subject));
    }
    let source = source(reader, value)
        .map_err(|error| invalid_reference(value, &error, name.as_ref(), origin.clone()))?;
    Ok(Variable {
        name: OsString::from(name),
        source,
        origin: origin.clone(),
    })
}

fn source(
    reader: &Reader<'_>,
    value: &str,
) -> Result<ValueSource, crate::reference::ReferenceError> {
    if is_template(value) {
        return ValueSource::parse(value, true);
    }
    if !is_manifest_reference(value) {
        return Ok(ValueSource::Literal(SecretValue::new(value)));
    }
    let filled = fill(value, reader.environment)?;
    Reference::parse_filled(&filled).map(ValueSource::Reference)
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
        assert_eq!(manifest.problems.list(), []);
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
        let text = manifest.problems.to_string();
        for part in [
            "line 1 has no \"=\"",
            "line 3 names \"A\" a second time, after manifest \"app.env\" line 2",
            "\"ssm:/x\" is not a usable reference",
            "line 5 has quotes",
            "\"PARAMEXEC_X\" is one of paramexec's own",
            "a variable has no name",
            "\"${Y}\" is not set",
            "line 9 begins with \"export\"",
            "line 10 has a carriage return",
            "\"\\u{feff}H\" is not a usable variable name",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!text.contains("hunter2"), "{text}");
        assert_eq!(manifest.problems.list().len(), 10);
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
