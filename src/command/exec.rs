//! Becomes the command: the same process, with another program and the resulting environment.

use std::convert::Infallible;
use std::ffi::{CStr, CString, NulError, OsStr, OsString};
use std::io::{self, Read};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::sys::resource::{Resource, getrlimit};
use nix::unistd::{AccessFlags, access, execve};

use crate::environment::Environment;
use crate::error::{Diagnostic, Error, ErrorKind, Problem, Problems, reason};
use crate::process;

/// What Linux always grants arguments and environment together, and what it never exceeds.
const SMALLEST_TOTAL: u64 = 128 << 10;
const LARGEST_TOTAL: u64 = 6 << 20;

/// The command and its arguments, byte for byte as they were given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Command {
    /// What to execute, as given: `argv[0]`.
    pub program: OsString,
    /// What follows it.
    pub arguments: Vec<OsString>,
}

impl Command {
    /// The first word is the program; none is no command.
    pub(crate) fn from_words<W: Into<OsString>>(
        words: impl IntoIterator<Item = W>,
    ) -> Option<Self> {
        let mut words = words.into_iter().map(Into::into);
        let program = words.next()?;
        Some(Self {
            program,
            arguments: words.collect(),
        })
    }

    fn size(&self) -> usize {
        let words = std::iter::once(&self.program).chain(&self.arguments);
        words
            .map(|word| word.len() + 1 + size_of::<usize>())
            .sum::<usize>()
            + self.program.len()
    }
}

/// Becomes `command`, whose PATH is that of `environment`.
///
/// # Errors
/// 126 or 127, as a shell would say, when it cannot be executed or is not there; 65 when the
/// environment turns out too large after all.
pub(crate) fn execute(command: &Command, environment: &Environment) -> Result<Infallible, Error> {
    process::default_signals();
    let error = Strings::new(command, environment).map_or_else(Into::into, |strings| {
        strings.execute(&candidates(&command.program, environment))
    });
    Err(explain(command, environment, &error))
}

/// What execve(2) hands over.
struct Strings {
    words: Vec<CString>,
    variables: Vec<CString>,
}

impl Strings {
    fn new(command: &Command, environment: &Environment) -> Result<Self, NulError> {
        let words = std::iter::once(&command.program).chain(&command.arguments);
        let variables = environment
            .iter()
            .map(|(name, value)| [name, value].join(OsStr::new("=")));
        Ok(Self {
            words: words
                .map(|word| CString::new(word.as_bytes()))
                .collect::<Result<_, _>>()?,
            variables: variables
                .map(|variable| CString::new(variable.into_vec()))
                .collect::<Result<_, _>>()?,
        })
    }

    /// What execvp(3) does, with every C library alike: musl's runs no script without a first line, and glibc's has
    /// the shell make what it can of a program for another machine.
    fn execute(&self, candidates: &[PathBuf]) -> io::Error {
        let mut result = Errno::ENOENT;
        for path in candidates {
            match self.execute_file(path) {
                Errno::ENOENT | Errno::ENOTDIR | Errno::ENAMETOOLONG => {}
                Errno::EACCES => result = Errno::EACCES,
                error => return error.into(),
            }
        }
        result.into()
    }

    fn execute_file(&self, path: &Path) -> Errno {
        let Ok(file) = CString::new(path.as_os_str().as_bytes()) else {
            return Errno::EINVAL;
        };
        let Err(error) = execve(&file, &self.words, &self.variables);
        if error != Errno::ENOEXEC || is_elf(path) {
            return error;
        }
        let shell = [c"/bin/sh", &file];
        let words = shell
            .into_iter()
            .chain(self.words[1..].iter().map(|word| &**word));
        let Err(error) = execve(shell[0], &words.collect::<Vec<&CStr>>(), &self.variables);
        error
    }
}

fn is_elf(path: &Path) -> bool {
    let mut magic = [0; 4];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut magic));
    read.is_ok() && magic == *b"\x7fELF"
}

/// Why `command` would not start: the kernel is asked, in a process that ends before the command's first instruction.
#[must_use]
pub(crate) fn check_startable(command: &Command, environment: &Environment) -> Option<Error> {
    let strings = match Strings::new(command, environment) {
        Ok(strings) => strings,
        Err(error) => return Some(explain(command, environment, &error.into())),
    };
    let candidates = candidates(&command.program, environment);
    match process::try_executing(move || strings.execute(&candidates)) {
        Some(Ok(())) => None,
        Some(Err(error)) => Some(explain(command, environment, &error)),
        None => check_file(command, environment),
    }
}

/// The same, as far as the file says it.
fn check_file(command: &Command, environment: &Environment) -> Option<Error> {
    let Some(path) = find(&command.program, environment) else {
        return Some(not_found(command, environment));
    };
    let refused = if !path.is_file() || !is_executable(&path) {
        io::ErrorKind::PermissionDenied
    } else if lacks_interpreter(&path) {
        io::ErrorKind::NotFound
    } else {
        return None;
    };
    Some(explain(command, environment, &refused.into()))
}

fn is_executable(path: &Path) -> bool {
    access(path, AccessFlags::X_OK).is_ok()
}

/// Whether the first line of a script names a program that does not exist.
fn lacks_interpreter(path: &Path) -> bool {
    interpreter(path).is_some_and(|program| !program.exists())
}

/// The program that the first line of a script names.
fn interpreter(path: &Path) -> Option<PathBuf> {
    // Linux looks no further for it.
    const LONGEST_LINE: u64 = 256;
    let mut start = Vec::new();
    let file = std::fs::File::open(path).ok()?;
    file.take(LONGEST_LINE).read_to_end(&mut start).ok()?;
    let line = start
        .strip_prefix(b"#!")?
        .split(|byte| *byte == b'\n')
        .next()?;
    let mut words = line.split(|byte| matches!(byte, b' ' | b'\t'));
    let program = words.find(|word| !word.is_empty())?;
    Some(OsStr::from_bytes(program).into())
}

/// What of `environment` exec would refuse, by name: E2BIG alone says nothing.
#[must_use]
pub(crate) fn check_sizes(command: &Command, environment: &Environment) -> Problems {
    let mut problems = Problems::default();
    let longest = process::longest_string();
    for (name, size) in environment
        .string_sizes()
        .filter(|(_, size)| *size > longest)
    {
        let kib = longest >> 10;
        problems.push(Problem::from(Diagnostic::input(
            format!("{name:?} and its value are {size} bytes, and Linux takes less than {kib} KiB"),
            "store a shorter value, or add \"?file\" to its reference to get the path of a file that holds it",
        )));
    }
    let (total, limit) = (total_size(command, environment), total_limit());
    if problems.is_empty() && total > limit {
        problems.push(too_large(
            environment,
            &format!("are {total} bytes, and Linux takes {limit} here"),
        ));
    }
    problems
}

fn total_size(command: &Command, environment: &Environment) -> u64 {
    let strings = environment
        .string_sizes()
        .map(|(_, size)| size + size_of::<usize>());
    (strings.sum::<usize>() + command.size()) as u64
}

/// A quarter of the stack, within bounds: see execve(2).
fn total_limit() -> u64 {
    let stack = getrlimit(Resource::RLIMIT_STACK).map_or(u64::MAX, |(soft, _)| soft);
    (stack / 4).clamp(SMALLEST_TOTAL, LARGEST_TOTAL)
}

fn too_large(environment: &Environment, how: &str) -> Problem {
    let mut sizes: Vec<_> = environment.string_sizes().collect();
    sizes.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    let largest: Vec<String> = sizes
        .iter()
        .take(3)
        .map(|(name, size)| format!("{name:?} ({size} bytes)"))
        .collect();
    let help = format!(
        "leave variables out, or fetch large ones with \"?file\"; the largest are {}",
        largest.join(", ")
    );
    Problem::from(Diagnostic::input(
        format!("environment and arguments together {how}"),
        help,
    ))
}

fn explain(command: &Command, environment: &Environment, error: &io::Error) -> Error {
    let program = &command.program;
    let found = find(program, environment);
    let (why, help) = match (error.kind(), found) {
        (io::ErrorKind::NotFound, None) => return not_found(command, environment),
        (io::ErrorKind::ArgumentListTooLong, _) => {
            return Problems::from_iter([too_large(environment, "are more than Linux takes")])
                .into();
        }
        (io::ErrorKind::NotFound, Some(path)) => lost_interpreter(&path),
        (io::ErrorKind::PermissionDenied, Some(path)) if path.is_dir() => {
            ("it is a directory".to_owned(), "name the program in it")
        }
        (io::ErrorKind::PermissionDenied, _) => (
            "permission denied".to_owned(),
            "make it executable for this user, with chmod +x or COPY --chmod=755",
        ),
        _ => (reason(error), "check that it is a program for this machine"),
    };
    let message = format!("cannot execute {program:?}: {why}");
    Diagnostic::new(ErrorKind::NotExecutable, message, help).into()
}

/// Why a file that is there is not found.
fn lost_interpreter(path: &Path) -> (String, &'static str) {
    let lost = |what: &str| format!("it exists, but its {what} does not");
    match interpreter(path).filter(|program| !program.exists()) {
        Some(program) if program.as_os_str().as_bytes().ends_with(b"\r") => (
            lost(&format!("interpreter {program:?}")),
            "save the script with LF line ends, not CRLF",
        ),
        Some(program) => (
            lost(&format!("interpreter {program:?}")),
            "install it, or correct the first line of the script",
        ),
        None => (
            lost("dynamic loader"),
            "install the C library that it was built for (glibc or musl), or build it for this image",
        ),
    }
}

fn not_found(command: &Command, environment: &Environment) -> Error {
    let program = &command.program;
    let (why, help) = misunderstood(program).unwrap_or_else(|| {
        (
            "no such command".into(),
            where_to_look(program, environment),
        )
    });
    let message = format!("cannot execute {program:?}: {why}");
    Diagnostic::new(ErrorKind::CommandNotFound, message, help).into()
}

/// Why there is no such command and what was probably meant, where the word looks like something else.
fn misunderstood(program: &OsStr) -> Option<(String, String)> {
    let text = program.to_str()?;
    let (why, help) = if text.is_empty() {
        (
            "it is empty",
            "name the command; perhaps a variable in its place is not set".to_owned(),
        )
    } else if text.starts_with("--") {
        (
            "it was taken as the command, because it stands after \"--\", where ENTRYPOINT may end",
            instead_of_option(text),
        )
    } else if text.contains(char::is_whitespace) {
        (
            "it is one word, and a command is separate words, without a shell",
            format!("write {}", separate_words(text)),
        )
    } else if Path::new(text).extension() == Some(OsStr::new("json")) {
        (
            "no such command",
            format!("if it is the file for --mock, write \"--mock={text}\""),
        )
    } else {
        return None;
    };
    Some((why.to_owned(), help))
}

fn instead_of_option(text: &str) -> String {
    const INSPECTIONS: [&str; 4] = ["--plan", "--check", "--iam-policy", "--mock-template"];
    if INSPECTIONS.contains(&text) {
        let variable = text[2..].replace('-', "_").to_uppercase();
        return format!("set PARAMEXEC_{variable}=1");
    }
    "put the command before it, or, if it is an option of paramexec, set its PARAMEXEC_ variable"
        .to_owned()
}

/// The words as a JSON array, as a Dockerfile and a task definition take it.
fn separate_words(text: &str) -> String {
    const BUILTINS: [&str; 6] = ["cd", "exec", "export", "set", "source", "."];
    let special = |c: char| !c.is_ascii_alphanumeric() && !" ._-/:=@%+,".contains(c);
    let mut words: Vec<&str> = text.split_whitespace().collect();
    let first = words.first().copied().unwrap_or_default();
    if text.contains(special) || BUILTINS.contains(&first) || first.contains('=') {
        words = vec!["sh", "-c", text];
    }
    format!("{words:?}")
}

fn where_to_look(program: &OsStr, environment: &Environment) -> String {
    if is_path(program) {
        return "correct the path, or copy the file into the image".to_owned();
    }
    match environment.get(OsStr::new("PATH")) {
        Some(path) => {
            format!("correct its name, or install it: it is nowhere in PATH {path:?}")
        }
        None => "name it by its path: the resulting environment has no PATH".to_owned(),
    }
}

/// Where the program may be, in the order in which it is looked for.
fn candidates(program: &OsStr, environment: &Environment) -> Vec<PathBuf> {
    // No name is no file in any folder.
    if is_path(program) || program.is_empty() {
        return vec![program.into()];
    }
    let path = environment
        .get(OsStr::new("PATH"))
        .unwrap_or(OsStr::new("/bin:/usr/bin"));
    std::env::split_paths(path)
        .map(|folder| folder.join(program))
        .collect()
}

/// The file that is executed, if any: what may not be is passed over.
fn find(program: &OsStr, environment: &Environment) -> Option<PathBuf> {
    let is_there = |path: &PathBuf| path.is_file() || (is_path(program) && path.exists());
    let files: Vec<PathBuf> = candidates(program, environment)
        .into_iter()
        .filter(is_there)
        .collect();
    let executable = files.iter().find(|path| is_executable(path));
    executable.or(files.first()).cloned()
}

fn is_path(program: &OsStr) -> bool {
    program.as_encoded_bytes().contains(&b'/')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(environment: &Environment) -> String {
        let command = Command::from_words(["true"]).unwrap();
        check_sizes(&command, environment).to_string()
    }

    #[test]
    fn a_string_of_more_than_32_pages_is_too_long() {
        let with = |size: usize| Environment::from_iter([("A", "x".repeat(size - "A=\0".len()))]);
        let command = Command::from_words(["true"]).unwrap();
        assert!(check_sizes(&command, &with(process::longest_string())).is_empty());
        let text = check(&with(process::longest_string() + 1));
        assert!(
            text.contains(&format!(
                "\"A\" and its value are {} bytes",
                process::longest_string() + 1
            )),
            "{text}"
        );
    }

    #[test]
    fn a_total_over_the_limit_names_the_largest() {
        let big = (0..70).map(|n| (format!("V{n}"), "x".repeat(100_000 + n)));
        let text = check(&big.collect());
        assert!(
            text.contains("the largest are \"V69\" (100074 bytes), \"V68\""),
            "{text}"
        );
    }
}
