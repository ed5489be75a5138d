//! HTTP for the SDK: hyper with rustls on ring, HTTP/1.1, pooled.
//!
//! The SDK's own client reads the system's certificate folder and brings HTTP/2; neither serves
//! a process that lives for some milliseconds in an image that may have no certificates.

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use http_body_util::Limited;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector as Tcp;
use hyper_util::rt::TokioExecutor;
use rustls::{ClientConfig, RootCertStore};

/// The largest answer that is taken: more than any environment can carry.
pub(super) const LARGEST_ANSWER: usize = 8 << 20;
/// How long a connection may take to be made when nothing else is said.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// One pool of connections for every service and region.
#[derive(Debug, Clone)]
pub(super) struct Http(Client<HttpsConnector<Tcp>, SdkBody>);

impl Http {
    /// Trusts `roots` and nothing else.
    pub(super) fn new(roots: RootCertStore) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring supports the default protocol versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut tcp = Tcp::new();
        tcp.enforce_http(false);
        // Without it every request over TLS waits 40 ms for Nagle's algorithm.
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let connector = HttpsConnector::from((tcp, tls));
        Self(Client::builder(TokioExecutor::new()).build(connector))
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
            client: self.0.clone(),
            timeout,
        })
    }
}

#[derive(Debug)]
struct Connector {
    client: Client<HttpsConnector<Tcp>, SdkBody>,
    /// Until the answer begins; the credential providers bound it, nothing else does here.
    timeout: Option<Duration>,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (client, timeout) = (self.client.clone(), self.timeout);
        HttpConnectorFuture::new(async move {
            let request = request
                .try_into_http1x()
                .map_err(|error| ConnectorError::user(error.into()))?;
            let sent = client.request(request);
            let response = match timeout {
                Some(timeout) => tokio::time::timeout(timeout, sent)
                    .await
                    .map_err(|elapsed| ConnectorError::timeout(elapsed.into()))?,
                None => sent.await,
            };
            let response = response.map_err(|error| ConnectorError::io(error.into()))?;
            let body = |body| SdkBody::from_body_1_x(Limited::new(body, LARGEST_ANSWER));
            HttpResponse::try_from(response.map(body))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}
