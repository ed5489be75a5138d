//! What Secrets Manager and S3 enforce.

use serde_json::{Value, json};

use crate::support::client::{Answer, Client};
use crate::support::fake::Fake;

fn get_secret(fake: &Fake, body: Value) -> Answer {
    Client::of(fake)
        .json("secretsmanager.GetSecretValue", &body)
        .expect("an answer")
}

fn get_object(fake: &Fake, path: &str, query: &str) -> Answer {
    Client::of(fake).s3(path, query).expect("an answer")
}

#[test]
fn secrets_go_by_name_and_arn_in_versions() {
    let fake = Fake::start();
    let old = "0123456789abcdef0123456789abcdef";
    fake.secret_version("db", old, &["AWSPREVIOUS"], "old")
        .secret("db", "new")
        .secret_binary("bin", b"\x00\xff");
    let arn = fake.secret_arn("db", "eu-west-1");
    let text = |body: Value| get_secret(&fake, body).json()["SecretString"].clone();
    assert_eq!(text(json!({"SecretId": "db"})), "new");
    assert_eq!(text(json!({"SecretId": arn})), "new");
    assert_eq!(text(json!({"SecretId": arn[..arn.len() - 7]})), "new");
    assert_eq!(
        text(json!({"SecretId": "db", "VersionStage": "AWSPREVIOUS"})),
        "old"
    );
    assert_eq!(text(json!({"SecretId": "db", "VersionId": old})), "old");
    assert_eq!(
        get_secret(&fake, json!({"SecretId": "bin"})).json()["SecretBinary"],
        "AP8="
    );
}

#[test]
fn secrets_that_aws_refuses_are_refused() {
    let fake = Fake::start();
    fake.secret("gone", "value")
        .secret_pending_deletion("gone")
        .secret("no", "value")
        .deny("no")
        .secret("db", "value");
    let refused = [
        (json!({"SecretId": "missing"}), "ResourceNotFoundException"),
        (
            json!({"SecretId": "db", "VersionStage": "AWSPENDING"}),
            "ResourceNotFoundException",
        ),
        (
            json!({"SecretId": "db", "VersionId": "short"}),
            "ValidationException",
        ),
        (json!({"SecretId": "no"}), "AccessDeniedException"),
        (json!({"SecretId": "gone"}), "InvalidRequestException"),
    ];
    for (body, code) in refused {
        assert_eq!(get_secret(&fake, body).error(), (400, code.into()));
    }
}

#[test]
fn objects_come_in_versions_from_their_own_region() {
    let fake = Fake::start();
    fake.object_version("b", "dir/a b+c.env", "1", "old")
        .object("b", "dir/a b+c.env", "new");
    fake.in_region("us-west-2").object("west", "k", "far");
    assert_eq!(
        get_object(&fake, "/b/dir/a%20b%2Bc.env", "x-id=GetObject").text(),
        "new"
    );
    assert_eq!(
        get_object(&fake, "/b/dir/a%20b%2Bc.env", "versionId=1&x-id=GetObject").text(),
        "old"
    );
    let redirect = get_object(&fake, "/west/k", "");
    assert_eq!(redirect.error(), (301, "PermanentRedirect".into()));
    assert_eq!(redirect.header("x-amz-bucket-region"), Some("us-west-2"));
}

#[test]
fn objects_that_are_not_there_are_refused_in_xml() {
    let fake = Fake::start();
    fake.object("b", "k", "value")
        .object("b", "no", "value")
        .deny("b/no")
        .bucket("closed")
        .unlistable("closed");
    let refused = [
        ("/b/missing", "", 404, "NoSuchKey"),
        ("/missing/k", "", 404, "NoSuchBucket"),
        ("/b/k", "versionId=9", 404, "NoSuchVersion"),
        ("/b/no", "", 403, "AccessDenied"),
        ("/closed/missing", "", 403, "AccessDenied"),
    ];
    for (path, query, status, code) in refused {
        assert_eq!(
            get_object(&fake, path, query).error(),
            (status, code.into()),
            "{path}"
        );
    }
}
