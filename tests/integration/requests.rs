//! What is asked of AWS: no call too many, in the right region, by the right identity, and every answer to who asked for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use crate::support::fake::{ACCESS_KEY_ID, ACCOUNT, Call, Fake, Fault, Op, REGION, When};
use crate::support::run::Paramexec;
use crate::support::temp::TempDir;

const AWAY: &str = "us-east-1";
const OTHER_ACCOUNT: &str = "444455556666";
/// Long enough that all requests which may be under way at once are.
const LATENCY: Duration = Duration::from_millis(100);
/// What paramexec may have under way at once, with room for a better number.
const AT_ONCE: std::ops::RangeInclusive<usize> = 2..=20;

fn run(fake: &Fake) -> Paramexec {
    Paramexec::new().endpoint(fake)
}

/// Variables `V000`, `V001`, … each naming what `reference` makes of its number.
fn with_many(run: Paramexec, count: usize, reference: impl Fn(usize) -> String) -> Paramexec {
    (0..count).fold(run, |run, number| {
        run.env(format!("V{number:03}"), reference(number))
    })
}

/// The variables that the command sees.
fn seen(run: Paramexec) -> BTreeMap<String, String> {
    let outcome = run.args(["--", "/usr/bin/env"]).run();
    assert_eq!(
        (outcome.code(), outcome.stderr().as_str()),
        (Some(0), ""),
        "it runs in silence"
    );
    let text = outcome.stdout();
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn regions(calls: &[Arc<Call>]) -> Vec<&str> {
    let mut regions: Vec<&str> = calls.iter().filter_map(|call| call.region()).collect();
    regions.sort_unstable();
    regions
}

fn names(calls: &[Arc<Call>]) -> Vec<Vec<&str>> {
    calls.iter().map(|call| call.names()).collect()
}

#[test]
fn two_hundred_parameters_take_twenty_calls_of_ten_names_side_by_side() {
    let fake = Fake::start();
    for number in 0..200 {
        fake.secure(&format!("/many/{number:03}"), &format!("value {number:03}"));
    }
    fake.script(When::always(), Fault::Latency(LATENCY));
    let seen = seen(with_many(run(&fake), 200, |number| {
        format!("ssm:///many/{number:03}")
    }));

    for number in 0..200 {
        assert_eq!(seen[&format!("V{number:03}")], format!("value {number:03}"));
    }
    let calls = fake.all_calls();
    assert_eq!(calls.len(), 20);
    assert!(names(&calls).iter().all(|names| names.len() == 10));
    let unique: BTreeSet<&str> = names(&calls).into_iter().flatten().collect();
    assert_eq!(unique.len(), 200);
    assert!(
        AT_ONCE.contains(&fake.most_at_once()),
        "{} at once",
        fake.most_at_once()
    );
}

#[test]
fn connections_are_used_again() {
    let fake = Fake::start();
    for number in 0..200 {
        fake.secure(&format!("/many/{number:03}"), "value");
    }
    seen(with_many(run(&fake), 200, |number| {
        format!("ssm:///many/{number:03}")
    }));
    assert_eq!(fake.all_calls().len(), 20);
    assert!(
        fake.connections() <= *AT_ONCE.end(),
        "{} connections",
        fake.connections()
    );
}

#[test]
fn every_request_has_a_connection_before_the_first_answer() {
    let fake = Fake::start();
    for number in 0..200 {
        fake.secure(&format!("/many/{number:03}"), "value");
    }
    fake.script(When::always(), Fault::Hang);
    let reference = |number| format!("ssm:///many/{number:03}");
    let running = with_many(run(&fake), 200, reference)
        .shell(r#"printf '%s' "$V199""#)
        .spawn();
    fake.wait_for_log(|log| log.calls.len() == 20 && log.connections == 20);
    fake.release();
    assert_eq!(running.wait().stdout(), "value");
    assert_eq!((fake.all_calls().len(), fake.connections()), (20, 20));
}

#[test]
fn no_connection_is_made_that_no_request_needs() {
    let cases: [(usize, &str, usize); 6] = [
        (1, "ssm:///many/", 1),
        (10, "ssm:///many/", 1),
        (20, "ssm:///many/", 2),
        (30, "ssm:///many/", 3),
        (1, "secretsmanager://many/", 1),
        (3, "secretsmanager://many/", 3),
    ];
    for (count, prefix, connections) in cases {
        let fake = Fake::start();
        for number in 0..count {
            fake.secure(&format!("/many/{number:03}"), "value")
                .secret(&format!("many/{number:03}"), "value");
        }
        // Else the first may be free again before the last is sent.
        fake.script(When::always(), Fault::Latency(LATENCY));
        seen(with_many(run(&fake), count, |number| {
            format!("{prefix}{number:03}")
        }));
        assert_eq!(fake.connections(), connections, "{count} of {prefix}");
    }
}

#[test]
fn a_parameter_that_many_variables_name_is_asked_once() {
    let fake = Fake::start();
    fake.secure("/prod/db", r#"{"user":"u","password":"p"}"#)
        .secure("/top", "at one level");
    let seen = seen(
        run(&fake)
            .env("WHOLE", "ssm:///prod/db")
            .env("USER_NAME", "ssm:///prod/db#user")
            .env("PASSWORD", "ssm:///prod/db?optional#password")
            .env("TOP", "ssm://top")
            .env("ALSO_TOP", "ssm://top"),
    );
    assert_eq!(seen["WHOLE"], r#"{"user":"u","password":"p"}"#);
    assert_eq!((&*seen["USER_NAME"], &*seen["PASSWORD"]), ("u", "p"));
    assert_eq!(
        (&*seen["TOP"], &*seen["ALSO_TOP"]),
        ("at one level", "at one level")
    );
    let calls = fake.all_calls();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].names().len(), 2, "{:?}", calls[0].names());
}

#[test]
fn a_name_is_sent_as_it_was_written() {
    let fake = Fake::start();
    fake.secure("/top", "at one level").secure("/other", "too");
    let seen = seen(
        run(&fake)
            .env("TOP", "ssm://top")
            .env("ROOTED", "ssm:///top")
            .env("OTHER", "ssm:///other"),
    );
    let values = ["TOP", "ROOTED", "OTHER"].map(|name| &*seen[name]);
    assert_eq!(values, ["at one level", "at one level", "too"]);
    let calls = fake.calls(Op::GetParameters);
    let mut asked: Vec<&str> = calls.iter().flat_map(|call| call.names()).collect();
    asked.sort_unstable();
    assert_eq!(asked, ["/other", "/top", "top"]);
    assert_eq!(
        calls.len(),
        2,
        "AWS refuses a parameter that is named twice"
    );
}

#[test]
fn a_secret_and_an_object_that_many_name_are_asked_once() {
    let fake = Fake::start();
    fake.secret("db", r#"{"user":"u","password":"p"}"#).object(
        "settings",
        "app.env",
        "FROM_OBJECT=yes\n",
    );
    let seen = seen(
        run(&fake)
            .env("USER_NAME", "secretsmanager://db#user")
            .env("PASSWORD", "secretsmanager://db#password")
            .args(["--from", "s3://settings/app.env"])
            .args(["--from", "arn:aws:s3:::settings/app.env"])
            .args(["--from", "secretsmanager://db?prefix=DB_"]),
    );
    assert_eq!((&*seen["USER_NAME"], &*seen["DB_password"]), ("u", "p"));
    assert_eq!(seen["FROM_OBJECT"], "yes");
    assert_eq!(fake.calls(Op::GetSecretValue).len(), 1);
    assert_eq!(fake.calls(Op::GetObject).len(), 1);
    assert_eq!(fake.all_calls().len(), 2);
}

#[test]
fn decryption_is_asked_for_every_time() {
    let fake = Fake::start();
    fake.secure("/app/secure", "secure")
        .parameter("/app/plain", "plain")
        .string_list("/app/list", "a,b,c");
    let seen = seen(
        run(&fake)
            .env("PLAIN_AGAIN", "ssm:///app/plain")
            .args(["--from", "ssm:///app/"]),
    );
    assert_eq!(
        ["SECURE", "PLAIN", "LIST", "PLAIN_AGAIN"].map(|name| &*seen[name]),
        ["secure", "plain", "a,b,c", "plain"]
    );
    let calls = fake.all_calls();
    assert_eq!(calls.len(), 2);
    assert!(
        calls
            .iter()
            .all(|call| call.json["WithDecryption"] == json!(true))
    );
}

#[test]
fn the_region_of_an_arn_is_the_region_signed() {
    let fake = Fake::start();
    fake.in_region(AWAY)
        .secure("/prod/db", "away")
        .secret("token", "secret away");
    fake.in_region(REGION).secure("/prod/db", "home");
    let secret = fake.in_region(AWAY).secret_arn("token", AWAY);
    let seen = seen(
        run(&fake)
            .env("HOME_DB", "ssm:///prod/db")
            .env(
                "AWAY_DB",
                format!("ssm://arn:aws:ssm:{AWAY}:{ACCOUNT}:parameter/prod/db"),
            )
            .env("TOKEN", format!("secretsmanager://{secret}")),
    );
    assert_eq!(
        ["HOME_DB", "AWAY_DB", "TOKEN"].map(|name| &*seen[name]),
        ["home", "away", "secret away"]
    );
    assert_eq!(regions(&fake.calls(Op::GetParameters)), [REGION, AWAY]);
    assert_eq!(regions(&fake.calls(Op::GetSecretValue)), [AWAY]);
}

#[test]
fn the_region_option_is_the_region_signed_in_one_call_a_region() {
    let fake = Fake::start();
    for region in [REGION, AWAY] {
        let place = fake.in_region(region);
        for number in 0..3 {
            place.secure(&format!("/p/{number}"), &format!("{region} {number}"));
        }
        place
            .secret("s", &format!("secret of {region}"))
            .secure("/bulk/one", &format!("bulk of {region}"));
    }
    fake.in_region(AWAY)
        .object("away", "k.env", "OBJECT=away\n");
    let several = (0..3).fold(run(&fake), |run, number| {
        run.env(format!("H{number}"), format!("ssm:///p/{number}"))
            .env(
                format!("A{number}"),
                format!("ssm:///p/{number}?region={AWAY}"),
            )
    });
    let seen = seen(
        several
            .env("S", format!("secretsmanager://s?region={AWAY}"))
            .args(["--from", &format!("ssm:///bulk/?region={AWAY}")])
            .args(["--from", &format!("s3://away/k.env?region={AWAY}")]),
    );
    assert_eq!((&*seen["H2"], &*seen["A2"]), ("eu-west-1 2", "us-east-1 2"));
    assert_eq!(seen["S"], "secret of us-east-1");
    assert_eq!(
        (&*seen["ONE"], &*seen["OBJECT"]),
        ("bulk of us-east-1", "away")
    );
    assert_eq!(regions(&fake.calls(Op::GetParameters)), [REGION, AWAY]);
    assert_eq!(regions(&fake.calls(Op::GetParametersByPath)), [AWAY]);
    assert_eq!(regions(&fake.calls(Op::GetSecretValue)), [AWAY]);
    assert_eq!(regions(&fake.calls(Op::GetObject)), [AWAY]);
}

#[test]
fn a_reference_with_a_region_of_its_own_needs_no_other() {
    let fake = Fake::start();
    fake.secure("/prod/db", "away");
    let seen = seen(
        run(&fake)
            .env_remove("AWS_REGION")
            .env("DB", format!("ssm:///prod/db?region={AWAY}")),
    );
    assert_eq!(seen["DB"], "away");
    assert_eq!(regions(&fake.all_calls()), [AWAY]);
}

#[test]
fn the_home_region_is_one_region_whether_it_is_said_or_not() {
    let fake = Fake::start();
    fake.secure("/prod/db", "home").secure("/prod/key", "k");
    let seen = seen(
        run(&fake)
            .env("PLAIN", "ssm:///prod/db")
            .env("SAID", format!("ssm:///prod/db?region={REGION}"))
            .env("KEY", format!("ssm:///prod/key?region={REGION}")),
    );
    assert_eq!(
        (&*seen["PLAIN"], &*seen["SAID"], &*seen["KEY"]),
        ("home", "home", "k")
    );
    assert_eq!(names(&fake.all_calls()), [["/prod/key", "/prod/db"]]);
}

#[test]
fn secrets_are_asked_side_by_side() {
    let fake = Fake::start();
    for number in 0..20 {
        fake.secret(&format!("app/{number:03}"), &format!("secret {number:03}"));
    }
    fake.script(When::always(), Fault::Latency(LATENCY));
    let seen = seen(with_many(run(&fake), 20, |number| {
        format!("secretsmanager://app/{number:03}")
    }));
    for number in 0..20 {
        assert_eq!(
            seen[&format!("V{number:03}")],
            format!("secret {number:03}")
        );
    }
    assert_eq!(fake.calls(Op::GetSecretValue).len(), 20);
    assert!(
        AT_ONCE.contains(&fake.most_at_once()),
        "{} at once",
        fake.most_at_once()
    );
}

#[test]
fn services_and_regions_are_asked_side_by_side() {
    let fake = Fake::start();
    fake.secure("/a", "1")
        .secret("b", "2")
        .object("c", "d.env", "E=3\n");
    fake.script(When::always(), Fault::Hang);
    let running = run(&fake)
        .env("A", "ssm:///a")
        .env("A_AWAY", format!("ssm:///a?region={AWAY}"))
        .env("B", "secretsmanager://b")
        .args(["--from", "s3://c/d.env"])
        .shell(r#"printf '%s' "$A$A_AWAY$B$E""#)
        .spawn();
    fake.wait_for_log(|log| log.in_flight == 4);
    fake.release();
    assert_eq!(running.wait().stdout(), "1123");
}

#[test]
fn a_version_and_a_stage_of_a_secret_are_what_is_asked() {
    const OLD: &str = "11111111-1111-4111-8111-111111111111";
    const NEW: &str = "22222222-2222-4222-8222-222222222222";
    let fake = Fake::start();
    fake.secret_version("db", OLD, &["AWSPREVIOUS"], "old")
        .secret_version("db", NEW, &["AWSCURRENT"], "new");
    let arn = fake.secret_arn("db", REGION);
    let seen = seen(
        run(&fake)
            .env("CURRENT", "secretsmanager://db")
            .env("STAGED", "secretsmanager://db?stage=AWSPREVIOUS")
            .env("VERSIONED", format!("secretsmanager://db?version={OLD}"))
            .env("ECS", format!("secretsmanager://{arn}:::{OLD}")),
    );
    assert_eq!(
        ["CURRENT", "STAGED", "VERSIONED", "ECS"].map(|name| &*seen[name]),
        ["new", "old", "old", "old"]
    );
    let calls = fake.calls(Op::GetSecretValue);
    let asked: BTreeSet<_> = calls
        .iter()
        .map(|call| {
            let field = |name| call.text(name).unwrap_or_default();
            (
                field("VersionId"),
                field("VersionStage"),
                field("SecretId") == arn,
            )
        })
        .collect();
    let expected = [
        ("", "", false),
        ("", "AWSPREVIOUS", false),
        (OLD, "", false),
        (OLD, "", true),
    ];
    assert_eq!(asked, BTreeSet::from(expected));
}

#[test]
fn an_object_is_one_request_in_path_style_on_an_endpoint_of_ones_own() {
    let fake = Fake::start();
    fake.object("my.bucket", "dir/a+c=ü.env", "NAME=value\n");
    let seen = seen(run(&fake).args(["--from", "s3://my.bucket/dir/a+c=ü.env"]));
    assert_eq!(seen["NAME"], "value");
    let calls = fake.all_calls();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].request.path, "/my.bucket/dir/a%2Bc%3D%C3%BC.env");
    assert_eq!(calls[0].op, Op::GetObject);
}

#[test]
fn an_object_is_asked_at_the_version_named() {
    let fake = Fake::start();
    fake.object_version("b", "k.env", "old-version", "NAME=old\n")
        .object("b", "k.env", "NAME=new\n");
    let seen = seen(
        run(&fake)
            .args(["--from", "s3://b/k.env?versionId=old-version&prefix=OLD_"])
            .args(["--from", "s3://b/k.env"]),
    );
    assert_eq!((&*seen["OLD_NAME"], &*seen["NAME"]), ("old", "new"));
    let calls = fake.calls(Op::GetObject);
    let versions: BTreeSet<Option<String>> = calls
        .iter()
        .map(|call| {
            let pairs = call.request.query_pairs();
            let version = pairs.iter().find(|(name, _)| name == "versionId");
            version.map(|(_, value)| value.clone())
        })
        .collect();
    assert_eq!(
        versions,
        BTreeSet::from([None, Some("old-version".to_owned())])
    );
}

#[test]
fn an_empty_page_with_a_token_is_not_the_end_of_a_path() {
    let fake = Fake::start();
    for number in 0..25 {
        fake.secure(&format!("/app/s{number:02}"), &format!("value {number:02}"));
    }
    fake.empty_pages(2).secure("/apple/no", "not below /app");
    let seen = seen(run(&fake).args(["--from", "ssm:///app/"]));
    for number in 0..25 {
        assert_eq!(seen[&format!("S{number:02}")], format!("value {number:02}"));
    }
    assert!(!seen.contains_key("NO"));
    let calls = fake.calls(Op::GetParametersByPath);
    assert_eq!(calls.len(), 9, "three pages, each after two empty ones");
    assert!(
        calls
            .iter()
            .all(|call| call.json["Recursive"] == json!(true))
    );
    assert_eq!(calls[0].json.get("NextToken"), None);
}

#[test]
fn a_path_is_asked_in_pages_of_ten_and_with_its_last_slash() {
    let fake = Fake::start();
    fake.secure("/app/db/host", "h");
    seen(run(&fake).args(["--from", "ssm:///app/"]));
    let calls = fake.all_calls();
    // A policy on `parameter/app/*` covers it only so.
    assert_eq!(calls[0].text("Path"), Some("/app/"));
    assert_eq!(calls[0].json["MaxResults"], json!(10));
}

#[test]
fn every_answer_reaches_who_asked_for_it_whatever_its_place() {
    let fake = Fake::start();
    // Asked in the order of the variables, answered in that of the names.
    fake.secure("/z", "of z")
        .secure("/a", "of a")
        .secure("/m", "of m");
    let seen = seen(
        run(&fake)
            .env("ONE", "ssm:///z")
            .env("THREE", "ssm:///a")
            .env("TWO", "ssm:///m")
            .env("ABSENT", "ssm:///q?default=fallback"),
    );
    assert_eq!(
        ["ONE", "TWO", "THREE", "ABSENT"].map(|name| &*seen[name]),
        ["of z", "of m", "of a", "fallback"]
    );
}

#[test]
fn a_name_its_version_and_its_label_come_in_one_call() {
    let fake = Fake::start();
    fake.parameter_version("/app/key", 1, "first")
        .parameter_version("/app/key", 2, "second")
        .parameter_version("/app/key", 3, "third")
        .label("/app/key", 2, "stable");
    let seen = seen(
        run(&fake)
            .env("LATEST", "ssm:///app/key")
            .env("FIRST", "ssm:///app/key:1")
            .env("STABLE", "ssm:///app/key:stable")
            .env("NONE", "ssm:///app/key:9?default=none"),
    );
    assert_eq!(
        ["LATEST", "FIRST", "STABLE", "NONE"].map(|name| &*seen[name]),
        ["third", "first", "second", "none"]
    );
    assert_eq!(fake.all_calls().len(), 1);
}

#[test]
fn a_shared_parameter_of_another_account_is_told_from_ones_own_of_the_same_name() {
    let fake = Fake::start();
    fake.secure("/shared/key", "own");
    let theirs = fake.in_account(OTHER_ACCOUNT);
    theirs.secure("/shared/key", "theirs").share("/shared/key");
    fake.secure("/shared/key", "own");
    let arn = |account: &str| format!("ssm://arn:aws:ssm:{REGION}:{account}:parameter/shared/key");
    let seen = seen(
        run(&fake)
            .env("BY_NAME", "ssm:///shared/key")
            .env("THEIRS", arn(OTHER_ACCOUNT)),
    );
    assert_eq!((&*seen["BY_NAME"], &*seen["THEIRS"]), ("own", "theirs"));
}

#[test]
fn a_role_is_assumed_once_whatever_regions_and_rounds_it_is_asked_in() {
    let role = format!("arn:aws:iam::{OTHER_ACCOUNT}:role/reader");
    let fake = Fake::start();
    let file = format!("LATER=ssm:///theirs/2?role={role}\n");
    fake.object("bucket", "app.env", file).role(&role);
    fake.in_account(OTHER_ACCOUNT)
        .secure("/theirs/1", "one")
        .secure("/theirs/2", "two");
    let seen = seen(
        run(&fake)
            .env("HERE", format!("ssm:///theirs/1?role={role}"))
            .env(
                "AWAY",
                format!("ssm:///theirs/2?role={role}&region=us-east-1"),
            )
            .args(["--from", "s3://bucket/app.env"]),
    );
    let values = ["HERE", "AWAY", "LATER"].map(|name| &*seen[name]);
    assert_eq!(values, ["one", "two", "two"]);
    assert_eq!(fake.calls(Op::AssumeRole).len(), 1);
}

#[test]
fn a_role_is_assumed_once_and_signs_what_is_asked_under_it() {
    let role = format!("arn:aws:iam::{OTHER_ACCOUNT}:role/reader");
    let fake = Fake::start();
    fake.secure("/own", "own").role(&role);
    fake.in_account(OTHER_ACCOUNT)
        .secure("/theirs/1", "one")
        .secure("/theirs/2", "two")
        .secure("/bulk/key", "bulk");
    let seen = seen(
        run(&fake)
            .env("OWN", "ssm:///own")
            .env("ONE", format!("ssm:///theirs/1?role={role}"))
            .env("TWO", format!("ssm:///theirs/2?role={role}"))
            .args(["--from", &format!("ssm:///bulk/?role={role}")]),
    );
    assert_eq!(
        ["OWN", "ONE", "TWO", "KEY"].map(|name| &*seen[name]),
        ["own", "one", "two", "bulk"]
    );
    let assumed = fake.calls(Op::AssumeRole);
    assert_eq!(assumed.len(), 1);
    assert_eq!(assumed[0].access_key(), Some(ACCESS_KEY_ID));
    assert_eq!(assumed[0].region(), Some(REGION));
    assert_eq!(
        assumed[0].form("RoleSessionName").as_deref(),
        Some("paramexec")
    );
    for call in fake.calls(Op::GetParameters) {
        let own = call.names() == ["/own"];
        assert_eq!(call.access_key() == Some(ACCESS_KEY_ID), own);
        assert_eq!(call.session_token().is_none(), own);
    }
    assert_eq!(fake.calls(Op::GetParameters).len(), 2);
    assert_eq!(fake.calls(Op::GetParametersByPath).len(), 1);
}

#[test]
fn a_dotenv_objects_references_are_asked_in_a_second_round_on_the_same_connection() {
    let fake = Fake::start();
    fake.secure("/db", "from a parameter")
        .object("b", "k.env", "DB=ssm:///db\nPLAIN=text\n");
    let seen = seen(run(&fake).args(["--from", "s3://b/k.env"]));
    assert_eq!(
        (&*seen["DB"], &*seen["PLAIN"]),
        ("from a parameter", "text")
    );
    assert_eq!(fake.connections(), 1);
}

#[test]
fn with_nothing_to_fetch_nothing_is_asked() {
    let fake = Fake::start();
    run(&fake)
        .env("LITERAL", "s3://is/everyday")
        .shell(r#"printf '%s' "$LITERAL""#)
        .expect_stdout("s3://is/everyday")
        .check();
    assert_eq!(fake.connections(), 0);
}

#[test]
fn nothing_is_fetched_for_a_variable_that_the_environment_holds() {
    let fake = Fake::start();
    fake.secure("/fetched", "fetched")
        .secure("/held", "not asked");
    let folder = crate::support::temp::TempDir::new();
    let manifest = folder.file("env", "HELD=ssm:///held\nFETCHED=ssm:///fetched\n");
    let seen = seen(
        run(&fake)
            .env("HELD", "literal")
            .arg("--manifest")
            .arg(manifest),
    );
    assert_eq!((&*seen["HELD"], &*seen["FETCHED"]), ("literal", "fetched"));
    assert_eq!(names(&fake.all_calls()), [["/fetched"]]);
}

#[test]
fn the_user_agent_names_the_sdk_and_nothing_of_the_run() {
    let fake = Fake::start();
    fake.secure("/very/private", "value");
    seen(
        run(&fake)
            .env("PRIVATE_NAME", "ssm:///very/private")
            .env("HOSTNAME", "private-host")
            .env("USER", "private-user"),
    );
    let calls = fake.all_calls();
    let headers = &calls[0].request.headers;
    let agents: Vec<&str> = headers
        .iter()
        .filter(|(name, _)| name.to_ascii_lowercase().ends_with("user-agent"))
        .map(|(_, value)| value.as_str())
        .collect();
    assert!(!agents.is_empty());
    for agent in agents {
        assert!(agent.contains("aws-sdk-rust/"), "{agent}");
        assert!(agent.len() < 256 && agent.is_ascii(), "{agent}");
        for private in ["private", "PRIVATE_NAME", "env"] {
            assert!(!agent.contains(private), "{private:?} in {agent}");
        }
    }
}

#[test]
fn secrets_that_aws_manages_are_found_by_name_and_by_arn() {
    let (fake, folder) = (Fake::start(), TempDir::new());
    for name in ["rds!db-1a2b", "rds!cluster-1a2b", "ecs-sc!cf-1"] {
        let text = json!({ "username": "shop", "password": format!("of {name}") });
        fake.secret(name, &text.to_string());
    }
    let arn = fake.secret_arn("rds!db-1a2b", REGION);
    let definition =
        json!({ "secrets": [{ "name": "D", "valueFrom": format!("{arn}:password::") }] });
    folder.file("task.json", definition.to_string());
    run(&fake)
        .current_dir(folder.path())
        .env("A", "secretsmanager://rds!db-1a2b#password")
        .env("B", format!("secretsmanager://{arn}#username"))
        .env("C", &arn)
        .env("E", "secretsmanager://ecs-sc!cf-1#password")
        .args(["--resolve-arns", "--manifest", "task.json"])
        .args(["--from", "secretsmanager://rds!cluster-1a2b?prefix=F_"])
        .shell(r#"echo "$A/$B/$C/$D/$E/$F_password""#)
        .expect_stdout(
            "of rds!db-1a2b/shop/{\"password\":\"of rds!db-1a2b\",\"username\":\"shop\"}/of rds!db-1a2b/of ecs-sc!cf-1/of rds!cluster-1a2b\n",
        )
        .check();
}
