//! Detects mistyped references, since the command would otherwise get the text itself as its password.

use super::{is_reference, redacted};

/// Schemes of references in the environment.
const SCHEMES: [&str; 2] = ["ssm", "secretsmanager"];

/// Typing errors that are nobody else's scheme before three slashes, unlike `ssh` or `ssl`.
const MISTYPED_SSM: [&str; 5] = ["smm", "sms", "sm", "ssmm", "sssm"];

/// How many edits away from `secretsmanager` a scheme is still meant as it.
const MAX_EDITS: usize = 2;

/// How a text differs from the reference that was probably meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NearMiss {
    /// Its scheme is written in another way.
    Scheme {
        /// The text as it may be shown.
        redacted: String,
        /// What to write instead.
        meant: String,
    },
    /// Quotes, blanks or line ends stand around it.
    Wrapped {
        /// The reference inside as it may be shown.
        meant: String,
    },
    /// A reference of this scheme stands inside a longer value, which may hold secrets besides.
    Inside {
        /// `ssm://` or `secretsmanager://`.
        scheme: &'static str,
    },
}

/// The mistake in `text`, if it looks like a mistyped reference.
#[must_use]
pub fn near_miss(text: &str, arns_too: bool) -> Option<NearMiss> {
    let inner = text.trim_matches(is_wrapping);
    if inner.len() < text.len() && (is_reference(inner, arns_too) || mistyped(inner).is_some()) {
        let meant = redacted(inner).escape_debug().to_string();
        return Some(NearMiss::Wrapped { meant });
    }
    inside(text).or_else(|| mistyped(text))
}

/// Characters often copied along with a reference: quotes, blanks, and invisible ones.
fn is_wrapping(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '`' | '\u{feff}' | '\u{200b}')
}

fn mistyped(text: &str) -> Option<NearMiss> {
    let (written, rest) = text.split_once(':')?;
    let scheme = meant_scheme(written, rest)?;
    if written == scheme && rest.starts_with("//") {
        return None;
    }
    if !rest.starts_with('/') {
        // Without a slash the rest may be anything, a password too.
        return Some(NearMiss::Scheme {
            redacted: format!("{written}:…"),
            meant: format!("{scheme}://NAME"),
        });
    }
    // A secret's name rarely begins with a slash, a parameter's mostly does.
    let extra = if scheme == SCHEMES[0] { "//" } else { "/" };
    let name = rest.strip_prefix("//").or_else(|| rest.strip_prefix(extra));
    let name = name.unwrap_or(rest);
    let escaped = |text: &str| redacted(text).escape_debug().to_string();
    Some(NearMiss::Scheme {
        redacted: escaped(text),
        meant: escaped(&format!("{scheme}://{name}")),
    })
}

/// The scheme that was probably meant by `written:rest`.
fn meant_scheme(written: &str, rest: &str) -> Option<&'static str> {
    let lower = written.to_ascii_lowercase();
    let blank_follows = rest.starts_with(char::is_whitespace);
    if let Some(scheme) = SCHEMES.iter().find(|scheme| lower == **scheme) {
        return (!blank_follows).then_some(scheme);
    }
    if rest.starts_with("///") && MISTYPED_SSM.contains(&lower.as_str()) {
        return Some(SCHEMES[0]);
    }
    let [_, secrets] = SCHEMES;
    let near = lower.len().abs_diff(secrets.len()) <= MAX_EDITS
        && strsim::damerau_levenshtein(&lower, secrets) <= MAX_EDITS;
    (near && rest.starts_with("//")).then_some(secrets)
}

/// A reference inside a longer value begins after a character that no scheme has.
fn inside(text: &str) -> Option<NearMiss> {
    let starts = |scheme: &str| {
        let before = |(at, _)| text[..at].chars().next_back();
        let mut found = text.match_indices(scheme).filter_map(before);
        found.any(|before| !is_of_scheme(before))
    };
    let schemes = ["ssm://", "secretsmanager://"];
    let scheme = schemes.into_iter().find(|scheme| starts(scheme))?;
    Some(NearMiss::Inside { scheme })
}

fn is_of_scheme(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scheme(redacted: &str, meant: &str) -> NearMiss {
        NearMiss::Scheme {
            redacted: redacted.to_owned(),
            meant: meant.to_owned(),
        }
    }

    #[test]
    fn a_misspelt_scheme_is_found_with_what_was_meant() {
        for (text, meant) in [
            ("SSM:///x", "ssm:///x"),
            ("Ssm://x", "ssm://x"),
            ("ssm:/x", "ssm:///x"),
            ("smm:///x", "ssm:///x"),
            ("sms:///x", "ssm:///x"),
            ("sm:///x", "ssm:///x"),
            ("ssmm:///x", "ssm:///x"),
            ("SSSM:///x", "ssm:///x"),
            ("secretsmanager:/x", "secretsmanager://x"),
            ("secretmanager://x", "secretsmanager://x"),
            ("SecretsManager://x#k", "secretsmanager://x#k"),
            ("secret-manager://x", "secretsmanager://x"),
        ] {
            assert_eq!(near_miss(text, false), Some(scheme(text, meant)), "{text}");
        }
        let hidden = scheme("Ssm:///a?default=…", "ssm:///a?default=…");
        assert_eq!(near_miss("Ssm:///a?default=hunter2", false), Some(hidden));
        assert_eq!(
            near_miss("ssm:hunter2", false),
            Some(scheme("ssm:…", "ssm://NAME"))
        );
    }

    #[test]
    fn what_stands_around_a_reference_is_found() {
        for text in [
            "\"ssm:///x\"",
            "'ssm:///x'",
            " ssm:///x",
            "\tssm:///x\n",
            "\u{feff}ssm:///x",
        ] {
            let meant = "ssm:///x".to_owned();
            assert_eq!(
                near_miss(text, false),
                Some(NearMiss::Wrapped { meant }),
                "{text:?}"
            );
        }
        let arn = "\"arn:aws:ssm:eu-west-1:1:parameter/a\"";
        assert!(near_miss(arn, true).is_some() && near_miss(arn, false).is_none());
    }

    #[test]
    fn a_reference_inside_a_longer_value_is_found_and_the_value_is_not_shown() {
        for text in [
            "postgres://u:ssm:///p@h/db",
            "{\"password\":\"ssm:///p\"}",
            "x=secretsmanager://p",
            "see ssm://x",
            "üssm://x",
        ] {
            let miss = near_miss(text, false);
            assert!(
                matches!(miss, Some(NearMiss::Inside { .. })),
                "{text}: {miss:?}"
            );
        }
    }

    #[test]
    fn everyday_values_pass() {
        for text in [
            "",
            "ssh://x",
            "ssl://x",
            "smb://x",
            "ws://x",
            "wss://x",
            "gs://x",
            "s3://b/k",
            "sm://project/secret",
            "aws-secretsmanager:/x",
            "aws-ssm://x",
            "arn:aws:ssm:eu-west-1:1:parameter/a",
            "SSM: text",
            "ssm",
            "https://docs/secretsmanager",
            "xssm://y",
            "my+ssm://y",
            "secret://x",
            "smm://x",
            "ssm text",
            "file:a",
            "a:b",
            "s:///x",
            "sn:///x",
        ] {
            assert_eq!(near_miss(text, false), None, "{text}");
        }
    }
}
