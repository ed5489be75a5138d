//! Becoming the command.

pub mod exec;
pub(crate) mod install;
