//! An error in the form in which each AWS service writes it.

use serde_json::{Value, json};

use super::call::Service;
use super::http::{Response, escape_xml};

/// Where a JSON service says which error it is. Each of these is in use somewhere at AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeForm {
    /// `"__type": "ThrottlingException"`
    Plain,
    /// `"__type": "com.amazonaws.ssm#ThrottlingException"`
    Namespaced,
    /// `X-Amzn-ErrorType: ThrottlingException`, and nothing in the body
    Header,
    /// `X-Amzn-ErrorType: ThrottlingException:http://internal.amazon.com/coral/…`, and nothing in the body
    HeaderWithUri,
}

#[derive(Clone, Debug)]
pub struct Failure {
    kind: Kind,
    type_form: TypeForm,
    fields: Vec<(String, String)>,
    headers: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
enum Kind {
    Given {
        status: u16,
        code: String,
        message: String,
    },
    /// What the service that is asked answers to too many requests.
    Throttled { status: Option<u16> },
}

impl Failure {
    pub fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self::of(Kind::Given {
            status,
            code: code.into(),
            message: message.into(),
        })
    }

    /// `400 ThrottlingException`, S3's `503 SlowDown`, STS's `400 Throttling`, a bare 429 elsewhere.
    pub fn throttled() -> Self {
        Self::of(Kind::Throttled { status: None })
    }

    /// Throttled with a status of the test's choice, such as 429.
    pub fn throttled_with(status: u16) -> Self {
        Self::of(Kind::Throttled {
            status: Some(status),
        })
    }

    pub fn internal() -> Self {
        Self::new(
            500,
            "InternalServerError",
            "An error occurred on the server side.",
        )
    }

    fn of(kind: Kind) -> Self {
        Self {
            kind,
            type_form: TypeForm::Plain,
            fields: Vec::new(),
            headers: Vec::new(),
        }
    }

    pub fn retry_after(self, seconds: u64) -> Self {
        self.header("Retry-After", seconds.to_string())
    }

    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn type_form(mut self, form: TypeForm) -> Self {
        self.type_form = form;
        self
    }

    /// One more element of S3's XML, such as `BucketName`.
    pub fn field(mut self, name: &str, value: impl Into<String>) -> Self {
        self.fields.push((name.into(), value.into()));
        self
    }

    pub fn answer(&self, service: Service) -> Response {
        let (status, code, message) = self.resolve(service);
        let response = match service {
            Service::S3 => self.s3(status, &code, &message),
            Service::Sts => sts(status, &code, &message),
            Service::Ssm | Service::SecretsManager | Service::Unknown => {
                self.json(service, status, &code, &message)
            }
            Service::Container => {
                Response::json(status, &json!({"code": code, "message": message}))
            }
            Service::Imds => Response::text(status, message),
        };
        self.headers
            .iter()
            .fold(response, |response, (name, value)| {
                response.with_header(name, value)
            })
    }

    fn resolve(&self, service: Service) -> (u16, String, String) {
        let (status, code, message) = match (&self.kind, service) {
            (
                Kind::Given {
                    status,
                    code,
                    message,
                },
                _,
            ) => return (*status, code.clone(), message.clone()),
            (Kind::Throttled { .. }, Service::S3) => {
                (503, "SlowDown", "Please reduce your request rate.")
            }
            (Kind::Throttled { .. }, Service::Sts) => (400, "Throttling", "Rate exceeded"),
            (Kind::Throttled { .. }, Service::Container | Service::Imds) => {
                (429, "Throttled", "Too many requests")
            }
            (Kind::Throttled { .. }, _) => (400, "ThrottlingException", "Rate exceeded"),
        };
        let Kind::Throttled { status: given } = self.kind else {
            unreachable!("given kinds are answered above")
        };
        (given.unwrap_or(status), code.into(), message.into())
    }

    /// The services do not agree on the case of `message`, nor do operations of one service.
    fn json(&self, service: Service, status: u16, code: &str, message: &str) -> Response {
        let capital = service == Service::SecretsManager || code == "AccessDeniedException";
        let mut body = serde_json::Map::new();
        if let Some(code) = type_in_body(self.type_form, service, code) {
            body.insert("__type".into(), code.into());
        }
        if !message.is_empty() {
            body.insert(
                if capital { "Message" } else { "message" }.into(),
                message.into(),
            );
        }
        let response = Response::json(status, &Value::Object(body));
        match self.type_form {
            TypeForm::Plain | TypeForm::Namespaced => response,
            TypeForm::Header => response.with_header("x-amzn-errortype", code),
            TypeForm::HeaderWithUri => {
                let uri =
                    format!("{code}:http://internal.amazon.com/coral/com.amazon.coral.service/");
                response.with_header("x-amzn-errortype", uri)
            }
        }
    }

    fn s3(&self, status: u16, code: &str, message: &str) -> Response {
        let fields = self
            .fields
            .iter()
            .map(|(name, value)| format!("<{name}>{}</{name}>", escape_xml(value)));
        let fields: String = fields.collect();
        let message = escape_xml(message);
        let body = format!(
            "<Error><Code>{code}</Code><Message>{message}</Message>{fields}<RequestId>FAKE</RequestId></Error>"
        );
        Response::xml(status, body).with_header("x-amz-request-id", "FAKE")
    }
}

fn type_in_body(form: TypeForm, service: Service, code: &str) -> Option<String> {
    let namespace = if service == Service::SecretsManager {
        "secretsmanager"
    } else {
        "ssm"
    };
    match form {
        TypeForm::Plain => Some(code.to_owned()),
        TypeForm::Namespaced => Some(format!("com.amazonaws.{namespace}#{code}")),
        TypeForm::Header | TypeForm::HeaderWithUri => None,
    }
}

fn sts(status: u16, code: &str, message: &str) -> Response {
    let message = escape_xml(message);
    let body = format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
         <Code>{code}</Code><Message>{message}</Message></Error><RequestId>FAKE</RequestId></ErrorResponse>"
    );
    Response::xml(status, body)
}
