//! Where there is too little of something: descriptors, time, readers.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use nix::sys::signal::Signal;

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
fn a_manifest_of_a_hundred_thousand_lines_is_read_in_no_time_and_told_in_few_lines() {
    let numbered = |line: fn(usize) -> String| (0..100_000).map(line).collect::<String>();
    for (text, says) in [
        (
            numbered(|_| "A=ssm:///app/key\n".to_owned()),
            "named a second time",
        ),
        (numbered(|_| "nonsense\n".to_owned()), "has no \"=\""),
        (
            numbered(|number| format!("A{number}=ssm://app/key{number}\n")),
            "begins with a slash",
        ),
        (
            numbered(|number| format!("A{number}=smm:///app/key{number}\n")),
            "misspelt",
        ),
    ] {
        let ground = Ground::new();
        let run = |run: Paramexec| {
            let outcome = run.arg("/bin/true").run();
            let shown = outcome.stderr.len();
            assert!(shown < 64 << 10, "{says}: {shown} bytes");
            assert!(outcome.elapsed < QUICK, "{says}: {:?}", outcome.elapsed);
            outcome
        };
        let outcome = run(ground.manifest(&text));
        assert_eq!(outcome.code(), Some(65), "{says}: {}", outcome.stderr());
        assert!(outcome.stderr().contains(says), "{}", outcome.stderr());
        // Of lines that dotenv reads, the last wins.
        run(ground.dotenv(&text));
    }
}

#[test]
fn a_manifest_of_a_hundred_thousand_literals_starts() {
    let text: String = (0..100_000)
        .map(|number| format!("A{number}=1\n"))
        .collect();
    let outcome = Ground::new().manifest(&text).arg("/bin/true").run();
    assert_eq!(outcome.code(), Some(0), "{}", outcome.stderr());
    assert!(outcome.elapsed < QUICK, "{:?}", outcome.elapsed);
}

#[test]
fn many_missing_names_beside_many_found_ones_cost_no_time() {
    let ground = Ground::new();
    let mut lines = String::new();
    for number in 0..2_000 {
        let name = format!("/many/parameter-{number:04}");
        ground.fake.secure(&name, "value");
        let _ = writeln!(lines, "F{number}=ssm://{name}");
        let _ = writeln!(
            lines,
            "M{number}=ssm:///many/parametre-{number:04}?optional"
        );
    }
    // What is slow is the fake, which is told of after 5 s.
    let run = ground.manifest(&lines).env("PARAMEXEC_TIMEOUT", "50s");
    let outcome = run.arg("/bin/true").run();
    assert_eq!(outcome.code(), Some(0), "{}", outcome.stderr());
}

/// Far more than an optimized binary needs.
const QUICK: Duration = Duration::from_secs(20);

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

#[test]
fn a_limit_on_the_size_of_files_is_told() {
    let ground = Ground::new();
    let run = ground.run().env("DB", "ssm:///app/key?file");
    let run = limited(run, "ulimit -f 0").arg("/bin/true");
    run.expect_code(78)
        .expect_stderr_containing("no file in memory can be made: File too large")
        .check();
    // Blocks of 512 bytes, far fewer than the binary has.
    let run = limited(ground.run(), "ulimit -f 8").arg("--install");
    run.arg(ground.folder.path())
        .expect_code(65)
        .expect_stderr_containing("file too large")
        .check();
    let left = std::fs::read_dir(ground.folder.path()).expect("the folder is there");
    assert_eq!(left.count(), 0);
    // For the command the signal is as it was.
    let run = limited(ground.run(), "ulimit -f 0").shell("echo x > file");
    run.expect_signal(Signal::SIGXFSZ).check();
}

#[test]
fn a_closed_stream_is_no_end_without_a_word_where_there_is_no_dev_null() {
    for closed in ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"] {
        let ground = Ground::new();
        let hide = format!("mount -t tmpfs none /dev && exec \"$@\" {closed}");
        let unshare = without_dev();
        let script = ["/bin/sh", "-c", &hide, "sh"].map(str::to_owned);
        let run = |run: Paramexec| run.wrapped_in([&unshare[..], &script].concat()).run();
        let shell =
            "for stream in 0 1 2; do test -e /proc/$$/fd/$stream || n=$n$stream; done; exit 4$n";
        let outcome = run(ground.run().env("DB", "ssm:///app/key").shell(shell));
        let expected = match closed {
            "0<&-" => 40,
            "1>&-" => 41,
            "2>&-" => 42,
            _ => 4012 % 256,
        };
        assert_eq!(
            outcome.code(),
            Some(expected),
            "{closed}: {}",
            outcome.stderr()
        );
        let outcome = run(ground.run().env("DB", "ssm:///app/none").shell("exit 9"));
        assert_eq!(outcome.code(), Some(66), "{closed}: {}", outcome.stderr());
    }
}

fn without_dev() -> Vec<String> {
    crate::support::namespace::with_own_mounts()
        .into_iter()
        .map(str::to_owned)
        .collect()
}
