//! The connection pool of a run, by origin.
//!
//! All connections that requests will need are opened at once, before there are requests: they count
//! against no quota, and each takes two or three round trips. A request takes the first connection
//! that is free, whichever it was opened for.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::result::ConnectorError;
use http::Uri;
use tokio::sync::oneshot;
use tokio::task::yield_now;
use tokio::time::sleep;

use super::connect::{Connect, Connection};

/// How many requests one connection is for where the endpoint is so near that connecting takes no
/// time. Each handshake costs some 0.3 ms of processor time on both sides, which is more than a
/// request takes there; further connections are opened when answers turn out to take their time.
const REQUESTS_TO_NEAR: usize = 5;
/// How often progress with a near endpoint is looked at.
const LOOK: Duration = Duration::from_millis(1);
/// After how many looks without progress the other connections are opened. One may be due to this
/// process being busy.
const PATIENCE: usize = 2;

/// A server, and the key of its connections in the pool.
#[derive(Clone)]
pub(super) struct Origin {
    /// Scheme and authority.
    pub(super) key: String,
    /// Any URL there.
    pub(super) uri: Uri,
}

/// What a request waiting for a connection receives.
type News = Result<Connection, ConnectorError>;

pub(super) struct Pool {
    connect: Connect,
    places: Mutex<HashMap<String, Place>>,
}

/// The connections to one origin.
#[derive(Default)]
struct Place {
    idle: Vec<Connection>,
    /// Connections whose responses are being read.
    returning: usize,
    /// Being opened.
    opening: usize,
    /// To be opened if answers take their time.
    reserve: usize,
    /// Whether TCP has ever connected.
    reached: bool,
    /// How often a connection became free.
    progress: usize,
    waiting: VecDeque<oneshot::Sender<News>>,
}

impl Pool {
    pub(super) fn new(connect: Connect) -> Self {
        Self {
            connect,
            places: Mutex::default(),
        }
    }

    /// Opens connections for so many requests.
    pub(super) async fn preconnect(self: &Arc<Self>, origin: Origin, count: usize) {
        if self.places().contains_key(&origin.key) {
            return;
        }
        self.open(&origin, 1);
        // Preparing takes the only thread without a pause, so the first steps are taken now: to
        // connect, and where that is answered at once, as on this machine, to greet.
        for _ in 0..2 {
            yield_now().await;
        }
        if !self.at(&origin, |place| place.reached) {
            return self.open(&origin, count - 1);
        }
        let near = count.div_ceil(REQUESTS_TO_NEAR);
        self.open(&origin, near - 1);
        if near < count {
            self.at(&origin, |place| place.reserve = count - near);
            tokio::spawn(Arc::clone(self).open_reserve(origin));
        }
    }

    /// A connection that takes a request.
    pub(super) async fn connection(
        self: &Arc<Self>,
        origin: &Origin,
    ) -> Result<Connection, ConnectorError> {
        if self.at(origin, |place| place.idle.is_empty() && place.returning > 0) {
            // The task that finds an answer read may not have run yet.
            yield_now().await;
        }
        let (sender, receiver) = oneshot::channel();
        let (idle, lacking) = self.at(origin, |place| {
            let idle = place.take_idle();
            if idle.is_none() {
                place.waiting.push_back(sender);
            }
            (idle, place.lacks())
        });
        if let Some(idle) = idle {
            return Ok(idle);
        }
        if lacking {
            self.open(origin, 1);
        }
        let lost = |error| ConnectorError::other(Box::new(error), None);
        receiver.await.map_err(lost)?
    }

    /// Takes back a connection, to be used again when the answer is read.
    pub(super) fn give_back(self: &Arc<Self>, origin: Origin, mut connection: Connection) {
        let pool = Arc::clone(self);
        self.at(&origin, |place| place.returning += 1);
        tokio::spawn(async move {
            let ready = connection.ready().await;
            pool.at(&origin, |place| {
                place.returning -= 1;
                if ready.is_ok() {
                    place.put(connection);
                }
            });
        });
    }

    fn open(self: &Arc<Self>, origin: &Origin, count: usize) {
        self.at(origin, |place| place.opening += count);
        for _ in 0..count {
            let (pool, origin) = (Arc::clone(self), origin.clone());
            tokio::spawn(async move {
                let opened = pool.opened(&origin).await;
                pool.at(&origin, |place| {
                    place.opening -= 1;
                    match opened {
                        Ok(connection) => place.put(connection),
                        Err(error) => place.fail(error),
                    }
                });
            });
        }
    }

    /// A new connection. Where there can be none, perhaps for lack of descriptors, idle ones that lead
    /// elsewhere make room for it.
    async fn opened(&self, origin: &Origin) -> Result<Connection, ConnectorError> {
        match self.try_open(origin).await {
            Err(_) if self.close_idle_elsewhere(origin) => {
                // Their tasks close them.
                yield_now().await;
                self.try_open(origin).await
            }
            opened => opened,
        }
    }

    async fn try_open(&self, origin: &Origin) -> Result<Connection, ConnectorError> {
        let stream = self.connect.stream(&origin.uri).await?;
        self.at(origin, |place| place.reached = true);
        self.connect.connection(&origin.uri, stream).await
    }

    /// Whether there were any.
    fn close_idle_elsewhere(&self, origin: &Origin) -> bool {
        let mut places = self.places();
        let elsewhere = places.iter_mut().filter(|(key, _)| **key != origin.key);
        let idle = elsewhere.flat_map(|(_, place)| place.idle.drain(..));
        idle.count() > 0
    }

    /// Opens the reserve when nothing becomes free for a while.
    async fn open_reserve(self: Arc<Self>, origin: Origin) {
        let (mut seen, mut looks) = (0, 0);
        while looks < PATIENCE {
            sleep(LOOK).await;
            let progress = self.at(&origin, |place| place.progress);
            looks = if progress == seen { looks + 1 } else { 0 };
            seen = progress;
        }
        let reserve = self.at(&origin, |place| std::mem::take(&mut place.reserve));
        self.open(&origin, reserve);
    }

    fn at<T>(&self, origin: &Origin, look: impl FnOnce(&mut Place) -> T) -> T {
        let mut places = self.places();
        match places.get_mut(&origin.key) {
            Some(place) => look(place),
            None => look(places.entry(origin.key.clone()).or_default()),
        }
    }

    fn places(&self) -> std::sync::MutexGuard<'_, HashMap<String, Place>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    fn take_idle(&mut self) -> Option<Connection> {
        self.idle.retain(|connection| !connection.is_closed());
        let at = self.idle.iter().position(Connection::is_ready)?;
        Some(self.idle.swap_remove(at))
    }

    /// Whether more requests wait than connections are to come.
    fn lacks(&mut self) -> bool {
        self.waiting.retain(|waiting| !waiting.is_closed());
        self.waiting.len() > self.opening + self.reserve
    }

    /// Gives a free connection to the request that has waited longest, or keeps it.
    fn put(&mut self, connection: Connection) {
        self.progress += 1;
        if let Some(Ok(unclaimed)) = self.tell(Ok(connection)) {
            self.idle.push(unclaimed);
        }
    }

    /// A failure is for the request that has waited longest; without one the next connects anew.
    fn fail(&mut self, error: ConnectorError) {
        self.tell(Err(error));
    }

    /// What is left when no request waits for it.
    fn tell(&mut self, mut news: News) -> Option<News> {
        while let Some(waiting) = self.waiting.pop_front() {
            match waiting.send(news) {
                Ok(()) => return None,
                Err(unheard) => news = unheard,
            }
        }
        Some(news)
    }
}
