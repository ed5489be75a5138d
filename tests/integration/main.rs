//! Drives the built binary as its users do.

mod command;
mod credentials;
mod docs;
mod dotenv;
mod emulator;
mod emulators;
mod examples;
mod failure;
mod fake_selftest;
mod looking;
mod manifests;
mod mock;
mod options;
mod precedence;
mod readme;
mod requests;
mod support;
