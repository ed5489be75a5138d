//! HTTP/1.1 as far as an AWS client speaks it: requests with a Content-Length, answers with one.

use std::io::{self, BufRead, Read};

use percent_encoding::percent_decode_str;
use serde_json::Value;

const LONGEST_HEAD: u64 = 256 * 1024;

/// A request as it came over the wire: nothing is decoded or put in order.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub query: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    /// The next request of a connection, or `None` where the client closed it between two requests.
    pub fn read(reader: &mut impl BufRead) -> io::Result<Option<Self>> {
        let Some(lines) = read_head(reader)? else {
            return Ok(None);
        };
        let mut request = Self::parse(&lines)?;
        if request.header("transfer-encoding").is_some() {
            return Err(malformed("chunked requests are not supported by the fake"));
        }
        let length = request
            .header("content-length")
            .map_or(Ok(0), str::parse)
            .map_err(|_| malformed("Content-Length"))?;
        request.body = vec![0; length];
        reader.read_exact(&mut request.body)?;
        Ok(Some(request))
    }

    fn parse(lines: &[String]) -> io::Result<Self> {
        let mut words = lines[0].split(' ');
        let (Some(method), Some(target)) = (words.next(), words.next()) else {
            return Err(malformed("request line"));
        };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers = lines[1..]
            .iter()
            .map(|line| parse_header(line))
            .collect::<io::Result<_>>()?;
        Ok(Self {
            method: method.into(),
            path: path.into(),
            query: query.into(),
            headers,
            body: Vec::new(),
        })
    }

    /// The first header of that name; names are compared without regard to case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The fields of a form-encoded body, as STS is asked.
    pub fn form(&self) -> Vec<(String, String)> {
        pairs(&String::from_utf8_lossy(&self.body))
    }

    pub fn query_pairs(&self) -> Vec<(String, String)> {
        pairs(&self.query)
    }
}

fn read_head(reader: &mut impl BufRead) -> io::Result<Option<Vec<String>>> {
    let mut lines = Vec::new();
    let mut limited = reader.take(LONGEST_HEAD);
    loop {
        let mut line = String::new();
        if limited.read_line(&mut line)? == 0 {
            return if lines.is_empty() {
                Ok(None)
            } else {
                Err(malformed("the head ends early"))
            };
        }
        match line.trim_end_matches(['\r', '\n']) {
            "" if lines.is_empty() => {}
            "" => return Ok(Some(lines)),
            text => lines.push(text.to_owned()),
        }
    }
}

fn parse_header(line: &str) -> io::Result<(String, String)> {
    let (name, value) = line.split_once(':').ok_or_else(|| malformed("header"))?;
    Ok((name.to_owned(), value.trim().to_owned()))
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

fn pairs(text: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(text.as_bytes())
        .into_owned()
        .collect()
}

/// Undoes percent-encoding; what is no valid escape stays as it is.
pub fn decode_percent(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// An answer; its Content-Length is that of its body, whatever becomes of the body on the way.
#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: vec![("Content-Type".into(), content_type.into())],
            body: body.into(),
        }
    }

    pub fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/x-amz-json-1.1", body.to_string())
    }

    pub fn xml(status: u16, body: impl Into<String>) -> Self {
        Self::new(
            status,
            "text/xml",
            format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}",
                body.into()
            ),
        )
    }

    pub fn text(status: u16, body: impl Into<String>) -> Self {
        Self::new(status, "text/plain", body.into())
    }

    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The status line and the headers, up to and with the empty line.
    pub fn head(&self, content_length: usize) -> Vec<u8> {
        let headers = self
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect::<String>();
        format!(
            "HTTP/1.1 {} Fake\r\n{headers}Content-Length: {content_length}\r\n\r\n",
            self.status
        )
        .into_bytes()
    }
}

/// Text as XML carries it.
pub fn escape_xml(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
