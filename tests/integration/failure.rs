//! Section 3 of the contract: closed, complete, coded, without a value.

mod checked;
mod messages;
mod secrecy;
mod table;
mod together;

use crate::support::fake::Fake;
use crate::support::run::Paramexec;
use crate::support::temp::TempDir;

/// Values that no output may show, one for each place in which a value can stand.
mod planted {
    pub const ENVIRONMENT: &str = "plant-1-of-the-environment";
    pub const PARAMETER: &str = "plant-2-of-a-parameter";
    pub const BELOW_PATH: &str = "plant-3-below-a-path";
    pub const JSON: &str = "plant-4 \"of\" a\tJSON key";
    pub const WHOLE_SECRET: &str = "plant-5-of-a-whole-secret";
    pub const OBJECT: &str = "plant-6-of-a-dotenv-object";
    pub const FILE: &str = "plant-7-of-a-dotenv-file";
    pub const MANIFEST: &str = "plant-8-of-a-manifest";
    pub const TASK: &str = "plant-9-of-a-task-definition";
    pub const DEFAULT: &str = "plant-10-of-a-default";
    pub const MOCK: &str = "plant-11-of-a-mock-file";
    pub const MALFORMED: &str = "plant-12-of-a-malformed-line";

    /// Those that reach the command of a run on AWS.
    pub const ON_AWS: [&str; 10] = [
        ENVIRONMENT,
        PARAMETER,
        BELOW_PATH,
        JSON,
        WHOLE_SECRET,
        OBJECT,
        FILE,
        MANIFEST,
        TASK,
        DEFAULT,
    ];
    pub const ALL: [&str; 12] = {
        let [one, two, three, four, five, six, seven, eight, nine, ten] = ON_AWS;
        [
            one, two, three, four, five, six, seven, eight, nine, ten, MOCK, MALFORMED,
        ]
    };
}

/// A store and files in which everything is planted.
struct Stage {
    fake: Fake,
    folder: TempDir,
}

impl Stage {
    fn new() -> Self {
        let (fake, folder) = (Fake::start(), TempDir::new());
        fake.secure("/app/key", planted::PARAMETER)
            .secure("/app/path/below", planted::BELOW_PATH)
            .secret(
                "json",
                &serde_json::json!({"password": planted::JSON}).to_string(),
            )
            .secret("whole", planted::WHOLE_SECRET)
            .object(
                "bucket",
                "app.env",
                format!("OBJECT='{}'\n", planted::OBJECT),
            );
        folder.file("app.env", format!("FILE={}\n", planted::FILE));
        folder.file(
            "manifest",
            format!(
                "MANIFEST={}\nDEFAULTED=ssm:///none?default={}\nWHOLE=secretsmanager://whole\n",
                planted::MANIFEST,
                planted::DEFAULT
            ),
        );
        let task = serde_json::json!({"environment": [{"name": "TASK", "value": planted::TASK}]});
        folder.file("task.json", task.to_string());
        let mock = serde_json::json!({
            "ssm:///app/key": planted::MOCK,
            "secretsmanager://json": {"password": planted::MOCK},
        });
        folder.file("mock.json", mock.to_string());
        Self { fake, folder }
    }

    /// A run that fetches one parameter.
    fn bare(&self) -> Paramexec {
        Paramexec::new()
            .endpoint(&self.fake)
            .current_dir(self.folder.path())
            .env("LITERAL", planted::ENVIRONMENT)
            .env("KEY", "ssm:///app/key")
            .env("PARAMEXEC_DEFAULT_COMMAND", "/bin/echo started")
    }

    /// A run that takes something from everywhere.
    fn everything(&self) -> Paramexec {
        self.bare()
            .env("PASSWORD", "secretsmanager://json#password")
            .args(["--manifest", "manifest", "--manifest", "task.json"])
            .args([
                "--from",
                "ssm:///app/path/",
                "--from",
                "s3://bucket/app.env",
                "--from",
                "file:app.env",
            ])
    }
}

/// How a run comes about.
type Arrange = fn(&Stage) -> Paramexec;
