//! Positions, leases and runs.

use core_model::Source;
use store::{Batch, Counts, Ending, ErrorKind, Lease, Reading, RunEnd, Store};

use super::{Place, at, case, completed, list, shop};

pub async fn the_position_moves_with_its_page_or_not_at_all(place: &dyn Place) {
    let store = place.open().await;
    let shop = shop("us");
    let run = store.begin_run(&super::shop("eu"), at(0)).await.unwrap();
    let page = |id: &str, position: &str| {
        let records = vec![case(&shop, id)];
        Batch::new(&shop, at(1), Reading::Listed)
            .with_records(records)
            .with_position("list", position)
    };
    store.apply(page("1", "2")).await.unwrap();
    // The counts are the last that is written: when they fail, nothing of the page is there.
    let mut failing = page("2", "3");
    failing.run = Some(run);
    let error = store.apply(failing).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    assert_eq!(store.positions(&shop).await.unwrap()["list"], "2");
    assert!(store.case(&shop, "1").await.unwrap().is_some());
    assert_eq!(store.case(&shop, "2").await.unwrap(), None);
    assert_eq!(
        store.runs(None, 1).await.unwrap()[0].counts,
        Counts::default()
    );
}

pub async fn positions_have_names(place: &dyn Place) {
    let store = place.open().await;
    let (us, eu) = (shop("us"), shop("eu"));
    let batch = Batch::new(&us, at(1), Reading::Listed)
        .with_position("list", "1")
        .with_position("updated", r#"{"until":"2025-01-01T00:00:00Z"}"#);
    store.apply(batch).await.unwrap();
    store
        .apply(Batch::new(&eu, at(1), Reading::Listed).with_position("list", "7"))
        .await
        .unwrap();
    let mut batch = Batch::new(&us, at(2), Reading::Listed).with_position("list", "2");
    batch.positions.push(("updated".to_owned(), None));
    batch.positions.push(("never there".to_owned(), None));
    store.apply(batch).await.unwrap();
    let positions = store.positions(&us).await.unwrap();
    assert_eq!(
        positions.into_iter().collect::<Vec<_>>(),
        [("list".to_owned(), "2".to_owned())]
    );
    assert_eq!(store.positions(&eu).await.unwrap()["list"], "7");
}

async fn take(
    store: &dyn Store,
    shop: &Source,
    holder: &str,
    now: i64,
    until: i64,
) -> Option<Lease> {
    store.lease(shop, holder, at(now), at(until)).await.unwrap()
}

pub async fn one_worker_has_an_account_at_a_time(place: &dyn Place) {
    let store = place.open().await;
    let shop = shop("us");
    let first = take(&*store, &shop, "a", 0, 60).await.unwrap();
    assert_eq!((first.epoch, first.expires_at), (1, at(60)));
    assert_eq!(take(&*store, &shop, "b", 59, 100).await, None);
    let prolonged = take(&*store, &shop, "a", 50, 120).await.unwrap();
    assert_eq!((prolonged.epoch, prolonged.expires_at), (1, at(120)));
    assert_eq!(take(&*store, &shop, "b", 119, 200).await, None);
    let second = take(&*store, &shop, "b", 120, 200).await.unwrap();
    assert_eq!(second.epoch, 2);
    // The first has nothing to give back any more.
    store.release(&prolonged).await.unwrap();
    assert_eq!(take(&*store, &shop, "a", 121, 200).await, None);
    store.release(&second).await.unwrap();
    assert_eq!(take(&*store, &shop, "a", 122, 200).await.unwrap().epoch, 3);
    // Another account is free.
    assert_eq!(
        take(&*store, &super::shop("eu"), "b", 122, 200)
            .await
            .unwrap()
            .epoch,
        1
    );
}

pub async fn a_worker_that_lost_the_account_writes_nothing(place: &dyn Place) {
    let store = place.open().await;
    let shop = shop("us");
    let batch = |lease: &Lease, position: &str| {
        let mut batch = Batch::new(&shop, at(1), Reading::Listed).with_position("list", position);
        batch.records = vec![case(&shop, position)];
        batch.lease = Some(lease.clone());
        batch
    };
    let first = take(&*store, &shop, "a", 0, 60).await.unwrap();
    store.apply(batch(&first, "1")).await.unwrap();
    let second = take(&*store, &shop, "b", 60, 120).await.unwrap();
    for lost in [
        first.clone(),
        Lease {
            epoch: 3,
            ..second.clone()
        },
    ] {
        let error = store.apply(batch(&lost, "2")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LeaseLost, "{error}");
    }
    assert_eq!(store.case(&shop, "2").await.unwrap(), None);
    assert_eq!(store.positions(&shop).await.unwrap()["list"], "1");
    store.apply(batch(&second, "3")).await.unwrap();
    store.release(&second).await.unwrap();
    let error = store.apply(batch(&second, "4")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LeaseLost, "{error}");
    let mut foreign = batch(&second, "5");
    foreign.lease = take(&*store, &super::shop("eu"), "b", 0, 60).await;
    assert_eq!(
        store.apply(foreign).await.unwrap_err().kind(),
        ErrorKind::Config
    );
    assert_eq!(store.positions(&shop).await.unwrap()["list"], "3");
}

pub async fn a_run_counts_what_its_pages_wrote(place: &dyn Place) {
    let store = place.open().await;
    let shop = shop("us");
    list(
        &*store,
        &shop,
        at(0),
        vec![case(&shop, "1"), case(&shop, "2")],
    )
    .await;
    let run = store.begin_run(&shop, at(1)).await.unwrap();
    let begun = store.runs(Some(&shop), 5).await.unwrap();
    assert_eq!(
        (begun[0].id, begun[0].ended_at, begun[0].ending),
        (run, None, None)
    );
    for page in [
        vec![
            case(&shop, "1"),
            completed(case(&shop, "2")),
            case(&shop, "3"),
        ],
        vec![case(&shop, "4")],
    ] {
        let mut batch = Batch::new(&shop, at(2), Reading::Listed).with_records(page);
        batch.unreadable = 2;
        batch.run = Some(run);
        store.apply(batch).await.unwrap();
    }
    let end = RunEnd {
        at: at(3),
        ending: Ending::Failed,
        error: Some("no answer in time".to_owned()),
    };
    store.finish_run(run, end).await.unwrap();
    let runs = store.runs(Some(&shop), 5).await.unwrap();
    assert_eq!(runs.len(), 1);
    let counts = Counts {
        pages: 2,
        new: 2,
        changed: 1,
        unchanged: 1,
        unreadable: 4,
    };
    assert_eq!(runs[0].counts, counts);
    assert_eq!((runs[0].started_at, runs[0].ended_at), (at(1), Some(at(3))));
    assert_eq!(runs[0].ending, Some(Ending::Failed));
    assert_eq!(runs[0].error.as_deref(), Some("no answer in time"));
}

pub async fn runs_are_listed_the_latest_first(place: &dyn Place) {
    let store = place.open().await;
    let (us, eu) = (shop("us"), shop("eu"));
    let mut begun = Vec::new();
    for (source, second) in [(&us, 1), (&eu, 2), (&us, 3)] {
        begun.push(store.begin_run(source, at(second)).await.unwrap());
    }
    let runs = |source: Option<Source>, limit| {
        let store = &store;
        async move {
            let runs = store.runs(source.as_ref(), limit).await.unwrap();
            runs.into_iter().map(|run| run.id).collect::<Vec<_>>()
        }
    };
    assert_eq!(runs(None, 2).await, [begun[2], begun[1]]);
    assert_eq!(runs(Some(us), 5).await, [begun[2], begun[0]]);
    assert_eq!(runs(Some(eu), 5).await, [begun[1]]);
}
