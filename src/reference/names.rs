//! Which names AWS allows, and what was probably meant by others.

use super::{ReferenceError, redacted};

/// The longest name that SSM takes in a request.
const LONGEST_NAME: usize = 2048;

pub(super) fn check_parameter_name(name: &str) -> Result<(), ReferenceError> {
    if name.is_empty() || name == "/" {
        return Err(ReferenceError::new(
            "it names no parameter",
            "write \"ssm:///path/to/name\"",
        ));
    }
    if name.ends_with('/') {
        return Err(ReferenceError::new(
            "it ends in a slash, so it names a path, not one parameter",
            "name one parameter, or take the whole path with --from",
        ));
    }
    if name.contains('/') && !name.starts_with('/') {
        return Err(ReferenceError::new(
            "a parameter in a hierarchy begins with a slash",
            format!("write \"ssm:///{}\"", redacted(name)),
        ));
    }
    check_path(name)
}

pub(super) fn check_path(path: &str) -> Result<(), ReferenceError> {
    // Secrets seen through SSM keep the wider alphabet of secret names.
    if let Some(secret) = path.strip_prefix("/aws/reference/secretsmanager/") {
        check_secret_characters(secret)?;
    } else {
        refuse_other_characters(path, "_.-/", "a parameter name")?;
    }
    if path.contains("//") {
        return Err(ReferenceError::new(
            "two slashes follow each other in the name",
            "leave one out; perhaps a \"${NAME}\" was empty",
        ));
    }
    if path.len() > LONGEST_NAME {
        let reason = format!("the name is longer than {LONGEST_NAME} characters");
        return Err(ReferenceError::new(reason, "shorten it"));
    }
    Ok(())
}

pub(super) fn check_selector(selector: &str) -> Result<(), ReferenceError> {
    if selector.is_empty() {
        return Err(ReferenceError::new(
            "no version or label follows the colon",
            "write \":3\" or \":label\", or leave the colon out",
        ));
    }
    if selector.contains(':') {
        return Err(ReferenceError::new(
            "two colons stand in the name",
            "keep one version or label",
        ));
    }
    refuse_other_characters(selector, "_.-", "a version or label")
}

pub(super) fn check_secret_name(name: &str) -> Result<(), ReferenceError> {
    if name.is_empty() {
        return Err(ReferenceError::new(
            "it names no secret",
            "write \"secretsmanager://name\"",
        ));
    }
    if name.contains(':') {
        return Err(ReferenceError::new(
            "a secret's name has no colon",
            "a JSON key is written \"#key\", a stage \"?stage=\", a version \"?version=\"",
        ));
    }
    check_secret_characters(name)
}

/// What the name of a secret may be made of. AWS's services put their own name before theirs:
/// `rds!db-…`, `ecs-sc!…`.
pub(super) fn check_secret_characters(name: &str) -> Result<(), ReferenceError> {
    let of_service = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let own = match name.split_once('!') {
        Some((service, own)) if !service.is_empty() && service.chars().all(of_service) => own,
        _ => name,
    };
    refuse_other_characters(own, "/_+=.@-", "a secret's name")
}

pub(super) fn check_bucket(bucket: &str) -> Result<(), ReferenceError> {
    if bucket.is_empty() {
        return Err(ReferenceError::new(
            "it names no bucket",
            "write \"s3://bucket/path/to/file.env\"",
        ));
    }
    refuse_other_characters(bucket, ".-_", "a bucket's name")
}

pub(super) fn refuse_other_characters(
    text: &str,
    extra: &str,
    what: &str,
) -> Result<(), ReferenceError> {
    match text
        .chars()
        .find(|c| !c.is_ascii_alphanumeric() && !extra.contains(*c))
    {
        None => Ok(()),
        Some('$') => Err(ReferenceError::new(
            format!("{what} has no \"$\" in it"),
            "\"${NAME}\" is filled in manifests, --manifest and --from only",
        )),
        Some(other) => Err(ReferenceError::new(
            format!("{what} has no \"{}\" in it", other.escape_default()),
            format!("use letters, digits and any of {extra}"),
        )),
    }
}
