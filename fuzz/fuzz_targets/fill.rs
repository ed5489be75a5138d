//! Holds for any text and value what `tests/invariants/fill.rs` says; the first line is the value.

#![no_main]

#[path = "../../tests/invariants/mod.rs"]
#[allow(dead_code)] // each target calls one of them
mod invariants;

libfuzzer_sys::fuzz_target!(|input: &str| {
    let (value, text) = input.split_once('\n').unwrap_or(("", input));
    invariants::fill::hold(text, value);
});
