//! How long to wait before asking again. Pure: no clock, no network, no randomness of its own.
//!
//! Throttling means that a whole fleet asks too much, so waits grow long and are spread over their
//! whole length. Any other fault is one connection's or one server's, so waits stay short.

use std::time::Duration;

/// Why a request has to be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// The service asked for fewer requests, and perhaps said when to come back.
    Throttled(Option<Duration>),
    /// A lost connection, a server's own error, an answer cut short.
    Broken,
}

const THROTTLED_FIRST: Duration = Duration::from_millis(500);
const THROTTLED_MOST: Duration = Duration::from_secs(8);
const BROKEN_FIRST: Duration = Duration::from_millis(50);
const BROKEN_MOST: Duration = Duration::from_secs(2);

/// The wait before attempt number `attempt` (the first repetition is 1), at a point of its whole
/// length that `chance` picks, from 0 to 1: full jitter.
pub(super) fn wait(reason: Reason, attempt: u32, chance: f64) -> Duration {
    let (first, most) = match reason {
        Reason::Throttled(_) => (THROTTLED_FIRST, THROTTLED_MOST),
        Reason::Broken => (BROKEN_FIRST, BROKEN_MOST),
    };
    let doubled = 1u32
        .checked_shl(attempt.saturating_sub(1))
        .unwrap_or(u32::MAX);
    let jittered = first.saturating_mul(doubled).min(most).mul_f64(chance);
    match reason {
        // What the service says is the least; everyone was told the same, so jitter comes on top.
        Reason::Throttled(Some(least)) => least + jittered,
        _ => jittered,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_bound_and_are_spread_over_their_whole_length() {
        let longest = |attempt| wait(Reason::Throttled(None), attempt, 1.0).as_millis();
        assert_eq!(
            [1, 2, 3, 5, 6, 99].map(longest),
            [500, 1000, 2000, 8000, 8000, 8000]
        );
        assert_eq!(
            wait(Reason::Throttled(None), 3, 0.25),
            Duration::from_millis(500)
        );
        assert_eq!(wait(Reason::Throttled(None), 3, 0.0), Duration::ZERO);
    }

    #[test]
    fn a_broken_connection_costs_less_than_throttling() {
        let longest = |attempt| wait(Reason::Broken, attempt, 1.0).as_millis();
        assert_eq!([1, 2, 7, u32::MAX].map(longest), [50, 100, 2000, 2000]);
    }

    #[test]
    fn what_the_service_says_is_the_least() {
        let said = Reason::Throttled(Some(Duration::from_secs(3)));
        assert_eq!(wait(said, 1, 0.5), Duration::from_millis(3250));
    }
}
