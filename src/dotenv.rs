//! Dotenv objects: from bytes to variables, or to every reason why the file is unusable.
//!
//! Pure. Two dialects share only the name: `docker` is literal, `dotenv` is what dotenv libraries
//! agree on. Where readers of a dialect disagree about a file, it is refused rather than guessed
//! at.
//!
//! Deliberately not here: no file is opened, no command is ever run, the process's environment is
//! never read (the caller hands in `inherited`), and no problem carries a line's text, which may be
//! a secret.

mod cursor;
mod docker;
mod name;
mod parser;
mod reason;
mod rewrite;
mod scanner;
mod template;

use std::borrow::Cow;
use std::collections::HashSet;

pub use self::reason::{SyntaxError, SyntaxErrorKind};
use crate::value::SecretValue;

/// Which rules a dotenv object is read by
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Dialect {
    /// What dotenv libraries agree on: quotes, escapes, comments, `${NAME}`
    #[default]
    Dotenv,
    /// Literal, as `docker run --env-file` and the ECS agent read it
    Docker,
}

impl Dialect {
    /// The dialect of that name, if there is one
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "dotenv" => Some(Self::Dotenv),
            "docker" => Some(Self::Docker),
            _ => None,
        }
    }
}

/// One variable of a dotenv object, in the order of the file, duplicates already resolved (the last
/// wins)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The variable's name
    pub name: String,
    /// Its value, without what `deferred` inserts
    pub value: SecretValue,
    /// The variables whose values are only known once references are fetched, in order
    pub deferred: Vec<Deferred>,
    /// The line its statement begins on, counted from 1
    pub line: usize,
}

/// A `${NAME}` of a variable that holds a reference: what it stands for is not in the text
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deferred {
    /// How much of the value comes before it
    pub place: usize,
    /// The variable
    pub name: String,
    /// The line that defines it; none if the environment does
    pub line: Option<usize>,
}

/// Answers `${NAME}` from the environment the process was started with
type Inherited<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Whether a value is a reference, whose text no one wants filled in
type IsReference<'a> = &'a dyn Fn(&str) -> bool;

/// What a dialect makes of a text: all it could read, and all that it refuses
#[derive(Default)]
struct Reading {
    entries: Vec<Entry>,
    errors: Vec<SyntaxError>,
}

/// Reads a dotenv object.
///
/// `inherited` answers `${NAME}` from the process's environment; it is asked before the lines
/// above. A `${NAME}` of what `is_reference` is left to the caller.
///
/// # Errors
///
/// Everything that makes the file unusable, in the order of its lines.
pub fn parse(
    text: &[u8],
    dialect: Dialect,
    inherited: Inherited<'_>,
    is_reference: IsReference<'_>,
) -> Result<Vec<Entry>, Vec<SyntaxError>> {
    // Windows writes such files, and each of their lines is wrong in several ways.
    if UTF_16.iter().any(|mark| text.starts_with(mark)) {
        return Err(vec![SyntaxError::new(1, SyntaxErrorKind::NotUtf8)]);
    }
    let bytes = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let (text, mut errors) = decode(bytes);
    let reading = match dialect {
        Dialect::Dotenv => parser::read(&text, inherited, is_reference),
        Dialect::Docker => docker::read(&text),
    };
    errors.extend(reading.errors);
    if errors.is_empty() {
        Ok(last_of_each_name(reading.entries))
    } else {
        Err(in_order(errors))
    }
}

/// What a file in UTF-16 begins with, in either byte order
const UTF_16: [[u8; 2]; 2] = [[0xff, 0xfe], [0xfe, 0xff]];

/// The text and what no dialect accepts, in comments either: it makes a file binary. Such a file
/// is refused, but read for what else is wrong with it.
fn decode(bytes: &[u8]) -> (Cow<'_, str>, Vec<SyntaxError>) {
    match std::str::from_utf8(bytes) {
        Ok(text) if !bytes.contains(&0) => (Cow::Borrowed(text), Vec::new()),
        _ => (String::from_utf8_lossy(bytes), undecodable(bytes)),
    }
}

fn undecodable(bytes: &[u8]) -> Vec<SyntaxError> {
    let reasons = |line: &[u8]| {
        let bad = std::str::from_utf8(line)
            .is_err()
            .then_some(SyntaxErrorKind::NotUtf8);
        let nul = line.contains(&0).then_some(SyntaxErrorKind::Nul);
        bad.into_iter().chain(nul)
    };
    let lines = (1..).zip(bytes.split(|byte| *byte == b'\n'));
    lines
        .flat_map(|(line, text)| reasons(text).map(move |reason| SyntaxError::new(line, reason)))
        .collect()
}

fn last_of_each_name(mut entries: Vec<Entry>) -> Vec<Entry> {
    let mut seen = HashSet::with_capacity(entries.len());
    let later = entries.iter().rev();
    let mut is_last: Vec<bool> = later.map(|entry| seen.insert(&*entry.name)).collect();
    // From the back, in the order in which `retain` takes them from the front.
    entries.retain(|_| is_last.pop().unwrap_or(true));
    entries
}

fn in_order(mut errors: Vec<SyntaxError>) -> Vec<SyntaxError> {
    let mut seen = HashSet::new();
    errors.retain(|error| seen.insert((error.line, error.reason.clone())));
    errors.sort_by_key(|error| error.line);
    errors
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing(_: &str) -> Option<String> {
        None
    }

    fn dotenv(text: &str) -> Result<Vec<Entry>, Vec<SyntaxError>> {
        parse(text.as_bytes(), Dialect::Dotenv, &nothing, &|text| {
            text.starts_with("ssm://")
        })
    }

    fn value(text: &str, inherited: Inherited<'_>) -> String {
        let entries = parse(text.as_bytes(), Dialect::Dotenv, inherited, &|_| false).unwrap();
        entries.last().unwrap().value.expose().to_owned()
    }

    #[test]
    fn a_dialect_is_known_by_its_name_and_dotenv_is_the_default() {
        assert_eq!(Dialect::parse("dotenv"), Some(Dialect::Dotenv));
        assert_eq!(Dialect::parse("docker"), Some(Dialect::Docker));
        assert_eq!(Dialect::parse("Docker"), None);
        assert_eq!(Dialect::default(), Dialect::Dotenv);
    }

    #[test]
    fn an_entry_carries_the_line_its_statement_begins_on() {
        let entries = dotenv("# c\r\nA='1\r\n2'\r\n\r\nB=3").unwrap();
        let lines: Vec<_> = entries
            .iter()
            .map(|entry| (&*entry.name, entry.line))
            .collect();
        assert_eq!(lines, [("A", 2), ("B", 5)]);
    }

    #[test]
    fn of_duplicates_the_last_stays_in_its_own_place() {
        let entries = dotenv("A=1\nB=2\nA=3").unwrap();
        let lines: Vec<_> = entries
            .iter()
            .map(|entry| (&*entry.name, entry.value.expose(), entry.line))
            .collect();
        assert_eq!(lines, [("B", "2", 2), ("A", "3", 3)]);
    }

    #[test]
    fn a_name_in_braces_is_asked_of_the_caller_and_never_of_the_process() {
        assert!(std::env::var("PATH").is_ok());
        assert_eq!(
            value("A=${PATH}", &|name| Some(format!("asked {name}"))),
            "asked PATH"
        );
        assert_eq!(value("PATH=above\nA=${PATH}", &nothing), "above");
        let undefined = SyntaxErrorKind::Undefined {
            name: "PATH".to_owned(),
        };
        let errors = dotenv("A=${PATH}").unwrap_err();
        assert_eq!((errors.len(), &errors[0].reason), (1, &undefined));
    }

    #[test]
    fn what_is_filled_in_is_not_filled_again() {
        assert_eq!(value("A='$PATH'", &nothing), "$PATH");
        assert_eq!(
            value("A=${X}", &|_| Some("$PATH ${PATH}".to_owned())),
            "$PATH ${PATH}"
        );
    }

    #[test]
    fn a_problem_says_where_and_what_to_do_and_only_quotes_a_name_in_braces() {
        let errors = dotenv("A=1\nB=${MISSING}-hunter2\n").unwrap_err();
        assert_eq!(
            errors[0].to_string(),
            "line 2: ${MISSING} is defined neither in the environment nor on a line above"
        );
        assert_eq!(errors[0].help(), "define it there, or remove it");
        let errors = dotenv("A=hunter$two").unwrap_err();
        assert_eq!(
            errors[0].to_string(),
            "line 1: \"$\" outside single quotes that begins no ${NAME}"
        );
        assert_eq!(
            errors[0].help(),
            "write ${NAME} for a variable's value; if \"$\" belongs to the value, put the value in single quotes"
        );
    }

    #[test]
    fn no_problem_repeats_its_line() {
        let frames = [
            "SEKRIT?",
            "A=SEKRIT?",
            "A=?SEKRIT",
            "A='SEKRIT?'",
            "A=\"SEKRIT?\"",
            "A='x'?SEKRIT",
            "?SEKRIT=x",
        ];
        let inserts = [
            "$",
            "$SEKRIT",
            "$1",
            "$(SEKRIT)",
            "`SEKRIT`",
            "${SEKRIT:-SEKRIT}",
            "${SEKRIT",
            "#",
            " SEKRIT",
            "'",
            "\"",
            "\\t",
            "\\",
            "\\'",
            "\\\\",
            "\0",
            "\r",
            "\u{a0}",
            "-",
            "",
        ];
        for text in frames
            .iter()
            .flat_map(|frame| inserts.map(|insert| frame.replace('?', insert)))
        {
            for dialect in [Dialect::Dotenv, Dialect::Docker] {
                let errors = parse(text.as_bytes(), dialect, &nothing, &|_| false)
                    .err()
                    .unwrap_or_default();
                assert!(
                    !format!("{errors:?}").contains("SEKRIT"),
                    "{text:?}: {errors:?}"
                );
                assert!(
                    errors
                        .iter()
                        .all(|problem| !(problem.to_string() + &problem.help()).contains("SEKRIT")),
                    "{text:?}"
                );
            }
        }
    }

    #[test]
    fn a_problem_is_reported_once_and_in_the_order_of_lines() {
        let errors = dotenv("A=x y\nB=1\r2\nC=\"\\t\\t\"\nD=\0").unwrap_err();
        let reasons = [
            SyntaxErrorKind::Blank,
            SyntaxErrorKind::CarriageReturn,
            SyntaxErrorKind::Backslash,
            SyntaxErrorKind::Nul,
        ];
        let found = errors.into_iter().map(|error| (error.line, error.reason));
        assert!(found.eq((1..).zip(reasons)));
    }

    #[test]
    fn variables_that_double_one_another_end_before_they_fill_the_memory() {
        let doubling = (1..40).map(|n| format!("A{n}=${{A{}}}${{A{}}}\n", n - 1, n - 1));
        let text = "A0=0123456789\n".to_owned() + &doubling.collect::<String>();
        let errors = dotenv(&text).unwrap_err();
        assert!(
            errors
                .iter()
                .all(|problem| problem.reason == SyntaxErrorKind::TooLarge),
            "{errors:?}"
        );
    }

    #[test]
    fn any_bytes_end_in_entries_or_problems() {
        let mut state: u32 = 1;
        let alphabet = b"A=\"'\\$ {}\n\r\0#`x\xff\xc3\xef\xbb\xbf";
        for _ in 0..20_000 {
            let bytes: Vec<u8> = std::iter::repeat_with(|| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                alphabet[(state >> 16) as usize % alphabet.len()]
            })
            .take(24)
            .collect();
            for dialect in [Dialect::Dotenv, Dialect::Docker] {
                let read = parse(&bytes, dialect, &nothing, &|_| false);
                assert!(read.is_ok() || read.is_err_and(|errors| !errors.is_empty()));
            }
        }
    }
}
