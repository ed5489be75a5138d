//! The fake over TLS, seen by a client that trusts one CA.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::support::fake::{Fake, Fault, When};
use crate::support::tls::TestCa;

const NAMES: [&str; 2] = ["ssm.eu-west-1.amazonaws.com", "localhost"];

/// Asks, unsigned, under that server name; answers all that came.
fn ask(fake: &Fake, trusted: &TestCa, name: &str) -> io::Result<String> {
    let mut roots = RootCertStore::empty();
    let root = CertificateDer::from_pem_slice(trusted.pem().as_bytes()).expect("the CA writes PEM");
    roots.add(root).expect("the CA is one");
    let config =
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring knows the default versions of TLS")
            .with_root_certificates(roots)
            .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).expect("a DNS name");
    let session = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    let socket = TcpStream::connect((Ipv4Addr::LOCALHOST, fake.port()))?;
    let mut stream = StreamOwned::new(session, socket);
    stream.write_all(
        b"PUT /latest/api/token HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[test]
fn a_client_that_trusts_the_ca_is_answered_under_every_name() {
    let ca = TestCa::new();
    let fake = Fake::tls(&ca, &NAMES);
    assert_eq!(fake.url(), format!("https://localhost:{}", fake.port()));
    for name in NAMES {
        assert!(
            ask(&fake, &ca, name)
                .expect("an answer")
                .starts_with("HTTP/1.1 404")
        );
    }
    let asked: Vec<Option<String>> = fake
        .all_calls()
        .iter()
        .map(|call| call.server_name.clone())
        .collect();
    assert_eq!(asked, NAMES.map(|name| Some(name.to_owned())));
}

#[test]
fn clients_break_off_for_another_ca_another_name_and_an_expired_certificate() {
    let ca = TestCa::new();
    let fake = Fake::tls(&ca, &NAMES);
    ask(&fake, &TestCa::new(), "localhost").expect_err("an unknown CA");
    ask(&fake, &ca, "example.com").expect_err("another name");
    fake.wait_for_log(|log| log.failed_handshakes.len() == 2);
    assert!(fake.all_calls().is_empty());
    let expired = Fake::with_certificate(ca.expired_certificate(&NAMES));
    ask(&expired, &ca, "localhost").expect_err("expired");
}

#[test]
fn connections_break_over_tls_too() {
    let ca = TestCa::new();
    let fake = Fake::tls(&ca, &NAMES);
    fake.script(When::always().nth(1), Fault::CloseInBody)
        .script(When::always().nth(2), Fault::Reset);
    assert_eq!(
        ask(&fake, &ca, "localhost").expect_err("cut").kind(),
        io::ErrorKind::UnexpectedEof
    );
    assert_eq!(
        ask(&fake, &ca, "localhost").expect_err("reset").kind(),
        io::ErrorKind::ConnectionReset
    );
    ask(&fake, &ca, "localhost").expect("an answer");
}
