//! From a recorded call to its true answer: authenticate, then ask the service.

use super::authentication::authenticate;
use super::call::{Call, Op, Service};
use super::failure::Failure;
use super::fault::Plight;
use super::http::Response;
use super::store::Store;
use super::{clock, credentials, s3, secrets_manager, ssm, sts};

pub fn answer(store: &mut Store, call: &Call, plight: &Plight) -> Response {
    let date = clock::http(store.now());
    let answer = try_answer(store, call, plight);
    let response = answer.unwrap_or_else(|failure| failure.answer(call.op.service()));
    response
        .with_header("Date", date)
        .with_header("x-amzn-RequestId", "00000000-0000-0000-0000-000000000000")
}

fn try_answer(store: &mut Store, call: &Call, plight: &Plight) -> Result<Response, Failure> {
    let Some(service) = call.op.signed_as() else {
        return unsigned(store, call);
    };
    let caller = authenticate(store, call, service)?;
    if call.op.service() == Service::Ssm
        && store
            .throughput
            .as_mut()
            .is_some_and(|limit| !limit.admits())
    {
        return Err(Failure::throttled());
    }
    match call.op {
        Op::GetParameters => ssm::get_parameters(store, &caller, call, &plight.omitted),
        Op::GetParametersByPath => ssm::by_path::get(store, &caller, call, plight),
        Op::GetSecretValue => secrets_manager::get_secret_value(store, &caller, call),
        Op::GetObject => s3::get_object(store, &caller, call),
        _ => sts::assume_role(store, &caller, call),
    }
}

fn unsigned(store: &mut Store, call: &Call) -> Result<Response, Failure> {
    match call.op {
        Op::AssumeRoleWithWebIdentity => sts::assume_role_with_web_identity(store, call),
        Op::ContainerCredentials => credentials::container(store, call),
        Op::ImdsToken => credentials::imds_token(store, call),
        Op::ImdsRole | Op::ImdsCredentials | Op::ImdsRegion => credentials::imds(store, call),
        _ => Err(Failure::new(
            404,
            "UnknownOperationException",
            "the fake does not know this operation",
        )),
    }
}
