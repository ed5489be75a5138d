//! An answer is used only when it is known to be whole.

use super::*;

/// An answer of exactly this head, and the end of the connection behind its body.
fn bytes(head: &str, body: &str) -> Fault {
    Fault::Bytes(format!("HTTP/1.1 {head}\r\n\r\n{body}").into_bytes())
}

/// The first of two lines, in ways that look like an object.
fn partial_objects() -> Vec<(Fault, &'static str)> {
    let line = "VALUE=planted-object\n";
    vec![
        (
            bytes("200 OK\r\nETag: \"1\"", line),
            "it does not say how long it is",
        ),
        (
            bytes("200 OK\r\nConnection: close", line),
            "it does not say how long it is",
        ),
        (
            Fault::Bytes(format!("HTTP/1.0 200 OK\r\n\r\n{line}").into_bytes()),
            "it does not say how long it is",
        ),
        (
            bytes(
                "206 Partial Content\r\nContent-Range: bytes 0-20/42\r\nContent-Length: 21",
                line,
            ),
            "it has status 206",
        ),
        (
            bytes("206 Partial Content\r\nContent-Length: 21", line),
            "it has status 206",
        ),
        (
            bytes("203 Non-Authoritative\r\nContent-Length: 21", line),
            "it has status 203",
        ),
        (
            bytes("204 No Content\r\nContent-Length: 0", ""),
            "it has status 204",
        ),
        (
            bytes("200 OK\r\nContent-Length: 42", line),
            "before the object was whole",
        ),
        (
            bytes(
                "200 OK\r\nTransfer-Encoding: chunked",
                &format!("15\r\n{line}\r\n"),
            ),
            "before the object was whole",
        ),
    ]
}

#[test]
fn a_part_of_an_object_is_no_object() {
    side_by_side(partial_objects(), |(fault, says)| {
        let fake = Service::fake();
        fake.script(When::op(Op::GetObject), fault.clone());
        gives_up(S3.run(&fake), 69, &[S3.object(), says]);
        assert!(fake.calls(Op::GetObject).len() > 1, "it is asked again");
        let fake = Service::fake();
        fake.script(When::op(Op::GetObject).first(1), fault);
        succeeds(S3.run(&fake), S3.value());
    });
}

#[test]
fn an_object_in_chunks_is_whole() {
    let fake = Service::fake();
    let chunks = "9\r\nVALUE=in-\r\n7\r\nchunks\n\r\n0\r\n\r\n";
    fake.script(
        When::op(Op::GetObject),
        bytes("200 OK\r\nTransfer-Encoding: chunked", chunks),
    );
    succeeds(S3.run(&fake), "in-chunks");
}

#[test]
fn a_document_that_is_cut_short_is_asked_for_again() {
    let documents = [
        "",
        "{",
        r#"{"Parameters":[{"Name":"/app/value","Value":"planted-parameter"#,
        r#"{"SecretString":"planted-secret"#,
        r#"{"Name":"value","SecretString":"planted-secret","VersionId":"#,
    ];
    let cut = documents.map(|document| bytes("200 OK\r\nContent-Length: 200", document));
    let whole = |document: &str| {
        let head = format!("200 OK\r\nContent-Length: {}", document.len());
        bytes(&head, document)
    };
    let others = [
        whole(documents[1]),
        whole(documents[3]),
        bytes("200 OK\r\nContent-Type: text/json", "{}"),
        bytes("206 Partial Content\r\nContent-Length: 2", "{}"),
    ];
    let faults: Vec<Fault> = cut.into_iter().chain(others).collect();
    side_by_side(
        each(&[Ssm, Path, SecretsManager], &faults),
        |(service, fault)| {
            let fake = Service::fake();
            fake.script(When::op(service.op()), fault.clone());
            let outcome = gives_up(service.run(&fake), 69, &[service.object(), "AWS's answer"]);
            assert!(!outcome.stderr().contains("look the code up"));
            let fake = Service::fake();
            fake.script(When::op(service.op()).first(1), fault);
            succeeds(service.run(&fake), service.value());
        },
    );
}

#[test]
fn a_role_whose_credentials_are_cut_short_is_assumed_again() {
    let role = format!("arn:aws:iam::{ACCOUNT}:role/reader");
    let cut = "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId>\
               <SecretAccessKey>planted-secret</SecretAc";
    for document in ["", cut] {
        let fault = bytes("200 OK\r\nContent-Type: text/xml", document);
        let named = |fake: &Fake| {
            fake.role(&role);
            Paramexec::new()
                .endpoint(fake)
                .env("VALUE", format!("ssm:///app/value?role={role}"))
        };
        let fake = Service::fake();
        fake.script(When::op(Op::AssumeRole), fault.clone());
        let outcome = gives_up(named(&fake), 69, &[&role, "AWS's answer"]);
        assert!(!outcome.stderr().contains("look the code up"));
        let fake = Service::fake();
        fake.script(When::op(Op::AssumeRole).first(1), fault);
        succeeds(named(&fake), VALUES[0]);
    }
}

#[test]
fn a_refusal_that_is_cut_short_is_asked_again() {
    for service in ALL {
        let fake = Service::fake();
        let head = "400 Bad Request\r\nContent-Length: 200";
        let fault = bytes(head, r#"{"__type":"ThrottlingExc"#);
        fake.script(When::op(service.op()).first(1), fault);
        succeeds(service.run(&fake), service.value());
    }
}
