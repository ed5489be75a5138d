//! Becoming the command.

pub mod choose;
pub mod exec;
pub(crate) mod install;
