//! The docker dialect: one `NAME=value` a line, the value literal to its last byte.
//!
//! Measured against `docker create --env-file` 28: a BOM and leading blanks are dropped, one `\r`
//! before the line feed too; quotes, `#`, `$`, backslashes and trailing blanks belong to the value.
//! The ECS agent reads lines the same way but keeps leading blanks as part of the name and leaves
//! out empty values; there docker is followed.
//!
//! Deliberately not here: quotes, escapes, `${NAME}`, `export`, values of several lines, and
//! docker's bound of 64 KiB a line, which is one of its reader and not of the format.

use super::{Entry, Reading, SyntaxError, SyntaxErrorKind};
use crate::value::SecretValue;

pub(super) fn read(text: &str) -> Reading {
    let mut reading = Reading::default();
    for (line, text) in (1..).zip(text.split('\n')) {
        match variable(text) {
            Some(Ok((name, value))) => {
                reading.entries.push(Entry {
                    name: name.to_owned(),
                    value: SecretValue::new(value),
                    deferred: Vec::new(),
                    line,
                });
            }
            Some(Err(reason)) => reading.errors.push(SyntaxError::new(line, reason)),
            None => {}
        }
    }
    reading
}

fn variable(line: &str) -> Option<Result<(&str, &str), SyntaxErrorKind>> {
    let line = line.strip_suffix('\r').unwrap_or(line).trim_start();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let split = line.split_once('=').ok_or(SyntaxErrorKind::NameAlone);
    Some(split.and_then(|(name, value)| checked(name).map(|name| (name, value))))
}

fn checked(name: &str) -> Result<&str, SyntaxErrorKind> {
    if name.is_empty() {
        Err(SyntaxErrorKind::NoName)
    } else if name.contains(|c: char| c.is_whitespace() || c.is_control() || c == BOM) {
        Err(SyntaxErrorKind::DockerName)
    } else {
        Ok(name)
    }
}

/// Two files with a BOM each, joined, leave one in the middle, where nobody sees it.
const BOM: char = '\u{feff}';
