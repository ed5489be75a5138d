//! The main job over the wire, against two emulators that neither we wrote nor know us.

use std::collections::BTreeMap;

use crate::emulator::{Emulator, ministack, moto};
use crate::support::run::Paramexec;
use crate::support::temp::TempDir;

const HOME: &str = "eu-west-1";
const AWAY: &str = "us-east-1";
/// As `seed.py` has it.
const SESSION_SECRET: &str = "two\nlines, \"double\" 'single' $HOME #no=comment \\n ünï ";
const MANIFEST: &str = "\
# one of each kind
MANIFEST_PASSWORD=ssm:///shop/${APP_ENV}/db/password
API_TOKEN=secretsmanager://shop/${APP_ENV}/api#token
LOG_LEVEL=info
";

/// Each of these runs against both emulators.
macro_rules! on_both {
    ($($name:ident)*) => {
        mod on_ministack { $(#[test] fn $name() { super::$name(super::ministack()) })* }
        mod on_moto { $(#[test] fn $name() { super::$name(super::moto()) })* }
    };
}

on_both! {
    every_kind_of_source_reaches_the_command_in_one_run
    every_form_of_a_reference_arrives
    a_path_of_several_pages_arrives_whole
    twenty_five_names_arrive_in_one_run
    json_keys_arrive_as_their_source_writes_them
    an_ecs_task_definition_reaches_its_own_command
    everything_that_is_missing_is_named_at_once
    an_optional_or_defaulted_reference_may_be_missing
    fetched_values_are_composed_for_urls_and_json
    secrets_and_objects_of_any_bytes_arrive_as_files
    a_broken_dotenv_object_is_refused_without_its_text
}

fn every_kind_of_source_reaches_the_command_in_one_run(emulator: &Emulator) {
    let folder = TempDir::new();
    let run = on(emulator)
        .env("APP_ENV", "staging")
        .env("DB_PASSWORD", "ssm:///shop/staging/db/password")
        .args([
            "--from",
            "ssm:///shop/${APP_ENV}/app/",
            "--from",
            "s3://shop-settings/${APP_ENV}.env",
        ]);
    let print = r#"sh -c 'printf "%s|" "$DB_PASSWORD" "$MANIFEST_PASSWORD" "$API_TOKEN" "$LOG_LEVEL" "$DB_HOST" "$DB_PORT" "$RAILS_ENV" "$GREETING" "$SINGLE" "${EMPTY-unset}" "$DOTENV_PASSWORD" "$DOTENV_TOKEN"'"#;
    manifest(run, &folder, MANIFEST)
        .args(["--default-command", print, "--"])
        .expect_stdout(
            "staging-three|staging-three|token-now|info|db.staging.example|5432|production|two words|a # b||\
             staging-three|token-now|",
        )
        .check();
}

fn every_form_of_a_reference_arrives(emulator: &Emulator) {
    let parameter = |region| format!("ssm://{}", parameter_arn(emulator, region));
    let secret = |region| format!("secretsmanager://{}#token", emulator.secret_arn(region));
    let (previous, away) = ("stage=AWSPREVIOUS", format!("region={AWAY}"));
    let password = "ssm:///shop/staging/db/password";
    let forms = [
        (password.to_owned(), "staging-three"),
        (format!("{password}:1"), "staging-one"),
        (format!("{password}:blue"), "staging-two"),
        (format!("{password}?{away}"), "staging-from-virginia"),
        (parameter(HOME), "staging-three"),
        (format!("{}:1", parameter(HOME)), "staging-one"),
        (parameter(AWAY), "staging-from-virginia"),
        ("ssm://plain-name".into(), "plain"),
        ("ssm:///shop/staging/json#user".into(), "shop"),
        ("ssm:///shop/staging/json#limit".into(), "5"),
        (
            "ssm:///shop/staging/app/session-secret".into(),
            SESSION_SECRET,
        ),
        (
            "secretsmanager://shop/staging/api#token".into(),
            "token-now",
        ),
        (
            format!("secretsmanager://shop/staging/api?{previous}#token"),
            "token-before",
        ),
        (secret(HOME), "token-now"),
        (secret(AWAY), "token-from-virginia"),
    ];
    for (reference, value) in forms {
        let environment = environment(on(emulator).env("ONE", &reference).env("OTHER", &reference));
        assert_eq!(
            values(&environment, ["ONE", "OTHER"]),
            [value; 2],
            "{reference}"
        );
    }
}

fn a_path_of_several_pages_arrives_whole(emulator: &Emulator) {
    let environment = environment(on(emulator).args(["--from", "ssm:///many/"]));
    for number in 1..=25 {
        let name = format!("SETTING_{number:02}");
        assert_eq!(environment[&name], format!("value {number:02}"));
    }
    assert_eq!(environment["NESTED_DEEP_LEAF"], "leaf");
}

fn twenty_five_names_arrive_in_one_run(emulator: &Emulator) {
    let run = (1..=25).fold(on(emulator), |run, number| {
        let reference = format!("ssm:///many/setting-{number:02}");
        run.env(format!("NAME_{number}"), reference)
    });
    let environment = environment(run);
    for number in 1..=25 {
        let name = format!("NAME_{number}");
        assert_eq!(environment[&name], format!("value {number:02}"));
    }
}

fn json_keys_arrive_as_their_source_writes_them(emulator: &Emulator) {
    let source = ["--from", "secretsmanager://shop/staging/api"];
    let environment = environment(on(emulator).args(source));
    assert_eq!(
        values(
            &environment,
            ["token", "limit", "ratio", "tls", "none", "tags"]
        ),
        [
            "token-now",
            "1000000",
            "1e+06",
            "true",
            "null",
            r#"{"a": [1, "b"]}"#
        ]
    );
}

fn an_ecs_task_definition_reaches_its_own_command(emulator: &Emulator) {
    let print = r#"printf '%s|' "$PLAIN" "$PASSWORD" "$TOKEN" "$LEVEL" "$GREETING""#;
    let token = format!("{}:token:AWSPREVIOUS:", emulator.secret_arn(HOME));
    let definition = serde_json::json!({
        "family": "shop",
        "containerDefinitions": [{
            "name": "web",
            "image": "shop:1",
            "command": ["sh", "-c", print],
            "environment": [{ "name": "LEVEL", "value": "info" }],
            "environmentFiles": [{ "type": "s3", "value": "arn:aws:s3:::shop-settings/production.env" }],
            "secrets": [
                { "name": "PLAIN", "valueFrom": "plain-name" },
                { "name": "PASSWORD", "valueFrom": parameter_arn(emulator, AWAY) },
                { "name": "TOKEN", "valueFrom": token },
            ],
        }],
    });
    let folder = TempDir::new();
    manifest(on(emulator), &folder, &definition.to_string())
        .expect_stdout("plain|staging-from-virginia|token-before|info|hello|")
        .check();
}

fn everything_that_is_missing_is_named_at_once(emulator: &Emulator) {
    let variables = [
        ("NO_PARAMETER", "ssm:///shop/staging/nowhere"),
        ("NO_VERSION", "ssm:///shop/production/db/password:99"),
        ("NO_SECRET", "secretsmanager://shop/nowhere"),
    ];
    let sources = [
        "ssm:///nowhere/",
        "s3://shop-settings/nowhere.env",
        "s3://shop-nowhere/key.env",
    ];
    let run = on(emulator).env("PRESENT", "ssm:///shop/staging/db/password");
    let run = variables
        .iter()
        .fold(run, |run, (name, reference)| run.env(name, reference));
    let run = sources
        .iter()
        .fold(run, |run, source| run.args(["--from", source]));
    let missing: Vec<&str> = variables
        .iter()
        .flat_map(|(name, reference)| [*name, *reference])
        .chain(sources)
        .collect();
    fails(
        run,
        66,
        &missing,
        &["PRESENT", "staging-three", "production-one"],
    );
}

fn an_optional_or_defaulted_reference_may_be_missing(emulator: &Emulator) {
    let environment = environment(
        on(emulator)
            .env("OPTIONAL", "ssm:///shop/staging/nowhere?optional")
            .env(
                "DEFAULTED",
                "secretsmanager://shop/nowhere?default=fallback",
            )
            .args(["--from", "s3://shop-settings/nowhere.env?optional"]),
    );
    assert_eq!(
        values(&environment, ["DEFAULTED", "OPTIONAL"]),
        ["fallback", "(not set)"]
    );
}

fn fetched_values_are_composed_for_urls_and_json(emulator: &Emulator) {
    let folder = TempDir::new();
    let text = "\
        SECRET=ssm:///shop/staging/app/session-secret\n\
        TOKEN=secretsmanager://shop/staging/api#token\n\
        URL=template:redis://:{SECRET|url}@{TOKEN|raw}.example\n\
        JSON=template:{{\"secret\": \"{SECRET|json}\"}}\n";
    let run = on(emulator).args(["--unset", "SECRET"]);
    let environment = environment(manifest(run, &folder, text));
    let [url, json, secret] = values(&environment, ["URL", "JSON", "SECRET"]);
    assert_eq!(
        url,
        "redis://:two%0Alines%2C%20%22double%22%20%27single%27%20%24HOME%20%23no%3Dcomment%20%5Cn%20%C3%BCn%C3%AF%20\
         @token-now.example"
    );
    let json: serde_json::Value = serde_json::from_str(json).expect("it is JSON");
    assert_eq!(json["secret"], SESSION_SECRET);
    assert_eq!(secret, "(not set)");
}

fn secrets_and_objects_of_any_bytes_arrive_as_files(emulator: &Emulator) {
    let folder = TempDir::new();
    let text = "\
        STORE=s3://shop-settings/store.p12?file\n\
        KEY=secretsmanager://shop/staging/key?file&mode=0400\n\
        SECRET=ssm:///shop/staging/app/session-secret?file\n";
    let run = manifest(on(emulator), &folder, text);
    let outcome = run.shell(r#"cat "$STORE" "$KEY" "$SECRET""#).run();
    let every_byte: Vec<u8> = (0..=255).collect();
    let expected = [&every_byte[..], &every_byte, SESSION_SECRET.as_bytes()].concat();
    assert!(outcome.stdout == expected, "{outcome:?}");
}

fn a_broken_dotenv_object_is_refused_without_its_text(emulator: &Emulator) {
    let run = on(emulator).args(["--from", "s3://shop-settings/broken.env"]);
    fails(
        run,
        65,
        &["s3://shop-settings/broken.env", "2"],
        &["never-shown"],
    );
}

/// moto answers a version and a label of one parameter alike but for the value, so it cannot be asked for both at once.
#[test]
fn versions_and_labels_of_one_parameter_are_told_apart_in_one_run() {
    let password = "ssm:///shop/staging/db/password";
    let environment = environment(
        on(ministack())
            .env("NOW", password)
            .env("OLD", format!("{password}:1"))
            .env("BLUE", format!("{password}:blue"))
            .env("SAME", format!("{password}:2")),
    );
    assert_eq!(
        values(&environment, ["NOW", "OLD", "BLUE", "SAME"]),
        ["staging-three", "staging-one", "staging-two", "staging-two"]
    );
}

#[test]
fn a_wrong_secret_key_is_refused_by_every_service() {
    for source in [
        "ssm:///shop/staging/app/",
        "secretsmanager://shop/staging/api",
        "s3://shop-settings/staging.env",
    ] {
        let run = on(ministack()).env("AWS_SECRET_ACCESS_KEY", "not-the-secret");
        fails(
            run.args(["--from", source]),
            77,
            &[source],
            &["not-the-secret"],
        );
    }
}

#[test]
fn a_user_who_may_read_parameters_only_is_told_what_is_denied() {
    let (token, object) = (
        "secretsmanager://shop/staging/api#token",
        "s3://shop-settings/staging.env",
    );
    let run = by(ministack(), "parameters-only")
        .env("DB_PASSWORD", "ssm:///shop/staging/db/password")
        .env("API_TOKEN", token)
        .args(["--from", object]);
    fails(
        run,
        77,
        &["API_TOKEN", token, object],
        &["DB_PASSWORD", "staging-three", "token-now"],
    );
}

#[test]
fn a_user_who_may_read_nothing_is_denied_parameters() {
    let reference = "ssm:///shop/staging/db/password";
    let run = by(ministack(), "assumer").env("DB_PASSWORD", reference);
    fails(run, 77, &["DB_PASSWORD", reference], &[]);
}

#[test]
fn the_role_option_reads_with_the_roles_permissions_and_no_more() {
    let role = ministack().role();
    let may = format!("ssm:///shop/staging/db/password?role={role}");
    let environment = environment(by(ministack(), "assumer").env("DB_PASSWORD", may));
    assert_eq!(environment["DB_PASSWORD"], "staging-three");
    let may_not = format!("secretsmanager://shop/staging/api?role={role}#token");
    fails(
        by(ministack(), "reader").env("API_TOKEN", may_not),
        77,
        &["API_TOKEN"],
        &[],
    );
}

/// Credentials and region from IMDSv2, which ministack plays; but it does not take its own instance's credentials,
/// so the parameters are moto's.
#[test]
fn an_instance_gives_credentials_and_region() {
    let run = bare(moto()).env("AWS_EC2_METADATA_SERVICE_ENDPOINT", ministack().endpoint());
    let environment = environment(run.env("DB_PASSWORD", "ssm:///shop/staging/db/password"));
    assert_eq!(environment["DB_PASSWORD"], "staging-from-virginia");
}

/// As above, with the credentials that an ECS task gets.
#[test]
fn a_container_gives_credentials() {
    let uri = format!("{}/v2/credentials/task", ministack().endpoint());
    let run = bare(moto())
        .env("AWS_REGION", HOME)
        .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri);
    let environment = environment(run.env("DB_PASSWORD", "ssm:///shop/staging/db/password"));
    assert_eq!(environment["DB_PASSWORD"], "staging-three");
}

fn parameter_arn(emulator: &Emulator, region: &str) -> String {
    let account = emulator.account();
    format!("arn:aws:ssm:{region}:{account}:parameter/shop/staging/db/password")
}

fn values<'a, const N: usize>(
    environment: &'a BTreeMap<String, String>,
    names: [&str; N],
) -> [&'a str; N] {
    names.map(|name| environment.get(name).map_or("(not set)", String::as_str))
}

/// A run as the user who may read everything there.
fn on(emulator: &Emulator) -> Paramexec {
    by(emulator, "reader")
}

fn by(emulator: &Emulator, user: &str) -> Paramexec {
    let run = bare(emulator)
        .env("AWS_REGION", HOME)
        .env("AWS_EC2_METADATA_DISABLED", "true");
    let keys = emulator.credentials(user);
    keys.fold(run, |run, (name, value)| run.env(name, value))
}

/// With neither credentials nor a region.
fn bare(emulator: &Emulator) -> Paramexec {
    Paramexec::new()
        .env("PATH", "/usr/bin:/bin")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("AWS_ENDPOINT_URL", emulator.endpoint())
}

fn manifest(run: Paramexec, folder: &TempDir, text: &str) -> Paramexec {
    run.arg("--manifest").arg(folder.file("manifest", text))
}

/// The whole environment that a command gets.
#[track_caller]
fn environment(run: Paramexec) -> BTreeMap<String, String> {
    let outcome = run.args(["--", "env", "-0"]).run();
    assert_eq!((outcome.code(), outcome.stderr().as_str()), (Some(0), ""));
    let printed = outcome.stdout();
    let pairs = printed
        .split_terminator('\0')
        .map(|pair| pair.split_once('=').unwrap());
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// The run starts no command and ends with this code, in a message that names all of these and shows none of those.
#[track_caller]
fn fails(run: Paramexec, code: i32, named: &[&str], never: &[&str]) {
    let run = run.args(["--", "echo", "started"]).expect_code(code);
    let run = named
        .iter()
        .fold(run, |run, text| run.expect_stderr_containing(text));
    let stderr = run.check().stderr();
    for text in never {
        assert!(!stderr.contains(text), "{text} is in:\n{stderr}");
    }
}
