//! The table of exit codes, failure by failure. What each says is in `messages.txt`; 128 + n is in `command/signals.rs`.

use super::{Arrange, planted};
use crate::support::fake::{Failure, Fault, When};

/// Long enough for several tries, and never waited for in vain.
const BRIEFLY: [&str; 2] = ["--timeout", "500ms"];

pub(super) const FAILURES: &[(&str, Arrange)] = &[
    ("no command", |stage| {
        stage.everything().env_remove("PARAMEXEC_DEFAULT_COMMAND")
    }),
    ("an unknown option", |stage| {
        stage.everything().arg("--nothing")
    }),
    ("an unknown option of a reference", |stage| {
        let default = format!("ssm://app/key?defualt={}", planted::DEFAULT);
        stage.everything().env("WRONG", default)
    }),
    ("a malformed manifest", |stage| {
        stage.folder.file(
            "wrong",
            format!("{0}\n{0}=\nA: {0}={0}\nB='{0}'\n=B\n", planted::MALFORMED),
        );
        stage.everything().args(["--manifest", "wrong"])
    }),
    ("a manifest that is not JSON", |stage| {
        stage.folder.file(
            "wrong.json",
            format!("{{\"environment\": [\"{}\"}}", planted::MALFORMED),
        );
        stage.everything().args(["--manifest", "wrong.json"])
    }),
    ("malformed dotenv objects", |stage| {
        let text = format!(
            "A={0} {0}\n{0}\nB=\"{0}\nC=1\"{0}\nD=$({0})\nE={0}${0}\n{0} F=1\nG=\"\\{0}\"",
            planted::MALFORMED
        );
        stage.fake.object("bucket", "wrong.env", &text);
        stage.folder.file("wrong.env", &text);
        stage.everything().args([
            "--from",
            "s3://bucket/wrong.env",
            "--from",
            "file:wrong.env?dialect=docker",
        ])
    }),
    ("a missing key", |stage| {
        stage
            .everything()
            .env("WRONG", "secretsmanager://json#pasword")
    }),
    ("a key of what is not JSON", |stage| {
        stage
            .everything()
            .env("WRONG", "secretsmanager://whole#key")
    }),
    ("a binary secret", |stage| {
        stage
            .fake
            .secret_binary("binary", planted::WHOLE_SECRET.as_bytes());
        stage
            .everything()
            .env("WRONG", "secretsmanager://binary")
            .env("KEYED", "secretsmanager://binary#key")
    }),
    ("a JSON secret with odd names and values", |stage| {
        let object = serde_json::json!({"NUL": format!("{}\0", planted::JSON), "A=B": planted::JSON, "": planted::JSON});
        stage.fake.secret("odd", &object.to_string());
        stage
            .everything()
            .args(["--from", "secretsmanager://odd"])
            .env("NUL_2", "secretsmanager://odd#NUL")
    }),
    ("a value that is too large", |stage| {
        let long = planted::PARAMETER.repeat(6_000);
        stage.fake.secret("long", &long);
        stage.everything().env("LONG", "secretsmanager://long")
    }),
    ("an environment that is too large", |stage| {
        let long = planted::OBJECT.repeat(4_000);
        let lines: Vec<String> = (10..40)
            .map(|number| format!("LONG_{number}={long}\n"))
            .collect();
        stage.fake.object("bucket", "long.env", lines.concat());
        // The limit is a quarter of the stack's.
        stage
            .everything()
            .args(["--pristine", "--from", "s3://bucket/long.env"])
            .wrapped_in(["/bin/sh", "-c", "ulimit -S -s 8192; exec \"$@\"", "sh"])
    }),
    ("everything is missing", |stage| {
        stage
            .everything()
            .env("ONE", "ssm:///app/none:3")
            .env("TWO", "secretsmanager://none#key")
            .env("THREE", "secretsmanager://none")
            .args([
                "--from",
                "s3://bucket/none.env",
                "--from",
                "file:none.env",
                "--from",
                "ssm:///none/",
            ])
    }),
    ("a missing manifest", |stage| {
        stage.everything().args(["--manifest", "none"])
    }),
    ("a mock file without what is asked", |stage| {
        stage.everything().arg("--mock=mock.json")
    }),
    ("a missing mock file", |stage| {
        stage.bare().arg("--mock=none.json")
    }),
    ("a mock file of the wrong kind", |stage| {
        let text = serde_json::json!({
            "ssm:///app/key": {"key": planted::MALFORMED},
            "ssm:///path/": planted::MALFORMED,
            "secretsmanager://x": [planted::MALFORMED],
            "ssm:///app/json#key": planted::MALFORMED,
            "file:x": planted::MALFORMED,
            format!("ssm:///y?default={}", planted::DEFAULT): 5,
            format!("ssn://{}", "z"): planted::MALFORMED,
        });
        stage.folder.file("wrong.json", text.to_string());
        stage.bare().arg("--mock=wrong.json")
    }),
    ("a refused connection", |stage| {
        stage
            .bare()
            .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
            .args(BRIEFLY)
    }),
    ("an internal error of AWS", |stage| {
        stage
            .fake
            .script(When::always(), Fault::Fail(Failure::internal()));
        stage.bare().args(BRIEFLY)
    }),
    ("throttling", |stage| {
        stage
            .fake
            .script(When::always(), Fault::Fail(Failure::throttled()));
        stage.bare().args(BRIEFLY)
    }),
    ("no answer", |stage| {
        stage.fake.script(When::always(), Fault::Hang);
        stage.bare().args(BRIEFLY)
    }),
    ("everything is denied", |stage| {
        stage
            .fake
            .deny("/app/key")
            .deny("json")
            .deny("bucket/app.env")
            .deny("/app/path");
        stage.everything()
    }),
    ("keys that do not belong together", |stage| {
        stage
            .bare()
            .env("AWS_SECRET_ACCESS_KEY", "of-somebody-else")
    }),
    ("no region", |stage| stage.bare().env_remove("AWS_REGION")),
    ("no credentials", |stage| {
        stage
            .bare()
            .env_remove("AWS_ACCESS_KEY_ID")
            .env_remove("AWS_SECRET_ACCESS_KEY")
    }),
    ("a command that is not executable", |stage| {
        stage.everything().args(["--", "./manifest"])
    }),
    ("a command that is nowhere", |stage| {
        stage
            .everything()
            .env("PATH", "/nowhere")
            .args(["--", "no-such-command"])
    }),
];
