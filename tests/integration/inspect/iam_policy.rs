//! The least privilege for a plan.

use serde_json::{Value, json};

use super::Shop;
use crate::support::run::Paramexec;
use crate::support::temp::TempDir;

/// The policy for references in a manifest.
fn policy(region: &str, arguments: &[&str], references: &[&str]) -> Value {
    let folder = TempDir::new();
    let lines = references.iter().enumerate();
    folder.file(
        "manifest",
        lines
            .map(|(at, line)| format!("V{at}={line}\n"))
            .collect::<String>(),
    );
    let outcome = Paramexec::new()
        .current_dir(folder.path())
        .env("AWS_REGION", region)
        .args(["--iam-policy", "--format=json", "--manifest", "manifest"])
        .args(arguments)
        .run();
    assert_eq!(outcome.code(), Some(0), "{}", outcome.stderr());
    serde_json::from_slice(&outcome.stdout).expect("JSON")
}

/// The resources of an action, other than by a key's.
fn resources(policy: &Value, action: &str) -> Vec<String> {
    let statements = policy["Statement"].as_array().expect("statements");
    let found: Vec<&Value> = statements
        .iter()
        .filter(|one| one["Action"] == action)
        .collect();
    assert!(found.len() <= 1, "{action} is not merged: {policy:#}");
    let resources = found.first().map(|one| one["Resource"].clone());
    serde_json::from_value(resources.unwrap_or(json!([]))).expect("a list")
}

/// Each permission to decrypt: the keys, through which service, for what.
fn keys(policy: &Value) -> Vec<(String, String, String)> {
    let statements = policy["Statement"].as_array().expect("statements");
    let decrypt = statements
        .iter()
        .filter(|one| one["Action"] == "kms:Decrypt");
    decrypt
        .map(|one| {
            let text = |value: &Value| value.as_str().expect("a text").to_owned();
            let service = &one["Condition"]["StringEquals"]["kms:ViaService"];
            (
                text(&one["Resource"]),
                text(service),
                one["Condition"]["StringLike"].to_string(),
            )
        })
        .collect()
}

const ACCOUNT: [&str; 2] = ["--account", "111122223333"];

#[test]
fn one_of_everything() {
    let shop = Shop::new();
    let outcome = shop
        .run()
        .args(["--iam-policy", "--account", "111122223333"])
        .expect_stdout_containing("\"arn:aws:ssm:us-east-1:111122223333:parameter/shop/prod/log-level\"")
        .expect_stderr(
            "paramexec: warning: references within \"s3://shop/prod.env\" are not known without fetching, so they are not in this\n",
        )
        .check();
    let policy: Value =
        serde_json::from_slice(&outcome.stdout).expect("one policy as IAM takes it");
    assert_eq!(
        resources(&policy, "ssm:GetParameters"),
        [
            "arn:aws:ssm:eu-west-1:111122223333:parameter/flag",
            "arn:aws:ssm:eu-west-1:111122223333:parameter/shop/prod/db/password",
            "arn:aws:ssm:us-east-1:111122223333:parameter/shop/prod/log-level",
        ]
    );
    assert_eq!(
        resources(&policy, "ssm:GetParametersByPath"),
        ["arn:aws:ssm:eu-west-1:111122223333:parameter/shop/prod/app/*",]
    );
    assert_eq!(
        resources(&policy, "secretsmanager:GetSecretValue"),
        ["arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/prod/api-??????",]
    );
    assert_eq!(
        resources(&policy, "s3:GetObject"),
        ["arn:aws:s3:::shop/prod.env"]
    );
    let key = "arn:aws:kms:eu-west-1:111122223333:key/*";
    let far = "arn:aws:kms:us-east-1:111122223333:key/*";
    let context = |context: Value| context.to_string();
    assert_eq!(
        keys(&policy),
        [
            (
                key.into(),
                "s3.eu-west-1.amazonaws.com".into(),
                context(json!({
            "kms:EncryptionContext:aws:s3:arn": ["arn:aws:s3:::shop", "arn:aws:s3:::shop/prod.env"]}))
            ),
            (
                key.into(),
                "secretsmanager.eu-west-1.amazonaws.com".into(),
                context(json!({
            "kms:EncryptionContext:SecretARN": ["arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/prod/api-??????"]}))
            ),
            (
                key.into(),
                "ssm.eu-west-1.amazonaws.com".into(),
                context(json!({
            "kms:EncryptionContext:PARAMETER_ARN": [
                "arn:aws:ssm:eu-west-1:111122223333:parameter/flag",
                "arn:aws:ssm:eu-west-1:111122223333:parameter/shop/prod/app/*",
                "arn:aws:ssm:eu-west-1:111122223333:parameter/shop/prod/db/password"]}))
            ),
            (
                far.into(),
                "ssm.us-east-1.amazonaws.com".into(),
                context(json!({
            "kms:EncryptionContext:PARAMETER_ARN": ["arn:aws:ssm:us-east-1:111122223333:parameter/shop/prod/log-level"]}))
            ),
        ]
    );
    assert_eq!(shop.fake.connections(), 0);
}

#[test]
fn what_is_asked_twice_is_allowed_once() {
    let policy = policy(
        "eu-west-1",
        &ACCOUNT,
        &[
            "ssm:///a/b",
            "ssm:///a/b:3",
            "ssm:///a/b#key",
            "ssm:///a/b?region=eu-west-1",
            "arn:aws:ssm:eu-west-1:111122223333:parameter/a/b",
            "secretsmanager://s",
            "secretsmanager://s#key",
            "secretsmanager://s?stage=AWSPREVIOUS",
        ],
    );
    let own = &policy["own"];
    assert_eq!(
        resources(own, "ssm:GetParameters"),
        ["arn:aws:ssm:eu-west-1:111122223333:parameter/a/b"]
    );
    assert_eq!(resources(own, "secretsmanager:GetSecretValue").len(), 1);
    assert_eq!(own["Statement"].as_array().expect("statements").len(), 4);
}

#[test]
fn the_partition_is_that_of_the_region_unless_it_is_given() {
    for (region, arguments, partition, domain) in [
        ("cn-north-1", &[][..], "aws-cn", "amazonaws.com.cn"),
        ("us-gov-west-1", &[][..], "aws-us-gov", "amazonaws.com"),
        ("eu-west-1", &[][..], "aws", "amazonaws.com"),
        (
            "us-iso-east-1",
            &["--partition=aws-iso"][..],
            "aws-iso",
            "c2s.ic.gov",
        ),
        ("eusc-de-east-1", &[][..], "aws-eusc", "amazonaws.eu"),
    ] {
        let arguments = [&ACCOUNT[..], arguments, &["--from", "s3://b/k.env"]].concat();
        let policy = policy(region, &arguments, &["ssm:///a/b"]);
        let own = &policy["own"];
        assert_eq!(
            resources(own, "ssm:GetParameters"),
            [format!(
                "arn:{partition}:ssm:{region}:111122223333:parameter/a/b"
            )]
        );
        assert_eq!(
            resources(own, "s3:GetObject"),
            [format!("arn:{partition}:s3:::b/k.env")]
        );
        let (key, service, _) = &keys(own)[1];
        assert_eq!(
            *key,
            format!("arn:{partition}:kms:{region}:111122223333:key/*")
        );
        assert_eq!(*service, format!("ssm.{region}.{domain}"));
    }
}

#[test]
fn an_arn_says_its_own_place() {
    let arn = "arn:aws-cn:ssm:cn-north-1:444455556666:parameter/a/b";
    let secret = "arn:aws-cn:secretsmanager:cn-north-1:444455556666:secret:s-AbCdEf";
    let policy = policy("eu-west-1", &ACCOUNT, &[arn, &format!("{secret}:key::")]);
    let own = &policy["own"];
    assert_eq!(resources(own, "ssm:GetParameters"), [arn]);
    assert_eq!(resources(own, "secretsmanager:GetSecretValue"), [secret]);
    for (key, service, _) in keys(own) {
        assert_eq!(key, "arn:aws-cn:kms:cn-north-1:444455556666:key/*");
        assert!(
            service.ends_with(".cn-north-1.amazonaws.com.cn"),
            "{service}"
        );
    }
}

#[test]
fn an_arn_that_may_lack_its_last_characters_is_allowed_with_and_without_them() {
    let prefix = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:";
    let allowed = |name: &str| {
        let policy = policy("eu-west-1", &[], &[&format!("{prefix}{name}")]);
        resources(&policy["own"], "secretsmanager:GetSecretValue")
    };
    assert_eq!(allowed("db-AbCdEf"), [format!("{prefix}db-AbCdEf")]);
    assert_eq!(allowed("db"), [format!("{prefix}db-??????")]);
    assert_eq!(
        allowed("db-server"),
        [
            format!("{prefix}db-server"),
            format!("{prefix}db-server-??????")
        ]
    );
}

#[test]
fn a_role_has_a_policy_of_its_own_in_its_own_account() {
    let role = "arn:aws:iam::444455556666:role/reader";
    let policy = policy(
        "eu-west-1",
        &ACCOUNT,
        &[
            "ssm:///a/own",
            &format!("ssm:///a/other?role={role}&region=us-east-1"),
        ],
    );
    let (own, other) = (&policy["own"], &policy["roles"][role]);
    assert_eq!(resources(own, "sts:AssumeRole"), [role]);
    assert_eq!(
        resources(own, "ssm:GetParameters"),
        ["arn:aws:ssm:eu-west-1:111122223333:parameter/a/own"]
    );
    assert_eq!(
        resources(other, "ssm:GetParameters"),
        ["arn:aws:ssm:us-east-1:444455556666:parameter/a/other"]
    );
    assert_eq!(keys(other)[0].0, "arn:aws:kms:us-east-1:444455556666:key/*");
}

#[test]
fn text_shows_the_policy_of_each_role_by_its_name() {
    Paramexec::new()
        .env("A", "ssm:///a?role=arn:aws:iam::444455556666:role/reader")
        .env("AWS_REGION", "eu-west-1")
        .args(["--iam-policy"])
        .expect_stdout_containing("\n\nfor arn:aws:iam::444455556666:role/reader:\n{\n")
        .check();
}

#[test]
fn an_object_key_is_no_pattern_and_a_version_has_an_action_of_its_own() {
    let bulk = ["--from", "s3://b/a*?versionId=7", "--from", "s3://b/c*.env"];
    let policy = policy("eu-west-1", &bulk, &[]);
    assert_eq!(
        resources(&policy["own"], "s3:GetObjectVersion"),
        ["arn:aws:s3:::b/a${*}"]
    );
    assert_eq!(
        resources(&policy["own"], "s3:GetObject"),
        ["arn:aws:s3:::b/c${*}.env"]
    );
}

#[test]
fn what_nothing_says_has_a_placeholder_and_a_warning() {
    Paramexec::new()
        .env("A", "ssm:///a/b")
        .args(["--iam-policy"])
        .expect_stdout_containing("\"arn:aws:ssm:REGION:ACCOUNT_ID:parameter/a/b\"")
        .expect_stderr(
            "paramexec: warning: ACCOUNT_ID stands for what nothing here says: give --account, or fill it in\n\
             paramexec: warning: REGION stands for what nothing here says: set AWS_REGION, or fill it in\n",
        )
        .check();
}

#[test]
fn nothing_needs_no_permission() {
    let policy = policy("eu-west-1", &[], &["literal"]);
    assert_eq!(
        policy,
        json!({"own": {"Version": "2012-10-17", "Statement": []}, "roles": {}})
    );
}

#[test]
fn account_and_partition_have_twins() {
    Paramexec::new()
        .env("A", "ssm:///a/b")
        .env("AWS_REGION", "us-iso-east-1")
        .env("PARAMEXEC_IAM_POLICY", "1")
        .env("PARAMEXEC_ACCOUNT", "444455556666")
        .env("PARAMEXEC_PARTITION", "aws-iso")
        .expect_stdout_containing("\"arn:aws-iso:ssm:us-iso-east-1:444455556666:parameter/a/b\"")
        .check();
}
