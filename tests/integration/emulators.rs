//! The main job over the wire, against two emulators that neither we wrote nor know us.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::emulator::{Emulator, ministack, moto};

const HOME: &str = "eu-west-1";
const AWAY: &str = "us-east-1";
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
    every_kind_of_source_reaches_the_default_command
    values_arrive_byte_for_byte
    a_path_of_several_pages_arrives_whole
    twenty_five_names_arrive_in_one_run
    one_parameter_named_by_many_variables_reaches_them_all
    a_version_selects_an_older_value
    a_label_selects_an_older_value
    an_arn_with_a_version_selects_an_older_value
    a_previous_stage_selects_an_older_secret
    the_region_of_a_parameters_arn_is_the_region_asked
    the_region_of_a_secrets_arn_is_the_region_asked
    the_region_option_is_the_region_asked
    json_keys_arrive_as_their_source_writes_them
    an_ecs_task_definition_reaches_its_own_command
    everything_that_is_missing_is_named_at_once
    an_optional_or_defaulted_reference_may_be_missing
    a_broken_dotenv_object_is_refused_without_its_text
}

fn every_kind_of_source_reaches_the_command_in_one_run(emulator: &Emulator) {
    let run = Run::on(emulator)
        .env("APP_ENV", "staging")
        .env("DB_PASSWORD", "ssm:///shop/staging/db/password")
        .manifest("every_kind", MANIFEST)
        .args(["--from", "ssm:///shop/${APP_ENV}/app/", "--from", "s3://shop-settings/${APP_ENV}.env"])
        .command(["sh", "-c", r#"printf '%s|' "$DB_PASSWORD" "$MANIFEST_PASSWORD" "$API_TOKEN" "$LOG_LEVEL" \
            "$DB_HOST" "$DB_PORT" "$RAILS_ENV" "$GREETING" "$SINGLE" "${EMPTY-unset}" "$DOTENV_PASSWORD" "$DOTENV_TOKEN""#]);

    assert_eq!(
        run.prints(),
        "staging-three|staging-three|token-now|info|db.staging.example|5432|production|two words|a # b||\
         staging-three|token-now|"
    );
}

fn every_kind_of_source_reaches_the_default_command(emulator: &Emulator) {
    let run = Run::on(emulator)
        .env("APP_ENV", "staging")
        .env("DB_PASSWORD", "ssm:///shop/staging/db/password")
        .manifest("default_command", MANIFEST)
        .args([
            "--from",
            "ssm:///shop/${APP_ENV}/app/",
            "--from",
            "s3://shop-settings/${APP_ENV}.env",
        ])
        .args([
            "--default-command",
            r#"sh -c 'printf "%s|" "$DB_PASSWORD" "$API_TOKEN" "$DB_HOST" "$GREETING"'"#,
            "--",
        ]);

    assert_eq!(
        run.prints(),
        "staging-three|token-now|db.staging.example|two words|"
    );
}

fn values_arrive_byte_for_byte(emulator: &Emulator) {
    let environment = Run::on(emulator)
        .env("SESSION_SECRET", "ssm:///shop/staging/app/session-secret")
        .environment();

    assert_eq!(
        environment["SESSION_SECRET"],
        "two\nlines, \"double\" 'single' $HOME #no=comment \\n ünï "
    );
}

fn a_path_of_several_pages_arrives_whole(emulator: &Emulator) {
    let environment = Run::on(emulator)
        .args(["--from", "ssm:///many/"])
        .environment();

    for number in 1..=25 {
        assert_eq!(
            environment[&format!("SETTING_{number:02}")],
            format!("value {number:02}")
        );
    }
    assert_eq!(environment["NESTED_DEEP_LEAF"], "leaf");
}

fn twenty_five_names_arrive_in_one_run(emulator: &Emulator) {
    let mut run = Run::on(emulator);
    for number in 1..=25 {
        run = run.env(
            &format!("NAME_{number}"),
            &format!("ssm:///many/setting-{number:02}"),
        );
    }
    let environment = run.environment();

    for number in 1..=25 {
        assert_eq!(
            environment[&format!("NAME_{number}")],
            format!("value {number:02}")
        );
    }
}

fn one_parameter_named_by_many_variables_reaches_them_all(emulator: &Emulator) {
    let environment = Run::on(emulator)
        .env("USER_NAME", "ssm:///shop/staging/json#user")
        .env("LIMIT", "ssm:///shop/staging/json#limit")
        .env("PLAIN", "ssm://plain-name")
        .env("AGAIN", "ssm://plain-name")
        .environment();

    assert_eq!(
        values(&environment, ["USER_NAME", "LIMIT", "PLAIN", "AGAIN"]),
        ["shop", "5", "plain", "plain"]
    );
}

fn a_version_selects_an_older_value(emulator: &Emulator) {
    let environment = Run::on(emulator)
        .env("OLD", "ssm:///shop/staging/db/password:1")
        .environment();

    assert_eq!(environment["OLD"], "staging-one");
}

fn a_label_selects_an_older_value(emulator: &Emulator) {
    let environment = Run::on(emulator)
        .env("BLUE", "ssm:///shop/staging/db/password:blue")
        .environment();

    assert_eq!(environment["BLUE"], "staging-two");
}

fn an_arn_with_a_version_selects_an_older_value(emulator: &Emulator) {
    let reference = format!("ssm://{}:1", parameter_arn(emulator, HOME));
    let environment = Run::on(emulator).env("OLD", &reference).environment();

    assert_eq!(environment["OLD"], "staging-one");
}

fn a_previous_stage_selects_an_older_secret(emulator: &Emulator) {
    let environment = Run::on(emulator)
        .env(
            "BEFORE",
            "secretsmanager://shop/staging/api?stage=AWSPREVIOUS#token",
        )
        .env("NOW", "secretsmanager://shop/staging/api#token")
        .environment();

    assert_eq!(
        values(&environment, ["BEFORE", "NOW"]),
        ["token-before", "token-now"]
    );
}

fn the_region_of_a_parameters_arn_is_the_region_asked(emulator: &Emulator) {
    let environment = Run::on(emulator)
        .env("HERE", &format!("ssm://{}", parameter_arn(emulator, HOME)))
        .env("THERE", &format!("ssm://{}", parameter_arn(emulator, AWAY)))
        .environment();

    assert_eq!(
        values(&environment, ["HERE", "THERE"]),
        ["staging-three", "staging-from-virginia"]
    );
}

fn the_region_of_a_secrets_arn_is_the_region_asked(emulator: &Emulator) {
    let environment = Run::on(emulator)
        .env(
            "HERE",
            &format!("secretsmanager://{}#token", emulator.secret_arn(HOME)),
        )
        .env(
            "THERE",
            &format!("secretsmanager://{}#token", emulator.secret_arn(AWAY)),
        )
        .environment();

    assert_eq!(
        values(&environment, ["HERE", "THERE"]),
        ["token-now", "token-from-virginia"]
    );
}

fn the_region_option_is_the_region_asked(emulator: &Emulator) {
    let environment = Run::on(emulator)
        .env("HERE", "ssm:///shop/staging/db/password")
        .env("THERE", "ssm:///shop/staging/db/password?region=us-east-1")
        .environment();

    assert_eq!(
        values(&environment, ["HERE", "THERE"]),
        ["staging-three", "staging-from-virginia"]
    );
}

fn json_keys_arrive_as_their_source_writes_them(emulator: &Emulator) {
    let environment = Run::on(emulator)
        .args(["--from", "secretsmanager://shop/staging/api"])
        .environment();

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
    let definition = serde_json::json!({
        "family": "shop",
        "containerDefinitions": [{
            "name": "web",
            "image": "shop:1",
            "command": ["sh", "-c", r#"printf '%s|' "$PLAIN" "$PASSWORD" "$TOKEN" "$LEVEL" "$GREETING""#],
            "environment": [{ "name": "LEVEL", "value": "info" }],
            "environmentFiles": [{ "type": "s3", "value": "arn:aws:s3:::shop-settings/production.env" }],
            "secrets": [
                { "name": "PLAIN", "valueFrom": "plain-name" },
                { "name": "PASSWORD", "valueFrom": parameter_arn(emulator, AWAY) },
                { "name": "TOKEN", "valueFrom": format!("{}:token:AWSPREVIOUS:", emulator.secret_arn(HOME)) },
            ],
        }],
    });
    let run = Run::on(emulator).manifest("task_definition", &definition.to_string());

    assert_eq!(
        run.prints(),
        "plain|staging-from-virginia|token-before|info|hello|"
    );
}

fn everything_that_is_missing_is_named_at_once(emulator: &Emulator) {
    let message = Run::on(emulator)
        .env("PRESENT", "ssm:///shop/staging/db/password")
        .env("NO_PARAMETER", "ssm:///shop/staging/nowhere")
        .env("NO_VERSION", "ssm:///shop/production/db/password:99")
        .env("NO_SECRET", "secretsmanager://shop/nowhere")
        .args([
            "--from",
            "ssm:///nowhere/",
            "--from",
            "s3://shop-settings/nowhere.env",
            "--from",
            "s3://shop-nowhere/key.env",
        ])
        .fails_with(66);

    for missing in [
        "NO_PARAMETER",
        "ssm:///shop/staging/nowhere",
        "NO_VERSION",
        "ssm:///shop/production/db/password:99",
        "NO_SECRET",
        "secretsmanager://shop/nowhere",
        "ssm:///nowhere/",
        "s3://shop-settings/nowhere.env",
        "s3://shop-nowhere/key.env",
    ] {
        assert!(
            message.contains(missing),
            "{missing} is not named in:\n{message}"
        );
    }
    for unmentioned in ["PRESENT", "staging-three", "production-one"] {
        assert!(
            !message.contains(unmentioned),
            "{unmentioned} is in:\n{message}"
        );
    }
}

fn an_optional_or_defaulted_reference_may_be_missing(emulator: &Emulator) {
    let environment = Run::on(emulator)
        .env("OPTIONAL", "ssm:///shop/staging/nowhere?optional")
        .env(
            "DEFAULTED",
            "secretsmanager://shop/nowhere?default=fallback",
        )
        .args(["--from", "s3://shop-settings/nowhere.env?optional"])
        .environment();

    assert_eq!(environment["DEFAULTED"], "fallback");
    assert!(
        !environment.contains_key("OPTIONAL"),
        "a missing optional reference is not left in place"
    );
}

fn a_broken_dotenv_object_is_refused_without_its_text(emulator: &Emulator) {
    let message = Run::on(emulator)
        .args(["--from", "s3://shop-settings/broken.env"])
        .fails_with(65);

    assert!(
        message.contains("s3://shop-settings/broken.env") && message.contains('2'),
        "no place in:\n{message}"
    );
    assert!(
        !message.contains("never-shown"),
        "the file's text is in:\n{message}"
    );
}

/// moto answers a version and a label of one parameter alike but for the value, so it cannot be asked for both at once.
#[test]
fn versions_and_labels_of_one_parameter_are_told_apart_in_one_run() {
    let environment = Run::on(ministack())
        .env("NOW", "ssm:///shop/staging/db/password")
        .env("OLD", "ssm:///shop/staging/db/password:1")
        .env("BLUE", "ssm:///shop/staging/db/password:blue")
        .env("SAME", "ssm:///shop/staging/db/password:2")
        .environment();

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
        let message = Run::on(ministack())
            .env("AWS_SECRET_ACCESS_KEY", "not-the-secret")
            .args(["--from", source])
            .fails_with(77);

        assert!(
            message.contains(source),
            "{source} is not named in:\n{message}"
        );
        assert!(
            !message.contains("not-the-secret"),
            "the key is in:\n{message}"
        );
    }
}

#[test]
fn a_user_who_may_read_parameters_only_is_told_what_is_denied() {
    let message = Run::by(ministack(), "parameters-only")
        .env("DB_PASSWORD", "ssm:///shop/staging/db/password")
        .env("API_TOKEN", "secretsmanager://shop/staging/api#token")
        .args(["--from", "s3://shop-settings/staging.env"])
        .fails_with(77);

    for denied in [
        "API_TOKEN",
        "secretsmanager://shop/staging/api",
        "s3://shop-settings/staging.env",
    ] {
        assert!(
            message.contains(denied),
            "{denied} is not named in:\n{message}"
        );
    }
    for unmentioned in ["DB_PASSWORD", "staging-three", "token-now"] {
        assert!(
            !message.contains(unmentioned),
            "{unmentioned} is in:\n{message}"
        );
    }
}

#[test]
fn a_user_who_may_read_nothing_is_denied_parameters() {
    for source in [
        "DB_PASSWORD=ssm:///shop/staging/db/password",
        "OTHER=ssm:///shop/staging/json",
    ] {
        let (name, reference) = source.split_once('=').unwrap();
        let message = Run::by(ministack(), "assumer")
            .env(name, reference)
            .fails_with(77);

        assert!(
            message.contains(name) && message.contains(reference),
            "not named in:\n{message}"
        );
    }
}

#[test]
fn the_role_option_reads_with_the_roles_permissions() {
    let reference = format!(
        "ssm:///shop/staging/db/password?role={}",
        ministack().role()
    );
    let environment = Run::by(ministack(), "assumer")
        .env("DB_PASSWORD", &reference)
        .environment();

    assert_eq!(environment["DB_PASSWORD"], "staging-three");
}

#[test]
fn the_role_option_reads_no_more_than_the_role_may() {
    let reference = format!(
        "secretsmanager://shop/staging/api?role={}#token",
        ministack().role()
    );
    let message = Run::by(ministack(), "reader")
        .env("API_TOKEN", &reference)
        .fails_with(77);

    assert!(message.contains("API_TOKEN"), "not named in:\n{message}");
}

/// Credentials and region from IMDSv2, which ministack plays; but it does not take its own instance's credentials,
/// so the parameters are moto's.
#[test]
fn an_instance_gives_credentials_and_region() {
    let environment = Run::bare(moto())
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", ministack().endpoint())
        .env("DB_PASSWORD", "ssm:///shop/staging/db/password")
        .environment();

    assert_eq!(environment["DB_PASSWORD"], "staging-from-virginia");
}

/// As above, with the credentials that an ECS task gets.
#[test]
fn a_container_gives_credentials() {
    let environment = Run::bare(moto())
        .env("AWS_REGION", HOME)
        .env(
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            &format!("{}/v2/credentials/task", ministack().endpoint()),
        )
        .env("DB_PASSWORD", "ssm:///shop/staging/db/password")
        .environment();

    assert_eq!(environment["DB_PASSWORD"], "staging-three");
}

fn parameter_arn(emulator: &Emulator, region: &str) -> String {
    format!(
        "arn:aws:ssm:{region}:{}:parameter/shop/staging/db/password",
        emulator.account()
    )
}

fn values<'a, const N: usize>(
    environment: &'a BTreeMap<String, String>,
    names: [&str; N],
) -> [&'a str; N] {
    names.map(|name| environment.get(name).map_or("(not set)", String::as_str))
}

/// One run of the built binary with nothing of this process's environment.
struct Run(Command);

impl Run {
    /// As the user who may read everything there.
    fn on(emulator: &Emulator) -> Run {
        Run::by(emulator, "reader")
    }

    fn by(emulator: &Emulator, user: &str) -> Run {
        let mut run = Run::bare(emulator)
            .env("AWS_REGION", HOME)
            .env("AWS_EC2_METADATA_DISABLED", "true");
        run.0.envs(emulator.credentials(user));
        run
    }

    /// With neither credentials nor a region.
    fn bare(emulator: &Emulator) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_paramexec"));
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .env("AWS_ENDPOINT_URL", emulator.endpoint())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Run(command)
    }

    fn env(mut self, name: &str, value: &str) -> Run {
        self.0.env(name, value);
        self
    }

    fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Run {
        self.0.args(args);
        self
    }

    /// `file` names it among the manifests of all tests.
    fn manifest(self, file: &str, text: &str) -> Run {
        let path =
            PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{file}", thread_name()));
        fs::write(&path, text).unwrap();
        self.args([OsStr::new("--manifest"), path.as_os_str()])
    }

    fn command<const N: usize>(self, words: [&str; N]) -> Run {
        self.args(["--"]).args(words)
    }

    /// What the command printed, after a run without a word on standard error.
    fn prints(self) -> String {
        let output = self.ends();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), stderr.as_ref()), (Some(0), ""));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The whole environment that a command gets.
    fn environment(self) -> BTreeMap<String, String> {
        let printed = self.command(["env", "-0"]).prints();
        let pairs = printed
            .split_terminator('\0')
            .map(|pair| pair.split_once('=').unwrap());
        pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    /// The message of a run that ends with this code and starts no command.
    fn fails_with(self, code: i32) -> String {
        let output = self.command(["echo", "started"]).ends();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            (output.status.code(), output.stdout.as_slice()),
            (Some(code), &b""[..]),
            "{stderr}"
        );
        stderr
    }

    fn ends(mut self) -> Output {
        let child = self.0.spawn().unwrap();
        let id = child.id().to_string();
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || sender.send(child.wait_with_output()));
        receiver.recv_timeout(Duration::from_mins(1)).map_or_else(
            |_| {
                let _ = Command::new("kill").args(["-KILL", &id]).status();
                panic!(
                    "paramexec did not end within a minute: {:?}",
                    self.0.get_args()
                )
            },
            Result::unwrap,
        )
    }
}

/// The test's own name, so that tests side by side write no common file.
fn thread_name() -> String {
    thread::current()
        .name()
        .unwrap_or("test")
        .replace("::", "-")
}
