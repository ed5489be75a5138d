//! Signatures, keys, tokens and clocks.

use serde_json::json;

use crate::support::client::Client;
use crate::support::fake::{Fake, Request, Signature};

const NAMES: &str = "AmazonSSM.GetParameters";

fn request(method: &str, path: &str, query: &str, headers: &[(&str, &str)]) -> Request {
    let headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Request {
        method: method.into(),
        path: path.into(),
        query: query.into(),
        headers,
        body: Vec::new(),
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>, and the example that the general
/// documentation has carried since 2015: both were calculated by AWS.
#[test]
fn examples_that_aws_published_are_valid() {
    let iam = request(
        "GET",
        "/",
        "Action=ListUsers&Version=2010-05-08",
        &[
            (
                "Content-Type",
                "application/x-www-form-urlencoded; charset=utf-8",
            ),
            ("Host", "iam.amazonaws.com"),
            ("X-Amz-Date", "20150830T123600Z"),
        ],
    );
    let claimed = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
        SignedHeaders=content-type;host;x-amz-date, \
        Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";
    let signature = Signature::parse(claimed).expect("the header is well formed");
    assert_eq!(
        signature.expected(&iam, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
        signature.signature
    );

    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let s3 = request(
        "GET",
        "/test.txt",
        "",
        &[
            ("Host", "examplebucket.s3.amazonaws.com"),
            ("Range", "bytes=0-9"),
            ("x-amz-content-sha256", empty),
            ("x-amz-date", "20130524T000000Z"),
        ],
    );
    let claimed = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,\
        SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,\
        Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41";
    let signature = Signature::parse(claimed).expect("the header is well formed");
    assert!(signature.is_valid(&s3, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"));
}

#[test]
fn only_known_keys_that_sign_rightly_are_let_in() {
    let fake = Fake::start();
    fake.session_key("ASIASESSION", "secret", "token")
        .expired_key("ASIAEXPIRED", "secret", "token");
    let client = Client::of(&fake);
    let refusals = [
        (
            client.clone().with_key("AKIANOBODY", "x", None),
            "UnrecognizedClientException",
            "InvalidAccessKeyId",
        ),
        (
            client
                .clone()
                .with_key("AKIAIOSFODNN7EXAMPLE", "wrong", None),
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
        ),
        (
            client.clone().with_key("ASIASESSION", "secret", None),
            "UnrecognizedClientException",
            "InvalidToken",
        ),
        (
            client
                .clone()
                .with_key("ASIASESSION", "secret", Some("other")),
            "UnrecognizedClientException",
            "InvalidToken",
        ),
        (
            client
                .clone()
                .with_key("ASIAEXPIRED", "secret", Some("token")),
            "ExpiredTokenException",
            "ExpiredToken",
        ),
    ];
    for (stranger, json_code, s3_code) in refusals {
        let answer = stranger
            .json(NAMES, &json!({"Names": ["/a"]}))
            .expect("an answer");
        assert_eq!(answer.error(), (400, json_code.into()));
        assert_eq!(
            stranger.s3("/bucket/key", "").expect("an answer").error().1,
            s3_code
        );
    }
    let known = client.with_key("ASIASESSION", "secret", Some("token"));
    assert_eq!(
        known
            .json(NAMES, &json!({"Names": ["/a"]}))
            .expect("an answer")
            .status,
        200
    );
    let call = fake.all_calls().pop().expect("it was recorded");
    assert_eq!(
        (call.access_key(), call.session_token()),
        (Some("ASIASESSION"), Some("token"))
    );
}

#[test]
fn a_request_that_was_changed_after_signing_is_refused() {
    let fake = Fake::start();
    let client = Client::of(&fake);
    let mut request = client.request("POST", "/", "", r#"{"Names":["/a"]}"#);
    request.headers.push(("X-Amz-Target".into(), NAMES.into()));
    client.sign(&mut request, "ssm");

    let mut other_body = request.clone();
    other_body.body = br#"{"Names":["/b"]}"#.to_vec();
    let mut one_header_more = request.clone();
    one_header_more
        .headers
        .push(("X-Amz-Extra".into(), "unsigned".into()));
    for changed in [other_body, one_header_more] {
        let answer = client.send(&changed).expect("an answer");
        assert_eq!(answer.error(), (400, "InvalidSignatureException".into()));
    }
    assert_eq!(client.send(&request).expect("an answer").status, 200);
}

#[test]
fn an_unsigned_request_is_refused() {
    let fake = Fake::start();
    let client = Client::of(&fake);
    let answer = client
        .plain("POST", "/", &[("X-Amz-Target", NAMES)], "{}")
        .expect("an answer");
    assert_eq!(
        answer.error(),
        (400, "MissingAuthenticationTokenException".into())
    );
    fake.any_signature();
    let answer = client.plain(
        "POST",
        "/",
        &[("X-Amz-Target", NAMES)],
        r#"{"Names":["/a"]}"#,
    );
    assert_eq!(answer.expect("an answer").status, 200);
}

#[test]
fn a_clock_that_is_more_than_a_quarter_of_an_hour_off_is_refused() {
    let fake = Fake::start();
    let client = Client::of(&fake);
    for (ahead, message) in [
        (1_000, "Signature expired: "),
        (-1_000, "Signature not yet current: "),
    ] {
        fake.clock_ahead(ahead);
        let answer = client
            .json(NAMES, &json!({"Names": ["/a"]}))
            .expect("an answer");
        assert_eq!(answer.error(), (400, "InvalidSignatureException".into()));
        assert!(answer.text().contains(message), "{}", answer.text());
        assert_eq!(
            client.s3("/b/k", "").expect("an answer").error(),
            (403, "RequestTimeTooSkewed".into())
        );
    }
    fake.clock_ahead(800);
    assert_eq!(
        client
            .json(NAMES, &json!({"Names": ["/a"]}))
            .expect("an answer")
            .status,
        200
    );
}
