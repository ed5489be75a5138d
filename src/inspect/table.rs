//! Reports for people: a table that reads well at 80 columns and in a log.

use std::fmt::Write;

use super::Report;
use super::row::{Row, Status};

/// A column wider than this would push the next one off the screen.
const WIDEST: usize = 28;

pub(super) fn show(report: &Report) -> String {
    let mut text = String::new();
    let names = report.rows.iter().map(|row| name(row).chars().count());
    let width = names
        .filter(|width| *width <= WIDEST)
        .max()
        .unwrap_or(0)
        .max("VARIABLE".len());
    line(&mut text, width, "VARIABLE", "FROM");
    for row in &report.rows {
        line(
            &mut text,
            width,
            &name(row),
            row.reference.as_deref().unwrap_or("(literal)"),
        );
        line(&mut text, width, "", &detail(row));
    }
    let _ = writeln!(text, "\n{}", summary(report));
    text
}

/// Any byte may be in a name, and not every one is for a terminal.
fn name(row: &Row) -> String {
    let name = row.variable.as_deref().unwrap_or("(many)");
    let plain = |c: char| {
        if c.is_control() {
            c.escape_debug().to_string()
        } else {
            c.to_string()
        }
    };
    name.chars().map(plain).collect()
}

fn line(text: &mut String, width: usize, left: &str, right: &str) {
    if left.chars().count() > width {
        let _ = writeln!(text, "{left}");
        return line(text, width, "", right);
    }
    let _ = writeln!(text, "{left:width$}  {right}");
}

fn detail(row: &Row) -> String {
    let mut parts = vec![row.origin.to_string()];
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
    match &row.status {
        Some(Status::Found(Some(version))) => parts.push(format!("found, version {version}")),
        Some(Status::Found(None)) => parts.push("found".to_owned()),
        Some(status) => parts.push(format!("{}{}", status.word().to_uppercase(), instead(row))),
        None => parts.extend(may_be_missing(row)),
    }
    parts.join("; ")
}

fn may_be_missing(row: &Row) -> Option<String> {
    match (row.has_default, row.optional) {
        (true, _) => Some("with a default".to_owned()),
        (false, true) => Some("optional".to_owned()),
        (false, false) => None,
    }
}

fn instead(row: &Row) -> &'static str {
    match (row.stops, row.has_default, row.optional) {
        (true, _, _) => "",
        (false, true, _) => ", its default stands in",
        (false, false, true) => ", left out as it is optional",
        (false, false, false) => ", left out as that is allowed",
    }
}

fn summary(report: &Report) -> String {
    let variables = report
        .rows
        .iter()
        .filter(|row| row.variable.is_some())
        .count();
    let sources = report.rows.len() - variables;
    let count = |count: usize, one: &str| {
        if count == 1 {
            format!("1 {one}")
        } else {
            format!("{count} {one}s")
        }
    };
    let command = report.command.as_ref().map_or_else(String::new, |command| {
        format!(", for {:?}", command.program)
    });
    let verdict = match (report.checked, report.exit_code) {
        (true, 0) => ": ready to start",
        (false, 0) => "",
        (_, _) => ": would not start, see stderr",
    };
    let (variables, sources) = (count(variables, "variable"), count(sources, "bulk source"));
    format!("{variables}, {sources}{command}{verdict}")
}
