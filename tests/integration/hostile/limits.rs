//! Where there is too little of something: descriptors, time, readers.

use std::path::PathBuf;

use super::server::answer;
use super::{Attack, Ground, withstands};
use crate::support::run::Paramexec;

/// Under these limits of the shell.
fn limited(run: Paramexec, limit: &str) -> Paramexec {
    run.wrapped_in(["/bin/sh", "-c", &format!("{limit}; exec \"$@\""), "sh"])
}

#[test]
fn connections_that_are_idle_are_closed_when_descriptors_run_out() {
    let ground = Ground::new();
    ground.fake.any_signature();
    let run = (0..50).fold(ground.run(), |run, number| {
        let region = format!("eu-west-{}", number + 1);
        run.env(
            format!("V{number}"),
            format!("ssm:///app/key?region={region}"),
        )
    });
    limited(run, "ulimit -n 20")
        .env("PARAMEXEC_TIMEOUT", "10s")
        .arg("/bin/true")
        .check();
}

#[test]
fn a_file_that_never_ends_or_never_comes_ends_with_the_budget() {
    withstands(FILES);
}

fn fifo(ground: &Ground) -> PathBuf {
    let path = ground.folder.path().join("fifo");
    nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).expect("a FIFO");
    path
}

fn bundle(ground: &Ground, path: PathBuf) -> Paramexec {
    let run = ground.run().env("AWS_ENDPOINT_URL", "https://127.0.0.1:1");
    run.env("AWS_CA_BUNDLE", path).env("DB", "ssm:///app/key")
}

fn token(ground: &Ground, path: PathBuf) -> Paramexec {
    without_keys(ground)
        .env("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/web")
        .env("AWS_WEB_IDENTITY_TOKEN_FILE", path)
}

fn without_keys(ground: &Ground) -> Paramexec {
    let run = ground.run().env("DB", "ssm:///app/key");
    run.env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY")
}

/// What comes in time by a pipe is read, from its writer's first byte to its last.
#[test]
fn a_pipe_that_is_written_to_is_a_manifest() {
    let ground = Ground::new();
    let path = fifo(&ground);
    let running = ground
        .run()
        .arg("--manifest")
        .arg(&path)
        .shell("echo $A")
        .spawn();
    std::fs::write(&path, "A=written\n").expect("write to the pipe");
    let outcome = running.wait();
    assert_eq!(
        (outcome.code(), outcome.stdout().as_str()),
        (Some(0), "written\n")
    );
}

const FILES: &[Attack] = &[
    (
        "B5 a manifest that never ends",
        65,
        &["/dev/zero"],
        |ground| ground.run().args(["--manifest", "/dev/zero"]),
    ),
    (
        "B5 a manifest that is a FIFO",
        75,
        &["manifest", "does not end within the timeout"],
        |ground| ground.run().arg("--manifest").arg(fifo(ground)),
    ),
    ("B5 a dotenv file that is a FIFO", 75, &["fifo"], |ground| {
        fifo(ground);
        ground.run().args(["--from", "file:fifo"])
    }),
    ("B5 a mock file that is a FIFO", 75, &["fifo"], |ground| {
        fifo(ground);
        ground.run().arg("--mock=fifo").env("DB", "ssm:///app/key")
    }),
    (
        "B5 a bundle that is a FIFO",
        78,
        &["AWS_CA_BUNDLE"],
        |ground| bundle(ground, fifo(ground)),
    ),
    (
        "B5 a bundle that never ends",
        78,
        &["AWS_CA_BUNDLE"],
        |ground| bundle(ground, "/dev/zero".into()),
    ),
    (
        "B5 a token that is a FIFO",
        78,
        &["AWS_WEB_IDENTITY_TOKEN_FILE", "not a regular file"],
        |ground| token(ground, fifo(ground)),
    ),
    (
        "B5 a token that never ends",
        78,
        &["AWS_WEB_IDENTITY_TOKEN_FILE", "not a regular file"],
        |ground| token(ground, "/dev/zero".into()),
    ),
    (
        "B5 a token that is too large",
        78,
        &["AWS_WEB_IDENTITY_TOKEN_FILE", "larger than 1 MiB"],
        |ground| {
            ground.folder.file("token", "x".repeat(2 << 20));
            token(ground, ground.folder.path().join("token"))
        },
    ),
    (
        "B5 a profile's token that is a FIFO",
        78,
        &["web_identity_token_file"],
        |ground| {
            let text = format!(
                "[default]\nrole_arn = arn:aws:iam::111122223333:role/web\nweb_identity_token_file = {}\n",
                fifo(ground).display()
            );
            ground.folder.file("config", text);
            without_keys(ground).env("AWS_CONFIG_FILE", ground.folder.path().join("config"))
        },
    ),
    (
        "B5 a container's token that is a FIFO",
        78,
        &["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"],
        |ground| {
            without_keys(ground)
                .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/")
                .env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", fifo(ground))
        },
    ),
    (
        "B5 profiles that never end",
        78,
        &["AWS_CONFIG_FILE"],
        |ground| {
            ground
                .run()
                .env("AWS_CONFIG_FILE", "/dev/zero")
                .env("DB", "ssm:///app/key")
        },
    ),
    (
        "B5 keys of profiles that are a FIFO",
        78,
        &["~/.aws"],
        |ground| {
            ground.folder.file(".aws/config", "");
            let path = ground.folder.path().join(".aws/credentials");
            nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).expect("a FIFO");
            ground
                .run()
                .env("HOME", ground.folder.path())
                .env("DB", "ssm:///app/key")
        },
    ),
    ("B5 no profiles", 0, &[], |ground| {
        ground
            .run()
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .env("DB", "ssm:///app/key")
    }),
    (
        "B7 throttling to the end of the budget",
        75,
        &["throttled"],
        |ground| {
            let run = ground.answered_by(|_, _| {
                answer(
                    400,
                    "Content-Type: application/x-amz-json-1.1\r\n",
                    r#"{"__type":"ThrottlingException"}"#,
                )
            });
            run.env("DB", "ssm:///app/key")
        },
    ),
];
