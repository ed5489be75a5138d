//! What messages would show that must not be shown.

use super::server::answer;
use super::{Attack, withstands};

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
