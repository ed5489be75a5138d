//! What `--check`, `--plan` and `--iam-policy` say must be what the run does.

use serde_json::{Value, json};

use super::{Attack, Ground, withstands};
use crate::support::run::Paramexec;

/// A command that cannot start, and the code with which it does not.
type Command = (&'static str, i32, fn(&Ground) -> Paramexec);

const COMMANDS: &[Command] = &[
    ("E an ELF of another architecture", 126, |ground| {
        // No machine has this number, so nobody has registered an emulator for it.
        let mut elf = std::fs::read("/bin/true").expect("/bin/true can be read");
        elf[18..20].copy_from_slice(&[0xff, 0x7f]);
        executable(ground, &elf)
    }),
    ("E an ELF cut short", 126, |ground| {
        let elf = std::fs::read("/bin/true").expect("/bin/true can be read");
        executable(ground, &elf[..40])
    }),
    ("E an ELF of four bytes", 126, |ground| {
        executable(ground, b"\x7fELF")
    }),
    ("E a script that is its own interpreter", 126, |ground| {
        let path = ground.folder.path().join("command");
        executable(ground, format!("#!{}\n", path.display()).as_bytes())
    }),
    ("E an interpreter that is a folder", 126, |ground| {
        executable(ground, b"#!/etc\n")
    }),
    ("E an interpreter that is missing", 126, |ground| {
        executable(ground, b"#!/none/sh\n")
    }),
    ("E an interpreter without a name", 0, |ground| {
        executable(ground, b"#!\nexit 0\n")
    }),
    ("E a script without a first line", 0, |ground| {
        executable(ground, b"exit 0\n")
    }),
    ("E an empty file", 0, |ground| executable(ground, b"")),
    ("E a path below a file", 127, |ground| {
        ground.run().arg("/etc/passwd/x")
    }),
    ("E a name that is too long", 127, |ground| {
        ground.run().arg(format!("/{}", "x".repeat(300)))
    }),
    ("E a path that is too long", 127, |ground| {
        ground.run().arg("/x".repeat(3_000))
    }),
    ("E a name too long for PATH", 127, |ground| {
        ground.run().env("PATH", "/bin").arg("x".repeat(300))
    }),
    ("E a loop of links", 126, |ground| {
        let path = ground.folder.path().join("loop");
        std::os::unix::fs::symlink(&path, &path).expect("a link");
        ground.run().arg(path)
    }),
    ("E a folder", 126, |ground| ground.run().arg("/etc")),
    ("E a device", 126, |ground| ground.run().arg("/dev/null")),
    ("E an empty word", 127, |ground| ground.run().arg("")),
    ("E nothing of that name", 127, |ground| {
        ground.run().arg("/none/command")
    }),
];

fn executable(ground: &Ground, bytes: &[u8]) -> Paramexec {
    let path = ground.folder.script("command", "");
    std::fs::write(&path, bytes).expect("the script can be written");
    ground.run().arg(path)
}

#[test]
fn a_check_of_a_command_ends_as_its_run_does_and_says_so_in_json() {
    let mut differences = Vec::new();
    for (name, code, arrange) in COMMANDS {
        let run = |check: &str, format: &str| {
            let ground = Ground::new();
            let run = arrange(&ground).env("PARAMEXEC_CHECK", check);
            run.env("PARAMEXEC_FORMAT", format).run()
        };
        let report = run("1", "json").stdout;
        let report: Value = serde_json::from_slice(&report).unwrap_or_default();
        let problems = report["problems"].as_array().map_or(0, Vec::len);
        let ended = (
            run("0", "text").code(),
            run("1", "text").code(),
            &report["exit_code"],
            problems,
        );
        if ended
            != (
                Some(*code),
                Some(*code),
                &json!(code),
                usize::from(*code != 0),
            )
        {
            differences.push(format!(
                "{name}: {code} expected of run, check and report: {ended:?}"
            ));
        }
    }
    assert!(differences.is_empty(), "{differences:#?}");
}

#[test]
fn a_report_is_written_whole_or_the_run_says_that_it_is_not() {
    for option in [
        "--plan",
        "--check",
        "--iam-policy",
        "--mock-template",
        "--help",
        "--version",
    ] {
        let ground = Ground::new();
        let run = ground
            .run()
            .env("DB", "ssm:///app/key")
            .args([option, "/bin/true"]);
        let outcome = run
            .wrapped_in(["/bin/sh", "-c", "exec \"$@\" >/dev/full", "sh"])
            .run();
        assert_ne!(outcome.code(), Some(0), "{option}");
        assert!(
            !outcome.stderr().contains("panicked"),
            "{option}: {}",
            outcome.stderr()
        );
    }
}

#[test]
fn what_is_asked_for_wrongly_is_refused() {
    withstands(WRONG);
}

const WRONG: &[Attack] = &[
    (
        "E an account without a policy",
        64,
        &["--account"],
        |ground| ground.run().args(["--account", "111122223333"]),
    ),
    (
        "E a partition without a policy",
        64,
        &["--partition"],
        |ground| ground.run().args(["--partition", "aws"]),
    ),
    (
        "E an endpoint's port that is none",
        78,
        &["99999"],
        |ground| {
            ground
                .run()
                .env("AWS_ENDPOINT_URL", "http://127.0.0.1:99999")
                .env("DB", "ssm:///app/key")
        },
    ),
    ("E TRUE is a boolean", 0, &["mock"], |ground| {
        ground
            .run()
            .env("PARAMEXEC_MOCK", "TRUE")
            .env("DB", "ssm:///app/key")
    }),
    ("E y is a boolean", 0, &["mock"], |ground| {
        ground
            .run()
            .env("PARAMEXEC_MOCK", "y")
            .env("DB", "ssm:///app/key")
    }),
    ("E False is a boolean", 0, &[], |ground| {
        ground
            .run()
            .env("PARAMEXEC_MOCK", "False")
            .env("DB", "ssm:///app/key")
    }),
    ("E n is a boolean", 0, &[], |ground| {
        ground
            .run()
            .env("PARAMEXEC_MOCK", "n")
            .env("DB", "ssm:///app/key")
    }),
];

#[test]
fn a_check_in_json_prints_json_even_without_its_mock_file() {
    let ground = Ground::new();
    let run = ground
        .run()
        .args(["--check", "--format=json", "--mock=/no", "/bin/true"]);
    let outcome = run.env("DB", "ssm:///app/key").run();
    assert_eq!(outcome.code(), Some(66));
    let report: Value = serde_json::from_slice(&outcome.stdout).expect("JSON");
    assert_eq!(report["exit_code"], 66);
}

#[test]
fn a_policy_allows_what_the_run_asks_and_to_say_what_is_missing() {
    for (reference, holds) in [
        (
            "ssm:///aws/service/ami-amazon-linux-latest/x",
            &["arn:aws:ssm:eu-west-1::parameter/aws/service/ami-amazon-linux-latest/x"][..],
        ),
        (
            "ssm:///aws/reference/secretsmanager/prod/db",
            &[
                "arn:aws:ssm:eu-west-1:111122223333:parameter/aws/reference/secretsmanager/prod/db",
                "\"secretsmanager:GetSecretValue\"",
                "secret:prod/db-??????",
            ],
        ),
        (
            "secretsmanager://prod/db?optional",
            &["secret:prod/db\"", "secret:prod/db-??????"],
        ),
        (
            "secretsmanager://prod/db?default=x",
            &["secret:prod/db\"", "secret:prod/db-??????"],
        ),
        ("s3://b/k.env?versionId=1", &["\"s3:GetObjectVersion\""]),
        (
            "s3://b/k.env?optional",
            &["\"s3:ListBucket\"", "\"arn:aws:s3:::b\""],
        ),
    ] {
        let ground = Ground::new();
        let run = ground
            .run()
            .args(["--iam-policy", "--account=111122223333"]);
        let run = if reference.starts_with("s3:") {
            run.args(["--from", reference])
        } else {
            run.env("DB", reference)
        };
        let printed = run.arg("/bin/true").run().stdout();
        for text in holds {
            assert!(printed.contains(text), "{text} for {reference}: {printed}");
        }
    }
}

#[test]
fn a_policy_allows_no_more_than_that() {
    for (reference, lacks) in [
        ("secretsmanager://prod/db", "secret:prod/db\""),
        ("ssm:///aws/service/x", "kms:Decrypt"),
        ("ssm:///aws/service/x", "111122223333"),
        ("ssm:///app/x?optional", "s3:ListBucket"),
    ] {
        let ground = Ground::new();
        let run = ground.run().env("DB", reference);
        let run = run.args(["--iam-policy", "--account=111122223333", "/bin/true"]);
        let printed = run.run().stdout();
        assert!(
            !printed.contains(lacks),
            "{lacks} for {reference}: {printed}"
        );
    }
}
