//! What a variable with `?file` stands for: a secret that the command reads from a file.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::response::text;
use crate::error::{Diagnostic, ErrorKind};
use crate::origin::Subject;
use crate::reference::{FileOptions, Reference};
use crate::request::{Bytes, Response};

/// A file that is made just before the command starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SecretFile {
    /// The descriptor under which the command finds it.
    pub descriptor: i32,
    /// What it holds.
    pub contents: Bytes,
    /// Its mode.
    pub mode: u32,
    /// The variable that holds its path.
    pub subject: Subject,
}

impl SecretFile {
    /// Its path. It names the process, because child processes do not always inherit descriptors.
    #[must_use]
    pub(crate) fn path(&self) -> String {
        format!("/proc/{}/fd/{}", std::process::id(), self.descriptor)
    }
}

/// The contents of a file, from the response of a store.
///
/// # Errors
/// When the response does not fit the reference.
pub(super) fn contents(
    reference: &Reference,
    file: FileOptions,
    answer: &Response,
) -> Result<Bytes, Diagnostic> {
    let bytes = match (answer, &reference.key) {
        // No placeholder is base64.
        (Response::Placeholder(_), _) => {
            return text(reference, answer).map(|value| Bytes(value.expose().into()));
        }
        (Response::Binary(bytes) | Response::Object(bytes), None) => bytes.clone(),
        _ => Bytes(text(reference, answer)?.expose().into()),
    };
    decoded(reference, file, bytes)
}

/// `bytes`, decoded if the reference has `decode=base64`.
///
/// # Errors
/// When the reference has `decode=base64` and they are not base64.
pub(super) fn decoded(
    reference: &Reference,
    file: FileOptions,
    mut bytes: Bytes,
) -> Result<Bytes, Diagnostic> {
    if file.base64 {
        // What `base64` prints has line ends.
        bytes.0.retain(|byte| !byte.is_ascii_whitespace());
        let decoded = BASE64_STANDARD.decode(&bytes.0);
        bytes = Bytes(decoded.map_err(|_| {
            Diagnostic::input(
                format!("{} is not base64", reference.request),
                "store it as base64, or leave \"decode=base64\" out",
            )
        })?);
    }
    Ok(bytes)
}

/// The problem that no descriptor is free for a file.
pub(super) fn no_descriptor() -> Diagnostic {
    Diagnostic::new(
        ErrorKind::Configuration,
        "no descriptor is free for a file",
        "raise the limit on open files (ulimit -n), and mount /proc",
    )
}
