//! How a value that is refused can be written so that it stays what it is.
//!
//! Only what form would do leaves this module; the value is a secret.

use super::name;

/// The forms that keep the value of a refused statement
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Rewrite {
    quotes: Quotes,
    /// Whether the value is written with escapes now, which no quotes keep
    escaped: bool,
    /// Whether the docker dialect reads the line as it is meant
    pub(super) docker: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
enum Quotes {
    Single,
    Double,
    #[default]
    Neither,
}

impl Rewrite {
    /// Of a statement, to the end of its last line
    pub(super) fn new(statement: &str) -> Self {
        let Some((name, value)) = statement.split_once('=') else {
            return Self::default();
        };
        let meaning = Meaning::new(value);
        Self {
            quotes: meaning.quotes(),
            escaped: meaning.escaped,
            docker: is_docker_name(name) && is_literal(value),
        }
    }

    /// Whether no form is known
    pub(super) fn is_none(self) -> bool {
        self.quotes == Quotes::Neither
    }

    pub(super) fn in_quotes(self) -> &'static str {
        match (self.quotes, self.escaped) {
            (Quotes::Single, false) => "put the value in single quotes",
            (Quotes::Double, false) => "put the value in double quotes",
            (Quotes::Single, true) => {
                "put the value in single quotes and write each character itself, so \" for \\\" and a line break for \\n"
            }
            (Quotes::Double, true) => {
                "put the value in double quotes and write each character itself, so ' for \\'"
            }
            (Quotes::Neither, _) => {
                "no quotes can hold the value: move it to a parameter or secret of its own"
            }
        }
    }
}

/// What a value stands for, read generously
#[derive(Default)]
struct Meaning {
    text: String,
    /// Whether there is a `${NAME}` besides the text
    filled: bool,
    escaped: bool,
}

impl Meaning {
    fn new(value: &str) -> Self {
        let value = value.trim_matches(BLANKS);
        let mut meaning = Self::default();
        match value.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                let after = meaning.quoted(quote, &value[1..]);
                meaning.text.push_str(without_comment(after));
            }
            _ => meaning.unquoted(without_comment(value)),
        }
        meaning
    }

    fn unquoted(&mut self, mut rest: &str) {
        while let Some(c) = rest.chars().next() {
            rest = match reference(rest) {
                Some(after) => {
                    self.filled = true;
                    after
                }
                None => self.keep(c, rest),
            };
        }
    }

    /// What comes after the closing quote
    fn quoted<'t>(&mut self, quote: char, mut rest: &'t str) -> &'t str {
        while let Some(c) = rest.chars().next() {
            rest = match (c, reference(rest)) {
                (c, _) if c == quote => return &rest[1..],
                ('\\', _) => self.backslash(quote, &rest[1..]),
                (_, Some(after)) if quote == '"' => {
                    self.filled = true;
                    after
                }
                _ => self.keep(c, rest),
            };
        }
        rest
    }

    /// The rest behind a backslash and what it escapes. In single quotes nobody knows whether `\\`
    /// is one backslash or two; two are harder to write.
    fn backslash<'t>(&mut self, quote: char, rest: &'t str) -> &'t str {
        let next = rest.chars().next();
        let stands_for = match next {
            Some('\'') => "'",
            Some('"') if quote == '"' => "\"",
            Some('$') if quote == '"' => "$",
            Some('`') if quote == '"' => "`",
            Some('\\') if quote == '"' => "\\",
            Some('n') if quote == '"' => "\n",
            Some('t') if quote == '"' => "\t",
            Some('r') if quote == '"' => "\r",
            Some('\\') => "\\\\",
            _ => {
                self.text.push('\\');
                return rest;
            }
        };
        self.escaped = true;
        self.text.push_str(stands_for);
        &rest[1..]
    }

    fn keep<'t>(&mut self, c: char, rest: &'t str) -> &'t str {
        self.text.push(c);
        &rest[c.len_utf8()..]
    }

    fn quotes(&self) -> Quotes {
        let text = &self.text;
        let single = !self.filled
            && !["'", "\\\\", "${", "\r", "\0"]
                .iter()
                .any(|it| text.contains(it));
        if single && !text.ends_with('\\') {
            Quotes::Single
        } else if !text.contains(['"', '$', '`', '\\', '\r', '\0']) {
            Quotes::Double
        } else {
            Quotes::Neither
        }
    }
}

const BLANKS: [char; 2] = [' ', '\t'];

/// What comes after a `${NAME}` that the text begins with
fn reference(text: &str) -> Option<&str> {
    let (found, after) = text.strip_prefix("${")?.split_once('}')?;
    (found.starts_with(name::starts) && found.bytes().all(name::continues)).then_some(after)
}

fn without_comment(text: &str) -> &str {
    let comments = text.match_indices('#').map(|(at, _)| &text[..at]);
    let mut comments = comments.filter(|before| before.ends_with(BLANKS));
    comments.next().unwrap_or(text).trim_end_matches(BLANKS)
}

/// Whether docker and dotenv libraries mean the same by it: no quotes, comment or outer blanks
fn is_literal(value: &str) -> bool {
    !value.starts_with(['"', '\'', ' ', '\t', '\0'])
        && without_comment(value) == value
        && !value.contains(['\n', '\0', '\r'])
}

/// Whether docker takes a name, and a bulk source may set it
fn is_docker_name(text: &str) -> bool {
    let continues = |byte: u8| name::continues(byte) || matches!(byte, b'.' | b'-');
    text.starts_with(name::starts) && text.bytes().all(continues)
}

#[cfg(test)]
mod tests {
    use super::super::{Dialect, parse};
    use super::*;

    fn only_value(text: &str, dialect: Dialect) -> Option<String> {
        let entries = parse(text.as_bytes(), dialect, &|_| None, &|_| false).ok()?;
        let [entry] = entries.as_slice() else {
            return None;
        };
        Some(entry.value.expose().to_owned())
    }

    #[test]
    fn each_value_is_written_in_the_quotes_that_keep_it() {
        for (value, meant, quotes, escaped) in [
            ("b c", "b c", Quotes::Single, false),
            (" b c # comment", "b c", Quotes::Single, false),
            ("it's", "it's", Quotes::Double, false),
            ("${B} c", " c", Quotes::Double, false),
            ("it's \"so\"", "it's \"so\"", Quotes::Neither, false),
            ("it's $5", "it's $5", Quotes::Neither, false),
            ("${B:-c} d", "${B:-c} d", Quotes::Neither, false),
            ("C:\\dir\\", "C:\\dir\\", Quotes::Neither, false),
            ("\\d+", "\\d+", Quotes::Single, false),
            ("\"\\d+\"", "\\d+", Quotes::Single, false),
            ("\"a \\\"b\\\"\\n\"", "a \"b\"\n", Quotes::Single, true),
            ("\"it\\'s\"", "it's", Quotes::Double, true),
            ("\"\\${B}\"", "${B}", Quotes::Neither, true),
            ("\"x\" y", "x y", Quotes::Single, false),
            ("\"{\"a\": 1}\"", "{a\": 1}\"", Quotes::Single, false),
            ("'b'#c", "b#c", Quotes::Single, false),
            ("'it\\'s'", "it's", Quotes::Double, true),
            ("'a\\\\b'", "a\\\\b", Quotes::Neither, true),
        ] {
            let meaning = Meaning::new(value);
            assert_eq!(meaning.text, meant, "{value}");
            let form = (meaning.quotes(), meaning.escaped);
            assert_eq!(form, (quotes, escaped), "{value}");
        }
    }

    #[test]
    fn the_docker_dialect_is_named_where_it_reads_the_line_as_it_is_meant() {
        for (statement, docker) in [
            ("A=b c", true),
            ("A-B=c", true),
            ("A=$X ${Y:-z} `id` \\\" it's", true),
            ("export A=b c", false),
            ("A =b c", false),
            ("A= b c", false),
            ("A=b c ", false),
            ("A=b c # comment", false),
            ("A=\"x\" y", false),
            ("1A=b", false),
            ("A: b=c", false),
            ("A", false),
        ] {
            assert_eq!(Rewrite::new(statement).docker, docker, "{statement}");
        }
    }

    #[test]
    fn what_is_written_as_advised_has_the_value_that_is_meant() {
        const WORDS: [&str; 18] = [
            "b", "'", "\"", "\\", "\\n", "\\\"", "$", "${", "${B}", "}", "$(id)", "`", "#", " ",
            " #", "\t", "\u{a0}", "é",
        ];
        let mut state: u32 = 7;
        let mut counts = [0; 4];
        for _ in 0..20_000 {
            let words = std::iter::repeat_with(|| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                WORDS[(state >> 16) as usize % WORDS.len()]
            });
            let value: String = words.take(4).collect();
            let statement = format!("A={value}");
            if only_value(&statement, Dialect::Dotenv).is_some() {
                continue;
            }
            let meaning = Meaning::new(&value);
            let rewrite = Rewrite::new(&statement);
            let text = &meaning.text;
            let in_single = only_value(&format!("A='{text}'"), Dialect::Dotenv);
            let in_double = only_value(&format!("A=\"{text}\""), Dialect::Dotenv);
            match rewrite.quotes {
                Quotes::Single => assert_eq!(in_single.as_ref(), Some(text), "{statement:?}"),
                Quotes::Double => assert_eq!(in_double.as_ref(), Some(text), "{statement:?}"),
                Quotes::Neither if meaning.filled => {
                    assert_ne!(in_double.as_ref(), Some(text), "{statement:?}");
                }
                Quotes::Neither => {
                    assert_ne!(in_single.as_ref(), Some(text), "{statement:?}");
                    assert_ne!(in_double.as_ref(), Some(text), "{statement:?}");
                }
            }
            counts[rewrite.quotes as usize] += 1;
            if rewrite.docker {
                assert_eq!(only_value(&statement, Dialect::Docker), Some(value));
                counts[3] += 1;
            }
        }
        assert!(counts.iter().all(|count| *count > 500), "{counts:?}");
    }
}
