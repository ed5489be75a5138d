//! What is said on stderr besides errors. stdout belongs to the command.

use std::io::Write;

use crate::origin::Subject;
use crate::store::fetch::FetchStats;

/// Says one line.
pub(crate) fn say(line: &str) {
    // Where stderr is closed there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "paramexec: {line}");
}

/// Warns of what the command will lack because that was allowed.
pub(crate) fn say_what_was_left_out(files: &[String], stores: &[String]) {
    for warning in files.iter().chain(stores) {
        say(&format!("warning: {warning}"));
    }
}

/// Says where each variable came from, and what it took; names only.
pub(crate) fn say_what_came_from_where(set: &[Subject], stats: &FetchStats) {
    for subject in set {
        say(&format!("set {subject}"));
    }
    let (variables, calls, time) = (set.len(), stats.calls, stats.time.as_millis());
    let noun =
        |count: usize, one: &'static str, many: &'static str| if count == 1 { one } else { many };
    say(&format!(
        "set {variables} {}, in {calls} {} and {time} ms",
        noun(variables, "variable", "variables"),
        noun(calls as usize, "call", "calls"),
    ));
}
