//! Becoming the command.

pub(crate) mod choose;
pub(crate) mod exec;
pub(crate) mod file;
pub(crate) mod install;
