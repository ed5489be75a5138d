//! What messages would show that must not be shown.

use super::server::answer;
use super::{Attack, Ground, withstands};
use crate::support::run::Paramexec;

/// A run whose credentials come from an instance whose metadata service is here.
fn instance(ground: &Ground, endpoint: &str) -> Paramexec {
    let run = ground.run().env("DB", "ssm:///app/key");
    run.env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY")
        .env_remove("AWS_EC2_METADATA_DISABLED")
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", endpoint)
}

#[test]
fn nothing_that_is_quoted_holds_a_secret_or_a_control_character() {
    withstands(QUOTED);
}

const QUOTED: &[Attack] = &[
    (
        "C1 userinfo of an endpoint",
        69,
        &["connection refused"],
        |ground| {
            ground
                .run()
                .env("AWS_ENDPOINT_URL", "http://user:planted-hidden@127.0.0.1:1")
                .env("DB", "ssm:///app/key")
        },
    ),
    (
        "C1 a query of an endpoint",
        69,
        &["connection refused"],
        |ground| {
            ground
                .run()
                .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1/?key=planted-hidden")
                .env("DB", "ssm:///app/key")
        },
    ),
    (
        "an endpoint that is no URL",
        78,
        &["AWS_ENDPOINT_URL"],
        |ground| {
            ground
                .run()
                .env("AWS_ENDPOINT_URL", "user:planted-hidden@host")
                .env("DB", "ssm:///app/key")
        },
    ),
    (
        "an instance's endpoint with a user",
        78,
        &["instance"],
        |ground| instance(ground, "http://user:planted-hidden@127.0.0.1:1"),
    ),
    (
        "an instance's endpoint with a query",
        78,
        &["instance"],
        |ground| instance(ground, "http://127.0.0.1:1/?key=planted-hidden"),
    ),
    (
        "an instance's endpoint that is no URL",
        78,
        &["instance"],
        |ground| instance(ground, "user:planted-hidden@127.0.0.1:1"),
    ),
    ("C1 a default after ;", 65, &["DB"], |ground| {
        ground
            .run()
            .env("DB", "ssm:///none?optional;default=planted-hidden")
    }),
    ("C1 a default behind a typo", 65, &["DB"], |ground| {
        ground.run().env("DB", "ssm:///none?Default=planted-hidden")
    }),
    ("C2 control characters in a version", 0, &[], |ground| {
        let run = ground.answered_by(|_, _| {
            let body =
                r#"{"Name":"app","SecretString":"x","VersionId":"1\n\u001b[2Jparamexec: forged"}"#;
            answer(200, "Content-Type: application/x-amz-json-1.1\r\n", body)
        });
        run.arg("--verbose").env("DB", "secretsmanager://app")
    }),
    (
        "C2 control characters in AWS's message",
        77,
        &["AccessDenied"],
        |ground| {
            let run = ground.answered_by(|_, _| {
            let body = r#"{"__type":"AccessDeniedException","Message":"no\n\u001b[31mparamexec: forged\u0085\u202e"}"#;
            answer(400, "Content-Type: application/x-amz-json-1.1\r\n", body)
        });
            run.env("DB", "ssm:///app/key")
        },
    ),
    (
        "C2 control characters in the name of an error",
        69,
        &["/app/key"],
        |ground| {
            let run = ground.answered_by(|_, _| {
                let body = r#"{"__type":"Odd\u001b[2J\nException"}"#;
                answer(400, "Content-Type: application/x-amz-json-1.1\r\n", body)
            });
            run.env("DB", "ssm:///app/key")
        },
    ),
    (
        "C2 control characters in a variable's name",
        66,
        &["none"],
        |ground| ground.run().env("D\n\u{1b}[2JB", "ssm:///none"),
    ),
    (
        "C2 control characters in a manifest's path",
        66,
        &["manifest"],
        |ground| ground.run().args(["--manifest", "no\n\u{1b}[2Jsuch"]),
    ),
];
