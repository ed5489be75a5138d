use paramexec::dotenv::{Dialect, parse};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{PLANTED, anything, config, of_words, variable_name};
use crate::invariants::dotenv::{hold, print};

const WORDS: &str = "\
    A¦B¦X¦=¦A=¦B=\"¦B='¦A = ¦\"¦'¦\\¦\\n¦\\\"¦\\'¦\\\\¦\n¦\n¦\r\n¦\r¦ ¦\t¦#¦ #¦$¦${A}¦${X}¦\
    ${¦}¦`¦$(¦b¦c d¦export ¦export¦.¦-¦1¦é¦\u{a0}¦\u{2028}¦\u{b}¦\u{feff}¦\0¦:¦ssm:///a#k¦_";

proptest! {
    #![proptest_config(config(3_000))]

    #[test]
    fn any_bytes_are_read_whole_or_refused(bytes in vec(any::<u8>(), 0..60), text in anything()) {
        hold(&bytes);
        hold(text.as_bytes());
    }

    #[test]
    fn words_of_the_grammar_are_read_whole_or_refused(text in of_words(WORDS, 14)) {
        hold(text.as_bytes());
        hold(format!("A={text}").as_bytes());
    }

    #[test]
    fn a_valid_object_is_read_as_what_it_was_made_of(
        dialect in select(vec![Dialect::Dotenv, Dialect::Docker]),
        variables in vec((variable_name(), "[^\0\r]{0,9}|[ -~\n]{0,12}"), 0..6),
        between in select(vec!["", "\n", "# a comment\n", "   \r\n"]),
        bom in select(vec!["", "\u{feff}"]),
    ) {
        let printed = |(name, value): &(String, String)| Some((name.clone(), value.clone(), print(name, value, dialect)?));
        let printed: Vec<_> = variables.iter().filter_map(printed).collect();
        let lines: Vec<&str> = printed.iter().map(|(_, _, line)| line.as_str()).collect();
        let text = format!("{bom}{}", lines.join(between));
        let read = parse(text.as_bytes(), dialect, &|_| None, &|_| false).unwrap_or_else(|problems| panic!("{text:?}: {problems:?}"));
        for entry in &read {
            let last = printed.iter().rfind(|(name, _, _)| *name == entry.name).expect("only names that were written");
            prop_assert_eq!(entry.value.expose(), &last.1);
        }
        prop_assert!(printed.iter().all(|(name, _, _)| read.iter().any(|entry| entry.name == *name)));
        hold(text.as_bytes());
    }

    #[test]
    fn an_object_with_other_line_ends_is_the_same(text in of_words(WORDS, 14)) {
        let text = text.replace('\r', "");
        for dialect in [Dialect::Dotenv, Dialect::Docker] {
            let unix = parse(text.as_bytes(), dialect, &|_| None, &|_| false);
            let windows = parse(text.replace('\n', "\r\n").as_bytes(), dialect, &|_| None, &|_| false);
            prop_assert_eq!(unix, windows, "{:?}", dialect);
        }
    }

    #[test]
    fn no_message_holds_a_line(before in of_words(WORDS, 6), after in of_words(WORDS, 6)) {
        for text in [format!("{before}{PLANTED}{after}"), format!("A={before}{PLANTED}{after}")] {
            for dialect in [Dialect::Dotenv, Dialect::Docker] {
                let problems = parse(text.as_bytes(), dialect, &|_| None, &|_| false).err().unwrap_or_default();
                let said: String = problems.iter().map(|problem| format!("{problem} {problem:?}\n")).collect();
                // `${hunter2}` names a variable, and names are shown.
                let is_name = said.contains("is defined neither");
                prop_assert!(is_name || !said.contains(PLANTED), "{}: {}", text, said);
            }
        }
    }
}
