//! Values that are composed of text and of the values of other variables.
//!
//! Pure, and one level only: a part that is composed itself is refused where parts are looked up.
//! No literal text shows in a message or a report, since it may hold a secret.

use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use crate::value::SecretValue;

/// Everything but RFC 3986's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A value before the values of other variables are inserted into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composed(pub Vec<Part>);

/// A part of a composed value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// This text.
    Text(SecretValue),
    /// The value of a variable.
    Variable(Placeholder),
}

/// Where the value of a variable is inserted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder {
    /// The variable.
    pub name: String,
    /// How its value is written.
    pub filter: Filter,
    /// What is inserted for a variable that is unset or empty.
    pub fallback: Option<SecretValue>,
    /// How the placeholder is written, without its fallback: `{DB|url}` or `${DB}`.
    pub written: String,
}

/// How a value is written into a composed one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// As it is.
    Raw,
    /// Percent-encoded, but for unreserved characters.
    Url,
    /// Escaped for the inside of a JSON string.
    Json,
}

impl Composed {
    /// The placeholders, in order.
    pub fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        self.0.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Variable(placeholder) => Some(placeholder),
        })
    }

    /// The value, with `insert` giving the bytes for each placeholder; none if it is longer than `most`.
    ///
    /// # Errors
    /// The first that `insert` gives.
    pub fn render<E>(
        &self,
        most: usize,
        mut insert: impl FnMut(&Placeholder) -> Result<Vec<u8>, E>,
    ) -> Result<Option<Vec<u8>>, E> {
        let mut rendered = Vec::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => rendered.extend_from_slice(text.expose().as_bytes()),
                Part::Variable(placeholder) => rendered.extend(insert(placeholder)?),
            }
            if rendered.len() > most {
                return Ok(None);
            }
        }
        Ok(Some(rendered))
    }
}

/// The placeholders, with `…` for all text.
impl fmt::Display for Composed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A dotenv object's `${NAME}` needs no scheme.
        if self.placeholders().any(|one| one.written.starts_with('{')) {
            formatter.write_str("template:")?;
        }
        self.0.iter().try_for_each(|part| match part {
            Part::Text(_) => formatter.write_str("…"),
            Part::Variable(placeholder) => formatter.write_str(&placeholder.written),
        })
    }
}

impl Placeholder {
    /// The placeholder with `text` as its fallback; none in a dotenv object, which has no fallbacks.
    #[must_use]
    pub fn with_fallback(&self, text: &str) -> Option<String> {
        let inside = self.written.strip_prefix('{')?.strip_prefix(&*self.name)?;
        Some(format!("{{{}:-{text}{inside}", self.name))
    }

    /// What is inserted for the variable's `value`; none if there is neither a value nor a
    /// fallback.
    ///
    /// # Errors
    /// When the filter cannot write it.
    pub fn insertion(&self, value: Option<&OsStr>) -> Result<Option<Vec<u8>>, NotUtf8> {
        let fallback = self.fallback.as_ref().map(|text| OsStr::new(text.expose()));
        let present = value.filter(|value| !value.is_empty());
        match present.or(fallback).or(value) {
            Some(value) => self.filter.apply(value.as_bytes()).map(Some),
            None => Ok(None),
        }
    }
}

/// A value that no JSON string can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotUtf8;

impl Filter {
    fn apply(self, value: &[u8]) -> Result<Vec<u8>, NotUtf8> {
        match self {
            Self::Raw => Ok(value.to_vec()),
            Self::Url => Ok(percent_encode(value, RESERVED).to_string().into_bytes()),
            Self::Json => {
                let text = std::str::from_utf8(value).map_err(|_| NotUtf8)?;
                let quoted = serde_json::Value::from(text).to_string().into_bytes();
                Ok(quoted[1..quoted.len() - 1].to_vec())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placeholder(filter: Filter, fallback: Option<&str>) -> Placeholder {
        Placeholder {
            name: "A".to_owned(),
            filter,
            fallback: fallback.map(SecretValue::new),
            written: "{A}".to_owned(),
        }
    }

    fn inserted(filter: Filter, fallback: Option<&str>, value: Option<&[u8]>) -> Option<Vec<u8>> {
        placeholder(filter, fallback)
            .insertion(value.map(OsStr::from_bytes))
            .unwrap()
    }

    #[test]
    fn a_filter_writes_any_value_so_that_it_stays_what_it_is() {
        for (filter, value, written) in [
            (Filter::Raw, &b"a+b\xff"[..], &b"a+b\xff"[..]),
            (Filter::Url, b"a+b/\xff \n~-._", b"a%2Bb%2F%FF%20%0A~-._"),
            (Filter::Json, b"a\"\\\n\x1b", br#"a\"\\\n\u001b"#),
            (Filter::Json, "p\u{e4}/".as_bytes(), "p\u{e4}/".as_bytes()),
        ] {
            assert_eq!(inserted(filter, None, Some(value)).unwrap(), written);
        }
        let bytes = Some(OsStr::from_bytes(b"\xff"));
        assert_eq!(
            placeholder(Filter::Json, None).insertion(bytes),
            Err(NotUtf8)
        );
    }

    #[test]
    fn a_fallback_is_filtered_and_stands_in_for_what_is_unset_or_empty() {
        let fallback = Some("a b");
        for (fallback, value, written) in [
            (fallback, None, Some(&b"a%20b"[..])),
            (fallback, Some(&b""[..]), Some(b"a%20b")),
            (fallback, Some(b"+"), Some(b"%2B")),
            (None, Some(b""), Some(b"")),
            (None, None, None),
        ] {
            assert_eq!(
                inserted(Filter::Url, fallback, value).as_deref(),
                written,
                "{value:?}"
            );
        }
    }

    #[test]
    fn only_placeholders_show() {
        let text = Part::Text(SecretValue::new("hunter2"));
        let composed = Composed(vec![text, Part::Variable(placeholder(Filter::Raw, None))]);
        assert_eq!(composed.to_string(), "template:…{A}");
        assert!(!format!("{composed:?}").contains("hunter2"));
        let rendered = |most| composed.render(most, |_| Ok::<_, NotUtf8>(b"3".to_vec()));
        assert_eq!(rendered(8).unwrap().unwrap(), b"hunter23");
        assert_eq!(rendered(7).unwrap(), None);
    }
}
