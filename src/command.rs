//! Becoming the command.

pub mod choose;
pub mod exec;
pub mod file;
pub(crate) mod install;
