//! Where credentials come from, and which of those places are set up.

use std::fmt;

pub(super) const TOKEN_FILE: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";
pub(super) const ROLE: &str = "AWS_ROLE_ARN";

/// Whether the platform gives this container credentials of its own.
pub(in crate::store::aws) fn of_a_container() -> bool {
    is_set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") || is_set("AWS_CONTAINER_CREDENTIALS_FULL_URI")
}

/// Empty variables count as unset.
pub(super) fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// Who gives credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Environment,
    Profile,
    WebIdentity,
    Container,
    Instance,
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Environment => "the environment",
            Self::Profile => "the profile",
            Self::WebIdentity => "the web identity token",
            Self::Container => "the container",
            Self::Instance => "the instance",
        })
    }
}

/// Whom to ask, in the SDK's order, as far as they can be set up at all.
pub(super) fn chain() -> Vec<Source> {
    let mut chain = vec![Source::Environment, Source::Profile];
    if is_set(TOKEN_FILE) && is_set(ROLE) {
        chain.push(Source::WebIdentity);
    }
    chain.push(if of_a_container() {
        Source::Container
    } else {
        Source::Instance
    });
    chain
}
