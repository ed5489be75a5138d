//! Drives the built binary as its users do.

mod command;
mod dotenv;
mod emulator;
mod emulators;
mod fake_selftest;
mod options;
mod support;
