//! What stores answer: AWS, or a mock in its place. The only asynchronous part.

mod aws;
pub(crate) mod fetch;
mod mock;
mod suggest;
