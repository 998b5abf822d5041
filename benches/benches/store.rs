//! The local copy in SQLite against the least code that keeps the same cases: every page is written to both, one after
//! the other, so that whatever else the machine does hits both alike.
//!
//! `cargo bench -p benches --bench store -- 100000 3`: so many cases, so many rounds.

#![allow(clippy::print_stdout, reason = "its output is what it is for")]

use std::fmt;
use std::ops::AddAssign;
use std::path::Path;
use std::time::{Duration, Instant};

use benches::minimal::{Case, Copy};
use benches::{Platforms, Result, clients, reader};
use core_model::{AfterSales, Query};
use jiff::Timestamp;
use rustix::time::{ClockId, clock_gettime};
use store::{Batch, Outcome, Reading, Sqlite, Store};

/// The cases of a page.
const PAGE: u32 = 250;

fn main() -> Result<()> {
    // Cargo adds an option of its own.
    let mut arguments = std::env::args().skip(1).filter(|it| !it.starts_with('-'));
    let mut number = |default: u64| arguments.next().map_or(Ok(default), |text| text.parse());
    let (cases, rounds) = (number(100_000)?, number(3)?);
    let platforms = Platforms::start(cases)?;
    let runtime = reader()?;
    for round in 1..=rounds {
        let folder = tempfile::tempdir()?;
        let result = runtime.block_on(compare(&platforms, folder.path(), cases))?;
        println!("round {round}: {result}");
    }
    Ok(())
}

/// Two runs over the same cases: the first finds all of them new, the second none.
async fn compare(platforms: &Platforms, folder: &Path, cases: u64) -> Result<String> {
    let (minimal_path, path) = (folder.join("minimal.db"), folder.join("aftersales.db"));
    let mut minimal = Copy::create(&minimal_path)?;
    let store = Sqlite::open(&path).await?;
    let first = run(platforms, &mut minimal, &store, cases).await?;
    let second = run(platforms, &mut minimal, &store, 0).await?;
    drop(store);
    drop(minimal);
    let size = |path: &Path| -> Result<u64> { Ok(std::fs::metadata(path)?.len()) };
    Ok(format!(
        "first {first}, second {second}, second against first {:.2}; {} bytes a case, minimal {}",
        ratio(second.store.cpu, first.store.cpu),
        size(&path)? / cases,
        size(&minimal_path)? / cases,
    ))
}

/// What the two took.
struct Times {
    store: Taken,
    minimal: Taken,
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { store, minimal } = self;
        let wall = ratio(store.wall, minimal.wall);
        let cpu = ratio(store.cpu, minimal.cpu);
        write!(f, "{store} against {minimal}: {wall:.2} (CPU {cpu:.2})")
    }
}

/// Time on the clock, and time of all cores that this process had. The latter hardly depends on what else the machine does.
#[derive(Default)]
struct Taken {
    wall: Duration,
    cpu: Duration,
}

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2?} (CPU {:.2?})", self.wall, self.cpu)
    }
}

impl AddAssign<Stopwatch> for Taken {
    fn add_assign(&mut self, since: Stopwatch) {
        self.wall += since.wall.elapsed();
        self.cpu += cpu().saturating_sub(since.cpu);
    }
}

struct Stopwatch {
    wall: Instant,
    cpu: Duration,
}

impl Stopwatch {
    fn start() -> Self {
        Self {
            wall: Instant::now(),
            cpu: cpu(),
        }
    }
}

/// The time that all cores have worked for this process.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

#[allow(clippy::float_arithmetic, reason = "for people to read")]
fn ratio(time: Duration, yardstick: Duration) -> f64 {
    time.as_secs_f64() / yardstick.as_secs_f64()
}

async fn run(platforms: &Platforms, minimal: &mut Copy, store: &Sqlite, new: u64) -> Result<Times> {
    let shop = clients::shoplazza(&platforms.sandbox().base_url("shoplazza"))?;
    let query = Query::new().with_page_size(PAGE);
    let mut times = Times {
        store: Taken::default(),
        minimal: Taken::default(),
    };
    let mut written = [0, 0];
    let mut at = None;
    for number in 1.. {
        let page = shop.page(&query, at.as_ref()).await?;
        let records = page
            .records
            .into_iter()
            .collect::<core_model::Result<Vec<_>>>()?;
        let cases = records
            .iter()
            .filter_map(|record| record.raw.as_ref())
            .map(|raw| Case::read(serde_json::from_str(raw.get())?))
            .collect::<Result<Vec<_>>>()?;
        let batch = Batch::new(shop.source(), Timestamp::now(), Reading::Listed)
            .with_records(records)
            .with_position("list", number.to_string());
        let mut batch = Some(batch);
        for turn in [number % 2, (number + 1) % 2] {
            let started = Stopwatch::start();
            if turn == 0 {
                written[0] += minimal.apply(&cases, number, 0)? as u64;
                times.minimal += started;
            } else if let Some(batch) = batch.take() {
                let applied = store.apply(batch).await?;
                times.store += started;
                let outcomes = applied.records.iter();
                written[1] += outcomes.filter(|(_, it)| *it != Outcome::Unchanged).count() as u64;
            }
        }
        at = page.next;
        if at.is_none() {
            break;
        }
    }
    if written != [new, new] {
        return Err(format!("{written:?} written instead of {new}").into());
    }
    Ok(times)
}
