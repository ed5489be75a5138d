//! What the command finds: its PID, its words, its environment, and everything else as it was.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::symlink;

use crate::support::fake::Fake;
use crate::support::run::Paramexec;
use crate::support::temp::TempDir;

fn bytes(bytes: &[u8]) -> OsString {
    OsString::from_vec(bytes.to_vec())
}

/// A run that really fetches before it becomes the command.
fn fetching() -> (Fake, Paramexec) {
    let fake = Fake::start();
    fake.secure("/app/key", "fetched");
    let run = Paramexec::new()
        .endpoint(&fake)
        .env("KEY", "ssm:///app/key");
    (fake, run)
}

/// What a command prints when the test starts it itself.
fn without_paramexec(program: &str, arguments: &[&str]) -> String {
    Paramexec::new()
        .binary(program)
        .args(arguments)
        .run()
        .stdout()
}

#[test]
fn the_command_has_the_pid_that_paramexec_had() {
    let (_fake, run) = fetching();
    let outcome = run.shell("echo $$; echo $KEY").run();
    assert_eq!(outcome.stdout(), format!("{}\nfetched\n", outcome.pid));
}

#[test]
fn every_word_arrives_byte_for_byte_and_the_first_as_it_was_given() {
    let words: [&[u8]; 9] = [
        b"sh",
        b"-c",
        b"/bin/cat /proc/$$/cmdline",
        b"",
        b"\xff\xfe\x80",
        b" two  blanks ",
        b"--from",
        b"$HOME*\n'\"\\",
        b"",
    ];
    let outcome = Paramexec::new()
        .env("PATH", "/usr/bin:/bin")
        .args(words.map(bytes))
        .run();
    let expected: Vec<u8> = words
        .iter()
        .flat_map(|word| [word, &b"\0"[..]].concat())
        .collect();
    assert_eq!(
        outcome.stdout.escape_ascii().to_string(),
        expected.escape_ascii().to_string(),
        "{}",
        outcome.stderr()
    );
}

#[test]
fn a_relative_program_is_executed_from_the_working_directory() {
    let folder = TempDir::new();
    symlink("/bin/sh", folder.path().join("tool")).expect("make a link");
    Paramexec::new()
        .current_dir(folder.path())
        .args(["./tool", "-c", "echo $0", "./given"])
        .expect_stdout("./given\n")
        .check();
}

#[test]
fn inherited_variables_arrive_byte_for_byte() {
    let (_fake, run) = fetching();
    let outcome = run
        .env("EMPTY", "")
        .env(bytes(b"NAME_\xff"), "1")
        .env("VALUE", bytes(b"\xfe\n\x80= "))
        .env("a-b.c d", "odd name")
        .args(["/usr/bin/env", "-0"])
        .run();
    let printed = format!(
        "\0{}",
        outcome
            .stdout
            .escape_ascii()
            .to_string()
            .replace("\\x00", "\0")
    );
    for expected in [
        r"NAME_\xff=1",
        r"VALUE=\xfe\n\x80= ",
        "EMPTY=",
        "a-b.c d=odd name",
        "KEY=fetched",
    ] {
        assert!(
            printed.contains(&format!("\0{expected}\0")),
            "{expected} in {printed:?}"
        );
    }
    assert_eq!(
        printed.matches('\0').count() - 1,
        5 + Paramexec::ENDPOINT_NAMES.len()
    );
}

#[test]
fn empty_variables_of_aws_count_as_unset_and_reach_the_command() {
    let (_fake, run) = fetching();
    run.env("AWS_PROFILE", "")
        .env("AWS_SESSION_TOKEN", "")
        .env("AWS_ENDPOINT_URL_SSM", "")
        .args([
            "/bin/sh",
            "-c",
            "echo $KEY ${AWS_PROFILE-unset} ${AWS_ENDPOINT_URL_SSM-unset}.",
        ])
        .expect_stdout("fetched .\n")
        .check();
}

#[test]
fn the_resulting_path_finds_the_command() {
    let folder = TempDir::new();
    symlink("/bin/echo", folder.path().join("only-here")).expect("make a link");
    let path = folder.path().display();
    let manifest = folder.file("manifest", format!("PATH={path}\n"));
    let run = || {
        Paramexec::new()
            .arg("--manifest")
            .arg(&manifest)
            .args(["only-here", "found"])
    };
    run().expect_stdout("found\n").check();
    run()
        .env("PATH", "/usr/bin")
        .expect_code(127)
        .expect_stderr(
            r#"paramexec: command not started: 1 problem (exit code 127)
  cannot execute "only-here": no such command
    help: correct its name, or install it: it is nowhere in PATH "/usr/bin"
"#,
        )
        .check();
    run()
        .env("PATH", "/usr/bin")
        .env("PARAMEXEC_EXISTING", "replace")
        .expect_stdout("found\n")
        .check();
}

#[test]
fn standard_input_working_directory_and_umask_are_untouched() {
    let folder = TempDir::new();
    let path = folder.path().canonicalize().expect("the folder is there");
    let (_fake, run) = fetching();
    run.wrapped_in(["/bin/sh", "-c", "umask 0137; exec \"$@\"", "sh"])
        .current_dir(&path)
        .stdin("all of\0stdin")
        .shell("pwd; umask; /bin/cat")
        .expect_stdout(format!("{}\n0137\nall of\0stdin", path.display()))
        .check();
}

#[test]
fn no_descriptor_leaks_and_none_is_lost() {
    let list = ["-1", "/proc/self/fd"];
    let (fake, run) = fetching();
    run.args(["/bin/ls"])
        .args(list)
        .expect_stdout(without_paramexec("/bin/ls", &list))
        .check();
    assert_eq!(fake.connections(), 1, "the run fetched");

    let folder = TempDir::new();
    let file = folder.file("open", "text of descriptor 3");
    let opened = format!("exec 3<'{}'; exec \"$@\"", file.display());
    let (_fake, run) = fetching();
    run.wrapped_in(["/bin/sh", "-c", &opened, "sh"])
        .shell("/bin/cat <&3")
        .expect_stdout("text of descriptor 3")
        .check();
}

#[test]
fn the_exit_code_is_the_commands() {
    for code in [0, 1, 42, 64, 255] {
        Paramexec::new()
            .shell(&format!("exit {code}"))
            .expect_code(code)
            .check();
    }
}

#[test]
fn what_else_a_process_is_marked_by_is_untouched() {
    let (_fake, run) = fetching();
    let status = run.args(["/bin/cat", "/proc/self/status"]).run().stdout();
    let direct = without_paramexec("/bin/cat", &["/proc/self/status"]);
    for field in [
        "Umask:",
        "Seccomp:",
        "NoNewPrivs:",
        "CapEff:",
        "Uid:",
        "Groups:",
        "Cpus_allowed:",
    ] {
        let of = |text: &str| {
            text.lines()
                .find(|line| line.starts_with(field))
                .map(str::to_owned)
        };
        assert_eq!(of(&status), of(&direct), "{field}");
        assert!(of(&status).is_some(), "{field}");
    }
}
