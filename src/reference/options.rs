//! The query of a reference: `?optional&region=eu-west-1`.

use super::{ReferenceError, arn};
use crate::dotenv::Dialect;
use crate::suggest;
use crate::value::SecretValue;

const KNOWN: [&str; 9] = [
    "optional",
    "default",
    "region",
    "role",
    "prefix",
    "dialect",
    "stage",
    "version",
    "versionId",
];

/// Every option that any reference knows; which of them suit is for the reference to say.
#[derive(Debug, Default)]
pub(super) struct Options {
    pub(super) optional: bool,
    pub(super) default: Option<SecretValue>,
    pub(super) region: Option<String>,
    pub(super) role: Option<String>,
    pub(super) prefix: Option<String>,
    pub(super) dialect: Option<Dialect>,
    pub(super) stage: Option<String>,
    pub(super) version: Option<String>,
    pub(super) version_id: Option<String>,
    given: Vec<&'static str>,
}

impl Options {
    pub(super) fn parse(query: &str) -> Result<Self, ReferenceError> {
        let mut options = Self::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = match pair.split_once('=') {
                Some((name, value)) => (name, Some(decode(one_option(name, value)?)?)),
                None => (pair, None),
            };
            options.note(name)?;
            options.set(name, value)?;
        }
        Ok(options)
    }

    /// Refuses the options that mean nothing for `what`.
    pub(super) fn allow(&self, allowed: &[&str], what: &str) -> Result<(), ReferenceError> {
        match self.given.iter().find(|name| !allowed.contains(name)) {
            None => Ok(()),
            Some(name) => Err(ReferenceError::new(
                format!("\"?{name}\" means nothing for {what}"),
                format!("its options are {}", allowed.join(", ")),
            )),
        }
    }

    fn note(&mut self, name: &str) -> Result<(), ReferenceError> {
        let Some(known) = KNOWN.iter().find(|known| **known == name) else {
            if self.default.is_some() {
                // It is hardly an option, but the rest of a value, which no message may show.
                return Err(ReferenceError::new(
                    "what follows the \"&\" after its default is no option",
                    "in a default an \"&\" is written \"%26\" and a \"#\" \"%23\"",
                ));
            }
            let help = match suggest::nearest(name, &KNOWN) {
                Some(near) => format!("write \"?{near}\""),
                None => format!("options are {}", KNOWN.join(", ")),
            };
            let reason = format!("it has an unknown option \"{}\"", plain(name));
            return Err(ReferenceError::new(reason, help));
        };
        if self.given.contains(known) {
            let reason = format!("it has the option \"?{known}\" twice");
            return Err(ReferenceError::new(reason, "keep one of them"));
        }
        self.given.push(known);
        Ok(())
    }

    fn set(&mut self, name: &str, value: Option<String>) -> Result<(), ReferenceError> {
        match (name, value) {
            ("optional", None) => self.optional = true,
            ("optional", Some(_)) => {
                return Err(ReferenceError::new(
                    "\"?optional\" takes no value",
                    "write \"?optional\"",
                ));
            }
            // An empty default is a value like any other.
            ("default", Some(text)) => self.default = Some(SecretValue::new(text)),
            (_, None) => return Err(lacks_value(name)),
            (_, Some(text)) if text.is_empty() => return Err(lacks_value(name)),
            (_, Some(text)) => self.set_text(name, text)?,
        }
        Ok(())
    }

    fn set_text(&mut self, name: &str, text: String) -> Result<(), ReferenceError> {
        match name {
            "region" => {
                arn::check_region(&text)?;
                self.region = Some(text);
            }
            "role" => {
                check_role(&text)?;
                self.role = Some(text);
            }
            "prefix" => {
                check_prefix(&text)?;
                self.prefix = Some(text);
            }
            "dialect" => self.dialect = Some(dialect(&text)?),
            "stage" => self.stage = Some(text),
            "version" => self.version = Some(text),
            _ => self.version_id = Some(text),
        }
        Ok(())
    }
}

/// Refuses `?region=eu-west-1?default=TEXT`, whose text is not that of a region and may not be said.
fn one_option<'a>(name: &str, value: &'a str) -> Result<&'a str, ReferenceError> {
    if name != "default" && value.contains('?') {
        return Err(ReferenceError::new(
            "a second \"?\" stands among its options",
            "put \"&\" between options; in an option's value a question mark is \"%3F\"",
        ));
    }
    Ok(value)
}

/// The name of an unknown option as it may be shown: `default:TEXT` was meant to be one with a value.
fn plain(name: &str) -> String {
    match name.find(|c: char| !c.is_ascii_alphabetic()) {
        Some(end) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

/// A query as it may be shown.
pub(super) fn redacted(query: &str) -> String {
    shown_after(query, &mut false)
}

fn shown_after(query: &str, after_default: &mut bool) -> String {
    let mut one = |option: &str| {
        let (name, has_value) = match option.split_once('=') {
            Some((name, _)) => (name, true),
            None => (option, false),
        };
        let harmless = KNOWN.contains(&name) && name != "default";
        let redacted = match (has_value, *after_default) {
            _ if harmless => match option.split_once('?') {
                // Perhaps one more option, after a "?" where a "&" was due.
                Some((option, rest)) => format!("{option}?{}", shown_after(rest, after_default)),
                None => option.to_owned(),
            },
            (true, _) if name == "default" => format!("{name}=…"),
            // Perhaps the rest of a default that has a "&" in it.
            (_, true) => "…".to_owned(),
            (true, false) => format!("{}=…", plain(name)),
            (false, false) => plain(name),
        };
        *after_default |= name == "default";
        redacted
    };
    query.split('&').map(&mut one).collect::<Vec<_>>().join("&")
}

fn lacks_value(name: &str) -> ReferenceError {
    ReferenceError::new(
        format!("\"?{name}\" has no value"),
        format!("write \"?{name}=…\""),
    )
}

fn dialect(text: &str) -> Result<Dialect, ReferenceError> {
    Dialect::parse(text).ok_or_else(|| {
        ReferenceError::new(
            format!("there is no dialect \"{}\"", text.escape_default()),
            "write \"dotenv\" or \"docker\"",
        )
    })
}

fn check_role(text: &str) -> Result<(), ReferenceError> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    match parts[..] {
        ["arn", partition, "iam", "", _, resource]
            if partition.starts_with("aws") && resource.starts_with("role/") =>
        {
            Ok(())
        }
        _ => Err(ReferenceError::new(
            "\"?role=\" is not the ARN of a role",
            "write \"arn:aws:iam::ACCOUNT:role/NAME\"",
        )),
    }
}

fn check_prefix(text: &str) -> Result<(), ReferenceError> {
    if text.contains(['=', '\0']) {
        return Err(ReferenceError::new(
            "\"?prefix=\" has a \"=\" or NUL in it, which no variable's name may have",
            "use letters, digits and \"_\"",
        ));
    }
    Ok(())
}

/// Undoes percent-encoding, as in any URL.
pub(super) fn decode(text: &str) -> Result<String, ReferenceError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        if byte != b'%' {
            bytes.push(byte);
            rest = after;
            continue;
        }
        let digits = after
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let decoded = digits
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(decoded.ok_or_else(bad_encoding)?);
        rest = &after[2..];
    }
    String::from_utf8(bytes).map_err(|_| bad_encoding())
}

fn bad_encoding() -> ReferenceError {
    ReferenceError::new(
        "its percent-encoding is broken",
        "a percent sign itself is written \"%25\"",
    )
}
