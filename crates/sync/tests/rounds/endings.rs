//! Rounds that do not come to their end, and what is left of them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use core_model::{AfterSales, Lookup};
use store::Store;
use sync::{Ending, Event, Observer, Stop, run_once};
use tokio::sync::Notify;

use crate::desk::Desk;
use crate::shop::Kind;

const KINDS: [Kind; 7] = [
    Kind::ByChange,
    Kind::ByCreation,
    Kind::ByCreationOrId,
    Kind::Ids,
    Kind::IdsByChange,
    Kind::Whole,
    Kind::ByOrder,
];

fn orders(kind: Kind) -> Vec<Lookup> {
    let order = |id: u64| Lookup::order(id.to_string()).with_buyer(format!("buyer-{id}"));
    match kind {
        Kind::ByOrder => (0..60).map(order).collect(),
        _ => Vec::new(),
    }
}

/// Does something after so many pages.
fn after_pages(pages: usize, act: impl Fn() + Send + Sync + 'static) -> Observer {
    let seen = AtomicUsize::new(0);
    Arc::new(move |_, event| {
        if matches!(event, Event::Page { .. }) && seen.fetch_add(1, Ordering::Relaxed) + 1 == pages
        {
            act();
        }
    })
}

#[tokio::test]
async fn a_round_that_is_stopped_writes_what_has_arrived_and_goes_on_later() {
    for kind in KINDS {
        let desk = Desk::new(kind, 120).await;
        let options = || desk.options().with_orders(orders(kind));
        let (stopper, stop) = Stop::new();
        let observer = after_pages(2, move || stopper.stop());
        let stopped = options().with_stop(stop).with_observer(observer);
        let report = desk.round_with(stopped).await;
        let pieces = if kind == Kind::ByOrder { 2 } else { 12 };
        match report.ending {
            Ending::Interrupted => assert!(report.counts.pages < pieces, "{kind:?}"),
            Ending::Complete => assert_eq!(kind, Kind::ByOrder),
            Ending::Failed(failure) => panic!("{failure}"),
        }
        let copied = desk.copied().await.len();
        assert!(copied >= 20, "{kind:?}: {copied}");
        let report = desk.round_with(options()).await;
        assert!(matches!(report.ending, Ending::Complete), "{kind:?}");
        desk.assert_in_step().await;
    }
}

#[tokio::test]
async fn a_round_that_is_stopped_before_it_begins_asks_nothing() {
    for kind in KINDS {
        let desk = Desk::new(kind, 20).await;
        let (stopper, stop) = Stop::new();
        stopper.stop();
        let options = desk.options().with_orders(orders(kind)).with_stop(stop);
        let report = desk.round_with(options).await;
        assert!(matches!(report.ending, Ending::Interrupted), "{kind:?}");
        assert!(desk.calls().is_empty(), "{kind:?}");
    }
}

/// As far as one process can do that: the round is dropped in the middle of whatever it does.
#[tokio::test]
async fn a_round_that_is_killed_loses_nothing_and_repeats_nothing_visible() {
    for kind in KINDS {
        let mut desk = Desk::new(kind, 150).await;
        for pages in [1, 1, 2, 3, 5] {
            let killed = Arc::new(Notify::new());
            let observer = after_pages(pages, {
                let killed = Arc::clone(&killed);
                move || killed.notify_one()
            });
            desk.pass(60);
            let options = desk.options().with_orders(orders(kind));
            let options = options.with_observer(observer);
            tokio::select! {
                biased;
                () = killed.notified() => {}
                _ = run_once(&desk.shop, &desk.copy, &options) => {}
            }
            desk.reopen().await;
        }
        let options = desk.options().with_orders(orders(kind));
        desk.round_with(options).await;
        let copied = desk.copied().await.len();
        assert_eq!(copied, if kind == Kind::ByOrder { 120 } else { 150 });
        let histories = desk.histories().await;
        assert!(histories.iter().all(|&entries| entries <= 1), "{kind:?}");
    }
}

#[tokio::test]
async fn the_run_log_says_how_each_round_ended() {
    let desk = Desk::new(Kind::ByCreation, 40).await;
    let down = || core_model::Error::new(core_model::ErrorKind::Unavailable, "down");
    desk.fail_call(3, down());
    desk.round().await;
    desk.round().await;
    let runs = desk.copy.runs(Some(desk.source()), 10).await.unwrap();
    let endings: Vec<_> = runs
        .iter()
        .map(|run| (run.ending, run.counts.new))
        .collect();
    assert_eq!(
        endings,
        [
            (Some(store::Ending::Complete), 20),
            (Some(store::Ending::Failed), 20),
        ]
    );
    let error = runs[1].error.as_deref();
    assert_eq!(error, Some("shop (example): platform unavailable: down"));
    assert!(runs.iter().all(|run| run.ended_at.is_some()));
}

#[tokio::test]
async fn a_round_under_a_lease_that_is_lost_writes_nothing_more() {
    let desk = Desk::new(Kind::ByCreation, 60).await;
    let at = |second| jiff::Timestamp::from_second(second).unwrap();
    let lease = |holder, from, until| desk.copy.lease(desk.source(), holder, at(from), at(until));
    let first = lease("first", 0, 10).await.unwrap().unwrap();
    let report = desk
        .round_with(desk.options().with_lease(first.clone()))
        .await;
    assert!(matches!(report.ending, Ending::Complete), "{report:?}");
    lease("second", 11, 20).await.unwrap().unwrap();
    desk.open(100, desk.seconds(), core_model::Status::Requested);
    let report = desk.round_with(desk.options().with_lease(first)).await;
    let Ending::Failed(sync::Failure::Copy(error)) = report.ending else {
        panic!("{report:?}")
    };
    assert_eq!(error.kind(), store::ErrorKind::LeaseLost);
    assert_eq!(desk.copied().await.len(), 60);
}

#[tokio::test]
async fn progress_is_told_page_by_page() {
    let desk = Desk::new(Kind::ByCreation, 25).await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let observer: Observer = Arc::new({
        let told = Arc::clone(&told);
        move |source, event| {
            assert_eq!(source.account().as_str(), "shop");
            if let Event::Page { counts, total } = event {
                told.lock().unwrap().push((counts.new, total));
            }
        }
    });
    desk.round_with(desk.options().with_observer(observer))
        .await;
    let told = told.lock().unwrap();
    assert_eq!(told[..3], [(10, Some(25)), (20, Some(25)), (25, Some(25))]);
}
