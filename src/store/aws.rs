//! Answers from AWS: SSM Parameter Store, Secrets Manager and S3.
//!
//! Only this folder names a crate of the SDK. It decides how questions become the fewest
//! requests, which of them run side by side, and what happens when one is refused.

mod credentials;
mod endpoint;
mod error;
mod http;
mod redact;
mod retry;
mod services;
mod session;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use futures_util::future::join_all;

use crate::error::{Diagnostic, ErrorKind};
use crate::plan::Responses;
use crate::process;
use crate::reference::is_reference;
use crate::request::{Location, Request, Response, Target};
use retry::Retrier;
use services::{s3, secrets_manager, ssm};
use session::{Client, Session};

/// What was asked of one client, and what came back.
type Answered<T = Target> = Vec<(T, Result<Response, Diagnostic>)>;

/// A connection to AWS, opened when the first question is asked.
pub(crate) struct Aws {
    runtime: Result<tokio::runtime::Runtime, std::io::Error>,
    retrier: Retrier,
    session: Option<Session>,
}

impl Aws {
    /// Nothing is sent yet; `timeout` for everything begins now.
    pub(crate) fn new(timeout: Duration) -> Self {
        process::prepare_for_aws(|value| {
            value.to_str().is_some_and(|text| is_reference(text, false))
        });
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
                    "raise the limits on open files and memory, and let the seccomp profile allow epoll",
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
        .any(|request| request.location.region.is_none());
    let session = match Session::opened(session, needs_region, retrier).await {
        Ok(session) => session,
        Err(diagnostic) => return all_with(requests, &diagnostic).into_iter().collect(),
    };
    // Naming the default region is the same as omitting it.
    let default_region = session.default_region();
    let normalize_region = |request: &Request| request.clone().normalize_region(default_region);
    let mut seen = BTreeSet::new();
    let distinct = requests.iter().map(normalize_region);
    let distinct = distinct
        .filter(|request| seen.insert(request.clone()))
        .collect();
    let answered = by_location(distinct)
        .into_iter()
        .map(|(location, targets)| async move {
            let answered = match session.client(&location, &targets, retrier).await {
                Ok(client) => ask(client, targets, retrier).await,
                Err(diagnostic) => all_with(targets, &diagnostic),
            };
            let request = move |target| Request {
                location: location.clone(),
                target,
            };
            let answered = answered.into_iter();
            answered.map(move |(target, response)| (request(target), response))
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

/// Asks everything of one location side by side; how many requests are under way at once is for
/// [`Retrier`] to bound.
async fn ask(client: Client, targets: Vec<Target>, retrier: &Retrier) -> Answered {
    let client = &client;
    let mut parameters = Vec::new();
    let mut asked: Vec<Pin<Box<dyn Future<Output = Answered>>>> = Vec::new();
    for target in targets {
        match target {
            Target::Parameter(parameter) => parameters.push(parameter),
            Target::Path(path) => asked.push(Box::pin(async move {
                let response = ssm::below(client, &path, retrier).await;
                vec![(Target::Path(path), response)]
            })),
            Target::Secret(secret) => asked.push(Box::pin(async move {
                let response = secrets_manager::ask(client, &secret, retrier).await;
                vec![(Target::Secret(secret), response)]
            })),
            Target::Object(object) => asked.push(Box::pin(async move {
                let response = s3::ask(client, &object, retrier).await;
                vec![(Target::Object(object), response)]
            })),
        }
    }
    let batches = ssm::batches(parameters)
        .into_iter()
        .map(|batch| ssm::ask(client, batch, retrier));
    let (batches, others) = futures_util::future::join(join_all(batches), join_all(asked)).await;
    let parameters = batches.into_iter().flatten();
    parameters
        .map(|(parameter, response)| (Target::Parameter(parameter), response))
        .chain(others.into_iter().flatten())
        .collect()
}

fn by_location(requests: Vec<Request>) -> BTreeMap<Location, Vec<Target>> {
    let mut locations: BTreeMap<Location, Vec<Target>> = BTreeMap::new();
    for Request { location, target } in requests {
        locations.entry(location).or_default().push(target);
    }
    locations
}

fn all_with<T>(targets: Vec<T>, diagnostic: &Diagnostic) -> Answered<T> {
    targets
        .into_iter()
        .map(|target| (target, Err(diagnostic.clone())))
        .collect()
}
