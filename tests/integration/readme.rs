//! What README.md says, run and compared.
//!
//! A fenced block behind `<!-- file: NAME -->` becomes that file. A `console` block is lines of
//! `$ command`, each with the stdout and stderr it prints, then `[exit code N]` if that is not 0.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use paramexec::failure::Kind;

use super::support::run::BINARY;
use super::support::temp::TempDir;

const README: &str = include_str!("../../README.md");

struct Block<'a> {
    language: &'a str,
    file: Option<&'a str>,
    text: String,
}

fn blocks() -> Vec<Block<'static>> {
    let mut blocks: Vec<Block<'static>> = Vec::new();
    let (mut open, mut file) = (false, None);
    for line in README.lines() {
        if let Some(language) = line.strip_prefix("```") {
            if !open {
                blocks.push(Block {
                    language,
                    file: file.take(),
                    text: String::new(),
                });
            }
            open = !open;
        } else if open {
            let block = blocks.last_mut().expect("an open block");
            block.text += line;
            block.text += "\n";
        } else if let Some(name) = line.strip_prefix("<!-- file: ") {
            file = name.strip_suffix(" -->");
        }
    }
    assert!(!open, "a block of README is not closed");
    blocks
}

#[test]
fn every_console_example_prints_what_readme_shows() {
    let folder = TempDir::new();
    let mut ran = 0;
    for block in blocks() {
        if let Some(file) = block.file {
            folder.file(file, &block.text);
        }
        if block.language == "console" {
            for (command, shown) in examples(&block.text) {
                assert_eq!(run(&command, folder.path()), shown, "$ {command}");
                ran += 1;
            }
        }
    }
    assert!(ran >= 3, "only {ran} examples were found");
}

fn examples(text: &str) -> Vec<(String, String)> {
    let mut examples: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            examples.push((command.to_owned(), String::new()));
        } else {
            let shown = &mut examples.last_mut().expect("a command comes first").1;
            shown.push_str(line);
            shown.push('\n');
        }
    }
    examples
}

fn run(command: &str, folder: &Path) -> String {
    let binary = Path::new(BINARY)
        .parent()
        .expect("the folder of the binary");
    let output = Command::new("/bin/sh")
        .args(["-c", &format!("{{ {command}\n}} 2>&1")])
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", binary.display()))
        .current_dir(folder)
        .output()
        .expect("a shell");
    let mut shown = String::from_utf8(output.stdout).expect("UTF-8");
    match output.status.code() {
        Some(0) => {}
        code => {
            let code = code.expect("no signal");
            writeln!(shown, "[exit code {code}]").expect("memory");
        }
    }
    shown
}

#[test]
fn the_table_of_exit_codes_has_every_kind_of_failure() {
    let rows: BTreeMap<&str, &str> = README
        .lines()
        .filter_map(|line| {
            line.strip_prefix("| ")?
                .strip_suffix(" |")?
                .split_once(" | ")
        })
        .collect();
    for (kind, meaning) in [
        (Kind::Input, "unusable input"),
        (Kind::Missing, "does not exist"),
        (Kind::Denied, "access denied"),
        (Kind::Configuration, "no region, no credentials"),
        (Kind::Unavailable, "AWS cannot be reached"),
        (Kind::TryAgain, "throttled, or out of time"),
    ] {
        let row = rows
            .get(kind.code().to_string().as_str())
            .expect("a row of the table");
        assert!(row.contains(meaning), "{kind:?}: {row}");
    }
}

#[test]
fn the_table_of_options_has_every_option_and_its_twin() {
    use clap::CommandFactory;
    let command = paramexec::cli::Args::command();
    for option in command
        .get_arguments()
        .filter(|argument| !argument.is_positional())
    {
        let long = format!("--{}", option.get_long().expect("a long name"));
        let twin = option
            .get_env()
            .map(|name| name.to_string_lossy().into_owned());
        let Some(twin) = twin else {
            assert!(
                ["--help", "--version"].contains(&long.as_str()),
                "{long} has no twin"
            );
            continue;
        };
        let told = README.lines().any(|line| {
            line.starts_with(&format!("| `{long}")) && line.contains(&format!("`{twin}`"))
        });
        assert!(told, "README's table lacks {long} and {twin}");
    }
}

#[test]
fn every_json_example_is_json() {
    for block in blocks().iter().filter(|block| block.language == "json") {
        serde_json::from_str::<serde_json::Value>(&block.text)
            .unwrap_or_else(|error| panic!("{error} in {}", block.text));
    }
}

#[test]
fn the_entrypoint_of_readme_is_that_of_the_example() {
    let example = include_str!("../../Dockerfile.example");
    let entrypoint = |text: &str| {
        text.lines()
            .filter(|line| line.starts_with("ENTRYPOINT") && line.contains("--from"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(entrypoint(README), entrypoint(example));
    assert_eq!(entrypoint(README).len(), 1);
}
