//! Sends requests until they are answered or the budget ends, so many at once and no more, and
//! tells the reader of stderr when that takes long.

use std::cell::{Cell, RefCell};
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use super::retry::{self, Reason};
use super::trouble::Trouble;
use crate::failure::{Fault, Kind};
use crate::report;

/// How many requests are under way at once.
const SIDE_BY_SIDE: usize = 8;
/// How long one attempt may take: a lost packet must not cost the whole budget.
const ATTEMPT: Duration = Duration::from_secs(10);
/// After how long stderr says why it is slow; each further word waits twice as long.
const SLOW: Duration = Duration::from_secs(5);

/// The budget of one run and what was spent of it.
pub(super) struct Attempts {
    timeout: Duration,
    begin: Instant,
    sent: Cell<u32>,
    answered: Cell<u32>,
    throttled: Cell<u32>,
    last: RefCell<Option<String>>,
    room: Semaphore,
}

impl Attempts {
    pub(super) fn new(timeout: Duration) -> Self {
        Self {
            timeout,
            begin: Instant::now(),
            sent: Cell::new(0),
            answered: Cell::new(0),
            throttled: Cell::new(0),
            last: RefCell::new(None),
            room: Semaphore::new(SIDE_BY_SIDE),
        }
    }

    pub(super) fn sent(&self) -> u32 {
        self.sent.get()
    }

    /// When the budget ends.
    pub(super) fn deadline(&self) -> Instant {
        self.begin + self.timeout
    }

    /// Sends what `call` sends until it is answered for good; `what` is for messages.
    pub(super) async fn until_answered<T>(
        &self,
        what: &str,
        call: impl AsyncFn() -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        let mut last = None;
        for attempt in 1.. {
            let trouble = match self.once(&call).await {
                Some(Ok(answer)) => {
                    self.answered.set(self.answered.get() + 1);
                    return Ok(answer);
                }
                Some(Err(trouble)) => trouble,
                None => break,
            };
            let Some(reason) = trouble.again else {
                return Err(trouble);
            };
            self.note(reason, &trouble);
            last = Some(trouble);
            let until = Instant::now() + retry::wait(reason, attempt, chance());
            if until >= self.deadline() {
                break;
            }
            tokio::time::sleep_until(until).await;
        }
        Err(self.out_of_time(what, last))
    }

    /// One attempt; none when the budget ends first.
    async fn once<T>(
        &self,
        call: &impl AsyncFn() -> Result<T, Trouble>,
    ) -> Option<Result<T, Trouble>> {
        let deadline = self.deadline();
        let _room = timeout_at(deadline, self.room.acquire()).await.ok()?;
        self.sent.set(self.sent.get() + 1);
        let patience = Instant::now() + ATTEMPT;
        match timeout_at(patience.min(deadline), call()).await {
            Ok(outcome) => Some(outcome),
            Err(_) if patience < deadline => Some(Err(Trouble::silent(ATTEMPT))),
            Err(_) => None,
        }
    }

    fn note(&self, reason: Reason, trouble: &Trouble) {
        if matches!(reason, Reason::Throttled(_)) {
            self.throttled.set(self.throttled.get() + 1);
        }
        *self.last.borrow_mut() = Some(trouble.fault.cause.clone());
    }

    fn out_of_time(&self, what: &str, last: Option<Trouble>) -> Trouble {
        let budget = format!("within the timeout of {} s", self.timeout.as_secs_f32());
        let fault = match last {
            Some(Trouble { fault, .. }) => Fault::new(
                fault.kind,
                format!("{}; no success {budget}", fault.cause),
                fault.remedy,
            ),
            None => Fault::new(
                Kind::TryAgain,
                format!("{what} was not answered {budget}"),
                "try again, check that the network lets it through, or raise --timeout",
            ),
        };
        Trouble::final_(fault)
    }

    /// Runs `work`, and says on stderr why it is slow when it is.
    pub(super) async fn tell_when_slow<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        let mut pause = SLOW;
        loop {
            match tokio::time::timeout(pause, &mut work).await {
                Ok(done) => return done,
                Err(_) => report::say(&self.state()),
            }
            pause *= 2;
        }
    }

    fn state(&self) -> String {
        let spent = self.begin.elapsed();
        let left = self.timeout.saturating_sub(spent);
        let why = match (&*self.last.borrow(), self.throttled.get()) {
            (Some(last), 0) => format!("last trouble: {last}"),
            (Some(last), throttled) => format!("throttled {throttled} times; last trouble: {last}"),
            (None, _) => "no answer yet".to_owned(),
        };
        format!(
            "still fetching after {} s, {} s left: {} requests sent, {} answered; {why}",
            spent.as_secs(),
            left.as_secs(),
            self.sent.get(),
            self.answered.get(),
        )
    }
}

/// A number from 0 to 1, another one each time and in each process: the standard library's hash
/// keys are seeded by the system's randomness, which is all that jitter needs.
fn chance() -> f64 {
    thread_local!(static COUNT: Cell<u64> = const { Cell::new(0) });
    thread_local!(static STATE: RandomState = RandomState::new());
    let count = COUNT.replace(COUNT.get() + 1);
    let bits = STATE.with(|state| state.hash_one(count));
    f64::from((bits >> 32) as u32) / f64::from(u32::MAX)
}
