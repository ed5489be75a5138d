//! What stands in the environment, in manifests and in dotenv files.

use super::{Attack, withstands};

#[test]
fn what_fills_a_reference_changes_no_structure() {
    withstands(FILLED);
}

const FILLED: &[Attack] = &[
    ("A1 an escape", 65, &["${APP_ENV}"], |ground| {
        ground
            .manifest("DB=ssm:///app/${APP_ENV}\n")
            .env("APP_ENV", "ke%79")
    }),
    ("A1 a default", 65, &["${APP_ENV}"], |ground| {
        ground
            .manifest("DB=ssm:///shop/${APP_ENV}/db\n")
            .env("APP_ENV", "prod?default=")
    }),
    ("A1 a key", 65, &["${APP_ENV}"], |ground| {
        ground
            .manifest("DB=ssm:///app/${APP_ENV}\n")
            .env("APP_ENV", "key#x")
    }),
    ("A1 a version", 65, &["${APP_ENV}"], |ground| {
        ground
            .manifest("DB=ssm:///app/${APP_ENV}\n")
            .env("APP_ENV", "key:1")
    }),
    ("A1 a region", 65, &["${REGION}"], |ground| {
        ground
            .manifest("DB=ssm:///app/key?region=${REGION}\n")
            .env("REGION", "eu-west-1&default=x")
    }),
    ("A1 a scheme", 65, &["its scheme"], |ground| {
        ground
            .run()
            .args(["--from", "${SCHEME}://bucket/app.env"])
            .env("SCHEME", "s3")
    }),
    (
        "A1 an optional object",
        66,
        &["production.env?optional"],
        |ground| {
            ground
                .run()
                .args(["--from", "s3://bucket/${SECURE_ENV}"])
                .env("SECURE_ENV", "production.env?optional")
        },
    ),
    ("A1 another bucket", 65, &["${BUCKET}"], |ground| {
        ground
            .run()
            .args(["--from", "s3://${BUCKET}/app.env"])
            .env("BUCKET", "bucket/other")
    }),
];

#[test]
fn what_is_nearly_a_reference_is_refused_wherever_one_may_stand() {
    withstands(NEARLY);
}

const NEARLY: &[Attack] = &[
    ("A2 a trailing newline", 65, &["ssm:///app/key"], |ground| {
        ground.run().env("DB", "ssm:///app/key\n")
    }),
    ("A2 everyday values pass", 0, &[], |ground| {
        let everyday = [
            "ssh://x",
            "ssl://x",
            "smb://x",
            "ws://x",
            "wss://x",
            "gs://x",
            "s3://x/y",
            "sms://",
            "ssm",
            "aws-secretsmanager:/x",
            "arn:aws:ssm:x",
            "SSM: text",
            "template:plain",
            "http://ssm/",
            "x ssm: y",
        ];
        everyday
            .iter()
            .enumerate()
            .fold(ground.run(), |run, (at, value)| {
                run.env(format!("V{at}"), value)
            })
    }),
];

#[test]
fn a_task_definition_with_a_mistyped_or_repeated_key_is_refused() {
    withstands(TASKS);
}

const TASKS: &[Attack] = &[("A6 valuefrom", 65, &["valueFrom"], |ground| {
    ground.manifest(r#"{"secrets": [{"name": "DB", "valuefrom": "/app/key"}]}"#)
})];

#[test]
fn a_bulk_source_sets_no_name_that_runs_code() {
    withstands(BULK);
}

const BULK: &[Attack] = &[
    ("A9 LD_PRELOAD by a prefix", 65, &["LD_PRELOAD"], |ground| {
        ground.fake.secure("/bulk/preload", "/tmp/x");
        ground.run().args(["--from", "ssm:///bulk/?prefix=LD_"])
    }),
    ("A9 an empty name", 65, &["name"], |ground| {
        ground.fake.secret("bulk", r#"{"": "x"}"#);
        ground.run().args(["--from", "secretsmanager://bulk"])
    }),
    ("A9 a name with =", 65, &["A=B"], |ground| {
        ground.fake.secret("bulk", r#"{"A=B": "x"}"#);
        ground.run().args(["--from", "secretsmanager://bulk"])
    }),
    ("A9 everyday names", 0, &[], |ground| {
        ground.fake.secret(
            "bulk",
            r#"{"ENV": "prod", "spring.datasource.url": "x", "a-b": "y"}"#,
        );
        ground.run().args(["--from", "secretsmanager://bulk"])
    }),
];

#[test]
fn settings_of_aws_that_are_references_or_wrong_are_not_used() {
    withstands(SETTINGS);
}

const SETTINGS: &[Attack] = &[
    (
        "A8 a profile that does not exist beside complete keys",
        0,
        &[],
        |ground| {
            ground
                .run()
                .env("AWS_PROFILE", "typo")
                .env("DB", "ssm:///app/key")
        },
    ),
    ("A8 the profile default without files", 0, &[], |ground| {
        ground.fake.container_credentials("/creds", None);
        ground
            .run()
            .env_remove("AWS_ACCESS_KEY_ID")
            .env_remove("AWS_SECRET_ACCESS_KEY")
            .env("AWS_PROFILE", "default")
            .env(
                "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                format!("{}/creds", ground.fake.url()),
            )
            .env("DB", "ssm:///app/key")
    }),
];
