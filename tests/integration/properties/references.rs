use paramexec::dotenv::Dialect;
use paramexec::reference::{BulkReference, BulkSource, FileOptions, FilledText, Reference};
use paramexec::request::{Location, Object, Parameter, Request, Secret, Target};
use paramexec::value::SecretValue;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use super::{PLANTED, anything, config, of_words};
use crate::invariants::reference::{hold, print, print_bulk};

/// What references are made of, and what they are easily mistaken for.
const WORDS: &str = "\
    ssm://¦ssm:///¦secretsmanager://¦s3://¦file:¦file://¦arn:¦aws¦aws-cn¦:¦::¦:::¦ssm¦\
    secretsmanager¦s3¦:ssm:eu-west-1:1:parameter/¦arn:aws:ssm:eu-west-1:1:parameter/¦\
    arn:aws:secretsmanager:eu-west-1:1:secret:¦arn:aws:s3:::bucket/¦/¦//¦a¦b¦prod/db¦\
    x.y_z-1¦3¦?¦&¦=¦#¦%¦%20¦%2F¦%00¦%FF¦%c3%a9¦é¦+¦@¦?optional¦?default=¦default=¦optional¦\
    region=eu-west-1¦role=arn:aws:iam::1:role/r¦prefix=¦dialect=docker¦dialect=dotenv¦\
    stage=¦version=¦versionId=¦defautl=¦ ¦\t¦\n¦\0¦\u{a0}¦\u{feff}¦$¦${A}¦$$¦\"¦'¦\\¦key¦\
    aws/reference/secretsmanager/";

proptest! {
    #![proptest_config(config(3_000))]

    #[test]
    fn anything_is_read_whole_or_refused(text in anything()) {
        hold(&text);
    }

    #[test]
    fn words_of_the_grammar_are_read_whole_or_refused(text in of_words(WORDS, 9)) {
        hold(&text);
    }

    #[test]
    fn a_valid_reference_is_read_as_what_it_was_made_of(made in reference()) {
        let text = print(&made);
        let read = Reference::parse(&text).unwrap_or_else(|error| panic!("{text:?}: {error:?}"));
        prop_assert_eq!(Reference { redacted: String::new(), ..read }, made);
        hold(&text);
    }

    #[test]
    fn a_valid_bulk_reference_is_read_as_what_it_was_made_of(made in bulk_reference()) {
        let text = print_bulk(&made);
        let read = BulkReference::parse(&text).unwrap_or_else(|error| panic!("{text:?}: {error:?}"));
        prop_assert_eq!(BulkReference { redacted: String::new(), ..read }, made);
        hold(&text);
    }

    #[test]
    fn the_text_of_a_default_is_in_no_message(
        before in of_words(WORDS, 4),
        option in select(vec!["?default=", "?optional&default=", "?defautl=", "?Default=", "?default:", "?default%3D", "?default "]),
        inside in of_words("%zz¦%¦%26¦a¦ ¦\n¦$¦=¦:", 3),
        after in of_words("&optional¦&region=x¦&x¦#k¦?¦&", 3),
    ) {
        for text in [format!("ssm:///a{option}{inside}{PLANTED}{after}"), format!("{before}{option}{PLANTED}{inside}{after}")] {
            is_never_said(&text)?;
        }
    }
}

fn is_never_said(text: &str) -> Result<(), TestCaseError> {
    let said = format!(
        "{:?} {:?} {:?}",
        Reference::parse(text),
        BulkReference::parse(text),
        Reference::parse_value_from(&FilledText::from(text))
    );
    // What stands before the "?" is a name, and names are shown.
    let name = text.split('?').next().unwrap_or_default();
    prop_assert!(
        name.contains(PLANTED) || !said.contains(PLANTED),
        "{}: {}",
        text,
        said
    );
    Ok(())
}

fn reference() -> impl Strategy<Value = Reference> {
    let request = prop_oneof![parameter(), parameter_arn(), secret(), secret_arn()];
    (
        request,
        of(text()),
        any::<bool>(),
        of(any_text()),
        of(file()),
    )
        .prop_map(|(request, key, optional, default, file)| Reference {
            request,
            key,
            optional,
            default: default.map(SecretValue::new),
            file,
            redacted: String::new(),
        })
}

fn file() -> impl Strategy<Value = FileOptions> {
    let mode = select(vec![0o400, 0o440, 0o444, 0o600]);
    (mode, any::<bool>()).prop_map(|(mode, base64)| FileOptions { mode, base64 })
}

fn bulk_reference() -> impl Strategy<Value = BulkReference> {
    let prefix = prop_oneof![Just(String::new()), "[A-Z_]{1,5}"];
    let dialect = select(vec![Dialect::Dotenv, Dialect::Docker]);
    (bulk_source(), prefix, dialect, any::<bool>()).prop_map(
        |(source, prefix, dialect, optional)| {
            let is_dotenv = matches!(
                source,
                BulkSource::File(_)
                    | BulkSource::Store(Request {
                        target: Target::Object(_),
                        ..
                    })
            );
            BulkReference {
                source,
                prefix,
                dialect: if is_dotenv { dialect } else { Dialect::Dotenv },
                optional,
                redacted: String::new(),
            }
        },
    )
}

fn bulk_source() -> impl Strategy<Value = BulkSource> {
    let path = (location(), "(/[a-zA-Z0-9_.-]{1,6}){0,4}/").prop_map(|(location, path)| Request {
        location,
        target: Target::Path(path),
    });
    let object = (
        location(),
        "[a-z0-9.-]{1,9}",
        "[ -~é]{0,9}[a-z?#%]",
        of(text()),
    )
        .prop_map(|(location, bucket, key, version)| Request {
            location,
            target: Target::Object(Object {
                bucket,
                key,
                version,
            }),
        });
    let store = prop_oneof![path, object, secret(), secret_arn()].prop_map(BulkSource::Store);
    let file =
        "/?[!-\"$-.0->@-~é][!-\"$->@-~é]{0,9}".prop_map(|path| BulkSource::File(path.into()));
    prop_oneof![3 => store, 1 => file]
}

fn parameter() -> impl Strategy<Value = Request> {
    let name = prop_oneof!["[a-zA-Z0-9_.-]{1,8}", "(/[a-zA-Z0-9_.-]{1,6}){2,5}"];
    (location(), name, of("[a-zA-Z0-9_.-]{1,4}")).prop_map(|(location, name, selector)| Request {
        location,
        target: Target::Parameter(Parameter { name, selector }),
    })
}

fn parameter_arn() -> impl Strategy<Value = Request> {
    let resource = "parameter(/[a-zA-Z0-9_.-]{1,6}){1,4}";
    (arn("ssm", resource), of("[a-zA-Z0-9_.-]{1,4}")).prop_map(|((location, name), selector)| {
        Request {
            location,
            target: Target::Parameter(Parameter { name, selector }),
        }
    })
}

fn secret() -> impl Strategy<Value = Request> {
    (
        location(),
        "((rds|ecs-sc)!)?[a-zA-Z0-9/_+=.@-]{1,12}",
        of(text()),
        of(text()),
    )
        .prop_map(|(location, id, stage, version)| Request {
            location,
            target: Target::Secret(Secret { id, stage, version }),
        })
}

fn secret_arn() -> impl Strategy<Value = Request> {
    let resource = "secret:((rds|ecs-sc)!)?[a-zA-Z0-9/_+=.@-]{1,12}";
    (arn("secretsmanager", resource), of(text()), of(text())).prop_map(
        |((location, id), stage, version)| Request {
            location,
            target: Target::Secret(Secret { id, stage, version }),
        },
    )
}

fn arn(service: &'static str, resource: &'static str) -> impl Strategy<Value = (Location, String)> {
    (
        "aws(-cn|-us-gov)?",
        region(),
        "[0-9]{12}",
        resource,
        of(role()),
    )
        .prop_map(move |(partition, region, account, resource, role)| {
            let arn = format!("arn:{partition}:{service}:{region}:{account}:{resource}");
            (
                Location {
                    region: Some(region),
                    role,
                },
                arn,
            )
        })
}

fn location() -> impl Strategy<Value = Location> {
    (of(region()), of(role())).prop_map(|(region, role)| Location { region, role })
}

fn region() -> impl Strategy<Value = String> {
    "[a-z]{2}-[a-z]{4,9}-[1-9]"
}

fn role() -> impl Strategy<Value = String> {
    "arn:aws:iam::[0-9]{12}:role/[a-zA-Z0-9+=,.@_/-]{1,9}"
}

/// A key, a stage, a version: any text that is not empty and can be shown.
fn text() -> impl Strategy<Value = String> {
    let plain = |text: &String| !text.is_empty() && !text.contains(char::is_control);
    any_text().prop_filter("empty or not to be shown", plain)
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![".{0,9}", "[ -~\n\0é]{0,9}"]
}
