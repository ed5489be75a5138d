//! A value before its `${NAME}`s are filled, and the only place that calls dotenvy.
//!
//! dotenvy would fill them from the process's environment, and takes no look-up of one's own. So it
//! gets `\$` in place of each `${NAME}`. The guard lets no other `$` into a value that has any: the
//! `$` that come out are the gaps, exactly, and what goes in there is never read as dotenv text.

use super::SyntaxErrorKind;

/// A value as dotenvy shall see it, and the names that belong into its gaps, each with its line
#[derive(Default)]
pub(super) struct Template<'t> {
    text: String,
    references: Vec<(&'t str, usize)>,
}

impl<'t> Template<'t> {
    pub(super) fn literal(&mut self, c: char) {
        self.text.push(c);
    }

    pub(super) fn reference(&mut self, name: &'t str, line: usize) {
        self.text.push_str("\\$");
        self.references.push((name, line));
    }

    pub(super) fn references(&self) -> &[(&'t str, usize)] {
        &self.references
    }

    /// The value of `name`, with one of `values` for each reference, in order
    pub(super) fn fill(&self, name: &str, values: &[String]) -> Result<String, SyntaxErrorKind> {
        let value = evaluate(name, &self.text).ok_or(SyntaxErrorKind::Unreadable)?;
        // Without references a `$` is a literal one, from single quotes.
        if values.is_empty() {
            Ok(value)
        } else {
            joined(&value, values).ok_or(SyntaxErrorKind::Unreadable)
        }
    }
}

fn joined(value: &str, values: &[String]) -> Option<String> {
    let mut pieces = value.split('$');
    let mut joined = pieces.next()?.to_owned();
    for value in values {
        joined.push_str(value);
        joined.push_str(pieces.next()?);
    }
    pieces.next().is_none().then_some(joined)
}

/// What dotenvy makes of one statement, if that is one variable of that name. Its error is dropped:
/// it holds the text.
fn evaluate(name: &str, text: &str) -> Option<String> {
    let statement = format!("{name}={text}");
    let mut variables = dotenvy::from_read_iter(statement.as_bytes());
    let (read, value) = variables.next()?.ok()?;
    (read == name && variables.next().is_none()).then_some(value)
}
