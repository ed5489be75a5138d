//! docs/dotenv.md: for each construct what each library makes of it, and what paramexec does.
//!
//! It is written by the test that checks it: `PARAMEXEC_WRITE_DOCS=1 scripts/test -- dotenv::document`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use paramexec::dotenv::{Dialect, SyntaxError};
use serde_json::{Value, json};

use super::{Random, dialect, oracles, read, table, variables};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Where a library differs on what paramexec reads, and why it is read nonetheless.
const EXPLAINED: [(&str, &str, &str); 12] = [
    ("a BOM", "dotenvy", NO_BOM),
    ("only a BOM", "dotenvy", NO_BOM),
    ("a BOM before a comment", "dotenvy", NO_BOM),
    ("a BOM and CRLF", "dotenvy", NO_BOM),
    (
        "CRLF in single quotes is a line end like any other",
        "dotenvy",
        KEEPS_CR,
    ),
    (
        "CRLF in double quotes is a line end like any other",
        "dotenvy",
        KEEPS_CR,
    ),
    (
        "an odd quote in a comment behind a value",
        "dotenvy",
        "it reads that quote as the start of a value of several lines",
    ),
    (
        "a key behind a reference",
        "npm dotenv",
        "only paramexec reads references",
    ),
    (
        "the definition above is meant, not the last one",
        "npm dotenv",
        EXPANDS_LAST,
    ),
    ("a variable extends itself", "npm dotenv", EXPANDS_LAST),
    (
        "what is filled in is never read again",
        "npm dotenv",
        EXPANDS_AGAIN,
    ),
    (
        "dollars from single quotes are filled in as they are",
        "npm dotenv",
        EXPANDS_AGAIN,
    ),
];
const NO_BOM: &str = "it does not accept a BOM, which editors write invisibly; paramexec drops it";
const KEEPS_CR: &str = "only dotenvy keeps the CR of a CRLF in quotes";
const EXPANDS_LAST: &str =
    "dotenv-expand runs after the whole file was read, so it knows only the last definition";
const EXPANDS_AGAIN: &str =
    "dotenv-expand expands the result once more, which would cut a password with a `$` in it";

/// Why a library may read a case of the table otherwise than paramexec.
pub fn explanation(case: &Value, library: &str) -> Option<&'static str> {
    let name = case.get("name")?.as_str()?;
    let mut explained = EXPLAINED.iter();
    let (_, _, why) = explained.find(|(case, who, _)| *case == name && *who == library)?;
    Some(why)
}

#[test]
fn the_document_says_what_each_library_makes_of_each_case() {
    let path = Path::new(ROOT).join("docs/dotenv.md");
    let text = document();
    if std::env::var_os("PARAMEXEC_WRITE_DOCS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = written.lines().zip(text.lines()).find(|(a, b)| a != b);
    assert!(
        written == text,
        "docs/dotenv.md is not what the libraries say: {differs:?}: run PARAMEXEC_WRITE_DOCS=1 scripts/test -- dotenv::document, and look at what changed"
    );
}

fn document() -> String {
    let (docker, dotenv): (Vec<Value>, Vec<Value>) = table()
        .into_iter()
        .partition(|case| dialect(case) == Dialect::Docker);
    let theirs = oracles::all(&dotenv);
    let cases: Vec<Case> = dotenv
        .into_iter()
        .zip(theirs)
        .map(|(case, theirs)| Case { case, theirs })
        .collect();
    let mut text = introduction();
    text += &what_is_read(&cases);
    text += &what_is_refused(&cases);
    text += &what_was_generated();
    text += &what_docker_does(&docker);
    text
}

struct Case {
    case: Value,
    theirs: [Value; 3],
}

fn introduction() -> String {
    format!(
        "# How dotenv files are read\n\n\
         Dotenv has no standard. This page shows how paramexec and three libraries read every case in\n\
         `tests/integration/data/dotenv_cases.json`: dotenvy {dotenvy}, python-dotenv {python}, and npm's {npm} with\n\
         dotenv-expand {expand}. `scripts/test` runs all of them again, and fails if this page is not what they give. To write the page,\n\
         run `PARAMEXEC_WRITE_DOCS=1 scripts/test -- dotenv::document`.\n\n\
         Texts and values are shown as JSON strings. npm's dotenv has two parsers, which agree on everything that paramexec\n\
         reads. Values with `${{` in them go through dotenv-expand.\n",
        dotenvy = pinned("Cargo.lock", "name = \"dotenvy\"\nversion = \"").trim_end_matches('"'),
        python = pinned("scripts/requirements.txt", "python-dotenv=="),
        npm = pinned("scripts/requirements-npm.txt", "").replace('@', " "),
        expand = pinned("scripts/requirements-npm.txt", "dotenv-expand@"),
    )
}

/// What follows `before` in a file, to the end of the line.
fn pinned(file: &str, before: &str) -> String {
    let text = std::fs::read_to_string(Path::new(ROOT).join(file)).unwrap();
    let (_, after) = text
        .split_once(before)
        .unwrap_or_else(|| panic!("{before} in {file}"));
    after.lines().next().unwrap_or_default().to_owned()
}

fn what_is_read(cases: &[Case]) -> String {
    let mut text = "\n## What the default dialect reads\n\n\
         Every library reads these as paramexec does, except where the last column explains a difference.\n\n\
         | case | text | variables | differs |\n|---|---|---|---|\n"
        .to_owned();
    let mut explained = 0;
    for Case { case, theirs } in cases {
        let Some(ours) = variables(case) else {
            continue;
        };
        let differing = oracles::NAMES
            .iter()
            .zip(theirs)
            .filter(|(library, theirs)| **theirs != ours && was_asked(case, library));
        let differences: Vec<String> = differing
            .map(|(library, theirs)| {
                let why = explanation(case, library).unwrap_or_else(|| {
                    panic!("{library} reads {case} as {theirs}, and EXPLAINED does not say why")
                });
                format!("{library}: {}; {why}", cell(theirs))
            })
            .collect();
        explained += differences.len();
        let row = [
            name(case),
            input(case),
            cell(&ours),
            differences.join("<br>"),
        ];
        text += &table_row(&row);
    }
    assert_eq!(explained, EXPLAINED.len(), "EXPLAINED has what is no more");
    text
}

fn what_is_refused(cases: &[Case]) -> String {
    let mut text = "\n## What the default dialect refuses\n\n\
         The cases are grouped by the first reason in the file. Each group has the text of the error and the help for its\n\
         cases. If the three libraries agree on a case here, another one differs (Ruby's dotenv, godotenv, Bash), or the\n\
         value is hardly what the author meant.\n"
        .to_owned();
    let mut by_reason: BTreeMap<String, Vec<(&Case, SyntaxError)>> = BTreeMap::new();
    for case in cases {
        if let Some(problem) = first_problem(&case.case) {
            by_reason
                .entry(reason(&problem))
                .or_default()
                .push((case, problem));
        }
    }
    for (reason, cases) in by_reason {
        let says = cases[0].1.reason.to_string();
        let mut helps: Vec<String> = cases.iter().map(|(_, problem)| problem.help()).collect();
        helps.sort();
        helps.dedup();
        let header = oracles::NAMES.join(" | ");
        writeln!(text, "\n### {reason}\n\n> {}\n", escaped(&says)).unwrap();
        for help in helps {
            writeln!(text, "- help: {}", escaped(&help)).unwrap();
        }
        text.push('\n');
        writeln!(text, "| case | text | {header} |\n|---|---|---|---|---|").unwrap();
        for (Case { case, theirs }, _) in cases {
            let theirs = oracles::NAMES.iter().zip(theirs).map(|(library, theirs)| {
                if was_asked(case, library) {
                    cell(theirs)
                } else {
                    "not asked".to_owned()
                }
            });
            let row: Vec<String> = [name(case), input(case)]
                .into_iter()
                .chain(theirs)
                .collect();
            text += &table_row(&row);
        }
    }
    text
}

/// dotenvy would answer from this process's environment.
fn was_asked(case: &Value, library: &str) -> bool {
    library != "dotenvy" || case.get("environment").is_none()
}

fn first_problem(case: &Value) -> Option<SyntaxError> {
    read(case).err()?.into_iter().next()
}

fn reason(problem: &SyntaxError) -> String {
    let redacted = format!("{:?}", problem.reason);
    redacted.split(' ').next().unwrap_or_default().to_owned()
}

#[derive(Default)]
struct Count {
    refused: usize,
    differ: usize,
}

fn what_was_generated() -> String {
    const TEXTS: usize = 20_000;
    let mut random = Random(0x0123_4567_89ab_cdef);
    let cases: Vec<Value> = (0..TEXTS)
        .map(|_| json!({ "input": random.text() }))
        .collect();
    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    let mut alike = 0;
    for (case, theirs) in cases.iter().zip(oracles::all(&cases)) {
        let differ = theirs.iter().any(|one| *one != theirs[0]);
        match first_problem(case) {
            Some(problem) => {
                let count = counts.entry(reason(&problem)).or_default();
                count.refused += 1;
                count.differ += usize::from(differ);
            }
            None => alike += 1,
        }
    }
    let mut text = format!(
        "\n## Generated texts\n\n\
         Of {TEXTS} texts, generated from typical parts of dotenv files and from what libraries read differently, {alike} are\n\
         accepted. The test `whatever_is_read_of_random_text_is_read_alike_by_every_library` compares such texts with every\n\
         library. The others are refused, mostly because the libraries differ from one another, or because one of them refuses.\n\n\
         | first reason | refused | of these the three libraries differ on |\n|---|---|---|\n"
    );
    for (reason, Count { refused, differ }) in counts {
        text += &table_row(&[reason, refused.to_string(), differ.to_string()]);
    }
    text
}

/// What `docker create --env-file` made of each case; the part `env-files` of scripts/containers asks it again.
fn what_docker_does(cases: &[Value]) -> String {
    let record: BTreeMap<String, Value> =
        serde_json::from_str(include_str!("../data/dotenv_docker.json")).expect("a JSON object");
    let mut text = "\n## The docker dialect\n\n\
         What `docker create --env-file` (28.2) gives a container, and what `?dialect=docker` reads. `scripts/containers\n\
         env-files` runs docker again, with these files and with generated ones.\n\n\
         | case | text | docker | paramexec |\n|---|---|---|---|\n"
        .to_owned();
    for case in cases {
        let theirs = &record[case["name"].as_str().unwrap()];
        let ours = variables(case);
        let too_long = case["input"]
            .as_str()
            .is_some_and(|text| text.len() > DOCKERS_LIMIT);
        if let Some(ours) = &ours {
            assert!(
                ours == theirs || too_long,
                "docker reads {case} as {theirs}"
            );
        }
        let refusal = || {
            let problem = first_problem(case).unwrap();
            escaped(&format!("refuses: {}; {}", problem.reason, problem.help()))
        };
        let ours = ours.map_or_else(refusal, |ours| cell(&ours));
        text += &table_row(&[name(case), input(case), cell(theirs), ours]);
    }
    text
}

/// What Markdown would take for more than itself.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('$', "\\$")
}

/// Docker takes no line of 64 KiB, which is a bound of its reader and not of the format.
const DOCKERS_LIMIT: usize = 64 * 1024;

/// Longer texts are cut short.
const LONGEST_INPUT: usize = 200;

fn table_row(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

fn name(case: &Value) -> String {
    let name = case["name"].as_str().expect("every case has a name");
    name.trim_start_matches("docker: ").to_owned()
}

fn input(case: &Value) -> String {
    let environment = case
        .get("environment")
        .map(|all| format!(", with {}", code(&all.to_string())));
    let text = match case.get("hex") {
        Some(hex) => format!("bytes {}", code(hex.as_str().unwrap())),
        None => code(&visible(&case["input"])),
    };
    text + &environment.unwrap_or_default()
}

/// An object of variables as `NAME="value"`.
fn cell(variables: &Value) -> String {
    match variables.as_object() {
        None => "refuses".to_owned(),
        Some(all) if all.is_empty() => "none".to_owned(),
        Some(all) => {
            let each = all.iter().map(|(name, value)| match value {
                Value::Null => code(&format!("{}, no value", bare(name))),
                value => code(&format!("{}={}", bare(name), visible(value))),
            });
            each.collect::<Vec<_>>().join(" ")
        }
    }
}

fn bare(name: &str) -> String {
    let redacted = visible(&json!(name));
    redacted.trim_matches('"').to_owned()
}

/// A JSON string in which nothing is invisible.
fn visible(text: &Value) -> String {
    let mut redacted = String::new();
    for c in text.to_string().chars() {
        match c {
            ' ' => redacted.push(c),
            c if c.is_control() || c.is_whitespace() || c == '\u{feff}' => {
                write!(redacted, "\\u{:04x}", u32::from(c)).unwrap();
            }
            c => redacted.push(c),
        }
    }
    if redacted.chars().count() > LONGEST_INPUT {
        format!("{}…", redacted.chars().take(20).collect::<String>())
    } else {
        redacted
    }
}

fn code(text: &str) -> String {
    let text = text.replace('|', "\\|");
    if text.contains('`') {
        format!("`` {text} ``")
    } else {
        format!("`{text}`")
    }
}
