//! Dotenv objects against a table written by hand, and against python-dotenv itself.
//!
//! The table is `data/dotenv_cases.json`: `input` or `hex`, perhaps `dialect` and `environment`,
//! then either `values` or `problems` as pairs of a line and the name of a `Reason`. python-dotenv
//! runs in the venv that `PARAMEXEC_TEST_VENV` names; without it the tests that need it fail, for a
//! test that skips proves nothing.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use paramexec::dotenv::{Dialect, Entry, Problem, Reason, parse};
use serde_json::{Value, json};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/integration");

#[test]
fn every_case_of_the_table_is_read_or_refused_as_it_says() {
    let wrong: Vec<String> = table().iter().filter_map(difference_from_table).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_case_that_is_read_agrees_with_python_dotenv() {
    let cases = table()
        .into_iter()
        .filter(|case| dialect(case) == Dialect::Dotenv);
    assert_agrees_with_python_dotenv(cases.collect(), 60);
}

#[test]
fn whatever_is_read_of_random_text_agrees_with_python_dotenv() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let cases = (0..30_000)
        .map(|_| json!({ "input": random.text(), "environment": { "X": "from $outside" } }));
    assert_agrees_with_python_dotenv(cases.collect(), 1_000);
}

#[test]
fn dotenvy_reads_whatever_the_guard_lets_through() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let texts = (0..100_000).map(|_| random.text());
    for text in texts {
        let problems = parse(text.as_bytes(), Dialect::Dotenv, &|_| Some("x".to_owned()))
            .err()
            .unwrap_or_default();
        assert!(
            problems
                .iter()
                .all(|problem| problem.reason != Reason::Unreadable),
            "{text:?}"
        );
    }
}

fn assert_agrees_with_python_dotenv(cases: Vec<Value>, at_least: usize) {
    let read: Vec<(Value, Vec<Entry>)> = cases
        .into_iter()
        .filter_map(|case| read(&case).ok().map(|entries| (case, entries)))
        .collect();
    assert!(
        read.len() >= at_least,
        "only {} cases were read, so little is compared",
        read.len()
    );
    let cases: Vec<&Value> = read.iter().map(|(case, _)| case).collect();
    for ((case, entries), theirs) in read.iter().zip(python_dotenv(&json!(cases))) {
        let ours: BTreeMap<&str, &str> = entries
            .iter()
            .map(|entry| (&*entry.name, entry.value.expose()))
            .collect();
        assert_eq!(json!(ours), theirs, "of {case}");
    }
}

fn difference_from_table(case: &Value) -> Option<String> {
    let actual = match read(case) {
        Ok(entries) => json!({ "values": entries.iter().map(pair).collect::<Vec<_>>() }),
        Err(problems) => {
            json!({ "problems": sorted(problems.iter().map(line_and_reason).collect()) })
        }
    };
    let expected = match case.get("values") {
        Some(values) => json!({ "values": values }),
        None => {
            json!({ "problems": sorted(serde_json::from_value(case["problems"].clone()).unwrap()) })
        }
    };
    (actual != expected).then(|| {
        format!(
            "{}\n  expected {expected}\n  actual   {actual}",
            case["name"]
        )
    })
}

fn pair(entry: &Entry) -> (&str, &str) {
    (&entry.name, entry.value.expose())
}

fn line_and_reason(problem: &Problem) -> (usize, String) {
    let reason = format!("{:?}", problem.reason);
    (
        problem.line,
        reason.split(' ').next().unwrap_or_default().to_owned(),
    )
}

fn sorted(mut problems: Vec<(usize, String)>) -> Vec<(usize, String)> {
    problems.sort();
    problems
}

fn table() -> Vec<Value> {
    let path = Path::new(FOLDER).join("data/dotenv_cases.json");
    let text = std::fs::read(&path)
        .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
    serde_json::from_slice(&text).expect("the table is a JSON list")
}

fn dialect(case: &Value) -> Dialect {
    let name = case.get("dialect").map_or("dotenv", |name| {
        name.as_str().expect("a dialect is a string")
    });
    Dialect::parse(name).expect("the dialect is one of the two")
}

fn read(case: &Value) -> Result<Vec<Entry>, Vec<Problem>> {
    let inherited = |name: &str| Some(case.get("environment")?.get(name)?.as_str()?.to_owned());
    parse(&bytes(case), dialect(case), &inherited)
}

fn bytes(case: &Value) -> Vec<u8> {
    match (case.get("input"), case.get("hex")) {
        (Some(text), None) => text
            .as_str()
            .expect("input is a string")
            .as_bytes()
            .to_vec(),
        (None, Some(hex)) => unhex(hex.as_str().expect("hex is a string")),
        _ => panic!("either input or hex: {case}"),
    }
}

fn unhex(hex: &str) -> Vec<u8> {
    let digits = hex
        .as_bytes()
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).unwrap());
    digits
        .map(|pair| u8::from_str_radix(pair, 16).expect("two hexadecimal digits"))
        .collect()
}

/// What python-dotenv makes of the cases, all in one process
fn python_dotenv(cases: &Value) -> Vec<Value> {
    let venv = std::env::var("PARAMEXEC_TEST_VENV")
        .expect("set PARAMEXEC_TEST_VENV to a Python venv that has python-dotenv: it is what dotenv objects are compared with");
    let mut python = Command::new(Path::new(&venv).join("bin/python"))
        .arg(Path::new(FOLDER).join("dotenv_oracle.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| {
            panic!("cannot run bin/python of PARAMEXEC_TEST_VENV={venv}: {error}")
        });
    // It reads all before it writes, so neither end waits for the other.
    python
        .stdin
        .take()
        .unwrap()
        .write_all(cases.to_string().as_bytes())
        .expect("python reads the cases");
    let output = python.wait_with_output().expect("python ends");
    assert!(
        output.status.success(),
        "is python-dotenv installed in PARAMEXEC_TEST_VENV={venv}?"
    );
    serde_json::from_slice(&output.stdout).expect("python prints a JSON list")
}

/// xorshift64: the same texts in every run, so that a failure can be looked at
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn text(&mut self) -> String {
        let words: String = (0..=self.below(12))
            .map(|_| WORDS[self.below(WORDS.len())])
            .collect();
        if self.below(2) == 0 {
            words
        } else {
            format!("A={words}")
        }
    }
}

/// What dotenv texts are made of, and what libraries trip over
const WORDS: [&str; 48] = [
    "A", "B", "X", "=", "=", "=", "\"", "\"", "'", "'", "\\", "\\n", "\n", "\n", "\r\n", " ", "\t",
    "#", " #", "$", "${A}", "${X}", "${", "}", "`", "b", "c d", "export ", "export", ".", "-", "1",
    "_", "é", "\u{a0}", "\u{2028}", "\u{b}", "\\\"", "\\'", "\\\\", "\u{feff}", ":", "A=", "B=\"",
    "B='", "A = ", "\nX=", "\r",
];
