//! Which certificate authorities are trusted: the built-in ones, since a `FROM scratch` image has
//! none, or those of `AWS_CA_BUNDLE` or `SSL_CERT_FILE` in their place.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::thread;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use crate::error::{Diagnostic, ErrorKind};

/// Many times what any system trusts.
const LARGEST_BUNDLE: u64 = 16 << 20;

/// The certificate authorities to trust.
///
/// # Errors
/// When a bundle is named but cannot be used: silently trusting others is no answer.
pub(crate) async fn roots(deadline: Instant) -> Result<RootCertStore, Diagnostic> {
    let named = |name: &'static str| {
        std::env::var_os(name)
            .filter(|path| !path.is_empty())
            .map(|path| (name, path))
    };
    match named("AWS_CA_BUNDLE").or_else(|| named("SSL_CERT_FILE")) {
        Some((name, path)) => bundle(name, &path, deadline).await,
        None => Ok(RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        }),
    }
}

async fn bundle(
    name: &str,
    path: &OsString,
    deadline: Instant,
) -> Result<RootCertStore, Diagnostic> {
    let refuse = |why: &str| {
        Diagnostic::new(
            ErrorKind::Configuration,
            format!("the certificates {path:?} that \"{name}\" names {why}"),
            format!("correct \"{name}\", or unset it to trust the built-in authorities"),
        )
    };
    let bytes = read(path, deadline)
        .await
        .map_err(|error| refuse(&format!("cannot be read, {}", crate::error::reason(&error))))?;
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

/// A pipe may have nobody who writes to it, so it is read on a thread that nobody has to wait for.
async fn read(path: &OsString, deadline: Instant) -> io::Result<Vec<u8>> {
    if std::fs::metadata(path).is_ok_and(|found| found.is_file()) {
        return read_now(path);
    }
    let (say, said) = oneshot::channel();
    let own = path.clone();
    thread::Builder::new().spawn(move || say.send(read_now(&own)))?;
    match timeout_at(deadline, said).await {
        Ok(Ok(read)) => read,
        Ok(Err(_)) => Err(io::ErrorKind::Interrupted.into()),
        Err(_) => Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "it did not end within the timeout",
        )),
    }
}

fn read_now(path: &OsString) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(Path::new(path))?;
    file.take(LARGEST_BUNDLE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST_BUNDLE {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "it is too large for certificates",
        ));
    }
    Ok(bytes)
}
