//! The dotenv dialect, statement by statement: a name and a value, its `${NAME}`s filled.
//!
//! Every value is what dotenvy, python-dotenv and npm's dotenv make of it; the tests ask them. None
//! of them can do it here: they know no line numbers, stop at the first error, carry the line's
//! text in it, or fill names from the process's environment.

use std::borrow::Cow;
use std::collections::HashMap;

use super::cursor::Cursor;
use super::rewrite::Rewrite;
use super::template::{Insertion, Template};
use super::{
    Deferred, Entry, Inherited, IsReference, Reading, SyntaxError, SyntaxErrorKind, name, scanner,
};
use crate::value::SecretValue;

/// Linux takes at most 6 MiB of arguments and environment together, so nothing larger can be meant.
/// Without a bound, thirty lines that each name the one above twice would take a gigabyte.
const SUBSTITUTION_LIMIT: usize = 6 * 1024 * 1024;

pub(super) fn read(text: &str, inherited: Inherited<'_>, is_reference: IsReference<'_>) -> Reading {
    let text = with_unix_line_ends(text);
    if let Some(error) = json(&text) {
        return Reading {
            entries: Vec::new(),
            errors: vec![error],
        };
    }
    let mut cursor = Cursor::new(&text);
    let mut file = File {
        inherited,
        is_reference,
        defined: HashMap::new(),
        substituted: 0,
        reading: Reading::default(),
    };
    while !cursor.at_end() {
        file.statement(&mut cursor);
    }
    file.refuse_redefined();
    file.reading.errors.extend(lone_carriage_returns(&text));
    file.reading
}

/// Refuses a JSON object as a whole, since each of its lines is wrong.
fn json(text: &str) -> Option<SyntaxError> {
    let object = text.trim_start();
    let member = object.strip_prefix('{')?.trim_start();
    let blank = &text[..text.len() - object.len()];
    let line = 1 + blank.matches('\n').count();
    member
        .starts_with(['"', '}'])
        .then(|| SyntaxError::new(line, SyntaxErrorKind::Json))
}

/// Within quotes too: of all the libraries only dotenvy keeps the CR of a CRLF in a value of
/// several lines.
fn with_unix_line_ends(text: &str) -> Cow<'_, str> {
    if text.contains("\r\n") {
        Cow::Owned(text.replace("\r\n", "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

fn lone_carriage_returns(text: &str) -> impl Iterator<Item = SyntaxError> {
    let has_any = text.contains('\r');
    let lines = (1..)
        .zip(text.split('\n').take_while(move |_| has_any))
        .filter(|(_, text)| text.contains('\r'));
    lines.map(|(line, _)| SyntaxError::new(line, SyntaxErrorKind::CarriageReturn))
}

/// What has been read of a file so far
struct File<'t> {
    inherited: Inherited<'t>,
    is_reference: IsReference<'t>,
    /// Where each name's last entry is; none where that was refused, which needs no second
    /// complaint.
    defined: HashMap<&'t str, Option<usize>>,
    substituted: usize,
    reading: Reading,
}

impl<'t> File<'t> {
    /// A blank line, a comment or a definition, to the end of its last line
    fn statement(&mut self, cursor: &mut Cursor<'t>) {
        cursor.skip_blanks();
        if !matches!(cursor.peek(), None | Some('\n' | '#')) {
            let (statement, known) = (cursor.rest, self.reading.errors.len());
            match name::read(cursor) {
                Ok(name) => self.definition(name, cursor),
                Err(reason) => self.refuse(cursor.line, reason),
            }
            self.advise(known, statement, cursor);
        }
        self.pass_rest(cursor);
    }

    /// Tells the errors since `known` how the statement can be written.
    fn advise(&mut self, known: usize, statement: &str, cursor: &Cursor<'_>) {
        let errors = &mut self.reading.errors[known..];
        if !errors.is_empty() {
            let after = cursor.rest.len() - cursor.rest_of_line().len();
            let rewrite = Rewrite::new(&statement[..statement.len() - after]);
            for error in errors {
                error.rewrite = rewrite;
            }
        }
    }

    /// What is left of the line is a comment, or behind a problem. To npm's dotenv two more
    /// characters end a comment.
    fn pass_rest(&mut self, cursor: &mut Cursor<'t>) {
        let line = cursor.line;
        if cursor.take_line().contains(['\u{2028}', '\u{2029}']) {
            self.refuse(line, SyntaxErrorKind::Invisible);
        }
    }

    fn definition(&mut self, name: &'t str, cursor: &mut Cursor<'t>) {
        let line = cursor.line;
        let value = match scanner::value(cursor) {
            Ok(template) => self.fill(template, line),
            Err(errors) => {
                self.reading.errors.extend(errors);
                None
            }
        };
        let entry = value.map(|(value, deferred)| {
            self.add(Entry {
                name: name.to_owned(),
                value: SecretValue::new(value),
                deferred,
                line,
            })
        });
        self.defined.insert(name, entry);
    }

    fn add(&mut self, entry: Entry) -> usize {
        self.reading.entries.push(entry);
        self.reading.entries.len() - 1
    }

    fn fill(&mut self, template: Template<'t>, line: usize) -> Option<(String, Vec<Deferred>)> {
        let mut insertions = Vec::new();
        for reference in template.references() {
            match self.look_up(reference.name) {
                Ok(insertion) => insertions.push(insertion),
                Err(reason) => self.refuse(reference.line, reason),
            }
        }
        if insertions.len() < template.references().len() {
            return None;
        }
        let (value, deferred) = template.fill(&insertions);
        let structured = value.contains("://") || value.starts_with("template:");
        match deferred.first() {
            // Without a filter, a "+" or "@" in the fetched value would change the URL.
            Some(Deferred { name, .. }) if structured => {
                let name = name.clone();
                self.refuse(line, SyntaxErrorKind::ReferenceInUrl { name });
                None
            }
            _ => Some((value, deferred)),
        }
    }

    /// The environment first, as every library does that loads a file into an environment: a
    /// variable set there changes whatever the file builds from it.
    fn look_up(&mut self, name: &str) -> Result<Insertion, SyntaxErrorKind> {
        if self.substituted > SUBSTITUTION_LIMIT {
            return Err(SyntaxErrorKind::TooLarge);
        }
        let found = self.outside(name).or_else(|| self.above(name));
        let insertion = found.ok_or_else(|| SyntaxErrorKind::Undefined {
            name: name.to_owned(),
        })?;
        self.substituted += insertion.text.len() + insertion.deferred.len();
        if self.substituted > SUBSTITUTION_LIMIT {
            Err(SyntaxErrorKind::TooLarge)
        } else {
            Ok(insertion)
        }
    }

    fn outside(&self, name: &str) -> Option<Insertion> {
        let text = (self.inherited)(name)?;
        Some(if (self.is_reference)(&text) {
            Insertion::deferred(name, None)
        } else {
            Insertion {
                text,
                deferred: Vec::new(),
            }
        })
    }

    fn above(&self, name: &str) -> Option<Insertion> {
        let Some(place) = *self.defined.get(name)? else {
            return Some(Insertion::default());
        };
        let entry = &self.reading.entries[place];
        let text = entry.value.expose();
        Some(if (self.is_reference)(text) {
            Insertion::deferred(name, Some(entry.line))
        } else {
            Insertion {
                text: text.to_owned(),
                deferred: entry.deferred.clone(),
            }
        })
    }

    /// What is deferred is a variable's last value, so a line above must not have another.
    fn refuse_redefined(&mut self) {
        let mut errors = Vec::new();
        for Entry { deferred, line, .. } in &self.reading.entries {
            for deferred in deferred {
                let last = self.defined.get(&*deferred.name).copied().flatten();
                let last = last.map(|place| self.reading.entries[place].line);
                // Where the environment has the variable, lines do not count.
                if deferred.line.is_some() && last.is_some() && deferred.line != last {
                    let name = deferred.name.clone();
                    let reason = SyntaxErrorKind::Redefined { name };
                    errors.push(SyntaxError::new(*line, reason));
                }
            }
        }
        self.reading.errors.extend(errors);
    }

    fn refuse(&mut self, line: usize, reason: SyntaxErrorKind) {
        self.reading.errors.push(SyntaxError::new(line, reason));
    }
}
