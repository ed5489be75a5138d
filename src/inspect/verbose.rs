//! The report of `--verbose`: where each variable came from, and what fetching it took.

use crate::origin::Subject;
use crate::store::fetch::FetchStats;

/// One line for each variable, and a summary; names only.
pub(crate) fn lines(set: &[Subject], stats: &FetchStats) -> Vec<String> {
    let (variables, calls, time) = (set.len(), stats.calls, stats.time.as_millis());
    let noun =
        |count: usize, one: &'static str, many: &'static str| if count == 1 { one } else { many };
    let summary = format!(
        "set {variables} {}, in {calls} {} and {time} ms",
        noun(variables, "variable", "variables"),
        noun(calls as usize, "call", "calls"),
    );
    let lines = set.iter().map(|subject| format!("set {subject}"));
    lines.chain([summary]).collect()
}
