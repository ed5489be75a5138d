//! Where credentials and the region come from, and what is said when a source of them is wrong.

mod process;
mod unusable;

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use crate::support::fake::{
    ACCESS_KEY_ID, ACCOUNT, Failure, Fake, Fault, Op, REGION, Response, SECRET_ACCESS_KEY, When,
};
use crate::support::outcome::Outcome;
use crate::support::run::Paramexec;
use crate::support::secrecy::values_never_shown;
use crate::support::side_by_side::side_by_side;
use crate::support::temp::TempDir;
use crate::support::tls::TestCa;

const AWAY: &str = "us-east-1";
const VALUE: &str = "planted-value";
const TOKEN: &str = "planted-identity-token";
const SESSION: (&str, &str, &str) = ("ASIASESSIONEXAMPLE", "session/secret", "session-token");
/// Enough for every answer on loopback, and short where none comes.
const BUDGET: &str = "--timeout=1s";

fn fake() -> Fake {
    let fake = Fake::start();
    fake.secure("/db", VALUE);
    fake
}

/// A run that finds its endpoint, its region and no credentials.
fn bare(fake: &Fake) -> Paramexec {
    Paramexec::new()
        .env("AWS_ENDPOINT_URL", fake.url())
        .env("AWS_REGION", REGION)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("DB", "ssm:///db")
}

/// The run's command gets the value; answers who signed the request, and with which token.
#[track_caller]
fn signs(fake: &Fake, run: Paramexec) -> (String, Option<String>) {
    run.shell(r#"printf %s "$DB""#).expect_stdout(VALUE).check();
    let calls = fake.calls(Op::GetParameters);
    let call = calls.last().expect("it was asked");
    let key = call.access_key().expect("it was signed").to_owned();
    (key, call.session_token().map(str::to_owned))
}

/// The run ends with 78 before any command, says all of `says` and shows no credential.
#[track_caller]
fn fails(run: Paramexec, says: &[&str]) -> Outcome {
    let run = run
        .arg(BUDGET)
        .shell("echo started")
        .expect_code(78)
        .expect_stderr_containing("command not started: 1 problem (exit code 78)");
    let outcome = says
        .iter()
        .fold(run, |run, text| run.expect_stderr_containing(text))
        .check();
    let planted = [
        VALUE,
        TOKEN,
        SESSION.1,
        SESSION.2,
        SECRET_ACCESS_KEY,
        "minted/secret",
        "minted-session-token",
        "planted-secret",
    ];
    values_never_shown(&outcome, &planted);
    let stderr = outcome.stderr();
    for noise in ["panicked", "Error {", "Response {", "os error"] {
        assert!(!stderr.contains(noise), "{noise:?} in:\n{stderr}");
    }
    outcome
}

/// What can go wrong with any endpoint that gives credentials, each with what must be said of it.
fn faults() -> Vec<(&'static str, Fault)> {
    let cut = r#"{"AccessKeyId":"ASIACUT","SecretAccessKey":"planted-secret","Token":"planted-se"#;
    vec![
        (
            "404",
            Failure::new(404, "NotFound", "there is no such role").into(),
        ),
        (
            "403",
            Failure::new(403, "Forbidden", "this pod may not").into(),
        ),
        (
            "500",
            Failure::new(500, "InternalServerException", "not now").into(),
        ),
        (
            "malformed",
            Fault::Answer(Response::new(200, "application/json", cut)),
        ),
        ("HTML", Fault::not_json()),
        (
            "empty",
            Fault::Answer(Response::new(200, "application/json", "")),
        ),
        ("closed", Fault::CloseBeforeAnswer),
        ("reset", Fault::Reset),
        ("cut", Fault::CloseInBody),
        ("silent", Fault::Hang),
    ]
}

/// What passes when it is tried again.
fn passing() -> Vec<(&'static str, Fault)> {
    let mut passing = faults();
    passing.retain(|(name, _)| ["500", "closed", "reset"].contains(name));
    passing
}

mod environment {
    use super::*;

    #[test]
    fn keys_of_the_environment_sign() {
        let fake = fake();
        let run = bare(&fake)
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY);
        assert_eq!(signs(&fake, run), (ACCESS_KEY_ID.into(), None));
    }

    #[test]
    fn a_session_token_is_sent_with_its_key() {
        let fake = fake();
        let (key, secret, token) = SESSION;
        fake.session_key(key, secret, token);
        let run = bare(&fake)
            .env("AWS_ACCESS_KEY_ID", key)
            .env("AWS_SECRET_ACCESS_KEY", secret)
            .env("AWS_SESSION_TOKEN", token);
        assert_eq!(signs(&fake, run), (key.into(), Some(token.into())));
    }

    #[test]
    fn empty_variables_count_as_unset() {
        let fake = fake();
        let home = TempDir::new();
        home.file(".aws/config", format!("[default]\nregion = {AWAY}\n"));
        let run = bare(&fake)
            .env("HOME", home.path())
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY);
        let empty = [
            "AWS_SESSION_TOKEN",
            "AWS_REGION",
            "AWS_DEFAULT_REGION",
            "AWS_PROFILE",
            "AWS_CONFIG_FILE",
            "AWS_SHARED_CREDENTIALS_FILE",
            "AWS_ENDPOINT_URL_SSM",
            "AWS_CA_BUNDLE",
            "SSL_CERT_FILE",
            "AWS_ROLE_ARN",
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        ];
        let run = empty.into_iter().fold(run, |run, name| run.env(name, ""));
        assert_eq!(signs(&fake, run), (ACCESS_KEY_ID.into(), None));
        assert_eq!(fake.all_calls()[0].region(), Some(AWAY));
    }

    #[test]
    fn empty_keys_count_as_unset() {
        let fake = fake();
        let run = bare(&fake)
            .env("AWS_ACCESS_KEY_ID", "")
            .env("AWS_SECRET_ACCESS_KEY", "");
        fails(run, &["there are no AWS credentials"]);
    }

    #[test]
    fn one_key_without_the_other_is_said() {
        let fake = fake();
        let run = bare(&fake).env("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID);
        fails(
            run,
            &[
                "there are no AWS credentials",
                "\"AWS_ACCESS_KEY_ID\" is set without \"AWS_SECRET_ACCESS_KEY\"",
            ],
        );
    }

    #[test]
    fn keys_of_the_environment_come_before_all_other_sources() {
        let fake = fake();
        fake.container_credentials("/creds", None)
            .instance_role("web");
        let run = bare(&fake)
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)
            .env(
                "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                format!("{}/creds", fake.url()),
            )
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", fake.url())
            .env_remove("AWS_EC2_METADATA_DISABLED");
        assert_eq!(signs(&fake, run).0, ACCESS_KEY_ID);
        assert_eq!(fake.all_calls().len(), 1);
    }

    #[test]
    fn without_a_region_it_says_what_to_set() {
        let fake = fake();
        let run = bare(&fake)
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)
            .env_remove("AWS_REGION");
        fails(
            run,
            &["there is no AWS region", "\"AWS_REGION\"", "\"?region=\""],
        );
    }

    #[test]
    fn without_credentials_it_says_where_they_come_from() {
        let fake = fake();
        fails(
            bare(&fake),
            &[
                "there are no AWS credentials",
                "\"AWS_PROFILE\"",
                "\"AWS_ACCESS_KEY_ID\"",
                "PARAMEXEC_MOCK=1",
            ],
        );
    }

    #[test]
    fn without_region_and_credentials_one_message_says_both() {
        let fake = fake();
        fails(
            bare(&fake).env_remove("AWS_REGION"),
            &["there is no AWS region", "no AWS credentials"],
        );
    }
}

mod profiles {
    use super::*;

    fn with_home(fake: &Fake, home: &TempDir) -> Paramexec {
        bare(fake).env("HOME", home.path())
    }

    fn keys(name: &str) -> String {
        format!(
            "[{name}]\naws_access_key_id = {ACCESS_KEY_ID}\naws_secret_access_key = {SECRET_ACCESS_KEY}\n"
        )
    }

    #[test]
    fn the_default_profile_of_the_home_folder_signs_in_its_region() {
        let fake = fake();
        let home = TempDir::new();
        home.file(".aws/credentials", keys("default"));
        home.file(".aws/config", format!("[default]\nregion = {AWAY}\n"));
        let run = with_home(&fake, &home).env_remove("AWS_REGION");
        assert_eq!(signs(&fake, run).0, ACCESS_KEY_ID);
        assert_eq!(fake.all_calls()[0].region(), Some(AWAY));
    }

    #[test]
    fn files_and_profiles_are_named_by_variables() {
        let fake = fake();
        let folder = TempDir::new();
        let credentials = folder.file("c", keys("ops"));
        let config = folder.file("g", format!("[profile ops]\nregion = {AWAY}\n"));
        let run = bare(&fake)
            .env("AWS_SHARED_CREDENTIALS_FILE", credentials)
            .env("AWS_CONFIG_FILE", config)
            .env("AWS_PROFILE", "ops")
            .env_remove("AWS_REGION");
        assert_eq!(signs(&fake, run).0, ACCESS_KEY_ID);
        assert_eq!(fake.all_calls()[0].region(), Some(AWAY));
    }

    #[test]
    fn a_process_gives_credentials() {
        let fake = fake();
        let (key, secret, token) = SESSION;
        fake.session_key(key, secret, token);
        let home = TempDir::new();
        let answer = json!({"Version": 1, "AccessKeyId": key, "SecretAccessKey": secret, "SessionToken": token});
        let script = home.script("give", &format!("#!/bin/sh\necho '{answer}'\n"));
        home.file(".aws/config", process(&script));
        let run = with_home(&fake, &home).env("PATH", "/bin:/usr/bin");
        assert_eq!(signs(&fake, run), (key.into(), Some(token.into())));
    }

    fn process(script: &Path) -> String {
        format!("[default]\ncredential_process = {}\n", script.display())
    }

    #[test]
    fn a_process_that_fails_is_said_without_what_it_wrote() {
        let fake = fake();
        let wrong = [
            "#!/bin/sh\necho planted-secret; exit 3\n",
            "#!/bin/sh\necho '{\"Version\": 1, \"SecretAccessKey\": \"planted-secret\"}'\n",
            "#!/bin/sh\necho '{\"Version\": 1, \"SecretAccessKey\": \"planted-secret'\n",
            "#!/bin/sh\nexec sleep 60\n",
        ];
        for script in wrong {
            let home = TempDir::new();
            let script = home.script("give", script);
            home.file(".aws/config", process(&script));
            let run = with_home(&fake, &home).env("PATH", "/bin:/usr/bin");
            fails(run, &["no AWS credentials from the profile"]);
        }
    }

    #[test]
    fn a_source_profile_assumes_a_role() {
        let role = format!("arn:aws:iam::{ACCOUNT}:role/reader");
        let fake = fake();
        fake.role(&role);
        let home = TempDir::new();
        home.file(".aws/credentials", keys("base"));
        let config = format!(
            "[default]\nrole_arn = {role}\nsource_profile = base\nrole_session_name = told\n[profile base]\n"
        );
        home.file(".aws/config", config);
        let (key, token) = signs(&fake, with_home(&fake, &home));
        assert!(key.starts_with("ASIAMINTED") && token.is_some());
        let assumed = &fake.calls(Op::AssumeRole)[0];
        assert_eq!(assumed.access_key(), Some(ACCESS_KEY_ID));
        assert_eq!(assumed.form("RoleSessionName").as_deref(), Some("told"));
    }

    #[test]
    fn a_source_profile_that_may_not_assume_its_role_is_said() {
        let role = format!("arn:aws:iam::{ACCOUNT}:role/reader");
        let fake = fake();
        let home = TempDir::new();
        home.file(".aws/credentials", keys("base"));
        home.file(
            ".aws/config",
            format!("[default]\nrole_arn = {role}\nsource_profile = base\n[profile base]\n"),
        );
        fails(
            with_home(&fake, &home),
            &[
                "no AWS credentials from the profile",
                "sts:AssumeRole",
                &role,
            ],
        );
    }

    #[test]
    fn a_profile_that_does_not_exist_is_named() {
        let fake = fake();
        let home = TempDir::new();
        home.file(".aws/config", "[default]\nregion = eu-west-1\n");
        let run = with_home(&fake, &home).env("AWS_PROFILE", "absent");
        fails(
            run,
            &["the profile \"absent\" of \"AWS_PROFILE\" does not exist"],
        );
    }

    #[test]
    fn a_profile_that_does_not_exist_is_not_replaced_by_a_role_of_the_platform() {
        let fake = fake();
        fake.container_credentials("/creds", None);
        let uri = format!("{}/creds", fake.url());
        let run = || bare(&fake).env("AWS_CONTAINER_CREDENTIALS_FULL_URI", &uri);
        fails(
            run().env("AWS_PROFILE", "typo"),
            &["the profile \"typo\" of \"AWS_PROFILE\" does not exist"],
        );
        assert!(fake.all_calls().is_empty());
        // The default profile may be missing, and keys of the environment need none.
        let (key, _) = signs(&fake, run().env("AWS_PROFILE", "default"));
        assert!(key.starts_with("ASIAMINTED"));
        let keys = run()
            .env("AWS_PROFILE", "typo")
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY);
        assert_eq!(signs(&fake, keys).0, ACCESS_KEY_ID);
    }

    #[test]
    fn a_profile_without_credentials_is_no_source() {
        let fake = fake();
        let home = TempDir::new();
        home.file(".aws/config", "[default]\nregion = eu-west-1\n");
        fails(with_home(&fake, &home), &["there are no AWS credentials"]);
    }

    #[test]
    fn a_profile_file_that_cannot_be_parsed_is_said_without_its_text() {
        let fake = fake();
        let home = TempDir::new();
        home.file(
            ".aws/credentials",
            "[default\naws_secret_access_key = planted-secret\n",
        );
        fails(
            with_home(&fake, &home),
            &[
                "no AWS credentials from the profile",
                "could not parse profile file",
            ],
        );
    }

    #[test]
    fn a_profile_file_that_is_named_and_missing_is_said() {
        let fake = fake();
        let run = bare(&fake)
            .env("AWS_CONFIG_FILE", "/nonexistent/config")
            .env("AWS_PROFILE", "ops");
        fails(
            run,
            &["the profile \"ops\" of \"AWS_PROFILE\" does not exist"],
        );
    }

    mod sso {
        use super::*;

        const START: &str = "https://example.awsapps.com/start";

        fn profile(home: &TempDir) {
            let config = format!(
                "[default]\nsso_session = corp\nsso_account_id = {ACCOUNT}\nsso_role_name = reader\n\
                 [sso-session corp]\nsso_region = {REGION}\nsso_start_url = {START}\n"
            );
            home.file(".aws/config", config);
        }

        fn token(home: &TempDir, expires: &str) {
            // The SHA-1 of the session's name, as `aws sso login` names its files.
            let name = ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
            let token = json!({"accessToken": TOKEN, "expiresAt": expires, "region": REGION, "startUrl": START});
            home.file(name, token.to_string());
        }

        #[test]
        fn a_session_that_is_logged_in_gives_credentials() {
            let fake = fake();
            let (key, secret, session_token) = SESSION;
            fake.session_key(key, secret, session_token);
            let answer = json!({"roleCredentials": {
                "accessKeyId": key, "secretAccessKey": secret, "sessionToken": session_token,
                "expiration": 4_000_000_000_000_u64,
            }});
            let portal =
                |call: &crate::support::fake::Call| call.request.path == "/federation/credentials";
            fake.script(
                When::always().and(portal),
                Fault::Answer(Response::json(200, &answer)),
            );
            let home = TempDir::new();
            profile(&home);
            token(&home, "2099-01-01T00:00:00Z");
            assert_eq!(signs(&fake, with_home(&fake, &home)).0, key);
            let asked = &fake.all_calls()[0];
            assert_eq!(asked.header("x-amz-sso_bearer_token"), Some(TOKEN));
        }

        #[test]
        fn a_session_that_is_not_logged_in_says_aws_sso_login() {
            let fake = fake();
            let home = TempDir::new();
            profile(&home);
            fails(
                with_home(&fake, &home),
                &[
                    "no AWS credentials from the profile",
                    "run \"aws sso login\"",
                ],
            );
        }

        #[test]
        fn a_session_that_has_ended_says_aws_sso_login() {
            let fake = fake();
            let home = TempDir::new();
            profile(&home);
            token(&home, "2020-01-01T00:00:00Z");
            fails(
                with_home(&fake, &home),
                &[
                    "no AWS credentials from the profile",
                    "run \"aws sso login\"",
                ],
            );
        }
    }
}

mod container {
    use super::*;

    const PATH: &str = "/v1/credentials";
    const SOURCE: &str = "no AWS credentials from the container";

    fn in_container(fake: &Fake) -> Paramexec {
        fake.container_credentials(PATH, Some(TOKEN));
        bare(fake)
            .env(
                "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                format!("{}{PATH}", fake.url()),
            )
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", fake.url())
            .env_remove("AWS_EC2_METADATA_DISABLED")
    }

    fn with_token(fake: &Fake) -> Paramexec {
        in_container(fake).env("AWS_CONTAINER_AUTHORIZATION_TOKEN", TOKEN)
    }

    #[test]
    fn a_container_gives_credentials_to_its_token() {
        let fake = fake();
        let (key, token) = signs(&fake, with_token(&fake));
        assert!(key.starts_with("ASIAMINTED") && token.is_some());
        let asked = fake.calls(Op::ContainerCredentials);
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].header("authorization"), Some(TOKEN));
    }

    /// A run whose container does not answer until it is released, and that container.
    fn slow_container(fake: &Fake) -> (Fake, Paramexec) {
        let container = Fake::start();
        container
            .container_credentials(PATH, None)
            .script(When::op(Op::ContainerCredentials), Fault::Hang);
        fake.any_signature();
        let uri = format!("{}{PATH}", container.url());
        let run = bare(fake).env("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri);
        (container, run.shell(r#"printf %s "$DB""#))
    }

    #[test]
    fn the_service_is_connected_to_while_credentials_are_fetched() {
        let ca = TestCa::new();
        let fake = Fake::tls(&ca, &["127.0.0.1"]);
        fake.secure("/db", VALUE);
        let (container, run) = slow_container(&fake);
        let folder = TempDir::new();
        let running = run.env("AWS_CA_BUNDLE", ca.bundle(&folder)).spawn();
        container.wait_for_calls(Op::ContainerCredentials, 1);
        fake.wait_for_log(|log| log.connections == 1);
        container.release();
        let outcome = running.wait();
        assert_eq!(outcome.stdout(), VALUE, "{}", outcome.stderr());
        assert_eq!(fake.connections(), 1, "that connection is used");
    }

    #[test]
    fn a_connection_that_was_closed_while_credentials_were_fetched_is_made_again() {
        let fake = fake();
        fake.close_unread(1);
        let (container, run) = slow_container(&fake);
        let running = run.spawn();
        container.wait_for_calls(Op::ContainerCredentials, 1);
        fake.wait_for_log(|log| log.connections == 1);
        container.release();
        let outcome = running.wait();
        assert_eq!(outcome.stdout(), VALUE, "{}", outcome.stderr());
        assert_eq!(fake.connections(), 2);
    }

    #[test]
    fn a_pod_identity_gives_credentials_to_its_token_file() {
        let fake = fake();
        let folder = TempDir::new();
        let run = in_container(&fake).env(
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
            folder.file("eks-pod-identity-token", TOKEN),
        );
        assert!(signs(&fake, run).0.starts_with("ASIAMINTED"));
        assert_eq!(
            fake.calls(Op::ContainerCredentials)[0].header("authorization"),
            Some(TOKEN)
        );
    }

    #[test]
    fn a_container_needs_no_token_where_none_is_set() {
        let fake = fake();
        let run = in_container(&fake);
        fake.container_credentials(PATH, None);
        assert!(signs(&fake, run).0.starts_with("ASIAMINTED"));
    }

    #[test]
    fn every_way_in_which_a_container_gives_none_is_said() {
        side_by_side(faults(), |(name, fault)| {
            let fake = fake();
            fake.script(When::op(Op::ContainerCredentials), fault);
            let says = [SOURCE, "AWS_CONTAINER_", said(name)];
            fails(with_token(&fake), &says);
            assert!(fake.calls(Op::GetParameters).is_empty(), "{name}");
        });
    }

    #[test]
    fn a_container_that_recovers_gives_credentials() {
        side_by_side(passing(), |(name, fault)| {
            let fake = fake();
            fake.script(When::op(Op::ContainerCredentials).first(1), fault);
            let (key, _) = signs(&fake, with_token(&fake));
            assert!(key.starts_with("ASIAMINTED"), "{name}");
        });
    }

    #[test]
    fn a_container_is_asked_until_the_budget_ends() {
        side_by_side(passing(), |(name, fault)| {
            let fake = fake();
            fake.script(When::op(Op::ContainerCredentials), fault);
            let outcome = fails(with_token(&fake), &[SOURCE, said(name)]);
            assert!(outcome.elapsed >= Duration::from_secs(1), "{name}");
        });
    }

    #[test]
    fn a_container_that_refuses_the_connection_is_said() {
        let fake = fake();
        let run = with_token(&fake).env(
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "http://127.0.0.1:1/creds",
        );
        fails(run, &[SOURCE, "connection refused"]);
    }

    #[test]
    fn a_token_that_the_container_does_not_take_is_said() {
        let fake = fake();
        let run = in_container(&fake).env("AWS_CONTAINER_AUTHORIZATION_TOKEN", "another-token");
        fails(run, &[SOURCE, "401"]);
    }

    #[test]
    fn a_token_file_that_is_missing_is_named() {
        let fake = fake();
        let run = in_container(&fake).env(
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
            "/nonexistent/pod-identity-token",
        );
        fails(run, &[SOURCE, "/nonexistent/pod-identity-token"]);
        assert!(fake.all_calls().is_empty());
    }

    #[test]
    fn an_endpoint_that_would_send_the_token_elsewhere_is_refused() {
        let fake = fake();
        let run = with_token(&fake).env(
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "http://192.0.2.1/creds",
        );
        fails(run, &[SOURCE]);
    }
}

mod web_identity {
    use super::*;

    const SOURCE: &str = "no AWS credentials from the web identity token";

    fn role() -> String {
        format!("arn:aws:iam::{ACCOUNT}:role/pod")
    }

    fn in_pod(fake: &Fake, token_file: &Path) -> Paramexec {
        fake.web_identity(&role(), TOKEN);
        bare(fake)
            .env("AWS_ROLE_ARN", role())
            .env("AWS_WEB_IDENTITY_TOKEN_FILE", token_file)
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", fake.url())
            .env_remove("AWS_EC2_METADATA_DISABLED")
    }

    #[test]
    fn a_token_file_gives_credentials_of_its_role() {
        let fake = fake();
        let folder = TempDir::new();
        let run = in_pod(&fake, &folder.file("token", TOKEN)).env("AWS_ROLE_SESSION_NAME", "told");
        assert!(signs(&fake, run).0.starts_with("ASIAMINTED"));
        let asked = fake.calls(Op::AssumeRoleWithWebIdentity);
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].form("RoleSessionName").as_deref(), Some("told"));
        assert_eq!(asked[0].form("RoleArn"), Some(role()));
    }

    #[test]
    fn every_way_in_which_sts_gives_none_is_said() {
        side_by_side(faults(), |(name, fault)| {
            let fake = fake();
            let folder = TempDir::new();
            fake.script(When::op(Op::AssumeRoleWithWebIdentity), fault);
            let says = [SOURCE, "\"AWS_WEB_IDENTITY_TOKEN_FILE\"", said(name)];
            fails(in_pod(&fake, &folder.file("token", TOKEN)), &says);
            assert!(fake.calls(Op::GetParameters).is_empty(), "{name}");
        });
    }

    #[test]
    fn sts_that_recovers_gives_credentials() {
        side_by_side(passing(), |(name, fault)| {
            let fake = fake();
            let folder = TempDir::new();
            fake.script(When::op(Op::AssumeRoleWithWebIdentity).first(1), fault);
            let (key, _) = signs(&fake, in_pod(&fake, &folder.file("token", TOKEN)));
            assert!(key.starts_with("ASIAMINTED"), "{name}");
        });
    }

    #[test]
    fn a_token_that_sts_does_not_take_is_said() {
        let fake = fake();
        let folder = TempDir::new();
        let run = in_pod(&fake, &folder.file("token", "another-identity-token"));
        let outcome = fails(run, &[SOURCE, "InvalidIdentityToken"]);
        values_never_shown(&outcome, &["another-identity-token"]);
    }

    #[test]
    fn a_role_that_the_token_may_not_have_is_said() {
        let fake = fake();
        let folder = TempDir::new();
        let run = in_pod(&fake, &folder.file("token", TOKEN));
        fake.deny(&role());
        fails(
            run,
            &[SOURCE, "AccessDenied", "sts:AssumeRoleWithWebIdentity"],
        );
    }

    #[test]
    fn a_token_file_that_is_missing_is_named() {
        let fake = fake();
        fails(
            in_pod(&fake, Path::new("/nonexistent/web-identity-token")),
            &[SOURCE, "/nonexistent/web-identity-token"],
        );
    }

    #[test]
    fn a_token_without_a_role_is_said() {
        let fake = fake();
        let folder = TempDir::new();
        let run = in_pod(&fake, &folder.file("token", TOKEN)).env_remove("AWS_ROLE_ARN");
        fails(
            run,
            &["\"AWS_WEB_IDENTITY_TOKEN_FILE\" is set without \"AWS_ROLE_ARN\""],
        );
    }

    #[test]
    fn sts_that_refuses_the_connection_is_said() {
        let fake = fake();
        let folder = TempDir::new();
        let run = in_pod(&fake, &folder.file("token", TOKEN))
            .env("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1");
        fails(run, &[SOURCE, "connection refused"]);
    }
}

mod instance {
    use super::*;

    const SOURCE: &str = "no AWS credentials from the instance";

    fn on_instance(fake: &Fake) -> Paramexec {
        fake.instance_role("web").instance_region(AWAY);
        bare(fake)
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", fake.url())
            .env_remove("AWS_EC2_METADATA_DISABLED")
    }

    #[test]
    fn an_instance_gives_credentials_and_region_by_imdsv2() {
        let fake = fake();
        let run = on_instance(&fake).env_remove("AWS_REGION");
        assert!(signs(&fake, run).0.starts_with("ASIAMINTED"));
        assert_eq!(fake.calls(Op::GetParameters)[0].region(), Some(AWAY));
        assert_eq!(fake.calls(Op::ImdsToken).len(), 1);
        assert_eq!(fake.calls(Op::ImdsRegion).len(), 1);
    }

    #[test]
    fn an_instance_is_not_asked_for_a_region_that_is_set() {
        let fake = fake();
        assert!(signs(&fake, on_instance(&fake)).0.starts_with("ASIAMINTED"));
        assert!(fake.calls(Op::ImdsRegion).is_empty());
    }

    #[test]
    fn every_way_in_which_an_instance_gives_none_is_said() {
        side_by_side(faults(), |(name, fault)| {
            let fake = fake();
            fake.script(When::op(Op::ImdsCredentials), fault);
            fails(on_instance(&fake), &[SOURCE, "hop limit", said(name)]);
            assert!(fake.calls(Op::GetParameters).is_empty(), "{name}");
        });
    }

    #[test]
    fn an_instance_that_recovers_gives_credentials() {
        side_by_side(passing(), |(name, fault)| {
            let fake = fake();
            fake.script(When::op(Op::ImdsCredentials).first(1), fault);
            let (key, _) = signs(&fake, on_instance(&fake));
            assert!(key.starts_with("ASIAMINTED"), "{name}");
        });
    }

    #[test]
    fn an_instance_without_a_role_is_said() {
        let fake = fake();
        let run = bare(&fake)
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", fake.url())
            .env_remove("AWS_EC2_METADATA_DISABLED");
        fake.instance_region(AWAY);
        fails(run, &["no AWS credentials", "role"]);
    }

    #[test]
    fn every_way_in_which_an_instance_gives_no_token_is_survived() {
        side_by_side(faults(), |(_, fault)| {
            let fake = fake();
            fake.script(When::op(Op::ImdsToken), fault);
            fails(on_instance(&fake), &["no AWS credentials"]);
            fails(
                on_instance(&fake).env_remove("AWS_REGION"),
                &["no AWS region"],
            );
        });
    }

    #[test]
    fn an_instance_that_refuses_the_connection_is_said() {
        let fake = fake();
        let run = on_instance(&fake).env("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1");
        fails(run, &["no AWS credentials"]);
    }

    #[test]
    fn an_instance_is_not_asked_where_a_container_gives_credentials() {
        let fake = fake();
        fake.container_credentials("/creds", None);
        let run = on_instance(&fake).env(
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            format!("{}/creds", fake.url()),
        );
        assert!(signs(&fake, run).0.starts_with("ASIAMINTED"));
        assert!(fake.calls(Op::ImdsToken).is_empty());
    }
}

/// What a message must hold for each of [`faults`].
fn said(name: &str) -> &'static str {
    match name {
        "404" => "was answered with status 404",
        "403" => "was answered with status 403",
        "500" => "was answered with status 500",
        "malformed" | "HTML" | "empty" => "cannot be read",
        // In the SDK's words.
        "cut" => "",
        "closed" => "failed, connection closed before message completed",
        "reset" => "failed, connection reset by peer",
        "silent" => "was not answered, and the timeout is over",
        _ => unreachable!("{name} is none of them"),
    }
}
