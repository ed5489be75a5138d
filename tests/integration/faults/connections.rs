//! Connections that are opened before there are requests, and endpoints that speak something else.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;

use socket2::{Domain, Socket, Type};

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

/// A port that refuses connections until it is listened on, and that no other test is given.
fn reserved() -> (Socket, u16) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    socket.bind(&any.into()).expect("a free port");
    let address = socket.local_addr().expect("an address").as_socket();
    (socket, address.expect("an IP address").port())
}

/// Has connections to `listener` lead to the server at `port`.
fn forward(listener: TcpListener, port: u16) {
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let server = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("it listens");
            for (from, to) in [(&client, &server), (&server, &client)] {
                let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                thread::spawn(move || io::copy(&mut from, &mut to));
            }
        }
    });
}

#[test]
fn a_server_that_begins_to_listen_late_is_waited_for_and_stderr_says_so() {
    side_by_side([Ssm, S3], |service| {
        let fake = Service::fake();
        let (socket, port) = reserved();
        let run = service.run(&fake).arg(LONG);
        let run = run.env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"));
        let running = run.shell(r#"printf %s "$VALUE""#).spawn();
        running.wait_for_stderr("still fetching after 5 s");
        let so_far = running.stderr_so_far();
        assert!(so_far.contains("connection refused"), "{so_far}");
        socket.listen(8).expect("it is bound");
        forward(socket.into(), fake.port());
        let outcome = running.wait();
        assert_eq!(outcome.stdout(), service.value(), "{}", outcome.stderr());
    });
}

#[test]
fn an_answer_that_is_slow_and_never_silent_may_take_longer_than_silence_may() {
    let silence = Duration::from_secs(10);
    let long = "x".repeat(200);
    side_by_side([Ssm, SecretsManager, S3], |service| {
        let fake = Fake::start();
        fake.secure("/app/value", &long)
            .secret("value", &long)
            .object("bucket", "value.env", format!("VALUE={long}\n"))
            .script(
                When::op(service.op()),
                Fault::Trickle(Duration::from_millis(25)),
            );
        let run = service.run(&fake).arg(LONG);
        let outcome = run.shell(r#"printf %s "$VALUE""#).run();
        assert_eq!(outcome.stdout(), long, "{}", outcome.stderr());
        assert_eq!(fake.calls(service.op()).len(), 1);
        assert!(outcome.elapsed > silence, "{:?}", outcome.elapsed);
    });
}
