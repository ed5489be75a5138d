//! One recorded request: what was asked, signed by whom, over which connection, when, and what it was answered.

use std::sync::OnceLock;
use std::time::Instant;

use serde_json::Value;

use super::http::Request;
use super::sigv4::Signature;

/// The operations that the fake knows, told apart by headers, path and body alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    GetParameters,
    GetParametersByPath,
    GetSecretValue,
    GetObject,
    AssumeRole,
    AssumeRoleWithWebIdentity,
    ContainerCredentials,
    ImdsToken,
    ImdsRole,
    ImdsCredentials,
    ImdsRegion,
    Unknown,
}

/// The family of an operation: it decides who must sign and which form errors have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    Ssm,
    SecretsManager,
    S3,
    Sts,
    Container,
    Imds,
    Unknown,
}

const IMDS_CREDENTIALS: &str = "/latest/meta-data/iam/security-credentials";

impl Op {
    pub fn of(request: &Request, container_path: Option<&str>) -> Self {
        match (request.method.as_str(), request.path.as_str()) {
            ("POST", _) => Self::of_post(request),
            ("PUT", "/latest/api/token") => Self::ImdsToken,
            ("GET", "/latest/meta-data/placement/region") => Self::ImdsRegion,
            ("GET", path) if path.trim_end_matches('/') == IMDS_CREDENTIALS => Self::ImdsRole,
            ("GET", path) if path.starts_with(IMDS_CREDENTIALS) => Self::ImdsCredentials,
            ("GET", path) if Some(path) == container_path => Self::ContainerCredentials,
            ("GET", path) if !path.starts_with("/latest/") => Self::GetObject,
            _ => Self::Unknown,
        }
    }

    fn of_post(request: &Request) -> Self {
        match request.header("x-amz-target") {
            Some("AmazonSSM.GetParameters") => Self::GetParameters,
            Some("AmazonSSM.GetParametersByPath") => Self::GetParametersByPath,
            Some("secretsmanager.GetSecretValue") => Self::GetSecretValue,
            Some(_) => Self::Unknown,
            None => match field(&request.form(), "Action") {
                Some("AssumeRole") => Self::AssumeRole,
                Some("AssumeRoleWithWebIdentity") => Self::AssumeRoleWithWebIdentity,
                _ => Self::Unknown,
            },
        }
    }

    pub fn service(self) -> Service {
        match self {
            Self::GetParameters | Self::GetParametersByPath => Service::Ssm,
            Self::GetSecretValue => Service::SecretsManager,
            Self::GetObject => Service::S3,
            Self::AssumeRole | Self::AssumeRoleWithWebIdentity => Service::Sts,
            Self::ContainerCredentials => Service::Container,
            Self::ImdsToken | Self::ImdsRole | Self::ImdsCredentials | Self::ImdsRegion => {
                Service::Imds
            }
            Self::Unknown => Service::Unknown,
        }
    }

    /// The name of the service in a signature, for the operations that must be signed.
    pub fn signed_as(self) -> Option<&'static str> {
        match self {
            Self::AssumeRoleWithWebIdentity => None,
            _ => match self.service() {
                Service::Ssm => Some("ssm"),
                Service::SecretsManager => Some("secretsmanager"),
                Service::S3 => Some("s3"),
                Service::Sts => Some("sts"),
                Service::Container | Service::Imds | Service::Unknown => None,
            },
        }
    }
}

/// A request as the fake saw it. `status` is that of its answer, also where a fault cut the answer short.
#[derive(Debug)]
pub struct Call {
    pub op: Op,
    pub request: Request,
    /// The JSON body, or `Null`.
    pub json: Value,
    pub signature: Option<Signature>,
    /// Connections are counted from 1.
    pub connection: usize,
    /// The server name the client asked for, over TLS.
    pub server_name: Option<String>,
    pub received: Instant,
    pub(super) status: OnceLock<u16>,
}

impl Call {
    pub fn region(&self) -> Option<&str> {
        self.signature
            .as_ref()
            .map(|signature| signature.region.as_str())
    }

    pub fn access_key(&self) -> Option<&str> {
        self.signature
            .as_ref()
            .map(|signature| signature.access_key.as_str())
    }

    pub fn session_token(&self) -> Option<&str> {
        self.header("x-amz-security-token")
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.request.header(name)
    }

    /// The names of a GetParameters, in the order asked.
    pub fn names(&self) -> Vec<&str> {
        self.json["Names"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    /// A field of the JSON body that is text.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.json[field].as_str()
    }

    /// A field of a form, as STS is asked.
    pub fn form(&self, name: &str) -> Option<String> {
        field(&self.request.form(), name).map(str::to_owned)
    }

    pub fn status(&self) -> Option<u16> {
        self.status.get().copied()
    }
}

/// The value of the first pair of that name.
pub fn field<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs
        .iter()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.as_str())
}
