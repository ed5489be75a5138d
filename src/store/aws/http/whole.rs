//! Refuses responses that may be incomplete.

use std::fmt;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// Looks at the head of each successful answer. Only an announced end tells that all of a body
/// came: a part of an object is an object, and the SDK takes an empty text for an empty document
/// and XML without its end for whole.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequireWhole;

/// Why a response may be incomplete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PartialAnswer {
    /// A success that is not "200 OK", such as "206 Partial Content".
    Status(u16),
    /// The body ends where the connection does.
    NoLength,
}

impl fmt::Display for PartialAnswer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(formatter, "it has status {status}"),
            Self::NoLength => formatter.write_str("it does not say how long it is"),
        }
    }
}

impl std::error::Error for PartialAnswer {}

#[dyn_dispatch_hint]
impl Intercept for RequireWhole {
    fn name(&self) -> &'static str {
        "RequireWhole"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        check(context.response()).map_err(Into::into)
    }
}

fn check(response: &HttpResponse) -> Result<(), PartialAnswer> {
    let (status, headers) = (response.status(), response.headers());
    let chunked = |encoding: &str| encoding.to_ascii_lowercase().ends_with("chunked");
    if !status.is_success() {
        Ok(())
    } else if status.as_u16() != 200 {
        Err(PartialAnswer::Status(status.as_u16()))
    } else if headers.contains_key("content-length")
        || headers.get("transfer-encoding").is_some_and(chunked)
    {
        Ok(())
    } else {
        Err(PartialAnswer::NoLength)
    }
}
