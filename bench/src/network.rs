//! What a start takes over a network with real round trips, which TCP and TLS pay too.

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::compare::Wanted;
use crate::endpoint::Endpoint;
use crate::link;
use crate::run::{Took, measure, median};

/// Where credentials come from.
#[derive(Clone, Copy)]
enum Credentials {
    Environment,
    Ecs,
    Instance,
}

struct Case {
    title: &'static str,
    wanted: Wanted,
    credentials: Credentials,
    /// Whether it has half a processor only.
    halved: bool,
}

/// Prints a row for each case and program.
pub fn network(
    programs: &[(String, PathBuf)],
    folder: &Path,
    rounds: usize,
    round_trip: Duration,
) -> io::Result<()> {
    let here = folder.to_owned();
    let address = link::SERVER.to_string();
    let serve = move || Endpoint::start(&here, &["--listen", &address]);
    let far = match link::join(round_trip, serve) {
        Ok(far) => far,
        Err(error) => {
            println!("network: skipped, namespaces or TUN devices are not allowed here ({error})");
            return Ok(());
        }
    };
    // Credentials come from this side of the network, as on ECS and EC2.
    let near = Endpoint::start(folder, &["--listen", "127.0.0.1"])?;
    let half = HalfProcessor::new();
    if let Err(error) = &half {
        println!("half a processor: skipped, control groups cannot be made here ({error})\n");
    }
    let half = half.ok();
    println!("| case | program | wall | round trips | CPU | peak RSS |");
    println!("|---|---|--:|--:|--:|--:|");
    for case in cases() {
        if case.halved && half.is_none() {
            continue;
        }
        let mut took: Vec<Vec<Took>> = programs.iter().map(|_| Vec::new()).collect();
        for _ in 0..rounds {
            for ((_, program), took) in programs.iter().zip(&mut took) {
                let mut command = case.command(program, &far, &near);
                let once = match &half {
                    Some(half) if case.halved => half.measure(command)?,
                    _ => measure(&mut command)?,
                };
                if !once.good {
                    return Err(io::Error::other(format!("{} failed", program.display())));
                }
                took.push(once);
            }
        }
        for ((name, _), took) in programs.iter().zip(&took) {
            print(&case, name, took, round_trip);
        }
    }
    Ok(())
}

fn cases() -> Vec<Case> {
    use Credentials::{Ecs, Environment, Instance};
    let case = |title, wanted, credentials, halved| Case {
        title,
        wanted,
        credentials,
        halved,
    };
    vec![
        case("1 parameter", Wanted::Parameters(1), Environment, false),
        case("10 parameters", Wanted::Parameters(10), Environment, false),
        case("50 parameters", Wanted::Parameters(50), Environment, false),
        case(
            "200 parameters",
            Wanted::Parameters(200),
            Environment,
            false,
        ),
        case("50 below a path", Wanted::Path(50), Environment, false),
        case("10, ECS endpoint", Wanted::Parameters(10), Ecs, false),
        case("10, IMDSv2", Wanted::Parameters(10), Instance, false),
        case("50, ECS endpoint", Wanted::Parameters(50), Ecs, false),
        case(
            "10, half a processor",
            Wanted::Parameters(10),
            Environment,
            true,
        ),
        case(
            "50, half a processor",
            Wanted::Parameters(50),
            Environment,
            true,
        ),
        case(
            "200, half a processor",
            Wanted::Parameters(200),
            Environment,
            true,
        ),
    ]
}

impl Case {
    fn command(&self, program: &Path, far: &Endpoint, near: &Endpoint) -> Command {
        let mut command = far.command(program, true);
        let near = near.plain_url();
        match self.credentials {
            Credentials::Environment => {}
            Credentials::Ecs => {
                let url = format!("{near}/credentials");
                without_keys(&mut command).env("AWS_CONTAINER_CREDENTIALS_FULL_URI", url);
            }
            Credentials::Instance => {
                without_keys(&mut command).env("AWS_EC2_METADATA_SERVICE_ENDPOINT", near);
            }
        }
        self.wanted.ask(&mut command);
        command
    }
}

fn without_keys(command: &mut Command) -> &mut Command {
    command
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY")
}

fn print(case: &Case, name: &str, took: &[Took], round_trip: Duration) {
    let wall = median(took.iter().map(|took| took.wall)).unwrap_or_default();
    let cpu = median(took.iter().map(|took| took.cpu)).unwrap_or_default();
    let peak = median(took.iter().map(|took| took.peak)).unwrap_or_default();
    println!(
        "| {} | {name} | {:.1} ms | {:.2} | {:.1} ms | {:.1} MB |",
        case.title,
        wall.as_secs_f64() * 1e3,
        wall.as_secs_f64() / round_trip.as_secs_f64(),
        cpu.as_secs_f64() * 1e3,
        peak as f64 * 1024.0 / 1e6,
    );
}

/// A control group whose processes share half a processor.
struct HalfProcessor {
    folder: PathBuf,
}

impl HalfProcessor {
    fn new() -> io::Result<Self> {
        let name = format!("paramexec-bench-{}", std::process::id());
        let second = Path::new("/sys/fs/cgroup");
        let (root, quotas) = if second.join("cgroup.controllers").exists() {
            (second.to_owned(), vec![("cpu.max", "50000 100000")])
        } else {
            let quotas = vec![
                ("cpu.cfs_period_us", "100000"),
                ("cpu.cfs_quota_us", "50000"),
            ];
            (second.join("cpu"), quotas)
        };
        let folder = root.join(name);
        fs::create_dir(&folder)?;
        let half = Self { folder };
        for (file, quota) in quotas {
            fs::write(half.folder.join(file), quota)?;
        }
        Ok(half)
    }

    /// Runs a command in it. To get there is no part of what it took: the kernel may let it wait for
    /// 40 ms, until no process reads the groups.
    fn measure(&self, mut command: Command) -> io::Result<Took> {
        let processes = self.folder.join("cgroup.procs");
        let (mut there, mut tell) = io::pipe()?;
        let begin = Instant::now();
        let enter = move || {
            fs::write(&processes, "0")?;
            tell.write_all(&begin.elapsed().as_nanos().to_ne_bytes())
        };
        // SAFETY: this process is alone in the child, and writes to two files only.
        unsafe { command.pre_exec(enter) };
        let mut took = measure(&mut command)?;
        let mut nanoseconds = [0; 16];
        there.read_exact(&mut nanoseconds)?;
        let entering = u64::try_from(u128::from_ne_bytes(nanoseconds)).map_err(io::Error::other)?;
        took.wall = took.wall.saturating_sub(Duration::from_nanos(entering));
        Ok(took)
    }
}

impl Drop for HalfProcessor {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.folder);
    }
}
