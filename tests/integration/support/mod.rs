//! What every integration test stands on: a fake AWS at the wire, a builder that runs the binary, a test CA and temporary folders.
//!
//! Nothing here knows how paramexec works inside: the tests see what a user and AWS see.

#![allow(
    dead_code,
    unused_imports,
    reason = "one support for all tests: not every test needs all of it"
)]

pub mod fake;
pub mod namespace;
pub mod outcome;
pub mod run;
pub mod running;
pub mod secrecy;
pub mod side_by_side;
pub mod temp;
pub mod tls;
