//! Reads values, of which only those that dotenv libraries read alike; the rest is refused with
//! its line.
//!
//! Compared were dotenvy 0.15, python-dotenv 1.2, npm dotenv 16 and 18, and the sources of Ruby's
//! dotenv and godotenv. Ruby alone differs on one thing that is accepted: since version 3 it keeps
//! `\n` in double quotes as it stands.
//!
//! Deliberately not here: what the `${NAME}`s of a value stand for.

use super::cursor::Cursor;
use super::template::Template;
use super::{SyntaxError, SyntaxErrorKind, name};

/// What an unquoted value begins with whose `#` is no comment
const REFERENCES: [&str; 2] = ["ssm://", "secretsmanager://"];

/// The value at the cursor, which then stands where the next line can be looked for
pub(super) fn value<'t>(cursor: &mut Cursor<'t>) -> Result<Template<'t>, Vec<SyntaxError>> {
    let mut scanner = Scanner {
        cursor,
        template: Template::default(),
        errors: Vec::new(),
        key_may_follow: false,
    };
    scanner.value();
    if scanner.errors.is_empty() {
        Ok(scanner.template)
    } else {
        Err(scanner.errors)
    }
}

struct Scanner<'c, 't> {
    cursor: &'c mut Cursor<'t>,
    template: Template<'t>,
    errors: Vec<SyntaxError>,
    /// Whether a `#` belongs to the unquoted value: `secretsmanager://prod/db#password` is
    /// written for paramexec alone, so it does not matter what others make of it.
    key_may_follow: bool,
}

impl Scanner<'_, '_> {
    fn value(&mut self) {
        let blanks = self.cursor.skip_blanks();
        match self.cursor.peek() {
            Some('"') => self.quoted('"', Self::double_quoted),
            Some('\'') => self.quoted('\'', Self::single_quoted),
            Some('#') if blanks => {}
            _ => self.unquoted(),
        }
    }

    fn unquoted(&mut self) {
        self.key_may_follow = REFERENCES.iter().any(|scheme| self.cursor.sees(scheme));
        loop {
            self.template
                .literal(self.cursor.take_ascii_while(is_plain_unquoted));
            match self.cursor.peek() {
                None | Some('\n') => return,
                Some(' ' | '\t') => return self.ending(SyntaxErrorKind::Blank),
                Some(c) => {
                    if let Err(reason) = self.unquoted_character(c) {
                        return self.refuse(reason);
                    }
                }
            }
        }
    }

    fn unquoted_character(&mut self, c: char) -> Result<(), SyntaxErrorKind> {
        match c {
            '#' if !self.key_may_follow => Err(SyntaxErrorKind::Hash),
            '\'' | '"' => Err(SyntaxErrorKind::QuoteInside),
            '`' => Err(SyntaxErrorKind::Command),
            '\\' => Err(SyntaxErrorKind::Backslash),
            '$' => self.reference(),
            '\0' => Err(SyntaxErrorKind::Nul),
            '\r' => Err(SyntaxErrorKind::CarriageReturn),
            c if c.is_whitespace() || c.is_control() || c == '\u{feff}' => {
                Err(SyntaxErrorKind::Invisible)
            }
            _ => {
                self.keep();
                Ok(())
            }
        }
    }

    /// Reads to the closing quote whatever is wrong before it, for only there can the next value
    /// begin.
    fn quoted(
        &mut self,
        quote: char,
        read: impl Fn(&mut Self, char) -> Result<(), SyntaxErrorKind>,
    ) {
        let opened = self.cursor.line;
        let ends_plain =
            |byte: u8| matches!(byte, b'$' | b'\\' | b'`') || char::from(byte) == quote;
        self.cursor.advance();
        loop {
            self.template.literal(self.cursor.take_until(ends_plain));
            match self.cursor.peek() {
                None => break,
                Some(c) if c == quote => {
                    self.cursor.advance();
                    return self.ending(SyntaxErrorKind::AfterQuote);
                }
                Some(c) => read(self, c).unwrap_or_else(|reason| self.refuse(reason)),
            }
        }
        // The rest of the file is within the quote: what seemed wrong with it is likely sound text
        // outside of one.
        self.errors = vec![SyntaxError::new(opened, SyntaxErrorKind::Unterminated)];
    }

    fn double_quoted(&mut self, c: char) -> Result<(), SyntaxErrorKind> {
        match c {
            '$' => self.reference(),
            '\\' if self.cursor.sees("\\n") => {
                self.cursor.take("\\n".len());
                self.template.literal("\n");
                Ok(())
            }
            '\\' => Err(self.escape(SyntaxErrorKind::Backslash)),
            c => {
                self.keep();
                if c == '`' {
                    Err(SyntaxErrorKind::Command)
                } else {
                    Ok(())
                }
            }
        }
    }

    fn single_quoted(&mut self, _: char) -> Result<(), SyntaxErrorKind> {
        if self.cursor.sees("\\'") || self.cursor.sees("\\\\") {
            return Err(self.escape(SyntaxErrorKind::SingleBackslash));
        }
        let braces = self.cursor.sees("${");
        self.keep();
        if braces {
            Err(SyntaxErrorKind::SingleBraces)
        } else {
            Ok(())
        }
    }

    /// Passes a refused escape. The character behind the backslash goes with it, so that an escaped
    /// quote ends nothing.
    fn escape(&mut self, reason: SyntaxErrorKind) -> SyntaxErrorKind {
        self.cursor.advance();
        if self.cursor.peek() != Some('\n') {
            self.cursor.advance();
        }
        reason
    }

    /// `${NAME}`, or why a `$` is none
    fn reference(&mut self) -> Result<(), SyntaxErrorKind> {
        self.cursor.advance();
        match self.cursor.peek() {
            Some('{') => self.braced_name(),
            Some('(') => Err(SyntaxErrorKind::Command),
            _ => Err(SyntaxErrorKind::Dollar),
        }
    }

    fn braced_name(&mut self) -> Result<(), SyntaxErrorKind> {
        self.cursor.advance();
        let found = self.cursor.take_ascii_while(name::continues);
        if self.cursor.peek() != Some('}') || !found.starts_with(name::starts) {
            return Err(SyntaxErrorKind::Braces);
        }
        self.cursor.advance();
        self.template.reference(found, self.cursor.line);
        Ok(())
    }

    /// Only a comment may follow a value, and a blank must come before it.
    fn ending(&mut self, otherwise: SyntaxErrorKind) {
        let blanks = self.cursor.skip_blanks();
        match self.cursor.peek() {
            None | Some('\n') => {}
            Some('#') if blanks => {}
            Some('#') => self.refuse(SyntaxErrorKind::Hash),
            Some(_) => self.refuse(otherwise),
        }
    }

    fn keep(&mut self) {
        let length = self.cursor.peek().map_or(0, char::len_utf8);
        self.template.literal(self.cursor.take(length));
    }

    fn refuse(&mut self, reason: SyntaxErrorKind) {
        self.errors.push(SyntaxError::new(self.cursor.line, reason));
    }
}

/// A run of such bytes is part of an unquoted value without a further look.
fn is_plain_unquoted(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'#' | b'\'' | b'"' | b'`' | b'\\' | b'$')
}
