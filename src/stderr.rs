//! What is said on stderr: failures, warnings and notices. stdout belongs to the command.
//!
//! Each is written with one `write(2)`, so that the lines of containers that share a log do not mix.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::budget;
use crate::error::Error;
use crate::message::{self, plain};
use crate::process;

/// How long a reader that has fallen behind is waited for once the budget is used up.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whether everything is said as lines of JSON.
static AS_JSON: AtomicBool = AtomicBool::new(false);

/// Whether everything that follows is said as lines of JSON.
pub(crate) fn use_json(yes: bool) {
    AS_JSON.store(yes, Ordering::Relaxed);
}

/// Reports a failure.
pub fn fail(error: &Error) {
    if AS_JSON.load(Ordering::Relaxed) {
        write(&format!("{}\n", message::json(error)));
    } else {
        write(&format!("paramexec: {}\n", message::text(error)));
    }
}

/// Writes one line.
pub(crate) fn say(line: &str) {
    notice("info", line);
}

/// Writes several lines with one system call.
pub(crate) fn say_all(lines: &[String]) {
    let text: String = lines.iter().map(|line| rendered("info", line)).collect();
    if !text.is_empty() {
        write(&text);
    }
}

/// Warns of what the command will lack because that was allowed.
pub(crate) fn warn<'a>(warnings: impl IntoIterator<Item = &'a String>) {
    for warning in warnings {
        notice("warning", warning);
    }
}

fn notice(level: &str, line: &str) {
    write(&rendered(level, line));
}

fn rendered(level: &str, line: &str) -> String {
    if AS_JSON.load(Ordering::Relaxed) {
        return format!("{}\n", message::json_notice(level, line));
    }
    let level = if level == "warning" { "warning: " } else { "" };
    format!("paramexec: {level}{}\n", plain(&message::shortened(line)))
}

/// Where stderr is closed, or nobody reads it in time, there is nobody to tell.
fn write(text: &str) {
    process::write_to_stderr(text.as_bytes(), budget::left().max(PATIENCE));
}
