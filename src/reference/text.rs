//! The text of a reference, of which parts may have been filled in.
//!
//! What was filled in is never structure: no separator is found in it, and no percent-encoding is
//! undone. So `APP_ENV='prod?default=x'` cannot add an option to `ssm:///shop/${APP_ENV}/db`.

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::ReferenceError;

/// A text that remembers which of its bytes were filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FilledText {
    text: String,
    /// For each byte, whether it was filled in.
    filled: Vec<bool>,
    /// Whether anything was filled in, even an empty text.
    any: bool,
}

impl FilledText {
    /// Appends what the user wrote.
    pub fn push_written(&mut self, text: &str) {
        self.push(text, false);
    }

    /// Appends what stands for a `${NAME}`.
    pub fn push_filled(&mut self, text: &str) {
        self.any = true;
        self.push(text, true);
    }

    /// Appends another text, filled as that is.
    pub(super) fn append(&mut self, other: &Self) {
        self.text.push_str(&other.text);
        self.filled.extend_from_slice(&other.filled);
        self.any |= other.any;
    }

    fn push(&mut self, text: &str, filled: bool) {
        self.text.push_str(text);
        self.filled.resize(self.text.len(), filled);
    }

    /// The whole text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text with everything that was filled in percent-encoded where it would be structure.
    pub(super) fn encoded(&self) -> String {
        if self.is_written() {
            return self.text.clone();
        }
        let each = self.text.char_indices();
        each.map(|(at, c)| encode_character(c, self.filled[at]))
            .collect()
    }

    /// Whether nothing was filled in.
    pub(super) fn is_written(&self) -> bool {
        !self.any
    }

    pub(super) fn part(&self) -> Part<'_> {
        Part {
            text: &self.text,
            filled: &self.filled,
        }
    }
}

impl From<&str> for FilledText {
    fn from(written: &str) -> Self {
        let mut text = Self::default();
        text.push_written(written);
        text
    }
}

/// An object's key as a reference writes it.
pub(crate) fn encode_key(key: &str) -> String {
    key.chars().map(|c| encode_character(c, true)).collect()
}

/// A character, percent-encoded if `wanted` and it would be structure or invisible.
fn encode_character(c: char, wanted: bool) -> String {
    if wanted && (c.is_whitespace() || c.is_control() || "%?#&;".contains(c)) {
        let text = c.to_string();
        return utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string();
    }
    c.to_string()
}

/// A part of such a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'a> {
    text: &'a str,
    filled: &'a [bool],
}

impl<'a> Part<'a> {
    pub(super) fn as_str(self) -> &'a str {
        self.text
    }

    /// Whether the user wrote all of it.
    pub(super) fn is_written(self) -> bool {
        !self.filled.contains(&true)
    }

    /// Where the user first wrote `separator`, an ASCII character.
    fn find(self, separator: char) -> Option<usize> {
        let mut found = self.text.match_indices(separator).map(|(at, _)| at);
        found.find(|at| !self.filled[*at])
    }

    /// Whether the user wrote `separator` in it.
    pub(super) fn contains(self, separator: char) -> bool {
        self.find(separator).is_some()
    }

    /// Nothing.
    pub(super) fn empty() -> Self {
        Self {
            text: "",
            filled: &[],
        }
    }

    /// What stands before and after the first `separator` that the user wrote.
    pub(super) fn split_once(self, separator: char) -> Option<(Self, Self)> {
        let at = self.find(separator)?;
        Some((self.between(0, at), self.between(at + 1, self.text.len())))
    }

    /// The parts between every `separator` that the user wrote, at most `most` of them.
    pub(super) fn splitn(self, most: usize, separator: char) -> Vec<Self> {
        let mut parts = Vec::new();
        let mut rest = self;
        while parts.len() + 1 < most
            && let Some((part, after)) = rest.split_once(separator)
        {
            parts.push(part);
            rest = after;
        }
        parts.push(rest);
        parts
    }

    /// What follows `prefix`, if the user wrote that.
    pub(super) fn strip_prefix(self, prefix: &str) -> Option<Self> {
        let written = self.text.starts_with(prefix) && !self.filled[..prefix.len()].contains(&true);
        written.then(|| self.between(prefix.len(), self.text.len()))
    }

    /// Refuses blanks and control characters that the user wrote.
    pub(super) fn refuse_blanks(self) -> Result<(), ReferenceError> {
        let mut characters = self.text.char_indices();
        let invisible = |c: char| c.is_whitespace() || c.is_control();
        if !characters.any(|(at, c)| invisible(c) && !self.filled[at]) {
            return Ok(());
        }
        Err(ReferenceError::new(
            "a reference has no blanks, line ends or control characters in it",
            "remove them; in an option's value a blank is \"%20\"",
        ))
    }

    fn between(self, from: usize, to: usize) -> Self {
        Self {
            text: &self.text[from..to],
            filled: &self.filled[from..to],
        }
    }

    /// The text with percent-encoding undone where the user wrote it.
    pub(super) fn decode(self) -> Result<String, ReferenceError> {
        let mut decoded = Vec::with_capacity(self.text.len());
        let mut from = 0;
        for run in self.filled.chunk_by(|one, next| one == next) {
            let text = &self.text[from..from + run.len()];
            if run[0] {
                decoded.extend_from_slice(text.as_bytes());
            } else {
                refuse_broken_encoding(text)?;
                decoded.extend(percent_decode_str(text));
            }
            from += run.len();
        }
        String::from_utf8(decoded).map_err(|_| broken_encoding())
    }
}

fn refuse_broken_encoding(text: &str) -> Result<(), ReferenceError> {
    let encoded =
        |after: &str| after.len() >= 2 && after.as_bytes()[..2].iter().all(u8::is_ascii_hexdigit);
    if text.split('%').skip(1).all(encoded) {
        return Ok(());
    }
    Err(broken_encoding())
}

fn broken_encoding() -> ReferenceError {
    ReferenceError::new(
        "its percent-encoding is broken",
        "a percent sign itself is written \"%25\"",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> FilledText {
        let mut text = FilledText::from("a%3F/");
        text.push_filled("b%3F/c?d");
        text.push_written("?e");
        text
    }

    #[test]
    fn what_was_filled_in_is_neither_structure_nor_percent_encoding() {
        let text = text();
        let (name, option) = text.part().split_once('?').unwrap();
        assert_eq!((name.as_str(), option.as_str()), ("a%3F/b%3F/c?d", "e"));
        assert_eq!(name.decode().unwrap(), "a?/b%3F/c?d");
        assert_eq!(name.splitn(9, '/').len(), 2);
        assert_eq!(text.encoded(), "a%3F/b%253F/c%3Fd?e");
        assert!(!name.is_written() && option.is_written());
        assert!(name.strip_prefix("a%3F/").is_some() && name.strip_prefix("a%3F/b").is_none());
    }

    #[test]
    fn broken_percent_encoding_is_refused() {
        for text in ["%", "%4", "a%zz", "%é", "%FF"] {
            assert!(FilledText::from(text).part().decode().is_err(), "{text}");
        }
    }
}
