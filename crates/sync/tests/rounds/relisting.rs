//! Open cases whose stretch of time is listed again.

use core_model::{AfterSales, Lookup, Status};
use jiff::Timestamp;
use store::Store;
use sync::Ending;

use crate::desk::{Desk, counted};
use crate::shop::{Call, Kind, Order, Shop};

/// A platform with one open case among so many others.
async fn with_open(cases: u64, open: &[u64], order: Order) -> Desk {
    let shop = Shop::new(Kind::ByCreation, 0).in_order(order);
    for id in 0..cases {
        let status = match open.contains(&id) {
            true => Status::Requested,
            false => Status::Completed,
        };
        shop.open(id, 1000 + id.cast_signed(), status);
    }
    let desk = Desk::of(shop).await;
    desk.round().await;
    desk.assert_in_step().await;
    desk
}

#[tokio::test]
async fn every_open_case_is_read_with_as_few_pages_as_possible() {
    for (cases, open, pages) in [
        (1000, &[][..], 0),
        (1000, &[500], 1),
        // On one page, all of them.
        (1000, &[500, 503, 507], 1),
        // Each on a page of its own, after a look at how many there are between them.
        (1000, &[100, 500, 900], 3),
        // All on few pages: those are read one after the other, ahead.
        (40, &[0, 8, 16, 24, 32, 39], 5),
    ] {
        let desk = with_open(cases, open, Order::NewestFirst).await;
        for &id in open {
            desk.change(id, |case| case.status = Status::Approved);
        }
        let calls = desk.complete().await;
        // One page is of what was opened since the round before.
        assert_eq!(counted(&calls), (1 + pages, 0), "{open:?}");
        desk.assert_in_step().await;
    }
}

#[tokio::test]
async fn a_platform_that_lists_the_oldest_first_is_read_as_well() {
    for open in [&[500][..], &[100, 500, 900], &[0, 1, 2, 999]] {
        let desk = with_open(1000, open, Order::OldestFirst).await;
        for &id in open {
            desk.change(id, |case| case.status = Status::Approved);
        }
        let calls = desk.complete().await;
        assert!(counted(&calls).0 <= 2 + 2 * open.len(), "{calls:?}");
        desk.assert_in_step().await;
    }
}

#[tokio::test]
async fn a_case_that_has_ended_is_not_read_again() {
    let desk = with_open(100, &[50], Order::NewestFirst).await;
    desk.change(50, |case| case.status = Status::Completed);
    assert_eq!(counted(&desk.complete().await).0, 2);
    assert_eq!(counted(&desk.complete().await).0, 1);
}

#[tokio::test]
async fn cases_that_are_gone_do_not_keep_the_others_from_being_read() {
    let desk = with_open(1000, &[100, 101, 500, 900], Order::NewestFirst).await;
    desk.remove(100);
    desk.remove(900);
    for id in [101, 500] {
        desk.change(id, |case| case.status = Status::Approved);
    }
    let report = desk.round().await;
    assert!(matches!(report.ending, Ending::Complete), "{report:?}");
    assert_eq!(report.counts.changed, 2);
}

#[tokio::test]
async fn what_is_in_no_list_is_looked_up_if_the_platform_can() {
    let desk = Desk::new(Kind::ByCreationOrId, 40).await;
    desk.round().await;
    desk.hide(8);
    desk.remove(20);
    for id in [4, 8] {
        desk.change(id, |case| case.status = Status::Approved);
    }
    let calls = desk.complete().await;
    let mut looked_up: Vec<&Call> = calls
        .iter()
        .filter(|call| matches!(call, Call::Find(_)))
        .collect();
    looked_up.sort_by_key(|call| format!("{call:?}"));
    let expected = ["20", "8"].map(|id| Call::Find(Lookup::after_sale(id)));
    assert!(looked_up.into_iter().eq(&expected), "{calls:?}");
    let copied = desk.copied().await;
    assert_eq!([4, 8].map(|id| copied[&id].status), [Status::Approved; 2]);
    assert_eq!(absent(&desk).await, ["20"]);
}

/// The open cases that the platform did not have when they were asked for.
async fn absent(desk: &Desk) -> Vec<String> {
    let open = desk
        .copy
        .open_cases(desk.source(), Timestamp::MAX, None, 100);
    let (open, _) = open.await.unwrap();
    let absent = open.into_iter().filter(|case| case.absent_since.is_some());
    absent.map(|case| case.id).collect()
}

#[tokio::test]
async fn where_rounds_follow_one_another_a_stretch_is_listed_when_its_time_has_come() {
    let desk = with_open(100, &[50], Order::NewestFirst).await;
    for (pass, pages) in [(60, 1), (24 * 3600, 2), (60, 1)] {
        desk.pass(pass);
        desk.calls();
        desk.due_round().await;
        assert_eq!(counted(&desk.calls()).0, pages, "{pass}");
    }
}

#[tokio::test]
async fn many_open_cases_are_all_read() {
    for order in [Order::NewestFirst, Order::OldestFirst] {
        let open: Vec<u64> = (0..400).filter(|id| id % 3 != 0).collect();
        let desk = with_open(400, &open, order).await;
        for &id in &open {
            desk.change(id, |case| case.status = Status::Approved);
        }
        let calls = desk.complete().await;
        assert!(counted(&calls).0 <= 45, "{}", calls.len());
        desk.assert_in_step().await;
    }
}
