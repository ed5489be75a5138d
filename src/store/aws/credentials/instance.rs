//! Credentials of the instance's role.

use aws_config::imds;
use aws_config::imds::client::error::ImdsError;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, future};

const ROLES: &str = "/latest/meta-data/iam/security-credentials/";

/// Asks for the role's name and hands it to the SDK, which panics on one that no URL can hold.
#[derive(Debug)]
pub(super) struct InstanceRole {
    pub(super) config: ProviderConfig,
    pub(super) imds: imds::Client,
}

impl InstanceRole {
    async fn credentials(&self) -> provider::Result {
        let disabled = std::env::var("AWS_EC2_METADATA_DISABLED");
        if disabled.is_ok_and(|disabled| disabled.eq_ignore_ascii_case("true")) {
            return Err(CredentialsError::not_loaded_no_source());
        }
        let name = self.imds.get(ROLES).await.map_err(no_role)?;
        let name = name.as_ref();
        if name.is_empty() || !name.bytes().all(is_of_a_name) {
            let why = "the name of the instance's role is not the name of a role";
            return Err(CredentialsError::invalid_configuration(why));
        }
        let provider = ImdsCredentialsProvider::builder()
            .configure(&self.config)
            .imds_client(self.imds.clone())
            .profile(name);
        provider.build().provide_credentials().await
    }
}

impl ProvideCredentials for InstanceRole {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

/// What IAM allows in the name of a role.
fn is_of_a_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte)
}

/// Where there is no role or no metadata service, the instance is no source of credentials.
fn no_role(error: ImdsError) -> CredentialsError {
    match &error {
        ImdsError::ErrorResponse(answer) if answer.response().status().as_u16() == 404 => {
            CredentialsError::not_loaded_no_source()
        }
        ImdsError::FailedToLoadToken(token) if token.is_dispatch_failure() => {
            CredentialsError::not_loaded_no_source()
        }
        _ => CredentialsError::provider_error(error),
    }
}
