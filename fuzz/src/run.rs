//! Many inputs, one after the other.

use std::fs::{self, File};
use std::io::{self, Seek, Write};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
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

/// Feeds a parser its seeds and then inputs made of them, by their numbers, up to a panic. The same `seed` makes the same
/// inputs.
///
/// An input that makes it panic is left in a file below `target/fuzz`. Beside that the number of the input under way is
/// kept in a file, for what nobody can catch: a stack that overflows, a loop without an end.
///
/// # Errors
/// When a file cannot be written.
pub fn run(parser: &Parser, inputs: Range<u64>, seed: u64) -> io::Result<Report> {
    let folder = workspace().join("target/fuzz");
    fs::create_dir_all(&folder)?;
    // Not under the name of another process's input.
    let name = format!("{}.{}", parser.name().replace('/', "."), std::process::id());
    let marker = folder.join(format!("{name}.number"));
    let mut under_way = File::create(&marker)?;
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
    for number in inputs {
        let input = match usize::try_from(number).map(|at| seeds.get(at)) {
            Ok(Some(seed)) => seed.clone(),
            _ => mutate::input(&seeds, &mut Rng::with_seed(base ^ number)),
        };
        under_way.rewind()?;
        write!(under_way, "{number:020}")?;
        let begun = Instant::now();
        match catch_unwind(AssertUnwindSafe(|| parser.read(&input))) {
            Ok(Verdict::Taken) => report.taken += 1,
            Ok(Verdict::Refused) => {}
            Err(_) => {
                let file = folder.join(&name);
                fs::write(&file, &input)?;
                report.finding = Some(Finding { file });
            }
        }
        report.slowest = report.slowest.max((begun.elapsed(), input.len()));
        report.inputs += 1;
        if report.finding.is_some() {
            break;
        }
    }
    report.time = start.elapsed();
    fs::remove_file(&marker)?;
    Ok(report)
}
