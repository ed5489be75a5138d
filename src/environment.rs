//! The environment as a value: read once, changed by pure functions, handed to exec.
//!
//! The process's own environment is never changed in place, so nothing of it can leak half-made.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::OsStrExt;

/// Names and values, either of which may be any bytes. `Debug` shows the names only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    /// The environment that this process was started with.
    #[must_use]
    pub fn inherited() -> Self {
        let mut environment = Self::default();
        for (name, value) in std::env::vars_os() {
            // Of duplicates the first counts, as it does for getenv(3).
            environment.0.entry(name).or_insert(value);
        }
        environment
    }

    /// The value of `name`.
    #[must_use]
    pub fn get(&self, name: &OsStr) -> Option<&OsStr> {
        self.0.get(name).map(OsString::as_os_str)
    }

    /// Whether there is a variable `name`, an empty one included.
    #[must_use]
    pub fn contains(&self, name: &OsStr) -> bool {
        self.0.contains_key(name)
    }

    /// Sets `name`, whatever it was before.
    pub fn set(&mut self, name: impl Into<OsString>, value: impl Into<OsString>) {
        self.0.insert(name.into(), value.into());
    }

    /// Leaves `name` out.
    pub fn remove(&mut self, name: &OsStr) {
        self.0.remove(name);
    }

    /// Keeps only the variables whose name passes.
    pub fn retain(&mut self, mut keep: impl FnMut(&OsStr) -> bool) {
        self.0.retain(|name, _| keep(name));
    }

    /// All variables, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }

    /// The length of each variable's string as exec passes it: `NAME=value` and a NUL.
    pub fn string_sizes(&self) -> impl Iterator<Item = (&OsStr, usize)> {
        self.iter()
            .map(|(name, value)| (name, name.len() + value.len() + "=\0".len()))
    }
}

impl<N: Into<OsString>, V: Into<OsString>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        Self(
            variables
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

/// Whether a name is paramexec's own, and so never the command's.
#[must_use]
pub fn is_own(name: &OsStr) -> bool {
    name.as_bytes().starts_with(b"PARAMEXEC_")
}

/// Whether the dynamic loader obeys a variable of this name: it can make any program run other
/// code, so no source that sets many variables at once may set it unseen.
#[must_use]
pub fn is_obeyed_by_the_loader(name: &str) -> bool {
    name.starts_with("LD_") || name.starts_with("DYLD_") || name == "GLIBC_TUNABLES"
}

/// Whether a variable is one of the few that `--pristine` hands on.
#[must_use]
pub fn is_basic(name: &OsStr) -> bool {
    const BASIC: [&str; 7] = ["PATH", "HOME", "TERM", "LANG", "TZ", "HOSTNAME", "USER"];
    BASIC.iter().any(|basic| name == *basic)
}

/// Whether a variable gives AWS credentials or says where to fetch them.
#[must_use]
pub fn is_aws_credential(name: &OsStr) -> bool {
    const CREDENTIALS: [&str; 18] = [
        "AWS_ACCESS_KEY_ID",
        "AWS_ACCESS_KEY",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SECRET_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_SECURITY_TOKEN",
        "AWS_CREDENTIAL_EXPIRATION",
        "AWS_BEARER_TOKEN_BEDROCK",
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_ROLE_ARN",
        "AWS_ROLE_SESSION_NAME",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    ];
    CREDENTIALS.iter().any(|credential| name == *credential)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_names_and_no_values() {
        let environment = Environment::from_iter([("DB_PASSWORD", "hunter2")]);
        assert_eq!(format!("{environment:?}"), "{\"DB_PASSWORD\"}");
    }
}
