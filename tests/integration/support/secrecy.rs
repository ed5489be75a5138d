//! Whether a run let a value slip, in any of the forms in which programs usually let values slip.

use base64::prelude::{BASE64_STANDARD_NO_PAD, Engine as _};

use super::outcome::Outcome;

/// Shorter pieces occur by chance.
const SHORTEST_PIECE: usize = 5;

/// Panics if one of the planted values, or a line of one, stands in stdout or stderr. The panic says which by its number.
#[track_caller]
pub fn values_never_shown(outcome: &Outcome, planted: &[&str]) {
    let output = String::from_utf8_lossy(&outcome.output()).into_owned();
    for (number, value) in planted.iter().enumerate() {
        assert!(
            value.len() >= SHORTEST_PIECE,
            "plant values of {SHORTEST_PIECE} bytes or more: {value:?} is not"
        );
        for (form, written) in forms(value) {
            assert!(
                !output.contains(&written),
                "planted value {number} is shown, {form}, in:\n{output}"
            );
        }
    }
}

fn forms(value: &str) -> Vec<(&'static str, String)> {
    let escaped = value.escape_debug().to_string();
    let json = serde_json::Value::from(value).to_string();
    let mut forms = vec![
        ("as it is", value.to_owned()),
        ("as Debug writes text", escaped),
        ("as JSON", json.trim_matches('"').to_owned()),
        (
            "as a list of bytes",
            format!("{:?}", value.as_bytes())
                .trim_matches(['[', ']'])
                .to_owned(),
        ),
        ("as bytes", value.as_bytes().escape_ascii().to_string()),
        ("in base64", BASE64_STANDARD_NO_PAD.encode(value)),
        (
            "in hexadecimal",
            value.bytes().map(|byte| format!("{byte:02x}")).collect(),
        ),
    ];
    let lines = value
        .lines()
        .map(str::trim)
        .filter(|line| line.len() >= SHORTEST_PIECE);
    forms.extend(lines.map(|line| ("in one of its lines", line.to_owned())));
    forms
}
