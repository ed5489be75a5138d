//! The query of a reference: `?optional&region=eu-west-1`.

use super::redact::{self, KNOWN, redacted};
use super::text::Part;
use super::{FileOptions, ReferenceError, arn};
use crate::dotenv::Dialect;
use crate::suggest;
use crate::value::SecretValue;

/// The options of a reference; which of them are possible is for the reference to say.
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
    file: bool,
    mode: Option<u32>,
    base64: bool,
    given: Vec<&'static str>,
}

impl Options {
    pub(super) fn parse(query: Part<'_>) -> Result<Self, ReferenceError> {
        let mut options = Self::default();
        let pairs = query.splitn(usize::MAX, '&');
        for pair in pairs.into_iter().filter(|pair| !pair.as_str().is_empty()) {
            let (name, value) = match pair.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (pair, None),
            };
            let value = value.map(|value| option_value(name.as_str(), value));
            let name = option_name(name)?;
            let value = value.transpose()?;
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

    /// How the value is made a file, if it is.
    pub(super) fn file(&self) -> Result<Option<FileOptions>, ReferenceError> {
        if self.file {
            return Ok(Some(FileOptions {
                mode: self.mode.unwrap_or(0o444),
                base64: self.base64,
            }));
        }
        match self
            .given
            .iter()
            .find(|name| ["mode", "decode"].contains(name))
        {
            None => Ok(None),
            Some(name) => Err(ReferenceError::new(
                format!("\"?{name}\" means nothing without \"?file\""),
                format!("write \"?file&{name}=…\""),
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
                Some(near @ ("optional" | "file")) => format!("write \"?{near}\""),
                Some(near) => format!("write \"?{near}=\""),
                None => format!("options are {}", KNOWN.join(", ")),
            };
            let reason = format!("it has an unknown option \"{}\"", redact::option_name(name));
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
            ("file", None) => self.file = true,
            ("optional" | "file", Some(_)) => {
                return Err(ReferenceError::new(
                    format!("\"?{name}\" takes no value"),
                    format!("write \"?{name}\""),
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
            "mode" => self.mode = Some(mode(&text)?),
            "decode" => self.base64 = decoding(&text)?,
            "stage" => self.stage = Some(text),
            "version" => self.version = Some(text),
            _ => self.version_id = Some(text),
        }
        Ok(())
    }
}

fn option_name(name: Part<'_>) -> Result<&str, ReferenceError> {
    if name.is_written() {
        name.refuse_blanks()?;
        return Ok(name.as_str());
    }
    Err(ReferenceError::new(
        "a \"${NAME}\" stands in the name of an option",
        "write the option itself: only its value is filled",
    ))
}

/// The text of an option. Only that of a default may be anything.
fn option_value(name: &str, value: Part<'_>) -> Result<String, ReferenceError> {
    if name == "default" {
        return value.decode();
    }
    value.refuse_blanks()?;
    // `?region=eu-west-1?default=TEXT` has a text that is not that of a region and may not be shown.
    for (separator, encoded) in [('?', "%3F"), (';', "%3B")] {
        if value.contains(separator) {
            let what = if separator == '?' {
                "a second \"?\""
            } else {
                "a \";\""
            };
            return Err(ReferenceError::new(
                format!("{what} stands among its options"),
                format!("put \"&\" between options; in an option's value write \"{encoded}\""),
            ));
        }
    }
    let decoded = value.decode()?;
    if decoded.contains(char::is_control) {
        return Err(ReferenceError::new(
            format!(
                "the value of \"?{}\" has a control character in it",
                redact::option_name(name)
            ),
            "remove it",
        ));
    }
    Ok(decoded)
}

fn lacks_value(name: &str) -> ReferenceError {
    ReferenceError::new(
        format!("\"?{name}\" has no value"),
        format!("write \"?{name}=…\""),
    )
}

fn mode(text: &str) -> Result<u32, ReferenceError> {
    let mode = u32::from_str_radix(text, 8).ok();
    let readable = |mode: &u32| mode & 0o400 != 0 && mode & !0o666 == 0;
    let octal = (3..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    mode.filter(readable).filter(|_| octal).ok_or_else(|| {
        ReferenceError::new(
            "\"?mode=\" is not the mode of a file that its owner reads",
            "write \"mode=0400\" or \"mode=0444\"",
        )
    })
}

fn decoding(text: &str) -> Result<bool, ReferenceError> {
    if text == "base64" {
        return Ok(true);
    }
    Err(ReferenceError::new(
        "\"?decode=\" names no known encoding",
        "write \"decode=base64\"",
    ))
}

fn dialect(text: &str) -> Result<Dialect, ReferenceError> {
    Dialect::parse(text).ok_or_else(|| {
        ReferenceError::new(
            format!("there is no dialect \"{}\"", redacted(text).escape_debug()),
            "write \"dotenv\" or \"docker\"",
        )
    })
}

fn check_role(text: &str) -> Result<(), ReferenceError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/_+=,.@-".contains(c);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    match parts[..] {
        ["arn", partition, "iam", "", account, resource]
            if arn::check_partition(partition).is_ok()
                && digits(account)
                && resource
                    .strip_prefix("role/")
                    .is_some_and(|name| !name.is_empty())
                && resource.chars().all(plain) =>
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
