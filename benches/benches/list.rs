//! A whole listing through real HTTP on loopback: `records()` against a plain loop that keeps the text
//! of each record and understands nothing, with one page under way and with eight, as many as the
//! client asks for ahead.

#![allow(
    clippy::unwrap_used,
    reason = "a benchmark that cannot run has nothing to measure"
)]

use std::time::Duration;

use benches::plain::{self, Listing};
use benches::{Platforms, clients, reader};
use core_model::{AfterSales, AfterSalesExt, Query, Result};
use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use futures_util::TryStreamExt;

/// So many records.
#[derive(Clone, Copy)]
struct Extent {
    cases: u64,
    page_size: u32,
}

fn list(criterion: &mut Criterion) {
    let shoplazza = Extent {
        cases: 100_000,
        page_size: 250,
    };
    let platforms = Platforms::start(shoplazza.cases).unwrap();
    let client = clients::shoplazza(&platforms.sandbox().base_url("shoplazza")).unwrap();
    measure(criterion, &platforms, shoplazza, &client, plain::SHOPLAZZA);

    let xiaoe = Extent {
        cases: 20_000,
        page_size: 50,
    };
    let platforms = Platforms::start(xiaoe.cases).unwrap();
    let client = clients::xiaoe(platforms.sandbox()).unwrap();
    measure(criterion, &platforms, xiaoe, &client, plain::XIAOE);
}

fn measure(
    criterion: &mut Criterion,
    platforms: &Platforms,
    extent: Extent,
    client: &dyn AfterSales,
    listing: Listing,
) {
    let Extent { cases, page_size } = extent;
    let runtime = reader().unwrap();
    let name = format!("list/{}/{cases}", client.source().platform());
    let mut group = criterion.benchmark_group(name);
    group
        .sampling_mode(SamplingMode::Flat)
        .sample_size(10)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(10))
        .throughput(Throughput::Elements(cases));

    group.bench_function("records", |bencher| {
        let query = Query::new().with_page_size(page_size);
        bencher.iter(|| {
            let listed = runtime.block_on(drain(client, query.clone())).unwrap();
            assert_eq!(listed, cases);
        });
    });
    let http = plain::client().unwrap();
    for (yardstick, ahead) in [("plain_eight_ahead", 8), ("plain_one_by_one", 1)] {
        group.bench_function(yardstick, |bencher| {
            let base = platforms
                .sandbox()
                .base_url(client.source().platform().as_str());
            let size = page_size.into();
            bencher.iter(|| {
                let fetched = listing.drain(&http, &base, cases, size, ahead);
                assert_eq!(runtime.block_on(fetched).unwrap(), cases);
            });
        });
    }
    group.finish();
}

/// Takes every record and lets it go.
async fn drain(client: &dyn AfterSales, query: Query) -> Result<u64> {
    let records = client.records(query);
    records.try_fold(0, async |count, _| Ok(count + 1)).await
}

criterion_group!(benches, list);
criterion_main!(benches);
