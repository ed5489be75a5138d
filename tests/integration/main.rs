//! Drives the built binary as its users do.

mod credentials;
mod dotenv;
mod emulator;
mod emulators;
mod fake_selftest;
mod requests;
mod support;
