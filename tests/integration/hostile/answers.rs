//! What servers answer: cut short, of another version, of somebody else, or in no hurry.

use std::time::Duration;

use super::server::{Step, answer, bytes};
use super::{Attack, Ground, withstands};
use crate::support::fake::Request;
use crate::support::run::Paramexec;

fn json(body: &str) -> Vec<Step> {
    answer(200, "Content-Type: application/x-amz-json-1.1\r\n", body)
}

/// A run that wants a dotenv object of two lines, and the head and body that it is answered.
fn object(ground: &Ground, head: &'static str, body: &'static str) -> Paramexec {
    let run = ground.answered_by(move |_, _| {
        vec![bytes(format!("HTTP/1.1 {head}\r\n\r\n{body}")), Step::Close]
    });
    run.args(["--from", "s3://bucket/app.env"])
}

/// A run whose credentials come from this container.
fn container(ground: &Ground, body: &'static str) -> Paramexec {
    let url = ground.server(move |_, _| answer(200, "Content-Type: application/json\r\n", body));
    without_keys(ground).env("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{url}/creds"))
}

/// A run on an instance whose metadata service answers so: the token with this TTL, this role, then this.
fn instance(ground: &Ground, ttl: &'static str, role: &'static str) -> Paramexec {
    let metadata = move |_: usize, request: &Request| match request.method.as_str() {
        "PUT" => {
            let ttl = format!("x-aws-ec2-metadata-token-ttl-seconds: {ttl}\r\n");
            answer(200, &ttl, "metadata-token")
        }
        _ => answer(200, "", role),
    };
    without_keys(ground)
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", ground.server(metadata))
        .env_remove("AWS_EC2_METADATA_DISABLED")
}

fn without_keys(ground: &Ground) -> Paramexec {
    let run = ground.run().env("DB", "ssm:///app/key");
    run.env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY")
}

#[test]
fn an_answer_is_used_only_when_it_is_whole_and_what_was_asked() {
    withstands(PARTIAL);
}

const PARTIAL: &[Attack] = &[
    ("A5 a page of success", 69, &["DB"], |ground| {
        let run = ground
            .answered_by(|_, _| answer(200, "Content-Type: text/html\r\n", "<html>Log in</html>"));
        run.env("DB", "ssm:///app/key?optional")
    }),
    ("A4 two lengths", 69, &["s3://bucket/app.env"], |ground| {
        object(
            ground,
            "200 OK\r\nContent-Length: 4\r\nContent-Length: 8",
            "A=1\nB=2\n",
        )
    }),
    (
        "the same parameter twice with two values",
        69,
        &["/app/key", "two values"],
        |ground| {
            let run = ground.answered_by(|_, _| {
                json(
                    r#"{"Parameters":[{"Name":"/app/key","Value":"one"},{"Name":"/app/key","Value":"two"}]}"#,
                )
            });
            run.env("DB", "ssm:///app/key")
        },
    ),
];

#[test]
fn credentials_that_no_header_can_carry_end_the_run_with_a_message() {
    withstands(CREDENTIALS);
}

const CREDENTIALS: &[Attack] = &[
    (
        "B1 an impossible expiration",
        78,
        &["container"],
        |ground| {
            container(
                ground,
                r#"{"AccessKeyId":"ASIA","SecretAccessKey":"x","Token":"t","Expiration":"999999999-01-01T00:00:00Z"}"#,
            )
        },
    ),
    ("B1 a TTL below zero", 78, &["instance"], |ground| {
        instance(ground, "-1", "web")
    }),
];

#[test]
fn how_an_answer_comes_decides_how_the_run_ends() {
    withstands(DELIVERY);
}

const DELIVERY: &[Attack] = &[
    ("heads that never end", 69, &["/app/key"], |ground| {
        let run = ground.answered_by(|_, _| {
            vec![bytes(format!(
                "HTTP/1.1 200 OK\r\n{}",
                "X: y\r\n".repeat(100_000)
            ))]
        });
        run.env("DB", "ssm:///app/key")
    }),
    ("no HTTP at all", 69, &["/app/key"], |ground| {
        let run = ground.answered_by(|_, _| vec![bytes("SSH-2.0-OpenSSH_9.2\r\n"), Step::Close]);
        run.env("DB", "ssm:///app/key")
    }),
    (
        "HTTP/2 where HTTP/1.1 was asked",
        69,
        &["/app/key"],
        |ground| {
            let run = ground.answered_by(|_, _| {
                vec![
                    bytes(b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0d".to_vec()),
                    Step::Close,
                ]
            });
            run.env("DB", "ssm:///app/key")
        },
    ),
    ("interim answers without end", 75, &["/app/key"], |ground| {
        let run = ground.answered_by(|_, _| {
            let interim = (0..400).flat_map(|_| {
                [
                    bytes("HTTP/1.1 100 Continue\r\n\r\n"),
                    Step::Pause(Duration::from_millis(10)),
                ]
            });
            interim.chain([Step::Silence]).collect()
        });
        run.env("DB", "ssm:///app/key")
    }),
    ("a redirection elsewhere", 69, &["/app/key"], |ground| {
        let away = format!("Location: {}/\r\n", ground.fake.url());
        let run = ground.answered_by(move |_, _| answer(307, &away, ""));
        run.env("DB", "ssm:///app/key")
    }),
    ("a body compressed", 69, &["/app/key"], |ground| {
        let run =
            ground.answered_by(|_, _| answer(200, "Content-Encoding: gzip\r\n", "\u{1f}\u{8b}"));
        run.env("DB", "ssm:///app/key")
    }),
    ("JSON deeper than any stack", 69, &["/app/key"], |ground| {
        let run = ground.answered_by(|_, _| json(&"[".repeat(1_000_000)));
        run.env("DB", "ssm:///app/key")
    }),
    (
        "a secret deeper than any stack",
        65,
        &["\"app\""],
        |ground| {
            let deep = format!(r#"{{"a":{}1{}}}"#, "[".repeat(60_000), "]".repeat(60_000));
            ground.fake.secret("app", &deep);
            ground.run().env("DB", "secretsmanager://app#b")
        },
    ),
];
