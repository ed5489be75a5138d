//! Secrets Manager: GetSecretValue.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};

use super::authentication::Caller;
use super::call::Call;
use super::failure::Failure;
use super::http::Response;
use super::store::{Secret, SecretContent, SecretVersion, Store};

pub fn get_secret_value(store: &Store, caller: &Caller, call: &Call) -> Result<Response, Failure> {
    let id = call
        .text("SecretId")
        .filter(|id| !id.is_empty() && id.len() <= 2048);
    let id = id.ok_or_else(|| {
        Failure::new(
            400,
            "ValidationException",
            "SecretId has 1 to 2048 characters",
        )
    })?;
    let secret = find(store, caller, id);
    refuse_denied(store, caller, id, secret)?;
    let secret =
        secret.ok_or_else(|| not_found("Secrets Manager can't find the specified secret."))?;
    if secret.pending_deletion {
        let message =
            "You can't perform this operation on the secret because it was marked for deletion.";
        return Err(Failure::new(400, "InvalidRequestException", message));
    }
    let version = version(secret, version_id(call)?, call.text("VersionStage"))?;
    Ok(Response::json(
        200,
        &describe(secret, version, &caller.region),
    ))
}

/// By name within the caller's account, by ARN in any; an ARN's region must be the one asked.
fn find<'a>(store: &'a Store, caller: &Caller, id: &str) -> Option<&'a Secret> {
    let reachable =
        |secret: &&Secret| secret.place.account == caller.account || id.starts_with("arn:");
    let here = store
        .secrets
        .iter()
        .filter(|secret| secret.place.is_in(&caller.region))
        .filter(reachable);
    here.filter(|secret| secret.goes_by(id, &caller.region))
        .max_by_key(|secret| secret.place.region.is_some())
}

fn refuse_denied(
    store: &Store,
    caller: &Caller,
    id: &str,
    secret: Option<&Secret>,
) -> Result<(), Failure> {
    let arn = secret.map(|secret| secret.arn(&caller.region));
    let partial = secret.map(|secret| secret.partial_arn(&caller.region));
    let names = [
        Some(id),
        secret.map(|secret| secret.name.as_str()),
        arn.as_deref(),
        partial.as_deref(),
    ];
    let denied = store.denies(&names.into_iter().flatten().collect::<Vec<_>>());
    let account = id
        .strip_prefix("arn:")
        .and_then(|rest| rest.split(':').nth(3))
        .unwrap_or(&caller.account);
    let foreign = account != caller.account && !secret.is_some_and(|secret| secret.shared);
    if !denied && !foreign {
        return Ok(());
    }
    let user = &caller.arn;
    let action = "secretsmanager:GetSecretValue";
    let message = format!(
        "User: {user} is not authorized to perform: {action} on resource: {id} \
         because no identity-based policy allows the {action} action"
    );
    Err(Failure::new(400, "AccessDeniedException", message))
}

fn version_id(call: &Call) -> Result<Option<&str>, Failure> {
    let id = call.text("VersionId");
    match id {
        Some(id) if !(32..=64).contains(&id.len()) => {
            let problem = format!("Value '{id}' at 'versionId' failed to satisfy constraint");
            let rule = if id.len() < 32 {
                "greater than or equal to 32"
            } else {
                "less than or equal to 64"
            };
            let message =
                format!("1 validation error detected: {problem}: Member must have length {rule}");
            Err(Failure::new(400, "ValidationException", message))
        }
        _ => Ok(id),
    }
}

fn version<'a>(
    secret: &'a Secret,
    id: Option<&str>,
    stage: Option<&str>,
) -> Result<&'a SecretVersion, Failure> {
    let staged =
        |version: &SecretVersion, stage: &str| version.stages.iter().any(|own| own == stage);
    let Some(id) = id else {
        let stage = stage.unwrap_or("AWSCURRENT");
        let found = secret
            .versions
            .iter()
            .find(|version| staged(version, stage));
        return found.ok_or_else(|| missing_value(&format!("staging label: {stage}")));
    };
    let found = secret.versions.iter().find(|version| version.id == id);
    let version = found.ok_or_else(|| missing_value(&format!("VersionId: {id}")))?;
    if stage.is_some_and(|stage| !staged(version, stage)) {
        let message =
            "You provided a VersionStage that is not associated to the provided VersionId.";
        return Err(Failure::new(400, "InvalidRequestException", message));
    }
    Ok(version)
}

fn describe(secret: &Secret, version: &SecretVersion, region: &str) -> Value {
    let mut described = json!({
        "ARN": secret.arn(region),
        "CreatedDate": 1_700_000_000.123,
        "Name": secret.name,
        "VersionId": version.id,
        "VersionStages": version.stages,
    });
    match &version.content {
        SecretContent::Text(text) => described["SecretString"] = text.as_str().into(),
        SecretContent::Binary(bytes) => {
            described["SecretBinary"] = BASE64_STANDARD.encode(bytes).into();
        }
    }
    described
}

fn missing_value(of: &str) -> Failure {
    not_found(&format!(
        "Secrets Manager can't find the specified secret value for {of}"
    ))
}

fn not_found(message: &str) -> Failure {
    Failure::new(400, "ResourceNotFoundException", message)
}
