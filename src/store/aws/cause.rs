//! Finds the causes of an error.

use std::error::Error;

use crate::store::aws::redact::quoted;

/// The innermost cause, which is the one that says something.
pub(super) fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    plain(&error.to_string())
}

pub(super) fn plain(text: &str) -> String {
    let text = text.split(" (os error").next().unwrap_or(text);
    let mut characters = quoted(text).chars().collect::<Vec<_>>();
    // "Connection refused" is a message of its own; "UnknownIssuer" is a name.
    if characters
        .get(1)
        .is_some_and(|second| second.is_lowercase())
        && text.contains(' ')
    {
        characters[0].make_ascii_lowercase();
    }
    characters.into_iter().collect()
}

/// The first error of type `T` in a chain. An `io::Error` hides what it wraps from `source`.
pub(super) fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        let wrapped = error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref);
        if let Some(wrapped) = wrapped {
            return find::<T>(wrapped);
        }
        next = error.source();
    }
    None
}
