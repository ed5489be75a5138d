//! Redacts references: names may be shown, the text of a default never.

use super::template;

/// Every option that a reference can have; the values of all but the default may be shown.
pub(super) const KNOWN: [&str; 12] = [
    "optional",
    "default",
    "region",
    "role",
    "prefix",
    "dialect",
    "stage",
    "version",
    "versionId",
    "file",
    "mode",
    "decode",
];

/// A reference is a name and may be shown; the text of its `?default=` is a value and may not, nor
/// that of an option that is none, since `?defautl=` was meant to be one.
///
/// What stands after a default may be the rest of it, in which somebody wrote a plain `&` or `#`.
#[must_use]
pub fn redacted(text: &str) -> String {
    // The text between placeholders may be a password.
    if text.starts_with(template::SCHEME) {
        return format!("{}…", template::SCHEME);
    }
    let Some((name, rest)) = text.split_once('?') else {
        return match text.split_once('#') {
            Some((name, key)) => format!("{}#{}", name_alone(name), name_alone(key)),
            None => name_alone(text),
        };
    };
    let name = redacted(name);
    let (query, fragment) = match rest.split_once('#') {
        Some((query, fragment)) => (query, Some(fragment)),
        None => (rest, None),
    };
    let mut after_default = false;
    let query = options(query, &mut after_default);
    match fragment {
        Some(_) if after_default => format!("{name}?{query}#…"),
        Some(fragment) => format!("{name}?{query}#{}", redacted(fragment)),
        None => format!("{name}?{query}"),
    }
}

/// A name or key without what was meant as an option of it: `;default=TEXT`, `&default=TEXT`.
fn name_alone(text: &str) -> String {
    let separator = text.find([';', '&']);
    let separator = separator
        .filter(|at| text[*at..].contains('='))
        .map(|at| at + 1);
    let lower = text.to_ascii_lowercase();
    let mut assigned = lower
        .match_indices("default")
        .map(|(at, word)| at + word.len());
    let assigned = assigned.find(|end| lower[*end..].starts_with(['=', '%']));
    match separator.into_iter().chain(assigned).min() {
        Some(end) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn options(query: &str, after_default: &mut bool) -> String {
    let mut one = |option: &str| {
        let (name, has_value) = match option.split_once('=') {
            Some((name, _)) => (name, true),
            None => (option, false),
        };
        let harmless = KNOWN.contains(&name) && name != "default";
        let redacted = match (has_value, *after_default) {
            _ if harmless => match option.split_once('?') {
                // Perhaps one more option, after a "?" where a "&" was due.
                Some((option, rest)) => {
                    format!("{}?{}", name_alone(option), options(rest, after_default))
                }
                None => name_alone(option),
            },
            (true, _) if name == "default" => format!("{name}=…"),
            // Perhaps the rest of a default that has a "&" in it.
            (_, true) => "…".to_owned(),
            (true, false) => format!("{}=…", option_name(name)),
            (false, false) => option_name(name),
        };
        *after_default |= name == "default";
        redacted
    };
    query.split('&').map(&mut one).collect::<Vec<_>>().join("&")
}

/// The name of an unknown option as it may be shown: `default:TEXT` was meant to be one with a value.
pub(super) fn option_name(name: &str) -> String {
    match name.find(|c: char| !c.is_ascii_alphabetic()) {
        Some(end) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}
