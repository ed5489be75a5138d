//! A client of a few lines that signs, sends one request a connection and reads whatever comes back, whole or not.
//!
//! It tests the fake itself. Nothing that paramexec does goes through it.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use serde_json::Value;

use super::fake::{
    ACCESS_KEY_ID, Fake, REGION, Request, SECRET_ACCESS_KEY, Signature, clock, sha256_hex,
};

/// A fake that does not answer must not hold up the tests.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Clone)]
pub struct Client {
    port: u16,
    access_key: String,
    secret_key: String,
    token: Option<String>,
    region: String,
}

/// What came back: the body may be shorter than its Content-Length says.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Client {
    /// Of the fake's own account and region.
    pub fn of(fake: &Fake) -> Self {
        Self {
            port: fake.port(),
            access_key: ACCESS_KEY_ID.into(),
            secret_key: SECRET_ACCESS_KEY.into(),
            token: None,
            region: REGION.into(),
        }
    }

    pub fn with_key(mut self, access_key: &str, secret_key: &str, token: Option<&str>) -> Self {
        self.access_key = access_key.into();
        self.secret_key = secret_key.into();
        self.token = token.map(str::to_owned);
        self
    }

    pub fn in_region(mut self, region: &str) -> Self {
        self.region = region.into();
        self
    }

    /// `AmazonSSM.…` or `secretsmanager.…`.
    pub fn json(&self, target: &str, body: &Value) -> io::Result<Answer> {
        let service = if target.starts_with("AmazonSSM") {
            "ssm"
        } else {
            "secretsmanager"
        };
        let mut request = self.request("POST", "/", "", body.to_string());
        request.headers.push(("X-Amz-Target".into(), target.into()));
        request
            .headers
            .push(("Content-Type".into(), "application/x-amz-json-1.1".into()));
        self.send_signed(request, service)
    }

    pub fn s3(&self, path: &str, query: &str) -> io::Result<Answer> {
        let mut request = self.request("GET", path, query, "");
        request
            .headers
            .push(("x-amz-content-sha256".into(), sha256_hex(b"")));
        self.send_signed(request, "s3")
    }

    pub fn sts(&self, form: &str) -> io::Result<Answer> {
        let request = self.request("POST", "/", "", format!("{form}&Version=2011-06-15"));
        self.send_signed(request, "sts")
    }

    /// Without a signature, with these headers.
    pub fn plain(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> io::Result<Answer> {
        let mut request = self.request(method, path, "", body);
        let own = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        request.headers.extend(own);
        self.send(&request)
    }

    pub fn request(
        &self,
        method: &str,
        path: &str,
        query: &str,
        body: impl Into<Vec<u8>>,
    ) -> Request {
        let host = ("Host".to_owned(), format!("127.0.0.1:{}", self.port));
        Request {
            method: method.into(),
            path: path.into(),
            query: query.into(),
            headers: vec![host],
            body: body.into(),
        }
    }

    pub fn send_signed(&self, mut request: Request, service: &str) -> io::Result<Answer> {
        self.sign(&mut request, service);
        self.send(&request)
    }

    /// Signs all headers that are there, at this time.
    pub fn sign(&self, request: &mut Request, service: &str) {
        let now = clock::compact(clock::now());
        request.headers.push(("X-Amz-Date".into(), now.clone()));
        request.headers.extend(
            self.token
                .iter()
                .map(|token| ("X-Amz-Security-Token".into(), token.clone())),
        );
        let mut signed_headers: Vec<String> = request
            .headers
            .iter()
            .map(|(name, _)| name.to_ascii_lowercase())
            .collect();
        signed_headers.sort();
        let mut signature = Signature {
            access_key: self.access_key.clone(),
            date: now[..8].into(),
            region: self.region.clone(),
            service: service.into(),
            signed_headers,
            signature: String::new(),
        };
        signature.signature = signature.expected(request, &self.secret_key);
        request
            .headers
            .push(("Authorization".into(), signature.to_string()));
    }

    pub fn send(&self, request: &Request) -> io::Result<Answer> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(&written(request))?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Answer::parse(&answer)
    }
}

fn written(request: &Request) -> Vec<u8> {
    let headers: String = request
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let mark = if request.query.is_empty() { "" } else { "?" };
    let line = format!(
        "{} {}{mark}{} HTTP/1.1\r\n",
        request.method, request.path, request.query
    );
    let length = request.body.len();
    let head = format!("{line}{headers}Connection: close\r\nContent-Length: {length}\r\n\r\n");
    [head.into_bytes(), request.body.clone()].concat()
}

impl Answer {
    fn parse(bytes: &[u8]) -> io::Result<Self> {
        let cut = || {
            io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the connection ended before the headers did",
            )
        };
        let end = bytes
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .ok_or_else(cut)?;
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut lines = head.lines();
        let status = lines
            .next()
            .and_then(|line| line.split(' ').nth(1)?.parse().ok())
            .ok_or_else(cut)?;
        let headers = lines.filter_map(|line| line.split_once(": "));
        let headers = headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Ok(Self {
            status,
            headers,
            body: bytes[end + 4..].to_vec(),
        })
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in {:?}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// What stands between the tags of an XML element.
    pub fn element(&self, name: &str) -> Option<String> {
        let text = self.text();
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        rest.split_once(&format!("</{name}>"))
            .map(|(content, _)| content.to_owned())
    }

    /// Status and error code, however the service writes it.
    pub fn error(&self) -> (u16, String) {
        let code = match serde_json::from_slice::<Value>(&self.body) {
            Ok(json) => json["__type"].as_str().map(str::to_owned),
            Err(_) => self.element("Code"),
        };
        (self.status, code.unwrap_or_default())
    }

    pub fn is_whole(&self) -> bool {
        self.header("content-length") == Some(&self.body.len().to_string())
    }
}
