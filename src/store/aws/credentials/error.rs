//! Why there are no credentials, and what would help: the SDK's own errors name no address, no file
//! and no variable.

use std::error::Error;
use std::fmt;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::source::{ROLE, Source, TOKEN_FILE, is_set};
use crate::error::{Diagnostic, ErrorKind};
use crate::store::aws::cause::find;
use crate::store::aws::error::says;
use crate::store::aws::http::recorder::{LastRequest, RequestOutcome};
use crate::store::aws::redact::quoted;

/// No provider is set up; `seen` is what an instance's metadata service was asked last, if it was.
pub(crate) fn none_found(seen: Option<&LastRequest>) -> Diagnostic {
    if let Some(diagnostic) = set_up_by_half() {
        return diagnostic;
    }
    let seen =
        seen.and_then(|LastRequest { request, end }| Some(format!(": {request} {}", ended(end)?)));
    Diagnostic::new(
        ErrorKind::Configuration,
        format!("there are no AWS credentials{}", seen.unwrap_or_default()),
        "give the task, pod or instance a role, set \"AWS_PROFILE\" or \"AWS_ACCESS_KEY_ID\", or PARAMEXEC_MOCK=1 to run without AWS",
    )
}

/// A source is set up that gives nothing as it is; what was asked after it is beside the point.
fn set_up_by_half() -> Option<Diagnostic> {
    let incomplete = incomplete_settings().map(|incomplete| {
        Diagnostic::new(
            ErrorKind::Configuration,
            format!("there are no AWS credentials: {incomplete}"),
            "set both or neither",
        )
    });
    incomplete.or_else(empty_profile)
}

/// A profile is named that no file has.
pub(super) fn no_such_profile(name: &str) -> Diagnostic {
    Diagnostic::new(
        ErrorKind::Configuration,
        format!(
            "the profile \"{}\" of \"AWS_PROFILE\" does not exist",
            quoted(name)
        ),
        format!(
            "correct it, define it in {}, or unset \"AWS_PROFILE\"",
            profile_files()
        ),
    )
}

/// A profile is named that exists, and says nothing of credentials.
fn empty_profile() -> Option<Diagnostic> {
    let name = std::env::var("AWS_PROFILE").ok()?;
    // `default` is as good as no name at all.
    if name.is_empty() || name == "default" {
        return None;
    }
    Some(Diagnostic::new(
        ErrorKind::Configuration,
        format!(
            "the profile \"{}\" of \"AWS_PROFILE\" gives no credentials",
            quoted(&name)
        ),
        format!(
            "give it keys, a role or an SSO session in {}, or unset \"AWS_PROFILE\"",
            profile_files()
        ),
    ))
}

fn profile_files() -> String {
    let file = |variable: &str, default: &str| {
        let named = std::env::var(variable).ok().filter(|path| !path.is_empty());
        named.map_or_else(|| default.to_owned(), |path| quoted(&path))
    };
    let config = file("AWS_CONFIG_FILE", "~/.aws/config");
    let credentials = file("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials");
    format!("{config} or {credentials}")
}

/// Credentials hold what credentials never hold; `part` says where.
pub(super) fn not_usable(part: &str, source: &dyn fmt::Display, help: &str) -> Diagnostic {
    Diagnostic::new(
        ErrorKind::Configuration,
        format!(
            "the {part} from {source} holds a line end, a blank or another character that cannot be sent"
        ),
        help,
    )
}

/// A provider failed.
pub(crate) fn provider_failed(
    source: Source,
    error: &CredentialsError,
    seen: Option<&LastRequest>,
) -> Diagnostic {
    let why = unreadable_token(source).unwrap_or_else(|| why(error, seen));
    no_credentials(source, &why)
}

/// A provider did not come to an end.
pub(crate) fn timed_out(source: Source, seen: Option<&LastRequest>) -> Diagnostic {
    let last = seen.map_or_else(String::new, |LastRequest { request, end }| match end {
        RequestOutcome::Unanswered => format!("{request} was not answered, and "),
        end => match ended(end) {
            Some(end) => format!("{request} {end}, and "),
            None => format!("the answer to {request} cannot be read, and "),
        },
    });
    no_credentials(source, &format!("{last}the timeout is over"))
}

fn no_credentials(source: Source, why: &str) -> Diagnostic {
    let by_half = || set_up_by_half().filter(|_| source == Source::Instance);
    by_half().unwrap_or_else(|| {
        Diagnostic::new(
            ErrorKind::Configuration,
            format!("no AWS credentials from {source}: {why}"),
            help(source),
        )
    })
}

/// What is set up by half, and so no source of credentials.
fn incomplete_settings() -> Option<String> {
    let without = |one: &str, other: &str| {
        let half = is_set(one) && !is_set(other);
        half.then(|| format!("\"{one}\" is set without \"{other}\""))
    };
    without("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        .or_else(|| without("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"))
        .or_else(|| without(TOKEN_FILE, ROLE))
}

/// What is wrong with the token's file, which the SDK's error does not name.
fn unreadable_token(source: Source) -> Option<String> {
    let name = match source {
        Source::WebIdentity => TOKEN_FILE,
        Source::Container => "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        Source::Environment | Source::Profile | Source::Instance => return None,
    };
    let path = std::env::var_os(name).filter(|path| !path.is_empty())?;
    let error = std::fs::File::open(&path).err()?;
    let reason = crate::error::reason(&error);
    Some(format!(
        "the token file {path:?} of \"{name}\" cannot be read, {reason}"
    ))
}

/// The request that failed where one did, else the SDK's own words.
fn why(error: &CredentialsError, seen: Option<&LastRequest>) -> String {
    let refused = find::<AssumeRoleWithWebIdentityError>(error)
        .map(ProvideErrorMetadata::meta)
        .or_else(|| find::<AssumeRoleError>(error).map(ProvideErrorMetadata::meta));
    let refusal = refused.and_then(|meta| Some(says(meta.code()?, meta.message())));
    let Some(LastRequest { request, end }) = seen else {
        return chain(error);
    };
    let unreadable = refused.is_some() || matches!(error, CredentialsError::Unhandled(_));
    match (ended(end), refusal) {
        (Some(end), refusal) => format!("{request} {end}{}", refusal.unwrap_or_default()),
        // The parser's words may quote what it read, so they are left out.
        (None, _) if unreadable => format!("the answer to {request} cannot be read"),
        (None, _) => chain(error),
    }
}

/// How a request ended that brought nothing.
fn ended(end: &RequestOutcome) -> Option<String> {
    match end {
        RequestOutcome::Answered(200..300) => None,
        RequestOutcome::Unanswered => Some("was not answered in its time".to_owned()),
        RequestOutcome::Answered(status) => Some(format!("was answered with status {status}")),
        RequestOutcome::Broken(why) => Some(format!("failed, {why}")),
    }
}

pub(super) fn help(source: Source) -> &'static str {
    match source {
        Source::Profile => {
            "check ~/.aws/config, ~/.aws/credentials and \"AWS_PROFILE\"; for SSO run \"aws sso login\""
        }
        Source::WebIdentity => {
            "check \"AWS_ROLE_ARN\", \"AWS_WEB_IDENTITY_TOKEN_FILE\" and the role's trust policy"
        }
        Source::Container => {
            "check the task's role, or the pod identity association, and the AWS_CONTAINER_* variables"
        }
        Source::Instance => {
            "give the task, pod or instance a role, set \"AWS_PROFILE\" or \"AWS_ACCESS_KEY_ID\", or PARAMEXEC_MOCK=1 to run without AWS; in a container on an instance, check the metadata service's hop limit"
        }
        Source::Environment => "set both \"AWS_ACCESS_KEY_ID\" and \"AWS_SECRET_ACCESS_KEY\"",
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
