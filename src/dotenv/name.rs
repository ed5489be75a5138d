//! The part of a statement before its value: `NAME=` or `export NAME=`.
//!
//! Deliberately narrower than most libraries: names with `-`, names in quotes and YAML's `NAME:
//! value` are taken by some and refused or misread by others.

use super::SyntaxErrorKind;
use super::cursor::Cursor;

/// The name of the statement at the cursor, which then stands behind the `=`
pub(super) fn read<'t>(cursor: &mut Cursor<'t>) -> Result<&'t str, SyntaxErrorKind> {
    let word = word(cursor)?;
    let blanks = cursor.skip_blanks();
    let export = word == "export" && blanks;
    match cursor.peek() {
        // dotenvy reads a variable named `export`, python-dotenv refuses it.
        Some('=') if export => Err(SyntaxErrorKind::Export),
        Some('\n' | '#') | None => Err(SyntaxErrorKind::NoEquals),
        Some(_) if export => exported(cursor),
        _ => equals(cursor).map(|()| word),
    }
}

fn exported<'t>(cursor: &mut Cursor<'t>) -> Result<&'t str, SyntaxErrorKind> {
    let name = word(cursor)?;
    cursor.skip_blanks();
    equals(cursor).map(|()| name)
}

fn word<'t>(cursor: &mut Cursor<'t>) -> Result<&'t str, SyntaxErrorKind> {
    if cursor.peek().is_some_and(starts) {
        Ok(cursor.take_ascii_while(|byte| continues(byte) || byte == b'.'))
    } else {
        Err(wrong(cursor))
    }
}

fn equals(cursor: &mut Cursor<'_>) -> Result<(), SyntaxErrorKind> {
    if cursor.peek() == Some('=') {
        cursor.advance();
        Ok(())
    } else {
        Err(wrong(cursor))
    }
}

fn wrong(cursor: &Cursor<'_>) -> SyntaxErrorKind {
    if cursor.rest_of_line().contains('=') {
        SyntaxErrorKind::Name
    } else {
        SyntaxErrorKind::NoEquals
    }
}

pub(super) fn starts(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

pub(super) fn continues(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
