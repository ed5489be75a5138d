//! Watches the requests of the SDK's credential providers, whose errors say too little for a
//! reader (no address, no status) or too much (whole answers).

use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

use crate::store::aws::cause::innermost;
use crate::store::aws::http::Http;
use crate::store::aws::redact::quoted;

/// The client of the providers, and what it saw last.
#[derive(Debug, Clone)]
pub(crate) struct RequestRecorder {
    http: Http,
    last: SharedLast,
}

type SharedLast = Arc<Mutex<Option<LastRequest>>>;

/// A request and its outcome.
#[derive(Debug, Clone)]
pub(crate) struct LastRequest {
    /// `GET http://169.254.170.23/v1/credentials`
    pub(crate) request: String,
    pub(crate) end: RequestOutcome,
}

/// The outcome of a request.
#[derive(Debug, Clone)]
pub(crate) enum RequestOutcome {
    Unanswered,
    Answered(u16),
    /// In the words of the innermost error.
    Broken(String),
}

impl RequestRecorder {
    pub(crate) fn of(http: Http) -> Self {
        Self {
            http,
            last: SharedLast::default(),
        }
    }

    /// The last request since this was asked before.
    pub(crate) fn take(&self) -> Option<LastRequest> {
        lock(&self.last).take()
    }
}

impl LastRequest {
    /// Whether a retry may end differently.
    pub(crate) fn is_transient(&self) -> bool {
        match self.end {
            RequestOutcome::Answered(status) => status == 429 || status >= 500,
            RequestOutcome::Unanswered | RequestOutcome::Broken(_) => true,
        }
    }
}

fn lock(last: &SharedLast) -> std::sync::MutexGuard<'_, Option<LastRequest>> {
    last.lock().unwrap_or_else(PoisonError::into_inner)
}

impl HttpClient for RequestRecorder {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(RecordingConnector {
            connector: self.http.http_connector(settings, components),
            last: Arc::clone(&self.last),
        })
    }
}

#[derive(Debug)]
struct RecordingConnector {
    connector: SharedHttpConnector,
    last: SharedLast,
}

impl HttpConnector for RecordingConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        // A query may hold what nobody else should see.
        let uri = request.uri().split('?').next().unwrap_or_default();
        let request_line = format!("{} {}", request.method(), quoted(uri));
        let last = Arc::clone(&self.last);
        // How it ended before says more than that it was asked again.
        let asked_before = |seen: &LastRequest| seen.request == request_line;
        if !lock(&last).as_ref().is_some_and(asked_before) {
            *lock(&last) = Some(LastRequest {
                request: request_line.clone(),
                end: RequestOutcome::Unanswered,
            });
        }
        let call = self.connector.call(request);
        HttpConnectorFuture::new(async move {
            let mut outcome = call.await;
            if let Ok(response) = &mut outcome {
                bound_token_life(response);
            }
            let end = match &outcome {
                Ok(response) => RequestOutcome::Answered(response.status().as_u16()),
                Err(error) => RequestOutcome::Broken(innermost(error)),
            };
            *lock(&last) = Some(LastRequest {
                request: request_line,
                end,
            });
            outcome
        })
    }
}

/// The SDK adds the time that a token of an instance lives to the clock, and panics where that is
/// beyond all time.
fn bound_token_life(response: &mut HttpResponse) {
    const HEADER: &str = "x-aws-ec2-metadata-token-ttl-seconds";
    /// The most that the metadata service gives.
    const LONGEST: u64 = 21_600;
    let seconds = response.headers().get(HEADER).map(str::parse::<u64>);
    if seconds.is_some_and(|seconds| seconds.is_ok_and(|seconds| seconds > LONGEST)) {
        response.headers_mut().insert(HEADER, LONGEST.to_string());
    }
}
