use paramexec::composed::Composed;
use percent_encoding::percent_decode;
use proptest::collection::vec;
use proptest::prelude::*;

use super::config;

/// Any bytes that an environment can carry.
fn value() -> impl Strategy<Value = Vec<u8>> {
    vec(1..=255_u8, 0..20)
}

proptest! {
    #![proptest_config(config(500))]

    /// However it is looked for, by the first or the last "@" or ":".
    #[test]
    fn the_user_info_of_a_composed_url_is_what_it_was_composed_of(user in value(), password in value()) {
        let template = "template:postgres://{USER|url}:{PASSWORD|url}@host/shop";
        let composed = Composed::parse_template(template).unwrap();
        let url = composed.render(usize::MAX, |placeholder| {
            let value = if placeholder.name == "USER" { &user } else { &password };
            let value = std::os::unix::ffi::OsStrExt::from_bytes(value);
            placeholder.insertion(Some(value)).map(Option::unwrap_or_default)
        });
        let url = String::from_utf8(url.unwrap().unwrap()).unwrap();
        let rest = url.strip_prefix("postgres://").unwrap();
        prop_assert_eq!(rest.matches(['@', ':', '/']).count(), 3);
        let info = rest.strip_suffix("@host/shop").unwrap();
        let (read_user, read_password) = info.split_once(':').unwrap();
        prop_assert_eq!(percent_decode(read_user.as_bytes()).collect::<Vec<_>>(), user);
        prop_assert_eq!(percent_decode(read_password.as_bytes()).collect::<Vec<_>>(), password);
    }

    #[test]
    fn any_template_is_read_or_refused(text in "template:[{}|:a-zA-Z$/ -]{0,30}") {
        if let Ok(composed) = Composed::parse_template(&text) {
            let _ = composed.to_string();
        }
    }
}
