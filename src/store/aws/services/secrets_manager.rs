//! Secrets Manager: one request a secret, since the permission to ask for several at once is one
//! that ECS roles do not have.

use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueOutput;

use crate::error::Diagnostic;
use crate::request::{Bytes, Response, Secret, Target};
use crate::store::aws::error::RequestError;
use crate::store::aws::retry::Retrier;
use crate::store::aws::service::Service;
use crate::store::aws::session::Client;
use crate::value::SecretValue;

/// Fetches one secret.
pub(crate) async fn ask(
    client: &Client,
    secret: &Secret,
    retrier: &Retrier,
) -> Result<Response, Diagnostic> {
    let operation = client.operation(Target::Secret(secret.clone()));
    let call = async || {
        let request = client
            .secrets_manager()
            .get_secret_value()
            .secret_id(&secret.id)
            .set_version_stage(secret.stage.clone())
            .set_version_id(secret.version.clone());
        request
            .send()
            .await
            .map_err(|error| RequestError::of(&error, &operation))
    };
    let output = retrier
        .send(
            &client.limit_key(Service::SecretsManager),
            &operation.object,
            call,
        )
        .await
        .map_err(|error| error.diagnostic)?;
    if !is_version(&output, secret) {
        return Err(operation.other_version());
    }
    match (output.secret_string(), output.secret_binary()) {
        (Some(text), _) => Ok(Response::Text {
            value: SecretValue::new(text),
            version: output.version_id().map(str::to_owned),
        }),
        (None, Some(bytes)) => Ok(Response::Binary(Bytes(bytes.as_ref().to_vec()))),
        (None, None) => Err(operation.empty()),
    }
}

/// Whether the answer is the stage and version that were asked for, as far as one was.
fn is_version(output: &GetSecretValueOutput, asked: &Secret) -> bool {
    let staged = |stage: &String| output.version_stages().contains(stage);
    let versioned = |version: &str| output.version_id() == Some(version);
    asked.stage.as_ref().is_none_or(staged) && asked.version.as_deref().is_none_or(versioned)
}
