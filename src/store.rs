//! What stores answer: AWS, or a mock in its place. The only asynchronous part.

mod aws;
pub(crate) mod fetch;
pub(crate) mod mock;
mod suggest;
