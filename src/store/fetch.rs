//! The only asynchronous stage: asks a store what a plan wants to know.
//!
//! Twice at most: references that stand in fetched dotenv objects are asked in a second round.
//! With nothing to ask there is no client, no runtime and no network.

use std::time::{Duration, Instant};

use crate::environment::Environment;
use crate::error::Error;
use crate::plan::{Plan, Responses};
use crate::request::Request;
use crate::stderr;
use crate::store::aws::Aws;
use crate::store::mock::{Mock, MockSource};
use crate::store::suggest::{self, Name};

/// Who answers, and how long that may take.
#[derive(Debug, Clone, Default)]
pub(crate) struct FetchOptions {
    /// What answers in the place of AWS, if anything does.
    pub mock: Option<MockSource>,
    /// The budget of everything that is asked.
    pub timeout: Duration,
}

/// A plan whose every source is expanded, and the responses to all its requests.
#[derive(Debug)]
pub(crate) struct Fetched<'a> {
    /// The plan, without bulk sources.
    pub plan: Plan<'a>,
    /// The answers.
    pub responses: Responses,
    /// What it took.
    pub stats: FetchStats,
}

/// What fetching took.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct FetchStats {
    /// Requests that were sent.
    pub calls: u32,
    /// From the first request to the last response.
    pub time: Duration,
}

/// Asks what `plan` wants to know.
///
/// # Errors
/// When the mock file cannot be used. What stores do not answer stands in the answers.
pub(crate) fn fetch<'a>(
    mut plan: Plan<'a>,
    options: &FetchOptions,
    environment: &Environment,
) -> Result<Fetched<'a>, Error> {
    let begin = Instant::now();
    let mut store = Store::choose(options)?;
    let mut responses = Responses::new();
    store.answer(plan.requests(&responses), &mut responses);
    plan.expand(&responses, environment);
    store.answer(plan.requests(&responses), &mut responses);
    suggest::propose(&mut responses, || plan.required(), || store.names());
    let stats = FetchStats {
        calls: store.calls(),
        time: begin.elapsed(),
    };
    // Exec or exit is next and frees everything at once; taking clients and connections apart
    // first would be a twentieth of all the work of a run.
    std::mem::forget(store);
    Ok(Fetched {
        plan,
        responses,
        stats,
    })
}

/// Who answers.
enum Store {
    Mock(Mock),
    /// Made for the first request.
    Aws(Option<Box<Aws>>, Duration),
}

impl Store {
    fn choose(options: &FetchOptions) -> Result<Self, Error> {
        let Some(source) = &options.mock else {
            return Ok(Self::Aws(None, options.timeout));
        };
        let mock = Mock::load(source).map_err(Error::from)?;
        stderr::say(&mock.notice());
        Ok(Self::Mock(mock))
    }

    fn answer(&mut self, requests: Vec<Request>, responses: &mut Responses) {
        if requests.is_empty() {
            return;
        }
        match self {
            Self::Mock(mock) => responses.extend(mock.answer(requests)),
            Self::Aws(aws, timeout) => {
                let aws = aws.get_or_insert_with(|| Box::new(Aws::new(*timeout)));
                responses.extend(aws.answer(requests));
            }
        }
    }

    /// What it is known to hold before anything is asked.
    fn names(&self) -> Vec<Name<'static>> {
        match self {
            Self::Mock(mock) => mock.names(),
            Self::Aws(..) => Vec::new(),
        }
    }

    fn calls(&self) -> u32 {
        match self {
            Self::Aws(Some(aws), _) => aws.calls(),
            Self::Aws(None, _) | Self::Mock(_) => 0,
        }
    }
}
