//! The stub in a process of its own, so that its memory and processor time are nobody else's.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

pub struct Endpoint {
    process: Child,
    address: String,
    plain: u16,
    tls: u16,
    ca: PathBuf,
}

/// Requests, refused ones among them, and connections.
#[derive(Debug, Clone, Copy)]
pub struct Counts {
    pub calls: u64,
    pub refused: u64,
    pub connections: u64,
}

impl Endpoint {
    /// Starts one; `options` are those of `bench stub`.
    pub fn start(folder: &Path, options: &[&str]) -> io::Result<Self> {
        let ca = folder.join(format!("ca{}.pem", options.concat()));
        let mut process = Command::new(std::env::current_exe()?)
            .arg("stub")
            .arg("--ca")
            .arg(&ca)
            .args(options)
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = process.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let ports: Vec<u16> = line
            .split_whitespace()
            .filter_map(|port| port.parse().ok())
            .collect();
        let [plain, tls] = ports[..] else {
            return Err(io::Error::other("the stub did not say where it listens"));
        };
        let given = options.iter().position(|option| *option == "--listen");
        let address = given.and_then(|at| options.get(at + 1));
        Ok(Self {
            process,
            address: (*address.unwrap_or(&"127.0.0.1")).to_owned(),
            plain,
            tls,
            ca,
        })
    }

    /// A command with nothing in its environment but what it needs to ask here.
    pub fn command(&self, program: &Path, tls: bool) -> Command {
        let mut command = Command::new(program);
        let url = match tls {
            true => format!("https://{}:{}", self.address, self.tls),
            false => self.plain_url(),
        };
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
            .env(
                "AWS_SECRET_ACCESS_KEY",
                "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            )
            .env("AWS_ENDPOINT_URL", url)
            .env("AWS_CA_BUNDLE", &self.ca);
        command
    }

    pub fn plain_url(&self) -> String {
        format!("http://{}:{}", self.address, self.plain)
    }

    pub fn counts(&self) -> io::Result<Counts> {
        let mut stream = TcpStream::connect((self.address.as_str(), self.plain))?;
        stream.write_all(b"GET /stats HTTP/1.1\r\n\r\n")?;
        let mut answer = [0; 1024];
        let length = stream.read(&mut answer)?;
        let text = String::from_utf8_lossy(&answer[..length]);
        let body = text.rsplit("\r\n\r\n").next().unwrap_or_default();
        let numbers: Vec<u64> = body.split(' ').filter_map(|n| n.parse().ok()).collect();
        match numbers[..] {
            [calls, refused, connections] => Ok(Counts {
                calls,
                refused,
                connections,
            }),
            _ => Err(io::Error::other("the stub's counts cannot be read")),
        }
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
