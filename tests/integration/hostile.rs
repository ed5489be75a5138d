//! Attacks: inputs, answers and places that once started a command half-configured, showed a value, or ended without help.

mod answers;
mod filtered;
mod inputs;
mod limits;
mod reports;
mod server;
mod shown;

use std::sync::Mutex;

use crate::support::fake::{Fake, Request, SECRET_ACCESS_KEY};
use crate::support::run::Paramexec;
use crate::support::secrecy::values_never_shown;
use crate::support::side_by_side::side_by_side;
use crate::support::temp::TempDir;
use server::{Server, Step};

/// What no output may show.
const VALUE: &str = "planted-value-of-a-parameter";

/// An attack, the code with which the run must end, and what the message must hold. With code 0 the command starts.
type Attack = (
    &'static str,
    i32,
    &'static [&'static str],
    fn(&Ground) -> Paramexec,
);

/// What an attack stands on: a store, files, and servers of its own.
struct Ground {
    fake: Fake,
    folder: TempDir,
    servers: Mutex<Vec<Server>>,
}

impl Ground {
    fn new() -> Self {
        let fake = Fake::start();
        fake.secure("/app/key", VALUE)
            .secret("app", r#"{"password":"planted-value-of-a-parameter"}"#);
        Self {
            fake,
            folder: TempDir::new(),
            servers: Mutex::default(),
        }
    }

    fn run(&self) -> Paramexec {
        Paramexec::new()
            .endpoint(&self.fake)
            .current_dir(self.folder.path())
            .env("PARAMEXEC_TIMEOUT", "2s")
    }

    /// A run whose AWS is this script.
    fn answered_by(
        &self,
        script: impl Fn(usize, &Request) -> Vec<Step> + Send + Sync + 'static,
    ) -> Paramexec {
        self.run().env("AWS_ENDPOINT_URL", self.server(script))
    }

    /// The URL of a server that lasts as long as the attack.
    fn server(
        &self,
        script: impl Fn(usize, &Request) -> Vec<Step> + Send + Sync + 'static,
    ) -> String {
        let server = Server::start(script);
        let url = server.url();
        self.servers.lock().expect("no panic").push(server);
        url
    }

    fn dotenv(&self, text: &str) -> Paramexec {
        self.folder.file("app.env", text);
        self.run().args(["--from", "file:app.env"])
    }

    fn manifest(&self, text: &str) -> Paramexec {
        self.folder.file("manifest", text);
        self.run().args(["--manifest", "manifest"])
    }
}

/// Every attack ends as it must, in one message without a value, a control character or a panic.
#[track_caller]
fn withstands(attacks: &[Attack]) {
    side_by_side(attacks.iter().map(|attack| attack.0), |name| {
        let attack = attacks.iter().find(|attack| attack.0 == name);
        let (_, code, says, arrange) = attack.expect("it is one of them");
        let ground = Ground::new();
        let outcome = arrange(&ground).shell("echo started").run();
        let (stdout, stderr) = (outcome.stdout(), outcome.stderr());
        assert_eq!(outcome.code(), Some(*code), "{name}: {stdout}{stderr}");
        let started = if *code == 0 { "started\n" } else { "" };
        assert_eq!(stdout, started, "{name}: {stderr}");
        for text in *says {
            assert!(
                stderr.contains(text),
                "{name}: {text:?} is not in\n{stderr}"
            );
        }
        let control = |letter: char| letter.is_control() && letter != '\n';
        assert!(!stderr.contains(control), "{name}: {stderr:?}");
        assert!(!stderr.contains("panicked"), "{name}: {stderr}");
        values_never_shown(&outcome, &[VALUE, SECRET_ACCESS_KEY, "planted-hidden"]);
    });
}
