//! Many inputs, one after the other.

use std::fs::{self, File};
use std::io::{self, Seek, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fastrand::Rng;

use crate::mutate;
use crate::parser::{Parser, Verdict, workspace};

/// How a parser fared.
#[derive(Debug)]
pub struct Report {
    /// How many inputs it was given.
    pub inputs: u64,
    /// How many of them were not refused.
    pub taken: u64,
    /// For all of it, making the inputs included.
    pub time: Duration,
    /// The longest time that one input took, and its length in bytes.
    pub slowest: (Duration, usize),
    /// The input that broke a promise, after which no other was tried.
    pub finding: Option<Finding>,
}

/// An input that a parser did not survive.
#[derive(Debug)]
pub struct Finding {
    /// Where it is kept.
    pub file: PathBuf,
}

/// Feeds a parser its seeds and then inputs made of them, up to a panic. The same `seed` makes the same inputs.
///
/// The input under way is kept in a file below `target/fuzz`. It stays there after a panic, and after what nobody can
/// catch: a stack that overflows, a loop without an end.
///
/// # Errors
/// When the file cannot be written.
pub fn run(parser: &Parser, inputs: u64, seed: u64) -> io::Result<Report> {
    let file = file_of(parser);
    let mut under_way = open(&file)?;
    let seeds = parser.seeds();
    let base = Rng::with_seed(seed).u64(..);
    let mut report = Report {
        inputs: 0,
        taken: 0,
        time: Duration::ZERO,
        slowest: (Duration::ZERO, 0),
        finding: None,
    };
    let start = Instant::now();
    while report.inputs < inputs && report.finding.is_none() {
        let input = match usize::try_from(report.inputs).map(|at| seeds.get(at)) {
            Ok(Some(seed)) => seed.clone(),
            _ => mutate::input(&seeds, &mut Rng::with_seed(base ^ report.inputs)),
        };
        under_way.rewind()?;
        under_way.set_len(0)?;
        under_way.write_all(&input)?;
        let begun = Instant::now();
        match catch_unwind(AssertUnwindSafe(|| parser.read(&input))) {
            Ok(Verdict::Taken) => report.taken += 1,
            Ok(Verdict::Refused) => {}
            Err(_) => report.finding = Some(Finding { file: file.clone() }),
        }
        report.slowest = report.slowest.max((begun.elapsed(), input.len()));
        report.inputs += 1;
    }
    report.time = start.elapsed();
    if report.finding.is_none() {
        fs::remove_file(&file)?;
    }
    Ok(report)
}

fn file_of(parser: &Parser) -> PathBuf {
    // Not under the name of another process's input.
    let name = format!("{}.{}", parser.name().replace('/', "."), std::process::id());
    workspace().join("target/fuzz").join(name)
}

fn open(file: &Path) -> io::Result<File> {
    fs::create_dir_all(file.parent().unwrap_or(file))?;
    File::create(file)
}
