use std::ffi::OsStr;

use paramexec::input::declaration::{Declaration, ValueSource};
use paramexec::input::manifest::Manifest;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::json;

use super::{PLANTED, anything, config, of_words, variable_name};
use crate::invariants::manifest::{hold, read};

const LINES: &str = "\
    A¦B¦C_1¦=¦=¦A=¦B=¦\nA=¦\nB=¦\n¦\r\n¦\r¦ ¦\t¦#¦ # x¦\"¦'¦export ¦PARAMEXEC_X=¦ssm:///a¦\
    ssm://a:3¦secretsmanager://p/d¦#key¦?optional¦?default=¦${APP_ENV}¦${NONE}¦${EMPTY:-x}¦\
    $$¦$¦file:x¦s3://b/k¦arn:aws:ssm:eu-west-1:1:parameter/a¦arn:aws:s3:::b/k¦ssm:¦\u{a0}¦\
    \u{feff}¦\0¦é";

const JSON: &str = "\
    {¦}¦[¦]¦,¦:¦\"secrets\":[¦\"environment\":[¦\"environmentFiles\":[¦\"command\":[\"a\"]¦\
    \"containerDefinitions\":[¦\"taskDefinition\":{¦{\"name\":\"A\",\"valueFrom\":\"a\"}¦\
    {\"name\":\"B\",\"valueFrom\":\"/a/${APP_ENV}\"}¦\
    {\"name\":\"C\",\"value\":\"ssm:///a?default=$\"}¦{\"name\":\"D\",\"value\":\"x\\n\"}¦\
    {\"value\":\"arn:aws:s3:::b/k\",\"type\":\"s3\"}¦\"name\":\"A\"¦\
    \"valueFrom\":\"a?default=http://x\"¦\"value\":1¦null¦1¦\"\"¦\u{feff}¦ ¦\n";

proptest! {
    #![proptest_config(config(1_500))]

    #[test]
    fn any_bytes_are_read_whole_or_refused(bytes in vec(any::<u8>(), 0..60), text in anything()) {
        hold(&bytes);
        hold(text.as_bytes());
    }

    #[test]
    fn words_of_lines_are_read_whole_or_refused(text in of_words(LINES, 12)) {
        hold(text.as_bytes());
    }

    #[test]
    fn words_of_json_are_read_whole_or_refused(text in of_words(JSON, 12)) {
        hold(text.as_bytes());
        hold(format!("{{{text}").as_bytes());
        hold(format!("{{\"secrets\":[{text}]}}").as_bytes());
        hold(format!("{{\"environment\":[{text}]}}").as_bytes());
    }

    #[test]
    fn a_literal_is_taken_as_it_stands_from_either_form(
        made in btree_map(variable_name(), "[ -~é]{0,12}|[a-z$#{}]{0,9}", 0..5),
    ) {
        let made: Vec<(String, String)> = made.into_iter().map(|(name, value)| (name, value.trim().to_owned())).collect();
        let entries: Vec<_> = made.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        let ecs = read(json!({"environment": entries}).to_string().as_bytes());
        prop_assert_eq!(literals(&ecs), made.clone());
        let bare: Vec<_> = made.into_iter().filter(|(_, value)| !value.ends_with(['"', '\''])).collect();
        let lines: String = bare.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
        prop_assert_eq!(literals(&read(lines.as_bytes())), bare);
    }

    #[test]
    fn no_message_holds_a_line_or_a_value(before in of_words(LINES, 4), after in of_words(LINES, 4), json in of_words(JSON, 4)) {
        // What follows a "#" is a key, and shown.
        let before = before.replace(['#', '\n'], "");
        for text in [
            format!("{PLANTED}{after}"),
            format!("A={PLANTED}{after}"),
            format!("A=ssm:///x?default={before}{PLANTED}"),
            format!("A=ssm:///x?default={PLANTED}{after}"),
            format!("A=\"{PLANTED}{after}\"\nA="),
            format!("{{\"secrets\":[{{\"name\":\"A\",\"value\":\"{PLANTED}\"{json}}}]}}"),
            format!("{{\"environment\":[{{\"name\":\"A\",\"value\":\"{PLANTED}\"}}{json}]}}"),
            format!("{{\"environment\":[{{\"name\":\"A\",\"value\":{{\"{PLANTED}\":1}}{json}}}]}}"),
        ] {
            let manifest = read(text.as_bytes());
            let said = format!("{} {manifest:?}", manifest.all_problems());
            // Names are shown: before the "=", and in front of a reference's options.
            let is_name = text.split(['=', '?']).next().is_some_and(|name| name.contains(PLANTED)) && text.contains('=');
            prop_assert!(is_name || !said.contains(PLANTED), "{}: {}", text, said);
        }
    }
}

fn literals(manifest: &Manifest) -> Vec<(String, String)> {
    assert!(
        manifest.all_problems().is_empty(),
        "{}",
        manifest.all_problems()
    );
    let each = manifest.declarations.iter().map(|declaration| {
        let Declaration::Variable(variable) = declaration else {
            panic!("{declaration:?}")
        };
        let ValueSource::Literal(value) = &variable.source else {
            panic!("{variable:?}")
        };
        (
            OsStr::to_str(&variable.name).unwrap().to_owned(),
            value.expose().to_owned(),
        )
    });
    each.collect()
}
