//! What a bound on requests under way costs and gives: the program built with other bounds.

use std::io;
use std::path::Path;

use crate::compare::{Case, Row, Wanted};
use crate::endpoint::Endpoint;

/// Prints a row for each bound; `programs` holds one program for each, with the bound as its name.
pub fn connections(programs: &Path, folder: &Path, rounds: usize) -> io::Result<()> {
    let mut bounds: Vec<u32> = std::fs::read_dir(programs)?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    bounds.sort_unstable();
    println!(
        "| 200 parameters over TLS | at most under way | wall | CPU | peak RSS | connections |"
    );
    println!("|---|--:|--:|--:|--:|--:|");
    for latency in [0, 5, 20] {
        let endpoint = Endpoint::start(folder, &["--latency", &latency.to_string()])?;
        let case = Case::new(Wanted::Parameters(200), latency, true);
        let mut rows: Vec<Row> = bounds.iter().map(|_| Row::default()).collect();
        for _ in 0..rounds {
            for (bound, row) in bounds.iter().zip(&mut rows) {
                let mut command = endpoint.command(&programs.join(bound.to_string()), case.tls);
                case.ask(&mut command);
                row.run(&mut command, &endpoint)?;
            }
        }
        for (bound, row) in bounds.iter().zip(&rows) {
            println!(
                "| {latency} ms | {bound} | {:.1} ms | {:.1} ms | {:.1} MB | {:.1} |",
                row.wall().as_secs_f64() * 1e3,
                row.cpu().as_secs_f64() * 1e3,
                row.peak(),
                row.connections,
            );
        }
    }
    Ok(())
}
