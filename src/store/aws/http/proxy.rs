//! Proxies that the environment names: `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, as curl reads
//! them, the lower-case names first.
//!
//! Only https endpoints are reached through them, by a tunnel that the proxy cannot look into.
//! `HTTP_PROXY` is ignored, as are proxies for link-local and loopback addresses: credentials of
//! a container or an instance come from there, and no proxy reaches them.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::header::{HOST, PROXY_AUTHORIZATION};
use http::uri::Scheme;
use http::{Method, Request, StatusCode, Uri};
use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::client::conn::http1::handshake;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use super::dns::Resolver;
use crate::reference::is_reference;

/// How long a proxy may take to open a tunnel.
const TUNNEL_TIMEOUT: Duration = Duration::from_secs(10);

type Tcp = HttpConnector<Resolver>;
type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Connects to a host, through the proxy for it if there is one.
#[derive(Clone)]
pub(crate) struct ProxyConnector {
    tcp: Tcp,
    proxies: Arc<Proxies>,
}

/// The proxy that the environment names, and the hosts that are reached without it.
struct Proxies {
    proxy: Option<Proxy>,
    matcher: Matcher,
}

/// The value of a variable that names a proxy.
#[derive(Debug, Clone, Copy)]
struct Proxy {
    variable: &'static str,
    supported: bool,
}

/// Why a proxy opened no tunnel. The proxy is named without its credentials.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProxyError {
    /// It cannot be connected to.
    #[error("the proxy {proxy} cannot be reached")]
    Unreachable { proxy: String, source: BoxError },
    /// It wants credentials, or others.
    #[error("the proxy {proxy} asks for credentials (status 407)")]
    Unauthorized { proxy: String },
    /// It answered with an error.
    #[error("the proxy {proxy} opens no tunnel (status {})", .status.as_u16())]
    Refused { proxy: String, status: StatusCode },
    /// It closed the connection, or its answer is not HTTP.
    #[error("the proxy {proxy} closed the connection")]
    Closed { proxy: String },
    /// It did not answer in time.
    #[error("the proxy {proxy} did not answer within {} s", TUNNEL_TIMEOUT.as_secs())]
    TimedOut { proxy: String },
    /// Its URL is not that of an HTTP proxy.
    #[error("{variable} names no HTTP proxy")]
    Unsupported { variable: &'static str },
}

impl ProxyError {
    /// Whether the next attempt may end differently.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Closed { .. } | Self::TimedOut { .. } => true,
            Self::Refused { status, .. } => status.is_server_error(),
            Self::Unauthorized { .. } | Self::Unsupported { .. } => false,
        }
    }
}

impl ProxyConnector {
    pub(crate) fn new(tcp: Tcp) -> Self {
        let proxies = Arc::new(Proxies::from_environment());
        Self { tcp, proxies }
    }
}

impl Service<Uri> for ProxyConnector {
    type Response = TokioIo<TcpStream>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.tcp.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let mut tcp = self.tcp.clone();
        match self.proxies.proxy_for(&uri) {
            Ok(None) => Box::pin(async move { tcp.call(uri).await.map_err(Into::into) }),
            Ok(Some(proxy)) => Box::pin(async move { Ok(tunnel(tcp, proxy, &uri).await?) }),
            Err(error) => Box::pin(async move { Err(error.into()) }),
        }
    }
}

impl fmt::Debug for ProxyConnector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ProxyConnector(..)")
    }
}

impl Proxies {
    fn from_environment() -> Self {
        let Some((variable, url)) =
            first_set(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])
        else {
            return Self {
                proxy: None,
                matcher: Matcher::builder().build(),
            };
        };
        let excluded =
            first_set(&["no_proxy", "NO_PROXY"]).map_or_else(String::new, |(_, text)| text);
        let any = Matcher::builder().https(url.clone()).build();
        let probe = Uri::from_static("https://host");
        let scheme = any
            .intercept(&probe)
            .and_then(|one| one.uri().scheme().cloned());
        let supported = scheme == Some(Scheme::HTTP);
        // Hosts in NO_PROXY do without the proxy, also where it could not be used.
        let url = if supported {
            url
        } else {
            "http://unsupported".to_owned()
        };
        Self {
            proxy: Some(Proxy {
                variable,
                supported,
            }),
            matcher: Matcher::builder().https(url).no(excluded).build(),
        }
    }

    fn proxy_for(&self, uri: &Uri) -> Result<Option<Intercept>, ProxyError> {
        let Some(proxy) = self.proxy else {
            return Ok(None);
        };
        if uri.scheme() != Some(&Scheme::HTTPS) || uri.host().is_none_or(is_local) {
            return Ok(None);
        }
        match self.matcher.intercept(uri) {
            Some(_) if !proxy.supported => Err(ProxyError::Unsupported {
                variable: proxy.variable,
            }),
            intercept => Ok(intercept),
        }
    }
}

/// The first of these variables that has a value. A reference is meant for the command.
fn first_set(names: &[&'static str]) -> Option<(&'static str, String)> {
    names.iter().find_map(|name| {
        let value = std::env::var(name).ok()?;
        (!value.is_empty() && !is_reference(&value, false)).then_some((*name, value))
    })
}

/// Whether a host is this machine or one that only this machine reaches.
fn is_local(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse() {
        Ok(IpAddr::V4(address)) => address.is_loopback() || address.is_link_local(),
        Ok(IpAddr::V6(address)) => {
            let metadata = address.segments()[..2] == [0xfd00, 0xec2];
            address.is_loopback() || address.is_unicast_link_local() || metadata
        }
        Err(_) => host.eq_ignore_ascii_case("localhost"),
    }
}

async fn tunnel(tcp: Tcp, proxy: Intercept, uri: &Uri) -> Result<TokioIo<TcpStream>, ProxyError> {
    let name = proxy
        .uri()
        .authority()
        .map_or_else(String::new, |host| format!("\"{host}\""));
    match tokio::time::timeout(TUNNEL_TIMEOUT, open(tcp, &proxy, &name, uri)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(ProxyError::TimedOut { proxy: name }),
    }
}

async fn open(
    mut tcp: Tcp,
    proxy: &Intercept,
    name: &str,
    uri: &Uri,
) -> Result<TokioIo<TcpStream>, ProxyError> {
    let closed = || ProxyError::Closed {
        proxy: name.to_owned(),
    };
    let unreachable = |source: BoxError| ProxyError::Unreachable {
        proxy: name.to_owned(),
        source,
    };
    let stream = tcp.call(proxy.uri().clone()).await;
    let stream = stream.map_err(|error| unreachable(error.into()))?;
    let (mut connection, driver) = handshake(stream).await.map_err(|_| closed())?;
    tokio::spawn(driver.with_upgrades());
    let request = connect_request(proxy, uri).map_err(unreachable)?;
    let response = connection
        .send_request(request)
        .await
        .map_err(|_| closed())?;
    if response.status() != StatusCode::OK {
        return Err(refused(name, response.status()));
    }
    let upgraded = hyper::upgrade::on(response).await.map_err(|_| closed())?;
    let parts = upgraded
        .downcast::<TokioIo<TcpStream>>()
        .map_err(|_| closed())?;
    // A server of TLS says nothing before its client does.
    if parts.read_buf.is_empty() {
        Ok(parts.io)
    } else {
        Err(closed())
    }
}

fn refused(proxy: &str, status: StatusCode) -> ProxyError {
    let proxy = proxy.to_owned();
    match status {
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => ProxyError::Unauthorized { proxy },
        status => ProxyError::Refused { proxy, status },
    }
}

fn connect_request(proxy: &Intercept, uri: &Uri) -> Result<Request<Empty<Bytes>>, BoxError> {
    let host = uri
        .host()
        .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    let target = format!("{host}:{}", uri.port_u16().unwrap_or(443));
    let mut request = Request::builder()
        .method(Method::CONNECT)
        .uri(&target)
        .header(HOST, &target);
    if let Some(credentials) = proxy.basic_auth() {
        request = request.header(PROXY_AUTHORIZATION, credentials);
    }
    Ok(request.body(Empty::new())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_this_machine_and_its_link_are_local() {
        for host in [
            "127.0.0.1",
            "127.8.8.8",
            "169.254.170.2",
            "[::1]",
            "[fe80::1]",
            "[fd00:ec2::254]",
            "localhost",
        ] {
            assert!(is_local(host), "{host}");
        }
        for host in [
            "10.0.0.1",
            "ssm.eu-west-1.amazonaws.com",
            "[fd00:ec3::1]",
            "localhost.example",
        ] {
            assert!(!is_local(host), "{host}");
        }
    }
}
