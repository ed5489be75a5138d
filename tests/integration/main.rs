//! Drives the built binary as its users do.

mod command;
mod credentials;
mod dotenv;
mod emulator;
mod emulators;
mod endpoints;
mod failure;
mod fake_selftest;
mod faults;
#[path = "../invariants/mod.rs"]
mod invariants;
mod manifests;
mod mock;
mod options;
mod precedence;
mod properties;
mod readme;
mod requests;
mod support;
