//! Fetches from AWS: SSM Parameter Store, Secrets Manager and S3.
//!
//! Only this folder names a crate of the SDK. It decides how requests become the fewest
//! calls, which of them run side by side, and what happens when one is refused.

mod cause;
mod credentials;
mod denial;
mod endpoint;
mod error;
mod files;
mod http;
mod redact;
mod retry;
mod service;
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
use crate::request::{Location, Request, Target};
use retry::Retrier;
use services::{Answered, s3, secrets_manager, ssm};
use session::{Client, Session};

/// A connection to AWS, opened when the first request is made.
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

    /// Answers every request, with a value or a diagnostic.
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
            Err(error) => all_with(requests, &cannot_wait(error))
                .into_iter()
                .collect(),
        }
    }
}

fn cannot_wait(error: &std::io::Error) -> Diagnostic {
    let reason = crate::error::reason(error);
    Diagnostic::new(
        ErrorKind::Unavailable,
        format!("cannot wait for AWS, {reason}"),
        "raise the limits on open files and memory, and let the seccomp profile allow epoll",
    )
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
    let normalized = |request: &Request| request.clone().normalize_region(default_region);
    let mut seen = BTreeSet::new();
    let distinct = requests.iter().map(normalized);
    let distinct = distinct.filter(|request| seen.insert(request.clone()));
    let responses = by_location(distinct.collect())
        .into_iter()
        .map(|(location, targets)| at_location(session, location, targets, retrier));
    let responses: Responses = join_all(responses).await.into_iter().flatten().collect();
    let response = |request: Request| {
        let response = responses.get(&normalized(&request))?.clone();
        Some((request, response))
    };
    requests.into_iter().filter_map(response).collect()
}

async fn at_location(
    session: &Session,
    location: Location,
    targets: Vec<Target>,
    retrier: &Retrier,
) -> Answered<Request> {
    let answered = match session.client(&location, &targets, retrier).await {
        Ok(client) => ask(client, targets, retrier).await,
        Err(diagnostic) => all_with(targets, &diagnostic),
    };
    let request = |target| Request {
        location: location.clone(),
        target,
    };
    let answered = answered.into_iter();
    answered
        .map(|(target, response)| (request(target), response))
        .collect()
}

/// Sends all requests of one location concurrently; how many are in flight at once is for
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
