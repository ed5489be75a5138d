//! Translates the SDK's errors into diagnostics, and decides whether to retry.
//!
//! Decided by error codes, statuses and types, never by the text of a message.

use std::error::Error;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::date_time::{DateTime, Format};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::error::{Diagnostic, ErrorKind};
use crate::reference::iam::{ACCOUNT, Place, action, arns};
use crate::request::{Location, Object, Parameter, Target};
use crate::store::aws::cause::{find, innermost, plain};
use crate::store::aws::denial::{self, Denial};
use crate::store::aws::endpoint::Chosen;
use crate::store::aws::http::Silence;
use crate::store::aws::http::proxy::ProxyError;
use crate::store::aws::http::whole::PartialAnswer;
use crate::store::aws::redact::quoted;
use crate::store::aws::retry::backoff::RetryReason;
use crate::store::aws::service::Service;

const CHECK_CREDENTIALS: &str =
    "check that they belong together, are still valid, and are not from another partition";
const RENEW: &str = "get new ones: \"aws sso login\", a new session token, or a new start";
const SET_CLOCK: &str = "set the clock of this machine";

/// Why a request was not answered.
#[derive(Debug, Clone)]
pub(super) struct RequestError {
    /// For the user.
    pub(super) diagnostic: Diagnostic,
    /// Why a retry may help, if it may.
    pub(super) retry: Option<RetryReason>,
    /// Whether one name of a batch may be the reason for all.
    pub(super) split_batch: bool,
}

/// The operation, for messages.
pub(super) struct Operation<'a> {
    /// The service.
    pub(super) service: Service,
    /// The IAM action: `ssm:GetParameters`.
    pub(super) action: &'static str,
    /// The resource: `parameter "/prod/db"`.
    pub(super) object: String,
    /// The region: `eu-west-1`.
    pub(super) region: &'a str,
    /// The target, where there is only one.
    pub(super) target: Option<Target>,
    /// The role, where it is not that of this process.
    pub(super) role: Option<&'a str>,
    /// The settings that say where the service is, if they are at hand.
    pub(super) config: Option<&'a SdkConfig>,
}

impl RequestError {
    /// A failure that no retry can change.
    pub(super) fn permanent(diagnostic: Diagnostic) -> Self {
        Self {
            diagnostic,
            retry: None,
            split_batch: false,
        }
    }

    /// An attempt that ended in silence for this long.
    pub(super) fn timed_out(silence: Duration) -> Self {
        let diagnostic = Diagnostic::new(
            ErrorKind::TryAgain,
            format!("AWS said nothing for {} s", silence.as_secs()),
            "check that security groups, endpoints and proxies let it through",
        );
        Self {
            diagnostic,
            retry: Some(RetryReason::Transient),
            split_batch: false,
        }
    }

    /// Reads the SDK's error.
    pub(super) fn of<E>(error: &SdkError<E, HttpResponse>, operation: &Operation<'_>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        match error {
            // A success that cannot be read, which some services' parsers call an error of theirs.
            SdkError::ServiceError(service) if service.raw().status().is_success() => {
                operation.unreadable(service.raw(), error)
            }
            SdkError::ServiceError(service) => {
                let meta = service.err();
                operation.refusal(meta.code(), meta.message(), service.raw())
            }
            SdkError::ResponseError(response) => operation.unreadable(response.raw(), error),
            SdkError::DispatchFailure(dispatch) => match dispatch.as_connector_error() {
                Some(connector) => operation.unreached(connector),
                None => operation.broken(&innermost(error)),
            },
            SdkError::TimeoutError(_) => operation.broken("no answer in time"),
            _ => operation.unusable(&innermost(error)),
        }
    }
}

impl<'a> Operation<'a> {
    /// A request for one target.
    pub(super) fn new(
        target: Target,
        region: &'a str,
        role: Option<&'a str>,
        config: &'a SdkConfig,
    ) -> Self {
        Self {
            service: Service::of(&target),
            action: action(&target),
            object: target.to_string(),
            region,
            target: Some(target),
            role,
            config: Some(config),
        }
    }

    fn refusal(
        &self,
        code: Option<&str>,
        message: Option<&str>,
        raw: &HttpResponse,
    ) -> RequestError {
        let status = raw.status().as_u16();
        // S3 answers some requests without a body; then the status is all there is.
        let code = code.unwrap_or(match status {
            403 => "AccessDenied",
            404 => "NotFound",
            429 => "TooManyRequests",
            _ => "Unknown",
        });
        let class = match classify(self.service, code, status) {
            // JSON services answer a wrong clock as they answer a wrong key.
            ErrorClass::Credentials if is_far_off(raw) => ErrorClass::Clock,
            class => class,
        };
        self.refused(class, code, message, raw)
    }

    /// Who may not do what, and what would allow it.
    fn denied(&self, code: &str, message: &str) -> RequestError {
        let denial = Denial::parse(message);
        let text = if let Some(denial) = &denial {
            denial.text(self.action, code)
        } else {
            let message = Some(message).filter(|message| !message.is_empty());
            format!("AWS denied access{}", says(code, message))
        };
        let help = if denial::is_of_key(code, message) {
            self.allow_key()
        } else {
            self.allow(denial.as_ref().and_then(Denial::account))
        };
        self.about_it(ErrorKind::Denied, &text, "", &help)
    }

    fn refused(
        &self,
        class: ErrorClass,
        code: &str,
        message: Option<&str>,
        raw: &HttpResponse,
    ) -> RequestError {
        let (status, says) = (raw.status().as_u16(), &says(code, message));
        match class {
            ErrorClass::Throttled => RequestError {
                retry: Some(RetryReason::Throttled(retry_after(raw))),
                ..self.throttled(says)
            },
            ErrorClass::Transient => {
                self.broken(&format!("AWS answered with status {status}{says}"))
            }
            ErrorClass::Denied => self.denied(code, message.unwrap_or_default()),
            ErrorClass::Credentials => not_accepted("the credentials", says, CHECK_CREDENTIALS),
            ErrorClass::Expired => not_accepted("the credentials: they have expired", says, RENEW),
            ErrorClass::Clock => not_accepted("the time of the request", says, SET_CLOCK),
            ErrorClass::Missing => RequestError {
                diagnostic: self.missing_by(code),
                retry: None,
                split_batch: true,
            },
            ErrorClass::Input => self.about_it(
                ErrorKind::Input,
                "AWS finds the request invalid",
                says,
                "correct the reference",
            ),
            ErrorClass::WrongRegion => RequestError::permanent(self.wrong_region(raw)),
            ErrorClass::Other => self.about_it(
                ErrorKind::Unavailable,
                "AWS answered with an error",
                says,
                help(code),
            ),
        }
    }

    fn throttled(&self, says: &str) -> RequestError {
        RequestError::permanent(self.diagnostic(
            ErrorKind::TryAgain,
            &format!("throttled by AWS{says}"),
            "raise --timeout",
        ))
    }

    /// A failure of one target, which may be one of a batch.
    fn about_it(&self, kind: ErrorKind, why: &str, says: &str, help: &str) -> RequestError {
        RequestError {
            diagnostic: self.diagnostic(kind, &format!("{why}{says}"), help),
            retry: None,
            split_batch: true,
        }
    }

    /// The diagnostic that the target does not exist.
    pub(super) fn missing(&self) -> Diagnostic {
        let message = match &self.target {
            Some(Target::Parameter(Parameter {
                name,
                selector: Some(selector),
            })) => format!(
                "parameter \"{name}\", or its version or label \"{selector}\", does not exist in {}",
                self.region
            ),
            _ => format!("{} does not exist in {}", self.object, self.region),
        };
        Diagnostic::missing(message, self.correct_name())
    }

    /// The same, where the error code says which part of it.
    fn missing_by(&self, code: &str) -> Diagnostic {
        match &self.target {
            Some(Target::Object(Object { bucket, .. })) if code == "NoSuchBucket" => {
                Diagnostic::missing(
                    format!(
                        "bucket \"{bucket}\" of {} does not exist in {}",
                        self.object, self.region
                    ),
                    "create it, or correct its name",
                )
            }
            _ => self.missing(),
        }
    }

    fn correct_name(&self) -> String {
        let slash_help = self.target.as_ref().and_then(Target::slash_help);
        slash_help.unwrap_or_else(|| {
            "create it, or correct the name, the region or the account".to_owned()
        })
    }

    /// The failure of a successful answer without the expected content.
    pub(super) fn empty(&self) -> Diagnostic {
        self.diagnostic(
            ErrorKind::Unavailable,
            "AWS's answer holds no value",
            "try again; if it stays so, check what answers in AWS's place",
        )
    }

    fn allow(&self, account: Option<&str>) -> String {
        if self.service == Service::SecurityTokens {
            return "allow \"sts:AssumeRole\" on it, and let its trust policy name this identity"
                .to_owned();
        }
        let on = self.resource(account);
        let kms = match self.service {
            Service::S3 => {
                "where it has one; without \"s3:ListBucket\", S3 also denies an object that does not exist"
            }
            Service::SecretsManager => {
                "if it is not the default one, in the key's own policy too; a secret that does not exist may be denied as well"
            }
            _ => "if it is not the default one, in the key's own policy too",
        };
        format!(
            "allow \"{}\" on {on}, and \"kms:Decrypt\" on its key {kms}",
            self.action
        )
    }

    fn allow_key(&self) -> String {
        let context = match self.service {
            Service::S3 => "aws:s3:arn",
            Service::SecretsManager => "SecretARN",
            Service::ParameterStore | Service::SecurityTokens => "PARAMETER_ARN",
        };
        format!(
            "allow \"kms:Decrypt\" on its key in this identity's policy and in the key policy; a condition on the encryption context has to let \"{context}\" be {}",
            self.resource(None)
        )
    }

    /// What a policy names: by the ARN, as far as that is known here.
    fn resource(&self, account: Option<&str>) -> String {
        let Some(target) = &self.target else {
            return "it".to_owned();
        };
        let here = Place {
            partition: None,
            region: self.region.to_owned(),
            account: account.unwrap_or(ACCOUNT).to_owned(),
        };
        let location = Location {
            region: None,
            role: self.role.map(str::to_owned),
        };
        let arns = arns(target, &here.at(&location));
        let quoted: Vec<String> = arns.iter().map(|arn| format!("\"{arn}\"")).collect();
        quoted.join(" and ")
    }

    fn wrong_region(&self, raw: &HttpResponse) -> Diagnostic {
        let region = raw
            .headers()
            .get("x-amz-bucket-region")
            .unwrap_or("another region");
        Diagnostic::new(
            ErrorKind::Configuration,
            format!(
                "{} is in {}, not in {}",
                self.object,
                quoted(region),
                self.region
            ),
            format!("add \"?region={}\" to the reference", quoted(region)),
        )
    }

    /// An answer that is not AWS's: cut short, or written by something in between.
    fn unreadable(&self, raw: &HttpResponse, source: &(dyn Error + 'static)) -> RequestError {
        if too_large(source) {
            return RequestError::permanent(self.too_large());
        }
        let status = raw.status().as_u16();
        if status == 429 {
            return self.refusal(None, None, raw);
        }
        if let Some(Silence(limit)) = find(source) {
            return RequestError::timed_out(*limit);
        }
        if let Some(partial) = find::<PartialAnswer>(source) {
            return self.partial(*partial);
        }
        // The parser's words may quote what it read, so they are left out.
        let why = format!("AWS's answer with status {status} cannot be read or was cut short");
        let mut error = self.broken(&why);
        error.diagnostic.help =
            "check that nothing between here and AWS answers in its place".into();
        let cut_short = find::<hyper::Error>(source).is_some();
        if (300..500).contains(&status) && !cut_short {
            error.retry = None;
        }
        error
    }

    /// A response that may be incomplete.
    fn partial(&self, partial: PartialAnswer) -> RequestError {
        let mut error = self.broken(&format!("AWS's answer may be incomplete, {partial}"));
        error.diagnostic.help =
            "check that nothing between here and AWS answers in its place".into();
        error
    }

    /// The failure of an answer with another version than the requested one.
    pub(super) fn other_version(&self) -> Diagnostic {
        self.diagnostic(
            ErrorKind::Unavailable,
            "AWS's answer is not the version that was asked for",
            "try again; if it stays so, check what answers in AWS's place",
        )
    }

    /// The failure of an answer that is too large for any environment.
    pub(super) fn too_large(&self) -> Diagnostic {
        let limit = crate::store::aws::http::LARGEST_ANSWER >> 20;
        self.diagnostic(
            ErrorKind::Input,
            &format!("the answer is larger than {limit} MiB"),
            "no environment can carry that much: name the right object",
        )
    }

    fn unreached(&self, error: &ConnectorError) -> RequestError {
        if let Some(Silence(limit)) = find(error) {
            return RequestError::timed_out(*limit);
        }
        if let Some(tls) = find::<rustls::Error>(error) {
            return self.tls_failed(tls);
        }
        if let Some(proxy) = find::<ProxyError>(error) {
            return self.not_tunnelled(proxy);
        }
        if find::<hyper::Error>(error).is_some_and(hyper::Error::is_parse) {
            return RequestError::permanent(self.diagnostic(
                ErrorKind::Unavailable,
                "cannot reach AWS, the endpoint does not speak HTTP",
                "correct the endpoint: where its port is for TLS, it begins with \"https://\"",
            ));
        }
        // Nothing was sent: an endpoint that is no URL, or one that FIPS does not allow.
        if !error.is_io() && !error.is_timeout() {
            return self.unusable(&innermost(error));
        }
        self.not_connected(error)
    }

    /// A connection that could not be made, or broke.
    fn not_connected(&self, error: &ConnectorError) -> RequestError {
        let chosen = self
            .config
            .and_then(|config| Chosen::of(config, self.service));
        let stood = find::<hyper::Error>(error).is_some();
        let (what, help) = match chosen {
            Some(chosen) if stood => (
                format!("the connection to {chosen} broke"),
                "check what answers there",
            ),
            Some(chosen) => (
                format!("cannot connect to {chosen}"),
                "check that it runs and listens there, or correct the endpoint",
            ),
            None => (
                "cannot reach AWS".to_owned(),
                "check the network, the region's name, and that DNS works",
            ),
        };
        let mut error = self.broken(&format!("{what}, {}", innermost(error)));
        error.diagnostic.help = help.into();
        error
    }

    fn not_tunnelled(&self, error: &ProxyError) -> RequestError {
        let (kind, why, help) = match error {
            ProxyError::Unauthorized { .. } => (
                ErrorKind::Denied,
                error.to_string(),
                "write them into the proxy's URL: http://user:password@host:port",
            ),
            ProxyError::Unsupported { .. } => (
                ErrorKind::Configuration,
                error.to_string(),
                "write http://host:port: proxies with https or socks are not supported",
            ),
            ProxyError::Unreachable { .. } => (
                ErrorKind::Unavailable,
                format!("{error}: {}", innermost(error)),
                "check the proxy, or name AWS's host in NO_PROXY",
            ),
            _ => (
                ErrorKind::Unavailable,
                error.to_string(),
                "check the proxy, or name AWS's host in NO_PROXY",
            ),
        };
        RequestError {
            diagnostic: self.diagnostic(kind, &why, help),
            retry: error.is_transient().then_some(RetryReason::Transient),
            split_batch: false,
        }
    }

    /// A wrong certificate stays wrong, and so does a protocol; a handshake that was cut short does
    /// not.
    fn tls_failed(&self, error: &rustls::Error) -> RequestError {
        use rustls::AlertDescription::{HandshakeFailure, InsufficientSecurity, ProtocolVersion};
        use rustls::Error::{AlertReceived, InvalidCertificate, InvalidMessage, PeerIncompatible};
        let permanent = |why: &str, help: &str| {
            RequestError::permanent(self.diagnostic(ErrorKind::Unavailable, why, help))
        };
        let untrusted = format!(
            "the TLS connection is not trustworthy, {}",
            plain(&error.to_string())
        );
        match error {
            InvalidCertificate(_) => permanent(
                &untrusted,
                "name your own authority with \"AWS_CA_BUNDLE\", or correct the endpoint",
            ),
            InvalidMessage(rustls::InvalidMessage::InvalidContentType) => permanent(
                "cannot reach AWS, the endpoint does not speak TLS",
                "correct the endpoint: where its port is not for TLS, it begins with \"http://\"",
            ),
            PeerIncompatible(_)
            | AlertReceived(HandshakeFailure | InsufficientSecurity | ProtocolVersion) => {
                permanent(
                    "cannot reach AWS, the endpoint takes neither TLS 1.2 nor 1.3 as paramexec speaks them",
                    "let it take TLS 1.2 or 1.3 with a current cipher, or correct the endpoint",
                )
            }
            _ => {
                let mut error = self.broken(&untrusted);
                error.diagnostic.help =
                    "name your own authority with \"AWS_CA_BUNDLE\", or correct the endpoint"
                        .into();
                error
            }
        }
    }

    fn broken(&self, why: &str) -> RequestError {
        let diagnostic = self.diagnostic(ErrorKind::Unavailable, why, "try again later");
        RequestError {
            diagnostic,
            retry: Some(RetryReason::Transient),
            split_batch: false,
        }
    }

    fn unusable(&self, why: &str) -> RequestError {
        let is_region = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if !self.region.chars().all(is_region) {
            return RequestError::permanent(not_a_region(self.region));
        }
        let diagnostic = self.diagnostic(
            ErrorKind::Configuration,
            &format!("the request cannot be made, {why}"),
            "correct the reference or the AWS settings",
        );
        RequestError::permanent(diagnostic)
    }

    /// A failure of this request.
    pub(super) fn diagnostic(&self, kind: ErrorKind, why: &str, help: &str) -> Diagnostic {
        let Self {
            action,
            object,
            region,
            ..
        } = self;
        Diagnostic::new(
            kind,
            format!("{action} on {object} in {region}: {why}"),
            help,
        )
    }
}

fn not_a_region(region: &str) -> Diagnostic {
    let names = |variable: &&str| std::env::var(variable).is_ok_and(|value| value == region);
    let source = ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().find(names);
    let source = source.unwrap_or("the region of the reference or profile");
    let (what, help) = match (region.trim_end() == region, region.trim_start() == region) {
        (false, _) => ("trailing blank", "remove the blank"),
        (_, false) => ("leading blank", "remove the blank"),
        _ => (
            "a region has letters, digits and \"-\" alone",
            "write a region such as eu-west-1",
        ),
    };
    Diagnostic::new(
        ErrorKind::Configuration,
        format!("{source} is {region:?} ({what})"),
        help,
    )
}

/// A failure that every request of this identity or machine would meet.
fn not_accepted(what: &str, says: &str, help: &str) -> RequestError {
    let message = format!("AWS does not accept {what}{says}");
    RequestError::permanent(Diagnostic::new(ErrorKind::Denied, message, help))
}

/// The class of an error code.
enum ErrorClass {
    Throttled,
    Transient,
    Denied,
    Credentials,
    Expired,
    Clock,
    Missing,
    Input,
    WrongRegion,
    Other,
}

/// Whether a service says by this code that something does not exist. Nothing else says so: a
/// proxy answers 404 too, and what is missing may be optional.
fn says_missing(service: Service, code: &str) -> bool {
    match service {
        // It lists what is missing in a success.
        Service::ParameterStore | Service::SecurityTokens => false,
        Service::SecretsManager => code == "ResourceNotFoundException",
        Service::S3 => ["NoSuchKey", "NoSuchBucket", "NoSuchVersion"].contains(&code),
    }
}

fn classify(service: Service, code: &str, status: u16) -> ErrorClass {
    if says_missing(service, code) {
        return ErrorClass::Missing;
    }
    // Some services say "Exception" or "Fault" behind the same word, some do not.
    let word = code.trim_end_matches("Exception");
    match word {
        "Throttling"
        | "ThrottledRequest"
        | "Throttled"
        | "TooManyRequests"
        | "RequestLimitExceeded"
        | "RequestThrottled"
        | "SlowDown"
        | "ProvisionedThroughputExceeded"
        | "BandwidthLimitExceeded"
        | "LimitExceeded"
        | "PriorRequestNotComplete"
        | "EC2Throttled" => ErrorClass::Throttled,
        "AccessDenied" | "AllAccessDisabled" | "AccountProblem" | "NotAuthorized"
        | "DecryptionFailure" | "KMSAccessDenied" | "OptInRequired" => ErrorClass::Denied,
        "UnrecognizedClient"
        | "InvalidClientTokenId"
        | "InvalidAccessKeyId"
        | "InvalidSignature"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "MissingAuthenticationToken"
        | "InvalidToken"
        | "NotSignedUp" => ErrorClass::Credentials,
        "ExpiredToken" | "TokenRefreshRequired" => ErrorClass::Expired,
        "RequestTimeTooSkewed" | "RequestExpired" | "RequestInTheFuture" => ErrorClass::Clock,
        "Validation" | "InvalidParameter" | "InvalidFilter" | "InvalidKeyId"
        | "InvalidBucketName" | "InvalidArgument" => ErrorClass::Input,
        "PermanentRedirect"
        | "AuthorizationHeaderMalformed"
        | "IllegalLocationConstraint"
        | "TemporaryRedirect" => ErrorClass::WrongRegion,
        "InternalFailure"
        | "InternalServer"
        | "InternalServerError"
        | "InternalServiceError"
        | "InternalError"
        | "ServiceUnavailable"
        | "RequestTimeout" => ErrorClass::Transient,
        // An archived object: 403, but no permission is lacking.
        "InvalidObjectState" => ErrorClass::Other,
        _ if status == 429 => ErrorClass::Throttled,
        _ if status >= 500 => ErrorClass::Transient,
        _ if status == 403 => ErrorClass::Denied,
        _ if (300..400).contains(&status) => ErrorClass::WrongRegion,
        _ => ErrorClass::Other,
    }
}

/// What helps against an error that is in no other class.
fn help(code: &str) -> &'static str {
    match code.trim_end_matches("Exception") {
        // The two reasons that Secrets Manager has for it.
        "InvalidRequest" => {
            "restore the secret if it is marked for deletion, or correct its stage and version"
        }
        "InvalidObjectState" => "restore the object from its archive",
        _ => "look the code up in the service's documentation",
    }
}

/// Whether this machine's clock is so far from AWS's that AWS takes no signature of it.
fn is_far_off(raw: &HttpResponse) -> bool {
    /// The least that any service allows.
    const ALLOWED: Duration = Duration::from_mins(5);
    let date = raw.headers().get("date");
    let theirs = date.and_then(|date| DateTime::from_str(date, Format::HttpDate).ok());
    let Some(theirs) = theirs.and_then(|theirs| SystemTime::try_from(theirs).ok()) else {
        return false;
    };
    let ours = SystemTime::now();
    let apart = ours
        .duration_since(theirs)
        .unwrap_or_else(|ahead| ahead.duration());
    apart > ALLOWED
}

fn retry_after(raw: &HttpResponse) -> Option<Duration> {
    // Longer waits than this would be another kind of outage; the budget ends them anyway.
    const MOST: u64 = 3600;
    let seconds: u64 = raw.headers().get("retry-after")?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds.min(MOST)))
}

/// AWS's own words, since they name the principal and the policy that is in the way.
pub(super) fn says(code: &str, message: Option<&str>) -> String {
    let code = quoted(code);
    // Behind the first line AWS repeats the request, with the session token in its headers.
    let line = message.and_then(|message| message.trim().lines().next());
    match line {
        Some(message) => format!(" ({code}: {})", quoted(message)),
        None => format!(" ({code})"),
    }
}

fn too_large(error: &(dyn Error + 'static)) -> bool {
    find::<http_body_util::LengthLimitError>(error).is_some()
}
