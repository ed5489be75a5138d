use paramexec::environment::Environment;
use paramexec::input::interpolate::fill;
use proptest::prelude::*;

use super::{PLANTED, anything, config, of_words, variable_name};
use crate::invariants::fill::hold;

const WORDS: &str = "\
    $¦$$¦${¦}¦${A}¦${A:-x}¦${NONE:-}¦${NONE}¦${EMPTY:-}¦:-¦A¦{¦ssm://¦/¦$(id)¦é¦\n¦${1}";

proptest! {
    #![proptest_config(config(2_000))]

    #[test]
    fn anything_is_filled_or_refused(text in anything(), value in anything()) {
        hold(&text, &value);
    }

    #[test]
    fn words_of_the_grammar_are_filled_or_refused(text in of_words(WORDS, 8), value in of_words(WORDS, 4)) {
        hold(&text, &value);
    }

    #[test]
    fn each_name_is_replaced_by_its_value_and_nothing_else_changes(
        parts in proptest::collection::vec(("[^$]{0,6}", variable_name(), "[^$\0]{0,6}", any::<bool>()), 0..5),
    ) {
        let environment: Environment = parts.iter().filter(|part| part.3).map(|(_, name, value, _)| (name, value)).collect();
        let mut text = String::new();
        let mut expected = String::new();
        for (before, name, fallback, _) in &parts {
            let fallback = fallback.replace('}', "");
            text.extend([before, "${", name, ":-", &fallback, "}"]);
            expected.push_str(before);
            let value = environment.get(name.as_ref()).and_then(|value| value.to_str()).filter(|value| !value.is_empty());
            expected.push_str(value.unwrap_or(&fallback));
        }
        let filled = fill(&text, &environment).unwrap();
        prop_assert_eq!(filled.as_str(), expected);
    }

    #[test]
    fn no_message_holds_a_value_or_what_is_no_name(text in of_words(WORDS, 6), inside in "[!-|]{0,4}") {
        let environment = Environment::from_iter([("A", format!("ssm:///{PLANTED}"))]);
        // A name is shown; what is none may be a part of a password that has a "${" in it.
        let text = format!("{text}${{{inside}-{PLANTED}}}");
        let said = format!("{:?}", fill(&text, &environment).err());
        prop_assert!(!said.contains(PLANTED), "{}", said);
    }
}
