//! Renders failures, for people and as one line of JSON; nothing else formats them.
//!
//! Bounded, since a file that is no manifest has a problem on each line, and free of control
//! characters, since names and what AWS says may hold any.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::{self, Write};

use serde_json::{Value, json};

use crate::error::{Diagnostic, Error, ErrorKind, Problem, Problems};
use crate::origin::{Origin, Subject};

/// The most problems shown of one file, the most in all, and the most subjects of one problem.
const MOST_OF_FILE: usize = 20;
const MOST_PROBLEMS: usize = 60;
const MOST_SUBJECTS: usize = 20;
/// The most places of a file shown in front of one problem.
const MOST_PLACES: usize = 5;
/// The longest text of a failure, and of one line of it.
const LONGEST_TEXT: usize = 64 << 10;
const LONGEST_LINE: usize = 2_000;
/// Log drivers split longer lines.
const LONGEST_JSON: usize = 15 << 10;

/// One problem, and everything it is about.
struct Cause<'a> {
    diagnostic: &'a Diagnostic,
    subjects: Vec<&'a Subject>,
    /// What would solve it and others of its file, and where it would.
    file_help: Option<&'static str>,
    solved_there: Vec<&'a Subject>,
}

impl<'a> Cause<'a> {
    fn all(problems: &'a Problems) -> Vec<Self> {
        let mut causes: Vec<Self> = Vec::new();
        let mut places: HashMap<&Diagnostic, HashMap<Option<Origin>, usize>> = HashMap::new();
        for Problem {
            diagnostic,
            subject,
            file_help,
        } in problems.list()
        {
            // The same mistake in two files is two problems.
            let file = subject
                .as_ref()
                .and_then(|subject| file(diagnostic, subject));
            let place = *places
                .entry(diagnostic)
                .or_default()
                .entry(file)
                .or_insert(causes.len());
            if place == causes.len() {
                causes.push(Self {
                    diagnostic,
                    subjects: Vec::new(),
                    file_help: None,
                    solved_there: Vec::new(),
                });
            }
            let cause = &mut causes[place];
            cause.subjects.extend(subject);
            if file_help.is_some() {
                cause.file_help = *file_help;
                cause.solved_there.extend(subject);
            }
        }
        // What decides the exit code comes first.
        causes.sort_by_key(|cause| cause.diagnostic.kind);
        causes
    }

    /// The file that it is grouped under.
    fn file(&self) -> Option<Origin> {
        file(self.diagnostic, self.subjects.first()?)
    }

    fn line(&self) -> Option<usize> {
        self.subjects.first()?.origin.line()
    }
}

/// The file that a mistake was made in, if it was made in one.
fn file(diagnostic: &Diagnostic, subject: &Subject) -> Option<Origin> {
    let of_input = diagnostic.kind == ErrorKind::Input;
    subject.origin.file().filter(|_| of_input)
}

/// Everything that failed, for people.
#[must_use]
pub(crate) fn text(error: &Error) -> String {
    let causes = Cause::all(&error.problems);
    let noun = if causes.len() == 1 {
        "problem"
    } else {
        "problems"
    };
    let mut text = format!(
        "{}: {} {noun} (exit code {})",
        error.headline,
        causes.len(),
        error.code()
    );
    let mut shown = 0;
    for (file, causes) in grouped(&causes) {
        if shown >= MOST_PROBLEMS || text.len() > LONGEST_TEXT {
            break;
        }
        shown += causes.len();
        match file {
            Some(file) => write_file(&mut text, &file, &causes),
            None => causes
                .iter()
                .for_each(|cause| write_cause(&mut text, "  ", cause, false)),
        }
    }
    write_rest(
        &mut text,
        "  ",
        causes.len().saturating_sub(shown),
        "problem",
    );
    text
}

/// The causes by the file they stand in, in the order in which they were found.
fn grouped<'a, 'b>(causes: &'b [Cause<'a>]) -> Vec<(Option<Origin>, Vec<&'b Cause<'a>>)> {
    let mut groups: Vec<(Option<Origin>, Vec<&Cause<'a>>)> = Vec::new();
    let mut places: HashMap<Origin, usize> = HashMap::new();
    for cause in causes {
        let file = cause.file();
        let place = match &file {
            Some(file) => *places.entry(file.clone()).or_insert(groups.len()),
            None => groups.len(),
        };
        if place == groups.len() {
            groups.push((file, Vec::new()));
        }
        groups[place].1.push(cause);
    }
    for (_, causes) in &mut groups {
        causes.sort_by_key(|cause| cause.line());
        gather_by_help(causes);
    }
    groups
}

/// Moves each cause behind the first that has the same help, which is then told once.
fn gather_by_help(causes: &mut [&Cause<'_>]) {
    let mut firsts: HashMap<&str, usize> = HashMap::new();
    for cause in causes.iter() {
        let next = firsts.len();
        firsts.entry(&cause.diagnostic.help).or_insert(next);
    }
    causes.sort_by_cached_key(|cause| firsts[&*cause.diagnostic.help]);
}

fn write_file(text: &mut String, file: &Origin, causes: &[&Cause<'_>]) {
    write_line(text, "  ", &format!("{file}:"));
    let shown = &causes[..causes.len().min(MOST_OF_FILE)];
    for (place, cause) in shown.iter().enumerate() {
        let help = &cause.diagnostic.help;
        let next = shown.get(place + 1);
        let told_below = next.is_some_and(|next| next.diagnostic.help == *help);
        write_what(text, "    ", cause, true);
        if !told_below || !subjects(cause, true).is_empty() {
            write_help(text, "    ", cause, true);
        }
    }
    let rest = causes.len() - shown.len();
    write_rest(text, "    ", rest, "problem");
    write_file_help(text, causes);
}

/// What would solve problems of the whole file at once.
fn write_file_help(text: &mut String, causes: &[&Cause<'_>]) {
    let Some(help) = causes.iter().find_map(|cause| cause.file_help) else {
        return;
    };
    let solved = causes.iter().flat_map(|cause| &cause.solved_there);
    let mut solved: Vec<&Origin> = solved.map(|subject| &subject.origin).collect();
    solved.sort_by_key(|origin| origin.line());
    let places = listed(solved.iter().filter_map(|origin| origin.place_in_file()));
    let places = places.unwrap_or_default();
    write_line(
        text,
        "    ",
        &format!("help: {help}, which solves {places}"),
    );
}

fn write_cause(text: &mut String, indent: &str, cause: &Cause<'_>, in_file: bool) {
    write_what(text, indent, cause, in_file);
    write_help(text, indent, cause, in_file);
}

fn write_what(text: &mut String, indent: &str, cause: &Cause<'_>, in_file: bool) {
    let message = &cause.diagnostic.message;
    match places(cause).filter(|_| in_file) {
        Some(places) => write_line(text, indent, &format!("{places}: {message}")),
        None => write_line(text, indent, message),
    }
}

fn write_help(text: &mut String, indent: &str, cause: &Cause<'_>, in_file: bool) {
    let help = &cause.diagnostic.help;
    let indent = format!("{indent}  ");
    if !help.is_empty() {
        write_line(text, &indent, &format!("help: {help}"));
    }
    let subjects = subjects(cause, in_file);
    for subject in subjects.iter().take(MOST_SUBJECTS) {
        write_line(text, &indent, &format!("for {subject}"));
    }
    let rest = subjects.len().saturating_sub(MOST_SUBJECTS);
    write_rest(text, &indent, rest, "place");
}

/// What a cause is about, without what is said of it elsewhere.
fn subjects(cause: &Cause<'_>, in_file: bool) -> Vec<String> {
    let mut subjects: Vec<String> = cause
        .subjects
        .iter()
        .filter_map(|subject| about(subject, in_file, cause.subjects.len()))
        .collect();
    subjects.dedup();
    subjects
}

/// The places in a file that a cause stands at, if they say all that it is about.
fn places(cause: &Cause<'_>) -> Option<String> {
    let named = cause.subjects.len() > 1 && cause.subjects.iter().any(|one| one.variable.is_some());
    if named {
        return None;
    }
    let places = cause.subjects.iter();
    listed(places.filter_map(|subject| subject.origin.place_in_file()))
}

/// The first places, and how many more there are.
fn listed(places: impl Iterator<Item = String>) -> Option<String> {
    let places: Vec<String> = places.collect();
    let rest = places.len().saturating_sub(MOST_PLACES);
    let shown = places[..places.len() - rest].join(", ");
    match (places.len(), rest) {
        (0, _) => None,
        (_, 0) => Some(shown),
        (_, rest) => Some(format!("{shown} and {rest} more")),
    }
}

/// What a cause is about, without what the lines above it already say.
fn about(subject: &Subject, in_file: bool, of: usize) -> Option<String> {
    if !in_file {
        return Some(subject.to_string());
    }
    let name = subject.name()?;
    Some(match subject.origin.place_in_file() {
        Some(place) if of > 1 => format!("{name} ({place})"),
        _ => name,
    })
}

fn write_rest(text: &mut String, indent: &str, count: usize, noun: &str) {
    if count > 0 {
        let ending = if count == 1 { "" } else { "s" };
        write_line(text, indent, &format!("and {count} more {noun}{ending}"));
    }
}

fn write_line(text: &mut String, indent: &str, line: &str) {
    let _ = write!(text, "\n{indent}{}", plain(&shortened(line)));
}

/// The text, cut where a line is too long for a log.
pub(crate) fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(LONGEST_LINE) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

/// The text, with every character escaped that could forge or garble a log line.
#[must_use]
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    let unfit = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    if !text.contains(unfit) {
        return text.into();
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if unfit(c) {
            escaped.extend(c.escape_default());
        } else {
            escaped.push(c);
        }
    }
    escaped.into()
}

/// Everything that failed, as one line of JSON that fits a log.
#[must_use]
pub(crate) fn json(error: &Error) -> String {
    let problems = json_problems(&error.problems);
    let all = problems.len();
    let mut size = 0;
    let problems: Vec<Value> = problems
        .into_iter()
        .take_while(|problem| {
            size += problem.to_string().len();
            size < LONGEST_JSON
        })
        .collect();
    json!({
        "level": "error",
        "message": error.headline,
        "exit_code": error.code(),
        "omitted": all - problems.len(),
        "problems": problems,
    })
    .to_string()
}

/// A notice or warning as a line of JSON.
#[must_use]
pub(crate) fn json_notice(level: &str, message: &str) -> String {
    json!({ "level": level, "message": shortened(message) }).to_string()
}

/// Each problem with all that it is about.
#[must_use]
pub(crate) fn json_problems(problems: &Problems) -> Vec<Value> {
    let causes = Cause::all(problems);
    let shown = |text: &str| shortened(text).into_owned();
    causes
        .iter()
        .map(|Cause { diagnostic, subjects, file_help, .. }| {
            let file_help = file_help.map(|help| format!("; {help}")).unwrap_or_default();
            json!({
                "exit_code": diagnostic.kind.code(),
                "message": shown(&diagnostic.message),
                "help": shown(&format!("{}{file_help}", diagnostic.help)),
                "subjects": subjects.iter().take(MOST_SUBJECTS).map(|one| json_subject(one)).collect::<Vec<_>>(),
            })
        })
        .collect()
}

fn json_subject(subject: &Subject) -> Value {
    json!({
        "variable": subject.variable.as_ref().map(|name| name.to_string_lossy()),
        "reference": subject.reference,
        "source": subject.origin.source(),
        "line": subject.origin.line(),
    })
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&text(self))
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&text(&Error::from(self.clone())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(line: usize) -> Origin {
        Origin::ManifestLine {
            path: "a.env".to_owned(),
            line,
        }
    }

    #[test]
    fn a_cause_is_told_once_and_the_mistakes_of_a_file_stand_together() {
        let missing = Diagnostic::missing("parameter \"/a\" does not exist", "create it");
        let mut problems = Problems::default();
        let variable = |name: &str, origin| Subject::variable(name.as_ref(), None, origin);
        problems.push(Problem::new(missing.clone(), variable("A", line(3))));
        problems.push(Problem::new(
            Diagnostic::input("invalid reference \"x\": why", ""),
            variable("C d", line(2)),
        ));
        problems.push(Problem::new(missing, variable("B", Origin::Environment)));
        problems.push(Problem::new(
            Diagnostic::input("no \"=\"", "write it"),
            line(1),
        ));
        assert_eq!(
            problems.to_string(),
            "command not started: 3 problems (exit code 65)\
             \n  manifest \"a.env\":\
             \n    line 1: no \"=\"\
             \n      help: write it\
             \n    line 2: invalid reference \"x\": why\
             \n      for \"C d\"\
             \n  parameter \"/a\" does not exist\
             \n    help: create it\
             \n    for A (manifest \"a.env\" line 3)\
             \n    for B (environment)"
        );
    }

    #[test]
    fn the_help_of_several_lines_is_told_once() {
        let problem = |message: &str, help: &str, at| {
            Problem::new(Diagnostic::input(message, help), line(at))
        };
        let text = Problems::from_iter([
            problem("blanks", "use quotes", 1),
            problem("no \"=\"", "write it", 2),
            Problem {
                file_help: Some("read it plainly"),
                ..problem("a quote", "use quotes", 3)
            },
            problem("blanks", "use quotes", 4),
        ])
        .to_string();
        assert_eq!(
            text,
            "command not started: 3 problems (exit code 65)\
             \n  manifest \"a.env\":\
             \n    line 1, line 4: blanks\
             \n    line 3: a quote\
             \n      help: use quotes\
             \n    line 2: no \"=\"\
             \n      help: write it\
             \n    help: read it plainly, which solves line 3"
        );
    }

    #[test]
    fn what_is_shown_is_bounded_and_what_is_not_is_counted() {
        let mut problems = Problems::default();
        problems.extend((1..=100_000).map(|number| {
            Problem::new(Diagnostic::input(format!("no {number}"), ""), line(number))
        }));
        let text = problems.to_string();
        assert!(
            text.contains("100000 problems") && text.len() < 2_000,
            "{text}"
        );
        assert!(text.ends_with("\n    and 99980 more problems"), "{text}");
        problems = Problems::default();
        let long = "x".repeat(10_000);
        problems.extend(
            (0..1_000)
                .map(|number| Problem::from(Diagnostic::input(format!("{number}{long}"), &long))),
        );
        let error = Error::from(problems);
        assert!(super::text(&error).len() < 2 * LONGEST_TEXT);
        assert!(super::text(&error).ends_with(" more problems"));
        let json = json(&error);
        assert!(
            json.len() <= 16 << 10 && !json.contains('\n'),
            "{}",
            json.len()
        );
    }

    #[test]
    fn nothing_forges_a_line() {
        let text = Problems::from_iter([Problem::from(Diagnostic::input(
            "a\nb\u{1b}[1m\u{202e}ä",
            "\r",
        ))])
        .to_string();
        assert!(
            text.ends_with("\n  a\\nb\\u{1b}[1m\\u{202e}ä\n    help: \\r"),
            "{text}"
        );
    }
}
