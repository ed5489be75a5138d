//! HTTP for the SDK: hyper with rustls on ring, HTTP/1.1, connections used again.
//!
//! The SDK's own client reads the system's certificate folder and brings HTTP/2; neither serves
//! a process that lives for some milliseconds in an image that may have no certificates. Nor does
//! hyper's pool, which opens a connection for every request that finds none free, even if one
//! becomes free meanwhile: here there are never more connections than requests that are under way
//! or expected. Those for expected ones are begun before there is a request.

pub(crate) mod dns;
pub(crate) mod proxy;
pub(crate) mod recorder;
pub(crate) mod roots;
pub(crate) mod whole;

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
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
use http_body_util::Limited;
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_rustls::HttpsConnector;
use rustls::{ClientConfig, RootCertStore};
use tokio::task::JoinHandle;
use tower_service::Service;

use crate::store::aws::http::dns::Resolver;
use crate::store::aws::http::proxy::ProxyConnector;

/// The largest answer that is taken: more than any environment can carry.
pub(super) const LARGEST_ANSWER: usize = 8 << 20;
/// How long a connection may take to be made when nothing else is said.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// The connections of one run, whatever service or region they lead to.
#[derive(Clone)]
pub(super) struct Http(Arc<Connections>);

struct Connections {
    connector: HttpsConnector<ProxyConnector>,
    /// By scheme and authority.
    origins: Mutex<HashMap<String, Origin>>,
}

/// The connections to one place.
#[derive(Default)]
struct Origin {
    /// Some may still be reading the body of an answer.
    open: Vec<Connection>,
    /// Each begun for a request that is yet to come.
    pending: VecDeque<Pending>,
}

type Pending = JoinHandle<Result<Connection, ConnectorError>>;

type Connection = SendRequest<SdkBody>;
type Tcp = hyper_util::client::legacy::connect::HttpConnector<Resolver>;

impl Http {
    /// Trusts `roots` and nothing else.
    pub(super) fn new(roots: RootCertStore) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring supports the default protocol versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut tcp = Tcp::new_with_resolver(Resolver);
        tcp.enforce_http(false);
        // Without it every request over TLS waits 40 ms for Nagle's algorithm.
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        Self(Arc::new(Connections {
            connector: HttpsConnector::from((ProxyConnector::new(tcp), tls)),
            origins: Mutex::default(),
        }))
    }

    /// Opens `count` connections to an endpoint that will be asked soon, so that the network and the
    /// server work while this process still prepares requests. A failure is left to the requests,
    /// which then try again.
    pub(super) async fn preconnect(&self, endpoint: &str, count: usize) {
        let Ok(uri) = endpoint.parse::<Uri>() else {
            return;
        };
        let Some((origin, _)) = origin(&uri) else {
            return;
        };
        if self.0.origins().contains_key(&origin) {
            return;
        }
        for _ in 0..count {
            self.0.begin(&origin, &uri);
        }
        // Preparing takes the only thread without a pause, so the first steps are taken now: to
        // connect, and where that is answered at once, as on this machine, to greet.
        for _ in 0..2 {
            tokio::task::yield_now().await;
        }
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
    /// Until the answer begins; the credential providers bound it, nothing else does here.
    timeout: Option<Duration>,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (http, timeout) = (self.http.clone(), self.timeout);
        HttpConnectorFuture::new(async move {
            let request = request
                .try_into_http1x()
                .map_err(|error| ConnectorError::user(error.into()))?;
            let sent = http.0.send(request);
            let response = match timeout {
                Some(timeout) => tokio::time::timeout(timeout, sent)
                    .await
                    .map_err(|elapsed| ConnectorError::timeout(elapsed.into()))?,
                None => sent.await,
            }?;
            let body = |body| SdkBody::from_body_1_x(Limited::new(body, LARGEST_ANSWER));
            HttpResponse::try_from(response.map(body))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

impl Connections {
    async fn send(
        &self,
        mut request: Request<SdkBody>,
    ) -> Result<Response<Incoming>, ConnectorError> {
        let uri = std::mem::take(request.uri_mut());
        let (origin, host) = origin(&uri).ok_or_else(|| {
            ConnectorError::user(format!("\"{uri}\" is no URL of an endpoint").into())
        })?;
        // What a server is sent: the path alone, and the host in a header.
        let path = uri.path_and_query().cloned();
        *request.uri_mut() = path.unwrap_or(PathAndQuery::from_static("/")).into();
        request.headers_mut().entry(HOST).or_insert(host);
        let mut connection = match self.ready(&origin) {
            Some(connection) => connection,
            None => self.pending_or_new(&origin, uri).await?,
        };
        let response = connection
            .send_request(request)
            .await
            .map_err(|error| ConnectorError::io(error.into()))?;
        let mut origins = self.origins();
        origins.entry(origin).or_default().open.push(connection);
        Ok(response)
    }

    /// A connection that waits for a request.
    fn ready(&self, origin: &str) -> Option<Connection> {
        let mut origins = self.origins();
        let Origin { open, .. } = origins.get_mut(origin)?;
        open.retain(|connection| !connection.is_closed());
        let at = open.iter().position(Connection::is_ready)?;
        Some(open.swap_remove(at))
    }

    fn begin(self: &Arc<Self>, origin: &str, uri: &Uri) {
        let (connections, uri) = (Arc::clone(self), uri.clone());
        let pending = tokio::spawn(async move { connections.connect(uri).await });
        let mut origins = self.origins();
        let origin = origins.entry(origin.to_owned()).or_default();
        origin.pending.push_back(pending);
    }

    async fn pending_or_new(&self, origin: &str, uri: Uri) -> Result<Connection, ConnectorError> {
        let pending = |origin: &mut Origin| origin.pending.pop_front();
        let pending = self.origins().get_mut(origin).and_then(pending);
        if let Some(pending) = pending {
            let connection = pending
                .await
                .map_err(|error| ConnectorError::other(error.into(), None))??;
            // It may have been kept waiting longer than the server cares to.
            if !connection.is_closed() {
                return Ok(connection);
            }
        }
        self.connect(uri).await
    }

    async fn connect(&self, uri: Uri) -> Result<Connection, ConnectorError> {
        let stream = self.connector.clone().call(uri).await;
        let stream = stream.map_err(ConnectorError::io)?;
        let (connection, driver) = handshake(stream)
            .await
            .map_err(|error| ConnectorError::io(error.into()))?;
        // What goes wrong there is told to whoever waits for an answer.
        tokio::spawn(driver);
        Ok(connection)
    }

    fn origins(&self) -> std::sync::MutexGuard<'_, HashMap<String, Origin>> {
        self.origins.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// By what connections are told apart, and what the `Host` header says: as it was signed, so
/// without the port that the scheme implies.
fn origin(uri: &Uri) -> Option<(String, HeaderValue)> {
    let (scheme, authority) = (uri.scheme()?, uri.authority()?);
    let implied = if *scheme == Scheme::HTTPS { 443 } else { 80 };
    let host = match authority.port_u16() {
        Some(port) if port != implied => format!("{}:{port}", authority.host()),
        _ => authority.host().to_owned(),
    };
    let header = HeaderValue::from_str(&host).ok()?;
    Some((format!("{scheme}://{host}"), header))
}
