//! The type that secrets live in, from the moment they arrive until exec.
//!
//! It shows nothing: no `Display`, a `Debug` without content. Code that needs the text says so by
//! calling [`SecretValue::expose`], which makes every such place easy to find.

use std::fmt;

/// The value of a variable, a parameter or a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretValue(String);

impl SecretValue {
    /// Wraps `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the command's environment and for parsing; never for a message.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Value(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_the_value() {
        assert_eq!(format!("{:?}", SecretValue::new("hunter2")), "Value(..)");
        assert_eq!(
            format!("{:?}", Some(SecretValue::new(""))),
            "Some(Value(..))"
        );
    }
}
