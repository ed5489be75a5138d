//! ARNs of parameters, secrets and objects, in every partition, with the suffix that ECS gives
//! to secrets.

use super::ReferenceError;
use super::names::{check_path, check_secret_characters, check_selector};
use super::redact::redacted;
use super::text::Part;

/// The parameters of AWS itself, whose ARNs have no account.
const PUBLIC: &str = "parameter/aws/service/";

/// An ARN taken apart as far as every service agrees.
pub(super) struct Arn<'a> {
    text: &'a str,
    service: &'a str,
    pub(super) region: String,
    resource: Part<'a>,
}

/// What the ARN of a secret says, the ECS suffix included.
pub(super) struct SecretArn {
    pub(super) id: String,
    pub(super) key: Option<String>,
    pub(super) stage: Option<String>,
    pub(super) version: Option<String>,
}

/// Whether a text is the ARN of a parameter or a secret.
pub(super) fn names_a_value(text: &str) -> bool {
    let mut parts = text.split(':');
    parts.next() == Some("arn")
        && parts
            .next()
            .is_some_and(|partition| partition.starts_with("aws"))
        && matches!(parts.next(), Some("ssm" | "secretsmanager"))
}

impl<'a> Arn<'a> {
    pub(super) fn parse(text: Part<'a>) -> Result<Self, ReferenceError> {
        let [_, partition, service, region, account, resource] = text.splitn(6, ':')[..] else {
            return Err(ReferenceError::new(
                "the ARN is cut short",
                "an ARN is \"arn:partition:service:region:account:resource\"",
            ));
        };
        let (region, account) = (region.as_str(), account.as_str());
        check_partition(partition.as_str())?;
        check_region(region)?;
        let is_public = service.as_str() == "ssm" && resource.strip_prefix(PUBLIC).is_some();
        if !account.bytes().all(|b| b.is_ascii_digit()) || account.is_empty() && !is_public {
            return Err(ReferenceError::new(
                "the ARN's account is no account number",
                "copy the ARN again from the console or from \"aws\"",
            ));
        }
        Ok(Self {
            text: text.as_str(),
            service: service.as_str(),
            region: region.to_owned(),
            resource,
        })
    }

    /// The ARN without its selector, and the selector.
    pub(super) fn parameter(&self) -> Result<(String, Option<String>), ReferenceError> {
        let Some(name) = self
            .of("ssm")
            .and_then(|resource| resource.strip_prefix("parameter/"))
        else {
            return Err(ReferenceError::new(
                "the ARN is not that of a parameter",
                "write \"arn:aws:ssm:REGION:ACCOUNT:parameter/NAME\"",
            ));
        };
        let (name, selector) = match name.split_once(':') {
            Some((name, selector)) => (name.as_str(), Some(selector.as_str())),
            None => (name.as_str(), None),
        };
        if name.is_empty() || name.ends_with('/') {
            return Err(ReferenceError::new(
                "the ARN names no parameter",
                "add the parameter's name",
            ));
        }
        check_path(&format!("/{name}"))?;
        selector.map_or(Ok(()), check_selector)?;
        let cut = selector.map_or(0, |selector| selector.len() + 1);
        let whole = &self.text[..self.text.len() - cut];
        Ok((whole.to_owned(), selector.map(str::to_owned)))
    }

    /// The ARN without the suffix, and the parts of the suffix.
    pub(super) fn secret(&self) -> Result<SecretArn, ReferenceError> {
        let Some(resource) = self
            .of("secretsmanager")
            .and_then(|r| r.strip_prefix("secret:"))
        else {
            return Err(ReferenceError::new(
                "the ARN is not that of a secret",
                "write \"arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME\"",
            ));
        };
        let (name, suffix) = secret_parts(resource)?;
        let cut = resource.as_str().len() - name.len();
        let id = self.text[..self.text.len() - cut].to_owned();
        let [key, stage, version] = suffix.map(not_empty);
        Ok(SecretArn {
            id,
            key,
            stage,
            version,
        })
    }

    fn of(&self, service: &str) -> Option<Part<'a>> {
        (self.service == service).then_some(self.resource)
    }
}

/// The name of a secret, and the key, stage and version behind it.
fn secret_parts(resource: Part<'_>) -> Result<(&str, [&str; 3]), ReferenceError> {
    let parts = resource.splitn(usize::MAX, ':');
    let parts: Vec<&str> = parts.into_iter().map(Part::as_str).collect();
    let (name, suffix) = match parts[..] {
        [name] => (name, [""; 3]),
        [name, key, stage, version] => (name, [key, stage, version]),
        _ => {
            return Err(ReferenceError::new(
                "the ARN's suffix is incomplete",
                "it has three parts, any of them empty: \"…:json-key:stage:version-id\"",
            ));
        }
    };
    if name.is_empty() {
        return Err(ReferenceError::new(
            "the ARN names no secret",
            "add the secret's name",
        ));
    }
    check_secret_characters(name)?;
    if suffix.iter().any(|part| part.contains(char::is_control)) {
        return Err(ReferenceError::new(
            "a control character stands in the ARN's suffix",
            "remove it",
        ));
    }
    Ok((name, suffix))
}

/// The `bucket/key` of an S3 object's ARN, which has neither region nor account.
pub(super) fn object_path(text: Part<'_>) -> Result<Part<'_>, ReferenceError> {
    match text.splitn(6, ':')[..] {
        [_, partition, _, region, account, path]
            if region.as_str().is_empty()
                && account.as_str().is_empty()
                && !path.as_str().is_empty() =>
        {
            check_partition(partition.as_str())?;
            Ok(path)
        }
        _ => Err(ReferenceError::new(
            "the ARN is not that of an S3 object",
            "write \"arn:aws:s3:::bucket/path/to/file.env\"",
        )),
    }
}

pub(super) fn check_partition(partition: &str) -> Result<(), ReferenceError> {
    let plain = partition
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b == b'-');
    if !plain || !partition.starts_with("aws") {
        return Err(ReferenceError::new(
            "the ARN's partition is none of AWS",
            "partitions are \"aws\", \"aws-cn\", \"aws-us-gov\" and the like",
        ));
    }
    Ok(())
}

pub(super) fn check_region(region: &str) -> Result<(), ReferenceError> {
    let plain = region
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if region.is_empty() || !plain {
        return Err(ReferenceError::new(
            format!("\"{}\" is no region", redacted(region).escape_debug()),
            "write it as in \"eu-west-1\"",
        ));
    }
    Ok(())
}

fn not_empty(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
