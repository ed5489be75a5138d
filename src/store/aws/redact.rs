//! Makes somebody else's text fit to be shown: without credentials, in one line, of bounded length.

use std::sync::{Mutex, PoisonError};

/// How much of a text is shown.
const LONGEST_QUOTE: usize = 600;
/// Shorter secrets are parts of ordinary words.
const SHORTEST_SECRET: usize = 8;
const REDACTED: &str = "[redacted]";

/// What no text may show; AWS repeats headers of a request whose signature it does not accept.
static SECRETS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Keeps this out of every text that is quoted from now on.
pub(super) fn hide(secret: &str) {
    let secret = secret.trim();
    if secret.len() >= SHORTEST_SECRET {
        let mut secrets = SECRETS.lock().unwrap_or_else(PoisonError::into_inner);
        secrets.push(secret.to_owned());
    }
}

/// Somebody else's text in one line of bounded length.
pub(super) fn quoted(text: &str) -> String {
    let text = without_url_secrets(&without_secrets(text));
    let mut quoted = String::new();
    for (count, letter) in text.trim().chars().enumerate() {
        if count == LONGEST_QUOTE {
            quoted.push('…');
            break;
        }
        if is_invisible(letter) {
            quoted.extend(letter.escape_default());
        } else {
            quoted.push(letter);
        }
    }
    quoted
}

/// Letters that act on a terminal or a log instead of being seen in it.
fn is_invisible(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn without_secrets(text: &str) -> String {
    let secrets = SECRETS.lock().unwrap_or_else(PoisonError::into_inner);
    secrets.iter().fold(text.to_owned(), |text, secret| {
        text.replace(secret, REDACTED)
    })
}

/// Without the user, password and query of each URL.
fn without_url_secrets(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, url) = rest.split_at(at + 3);
        shown.push_str(before);
        let end = |c: char| c.is_whitespace() || "\"'`<>".contains(c);
        let (url, after) = url.split_at(url.find(end).unwrap_or(url.len()));
        let (place, query) = url.split_at(url.find(['?', '#']).unwrap_or(url.len()));
        let authority = place.find('/').unwrap_or(place.len());
        match place[..authority].rfind('@') {
            Some(user) => {
                shown.push_str(REDACTED);
                shown.push_str(&place[user..]);
            }
            None => shown.push_str(place),
        }
        if !query.is_empty() {
            shown.push('?');
            shown.push_str(REDACTED);
        }
        rest = after;
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_loses_its_user_and_query() {
        for (text, shown) in [
            ("GET http://h/p", "GET http://h/p"),
            ("http://u:p@h/p", "http://[redacted]@h/p"),
            ("http://u:p@ss@h", "http://[redacted]@h"),
            ("http://h/p@q", "http://h/p@q"),
            (
                "\"https://h/p?token=x\" is",
                "\"https://h/p?[redacted]\" is",
            ),
            (
                "https://u@h?x and https://v@i#y",
                "https://[redacted]@h?[redacted] and https://[redacted]@i?[redacted]",
            ),
            ("a@b", "a@b"),
        ] {
            assert_eq!(quoted(text), shown);
        }
    }

    #[test]
    fn a_text_is_one_line_of_bounded_length() {
        assert_eq!(
            quoted(" a\nb\u{1b}[1m\u{202e} "),
            "a\\nb\\u{1b}[1m\\u{202e}"
        );
        assert_eq!(quoted(&"é".repeat(700)).chars().count(), LONGEST_QUOTE + 1);
    }

    #[test]
    fn a_secret_is_not_shown() {
        hide("planted-secret\n");
        assert_eq!(quoted("x:planted-secret;"), "x:[redacted];");
    }
}
