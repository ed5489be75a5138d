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
    (
        "A2 a misspelt scheme",
        65,
        &["write \"secretsmanager://x\"", "--literal"],
        |ground| ground.run().env("DB", "secretmanager://x"),
    ),
    ("A2 capitals", 65, &["write \"ssm:///x\""], |ground| {
        ground.run().env("DB", "SSM:///x")
    }),
    ("A2 one slash", 65, &["write \"ssm:///x\""], |ground| {
        ground.run().env("DB", "ssm:/x")
    }),
    ("A2 no slash", 65, &["write \"ssm://NAME\""], |ground| {
        ground.run().env("DB", "ssm:planted-hidden")
    }),
    ("A2 letters swapped", 65, &["smm:///x"], |ground| {
        ground.run().env("DB", "smm:///x")
    }),
    ("A2 quotes", 65, &["quotes or blanks"], |ground| {
        ground.run().env("DB", "\"ssm:///app/key\"")
    }),
    ("A2 a leading blank", 65, &["quotes or blanks"], |ground| {
        ground.run().env("DB", " ssm:///app/key")
    }),
    (
        "A2 inside a URL",
        65,
        &["inside a longer value", "template:"],
        |ground| {
            ground
                .run()
                .env("DB", "postgres://u:planted-hidden@ssm:///app/key")
        },
    ),
    ("A2 in a manifest", 65, &["sm:///x"], |ground| {
        ground.manifest("DB=sm:///x\n")
    }),
    (
        "A2 a filled scheme in a manifest",
        65,
        &["its scheme"],
        |ground| ground.manifest("DB=${SCHEME}://x\n").env("SCHEME", "ssm"),
    ),
    ("A2 in a dotenv object", 65, &["SSM:///x"], |ground| {
        ground.fake.object("bucket", "a.env", "DB=SSM:///x\n");
        ground.run().args(["--from", "s3://bucket/a.env"])
    }),
    (
        "A2 in a task definition",
        65,
        &["SSM:///x", "quotes or blanks"],
        |ground| {
            ground.manifest(
            r#"{"environment": [{"name": "A", "value": "SSM:///x"}, {"name": "B", "value": "'ssm:///app/key'"}]}"#,
        )
        },
    ),
    ("A2 in valueFrom", 65, &["secretmanager://x"], |ground| {
        ground.manifest(r#"{"secrets": [{"name": "A", "valueFrom": "secretmanager://x"}]}"#)
    }),
    ("A2 literals pass", 0, &[], |ground| {
        ground
            .run()
            .env("A", "see ssm:///x")
            .env("B", "ssm:///app/none")
            .args(["--literal", "A", "--literal", "B"])
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

const TASKS: &[Attack] = &[
    ("A6 valuefrom", 65, &["valueFrom"], |ground| {
        ground.manifest(r#"{"secrets": [{"name": "DB", "valuefrom": "/app/key"}]}"#)
    }),
    (
        "A6 Secrets",
        65,
        &["Secrets: is no field", "did you mean \"secrets\"?"],
        |ground| {
            ground.manifest(
                r#"{"Secrets": [{"name": "DB", "valueFrom": "/app/key"}], "environment": []}"#,
            )
        },
    ),
    (
        "A6 secret alone",
        65,
        &["did you mean \"secrets\"?"],
        |ground| ground.manifest(r#"{"secret": [{"name": "DB", "valueFrom": "/app/key"}]}"#),
    ),
    (
        "A6 Environment",
        65,
        &["did you mean \"environment\"?"],
        |ground| ground.manifest(r#"{"Environment": [], "command": ["x"]}"#),
    ),
    (
        "A6 secrets twice",
        65,
        &["\"secrets\" more than once"],
        |ground| {
            ground.manifest(
                r#"{"secrets": [{"name": "DB", "valueFrom": "/app/key"}], "secrets": []}"#,
            )
        },
    ),
    ("A6 a name twice", 65, &["environment[0].name"], |ground| {
        ground
            .manifest(r#"{"environment": [{"name": "A", "name": "B", "value": "planted-hidden"}]}"#)
    }),
    (
        "A6 secrets beside the containers",
        65,
        &["beside its containers"],
        |ground| {
            ground.manifest(
                r#"{"containerDefinitions": [{"command": ["x"]}], "secrets": [{"name": "DB", "valueFrom": "/app/key"}]}"#,
            )
        },
    ),
    (
        "a manifest deeper than any stack",
        65,
        &["is not JSON"],
        |ground| {
            ground.manifest(&format!(
                r#"{{"secrets": [], "x": {}"#,
                "[".repeat(1_000_000)
            ))
        },
    ),
    (
        "a whole manifest deeper than any stack",
        65,
        &["is not JSON"],
        |ground| {
            let (open, close) = ("[".repeat(1_000_000), "]".repeat(1_000_000));
            ground.manifest(&format!(r#"{{"secrets": [], "x": {open}{close}}}"#))
        },
    ),
    (
        "a mock file deeper than any stack",
        65,
        &["has no key"],
        |ground| {
            let (open, close) = ("[".repeat(1_000_000), "]".repeat(1_000_000));
            let text = format!(r#"{{"secretsmanager://x": {{"a": {open}{close}}}}}"#);
            ground.folder.file("mock", text);
            ground
                .run()
                .arg("--mock=mock")
                .env("DB", "secretsmanager://x#b")
        },
    ),
    ("A6 everyday fields", 0, &[], |ground| {
        ground.manifest(
            r#"{"name": "x", "comment": "x", "entryPoint": [], "dockerLabels": {"Secrets": "x"}, "environment": []}"#,
        )
    }),
    (
        "A6 a key twice in a JSON secret",
        65,
        &["\"password\" more than once"],
        |ground| {
            let twice =
                r#"{"password": "planted-hidden", "user": "x", "password": "planted-hidden-too"}"#;
            ground.fake.secret("twice", twice);
            ground
                .run()
                .env("DB", "secretsmanager://twice?optional#user")
        },
    ),
    (
        "A6 a key twice in a bulk source",
        65,
        &["\"A\" more than once"],
        |ground| {
            ground
                .fake
                .secret("twice", r#"{"A": "planted-hidden", "A": "x"}"#);
            ground.run().args(["--from", "secretsmanager://twice"])
        },
    ),
    (
        "A6 a key twice in a mock file",
        65,
        &["\"ssm:///a\" more than once"],
        |ground| {
            ground
                .folder
                .file("mock", r#"{"ssm:///a": "planted-hidden", "ssm:///a": "x"}"#);
            ground.run().arg("--mock=mock").env("DB", "ssm:///a")
        },
    ),
];

#[test]
fn a_bulk_source_sets_no_name_that_runs_code() {
    withstands(BULK);
}

const BULK: &[Attack] = &[
    (
        "A9 a function of bash",
        65,
        &["BASH_FUNC_echo%%"],
        |ground| {
            ground
                .fake
                .secret("bulk", r#"{"BASH_FUNC_echo%%": "() { /bin/false; }"}"#);
            ground.run().args(["--from", "secretsmanager://bulk"])
        },
    ),
    ("A9 PATH", 65, &["\"PATH\""], |ground| {
        ground.fake.secure("/bulk/path", "/tmp");
        ground
            .run()
            .env("PATH", "/usr/bin")
            .args(["--from", "ssm:///bulk/"])
    }),
    ("A9 BASH_ENV", 65, &["\"BASH_ENV\""], |ground| {
        ground.folder.file("a.env", "BASH_ENV=/tmp/x\n");
        ground.run().args(["--from", "file:a.env"])
    }),
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
    (
        "a mistyped scheme of an endpoint",
        78,
        &["\"htps://"],
        |ground| {
            ground
                .run()
                .env(
                    "AWS_ENDPOINT_URL",
                    ground.fake.url().replace("http:", "htps:"),
                )
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

#[test]
fn nothing_about_an_overridden_definition_fails() {
    withstands(OVERRIDDEN);
}

const OVERRIDDEN: &[Attack] = &[
    ("an unset name", 0, &[], |ground| {
        ground
            .manifest("DB=ssm:///${NONE}/db\nDB=SSM:///x\n")
            .env("DB", "mine")
    }),
    ("a near miss", 0, &[], |ground| {
        ground.run().env("DB", "SSM:///x").args(["--unset", "DB"])
    }),
    ("in a dotenv object", 0, &[], |ground| {
        ground.folder.file("a.env", "DB=ssm:/x\n");
        ground
            .run()
            .env("DB", "mine")
            .args(["--from", "file:a.env"])
    }),
    ("in a task definition", 0, &[], |ground| {
        ground
            .manifest(r#"{"secrets": [{"name": "DB", "valueFrom": "${NONE}"}]}"#)
            .env("DB", "mine")
    }),
];

#[test]
fn a_template_that_cannot_be_composed_is_refused() {
    withstands(TEMPLATES);
}

const TEMPLATES: &[Attack] = &[
    (
        "an open brace",
        65,
        &["for A (environment)", "not closed"],
        |ground| ground.run().env("A", "template:planted-hidden{B"),
    ),
    ("no filter in a URL", 65, &["{DB|url}"], |ground| {
        ground
            .manifest("A=template:pg://{DB}@h\n")
            .env("DB", "ssm:///app/key")
    }),
    ("an unknown name", 65, &["{NONE}"], |ground| {
        ground.run().env("A", "template:{NONE}")
    }),
    ("a template of a template", 65, &["{A}"], |ground| {
        ground
            .run()
            .env("A", "template:{DB}")
            .env("B", "template:{A}")
            .env("DB", "x")
    }),
    ("a missing part", 66, &["for A from"], |ground| {
        ground
            .run()
            .env("A", "template:{DB}")
            .env("DB", "ssm:///app/none?optional")
    }),
    (
        "a value beyond all bounds",
        65,
        &["longer than", "for A from"],
        |ground| {
            let many = "{DB}".repeat(1 << 20);
            ground
                .manifest(&format!("A=template:{many}\n"))
                .env("DB", "planted-hidden".repeat(5_000))
        },
    ),
    ("a shell's way to write it", 65, &["{NAME}"], |ground| {
        ground
            .run()
            .env("A", "template:planted-hidden${DB|raw}")
            .env("DB", "x")
    }),
];
