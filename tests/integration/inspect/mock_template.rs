//! `--mock-template` prints a file that runs as it is.

use std::fs;

use super::{MANIFEST, Shop};
use crate::support::run::Paramexec;
use crate::support::temp::TempDir;

/// One of every form in which a reference can be written.
const REFERENCES: [&str; 20] = [
    "ssm:///shop/db/password",
    "ssm:///shop/db/password:3",
    "ssm:///shop/db/password:blue",
    "ssm://flat",
    "ssm:///flat",
    "ssm:///shop/json#user",
    "ssm:///shop/json#odd%23%22key",
    "ssm:///shop/json",
    "ssm:///shop/elsewhere?region=us-east-1&role=arn:aws:iam::111122223333:role/reader",
    "ssm:///shop/level?default=info",
    "ssm:///shop/maybe?optional",
    "arn:aws:ssm:eu-west-1:111122223333:parameter/shop/by-arn:4",
    "arn:aws-cn:ssm:cn-north-1:111122223333:parameter/flat",
    "secretsmanager://shop/whole",
    "secretsmanager://shop/api#token",
    "secretsmanager://shop/api#limit",
    "secretsmanager://shop/api?stage=AWSPREVIOUS#token",
    "secretsmanager://shop/api?version=11111111-2222-3333-4444-555555555555",
    "arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/by-arn-AbCdEf",
    "arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/by-suffix-AbCdEf:token:AWSPREVIOUS:",
];

#[test]
fn a_template_holds_once_each_thing_that_has_to_exist() {
    let shop = Shop::new();
    shop.run()
        .args(["--mock-template"])
        .expect_stdout(
            "{\n  \
             \"s3://shop/prod.env\": \"\",\n  \
             \"secretsmanager://shop/prod/api?stage=AWSPREVIOUS\": {\n    \"token\": \"\"\n  },\n  \
             \"ssm:///shop/prod/app/\": {},\n  \
             \"ssm:///shop/prod/db/password:3\": \"\"\n}\n",
        )
        .expect_stderr(
            "paramexec: warning: references within \"s3://shop/prod.env\" are not known without fetching, so they are not in this\n",
        )
        .check();
}

#[test]
fn a_template_runs_as_it_is_and_sets_every_variable() {
    let folder = TempDir::new();
    let lines = REFERENCES.iter().enumerate();
    let manifest: String = lines
        .map(|(number, reference)| format!("V{number}={reference}\n"))
        .collect();
    folder.file("manifest", manifest);
    let run = || {
        Paramexec::new()
            .current_dir(folder.path())
            .args([
                "--manifest",
                "manifest",
                "--from",
                "ssm:///path/",
                "--from",
                "secretsmanager://bulk",
            ])
            .args([
                "--from",
                "s3://bucket/odd%20key/*.env",
                "--from",
                "s3://bucket/key.env?versionId=abc",
            ])
    };
    let template = run().args(["--mock-template", "/bin/true"]).run();
    folder.file("mock.json", &template.stdout);
    let outcome = run().args(["--mock=mock.json", "/usr/bin/env"]).run();
    assert_eq!(
        outcome.code(),
        Some(0),
        "{}{}",
        outcome.stderr(),
        template.stdout()
    );
    for (number, reference) in REFERENCES.iter().enumerate() {
        assert_eq!(
            outcome.stdout().contains(&format!("V{number}=")),
            !reference.contains("?optional"),
            "{reference}\n{}",
            outcome.stdout()
        );
    }
    assert!(outcome.stdout().contains("=info\n"), "{}", outcome.stdout());
}

#[test]
fn a_template_need_not_be_a_file() {
    let folder = TempDir::new();
    folder.file("manifest", MANIFEST);
    let program = crate::support::run::binary();
    let script = format!(
        "set -eu\nexport PARAMEXEC_MANIFEST=manifest\n\
         '{program}' --mock=<('{program}' --mock-template) sh -c 'echo \"[$DB_PASSWORD$API_TOKEN]\"' 2>&1"
    );
    let output = std::process::Command::new("/bin/bash")
        .args(["-c", &script])
        .current_dir(folder.path())
        .output()
        .expect("bash");
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        shown.ends_with("\n[]\n") && shown.starts_with("paramexec: running on mock values"),
        "{shown}"
    );
}

#[test]
fn a_template_of_nothing_is_an_empty_object() {
    let folder = TempDir::new();
    let template = Paramexec::new()
        .args(["--mock-template", "/bin/true"])
        .expect_stdout("{}\n")
        .check();
    let mock = folder.file("mock.json", template.stdout);
    assert!(fs::metadata(&mock).is_ok());
    Paramexec::new()
        .arg(format!("--mock={}", mock.display()))
        .arg("/bin/true")
        .expect_stderr_containing("running on mock values")
        .check();
}
