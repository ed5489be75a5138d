//! Resolves host names on a thread of its own: the system may block it for seconds, and
//! no request waits for it longer than the budget lasts.
//!
//! tokio's threads would do, but panic where a limit on processes allows none.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::thread;
use std::vec::IntoIter;

use hyper_util::client::legacy::connect::dns::Name;
use tokio::sync::{OnceCell, oneshot};
use tower_service::Service;

/// Asks getaddrinfo(3), once for all connections to a host that are opened at the same time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Resolver(Arc<Mutex<HashMap<String, Lookup>>>);

type Lookup = Arc<OnceCell<Result<Vec<SocketAddr>, (io::ErrorKind, String)>>>;

impl Service<Name> for Resolver {
    type Response = IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<IntoIter<SocketAddr>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let resolver = self.clone();
        Box::pin(async move {
            let lookup = Arc::clone(resolver.lookups().entry(name.to_string()).or_default());
            let found = lookup.get_or_init(|| look_up(&name)).await.clone();
            // What comes later looks again: a name may come to resolve.
            resolver.lookups().remove(name.as_str());
            let addresses = found.map_err(|(kind, why)| io::Error::new(kind, why))?;
            Ok(addresses.into_iter())
        })
    }
}

impl Resolver {
    fn lookups(&self) -> MutexGuard<'_, HashMap<String, Lookup>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn look_up(name: &Name) -> Result<Vec<SocketAddr>, (io::ErrorKind, String)> {
    let (say, said) = oneshot::channel();
    let host = name.as_str().to_owned();
    let own_host = host.clone();
    let thread = thread::Builder::new().spawn(move || {
        // Nobody listens any more where the budget has ended.
        let _ = say.send((own_host.as_str(), 0).to_socket_addrs());
    });
    let answer = match thread {
        Ok(_) => said
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::Interrupted.into())),
        // There can be no thread: a limit on processes, or a filter of system calls that is older
        // than clone3. Holding up everything else is better than no answer.
        Err(_) => (host.as_str(), 0).to_socket_addrs(),
    };
    answer
        .map(Iterator::collect)
        .map_err(|error| unknown(name, &error))
}

fn unknown(name: &Name, error: &io::Error) -> (io::ErrorKind, String) {
    let text = error.to_string();
    let why = text.rsplit(": ").next().unwrap_or(&text).to_lowercase();
    let why = format!("the name \"{name}\" does not resolve ({why})");
    (error.kind(), why)
}
