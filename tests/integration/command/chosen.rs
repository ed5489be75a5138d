//! Which command it is: the one that was given, else a default.

use crate::support::run::Paramexec;
use crate::support::temp::TempDir;

const NO_COMMAND: &str = "paramexec: command not started: 1 problem (exit code 64)\n  no command\n    help: add one, or set --default-command or PARAMEXEC_DEFAULT_COMMAND\n";

const NO_COMMAND_BUT_OPTIONS: &str = r#"paramexec: command not started: 1 problem (exit code 64)
  no command
    help: add one, or set PARAMEXEC_DEFAULT_COMMAND; an option after an image's name replaces the image's CMD: set it with -e, as in "docker run -e PARAMEXEC_CHECK=1 IMAGE"
"#;

const TASK: &str = r#"{"secrets": [], "command": ["/bin/echo", "of the", "manifest"]}"#;

#[test]
fn the_first_word_that_is_no_option_starts_the_command() {
    Paramexec::new()
        .args(["--verbose", "/bin/echo", "--version", "--", "--nothing"])
        .expect_stdout("--version -- --nothing\n")
        .expect_stderr_containing("set 0 variables")
        .check();
}

#[test]
fn two_dashes_end_the_options() {
    Paramexec::new()
        .args(["--verbose", "--", "/usr/bin/printf", "%s|", "--help", "--"])
        .expect_stdout("--help|--|")
        .expect_stderr_containing("set 0 variables")
        .check();
    // As where an ENTRYPOINT ends in them and a command begins with them.
    for (options, said) in [
        (&["--", "--"][..], ""),
        (&["--verbose", "--", "--"], "set 0"),
    ] {
        Paramexec::new()
            .args(options.iter().copied())
            .args(["/usr/bin/printf", "%s|", "--", "a"])
            .expect_stdout("--|a|")
            .expect_stderr_containing(said)
            .check();
    }
    Paramexec::new()
        .args(["--", "--help"])
        .env("PATH", "/bin")
        .expect_code(127)
        .expect_stderr(
            r#"paramexec: command not started: 1 problem (exit code 127)
  cannot execute "--help": it was taken as the command, because it stands after "--", where ENTRYPOINT may end
    help: put the command before it, or, if it is an option of paramexec, set its PARAMEXEC_ variable
"#,
        )
        .check();
}

#[test]
fn without_a_command_the_default_one_is_executed() {
    for default in [
        "/bin/echo 'one word' \"two  words\" three\\ words $HOME *",
        r#"["/bin/echo", "one word", "two  words", "three words", "$HOME", "*"]"#,
        "\n [\"/bin/echo\",\"one word\",\"two  words\",\"three words\",\"$HOME\",\"*\"] ",
    ] {
        let expected = "one word two  words three words $HOME *\n";
        Paramexec::new()
            .args(["--default-command", default])
            .expect_stdout(expected)
            .check();
        Paramexec::new()
            .args(["--default-command", default, "--"])
            .expect_stdout(expected)
            .check();
        Paramexec::new()
            .env("PARAMEXEC_DEFAULT_COMMAND", default)
            .expect_stdout(expected)
            .check();
    }
}

#[test]
fn empty_words_of_a_default_command_are_words() {
    Paramexec::new()
        .args(["--default-command", r#"/usr/bin/printf '<%s>' '' "" a"#])
        .expect_stdout("<><><a>")
        .check();
}

#[test]
fn a_command_that_is_given_wins_over_every_default() {
    let folder = TempDir::new();
    let manifest = folder.file("task.json", TASK);
    Paramexec::new()
        .arg("--manifest")
        .arg(&manifest)
        .args([
            "--default-command",
            "/bin/echo default",
            "/bin/echo",
            "given",
        ])
        .expect_stdout("given\n")
        .check();
    Paramexec::new()
        .arg("--manifest")
        .arg(&manifest)
        .args(["--default-command", "/bin/echo default"])
        .expect_stdout("default\n")
        .check();
    Paramexec::new()
        .arg("--manifest")
        .arg(&manifest)
        .expect_stdout("of the manifest\n")
        .check();
}

#[test]
fn the_first_manifest_that_names_a_command_gives_the_default_one() {
    let folder = TempDir::new();
    let none = folder.file("none.json", r#"{"secrets": [], "command": []}"#);
    let first = folder.file("first.json", TASK);
    let second = folder.file("second.json", TASK.replace("manifest", "second"));
    let lines = folder.file("lines", "A=1\n");
    let mut run = Paramexec::new();
    for manifest in [lines, none, first, second] {
        run = run.arg("--manifest").arg(manifest);
    }
    run.expect_stdout("of the manifest\n").check();
}

#[test]
fn no_command_at_all_is_a_usage_error() {
    Paramexec::new()
        .expect_code(64)
        .expect_stderr(NO_COMMAND)
        .check();
    Paramexec::new()
        .arg("--")
        .env("PARAMEXEC_VERBOSE", "1")
        .env("PARAMEXEC_DEFAULT_COMMAND", "")
        .expect_code(64)
        .expect_stderr(NO_COMMAND)
        .check();
    // What `docker run IMAGE --check` makes of an image whose ENTRYPOINT is paramexec alone.
    for (options, shown) in [
        (
            &["--check"][..],
            "nothing to fetch\nno command to start, see stderr\n",
        ),
        (&["--verbose", "--"], ""),
    ] {
        Paramexec::new()
            .args(options.iter().copied())
            .expect_code(64)
            .expect_stdout(shown)
            .expect_stderr(NO_COMMAND_BUT_OPTIONS)
            .check();
    }
}

#[test]
fn a_default_command_that_cannot_be_read_is_a_usage_error() {
    let named = "paramexec: command not started: 1 problem (exit code 64)\n  the default command (--default-command or PARAMEXEC_DEFAULT_COMMAND)";
    for (default, problem, help) in [
        ("echo 'open", "has an open quote", "close it"),
        (
            "[\"echo\"",
            "is no JSON array of strings",
            "write [\"program\", \"argument\"]",
        ),
        (
            "[\"echo\", 1]",
            "is no JSON array of strings",
            "write [\"program\", \"argument\"]",
        ),
        ("[]", "is empty", "name a program"),
        ("[\"\"]", "is empty", "name a program"),
        ("   ", "is empty", "name a program"),
    ] {
        Paramexec::new()
            .args(["--default-command", default])
            .expect_code(64)
            .expect_stderr(format!("{named} {problem}\n    help: {help}\n"))
            .check();
    }
}
