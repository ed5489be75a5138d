//! A place in a text and the number of its line.
//!
//! Deliberately without any knowledge of dotenv, except which characters are blanks.

pub(super) struct Cursor<'t> {
    pub(super) rest: &'t str,
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

    /// The rest of the line, without its end
    pub(super) fn rest_of_line(&self) -> &'t str {
        let end = self.rest.bytes().position(|byte| byte == b'\n');
        &self.rest[..end.unwrap_or(self.rest.len())]
    }

    pub(super) fn advance(&mut self) {
        self.take(self.peek().map_or(0, char::len_utf8));
    }

    pub(super) fn take(&mut self, length: usize) -> &'t str {
        let taken = self.take_on_line(length);
        self.line += taken.bytes().filter(|byte| *byte == b'\n').count();
        taken
    }

    fn take_on_line(&mut self, length: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }

    /// Takes all before an ASCII byte that is wanted, over the ends of lines
    pub(super) fn take_until(&mut self, wanted: impl Fn(u8) -> bool) -> &'t str {
        let end = self
            .rest
            .bytes()
            .position(|byte| byte.is_ascii() && wanted(byte));
        self.take(end.unwrap_or(self.rest.len()))
    }

    /// Takes ASCII of this line only: faster than any characters, for the names and values of a
    /// whole file
    pub(super) fn take_ascii_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'t str {
        let other = |byte: u8| !byte.is_ascii() || byte == b'\n' || !wanted(byte);
        let end = self.rest.bytes().position(other);
        self.take_on_line(end.unwrap_or(self.rest.len()))
    }

    /// Whether there were any. Libraries differ on every other blank than these two.
    pub(super) fn skip_blanks(&mut self) -> bool {
        !self
            .take_ascii_while(|byte| matches!(byte, b' ' | b'\t'))
            .is_empty()
    }

    pub(super) fn take_line(&mut self) -> &'t str {
        let line = self.take_on_line(self.rest_of_line().len());
        self.advance();
        line
    }
}
