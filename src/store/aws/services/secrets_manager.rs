//! Secrets Manager: one request a secret, since the permission to ask for several at once is one
//! that ECS roles do not have.

use crate::error::Diagnostic;
use crate::request::{Request, Response};
use crate::store::aws::error::{Operation, RequestError};
use crate::store::aws::retry::{Retrier, Service};
use crate::store::aws::session::Client;
use crate::value::SecretValue;

/// Asks for one secret.
pub(crate) async fn ask(
    client: &Client,
    request: &Request,
    retrier: &Retrier,
) -> Result<Response, Diagnostic> {
    let object = request.to_string();
    let operation = Operation {
        action: "secretsmanager:GetSecretValue",
        object: &object,
        region: &client.region,
        request: Some(request),
    };
    let Request::Secret {
        id, stage, version, ..
    } = request
    else {
        return Err(operation.missing());
    };
    let call = async || {
        let request = client
            .secrets_manager()
            .get_secret_value()
            .secret_id(id)
            .set_version_stage(stage.clone())
            .set_version_id(version.clone());
        request
            .send()
            .await
            .map_err(|error| RequestError::of(&error, &operation))
    };
    let output = retrier
        .send(&client.limit_key(Service::SecretsManager), &object, call)
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
