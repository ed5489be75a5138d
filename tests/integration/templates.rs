//! `template:`: values composed of the values of other variables.

use serde_json::Value;

use crate::support::fake::{Fake, Op};
use crate::support::run::Paramexec;
use crate::support::temp::TempDir;

const URL: &str = "template:postgres://{DB_USER|url}:{DB_PASSWORD|url}@{DB_HOST|raw}:5432/shop";
const RESULT: &str = "postgres://app:p%2Bw%2F%25@db:5432/shop";

fn fake() -> Fake {
    let fake = Fake::start();
    fake.secure("/shop/user", "app")
        .secure("/shop/password", "p+w/%")
        .secret("shop", "p+w/%");
    fake
}

fn run(fake: &Fake) -> Paramexec {
    Paramexec::new()
        .endpoint(fake)
        .env("DB_USER", "ssm:///shop/user")
        .env("DB_PASSWORD", "secretsmanager://shop")
        .env("DB_HOST", "db")
}

fn prints_url(run: Paramexec) -> Paramexec {
    run.shell(r#"printf %s "$URL""#)
}

#[track_caller]
fn refused(run: Paramexec, code: i32, parts: &[&str]) {
    let run = run.expect_code(code);
    let run = parts
        .iter()
        .fold(run, |run, part| run.expect_stderr_containing(part));
    let stderr = prints_url(run).check().stderr();
    assert!(
        !stderr.contains("p+w") && !stderr.contains("hunter2"),
        "{stderr}"
    );
}

#[test]
fn a_template_may_stand_wherever_a_variable_gets_its_value() {
    let fake = fake();
    let folder = TempDir::new();
    folder.file("app.manifest", format!("URL={URL}\n"));
    let entry = format!(r#"{{"environment": [{{"name": "URL", "value": "{URL}"}}]}}"#);
    folder.file("task.json", entry);
    folder.file("dev.env", format!("URL='{URL}'\n"));
    for arguments in [
        vec!["--manifest", "app.manifest"],
        vec!["--manifest", "task.json"],
        vec!["--from", "file:dev.env"],
    ] {
        let run = run(&fake).current_dir(folder.path()).args(arguments);
        prints_url(run).expect_stdout(RESULT).check();
    }
    let run = run(&fake).env("URL", URL);
    prints_url(run).expect_stdout(RESULT).check();
}

#[test]
fn a_part_that_is_unset_is_fetched_and_removed_afterwards() {
    let fake = fake();
    let run = run(&fake).env("URL", URL).args(["--unset", "DB_PASSWORD"]);
    let script = r#"printf '%s %s' "$URL" "${DB_PASSWORD-gone}""#;
    run.shell(script)
        .expect_stdout(format!("{RESULT} gone"))
        .check();
}

#[test]
fn a_text_without_a_placeholder_is_passed_on_and_asks_nothing() {
    let fake = fake();
    for text in ["template:", "template: {{ user }}", "template:x}"] {
        let run = Paramexec::new().endpoint(&fake).env("URL", text);
        prints_url(run).expect_stdout(text).check();
    }
    assert_eq!(fake.all_calls().len(), 0);
}

#[test]
fn what_cannot_be_composed_is_refused_with_the_variable_and_the_placeholder() {
    let fake = fake();
    for (template, parts) in [
        (
            "template:{NONE}",
            [
                "\"{NONE}\" has no value: there is no variable NONE",
                "for URL from \"template:{NONE}\"",
            ],
        ),
        (
            "template:{DB_PASWORD}",
            ["did you mean \"DB_PASSWORD\"?", "{DB_PASWORD}"],
        ),
        ("template:{OTHER}", ["is a template itself", "{OTHER}"]),
        ("template:hunter2{DB_USER", ["for URL", "not closed"]),
        (
            "template:x://hunter2{DB_USER}",
            ["for URL", "{DB_USER|url}"],
        ),
        (
            "template:{DB_USER|hunter2}",
            ["for URL", "url, json or raw"],
        ),
    ] {
        let run = run(&fake).env("OTHER", "template:{DB_USER}");
        refused(run.env("URL", template), 65, &parts);
    }
}

#[test]
fn a_part_that_is_left_out_needs_a_fallback() {
    let fake = fake();
    let part = |template: &str| {
        let run = run(&fake).env("PART", "ssm:///shop/none?optional");
        run.env("URL", template)
    };
    refused(part("template:{PART}"), 66, &["{PART}", "fallback"]);
    let run = part("template:a://{PART:-b c|url}");
    prints_url(run).expect_stdout("a://b%20c").check();
}

#[test]
fn a_composed_value_that_is_too_long_is_named() {
    let fake = Fake::start();
    fake.secret("long", &"+".repeat(60_000));
    let run = Paramexec::new()
        .endpoint(&fake)
        .env("PART", "secretsmanager://long");
    refused(
        run.env("URL", "template:{PART|url}")
            .args(["--unset", "PART"]),
        65,
        &["for URL", "longer than 128 KiB"],
    );
}

#[test]
fn inspections_show_placeholders_and_no_text() {
    let fake = fake();
    let template = "template:hunter2{DB_USER}";
    for inspection in ["--plan", "--check"] {
        let run = run(&fake).env("URL", template);
        let run = run.args(["--format=json", inspection, "--", "/bin/true"]);
        let stdout = run.run().stdout();
        assert!(!stdout.contains("hunter2"), "{stdout}");
        let report: Value = serde_json::from_str(&stdout).expect("JSON");
        let rows = report["variables"].as_array().expect("rows");
        let row = rows.iter().find(|row| row["name"] == "URL").expect("a row");
        assert_eq!(row["reference"], "template:…{DB_USER}", "{inspection}");
    }
    assert!(!fake.calls(Op::GetParameters).is_empty());
}

#[test]
fn on_mock_placeholders_are_composed() {
    let run = run(&Fake::start()).env("URL", URL).arg("--mock");
    prints_url(run)
        .expect_stdout("postgres://mock%3A%2Fshop%2Fuser:mock%3Ashop@db:5432/shop")
        .expect_stderr_containing("mock")
        .check();
}

#[test]
fn an_aws_setting_that_is_a_reference_or_a_template_is_for_the_command() {
    let fake = fake();
    fake.secure("/app/key", "of the app")
        .container_credentials("/credentials", None);
    let run = Paramexec::new()
        .endpoint(&fake)
        .env(
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            format!("{}/credentials", fake.url()),
        )
        .env("AWS_ACCESS_KEY_ID", "ssm:///app/key")
        .env("AWS_SECRET_ACCESS_KEY", "ssm:///app/key")
        .env("AWS_SESSION_TOKEN", "ssm:///app/key")
        .env("AWS_PROFILE", "template:{AWS_SESSION_TOKEN}")
        .env("AWS_CA_BUNDLE", "ssm:///app/key")
        .env("SSL_CERT_FILE", "ssm:///app/key");
    run.shell(r#"printf '%s|%s|%s' "$AWS_ACCESS_KEY_ID" "$AWS_PROFILE" "$SSL_CERT_FILE""#)
        .expect_stdout("of the app|of the app|of the app")
        .check();
    let sent = format!(
        "{:?}",
        fake.all_calls()
            .iter()
            .map(|call| &call.request)
            .collect::<Vec<_>>()
    );
    assert!(!sent.contains("ssm:///"), "{sent}");
}
