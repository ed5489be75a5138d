//! 126 and 127: why the command cannot be executed, in a shell's codes and in words that help.

use std::path::Path;

use super::program;
use crate::support::run::Paramexec;
use crate::support::temp::TempDir;

#[track_caller]
fn refused(program: impl AsRef<Path>, code: i32, why: &str, help: &str) {
    let path = program.as_ref();
    Paramexec::new()
        .env("PATH", "/usr/bin:/bin")
        .arg(path)
        .expect_code(code)
        .expect_stderr(format!(
            "paramexec: command not started: 1 problem (exit code {code})
  \
             cannot execute {path:?}: {why}
    help: {help}
"
        ))
        .check();
}

#[test]
fn a_command_that_is_nowhere_is_not_found() {
    refused(
        "no-such-command",
        127,
        "no such command",
        "correct its name, or install it: it is nowhere in PATH \"/usr/bin:/bin\"",
    );
    for path in ["/no/such/command", "./no-such-command"] {
        refused(
            path,
            127,
            "no such command",
            "correct the path, or copy the file into the image",
        );
    }
    refused(
        "",
        127,
        "it is empty",
        "name the command; perhaps a variable in its place is not set",
    );
}

#[test]
fn a_command_line_in_one_word_is_told_with_the_words_it_has() {
    for (word, meant) in [
        ("npm start", r#"["npm", "start"]"#),
        ("server --port=80", r#"["server", "--port=80"]"#),
        ("cd /app", r#"["sh", "-c", "cd /app"]"#),
        ("A=b server", r#"["sh", "-c", "A=b server"]"#),
        ("echo \"$HOME\"", r#"["sh", "-c", "echo \"$HOME\""]"#),
    ] {
        refused(
            word,
            127,
            "it is one word, and a command is separate words, without a shell",
            &format!("write {meant}"),
        );
    }
}

#[test]
fn without_a_path_a_bare_name_says_so_when_it_is_not_found() {
    Paramexec::new()
        .arg("no-such-command")
        .expect_code(127)
        .expect_stderr(
            r#"paramexec: command not started: 1 problem (exit code 127)
  cannot execute "no-such-command": no such command
    help: name it by its path: the resulting environment has no PATH
"#,
        )
        .check();
}

#[test]
fn a_directory_cannot_be_executed() {
    let folder = TempDir::new();
    let path = folder.path();
    refused(path, 126, "it is a directory", "name the program in it");
}

#[test]
fn a_file_that_is_not_executable_cannot_be_executed() {
    let folder = TempDir::new();
    let path = folder.file("plain", "#!/bin/sh\n");
    refused(
        &path,
        126,
        "permission denied",
        "make it executable for this user, with chmod +x or COPY --chmod=755",
    );
}

#[test]
fn a_script_without_its_interpreter_cannot_be_executed() {
    let folder = TempDir::new();
    let path = program(&folder, "script", b"#!/nowhere/interpreter\n");
    refused(
        &path,
        126,
        "it exists, but its interpreter \"/nowhere/interpreter\" does not",
        "install it, or correct the first line of the script",
    );
    // By PATH too it is told apart from a command that is nowhere.
    Paramexec::new()
        .env("PATH", folder.path())
        .arg("script")
        .expect_code(126)
        .expect_stderr_containing(
            "it exists, but its interpreter \"/nowhere/interpreter\" does not",
        )
        .check();
    let path = program(&folder, "windows", b"#!/bin/sh\r\necho\r\n");
    refused(
        &path,
        126,
        "it exists, but its interpreter \"/bin/sh\\r\" does not",
        "save the script with LF line ends, not CRLF",
    );
}

#[test]
fn a_program_for_another_machine_cannot_be_executed() {
    let folder = TempDir::new();
    let mut elf = std::fs::read("/bin/cat").expect("cat is there");
    // e_machine: none that Linux runs on.
    elf[18..20].copy_from_slice(&[0xfe, 0x7f]);
    let path = program(&folder, "foreign", &elf);
    refused(
        &path,
        126,
        "exec format error",
        "check that it is a program for this machine",
    );
}

#[test]
fn a_script_without_a_first_line_is_executed_by_the_shell_as_execvp_does() {
    let folder = TempDir::new();
    let path = program(&folder, "bare", b"echo \"$0 $1\"\n");
    Paramexec::new()
        .args([path.as_os_str(), "argument".as_ref()])
        .expect_stdout(format!("{} argument\n", path.display()))
        .check();
}

#[test]
fn a_folder_of_path_without_the_command_is_passed_over() {
    let folder = TempDir::new();
    let path = format!("/no/such/folder:{}:/bin", folder.path().display());
    folder.file("echo", "not executable");
    Paramexec::new()
        .env("PATH", path)
        .args(["echo", "found"])
        .expect_stdout("found\n")
        .check();
}
