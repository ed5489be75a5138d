//! Fleets that start at once against a limit they share, over virtual time: the instances keep
//! the pace that the program keeps, with the same code; only the service is imitated.
//!
//! A second is a number here and nothing waits, so a minute of 1,000 instances takes some
//! milliseconds. Used by the tests below and by `scripts/bench simulate`.

#![allow(clippy::cast_precision_loss, reason = "counts are small")]

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use super::limiter::{Decision, Permit, RateLimiter};

/// What starts, and what it starts against.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fleet {
    pub(crate) instances: usize,
    /// Requests that each instance needs.
    pub(crate) calls: usize,
    pub(crate) timeout: Duration,
    /// Over how long the starts are spread.
    pub(crate) skew: Duration,
    pub(crate) latency: Duration,
    pub(crate) bucket: Bucket,
}

/// A token bucket.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bucket {
    pub(crate) per_second: f64,
    pub(crate) burst: f64,
    /// Whether refused requests take what little there is.
    pub(crate) refused_take: bool,
}

/// How a fleet's start went.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Start {
    pub(crate) up: usize,
    /// From the first start to the last answer.
    pub(crate) half: Duration,
    pub(crate) last: Duration,
    pub(crate) sent: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Asks,
    Arrives { sent_after: usize },
    Returns { sent_after: usize, answered: bool },
}

struct Instance {
    begin: Duration,
    limiter: RateLimiter,
    permits: Vec<Permit>,
    to_send: usize,
    to_answer: usize,
    up_at: Option<Duration>,
}

struct Run {
    fleet: Fleet,
    random_unit: Chance,
    events: BinaryHeap<Reverse<(Duration, usize, usize, Event)>>,
    count: usize,
    tokens: f64,
    filled: Duration,
    sent: usize,
}

impl Fleet {
    /// 30 parameters each, Parameter Store's default limit, at once.
    pub(crate) fn of(instances: usize) -> Self {
        Self {
            instances,
            calls: 3,
            timeout: Duration::from_mins(3),
            skew: Duration::from_millis(20),
            latency: Duration::from_millis(20),
            bucket: Bucket {
                per_second: 40.0,
                burst: 40.0,
                refused_take: false,
            },
        }
    }

    /// How long the limit alone makes it take.
    pub(crate) fn ideal(&self) -> Duration {
        let each = self.calls as f64 / self.bucket.per_second;
        Duration::from_secs_f64(self.instances as f64 * each)
    }

    /// Starts it; the same `seed` gives the same start.
    pub(crate) fn start(self, seed: u64) -> Start {
        let mut run = Run {
            fleet: self,
            random_unit: Chance::new(seed),
            events: BinaryHeap::new(),
            count: 0,
            tokens: self.bucket.burst,
            filled: Duration::ZERO,
            sent: 0,
        };
        let mut instances: Vec<Instance> = (0..self.instances)
            .map(|_| Instance {
                begin: self.skew.mul_f64(run.random_unit.next()),
                limiter: RateLimiter::probing(self.timeout),
                permits: Vec::new(),
                to_send: self.calls,
                to_answer: self.calls,
                up_at: None,
            })
            .collect();
        for (number, instance) in instances.iter().enumerate() {
            run.after(instance.begin, number, Event::Asks);
        }
        while let Some(Reverse((now, _, number, event))) = run.events.pop() {
            run.step(now, number, event, &mut instances[number]);
        }
        run.outcome(&instances)
    }
}

impl Run {
    fn step(&mut self, now: Duration, number: usize, event: Event, instance: &mut Instance) {
        let local = now.saturating_sub(instance.begin);
        match event {
            Event::Asks => {}
            Event::Arrives { sent_after } => {
                let answered = self.take(now);
                let back = now + self.half_a_latency();
                let returns = Event::Returns {
                    sent_after,
                    answered,
                };
                return self.after(back, number, returns);
            }
            Event::Returns {
                sent_after,
                answered: true,
            } => {
                instance.to_answer -= 1;
                let permit = instance.permits[sent_after];
                instance
                    .limiter
                    .answered(permit, local, self.random_unit.next());
                if instance.to_answer == 0 {
                    instance.up_at = Some(now);
                }
            }
            Event::Returns { sent_after, .. } => {
                instance.to_send += 1;
                let permit = instance.permits[sent_after];
                instance
                    .limiter
                    .refused(permit, local, None, self.random_unit.next());
            }
        }
        self.send(now, number, instance);
    }

    fn send(&mut self, now: Duration, number: usize, instance: &mut Instance) {
        while instance.to_send > 0 {
            match instance.limiter.decide(now.saturating_sub(instance.begin)) {
                Decision::Now(permit) => {
                    self.sent += 1;
                    instance.to_send -= 1;
                    instance.permits.push(permit);
                    let arrives = Event::Arrives {
                        sent_after: instance.permits.len() - 1,
                    };
                    let there = now + self.half_a_latency();
                    self.after(there, number, arrives);
                }
                Decision::At(local) => {
                    return self.after(instance.begin + local, number, Event::Asks);
                }
                Decision::Later | Decision::Never => return,
            }
        }
    }

    fn take(&mut self, now: Duration) -> bool {
        let Bucket {
            per_second,
            burst,
            refused_take,
        } = self.fleet.bucket;
        let more = now.saturating_sub(self.filled).as_secs_f64() * per_second;
        self.tokens = (self.tokens + more).min(burst);
        self.filled = now;
        let enough = self.tokens >= 1.0;
        if enough {
            self.tokens -= 1.0;
        } else if refused_take {
            self.tokens = 0.0;
        }
        enough
    }

    fn half_a_latency(&mut self) -> Duration {
        self.fleet
            .latency
            .mul_f64(0.4 + 0.2 * self.random_unit.next())
    }

    fn after(&mut self, time: Duration, number: usize, event: Event) {
        self.count += 1;
        self.events.push(Reverse((time, self.count, number, event)));
    }

    fn outcome(&self, instances: &[Instance]) -> Start {
        let mut times: Vec<Duration> = instances.iter().filter_map(|one| one.up_at).collect();
        times.sort_unstable();
        Start {
            up: times.len(),
            half: times.get(times.len() / 2).copied().unwrap_or_default(),
            last: times.last().copied().unwrap_or_default(),
            sent: self.sent,
        }
    }
}

/// Chance that repeats itself: splitmix64.
struct Chance(u64);

impl Chance {
    fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^= bits >> 31;
        f64::from((bits >> 32) as u32) / f64::from(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Chance differs from start to start, so each target is met by all of these.
    const SEEDS: std::ops::Range<u64> = 0..20;

    fn times(duration: Duration, factor: f64) -> Duration {
        duration.mul_f64(factor)
    }

    #[test]
    fn three_hundred_instances_come_up_near_the_ideal_with_few_requests() {
        let fleet = Fleet::of(300);
        assert_eq!(fleet.ideal(), Duration::from_millis(22_500));
        for seed in SEEDS {
            let start = fleet.start(seed);
            assert_eq!(start.up, 300, "{start:?}");
            assert!(start.last <= times(fleet.ideal(), 1.25), "{start:?}");
            assert!(start.sent <= 2 * 900, "{start:?}");
        }
    }

    #[test]
    fn that_holds_for_other_latencies_bursts_and_starts() {
        let fleet = Fleet::of(300);
        let bucket = fleet.bucket;
        let burst = |burst| Fleet {
            bucket: Bucket { burst, ..bucket },
            ..fleet
        };
        let latency = |latency| Fleet { latency, ..fleet };
        let skew = |skew| Fleet { skew, ..fleet };
        let fleets = [
            latency(Duration::from_millis(5)),
            latency(Duration::from_millis(50)),
            skew(Duration::ZERO),
            skew(Duration::from_secs(2)),
            burst(80.0),
        ];
        for fleet in fleets {
            let start = fleet.start(1);
            assert_eq!(start.up, 300, "{start:?}");
            assert!(start.last <= times(fleet.ideal(), 1.25), "{start:?}");
            assert!(start.sent <= 2 * 900, "{start:?}");
        }
    }

    #[test]
    fn three_hundred_come_up_within_a_minute_where_the_bucket_is_unkind() {
        let fleet = Fleet::of(300);
        let bucket = fleet.bucket;
        let unkind = [
            Bucket {
                burst: 1.0,
                ..bucket
            },
            Bucket {
                refused_take: true,
                ..bucket
            },
        ];
        for bucket in unkind {
            let timeout = Duration::from_mins(1);
            let start = Fleet {
                timeout,
                bucket,
                ..fleet
            }
            .start(1);
            assert_eq!(start.up, 300, "{start:?}");
        }
    }

    #[test]
    fn a_thousand_instances_come_up_within_180_seconds() {
        for seed in 0..3 {
            let start = Fleet::of(1_000).start(seed);
            assert_eq!(start.up, 1_000, "{start:?}");
            assert!(start.last <= Duration::from_secs(90), "{start:?}");
        }
    }

    #[test]
    fn of_a_hundred_instances_half_are_up_within_the_ideal() {
        let fleet = Fleet::of(100);
        for seed in SEEDS {
            let start = fleet.start(seed);
            assert_eq!(start.up, 100);
            assert!(start.half <= fleet.ideal(), "{start:?}");
        }
    }

    #[test]
    fn a_small_fleet_is_up_in_seconds() {
        for seed in SEEDS {
            for (instances, most) in [(5, 100), (10, 100), (20, 4_000), (30, 6_000)] {
                let start = Fleet::of(instances).start(seed);
                assert_eq!(start.up, instances);
                assert!(start.last <= Duration::from_millis(most), "{start:?}");
            }
        }
    }

    #[test]
    fn one_instance_with_200_parameters_takes_three_latencies_and_20_requests() {
        let alone = Fleet {
            calls: 20,
            skew: Duration::ZERO,
            ..Fleet::of(1)
        };
        let start = alone.start(1);
        assert!(start.last <= times(alone.latency, 3.0 * 1.2), "{start:?}");
        assert_eq!(start.sent, 20);
    }
}
