//! Credentials: the SDK's default chain in its own order, one provider at a time, so that a message
//! can say which of them failed and why.

mod error;
mod instance;
mod process;
mod profile;
pub(super) mod source;

use std::fmt;
use std::time::SystemTime;

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::imds;
use aws_config::provider_config::ProviderConfig;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;
use tokio::time::{Instant, timeout_at};

use crate::error::Diagnostic;
use crate::store::aws::credentials::instance::InstanceRole;
use crate::store::aws::credentials::source::{Source, TOKEN_FILE, chain};
use crate::store::aws::error::{Operation, RequestError};
use crate::store::aws::files;
use crate::store::aws::http::recorder::{LastRequest, RequestRecorder};
use crate::store::aws::redact::hide;
use crate::store::aws::retry::{LimitKey, Retrier};
use crate::store::aws::service::Service;

/// What `CloudTrail` shows of an assumed role besides its name.
const SESSION_NAME: &str = "paramexec";

/// The first credentials of the chain.
///
/// # Errors
/// When a provider that is set up fails, or none is set up.
pub(super) async fn load(
    config: &ProviderConfig,
    imds: impl Fn() -> imds::Client,
    recorder: &RequestRecorder,
    retrier: &Retrier,
) -> Result<Credentials, Diagnostic> {
    hide_settings();
    for source in chain() {
        let provider = provider(source, config, &imds).await?;
        if let Some(credentials) = ask(source, provider.as_ref(), recorder, retrier).await? {
            return usable(credentials, &source, error::help(source));
        }
    }
    Err(error::none_found(None))
}

/// Made one by one: each costs as much as a client, and mostly the first that is set up answers.
async fn provider(
    source: Source,
    config: &ProviderConfig,
    imds: impl Fn() -> imds::Client,
) -> Result<Box<dyn ProvideCredentials>, Diagnostic> {
    match source {
        Source::WebIdentity => files::check_variable(TOKEN_FILE).map(drop)?,
        Source::Container => {
            files::check_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").map(drop)?;
        }
        Source::Environment | Source::Profile | Source::Instance => {}
    }
    Ok(match source {
        Source::Environment => Box::new(EnvironmentVariableCredentialsProvider::new()),
        Source::Profile => Box::new(profile::provider(config, imds).await?),
        Source::WebIdentity => Box::new(
            WebIdentityTokenCredentialsProvider::builder()
                .configure(config)
                .build(),
        ),
        Source::Container => Box::new(EcsCredentialsProvider::builder().configure(config).build()),
        Source::Instance => Box::new(InstanceRole {
            config: config.clone(),
            imds: imds(),
        }),
    })
}

/// Keeps what the environment holds besides credentials out of messages: tokens, and the user,
/// password and query of URLs.
fn hide_settings() {
    for (name, value) in std::env::vars_os() {
        let (Some(name), Some(value)) = (name.to_str(), value.to_str()) else {
            continue;
        };
        match name {
            "AWS_CONTAINER_AUTHORIZATION_TOKEN" | "AWS_SECRET_ACCESS_KEY" | "AWS_SESSION_TOKEN" => {
                hide(value);
            }
            "AWS_CONTAINER_CREDENTIALS_FULL_URI" | "AWS_EC2_METADATA_SERVICE_ENDPOINT" => {
                hide_parts(value);
            }
            name if name.starts_with("AWS_ENDPOINT_URL") => hide_parts(value),
            _ => {}
        }
    }
}

fn hide_parts(url: &str) {
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    let place = place.split_once("://").map_or(place, |(_, place)| place);
    let (user, _) = place.rsplit_once('@').unwrap_or(("", place));
    hide(user);
    hide(query);
}

/// Refuses credentials that no header can carry, on which the SDK panics; keeps the others out of
/// messages.
fn usable(
    credentials: Credentials,
    source: &dyn fmt::Display,
    help: &str,
) -> Result<Credentials, Diagnostic> {
    let parts = [
        ("access key ID", Some(credentials.access_key_id())),
        ("secret access key", Some(credentials.secret_access_key())),
        ("session token", credentials.session_token()),
    ];
    for (name, part) in parts {
        let part = part.unwrap_or_default();
        if !part.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(error::not_usable(name, source, help));
        }
    }
    hide(credentials.secret_access_key());
    hide(credentials.session_token().unwrap_or_default());
    Ok(credentials)
}

/// Asks one provider until it answers or the budget ends; none where it is not set up.
async fn ask(
    source: Source,
    provider: &dyn ProvideCredentials,
    recorder: &RequestRecorder,
    retrier: &Retrier,
) -> Result<Option<Credentials>, Diagnostic> {
    let (mut last, mut faults) = (None, 0);
    loop {
        recorder.take();
        let answer = timeout_at(retrier.deadline(), provider.provide_credentials()).await;
        let seen = recorder.take();
        let error = match answer {
            Ok(Ok(credentials)) => return Ok(Some(credentials)),
            // The last of the chain: what its endpoint said may be why there are none.
            Ok(Err(CredentialsError::CredentialsNotLoaded(_))) if source == Source::Instance => {
                return Err(error::none_found(seen.as_ref()));
            }
            Ok(Err(CredentialsError::CredentialsNotLoaded(_))) => return Ok(None),
            Ok(Err(error)) => error,
            // What went wrong before says more than that the budget has ended.
            Err(_) => return Err(last.unwrap_or_else(|| error::timed_out(source, seen.as_ref()))),
        };
        let failure = error::provider_failed(source, &error, seen.as_ref());
        let is_over = Instant::now() >= retrier.deadline();
        if is_over || !seen.as_ref().is_some_and(LastRequest::is_transient) {
            return Err(failure);
        }
        last = Some(failure);
        faults += 1;
        retrier.pause(faults).await;
    }
}

/// The credentials of a role, assumed with those that `sts` has.
///
/// # Errors
/// When STS refuses, or cannot be reached.
pub(super) async fn assume(
    role: &str,
    sts: &aws_sdk_sts::Client,
    region: &str,
    retrier: &Retrier,
) -> Result<Credentials, Diagnostic> {
    let object = format!("role \"{role}\"");
    let operation = Operation {
        service: Service::SecurityTokens,
        action: "sts:AssumeRole",
        object: object.clone(),
        region,
        target: None,
        role: None,
        config: None,
    };
    let call = async || {
        let request = sts
            .assume_role()
            .role_arn(role)
            .role_session_name(SESSION_NAME);
        let output = request.send().await;
        output.map_err(|error| RequestError::of(&error, &operation))
    };
    let limit_key = LimitKey {
        service: Service::SecurityTokens,
        region: region.to_owned(),
        role: None,
    };
    let answer = retrier.send(&limit_key, &object, call).await;
    let output = answer.map_err(|error| error.diagnostic)?;
    let assumed = output.credentials().map(credentials);
    let assumed = assumed.ok_or_else(|| operation.empty())?;
    usable(assumed, &object, "check what answers in AWS's place")
}

fn credentials(assumed: &aws_sdk_sts::types::Credentials) -> Credentials {
    Credentials::new(
        assumed.access_key_id(),
        assumed.secret_access_key(),
        Some(assumed.session_token().to_owned()),
        SystemTime::try_from(*assumed.expiration()).ok(),
        SESSION_NAME,
    )
}
