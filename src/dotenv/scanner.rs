//! The guard over values: lets through what dotenv libraries read alike, and refuses the rest with
//! its line.
//!
//! Compared were dotenvy 0.15, python-dotenv 1.2, npm dotenv 16 and 18, and the sources of Ruby's
//! dotenv and godotenv. Ruby alone differs on one thing that is let through: since version 3 it
//! keeps `\n` in double quotes as it stands.
//!
//! Deliberately not here: what a value is in the end. The guard finds its end and its `${NAME}`s
//! (see `template`).

use super::cursor::Cursor;
use super::template::Template;
use super::{SyntaxError, SyntaxErrorKind, name};

/// What an unquoted value begins with whose `#` is no comment.
const REFERENCES: [&str; 2] = ["ssm://", "secretsmanager://"];

/// The value at the cursor, which then stands where the next line can be looked for
pub(super) fn value<'t>(cursor: &mut Cursor<'t>) -> Result<Template<'t>, Vec<SyntaxError>> {
    let mut scanner = Guard {
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

struct Guard<'c, 't> {
    cursor: &'c mut Cursor<'t>,
    template: Template<'t>,
    errors: Vec<SyntaxError>,
    /// Whether a `#` belongs to the unquoted value: `secretsmanager://prod/db#password` is
    /// written for paramexec alone, so what others make of it is no matter.
    key_may_follow: bool,
}

impl Guard<'_, '_> {
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
        while let Some(c) = self.cursor.peek() {
            match c {
                '\n' => return,
                ' ' | '\t' => return self.ending(SyntaxErrorKind::Blank),
                c => {
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
            c => {
                self.keep(c);
                Ok(())
            }
        }
    }

    /// A quoted value is read to its closing quote whatever is wrong in it, for only there can the
    /// next one begin.
    fn quoted(
        &mut self,
        quote: char,
        read: impl Fn(&mut Self, char) -> Result<(), SyntaxErrorKind>,
    ) {
        let opened = self.cursor.line;
        self.keep(quote);
        while let Some(c) = self.cursor.peek() {
            if c == quote {
                self.keep(quote);
                return self.ending(SyntaxErrorKind::AfterQuote);
            }
            read(self, c).unwrap_or_else(|reason| self.refuse(reason));
        }
        // The rest of the file is within the quote: what seemed wrong with it is likely sound text
        // outside of one.
        self.errors = vec![SyntaxError {
            line: opened,
            reason: SyntaxErrorKind::Unterminated,
        }];
    }

    fn double_quoted(&mut self, c: char) -> Result<(), SyntaxErrorKind> {
        match c {
            '$' => self.reference(),
            '\\' if self.cursor.sees("\\n") => {
                self.keep(c);
                self.keep('n');
                Ok(())
            }
            '\\' => Err(self.escape(SyntaxErrorKind::Backslash)),
            c => {
                self.keep(c);
                if c == '`' {
                    Err(SyntaxErrorKind::Command)
                } else {
                    Ok(())
                }
            }
        }
    }

    fn single_quoted(&mut self, c: char) -> Result<(), SyntaxErrorKind> {
        if self.cursor.sees("\\'") || self.cursor.sees("\\\\") {
            return Err(self.escape(SyntaxErrorKind::SingleBackslash));
        }
        let braces = self.cursor.sees("${");
        self.keep(c);
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
        let found = self.cursor.take_while(name::continues);
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

    fn keep(&mut self, c: char) {
        self.template.literal(c);
        self.cursor.advance();
    }

    fn refuse(&mut self, reason: SyntaxErrorKind) {
        self.errors.push(SyntaxError {
            line: self.cursor.line,
            reason,
        });
    }
}
