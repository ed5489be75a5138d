//! Drives the built binary as its users do.

mod credentials;
mod dotenv;
mod emulator;
mod emulators;
mod endpoints;
mod fake_selftest;
mod faults;
mod requests;
mod support;
