//! Names of hosts, looked up by the system on a thread of their own: it may keep it for seconds, and
//! nobody waits for it longer than the budget lasts.
//!
//! tokio's threads would do, but panic where a limit on processes allows none.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;
use std::vec::IntoIter;

use hyper_util::client::legacy::connect::dns::Name;
use tokio::sync::oneshot;
use tower_service::Service;

use crate::input::sources::reason;

/// Asks getaddrinfo(3).
#[derive(Debug, Clone)]
pub(crate) struct Resolver;

impl Service<Name> for Resolver {
    type Response = IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<IntoIter<SocketAddr>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let (say, said) = oneshot::channel();
        let host = name.as_str().to_owned();
        let operation = thread::Builder::new().spawn(move || {
            // Nobody listens any more where the budget has ended.
            let _ = say.send((host.as_str(), 0).to_socket_addrs());
        });
        Box::pin(async move {
            operation.map_err(|error| no_thread(&name, &error))?;
            let answer = said
                .await
                .unwrap_or_else(|_| Err(io::ErrorKind::Interrupted.into()));
            answer.map_err(|error| unknown(&name, &error))
        })
    }
}

fn no_thread(name: &Name, error: &io::Error) -> io::Error {
    let why = format!(
        "there can be no thread to look up \"{name}\" on ({}): raise the limits on processes",
        reason(error)
    );
    io::Error::new(error.kind(), why)
}

fn unknown(name: &Name, error: &io::Error) -> io::Error {
    let text = error.to_string();
    let why = text.rsplit(": ").next().unwrap_or(&text).to_lowercase();
    io::Error::new(
        error.kind(),
        format!("the name \"{name}\" does not resolve ({why})"),
    )
}
