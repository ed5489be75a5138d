//! Connections that are opened before there are requests, and endpoints that speak something else.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::thread;

use super::*;

fn many(fake: &Fake, count: usize) -> Paramexec {
    (0..count).fold(Paramexec::new().endpoint(fake), |run, number| {
        fake.secure(&format!("/many/{number:03}"), VALUES[0]);
        run.env(format!("V{number:03}"), format!("ssm:///many/{number:03}"))
    })
}

#[track_caller]
fn all_come(run: Paramexec, count: usize) {
    run.shell(r#"env | grep -c "=planted-parameter$""#)
        .expect_stdout(format!("{count}\n"))
        .check();
}

#[test]
fn connections_that_are_closed_before_they_are_used_are_replaced() {
    for closed in [1, 3, 20] {
        let fake = Fake::start();
        fake.close_unread(closed);
        all_come(many(&fake, 200), 200);
        assert_eq!(fake.all_calls().len(), 20, "{closed} closed");
    }
}

#[test]
fn connections_that_are_closed_while_credentials_are_awaited_are_replaced() {
    let fake = Fake::start();
    fake.container_credentials("/credentials", None);
    fake.script(When::op(Op::ContainerCredentials).first(1), Fault::Hang);
    fake.close_unread(4);
    let uri = format!("http://127.0.0.1:{}/credentials", fake.port());
    let run = many(&fake, 50)
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY")
        .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri);
    let running = run.shell("echo started").spawn();
    fake.wait_for_calls(Op::ContainerCredentials, 1);
    fake.release();
    assert_eq!(running.wait().stdout(), "started\n");
    assert_eq!(fake.calls(Op::GetParameters).len(), 5);
}

#[test]
fn a_connection_that_breaks_costs_its_own_request_a_second_try_and_no_other() {
    let fake = Fake::start();
    fake.script(When::always().first(2), Fault::Reset);
    all_come(many(&fake, 200), 200);
    assert_eq!(fake.all_calls().len(), 22);
}

/// An endpoint that answers the first bytes that come with these, and closes.
fn answers(bytes: &'static [u8]) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(bytes);
        }
    });
    port
}

#[test]
fn an_endpoint_that_speaks_something_else_is_not_asked_again() {
    const ALERT: &[u8] = b"\x15\x03\x01\x00\x02\x02";
    let alert = |which: u8| -> &'static [u8] { Box::leak([ALERT, &[which]].concat().into()) };
    let http = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    let cases: [(&str, &'static [u8], &str); 5] = [
        ("https", http, "the endpoint does not speak TLS"),
        ("https", alert(70), "takes neither TLS 1.2 nor 1.3"),
        ("https", alert(40), "takes neither TLS 1.2 nor 1.3"),
        ("http", alert(50), "the endpoint does not speak HTTP"),
        (
            "http",
            b"SSH-2.0-OpenSSH_9.2\r\n",
            "the endpoint does not speak HTTP",
        ),
    ];
    side_by_side(cases, |(scheme, bytes, says)| {
        let fake = Service::fake();
        let endpoint = format!("{scheme}://127.0.0.1:{}", answers(bytes));
        let run = Ssm.run(&fake).env("AWS_ENDPOINT_URL", endpoint);
        let outcome = fails(run, 69, &[says, Ssm.object()]);
        assert!(!outcome.stderr().contains("no success within"));
    });
}
