//! Credentials from a profile's `credential_process`.
//!
//! Not the SDK's: that one lets the helper read this process's stdin and run on after the budget.

use std::fmt;
use std::io;
use std::os::fd::OwnedFd;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, future};
use serde_json::{Map, Value};
use thiserror::Error;
use tokio::net::unix::pipe;

use crate::process;

/// More than any helper has to say.
const LONGEST_OUTPUT: usize = 64 << 10;
/// A helper that has closed its output ends at once.
const PAUSE: Duration = Duration::from_millis(1);

/// Runs a command and reads the credentials that it writes.
pub(super) struct CredentialProcess {
    command: String,
}

/// Why a helper gives no credentials. Nothing that it wrote is in it.
#[derive(Debug, Error)]
enum ProcessError {
    #[error("credential_process cannot be run, {}", crate::error::reason(.0))]
    NotRun(#[from] io::Error),
    #[error("credential_process ended with {0}; run it by hand to see why")]
    Failed(ExitStatus),
    #[error("credential_process does not write credentials: {0}")]
    Output(&'static str),
}

impl CredentialProcess {
    pub(super) fn new(command: &str) -> Self {
        Self {
            command: command.to_owned(),
        }
    }

    async fn credentials(&self) -> Result<Credentials, ProcessError> {
        let mut command = Command::new("sh");
        command
            .args(["-c", &self.command])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            // Helpers print what they should not.
            .stderr(Stdio::null());
        process::end_with_this_process(&mut command);
        let mut helper = Helper(command.spawn()?);
        let output = match helper.0.stdout.take() {
            Some(stdout) => read(stdout).await?,
            None => Vec::new(),
        };
        match helper.end().await {
            Some(status) if !status.success() => Err(ProcessError::Failed(status)),
            _ => parse(&output),
        }
    }
}

/// Arguments may be secret.
impl fmt::Debug for CredentialProcess {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("CredentialProcess(..)")
    }
}

impl ProvideCredentials for CredentialProcess {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let credentials = async || -> provider::Result {
            let credentials = self.credentials().await;
            credentials.map_err(CredentialsError::provider_error)
        };
        future::ProvideCredentials::new(credentials())
    }
}

/// A helper under way. It and all that it started end when nobody waits for it any more.
struct Helper(Child);

impl Helper {
    /// How it ended; nothing where the system does not say, since a parent ignores its children.
    async fn end(&mut self) -> Option<ExitStatus> {
        loop {
            match self.0.try_wait() {
                Ok(None) => tokio::time::sleep(PAUSE).await,
                ended => return ended.ok().flatten(),
            }
        }
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        process::end_group(self.0.id());
        let _ = self.0.wait();
    }
}

async fn read(stdout: ChildStdout) -> Result<Vec<u8>, ProcessError> {
    let pipe = pipe::Receiver::from_owned_fd(OwnedFd::from(stdout))?;
    let mut output = Vec::new();
    let mut block = [0; 4096];
    loop {
        pipe.readable().await?;
        match pipe.try_read(&mut block) {
            Ok(0) => return Ok(output),
            Ok(length) => output.extend_from_slice(&block[..length]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
        if output.len() > LONGEST_OUTPUT {
            return Err(ProcessError::Output("its output is too long"));
        }
    }
}

fn parse(output: &[u8]) -> Result<Credentials, ProcessError> {
    let object: Map<String, Value> = serde_json::from_slice(output)
        .map_err(|_| ProcessError::Output("its output is not a JSON object"))?;
    let get = |name: &str| {
        let named = |(key, _): &(&String, &Value)| key.eq_ignore_ascii_case(name);
        object.iter().find(named).map(|(_, value)| value)
    };
    let text = |name: &str| get(name).and_then(Value::as_str);
    if get("Version").and_then(Value::as_i64) != Some(1) {
        return Err(ProcessError::Output("\"Version\" is not 1"));
    }
    let id = text("AccessKeyId").ok_or(ProcessError::Output("\"AccessKeyId\" is missing"))?;
    let secret =
        text("SecretAccessKey").ok_or(ProcessError::Output("\"SecretAccessKey\" is missing"))?;
    let token = text("SessionToken").map(str::to_owned);
    // When they expire is for AWS to say: nothing is kept until then.
    Ok(Credentials::new(
        id,
        secret,
        token,
        None,
        "credential_process",
    ))
}
