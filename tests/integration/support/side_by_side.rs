//! Cases that wait more than they work, all at once: a table of faults then costs one budget, not one a row.

use std::fmt::Debug;
use std::thread;

/// More would only wait for processors.
const AT_ONCE: usize = 8;

/// Runs the test on every case, a few at a time; those that panic fail the test by name.
#[track_caller]
pub fn side_by_side<C: Debug + Send>(cases: impl IntoIterator<Item = C>, test: impl Fn(C) + Sync) {
    let mut left = cases.into_iter().peekable();
    let mut failed = Vec::new();
    while left.peek().is_some() {
        thread::scope(|scope| {
            let some = left.by_ref().take(AT_ONCE).map(|case| {
                let name = format!("{case:?}");
                (name, scope.spawn(|| test(case)))
            });
            // All are started before the first is waited for.
            let started: Vec<_> = some.collect();
            let ended = started.into_iter().map(|(name, case)| (name, case.join()));
            failed.extend(ended.filter_map(|(name, end)| end.err().map(|_| name)));
        });
    }
    assert!(failed.is_empty(), "these failed, see above: {failed:#?}");
}
