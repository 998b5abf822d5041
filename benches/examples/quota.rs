//! Reads a backlog that is larger than the quotas allow for, and tells how much of its quota each account has used, and how
//! many calls the sandbox had to refuse: `cargo run --release -p benches --example quota 2`, for two minutes.

#![allow(clippy::print_stdout, reason = "its output is what it is for")]

use std::time::Duration;

use benches::Result;
use core_model::{AfterSales, Quota};
use sandbox::{Quotas, Sandbox, credentials};
use store::Sqlite;
use sync::{Options, Stop, run_once};

/// More than can be read meanwhile.
const BACKLOG: u64 = 1_000_000;

#[tokio::main]
async fn main() -> Result<()> {
    let minutes = match std::env::args().nth(1) {
        Some(minutes) => minutes.parse()?,
        None => 2,
    };
    let sandbox = Sandbox::builder().records(BACKLOG);
    let sandbox = sandbox.quotas(Quotas::Enforced).start().await?;
    let shop = shoplazza::Config::builder()
        .base_url(sandbox.base_url("shoplazza"))
        .access_token(credentials::shoplazza::ACCESS_TOKEN)
        .build()?;
    let shop = shoplazza::Client::new("us-store", shop)?;
    let courses = xiaoe::Config::builder()
        .base_url(sandbox.base_url("xiaoe"))
        .access_token(credentials::xiaoe::ACCESS_TOKEN)
        .build()?;
    let courses = xiaoe::Client::new("courses", courses)?;

    let folder = tempfile::tempdir()?;
    let copy = Sqlite::open(folder.path().join("aftersales.db")).await?;
    let (stopper, stop) = Stop::new();
    let options = Options::default().with_stop(stop);
    let stopped = async {
        tokio::time::sleep(Duration::from_secs(60 * minutes)).await;
        stopper.stop();
        ["shoplazza", "xiaoe"].map(|platform| sandbox.calls(platform))
    };
    let (first, second, calls) = tokio::join!(
        run_once(&shop, &copy, &options),
        run_once(&courses, &copy, &options),
        stopped,
    );
    let accounts: [&dyn AfterSales; 2] = [&shop, &courses];
    for ((account, report), calls) in accounts.iter().zip([first, second]).zip(calls) {
        let platform = account.source().platform().as_str();
        let allowed = match account.capabilities().quota {
            Some(Quota::Bucket {
                capacity,
                per_second,
            }) => u64::from(capacity) + u64::from(per_second) * 60 * minutes,
            Some(Quota::Window { calls, seconds }) => {
                u64::from(calls) * (60 * minutes / u64::from(seconds))
            }
            None => return Err(format!("{platform} has no quota").into()),
        };
        println!(
            "{platform}: {calls} of {allowed} calls ({}.{} %), {} over the quota, {} new cases, {:?}",
            calls * 100 / allowed,
            calls * 1000 / allowed % 10,
            sandbox.over_quota(platform),
            report.counts.new,
            report.ending
        );
    }
    Ok(())
}
