//! A place in a text and the number of its line.
//!
//! Deliberately without any knowledge of dotenv, but for which characters are blanks.

pub(super) struct Cursor<'t> {
    rest: &'t str,
    pub(super) line: usize,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            rest: text,
            line: 1,
        }
    }

    pub(super) fn at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    pub(super) fn sees(&self, text: &str) -> bool {
        self.rest.starts_with(text)
    }

    /// Whether the rest of the line has that character
    pub(super) fn line_has(&self, wanted: char) -> bool {
        self.rest
            .chars()
            .take_while(|c| *c != '\n')
            .any(|c| c == wanted)
    }

    pub(super) fn advance(&mut self) {
        self.take(self.peek().map_or(0, char::len_utf8));
    }

    pub(super) fn take(&mut self, length: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at(length);
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }

    pub(super) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'t str {
        self.take(self.rest.find(|c| !wanted(c)).unwrap_or(self.rest.len()))
    }

    /// Whether there were any. Libraries differ on every other blank than these two.
    pub(super) fn skip_blanks(&mut self) -> bool {
        !self.take_while(|c| matches!(c, ' ' | '\t')).is_empty()
    }

    pub(super) fn take_line(&mut self) -> &'t str {
        let line = self.take_while(|c| c != '\n');
        self.advance();
        line
    }
}
