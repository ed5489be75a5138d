//! A certificate authority of the tests' own, and server certificates that it signs.

use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::temp::TempDir;

pub struct TestCa {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl TestCa {
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params
            .distinguished_name
            .push(DnType::CommonName, "paramexec test CA");
        let key = KeyPair::generate().expect("generate the CA's key");
        Self {
            issuer: CertifiedIssuer::self_signed(params, key).expect("sign the CA's certificate"),
        }
    }

    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// Writes the CA's certificate where AWS_CA_BUNDLE can point to.
    pub fn bundle(&self, folder: &TempDir) -> PathBuf {
        folder.file("ca.pem", self.pem())
    }

    /// A certificate for these DNS names and IP addresses.
    pub fn certificate(&self, names: &[&str]) -> Certificate {
        self.issue(names, leaf(names))
    }

    /// A certificate that is no longer valid.
    pub fn expired_certificate(&self, names: &[&str]) -> Certificate {
        let mut params = leaf(names);
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2020, 2, 1);
        self.issue(names, params)
    }

    fn issue(&self, names: &[&str], params: CertificateParams) -> Certificate {
        let key = KeyPair::generate().expect("generate the server's key");
        let signed = params
            .signed_by(&key, &self.issuer)
            .expect("sign the server's certificate");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config =
            ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .expect("ring knows the default versions of TLS")
                .with_no_client_auth()
                .with_single_cert(vec![signed.der().clone()], key)
                .expect("the certificate fits its key");
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Certificate {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            config: Arc::new(config),
        }
    }
}

fn leaf(names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    CertificateParams::new(names).expect("the names of a certificate are DNS names or IP addresses")
}

/// What a fake needs to answer over TLS.
#[derive(Clone)]
pub struct Certificate {
    pub(super) names: Vec<String>,
    pub(super) config: Arc<ServerConfig>,
}

impl Certificate {
    /// The name under which a client on this machine can reach the server and find the certificate valid.
    pub(super) fn local_name(&self) -> &str {
        let local = self
            .names
            .iter()
            .find(|name| *name == "localhost" || *name == "127.0.0.1");
        local
            .or(self.names.first())
            .map_or("localhost", String::as_str)
    }
}
