//! A limit of requests per second as Parameter Store has it: a bucket of tokens that refills evenly.

use std::time::Instant;

#[derive(Clone, Debug)]
pub struct Throughput {
    per_second: f64,
    tokens: f64,
    refilled: Instant,
}

impl Throughput {
    /// The bucket starts full: it holds what one second brings.
    pub fn new(per_second: u32) -> Self {
        let per_second = f64::from(per_second);
        Self {
            per_second,
            tokens: per_second,
            refilled: Instant::now(),
        }
    }

    /// Takes a token, if one is there.
    pub fn admits(&mut self) -> bool {
        let now = Instant::now();
        let brought = now.duration_since(self.refilled).as_secs_f64() * self.per_second;
        self.refilled = now;
        self.tokens = (self.tokens + brought).min(self.per_second);
        let admits = self.tokens >= 1.0;
        self.tokens -= if admits { 1.0 } else { 0.0 };
        admits
    }
}
