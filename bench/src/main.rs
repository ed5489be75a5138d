//! Measures paramexec: `scripts/bench` builds and calls this.

mod compare;
mod connections;
mod endpoint;
mod fleet;
#[path = "../../src/store/aws/retry/limiter.rs"]
#[allow(dead_code, reason = "the program uses more of it")]
mod limiter;
mod link;
mod network;
mod run;
mod simulate;
mod storm;
mod stub;

use std::collections::HashMap;
use std::io;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;

const USAGE: &str = "\
bench stub --ca FILE [--listen ADDRESS] [--latency MS] [--rate N --burst N]
bench compare --folder F --paramexec P --floor P --entrypoint P --aws FOLDER [--rounds N]
bench connections --folder F --programs FOLDER [--rounds N]
bench network --folder F --paramexec P [--beside P] [--rounds N] [--rtt MS]
bench storm --folder F --paramexec P [--instances N,N]
bench simulate [--seeds N]";

/// Options: a name and a value each.
struct Options(HashMap<String, String>);

fn main() -> io::Result<()> {
    let mut words = std::env::args().skip(1);
    let command = words.next().unwrap_or_default();
    let options = Options::parse(words)?;
    match command.as_str() {
        "stub" => stub::serve(options.manner()?, &options.path("ca")?),
        "compare" => compare::compare(
            &compare::Programs {
                paramexec: options.path("paramexec")?,
                floor: options.path("floor")?,
                entrypoint: options.path("entrypoint")?,
                aws: options.path("aws")?,
            },
            &options.path("folder")?,
            options.number("rounds")?.unwrap_or(21),
        ),
        "connections" => connections::connections(
            &options.path("programs")?,
            &options.path("folder")?,
            options.number("rounds")?.unwrap_or(21),
        ),
        "network" => network::network(
            &options.programs()?,
            &options.path("folder")?,
            options.number("rounds")?.unwrap_or(21),
            Duration::from_millis(options.number("rtt")?.unwrap_or(20)),
        ),
        "storm" => storm::storm(
            &options.path("paramexec")?,
            &options.path("folder")?,
            &options.number("instances")?.unwrap_or("300".to_owned()),
        ),
        "simulate" => simulate::simulate(options.number("seeds")?.unwrap_or(20)),
        _ => Err(io::Error::other(USAGE)),
    }
}

impl Options {
    fn parse(mut words: impl Iterator<Item = String>) -> io::Result<Self> {
        let mut options = HashMap::new();
        while let Some(name) = words.next() {
            let name = name
                .strip_prefix("--")
                .ok_or_else(|| io::Error::other(USAGE))?;
            let value = words.next().ok_or_else(|| io::Error::other(USAGE))?;
            options.insert(name.to_owned(), value);
        }
        Ok(Self(options))
    }

    fn path(&self, name: &str) -> io::Result<PathBuf> {
        let path = self.0.get(name).map(PathBuf::from);
        path.ok_or_else(|| io::Error::other(format!("--{name} is missing\n{USAGE}")))
    }

    fn number<T: std::str::FromStr>(&self, name: &str) -> io::Result<Option<T>> {
        let wrong = || io::Error::other(format!("--{name} is no number\n{USAGE}"));
        let text = self.0.get(name);
        text.map(|text| text.parse().map_err(|_| wrong()))
            .transpose()
    }

    /// What is compared over a network: `--beside` is another build, such as the one before a change.
    fn programs(&self) -> io::Result<Vec<(String, PathBuf)>> {
        let mut programs = vec![("paramexec".to_owned(), self.path("paramexec")?)];
        if let Ok(beside) = self.path("beside") {
            programs.push(("beside it".to_owned(), beside));
        }
        Ok(programs)
    }

    fn manner(&self) -> io::Result<stub::Manner> {
        let address = self.number("listen")?;
        Ok(stub::Manner {
            address: address.unwrap_or(Ipv4Addr::LOCALHOST.into()),
            latency: Duration::from_millis(self.number("latency")?.unwrap_or(0)),
            limit: self.number("rate")?.zip(self.number("burst")?),
        })
    }
}
