//! AWS at the wire, scripted: an HTTP/1.1 endpoint on loopback that enforces what AWS enforces, fails as told, and remembers all.
//!
//! It is deliberately no emulator: it knows the few operations that paramexec may use, answers nothing it was not told about, and
//! refuses what AWS refuses. It knows nothing of paramexec.

mod authentication;
mod call;
pub mod clock;
mod credentials;
mod delivery;
mod failure;
mod fault;
mod http;
mod recording;
mod s3;
mod secrets_manager;
mod server;
mod service;
mod setup;
mod shared;
mod sigv4;
mod ssm;
mod store;
mod sts;
mod throughput;

use std::ops::Deref;
use std::sync::Arc;

use super::tls::{Certificate, TestCa};
use server::Server;
use shared::Shared;
use store::Place;

pub use call::{Call, Op, Service};
pub use failure::{Failure, TypeForm};
pub use fault::{Fault, When};
pub use http::{Request, Response};
pub use recording::Log;
pub use setup::Scope;
pub use sigv4::{authorization, sha256_hex};

pub const ACCESS_KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
pub const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
pub const ACCOUNT: &str = "111122223333";
pub const REGION: &str = "eu-west-1";

/// A running endpoint; what it knows is set up through [`Scope`], to which it dereferences. It ends when dropped.
pub struct Fake {
    scope: Scope,
    server: Server,
    certificate: Option<Certificate>,
}

impl Fake {
    pub fn start() -> Self {
        Self::with(None)
    }

    /// Over TLS, with a certificate for these names.
    pub fn tls(ca: &TestCa, names: &[&str]) -> Self {
        Self::with(Some(ca.certificate(names)))
    }

    /// Over TLS, with a certificate of the test's choice.
    pub fn with_certificate(certificate: Certificate) -> Self {
        Self::with(Some(certificate))
    }

    fn with(certificate: Option<Certificate>) -> Self {
        let shared = Arc::new(Shared::default());
        let server = Server::start(
            Arc::clone(&shared),
            certificate.as_ref().map(|own| Arc::clone(&own.config)),
        );
        let scope = Scope {
            shared,
            place: Place {
                region: None,
                account: ACCOUNT.into(),
            },
        };
        scope.key(ACCESS_KEY_ID, SECRET_ACCESS_KEY);
        Self {
            scope,
            server,
            certificate,
        }
    }

    /// For AWS_ENDPOINT_URL.
    pub fn url(&self) -> String {
        match &self.certificate {
            None => format!("http://127.0.0.1:{}", self.port()),
            Some(certificate) => format!("https://{}:{}", certificate.local_name(), self.port()),
        }
    }

    pub fn port(&self) -> u16 {
        self.server.address.port()
    }

    pub fn calls(&self, op: Op) -> Vec<Arc<Call>> {
        self.scope.shared.recording.calls(Some(op))
    }

    pub fn all_calls(&self) -> Vec<Arc<Call>> {
        self.scope.shared.recording.calls(None)
    }

    /// Waits until the requests received so far fulfil a condition; panics after 30 s.
    pub fn wait_for(&self, condition: impl Fn(&[Arc<Call>]) -> bool) {
        self.scope
            .shared
            .recording
            .wait_until(|log| condition(&log.calls));
    }

    /// Waits until there were so many requests of that kind.
    pub fn wait_for_calls(&self, op: Op, count: usize) {
        self.wait_for(|calls| calls.iter().filter(|call| call.op == op).count() >= count);
    }

    /// Waits until connections, handshakes or requests fulfil a condition.
    pub fn wait_for_log(&self, condition: impl Fn(&Log) -> bool) {
        self.scope.shared.recording.wait_until(condition);
    }

    /// A copy of everything recorded so far.
    pub fn log(&self) -> Log {
        self.scope.shared.recording.log().clone()
    }

    pub fn connections(&self) -> usize {
        self.scope.shared.recording.log().connections
    }

    /// The most requests that were under way at once.
    pub fn most_at_once(&self) -> usize {
        self.scope.shared.recording.log().most_in_flight
    }
}

impl Deref for Fake {
    type Target = Scope;

    fn deref(&self) -> &Scope {
        &self.scope
    }
}
