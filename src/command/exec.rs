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
    // Linux looks no further for it.
    const LONGEST_LINE: u64 = 256;
    let mut start = Vec::new();
    let read =
        std::fs::File::open(path).and_then(|file| file.take(LONGEST_LINE).read_to_end(&mut start));
    let Some(line) = read.ok().and_then(|_| start.strip_prefix(b"#!")) else {
        return false;
    };
    let mut words = line
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default()
        .split(|byte| matches!(byte, b' ' | b'\t'))
        .filter(|word| !word.is_empty());
    words
        .next()
        .is_some_and(|word| !Path::new(OsStr::from_bytes(word)).exists())
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
            "store a shorter value, or hand it over as a file",
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
    let help = format!("hand over less; the largest are {}", largest.join(", "));
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
        (io::ErrorKind::NotFound, Some(_)) => (
            "it exists, but its interpreter or dynamic loader does not".to_owned(),
            "install what its first line or its ELF header names",
        ),
        (io::ErrorKind::PermissionDenied, Some(path)) if path.is_dir() => {
            ("it is a directory".to_owned(), "name the program in it")
        }
        (io::ErrorKind::PermissionDenied, _) => (
            "permission denied".to_owned(),
            "make it executable for this user",
        ),
        _ => (reason(error), "check that it is a program for this machine"),
    };
    let message = format!("cannot execute {program:?}: {why}");
    Diagnostic::new(ErrorKind::NotExecutable, message, help).into()
}

fn not_found(command: &Command, environment: &Environment) -> Error {
    let program = &command.program;
    let message = format!("cannot execute {program:?}: no such command");
    let help = misunderstood(program).unwrap_or_else(|| where_to_look(program, environment));
    Diagnostic::new(ErrorKind::CommandNotFound, message, help).into()
}

/// What was probably meant, where the word looks like something else than a command.
fn misunderstood(program: &OsStr) -> Option<String> {
    const INSPECTIONS: [&str; 4] = ["--plan", "--check", "--iam-policy", "--mock-template"];
    let text = program.to_str()?;
    if INSPECTIONS.contains(&text) {
        let variable = text[2..].replace('-', "_").to_uppercase();
        return Some(format!(
            "it stands after \"--\", where the command begins: set PARAMEXEC_{variable}=1"
        ));
    }
    if text.contains(char::is_whitespace) {
        return Some("it is one word: give the command as separate words, or use sh -c".to_owned());
    }
    let is_json = Path::new(text).extension() == Some(OsStr::new("json"));
    is_json.then(|| format!("if it is the file for --mock, write \"--mock={text}\""))
}

fn where_to_look(program: &OsStr, environment: &Environment) -> String {
    if is_path(program) {
        return "check the path".to_owned();
    }
    match environment.get(OsStr::new("PATH")) {
        Some(path) => format!("it is nowhere in PATH {path:?}"),
        None => "the resulting environment has no PATH".to_owned(),
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
