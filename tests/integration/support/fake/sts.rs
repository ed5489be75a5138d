//! STS: AssumeRole and AssumeRoleWithWebIdentity. The credentials they answer are valid from then on.

use super::authentication::Caller;
use super::call::Call;
use super::clock;
use super::failure::Failure;
use super::http::{Response, escape_xml};
use super::store::{Key, Store};

pub fn assume_role(store: &mut Store, caller: &Caller, call: &Call) -> Result<Response, Failure> {
    let (role, session) = role_and_session(call)?;
    if store.denies(&[&role]) || !store.roles.contains(&role) {
        let user = &caller.arn;
        let message = format!(
            "User: {user} is not authorized to perform: sts:AssumeRole on resource: {role}"
        );
        return Err(Failure::new(403, "AccessDenied", message));
    }
    Ok(credentials(store, "AssumeRole", &role, &session))
}

pub fn assume_role_with_web_identity(store: &mut Store, call: &Call) -> Result<Response, Failure> {
    let (role, session) = role_and_session(call)?;
    let token = call
        .form("WebIdentityToken")
        .ok_or_else(|| missing("webIdentityToken"))?;
    match store.web_identities.get(&role) {
        Some(known) if *known == token && !store.denies(&[&role]) => Ok(credentials(
            store,
            "AssumeRoleWithWebIdentity",
            &role,
            &session,
        )),
        Some(known) if *known != token => {
            let message = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)";
            Err(Failure::new(400, "InvalidIdentityToken", message))
        }
        _ => {
            let message = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
            Err(Failure::new(403, "AccessDenied", message))
        }
    }
}

fn role_and_session(call: &Call) -> Result<(String, String), Failure> {
    if call.form("Version").as_deref() != Some("2011-06-15") {
        return Err(Failure::new(
            400,
            "InvalidAction",
            "Could not find operation for version NO_VERSION_SPECIFIED",
        ));
    }
    let role = call
        .form("RoleArn")
        .filter(|role| role.len() >= 20)
        .ok_or_else(|| missing("roleArn"))?;
    let session = call
        .form("RoleSessionName")
        .filter(|name| (2..=64).contains(&name.len()));
    Ok((role, session.ok_or_else(|| missing("roleSessionName"))?))
}

fn missing(field: &str) -> Failure {
    let message =
        format!("1 validation error detected: Value at '{field}' failed to satisfy constraint");
    Failure::new(400, "ValidationError", message)
}

fn credentials(store: &mut Store, operation: &str, role: &str, session: &str) -> Response {
    let expiration = clock::iso(store.now() + 3_600);
    let Key {
        id,
        secret,
        token,
        arn,
        ..
    } = store.mint(role, session);
    let (token, arn) = (escape_xml(&token.unwrap_or_default()), escape_xml(&arn));
    Response::xml(
        200,
        format!(
            "<{operation}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{operation}Result>\
             <AssumedRoleUser><AssumedRoleId>AROAFAKE:{session}</AssumedRoleId><Arn>{arn}</Arn></AssumedRoleUser>\
             <Credentials><AccessKeyId>{id}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey>\
             <SessionToken>{token}</SessionToken><Expiration>{expiration}</Expiration></Credentials>\
             </{operation}Result><ResponseMetadata><RequestId>FAKE</RequestId></ResponseMetadata></{operation}Response>"
        ),
    )
}
