//! Lists so many Shoplazza cases from a sandbox in the same process, and tells how long it took and
//! how much memory the process ever held: `cargo run --release -p benches --example drain 1000000`.

#![allow(clippy::print_stdout, reason = "its output is what it is for")]

use std::time::Instant;

use benches::{Platforms, Result, clients, peak, reader};
use core_model::{AfterSalesExt, Query};
use futures_util::TryStreamExt;

fn main() -> Result<()> {
    let cases = match std::env::args().nth(1) {
        Some(cases) => cases.parse()?,
        None => 100_000,
    };
    let platforms = Platforms::start(cases)?;
    let shop = clients::shoplazza(&platforms.sandbox().base_url("shoplazza"))?;
    let started = Instant::now();
    let listed = reader()?.block_on(
        shop.records(Query::new().with_page_size(250))
            .try_fold(0_u64, async |count, _| Ok(count + 1)),
    )?;
    println!("{listed} cases in {:.1?}, {}", started.elapsed(), peak()?);
    Ok(())
}
