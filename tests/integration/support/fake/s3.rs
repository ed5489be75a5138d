//! S3: GetObject, in path style and in virtual-hosted style.

use super::authentication::Caller;
use super::call::{Call, field};
use super::failure::Failure;
use super::http::{Response, decode_percent};
use super::sigv4::sha256_hex;
use super::store::{Bucket, ObjectVersion, Store};

pub fn get_object(store: &Store, caller: &Caller, call: &Call) -> Result<Response, Failure> {
    let (bucket_name, key) = target(call);
    let bucket = store.buckets.get(&bucket_name).ok_or_else(|| {
        Failure::new(404, "NoSuchBucket", "The specified bucket does not exist")
            .field("BucketName", &bucket_name)
    })?;
    refuse_elsewhere(bucket, &bucket_name, caller)?;
    let path = format!("{bucket_name}/{key}");
    if key.is_empty() || store.denies(&[&path, &format!("arn:aws:s3:::{path}"), &bucket_name]) {
        return Err(access_denied(caller, "s3:GetObject", &path));
    }
    let query = call.request.query_pairs();
    let object = find(
        bucket,
        caller,
        &bucket_name,
        &key,
        field(&query, "versionId"),
    )?;
    Ok(
        Response::new(200, "binary/octet-stream", object.bytes.as_slice())
            .with_header("ETag", format!("\"{}\"", &sha256_hex(&object.bytes)[..32]))
            .with_header("Last-Modified", "Tue, 14 Nov 2023 22:13:20 GMT")
            .with_header("x-amz-version-id", &object.id)
            .with_header("x-amz-request-id", "FAKE"),
    )
}

/// Bucket and key, from `Host: bucket.s3.…` or else from the path.
fn target(call: &Call) -> (String, String) {
    let path = decode_percent(call.request.path.trim_start_matches('/'));
    let host = call.header("host").unwrap_or_default();
    match host.split_once(".s3.") {
        Some((bucket, _)) => (bucket.to_owned(), path),
        None => path
            .split_once('/')
            .map_or((path.clone(), String::new()), |(bucket, key)| {
                (bucket.into(), key.into())
            }),
    }
}

fn refuse_elsewhere(bucket: &Bucket, name: &str, caller: &Caller) -> Result<(), Failure> {
    let Some(region) = bucket
        .region
        .as_deref()
        .filter(|region| *region != caller.region)
    else {
        return Ok(());
    };
    let message = "The bucket you are attempting to access must be addressed using the specified endpoint. \
                   Please send all future requests to this endpoint.";
    Err(Failure::new(301, "PermanentRedirect", message)
        .field("Endpoint", format!("{name}.s3.{region}.amazonaws.com"))
        .field("Bucket", name)
        .header("x-amz-bucket-region", region))
}

fn find<'a>(
    bucket: &'a Bucket,
    caller: &Caller,
    name: &str,
    key: &str,
    version: Option<&str>,
) -> Result<&'a ObjectVersion, Failure> {
    let Some(versions) = bucket.objects.get(key) else {
        if bucket.unlistable {
            return Err(access_denied(caller, "s3:ListBucket", name));
        }
        return Err(
            Failure::new(404, "NoSuchKey", "The specified key does not exist.").field("Key", key),
        );
    };
    let found = match version {
        None => versions.last(),
        Some(id) => versions.iter().find(|version| version.id == id),
    };
    found.ok_or_else(|| {
        Failure::new(
            404,
            "NoSuchVersion",
            "The specified version does not exist.",
        )
        .field("Key", key)
        .field("VersionId", version.unwrap_or_default())
    })
}

fn access_denied(caller: &Caller, action: &str, resource: &str) -> Failure {
    let message = format!(
        "User: {} is not authorized to perform: {action} on resource: \"arn:aws:s3:::{resource}\" \
         because no identity-based policy allows the {action} action",
        caller.arn
    );
    Failure::new(403, "AccessDenied", message)
}
