//! Drives the built binary as its users do.

mod command;
mod dotenv;
mod emulator;
mod emulators;
mod failure;
mod fake_selftest;
mod readme;
mod manifests;
mod mock;
mod options;
mod precedence;
mod support;
