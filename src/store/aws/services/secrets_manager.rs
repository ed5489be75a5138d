//! Secrets Manager: one request a secret, since the permission to ask for several at once is one
//! that ECS roles do not have.

use crate::error::Diagnostic;
use crate::request::{Response, Secret, Target};
use crate::store::aws::error::RequestError;
use crate::store::aws::retry::{Retrier, Service};
use crate::store::aws::session::Client;
use crate::value::SecretValue;

/// Asks for one secret.
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
    match (output.secret_string(), output.secret_binary()) {
        (Some(text), _) => Ok(Response::Text {
            value: SecretValue::new(text),
            version: output.version_id().map(str::to_owned),
        }),
        (None, Some(_)) => Ok(Response::Binary),
        (None, None) => Err(operation.empty()),
    }
}
