//! Credentials: the SDK's default chain in its own order, one provider at a time, so that a message
//! can say which of them failed and why.

use std::error::Error;

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::imds;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;
use tokio::time::timeout_at;

use super::attempts::Attempts;
use super::trouble::quoted;
use crate::failure::{Fault, Kind};

/// Whether the platform gives this container credentials of its own.
pub(super) fn of_a_container() -> bool {
    [
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ]
    .iter()
    .any(|name| std::env::var_os(name).is_some())
}

/// The first credentials of the chain. Providers are made one by one: each costs as much as a
/// client, and mostly the first that is set up answers.
///
/// # Errors
/// When a provider that is set up fails, or none is set up.
pub(super) async fn load(
    config: &ProviderConfig,
    imds: imds::Client,
    attempts: &Attempts,
) -> Result<Credentials, Fault> {
    let environment = EnvironmentVariableCredentialsProvider::new();
    if let Some(found) = ask("the environment", environment, attempts).await? {
        return Ok(found);
    }
    let profile = ProfileFileCredentialsProvider::builder()
        .configure(config)
        .build();
    if let Some(found) = ask("the profile", profile, attempts).await? {
        return Ok(found);
    }
    if std::env::var_os("AWS_WEB_IDENTITY_TOKEN_FILE").is_some() {
        let token = WebIdentityTokenCredentialsProvider::builder()
            .configure(config)
            .build();
        if let Some(found) = ask("the web identity token", token, attempts).await? {
            return Ok(found);
        }
    }
    let last = if of_a_container() {
        let container = EcsCredentialsProvider::builder().configure(config).build();
        ask("the container", container, attempts).await?
    } else {
        let instance = ImdsCredentialsProvider::builder()
            .configure(config)
            .imds_client(imds)
            .build();
        ask("the instance", instance, attempts).await?
    };
    last.ok_or_else(|| {
        Fault::new(
            Kind::Configuration,
            "there are no AWS credentials",
            "give the task, pod or instance a role, set \"AWS_PROFILE\" or \"AWS_ACCESS_KEY_ID\", or use --mock",
        )
    })
}

/// The credentials of one provider; none if it is not set up.
async fn ask(
    source: &str,
    provider: impl ProvideCredentials,
    attempts: &Attempts,
) -> Result<Option<Credentials>, Fault> {
    match timeout_at(attempts.deadline(), provider.provide_credentials()).await {
        Ok(Ok(credentials)) => Ok(Some(credentials)),
        Ok(Err(CredentialsError::CredentialsNotLoaded(_))) => Ok(None),
        Ok(Err(error)) => Err(failed(source, &error)),
        Err(_) => Err(silent(source)),
    }
}

/// The credentials of an assumed role.
///
/// # Errors
/// When STS refuses, or cannot be reached.
pub(super) async fn assume(
    role: &str,
    provider: &AssumeRoleProvider,
    attempts: &Attempts,
) -> Result<Credentials, Fault> {
    let what = format!("cannot assume the role \"{role}\"");
    match timeout_at(attempts.deadline(), provider.provide_credentials()).await {
        Ok(Ok(credentials)) => Ok(credentials),
        Ok(Err(error)) => Err(Fault::new(
            Kind::Denied,
            format!("{what}: {}", chain(&error)),
            "allow \"sts:AssumeRole\" on it, and let its trust policy name this identity",
        )),
        Err(_) => Err(Fault::new(
            Kind::TryAgain,
            format!("{what}: no answer within the timeout"),
            "try again, or raise --timeout",
        )),
    }
}

fn failed(source: &str, error: &CredentialsError) -> Fault {
    Fault::new(
        Kind::Configuration,
        format!("no AWS credentials from {source}: {}", chain(error)),
        remedy(source),
    )
}

fn silent(source: &str) -> Fault {
    Fault::new(
        Kind::Configuration,
        format!("no AWS credentials from {source}: no answer within the timeout"),
        remedy(source),
    )
}

fn remedy(source: &str) -> &'static str {
    match source {
        "the profile" => {
            "check ~/.aws/config, ~/.aws/credentials and \"AWS_PROFILE\"; for SSO run \"aws sso login\""
        }
        "the web identity token" => {
            "check \"AWS_ROLE_ARN\", \"AWS_WEB_IDENTITY_TOKEN_FILE\" and the role's trust policy"
        }
        "the container" => {
            "check the task's role, or the pod identity association, and the AWS_CONTAINER_* variables"
        }
        "the instance" => {
            "check the instance profile and, in a container, the metadata service's hop limit"
        }
        _ => "set both \"AWS_ACCESS_KEY_ID\" and \"AWS_SECRET_ACCESS_KEY\"",
    }
}

/// Every cause in one line: which of them says something differs from provider to provider.
fn chain(error: &CredentialsError) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next: Option<&(dyn Error + 'static)> = error.source();
    while let Some(error) = next {
        let part = quoted(&error.to_string());
        if !parts.iter().any(|known| known.contains(&part)) {
            parts.push(part);
        }
        next = error.source();
    }
    parts.join(": ")
}
