//! Which certificate authorities are trusted: the built-in ones, since a `FROM scratch` image has
//! none, or those of `AWS_CA_BUNDLE` or `SSL_CERT_FILE` in their place.

use std::ffi::OsString;
use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::error::{Diagnostic, ErrorKind};

/// The certificate authorities to trust.
///
/// # Errors
/// When a bundle is named but cannot be used: silently trusting others is no answer.
pub(crate) fn roots() -> Result<RootCertStore, Diagnostic> {
    let named = |name: &'static str| {
        std::env::var_os(name)
            .filter(|path| !path.is_empty())
            .map(|path| (name, path))
    };
    match named("AWS_CA_BUNDLE").or_else(|| named("SSL_CERT_FILE")) {
        Some((name, path)) => bundle(name, &path),
        None => Ok(RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        }),
    }
}

fn bundle(name: &str, path: &OsString) -> Result<RootCertStore, Diagnostic> {
    let refuse = |why: &str| {
        Diagnostic::new(
            ErrorKind::Configuration,
            format!("the certificates {path:?} that \"{name}\" names {why}"),
            format!("correct \"{name}\", or unset it to trust the built-in authorities"),
        )
    };
    let bytes = std::fs::read(Path::new(path)).map_err(|error| {
        refuse(&format!(
            "cannot be read, {}",
            crate::input::sources::reason(&error)
        ))
    })?;
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&bytes)
        .collect::<Result<_, _>>()
        .map_err(|_| refuse("are not PEM"))?;
    let mut roots = RootCertStore::empty();
    // Bundles of systems hold the odd certificate that no one can use; the rest still count.
    let (usable, _) = roots.add_parsable_certificates(certificates);
    if usable == 0 {
        return Err(refuse("hold no usable certificate"));
    }
    Ok(roots)
}
