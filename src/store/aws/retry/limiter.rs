//! Decides when the next request may be sent, so that a fleet that starts at once gets through a
//! rate limit that it shares. Pure: no clock, no network, no randomness of its own.
//!
//! A process does not know how large its fleet is; all it learns is whether a request is accepted.
//!
//! - At first every request is sent, up to [`MAX_IN_FLIGHT`]. Sending one ahead to probe the limit
//!   brings no fleet up sooner, and costs a round trip where nothing is throttled.
//! - A refusal slows the whole process down, not only the refused request: from then on one request
//!   is sent in each of a row of windows of time. Each window is longer than the one before by a
//!   constant factor, so a process waits in proportion to the time since the start, and the rate
//!   of the fleet's attempts stays a little above the limit, whatever the fleet's size.
//! - A process keeps its place within its windows. The places of a fleet are spread evenly, and
//!   those who get through leave gaps that are spread evenly too. New places in each window bring
//!   a fleet up a third later.
//! - The first place is more likely early than late, which serves a process that is alone.
//! - After a success the next request follows soon, and after several more than one at a time.
//!
//! `scripts/bench simulate` runs fleets with this code over virtual time. The constants were found
//! with it, for fleets of 1 to 2,000, limits of 10 to 1,000 a second, and latencies of 5 to 50 ms.

use std::time::Duration;

/// The most requests in flight: those for 200 parameters.
pub(crate) const MAX_IN_FLIGHT: usize = 20;
/// The length of the first window after a refusal: a process that is alone waits no longer.
const FIRST_WINDOW: Duration = Duration::from_secs(2);
/// By how much each further window is longer.
const GROWTH: f64 = 1.25;
/// The longest window. Shorter ones would make a large fleet send more for nothing.
const LONGEST_WINDOW: Duration = Duration::from_secs(20);
/// Above 1, the first place is likely to be early: half of them are in the first third.
const FIRST_PLACE_EXPONENT: f64 = 1.6;
/// The longest pause after a success that follows a refusal; it halves with each further one.
const PAUSE: Duration = Duration::from_millis(100);

/// Limits the requests of one process to one service. Times are counted from the process's start.
#[derive(Debug)]
pub(crate) struct RateLimiter {
    budget: Duration,
    max_in_flight: usize,
    in_flight: usize,
    /// Refusals so far. Responses to requests sent before the last one say nothing new.
    refusals: u32,
    /// Successes in a row since then.
    successes: u32,
    not_before: Duration,
    window: Duration,
    /// From 0 to 1, within each window of a row.
    place: f64,
    /// What follows that place in the current window; none if no row of refusals goes on.
    rest: Option<Duration>,
}

/// What to do with a request that is ready to be sent.
#[derive(Debug)]
pub(crate) enum Decision {
    /// Send it.
    Now(Permit),
    /// Ask again at that time.
    At(Duration),
    /// Ask again when another request has come back.
    Later,
    /// Give up: the budget ends first.
    Never,
}

/// A request in flight.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Permit {
    refusals: u32,
}

impl RateLimiter {
    pub(crate) fn new(budget: Duration) -> Self {
        Self {
            budget,
            max_in_flight: MAX_IN_FLIGHT,
            in_flight: 0,
            refusals: 0,
            successes: 0,
            not_before: Duration::ZERO,
            window: FIRST_WINDOW,
            place: 0.0,
            rest: None,
        }
    }

    /// Whether a request may be sent.
    pub(crate) fn decide(&mut self, now: Duration) -> Decision {
        if self.not_before.max(now) >= self.budget {
            Decision::Never
        } else if self.in_flight >= self.max_in_flight {
            Decision::Later
        } else if now < self.not_before {
            Decision::At(self.not_before)
        } else {
            self.in_flight += 1;
            Decision::Now(Permit {
                refusals: self.refusals,
            })
        }
    }

    /// A request was answered. `random_unit` is from 0 to 1.
    pub(crate) fn answered(&mut self, permit: Permit, now: Duration, random_unit: f64) {
        self.in_flight -= 1;
        if self.refusals == 0 || permit.refusals != self.refusals {
            return;
        }
        self.rest = None;
        self.successes = self.successes.saturating_add(1);
        let halved = PAUSE / 1u32.checked_shl(self.successes - 1).unwrap_or(u32::MAX);
        self.not_before = now + halved.mul_f64(random_unit);
        // Two rounds went well at this width, so one more request at a time.
        if self.successes as usize >= self.max_in_flight * (self.max_in_flight + 1) {
            self.max_in_flight = (self.max_in_flight + 1).min(MAX_IN_FLIGHT);
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
        self.in_flight -= 1;
        let earliest = now + least.unwrap_or_default();
        if permit.refusals != self.refusals {
            self.not_before = self.not_before.max(earliest);
            return;
        }
        let wait = self.next_wait(random_unit);
        self.refusals += 1;
        self.successes = 0;
        self.max_in_flight = 1;
        self.not_before = earliest.max(now + wait);
        // What is left of the budget is used to its end.
        if self.not_before >= self.budget && earliest < self.budget {
            self.not_before = earliest + self.budget.saturating_sub(earliest).mul_f64(random_unit);
        }
    }

    /// From a refusal to this process's place in the next window.
    fn next_wait(&mut self, random_unit: f64) -> Duration {
        let (rest, place) = match self.rest {
            None => {
                self.place = random_unit;
                let early = random_unit.powf(FIRST_PLACE_EXPONENT);
                let place = if self.refusals == 0 {
                    early
                } else {
                    random_unit
                };
                (Duration::ZERO, place)
            }
            Some(rest) => {
                self.window = self.window.mul_f64(GROWTH).min(LONGEST_WINDOW);
                (rest, self.place)
            }
        };
        self.rest = Some(self.window.mul_f64(1.0 - place));
        rest + self.window.mul_f64(place)
    }

    /// A request failed for a reason other than the limit: a lost connection, a server error.
    pub(crate) fn came_back(&mut self) {
        self.in_flight -= 1;
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

    /// Sends what may be sent at that time, and has it refused at once.
    fn refuse(limiter: &mut RateLimiter, now: Duration, random_unit: f64) -> Duration {
        for permit in sent(limiter, now) {
            limiter.refused(permit, now, None, random_unit);
        }
        limiter.not_before()
    }

    #[test]
    fn every_request_is_sent_until_one_is_refused() {
        let mut limiter = RateLimiter::new(BUDGET);
        let permits = sent(&mut limiter, seconds(0.0));
        assert_eq!(permits.len(), MAX_IN_FLIGHT);
        for permit in permits {
            limiter.answered(permit, seconds(0.0), 1.0);
        }
        assert_eq!(sent(&mut limiter, seconds(0.0)).len(), MAX_IN_FLIGHT);
    }

    #[test]
    fn windows_grow_and_the_place_within_them_stays() {
        let mut limiter = RateLimiter::new(BUDGET);
        let mut now = refuse(&mut limiter, seconds(0.0), 1.0);
        assert_eq!(now, seconds(2.0));
        // What chance says later changes nothing.
        for end in [4.5, 7.625, 11.53125] {
            now = refuse(&mut limiter, now, 0.3);
            assert_eq!(now, seconds(end));
        }
    }

    #[test]
    fn a_process_that_is_alone_comes_back_soon() {
        let wait = |random_unit| {
            let mut limiter = RateLimiter::new(BUDGET);
            refuse(&mut limiter, seconds(0.0), random_unit)
        };
        assert!(wait(0.5) < seconds(0.7), "{:?}", wait(0.5));
        assert_eq!(wait(1.0), seconds(2.0));
    }

    #[test]
    fn several_refusals_of_one_round_count_once() {
        let mut limiter = RateLimiter::new(BUDGET);
        assert_eq!(refuse(&mut limiter, seconds(0.0), 1.0), seconds(2.0));
        assert!(matches!(limiter.decide(seconds(1.0)), Decision::At(time) if time == seconds(2.0)));
        assert_eq!(sent(&mut limiter, seconds(2.0)).len(), 1);
    }

    #[test]
    fn what_the_service_says_is_the_least() {
        let mut limiter = RateLimiter::new(BUDGET);
        let permits = sent(&mut limiter, seconds(0.0));
        limiter.refused(permits[0], seconds(0.0), Some(seconds(7.0)), 0.5);
        assert_eq!(limiter.not_before(), seconds(7.0));
        // Also where it says so in response to a request of the same round.
        limiter.refused(permits[1], seconds(0.0), Some(seconds(20.0)), 0.5);
        assert_eq!(limiter.not_before(), seconds(20.0));
        limiter.refused(permits[2], seconds(0.0), Some(BUDGET), 0.5);
        assert!(matches!(limiter.decide(seconds(0.0)), Decision::Never));
    }

    #[test]
    fn after_successes_it_speeds_up_again() {
        let mut limiter = RateLimiter::new(BUDGET);
        let mut now = refuse(&mut limiter, seconds(0.0), 0.0);
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
    fn it_does_not_give_up_before_the_budget_ends() {
        let mut limiter = RateLimiter::new(seconds(3.0));
        let mut now = seconds(0.0);
        for _ in 0..8 {
            let next = refuse(&mut limiter, now, 0.9);
            assert!(next >= now && next < seconds(3.0), "{next:?}");
            now = next;
        }
        assert!(now > seconds(2.9), "{now:?}");
        assert!(matches!(limiter.decide(seconds(3.0)), Decision::Never));
    }

    #[test]
    fn a_lost_connection_does_not_slow_down() {
        let mut limiter = RateLimiter::new(BUDGET);
        for _ in sent(&mut limiter, seconds(0.0)) {
            limiter.came_back();
        }
        assert_eq!(sent(&mut limiter, seconds(0.0)).len(), MAX_IN_FLIGHT);
    }
}
