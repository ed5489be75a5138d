//! What others make of dotenv texts: dotenvy in this process, python-dotenv and npm's dotenv in theirs.
//!
//! They live in the venv that `PARAMEXEC_TEST_VENV` names; without it the tests that need them fail, for a test that
//! skips proves nothing.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{FOLDER, bytes};

/// Whom the cases are shown to, in the order of the columns of docs/dotenv.md.
pub const NAMES: [&str; 3] = ["dotenvy", "python-dotenv", "npm dotenv"];

/// For each case what each makes of it: an object, or null for what it refuses.
pub fn all(cases: &[Value]) -> Vec<[Value; 3]> {
    let python = python_dotenv(cases);
    let npm = npm_dotenv(cases);
    let each = cases.iter().zip(python).zip(npm);
    each.map(|((case, python), npm)| [dotenvy(case), python, npm.filled()])
        .collect()
}

/// The whole file at once. It would fill `${NAME}` from this process's environment, so it is only of use for cases
/// without one of their own.
pub fn dotenvy(case: &Value) -> Value {
    let variables: Result<BTreeMap<String, String>, _> =
        dotenvy::from_read_iter(&bytes(case)[..]).collect();
    variables.map_or(Value::Null, |variables| json!(variables))
}

/// What npm's packages make of a case.
pub struct Npm {
    pub parsed: BTreeMap<String, String>,
    pub fast: BTreeMap<String, String>,
    expanded: BTreeMap<String, String>,
}

impl Npm {
    /// `dotenv` alone fills nothing, and dotenv-expand takes every `$` for a name, in single quotes too; so it is asked
    /// for the values that have a `${` in them.
    pub fn filled(&self) -> Value {
        let filled = self.parsed.iter().map(|(name, value)| {
            let filled = if value.contains("${") {
                &self.expanded[name]
            } else {
                value
            };
            (name, filled)
        });
        json!(filled.collect::<BTreeMap<_, _>>())
    }
}

/// All in one process.
pub fn python_dotenv(cases: &[Value]) -> Vec<Value> {
    let script = Path::new(FOLDER).join("dotenv/python_dotenv.py");
    answers(Command::new(venv().join("bin/python")).arg(script), cases)
}

pub fn npm_dotenv(cases: &[Value]) -> Vec<Npm> {
    let script = Path::new(FOLDER).join("dotenv/npm_dotenv.cjs");
    let mut node = Command::new(venv().join("bin/node"));
    let answers = answers(node.arg(script).arg(venv().join("npm")), cases);
    let each = answers.into_iter().map(|answer| {
        let variables = |reading: &str| {
            serde_json::from_value(answer[reading].clone()).expect("an object of strings")
        };
        Npm {
            parsed: variables("parsed"),
            fast: variables("fast"),
            expanded: variables("expanded"),
        }
    });
    each.collect()
}

fn venv() -> PathBuf {
    let venv = std::env::var_os("PARAMEXEC_TEST_VENV").expect(
        "set PARAMEXEC_TEST_VENV to the folder that scripts/venv makes, or run scripts/test: it has the libraries that dotenv objects are compared with",
    );
    venv.into()
}

fn answers(oracle: &mut Command, cases: &[Value]) -> Vec<Value> {
    let mut running = oracle
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot run {oracle:?}: {error}: run scripts/venv"));
    // They read all before they write, so neither end waits for the other.
    running
        .stdin
        .take()
        .unwrap()
        .write_all(json!(cases).to_string().as_bytes())
        .expect("the oracle reads the cases");
    let output = running.wait_with_output().expect("the oracle ends");
    assert!(
        output.status.success(),
        "{oracle:?} failed: run scripts/venv, which installs what it needs"
    );
    serde_json::from_slice(&output.stdout).expect("the oracle prints a JSON list")
}
