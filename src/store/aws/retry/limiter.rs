//! When the next request may be sent, so that a fleet which starts at once gets through a limit
//! that it shares. Pure: no clock, no network, no randomness of its own.
//!
//! Nobody knows how large the fleet is, and all that a service says is yes or no. So:
//!
//! - One request goes ahead; its answer lets the others follow side by side. Of 300 instances that
//!   start at once most are refused, and each wastes one request instead of all of its own.
//! - A refusal concerns the whole process, not one request: from then on one request at a time
//!   goes out, at a point of a window of time that chance picks (full jitter). Windows follow one
//!   another without overlap, so there is one request in each: with overlapping ones a fleet takes
//!   longer and sends more.
//! - The first window is short, for small fleets. The second is long, which spreads a large one.
//!   Later ones are shorter, because others have got through since and those who have waited
//!   longest should come before those who have just begun.
//! - After a yes the next request follows soon, and after several more than one at a time.
//!
//! `fleet.rs` simulates fleets with this code; the windows' lengths were found so, over fleets of
//! 20 to 1,000, latencies of 5 to 50 ms, and buckets that hold 1, 40 and 80 requests.

use std::time::Duration;

/// How many requests are under way at once.
pub(crate) const MAX_IN_FLIGHT: usize = 16;
/// By how much that grows with each answer at the start: 20 requests take three latencies.
pub(crate) const RAMP_FACTOR: usize = 4;
/// How long the first window after a refusal is.
const FIRST: Duration = Duration::from_secs(3);
/// The second one, which spreads a fleet.
const SPREAD: Duration = Duration::from_secs(15);
/// All others.
const LATER: Duration = Duration::from_secs(5);
/// The longest pause after a yes that came after a refusal; it halves with each further one.
const PAUSE: Duration = Duration::from_millis(400);

/// The pace of one process at one service. Times are counted from the process's start.
#[derive(Debug)]
pub(crate) struct RateLimiter {
    budget: Duration,
    /// How many requests may be under way.
    open: usize,
    under_way: usize,
    /// Refusals so far. Answers to requests from before the last one tell nothing new.
    refusals: u32,
    /// Answers in a row since then.
    responses: u32,
    not_before: Duration,
    window: Duration,
    window_end: Duration,
}

/// What a request that wants to be sent has to do.
#[derive(Debug)]
pub(crate) enum Decision {
    /// Be sent.
    Now(Permit),
    /// Ask again at that time.
    At(Duration),
    /// Ask again when another request has come back.
    Later,
    /// Give up: the budget ends first.
    Never,
}

/// A request under way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Permit {
    refusals: u32,
}

impl RateLimiter {
    /// For a service whose limit a fleet exceeds at once: Parameter Store answers 40 requests a
    /// second for a whole account and region.
    pub(crate) fn probing(budget: Duration) -> Self {
        Self {
            budget,
            open: 1,
            under_way: 0,
            refusals: 0,
            responses: 0,
            not_before: Duration::ZERO,
            window: FIRST,
            window_end: Duration::ZERO,
        }
    }

    /// For a service that answers thousands of requests a second.
    pub(crate) fn open(budget: Duration) -> Self {
        Self {
            open: MAX_IN_FLIGHT,
            ..Self::probing(budget)
        }
    }

    /// Whether a request may be sent.
    pub(crate) fn decide(&mut self, now: Duration) -> Decision {
        if self.not_before.max(now) >= self.budget {
            Decision::Never
        } else if self.under_way >= self.open {
            Decision::Later
        } else if now < self.not_before {
            Decision::At(self.not_before)
        } else {
            self.under_way += 1;
            Decision::Now(Permit {
                refusals: self.refusals,
            })
        }
    }

    /// A request was answered. `random_unit` is from 0 to 1.
    pub(crate) fn answered(&mut self, permit: Permit, now: Duration, random_unit: f64) {
        self.under_way -= 1;
        if permit.refusals != self.refusals {
            return;
        }
        self.responses = self.responses.saturating_add(1);
        if self.refusals == 0 {
            self.open = (self.open * RAMP_FACTOR).min(MAX_IN_FLIGHT);
            return;
        }
        let halved = PAUSE / 1u32.checked_shl(self.responses - 1).unwrap_or(u32::MAX);
        self.not_before = now + halved.mul_f64(random_unit);
        // Two rounds went well at this width, so one more request at a time.
        if self.responses as usize >= self.open * (self.open + 1) {
            self.open = (self.open + 1).min(MAX_IN_FLIGHT);
        }
    }

    /// A request was refused because there are too many; `least` is how long the service says to
    /// wait, `random_unit` from 0 to 1.
    pub(crate) fn refused(
        &mut self,
        permit: Permit,
        now: Duration,
        least: Option<Duration>,
        random_unit: f64,
    ) {
        self.under_way -= 1;
        let least = now + least.unwrap_or_default();
        if permit.refusals != self.refusals {
            self.not_before = self.not_before.max(least);
            return;
        }
        self.refusals += 1;
        self.window = self.next_window();
        self.responses = 0;
        self.open = 1;
        let start = least.max(self.window_end);
        // What is left of the budget is used to its end, once.
        let window = self.window.min(self.budget.saturating_sub(start));
        self.not_before = start + window.mul_f64(random_unit);
        self.window_end = start + window;
    }

    fn next_window(&self) -> Duration {
        match self.refusals {
            ..=1 => FIRST,
            // Something got through since the last one, so the fleet is not that large.
            2 if self.responses > 0 => FIRST,
            2 => SPREAD,
            _ if self.responses > 0 => self.window.min(LATER),
            _ => LATER,
        }
    }

    /// A request came back without a word on the pace: a lost connection, a fault of the server.
    pub(crate) fn came_back(&mut self) {
        self.under_way -= 1;
    }

    /// Until when nothing is sent.
    pub(crate) fn not_before(&self) -> Duration {
        self.not_before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUDGET: Duration = Duration::from_mins(1);

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    fn sent(limiter: &mut RateLimiter, now: Duration) -> Vec<Permit> {
        let mut permits = Vec::new();
        while let Decision::Now(permit) = limiter.decide(now) {
            permits.push(permit);
        }
        permits
    }

    /// Sends one request as soon as it may be sent, and has it refused at once.
    fn refuse(limiter: &mut RateLimiter, random_unit: f64) -> Duration {
        let now = limiter.not_before();
        let permits = sent(limiter, now);
        assert_eq!(permits.len(), 1);
        limiter.refused(permits[0], now, None, random_unit);
        limiter.not_before()
    }

    #[test]
    fn one_request_goes_ahead_and_its_answer_lets_the_others_follow() {
        let mut limiter = RateLimiter::probing(BUDGET);
        let now = seconds(0.0);
        for expected in [1, 4, 16] {
            let permits = sent(&mut limiter, now);
            assert_eq!(permits.len(), expected);
            assert!(matches!(limiter.decide(now), Decision::Later));
            for permit in permits {
                limiter.answered(permit, now, 1.0);
            }
        }
        assert_eq!(
            sent(&mut RateLimiter::open(BUDGET), now).len(),
            MAX_IN_FLIGHT
        );
    }

    #[test]
    fn there_is_one_request_in_each_window_and_windows_do_not_overlap() {
        let mut limiter = RateLimiter::probing(BUDGET);
        let times = [1.0, 0.0, 0.5, 1.0, 0.0].map(|random_unit| refuse(&mut limiter, random_unit));
        assert_eq!(times, [3.0, 3.0, 20.5, 28.0, 28.0].map(seconds));
    }

    #[test]
    fn several_refusals_of_one_round_count_once() {
        let mut limiter = RateLimiter::open(BUDGET);
        for permit in sent(&mut limiter, seconds(0.0)) {
            limiter.refused(permit, seconds(0.0), None, 1.0);
        }
        assert_eq!(limiter.not_before(), seconds(3.0));
        assert!(matches!(limiter.decide(seconds(1.0)), Decision::At(time) if time == seconds(3.0)));
        assert_eq!(sent(&mut limiter, seconds(3.0)).len(), 1);
    }

    #[test]
    fn what_the_service_says_is_the_least() {
        let mut limiter = RateLimiter::open(BUDGET);
        let permits = sent(&mut limiter, seconds(0.0));
        limiter.refused(permits[0], seconds(0.0), Some(seconds(7.0)), 0.5);
        assert_eq!(limiter.not_before(), seconds(8.5));
        // Also where it says so in answer to a request of the same round.
        limiter.refused(permits[1], seconds(0.0), Some(seconds(20.0)), 0.5);
        assert_eq!(limiter.not_before(), seconds(20.0));
    }

    #[test]
    fn after_answers_it_speeds_up_again() {
        let mut limiter = RateLimiter::probing(BUDGET);
        let mut now = refuse(&mut limiter, 0.0);
        let mut widths = Vec::new();
        for _ in 0..6 {
            let permits = sent(&mut limiter, now);
            widths.push(permits.len());
            for permit in permits {
                limiter.answered(permit, now, 1.0);
            }
            assert!(limiter.not_before() <= now + PAUSE);
            now = limiter.not_before();
        }
        assert_eq!(widths, [1, 1, 2, 2, 3, 3]);
        assert!(now <= PAUSE * 2);
    }

    #[test]
    fn the_last_window_ends_with_the_budget_and_then_it_gives_up() {
        let mut limiter = RateLimiter::probing(seconds(10.0));
        assert_eq!(refuse(&mut limiter, 0.9), seconds(2.7));
        assert_eq!(refuse(&mut limiter, 0.9), seconds(9.3));
        refuse(&mut limiter, 0.0);
        assert!(matches!(limiter.decide(seconds(9.4)), Decision::Never));
        let mut fresh = RateLimiter::probing(seconds(10.0));
        assert!(matches!(fresh.decide(seconds(10.0)), Decision::Never));
    }

    #[test]
    fn a_lost_connection_leaves_the_pace_as_it_is() {
        let mut limiter = RateLimiter::probing(BUDGET);
        assert_eq!(sent(&mut limiter, seconds(0.0)).len(), 1);
        limiter.came_back();
        assert_eq!(sent(&mut limiter, seconds(0.0)).len(), 1);
    }
}
