//! Another version than was asked for is no answer.

use super::*;

const ID: &str = "11111111-2222-3333-4444-555555555555";

/// A run that asks for the reference, and is answered this.
fn answered(reference: &str, op: Op, answer: &serde_json::Value) -> Paramexec {
    let fake = Service::fake();
    fake.script(When::op(op), Fault::Answer(Response::json(200, answer)));
    let run = Paramexec::new().endpoint(&fake).env("VALUE", reference);
    run.adjust(move |_| std::mem::forget(fake))
}

fn parameter(version: u32, selector: Option<&str>) -> serde_json::Value {
    let mut parameter = json!({
        "Name": "/app/value", "Type": "String", "Value": VALUES[0], "Version": version,
        "ARN": format!("arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/app/value"),
    });
    if let Some(selector) = selector {
        parameter["Selector"] = selector.into();
    }
    json!({"Parameters": [parameter], "InvalidParameters": []})
}

fn secret(version: &str, stages: &[&str]) -> serde_json::Value {
    json!({"Name": "value", "SecretString": VALUES[1], "VersionId": version, "VersionStages": stages})
}

#[test]
fn a_parameter_must_be_of_the_version_or_label_that_was_asked_for() {
    for (reference, version, selector) in [
        ("ssm:///app/value:3", 3, Some(":3")),
        ("ssm:///app/value:3", 3, None),
        ("ssm:///app/value:live", 3, Some(":live")),
        ("ssm:///app/value:live", 3, None),
        ("ssm:///app/value", 3, None),
    ] {
        let answer = parameter(version, selector);
        succeeds(answered(reference, Op::GetParameters, &answer), VALUES[0]);
    }
    for (reference, version, selector) in [
        ("ssm:///app/value:3", 5, None),
        ("ssm:///app/value:3", 5, Some(":3")),
        ("ssm:///app/value:3", 3, Some(":5")),
        ("ssm:///app/value:live", 3, Some(":old")),
    ] {
        let answer = parameter(version, selector);
        let run = answered(reference, Op::GetParameters, &answer);
        fails(run, 69, &["is not the version that was asked for"]);
    }
    let answer = parameter(3, Some(":3"));
    let run = answered("ssm:///app/value", Op::GetParameters, &answer);
    fails(run, 69, &["AWS's answer says nothing of it"]);
}

#[test]
fn a_label_that_the_answer_does_not_repeat_is_refused_where_the_name_was_asked_twice() {
    let run = answered(
        "ssm:///app/value:live",
        Op::GetParameters,
        &parameter(3, None),
    );
    let run = run.env("CURRENT", "ssm:///app/value");
    fails(run, 69, &["1 problem", "for VALUE"]);
}

#[test]
fn a_secret_must_be_of_the_version_and_stage_that_were_asked_for() {
    let by_id = format!("secretsmanager://value?version={ID}");
    let both = format!("secretsmanager://value?version={ID}&stage=live");
    let by_stage = "secretsmanager://value?stage=live";
    for (reference, answer) in [
        (by_id.as_str(), secret(ID, &[])),
        (by_stage, secret("other", &["old", "live"])),
        (&both, secret(ID, &["live"])),
        ("secretsmanager://value", secret("other", &[])),
    ] {
        succeeds(answered(reference, Op::GetSecretValue, &answer), VALUES[1]);
    }
    for (reference, answer) in [
        (by_id.as_str(), secret("other", &["AWSCURRENT"])),
        (&by_id, json!({"Name": "value", "SecretString": VALUES[1]})),
        (by_stage, secret(ID, &["AWSCURRENT"])),
        (by_stage, secret(ID, &[])),
        (&both, secret(ID, &["AWSCURRENT"])),
    ] {
        let run = answered(reference, Op::GetSecretValue, &answer);
        fails(run, 69, &["is not the version that was asked for"]);
    }
}

#[test]
fn an_object_must_be_of_the_version_that_was_asked_for() {
    let object = |version: Option<&str>| {
        let answer = Response::text(200, format!("VALUE={}\n", VALUES[2]));
        match version {
            Some(version) => answer.with_header("x-amz-version-id", version),
            None => answer,
        }
    };
    let run = |fake: &Fake| {
        Paramexec::new()
            .endpoint(fake)
            .args(["--from", "s3://bucket/value.env?versionId=abc"])
    };
    let fake = Service::fake();
    fake.script(When::op(Op::GetObject), Fault::Answer(object(Some("abc"))));
    succeeds(run(&fake), VALUES[2]);
    for version in [None, Some("abd"), Some("null")] {
        let fake = Service::fake();
        fake.script(When::op(Op::GetObject), Fault::Answer(object(version)));
        fails(run(&fake), 69, &["is not the version that was asked for"]);
    }
}
