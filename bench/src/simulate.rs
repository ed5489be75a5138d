//! What a fleet's start takes, for fleets that no one machine can start, and whether that is within
//! the bounds that the program promises.

use std::io;
use std::thread;
use std::time::Duration;

use crate::fleet::{Bucket, Fleet, Start};

/// The ideal may be exceeded by a quarter and so many seconds.
const ALLOWED: f64 = 2.0;
/// Where more than the fleet's size is unknown.
const ALLOWED_ELSEWHERE: f64 = 3.0;
const SIZES: [usize; 15] = [
    1, 5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 500, 1_000, 1_500, 2_000,
];
const FEW_SIZES: [usize; 4] = [10, 30, 100, 300];
/// Requests for 10, 30 and 200 parameters.
const CALLS: [usize; 3] = [1, 3, 20];

/// Fleets of one kind.
struct Kind {
    name: &'static str,
    fleets: Vec<Fleet>,
    /// What p95 may exceed a quarter over the ideal by; none where nothing is promised.
    allowed: Option<f64>,
}

/// What many starts of one fleet took, in seconds.
struct Summary {
    fleet: Fleet,
    p50: f64,
    p95: f64,
    sent_per_needed: f64,
    all_up: bool,
}

/// Prints the tables.
///
/// # Errors
/// When a bound is exceeded.
pub fn simulate(seeds: u64) -> io::Result<()> {
    let mut exceeded = Vec::new();
    for kind in kinds() {
        println!("\n{}, {seeds} starts each\n", kind.name);
        println!("| instances | parameters | ideal | p50 | p95 | bound | sent per needed |");
        println!("|--:|--:|--:|--:|--:|--:|--:|");
        for summary in summaries(&kind.fleets, seeds) {
            let bound = kind.allowed.map(|more| 1.25 * summary.fleet.ideal() + more);
            println!("{}", summary.row(bound));
            if !summary.keeps(bound) {
                exceeded.push(format!("{}: {}", kind.name, summary.row(bound)));
            }
        }
    }
    if exceeded.is_empty() {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "bounds are exceeded:\n{}",
        exceeded.join("\n")
    )))
}

fn kinds() -> Vec<Kind> {
    let kind = |name, sizes: &[usize], allowed, change: fn(&mut Fleet)| Kind {
        name,
        fleets: fleets(sizes, change),
        allowed,
    };
    let other = Some(ALLOWED_ELSEWHERE);
    vec![
        kind(
            "40 requests/s, bucket of 40, 20 ms",
            &SIZES,
            Some(ALLOWED),
            |_| (),
        ),
        kind("5 ms", &FEW_SIZES, Some(ALLOWED), |fleet| {
            fleet.latency = Duration::from_millis(5);
        }),
        kind("50 ms", &FEW_SIZES, Some(ALLOWED), |fleet| {
            fleet.latency = Duration::from_millis(50);
        }),
        kind("bucket of 80", &FEW_SIZES, Some(ALLOWED), |fleet| {
            fleet.bucket.burst = 80.0;
        }),
        kind("started within 2 s", &FEW_SIZES, other, |fleet| {
            fleet.skew = Duration::from_secs(2);
        }),
        kind("started within 30 s", &FEW_SIZES, other, |fleet| {
            fleet.skew = Duration::from_secs(30);
        }),
        kind(
            "half of the limit taken by others",
            &FEW_SIZES,
            other,
            |fleet| {
                fleet.foreign = 20.0;
            },
        ),
        kind("10 requests/s", &FEW_SIZES, other, |fleet| {
            fleet.bucket.per_second = 10.0;
        }),
        kind(
            "1,000 requests/s, bucket of 1,000",
            &SIZES[6..],
            other,
            |fleet| {
                fleet.bucket.per_second = 1_000.0;
                fleet.bucket.burst = 1_000.0;
            },
        ),
        kind("bucket of 1", &FEW_SIZES, None, |fleet| {
            fleet.bucket.burst = 1.0
        }),
        kind("refused requests take tokens", &FEW_SIZES, None, |fleet| {
            fleet.bucket = Bucket {
                refused_take: true,
                ..fleet.bucket
            };
        }),
    ]
}

fn fleets(sizes: &[usize], change: fn(&mut Fleet)) -> Vec<Fleet> {
    let each = |calls| {
        sizes.iter().map(move |instances| {
            let mut fleet = Fleet::new(*instances, calls);
            change(&mut fleet);
            fleet
        })
    };
    CALLS.into_iter().flat_map(each).collect()
}

/// In the order of `fleets`; the machine's cores share them out.
fn summaries(fleets: &[Fleet], seeds: u64) -> Vec<Summary> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let mut done: Vec<(usize, Summary)> = thread::scope(|scope| {
        let share = |core| {
            let numbered = fleets.iter().enumerate().skip(core).step_by(cores);
            scope.spawn(move || {
                let summarized = numbered.map(|(at, fleet)| (at, Summary::new(*fleet, seeds)));
                summarized.collect::<Vec<_>>()
            })
        };
        let running: Vec<_> = (0..cores).map(share).collect();
        let joined = running.into_iter().filter_map(|one| one.join().ok());
        joined.flatten().collect()
    });
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, summary)| summary).collect()
}

impl Summary {
    fn new(fleet: Fleet, seeds: u64) -> Self {
        let mut starts: Vec<Start> = (0..seeds).map(|seed| fleet.start(seed)).collect();
        starts.sort_by(|one, other| one.last.total_cmp(&other.last));
        let share = |part: f64| {
            let at = (starts.len() as f64 * part).ceil() as usize;
            starts[at.clamp(1, starts.len()) - 1].last
        };
        let sent: usize = starts.iter().map(|start| start.sent).sum();
        Self {
            fleet,
            p50: share(0.5),
            p95: share(0.95),
            sent_per_needed: sent as f64 / starts.len() as f64 / fleet.needed(),
            all_up: starts.iter().all(|start| start.up == fleet.instances),
        }
    }

    fn row(&self, bound: Option<f64>) -> String {
        format!(
            "| {} | {} | {:.1} s | {:.1} s | {:.1} s | {} | {:.2} |",
            self.fleet.instances,
            self.fleet.calls * 10,
            self.fleet.ideal(),
            self.p50,
            self.p95,
            bound.map_or_else(String::new, |bound| format!("{bound:.1} s")),
            self.sent_per_needed,
        )
    }

    fn keeps(&self, bound: Option<f64>) -> bool {
        self.all_up && bound.is_none_or(|bound| self.p95 <= bound)
    }
}
