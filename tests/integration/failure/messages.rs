//! What is said of every failure and of every other mistake: `messages.txt` is read by people before it changes.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::table::FAILURES;
use super::{Arrange, Stage};
use crate::support::run::Paramexec;

const REVIEWED: &str = include_str!("messages.txt");

const MISTAKES: &[(&str, Arrange)] = &[
    // Options.
    ("a mistyped option", |stage| stage.bare().arg("--manfest=x")),
    ("a mistyped value", |stage| {
        stage.bare().arg("--existing=kepp")
    }),
    ("a mistyped value in a variable", |stage| {
        stage.bare().env("PARAMEXEC_FORMAT", "jsn")
    }),
    ("a mistyped variable", |stage| {
        stage.bare().env("PARAMEXEC_MANIFST", "x")
    }),
    ("an option of another program", |stage| {
        stage.bare().args(["--region", "eu-west-1"])
    }),
    ("a value that is no time", |stage| {
        stage.bare().arg("--timeout=5 minutes")
    }),
    ("an option without its value", |stage| {
        stage.bare().arg("--from")
    }),
    ("a flag with a value", |stage| {
        stage.bare().arg("--pristine=yes")
    }),
    // References.
    ("a hierarchy without its slash", |stage| {
        stage.bare().env("A", "ssm://shop/db")
    }),
    ("a reference with one slash", |stage| {
        stage.bare().args(["--from", "ssm:/shop/"])
    }),
    ("an unknown scheme", |stage| {
        stage.bare().args(["--from", "smm:///shop/"])
    }),
    ("a file without its scheme", |stage| {
        stage.bare().args(["--from", "app.env"])
    }),
    ("a path without its scheme", |stage| {
        stage.bare().args(["--from", "/shop/"])
    }),
    ("a misspelt scheme in the environment", |stage| {
        stage.bare().env("A", "SSM:///shop/a")
    }),
    ("a misspelt scheme in a manifest", |stage| {
        in_manifest(stage, "A=secretmanager://shop\nB=SSM:///shop/a")
    }),
    ("a mistyped option of a reference", |stage| {
        stage.bare().env("A", "ssm:///a?defualt=x")
    }),
    ("an option behind the key", |stage| {
        stage.bare().env("A", "secretsmanager://a#key?optional")
    }),
    ("a key behind a colon", |stage| {
        stage.bare().env("A", "secretsmanager://shop:key")
    }),
    ("an ARN that is cut short", |stage| {
        stage.bare().env("A", "ssm://arn:aws:ssm:eu-west-1")
    }),
    ("a path for one variable", |stage| {
        stage.bare().env("A", "ssm:///shop/")
    }),
    ("an ARN for a path", |stage| {
        stage
            .bare()
            .args(["--from", "arn:aws:ssm:eu-west-1:111122223333:parameter/a/"])
    }),
    ("a bucket alone", |stage| {
        stage.bare().args(["--from", "s3://bucket"])
    }),
    ("an empty name in a path", |stage| {
        stage
            .bare()
            .env("STAGE", "")
            .args(["--from", "ssm:///shop/${STAGE}/db/"])
    }),
    ("an unset name in a path", |stage| {
        stage.bare().args(["--from", "ssm:///shop/${STAGE}/"])
    }),
    ("a dollar alone", |stage| {
        stage.bare().args(["--from", "ssm:///shop/$STAGE/"])
    }),
    ("a template with an unknown name", |stage| {
        stage
            .bare()
            .env("DB_PASSWORD", "x")
            .env("A", "template:postgres://app:{DB_PASWORD|url}@db/shop")
            .env("B", "template:{NONE}")
    }),
    ("a template with a name that is left out", |stage| {
        stage
            .bare()
            .env("DB", "ssm:///none?optional")
            .env("A", "template:x://{DB|url}")
    }),
    // Files.
    ("no such manifest", |stage| {
        stage.bare().args(["--manifest", "shop.manifst"])
    }),
    ("a folder for a manifest", |stage| {
        stage.bare().args(["--manifest", "."])
    }),
    ("no such dotenv file", |stage| {
        stage.bare().args(["--from", "file:none.env"])
    }),
    ("dotenv lines that libraries read differently", |stage| {
        let lines = [
            "GREETING=hello world",
            "PASSWORD=p#ss",
            "DOLLARS=pa$$word",
            "HOME_URL=https://$HOST/",
            "PORT=${PORT:-3000}",
            "TODAY=$(date)",
            "SAID=\"say \\\"hi\\\"\"",
            "PATTERN=\\d+",
            "NAME=it's",
            "BOTH=it's \"so\"",
            "ESCAPED='it\\'s'",
            "KEPT='${HOST}'",
            "HOST_URL=${NO_HOST}",
            "export =x",
            "MY-NAME=x",
            "KEY: value",
            "MORE=\"x\" y # a comment",
            "COMMENTED=a b # a comment",
            "OPEN=\"x",
        ];
        stage.folder.file("odd.env", lines.join("\n"));
        stage.bare().args(["--from", "file:odd.env"])
    }),
    ("a JSON object for a dotenv file", |stage| {
        stage
            .folder
            .file("app.json", "{\n  \"KEY\": \"value\"\n}\n");
        stage.bare().args(["--from", "file:app.json"])
    }),
    ("a dotenv file written for docker", |stage| {
        let text = "GREETING=hello world\nPASSWORD=p#$s\nNAME=it's\nPLAIN=x\n";
        stage.folder.file("docker.env", text);
        stage.bare().args(["--from", "file:docker.env"])
    }),
    ("a mock file that lacks a name", |stage| {
        stage
            .bare()
            .env("A", "ssm:///app/kye")
            .arg("--mock=mock.json")
    }),
    // What stores hold.
    ("a mock file that has a similar name", |stage| {
        stage
            .bare()
            .env("KEY", "ssm:///ap/key")
            .arg("--mock=mock.json")
    }),
    ("a missing parameter with a similar name", |stage| {
        stage.fake.secure("/app/db/password", "x");
        stage
            .bare()
            .env("A", "ssm:///app/db/password")
            .env("B", "ssm:///app/db/pasword")
    }),
    (
        "a missing parameter with a similar name below a path",
        |stage| {
            stage
                .bare()
                .env("A", "ssm:///app/path/belwo")
                .args(["--from", "ssm:///app/path/"])
        },
    ),
    ("a missing secret with a similar name", |stage| {
        stage
            .bare()
            .env("A", "secretsmanager://json#password")
            .env("B", "secretsmanager://jsn#password")
    }),
    ("a missing version", |stage| {
        stage.bare().env("A", "ssm:///app/key:9")
    }),
    ("a missing key with a similar name", |stage| {
        stage.bare().env("A", "secretsmanager://json#passwrd")
    }),
    ("a secret that is no JSON", |stage| {
        stage.bare().env("A", "secretsmanager://whole#key")
    }),
    ("a secret that is binary", |stage| {
        stage.fake.secret_binary("binary", &[0, 1]);
        stage.bare().env("A", "secretsmanager://binary")
    }),
    ("a secret that is being deleted", |stage| {
        stage
            .fake
            .secret("gone", "x")
            .secret_pending_deletion("gone");
        stage.bare().env("A", "secretsmanager://gone")
    }),
    ("two parameters of one name", |stage| {
        stage.fake.secure("/two/a-b", "x").secure("/two/a/b", "x");
        stage.bare().args(["--from", "ssm:///two/"])
    }),
    ("what the loader obeys", |stage| {
        stage.fake.secure("/loader/ld_preload", "x");
        stage.bare().args(["--from", "ssm:///loader/"])
    }),
    ("a secret of one value for many", |stage| {
        stage.bare().args(["--from", "secretsmanager://whole"])
    }),
    ("a path of nothing", |stage| {
        stage.bare().args(["--from", "ssm:///shpo/"])
    }),
    ("one parameter for a path", |stage| {
        stage.bare().args(["--from", "ssm:///app/key"])
    }),
    ("a missing object", |stage| {
        stage.bare().args(["--from", "s3://bucket/none.env"])
    }),
    ("a missing bucket", |stage| {
        stage.bare().args(["--from", "s3://bukcet/app.env"])
    }),
    ("an object that S3 may not say is missing", |stage| {
        stage.fake.unlistable("bucket");
        stage.bare().args(["--from", "s3://bucket/none.env"])
    }),
    ("an object in another region", |stage| {
        stage
            .fake
            .in_region("us-east-1")
            .object("elsewhere", "app.env", "A=1");
        stage.bare().args(["--from", "s3://elsewhere/app.env"])
    }),
    // AWS.
    ("a key that may not be used", |stage| {
        stage.fake.lock("/app/key");
        stage.bare()
    }),
    ("expired credentials", |stage| {
        stage
            .fake
            .expired_key("ASIAIOSFODNN7EXAMPLE", "secret-of-the-session", "token");
        session(stage, "ASIAIOSFODNN7EXAMPLE", "secret-of-the-session")
    }),
    ("credentials of nobody here", |stage| {
        session(stage, "ASIAIOSFODNN7EXAMPLE", "of-another-partition")
    }),
    ("a clock that is off", |stage| {
        stage.fake.clock_ahead(3600);
        stage.bare()
    }),
    ("a role that may not be assumed", |stage| {
        let role = "arn:aws:iam::111122223333:role/reader";
        stage.fake.role(role).deny(role);
        stage
            .bare()
            .env("KEY", format!("ssm:///app/key?role={role}"))
    }),
    ("a profile that does not exist", |stage| {
        stage
            .bare()
            .env_remove("AWS_ACCESS_KEY_ID")
            .env_remove("AWS_SECRET_ACCESS_KEY")
            .env("AWS_PROFILE", "shpo")
    }),
    ("a profile that gives nothing", |stage| {
        stage
            .folder
            .file(".aws/config", "[profile shop]\nregion = eu-west-1\n");
        stage
            .bare()
            .env_remove("AWS_ACCESS_KEY_ID")
            .env_remove("AWS_SECRET_ACCESS_KEY")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("HOME", stage.folder.path())
            .env("AWS_PROFILE", "shop")
    }),
    ("half of the keys", |stage| {
        stage
            .bare()
            .env_remove("AWS_SECRET_ACCESS_KEY")
            .env("AWS_EC2_METADATA_DISABLED", "true")
    }),
    ("a region that is none", |stage| {
        stage.bare().env("AWS_REGION", "eu west 1")
    }),
    ("nobody at the endpoint", |stage| {
        stage
            .bare()
            .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
            .args(["--timeout", "300ms"])
    }),
    ("a region with a blank behind it", |stage| {
        stage.bare().env("AWS_REGION", "eu-west-1 ")
    }),
    ("an endpoint without its scheme", |stage| {
        stage.bare().env("AWS_ENDPOINT_URL", "localhost:4566")
    }),
    ("an endpoint of another scheme", |stage| {
        stage
            .bare()
            .env("AWS_ENDPOINT_URL_SSM", "htp://localhost:4566")
    }),
    // The command.
    ("an inspection where the command begins", |stage| {
        stage.bare().args(["--", "--plan"])
    }),
    ("a command that begins with an option", |stage| {
        stage.bare().args(["--", "--port=80"])
    }),
    ("a script with CRLF line ends", |stage| {
        let path = stage.folder.file("start", "#!/bin/sh\r\nserver\r\n");
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
        stage.bare().arg("./start")
    }),
    ("a command in one word", |stage| {
        stage.bare().arg("cd /app && ./server")
    }),
    ("a mock file after a blank", |stage| {
        stage.bare().args(["--mock", "mock.json"])
    }),
    // Values.
    ("an empty mock file", |stage| {
        stage.folder.file("empty.json", "");
        stage.bare().arg("--mock=empty.json")
    }),
    ("a key in another case", |stage| {
        stage.bare().env("A", "secretsmanager://json#PASSWORD")
    }),
    ("a key that is like no other", |stage| {
        stage.bare().env("A", "secretsmanager://json#token")
    }),
    ("a secret with a slash too many", |stage| {
        stage.bare().env("A", "secretsmanager:///shop/db")
    }),
    ("a mocked secret with a slash too many", |stage| {
        stage
            .bare()
            .env("A", "secretsmanager:///json#password")
            .arg("--mock=mock.json")
    }),
    // Inspecting and installing.
    ("two inspections", |stage| {
        stage.bare().args(["--plan", "--iam-policy"])
    }),
    ("no folder to install to", |stage| {
        stage.bare().args(["--install", "none/paramexec"])
    }),
];

fn in_manifest(stage: &Stage, text: &str) -> Paramexec {
    stage.folder.file("shop.manifest", text);
    stage.bare().args(["--manifest", "shop.manifest"])
}

fn session(stage: &Stage, id: &str, secret: &str) -> Paramexec {
    stage
        .bare()
        .env("AWS_ACCESS_KEY_ID", id)
        .env("AWS_SECRET_ACCESS_KEY", secret)
        .env("AWS_SESSION_TOKEN", "token")
}

/// What differs from run to run: times, as AWS writes them.
fn settled(text: &str) -> String {
    let is_time = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        word.len() == 16 && word.ends_with('Z') && word.contains('T')
    };
    let lines = text.lines().map(|line| {
        let words = line.split(' ');
        let words = words.map(|word| if is_time(word) { "TIME" } else { word });
        words.collect::<Vec<_>>().join(" ")
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_message_is_as_it_was_reviewed() {
    let mut said = String::new();
    for (mistake, arrange) in FAILURES.iter().chain(MISTAKES) {
        let stage = Stage::new();
        let outcome = arrange(&stage).run();
        assert_eq!(outcome.stdout(), "", "{mistake}: the command was started");
        let code = outcome.code().expect("it ended by itself");
        let message = settled(&outcome.stderr());
        let _ = writeln!(said, "# {mistake}: {code}\n{message}\n");
    }
    if said != REVIEWED {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("messages.txt");
        std::fs::write(&place, &said).expect("the folder is there");
        panic!(
            "messages changed: compare {} with tests/integration/failure/messages.txt, and copy it there once each reads well",
            place.display()
        );
    }
}

#[test]
fn every_code_of_the_contract_has_its_failure() {
    for code in [64, 65, 66, 69, 75, 77, 78, 126, 127] {
        assert!(REVIEWED.contains(&format!(": {code}\n")), "{code}");
    }
}
