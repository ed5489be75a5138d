//! The man page and the completions in `docs/` are what the definition of the options makes of them.
//!
//! `scripts/docs` has this test write them; otherwise it compares.

mod completions;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use clap::{Arg, ArgAction, CommandFactory};
use paramexec::cli::Args;

use crate::support::run::Paramexec;

/// Set by `scripts/docs`.
const WRITE: &str = "PARAMEXEC_WRITE_DOCS";

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/docs"))
}

/// The options, as `--help` has them.
fn options() -> Vec<Arg> {
    let mut command = Args::command();
    command.build();
    let options = command.get_arguments();
    options
        .filter(|option| !option.is_positional())
        .cloned()
        .collect()
}

fn man_page() -> String {
    let mut text = String::new();
    let options = options();
    let mut heading = None;
    for option in &options {
        if option.get_help_heading() != heading {
            heading = option.get_help_heading();
            let _ = writeln!(text, ".SS {}", heading.unwrap_or("Other"));
        }
        let _ = write!(text, ".TP\n{}\n", man_name(option));
        write_man_help(&mut text, option);
    }
    include_str!("docs/paramexec.1.in")
        .replace("@VERSION@", env!("CARGO_PKG_VERSION"))
        .replace("@OPTIONS@", text.trim_end())
}

fn man_name(option: &Arg) -> String {
    let short = option.get_short().map(|short| format!("\\-{short}"));
    let long = option.get_long().map(|long| format!("\\-\\-{}", man(long)));
    let names: Vec<String> = short.into_iter().chain(long).collect();
    let value = option.get_value_names().and_then(|names| names.first());
    let value = value.filter(|_| option.get_action().takes_values());
    let optional = option
        .get_num_args()
        .is_some_and(|range| range.min_values() == 0);
    let name = format!("\\fB{}\\fR", names.join("\\fR, \\fB"));
    match value {
        Some(value) if optional => format!("{name}[=\\fI{value}\\fR]"),
        Some(value) => format!("{name} \\fI{value}\\fR"),
        None => name,
    }
}

fn write_man_help(text: &mut String, option: &Arg) {
    let help = option.get_long_help().or(option.get_help());
    let help = help.expect("every option has one").to_string();
    let mut paragraphs = help.split("\n\n");
    let first = paragraphs.next().unwrap_or_default();
    let _ = writeln!(text, "{}.", man(first).replace('\n', "\n.br\n"));
    for paragraph in paragraphs {
        // What is in columns stays so.
        let in_columns = paragraph.contains("  ");
        let (begin, end) = if in_columns {
            (".br\n.nf\n", ".fi\n")
        } else {
            ("", "")
        };
        let _ = write!(text, "{begin}{}\n{end}", man(paragraph));
    }
    if let Some(variable) = option.get_env() {
        let _ = write!(text, ".br\n[{}]\n", variable.to_string_lossy());
    }
}

fn man(text: &str) -> String {
    text.replace('\\', "\\e").replace('-', "\\-")
}

#[test]
fn the_man_page_and_the_completions_are_current() {
    let files = [
        ("paramexec.1", man_page()),
        ("completions/paramexec.bash", completions::bash()),
        ("completions/_paramexec", completions::zsh()),
        ("completions/paramexec.fish", completions::fish()),
    ];
    for (name, text) in files {
        let path = folder().join(name);
        if std::env::var_os(WRITE).is_some() {
            fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
            fs::write(&path, &text).expect("it is written");
        }
        let is_current = fs::read_to_string(&path).is_ok_and(|written| written == text);
        assert!(is_current, "docs/{name} is not current: run scripts/docs");
    }
}

#[test]
fn the_man_page_tells_every_option_its_variable_and_the_exit_codes() {
    let page = man_page().replace("\\-", "-");
    for option in options() {
        let long = option.get_long().expect("a long one");
        assert!(page.contains(&format!("--{long}\\fR")), "{long}");
        if let Some(variable) = option.get_env() {
            let variable = variable.to_string_lossy();
            assert!(page.contains(&format!("[{variable}]")), "{variable}");
            let rule = format!("PARAMEXEC_{}", long.replace('-', "_").to_uppercase());
            assert_eq!(variable, rule, "the help says so of every option");
        } else {
            assert!(matches!(
                option.get_action(),
                ArgAction::Help | ArgAction::Version
            ));
        }
    }
    for section in [
        "REFERENCES",
        "EXIT STATUS",
        "ENVIRONMENT",
        "FILES",
        "EXAMPLES",
        "SEE ALSO",
    ] {
        assert!(page.contains(&format!("\n.SH {section}\n")), "{section}");
    }
    assert!(page.contains("66 missing"), "{page}");
}

#[test]
fn help_fits_into_80_columns_and_its_short_form_into_45_lines() {
    let help = |flag: &str| Paramexec::new().arg(flag).run().stdout();
    let (short, long) = (help("-h"), help("--help"));
    for line in short.lines().chain(long.lines()) {
        assert!(line.chars().count() <= 80, "{line}");
    }
    assert!(short.lines().count() <= 45, "{short}");
    for text in [&short, &long] {
        for part in [
            "\nSources:\n",
            "\nCommand:\n",
            "\nAWS:\n",
            "\nDry runs:\n",
            "\nExamples:\n",
            "\nExit codes:",
            "https://",
        ] {
            assert!(text.contains(part), "{part:?} in {text}");
        }
        for option in options() {
            let long = option.get_long().expect("a long one");
            let is_there = text.contains(&format!("--{long}"));
            assert!(is_there || long == "version", "{long} in {text}");
        }
    }
}
