//! Holds for any input what `tests/invariants/reference.rs` says.

#![no_main]

#[path = "../../tests/invariants/mod.rs"]
#[allow(dead_code)] // each target calls one of them
mod invariants;

libfuzzer_sys::fuzz_target!(|text: &str| invariants::reference::hold(text));
