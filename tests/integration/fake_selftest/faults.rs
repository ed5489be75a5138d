//! What goes wrong when a test says so, and what is remembered of it.

use std::io::ErrorKind;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::client::{Answer, Client};
use crate::support::fake::{Failure, Fake, Fault, Op, Response, TypeForm, When};

fn ask(fake: &Fake) -> std::io::Result<Answer> {
    Client::of(fake).json("AmazonSSM.GetParameters", &json!({"Names": ["/a", "/b"]}))
}

fn fake_with(fault: impl Into<Fault>) -> Fake {
    let fake = Fake::start();
    fake.parameter("/a", "value of a")
        .parameter("/b", "value of b")
        .script(When::always(), fault);
    fake
}

#[test]
fn throttling_takes_the_form_of_each_service() {
    let fake = fake_with(Failure::throttled().retry_after(2));
    let client = Client::of(&fake);
    let answer = ask(&fake).expect("an answer");
    assert_eq!(answer.error(), (400, "ThrottlingException".into()));
    assert_eq!(answer.header("retry-after"), Some("2"));
    assert_eq!(
        client.s3("/b/k", "").expect("an answer").error(),
        (503, "SlowDown".into())
    );
    let answer = client.sts("Action=AssumeRole").expect("an answer");
    assert_eq!(answer.error(), (400, "Throttling".into()));
    let fake = fake_with(Failure::throttled_with(429));
    assert_eq!(
        ask(&fake).expect("an answer").error(),
        (429, "ThrottlingException".into())
    );
}

#[test]
fn an_error_says_its_type_in_any_of_four_ways() {
    let error = || Failure::new(500, "InternalServerError", "oops");
    let answer = ask(&fake_with(error())).expect("an answer");
    assert_eq!(
        answer.json(),
        json!({"__type": "InternalServerError", "message": "oops"})
    );
    let answer = ask(&fake_with(error().type_form(TypeForm::Namespaced))).expect("an answer");
    assert_eq!(
        answer.json()["__type"],
        "com.amazonaws.ssm#InternalServerError"
    );
    let answer = ask(&fake_with(error().type_form(TypeForm::Header))).expect("an answer");
    assert_eq!(answer.json()["__type"], Value::Null);
    assert_eq!(
        answer.header("x-amzn-errortype"),
        Some("InternalServerError")
    );
    let answer = ask(&fake_with(error().type_form(TypeForm::HeaderWithUri))).expect("an answer");
    let header = answer.header("x-amzn-errortype").unwrap_or_default();
    assert!(
        header.starts_with("InternalServerError:http://"),
        "{header}"
    );
}

#[test]
fn rules_count_on_their_own() {
    let fake = Fake::start();
    fake.script(When::op(Op::GetParameters).first(2), Failure::throttled())
        .script(When::op(Op::GetParameters).nth(3), Fault::status(502))
        .script(
            When::op(Op::GetParameters).asking_for("/b").after(3),
            Failure::internal(),
        )
        .script(When::op(Op::GetSecretValue), Failure::throttled());
    let statuses: Vec<u16> = (0..4)
        .map(|_| ask(&fake).expect("an answer").status)
        .collect();
    assert_eq!(statuses, [400, 400, 502, 500]);
    fake.heal();
    assert_eq!(ask(&fake).expect("an answer").status, 200);
    let recorded: Vec<Option<u16>> = fake
        .calls(Op::GetParameters)
        .iter()
        .map(|call| call.status())
        .collect();
    assert_eq!(
        recorded,
        [Some(400), Some(400), Some(502), Some(500), Some(200)]
    );
}

#[test]
fn connections_break_where_told() {
    let early = ask(&fake_with(Fault::CloseBeforeAnswer)).expect_err("nothing came");
    assert_eq!(early.kind(), ErrorKind::UnexpectedEof);
    let in_headers = ask(&fake_with(Fault::CloseInHeaders)).expect_err("half of the head came");
    assert_eq!(in_headers.kind(), ErrorKind::UnexpectedEof);
    let reset = ask(&fake_with(Fault::Reset)).expect_err("a reset came");
    assert_eq!(reset.kind(), ErrorKind::ConnectionReset);
    let half = ask(&fake_with(Fault::CloseInBody)).expect("headers came");
    assert!(!half.is_whole() && !half.body.is_empty());
}

#[test]
fn connections_are_closed_unread_and_counted() {
    let fake = Fake::start();
    fake.close_unread(2);
    assert!(ask(&fake).is_err());
    assert!(ask(&fake).is_err());
    assert_eq!(ask(&fake).expect("an answer").status, 200);
    assert_eq!((fake.connections(), fake.all_calls().len()), (3, 1));
    assert_eq!(fake.all_calls()[0].connection, 3);
}

#[test]
fn a_hanging_request_goes_on_when_released() {
    let fake = fake_with(Fault::Hang);
    thread::scope(|scope| {
        let asked: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| ask(&fake).expect("an answer").status))
            .collect();
        fake.wait_for_calls(Op::GetParameters, 3);
        assert!(fake.all_calls().iter().all(|call| call.status().is_none()));
        fake.release();
        assert!(
            asked
                .into_iter()
                .all(|asked| asked.join().expect("no panic") == 200)
        );
    });
    assert_eq!(fake.most_at_once(), 3);
}

#[test]
fn a_fake_ends_though_a_request_hangs() {
    let fake = fake_with(Fault::Hang);
    let client = Client::of(&fake);
    let asked =
        thread::spawn(move || client.json("AmazonSSM.GetParameters", &json!({"Names": ["/a"]})));
    fake.wait_for_calls(Op::GetParameters, 1);
    drop(fake);
    // It may get the answer late or none at all; it does not wait.
    let _ = asked.join().expect("no panic");
}

#[test]
fn answers_are_replaced_lack_names_or_never_end() {
    let html = ask(&fake_with(Fault::not_json())).expect("an answer");
    assert_eq!(
        (html.status, html.header("content-type")),
        (200, Some("text/html"))
    );
    let own = ask(&fake_with(Fault::Answer(Response::text(418, "teapot")))).expect("an answer");
    assert_eq!((own.status, own.text()), (418, "teapot".into()));
    let lacking = ask(&fake_with(Fault::Omit("/a".into())))
        .expect("an answer")
        .json();
    assert_eq!(lacking["InvalidParameters"], json!([]));
    assert_eq!(lacking["Parameters"].as_array().map(Vec::len), Some(1));
    let endless = fake_with(Fault::EndlessPages);
    let page = Client::of(&endless)
        .json("AmazonSSM.GetParametersByPath", &json!({"Path": "/"}))
        .expect("an answer");
    assert!(page.json()["NextToken"].is_string());
    let flood = ask(&fake_with(Fault::Oversized(3_000_000))).expect("an answer");
    assert!(flood.is_whole() && flood.body.len() == 3_000_000);
}

#[test]
fn a_trickle_arrives_whole_and_latency_delays() {
    let fake = fake_with(Fault::Trickle(Duration::from_micros(10)));
    fake.script(When::always(), Fault::Latency(Duration::from_millis(20)));
    let started = std::time::Instant::now();
    assert!(ask(&fake).expect("an answer").is_whole());
    assert!(started.elapsed() >= Duration::from_millis(20));
}

#[test]
fn beyond_its_throughput_parameter_store_throttles() {
    let fake = Fake::start();
    fake.throughput(1);
    let codes: Vec<u16> = (0..3)
        .map(|_| ask(&fake).expect("an answer").status)
        .collect();
    assert_eq!(codes, [200, 400, 400]);
}
