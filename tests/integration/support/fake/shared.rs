//! What the threads of one fake share, and the only ways in which they wait for one another.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::fault::Script;
use super::recording::Recording;
use super::store::Store;

#[derive(Default)]
pub struct Shared {
    store: Mutex<Store>,
    pub recording: Recording,
    pub script: Script,
    gate: Mutex<Gate>,
    moved: Condvar,
}

#[derive(Default)]
struct Gate {
    stopped: bool,
    releases: usize,
    /// The connections that are still to be closed without a byte read.
    unread: usize,
}

impl Shared {
    pub fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn stop(&self) {
        self.gate().stopped = true;
        self.moved.notify_all();
    }

    pub fn is_stopped(&self) -> bool {
        self.gate().stopped
    }

    /// Lets every request go on that hangs now.
    pub fn release(&self) {
        self.gate().releases += 1;
        self.moved.notify_all();
    }

    /// The number of releases so far, for [`Self::hang`].
    pub fn releases(&self) -> usize {
        self.gate().releases
    }

    /// Waits for a release later than `seen`, or for the end.
    pub fn hang(&self, seen: usize) {
        let waiting = |gate: &mut Gate| gate.releases == seen && !gate.stopped;
        drop(
            self.moved
                .wait_while(self.gate(), waiting)
                .unwrap_or_else(PoisonError::into_inner),
        );
    }

    /// Lets time pass: simulated latency, which ends at once when the fake does.
    pub fn pass(&self, duration: Duration) {
        let until = Instant::now() + duration;
        let mut gate = self.gate();
        while !gate.stopped {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            gate = self
                .moved
                .wait_timeout(gate, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    pub fn leave_unread(&self, connections: usize) {
        self.gate().unread = connections;
    }

    /// Whether this connection is one of those to be closed unread.
    pub fn takes_unread(&self) -> bool {
        let mut gate = self.gate();
        let takes = gate.unread > 0;
        gate.unread = gate.unread.saturating_sub(1);
        takes
    }

    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
