//! The services that are asked.

use crate::request::Target;

/// A service of AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Service {
    ParameterStore,
    SecretsManager,
    S3,
    SecurityTokens,
}

impl Service {
    /// The service that holds `target`.
    pub(super) fn of(target: &Target) -> Self {
        match target {
            Target::Parameter(_) | Target::Path(_) => Self::ParameterStore,
            Target::Secret(_) => Self::SecretsManager,
            Target::Object(_) => Self::S3,
        }
    }

    /// Its name in settings of the SDKs.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::ParameterStore => "SSM",
            Self::SecretsManager => "Secrets Manager",
            Self::S3 => "S3",
            Self::SecurityTokens => "STS",
        }
    }
}
