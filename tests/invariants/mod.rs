//! What holds of the parsers for every input there is: the property tests and the fuzz targets both call these.
//!
//! Each function takes anything and panics when something does not hold: a parser panics, what it accepted changes
//! when it is printed and parsed again, or a part of the input was lost on the way. They know the grammar from its
//! other end: they print it.

pub mod dotenv;
pub mod fill;
pub mod json;
pub mod manifest;
pub mod reference;
