//! The connection pool of a run, by origin.
//!
//! All connections that requests will need are opened at once, before there are requests: they count
//! against no quota, and each takes two or three round trips. A request takes the first connection
//! that is free, whichever it was opened for, and leaves at once: other connections may still have to
//! be greeted, and the answers would come all together.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http::{Request, Response, Uri};
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use tokio::sync::oneshot;
use tokio::task::yield_now;
use tokio::time::sleep;

use super::connect::{Connect, Connection, Driver};

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

/// A request under way.
pub(super) struct Sent {
    pub(super) connection: Connection,
    pub(super) response: Pin<Box<dyn Future<Output = Outcome> + Send>>,
}

/// A response, or the request again where it was not sent.
type Outcome = Result<Response<Incoming>, TrySendError<Request<SdkBody>>>;

/// A request for which no connection is free yet.
struct Waiting {
    request: Request<SdkBody>,
    sent: oneshot::Sender<Result<Sent, ConnectorError>>,
}

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
    waiting: VecDeque<Waiting>,
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
            if count > 1 {
                self.open(&origin, count - 1);
                // They connect now, too.
                yield_now().await;
            }
            return;
        }
        let near = count.div_ceil(REQUESTS_TO_NEAR);
        self.open(&origin, near - 1);
        if near < count {
            self.at(&origin, |place| place.reserve = count - near);
            tokio::spawn(Arc::clone(self).open_reserve(origin));
        }
    }

    /// Sends a request as soon as a connection is free.
    pub(super) async fn send(
        self: &Arc<Self>,
        origin: &Origin,
        request: Request<SdkBody>,
    ) -> Result<Sent, ConnectorError> {
        if self.at(origin, |place| place.idle.is_empty() && place.returning > 0) {
            // The task that finds an answer read may not have run yet.
            yield_now().await;
        }
        if let Some(idle) = self.at(origin, Place::take_idle) {
            return Ok(Sent::over(idle, request));
        }
        let (sent, receiver) = oneshot::channel();
        let lacking = self.at(origin, |place| {
            place.waiting.push_back(Waiting { request, sent });
            place.lacks()
        });
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
                pool.at(&origin, |place| place.opening -= 1);
                match opened {
                    Ok((connection, driver)) => {
                        pool.at(&origin, |place| place.put(connection));
                        // In this task, so that the request need not wait for other connections' turns.
                        driver.await;
                    }
                    Err(error) => pool.at(&origin, |place| place.fail(error)),
                }
            });
        }
    }

    /// A new connection. Where there can be none, perhaps for lack of descriptors, idle ones that lead
    /// elsewhere make room for it.
    async fn opened(&self, origin: &Origin) -> Result<(Connection, Driver), ConnectorError> {
        match self.try_open(origin).await {
            Err(_) if self.close_idle_elsewhere(origin) => {
                // Their tasks close them.
                yield_now().await;
                self.try_open(origin).await
            }
            opened => opened,
        }
    }

    async fn try_open(&self, origin: &Origin) -> Result<(Connection, Driver), ConnectorError> {
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
        self.waiting.retain(|waiting| !waiting.sent.is_closed());
        self.waiting.len() > self.opening + self.reserve
    }

    /// Gives a free connection to the request that has waited longest, or keeps it.
    fn put(&mut self, connection: Connection) {
        self.progress += 1;
        match self.first() {
            // Nobody listens any more where the budget has just ended.
            Some(Waiting { request, sent }) => {
                drop(sent.send(Ok(Sent::over(connection, request))));
            }
            None => self.idle.push(connection),
        }
    }

    /// A failure is for the request that has waited longest; without one the next connects anew.
    fn fail(&mut self, error: ConnectorError) {
        if let Some(Waiting { sent, .. }) = self.first() {
            drop(sent.send(Err(error)));
        }
    }

    /// The request that has waited longest.
    fn first(&mut self) -> Option<Waiting> {
        self.waiting.retain(|waiting| !waiting.sent.is_closed());
        self.waiting.pop_front()
    }
}

impl Sent {
    fn over(mut connection: Connection, request: Request<SdkBody>) -> Self {
        let response = Box::pin(connection.try_send_request(request));
        Self {
            connection,
            response,
        }
    }
}
