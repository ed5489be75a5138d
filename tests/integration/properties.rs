//! Properties of the parsers: inputs that nobody here wrote, made by proptest.
//!
//! What must hold of any input is in `tests/invariants`, which the fuzz targets use too. Here are the generators: of
//! anything at all, of texts made of the grammars' own words, and of valid inputs together with what they mean.

mod dotenv;
mod fill;
mod json;
mod manifests;
mod references;
mod templates;

use proptest::prelude::*;
use proptest::sample::select;

/// What is planted where only a value can be; no message may hold it.
const PLANTED: &str = "hunter2";

/// Enough cases to find what is easily found in every run, few enough not to be noticed; `scripts/fuzz` looks longer.
/// Nothing is written into the repository: a failure prints the smallest input it was made of.
fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// A text of up to `most` words, joined without anything between; the words are given with "¦" between.
fn of_words(words: &'static str, most: usize) -> impl Strategy<Value = String> {
    let words: Vec<&str> = words.split('¦').collect();
    proptest::collection::vec(select(words), 0..most).prop_map(|words| words.concat())
}

/// Any text, control characters and all.
fn anything() -> impl Strategy<Value = String> {
    proptest::collection::vec(any::<char>(), 0..40)
        .prop_map(|characters| characters.into_iter().collect())
}

fn variable_name() -> impl Strategy<Value = String> {
    "[A-Z_][A-Z0-9_]{0,8}".prop_filter("paramexec's own", |name| !name.starts_with("PARAMEXEC_"))
}
