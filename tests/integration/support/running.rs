//! A run under way: its output so far, signals to it, and a watchdog that lets no test wait for ever.

use std::io::{Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use super::outcome::Outcome;

/// No test needs longer; one that does is hanging.
const LONGEST_RUN: Duration = Duration::from_mins(1);

pub struct Running {
    pid: u32,
    started: Instant,
    stdout: Arc<Collected>,
    stderr: Arc<Collected>,
    ended: Receiver<ExitStatus>,
    reaped: bool,
}

impl Running {
    #[track_caller]
    pub(super) fn start(mut command: Command, stdin: Option<Vec<u8>>) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let started = Instant::now();
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("start {command:?}: {error}"));
        if let (Some(bytes), Some(mut pipe)) = (stdin, child.stdin.take()) {
            // A command that does not read its input breaks the pipe, which is its right.
            thread::spawn(move || pipe.write_all(&bytes));
        }
        let stdout = Collected::from(child.stdout.take().expect("stdout is piped"));
        let stderr = Collected::from(child.stderr.take().expect("stderr is piped"));
        let pid = child.id();
        Self {
            pid,
            started,
            stdout,
            stderr,
            ended: end_of(child),
            reaped: false,
        }
    }

    pub fn pid(&self) -> u32 {
        self.pid
    }

    #[track_caller]
    pub fn signal(&self, signal: Signal) {
        kill(self.process(), signal)
            .unwrap_or_else(|error| panic!("send {signal} to {}: {error}", self.pid));
    }

    /// Waits until stdout contains a text.
    #[track_caller]
    pub fn wait_for_stdout(&self, text: &str) {
        self.wait_for(&self.stdout, "stdout", text);
    }

    /// Waits until stderr contains a text.
    #[track_caller]
    pub fn wait_for_stderr(&self, text: &str) {
        self.wait_for(&self.stderr, "stderr", text);
    }

    pub fn stderr_so_far(&self) -> String {
        self.stderr.text()
    }

    pub fn stdout_so_far(&self) -> String {
        self.stdout.text()
    }

    /// Waits for the end of the process and of its output.
    #[track_caller]
    pub fn wait(mut self) -> Outcome {
        let Ok(status) = self.ended.recv_timeout(self.left()) else {
            self.overdue("did not end")
        };
        self.reaped = true;
        let elapsed = self.started.elapsed();
        if !(self.stdout.closes_within(self.left()) && self.stderr.closes_within(self.left())) {
            self.overdue("ended, but something still holds its output open");
        }
        Outcome {
            stdout: self.stdout.bytes(),
            stderr: self.stderr.bytes(),
            status,
            pid: self.pid,
            elapsed,
        }
    }

    #[track_caller]
    fn wait_for(&self, stream: &Collected, name: &str, text: &str) {
        let found = stream.wait_until(self.left(), |bytes| contains(bytes, text.as_bytes()));
        assert!(
            found || !stream.is_closed(),
            "{name} ended without {text:?}: {:?}; stderr: {:?}",
            stream.text(),
            self.stderr.text()
        );
        if !found {
            self.overdue(&format!("never wrote {text:?} to {name}"));
        }
    }

    fn left(&self) -> Duration {
        LONGEST_RUN.saturating_sub(self.started.elapsed())
    }

    #[track_caller]
    fn overdue(&self, what: &str) -> ! {
        let _ = killpg(self.process(), Signal::SIGKILL);
        panic!(
            "the run {what} within {LONGEST_RUN:?}; stdout: {:?}; stderr:\n{}",
            self.stdout.text(),
            self.stderr.text()
        );
    }

    fn process(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.pid).expect("PIDs are small"))
    }
}

/// Ends the process and all that it started; as a group, since the process itself may be gone already.
impl Drop for Running {
    fn drop(&mut self) {
        let _ = killpg(self.process(), Signal::SIGKILL);
        if !self.reaped {
            let _ = self.ended.recv_timeout(Duration::from_secs(5));
        }
    }
}

fn end_of(mut child: Child) -> Receiver<ExitStatus> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || child.wait().map(|status| sender.send(status)));
    receiver
}

fn contains(bytes: &[u8], text: &[u8]) -> bool {
    text.is_empty() || bytes.windows(text.len()).any(|window| window == text)
}

/// A stream that a thread reads as it comes.
struct Collected {
    state: Mutex<State>,
    grown: Condvar,
}

#[derive(Default)]
struct State {
    bytes: Vec<u8>,
    closed: bool,
}

impl Collected {
    fn from(mut stream: impl Read + Send + 'static) -> Arc<Self> {
        let collected = Arc::new(Self {
            state: Mutex::default(),
            grown: Condvar::new(),
        });
        let writer = Arc::clone(&collected);
        thread::spawn(move || {
            let mut block = [0; 16 * 1024];
            while let Ok(length @ 1..) = stream.read(&mut block) {
                writer.change(|state| state.bytes.extend(&block[..length]));
            }
            writer.change(|state| state.closed = true);
        });
        collected
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.grown.notify_all();
    }

    /// Whether the condition came true in time, and before the stream ended.
    fn wait_until(&self, limit: Duration, condition: impl Fn(&[u8]) -> bool) -> bool {
        let waiting = |state: &mut State| !state.closed && !condition(&state.bytes);
        let waited = self.grown.wait_timeout_while(self.state(), limit, waiting);
        condition(&waited.unwrap_or_else(PoisonError::into_inner).0.bytes)
    }

    fn closes_within(&self, limit: Duration) -> bool {
        let waited = self
            .grown
            .wait_timeout_while(self.state(), limit, |state| !state.closed);
        waited.unwrap_or_else(PoisonError::into_inner).0.closed
    }

    fn is_closed(&self) -> bool {
        self.state().closed
    }

    fn bytes(&self) -> Vec<u8> {
        self.state().bytes.clone()
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
