//! A fleet that starts at once: real processes against the stub's limit.

use std::io;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::endpoint::Endpoint;

/// Starts fleets of these sizes, with 30 parameters for each instance, and prints how that went.
pub fn storm(paramexec: &Path, folder: &Path, sizes: &str) -> io::Result<()> {
    println!(
        "| instances | started within | up | last after | ideal | sent | refused | sent per needed |"
    );
    println!("|--:|--:|--:|--:|--:|--:|--:|--:|");
    for size in sizes.split(',') {
        let instances = size.parse().map_err(io::Error::other)?;
        println!("{}", one(paramexec, folder, instances)?);
    }
    Ok(())
}

fn one(paramexec: &Path, folder: &Path, instances: usize) -> io::Result<String> {
    let endpoint = Endpoint::start(folder, &["--rate", "40", "--burst", "40"])?;
    let before = endpoint.counts()?;
    let begin = Instant::now();
    let children = (0..instances)
        .map(|number| start(paramexec, &endpoint, number + 1 == instances))
        .collect::<io::Result<Vec<_>>>()?;
    let started = begin.elapsed();
    let (up, last) = wait(children, begin)?;
    let counts = endpoint.counts()?;
    let needed = (instances * 3) as f64;
    let sent = (counts.calls - before.calls) as f64;
    Ok(format!(
        "| {instances} | {:.1} s | {up} | {:.1} s | {:.1} s | {sent} | {} | {:.2} |",
        started.as_secs_f64(),
        last.as_secs_f64(),
        ((needed - 40.0) / 40.0).max(0.0),
        counts.refused,
        sent / needed,
    ))
}

fn start(paramexec: &Path, endpoint: &Endpoint, talks: bool) -> io::Result<Child> {
    let mut command = endpoint.command(paramexec, false);
    for number in 0..30 {
        command.env(
            format!("SECRET_{number}"),
            format!("ssm:///bench/parameter/{number}"),
        );
    }
    // One of them shows what a slow start says; the others would only repeat it.
    if !talks {
        command.stderr(Stdio::null());
    }
    command.env("PARAMEXEC_TIMEOUT", "180s").arg("/bin/true");
    command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()
}

fn wait(mut children: Vec<Child>, begin: Instant) -> io::Result<(usize, Duration)> {
    let (mut up, mut last) = (0, Duration::ZERO);
    while !children.is_empty() {
        let mut left = Vec::new();
        for mut child in children {
            match child.try_wait()? {
                None => left.push(child),
                Some(status) => {
                    up += usize::from(status.success());
                    last = begin.elapsed();
                }
            }
        }
        children = left;
        thread::sleep(Duration::from_millis(10));
    }
    Ok((up, last))
}
