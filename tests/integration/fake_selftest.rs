//! The fake is tested as well: a fake that is more lenient than AWS would make every other test worthless.

mod credentials;
mod faults;
mod parameters;
mod runs;
mod secrets_and_objects;
mod signatures;
mod tls;
