//! What README.md and docs/ say, run and compared.
//!
//! A fenced block behind `<!-- file: NAME -->` becomes that file. A `console` block is lines of
//! `$ command`, each with the stdout and stderr it prints, then `[exit code N]` if that is not 0.

mod screenshot;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use paramexec::error::ErrorKind;

use super::examples::files;
use super::support::run::binary;
use super::support::temp::TempDir;

const REFERENCE: &str = include_str!("../../docs/reference.md");
const TROUBLESHOOTING: &str = include_str!("../../docs/troubleshooting.md");

/// Every Markdown file of the repository that people read, by its path from the root.
const DOCUMENTS: &[(&str, &str)] = &[
    ("README.md", include_str!("../../README.md")),
    ("CONTRIBUTING.md", include_str!("../../CONTRIBUTING.md")),
    ("CHANGELOG.md", include_str!("../../CHANGELOG.md")),
    ("SECURITY.md", include_str!("../../SECURITY.md")),
    ("docs/README.md", include_str!("../../docs/README.md")),
    ("docs/aws.md", include_str!("../../docs/aws.md")),
    (
        "docs/comparison.md",
        include_str!("../../docs/comparison.md"),
    ),
    ("docs/dotenv.md", include_str!("../../docs/dotenv.md")),
    ("docs/fix-your-dotenv.md", FIX_YOUR_DOTENV),
    ("docs/migrating.md", MIGRATING),
    (
        "docs/performance.md",
        include_str!("../../docs/performance.md"),
    ),
    ("docs/reference.md", REFERENCE),
    ("docs/security.md", include_str!("../../docs/security.md")),
    ("docs/troubleshooting.md", TROUBLESHOOTING),
    (
        "docs/dev/fuzzing.md",
        include_str!("../../docs/dev/fuzzing.md"),
    ),
    ("docs/dev/promises.md", PROMISES),
    ("docs/dev/size.md", include_str!("../../docs/dev/size.md")),
    (
        "examples/README.md",
        include_str!("../../examples/README.md"),
    ),
    (
        "examples/rails/README.md",
        include_str!("../../examples/rails/README.md"),
    ),
];
const FIX_YOUR_DOTENV: &str = include_str!("../../docs/fix-your-dotenv.md");
const MIGRATING: &str = include_str!("../../docs/migrating.md");
const PROMISES: &str = include_str!("../../docs/dev/promises.md");

struct Block<'a> {
    language: &'a str,
    file: Option<&'a str>,
    text: String,
}

fn blocks(document: &'static str) -> Vec<Block<'static>> {
    let mut blocks: Vec<Block<'static>> = Vec::new();
    let (mut open, mut file) = (false, None);
    for line in document.lines() {
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
    assert!(!open, "a block is not closed");
    blocks
}

#[test]
fn every_console_example_prints_what_is_shown() {
    let mut ran = 0;
    for (_, document) in DOCUMENTS {
        let folder = TempDir::new();
        for block in blocks(document) {
            if let Some(file) = block.file {
                folder.file(file, &block.text);
            }
            if block.language == "console" {
                for (command, redacted) in examples(&block.text) {
                    assert_eq!(run(&command, folder.path()), redacted, "$ {command}");
                    ran += 1;
                }
            }
        }
    }
    assert!(ran >= 7, "only {ran} examples were found");
}

fn examples(text: &str) -> Vec<(String, String)> {
    let mut examples: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            examples.push((command.to_owned(), String::new()));
        } else {
            let redacted = &mut examples.last_mut().expect("a command comes first").1;
            redacted.push_str(line);
            redacted.push('\n');
        }
    }
    examples
}

fn run(command: &str, folder: &Path) -> String {
    // A release has another name, and the examples find it by its own.
    let bin = TempDir::new();
    symlink(binary(), bin.path().join("paramexec")).expect("a link to the binary");
    let output = Command::new("/bin/sh")
        .args(["-c", &format!("{{ {command}\n}} 2>&1")])
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", bin.path().display()))
        .current_dir(folder)
        .output()
        .expect("a shell");
    let mut redacted = String::from_utf8(output.stdout).expect("UTF-8");
    match output.status.code() {
        Some(0) => {}
        code => {
            let _ = writeln!(redacted, "[exit code {}]", code.expect("no signal"));
        }
    }
    redacted
}

#[test]
fn the_table_of_exit_codes_has_every_kind_of_failure() {
    let rows: BTreeMap<&str, &str> = REFERENCE
        .lines()
        .filter_map(|line| {
            line.strip_prefix("| ")?
                .strip_suffix(" |")?
                .split_once(" | ")
        })
        .collect();
    for (kind, meaning) in [
        (ErrorKind::Input, "unusable input"),
        (ErrorKind::Missing, "does not exist"),
        (ErrorKind::Denied, "access denied"),
        (ErrorKind::Configuration, "no region, no credentials"),
        (ErrorKind::Unavailable, "AWS cannot be reached"),
        (ErrorKind::TryAgain, "throttled, or out of time"),
    ] {
        let row = rows
            .get(kind.code().to_string().as_str())
            .expect("a row of the table");
        assert!(row.contains(meaning), "{kind:?}: {row}");
    }
}

#[test]
fn the_table_of_options_has_every_option_and_its_variable() {
    use clap::CommandFactory;
    let command = paramexec::cli::Args::command();
    for option in command
        .get_arguments()
        .filter(|argument| !argument.is_positional())
    {
        let long = format!("--{}", option.get_long().expect("a long name"));
        let variable = option
            .get_env()
            .map(|name| name.to_string_lossy().into_owned());
        let Some(variable) = variable else {
            assert!(
                ["--help", "--version"].contains(&long.as_str()),
                "{long} has no variable"
            );
            continue;
        };
        let has_a_row = REFERENCE.lines().any(|line| {
            line.starts_with(&format!("| `{long}")) && line.contains(&format!("`{variable}`"))
        });
        assert!(
            has_a_row,
            "the table of docs/reference.md lacks {long} and {variable}"
        );
    }
}

#[test]
fn every_json_example_is_json() {
    let all = DOCUMENTS.iter().flat_map(|(_, document)| blocks(document));
    for block in all.filter(|block| block.language == "json") {
        serde_json::from_str::<serde_json::Value>(&block.text)
            .unwrap_or_else(|error| panic!("{error} in {}", block.text));
    }
}

#[test]
fn every_message_that_is_explained_is_one_that_is_said() {
    let said = [
        include_str!("failure/messages.txt"),
        include_str!("command/refused.rs"),
        include_str!("../../src/command/exec.rs"),
        // No test can be sure of a host that cannot be reached.
        include_str!("../../src/store/aws/error.rs"),
        include_str!("../../src/plan/resolve.rs"),
        include_str!("hostile/inputs.rs"),
        include_str!("hostile/limits.rs"),
    ];
    let rows = TROUBLESHOOTING
        .lines()
        .filter_map(|line| line.strip_prefix("| `"));
    let explained: Vec<&str> = rows.filter_map(|row| row.split('`').next()).collect();
    assert!(explained.len() > 10, "{explained:?}");
    for message in explained {
        assert!(
            said.iter().any(|texts| texts.contains(message)),
            "nothing says: {message}"
        );
    }
}

#[test]
fn every_markdown_file_is_among_the_tested_ones() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["", "docs", "docs/dev", "examples"] {
        for entry in std::fs::read_dir(root.join(folder)).expect("a folder") {
            let path = Path::new(folder).join(entry.expect("an entry").file_name());
            let is_tested = DOCUMENTS.iter().any(|(name, _)| Path::new(name) == path);
            let is_markdown = path.extension().is_some_and(|extension| extension == "md");
            assert!(
                !is_markdown || is_tested,
                "add {} to DOCUMENTS",
                path.display()
            );
        }
    }
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (name, document) in DOCUMENTS {
        for link in document.split("](").skip(1) {
            let target = link.split(')').next().expect("a link ends");
            if target.starts_with("https://") {
                continue;
            }
            let (path, heading) = target.split_once('#').unwrap_or((target, ""));
            let file = match path {
                "" => root.join(name),
                path => root.join(name).with_file_name("").join(path),
            };
            assert!(file.exists(), "{name}: {target}");
            let has_heading = || headings(&std::fs::read_to_string(&file).expect("text"));
            assert!(
                heading.is_empty() || has_heading().contains(&heading.to_owned()),
                "{name}: {target}"
            );
        }
    }
}

/// Headings as links name them.
fn headings(document: &str) -> Vec<String> {
    let lines = document.lines().filter(|line| line.starts_with('#'));
    let kept = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    lines
        .map(|line| {
            line.trim_start_matches('#')
                .trim()
                .to_lowercase()
                .replace(' ', "-")
        })
        .map(|heading| heading.chars().filter(|c| kept(*c)).collect())
        .collect()
}

#[test]
fn every_test_that_a_promise_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let paths: Vec<&str> = PROMISES
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|text| text.contains('/') && !text.contains(' '))
        .collect();
    assert!(paths.len() > 10, "only {paths:?} were found");
    for path in paths {
        assert!(root.join(path).exists(), "there is no {path}");
    }
}

#[test]
fn every_dotenv_line_to_fix_is_refused_and_what_to_write_gives_the_value() {
    let rows: Vec<Vec<&str>> = FIX_YOUR_DOTENV
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.strip_suffix("` |"))
        .map(|row| row.split("` | `").collect())
        .collect();
    assert!(rows.len() > 10, "{rows:?}");
    for row in rows {
        let [refused, fixed, value] = row[..] else {
            panic!("{row:?} has not three columns");
        };
        assert_eq!(read_dotenv(refused), None, "{refused}");
        assert_eq!(read_dotenv(fixed).as_deref(), Some(value), "{fixed}");
    }
}

#[test]
fn every_dotenv_line_that_bash_reads_differently_has_the_value_of_the_table() {
    let rows: Vec<(&str, &str)> = MIGRATING
        .lines()
        .filter_map(|line| line.strip_prefix("| `A=")?.split_once("` | "))
        .collect();
    assert_eq!(rows.len(), 4, "{rows:?}");
    for (value, rest) in rows {
        let line = format!("A={value}");
        let wanted = match rest.split(" | ").next() {
            Some("two lines") => "one\ntwo",
            column => column.expect("a second column").trim_matches('`'),
        };
        assert_eq!(read_dotenv(&line).as_deref(), Some(wanted), "{line}");
        let script = format!("{line}\nwait; printf %s \"$A\"");
        let bash = Command::new("bash")
            .args(["-c", &script])
            .env("HOME", "/home/me")
            .output()
            .expect("bash");
        assert_ne!(bash.stdout, wanted.as_bytes(), "{line}");
    }
}

/// The value of the one variable in a dotenv file of one line, unless the line is refused.
fn read_dotenv(line: &str) -> Option<String> {
    let folder = TempDir::new();
    folder.file("line.env", format!("{line}\n"));
    let name = line.split('=').next().expect("a name");
    let output = Command::new(binary())
        .args(["--from", "file:line.env", "/usr/bin/printenv", name])
        .env_clear()
        .env("HOST", "web")
        .current_dir(folder.path())
        .output()
        .expect("it runs");
    if output.status.code() == Some(65) {
        return None;
    }
    assert!(output.status.success(), "{line}: {output:?}");
    let value = String::from_utf8(output.stdout).expect("UTF-8");
    Some(value.trim_end_matches('\n').to_owned())
}

#[test]
fn every_statement_of_the_threat_model_names_tests_that_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = String::new();
    for file in files(&root.join("tests"))
        .into_iter()
        .chain(files(&root.join("src")))
    {
        if file.extension().is_some_and(|extension| extension == "rs") {
            sources += &std::fs::read_to_string(&file).expect("text");
        }
    }
    // Behind the statements, scripts/hardening proves how the binary is linked.
    let (document, _) = include_str!("../../docs/security.md")
        .split_once("## How the binary is linked")
        .expect("a section on the binary");
    let rows: Vec<&str> = document
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .filter(|row| !row.starts_with("statement |"))
        .collect();
    assert!(rows.len() > 20, "only {} statements", rows.len());
    for row in rows {
        let (_, tests) = row.split_once(" | ").expect("two columns");
        for test in tests.split(", ") {
            let name = test.trim_matches('`');
            assert!(sources.contains(&format!("fn {name}() {{")), "{row}");
        }
    }
}
