//! What goes wrong, and when: the script that a test gives the fake.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::call::{Call, Op};
use super::failure::Failure;
use super::http::Response;

#[derive(Clone, Debug)]
pub enum Fault {
    /// The true answer, later.
    Latency(Duration),
    /// No answer until the test calls `release`; then the true one.
    Hang,
    /// An error in the form of the service that was asked.
    Fail(Failure),
    /// This answer instead of the true one.
    Answer(Response),
    /// The true answer without this name: neither among the parameters nor among the invalid ones.
    Omit(String),
    /// Every page of GetParametersByPath carries a NextToken, the last one too.
    EndlessPages,
    /// The true answer, one byte at a time.
    Trickle(Duration),
    /// An answer that is this many bytes long.
    Oversized(usize),
    CloseBeforeAnswer,
    CloseInHeaders,
    /// Exactly these bytes, and the end of the connection.
    Bytes(Vec<u8>),
    /// Half of the body that Content-Length promised.
    CloseInBody,
    /// A TCP reset instead of an answer.
    Reset,
}

impl Fault {
    /// What a proxy in between answers: HTML, and a status of success.
    pub fn not_json() -> Self {
        Self::Answer(Response::new(
            200,
            "text/html",
            "<html><body>Please log in to the hotel's network</body></html>",
        ))
    }

    /// What a load balancer in between answers: a status, and HTML.
    pub fn status(status: u16) -> Self {
        Self::Answer(Response::new(
            status,
            "text/html",
            format!("<html><h1>{status}</h1></html>"),
        ))
    }
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        Self::Fail(failure)
    }
}

type Counted = Arc<dyn Fn(usize) -> bool + Send + Sync>;
type Chosen = Arc<dyn Fn(&Call) -> bool + Send + Sync>;

/// The calls that a fault strikes. Calls are counted from 1, among those of the operation that fulfil the conditions.
#[derive(Clone)]
pub struct When {
    op: Option<Op>,
    chosen: Chosen,
    counted: Counted,
}

impl When {
    pub fn always() -> Self {
        Self {
            op: None,
            chosen: Arc::new(|_| true),
            counted: Arc::new(|_| true),
        }
    }

    pub fn op(op: Op) -> Self {
        Self {
            op: Some(op),
            ..Self::always()
        }
    }

    /// Only calls that fulfil this; the others are not counted.
    pub fn and(mut self, condition: impl Fn(&Call) -> bool + Send + Sync + 'static) -> Self {
        let earlier = self.chosen;
        self.chosen = Arc::new(move |call| earlier(call) && condition(call));
        self
    }

    /// Only calls that ask for this parameter or secret.
    pub fn asking_for(self, name: &str) -> Self {
        let name = name.to_owned();
        self.and(move |call| {
            call.names().contains(&name.as_str()) || call.text("SecretId") == Some(&name)
        })
    }

    pub fn first(self, count: usize) -> Self {
        self.counted(move |nth| nth <= count)
    }

    pub fn nth(self, number: usize) -> Self {
        self.counted(move |nth| nth == number)
    }

    pub fn after(self, count: usize) -> Self {
        self.counted(move |nth| nth > count)
    }

    pub fn counted(mut self, condition: impl Fn(usize) -> bool + Send + Sync + 'static) -> Self {
        self.counted = Arc::new(condition);
        self
    }
}

/// All rules, in the order given.
#[derive(Default)]
pub struct Script {
    rules: Mutex<Vec<Rule>>,
}

struct Rule {
    when: When,
    fault: Fault,
    counted: usize,
}

impl Script {
    pub fn add(&self, when: When, fault: Fault) {
        self.rules().push(Rule {
            when,
            fault,
            counted: 0,
        });
    }

    pub fn clear(&self) {
        self.rules().clear();
    }

    /// What strikes this call. Every rule counts it, so that rules do not depend on one another.
    pub fn strike(&self, call: &Call) -> Plight {
        let mut rules = self.rules();
        let struck = rules
            .iter_mut()
            .filter_map(|rule| rule.strikes(call))
            .collect::<Vec<_>>();
        struck.into_iter().fold(Plight::default(), Plight::with)
    }

    fn rules(&self) -> std::sync::MutexGuard<'_, Vec<Rule>> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rule {
    fn strikes(&mut self, call: &Call) -> Option<Fault> {
        let concerned = self.when.op.is_none_or(|op| op == call.op) && (self.when.chosen)(call);
        if !concerned {
            return None;
        }
        self.counted += 1;
        (self.when.counted)(self.counted).then(|| self.fault.clone())
    }
}

/// All that strikes one call, taken together: latencies add up; of two answers or deliveries the rule given first wins.
#[derive(Default)]
pub struct Plight {
    pub latency: Duration,
    pub hang: bool,
    pub omitted: Vec<String>,
    pub endless_pages: bool,
    pub replaced: Option<Replaced>,
    pub delivery: Option<Delivery>,
}

pub enum Replaced {
    Failure(Failure),
    Response(Response),
}

/// How an answer goes, or does not go, over the wire.
#[derive(Clone, Copy, Debug)]
pub enum Delivery {
    Whole,
    Trickle(Duration),
    Oversized(usize),
    NotAtAll,
    HeadCut,
    BodyCut,
    /// The body is all of the answer.
    Verbatim,
    Reset,
}

impl Plight {
    fn with(mut self, fault: Fault) -> Self {
        match fault {
            Fault::Latency(latency) => self.latency += latency,
            Fault::Hang => self.hang = true,
            Fault::Omit(name) => self.omitted.push(name),
            Fault::EndlessPages => self.endless_pages = true,
            Fault::Fail(failure) => self.replace(Replaced::Failure(failure)),
            Fault::Answer(response) => self.replace(Replaced::Response(response)),
            Fault::Trickle(interval) => self.deliver(Delivery::Trickle(interval)),
            Fault::Oversized(length) => self.deliver(Delivery::Oversized(length)),
            Fault::CloseBeforeAnswer => self.deliver(Delivery::NotAtAll),
            Fault::CloseInHeaders => self.deliver(Delivery::HeadCut),
            Fault::CloseInBody => self.deliver(Delivery::BodyCut),
            Fault::Bytes(bytes) => {
                self.replace(Replaced::Response(Response::new(200, "", bytes)));
                self.deliver(Delivery::Verbatim);
            }
            Fault::Reset => self.deliver(Delivery::Reset),
        }
        self
    }

    fn replace(&mut self, replaced: Replaced) {
        self.replaced.get_or_insert(replaced);
    }

    fn deliver(&mut self, delivery: Delivery) {
        self.delivery.get_or_insert(delivery);
    }
}
