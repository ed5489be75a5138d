//! docs/demo.svg: a terminal with what the demo's commands really print. `scripts/docs` writes it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::run;

const COMMANDS: [&str; 4] = [
    "cat manifest",
    r#"APP_ENV=staging paramexec --mock=mock.json --manifest manifest sh -c 'echo "$DB_USER:$DB_PASSWORD@$DB_HOST"'"#,
    "APP_ENV=production paramexec --plan --manifest manifest sh",
    "APP_ENV=nowhere paramexec --mock=mock.json --manifest manifest ./server",
];
const COLUMNS: usize = 110;
const LINE_HEIGHT: usize = 18;
const MARGIN: usize = 18;

#[test]
fn the_screenshot_shows_what_the_demo_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (picture, folder) = (root.join("docs/demo.svg"), root.join("examples/demo"));
    let text = svg(&session(&folder));
    if std::env::var_os("PARAMEXEC_WRITE_DOCS").is_some() {
        fs::write(&picture, &text).expect("it is written");
    }
    let is_current = fs::read_to_string(&picture).is_ok_and(|written| written == text);
    assert!(is_current, "docs/demo.svg is not current: run scripts/docs");
}

/// Lines of the terminal, each with its colour.
fn session(folder: &Path) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    for command in COMMANDS {
        lines.extend(wrapped(&format!("$ {command}")).map(|line| ("#7ee787", line)));
        for line in run(command, folder).lines() {
            let colour = if line.starts_with("paramexec: command not")
                || line.starts_with("paramexec: the command")
            {
                "#ff7b72"
            } else {
                "#e6edf3"
            };
            lines.extend(wrapped(line).map(|line| (colour, line)));
        }
        lines.push(("", String::new()));
    }
    lines
}

/// As a terminal of that width breaks it.
fn wrapped(line: &str) -> impl Iterator<Item = String> {
    let characters: Vec<char> = line.chars().collect();
    let lines = characters
        .chunks(COLUMNS)
        .map(|chunk| chunk.iter().collect());
    lines.collect::<Vec<String>>().into_iter()
}

fn svg(lines: &[(&str, String)]) -> String {
    let (width, height) = (
        COLUMNS * 8 + 2 * MARGIN,
        lines.len() * LINE_HEIGHT + 2 * MARGIN,
    );
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"paramexec in a terminal\">\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"#0d1117\"/>\n\
         <g font-family=\"ui-monospace,Menlo,Consolas,monospace\" font-size=\"13\" xml:space=\"preserve\">\n"
    );
    for (number, (colour, line)) in lines
        .iter()
        .enumerate()
        .filter(|(_, (_, line))| !line.is_empty())
    {
        let y = MARGIN + (number + 1) * LINE_HEIGHT - 5;
        let line = line.replace('&', "&amp;").replace('<', "&lt;");
        let _ = writeln!(
            text,
            "<text x=\"{MARGIN}\" y=\"{y}\" fill=\"{colour}\">{line}</text>"
        );
    }
    text + "</g>\n</svg>\n"
}
