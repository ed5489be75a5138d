use paramexec::json::{key, object};
use paramexec::value::SecretValue;
use proptest::prelude::*;
use serde_json::{Map, Value as Json};

use super::{PLANTED, anything, config, of_words};
use crate::invariants::json::hold;

const WORDS: &str = "\
    {¦}¦{\"a\":¦\"b\":¦,¦:¦[¦]¦\"¦\"\"¦\"x\"¦\\¦\\n¦\\u00e9¦\\ud800¦1¦-0¦1e999¦0.10¦true¦\
    null¦ ¦\n¦\u{feff}¦{\"a\":{\"a\":¦é";

proptest! {
    #![proptest_config(config(2_000))]

    #[test]
    fn anything_is_read_as_it_is_written_or_refused(text in anything()) {
        hold(&text);
    }

    #[test]
    fn words_of_the_grammar_are_read_as_they_are_written_or_refused(text in of_words(WORDS, 9)) {
        hold(&text);
        hold(&format!("{{{text}}}"));
        hold(&format!("{{\"k\":{text}}}"));
    }

    #[test]
    fn an_object_gives_each_key_its_value(made in objects(), pretty in any::<bool>()) {
        let text = if pretty { format!("{made:#}") } else { made.to_string() };
        hold(&text);
        let read = object(&SecretValue::new(text)).unwrap();
        for (name, value) in made.as_object().unwrap() {
            let read = read[name].expose();
            match value {
                Json::String(value) => prop_assert_eq!(read, value),
                value => prop_assert_eq!(&serde_json::from_str::<Json>(read).unwrap(), value),
            }
        }
    }

    #[test]
    fn no_message_holds_a_value(text in of_words(WORDS, 6), before in of_words(WORDS, 3)) {
        for text in [format!("{before}{PLANTED}{text}"), format!("{{\"k\":\"{PLANTED}\",{text}"), format!("{{\"k\":\"{PLANTED}\"}}{text}")] {
            let value = SecretValue::new(text);
            let said = format!("{:?} {:?}", object(&value), key(&value, "kk"));
            // The names of keys are shown.
            let is_name = object(&value).is_ok_and(|all| all.keys().any(|name| name.contains(PLANTED)));
            prop_assert!(is_name || !said.contains(PLANTED), "{}", said);
        }
    }
}

fn objects() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<i16>().prop_map(|number| Json::from(f64::from(number) / 8.0)),
        ".{0,9}".prop_map(Json::from),
    ];
    let value = leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            map_of(inner).prop_map(Json::from),
        ]
    });
    map_of(value).prop_map(Json::from)
}

fn map_of(value: impl Strategy<Value = Json>) -> impl Strategy<Value = Map<String, Json>> {
    proptest::collection::btree_map(".{0,4}", value, 0..4).prop_map(|map| map.into_iter().collect())
}
