//! Values that are JSON objects: one key of them, or all.
//!
//! A value is only read as JSON when the reference asks for it; nothing is guessed. Numbers,
//! booleans, null, arrays and objects are taken as they are written in the source, so that no
//! number changes on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_core::de::{Deserialize, Deserializer, MapAccess, Visitor};
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
    /// A key stands in the object more than once, and readers disagree on which counts.
    #[error("has {} more than once", .key.as_ref().map_or("a key".to_owned(), |key| format!("the key \"{key}\"")))]
    Repeated {
        /// The key, if it looks like a name: a map may have secrets for keys.
        key: Option<String>,
    },
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

/// What to do about [`JsonError::Repeated`].
pub const REPEATED_HELP: &str = "keep one of them";

/// The value of one key.
///
/// # Errors
/// When the text is no JSON object, repeats a key or lacks this one.
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
/// When the text is no JSON object or repeats a key.
pub fn object(value: &SecretValue) -> Result<BTreeMap<String, SecretValue>, JsonError> {
    // The parser's own error is dropped: what it says of the place is of no use without the text.
    let members: Members<'_> =
        serde_json::from_str(value.expose()).map_err(|_| JsonError::NoObject)?;
    if !members.repeated.is_empty() {
        let key = members.repeated.into_iter().find(|key| is_like_a_name(key));
        return Err(JsonError::Repeated { key });
    }
    let members = members.by_key.into_iter();
    members.map(|(key, raw)| Ok((key, text(raw)?))).collect()
}

/// The keys that stand more than once in their object, each as the path to it: `secrets[0].name`.
#[must_use]
pub fn repeated_keys(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    if let Ok(raw) = serde_json::from_str(text) {
        find_repeated(raw, "", DEEPEST, &mut found);
    }
    found
}

/// Whatever is nested deeper, serde_json refuses.
const DEEPEST: usize = 128;

fn find_repeated(raw: &RawValue, path: &str, depth: usize, found: &mut Vec<String>) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    if let Ok(members) = serde_json::from_str::<Members<'_>>(raw.get()) {
        let below = |key: &String| match path {
            "" => key.clone(),
            path => format!("{path}.{key}"),
        };
        found.extend(members.repeated.iter().map(below));
        for (key, raw) in &members.by_key {
            find_repeated(raw, &below(key), depth, found);
        }
    } else if let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(raw.get()) {
        for (index, raw) in items.into_iter().enumerate() {
            find_repeated(raw, &format!("{path}[{index}]"), depth, found);
        }
    }
}

/// What an object holds, each value as it is written.
struct Members<'a> {
    by_key: BTreeMap<String, &'a RawValue>,
    repeated: BTreeSet<String>,
}

impl<'a> Deserialize<'a> for Members<'a> {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'a> Visitor<'a> for MembersVisitor {
    type Value = Members<'a>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<M: MapAccess<'a>>(self, mut map: M) -> Result<Members<'a>, M::Error> {
        let mut members = Members {
            by_key: BTreeMap::new(),
            repeated: BTreeSet::new(),
        };
        while let Some((key, raw)) = map.next_entry::<String, &RawValue>()? {
            if members.by_key.insert(key.clone(), raw).is_some() {
                members.repeated.insert(key);
            }
        }
        Ok(members)
    }
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
            other => panic!("{other}"),
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
    fn a_key_that_stands_twice_is_refused_whichever_key_is_wanted() {
        for (json, key) in [
            (r#"{"a": 1, "b": 2, "a": 1}"#, Some("a")),
            (r#"{"hunter 2": 1, "b": 2, "hunter\u00202": 3}"#, None),
        ] {
            let key = key.map(str::to_owned);
            let error = super::key(&SecretValue::new(json), "b").unwrap_err();
            assert_eq!(error, JsonError::Repeated { key });
        }
        let nested = r#"{"a": {"b": 1, "b": 2}}"#;
        assert!(object(&SecretValue::new(nested)).is_ok());
    }

    #[test]
    fn repeated_keys_are_found_at_any_depth() {
        let json = r#"{"a": [1, {"b": {"c": 1, "\u0063": 2}}], "a": {"d": 1, "d": 1}}"#;
        assert_eq!(repeated_keys(json), ["a", "a.d"]);
        assert_eq!(repeated_keys(r#"[[{"a": 1, "a": 2}]]"#), ["[0][0].a"]);
        assert!(repeated_keys("{").is_empty());
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
