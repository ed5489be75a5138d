//! Credentials that no request can carry, and sources that answer what no source should.

use super::*;

const BAD: &str = "holds a line end, a blank or another character that cannot be sent";

#[test]
fn keys_that_no_header_can_carry_are_refused_by_name() {
    let fake = fake();
    let good = [
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID, "access key ID"),
        (
            "AWS_SECRET_ACCESS_KEY",
            SECRET_ACCESS_KEY,
            "secret access key",
        ),
        ("AWS_SESSION_TOKEN", SESSION.2, "session token"),
    ];
    for (name, value, part) in good {
        // The SDK takes blanks off the ends of some of them.
        for end in ["\nx", " x", "\u{e9}x", "\u{7f}x"] {
            let run = good
                .iter()
                .fold(bare(&fake), |run, (name, value, _)| run.env(name, value))
                .env(name, format!("{value}{end}"));
            fails(run, &[part, "from the environment", BAD]);
        }
    }
    assert!(fake.all_calls().is_empty());
}

fn answer(key: &str, secret: &str, token: &str) -> Fault {
    let body = json!({
        "Code": "Success", "Type": "AWS-HMAC", "LastUpdated": "2026-01-01T00:00:00Z",
        "AccessKeyId": key, "SecretAccessKey": secret, "Token": token,
        "Expiration": "2099-01-01T00:00:00Z",
    });
    Fault::Answer(Response::new(200, "application/json", body.to_string()))
}

fn bad_answers() -> Vec<(Fault, &'static str)> {
    let (key, secret, token) = SESSION;
    vec![
        (answer(&format!("{key}\n"), secret, token), "access key ID"),
        (
            answer(key, &format!("{secret}\r"), token),
            "secret access key",
        ),
        (answer(key, secret, &format!("{token}\nx")), "session token"),
    ]
}

fn on_instance(fake: &Fake) -> Paramexec {
    bare(fake)
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", fake.url())
        .env_remove("AWS_EC2_METADATA_DISABLED")
}

#[test]
fn a_container_and_an_instance_may_not_give_such_keys() {
    for (fault, part) in bad_answers() {
        let fake = fake();
        fake.container_credentials("/creds", None)
            .script(When::op(Op::ContainerCredentials), fault.clone());
        let url = format!("{}/creds", fake.url());
        let run = bare(&fake).env("AWS_CONTAINER_CREDENTIALS_FULL_URI", url);
        fails(run, &[part, "from the container", BAD]);
        fake.instance_role("web")
            .script(When::op(Op::ImdsCredentials), fault);
        fails(on_instance(&fake), &[part, "from the instance", BAD]);
    }
}

#[test]
fn sts_may_not_give_such_keys() {
    let role = format!("arn:aws:iam::{ACCOUNT}:role/reader");
    let fake = fake();
    let body = "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA&#10;x</AccessKeyId>\
                <SecretAccessKey>planted-secret</SecretAccessKey><SessionToken>planted-token</SessionToken>\
                <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";
    fake.role(&role).script(
        When::op(Op::AssumeRole),
        Fault::Answer(Response::xml(200, body)),
    );
    let run = bare(&fake)
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)
        .env("DB", format!("ssm:///db?role={role}"));
    fails(run, &["access key ID", &role, BAD]);
}

#[test]
fn the_name_of_an_instances_role_is_not_taken_as_it_comes() {
    for name in ["web\n", "two words", "", "web/../x", "<html>"] {
        let fake = fake();
        fake.instance_role("web").script(
            When::op(Op::ImdsRole),
            Fault::Answer(Response::text(200, name)),
        );
        let says = "name of a role";
        fails(on_instance(&fake), &["from the instance", says]);
        let home = TempDir::new();
        let role = format!("arn:aws:iam::{ACCOUNT}:role/reader");
        let config =
            format!("[default]\nrole_arn = {role}\ncredential_source = Ec2InstanceMetadata\n");
        home.file(".aws/config", config);
        let run = on_instance(&fake).env("HOME", home.path());
        fails(run, &["from the profile", says]);
    }
}

#[test]
fn a_token_that_lives_for_ever_is_taken() {
    for life in ["9223372036854775807", "18446744073709551615"] {
        let fake = fake();
        let token = Response::text(200, "fake-imds-token==")
            .with_header("x-aws-ec2-metadata-token-ttl-seconds", life);
        fake.instance_role("web")
            .script(When::op(Op::ImdsToken), Fault::Answer(token));
        assert!(signs(&fake, on_instance(&fake)).0.starts_with("ASIAMINTED"));
    }
}

#[test]
fn no_message_repeats_the_user_or_query_of_a_url() {
    let hidden = ["planted-user", "planted-query"];
    for uri in [
        "http://planted-user:planted-user@127.0.0.1:1/creds?planted-query",
        "http://planted-user@192.0.2.1/creds?planted-query",
        "http://planted-user@:::/creds?planted-query",
    ] {
        let fake = fake();
        let run = bare(&fake).env("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri);
        let outcome = fails(run, &["no AWS credentials from the container"]);
        values_never_shown(&outcome, &hidden);
    }
    for url in [
        "http://planted-user:planted-user@127.0.0.1:1/x?planted-query",
        "planted-user@127.0.0.1?planted-query",
        "http://planted-user@[::/?planted-query",
    ] {
        let fake = fake();
        let run = bare(&fake)
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)
            .env("AWS_ENDPOINT_URL", url)
            .arg(BUDGET);
        let outcome = run.shell("echo started").run();
        assert_eq!(outcome.stdout(), "");
        values_never_shown(&outcome, &hidden);
    }
}
