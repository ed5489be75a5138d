//! Answers from AWS: SSM Parameter Store, Secrets Manager and S3.
//!
//! Only this folder names a crate of the SDK. It decides how questions become the fewest
//! requests, which of them run side by side, and what happens when one is refused.

mod credentials;
mod endpoint;
mod error;
mod http;
mod retry;
mod services;
mod session;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::join_all;

use crate::error::{Diagnostic, ErrorKind};
use crate::plan::Responses;
use crate::process;
use crate::request::{Location, Request};
use retry::Retrier;
use services::{s3, secrets_manager, ssm};
use session::{Client, Session};

/// The questions that one client can answer, and their answers.
type Answered = Vec<(Request, Result<crate::request::Response, Diagnostic>)>;

/// A connection to AWS, opened when the first question is asked.
pub(crate) struct Aws {
    runtime: Result<tokio::runtime::Runtime, std::io::Error>,
    retrier: Retrier,
    session: Option<Session>,
}

impl Aws {
    /// Nothing is sent yet; `timeout` for everything begins now.
    pub(crate) fn new(timeout: Duration) -> Self {
        process::prepare_for_aws();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        Self {
            runtime,
            retrier: Retrier::new(timeout),
            session: None,
        }
    }

    /// How many requests were sent.
    pub(crate) fn calls(&self) -> u32 {
        self.retrier.sent()
    }

    /// Answers every question, be it with a fault.
    pub(crate) fn answer(&mut self, requests: Vec<Request>) -> Responses {
        let Self {
            runtime,
            retrier,
            session,
        } = self;
        match runtime {
            Ok(runtime) => {
                runtime.block_on(retrier.report_progress(answer(requests, retrier, session)))
            }
            Err(error) => {
                let diagnostic = Diagnostic::new(
                    ErrorKind::Unavailable,
                    format!(
                        "cannot wait for AWS, {}",
                        crate::input::sources::reason(error)
                    ),
                    "raise the limits on open files and memory",
                );
                all_with(requests, &diagnostic).into_iter().collect()
            }
        }
    }
}

async fn answer(
    requests: Vec<Request>,
    retrier: &Retrier,
    session: &mut Option<Session>,
) -> Responses {
    let needs_region = requests
        .iter()
        .any(|request| request.location().region.is_none());
    let session = match Session::opened(session, needs_region, retrier).await {
        Ok(session) => session,
        Err(diagnostic) => return all_with(requests, &diagnostic).into_iter().collect(),
    };
    // Whoever says the current region asks what others ask without a word.
    let default_region = session.default_region();
    let normalize_region = |request: &Request| request.clone().normalize_region(default_region);
    let mut seen = BTreeSet::new();
    let distinct = requests.iter().map(normalize_region);
    let distinct = distinct
        .filter(|request| seen.insert(request.clone()))
        .collect();
    let answered = by_location(distinct)
        .into_iter()
        .map(|(location, requests)| async move {
            match session.client(&location, &requests, retrier).await {
                Ok(client) => ask(client, requests, retrier).await,
                Err(diagnostic) => all_with(requests, &diagnostic),
            }
        });
    let answered: Responses = join_all(answered).await.into_iter().flatten().collect();
    let answer_to = |request: Request| {
        let answer = answered
            .get(&request.clone().normalize_region(default_region))
            .cloned();
        Some((request, answer?))
    };
    requests.into_iter().filter_map(answer_to).collect()
}

/// Asks everything of one scope side by side; how many requests are under way at once is for
/// [`Retrier`] to bound.
async fn ask(client: Client, requests: Vec<Request>, retrier: &Retrier) -> Answered {
    let (parameters, others): (Vec<_>, Vec<_>) = requests
        .into_iter()
        .partition(|request| matches!(request, Request::Parameter { .. }));
    let batches = ssm::batches(parameters);
    let batches = join_all(
        batches
            .into_iter()
            .map(|batch| ssm::ask(&client, batch, retrier)),
    );
    let others = join_all(
        others
            .into_iter()
            .map(|request| one(&client, request, retrier)),
    );
    let (batches, others) = futures_util::future::join(batches, others).await;
    batches.into_iter().flatten().chain(others).collect()
}

async fn one(
    client: &Client,
    request: Request,
    retrier: &Retrier,
) -> (Request, Result<crate::request::Response, Diagnostic>) {
    let answer = match &request {
        Request::Path { path, .. } => ssm::below(client, &request, path, retrier).await,
        Request::Secret { .. } => secrets_manager::ask(client, &request, retrier).await,
        Request::Object { .. } => s3::ask(client, &request, retrier).await,
        Request::Parameter { .. } => unreachable!("parameters are asked in batches"),
    };
    (request, answer)
}

fn by_location(requests: Vec<Request>) -> BTreeMap<Location, Vec<Request>> {
    let mut locations: BTreeMap<Location, Vec<Request>> = BTreeMap::new();
    for request in requests {
        locations
            .entry(request.location().clone())
            .or_default()
            .push(request);
    }
    locations
}

fn all_with(requests: Vec<Request>, diagnostic: &Diagnostic) -> Answered {
    requests
        .into_iter()
        .map(|request| (request, Err(diagnostic.clone())))
        .collect()
}
