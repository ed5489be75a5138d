//! Sockets and threads: one thread accepts, one serves each connection, all of them end when the fake does.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::call::{Call, Op};
use super::delivery::deliver;
use super::fault::{Delivery, Plight, Replaced};
use super::http::{Request, Response};
use super::service;
use super::shared::Shared;
use super::sigv4::Signature;

/// The sockets that are open, so that the end can wake the threads which read from them.
type Open = Arc<Mutex<BTreeMap<usize, TcpStream>>>;

pub struct Server {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    open: Open,
    accepting: Option<JoinHandle<()>>,
}

impl Server {
    pub fn start(shared: Arc<Shared>, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("listen on loopback");
        let address = listener.local_addr().expect("know the port");
        let open = Open::default();
        let accepting = {
            let (shared, open) = (Arc::clone(&shared), Arc::clone(&open));
            thread::spawn(move || accept(&listener, &shared, &open, tls.as_ref()))
        };
        Self {
            address,
            shared,
            open,
            accepting: Some(accepting),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop();
        let _ = TcpStream::connect(self.address);
        for stream in self
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
        {
            let _ = stream.shutdown(Shutdown::Both);
        }
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

fn accept(
    listener: &TcpListener,
    shared: &Arc<Shared>,
    open: &Open,
    tls: Option<&Arc<ServerConfig>>,
) {
    for stream in listener.incoming() {
        if shared.is_stopped() {
            return;
        }
        let Ok(stream) = stream else { continue };
        let connection = shared.recording.connected();
        if shared.takes_unread() {
            continue;
        }
        let (shared, open, tls) = (Arc::clone(shared), Arc::clone(open), tls.cloned());
        thread::spawn(move || {
            // A client that breaks off, or is broken off, is part of the tests: nothing to report.
            let _ = serve(&shared, &open, connection, stream, tls);
            open.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(&connection);
        });
    }
}

fn serve(
    shared: &Shared,
    open: &Open,
    connection: usize,
    stream: TcpStream,
    tls: Option<Arc<ServerConfig>>,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    open.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(connection, stream.try_clone()?);
    if shared.is_stopped() {
        // Too late to be among those that the end closed.
        return Ok(());
    }
    let raw = stream.try_clone()?;
    match tls {
        None => answer_all(shared, connection, None, &raw, stream).map(drop),
        Some(config) => {
            let (mut stream, server_name) = handshake(shared, stream, config)?;
            if answer_all(shared, connection, server_name, &raw, &mut stream)? {
                stream.conn.send_close_notify();
                stream.flush()?;
            }
            Ok(())
        }
    }
}

type Encrypted = StreamOwned<ServerConnection, TcpStream>;

fn handshake(
    shared: &Shared,
    mut stream: TcpStream,
    config: Arc<ServerConfig>,
) -> io::Result<(Encrypted, Option<String>)> {
    let mut session = ServerConnection::new(config).map_err(io::Error::other)?;
    while session.is_handshaking() {
        if let Err(error) = session.complete_io(&mut stream) {
            shared.recording.handshake_failed(error.to_string());
            return Err(error);
        }
    }
    let server_name = session.server_name().map(str::to_owned);
    Ok((StreamOwned::new(session, stream), server_name))
}

/// Answers one request after the other; whether the connection ended as both sides agreed.
fn answer_all(
    shared: &Shared,
    connection: usize,
    server_name: Option<String>,
    raw: &TcpStream,
    stream: impl Read + Write,
) -> io::Result<bool> {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(shared, &mut reader)? {
        let call = Arc::new(recognise(shared, request, connection, server_name.clone()));
        // Before it is recorded: a test that waits for the record may release at once.
        let releases = shared.releases();
        shared.recording.received(Arc::clone(&call));
        let (response, delivery) = respond(shared, &call, releases);
        shared.recording.answering(&call, response.status);
        deliver(shared, reader.get_mut(), raw, &response, delivery)?;
        if !matches!(delivery, Delivery::Whole | Delivery::Trickle(_)) {
            return Ok(false);
        }
        if call.header("connection") == Some("close") {
            break;
        }
    }
    Ok(true)
}

fn read(shared: &Shared, reader: &mut impl BufRead) -> io::Result<Option<Request>> {
    let request = Request::read(reader);
    if let Err(error) = &request
        && error.kind() == io::ErrorKind::InvalidData
    {
        shared.recording.not_understood(error.to_string());
    }
    request
}

fn recognise(
    shared: &Shared,
    request: Request,
    connection: usize,
    server_name: Option<String>,
) -> Call {
    let op = {
        let store = shared.store();
        Op::of(
            &request,
            store
                .container
                .as_ref()
                .map(|container| container.path.as_str()),
        )
    };
    Call {
        op,
        json: request.json(),
        signature: request.header("authorization").and_then(Signature::parse),
        request,
        connection,
        server_name,
        received: Instant::now(),
        status: OnceLock::new(),
    }
}

fn respond(shared: &Shared, call: &Call, releases: usize) -> (Response, Delivery) {
    let mut plight = shared.script.strike(call);
    shared.pass(plight.latency);
    if plight.hang {
        shared.hang(releases);
    }
    let response = response(shared, call, &mut plight);
    (response, plight.delivery.unwrap_or(Delivery::Whole))
}

fn response(shared: &Shared, call: &Call, plight: &mut Plight) -> Response {
    match plight.replaced.take() {
        Some(Replaced::Response(response)) => response,
        Some(Replaced::Failure(failure)) => failure.answer(call.op.service()),
        None => service::answer(&mut shared.store(), call, plight),
    }
}
