//! The time that a run may take in all, its own work included.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// The default of `--timeout`.
pub(crate) const DEFAULT: Duration = Duration::from_mins(1);

struct Budget {
    begin: Instant,
    time: Duration,
}

static BUDGET: OnceLock<Budget> = OnceLock::new();

/// The run has this much time from now on.
pub(crate) fn begin(time: Duration) {
    let begin = Instant::now();
    let _ = BUDGET.set(Budget { begin, time });
}

/// When the run began; now, where nothing began it.
pub(crate) fn began() -> Instant {
    BUDGET
        .get()
        .map_or_else(Instant::now, |budget| budget.begin)
}

/// What is left of the time.
pub(crate) fn left() -> Duration {
    BUDGET.get().map_or(DEFAULT, |budget| {
        budget.time.saturating_sub(budget.begin.elapsed())
    })
}
