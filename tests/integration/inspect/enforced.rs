//! The printed policy in the hands of an emulator that enforces policies: it suffices, and nothing in it is superfluous.
//!
//! ministack matches secrets and objects by their ARNs. SSM actions it matches against `*` only, so there the action is
//! proved and the ARN is not; and it knows no `kms:ViaService`, so of `kms:Decrypt` nothing is.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::emulator::{Emulator, ministack, python};
use crate::support::outcome::Outcome;
use crate::support::run::Paramexec;

fn run() -> Paramexec {
    Paramexec::new()
        .env("AWS_ENDPOINT_URL", ministack().endpoint())
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("PASSWORD", "ssm:///shop/staging/db/password")
        .env("PLAIN", "ssm://plain-name")
        .env("TOKEN", "secretsmanager://shop/staging/api#token")
        .env("SECRET", "secretsmanager://shop/staging/plain")
        .env(
            "BY_ARN",
            format!(
                "secretsmanager://{}#token",
                ministack().secret_arn("us-east-1")
            ),
        )
        .args([
            "--from",
            "ssm:///shop/staging/app/",
            "--from",
            "s3://shop-settings/production.env",
        ])
        .args(["--timeout", "20s"])
}

fn printed_policy() -> Value {
    let outcome = run()
        .args(["--iam-policy", "--account", ministack().account()])
        .arg("/bin/true")
        .run();
    serde_json::from_slice(&outcome.stdout).expect("a policy")
}

/// The policy as ministack can match it.
fn matchable(mut policy: Value) -> Value {
    for statement in policy["Statement"].as_array_mut().expect("statements") {
        if statement["Action"]
            .as_str()
            .is_some_and(|action| action.starts_with("ssm:"))
        {
            statement["Resource"] = json!("*");
        }
    }
    policy
}

/// The credentials of a new user for each policy.
fn users(emulator: &Emulator, policies: &[Value]) -> Vec<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/integration/users.py");
    let mut child = Command::new(python().expect("the environment of scripts/venv"))
        .arg("-B")
        .arg(script)
        .arg(emulator.endpoint())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python starts");
    let mut input = child.stdin.take().expect("it is piped");
    input
        .write_all(json!(policies).to_string().as_bytes())
        .expect("it is read");
    drop(input);
    let output = child.wait_with_output().expect("python ends");
    serde_json::from_slice(&output.stdout).expect("credentials")
}

fn run_as(user: &Value) -> Outcome {
    let with =
        |run: Paramexec, name: &str| run.env(name, user[name].as_str().expect("a credential"));
    ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
        .into_iter()
        .fold(run(), with)
        .args(["/bin/sh", "-c", "echo $PLAIN $SECRET $DB_PORT $GREETING"])
        .run()
}

#[test]
fn the_printed_policy_suffices_and_every_part_of_it_is_needed() {
    let whole = matchable(printed_policy());
    let mut policies = vec![whole.clone()];
    let mut removed = vec!["nothing".to_owned()];
    let statements = whole["Statement"].as_array().expect("statements");
    let enforced = |statement: &&Value| statement["Action"] != "kms:Decrypt";
    for (at, statement) in statements
        .iter()
        .enumerate()
        .filter(|(_, one)| enforced(one))
    {
        let mut without = whole.clone();
        without["Statement"].as_array_mut().unwrap().remove(at);
        policies.push(without);
        removed.push(statement["Action"].to_string());
        let resources = statement["Resource"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        for (number, resource) in resources.iter().enumerate() {
            // An ARN that may be cut short is allowed in both forms, and needed in one.
            let is_other_form = resource.as_str().is_some_and(|arn| {
                let short = arn.trim_end_matches("-??????");
                short != arn && resources.contains(&json!(short))
            });
            if resources.len() == 1 || is_other_form {
                continue;
            }
            let mut without = whole.clone();
            let left = without["Statement"][at]["Resource"].as_array_mut();
            left.expect("a list").remove(number);
            policies.push(without);
            removed.push(resource.to_string());
        }
    }
    assert_eq!(policies.len(), 1 + 4 + 3, "{removed:?}");
    let outcomes: Vec<Outcome> = users(ministack(), &policies).iter().map(run_as).collect();
    assert_eq!(outcomes[0].stderr(), "", "the whole policy");
    assert_eq!(outcomes[0].stdout(), "plain not JSON 5432 hello\n");
    for (outcome, removed) in outcomes.iter().zip(&removed).skip(1) {
        assert_eq!(
            outcome.code(),
            Some(77),
            "without {removed}: {}",
            outcome.stderr()
        );
        let named = removed
            .trim_matches('"')
            .rsplit(':')
            .next()
            .expect("a name");
        let named = named.trim_end_matches("-??????");
        assert!(
            outcome.stderr().contains(named),
            "without {removed}: {}",
            outcome.stderr()
        );
    }
}
