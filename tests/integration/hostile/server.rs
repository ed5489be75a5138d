//! A server that answers exact bytes, well formed or not, over TCP or TLS: what the fake AWS cannot be made to say.

use std::io::{self, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::support::fake::Request;

/// What becomes of a connection after a request. Without [`Step::Close`] at the end it serves the next one.
pub enum Step {
    Bytes(Vec<u8>),
    /// Nothing, for a time.
    Pause(Duration),
    /// Nothing, until the server ends.
    Silence,
    Close,
}

pub fn bytes(bytes: impl Into<Vec<u8>>) -> Step {
    Step::Bytes(bytes.into())
}

/// A whole answer.
pub fn answer(status: u16, headers: &str, body: &str) -> Vec<Step> {
    let length = body.len();
    vec![bytes(format!(
        "HTTP/1.1 {status} Said\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    ))]
}

type Script = dyn Fn(usize, &Request) -> Vec<Step> + Send + Sync;

pub struct Server {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    script: Box<Script>,
    requests: AtomicUsize,
    stopped: Mutex<bool>,
    changed: Condvar,
}

impl Server {
    /// The script is given the number of the request, from 1, and the request.
    pub fn start(script: impl Fn(usize, &Request) -> Vec<Step> + Send + Sync + 'static) -> Self {
        Self::with(None, script)
    }

    pub fn with(
        tls: Option<Arc<ServerConfig>>,
        script: impl Fn(usize, &Request) -> Vec<Step> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("listen on loopback");
        let address = listener.local_addr().expect("know the port");
        let shared = Arc::new(Shared {
            script: Box::new(script),
            requests: AtomicUsize::new(0),
            stopped: Mutex::new(false),
            changed: Condvar::new(),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if accepting.is_stopped() {
                    return;
                }
                let (shared, tls) = (Arc::clone(&accepting), tls.clone());
                // A client that breaks off is part of the tests.
                thread::spawn(move || match tls {
                    None => shared.serve(stream),
                    Some(config) => {
                        let session = ServerConnection::new(config).map_err(io::Error::other)?;
                        shared.serve(StreamOwned::new(session, stream))
                    }
                });
            }
        });
        Self { address, shared }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        *self
            .shared
            .stopped
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = true;
        self.shared.changed.notify_all();
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn serve(&self, stream: impl Read + Write) -> io::Result<()> {
        let mut reader = BufReader::new(stream);
        while let Some(request) = Request::read(&mut reader)? {
            let number = self.requests.fetch_add(1, Ordering::SeqCst) + 1;
            for step in (self.script)(number, &request) {
                match step {
                    Step::Bytes(bytes) => {
                        reader.get_mut().write_all(&bytes)?;
                        reader.get_mut().flush()?;
                    }
                    Step::Pause(time) => self.pause(time),
                    Step::Silence => self.pause(Duration::from_mins(1)),
                    Step::Close => return Ok(()),
                }
            }
        }
        Ok(())
    }

    fn is_stopped(&self) -> bool {
        *self.stopped.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends early where the server does.
    fn pause(&self, time: Duration) {
        let until = Instant::now() + time;
        let stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        let left = until.saturating_duration_since(Instant::now());
        drop(
            self.changed
                .wait_timeout_while(stopped, left, |stopped| !*stopped),
        );
    }
}
