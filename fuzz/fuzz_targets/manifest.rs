//! Holds for any input what `tests/invariants/manifest.rs` says.

#![no_main]

#[path = "../../tests/invariants/mod.rs"]
#[allow(dead_code)] // each target calls one of them
mod invariants;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| invariants::manifest::hold(bytes));
