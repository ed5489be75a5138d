//! Dotenv objects against a table written by hand, and against the libraries themselves.
//!
//! The table is `data/dotenv_cases.json`: `input` or `hex`, perhaps `dialect` and `environment`,
//! then either `values` or `problems` as pairs of a line and the name of a `SyntaxErrorKind`. What the libraries make of the
//! same table is in docs/dotenv.md, which `document` holds to what they say.

mod document;
mod oracles;

use std::collections::BTreeMap;
use std::path::Path;

use paramexec::dotenv::{Dialect, Entry, SyntaxError, parse};
use serde_json::{Value, json};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/integration");

#[test]
fn every_case_of_the_table_is_read_or_refused_as_it_says() {
    let wrong: Vec<String> = table().iter().filter_map(difference_from_table).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_case_that_is_read_is_read_alike_by_every_library() {
    let cases = table()
        .into_iter()
        .filter(|case| dialect(case) == Dialect::Dotenv);
    assert_all_agree(cases.collect(), 60);
}

#[test]
fn whatever_is_read_of_random_text_is_read_alike_by_every_library() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let cases = (0..30_000)
        .map(|_| json!({ "input": random.text(), "environment": { "X": "from outside" } }));
    assert_all_agree(cases.collect(), 1_000);
}

fn assert_all_agree(cases: Vec<Value>, at_least: usize) {
    let (cases, ours): (Vec<Value>, Vec<Value>) = cases
        .into_iter()
        .filter_map(|case| Some((variables(&case)?, case)))
        .map(|(ours, case)| (case, ours))
        .unzip();
    assert!(
        cases.len() >= at_least,
        "only {} cases were read, so little is compared",
        cases.len()
    );
    let python = oracles::python_dotenv(&cases);
    let npm = oracles::npm_dotenv(&cases);
    for (((case, ours), python), npm) in cases.iter().zip(&ours).zip(&python).zip(&npm) {
        assert_eq!(ours, python, "python-dotenv, of {case}");
        assert_eq!(npm.parsed, npm.fast, "npm's dotenv with `fast`, of {case}");
        if document::explanation(case, "npm dotenv").is_none() {
            // What the environment already has is not set by the file.
            let (ours, npm) = (unset(case, ours), unset(case, &npm.filled()));
            assert_eq!(ours, npm, "npm's dotenv, of {case}");
        }
    }
}

/// The variables that a case's environment does not have.
fn unset(case: &Value, variables: &Value) -> Value {
    let mut variables = variables.clone();
    let environment = case.get("environment").and_then(Value::as_object);
    for name in environment.into_iter().flat_map(|all| all.keys()) {
        variables.as_object_mut().unwrap().remove(name);
    }
    variables
}

/// What paramexec makes of a case, if it reads it.
fn variables(case: &Value) -> Option<Value> {
    let entries = read(case).ok()?;
    let each = entries.iter().map(pair).collect::<BTreeMap<_, _>>();
    Some(json!(each))
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

fn line_and_reason(problem: &SyntaxError) -> (usize, String) {
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

fn read(case: &Value) -> Result<Vec<Entry>, Vec<SyntaxError>> {
    let inherited = |name: &str| Some(case.get("environment")?.get(name)?.as_str()?.to_owned());
    parse(&bytes(case), dialect(case), &inherited, &|_| false)
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
