//! Open cases and given orders that are looked up.

use core_model::{AfterSales, Error, ErrorKind, Lookup, Status};
use store::Store;
use sync::{Ending, Reread};

use crate::desk::Desk;
use crate::shop::{Call, Kind};

fn order(id: u64) -> Lookup {
    Lookup::order(id.to_string()).with_buyer(format!("buyer-{id}"))
}

fn orders(ids: impl IntoIterator<Item = u64>) -> Vec<Lookup> {
    ids.into_iter().map(order).collect()
}

#[tokio::test]
async fn the_given_orders_are_read_and_then_their_open_cases() {
    let desk = Desk::new(Kind::ByOrder, 20).await;
    let with_orders = || desk.options().with_orders(orders(0..12));
    let report = desk.round_with(with_orders()).await;
    assert!(matches!(report.ending, Ending::Complete), "{report:?}");
    desk.assert_in_step().await;
    // Orders 10 and 11 have no case. Those are asked for as well.
    assert_eq!(
        desk.calls(),
        orders(0..12)
            .into_iter()
            .map(Call::Find)
            .collect::<Vec<_>>()
    );

    desk.change(4, |case| case.status = Status::Completed);
    let report = desk.round().await;
    assert_eq!(report.counts.changed, 1);
    desk.assert_in_step().await;
    // Cases 0, 4, 8, 12 and 16 were open.
    let mut asked = desk.calls();
    asked.sort_by_key(|call| format!("{call:?}"));
    assert_eq!(
        asked,
        orders([0, 2, 4, 6, 8])
            .into_iter()
            .map(Call::Find)
            .collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_new_case_of_a_given_order_is_found_sooner_or_later() {
    let desk = Desk::new(Kind::ByOrder, 2).await;
    let with_orders = || {
        let options = desk.options().with_reread(Reread::Due);
        options.with_orders(orders([7, 8, 7]))
    };
    desk.round_with(with_orders()).await;
    assert_eq!(desk.calls().len(), 2, "each order once");
    desk.open(14, desk.seconds(), Status::Requested);
    let mut reads = 0;
    for _ in 0..24 * 12 {
        desk.pass(240);
        desk.round_with(with_orders()).await;
        reads += desk.calls().len();
    }
    desk.copied().await.get(&14).unwrap();
    // Two orders, at first every hour and then less often, and an open case.
    assert!((30..80).contains(&reads), "{reads}");
}

#[tokio::test]
async fn open_cases_are_read_when_their_time_has_come() {
    let desk = Desk::new(Kind::ByOrder, 2).await;
    desk.open(0, desk.seconds() - 80 * 3600, Status::Requested);
    let due = || desk.options().with_reread(Reread::Due);
    desk.round_with(due().with_orders(orders([0]))).await;
    desk.calls();
    // The case is eighty hours old: it is read after ten.
    for (pass, calls) in [(9 * 3600, 0), (3600, 1), (60, 0)] {
        desk.pass(pass);
        desk.round_with(due()).await;
        assert_eq!(desk.calls().len(), calls, "{pass}");
    }
    // Who asks for one round wants to know now.
    desk.round().await;
    assert_eq!(desk.calls().len(), 1);
}

#[tokio::test]
async fn a_deadline_is_followed() {
    let desk = Desk::new(Kind::ByOrder, 2).await;
    desk.open(0, desk.seconds() - 80 * 3600, Status::Requested);
    let deadline = desk.seconds() + 8 * 3600;
    desk.change(0, |case| case.deadline = Some(deadline));
    let due = || desk.options().with_reread(Reread::Due);
    desk.round_with(due().with_orders(orders([0]))).await;
    while desk.seconds() < deadline {
        desk.pass(60);
        desk.round_with(due()).await;
    }
    desk.calls();
    desk.change(0, |case| case.status = Status::Closed);
    for _ in 0..6 {
        desk.round_with(due()).await;
    }
    desk.assert_in_step().await;
}

#[tokio::test]
async fn a_case_that_is_gone_is_marked_and_stays() {
    for kind in [Kind::ByOrder, Kind::Ids, Kind::Whole, Kind::ByCreation] {
        let desk = Desk::new(kind, 8).await;
        let report = desk.round_with(desk.options().with_orders(match kind {
            Kind::ByOrder => orders(0..4),
            _ => Vec::new(),
        }));
        report.await;
        desk.remove(4);
        let report = desk.round().await;
        assert!(
            matches!(report.ending, Ending::Complete),
            "{kind:?}: {report:?}"
        );
        let open = desk
            .copy
            .open_cases(desk.source(), jiff::Timestamp::MAX, None, 10);
        let (open, _) = open.await.unwrap();
        let absent: Vec<_> = open
            .iter()
            .filter(|case| case.absent_since.is_some())
            .collect();
        let absent: Vec<_> = absent.iter().map(|case| case.id.as_str()).collect();
        assert_eq!(absent, ["4"], "{kind:?}");
        assert_eq!(desk.copied().await.len(), 8);
    }
}

#[tokio::test]
async fn a_case_that_cannot_be_read_keeps_nobody_from_reading_the_others() {
    let desk = Desk::new(Kind::ByOrder, 200).await;
    desk.round_with(desk.options().with_orders(orders(0..100)))
        .await;
    desk.make_unreadable(8);
    desk.change(12, |case| case.status = Status::Completed);
    for round in 0..2 {
        let report = desk.round().await;
        assert!(matches!(report.ending, Ending::Complete), "{report:?}");
        assert_eq!(report.counts.unreadable, 1);
        assert_eq!(report.counts.changed, 1 - round);
    }
}

#[tokio::test]
async fn an_outage_ends_the_round_and_the_next_one_goes_on() {
    let desk = Desk::new(Kind::ByOrder, 400).await;
    let with_orders = || desk.options().with_orders(orders(0..200));
    desk.fail_call(120, Error::new(ErrorKind::Network, "gone"));
    let report = desk.round_with(with_orders()).await;
    assert!(matches!(report.ending, Ending::Failed(_)), "{report:?}");
    desk.calls();
    let report = desk.round_with(with_orders()).await;
    assert!(matches!(report.ending, Ending::Complete), "{report:?}");
    // Two pieces of fifty were written before.
    let given = desk.calls();
    assert_eq!(
        given
            .iter()
            .filter(|&call| *call == Call::Find(order(1)))
            .count(),
        0
    );
    assert_eq!(
        given
            .iter()
            .filter(|&call| *call == Call::Find(order(101)))
            .count(),
        1
    );
    desk.assert_in_step().await;
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_counted() {
    let desk = Desk::new(Kind::ByOrder, 4).await;
    let mut nameless = desk.record(0, desk.cases()[&0]);
    nameless.buyer.id = None;
    let seen = jiff::Timestamp::from_second(5).unwrap();
    let batch = store::Batch::new(desk.source(), seen, store::Reading::LookedUp);
    desk.copy
        .apply(batch.with_records(vec![nameless]))
        .await
        .unwrap();
    let report = desk.round().await;
    assert_eq!(report.out_of_reach, 1);
    assert!(desk.calls().is_empty());
}

#[tokio::test]
async fn an_order_that_the_platform_does_not_take_is_a_failure_that_says_so() {
    let desk = Desk::new(Kind::ByOrder, 4).await;
    for (lookup, message) in [(
        Lookup::merchant_order("m").with_buyer("b"),
        "cannot look cases up by the merchant's order id",
    )] {
        let report = desk
            .round_with(desk.options().with_orders(vec![lookup]))
            .await;
        let Ending::Failed(failure) = report.ending else {
            panic!("{report:?}")
        };
        assert!(failure.to_string().contains(message), "{failure}");
    }
    // What is wrong with one order is told, and the others are read.
    let options = desk
        .options()
        .with_orders(vec![Lookup::order("0"), order(1)]);
    let report = desk.round_with(options).await;
    assert!(matches!(report.ending, Ending::Complete), "{report:?}");
    assert_eq!((report.counts.new, report.counts.unreadable), (2, 1));
}
