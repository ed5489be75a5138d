//! Who is asking: the checks that AWS makes before it looks at what is asked, with the errors of each service.

use super::call::{Call, Service};
use super::clock;
use super::failure::Failure;
use super::sigv4::{Signature, sha256_hex};
use super::store::{Key, Store};

const LARGEST_SKEW: i64 = 15 * 60;

/// An authenticated caller.
#[derive(Clone, Debug)]
pub struct Caller {
    pub account: String,
    pub arn: String,
    pub region: String,
}

pub fn authenticate(store: &Store, call: &Call, service_name: &str) -> Result<Caller, Failure> {
    let refusal = Refusal {
        service: call.op.service(),
    };
    if store.any_signature {
        return Ok(anyone(store, call));
    }
    let signature = call
        .signature
        .as_ref()
        .ok_or_else(|| refusal.missing(call))?;
    let key = store
        .key(&signature.access_key)
        .ok_or_else(|| refusal.unknown_key(&signature.access_key))?;
    check_scope(&refusal, signature, call, service_name)?;
    check_date(&refusal, store, call)?;
    check_signature(&refusal, signature, call, key)?;
    check_token(&refusal, call, key)?;
    Ok(Caller {
        account: key.account.clone(),
        arn: key.arn.clone(),
        region: signature.region.clone(),
    })
}

fn anyone(store: &Store, call: &Call) -> Caller {
    let key = store
        .key(super::ACCESS_KEY_ID)
        .expect("the fake's own key is always known");
    let region = call.region().unwrap_or(super::REGION).to_owned();
    Caller {
        account: key.account.clone(),
        arn: key.arn.clone(),
        region,
    }
}

fn check_scope(
    refusal: &Refusal,
    signature: &Signature,
    call: &Call,
    service: &str,
) -> Result<(), Failure> {
    if signature.service != service {
        return Err(refusal.mismatch(&format!(
            "Credential should be scoped to correct service: '{service}'."
        )));
    }
    let date = call.header("x-amz-date").unwrap_or_default();
    if !date.starts_with(&signature.date) {
        return Err(refusal.mismatch("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP"));
    }
    Ok(())
}

fn check_date(refusal: &Refusal, store: &Store, call: &Call) -> Result<(), Failure> {
    let date = call.header("x-amz-date").unwrap_or_default();
    let signed = clock::parse_compact(date)
        .ok_or_else(|| refusal.mismatch("Date must be in ISO-8601 'basic format'"))?
        .secs();
    let now = store.now();
    let (earliest, latest) = (now - LARGEST_SKEW, now + LARGEST_SKEW);
    if (earliest..=latest).contains(&signed) {
        return Ok(());
    }
    let now = clock::compact(now);
    let message = if signed < earliest {
        format!(
            "Signature expired: {date} is now earlier than {} ({now} - 15 min.)",
            clock::compact(earliest)
        )
    } else {
        format!(
            "Signature not yet current: {date} is still later than {} ({now} + 15 min.)",
            clock::compact(latest)
        )
    };
    Err(refusal.skewed(&message))
}

fn check_signature(
    refusal: &Refusal,
    signature: &Signature,
    call: &Call,
    key: &Key,
) -> Result<(), Failure> {
    if let Some(header) = unsigned_header(signature, call) {
        let message = format!("'{header}' must be a 'SignedHeader' in the AWS Authorization.");
        return Err(refusal.mismatch(&message));
    }
    check_payload(refusal, call)?;
    if signature.is_valid(&call.request, &key.secret) {
        return Ok(());
    }
    Err(refusal.mismatch(
        "The request signature we calculated does not match the signature you provided. \
         Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
    ))
}

/// Host and all of AWS's own headers must be signed.
fn unsigned_header(signature: &Signature, call: &Call) -> Option<String> {
    let names = call
        .request
        .headers
        .iter()
        .map(|(name, _)| name.to_ascii_lowercase());
    let mut must = names.filter(|name| name == "host" || name.starts_with("x-amz-"));
    must.find(|name| !signature.signs(name))
}

/// S3 wants to be told the body's hash, and it must be the body's.
fn check_payload(refusal: &Refusal, call: &Call) -> Result<(), Failure> {
    let told = call.header("x-amz-content-sha256");
    match told {
        None if refusal.service == Service::S3 => Err(Failure::new(
            400,
            "InvalidRequest",
            "Missing required header for this request: x-amz-content-sha256",
        )),
        None | Some("UNSIGNED-PAYLOAD") => Ok(()),
        Some(hash) if hash == sha256_hex(&call.request.body) => Ok(()),
        Some(_) => Err(Failure::new(
            400,
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        )),
    }
}

fn check_token(refusal: &Refusal, call: &Call, key: &Key) -> Result<(), Failure> {
    if call.session_token() != key.token.as_deref() {
        return Err(refusal.invalid_token());
    }
    if key.expired {
        Err(refusal.expired_token())
    } else {
        Ok(())
    }
}

/// The same refusal has another name in each protocol.
struct Refusal {
    service: Service,
}

impl Refusal {
    fn named(
        &self,
        s3: (u16, &str),
        sts: (u16, &str),
        json: (u16, &str),
        message: &str,
    ) -> Failure {
        let (status, code) = match self.service {
            Service::S3 => s3,
            Service::Sts => sts,
            _ => json,
        };
        Failure::new(status, code, message)
    }

    fn missing(&self, call: &Call) -> Failure {
        let malformed = call.header("authorization").is_some();
        let json = if malformed {
            "IncompleteSignatureException"
        } else {
            "MissingAuthenticationTokenException"
        };
        self.named(
            (403, "AccessDenied"),
            (403, "MissingAuthenticationToken"),
            (400, json),
            "Missing Authentication Token",
        )
    }

    fn unknown_key(&self, access_key: &str) -> Failure {
        let message = match self.service {
            Service::S3 => "The AWS Access Key Id you provided does not exist in our records.",
            _ => "The security token included in the request is invalid.",
        };
        let json = (400, "UnrecognizedClientException");
        self.named(
            (403, "InvalidAccessKeyId"),
            (403, "InvalidClientTokenId"),
            json,
            message,
        )
        .field("AWSAccessKeyId", access_key)
    }

    fn mismatch(&self, message: &str) -> Failure {
        let xml = (403, "SignatureDoesNotMatch");
        self.named(xml, xml, (400, "InvalidSignatureException"), message)
    }

    fn skewed(&self, message: &str) -> Failure {
        let message = match self.service {
            Service::S3 => {
                "The difference between the request time and the current time is too large."
            }
            _ => message,
        };
        let json = (400, "InvalidSignatureException");
        self.named(
            (403, "RequestTimeTooSkewed"),
            (403, "SignatureDoesNotMatch"),
            json,
            message,
        )
    }

    fn invalid_token(&self) -> Failure {
        let message = "The security token included in the request is invalid.";
        let json = (400, "UnrecognizedClientException");
        self.named(
            (400, "InvalidToken"),
            (403, "InvalidClientTokenId"),
            json,
            message,
        )
    }

    fn expired_token(&self) -> Failure {
        let message = match self.service {
            Service::S3 => "The provided token has expired.",
            _ => "The security token included in the request is expired",
        };
        self.named(
            (400, "ExpiredToken"),
            (403, "ExpiredToken"),
            (400, "ExpiredTokenException"),
            message,
        )
    }
}
