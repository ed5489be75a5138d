//! AWS's own settings of where to ask: they are used as everywhere else, and none is reinvented.

use crate::support::fake::{ACCOUNT, Fake, Op, REGION};
use crate::support::run::Paramexec;
use crate::support::temp::TempDir;

/// Nothing listens there.
const NOWHERE: &str = "http://127.0.0.1:1";
/// No host name of this region exists.
const NO_REGION: &str = "nowhere-1";

fn fake() -> Fake {
    let fake = Fake::start();
    fake.secure("/value", "of a parameter")
        .secret("value", "of a secret")
        .object("bucket", "key.env", "VALUE='of an object'\n");
    fake
}

/// A run that finds nothing under the general endpoint.
fn elsewhere(fake: &Fake) -> Paramexec {
    Paramexec::new()
        .endpoint(fake)
        .env("AWS_ENDPOINT_URL", NOWHERE)
}

#[track_caller]
fn writes(run: Paramexec, value: &str) {
    run.shell(r#"printf %s "$VALUE""#)
        .expect_stdout(value)
        .check();
}

#[test]
fn the_endpoint_of_a_service_comes_before_the_general_one() {
    let fake = fake();
    let run = elsewhere(&fake).env("VALUE", "ssm:///value");
    writes(
        run.env("AWS_ENDPOINT_URL_SSM", fake.url()),
        "of a parameter",
    );
    let run = elsewhere(&fake).env("VALUE", "secretsmanager://value");
    writes(
        run.env("AWS_ENDPOINT_URL_SECRETS_MANAGER", fake.url()),
        "of a secret",
    );
    let run = elsewhere(&fake).args(["--from", "s3://bucket/key.env"]);
    writes(run.env("AWS_ENDPOINT_URL_S3", fake.url()), "of an object");
}

#[test]
fn a_service_may_have_an_endpoint_where_there_is_no_general_one() {
    let fake = fake();
    let run = Paramexec::new()
        .endpoint(&fake)
        .env_remove("AWS_ENDPOINT_URL")
        .env("AWS_ENDPOINT_URL_S3", fake.url())
        .args(["--from", "s3://bucket/key.env"]);
    writes(run, "of an object");
    assert_eq!(fake.all_calls()[0].request.path, "/bucket/key.env");
}

#[test]
fn sts_may_have_an_endpoint_of_its_own() {
    let role = format!("arn:aws:iam::{ACCOUNT}:role/reader");
    let fake = fake();
    fake.role(&role);
    let run = elsewhere(&fake)
        .env("AWS_ENDPOINT_URL_SSM", fake.url())
        .env("AWS_ENDPOINT_URL_STS", fake.url())
        .env("VALUE", format!("ssm:///value?role={role}"));
    writes(run, "of a parameter");
    assert_eq!(fake.calls(Op::AssumeRole).len(), 1);
}

#[test]
fn a_profile_may_say_the_endpoint() {
    let fake = fake();
    let home = TempDir::new();
    let config = format!(
        "[default]\nservices = local\n[services local]\nssm =\n  endpoint_url = {}\n",
        fake.url()
    );
    home.file(".aws/config", config);
    let run = Paramexec::new()
        .endpoint(&fake)
        .env_remove("AWS_ENDPOINT_URL")
        .env("HOME", home.path())
        .env("VALUE", "ssm:///value");
    writes(run, "of a parameter");
}

#[test]
fn endpoints_are_ignored_where_that_is_asked_for() {
    let fake = fake();
    Paramexec::new()
        .endpoint(&fake)
        .env("AWS_REGION", NO_REGION)
        .env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
        .env("VALUE", "ssm:///value")
        .arg("--timeout=1s")
        .shell("echo started")
        .expect_code(69)
        .expect_stderr_containing("in nowhere-1: cannot reach AWS")
        .expect_stderr_containing("the region's name")
        .check();
    assert_eq!(fake.connections(), 0);
}

#[test]
fn a_fips_endpoint_is_never_replaced_by_one_of_ones_own() {
    let fake = fake();
    Paramexec::new()
        .endpoint(&fake)
        .env("AWS_USE_FIPS_ENDPOINT", "true")
        .env("VALUE", "ssm:///value")
        .shell("echo started")
        .expect_code(78)
        .expect_stderr_containing("FIPS and custom endpoint are not supported")
        .check();
    assert_eq!(fake.connections(), 0);
}

#[test]
fn a_region_that_can_be_no_host_name_is_said() {
    let fake = fake();
    for region in ["eu west 1", "eu-west-1/"] {
        Paramexec::new()
            .endpoint(&fake)
            .env_remove("AWS_ENDPOINT_URL")
            .env("AWS_REGION", region)
            .env("VALUE", "ssm:///value")
            .arg("--timeout=1s")
            .shell("echo started")
            .expect_code(78)
            .expect_stderr_containing(region)
            .check();
    }
}

#[test]
fn an_endpoint_that_is_no_url_is_said() {
    let fake = fake();
    for url in ["127.0.0.1", "not a url"] {
        Paramexec::new()
            .endpoint(&fake)
            .env("AWS_ENDPOINT_URL", url)
            .env("VALUE", "ssm:///value")
            .arg("--timeout=1s")
            .shell("echo started")
            .expect_code(78)
            .expect_stderr_containing("AWS_ENDPOINT_URL needs http:// or https://")
            .check();
    }
}

#[test]
fn the_region_signed_stays_that_of_the_settings_on_an_endpoint_of_ones_own() {
    let fake = fake();
    let run = Paramexec::new()
        .endpoint(&fake)
        .env("VALUE", "ssm:///value");
    writes(run, "of a parameter");
    assert_eq!(fake.all_calls()[0].region(), Some(REGION));
}

#[test]
fn a_port_that_is_no_port_is_refused() {
    let fake = fake();
    for port in ["99999", "65536", "x"] {
        let run = elsewhere(&fake)
            .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"))
            .env("VALUE", "ssm:///value");
        run.shell("echo started")
            .expect_code(78)
            .expect_stderr_containing("the request cannot be made")
            .check();
    }
}
