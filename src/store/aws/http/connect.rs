//! Opens one connection: the name, TCP, TLS, and hyper's half of it.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http::Uri;
use http::uri::Scheme;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::rt::{Read, Write};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tower_service::Service;

use super::dns::Resolver;
use super::proxy::ProxyConnector;
use super::{SILENCE_TIMEOUT, within};

/// How long TCP may take to connect.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

pub(super) type Connection = SendRequest<SdkBody>;
/// Moves what a connection sends and receives, until it is closed.
pub(super) type Driver = Pin<Box<dyn Future<Output = ()> + Send>>;

pub(super) struct Connect {
    tcp: ProxyConnector,
    tls: TlsConnector,
}

impl Connect {
    /// Trusts `roots` and nothing else.
    pub(super) fn new(roots: RootCertStore) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring supports the default protocol versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut tcp = HttpConnector::new_with_resolver(Resolver::default());
        tcp.enforce_http(false);
        // Without it every request over TLS waits 40 ms for Nagle's algorithm.
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        Self {
            tcp: ProxyConnector::new(tcp),
            tls: Arc::new(tls).into(),
        }
    }

    /// The stream to a server, without TLS; a proxy's tunnel where one leads there.
    pub(super) async fn stream(&self, uri: &Uri) -> Result<TcpStream, ConnectorError> {
        let connected = self.tcp.clone().call(uri.clone()).await;
        let stream = connected.map_err(ConnectorError::io)?;
        Ok(stream.into_inner())
    }

    /// A connection that takes requests, over `stream`.
    pub(super) async fn connection(
        &self,
        uri: &Uri,
        stream: TcpStream,
    ) -> Result<(Connection, Driver), ConnectorError> {
        if uri.scheme() != Some(&Scheme::HTTPS) {
            return start(TokioIo::new(stream)).await;
        }
        let greeting = self.tls.connect(server_name(uri)?, stream);
        let greeted = within(SILENCE_TIMEOUT, greeting).await?;
        let stream = greeted.map_err(|error| ConnectorError::io(error.into()))?;
        start(TokioIo::new(stream)).await
    }
}

async fn start(
    stream: impl Read + Write + Unpin + Send + 'static,
) -> Result<(Connection, Driver), ConnectorError> {
    let (connection, driver) = handshake(stream)
        .await
        .map_err(|error| ConnectorError::io(error.into()))?;
    let driver = async move {
        // Its failure reaches the request that waits for a response.
        let _ = driver.await;
    };
    Ok((connection, Box::pin(driver)))
}

fn server_name(uri: &Uri) -> Result<ServerName<'static>, ConnectorError> {
    let host = uri.host().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    ServerName::try_from(bare.to_owned()).map_err(|error| {
        ConnectorError::io(io::Error::new(io::ErrorKind::InvalidInput, error).into())
    })
}
