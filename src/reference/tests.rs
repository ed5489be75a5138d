use super::*;
use crate::request::{Location, Object, Parameter, Request, Secret, Target};

fn parameter(name: &str, selector: Option<&str>, region: Option<&str>) -> Request {
    let target = Target::Parameter(Parameter {
        name: name.to_owned(),
        selector: selector.map(str::to_owned),
    });
    request(target, region)
}

fn secret(id: &str, stage: Option<&str>, version: Option<&str>, region: Option<&str>) -> Request {
    let target = Target::Secret(Secret {
        id: id.to_owned(),
        stage: stage.map(str::to_owned),
        version: version.map(str::to_owned),
    });
    request(target, region)
}

fn request(target: Target, region: Option<&str>) -> Request {
    let location = Location {
        region: region.map(str::to_owned),
        role: None,
    };
    Request { location, target }
}

fn asks(text: &str) -> (Request, Option<String>) {
    let reference = Reference::parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    (reference.request, reference.key)
}

#[test]
fn parameters_are_named_by_name_or_arn_with_a_version_or_label() {
    for (text, request) in [
        (
            "ssm:///prod/db/password",
            parameter("/prod/db/password", None, None),
        ),
        ("ssm://prod.db_x-1", parameter("prod.db_x-1", None, None)),
        ("ssm:///top", parameter("/top", None, None)),
        ("ssm:///arn:3", parameter("/arn", Some("3"), None)),
        ("ssm:///prod/db:3", parameter("/prod/db", Some("3"), None)),
        ("ssm://name:blue", parameter("name", Some("blue"), None)),
        (
            "ssm:///a/b?region=us-east-1",
            parameter("/a/b", None, Some("us-east-1")),
        ),
        (
            "arn:aws:ssm:eu-west-1:1234:parameter/prod/db",
            parameter(
                "arn:aws:ssm:eu-west-1:1234:parameter/prod/db",
                None,
                Some("eu-west-1"),
            ),
        ),
        (
            "ssm://arn:aws-us-gov:ssm:us-gov-west-1:1:parameter/db:blue",
            parameter(
                "arn:aws-us-gov:ssm:us-gov-west-1:1:parameter/db",
                Some("blue"),
                Some("us-gov-west-1"),
            ),
        ),
        (
            "ssm:///aws/reference/secretsmanager/prod/a+b=c@d",
            parameter("/aws/reference/secretsmanager/prod/a+b=c@d", None, None),
        ),
    ] {
        assert_eq!(asks(text), (request, None), "{text}");
    }
}

#[test]
fn secrets_are_named_by_name_or_arn_with_the_suffix_of_ecs() {
    const ARN: &str = "arn:aws-cn:secretsmanager:cn-north-1:1:secret:prod/db-AbCdEf";
    let in_china = |stage, version| secret(ARN, stage, version, Some("cn-north-1"));
    let password = Some("password".to_owned());
    for (text, expected) in [
        (
            "secretsmanager://prod/db".to_owned(),
            (secret("prod/db", None, None, None), None),
        ),
        (
            "secretsmanager:///prod/db".to_owned(),
            (secret("/prod/db", None, None, None), None),
        ),
        (
            "secretsmanager://prod/db?stage=AWSPREVIOUS&version=1-2#password".to_owned(),
            (
                secret("prod/db", Some("AWSPREVIOUS"), Some("1-2"), None),
                password.clone(),
            ),
        ),
        (ARN.to_owned(), (in_china(None, None), None)),
        (
            format!("secretsmanager://{ARN}#password"),
            (in_china(None, None), password.clone()),
        ),
        (
            format!("{ARN}:password::"),
            (in_china(None, None), password.clone()),
        ),
        (format!("{ARN}:::"), (in_china(None, None), None)),
        (
            format!("{ARN}:password:S:V"),
            (in_china(Some("S"), Some("V")), password),
        ),
    ] {
        assert_eq!(asks(&text), expected, "{text}");
    }
}

#[test]
fn a_key_and_a_default_are_percent_decoded() {
    let reference = Reference::parse("ssm:///a?default=x%26y%20z%25+#k%C3%A9y%3F").unwrap();
    assert_eq!(reference.default, Some(SecretValue::new("x&y z%+")));
    assert_eq!(reference.key.as_deref(), Some("kéy?"));
    assert_eq!(
        Reference::parse("ssm:///a?default=").unwrap().default,
        Some(SecretValue::new(""))
    );
    let spaced = Reference::parse("ssm:///a?optional&default=two words").unwrap();
    assert_eq!(
        (spaced.default, spaced.optional),
        (Some(SecretValue::new("two words")), true)
    );
}

#[test]
fn the_text_of_a_default_is_never_shown() {
    for (text, expected) in [
        ("ssm:///a?default=hunter2", "ssm:///a?default=…"),
        (
            "ssm:///a?optional&default=hunter2&region=x#k",
            "ssm:///a?optional&default=…&region=x#…",
        ),
        (
            "ssm:///a?default=hunter2&default=hunter3",
            "ssm:///a?default=…&default=…",
        ),
        ("ssm:///a?region=eu-west-1", "ssm:///a?region=eu-west-1"),
        ("ssm:///a?optinal", "ssm:///a?optinal"),
        ("ssm:///a?default:hunter2", "ssm:///a?default…"),
        (
            "ssm:///a?region=x?default=hun&ter2",
            "ssm:///a?region=x?default=…&…",
        ),
        ("ssm:///a?default%3Dhunter2=", "ssm:///a?default…=…"),
        ("ssm:///a?defautl=hunter2", "ssm:///a?defautl=…"),
        (
            "ssm:///a?default=hun&ter2&x=y#k",
            "ssm:///a?default=…&…&…#…",
        ),
        ("ssm:///a?default=hun?region=ter2", "ssm:///a?default=…"),
        ("ssm:///a#k?default=hunter2", "ssm:///a#k?default=…"),
        ("ssm:///a?default=hun#ter2", "ssm:///a?default=…#…"),
        ("ssm:///a;default=hunter2", "ssm:///a;…"),
        ("ssm:///a:Default=hunter2", "ssm:///a:Default…"),
        ("ssm:///a#k&default=hunter2", "ssm:///a#k&…"),
        ("ssm:///a?region=x;default=hunter2", "ssm:///a?region=x;…"),
        (
            "secretsmanager://a#k;default=hunter2?x",
            "secretsmanager://a#k;…?x",
        ),
        (
            "ssm:///a?region=x#k?default=hunter2",
            "ssm:///a?region=x#k?default=…",
        ),
    ] {
        assert_eq!(redacted(text), expected);
    }
}

#[test]
fn a_plain_name_of_ecs_is_a_parameter_whatever_its_default_is() {
    let parse = |text: &str| Reference::parse_value_from(&FilledText::from(text));
    let reference = parse("name?default=https://x#k").unwrap();
    assert_eq!(reference.request, parameter("name", None, None));
    assert_eq!(reference.default, Some(SecretValue::new("https://x")));
    assert!(parse("https://x").is_err());
}

#[test]
fn a_bulk_source_is_a_path_a_secret_an_object_or_a_file() {
    let path = |path: &str| request(Target::Path(path.to_owned()), None);
    let object = |version: Option<&str>| {
        let object = Object {
            bucket: "bucket".to_owned(),
            key: "path/key.env".to_owned(),
            version: version.map(str::to_owned),
        };
        request(Target::Object(object), None)
    };
    for (text, source) in [
        ("ssm:///prod/shop/", BulkSource::Store(path("/prod/shop/"))),
        ("ssm:///prod/shop", BulkSource::Store(path("/prod/shop/"))),
        ("ssm:///", BulkSource::Store(path("/"))),
        (
            "secretsmanager://prod/shop",
            BulkSource::Store(secret("prod/shop", None, None, None)),
        ),
        ("s3://bucket/path/key.env", BulkSource::Store(object(None))),
        (
            "s3://bucket/path/key.env?versionId=v1",
            BulkSource::Store(object(Some("v1"))),
        ),
        (
            "arn:aws-cn:s3:::bucket/path/key.env",
            BulkSource::Store(object(None)),
        ),
        ("file:dev.env", BulkSource::File("dev.env".into())),
        ("file:/etc/dev.env", BulkSource::File("/etc/dev.env".into())),
        (
            "file:///etc/dev.env",
            BulkSource::File("/etc/dev.env".into()),
        ),
    ] {
        let bulk = BulkReference::parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        assert_eq!(bulk.source, source, "{text}");
        assert_eq!(
            (bulk.prefix.as_str(), bulk.dialect, bulk.optional),
            ("", Dialect::Dotenv, false)
        );
    }
    let bulk = BulkReference::parse("file:a?prefix=DB_&dialect=docker&optional").unwrap();
    assert_eq!(
        (bulk.prefix.as_str(), bulk.dialect, bulk.optional),
        ("DB_", Dialect::Docker, true)
    );
}

#[test]
fn what_is_malformed_is_refused_with_what_was_probably_meant() {
    for (text, reason, help) in [
        (
            "ssm://prod/db",
            "begins with a slash",
            "write \"ssm:///prod/db\"",
        ),
        ("ssm://", "names no parameter", "ssm:///path/to/name"),
        ("ssm:///prod/", "ends in a slash", "--from"),
        ("ssm:///a//b", "two slashes", "\"${NAME}\" was empty"),
        ("ssm:///a/${X}", "has no \"$\"", "--from only"),
        ("ssm:///a b", "no blanks", "%20"),
        ("ssm:///a\u{7}", "no blanks", "remove"),
        ("ssm:///a:", "no version or label", ":3"),
        ("ssm:///a:1:2", "two colons", "keep one"),
        (
            "ssm:///a?regoin=x",
            "unknown option \"regoin\"",
            "write \"?region=\"",
        ),
        ("ssm:///a?zzzzzz", "unknown option", "options are optional"),
        ("ssm:///a?region=eu-west-1&region=x", "twice", "keep one"),
        ("ssm:///a?region=EU", "\"EU\" is no region", "eu-west-1"),
        ("ssm:///a?region=", "has no value", "?region=…"),
        ("ssm:///a?optional=no", "takes no value", "?optional"),
        (
            "ssm:///a?prefix=X",
            "means nothing for a parameter",
            "optional, default",
        ),
        (
            "ssm:///a?stage=X",
            "means nothing for a parameter",
            "optional, default",
        ),
        ("ssm:///a?role=bob", "not the ARN of a role", "arn:aws:iam"),
        ("ssm:///a#", "no key follows", "leave the \"#\" out"),
        ("ssm:///a#k?optional", "before the \"#\"", "%3F"),
        ("ssm:///a?default=%zz", "percent-encoding", "%25"),
        ("ssm:///a?default=%f", "percent-encoding", "%25"),
        ("ssn:///a", "no known scheme", "ssm://"),
        ("secretmanager://a", "no known scheme", "secretsmanager://"),
        ("ssm:/a", "no known scheme", "ssm://"),
        ("/a", "no known scheme", "write \"ssm:///a\""),
        ("s3://bucket/key", "many variables", "--from"),
        ("file:a", "many variables", "--from"),
        ("secretsmanager://a:key", "no colon", "#key"),
        (
            "secretsmanager://",
            "names no secret",
            "secretsmanager://name",
        ),
        (
            "arn:aws:ssm:eu-west-1:1:parameter",
            "not that of a parameter",
            "parameter/NAME",
        ),
        ("arn:aws:ssm::1:parameter/a", "is no region", "eu-west-1"),
        ("arn:aws:ssm:eu-west-1", "cut short", "arn:partition"),
        (
            "arn:aws:iam::1:role/a",
            "no service that holds variables",
            "SSM",
        ),
        (
            "arn:aws:ssm:eu-west-1:x:parameter/a",
            "no account number",
            "copy",
        ),
        (
            "arn:azure:ssm:eu-west-1:1:parameter/a",
            "none of AWS",
            "aws-cn",
        ),
        (
            "arn:aws:ssm:eu-west-1:1:parameter/a?region=us-east-1",
            "?region= says",
            "leave ?region= out",
        ),
        (
            "arn:aws:secretsmanager:eu-west-1:1:secret:a:k",
            "suffix is incomplete",
            "three parts",
        ),
        (
            "arn:aws:secretsmanager:eu-west-1:1:secret:a:k::#j",
            "JSON key twice",
            "keep one",
        ),
        (
            "arn:aws:secretsmanager:eu-west-1:1:secret:a::s:?stage=t",
            "stage twice",
            "keep one",
        ),
    ] {
        let error = Reference::parse(text).expect_err(text);
        assert!(error.reason.contains(reason), "{text}: {}", error.reason);
        assert!(error.help.contains(help), "{text}: {}", error.help);
    }
}

#[test]
fn what_could_forge_a_line_or_hide_an_option_is_refused() {
    for (text, reason, help) in [
        ("ssm:///a#k&default=x", "before the \"#\"", "%26"),
        ("ssm:///a#k;default=x", "before the \"#\"", "%3B"),
        ("ssm:///a#k%0a", "control character", "remove"),
        ("ssm:///a?region=x;default=x", "a \";\" stands", "%3B"),
        (
            "secretsmanager://a?stage=x%0ay",
            "control character",
            "remove",
        ),
        (
            "ssm:///a?role=arn:aws:iam::1:role/a%0ab",
            "control character",
            "remove",
        ),
        (
            "ssm:///a?role=arn:aws:iam::1:role/a:role/b",
            "not the ARN of a role",
            "arn:aws:iam",
        ),
    ] {
        let error = Reference::parse(text).expect_err(text);
        assert!(error.reason.contains(reason), "{text}: {}", error.reason);
        assert!(error.help.contains(help), "{text}: {}", error.help);
    }
}

#[test]
fn what_may_be_the_text_of_a_default_is_refused_without_it() {
    for (text, reason) in [
        ("ssm:///a?default:hunter2", "unknown option \"default…\""),
        ("ssm:///a?region=x?default=hunter2", "a second \"?\" stands"),
    ] {
        let error = Reference::parse(text).expect_err(text);
        assert!(error.reason.contains(reason), "{text}: {}", error.reason);
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
}

#[test]
fn what_is_no_bulk_source_is_refused() {
    for (text, reason) in [
        ("ssm://prod/", "begins with a slash"),
        ("ssm:///prod/:3", "no version or label"),
        ("ssm:///prod/#k", "picks one value"),
        ("ssm:///prod/?default=x", "means nothing for an SSM path"),
        (
            "ssm:///prod/?dialect=docker",
            "means nothing for an SSM path",
        ),
        (
            "ssm://arn:aws:ssm:eu-west-1:1:parameter/a",
            "no ARN for a path",
        ),
        ("secretsmanager://a#k", "picks one value"),
        (
            "arn:aws:secretsmanager:eu-west-1:1:secret:a:k::",
            "picks one key",
        ),
        ("ssm:///prod//", "two slashes"),
        ("ssm:////", "two slashes"),
        ("arn:azure:s3:::bucket/key", "none of AWS"),
        ("arn:aws\"x:s3:::bucket/key", "none of AWS"),
        ("s3://bucket", "names no object"),
        ("s3://bucket/", "names no object"),
        ("s3://bucket/folder/", "names no object"),
        ("s3:///key", "names no bucket"),
        ("s3://bucket/key#frag", "which a dotenv object is not"),
        ("s3://bucket/key?dialect=bash", "no dialect \"bash\""),
        (
            "arn:aws:s3:eu-west-1:1:accesspoint/x",
            "not that of an S3 object",
        ),
        ("file:", "names no file"),
        ("file://dev.env", "has no host"),
        ("file:a?region=eu-west-1", "means nothing for a file"),
        ("dev.env", "no known scheme"),
    ] {
        let error = BulkReference::parse(text).expect_err(text);
        assert!(error.reason.contains(reason), "{text}: {}", error.reason);
    }
}

fn filled(before: &str, value: &str, after: &str) -> FilledText {
    let mut text = FilledText::from(before);
    text.push_filled(value);
    text.push_written(after);
    text
}

#[test]
fn what_is_filled_into_a_part_stays_in_that_part() {
    let reference = |before: &str, value: &str, after: &str| {
        Reference::parse_filled(&filled(before, value, after))
    };
    let deep = reference("ssm:///shop/", "prod/eu", "/db").unwrap();
    assert_eq!(deep.request, parameter("/shop/prod/eu/db", None, None));
    let key = reference("secretsmanager://db?region=eu-west-1#", "a?b&c#%20", "").unwrap();
    assert_eq!(key.key.as_deref(), Some("a?b&c#%20"));
    let default = reference("ssm:///a?default=", "x&optional#k", "").unwrap();
    assert_eq!(default.default, Some(SecretValue::new("x&optional#k")));
    assert!(!default.optional && default.key.is_none());
    let arn = reference("arn:aws:ssm:eu-west-1:", "1234", ":parameter/a").unwrap();
    assert_eq!(arn.redacted, "arn:aws:ssm:eu-west-1:1234:parameter/a");
    for (before, value, after) in [
        ("ssm:///shop/", "prod?default=x", "/db"),
        ("ssm:///shop/", "prod#k", "/db"),
        ("ssm:///shop/db", ":3", ""),
        ("ssm:///shop/", "a%2Fb", ""),
        (
            "secretsmanager://",
            "arn:aws:secretsmanager:eu-west-1:1:secret:a",
            "",
        ),
        ("secretsmanager://db", "#k", ""),
        (
            "arn:aws:ssm:eu-west-1:",
            "1:parameter/other",
            ":parameter/a",
        ),
        ("arn:aws:secretsmanager:eu-west-1:1:secret:a", ":k::", ""),
        ("ssm:///a?region=", "eu-west-1&default=x", ""),
        ("ssm:///a?role=arn:aws:iam::", "1:role/evil", ":role/reader"),
        ("ssm:///a?", "default", "=x"),
        ("", "ssm://", "/a"),
        ("ss", "m:///", "a"),
    ] {
        let outcome = reference(before, value, after);
        assert!(outcome.is_err(), "{before}{value}{after}: {outcome:?}");
    }
}

#[test]
fn an_objects_key_is_filled_as_it_is_and_percent_decoded_as_it_is_written() {
    for (before, value, after, key) in [
        (
            "s3://bucket/",
            "production.env?optional",
            "",
            "production.env?optional",
        ),
        ("s3://bucket/", "a#b%20&c d", ".env", "a#b%20&c d.env"),
        ("s3://bucket/a%20b%3F%23%25/", "é", "%C3%A9", "a b?#%/éé"),
    ] {
        let bulk = BulkReference::parse_filled(&filled(before, value, after)).unwrap();
        let BulkSource::Store(Request {
            target: Target::Object(object),
            ..
        }) = &bulk.source
        else {
            panic!("{bulk:?}")
        };
        assert_eq!((object.key.as_str(), bulk.optional), (key, false));
        assert_eq!(BulkReference::parse(&bulk.redacted).unwrap(), bulk);
    }
    for (before, value, after) in [
        ("s3://", "bucket/other", "/key"),
        ("s3://", "bucket/key", ""),
        ("s3://bucket/key?versionId=1", "&role=x", "&prefix="),
        ("s3://bucket/key%0a", "", ""),
    ] {
        let outcome = BulkReference::parse_filled(&filled(before, value, after));
        assert!(outcome.is_err(), "{before}{value}{after}: {outcome:?}");
    }
}

#[test]
fn names_that_aws_itself_gives_are_read_in_every_form() {
    for name in ["rds!db-1a-2b", "rds!cluster-1a-2b", "ecs-sc!cf-1"] {
        assert_eq!(
            asks(&format!("secretsmanager://{name}#password")).0,
            secret(name, None, None, None)
        );
        let arn = format!("arn:aws:secretsmanager:eu-west-1:1:secret:{name}-AbCdEf");
        let by_arn = secret(&arn, None, None, Some("eu-west-1"));
        assert_eq!(asks(&arn).0, by_arn);
        assert_eq!(
            asks(&format!("{arn}:password::")),
            (by_arn, Some("password".to_owned()))
        );
        assert!(BulkReference::parse(&format!("secretsmanager://{name}")).is_ok());
        let through_ssm = format!("/aws/reference/secretsmanager/{name}");
        assert_eq!(
            asks(&format!("ssm://{through_ssm}")).0,
            parameter(&through_ssm, None, None)
        );
    }
    for text in [
        "secretsmanager://!a",
        "secretsmanager://RDS!a",
        "secretsmanager://a!b!c",
        "ssm:///rds!a",
    ] {
        assert!(Reference::parse(text).is_err(), "{text}");
    }
    let public = "arn:aws:ssm:eu-west-1::parameter/aws/service/ami-amazon-linux-latest/x";
    assert_eq!(asks(public).0, parameter(public, None, Some("eu-west-1")));
    assert!(Reference::parse("arn:aws:ssm:eu-west-1::parameter/shop/a").is_err());
    assert!(Reference::parse("arn:aws:secretsmanager:eu-west-1::secret:a").is_err());
}

#[test]
fn in_the_environment_only_two_schemes_are_references() {
    for text in [
        "ssm:///a",
        "secretsmanager://a",
        "ssm://arn:aws:ssm:eu-west-1:1:parameter/a",
    ] {
        assert!(is_reference(text, false), "{text}");
    }
    let arn = "arn:aws:ssm:eu-west-1:1:parameter/a";
    assert!(!is_reference(arn, false) && is_reference(arn, true));
    for text in [
        "s3://b/k",
        "file:a",
        "ssm:/a",
        "",
        "arn:aws:s3:::b/k",
        "arn:aws:iam::1:role/x",
        "x ssm:///a",
    ] {
        assert!(!is_reference(text, true), "{text}");
    }
}
