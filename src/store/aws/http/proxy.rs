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

use http::uri::{Authority, Scheme};
use http::{StatusCode, Uri};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use super::dns::Resolver;
use crate::reference::is_reference;

/// How long a proxy may take to open a tunnel.
const TUNNEL_TIMEOUT: Duration = Duration::from_secs(10);

/// Far more than any proxy says before a tunnel.
const LONGEST_HEAD: usize = 64 << 10;

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
        let port = |proxy: Intercept| proxy.uri().authority().is_none_or(has_port_or_none);
        let supported = scheme == Some(Scheme::HTTP) && any.intercept(&probe).is_some_and(port);
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

/// Whether what stands after the host's colon, if anything, is the number of a port.
fn has_port_or_none(authority: &Authority) -> bool {
    let text = authority.as_str();
    let place = text.rsplit_once('@').map_or(text, |(_, place)| place);
    place == authority.host() || authority.port_u16().is_some()
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
    let stream = stream.into_inner();
    let request = connect_request(proxy, uri).map_err(unreachable)?;
    send(&stream, &request).await.map_err(|_| closed())?;
    match status(&stream).await {
        Some(StatusCode::OK) => Ok(TokioIo::new(stream)),
        Some(status) => Err(refused(name, status)),
        None => Err(closed()),
    }
}

async fn send(stream: &TcpStream, request: &[u8]) -> io::Result<()> {
    let mut rest = request;
    while !rest.is_empty() {
        stream.writable().await?;
        match stream.try_write(rest) {
            Ok(written) => rest = &rest[written..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The status of the answer, whatever its reason and headers hold; none if it is not HTTP.
async fn status(stream: &TcpStream) -> Option<StatusCode> {
    let mut head = Vec::new();
    loop {
        let status = status_of(&head);
        let is_known = head.contains(&b'\n');
        match (status, end_of_head(&head)) {
            (None, _) if is_known || head.len() > LONGEST_HEAD => return None,
            (Some(status), Some(end)) if status.is_informational() => {
                head.drain(..end);
                continue;
            }
            // A server of TLS says nothing before its client does.
            (Some(StatusCode::OK), Some(end)) if end < head.len() => return None,
            (Some(status), Some(_)) => return Some(status),
            (Some(status), None) if is_known && status.as_u16() >= 300 => return Some(status),
            _ if head.len() > LONGEST_HEAD => return None,
            _ => {}
        }
        stream.readable().await.ok()?;
        let mut block = [0; 1024];
        match stream.try_read(&mut block) {
            Ok(0) => return None,
            Ok(length) => head.extend_from_slice(&block[..length]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => return None,
        }
    }
}

fn end_of_head(head: &[u8]) -> Option<usize> {
    let end = |empty: &[u8]| {
        let place = head.windows(empty.len()).position(|part| part == empty)?;
        Some(place + empty.len())
    };
    end(b"\r\n\r\n").or_else(|| end(b"\n\n"))
}

/// `HTTP/1.1 407 whatever`
fn status_of(head: &[u8]) -> Option<StatusCode> {
    let rest = head.strip_prefix(b"HTTP/1.")?;
    let (version, code) = rest.split_at_checked(2)?;
    let ends = code.get(3).is_none_or(u8::is_ascii_whitespace);
    let fits = version[0].is_ascii_digit() && version[1] == b' ' && ends;
    StatusCode::from_bytes(code.get(..3)?).ok().filter(|_| fits)
}

fn refused(proxy: &str, status: StatusCode) -> ProxyError {
    let proxy = proxy.to_owned();
    match status {
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => ProxyError::Unauthorized { proxy },
        status => ProxyError::Refused { proxy, status },
    }
}

fn connect_request(proxy: &Intercept, uri: &Uri) -> Result<Vec<u8>, BoxError> {
    let host = uri
        .host()
        .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    let target = format!("{host}:{}", uri.port_u16().unwrap_or(443));
    let mut request = format!("CONNECT {target} HTTP/1.1\r\nhost: {target}\r\n").into_bytes();
    if let Some(credentials) = proxy.basic_auth() {
        request.extend_from_slice(b"proxy-authorization: ");
        request.extend_from_slice(credentials.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_counts_whatever_stands_behind_it() {
        for (head, status) in [
            (&b"HTTP/1.1 407 \x1b[2J\x00\r\n"[..], Some(407)),
            (b"HTTP/1.0 200\r\n", Some(200)),
            (b"HTTP/1.1 200", Some(200)),
            (b"HTTP/1.1 20", None),
            (b"HTTP/1.1 2000\r\n", None),
            (b"HTTP/2 200\r\n", None),
            (b"SSH-2.0-OpenSSH", None),
        ] {
            let read = status_of(head).map(|status| status.as_u16());
            assert_eq!(read, status, "{:?}", String::from_utf8_lossy(head));
        }
    }

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
