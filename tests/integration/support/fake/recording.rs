//! Everything that was asked of a fake, and a way to wait until something was.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::call::{Call, Op};

/// A test that waits longer than this for a request waits for one that never comes.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

#[derive(Default)]
pub struct Recording {
    log: Mutex<Log>,
    changed: Condvar,
}

#[derive(Clone, Default)]
pub struct Log {
    pub calls: Vec<Arc<Call>>,
    pub connections: usize,
    /// TLS handshakes that the client broke off, with what rustls says of them.
    pub failed_handshakes: Vec<String>,
    /// Requests that were no HTTP as the fake reads it, with what was wrong.
    pub not_understood: Vec<String>,
    pub in_flight: usize,
    pub most_in_flight: usize,
    changes: usize,
}

impl Recording {
    pub fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn connected(&self) -> usize {
        self.change(|log| {
            log.connections += 1;
            log.connections
        })
    }

    pub fn handshake_failed(&self, reason: String) {
        self.change(|log| log.failed_handshakes.push(reason));
    }

    pub fn not_understood(&self, reason: String) {
        self.change(|log| log.not_understood.push(reason));
    }

    pub fn received(&self, call: Arc<Call>) {
        self.change(|log| {
            log.calls.push(call);
            log.in_flight += 1;
            log.most_in_flight = log.most_in_flight.max(log.in_flight);
        });
    }

    /// Noted before the answer leaves: who has the answer finds it noted, and no request counts after its answer.
    pub fn answering(&self, call: &Call, status: u16) {
        self.change(|log| {
            let _ = call.status.set(status);
            log.in_flight -= 1;
        });
    }

    pub fn calls(&self, op: Option<Op>) -> Vec<Arc<Call>> {
        let log = self.log();
        log.calls
            .iter()
            .filter(|call| op.is_none_or(|op| call.op == op))
            .cloned()
            .collect()
    }

    /// Waits until the log fulfils a condition, which may itself ask the fake.
    pub fn wait_until(&self, condition: impl Fn(&Log) -> bool) {
        let deadline = Instant::now() + LONGEST_WAIT;
        let mut seen = self.log().clone();
        while !condition(&seen) {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "waited {LONGEST_WAIT:?} in vain; what came was {:#?}",
                summary(&seen)
            );
            let unchanged = |log: &mut Log| log.changes == seen.changes;
            let waited = self.changed.wait_timeout_while(self.log(), left, unchanged);
            let log = waited.unwrap_or_else(PoisonError::into_inner).0.clone();
            seen = log;
        }
    }

    fn change<T>(&self, change: impl FnOnce(&mut Log) -> T) -> T {
        let mut log = self.log();
        log.changes += 1;
        self.changed.notify_all();
        change(&mut log)
    }
}

fn summary(log: &Log) -> Vec<String> {
    log.calls
        .iter()
        .map(|call| format!("{:?} {} -> {:?}", call.op, call.json, call.status()))
        .collect()
}
