//! Extracts the value of a reference from a store's response.

use crate::error::Diagnostic;
use crate::json::{self, JsonError, REPEATED_HELP};
use crate::reference::Reference;
use crate::request::Response;
use crate::value::SecretValue;

/// The value as text.
///
/// # Errors
/// When it is binary, or has no such key.
pub(super) fn text(reference: &Reference, answer: &Response) -> Result<SecretValue, Diagnostic> {
    let request = &reference.request;
    match (answer, &reference.key) {
        (Response::Placeholder(text), None) => Ok(SecretValue::new(text.as_str())),
        (Response::Placeholder(text), Some(key)) => Ok(SecretValue::new(format!("{text}#{key}"))),
        (Response::Text { value, .. }, None) => Ok(value.clone()),
        (Response::Text { value, .. }, Some(key)) => {
            json::key(value, key).map_err(|error| without_key(reference, &error))
        }
        _ => Err(Diagnostic::input(
            format!("{request} is binary, which no environment can carry"),
            "add \"?file\" to get the path of a file that holds it, or store it as text",
        )),
    }
}

fn without_key(reference: &Reference, error: &JsonError) -> Diagnostic {
    let request = &reference.request;
    let help = match error {
        JsonError::NoObject => "leave \"#key\" out to take it whole".to_owned(),
        JsonError::Repeated { .. } => REPEATED_HELP.to_owned(),
        // What was read as a key may be the rest of the default.
        JsonError::NoKey { .. } if reference.default.is_some() => {
            return Diagnostic::input(
                format!("{request} lacks the key of the reference"),
                "correct the key or add it to the value; in a default \"#\" is written \"%23\"",
            );
        }
        JsonError::NoKey { key, near, known } => other_key(key, near.as_deref(), known),
    };
    Diagnostic::input(format!("{request} {error}"), help)
}

/// Which key to name instead.
fn other_key(key: &str, near: Option<&str>, known: &[String]) -> String {
    const LISTED: usize = 10;
    match near {
        Some(near) if near.eq_ignore_ascii_case(key) => {
            format!("keys differ in case: write \"#{}\"", near.escape_debug())
        }
        Some(near) => format!("did you mean \"#{}\"?", near.escape_debug()),
        None if known.is_empty() => "correct the key or add it to the value".to_owned(),
        None => {
            let more = if known.len() > LISTED { ", …" } else { "" };
            let listed = known[..known.len().min(LISTED)].join(", ");
            format!("correct the key or add it to the value, which has {listed}{more}")
        }
    }
}
