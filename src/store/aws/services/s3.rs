//! S3: one dotenv object, one request.

use aws_sdk_s3::operation::get_object::GetObjectOutput;

use crate::error::{Diagnostic, ErrorKind};
use crate::request::{Bytes, Object, Response, Target};
use crate::store::aws::cause::find;
use crate::store::aws::error::{Operation, RequestError};
use crate::store::aws::http::LARGEST_ANSWER;
use crate::store::aws::retry::Retrier;
use crate::store::aws::retry::backoff::RetryReason;
use crate::store::aws::service::Service;
use crate::store::aws::session::Client;

/// Fetches one object.
pub(crate) async fn ask(
    client: &Client,
    object: &Object,
    retrier: &Retrier,
) -> Result<Response, Diagnostic> {
    let operation = client.operation(Target::Object(object.clone()));
    let call = async || {
        let request = client
            .s3()
            .get_object()
            .bucket(&object.bucket)
            .key(&object.key)
            .set_version_id(object.version.clone());
        let output = request
            .send()
            .await
            .map_err(|error| RequestError::of(&error, &operation))?;
        if object.version.is_some() && output.version_id() != object.version.as_deref() {
            return Err(RequestError::permanent(operation.other_version()));
        }
        read(output, &operation).await
    };
    let bytes = retrier
        .send(&client.limit_key(Service::S3), &operation.object, call)
        .await
        .map_err(|error| error.diagnostic)?;
    Ok(Response::Object(Bytes(bytes)))
}

async fn read(output: GetObjectOutput, operation: &Operation<'_>) -> Result<Vec<u8>, RequestError> {
    let length = output
        .content_length()
        .and_then(|length| usize::try_from(length).ok());
    if length.is_some_and(|length| length > LARGEST_ANSWER) {
        return Err(RequestError::permanent(operation.too_large()));
    }
    match output.body.collect().await {
        Ok(body) => Ok(body.into_bytes().to_vec()),
        Err(error) if find::<http_body_util::LengthLimitError>(&error).is_some() => {
            Err(RequestError::permanent(operation.too_large()))
        }
        Err(_) => {
            let why = "the connection broke before the object was whole";
            let diagnostic = operation.diagnostic(ErrorKind::Unavailable, why, "try again later");
            Err(RequestError {
                diagnostic,
                retry: Some(RetryReason::Transient),
                split_batch: false,
            })
        }
    }
}
