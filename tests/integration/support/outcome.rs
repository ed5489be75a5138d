//! What became of a run, and how a test reads what differs from what it expected.

use std::fmt::Write as _;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

/// Everything that a finished run left behind.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub status: ExitStatus,
    /// The PID with which paramexec was started, and so the command's.
    pub pid: u32,
    pub elapsed: Duration,
}

impl Outcome {
    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    pub fn signal(&self) -> Option<i32> {
        self.status.signal()
    }

    /// Both streams, for a test that looks for something anywhere.
    pub fn output(&self) -> Vec<u8> {
        [self.stdout.as_slice(), b"\n", self.stderr.as_slice()].concat()
    }
}

/// What a run must show. It starts out expecting success and silence.
#[derive(Clone, Debug)]
pub struct Expected {
    pub stdout: Stream,
    pub stderr: Stream,
    pub end: End,
}

#[derive(Clone, Debug)]
pub enum Stream {
    Exactly(String),
    Containing(Vec<String>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Code(i32),
    Signal(i32),
}

impl Default for Expected {
    fn default() -> Self {
        let nothing = || Stream::Exactly(String::new());
        Self {
            stdout: nothing(),
            stderr: nothing(),
            end: End::Code(0),
        }
    }
}

impl Stream {
    /// One more text that must occur; the rest of the stream is then free.
    pub fn and_containing(&mut self, text: &str) {
        match self {
            Self::Containing(texts) => texts.push(text.into()),
            Self::Exactly(_) => *self = Self::Containing(vec![text.into()]),
        }
    }

    fn difference(&self, name: &str, actual: &str) -> Option<String> {
        match self {
            Self::Exactly(expected) if expected == actual => None,
            Self::Exactly(expected) => Some(format!("{name} differs:\n{}", diff(expected, actual))),
            Self::Containing(texts) => {
                let missing: Vec<&String> = texts
                    .iter()
                    .filter(|text| !actual.contains(text.as_str()))
                    .collect();
                (!missing.is_empty())
                    .then(|| format!("{name} lacks {missing:?}:\n{}", diff(actual, actual)))
            }
        }
    }
}

impl Expected {
    /// Panics with everything that differs.
    #[track_caller]
    pub fn check(&self, outcome: &Outcome) {
        let actual = outcome
            .code()
            .map(End::Code)
            .or(outcome.signal().map(End::Signal));
        let end = (actual != Some(self.end))
            .then(|| format!("ended with {actual:?}, not with {:?}", self.end));
        let stdout = self.stdout.difference("stdout", &outcome.stdout());
        let stderr = self.stderr.difference("stderr", &outcome.stderr());
        let differences: Vec<String> = [end, stdout, stderr].into_iter().flatten().collect();
        if differences.is_empty() {
            return;
        }
        let streams = format!(
            "--- all of stdout\n{}\n--- all of stderr\n{}",
            outcome.stdout(),
            outcome.stderr()
        );
        panic!(
            "the run was not as expected\n{}\n{streams}",
            differences.join("\n")
        );
    }
}

/// The lines of both, marked: `-` expected and missing, `+` there and not expected. Common lines at both ends stay unmarked.
fn diff(expected: &str, actual: &str) -> String {
    let (expected, actual): (Vec<&str>, Vec<&str>) = (lines(expected), lines(actual));
    let common =
        |pairs: usize, same: &dyn Fn(usize) -> bool| (0..pairs).take_while(|at| same(*at)).count();
    let shorter = expected.len().min(actual.len());
    let head = common(shorter, &|at| expected[at] == actual[at]);
    let tail = common(shorter - head, &|at| {
        expected[expected.len() - 1 - at] == actual[actual.len() - 1 - at]
    });
    let mut text = String::new();
    let mut mark = |sign: char, lines: &[&str]| {
        for line in lines {
            let _ = writeln!(text, "{sign} {line}");
        }
    };
    mark(' ', &expected[..head]);
    mark('-', &expected[head..expected.len() - tail]);
    mark('+', &actual[head..actual.len() - tail]);
    mark(' ', &expected[expected.len() - tail..]);
    text
}

/// Lines with their ends made visible where they are not plain newlines.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n')
        .map(|line| line.strip_suffix('\n').unwrap_or(line))
        .collect()
}
