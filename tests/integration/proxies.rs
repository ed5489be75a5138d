//! HTTPS_PROXY, ALL_PROXY and NO_PROXY: what goes through the proxy, what does not, and how a proxy that opens no
//! tunnel is told.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::support::fake::{Fake, Op};
use crate::support::outcome::Outcome;
use crate::support::run::Paramexec;
use crate::support::temp::TempDir;
use crate::support::tls::TestCa;

/// No resolver knows it: only a proxy reaches it.
const HOST: &str = "ssm.proxied.example";
const TUNNEL: &str = "HTTP/1.1 200 Connection established\r\n\r\n";

/// A proxy that answers every CONNECT with `answer`, and where that is 200, connects to `upstream` whatever host is asked
/// for.
struct Proxy {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn start(answer: &'static str, upstream: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("listen on loopback");
        let address = listener.local_addr().expect("know the port");
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let recorded = Arc::clone(&heads);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let heads = Arc::clone(&recorded);
                thread::spawn(move || serve(stream, answer, upstream, &heads));
            }
        });
        Self { address, heads }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("no test panics here").clone()
    }
}

fn serve(
    mut client: TcpStream,
    answer: &str,
    upstream: u16,
    heads: &Mutex<Vec<String>>,
) -> io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head)? > 0 {}
    heads.lock().expect("no test panics here").push(head);
    client.write_all(answer.as_bytes())?;
    if answer != TUNNEL {
        return client.shutdown(Shutdown::Both);
    }
    let server = TcpStream::connect((Ipv4Addr::LOCALHOST, upstream))?;
    let (mut from_server, mut to_client) = (server.try_clone()?, client);
    thread::spawn(move || {
        let copied = io::copy(&mut from_server, &mut to_client);
        to_client.shutdown(Shutdown::Write).and(copied)
    });
    copy(&mut reader, &server)
}

fn copy(from: &mut impl Read, mut to: &TcpStream) -> io::Result<()> {
    io::copy(from, &mut to)?;
    to.shutdown(Shutdown::Write)
}

struct Setup {
    fake: Fake,
    folder: TempDir,
    ca: TestCa,
}

impl Setup {
    fn new() -> Self {
        let ca = TestCa::new();
        let fake = Fake::tls(&ca, &[HOST, "127.0.0.1"]);
        fake.secure("/value", "through");
        Self {
            fake,
            folder: TempDir::new(),
            ca,
        }
    }

    /// A run whose endpoint only a proxy reaches.
    fn run(&self) -> Paramexec {
        Paramexec::new()
            .endpoint(&self.fake)
            .env(
                "AWS_ENDPOINT_URL",
                format!("https://{HOST}:{}", self.fake.port()),
            )
            .env("AWS_CA_BUNDLE", self.ca.bundle(&self.folder))
            .env("VALUE", "ssm:///value")
            .shell(r#"printf %s "$VALUE""#)
    }
}

#[track_caller]
fn refused(run: Paramexec, code: i32, parts: &[&str]) -> Outcome {
    let run = parts.iter().fold(run.expect_code(code), |run, part| {
        run.expect_stderr_containing(part)
    });
    run.env("PARAMEXEC_TIMEOUT", "600ms").check()
}

#[test]
fn an_https_endpoint_is_reached_through_a_tunnel() {
    let setup = Setup::new();
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        let proxy = Proxy::start(TUNNEL, setup.fake.port());
        setup
            .run()
            .env(name, proxy.url())
            .expect_stdout("through")
            .check();
        let heads = proxy.heads();
        let target = format!("CONNECT {HOST}:{} HTTP/1.1\r\n", setup.fake.port());
        assert_eq!(heads.len(), 1, "{name}: {heads:?}");
        assert!(heads[0].starts_with(&target), "{name}: {heads:?}");
        assert!(
            !heads[0].contains("proxy-authorization"),
            "{name}: {heads:?}"
        );
    }
}

#[test]
fn the_lower_case_name_wins_and_the_one_for_https_before_that_for_all() {
    let setup = Setup::new();
    let proxy = Proxy::start(TUNNEL, setup.fake.port());
    let nowhere = "http://127.0.0.1:1";
    let run = setup.run().env("https_proxy", proxy.url());
    let run = run.env("HTTPS_PROXY", nowhere).env("all_proxy", nowhere);
    run.env("ALL_PROXY", nowhere)
        .expect_stdout("through")
        .check();
}

#[test]
fn credentials_in_the_url_are_sent_and_never_shown() {
    let setup = Setup::new();
    let proxy = Proxy::start(TUNNEL, setup.fake.port());
    let url = format!("http://user:hunter%402@{}", proxy.address);
    setup
        .run()
        .env("HTTPS_PROXY", &url)
        .expect_stdout("through")
        .check();
    // user:hunter@2
    let header = "proxy-authorization: Basic dXNlcjpodW50ZXJAMg==\r\n";
    assert!(proxy.heads()[0].contains(header), "{:?}", proxy.heads());

    let proxy = Proxy::start("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n", 0);
    let url = format!("http://user:hunter%402@{}", proxy.address);
    let name = format!(
        "the proxy \"{}\" asks for credentials (status 407)",
        proxy.address
    );
    let outcome = refused(setup.run().env("HTTPS_PROXY", url), 77, &[&name]);
    assert!(!outcome.stderr().contains("hunter"), "{}", outcome.stderr());
    assert_eq!(proxy.heads().len(), 1, "waiting does not help");
}

#[test]
fn a_proxy_that_opens_no_tunnel_is_named_with_a_hint_at_no_proxy() {
    let setup = Setup::new();
    let hint = "NO_PROXY";
    for (answer, why) in [
        (
            "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n",
            "opens no tunnel (status 403)",
        ),
        (
            "HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n",
            "opens no tunnel (status 503)",
        ),
        ("", "closed the connection"),
        ("SSH-2.0-x\r\n", "closed the connection"),
    ] {
        let proxy = Proxy::start(answer, 0);
        let name = format!("the proxy \"{}\"", proxy.address);
        refused(
            setup.run().env("HTTPS_PROXY", proxy.url()),
            69,
            &[&name, why, hint],
        );
    }
    let run = setup.run().env("HTTPS_PROXY", "http://127.0.0.1:1");
    refused(
        run,
        69,
        &["the proxy \"127.0.0.1:1\" cannot be reached", hint],
    );
}

#[test]
fn a_proxy_that_is_not_http_is_a_configuration_error() {
    let setup = Setup::new();
    for url in [
        "socks5://127.0.0.1:1",
        "https://127.0.0.1:1",
        "ftp://x",
        "http://",
        "a b",
    ] {
        let run = setup.run().env("HTTPS_PROXY", url);
        refused(
            run,
            78,
            &["HTTPS_PROXY names no HTTP proxy", "http://host:port"],
        );
        // A host that does without it does not care.
        let run = setup
            .run()
            .env("HTTPS_PROXY", url)
            .env("NO_PROXY", ".proxied.example");
        refused(run, 69, &["does not resolve"]);
    }
}

#[test]
fn hosts_in_no_proxy_and_addresses_of_this_machine_are_reached_directly() {
    let setup = Setup::new();
    for no_proxy in [
        "ssm.proxied.example",
        "proxied.example",
        "x, .proxied.example",
        "*",
    ] {
        let proxy = Proxy::start(TUNNEL, setup.fake.port());
        let run = setup.run().env("HTTPS_PROXY", proxy.url());
        refused(run.env("no_proxy", no_proxy), 69, &["does not resolve"]);
        assert_eq!(proxy.heads(), [""; 0], "{no_proxy}");
    }
    let proxy = Proxy::start(TUNNEL, setup.fake.port());
    let run = setup.run().env("AWS_ENDPOINT_URL", setup.fake.url());
    run.env("HTTPS_PROXY", proxy.url())
        .expect_stdout("through")
        .check();
    assert_eq!(proxy.heads(), [""; 0]);
}

#[test]
fn plain_http_is_never_proxied() {
    let fake = Fake::start();
    fake.secure("/value", "direct");
    let proxy = Proxy::start(TUNNEL, fake.port());
    let run = Paramexec::new()
        .endpoint(&fake)
        .env("VALUE", "ssm:///value");
    let run = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"]
        .into_iter()
        .fold(run, |run, name| run.env(name, proxy.url()));
    run.shell(r#"printf %s "$VALUE""#)
        .expect_stdout("direct")
        .check();
    assert_eq!(proxy.heads(), [""; 0]);
    assert_eq!(fake.calls(Op::GetParameters).len(), 1);
}

#[test]
fn a_reference_in_a_proxy_variable_is_for_the_command() {
    let setup = Setup::new();
    setup.fake.secure("/proxy", "http://proxy");
    let run = setup.run().env("AWS_ENDPOINT_URL", setup.fake.url());
    run.env("HTTPS_PROXY", "ssm:///proxy")
        .shell("")
        .expect_stdout("through")
        .check();
}

#[test]
fn a_refusal_for_lack_of_credentials_is_seen_whatever_its_reason_holds() {
    let setup = Setup::new();
    for answer in [
        "HTTP/1.1 407 \x1b[2J\x01\r\n\r\n",
        "HTTP/1.1 407\r\nBroken header\r\n\r\n",
        "HTTP/1.1 407 Proxy Authentication Required\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 407 No\r\n\r\n",
    ] {
        let proxy = Proxy::start(answer, setup.fake.port());
        let run = setup.run().env("HTTPS_PROXY", proxy.url());
        refused(run, 77, &["asks for credentials (status 407)"]);
        assert_eq!(proxy.heads().len(), 1, "{answer:?} is asked once");
    }
}

#[test]
fn a_proxy_whose_port_is_none_is_refused_at_once() {
    let setup = Setup::new();
    for url in [
        "http://127.0.0.1:99999",
        "127.0.0.1:99999",
        "http://user:hidden-word@h:70000",
    ] {
        let run = setup.run().env("HTTPS_PROXY", url);
        let outcome = refused(run, 78, &["HTTPS_PROXY", "names no HTTP proxy"]);
        assert!(
            !outcome.stderr().contains("hidden-word"),
            "{}",
            outcome.stderr()
        );
    }
}
