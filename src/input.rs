//! What the user wrote: the environment, manifests, `--from`, and local dotenv files.

pub mod declaration;
pub mod interpolate;
pub mod manifest;
pub mod sources;
