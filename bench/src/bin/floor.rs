//! The least that fetching over TLS can take: bare rustls, one request for ten parameters, not
//! signed, nothing checked; then exec. Not for use: it measures what the machine itself costs.

use std::env;
use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::Arc;
use std::thread;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

type Failure = Box<dyn Error + Send + Sync>;
type Variables = Vec<(String, String)>;

/// As many as paramexec.
const CONNECTIONS: usize = 20;

#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> Result<(), Failure> {
    let references: Variables = env::vars()
        .filter_map(|(name, value)| Some((name, value.strip_prefix("ssm://")?.to_owned())))
        .collect();
    let values = if references.is_empty() {
        Vec::new()
    } else {
        fetch(&references)?
    };
    let mut arguments = env::args_os().skip(1);
    let program = arguments.next().ok_or("no command")?;
    Err(Command::new(program)
        .args(arguments)
        .envs(values)
        .exec()
        .into())
}

fn fetch(references: &Variables) -> Result<Variables, Failure> {
    let endpoint = env::var("AWS_ENDPOINT_URL")?;
    let (scheme, host) = endpoint.split_once("://").ok_or("no scheme")?;
    let tls = match scheme {
        "https" => Some(Arc::new(client()?)),
        _ => None,
    };
    let batches: Vec<_> = references.chunks(10).collect();
    let per_connection = batches.len().div_ceil(CONNECTIONS);
    let mut shares = batches.chunks(per_connection);
    let first = shares.next().unwrap_or_default();
    thread::scope(|scope| {
        // One share needs no thread.
        let others: Vec<_> = shares
            .map(|share| {
                let tls = tls.clone();
                scope.spawn(move || ask_all(host, tls, share))
            })
            .collect();
        let mut values = ask_all(host, tls.clone(), first)?;
        for other in others {
            values.extend(other.join().map_err(|_| "a thread panicked")??);
        }
        Ok(values)
    })
}

fn client() -> Result<ClientConfig, Failure> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(env::var("AWS_CA_BUNDLE")?)?)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

fn ask_all(
    host: &str,
    tls: Option<Arc<ClientConfig>>,
    batches: &[&[(String, String)]],
) -> Result<Variables, Failure> {
    let tcp = TcpStream::connect(host)?;
    tcp.set_nodelay(true)?;
    let Some(config) = tls else {
        return ask(tcp, host, batches);
    };
    let name = host.split(':').next().unwrap_or_default().to_owned();
    let connection = ClientConnection::new(config, ServerName::try_from(name)?)?;
    ask(StreamOwned::new(connection, tcp), host, batches)
}

fn ask(
    mut stream: impl Read + Write,
    host: &str,
    batches: &[&[(String, String)]],
) -> Result<Variables, Failure> {
    let mut values = Vec::new();
    for batch in batches {
        let names: Vec<_> = batch
            .iter()
            .map(|(_, name)| format!("\"{name}\""))
            .collect();
        let body = format!(r#"{{"Names":[{}],"WithDecryption":true}}"#, names.join(","));
        let head = format!(
            "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-amz-json-1.1\r\nX-Amz-Target: AmazonSSM.GetParameters\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all((head + &body).as_bytes())?;
        stream.flush()?;
        let answer = read(&mut stream)?;
        for (variable, name) in *batch {
            let value = answer
                .split_once(&format!("\"Name\":\"{name}\""))
                .and_then(|(_, rest)| rest.split_once("\"Value\":\""))
                .and_then(|(_, rest)| rest.split_once('"'))
                .ok_or("no value")?;
            values.push((variable.clone(), value.0.to_owned()));
        }
    }
    Ok(values)
}

fn read(stream: &mut impl Read) -> Result<String, Failure> {
    let mut bytes = vec![0; 16 << 10];
    let mut length = 0;
    loop {
        let read = stream.read(&mut bytes[length..])?;
        length += read;
        let text = String::from_utf8_lossy(&bytes[..length]);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let (_, rest) = head.split_once("Content-Length: ").ok_or("no length")?;
            let expected: usize = rest.split("\r\n").next().unwrap_or_default().parse()?;
            if body.len() >= expected {
                return Ok(body.to_owned());
            }
        }
        if read == 0 || length == bytes.len() {
            return Err("an answer is cut short or too long".into());
        }
    }
}
