//! HTTP for the SDK: hyper with rustls on ring, HTTP/1.1, connections used again.
//!
//! The SDK's own client reads the system's certificate folder and brings HTTP/2; neither serves
//! a process that lives for some milliseconds in an image that may have no certificates. hyper's
//! pool opens a connection for every request that finds none free; see `pool.rs` for ours.

mod body;
mod connect;
pub(crate) mod dns;
mod pool;
pub(crate) mod proxy;
pub(crate) mod recorder;
pub(crate) mod roots;
pub(crate) mod whole;

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use http::header::HOST;
use http::uri::{PathAndQuery, Scheme};
use http::{HeaderValue, Request, Response, Uri};
use hyper::body::Incoming;
use rustls::RootCertStore;
use tokio::task::yield_now;
use tokio::time::timeout;

use crate::store::aws::http::body::Body;
use crate::store::aws::http::connect::{CONNECT_TIMEOUT, Connect};
use crate::store::aws::http::pool::{Origin, Pool, Sent};

/// The largest answer that is taken: more than any environment can carry.
pub(super) const LARGEST_ANSWER: usize = 8 << 20;
/// How long a server may take until the first byte of an answer, and between its bytes.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(10);
/// How often a request is moved to another connection because its own was closed unused.
const MOVES: usize = 3;

/// The error that a server sent nothing for this long.
#[derive(Debug)]
pub(super) struct Silence(pub(super) Duration);

impl fmt::Display for Silence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "nothing came for {} s", self.0.as_secs())
    }
}

impl std::error::Error for Silence {}

/// The connections of one run, whatever service or region they lead to.
#[derive(Clone)]
pub(super) struct Http(Arc<Pool>);

impl Http {
    /// Trusts `roots` and nothing else.
    pub(super) fn new(roots: RootCertStore) -> Self {
        Self(Arc::new(Pool::new(Connect::new(roots))))
    }

    /// Opens `count` connections to an endpoint that will be asked soon, so that the network and the
    /// server work while this process still prepares requests. A failure is left to the requests,
    /// which then connect anew.
    pub(super) async fn preconnect(&self, endpoint: &str, count: usize) {
        let Ok(uri) = endpoint.parse::<Uri>() else {
            return;
        };
        let Some((origin, _)) = origin(uri) else {
            return;
        };
        self.0.preconnect(origin, count).await;
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Http(..)")
    }
}

impl HttpClient for Http {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let timeout = settings
            .read_timeout()
            .map(|read| read + settings.connect_timeout().unwrap_or(CONNECT_TIMEOUT));
        SharedHttpConnector::new(Connector {
            http: self.clone(),
            timeout,
        })
    }
}

#[derive(Debug)]
struct Connector {
    http: Http,
    /// Until the answer begins, where the credential providers bound it more tightly.
    timeout: Option<Duration>,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (pool, timeout) = (Arc::clone(&self.http.0), self.timeout);
        HttpConnectorFuture::new(async move {
            let request = request
                .try_into_http1x()
                .map_err(|error| ConnectorError::user(error.into()))?;
            let sent = send(pool, request);
            let response = match timeout {
                Some(timeout) => within(timeout, sent).await??,
                None => sent.await?,
            };
            let body = |body| SdkBody::from_body_1_x(Body::new(body));
            HttpResponse::try_from(response.map(body))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

async fn send(
    pool: Arc<Pool>,
    mut request: Request<SdkBody>,
) -> Result<Response<Incoming>, ConnectorError> {
    let uri = std::mem::take(request.uri_mut());
    let path = uri.path_and_query().cloned();
    let unusable = ConnectorError::user(format!("\"{uri}\" is no URL of an endpoint").into());
    let (origin, host) = origin(uri).ok_or(unusable)?;
    // What a server is sent: the path alone, and the host in a header.
    *request.uri_mut() = path.unwrap_or(PathAndQuery::from_static("/")).into();
    request.headers_mut().entry(HOST).or_insert(host);
    let mut moves = 0;
    loop {
        let Sent {
            connection,
            response,
        } = pool.send(&origin, request).await?;
        match within(SILENCE_TIMEOUT, response).await? {
            Ok(response) => {
                pool.give_back(origin, connection);
                return Ok(response);
            }
            // The server closed the connection before it read any of the request.
            Err(mut unsent) if moves < MOVES => match unsent.take_message() {
                Some(again) => request = again,
                None => return Err(ConnectorError::io(unsent.into_error().into())),
            },
            Err(error) => return Err(ConnectorError::io(error.into_error().into())),
        }
        moves += 1;
        yield_now().await;
    }
}

/// The result of `work`, if it ends in time.
async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Result<T, ConnectorError> {
    let silence = |_| ConnectorError::timeout(Silence(limit).into());
    timeout(limit, work).await.map_err(silence)
}

/// The key of connections in the pool, and the value of the `Host` header: as it was signed, so
/// without the port that the scheme implies.
fn origin(uri: Uri) -> Option<(Origin, HeaderValue)> {
    let (scheme, authority) = (uri.scheme()?, uri.authority()?);
    // Of any other scheme, a mistyped one, the request would go out without TLS.
    if ![Scheme::HTTP, Scheme::HTTPS].contains(scheme) {
        return None;
    }
    // A port that is no port would silently become the scheme's.
    let place = authority.as_str().rsplit('@').next()?;
    let port = place.strip_prefix(authority.host())?;
    if authority.port_u16().is_none() && !["", ":"].contains(&port) {
        return None;
    }
    let implied = if *scheme == Scheme::HTTPS { 443 } else { 80 };
    let host = match authority.port_u16() {
        Some(port) if port != implied => format!("{}:{port}", authority.host()),
        _ => authority.host().to_owned(),
    };
    let header = HeaderValue::from_str(&host).ok()?;
    let key = format!("{scheme}://{host}");
    Some((Origin { key, uri }, header))
}
