//! Signature Version 4 as AWS checks it: who signed, when, for which service, and whether every byte is what was signed.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use std::fmt;

use ring::{digest, hmac};

use super::http::{Request, decode_percent};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What an Authorization header claims.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::struct_field_names, reason = "the header calls it so")]
pub struct Signature {
    pub access_key: String,
    pub date: String,
    pub region: String,
    pub service: String,
    pub signed_headers: Vec<String>,
    pub signature: String,
}

/// The Authorization header itself.
impl fmt::Display for Signature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            access_key,
            date,
            region,
            service,
            signed_headers,
            signature,
        } = self;
        let signed_headers = signed_headers.join(";");
        write!(
            formatter,
            "{ALGORITHM} Credential={access_key}/{date}/{region}/{service}/aws4_request, \
             SignedHeaders={signed_headers}, Signature={signature}"
        )
    }
}

impl Signature {
    pub fn parse(authorization: &str) -> Option<Self> {
        let rest = authorization.strip_prefix(ALGORITHM)?;
        let part = |name: &str| {
            rest.split(',')
                .find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='))
        };
        let scope: Vec<&str> = part("Credential")?.split('/').collect();
        let [access_key, date, region, service, "aws4_request"] = scope[..] else {
            return None;
        };
        Some(Self {
            access_key: access_key.into(),
            date: date.into(),
            region: region.into(),
            service: service.into(),
            signed_headers: part("SignedHeaders")?
                .split(';')
                .map(str::to_owned)
                .collect(),
            signature: part("Signature")?.into(),
        })
    }

    /// Whether the request, as it arrived, was signed with that secret.
    pub fn is_valid(&self, request: &Request, secret_key: &str) -> bool {
        self.expected(request, secret_key) == self.signature
    }

    pub fn signs(&self, header: &str) -> bool {
        self.signed_headers.iter().any(|signed| signed == header)
    }

    /// The signature that the request should carry.
    pub fn expected(&self, request: &Request, secret_key: &str) -> String {
        let scope = format!(
            "{}/{}/{}/aws4_request",
            self.date, self.region, self.service
        );
        let canonical = sha256_hex(self.canonical_request(request).as_bytes());
        let to_sign = format!(
            "{ALGORITHM}\n{}\n{scope}\n{canonical}",
            request.header("x-amz-date").unwrap_or_default()
        );
        let key = [&self.date, &self.region, &self.service, "aws4_request"]
            .into_iter()
            .fold(format!("AWS4{secret_key}").into_bytes(), |key, part| {
                hmac_sha256(&key, part)
            });
        hex(&hmac_sha256(&key, &to_sign))
    }

    fn canonical_request(&self, request: &Request) -> String {
        let headers: String = self
            .signed_headers
            .iter()
            .map(|name| format!("{name}:{}\n", canonical_header(request, name)))
            .collect();
        [
            request.method.as_str(),
            &self.canonical_path(&request.path),
            &canonical_query(&request.query),
            &headers,
            &self.signed_headers.join(";"),
            &payload_hash(request),
        ]
        .join("\n")
    }

    /// S3 takes the path as it is and encodes it once; the others normalise it and encode what is encoded already.
    fn canonical_path(&self, path: &str) -> String {
        if self.service == "s3" {
            encode_path(&decode_percent(path))
        } else {
            encode_path(&normalised(path))
        }
    }
}

/// The hash that S3 is told, or else the body's own.
fn payload_hash(request: &Request) -> String {
    request
        .header("x-amz-content-sha256")
        .map_or_else(|| sha256_hex(&request.body), str::to_owned)
}

fn canonical_header(request: &Request, name: &str) -> String {
    let values = request
        .headers
        .iter()
        .filter(|(known, _)| known.eq_ignore_ascii_case(name));
    let values: Vec<String> = values
        .map(|(_, value)| value.split_ascii_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    values.join(",")
}

fn canonical_query(query: &str) -> String {
    let pieces = query.split('&').filter(|piece| !piece.is_empty());
    let pairs = pieces.map(|piece| piece.split_once('=').unwrap_or((piece, "")));
    let mut encoded: Vec<(String, String)> = pairs
        .map(|(name, value)| {
            (
                encode(&decode_percent(name)),
                encode(&decode_percent(value)),
            )
        })
        .collect();
    encoded.sort();
    encoded
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect::<Vec<_>>()
        .join("&")
}

fn normalised(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path
        .split('/')
        .filter(|segment| !segment.is_empty() && *segment != ".")
    {
        if segment == ".." {
            segments.pop();
        } else {
            segments.push(segment);
        }
    }
    let slash = if path.ends_with('/') && !segments.is_empty() {
        "/"
    } else {
        ""
    };
    format!("/{}{slash}", segments.join("/"))
}

fn encode_path(path: &str) -> String {
    path.split('/').map(encode).collect::<Vec<_>>().join("/")
}

/// Percent-encodes all but RFC 3986's unreserved characters.
pub fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

fn hmac_sha256(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes())
        .as_ref()
        .to_vec()
}

pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
