//! What the user wrote: the environment, manifests, `--from`, and local dotenv files.

pub(crate) mod bulk;
pub mod declaration;
pub mod interpolate;
pub mod manifest;
pub mod sources;
