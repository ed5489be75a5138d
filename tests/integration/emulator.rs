//! The two AWS emulators, each started and seeded once for the whole test process, and ended with it.
//!
//! What they hold is in `seed.py`; how they are started, and why by a Python program, in `emulate.py`.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

pub struct Emulator {
    pub name: &'static str,
    seeded: Value,
    /// Its standard input is open for as long as this process lives: that is what keeps the emulator running.
    _running: Child,
}

/// Checks signatures, session tokens and policies; takes more than ten names in one call.
pub fn ministack() -> &'static Emulator {
    static MINISTACK: OnceLock<Result<Emulator, String>> = OnceLock::new();
    once(&MINISTACK, "ministack")
}

/// Lets everybody in; refuses more than ten names in one call.
pub fn moto() -> &'static Emulator {
    static MOTO: OnceLock<Result<Emulator, String>> = OnceLock::new();
    once(&MOTO, "moto")
}

/// A failure is kept as well, so that each test tells it and none waits for it again.
fn once(
    cell: &'static OnceLock<Result<Emulator, String>>,
    name: &'static str,
) -> &'static Emulator {
    cell.get_or_init(|| start(name))
        .as_ref()
        .unwrap_or_else(|error| panic!("{error}"))
}

impl Emulator {
    pub fn endpoint(&self) -> &str {
        self.text("/endpoint")
    }

    pub fn account(&self) -> &str {
        self.text("/account")
    }

    /// The role that may read parameters, and nothing else.
    pub fn role(&self) -> &str {
        self.text("/role")
    }

    /// `shop/staging/api`, as the given region knows it.
    pub fn secret_arn(&self, region: &str) -> &str {
        self.text(&format!("/secret_arns/{region}"))
    }

    /// The environment variables that make paramexec act as one of the users in `seed.py`.
    pub fn credentials(&self, user: &str) -> impl Iterator<Item = (&str, &str)> {
        ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
            .into_iter()
            .map(move |name| (name, self.text(&format!("/users/{user}/{name}"))))
    }

    fn text(&self, pointer: &str) -> &str {
        let value = self.seeded.pointer(pointer).and_then(Value::as_str);
        value.unwrap_or_else(|| panic!("seed.py gave no \"{pointer}\" for {}", self.name))
    }
}

fn start(name: &'static str) -> Result<Emulator, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/integration/emulate.py");
    let mut child = Command::new(python()?)
        .arg("-B") // leaves no compiled files between the sources
        .arg(script)
        .arg(name)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{name} cannot be started: {error}"))?;

    let mut ready = String::new();
    let answers = child.stdout.take().expect("its output is piped");
    BufReader::new(answers)
        .read_line(&mut ready)
        .map_err(|error| format!("{name} did not start: {error}"))?;
    let seeded = serde_json::from_str(&ready).map_err(|_| {
        format!("{name} did not start; what emulate.py says about it is on standard error")
    })?;
    Ok(Emulator {
        name,
        seeded,
        _running: child,
    })
}

/// The interpreter that has what `scripts/requirements.txt` names.
pub fn python() -> Result<PathBuf, String> {
    let venv = std::env::var_os("PARAMEXEC_TEST_VENV")
        .ok_or("PARAMEXEC_TEST_VENV is not set: run scripts/test, which makes the Python environment that the emulators need")?;
    Ok(Path::new(&venv).join("bin/python"))
}
