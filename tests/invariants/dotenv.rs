//! Dotenv objects: read again from a canonical print, and as dotenvy reads the whole file.

use std::collections::{BTreeMap, BTreeSet};

use paramexec::dotenv::{Dialect, Entry, SyntaxError, parse};

/// Of any bytes, in both dialects.
pub fn hold(bytes: &[u8]) {
    for dialect in [Dialect::Dotenv, Dialect::Docker] {
        match parse(bytes, dialect, &inherited, &|_| false) {
            Ok(entries) => hold_of_entries(bytes, dialect, &entries),
            Err(problems) => hold_of_problems(bytes, &problems),
        }
    }
}

/// dotenvy asks the process's environment, so what is compared with it does too.
fn inherited(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn hold_of_problems(bytes: &[u8], problems: &[SyntaxError]) {
    let lines = bytes.split(|byte| *byte == b'\n').count();
    assert!(!problems.is_empty(), "refused for no reason: {bytes:?}");
    for problem in problems {
        assert!((1..=lines).contains(&problem.line), "{problem} of {lines}");
        assert!(!problem.to_string().contains(char::is_control), "{problem}");
    }
}

fn hold_of_entries(bytes: &[u8], dialect: Dialect, entries: &[Entry]) {
    let text = std::str::from_utf8(bytes).expect("what is read is UTF-8");
    let names: BTreeSet<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names.len(), entries.len(), "a name twice in {entries:?}");
    for Entry { name, value, .. } in entries {
        assert!(!name.is_empty() && !name.contains(['=', '\0']), "{name:?}");
        assert!(!name.contains(char::is_whitespace), "{name:?}");
        assert!(!value.expose().contains('\0'), "{name} holds NUL");
    }
    let more = format!("{text}\n# a comment\n\n");
    assert_eq!(
        values_of(&more, dialect).as_ref(),
        Some(&values(entries)),
        "with a comment: {text:?}"
    );
    assert_eq!(
        again(entries, dialect),
        values(entries),
        "printed and read again: {text:?}"
    );
    match dialect {
        Dialect::Dotenv => is_as_dotenvy_reads_it(text, entries),
        Dialect::Docker => is_literal(text, entries),
    }
}

fn values(entries: &[Entry]) -> BTreeMap<String, String> {
    let each = entries.iter();
    each.map(|entry| (entry.name.clone(), entry.value.expose().to_owned()))
        .collect()
}

fn values_of(text: &str, dialect: Dialect) -> Option<BTreeMap<String, String>> {
    let entries = parse(text.as_bytes(), dialect, &inherited, &|_| false).ok()?;
    Some(values(&entries))
}

/// Printed one a file, since names can hide one another's; those that have no printed form are as they were.
fn again(entries: &[Entry], dialect: Dialect) -> BTreeMap<String, String> {
    let mut all = values(entries);
    for Entry { name, value, .. } in entries {
        if let Some(printed) = print(name, value.expose(), dialect) {
            let read =
                values_of(&printed, dialect).unwrap_or_else(|| panic!("refused: {printed:?}"));
            all.extend(read);
        }
    }
    all
}

/// The canonical form of one variable, if the dialect can say its value at all.
pub fn print(name: &str, value: &str, dialect: Dialect) -> Option<String> {
    match dialect {
        // It drops one CR of a line's end, which might be the value's.
        Dialect::Docker if value.contains('\n') => None,
        Dialect::Docker => Some(format!("{name}={value}\r\n")),
        Dialect::Dotenv if value.contains('\r') => None,
        Dialect::Dotenv
            if !value.contains('\'')
                && !["\\\\", "${"].iter().any(|it| value.contains(it))
                && !value.ends_with('\\') =>
        {
            Some(format!("{name}='{value}'\n"))
        }
        Dialect::Dotenv if !value.contains(['"', '$', '`', '\\']) => {
            Some(format!("{name}=\"{value}\"\n"))
        }
        Dialect::Dotenv => None,
    }
}

fn is_as_dotenvy_reads_it(text: &str, entries: &[Entry]) {
    let text = text
        .strip_prefix('\u{feff}')
        .unwrap_or(text)
        .replace("\r\n", "\n");
    // Of a whole file dotenvy alone refuses some blanks at a line's end, and takes a quote in a comment behind a value
    // for one that opens another; paramexec shows it neither.
    let odd =
        |line: &str| line.ends_with([' ', '\t']) || line.contains(" #") || line.contains("\t#");
    if text.split('\n').any(odd) {
        return;
    }
    let theirs: Result<BTreeMap<String, String>, _> =
        dotenvy::from_read_iter(text.as_bytes()).collect();
    let theirs = theirs.unwrap_or_else(|error| panic!("dotenvy refuses {text:?}: {error}"));
    assert_eq!(values(entries), theirs, "of {text:?}");
}

/// Each variable's line ends with its value, to the byte.
fn is_literal(text: &str, entries: &[Entry]) {
    let lines: Vec<&str> = text.split('\n').collect();
    for Entry {
        name, value, line, ..
    } in entries
    {
        let line = lines[line - 1];
        let line = line.strip_suffix('\r').unwrap_or(line);
        assert!(
            line.ends_with(&format!("{name}={}", value.expose())),
            "{line:?}"
        );
    }
}
