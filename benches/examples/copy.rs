//! Copies so many Shoplazza cases from a sandbox in the same process into an SQLite file, and tells how long that took, how
//! much memory the process ever held, how large the file is, and how long the questions take that an operator asks:
//! `cargo run --release -p benches --example copy 1000000`.

#![allow(clippy::print_stdout, reason = "its output is what it is for")]

use std::time::Instant;

use benches::{Platforms, Result, clients, peak, reader};
use core_model::{AfterSales, AfterSalesExt, Query};
use futures_util::TryStreamExt;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use store::{Batch, Filter, Reading, Sort, Sqlite, StatsFilter, Store};

/// So many cases of the queue fit on a screen, and on a large one.
const SCREENS: [u32; 2] = [50, 250];

fn main() -> Result<()> {
    let cases = match std::env::args().nth(1) {
        Some(cases) => cases.parse()?,
        None => 100_000,
    };
    let platforms = Platforms::start(cases)?;
    reader()?.block_on(copy(&platforms, cases))
}

async fn copy(platforms: &Platforms, cases: u64) -> Result<()> {
    let shop = clients::shoplazza(platforms.sandbox())?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("aftersales.db");
    let store = Sqlite::open(&path).await?;
    for run in ["first", "second"] {
        let started = Instant::now();
        let mut pages = shop.pages(Query::new().with_page_size(250));
        while let Some(page) = pages.try_next().await? {
            let records = page
                .records
                .into_iter()
                .collect::<core_model::Result<_>>()?;
            let batch = Batch::new(shop.source(), Timestamp::now(), Reading::Listed);
            store.apply(batch.with_records(records)).await?;
        }
        let took = started.elapsed();
        println!("{run} run: {cases} cases in {took:.1?}, {}", peak()?);
    }
    for screen in SCREENS {
        let started = Instant::now();
        let queue = store
            .list(&Filter::new(), Sort::Queue, None, screen)
            .await?;
        println!(
            "queue, {} cases: {:.1?}",
            queue.cases.len(),
            started.elapsed()
        );
    }
    let started = Instant::now();
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let stats = store.stats(&StatsFilter::default(), today).await?;
    println!(
        "stats, {} cases: {:.1?}",
        stats.total.cases,
        started.elapsed()
    );
    drop(store);
    println!(
        "{} bytes a case, {}",
        std::fs::metadata(&path)?.len() / cases,
        peak()?
    );
    Ok(())
}
