//! `${NAME}` and `${NAME:-text}` in references, so that one image serves staging and production.
//!
//! Nothing is guessed: a `$` that begins neither of these, nor `$$`, is refused.

use std::ffi::OsStr;

use crate::environment::Environment;
use crate::reference::{FilledText, ReferenceError, is_reference};

/// `text` with every `${NAME}` filled from `environment`, and which parts of it those are.
///
/// # Errors
/// When a name is unset, is itself a reference, or a `$` stands alone.
pub fn fill(text: &str, environment: &Environment) -> Result<FilledText, ReferenceError> {
    let mut filled = FilledText::default();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        filled.push_written(before);
        if let Some(after) = after.strip_prefix('$') {
            filled.push_written("$");
            rest = after;
        } else if let Some((inside, after)) = braced(after) {
            filled.push_filled(&value_of(inside, environment)?);
            rest = after;
        } else {
            return Err(ReferenceError::new(
                "a \"$\" stands alone in it",
                "write \"${NAME}\" for a variable's value or \"$$\" for a dollar sign",
            ));
        }
    }
    filled.push_written(rest);
    Ok(filled)
}

/// The same for a whole URI: one that is a single `${NAME}` is filled first and then read as if it
/// had been written.
///
/// # Errors
/// As [`fill`].
pub(crate) fn fill_uri(
    text: &str,
    environment: &Environment,
) -> Result<FilledText, ReferenceError> {
    let filled = fill(text, environment)?;
    let alone = text.strip_prefix('$').and_then(braced);
    match alone {
        Some((_, "")) => Ok(FilledText::from(filled.as_str())),
        _ => Ok(filled),
    }
}

fn braced(after_dollar: &str) -> Option<(&str, &str)> {
    after_dollar.strip_prefix('{')?.split_once('}')
}

fn value_of(inside: &str, environment: &Environment) -> Result<String, ReferenceError> {
    let (name, fallback) = match inside.split_once(":-") {
        Some((name, fallback)) => (name, Some(fallback)),
        None => (inside, None),
    };
    check_name(name)?;
    let value = environment.get(OsStr::new(name));
    match (value, fallback) {
        // As in a shell, `:-` stands in for an empty value too.
        (None, Some(fallback)) => Ok(fallback.to_owned()),
        (Some(value), Some(fallback)) if value.is_empty() => Ok(fallback.to_owned()),
        (Some(value), _) => usable(name, value),
        (None, None) => Err(ReferenceError::new(
            format!("\"${{{name}}}\" is not set"),
            format!("set \"{name}\", or give it a fallback: \"${{{name}:-text}}\""),
        )),
    }
}

fn usable(name: &str, value: &OsStr) -> Result<String, ReferenceError> {
    match value.to_str() {
        None => Err(ReferenceError::new(
            format!("the value of \"{name}\" is not UTF-8"),
            format!("set \"{name}\" to plain text"),
        )),
        Some(text) if is_reference(text, false) => Err(ReferenceError::new(
            format!("the value of \"{name}\" is itself a reference"),
            "fill references with plain values only",
        )),
        Some(text) => Ok(text.to_owned()),
    }
}

fn check_name(name: &str) -> Result<(), ReferenceError> {
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if name.is_empty() || !plain || name.as_bytes()[0].is_ascii_digit() {
        return Err(ReferenceError::new(
            // What it is instead is not said: it may be a part of a value that has a "${" in it.
            "a \"${…}\" in it names no variable",
            "write \"${NAME}\" or \"${NAME:-text}\"",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Result<String, String> {
        let environment = Environment::from_iter([
            ("APP_ENV", "staging"),
            ("EMPTY", ""),
            ("SECRET", "ssm:///prod/key"),
        ]);
        let filled = fill(text, &environment).map_err(|error| error.reason)?;
        Ok(filled.as_str().to_owned())
    }

    #[test]
    fn names_are_filled_from_the_environment() {
        assert_eq!(
            filled("ssm:///shop/${APP_ENV}/db").unwrap(),
            "ssm:///shop/staging/db"
        );
        assert_eq!(filled("${APP_ENV}${APP_ENV}").unwrap(), "stagingstaging");
        assert_eq!(filled("a$$b").unwrap(), "a$b");
        assert_eq!(filled("a$${APP_ENV}").unwrap(), "a${APP_ENV}");
    }

    #[test]
    fn a_fallback_stands_in_for_unset_and_empty() {
        assert_eq!(filled("${NONE:-dev}").unwrap(), "dev");
        assert_eq!(filled("${EMPTY:-dev}").unwrap(), "dev");
        assert_eq!(filled("${NONE:-}x").unwrap(), "x");
        assert_eq!(filled("${EMPTY}x").unwrap(), "x");
    }

    #[test]
    fn what_names_no_variable_may_be_a_part_of_a_value_and_is_not_said() {
        let error = filled("ssm:///a?default=x${hunter 2}").unwrap_err();
        assert_eq!(error, "a \"${…}\" in it names no variable");
    }

    #[test]
    fn what_cannot_be_filled_is_refused_by_name() {
        assert_eq!(filled("${NONE}").unwrap_err(), "\"${NONE}\" is not set");
        assert_eq!(
            filled("${SECRET}").unwrap_err(),
            "the value of \"SECRET\" is itself a reference"
        );
        for text in ["$APP_ENV", "a$", "${APP_ENV", "$(id)"] {
            assert_eq!(
                filled(text).unwrap_err(),
                "a \"$\" stands alone in it",
                "{text}"
            );
        }
        for text in ["${}", "${1}", "${A-B}", "${A?}"] {
            assert!(
                filled(text).unwrap_err().contains("names no variable"),
                "{text}"
            );
        }
    }
}
