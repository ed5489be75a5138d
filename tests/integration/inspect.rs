//! Section 6 of the contract: what is planned, whether it is there, and what that takes.
//!
//! That a check predicts the run is in `failure/checked.rs`, beside the table of failures.

mod enforced;
mod iam_policy;
mod install;
mod mock_template;
mod schema;
mod text;

use crate::support::fake::Fake;
use crate::support::run::Paramexec;
use crate::support::temp::TempDir;

const MANIFEST: &str = "\
DB_PASSWORD=ssm:///shop/prod/db/password:3
API_TOKEN=secretsmanager://shop/prod/api?stage=AWSPREVIOUS#token
LOG_LEVEL=ssm:///shop/prod/log-level?default=of-a-default&region=us-east-1
DB_USER=of-a-literal
A_NAME_THAT_IS_WIDER_THAN_ANY_COLUMN=ssm://flag?optional
";

/// Values that stand in `MANIFEST` and in the stores.
const PLANTED: [&str; 5] = [
    "of-a-default",
    "of-a-literal",
    "of-a-parameter",
    "of-a-secret",
    "below-a-path",
];

/// Everything that a plan can name.
struct Shop {
    fake: Fake,
    folder: TempDir,
}

impl Shop {
    fn new() -> Self {
        let (fake, folder) = (Fake::start(), TempDir::new());
        let password = "/shop/prod/db/password";
        for version in 1..=3 {
            fake.parameter_version(password, version, "of-a-parameter");
        }
        fake.secret_version(
            "shop/prod/api",
            "11111111-2222-3333-4444-555555555555",
            &["AWSPREVIOUS"],
            r#"{"token": "of-a-secret"}"#,
        )
        .secure("/shop/prod/app/host", "below-a-path")
        .object(
            "shop",
            "prod.env",
            "MODE=fast\nAGAIN=ssm:///shop/prod/db/password\n",
        );
        folder.file("shop.manifest", MANIFEST);
        Self { fake, folder }
    }

    fn run(&self) -> Paramexec {
        Paramexec::new()
            .endpoint(&self.fake)
            .current_dir(self.folder.path())
            .env("STAGE", "prod")
            .args(["--manifest", "shop.manifest"])
            .args(["--from", "ssm:///shop/prod/app/"])
            .args(["--from", "s3://shop/${STAGE}.env"])
            .args(["--default-command", "/bin/true"])
    }
}
