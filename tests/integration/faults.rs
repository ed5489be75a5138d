//! What goes wrong on the way to AWS and at AWS: what passes is outlasted, what stays is said, and no command starts without its values.

mod connections;
mod missing;
mod versions;
mod whole;

use std::time::Duration;

use serde_json::json;

use crate::support::fake::{
    ACCOUNT, Failure, Fake, Fault, Op, REGION, Response, SECRET_ACCESS_KEY, TypeForm, When,
};
use crate::support::outcome::Outcome;
use crate::support::run::Paramexec;
use crate::support::secrecy::values_never_shown;
use crate::support::side_by_side::side_by_side;
use crate::support::temp::TempDir;
use crate::support::tls::TestCa;

const AWAY: &str = "us-east-1";
/// What the three services answer; no output may hold them.
const VALUES: [&str; 3] = ["planted-parameter", "planted-secret", "planted-object"];
/// Where a fault never passes and the budget must run out: long enough for one answer on a busy machine.
const SHORT: &str = "--timeout=1s";
/// Where a fault is final: a run that tried again would be noticed.
const LONG: &str = "--timeout=30s";

/// A service as a test sees it: the operation, and how a variable or `--from` names what it holds.
#[derive(Clone, Copy, Debug)]
enum Service {
    Ssm,
    Path,
    SecretsManager,
    S3,
}

use Service::{Path, S3, SecretsManager, Ssm};

const ALL: [Service; 4] = [Ssm, Path, SecretsManager, S3];

impl Service {
    fn op(self) -> Op {
        match self {
            Ssm => Op::GetParameters,
            Path => Op::GetParametersByPath,
            SecretsManager => Op::GetSecretValue,
            S3 => Op::GetObject,
        }
    }

    fn fake() -> Fake {
        let fake = Fake::start();
        Self::fill(&fake);
        fake
    }

    fn fill(fake: &Fake) {
        fake.secure("/app/value", VALUES[0])
            .secret("value", VALUES[1])
            .object("bucket", "value.env", format!("VALUE={}\n", VALUES[2]));
    }

    /// A run whose command writes the value.
    fn run(self, fake: &Fake) -> Paramexec {
        let run = Paramexec::new().endpoint(fake);
        match self {
            Ssm => run.env("VALUE", "ssm:///app/value"),
            Path => run.args(["--from", "ssm:///app/"]),
            SecretsManager => run.env("VALUE", "secretsmanager://value"),
            S3 => run.args(["--from", "s3://bucket/value.env"]),
        }
    }

    fn value(self) -> &'static str {
        match self {
            Ssm | Path => VALUES[0],
            SecretsManager => VALUES[1],
            S3 => VALUES[2],
        }
    }

    /// How messages name what is asked.
    fn object(self) -> &'static str {
        match self {
            Ssm => "parameter \"/app/value\"",
            Path => "path \"/app/\"",
            SecretsManager => "secret \"value\"",
            S3 => "object \"s3://bucket/value.env\"",
        }
    }
}

#[track_caller]
fn succeeds(run: Paramexec, value: &str) {
    run.shell(r#"printf %s "$VALUE""#)
        .expect_stdout(value)
        .check();
}

/// The run ends at once, and with this code, in words that hold all of `says` and no value.
#[track_caller]
fn fails(run: Paramexec, code: i32, says: &[&str]) -> Outcome {
    ends(run.arg(LONG), code, says)
}

/// The same, when the budget is spent.
#[track_caller]
fn gives_up(run: Paramexec, code: i32, says: &[&str]) -> Outcome {
    ends(run.arg(SHORT), code, says)
}

#[track_caller]
fn ends(run: Paramexec, code: i32, says: &[&str]) -> Outcome {
    let run = run.shell("echo started").expect_code(code);
    let start = format!("(exit code {code})\n");
    let run = says
        .iter()
        .fold(run.expect_stderr_containing(&start), |run, text| {
            run.expect_stderr_containing(text)
        });
    let outcome = run.check();
    values_never_shown(&outcome, &VALUES);
    values_never_shown(&outcome, &[SECRET_ACCESS_KEY]);
    let stderr = outcome.stderr();
    for noise in ["panicked", "Error {", "Response {", "os error"] {
        assert!(!stderr.contains(noise), "{noise:?} in:\n{stderr}");
    }
    outcome
}

/// What may pass, each with the code and the words where it does not.
fn passing() -> Vec<(Fault, i32, &'static str)> {
    let broken = |fault, says| (fault, 69, says);
    let mut faults = vec![
        broken(Fault::CloseBeforeAnswer, "the connection to http://"),
        broken(Fault::CloseInHeaders, "the connection to http://"),
        broken(Fault::CloseInBody, ""),
        broken(Fault::Reset, "connection reset"),
        broken(Fault::status(502), "status 502"),
        broken(Fault::status(503), "status 503"),
        broken(Fault::status(504), "status 504"),
        broken(Failure::internal().into(), "status 500"),
        (Failure::throttled().into(), 75, "throttled by AWS"),
        (Failure::throttled_with(429).into(), 75, "throttled by AWS"),
        (Fault::status(429), 75, "throttled by AWS"),
    ];
    let forms = [
        TypeForm::Plain,
        TypeForm::Namespaced,
        TypeForm::Header,
        TypeForm::HeaderWithUri,
    ];
    faults.extend(forms.into_iter().map(|form| {
        let failure = Failure::throttled().type_form(form);
        (failure.into(), 75, "throttled by AWS")
    }));
    faults
}

/// Every one with every other.
fn each<T: Clone>(services: &[Service], others: &[T]) -> Vec<(Service, T)> {
    let with_all = |service: &Service| {
        let service = *service;
        let pair = move |other: &T| (service, other.clone());
        others.iter().map(pair)
    };
    services.iter().flat_map(with_all).collect()
}

#[test]
fn what_passes_is_outlasted() {
    let cases = each(&ALL, &passing());
    side_by_side(cases, |(service, (fault, ..))| {
        let fake = Service::fake();
        fake.script(When::op(service.op()).first(1), fault);
        succeeds(service.run(&fake), service.value());
        assert_eq!(fake.calls(service.op()).len(), 2);
    });
}

#[test]
fn what_does_not_pass_is_said_when_the_budget_ends() {
    let cases = each(&ALL, &passing());
    side_by_side(cases, |(service, (fault, code, says))| {
        let fake = Service::fake();
        fake.script(When::op(service.op()), fault);
        gives_up(service.run(&fake), code, &[says, service.object(), REGION]);
    });
}

#[test]
fn connections_that_are_closed_unread_are_made_again() {
    for service in ALL {
        let fake = Service::fake();
        fake.close_unread(2);
        succeeds(service.run(&fake), service.value());
    }
}

#[test]
fn a_refused_connection_is_said() {
    side_by_side(ALL, |service| {
        let fake = Service::fake();
        // Nothing listens there, and no other test is given this port.
        let run = service
            .run(&fake)
            .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
        gives_up(
            run,
            69,
            &[
                "cannot connect to http://127.0.0.1:1 (from AWS_ENDPOINT_URL), connection refused",
                service.object(),
            ],
        );
    });
}

#[test]
fn a_service_that_says_when_to_come_back_is_asked_no_sooner() {
    let fake = Service::fake();
    fake.script(
        When::op(Op::GetParameters).first(1),
        Failure::throttled().retry_after(1),
    );
    succeeds(Ssm.run(&fake), Ssm.value());
    let calls = fake.calls(Op::GetParameters);
    let waited = calls[1].received.duration_since(calls[0].received);
    assert!(waited >= Duration::from_secs(1), "{waited:?}");
}

#[test]
fn a_service_that_says_to_come_back_after_the_budget_is_not_waited_for() {
    let fake = Service::fake();
    fake.script(When::always(), Failure::throttled().retry_after(30));
    gives_up(Ssm.run(&fake), 75, &["throttled by AWS"]);
    assert_eq!(fake.all_calls().len(), 1);
}

#[test]
fn an_answer_that_does_not_come_ends_with_the_budget() {
    let faults = [Fault::Hang, Fault::Trickle(Duration::from_secs(1))];
    side_by_side(each(&ALL, &faults), |(service, fault)| {
        let fake = Service::fake();
        fake.script(When::op(service.op()), fault);
        let says = ["within the timeout of 1 s", service.object()];
        gives_up(service.run(&fake), 75, &says);
    });
}

#[test]
fn a_body_that_is_not_what_aws_writes_is_said() {
    let bodies = [
        Fault::not_json(),
        Fault::Answer(Response::new(200, "application/x-amz-json-1.1", "")),
        Fault::Answer(Response::new(200, "application/x-amz-json-1.1", "{")),
        Fault::Answer(Response::new(
            200,
            "application/x-amz-json-1.1",
            r#"{"Parameters":[{"Name":"/app/value","Value":"planted-parameter"#,
        )),
        Fault::Answer(Response::new(
            200,
            "application/x-amz-json-1.1",
            r#"{"Parameters":"planted-parameter","SecretString":["planted-secret"]}"#,
        )),
        Fault::Answer(Response::new(200, "application/x-amz-json-1.1", "[]")),
    ];
    let services = [Ssm, Path, SecretsManager];
    side_by_side(each(&services, &bodies), |(service, fault)| {
        let fake = Service::fake();
        fake.script(When::op(service.op()), fault);
        gives_up(service.run(&fake), 69, &[service.object(), "answer"]);
    });
}

#[test]
fn an_answer_without_what_was_asked_is_no_answer() {
    for answer in [
        json!({}),
        json!({"Parameters": [], "InvalidParameters": []}),
    ] {
        let fake = Service::fake();
        fake.script(When::always(), Fault::Answer(Response::json(200, &answer)));
        fails(
            Ssm.run(&fake),
            69,
            &["AWS's answer says nothing of it", Ssm.object()],
        );
        fails(
            SecretsManager.run(&fake),
            69,
            &["AWS's answer holds no value", SecretsManager.object()],
        );
    }
}

#[test]
fn a_name_that_the_answer_lacks_is_named_and_no_other() {
    let fake = Fake::start();
    let run = (0..10).fold(Paramexec::new().endpoint(&fake), |run, number| {
        fake.secure(&format!("/many/{number}"), VALUES[0]);
        run.env(format!("V{number}"), format!("ssm:///many/{number}"))
    });
    fake.script(When::always(), Fault::Omit("/many/7".into()));
    let outcome = fails(run, 69, &["1 problem", "parameter \"/many/7\"", "for V7"]);
    assert!(!outcome.stderr().contains("/many/6"));
}

#[test]
fn an_answer_that_is_too_large_is_not_taken() {
    for service in ALL {
        let fake = Service::fake();
        fake.script(When::op(service.op()), Fault::Oversized(100_000_000));
        fails(
            service.run(&fake),
            65,
            &[service.object(), "larger than 8 MiB"],
        );
        assert_eq!(fake.calls(service.op()).len(), 1, "{service:?}");
    }
}

#[test]
fn a_page_token_that_repeats_for_ever_is_said() {
    let fake = Service::fake();
    fake.script(When::op(Op::GetParametersByPath), Fault::EndlessPages);
    fails(
        Path.run(&fake),
        69,
        &["repeats a page token", Path.object()],
    );
    assert!(fake.all_calls().len() <= 3);
}

mod errors {
    use super::*;

    /// What AWS answers and no other try changes: status, error code, the code of the run, and what is said.
    const LASTING: [(u16, &str, i32, &str); 18] = [
        (400, "AccessDeniedException", 77, "AWS denied access"),
        (403, "AccessDenied", 77, "AWS denied access"),
        (403, "SomethingForbidden", 77, "AWS denied access"),
        (400, "KMSAccessDeniedException", 77, "AWS denied access"),
        (400, "DecryptionFailure", 77, "AWS denied access"),
        (400, "UnrecognizedClientException", 77, "credentials"),
        (403, "InvalidClientTokenId", 77, "credentials"),
        (403, "SignatureDoesNotMatch", 77, "credentials"),
        (400, "InvalidSignatureException", 77, "credentials"),
        (400, "ExpiredTokenException", 77, "expired"),
        (403, "ExpiredToken", 77, "expired"),
        (
            400,
            "MissingAuthenticationTokenException",
            77,
            "credentials",
        ),
        (400, "IncompleteSignature", 77, "credentials"),
        (403, "RequestExpired", 77, "clock"),
        (
            400,
            "ValidationException",
            65,
            "AWS finds the request invalid",
        ),
        (400, "InvalidKeyId", 65, "AWS finds the request invalid"),
        (
            400,
            "UnknownOperationException",
            69,
            "AWS answered with an error",
        ),
        (418, "TeapotException", 69, "AWS answered with an error"),
    ];

    #[test]
    fn a_lasting_error_is_said_at_once_in_every_form() {
        let forms = [
            TypeForm::Plain,
            TypeForm::Namespaced,
            TypeForm::Header,
            TypeForm::HeaderWithUri,
        ];
        let lasting: Vec<_> = LASTING.into_iter().enumerate().collect();
        let cases = each(&[Ssm, Path, SecretsManager], &lasting);
        side_by_side(cases, |(service, (number, (status, code, exit, says)))| {
            let fake = Service::fake();
            let failure = Failure::new(status, code, "in AWS's words");
            let failure = failure.type_form(forms[number % forms.len()]);
            fake.script(When::op(service.op()), failure);
            let outcome = fails(service.run(&fake), exit, &[says]);
            let quoted = outcome.stderr().contains("in AWS's words");
            assert!(quoted, "{}", outcome.stderr());
            assert_eq!(fake.calls(service.op()).len(), 1);
        });
    }

    #[test]
    fn a_lasting_error_of_s3_is_said_at_once() {
        let lasting = [
            (403, "AccessDenied", 77, "AWS denied access"),
            (403, "InvalidAccessKeyId", 77, "credentials"),
            (403, "SignatureDoesNotMatch", 77, "credentials"),
            (400, "ExpiredToken", 77, "expired"),
            (400, "InvalidToken", 77, "credentials"),
            (403, "RequestTimeTooSkewed", 77, "clock"),
            (404, "NoSuchKey", 66, "does not exist in eu-west-1"),
            (404, "NoSuchBucket", 66, "does not exist in eu-west-1"),
            (404, "NoSuchVersion", 66, "does not exist in eu-west-1"),
            (
                400,
                "InvalidBucketName",
                65,
                "AWS finds the request invalid",
            ),
            (403, "InvalidObjectState", 69, "AWS answered with an error"),
            (400, "MalformedSomething", 69, "AWS answered with an error"),
        ];
        for (status, code, exit, says) in lasting {
            let fake = Service::fake();
            fake.script(
                When::op(Op::GetObject),
                Failure::new(status, code, "in AWS's words"),
            );
            fails(S3.run(&fake), exit, &[says]);
            assert_eq!(fake.all_calls().len(), 1);
        }
    }

    #[test]
    fn a_status_without_a_body_is_understood() {
        for (status, exit, says) in [
            (403, 77, "AWS denied access"),
            (404, 69, "AWS answered with an error"),
            (429, 75, "throttled"),
            (500, 69, "status 500"),
            (400, 69, "error"),
        ] {
            let fake = Service::fake();
            fake.script(
                When::always(),
                Fault::Answer(Response::new(status, "text/plain", "")),
            );
            gives_up(S3.run(&fake), exit, &[says]);
        }
    }

    #[test]
    fn the_region_of_a_bucket_elsewhere_is_said() {
        let fake = Fake::start();
        fake.in_region(AWAY)
            .object("bucket", "value.env", "VALUE=planted-object\n");
        fails(
            S3.run(&fake),
            78,
            &[
                "object \"s3://bucket/value.env\" is in us-east-1, not in eu-west-1",
                "add \"?region=us-east-1\"",
            ],
        );
        assert_eq!(fake.all_calls().len(), 1);
    }

    #[test]
    fn a_binary_secret_is_no_value() {
        let fake = Fake::start();
        fake.secret_binary("value", &[0, 255, 1]);
        fails(
            SecretsManager.run(&fake),
            65,
            &["secret \"value\" is binary", "?file"],
        );
    }

    #[test]
    fn an_object_that_is_missing_and_may_not_be_listed_is_denied() {
        let fake = Fake::start();
        fake.bucket("bucket").unlistable("bucket");
        fails(S3.run(&fake), 77, &["\"s3:GetObject\"", "s3:ListBucket"]);
    }
}

mod identity {
    use super::*;

    #[test]
    fn credentials_that_aws_does_not_know_are_said() {
        for service in ALL {
            let fake = Service::fake();
            let run = service
                .run(&fake)
                .env("AWS_ACCESS_KEY_ID", "nobody-knows-this-key");
            fails(run, 77, &["AWS does not accept the credentials"]);
            let run = service
                .run(&fake)
                .env("AWS_SECRET_ACCESS_KEY", "another-secret-access-key");
            let outcome = fails(run, 77, &["AWS does not accept the credentials"]);
            values_never_shown(&outcome, &["another-secret-access-key"]);
        }
    }

    #[test]
    fn what_aws_repeats_of_a_request_is_not_shown() {
        let (key, secret, token) = (
            "ASIAEXAMPLE",
            "planted-key-secret",
            "planted-token-of-a-session",
        );
        let canonical = format!("'POST\n/\n\nhost:ssm\nx-amz-security-token:{token}\n\nhost;x'");
        for message in [
            format!("It does not match.\n\nThe canonical string should have been\n{canonical}"),
            format!("It does not match: {}", canonical.replace('\n', " ")),
            format!("x-amz-security-token:{token}\u{1b}[2J\r\nparamexec: forged"),
        ] {
            // XML carries no escape characters.
            let services = ALL
                .iter()
                .filter(|service| !matches!(service, S3) || !message.contains('\u{1b}'));
            for service in services {
                let fake = Service::fake();
                let failure = Failure::new(403, "SignatureDoesNotMatch", message.clone());
                fake.script(When::op(service.op()), failure);
                let run = service
                    .run(&fake)
                    .env("AWS_ACCESS_KEY_ID", key)
                    .env("AWS_SECRET_ACCESS_KEY", secret)
                    .env("AWS_SESSION_TOKEN", token);
                let outcome = fails(run, 77, &["AWS does not accept the credentials"]);
                values_never_shown(&outcome, &[secret, token]);
                let stderr = outcome.stderr();
                assert!(!stderr.contains(['\u{1b}', '\r']), "{stderr:?}");
                assert!(!stderr.contains("\nparamexec: forged"), "{stderr:?}");
            }
        }
    }

    #[test]
    fn credentials_that_have_expired_are_said() {
        for service in ALL {
            let fake = Service::fake();
            fake.expired_key("ASIAEXPIRED", "expired/secret", "expired-token");
            let run = service
                .run(&fake)
                .env("AWS_ACCESS_KEY_ID", "ASIAEXPIRED")
                .env("AWS_SECRET_ACCESS_KEY", "expired/secret")
                .env("AWS_SESSION_TOKEN", "expired-token");
            let outcome = fails(run, 77, &["AWS does not accept the credentials", "expired"]);
            values_never_shown(&outcome, &["expired/secret", "expired-token"]);
        }
    }

    #[test]
    fn a_clock_that_is_twenty_minutes_off_is_said() {
        for service in ALL {
            for ahead in [1_200, -1_200] {
                let fake = Service::fake();
                fake.clock_ahead(ahead);
                fails(
                    service.run(&fake),
                    77,
                    &[
                        "AWS does not accept the time of the request",
                        "set the clock of this machine",
                    ],
                );
            }
        }
    }

    #[test]
    fn a_role_that_may_not_be_assumed_is_said() {
        let role = format!("arn:aws:iam::{ACCOUNT}:role/reader");
        let fake = Service::fake();
        let run = Paramexec::new()
            .endpoint(&fake)
            .env("VALUE", format!("ssm:///app/value?role={role}"));
        fails(
            run,
            77,
            &[
                "sts:AssumeRole on role",
                &role,
                "allow \"sts:AssumeRole\" on it",
                "AccessDenied",
            ],
        );
        assert!(fake.calls(Op::GetParameters).is_empty());
    }

    #[test]
    fn a_role_that_fails_leaves_the_others_answered() {
        let role = format!("arn:aws:iam::{ACCOUNT}:role/reader");
        let fake = Service::fake();
        let run = Ssm
            .run(&fake)
            .env("OTHER", format!("ssm:///app/value?role={role}"));
        let outcome = fails(run, 77, &["1 problem", "for OTHER"]);
        assert!(!outcome.stderr().contains("for VALUE"));
    }

    #[test]
    fn sts_that_fails_once_is_outlasted_and_that_fails_for_good_is_said() {
        let role = format!("arn:aws:iam::{ACCOUNT}:role/reader");
        let named = |fake: &Fake| {
            fake.role(&role);
            Paramexec::new()
                .endpoint(fake)
                .env("VALUE", format!("ssm:///app/value?role={role}"))
        };
        let faults: [(Fault, i32); 5] = [
            (Fault::CloseBeforeAnswer, 69),
            (Fault::Reset, 69),
            (Failure::internal().into(), 69),
            (Failure::throttled().into(), 75),
            (Fault::Hang, 75),
        ];
        side_by_side(faults, |(fault, code)| {
            let fake = Service::fake();
            fake.script(When::op(Op::AssumeRole), fault.clone());
            gives_up(named(&fake), code, &[&role]);
            if !matches!(fault, Fault::Hang) {
                let fake = Service::fake();
                fake.script(When::op(Op::AssumeRole).first(1), fault);
                succeeds(named(&fake), VALUES[0]);
            }
        });
    }
}

mod batches {
    use super::*;

    /// Ten parameters `/many/0` to `/many/9` for `V0` to `V9`.
    fn ten(fake: &Fake) -> Paramexec {
        (0..10).fold(Paramexec::new().endpoint(fake), |run, number| {
            fake.secure(&format!("/many/{number}"), VALUES[0]);
            run.env(format!("V{number}"), format!("ssm:///many/{number}"))
        })
    }

    /// All of these are named, and none else.
    #[track_caller]
    fn names_only(outcome: &Outcome, wrong: &[usize]) {
        let stderr = outcome.stderr();
        for number in 0..10 {
            let named = stderr.contains(&format!("for V{number} "));
            assert_eq!(named, wrong.contains(&number), "V{number} in:\n{stderr}");
        }
    }

    #[test]
    fn all_denied_names_of_a_batch_are_listed_and_none_else() {
        for denied in [vec![4], vec![0, 9], (0..10).collect()] {
            let fake = Fake::start();
            let run = ten(&fake);
            for number in &denied {
                fake.deny(&format!("/many/{number}"));
            }
            let problems = format!("{} problem", denied.len());
            let outcome = fails(
                run,
                77,
                &[&problems, "AWS denied access", "\"ssm:GetParameters\""],
            );
            names_only(&outcome, &denied);
            assert_eq!(fake.all_calls().len(), 11);
        }
    }

    #[test]
    fn a_name_whose_key_may_not_be_used_is_told_from_the_others() {
        let fake = Fake::start();
        let run = ten(&fake);
        fake.lock("/many/3");
        let outcome = fails(
            run,
            77,
            &["1 problem", "parameter \"/many/3\"", "\"kms:Decrypt\""],
        );
        names_only(&outcome, &[3]);
    }

    #[test]
    fn a_name_that_aws_finds_invalid_is_told_from_the_others() {
        let fake = Fake::start();
        // A prefix that AWS keeps for itself.
        let run = ten(&fake).env("V3", "ssm:///ssm/reserved");
        let outcome = fails(
            run,
            65,
            &[
                "1 problem",
                "parameter \"/ssm/reserved\"",
                "ValidationException",
            ],
        );
        names_only(&outcome, &[3]);
    }

    #[test]
    fn denied_missing_and_invalid_names_are_all_said_at_once() {
        let fake = Fake::start();
        let run = ten(&fake)
            .env("V3", "ssm:///ssm/reserved")
            .env("V5", "ssm:///absent");
        fake.deny("/many/4");
        let outcome = fails(run, 65, &["3 problems"]);
        names_only(&outcome, &[3, 4, 5]);
    }

    #[test]
    fn throttling_while_a_batch_is_taken_apart_denies_nobody_else() {
        let fake = Fake::start();
        let run = ten(&fake);
        fake.deny("/many/4");
        fake.script(
            When::op(Op::GetParameters).counted(|nth| nth == 3 || nth == 5),
            Failure::internal(),
        );
        names_only(&fails(run, 77, &["1 problem"]), &[4]);
    }

    #[test]
    fn bad_credentials_do_not_take_a_batch_apart() {
        let fake = Fake::start();
        let run = ten(&fake).env("AWS_ACCESS_KEY_ID", "nobody-knows-this-key");
        names_only(
            &fails(run, 77, &["1 problem"]),
            &(0..10).collect::<Vec<_>>(),
        );
        assert_eq!(fake.all_calls().len(), 1);
    }

    /// Two hundred parameters, so twenty calls.
    fn two_hundred(fake: &Fake) -> Paramexec {
        (0..200).fold(Paramexec::new().endpoint(fake), |run, number| {
            fake.secure(&format!("/many/{number:03}"), &format!("value {number:03}"));
            run.env(format!("V{number:03}"), format!("ssm:///many/{number:03}"))
        })
    }

    #[test]
    fn a_fault_on_any_of_twenty_calls_is_outlasted() {
        let every = "for n in 000 057 123 199; do eval printf '%s,' \\\"\\$V$n\\\"; done";
        let fault = |nth: usize| match nth % 3 {
            0 => Fault::CloseBeforeAnswer,
            1 => Fault::CloseInBody,
            _ => Failure::internal().into(),
        };
        let cases = (1..=20).map(|nth| (nth, fault(nth)));
        side_by_side(cases, |(nth, fault)| {
            let fake = Fake::start();
            let run = two_hundred(&fake);
            fake.script(When::op(Op::GetParameters).nth(nth), fault);
            run.shell(every)
                .expect_stdout("value 000,value 057,value 123,value 199,")
                .check();
            assert_eq!(fake.all_calls().len(), 21);
        });
    }

    #[test]
    fn a_lasting_fault_on_any_of_twenty_calls_starts_nothing() {
        side_by_side(1..=20_usize, |nth| {
            let fake = Fake::start();
            let run = two_hundred(&fake);
            let number = format!("{:03}", (nth - 1) * 10 + nth % 10);
            fake.deny(&format!("/many/{number}"));
            let outcome = fails(run, 77, &["1 problem", &format!("for V{number}")]);
            assert_eq!(outcome.stderr().matches("for V").count(), 1);
        });
    }

    #[test]
    fn a_broken_call_of_twenty_starts_nothing() {
        side_by_side([0, 9, 19], |nth| {
            let fake = Fake::start();
            let run = two_hundred(&fake);
            let name = format!("/many/{nth:02}0");
            fake.script(
                When::op(Op::GetParameters).asking_for(&name),
                Fault::CloseInBody,
            );
            // The nineteen others must be answered meanwhile.
            let run = run.arg("--timeout=4s");
            let outcome = ends(run, 69, &["1 problem", &format!("for V{nth:02}0")]);
            assert_eq!(outcome.stderr().matches("for V").count(), 10);
        });
    }
}

mod tls {
    use super::*;

    const NAMES: [&str; 2] = ["localhost", "127.0.0.1"];

    /// A run whose endpoint is the fake over TLS.
    fn run(service: Service, fake: &Fake) -> Paramexec {
        Service::fill(fake);
        service.run(fake)
    }

    #[test]
    fn an_authority_of_ones_own_is_trusted_by_either_variable() {
        let ca = TestCa::new();
        let folder = TempDir::new();
        let bundle = ca.bundle(&folder);
        for service in ALL {
            for name in ["AWS_CA_BUNDLE", "SSL_CERT_FILE"] {
                let fake = Fake::tls(&ca, &NAMES);
                succeeds(run(service, &fake).env(name, &bundle), service.value());
            }
        }
    }

    #[test]
    fn awss_own_variable_comes_before_the_general_one() {
        let ca = TestCa::new();
        let folder = TempDir::new();
        let fake = Fake::tls(&ca, &NAMES);
        let run = run(Ssm, &fake)
            .env("AWS_CA_BUNDLE", ca.bundle(&folder))
            .env("SSL_CERT_FILE", "/nonexistent/bundle.pem");
        succeeds(run, VALUES[0]);
    }

    #[test]
    fn an_authority_that_is_not_trusted_is_said_at_once() {
        let folder = TempDir::new();
        let stranger = TestCa::new().bundle(&folder);
        for service in ALL {
            let fake = Fake::tls(&TestCa::new(), &NAMES);
            fails(
                run(service, &fake),
                69,
                &[
                    "TLS",
                    "UnknownIssuer",
                    "\"AWS_CA_BUNDLE\"",
                    service.object(),
                ],
            );
            fails(
                run(service, &fake).env("AWS_CA_BUNDLE", &stranger),
                69,
                &["TLS", "invalid peer certificate"],
            );
            assert_eq!(fake.connections(), 2, "it is not asked again");
        }
    }

    #[test]
    fn a_certificate_for_another_name_is_said() {
        let ca = TestCa::new();
        let folder = TempDir::new();
        let fake = Fake::tls(&ca, &["ssm.eu-west-1.amazonaws.com"]);
        let run = run(Ssm, &fake)
            .env("AWS_CA_BUNDLE", ca.bundle(&folder))
            .env(
                "AWS_ENDPOINT_URL",
                format!("https://localhost:{}", fake.port()),
            );
        fails(
            run,
            69,
            &["TLS", "localhost", "ssm.eu-west-1.amazonaws.com"],
        );
    }

    #[test]
    fn a_certificate_that_has_expired_is_said() {
        let ca = TestCa::new();
        let folder = TempDir::new();
        let fake = Fake::with_certificate(ca.expired_certificate(&NAMES));
        fails(
            run(Ssm, &fake).env("AWS_CA_BUNDLE", ca.bundle(&folder)),
            69,
            &["TLS", "expired"],
        );
    }

    #[test]
    fn a_bundle_that_cannot_be_used_is_named() {
        let folder = TempDir::new();
        let broken = "-----BEGIN CERTIFICATE-----\nnot base64!\n-----END CERTIFICATE-----\n";
        let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let fake = Fake::tls(&TestCa::new(), &NAMES);
        let unusable = [
            (
                "/nonexistent/bundle.pem".into(),
                "cannot be read, no such file or directory",
            ),
            (folder.path().into(), "cannot be read"),
            (folder.file("empty.pem", ""), "hold no usable certificate"),
            (
                folder.file("text.pem", "planted-parameter\n"),
                "hold no usable certificate",
            ),
            (folder.file("broken.pem", broken), "are not PEM"),
            (
                folder.file("garbage.pem", garbage),
                "hold no usable certificate",
            ),
        ];
        for (path, says) in unusable {
            for name in ["AWS_CA_BUNDLE", "SSL_CERT_FILE"] {
                let outcome = fails(run(Ssm, &fake).env(name, &path), 78, &[says, name]);
                assert!(outcome.stderr().contains(&path.display().to_string()));
            }
        }
        assert_eq!(fake.connections(), 0);
    }

    #[test]
    fn a_bundle_that_never_ends_is_not_waited_for() {
        let folder = TempDir::new();
        let pipe = folder.path().join("pipe.pem");
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).expect("a pipe");
        let fake = Fake::tls(&TestCa::new(), &NAMES);
        for (path, says) in [
            (pipe.as_path(), "it did not end within the timeout"),
            (
                std::path::Path::new("/dev/zero"),
                "it is too large for certificates",
            ),
        ] {
            let run = run(Ssm, &fake).env("AWS_CA_BUNDLE", path);
            gives_up(run, 78, &[says, "AWS_CA_BUNDLE"]);
        }
    }

    #[test]
    fn a_bundle_may_come_through_a_pipe() {
        let (ca, folder) = (TestCa::new(), TempDir::new());
        let bundle = std::fs::read(ca.bundle(&folder)).expect("a bundle");
        let pipe = folder.path().join("pipe.pem");
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).expect("a pipe");
        let fake = Fake::tls(&ca, &NAMES);
        let run = run(Ssm, &fake).env("AWS_CA_BUNDLE", &pipe);
        let writer = std::thread::spawn(move || std::fs::write(pipe, bundle));
        succeeds(run, VALUES[0]);
        writer.join().expect("no panic").expect("it was read");
    }

    #[test]
    fn a_connection_that_breaks_within_tls_is_made_again() {
        let ca = TestCa::new();
        let folder = TempDir::new();
        for fault in [
            Fault::CloseBeforeAnswer,
            Fault::CloseInHeaders,
            Fault::CloseInBody,
            Fault::Reset,
        ] {
            for service in ALL {
                let fake = Fake::tls(&ca, &NAMES);
                fake.script(When::op(service.op()).first(1), fault.clone());
                let run = run(service, &fake).env("AWS_CA_BUNDLE", ca.bundle(&folder));
                succeeds(run, service.value());
                let fake = Fake::tls(&ca, &NAMES);
                fake.close_unread(1);
                let run = self::run(service, &fake).env("AWS_CA_BUNDLE", ca.bundle(&folder));
                succeeds(run, service.value());
            }
        }
    }

    #[test]
    fn plain_http_where_tls_is_meant_is_said() {
        let fake = Service::fake();
        let run = Ssm.run(&fake).env(
            "AWS_ENDPOINT_URL",
            format!("https://127.0.0.1:{}", fake.port()),
        );
        // It hangs up without a word, as a server does that is about to end.
        gives_up(run, 69, &["tls"]);
    }

    #[test]
    fn tls_where_plain_http_is_meant_is_said() {
        let fake = Fake::tls(&TestCa::new(), &NAMES);
        let run = run(Ssm, &fake).env(
            "AWS_ENDPOINT_URL",
            format!("http://127.0.0.1:{}", fake.port()),
        );
        fails(run, 69, &["the endpoint does not speak HTTP"]);
    }
}
