//! paramexec beside `env`, the floor and the AWS CLI: the same command, the same values, in turn.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::endpoint::Endpoint;
use crate::run::{Took, measure, median};

const OBJECT: &str = "s3://bench/20.env";

/// What is compared; paths.
pub struct Programs {
    pub paramexec: PathBuf,
    pub floor: PathBuf,
    /// The entrypoint in Bash, and the folder that `aws` is in.
    pub entrypoint: PathBuf,
    pub aws: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Contender {
    Paramexec,
    Env,
    Floor,
    AwsCli,
}

impl Contender {
    const ALL: [Self; 4] = [Self::Paramexec, Self::Env, Self::Floor, Self::AwsCli];

    fn name(self) -> &'static str {
        match self {
            Self::Paramexec => "paramexec",
            Self::Env => "`env`, which fetches nothing",
            Self::Floor => "floor: bare rustls",
            Self::AwsCli => "AWS CLI in Bash",
        }
    }
}

#[derive(Clone, Copy)]
pub enum Wanted {
    Parameters(usize),
    /// So many below one path.
    Path(usize),
    Object,
}

/// What is fetched, and over what.
pub struct Case {
    pub wanted: Wanted,
    pub latency: u64,
    pub tls: bool,
}

/// The runs of one program.
#[derive(Default)]
pub struct Row {
    took: Vec<Took>,
    pub calls: f64,
    pub connections: f64,
}

/// Prints the table.
pub fn compare(programs: &Programs, folder: &Path, rounds: usize) -> io::Result<()> {
    let endpoints = [
        (0, Endpoint::start(folder, &[])?),
        (20, Endpoint::start(folder, &["--latency", "20"])?),
    ];
    println!(
        "| case | program | wall | to paramexec | to floor | CPU | peak RSS | calls | connections |"
    );
    println!("|---|---|--:|--:|--:|--:|--:|--:|--:|");
    for case in cases() {
        let (_, endpoint) = endpoints
            .iter()
            .find(|(latency, _)| *latency == case.latency)
            .ok_or(io::ErrorKind::NotFound)?;
        print(&case, &case.run(programs, endpoint, rounds)?);
    }
    Ok(())
}

fn cases() -> Vec<Case> {
    let mut cases = vec![Case::new(Wanted::Parameters(0), 0, true)];
    for (latency, tls) in [(0, false), (0, true), (20, true)] {
        let wanted = [1, 10, 50, 200].map(Wanted::Parameters);
        let wanted = wanted.into_iter().chain([Wanted::Object]);
        cases.extend(wanted.map(|wanted| Case::new(wanted, latency, tls)));
    }
    cases
}

impl Case {
    pub fn new(wanted: Wanted, latency: u64, tls: bool) -> Self {
        Self {
            wanted,
            latency,
            tls,
        }
    }

    fn title(&self) -> String {
        let what = match self.wanted {
            Wanted::Parameters(0) => return "nothing to fetch".to_owned(),
            Wanted::Parameters(1) => "1 parameter".to_owned(),
            Wanted::Parameters(count) => format!("{count} parameters"),
            Wanted::Path(count) => format!("{count} below a path"),
            Wanted::Object => "1 S3 object, 20 variables".to_owned(),
        };
        let how = if self.tls { "TLS" } else { "plain" };
        format!("{what}, {how}, {} ms", self.latency)
    }

    fn run(
        &self,
        programs: &Programs,
        endpoint: &Endpoint,
        rounds: usize,
    ) -> io::Result<Vec<(Contender, Row)>> {
        let contenders = Contender::ALL.into_iter().filter(|one| self.suits(*one));
        let mut rows: Vec<_> = contenders.map(|one| (one, Row::default())).collect();
        for round in 0..rounds {
            for (contender, row) in &mut rows {
                if round < self.most_rounds(*contender) {
                    row.run(&mut self.command(*contender, programs, endpoint), endpoint)?;
                }
            }
        }
        Ok(rows)
    }

    /// The AWS CLI takes seconds, so that a few rounds show enough.
    fn most_rounds(&self, contender: Contender) -> usize {
        match (contender, self.wanted) {
            (Contender::AwsCli, Wanted::Parameters(11..)) => 1,
            (Contender::AwsCli, _) => 3,
            _ => usize::MAX,
        }
    }

    fn suits(&self, contender: Contender) -> bool {
        match (contender, self.wanted) {
            (_, Wanted::Parameters(0)) => contender != Contender::AwsCli,
            (Contender::Floor, Wanted::Object) => false,
            _ => true,
        }
    }

    fn command(&self, contender: Contender, programs: &Programs, endpoint: &Endpoint) -> Command {
        let program = match contender {
            Contender::Paramexec => &programs.paramexec,
            Contender::Env => Path::new("/usr/bin/env"),
            Contender::Floor => &programs.floor,
            Contender::AwsCli => &programs.entrypoint,
        };
        let mut command = endpoint.command(program, self.tls);
        self.ask(&mut command);
        if contender == Contender::Paramexec
            && let Wanted::Object = self.wanted
        {
            command.env("PARAMEXEC_FROM", OBJECT);
        }
        if contender == Contender::AwsCli {
            command.env("AWS", programs.aws.join("aws"));
        }
        command
    }

    /// Adds what is wanted, and the command to become.
    pub fn ask(&self, command: &mut Command) {
        self.wanted.ask(command);
    }
}

impl Wanted {
    /// Adds what is wanted, and the command to become.
    pub fn ask(&self, command: &mut Command) {
        match self {
            Self::Parameters(count) => {
                for number in 0..*count {
                    let reference = format!("ssm:///bench/parameter/{number}");
                    command.env(format!("SECRET_{number}"), reference);
                }
            }
            Self::Path(count) => {
                command.env("PARAMEXEC_FROM", format!("ssm:///bench/{count}/"));
            }
            Self::Object => {
                command.env("OBJECT", OBJECT);
            }
        }
        command.arg("/bin/true");
    }
}

impl Row {
    /// Runs it once more.
    pub fn run(&mut self, command: &mut Command, endpoint: &Endpoint) -> io::Result<()> {
        let before = endpoint.counts()?;
        let took = measure(command)?;
        let after = endpoint.counts()?;
        if !took.good {
            let program = command.get_program().display().to_string();
            return Err(io::Error::other(format!("{program} failed")));
        }
        self.took.push(took);
        let runs = self.took.len() as f64;
        self.calls += ((after.calls - before.calls) as f64 - self.calls) / runs;
        let connections = (after.connections - before.connections) as f64;
        self.connections += (connections - self.connections) / runs;
        Ok(())
    }

    pub fn wall(&self) -> Duration {
        median(self.took.iter().map(|took| took.wall)).unwrap_or_default()
    }

    pub fn cpu(&self) -> Duration {
        median(self.took.iter().map(|took| took.cpu)).unwrap_or_default()
    }

    /// In millions of bytes.
    pub fn peak(&self) -> f64 {
        median(self.took.iter().map(|took| took.peak)).unwrap_or_default() as f64 * 1024.0 / 1e6
    }
}

fn print(case: &Case, rows: &[(Contender, Row)]) {
    let ratio = |wall: f64, to: Contender| {
        let other = rows.iter().find(|(contender, _)| *contender == to);
        other.map_or_else(String::new, |(_, row)| {
            format!("{:.2}", wall / row.wall().as_secs_f64())
        })
    };
    for (contender, row) in rows {
        let wall = row.wall().as_secs_f64();
        println!(
            "| {} | {} | {:.2} ms | {} | {} | {:.2} ms | {:.1} MB | {:.0} | {:.1} |",
            case.title(),
            contender.name(),
            wall * 1e3,
            ratio(wall, Contender::Paramexec),
            ratio(wall, Contender::Floor),
            row.cpu().as_secs_f64() * 1e3,
            row.peak(),
            row.calls,
            row.connections,
        );
    }
}
