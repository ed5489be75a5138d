//! What is said on stderr besides errors. stdout belongs to the command.

use std::io::Write;

/// Says one line.
pub(crate) fn say(line: &str) {
    // Where stderr is closed there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "paramexec: {line}");
}

/// Says each line.
pub(crate) fn say_all<'a>(lines: impl IntoIterator<Item = &'a String>) {
    lines.into_iter().for_each(|line| say(line));
}

/// Warns of what the command will lack because that was allowed.
pub(crate) fn warn<'a>(warnings: impl IntoIterator<Item = &'a String>) {
    for warning in warnings {
        say(&format!("warning: {warning}"));
    }
}
