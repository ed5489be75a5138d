//! Reports for people: a table that reads well at 80 columns and in a log.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::Report;
use super::row::{Row, Status};

/// How wide a line may be before its end goes on the next one.
const COLUMNS: usize = 80;
/// A name wider than this stands on a line of its own.
const WIDEST: usize = 28;
const GAP: usize = 2;

/// What a row says first, in the order in which the summary counts them.
const WORDS: [&str; 11] = [
    "to fetch",
    "to read",
    "found",
    "literal",
    "composed",
    "missing",
    "unusable",
    "denied",
    "unconfigured",
    "unavailable",
    "unanswered",
];

pub(super) fn show(report: &Report, in_colour: bool) -> String {
    let mut text = String::new();
    if report.rows.is_empty() {
        let _ = writeln!(text, "nothing to fetch");
    } else {
        let mut table = Table::new(&report.rows, in_colour);
        report.rows.iter().for_each(|row| table.add(row));
        let _ = writeln!(text, "{}\n{}", table.text, summary(&report.rows));
    }
    if let Some(verdict) = verdict(report) {
        let _ = writeln!(text, "{verdict}");
    }
    text
}

/// The lines so far, and where the columns end.
struct Table {
    text: String,
    status: usize,
    name: usize,
    in_colour: bool,
}

impl Table {
    fn new(rows: &[Row], in_colour: bool) -> Self {
        let statuses = rows.iter().map(|row| width(word(row)));
        let names = rows.iter().map(|row| width(&name(row)));
        let mut table = Self {
            text: String::new(),
            status: statuses.fold("STATUS".len(), usize::max),
            name: names
                .filter(|width| *width <= WIDEST)
                .fold("VARIABLE".len(), usize::max),
            in_colour,
        };
        let (status, name) = (table.status, table.name);
        let _ = writeln!(
            table.text,
            "{:status$}  {:name$}  FROM",
            "STATUS", "VARIABLE"
        );
        table
    }

    fn add(&mut self, row: &Row) {
        let (name, from) = (name(row), from(row));
        let style = if self.in_colour {
            style(row)
        } else {
            Style::new()
        };
        let (word, status) = (word(row), self.status);
        let _ = write!(self.text, "{style}{word:status$}{style:#}  {name}");
        // What is too wide for the last column stands further left, and so does what follows.
        let mut indent = status + GAP + self.name + GAP;
        let fits = indent + width(&from) <= COLUMNS;
        if !fits {
            indent = status + GAP;
        }
        if fits && width(&name) <= self.name {
            let gap = self.name - width(&name) + GAP;
            let _ = writeln!(self.text, "{:gap$}{from}", "");
        } else {
            let _ = write!(self.text, "\n{:indent$}{from}\n", "");
        }
        for line in joined(details(row), COLUMNS - indent) {
            let _ = writeln!(self.text, "{:indent$}{line}", "");
        }
    }
}

/// Lines of as many parts as fit.
fn joined(parts: Vec<String>, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            Some(line) if width(line) + GAP + width(&part) <= most => {
                line.push_str("; ");
                line.push_str(&part);
            }
            _ => lines.push(part),
        }
    }
    lines
}

fn width(text: &str) -> usize {
    text.chars().count()
}

/// Any byte may be in a name, and not every one is for a terminal.
fn name(row: &Row) -> String {
    // A bulk source gives names of its own.
    let name = row.variable.as_deref().unwrap_or("*");
    let plain = |c: char| {
        if c.is_control() {
            c.escape_debug().to_string()
        } else {
            c.to_string()
        }
    };
    name.chars().map(plain).collect()
}

/// What becomes of a row, in a word.
fn word(row: &Row) -> &'static str {
    let planned = match (&row.request, &row.reference) {
        (Some(_), _) => "to fetch",
        (None, None) => "literal",
        (None, Some(_)) if row.variable.is_some() => "composed",
        (None, Some(_)) => "to read",
    };
    match &row.status {
        None => planned,
        Some(Status::Found(_)) if planned == "composed" => planned,
        // A bulk source was fetched, and so were its values.
        Some(Status::Found(_)) if planned == "literal" && row.origin.bulk().is_none() => planned,
        Some(status) => status.word(),
    }
}

fn style(row: &Row) -> Style {
    let colour = match &row.status {
        Some(Status::Found(_)) if word(row) == "found" => AnsiColor::Green,
        None | Some(Status::Found(_)) => return Style::new(),
        Some(Status::Failed(_)) if row.stops => AnsiColor::Red,
        Some(Status::Failed(_)) => AnsiColor::Yellow,
    };
    colour.on_default()
}

/// The reference; a literal has none, and is where it was written.
fn from(row: &Row) -> String {
    row.reference
        .clone()
        .unwrap_or_else(|| row.origin.to_string())
}

fn details(row: &Row) -> Vec<String> {
    let mut parts = Vec::new();
    if row.reference.is_some() {
        parts.push(row.origin.to_string());
    }
    if let Some(request) = &row.request {
        let location = &request.location;
        parts.extend(
            location
                .region
                .as_ref()
                .map(|region| format!("in {region}")),
        );
        parts.extend(location.role.as_ref().map(|role| format!("as {role}")));
    }
    let rest = match &row.status {
        Some(Status::Found(version)) => {
            version.as_ref().map(|version| format!("version {version}"))
        }
        Some(Status::Failed(_)) => instead(row).map(str::to_owned),
        None => may_be_missing(row).map(str::to_owned),
    };
    parts.extend(rest);
    parts
}

fn may_be_missing(row: &Row) -> Option<&'static str> {
    match (row.has_default, row.optional) {
        (true, _) => Some("with a default"),
        (false, true) => Some("optional"),
        (false, false) => None,
    }
}

fn instead(row: &Row) -> Option<&'static str> {
    match (row.stops, row.has_default, row.optional) {
        (true, _, _) => None,
        (false, true, _) => Some("its default stands in"),
        (false, false, true) => Some("left out as it is optional"),
        (false, false, false) => Some("left out as that is allowed"),
    }
}

/// How many there are of what.
fn summary(rows: &[Row]) -> String {
    let (variables, sources): (Vec<&Row>, Vec<&Row>) =
        rows.iter().partition(|row| row.variable.is_some());
    let kinds = [(variables, "variable"), (sources, "bulk source")];
    let counted = kinds.into_iter().filter(|(rows, _)| !rows.is_empty());
    let counted = counted.map(|(rows, noun)| {
        let ending = if rows.len() == 1 { "" } else { "s" };
        let words = WORDS.into_iter().filter_map(|counted| {
            let count = rows.iter().filter(|row| word(row) == counted).count();
            (count > 0).then(|| format!("{count} {counted}"))
        });
        let words = words.collect::<Vec<_>>().join(", ");
        format!("{} {noun}{ending}: {words}", rows.len())
    });
    counted.collect::<Vec<_>>().join("\n")
}

/// Whether the command would start, as far as that is known.
fn verdict(report: &Report) -> Option<String> {
    let command = report.command.as_ref();
    let command = command.map(|command| format!("{:?}", command.program));
    match (command, report.checked, report.exit_code) {
        (Some(command), true, 0) => Some(format!("{command} is ready to start")),
        (Some(command), false, 0) => Some(format!("{command} would start")),
        (Some(command), _, _) => Some(format!("{command} would not start, see stderr")),
        (None, _, 0) => None,
        (None, _, _) => Some("no command to start, see stderr".to_owned()),
    }
}
