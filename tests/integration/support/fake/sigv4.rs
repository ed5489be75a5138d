//! Signature Version 4 as AWS checks it: the request is signed again as it arrived, and the signatures must be equal.

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode,
    sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use ring::digest;

use super::clock;
use super::http::Request;

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
        let signed_headers = part("SignedHeaders")?.split(';').map(str::to_owned);
        Some(Self {
            access_key: access_key.into(),
            date: date.into(),
            region: region.into(),
            service: service.into(),
            signed_headers: signed_headers.collect(),
            signature: part("Signature")?.into(),
        })
    }

    /// Whether the request, as it arrived, was signed with that secret.
    pub fn is_valid(&self, request: &Request, secret_key: &str) -> bool {
        let key = (self.access_key.as_str(), secret_key);
        let again = authorization(request, key, &self.region, &self.service, &|name| {
            self.signs(name)
        });
        again.as_deref().and_then(Self::parse).as_ref() == Some(self)
    }

    pub fn signs(&self, header: &str) -> bool {
        self.signed_headers.iter().any(|signed| signed == header)
    }
}

/// The Authorization header of a request at the time of its X-Amz-Date, with these headers signed.
pub fn authorization(
    request: &Request,
    (access_key, secret_key): (&str, &str),
    region: &str,
    service: &str,
    signs: &dyn Fn(&str) -> bool,
) -> Option<String> {
    let identity: Identity = Credentials::new(access_key, secret_key, None, None, "fake").into();
    let mut settings = SigningSettings::default();
    settings.excluded_headers = None;
    if service == "s3" {
        // S3 takes the path as it is; the others normalise it, and encode what is encoded already.
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    }
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(service)
        .time(
            clock::parse_compact(request.header("x-amz-date")?)?
                .try_into()
                .ok()?,
        )
        .settings(settings)
        .build()
        .ok()?
        .into();
    let headers = request.headers.iter();
    let headers = headers
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| signs(&name.to_ascii_lowercase()));
    // S3 is told the hash.
    let body = match request.header("x-amz-content-sha256") {
        Some(hash) => SignableBody::Precomputed(hash.into()),
        None => SignableBody::Bytes(&request.body),
    };
    let url = format!("http://fake{}?{}", request.path, request.query);
    let signable = SignableRequest::new(&request.method, url, headers, body).ok()?;
    let (instructions, _) = sign(signable, &params).ok()?.into_parts();
    let header = instructions
        .headers()
        .find(|(name, _)| *name == "authorization");
    header.map(|(_, value)| value.to_owned())
}

pub fn sha256_hex(bytes: &[u8]) -> String {
    let digest = digest::digest(&digest::SHA256, bytes);
    digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
