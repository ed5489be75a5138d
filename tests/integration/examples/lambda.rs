//! AWS's own runtime client for Python (`awslambdaric`) behind paramexec, against a Runtime API on loopback, in both ways
//! that Lambda starts a function.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use super::examples;
use crate::emulator::python;
use crate::support::fake::Fake;
use crate::support::run::{Paramexec, binary};
use crate::support::temp::TempDir;

const EVENT: &str = r#"{"order": 7}"#;
const PASSWORD: &str = "correct horse";
const RESPONSE: &str = r#"{"order": 7, "password_length": 13}"#;

/// The Runtime API: it hands out one event, and passes on what is posted.
struct RuntimeApi {
    address: SocketAddr,
    posted: Receiver<(String, String)>,
}

impl RuntimeApi {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (sender, posted) = mpsc::channel();
        let handed_out = Arc::new(AtomicBool::new(false));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (sender, handed_out) = (sender.clone(), Arc::clone(&handed_out));
                thread::spawn(move || serve(stream, &sender, &handed_out));
            }
        });
        Self { address, posted }
    }

    /// The path and the body of the first request that was posted.
    fn first_post(&self) -> (String, String) {
        let posted = self.posted.recv_timeout(Duration::from_secs(30));
        posted.expect("the runtime client posts something")
    }
}

/// Answers requests on one connection until the client asks for a second event, which never comes.
fn serve(stream: TcpStream, posted: &Sender<(String, String)>, handed_out: &AtomicBool) {
    let mut reader = BufReader::new(stream);
    while let Some((path, body)) = read_request(&mut reader) {
        let answer = if !path.ends_with("/invocation/next") {
            let _ = posted.send((path, body));
            "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n".to_owned()
        } else if handed_out.swap(true, Ordering::SeqCst) {
            // Until the other side is gone.
            let _ = reader.read(&mut [0]);
            return;
        } else {
            event()
        };
        if reader.get_mut().write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn event() -> String {
    let headers = [
        "Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd",
        "Lambda-Runtime-Deadline-Ms: 4102444800000",
        "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-west-1:111122223333:function:shop",
        "Content-Type: application/json",
    ]
    .join("\r\n");
    let length = EVENT.len();
    format!("HTTP/1.1 200 OK\r\n{headers}\r\nContent-Length: {length}\r\n\r\n{EVENT}")
}

fn read_request(reader: &mut impl BufRead) -> Option<(String, String)> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let header = header.trim_end().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(text) = header.strip_prefix("content-length:") {
            length = text.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((path, String::from_utf8(body).ok()?))
}

/// What starts the runtime client, in a shell.
fn runtime() -> String {
    let python = python().expect("the environment of scripts/venv");
    let client = Command::new(&python)
        .args(["-B", "-c", "import awslambdaric"])
        .status();
    assert!(
        client.is_ok_and(|status| status.success()),
        "awslambdaric is missing: the environment is older than scripts/requirements.txt, so run scripts/venv"
    );
    format!("\"{}\" -m awslambdaric", python.display())
}

/// What Lambda sets, and the function's own variables of `examples/lambda/template.yaml`.
fn in_lambda(run: Paramexec, fake: &Fake, api: &RuntimeApi) -> Paramexec {
    fake.secure("/shop/production/db/password", PASSWORD);
    run.endpoint(fake)
        .env("AWS_LAMBDA_RUNTIME_API", api.address.to_string())
        .env("AWS_LAMBDA_FUNCTION_NAME", "shop")
        .env("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
        .env("AWS_LAMBDA_EXEC_WRAPPER", binary())
        .env("_HANDLER", "app.handler")
        .env("PATH", "/usr/bin:/bin")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PARAMEXEC_TIMEOUT", "8s")
        .env("DB_PASSWORD", "ssm:///shop/production/db/password")
        .current_dir(examples().join("lambda"))
}

fn assert_the_event_is_handled(run: Paramexec) {
    let (fake, api) = (Fake::start(), RuntimeApi::start());
    let running = in_lambda(run, &fake, &api).spawn();
    let (path, body) = api.first_post();
    assert!(
        path.ends_with("/response"),
        "{path}: {body}; {}",
        running.stderr_so_far()
    );
    assert_eq!(body, RESPONSE);
}

#[test]
fn lambda_starts_a_managed_runtime_behind_the_exec_wrapper() {
    // As the start script of a managed runtime does.
    let script = format!(
        "exec \"$AWS_LAMBDA_EXEC_WRAPPER\" {} \"$_HANDLER\"",
        runtime()
    );
    assert_the_event_is_handled(Paramexec::new().binary("/bin/sh").args(["-c", &script]));
}

#[test]
fn lambda_starts_an_image_with_paramexec_as_its_entrypoint() {
    let folder = TempDir::new();
    let script = format!("#!/bin/sh\nexec {} \"$1\"\n", runtime());
    let entrypoint = folder.script("lambda-entrypoint.sh", &script);
    let container = super::containers()
        .into_iter()
        .find(|one| one.name == "FromImage")
        .expect("the example");
    assert_eq!(
        container.arguments,
        ["/lambda-entrypoint.sh", "app.handler"]
    );
    assert_the_event_is_handled(Paramexec::new().arg(entrypoint).arg("app.handler"));
}
