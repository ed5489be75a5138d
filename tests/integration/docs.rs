//! The man page and the completions in `docs/` are what the definition of the options makes of them.
//!
//! `scripts/docs` has this test write them; otherwise it compares.

use std::fs;
use std::path::Path;
use std::process::Command;

use clap::CommandFactory;
use clap_complete::Shell;
use paramexec::cli::Args;

/// Set by `scripts/docs`.
const WRITE: &str = "PARAMEXEC_WRITE_DOCS";

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/docs"))
}

fn completion(shell: Shell) -> String {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "paramexec", &mut text);
    plain(text)
}

fn man_page() -> String {
    let with_variable = |arg: clap::Arg| {
        let help = arg.get_help().map(ToString::to_string);
        let variable = arg
            .get_env()
            .map(|name| name.to_string_lossy().into_owned());
        match (help, variable) {
            (Some(help), Some(variable)) => arg.help(format!("{help} [{variable}]")),
            _ => arg,
        }
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(
        Args::command()
            .version(env!("CARGO_PKG_VERSION"))
            .mut_args(with_variable),
    )
    .manual("Containers")
    .render(&mut text)
    .expect("a Vec takes all");
    plain(text).replace(".SH EXTRA", ".SH \"ENVIRONMENT AND EXIT CODES\"")
}

/// Without blanks at the ends of lines.
fn plain(text: Vec<u8>) -> String {
    let text = String::from_utf8(text).expect("UTF-8");
    let lines = text.trim_end().lines().map(str::trim_end);
    lines.flat_map(|line| [line, "\n"]).collect()
}

#[test]
fn the_man_page_and_the_completions_are_current() {
    let files = [
        ("paramexec.1", man_page()),
        ("completions/paramexec.bash", completion(Shell::Bash)),
        ("completions/_paramexec", completion(Shell::Zsh)),
        ("completions/paramexec.fish", completion(Shell::Fish)),
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
fn bash_completes_options_and_their_values() {
    let complete = |words: &str, last: usize| {
        let script = format!(
            "source completions/paramexec.bash; COMP_WORDS=(paramexec {words}); COMP_CWORD={last}\n\
             set -- $COMP_CWORD; _paramexec paramexec \"${{COMP_WORDS[$1]}}\" \"${{COMP_WORDS[$1-1]}}\"; echo \"${{COMPREPLY[@]}}\""
        );
        let output = Command::new("/bin/bash")
            .args(["--norc", "-c", &script])
            .current_dir(folder())
            .output()
            .expect("bash");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    assert_eq!(complete("--iam", 1), "--iam-policy\n");
    assert_eq!(complete("--existing ''", 2), "keep replace fail\n");
}

#[test]
fn the_man_page_tells_every_option_its_twin_and_the_exit_codes() {
    let page = man_page().replace("\\-", "-");
    for option in Args::command().get_arguments() {
        let Some(long) = option.get_long() else {
            continue;
        };
        assert!(page.contains(&format!("--{long}")), "{long}");
        if let Some(variable) = option.get_env() {
            assert!(page.contains(&*variable.to_string_lossy()), "{variable:?}");
        }
    }
    assert!(page.contains("66 missing"), "{page}");
}
