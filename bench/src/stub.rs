//! An endpoint that answers as AWS does, as fast as it can: canned values, counted requests.
//!
//! One thread for each connection, no parsing beyond what an answer needs. It checks nothing;
//! that is for the program's tests. What it adds to a request is some tens of microseconds.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{IpAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// How it behaves.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    pub address: IpAddr,
    pub latency: Duration,
    /// Parameter Store's requests per second, and how many at once.
    pub limit: Option<(f64, f64)>,
}

/// What it counted.
#[derive(Debug, Default)]
struct Counts {
    calls: AtomicUsize,
    refused: AtomicUsize,
    connections: AtomicUsize,
}

struct Stub {
    manner: Manner,
    counts: Counts,
    bucket: Mutex<(f64, Instant)>,
}

/// Serves until the process ends. Writes the CA's certificate to `ca`, and says on stdout where
/// it listens: the port for plain HTTP, and that for TLS.
pub fn serve(manner: Manner, ca: &Path) -> io::Result<()> {
    let stub = Arc::new(Stub {
        manner,
        counts: Counts::default(),
        bucket: Mutex::new((manner.limit.map_or(0.0, |(_, burst)| burst), Instant::now())),
    });
    let tls = Arc::new(certificate(ca, manner.address)?);
    let (plain_listener, tls_listener) = (listen(manner.address)?, listen(manner.address)?);
    println!(
        "{} {}",
        plain_listener.local_addr()?.port(),
        tls_listener.local_addr()?.port()
    );
    io::stdout().flush()?;
    let for_tls = Arc::clone(&stub);
    thread::spawn(move || {
        accept(&tls_listener, &for_tls, move |stub, stream| {
            let connection = ServerConnection::new(Arc::clone(&tls)).map_err(io::Error::other)?;
            stub.answer_all(StreamOwned::new(connection, stream))
        })
    });
    accept(&plain_listener, &stub, |stub, stream| {
        stub.answer_all(stream)
    })
}

fn listen(address: IpAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind((address, 0))?;
    // A whole fleet connects at once; a full queue would cost it a second.
    // SAFETY: the descriptor is open and listens already; only its queue grows.
    if unsafe { libc::listen(listener.as_raw_fd(), 4096) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(listener)
}

fn accept(
    listener: &TcpListener,
    stub: &Arc<Stub>,
    answer: impl Fn(&Stub, TcpStream) -> io::Result<()> + Clone + Send + 'static,
) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept()?;
        stream.set_nodelay(true)?;
        let (stub, answer) = (Arc::clone(stub), answer.clone());
        thread::Builder::new()
            .stack_size(256 << 10)
            // A client that hangs up is none of our business.
            .spawn(move || answer(&stub, stream).unwrap_or_default())?;
    }
}

fn certificate(ca: &Path, address: IpAddr) -> io::Result<ServerConfig> {
    let (ca_key, key) = (key()?, key()?);
    let mut ca_params = rcgen::CertificateParams::default();
    ca_params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    ca_params
        .distinguished_name
        .push(rcgen::DnType::CommonName, "bench");
    let ca_certificate = ca_params.self_signed(&ca_key).map_err(io::Error::other)?;
    std::fs::write(ca, ca_certificate.pem())?;
    let issuer = rcgen::Issuer::new(ca_params, ca_key);
    let names = [address.to_string(), "localhost".to_owned()];
    let certificate = rcgen::CertificateParams::new(names)
        .and_then(|params| params.signed_by(&key, &issuer))
        .map_err(io::Error::other)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder
                .with_no_client_auth()
                .with_single_cert(vec![certificate.der().clone()], key)
        })
        .map_err(io::Error::other)
}

fn key() -> io::Result<rcgen::KeyPair> {
    rcgen::KeyPair::generate().map_err(io::Error::other)
}

/// What of a request decides the answer.
struct Request {
    method: String,
    path: String,
    target: String,
    body: Vec<u8>,
}

impl Stub {
    fn answer_all(&self, stream: impl Read + Write) -> io::Result<()> {
        let mut stream = BufReader::with_capacity(16 << 10, stream);
        let mut counted = false;
        while let Some(request) = read(&mut stream)? {
            if request.path == "/stats" {
                let stats = self.stats();
                stream
                    .get_mut()
                    .write_all(&response(200, "text/plain", &stats))?;
                continue;
            }
            if !counted {
                self.counts.connections.fetch_add(1, Relaxed);
                counted = true;
            }
            self.counts.calls.fetch_add(1, Relaxed);
            let mut answer = self.answer(&request);
            if request.method == "HEAD" {
                answer.truncate(head_length(&answer));
            }
            thread::sleep(self.manner.latency);
            stream.get_mut().write_all(&answer)?;
            stream.get_mut().flush()?;
        }
        Ok(())
    }

    fn stats(&self) -> String {
        let Counts {
            calls,
            refused,
            connections,
        } = &self.counts;
        let [calls, refused, connections] =
            [calls, refused, connections].map(|count| count.load(Relaxed));
        format!("{calls} {refused} {connections}")
    }

    fn answer(&self, request: &Request) -> Vec<u8> {
        const JSON: &str = "application/x-amz-json-1.1";
        // Some clients set blanks between words; no name here has any.
        let body = String::from_utf8_lossy(&request.body).replace(' ', "");
        match request.target.as_str() {
            "AmazonSSM.GetParameters" | "AmazonSSM.GetParametersByPath" if !self.take() => {
                let refusal = r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#;
                response(400, JSON, refusal)
            }
            "AmazonSSM.GetParameters" => {
                let list = between(&body, "\"Names\":[", "]").unwrap_or_default();
                let names = list.split(',').map(|name| name.trim_matches('"'));
                let parameters: Vec<_> = names.map(parameter).collect();
                let parameters = parameters.join(",");
                let answer = format!(r#"{{"InvalidParameters":[],"Parameters":[{parameters}]}}"#);
                response(200, JSON, &answer)
            }
            "AmazonSSM.GetParametersByPath" => response(200, JSON, &page(&body)),
            "secretsmanager.GetSecretValue" => {
                let name = between(&body, "\"SecretId\":\"", "\"").unwrap_or_default();
                response(200, JSON, &secret(name))
            }
            _ => answer_to_path(&request.path),
        }
    }

    fn take(&self) -> bool {
        let Some((rate, burst)) = self.manner.limit else {
            return true;
        };
        let mut bucket = self
            .bucket
            .lock()
            .expect("no thread panics with the bucket");
        let now = Instant::now();
        let tokens = (bucket.0 + now.duration_since(bucket.1).as_secs_f64() * rate).min(burst);
        let enough = tokens >= 1.0;
        *bucket = (if enough { tokens - 1.0 } else { tokens }, now);
        if !enough {
            self.counts.refused.fetch_add(1, Relaxed);
        }
        enough
    }
}

/// Credentials, as on ECS (`/credentials`) and EC2; everything else is an object.
fn answer_to_path(path: &str) -> Vec<u8> {
    const ROLES: &str = "/latest/meta-data/iam/security-credentials";
    match path.strip_prefix(ROLES) {
        Some("" | "/") => response(200, "text/plain", "bench"),
        Some("/bench") => response(200, "application/json", CREDENTIALS),
        Some(_) => response(404, "text/plain", ""),
        None if path == "/credentials" => response(200, "application/json", CREDENTIALS),
        None if path == "/latest/api/token" => response(
            200,
            "text/plain\r\nx-aws-ec2-metadata-token-ttl-seconds: 21600",
            "token",
        ),
        None => response(200, "application/octet-stream", &dotenv(path)),
    }
}

const CREDENTIALS: &str = r#"{"Code":"Success","Type":"AWS-HMAC","LastUpdated":"2023-11-14T22:13:20Z","AccessKeyId":"AKIAIOSFODNN7EXAMPLE","SecretAccessKey":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY","Token":"token","Expiration":"2099-01-01T00:00:00Z"}"#;

/// `/bench/25` holds 25 parameters, ten on a page.
fn page(body: &str) -> String {
    let path = between(body, "\"Path\":\"", "\"").unwrap_or_default();
    let path = path.trim_end_matches('/');
    let all: usize = last_number(path);
    let begin = between(body, "\"NextToken\":\"", "\"").map_or(0, last_number);
    let end = all.min(begin + 10);
    let parameters: Vec<_> = (begin..end)
        .map(|number| parameter(&format!("{path}/p{number}")))
        .collect();
    let next = if end < all {
        format!(r#","NextToken":"{end}""#)
    } else {
        String::new()
    };
    format!(r#"{{"Parameters":[{}]{next}}}"#, parameters.join(","))
}

fn parameter(name: &str) -> String {
    format!(
        r#"{{"ARN":"arn:aws:ssm:eu-west-1:123456789012:parameter{name}","DataType":"text","LastModifiedDate":1700000000.123,"Name":"{name}","Type":"SecureString","Value":"value-of-{name}-0123456789abcdef","Version":1}}"#
    )
}

fn secret(name: &str) -> String {
    format!(
        r#"{{"ARN":"arn:aws:secretsmanager:eu-west-1:123456789012:secret:{name}-AbCdEf","CreatedDate":1700000000.123,"Name":"{name}","SecretString":"value-of-{name}","VersionId":"00000000-0000-0000-0000-000000000001","VersionStages":["AWSCURRENT"]}}"#
    )
}

/// `/bucket/20.env` holds 20 variables.
fn dotenv(path: &str) -> String {
    let lines = last_number(path.split(['?', '.']).next().unwrap_or_default());
    (0..lines)
        .map(|number| format!("OBJECT_{number}=value-of-{number}-0123456789abcdef\n"))
        .collect()
}

fn last_number(text: &str) -> usize {
    let digits = text.rsplit(|c: char| !c.is_ascii_digit()).next();
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    Some(rest.split_once(after)?.0)
}

fn response(status: u16, kind: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nx-amzn-RequestId: 00000000-0000-0000-0000-000000000000\r\nLast-Modified: Tue, 14 Nov 2023 22:13:20 GMT\r\nETag: \"0\"\r\n\r\n{body}"
    )
    .into_bytes()
}

fn head_length(answer: &[u8]) -> usize {
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n");
    end.map_or(answer.len(), |end| end + 4)
}

fn read(stream: &mut impl BufRead) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split(' ').map(str::to_owned);
    let (method, path) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    drop(words);
    let (mut target, mut length) = (String::new(), 0);
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        if name.eq_ignore_ascii_case("x-amz-target") {
            value.trim().clone_into(&mut target);
        } else if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(Some(Request {
        method,
        path,
        target,
        body,
    }))
}
