//! What Parameter Store enforces.

use serde_json::{Value, json};

use crate::support::client::{Answer, Client};
use crate::support::fake::{Fake, Op};

fn get_parameters(fake: &Fake, names: &[&str]) -> Answer {
    let body = json!({"Names": names, "WithDecryption": true});
    Client::of(fake)
        .json("AmazonSSM.GetParameters", &body)
        .expect("an answer")
}

fn by_path(fake: &Fake, body: Value) -> Answer {
    Client::of(fake)
        .json("AmazonSSM.GetParametersByPath", &body)
        .expect("an answer")
}

fn shown(answer: &Answer) -> Vec<(String, Option<String>, String)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let json = answer.json();
    let all = json["Parameters"]
        .as_array()
        .expect("an answer has parameters");
    let parts = all.iter().map(|one| {
        (
            text(&one["Name"]),
            text(&one["Selector"]),
            text(&one["Value"]),
        )
    });
    parts
        .map(|(name, selector, value)| {
            (
                name.unwrap_or_default(),
                selector,
                value.unwrap_or_default(),
            )
        })
        .collect()
}

#[test]
fn names_that_aws_refuses_are_refused() {
    let fake = Fake::start();
    let eleven: Vec<String> = (0..11).map(|number| format!("/p{number}")).collect();
    let long = format!("/{}", "a".repeat(2_048));
    let eleven: Vec<&str> = eleven.iter().map(String::as_str).collect();
    let refused: [&[&str]; 8] = [
        &[],
        &eleven,
        &["/a", "/a"],
        &["/a", "a"],
        &["prod/a"],
        &["/a b"],
        &[""],
        &[&long],
    ];
    for names in refused {
        assert_eq!(
            get_parameters(&fake, names).error(),
            (400, "ValidationException".into()),
            "{names:?}"
        );
    }
    assert_eq!(get_parameters(&fake, &eleven[..10]).status, 200);
}

#[test]
fn results_are_alphabetical_and_selectors_stand_apart() {
    let fake = Fake::start();
    fake.parameter("/z", "last")
        .secure("plain", "text")
        .parameter_version("/v", 3, "old")
        .secure("/v", "new");
    fake.label("/v", 3, "stable");
    let answer = get_parameters(&fake, &["/z", "/plain", "/v:stable", "/gone", "/v"]);
    let expected = [
        ("/v", Some(":stable"), "old"),
        ("/v", None, "new"),
        ("/z", None, "last"),
        ("plain", None, "text"),
    ];
    let expected = expected
        .map(|(name, selector, value)| (name.into(), selector.map(str::to_owned), value.into()));
    assert_eq!(shown(&answer), expected);
    assert_eq!(answer.json()["InvalidParameters"], json!(["/gone"]));
    assert_eq!(
        fake.calls(Op::GetParameters)[0].names(),
        ["/z", "/plain", "/v:stable", "/gone", "/v"]
    );
}

#[test]
fn a_secure_string_is_ciphertext_unless_decryption_is_asked() {
    let fake = Fake::start();
    fake.secure("/a", "the value");
    let body = json!({"Names": ["/a"]});
    let answer = Client::of(&fake)
        .json("AmazonSSM.GetParameters", &body)
        .expect("an answer");
    assert!(
        shown(&answer)[0].2.starts_with("AQICAH"),
        "{}",
        answer.text()
    );
    assert!(!answer.text().contains("the value"));
}

#[test]
fn one_denied_name_denies_the_batch_and_the_first_is_named() {
    let fake = Fake::start();
    fake.parameter("/a", "value")
        .deny("/b")
        .deny("arn:aws:ssm:eu-west-1:111122223333:parameter/c");
    let answer = get_parameters(&fake, &["/a", "/c", "/b"]);
    assert_eq!(answer.error(), (400, "AccessDeniedException".into()));
    assert!(
        answer
            .text()
            .contains("arn:aws:ssm:eu-west-1:111122223333:parameter/c"),
        "{}",
        answer.text()
    );
    assert!(!answer.text().contains("parameter/b"), "{}", answer.text());
    fake.lock("/a");
    assert_eq!(
        get_parameters(&fake, &["/a"]).status,
        200,
        "a String needs no key"
    );
}

#[test]
fn another_accounts_parameter_is_read_by_its_arn_where_it_is_shared() {
    const SHARED: &str = "arn:aws:ssm:eu-west-1:444455556666:parameter/shared";
    let fake = Fake::start();
    fake.in_account("444455556666")
        .parameter("/shared", "value")
        .share("/shared")
        .parameter("/own", "value");
    assert_eq!(shown(&get_parameters(&fake, &[SHARED]))[0].0, SHARED);
    assert_eq!(
        get_parameters(&fake, &["/shared"]).json()["InvalidParameters"],
        json!(["/shared"])
    );
    let own = SHARED.replace("shared", "own");
    assert_eq!(
        get_parameters(&fake, &[&own]).error().1,
        "AccessDeniedException"
    );
}

#[test]
fn a_parameter_of_one_region_is_in_no_other() {
    let fake = Fake::start();
    fake.in_region("us-east-1").parameter("/a", "far");
    assert_eq!(
        get_parameters(&fake, &["/a"]).json()["InvalidParameters"],
        json!(["/a"])
    );
    let far = Client::of(&fake).in_region("us-east-1");
    let answer = far
        .json("AmazonSSM.GetParameters", &json!({"Names": ["/a"]}))
        .expect("an answer");
    assert_eq!(shown(&answer)[0].2, "far");
    assert_eq!(fake.all_calls()[1].region(), Some("us-east-1"));
}

#[test]
fn a_listing_comes_in_pages_and_empty_ones_carry_a_token() {
    let fake = Fake::start();
    for number in 0..12 {
        fake.parameter(&format!("/app/deep/p{number}"), "value");
    }
    fake.parameter("/app", "not below itself")
        .parameter("/application", "no neighbour")
        .empty_pages(1);
    let (mut sizes, mut token) = (Vec::new(), Value::Null);
    loop {
        let body = json!({"Path": "/app/", "Recursive": true, "NextToken": token});
        let answer = by_path(&fake, body).json();
        sizes.push(answer["Parameters"].as_array().map_or(0, Vec::len));
        token = answer["NextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    assert_eq!(sizes, [0, 10, 0, 2]);
    fake.empty_pages(0);
    let flat = by_path(&fake, json!({"Path": "/app"}));
    assert_eq!(flat.json()["Parameters"], json!([]));
}

#[test]
fn listings_that_aws_refuses_are_refused() {
    let fake = Fake::start();
    fake.deny("/app");
    for body in [
        json!({"Path": "app"}),
        json!({"Path": "/app", "MaxResults": 11}),
        json!({}),
    ] {
        assert_eq!(
            by_path(&fake, body).error(),
            (400, "ValidationException".into())
        );
    }
    let token = json!({"Path": "/app", "NextToken": "made up"});
    assert_eq!(
        by_path(&fake, token).error(),
        (400, "InvalidNextToken".into())
    );
    assert_eq!(
        by_path(&fake, json!({"Path": "/app/"})).error(),
        (400, "AccessDeniedException".into())
    );
}

#[test]
fn operations_that_paramexec_may_not_use_are_unknown() {
    let fake = Fake::start();
    for target in [
        "AmazonSSM.GetParameter",
        "secretsmanager.BatchGetSecretValue",
    ] {
        let answer = Client::of(&fake)
            .json(target, &json!({}))
            .expect("an answer");
        assert_eq!(answer.error(), (404, "UnknownOperationException".into()));
    }
}
