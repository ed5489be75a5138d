//! Runs the built binary as a container would start it, and asserts silence unless the test says otherwise.
//!
//! The environment is empty but for what the test sets: neither the developer's credentials nor PATH reach the run.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use nix::sys::signal::Signal;

use super::fake::{ACCESS_KEY_ID, Fake, REGION, SECRET_ACCESS_KEY};
use super::outcome::{Expected, Outcome, Stream};
use super::running::Running;

/// The program that the tests prove: the one that Cargo built, or the one that `PARAMEXEC_BINARY` names, such as a release.
pub fn binary() -> &'static str {
    static BINARY: OnceLock<String> = OnceLock::new();
    BINARY.get_or_init(|| match std::env::var("PARAMEXEC_BINARY") {
        Ok(path) => {
            let path = std::fs::canonicalize(path).expect("PARAMEXEC_BINARY names a file");
            path.into_os_string().into_string().expect("UTF-8")
        }
        Err(_) => env!("CARGO_BIN_EXE_paramexec").to_owned(),
    })
}

type Adjustment = Box<dyn FnOnce(&mut Command)>;

/// A run in preparation.
pub struct Paramexec {
    binary: PathBuf,
    wrapper: Vec<OsString>,
    arguments: Vec<OsString>,
    environment: BTreeMap<OsString, OsString>,
    stdin: Option<Vec<u8>>,
    folder: Option<PathBuf>,
    adjustments: Vec<Adjustment>,
    expected: Expected,
}

impl Paramexec {
    pub fn new() -> Self {
        Self {
            binary: binary().into(),
            wrapper: Vec::new(),
            arguments: Vec::new(),
            environment: BTreeMap::new(),
            stdin: None,
            folder: None,
            adjustments: Vec::new(),
            expected: Expected::default(),
        }
    }

    /// Another copy of the binary, such as one that was installed.
    pub fn binary(mut self, path: impl Into<PathBuf>) -> Self {
        self.binary = path.into();
        self
    }

    /// Runs paramexec by another program, such as `["unshare", "--pid", "--fork"]`. Give its path: there is no PATH.
    pub fn wrapped_in<W: Into<OsString>>(mut self, words: impl IntoIterator<Item = W>) -> Self {
        self.wrapper = words.into_iter().map(Into::into).collect();
        self
    }

    pub fn args<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    pub fn arg(self, argument: impl Into<OsString>) -> Self {
        self.args([argument.into()])
    }

    /// A command for `/bin/sh -c`, after `--`.
    pub fn shell(self, script: &str) -> Self {
        self.args(["--", "/bin/sh", "-c", script])
    }

    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.environment
            .insert(name.as_ref().into(), value.as_ref().into());
        self
    }

    pub fn env_remove(mut self, name: impl AsRef<OsStr>) -> Self {
        self.environment.remove(name.as_ref());
        self
    }

    /// All requests go to the fake, signed with its own key, from its region.
    pub fn endpoint(self, fake: &Fake) -> Self {
        self.env("AWS_ENDPOINT_URL", fake.url())
            .env("AWS_REGION", REGION)
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)
            .env("AWS_EC2_METADATA_DISABLED", "true")
    }

    /// The names that [`Self::endpoint`] sets, for tests that compare whole environments.
    pub const ENDPOINT_NAMES: [&'static str; 5] = [
        "AWS_ENDPOINT_URL",
        "AWS_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_EC2_METADATA_DISABLED",
    ];

    /// What stands on standard input; without it, nothing does.
    pub fn stdin(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.stdin = Some(bytes.as_ref().into());
        self
    }

    pub fn current_dir(mut self, folder: impl AsRef<Path>) -> Self {
        self.folder = Some(folder.as_ref().into());
        self
    }

    /// Anything else that std can set: umask, arg0, descriptors.
    pub fn adjust(mut self, adjust: impl FnOnce(&mut Command) + 'static) -> Self {
        self.adjustments.push(Box::new(adjust));
        self
    }

    pub fn expect_stdout(mut self, text: impl Into<String>) -> Self {
        self.expected.stdout = Stream::Exactly(text.into());
        self
    }

    pub fn expect_stderr(mut self, text: impl Into<String>) -> Self {
        self.expected.stderr = Stream::Exactly(text.into());
        self
    }

    /// May be repeated; the rest of stdout is then free.
    pub fn expect_stdout_containing(mut self, text: &str) -> Self {
        self.expected.stdout.and_containing(text);
        self
    }

    /// May be repeated; the rest of stderr is then free.
    pub fn expect_stderr_containing(mut self, text: &str) -> Self {
        self.expected.stderr.and_containing(text);
        self
    }

    pub fn expect_code(mut self, code: i32) -> Self {
        self.expected.end = super::outcome::End::Code(code);
        self
    }

    pub fn expect_signal(mut self, signal: Signal) -> Self {
        self.expected.end = super::outcome::End::Signal(signal as i32);
        self
    }

    /// Runs to the end, and panics unless everything is as expected.
    #[track_caller]
    pub fn check(mut self) -> Outcome {
        let expected = std::mem::take(&mut self.expected);
        let outcome = self.run();
        expected.check(&outcome);
        outcome
    }

    /// Runs to the end, whatever comes of it.
    #[track_caller]
    pub fn run(self) -> Outcome {
        self.spawn().wait()
    }

    #[track_caller]
    pub fn spawn(mut self) -> Running {
        let stdin = self.stdin.take();
        let mut command = self.command();
        command.stdin(if stdin.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        });
        Running::start(command, stdin)
    }

    fn command(self) -> Command {
        let words = [
            self.wrapper,
            vec![self.binary.into_os_string()],
            self.arguments,
        ]
        .concat();
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).env_clear().envs(self.environment);
        // A group of its own, so that whatever the command starts can be ended with it.
        command.process_group(0);
        if let Some(folder) = self.folder {
            command.current_dir(folder);
        }
        for adjust in self.adjustments {
            adjust(&mut command);
        }
        command
    }
}
