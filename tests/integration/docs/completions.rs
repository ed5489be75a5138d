//! Completions: made here, and tried in the shells that read them.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use clap::builder::PossibleValue;
use clap::{Arg, CommandFactory};
use clap_complete::Shell;
use paramexec::cli::Args;

use super::{folder, options};
use crate::support::temp::TempDir;

fn generated(shell: Shell) -> String {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "paramexec", &mut text);
    let text = String::from_utf8(text).expect("UTF-8");
    let lines = text.trim_end().lines().map(str::trim_end);
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// With `_paramexec_command`: clap's own for bash completes options after the command begins, and no commands.
pub(super) fn bash() -> String {
    let options = options();
    let with_value = options
        .iter()
        .filter(|option| has_value(option))
        .map(|option| format!("--{}", option.get_long().expect("a long one")))
        .collect::<Vec<_>>()
        .join(" | ");
    let mut names = String::from("-h -V");
    for option in &options {
        let _ = write!(names, " --{}", option.get_long().expect("a long one"));
    }
    include_str!("completion.bash.in")
        .replace("@WITH_VALUE@", &with_value)
        .replace("@OPTIONS@", &names)
        .replace("@EXISTING@", &values(&options, "existing"))
        .replace("@FORMAT@", &values(&options, "format"))
}

/// Whether the next word is its value; that of `--mock` stands behind "=" only.
fn has_value(option: &Arg) -> bool {
    option.get_action().takes_values() && !option.is_require_equals_set()
}

fn values(options: &[Arg], name: &str) -> String {
    let option = options.iter().find(|option| option.get_id() == name);
    let values = option.expect("it exists").get_possible_values();
    let names: Vec<&str> = values.iter().map(PossibleValue::get_name).collect();
    names.join(" ")
}

/// clap's own, but for the command: nothing is an option once it begins, and its own completion goes on.
pub(super) fn zsh() -> String {
    let text = generated(Shell::Zsh);
    let positional = text
        .lines()
        .find(|line| line.starts_with("'*::command"))
        .expect("the command");
    let command = "'(-)1:command: _command_names -e' \\\n'*::arguments: _normal' \\".to_owned();
    text.replace(positional, &command)
        .replace(
            "_arguments \"${_arguments_options[@]}\" :",
            "_arguments \"${_arguments_options[@]}\" -A '-*' :",
        )
        // Its file stands behind "=" only.
        .replace("'--mock=[", "'--mock=-[")
}

/// clap's own, but for the command, as for zsh.
pub(super) fn fish() -> String {
    let options = options();
    let specifications: Vec<String> = options
        .iter()
        .map(|option| {
            let long = option.get_long().expect("a long one");
            let name = option
                .get_short()
                .map_or_else(|| long.to_owned(), |short| format!("{short}/{long}"));
            let value = match (has_value(option), option.is_require_equals_set()) {
                (true, _) => "=+",
                (false, true) => "=?",
                (false, false) => "",
            };
            format!("'{name}{value}'")
        })
        .collect();
    let lines = generated(Shell::Fish).replace(
        "complete -c paramexec -",
        "complete -c paramexec -n __paramexec_in_options -",
    );
    include_str!("completion.fish.in")
        .replace("@ARGPARSE@", &specifications.join(" "))
        .replace("@OPTIONS@\n", &lines)
}

/// A folder with one command whose name nothing else begins with.
fn tools() -> TempDir {
    let tools = TempDir::new();
    tools.script("zebra-server", "#!/bin/sh\n");
    tools
}

/// The output of a shell in docs/, if it is installed. CI installs all three.
fn shell(name: &str, arguments: &[&str], tools: &Path) -> Option<String> {
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new(name)
        .args(arguments)
        .current_dir(folder())
        .env("PATH", format!("{}:{path}", tools.display()))
        .env("HOME", tools)
        .env("TERM", "dumb")
        .output();
    if output.is_err() {
        // Not captured, so that it is seen.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: completions, since {name} is not installed"
        );
        return None;
    }
    let output = output.expect("it ran");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(stderr, "", "{name}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn bash_completes_options_their_values_and_the_command() {
    let tools = tools();
    let complete = |words: &str| {
        let script = format!(
            "source completions/paramexec.bash; COMP_WORDS=(paramexec {words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n\
             _paramexec; echo \"${{COMPREPLY[@]}}\""
        );
        shell("bash", &["--norc", "-c", &script], tools.path()).map(|text| text.trim().to_owned())
    };
    let is = |words: &str, expected: &str| {
        if let Some(completed) = complete(words) {
            assert_eq!(completed, expected, "{words}");
        }
    };
    is("--iam", "--iam-policy");
    is("--pristine --iam", "--iam-policy");
    is("--existing ''", "keep replace fail");
    is("--existing = re", "replace");
    is("--manifest paramexec.1", "paramexec.1");
    is("--manifest x --from y zebra", "zebra-server");
    is("--mock -- zebra", "zebra-server");
    is("--mock = x zebra", "zebra-server");
    is("zebra-server --iam", "");
    is("-- zebra-server paramex", "paramexec.1");
}

#[test]
fn fish_completes_options_their_values_and_the_command() {
    let tools = tools();
    let is = |line: &str, expected: &str| {
        let script = format!("source completions/paramexec.fish; complete -C '{line}'");
        let completed = shell("fish", &["--no-config", "-c", &script], tools.path());
        let words = |text: String| {
            let words = text
                .lines()
                .map(|line| line.split('\t').next().unwrap_or_default().to_owned());
            words.collect::<Vec<_>>().join(" ")
        };
        if let Some(completed) = completed.map(words) {
            assert_eq!(completed, expected, "{line}");
        }
    };
    is("paramexec --iam", "--iam-policy");
    is("paramexec --pristine --iam", "--iam-policy");
    is("paramexec --existing r", "replace");
    is("paramexec --manifest x --from y zebra", "zebra-server");
    is("paramexec --mock -- zebra", "zebra-server");
    is("paramexec zebra-server --iam", "");
    is("paramexec zebra-server paramex", "paramexec.1");
}

#[test]
fn zsh_completes_options_their_values_and_the_command() {
    let tools = tools();
    let is = |line: &str, expected: &str| {
        // In a terminal, as a person would: the line is completed by a tab, and then run.
        let script = format!(
            "zmodload zsh/zpty; zpty shell zsh -f -i; zpty -w shell \"\
             PS1=; unsetopt zle_bracketed_paste; fpath=($PWD/completions \\$fpath); autoload -Uz compinit; compinit -u -D\n\
             paramexec() {{ print -r -- \\\"RAN:\\$*:\\\" }}; print READY\"\n\
             zpty -r -m shell line '*READY*READY*'\n\
             zpty -w shell $'{line}\\t'\n\
             zpty -r -m shell line $'*RAN:*:*' && print -r -- \"$line\""
        );
        let output = shell("zsh", &["-f", "-c", &script], tools.path());
        if let Some(output) = output {
            assert!(
                output.contains(&format!("RAN:{expected}:")),
                "{line}: {output}"
            );
        }
    };
    is("paramexec --iam", "--iam-policy");
    is("paramexec --pristine --iam", "--pristine --iam-policy");
    is("paramexec --existing rep", "--existing replace");
    is(
        "paramexec --manifest x --from y zebra",
        "--manifest x --from y zebra-server",
    );
    is("paramexec --mock -- zebra", "--mock -- zebra-server");
    is("paramexec zebra-server --iam", "zebra-server --iam");
    is("paramexec zebra-server paramex", "zebra-server paramexec.1");
}
