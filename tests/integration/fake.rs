//! The fake AWS refuses what AWS refuses: a lenient one would make every other test worthless. Only what paramexec never
//! asks is here; that the fake answers, fails and counts as told shows in every test that uses it.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::{Value, json};

use crate::support::fake::{
    ACCESS_KEY_ID, Fake, REGION, Request, SECRET_ACCESS_KEY, authorization, clock, sha256_hex,
};
use crate::support::run::Paramexec;
use crate::support::secrecy::values_never_shown;

const NAMES: &str = "AmazonSSM.GetParameters";
const BY_PATH: &str = "AmazonSSM.GetParametersByPath";
const SECRET: &str = "secretsmanager.GetSecretValue";

/// A client of a few lines, which may sign wrongly and ask for anything.
struct Client {
    port: u16,
    key: (&'static str, &'static str),
    token: Option<&'static str>,
    region: &'static str,
    /// What the signature says it is for; by itself, the service that is asked.
    service: Option<&'static str>,
}

impl Client {
    fn new(fake: &Fake) -> Self {
        Self {
            port: fake.port(),
            key: (ACCESS_KEY_ID, SECRET_ACCESS_KEY),
            token: None,
            region: REGION,
            service: None,
        }
    }

    fn json(&self, target: &str, body: &Value) -> (u16, String) {
        let service = if target.starts_with("AmazonSSM") {
            "ssm"
        } else {
            "secretsmanager"
        };
        let headers = [("X-Amz-Target", target)];
        self.send(&self.signed("POST", "/", &headers, &body.to_string(), service))
    }

    fn object(&self, path: &str) -> (u16, String) {
        let headers = [("X-Amz-Content-Sha256", sha256_hex(b""))];
        let headers = headers
            .each_ref()
            .map(|(name, hash)| (*name, hash.as_str()));
        self.send(&self.signed("GET", path, &headers, "", "s3"))
    }

    /// Every header is signed.
    fn signed(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
        service: &str,
    ) -> Request {
        let (host, date) = (
            format!("127.0.0.1:{}", self.port),
            clock::compact(clock::now()),
        );
        let own = [("Host", host.as_str()), ("X-Amz-Date", &date)];
        let token = self.token.map(|token| ("X-Amz-Security-Token", token));
        let headers = own.into_iter().chain(token).chain(headers.iter().copied());
        let mut request = Request {
            method: method.into(),
            path: path.into(),
            query: String::new(),
            headers: headers
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            body: body.into(),
        };
        let service = self.service.unwrap_or(service);
        let signature = authorization(&request, self.key, self.region, service, &|_| true);
        let signature = signature.expect("the request can be signed");
        request.headers.push(("Authorization".into(), signature));
        request
    }

    /// The status, and the error code however the service writes it.
    fn send(&self, request: &Request) -> (u16, String) {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).expect("connect");
        let (method, path, body) = (&request.method, &request.path, &request.body);
        write!(stream, "{method} {path} HTTP/1.1\r\nConnection: close\r\n").expect("write");
        for (name, value) in &request.headers {
            write!(stream, "{name}: {value}\r\n").expect("write");
        }
        write!(stream, "Content-Length: {}\r\n\r\n", body.len()).expect("write");
        stream.write_all(body).expect("write");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("read");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        let status = head
            .split(' ')
            .nth(1)
            .expect("a status")
            .parse()
            .expect("a number");
        let json: Value = serde_json::from_str(body).unwrap_or_default();
        let xml = || Some(body.split_once("<Code>")?.1.split_once("</Code>")?.0);
        let code = json["__type"].as_str().or_else(xml).unwrap_or_default();
        (status, code.to_owned())
    }
}

#[test]
fn what_aws_refuses_to_be_asked_is_refused() {
    let fake = Fake::start();
    fake.secret("db", "value").deny("/denied");
    let client = Client::new(&fake);
    let names: Vec<String> = (0..11).map(|number| format!("/p{number}")).collect();
    let long = format!("/{}", "a".repeat(2_048));
    let refused = [
        (NAMES, json!({"Names": []}), "ValidationException"),
        (NAMES, json!({"Names": names}), "ValidationException"),
        (NAMES, json!({"Names": ["/a", "/a"]}), "ValidationException"),
        (NAMES, json!({"Names": ["/a", "a"]}), "ValidationException"),
        (NAMES, json!({"Names": ["prod/a"]}), "ValidationException"),
        (NAMES, json!({"Names": ["/a b"]}), "ValidationException"),
        (NAMES, json!({"Names": [""]}), "ValidationException"),
        (NAMES, json!({"Names": [long]}), "ValidationException"),
        (
            NAMES,
            json!({"Names": ["/a", "/denied"]}),
            "AccessDeniedException",
        ),
        (BY_PATH, json!({}), "ValidationException"),
        (BY_PATH, json!({"Path": "app"}), "ValidationException"),
        (
            BY_PATH,
            json!({"Path": "/app", "MaxResults": 11}),
            "ValidationException",
        ),
        (
            BY_PATH,
            json!({"Path": "/app", "NextToken": "x"}),
            "InvalidNextToken",
        ),
        (
            SECRET,
            json!({"SecretId": "db", "VersionId": "short"}),
            "ValidationException",
        ),
        (SECRET, json!({"SecretId": ""}), "ValidationException"),
    ];
    for (target, body, code) in refused {
        assert_eq!(client.json(target, &body), (400, code.into()), "{body}");
    }
    assert_eq!(client.json(NAMES, &json!({"Names": names[..10]})).0, 200);
    for target in [
        "AmazonSSM.GetParameter",
        "secretsmanager.BatchGetSecretValue",
    ] {
        let unknown = (404, "UnknownOperationException".into());
        assert_eq!(client.json(target, &json!({})), unknown, "{target}");
    }
}

#[test]
fn a_request_that_is_not_signed_rightly_is_refused() {
    let fake = Fake::start();
    fake.session_key("ASIASESSION", "secret", "token")
        .object("bucket", "a b/c+d%e", "bytes");
    let own = || Client::new(&fake);
    let session = ("ASIASESSION", "secret");
    let (unknown, mismatch) = ("UnrecognizedClientException", "InvalidSignatureException");
    let refused = [
        (
            Client {
                key: ("AKIANOBODY", "x"),
                ..own()
            },
            unknown,
        ),
        (
            Client {
                key: (ACCESS_KEY_ID, "x"),
                ..own()
            },
            mismatch,
        ),
        (
            Client {
                service: Some("sts"),
                ..own()
            },
            mismatch,
        ),
        (
            Client {
                key: session,
                ..own()
            },
            unknown,
        ),
        (
            Client {
                key: session,
                token: Some("other"),
                ..own()
            },
            unknown,
        ),
    ];
    let body = json!({"Names": ["/a"]});
    for (client, code) in refused {
        assert_eq!(
            client.json(NAMES, &body),
            (400, code.into()),
            "{:?}",
            client.key
        );
    }
    let right = Client {
        key: session,
        token: Some("token"),
        ..own()
    };
    assert_eq!(right.json(NAMES, &body).0, 200);
    assert_eq!(own().object("/bucket/a%20b/c%2Bd%25e").0, 200);

    let signed = own().signed(
        "POST",
        "/",
        &[("X-Amz-Target", NAMES)],
        &body.to_string(),
        "ssm",
    );
    let mut other_body = signed.clone();
    other_body.body = br#"{"Names":["/b"]}"#.to_vec();
    let mut one_header_more = signed.clone();
    one_header_more
        .headers
        .push(("X-Amz-Extra".into(), "unsigned".into()));
    let mut no_signature = signed.clone();
    no_signature
        .headers
        .retain(|(name, _)| name != "Authorization");
    let missing = "MissingAuthenticationTokenException";
    for (request, code) in [
        (other_body, mismatch),
        (one_header_more, mismatch),
        (no_signature, missing),
    ] {
        assert_eq!(own().send(&request), (400, code.into()));
    }
    for ahead in [1_000, -1_000] {
        fake.clock_ahead(ahead);
        assert_eq!(own().send(&signed), (400, mismatch.into()));
        assert_eq!(
            own().object("/bucket/k"),
            (403, "RequestTimeTooSkewed".into())
        );
    }
    fake.clock_ahead(800);
    assert_eq!(own().send(&signed).0, 200);
}

fn shell(script: &str) -> Paramexec {
    Paramexec::new().binary("/bin/sh").args(["-c", script])
}

fn panics(action: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(action)).expect_err("it panics");
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

#[test]
fn a_run_that_is_not_silent_and_successful_fails_its_test() {
    assert!(panics(|| drop(shell("echo out").check())).contains("+ out"));
    assert!(panics(|| drop(shell("echo err >&2").check())).contains("+ err"));
    assert!(panics(|| drop(shell("exit 3").check())).contains("Code(3)"));
    let lacking = shell("echo a >&2").expect_stderr_containing("b");
    assert!(panics(|| drop(lacking.check())).contains("lacks"));
}

#[test]
fn planted_values_are_found_however_they_are_written() {
    let value = "pa\"ss\nSecondLine";
    let leaks = [
        "SecondLine",
        r#"pa\"ss\nSecondLine"#,
        "cGEic3MKU2Vjb25kTGluZQ",
        "112, 97, 34, 115, 115, 10, 83, 101, 99, 111, 110, 100, 76, 105, 110, 101",
    ];
    for leak in leaks {
        let cat = Paramexec::new().binary("/bin/cat");
        let outcome = cat.stdin(format!("x {leak} y")).run();
        let found = panics(|| values_never_shown(&outcome, &[value]));
        assert!(found.contains("planted value 0"), "{leak}");
    }
    values_never_shown(&shell("echo nothing").run(), &[value]);
}
