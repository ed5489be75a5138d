//! The services that are asked, one adapter each.

pub(crate) mod s3;
pub(crate) mod secrets_manager;
pub(crate) mod ssm;

use crate::error::Diagnostic;
use crate::request::{Response, Target};

/// What was asked, and what came back.
pub(super) type Answered<T = Target> = Vec<(T, Result<Response, Diagnostic>)>;

/// The most names that one request to Parameter Store takes, and the most parameters of a page.
pub(super) const MAX_NAMES: usize = 10;
