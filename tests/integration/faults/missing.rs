//! What says that something does not exist, and what does not: a 404 may come from anybody, and what is missing may be optional.

use super::*;

/// The same run, which would start its command if AWS said that there is no such value.
fn optional(service: Service, fake: &Fake) -> Paramexec {
    let run = Paramexec::new().endpoint(fake);
    match service {
        Ssm => run.env("VALUE", "ssm:///app/value?optional"),
        Path => run.args(["--from", "ssm:///app/?optional"]),
        SecretsManager => run.env("VALUE", "secretsmanager://value?optional"),
        S3 => run.args(["--from", "s3://bucket/value.env?optional"]),
    }
}

fn answer(content_type: &str, body: &str) -> Fault {
    Fault::Answer(Response::new(404, content_type, body))
}

#[test]
fn a_services_own_code_says_that_something_is_missing() {
    for (service, status, code) in [
        (SecretsManager, 400, "ResourceNotFoundException"),
        (SecretsManager, 404, "ResourceNotFoundException"),
        (S3, 404, "NoSuchKey"),
        (S3, 404, "NoSuchBucket"),
        (S3, 404, "NoSuchVersion"),
    ] {
        let fake = Service::fake();
        let failure = Failure::new(status, code, "in AWS's words");
        fake.script(When::op(service.op()), failure);
        let says = [service.object(), "does not exist in eu-west-1"];
        fails(service.run(&fake), 66, &says);
        let outcome = optional(service, &fake).shell("echo started").run();
        assert_eq!(outcome.stdout(), "started\n", "{}", outcome.stderr());
    }
}

#[test]
fn no_other_404_says_so() {
    let code = |code| Failure::new(404, code, "in AWS's words").into();
    let not_found = [
        answer("text/html", "<html><h1>404 Not Found</h1></html>"),
        answer("application/json", r#"{"message":"Not Found"}"#),
        answer("text/plain", ""),
        code("NotFound"),
        code("ParameterNotFound"),
        code("ParameterVersionNotFound"),
        code("NoSuchEntity"),
    ];
    side_by_side(each(&ALL, &not_found), |(service, fault)| {
        let fake = Service::fake();
        fake.script(When::op(service.op()), fault);
        let outcome = fails(optional(service, &fake), 69, &[service.object()]);
        assert!(!outcome.stderr().contains("does not exist"));
    });
}

#[test]
fn the_code_of_one_service_says_nothing_in_another() {
    for (service, code) in [
        (Ssm, "ResourceNotFoundException"),
        (Path, "ResourceNotFoundException"),
        (SecretsManager, "NoSuchKey"),
        (S3, "ResourceNotFoundException"),
    ] {
        let fake = Service::fake();
        let failure = Failure::new(404, code, "in AWS's words");
        fake.script(When::op(service.op()), failure);
        fails(optional(service, &fake), 69, &[service.object(), code]);
    }
}

#[test]
fn sts_never_says_that_a_parameter_is_missing() {
    let role = format!("arn:aws:iam::{ACCOUNT}:role/reader");
    for code in ["ResourceNotFoundException", "NoSuchEntity", "NoSuchKey"] {
        let fake = Service::fake();
        fake.role(&role).script(
            When::op(Op::AssumeRole),
            Failure::new(404, code, "in AWS's words"),
        );
        let run = Paramexec::new()
            .endpoint(&fake)
            .env("VALUE", format!("ssm:///app/value?optional&role={role}"));
        fails(run, 69, &["sts:AssumeRole", &role, code]);
    }
}

#[test]
fn a_secret_pending_deletion_is_not_missing() {
    let fake = Service::fake();
    fake.secret_pending_deletion("value");
    for run in [
        SecretsManager.run(&fake),
        optional(SecretsManager, &fake),
        Paramexec::new()
            .endpoint(&fake)
            .env("VALUE", "secretsmanager://value?default=x"),
    ] {
        fails(
            run,
            69,
            &[
                "secret \"value\"",
                "marked for deletion",
                "restore the secret",
            ],
        );
    }
}
