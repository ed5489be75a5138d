//! The services that are asked, one adapter each.

pub(crate) mod s3;
pub(crate) mod secrets_manager;
pub(crate) mod ssm;
