//! Templates: `template:postgres://{DB_USER|url}:{DB_PASSWORD|url}@db/shop`.
//!
//! Only the grammar; what the placeholders become is known when every other variable has its value.

use super::ReferenceError;
use crate::composed::{Composed, Filter, Part, Placeholder};
use crate::value::SecretValue;

/// What templates begin with.
pub(super) const SCHEME: &str = "template:";

/// Whether a text is a template: without a placeholder it is an everyday value.
#[must_use]
pub fn is_template(text: &str) -> bool {
    text.strip_prefix(SCHEME)
        .is_some_and(|body| body.replace("{{", "").contains('{'))
}

impl Composed {
    /// Reads a template. No message shows its text, which may hold secrets.
    ///
    /// # Errors
    /// When a brace is open or alone, or a placeholder is not one.
    pub fn parse_template(text: &str) -> Result<Self, ReferenceError> {
        let body = text.strip_prefix(SCHEME).unwrap_or(text);
        let filter_needed = body.contains("://");
        let (mut parts, mut literal, mut rest) = (Vec::new(), String::new(), body);
        while let Some(at) = rest.find(['{', '}']) {
            literal.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            let after = &rest[at + 1..];
            if let Some(next) = after.strip_prefix(brace) {
                literal.push_str(brace);
                rest = next;
                continue;
            }
            if brace == "}" {
                return Err(ReferenceError::new(
                    "a \"}\" stands alone in it",
                    "write \"}}\" for a brace",
                ));
            }
            if literal.ends_with('$') {
                return Err(ReferenceError::new(
                    "a \"${\" stands in it",
                    "write \"{NAME}\": a template takes no \"$\"",
                ));
            }
            let (inside, next) = after.split_once('}').ok_or_else(|| {
                ReferenceError::new(
                    "a \"{\" in it is not closed",
                    "write \"{NAME}\", or \"{{\" for a brace",
                )
            })?;
            push_text(&mut parts, &mut literal);
            parts.push(Part::Variable(placeholder(inside, filter_needed)?));
            rest = next;
        }
        literal.push_str(rest);
        push_text(&mut parts, &mut literal);
        Ok(Self(parts))
    }
}

fn push_text(parts: &mut Vec<Part>, literal: &mut String) {
    if !literal.is_empty() {
        parts.push(Part::Text(SecretValue::new(std::mem::take(literal))));
    }
}

/// Reads what stands between the braces: `NAME`, `NAME|url`, `NAME:-text|url`.
fn placeholder(inside: &str, filter_needed: bool) -> Result<Placeholder, ReferenceError> {
    let (value, filter) = match inside.rsplit_once('|') {
        Some((value, filter)) => (value, Some(filter)),
        None => (inside, None),
    };
    let (name, fallback) = match value.split_once(":-") {
        Some((name, fallback)) => (name, Some(fallback)),
        None => (value, None),
    };
    if !is_name(name) {
        return Err(ReferenceError::new(
            "a placeholder in it names no variable",
            "write \"{NAME}\", \"{NAME|url}\" or \"{NAME:-text|url}\", and \"{{\" for a brace",
        ));
    }
    let written = filter.map_or_else(
        || format!("{{{name}}}"),
        |text| format!("{{{name}|{text}}}"),
    );
    let filter = parse_filter(filter, name, &written, filter_needed)?;
    Ok(Placeholder {
        name: name.to_owned(),
        filter,
        fallback: fallback.map(SecretValue::new),
        written,
    })
}

fn parse_filter(
    filter: Option<&str>,
    name: &str,
    written: &str,
    needed: bool,
) -> Result<Filter, ReferenceError> {
    match filter {
        Some("url") => Ok(Filter::Url),
        Some("json") => Ok(Filter::Json),
        Some("raw") => Ok(Filter::Raw),
        None if !needed => Ok(Filter::Raw),
        None => Err(ReferenceError::new(
            format!("\"{written}\" names no filter, and a URL needs one"),
            format!("write \"{{{name}|url}}\", or \"{{{name}|raw}}\" to insert it as it is"),
        )),
        // It may be a part of a fallback, which is a value.
        Some(_) => Err(ReferenceError::new(
            format!("the placeholder of \"{name}\" has an unknown filter"),
            "use url, json or raw",
        )),
    }
}

fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    name.bytes().all(plain) && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let composed =
            Composed::parse_template(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        let parts = composed.0.iter().map(|part| match part {
            Part::Text(text) => format!("[{}]", text.expose()),
            Part::Variable(one) => {
                let fallback = one.fallback.as_ref().map(SecretValue::expose);
                format!("<{} {:?} {fallback:?}>", one.name, one.filter)
            }
        });
        parts.collect()
    }

    #[test]
    fn a_template_is_text_and_placeholders() {
        for (text, parts) in [
            ("template:{A}", "<A Raw None>"),
            ("template:{{{A}}}", "[{]<A Raw None>[}]"),
            (
                "template:x{A|json}y{B.c-d|url}",
                "[x]<A Json None>[y]<B.c-d Url None>",
            ),
            ("template:{A:-a:-b|raw}", "<A Raw Some(\"a:-b\")>"),
            (
                "template:{A:-|url}{A:-{b|url}",
                "<A Url Some(\"\")><A Url Some(\"{b\")>",
            ),
            (
                "template:a://{A|url}@{B|raw}",
                "[a://]<A Url None>[@]<B Raw None>",
            ),
        ] {
            assert!(is_template(text), "{text}");
            assert_eq!(shown(text), parts, "{text}");
        }
    }

    #[test]
    fn a_text_without_a_placeholder_is_an_everyday_value() {
        for text in [
            "template:",
            "template:x",
            "template:{{ x }}",
            "template:}",
            "x{A}",
            "Template:{A}",
        ] {
            assert!(!is_template(text), "{text}");
        }
    }

    #[test]
    fn what_is_no_placeholder_is_refused_and_no_text_is_shown() {
        for (text, part) in [
            ("template:{hunter2", "not closed"),
            ("template:{A}hunter2}", "stands alone"),
            ("template:hunter2${A}", "\"${\" stands in it"),
            ("template:{}", "names no variable"),
            ("template:{hunter 2}", "names no variable"),
            ("template:{1A}", "names no variable"),
            ("template:{A|hunter2}", "unknown filter"),
            ("template:{A:-a|hunter2}", "unknown filter"),
            ("template:a://hunter2{A}", "\"{A}\" names no filter"),
        ] {
            let error = Composed::parse_template(text).unwrap_err();
            assert!(error.reason.contains(part), "{text}: {error:?}");
            assert!(
                !format!("{error:?}").contains("hunter"),
                "{text}: {error:?}"
            );
        }
    }
}
