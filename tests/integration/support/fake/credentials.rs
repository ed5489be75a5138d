//! The two places where a process finds credentials without a signature: the container's endpoint and IMDSv2.

use serde_json::json;

use super::ACCOUNT;
use super::call::{Call, Op};
use super::clock;
use super::failure::Failure;
use super::http::Response;
use super::store::{Instance, Store};

const IMDS_TOKEN: &str = "fake-imds-token==";

pub fn container(store: &mut Store, call: &Call) -> Result<Response, Failure> {
    let wanted = store
        .container
        .as_ref()
        .and_then(|container| container.authorization.as_deref());
    if wanted.is_some() && call.header("authorization") != wanted {
        return Err(Failure::new(401, "AccessDenied", "Unauthorized"));
    }
    let role = format!("arn:aws:iam::{ACCOUNT}:role/task");
    let expiration = clock::iso(store.now() + 6 * 3_600);
    let key = store.mint(&role, "container");
    Ok(Response::new(
        200,
        "application/json",
        json!({
            "RoleArn": role,
            "AccessKeyId": key.id,
            "SecretAccessKey": key.secret,
            "Token": key.token,
            "Expiration": expiration,
        })
        .to_string(),
    ))
}

/// The token comes only to those who say its lifetime: that is what tells version 2 from version 1.
pub fn imds_token(store: &Store, call: &Call) -> Result<Response, Failure> {
    instance(store)?;
    let ttl = call
        .header("x-aws-ec2-metadata-token-ttl-seconds")
        .and_then(|ttl| ttl.parse::<u32>().ok());
    match ttl {
        Some(ttl @ 1..=21_600) => {
            let header = "x-aws-ec2-metadata-token-ttl-seconds";
            Ok(Response::text(200, IMDS_TOKEN).with_header(header, ttl.to_string()))
        }
        _ => Err(Failure::new(400, "BadRequest", "400 - Bad Request")),
    }
}

pub fn imds(store: &mut Store, call: &Call) -> Result<Response, Failure> {
    let instance = instance(store)?.clone();
    if call.header("x-aws-ec2-metadata-token") != Some(IMDS_TOKEN) {
        return Err(Failure::new(401, "Unauthorized", "401 - Unauthorized"));
    }
    let asked_role = call.request.path.rsplit('/').next().unwrap_or_default();
    match (call.op, instance) {
        (
            Op::ImdsRegion,
            Instance {
                region: Some(region),
                ..
            },
        ) => Ok(Response::text(200, region)),
        (
            Op::ImdsRole,
            Instance {
                role: Some(role), ..
            },
        ) => Ok(Response::text(200, role)),
        (
            Op::ImdsCredentials,
            Instance {
                role: Some(role), ..
            },
        ) if role == asked_role => Ok(instance_credentials(store, &role)),
        _ => Err(not_found()),
    }
}

fn instance_credentials(store: &mut Store, role: &str) -> Response {
    let now = store.now();
    let key = store.mint(
        &format!("arn:aws:iam::{ACCOUNT}:role/{role}"),
        "i-00000000000000000",
    );
    let body = json!({
        "Code": "Success",
        "Type": "AWS-HMAC",
        "LastUpdated": clock::iso(now),
        "AccessKeyId": key.id,
        "SecretAccessKey": key.secret,
        "Token": key.token,
        "Expiration": clock::iso(now + 6 * 3_600),
    });
    Response::text(200, body.to_string())
}

fn instance(store: &Store) -> Result<&Instance, Failure> {
    store.instance.as_ref().ok_or_else(not_found)
}

fn not_found() -> Failure {
    Failure::new(404, "NotFound", "404 - Not Found")
}
