//! The services that are asked.

/// A service of AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Service {
    ParameterStore,
    SecretsManager,
    S3,
    SecurityTokens,
}
