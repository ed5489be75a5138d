//! What paramexec does to its own process, and the only place with `unsafe`.

#![allow(unsafe_code)]

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::process::CommandExt;
use std::panic::PanicHookInfo;
use std::process::Command;
use std::time::{Duration, Instant};

use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal};
use nix::sys::signal::{killpg, sigaction, signal, sigprocmask};
use nix::unistd::{Pid, write};

/// What ends the process at once until it is the command.
const ENDING: [Signal; 4] = [
    Signal::SIGTERM,
    Signal::SIGINT,
    Signal::SIGHUP,
    Signal::SIGQUIT,
];

/// Prepares the process to hold secrets and to run as PID 1.
pub(crate) fn prepare() {
    std::panic::set_hook(Box::new(end_on_panic));
    // Neither a core dump nor another process of the same user may read what is fetched; exec
    // makes the command dumpable again. Where the kernel refuses, nothing is lost.
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_dumpable(false);
    end_at_once_on(&ENDING);
    // A write beyond `ulimit -f` fails, and says so.
    // SAFETY: no handler is installed.
    let _ = unsafe { signal(Signal::SIGXFSZ, SigHandler::SigIgn) };
}

/// A panic is a bug. What it says may hold a value, so only its place is shown.
fn end_on_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map_or_else(String::new, |place| {
        let file = place.file().rsplit('/').next().unwrap_or_default();
        format!(" at {file}:{}", place.line())
    });
    let line = format!("paramexec: internal error{place} (exit code 70): please report this bug\n");
    write_to_stderr(line.as_bytes(), Duration::from_secs(1));
    // SAFETY: ends the process; nothing needs to be cleaned up.
    unsafe { libc::_exit(70) }
}

/// Starts a command in a process group of its own, which [`end_group`] ends, and which ends with this
/// process however that ends.
pub(crate) fn end_with_this_process(command: &mut Command) {
    command.process_group(0);
    let tie = || {
        // Where the kernel refuses, the command only runs longer than it should.
        #[cfg(target_os = "linux")]
        let _ = nix::sys::prctl::set_pdeathsig(Signal::SIGKILL);
        Ok(())
    };
    // SAFETY: prctl(2) is a plain system call, which a forked child may make.
    unsafe { command.pre_exec(tie) };
}

/// Whether `execute`, which only returns why it could not, becomes a program in another process. That process ends
/// before the first instruction of the program. None where the kernel does not let one process trace another.
#[cfg(target_os = "linux")]
pub(crate) fn try_executing(
    mut execute: impl FnMut() -> io::Error + Send + Sync + 'static,
) -> Option<io::Result<()>> {
    const UNTRACED: i32 = i32::MAX;
    let attempt = move || {
        let _ = nix::sys::prctl::set_pdeathsig(Signal::SIGKILL);
        // SAFETY: asks to be stopped at the next exec; there are no other arguments.
        if unsafe { libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0) } != 0 {
            return Err(io::Error::from_raw_os_error(UNTRACED));
        }
        Err(execute())
    };
    let mut command = Command::new("/");
    // SAFETY: only system calls follow in the forked child; other threads of this process hold no lock, they wait.
    unsafe { command.pre_exec(attempt) };
    match command.spawn() {
        Ok(child) => {
            end_traced(child.id());
            Some(Ok(()))
        }
        // Of the last two it cannot be told whether they are those of fork.
        Err(error)
            if matches!(
                error.raw_os_error(),
                Some(UNTRACED | libc::EAGAIN | libc::EPERM) | None
            ) =>
        {
            None
        }
        Err(error) => Some(Err(error)),
    }
}

#[cfg(target_os = "linux")]
fn end_traced(child: u32) {
    use nix::sys::wait::{WaitStatus, waitpid};
    let Ok(child) = i32::try_from(child).map(Pid::from_raw) else {
        return;
    };
    let _ = nix::sys::signal::kill(child, Signal::SIGKILL);
    // The stop at exec may be told before the end.
    while let Ok(status) = waitpid(child, None) {
        if matches!(status, WaitStatus::Exited(..) | WaitStatus::Signaled(..)) {
            return;
        }
    }
}

/// Other systems are not asked.
#[cfg(not(target_os = "linux"))]
pub(crate) fn try_executing(
    _execute: impl FnMut() -> io::Error + Send + Sync + 'static,
) -> Option<io::Result<()>> {
    None
}

/// Ends a process group that [`end_with_this_process`] made.
pub(crate) fn end_group(leader: u32) {
    if let Ok(leader) = i32::try_from(leader) {
        let _ = killpg(Pid::from_raw(leader), Signal::SIGKILL);
    }
}

/// Prepares the process for the SDK. Requires that no other thread exists yet.
pub(crate) fn prepare_for_aws(unset: impl Fn(&OsStr) -> bool) {
    forget_aws_variables(unset);
    resolve_names_without_nss_modules();
}

/// As PID 1 a signal without a handler is not delivered, so `docker stop` would wait in vain.
fn end_at_once_on(signals: &[Signal]) {
    extern "C" fn end(signal: libc::c_int) {
        // SAFETY: _exit(2) is async-signal-safe. Nothing needs to be cleaned up: paramexec
        // writes no files, and what it holds ends with it.
        unsafe { libc::_exit(128 + signal) }
    }
    let action = SigAction::new(SigHandler::Handler(end), SaFlags::empty(), SigSet::empty());
    for signal in signals {
        // SAFETY: the handler only calls an async-signal-safe function.
        let _ = unsafe { sigaction(*signal, &action) };
    }
    // A caller may have blocked them.
    let _ = sigprocmask(
        SigmaskHow::SIG_UNBLOCK,
        Some(&signals.iter().copied().collect()),
        None,
    );
}

/// Does what leaves something behind where it is broken off; what ends the process waits until then.
pub(crate) fn uninterrupted<T>(act: impl FnOnce() -> T) -> T {
    let signals: SigSet = ENDING.into_iter().collect();
    let _ = sigprocmask(SigmaskHow::SIG_BLOCK, Some(&signals), None);
    let outcome = act();
    let _ = sigprocmask(SigmaskHow::SIG_UNBLOCK, Some(&signals), None);
    outcome
}

/// Linux takes no single string of `NAME=value` and its NUL beyond this: 32 pages, which are 128 KiB or more.
pub(crate) fn longest_string() -> usize {
    // SAFETY: asks for a number.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    32 * usize::try_from(page).unwrap_or(4096)
}

/// Rust's start-up ends the process without a word where a standard stream is closed and there is no `/dev/null` to put
/// in its place. So before that, something is: an empty-handed descriptor that exec closes again.
#[cfg(target_os = "linux")]
#[used]
#[unsafe(link_section = ".init_array")]
static FILL_STANDARD_STREAMS: extern "C" fn() = {
    extern "C" fn fill() {
        for stream in 0..3 {
            // SAFETY: plain system calls; the paths are NUL-terminated. Of free descriptors open(2) takes the lowest.
            unsafe {
                if libc::fcntl(stream, libc::F_GETFD) == -1
                    && libc::open(c"/dev/null".as_ptr(), libc::O_RDWR) == -1
                {
                    libc::open(c"/".as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC);
                }
            }
        }
    }
    fill
};

/// Writes all of `text` with one call where its reader keeps up, and waits for a reader that does
/// not no longer than `patience`: a pipe that is full would block for as long as nobody reads it.
pub(crate) fn write_to_stderr(text: &[u8], patience: Duration) {
    let stderr = io::stderr();
    let deadline = Instant::now() + patience;
    let mut rest = text;
    while !rest.is_empty() && is_writable(&stderr, deadline) {
        // A write to a pipe that has room for it does not block, and one of this size has.
        let most = if pipe_is_empty(&stderr) {
            PIPE_SIZE
        } else {
            libc::PIPE_BUF
        };
        match write(&stderr, &rest[..rest.len().min(most)]) {
            Ok(written) => rest = &rest[written..],
            Err(nix::errno::Errno::EINTR | nix::errno::Errno::EAGAIN) => {}
            Err(_) => return,
        }
    }
}

/// The size that any empty pipe has room for.
const PIPE_SIZE: usize = 64 << 10;

fn is_writable(file: &impl AsFd, deadline: Instant) -> bool {
    let left = deadline.saturating_duration_since(Instant::now());
    is_ready(file, PollFlags::POLLOUT, left)
}

/// Waits until there is something to read, or the end, but no longer than `patience`.
pub(crate) fn is_readable(file: &impl AsFd, patience: Duration) -> bool {
    is_ready(file, PollFlags::POLLIN, patience)
}

fn is_ready(file: &impl AsFd, event: PollFlags, patience: Duration) -> bool {
    let timeout = PollTimeout::try_from(patience).unwrap_or(PollTimeout::MAX);
    let mut files = [PollFd::new(file.as_fd(), event)];
    // If polling fails, reading or writing will report why.
    poll(&mut files, timeout).map_or(true, |ready| ready > 0)
}

/// Whether nothing waits in the pipe; what is no pipe never blocks for long.
fn pipe_is_empty(file: &impl AsRawFd) -> bool {
    let mut waiting: libc::c_int = 0;
    // SAFETY: FIONREAD writes one int, to a variable that outlives the call.
    let result = unsafe { libc::ioctl(file.as_raw_fd(), libc::FIONREAD, &raw mut waiting) };
    result != 0 || waiting == 0
}

/// Every signal as a program expects it: nothing blocked, nothing ignored. Rust's own start-up
/// ignores SIGPIPE, and exec would hand that on.
pub(crate) fn default_signals() {
    for number in 1..=last_signal() {
        // exec itself turns handlers into the default, and until then they should work.
        let handled = ENDING.iter().any(|signal| *signal as i32 == number);
        if !handled && number != libc::SIGKILL && number != libc::SIGSTOP {
            default_signal(number);
        }
    }
    let _ = sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None);
}

#[cfg(target_os = "linux")]
fn last_signal() -> libc::c_int {
    libc::SIGRTMAX()
}

/// Past the C library, which keeps 32 and 33 for its own and would leave them as a parent did.
#[cfg(target_os = "linux")]
fn default_signal(number: libc::c_int) {
    let default = [0_u64; 8];
    let (none, mask) = (std::ptr::null::<u64>(), size_of::<u64>());
    // SAFETY: the kernel's `struct sigaction` of zeros is SIG_DFL, which installs no code, and it
    // is smaller than this; numbers without a signal only give EINVAL.
    unsafe {
        libc::syscall(libc::SYS_rt_sigaction, number, default.as_ptr(), none, mask);
    }
}

#[cfg(not(target_os = "linux"))]
fn last_signal() -> libc::c_int {
    libc::SIGUSR2
}

#[cfg(not(target_os = "linux"))]
fn default_signal(number: libc::c_int) {
    // SAFETY: SIG_DFL installs no code.
    unsafe {
        libc::signal(number, libc::SIG_DFL);
    }
}

/// The SDK takes an empty `AWS_REGION` for a region; everyone else for none. And whatever else counts
/// as `unset`, since it is meant for the command.
fn forget_aws_variables(unset: impl Fn(&OsStr) -> bool) {
    let forgotten = |(name, value): &(OsString, OsString)| {
        let name = name.as_encoded_bytes();
        let setting = name.starts_with(b"AWS_") || name == b"SSL_CERT_FILE";
        setting && (value.is_empty() || unset(value))
    };
    let names: Vec<_> = std::env::vars_os()
        .filter(forgotten)
        .map(|(name, _)| name)
        .collect();
    for name in names {
        // SAFETY: no other thread runs yet. The command gets its environment from a copy that
        // was made before, so it still has the empty variables.
        unsafe { std::env::remove_var(name) };
    }
}

/// A static glibc loads the NSS modules that the image's nsswitch.conf names, and dies when they
/// belong to another glibc. These two need none.
#[cfg(all(target_env = "gnu", target_feature = "crt-static"))]
fn resolve_names_without_nss_modules() {
    unsafe extern "C" {
        fn __nss_configure_lookup(
            database: *const libc::c_char,
            services: *const libc::c_char,
        ) -> libc::c_int;
    }
    for (database, services) in [(c"hosts", c"files dns"), (c"passwd", c"files")] {
        // SAFETY: glibc's public interface; both strings are NUL-terminated and live for ever,
        // and no look-up has been made yet.
        unsafe { __nss_configure_lookup(database.as_ptr(), services.as_ptr()) };
    }
}

/// A dynamic glibc loads modules of its own version, and musl has none.
#[cfg(not(all(target_env = "gnu", target_feature = "crt-static")))]
fn resolve_names_without_nss_modules() {}
