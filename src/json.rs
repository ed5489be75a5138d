//! Values that are JSON objects: one key of them, or all.
//!
//! A value is only read as JSON when the reference asks for it; nothing is guessed. Numbers,
//! booleans, null, arrays and objects are taken as they are written in the source, so that no
//! number changes on the way.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use thiserror::Error;

use crate::suggest;
use crate::value::SecretValue;

/// Why a value cannot be taken apart; says nothing of its content but the names of keys.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum JsonError {
    /// The text is no JSON object.
    #[error("is not a JSON object")]
    NoObject,
    /// The object has no such key.
    #[error("has no key \"{key}\"")]
    NoKey {
        /// The key that it lacks.
        key: String,
        /// The one that was probably meant.
        near: Option<String>,
        /// Those that it has, as far as they look like names: a map may have secrets for keys.
        known: Vec<String>,
    },
}

/// The value of one key.
///
/// # Errors
/// When the text is no JSON object or lacks the key.
pub fn key(value: &SecretValue, key: &str) -> Result<SecretValue, JsonError> {
    let mut object = object(value)?;
    object
        .remove(key)
        .ok_or_else(|| without_key(key, object.keys().map(String::as_str).collect()))
}

fn without_key(key: &str, known: Vec<&str>) -> JsonError {
    let same = known.iter().find(|known| known.eq_ignore_ascii_case(key));
    let near = same.copied().or_else(|| suggest::nearest(key, &known));
    JsonError::NoKey {
        key: key.to_owned(),
        near: near.map(str::to_owned),
        known: known
            .into_iter()
            .filter(|known| is_like_a_name(known))
            .map(str::to_owned)
            .collect(),
    }
}

fn is_like_a_name(key: &str) -> bool {
    const LONGEST: usize = 40;
    let is_part = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    (1..=LONGEST).contains(&key.len())
        && key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && key.chars().all(is_part)
}

/// All keys and their values.
///
/// # Errors
/// When the text is no JSON object.
pub fn object(value: &SecretValue) -> Result<BTreeMap<String, SecretValue>, JsonError> {
    // The parser's own error is dropped: what it says of the place is of no use without the text.
    let raw: BTreeMap<String, &RawValue> =
        serde_json::from_str(value.expose()).map_err(|_| JsonError::NoObject)?;
    raw.into_iter()
        .map(|(key, raw)| Ok((key, text(raw)?)))
        .collect()
}

/// A string as it stands, everything else as it is written.
fn text(raw: &RawValue) -> Result<SecretValue, JsonError> {
    if raw.get().starts_with('"') {
        let text: String = serde_json::from_str(raw.get()).map_err(|_| JsonError::NoObject)?;
        return Ok(SecretValue::new(text));
    }
    Ok(SecretValue::new(raw.get()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#" {"password": "p\u00e4ss\n", "port": 5432, "big": 1e6, "long":
        12345678901234567890123, "none": null, "yes": true, "list": [1, "a"], "o": {"a":1.0}, "": "e"} "#;

    fn get(name: &str) -> Result<String, JsonError> {
        key(&SecretValue::new(JSON), name).map(|value| value.expose().to_owned())
    }

    #[test]
    fn a_string_is_taken_as_it_stands_and_the_rest_as_written() {
        for (name, text) in [
            ("password", "päss\n"),
            ("port", "5432"),
            ("big", "1e6"),
            ("long", "12345678901234567890123"),
            ("none", "null"),
            ("yes", "true"),
            ("list", "[1, \"a\"]"),
            ("o", "{\"a\":1.0}"),
            ("", "e"),
        ] {
            assert_eq!(get(name).unwrap(), text, "{name}");
        }
    }

    #[test]
    fn a_missing_key_is_an_error_that_proposes_the_one_that_was_meant() {
        let near = |name| match get(name).unwrap_err() {
            JsonError::NoKey { near, .. } => near,
            JsonError::NoObject => panic!("it is one"),
        };
        assert_eq!(near("pasword").as_deref(), Some("password"));
        assert_eq!(near("PASSWORD").as_deref(), Some("password"));
        assert_eq!(near("zzz"), None);
    }

    #[test]
    fn only_keys_that_look_like_names_are_listed() {
        let json = r#"{"user": 1, "db.host": 2, "hunter 2": 3, "": 4, "1st": 5}"#;
        let JsonError::NoKey { known, .. } = key(&SecretValue::new(json), "zzz").unwrap_err()
        else {
            panic!("it is an object");
        };
        assert_eq!(known, ["db.host", "user"]);
    }

    #[test]
    fn nothing_else_is_an_object() {
        for text in [
            "",
            "hunter2",
            "[]",
            "\"a\"",
            "12",
            "null",
            "{",
            "{\"a\":1}x",
        ] {
            assert_eq!(
                object(&SecretValue::new(text)).unwrap_err(),
                JsonError::NoObject,
                "{text}"
            );
        }
    }
}
