//! Where there is too little of something: descriptors, time, readers.

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

const FILES: &[Attack] = &[
    (
        "B5 a manifest that never ends",
        65,
        &["/dev/zero"],
        |ground| ground.run().args(["--manifest", "/dev/zero"]),
    ),
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
