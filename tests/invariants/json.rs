//! JSON secrets: the keys that serde_json sees, each value as it is written.

use paramexec::json::{JsonError, key, object, repeated_keys};
use paramexec::value::SecretValue;
use serde_json::Value as Json;

/// Of any text.
pub fn hold(text: &str) {
    let ours = object(&SecretValue::new(text));
    if let Err(JsonError::Repeated { key }) = &ours {
        let repeated = repeated_keys(text);
        assert!(
            key.iter().all(|key| repeated.contains(key)) && !repeated.is_empty(),
            "{text:?}"
        );
        return;
    }
    // It is stricter than ours on numbers too large for a float and on deep nesting, never laxer.
    if let Ok(Json::Object(theirs)) = serde_json::from_str(text) {
        let ours = ours
            .as_ref()
            .unwrap_or_else(|problem| panic!("{problem}: {text:?}"));
        assert!(ours.keys().eq(theirs.keys()), "the keys of {text:?}");
        for (name, theirs) in &theirs {
            is_the_same(ours[name].expose(), theirs, text);
        }
    }
    for (name, value) in ours.into_iter().flatten() {
        assert_eq!(
            key(&SecretValue::new(text), &name).as_ref(),
            Ok(&value),
            "{name:?} of {text:?}"
        );
    }
}

fn is_the_same(ours: &str, theirs: &Json, text: &str) {
    match theirs {
        Json::String(theirs) => assert_eq!(ours, theirs, "a string of {text:?}"),
        theirs => {
            assert!(
                text.contains(ours),
                "{ours:?} is not as written in {text:?}"
            );
            assert_eq!(&serde_json::from_str::<Json>(ours).unwrap(), theirs);
        }
    }
}
