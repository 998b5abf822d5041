//! Many use one copy.

use std::sync::Arc;

use futures_util::TryStreamExt;
use futures_util::future::join_all;
use store::{Batch, Filter, Outcome, Reading, Sort, StoreExt};

use super::{Place, at, case, completed, list, shop};

pub async fn accounts_are_written_at_the_same_time(place: &dyn Place) {
    let store = place.open().await;
    let workers = (0..6).map(|worker| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let shop = shop(&format!("shop {worker}"));
            for page in 0..8 {
                let cases = (0..25)
                    .map(|n| case(&shop, &format!("{page} {n}")))
                    .collect();
                let batch = Batch::new(&shop, at(page), Reading::Listed)
                    .with_records(cases)
                    .with_position("list", page.to_string());
                store.apply(batch).await.unwrap();
            }
            assert_eq!(store.positions(&shop).await.unwrap()["list"], "7");
        })
    });
    for worker in join_all(workers).await {
        worker.unwrap();
    }
    let stats = store
        .stats(&Default::default(), "2025-06-15".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(stats.total.cases, 6 * 8 * 25);
    assert_eq!(stats.by_account.len(), 6);
}

pub async fn two_workers_on_one_account_do_not_count_twice(place: &dyn Place) {
    let shop = shop("us");
    let first = place.open().await;
    let workers = (0..3).map(|worker| {
        let first = Arc::clone(&first);
        let shop = shop.clone();
        let other = place.open();
        async move {
            let store = if worker == 0 { first } else { other.await };
            let work = tokio::spawn(async move {
                let mut new = 0;
                for page in 0..10 {
                    let cases: Vec<_> = (0..20)
                        .map(|n| case(&shop, &format!("{page} {n}")))
                        .collect();
                    for cases in [cases.clone(), cases.into_iter().map(completed).collect()] {
                        let applied = list(&*store, &shop, at(page), cases).await;
                        new += applied
                            .records
                            .iter()
                            .filter(|(_, outcome)| *outcome == Outcome::New)
                            .count();
                    }
                }
                new
            });
            work.await.unwrap()
        }
    });
    let new: usize = join_all(workers).await.into_iter().sum();
    assert_eq!(new, 200);
    let stats = first
        .stats(&Default::default(), "2025-06-15".parse().unwrap())
        .await
        .unwrap();
    assert_eq!((stats.total.cases, stats.total.refunded), (200, 200));
    let cases: Vec<_> = first
        .cases(Filter::new(), Sort::FirstSeen)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(cases.len(), 200);
}

pub async fn readers_see_whole_pages(place: &dyn Place) {
    let store = place.open().await;
    let shop = shop("us");
    let writer = tokio::spawn({
        let (store, shop) = (Arc::clone(&store), shop.clone());
        async move {
            for page in 0..40 {
                let cases = (0..10)
                    .map(|n| case(&shop, &format!("{page} {n}")))
                    .collect();
                list(&*store, &shop, at(page), cases).await;
            }
        }
    });
    let mut seen = 0;
    while seen < 400 {
        let listing = store
            .list(&Filter::new(), Sort::FirstSeen, None, 1000)
            .await
            .unwrap();
        let cases = listing.cases.len();
        assert_eq!(cases % 10, 0, "part of a page");
        assert!(cases >= seen, "{cases} after {seen}");
        seen = cases;
    }
    writer.await.unwrap();
}
