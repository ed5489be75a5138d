//! Drives the built binary as its users do.

// A panic fails the test, and nothing is public outside a test crate.
#![allow(clippy::unwrap_used, unreachable_pub)]

mod command;
mod credentials;
mod docs;
mod dotenv;
mod emulator;
mod emulators;
mod endpoints;
mod examples;
mod failure;
mod fake;
mod faults;
mod files;
mod hostile;
mod inspect;
#[path = "../invariants/mod.rs"]
mod invariants;
mod manifests;
mod mock;
mod options;
mod precedence;
mod properties;
mod proxies;
mod readme;
mod requests;
mod support;
mod templates;
