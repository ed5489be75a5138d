//! How long a request waits after a fault before it is sent again. Pure: no clock, no network, no
//! randomness of its own.
//!
//! Faults of one connection or one server are met with short waits, since the next attempt most
//! likely finds another. Throttling is a matter of the whole process: see `limiter.rs`.

use std::time::Duration;

/// Why a request has to be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RetryReason {
    /// The service asked for fewer requests, and perhaps said when to come back.
    Throttled(Option<Duration>),
    /// A lost connection, a server's own error, an answer cut short.
    Transient,
}

const WAIT_FIRST: Duration = Duration::from_millis(50);
const WAIT_MOST: Duration = Duration::from_secs(2);

/// The wait after fault number `faults`, at a point of its whole length that `random_unit` picks, from
/// 0 to 1: full jitter.
/// Never past what is `left` of the budget, so that it is used to its end.
pub(crate) fn wait(faults: u32, left: Duration, random_unit: f64) -> Duration {
    let length = doubled(WAIT_FIRST, faults.saturating_sub(1), WAIT_MOST);
    length.min(left).mul_f64(random_unit)
}

fn doubled(first: Duration, times: u32, most: Duration) -> Duration {
    let factor = 1u32.checked_shl(times).unwrap_or(u32::MAX);
    first.saturating_mul(factor).min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_bound_and_are_spread_over_their_whole_length() {
        let longest = |faults| wait(faults, Duration::MAX, 1.0).as_millis();
        assert_eq!(
            [1, 2, 3, 6, 7, u32::MAX].map(longest),
            [50, 100, 200, 1600, 2000, 2000]
        );
        assert_eq!(wait(3, Duration::MAX, 0.25), Duration::from_millis(50));
        assert_eq!(wait(3, Duration::MAX, 0.0), Duration::ZERO);
    }

    #[test]
    fn no_wait_passes_the_end_of_the_budget() {
        assert_eq!(wait(9, Duration::from_millis(90), 1.0).as_millis(), 90);
    }
}
