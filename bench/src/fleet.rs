//! A fleet that starts at once against a rate limit it shares, over virtual time. The instances
//! limit themselves with the program's own code; only the service is imitated.
//!
//! Time is a number here and nothing waits, so a minute of 1,000 instances takes milliseconds.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use crate::limiter::{Decision, Permit, RateLimiter};

/// What starts, and what it starts against.
#[derive(Debug, Clone, Copy)]
pub struct Fleet {
    pub instances: usize,
    /// Requests that each instance needs.
    pub calls: usize,
    pub timeout: Duration,
    /// Over how long the starts are spread.
    pub skew: Duration,
    pub latency: Duration,
    pub bucket: Bucket,
    /// Requests a second of others, which take from the same bucket.
    pub foreign: f64,
}

/// A token bucket.
#[derive(Debug, Clone, Copy)]
pub struct Bucket {
    pub per_second: f64,
    pub burst: f64,
    /// Whether refused requests take what little there is.
    pub refused_take: bool,
}

/// How a fleet's start went.
#[derive(Debug, Clone, Copy)]
pub struct Start {
    pub up: usize,
    /// From the first start to the last response.
    pub last: f64,
    pub sent: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Asks,
    Arrives { request: usize },
    Returns { request: usize, answered: bool },
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
    random: Random,
    events: BinaryHeap<Reverse<(Duration, usize, usize, Event)>>,
    count: usize,
    tokens: f64,
    filled: Duration,
    next_foreign: Duration,
    sent: usize,
}

impl Fleet {
    /// `calls` requests each, Parameter Store's default limit, 20 ms, at once.
    pub fn new(instances: usize, calls: usize) -> Self {
        Self {
            instances,
            calls,
            timeout: Duration::from_hours(10),
            skew: Duration::from_millis(20),
            latency: Duration::from_millis(20),
            bucket: Bucket {
                per_second: 40.0,
                burst: 40.0,
                refused_take: false,
            },
            foreign: 0.0,
        }
    }

    pub fn needed(&self) -> f64 {
        (self.instances * self.calls) as f64
    }

    /// How many seconds the limit alone makes it take.
    pub fn ideal(&self) -> f64 {
        let rate = self.bucket.per_second - self.foreign;
        let limited = (self.needed() - self.bucket.burst) / rate;
        limited.max(self.skew.as_secs_f64()).max(0.0)
    }

    /// Starts it; the same `seed` gives the same start.
    pub fn start(self, seed: u64) -> Start {
        let mut run = Run {
            fleet: self,
            random: Random(seed.wrapping_mul(7919)),
            events: BinaryHeap::new(),
            count: 0,
            tokens: self.bucket.burst,
            filled: Duration::ZERO,
            next_foreign: Duration::ZERO,
            sent: 0,
        };
        let mut instances: Vec<Instance> = (0..self.instances)
            .map(|_| run.instance(self.skew))
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
    fn instance(&mut self, skew: Duration) -> Instance {
        Instance {
            begin: skew.mul_f64(self.random.unit()),
            limiter: RateLimiter::new(self.fleet.timeout),
            permits: Vec::new(),
            to_send: self.fleet.calls,
            to_answer: self.fleet.calls,
            up_at: None,
        }
    }

    fn step(&mut self, now: Duration, number: usize, event: Event, instance: &mut Instance) {
        match event {
            Event::Asks => self.send(now, number, instance),
            Event::Arrives { request } => {
                let answered = self.take(now);
                let back = now + self.half_a_latency();
                self.after(back, number, Event::Returns { request, answered });
            }
            Event::Returns { request, answered } => {
                let (permit, random) = (instance.permits[request], self.random.unit());
                let local = now.saturating_sub(instance.begin);
                if answered {
                    instance.limiter.answered(permit, local, random);
                    instance.to_answer -= 1;
                    instance.up_at = (instance.to_answer == 0).then_some(now);
                } else {
                    instance.limiter.refused(permit, local, None, random);
                    instance.to_send += 1;
                }
                self.send(now, number, instance);
            }
        }
    }

    fn send(&mut self, now: Duration, number: usize, instance: &mut Instance) {
        while instance.to_send > 0 {
            match instance.limiter.decide(now.saturating_sub(instance.begin)) {
                Decision::Now(permit) => {
                    self.sent += 1;
                    instance.to_send -= 1;
                    instance.permits.push(permit);
                    let request = instance.permits.len() - 1;
                    let there = now + self.half_a_latency();
                    self.after(there, number, Event::Arrives { request });
                }
                Decision::At(local) => {
                    return self.after(instance.begin + local, number, Event::Asks);
                }
                Decision::Later | Decision::Never => return,
            }
        }
    }

    fn take(&mut self, now: Duration) -> bool {
        while self.fleet.foreign > 0.0 && self.next_foreign < now {
            let gap = -(1.0 - self.random.unit()).ln() / self.fleet.foreign;
            self.take_one(self.next_foreign);
            self.next_foreign += Duration::from_secs_f64(gap);
        }
        self.take_one(now)
    }

    fn take_one(&mut self, now: Duration) -> bool {
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
        self.fleet.latency.mul_f64(0.4 + 0.2 * self.random.unit())
    }

    fn after(&mut self, time: Duration, number: usize, event: Event) {
        self.count += 1;
        self.events.push(Reverse((time, self.count, number, event)));
    }

    fn outcome(&self, instances: &[Instance]) -> Start {
        let times = instances.iter().filter_map(|one| one.up_at);
        Start {
            up: times.clone().count(),
            last: times.max().unwrap_or_default().as_secs_f64(),
            sent: self.sent,
        }
    }
}

/// Randomness that repeats itself: splitmix64.
struct Random(u64);

impl Random {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^= bits >> 31;
        (bits >> 11) as f64 / (1u64 << 53) as f64
    }
}
