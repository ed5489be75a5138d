//! Sends requests until they are answered or the budget ends, at the rate that their service
//! allows, and reports on stderr when that takes long.

pub(crate) mod backoff;
pub(crate) mod limiter;

use std::cell::{Cell, RefCell, RefMut};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use crate::budget;
use crate::error::{Diagnostic, ErrorKind};
use crate::stderr;
use crate::store::aws::error::RequestError;
use crate::store::aws::retry::limiter::{Decision, Permit, RateLimiter};
use crate::store::aws::service::Service;
use backoff::RetryReason;

/// After how long stderr says why it is slow; each further report waits twice as long.
const SLOW: Duration = Duration::from_secs(5);

/// Whom a request goes to, and for whom: what AWS counts requests by. Requests of one lane keep
/// one pace, and hold up no other.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct LimitKey {
    pub(super) service: Service,
    pub(super) region: String,
    /// The role that stands for another account.
    pub(super) role: Option<String>,
}

/// The time budget of one run, and how much of it was spent.
pub(super) struct Retrier {
    timeout: Duration,
    begin: Instant,
    sent: Cell<u32>,
    answered: Cell<u32>,
    throttled: Cell<u32>,
    last: RefCell<Option<String>>,
    limiters: RefCell<HashMap<LimitKey, RateLimiter>>,
    came_back: Notify,
}

impl Retrier {
    pub(super) fn new(timeout: Duration) -> Self {
        Self {
            timeout,
            begin: budget::began().into(),
            sent: Cell::new(0),
            answered: Cell::new(0),
            throttled: Cell::new(0),
            last: RefCell::new(None),
            limiters: RefCell::default(),
            came_back: Notify::new(),
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
    pub(super) async fn send<T>(
        &self,
        limit_key: &LimitKey,
        what: &str,
        call: impl AsyncFn() -> Result<T, RequestError>,
    ) -> Result<T, RequestError> {
        let mut last = None;
        let mut broken = 0;
        while let Some(permit) = self.decide(limit_key).await {
            let Some(outcome) = self.once(&call).await else {
                self.update_limiter(limit_key, RateLimiter::came_back);
                break;
            };
            self.record(limit_key, permit, &outcome);
            let error = match outcome {
                Ok(answer) => {
                    self.answered.set(self.answered.get() + 1);
                    return Ok(answer);
                }
                Err(error) => error,
            };
            let Some(reason) = error.retry else {
                return Err(error);
            };
            self.note(reason, &error);
            last = Some(error);
            if reason == RetryReason::Transient {
                broken += 1;
                self.pause(broken).await;
            }
        }
        Err(self.out_of_time(limit_key.service, what, last))
    }

    /// Waits after fault number `faults`, never past the end of the budget.
    pub(super) async fn pause(&self, faults: u32) {
        let left = self.timeout.saturating_sub(self.begin.elapsed());
        sleep(backoff::wait(faults, left, random_unit())).await;
    }

    /// Waits until a request may be sent; none when the budget ends first.
    async fn decide(&self, limit_key: &LimitKey) -> Option<Permit> {
        loop {
            let decide = self.limiter(limit_key).decide(self.begin.elapsed());
            match decide {
                Decision::Now(permit) => return Some(permit),
                Decision::At(time) => sleep_until(self.begin + time).await,
                Decision::Later => {
                    timeout_at(self.deadline(), self.came_back.notified())
                        .await
                        .ok()?;
                }
                Decision::Never => return None,
            }
        }
    }

    /// One attempt; none when the budget ends first. Connections bound it more tightly.
    async fn once<T>(
        &self,
        call: &impl AsyncFn() -> Result<T, RequestError>,
    ) -> Option<Result<T, RequestError>> {
        self.sent.set(self.sent.get() + 1);
        timeout_at(self.deadline(), call()).await.ok()
    }

    fn record<T>(&self, limit_key: &LimitKey, permit: Permit, outcome: &Result<T, RequestError>) {
        let now = self.begin.elapsed();
        self.update_limiter(limit_key, |limiter| match outcome {
            Ok(_) => limiter.answered(permit, now, random_unit()),
            Err(error) => match error.retry {
                Some(RetryReason::Throttled(least)) => {
                    limiter.refused(permit, now, least, random_unit());
                }
                Some(RetryReason::Transient) => limiter.came_back(),
                // An error is an answer too.
                None => limiter.answered(permit, now, random_unit()),
            },
        });
    }

    fn update_limiter(&self, limit_key: &LimitKey, change: impl FnOnce(&mut RateLimiter)) {
        change(&mut self.limiter(limit_key));
        self.came_back.notify_waiters();
    }

    fn limiter(&self, limit_key: &LimitKey) -> RefMut<'_, RateLimiter> {
        let fresh = || RateLimiter::new(self.timeout);
        RefMut::map(self.limiters.borrow_mut(), |limiters| {
            limiters.entry(limit_key.clone()).or_insert_with(fresh)
        })
    }

    fn note(&self, reason: RetryReason, error: &RequestError) {
        if matches!(reason, RetryReason::Throttled(_)) {
            self.throttled.set(self.throttled.get() + 1);
        }
        *self.last.borrow_mut() = Some(error.diagnostic.message.clone());
    }

    fn out_of_time(
        &self,
        service: Service,
        what: &str,
        last: Option<RequestError>,
    ) -> RequestError {
        let budget = format!("within the timeout of {} s", self.timeout.as_secs_f32());
        let raise = format!("raise --timeout (now {:?})", self.timeout);
        let throttled = match service {
            Service::ParameterStore => {
                format!("{raise} or enable higher throughput for Parameter Store")
            }
            _ => raise.clone(),
        };
        let diagnostic = match last {
            Some(RequestError {
                diagnostic, retry, ..
            }) => Diagnostic::new(
                diagnostic.kind,
                format!("{}; no success {budget}", diagnostic.message),
                match retry {
                    Some(RetryReason::Throttled(_)) => throttled,
                    _ => diagnostic.help,
                },
            ),
            None if self.throttled.get() > 0 => Diagnostic::new(
                ErrorKind::TryAgain,
                format!("{what} could not be asked {budget}, since AWS throttles"),
                throttled,
            ),
            None => Diagnostic::new(
                ErrorKind::TryAgain,
                format!("{what} was not answered {budget}"),
                format!(
                    "check the security groups and, in a private subnet, the VPC endpoints or NAT gateway; or {raise}"
                ),
            ),
        };
        RequestError::permanent(diagnostic)
    }

    /// Runs `work`, and reports on stderr if it is slow.
    pub(super) async fn report_progress<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        let mut pause = SLOW;
        loop {
            match tokio::time::timeout(pause, &mut work).await {
                Ok(done) => return done,
                Err(_) => stderr::say(&self.state()),
            }
            pause *= 2;
        }
    }

    fn state(&self) -> String {
        let spent = self.begin.elapsed();
        let left = self.timeout.saturating_sub(spent);
        let why = match (&*self.last.borrow(), self.throttled.get()) {
            (Some(last), 0) => format!("last error: {last}"),
            (Some(last), throttled) => format!(
                "throttled {throttled} times{}; last error: {last}",
                self.next(spent)
            ),
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

    /// When the first request after a refusal goes out.
    fn next(&self, now: Duration) -> String {
        let limiters = self.limiters.borrow();
        let times = limiters.values().map(RateLimiter::not_before);
        let waits = times.filter_map(|time| time.checked_sub(now));
        match waits.filter(|wait| !wait.is_zero()).min() {
            Some(wait) => format!(", next request in {:.1} s", wait.as_secs_f64()),
            None => String::new(),
        }
    }
}

/// A number from 0 to less than 1, another one each time and in each process: the standard library's hash
/// keys are seeded by the system's randomness. `fastrand` is linked anyway, but seeds itself from the clock,
/// which the containers of a fleet share.
fn random_unit() -> f64 {
    thread_local!(static COUNT: Cell<u64> = const { Cell::new(0) });
    thread_local!(static STATE: RandomState = RandomState::new());
    let count = COUNT.replace(COUNT.get() + 1);
    let bits = STATE.with(|state| state.hash_one(count));
    f64::from((bits >> 32) as u32) / 2f64.powi(32)
}
