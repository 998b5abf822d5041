//! What listings bring, and what they cost.

use core_model::{AfterSales, Cursor, Error, ErrorKind, Status};
use jiff::Timestamp;
use store::{Batch, Reading, Store};
use sync::Ending;

use crate::desk::{Desk, counted};
use crate::shop::{Call, Kind, Order, Shop};

const LISTS: [Kind; 6] = [
    Kind::ByChange,
    Kind::ByCreation,
    Kind::ByCreationOrId,
    Kind::Ids,
    Kind::IdsByChange,
    Kind::Whole,
];

#[tokio::test]
async fn the_first_round_reads_everything() {
    for kind in LISTS {
        for cases in [0, 1, 10, 137] {
            let desk = Desk::new(kind, cases).await;
            let report = desk.round().await;
            assert!(matches!(report.ending, Ending::Complete), "{kind:?}");
            assert_eq!(report.counts.new, cases, "{kind:?}");
            desk.assert_in_step().await;
        }
    }
}

#[tokio::test]
async fn a_round_in_which_nothing_is_new_writes_no_case() {
    for kind in LISTS {
        let desk = Desk::new(kind, 137).await;
        desk.round().await;
        for _ in 0..3 {
            let report = desk.round().await;
            let counts = report.counts;
            assert_eq!((counts.new, counts.changed), (0, 0), "{kind:?}");
        }
        assert!(desk.histories().await.iter().all(|&entries| entries == 1));
    }
}

#[tokio::test]
async fn whatever_changes_arrives_with_the_next_round() {
    for kind in LISTS {
        let desk = Desk::new(kind, 137).await;
        desk.round().await;
        desk.change(4, |case| case.status = Status::Approved);
        desk.change(136, |case| case.status = Status::Completed);
        desk.open(500, desk.seconds(), Status::Requested);
        let report = desk.round().await;
        assert_eq!(
            (report.counts.new, report.counts.changed),
            (1, 2),
            "{kind:?}"
        );
        desk.assert_in_step().await;
    }
}

#[tokio::test]
async fn what_has_changed_is_asked_for_and_little_else() {
    let desk = Desk::new(Kind::ByChange, 137).await;
    let first = desk.complete().await;
    // The first page once more, to see that nothing has moved.
    assert_eq!(counted(&first), (15, 0));
    let began = desk.seconds();
    desk.change(4, |case| case.status = Status::Approved);
    let second = desk.complete().await;
    let Call::Page { changed_since, .. } = second[0] else {
        panic!("{second:?}")
    };
    assert_eq!(counted(&second), (1, 0));
    // Ten minutes before the first round began.
    assert_eq!(changed_since, Some(1_000_060 - 600));
    assert!(began > 1_000_060);
}

#[tokio::test]
async fn a_late_change_that_states_an_earlier_time_is_not_missed() {
    let desk = Desk::new(Kind::ByChange, 20).await;
    desk.round().await;
    let before = desk.seconds() - 300;
    desk.change(4, |case| case.status = Status::Approved);
    desk.before_call(1, move |cases| {
        cases.get_mut(&4).unwrap().changed = before;
    });
    desk.round().await;
    desk.assert_in_step().await;
}

#[tokio::test]
async fn only_new_and_open_cases_are_looked_up_where_a_list_has_nothing_but_ids() {
    for kind in [Kind::Ids, Kind::IdsByChange] {
        let desk = Desk::new(kind, 40).await;
        let first = desk.complete().await;
        assert_eq!(counted(&first), (5, 40), "{kind:?}");
        // Ended cases that are listed again: nobody asks for them.
        desk.open(41, desk.seconds(), Status::Completed);
        let mut second = desk.complete().await;
        second.retain(|call| matches!(call, Call::Find(_)));
        let new = Call::Find(core_model::Lookup::after_sale("41"));
        assert!(second.contains(&new), "{second:?}");
        let open = if kind == Kind::Ids { 10 } else { 0 };
        assert_eq!(second.len(), 1 + open, "{kind:?}");
        let third = desk.complete().await;
        assert_eq!(counted(&third).1, open, "{kind:?}");
        desk.assert_in_step().await;
    }
}

#[tokio::test]
async fn a_listing_that_broke_off_goes_on_where_it_was() {
    for kind in [Kind::ByChange, Kind::ByCreation, Kind::Whole, Kind::Ids] {
        let desk = Desk::new(kind, 137).await;
        let mut calls = 0;
        for _ in 0..9 {
            desk.fail_call(60, Error::new(ErrorKind::Unavailable, "down"));
            let report = desk.round().await;
            calls += desk.calls().len();
            if matches!(report.ending, Ending::Complete) {
                break;
            }
        }
        desk.assert_in_step().await;
        assert!(desk.histories().await.iter().all(|&entries| entries == 1));
        // Of each failed attempt, what was under way is lost, and little else.
        assert!(calls < 300, "{kind:?}: {calls}");
    }
}

#[tokio::test]
async fn a_page_that_fails_does_not_move_the_position_past_it() {
    let desk = Desk::new(Kind::ByChange, 137).await;
    desk.fail_call(3, Error::new(ErrorKind::Timeout, "no answer"));
    let report = desk.round().await;
    let Ending::Failed(failure) = report.ending else {
        panic!("{report:?}")
    };
    assert_eq!(
        failure.to_string(),
        "shop (example): no answer in time: no answer"
    );
    assert_eq!(report.counts.new, 20);
    desk.round().await;
    desk.assert_in_step().await;
}

#[tokio::test]
async fn a_place_that_the_platform_has_forgotten_costs_a_new_beginning() {
    for error in [
        Error::new(ErrorKind::Rejected, "unknown cursor"),
        Error::config("cursor", "is not from a listing of this kind"),
    ] {
        let desk = Desk::new(Kind::ByCreation, 50).await;
        desk.fail_call(3, Error::new(ErrorKind::Unavailable, "down"));
        desk.round().await;
        desk.fail_call(1, error);
        let calls = desk.complete().await;
        let Call::Page { number, .. } = calls[1] else {
            panic!("{calls:?}")
        };
        assert_eq!(number, 1);
        desk.assert_in_step().await;
    }
}

#[tokio::test]
async fn a_refusal_at_the_beginning_is_a_failure_and_tried_once() {
    let desk = Desk::new(Kind::ByCreation, 50).await;
    desk.fail_call(1, Error::new(ErrorKind::Rejected, "no"));
    let report = desk.round().await;
    assert!(matches!(report.ending, Ending::Failed(_)), "{report:?}");
    assert_eq!(desk.calls().len(), 1);
}

#[tokio::test]
async fn a_position_of_another_kind_of_listing_is_no_obstacle() {
    let desk = Desk::new(Kind::ByCreation, 50).await;
    let position =
        r#"{"done":null,"under_way":{"began":"2024-01-01T00:00:00Z","since":null,"next":"key"}}"#;
    for position in [position, "no JSON", r#"{"format":2}"#] {
        let batch = Batch::new(desk.source(), Timestamp::UNIX_EPOCH, Reading::Listed);
        let batch = batch.with_position("listing", position);
        desk.copy.apply(batch).await.unwrap();
        desk.complete().await;
        desk.assert_in_step().await;
    }
    // Cursors are read back as they were written.
    assert!(serde_json::from_str::<Cursor>("\"key\"").is_ok());
}

/// Cases that change while they are listed, from the front to the back.
#[tokio::test]
async fn nothing_slips_through_a_listing_that_moves() {
    for kind in [Kind::ByChange, Kind::Whole] {
        for order in [
            Order::NewestFirst,
            Order::OldestFirst,
            Order::LatestChangeFirst,
            Order::LatestChangeLast,
        ] {
            let shop = Shop::new(kind, 95).in_order(order);
            let desk = Desk::of(shop).await;
            for round in 0..3 {
                // One of the first page changes before the second one is read, and one of the second before the third.
                for page in [2, 3] {
                    let now = desk.seconds() + 61;
                    desk.before_call(page, move |cases| {
                        let id = u64::try_from(page).unwrap() * 10 - 15 + round;
                        let case = cases.get_mut(&id).unwrap();
                        case.changed = now;
                        case.status = Status::Approved;
                    });
                }
                desk.round().await;
            }
            desk.round().await;
            desk.assert_in_step().await;
        }
    }
}

#[tokio::test]
async fn changes_are_read_again_where_the_latest_come_last_and_one_may_have_slipped_through() {
    for (order, passes) in [(Order::LatestChangeFirst, 1), (Order::LatestChangeLast, 2)] {
        let desk = Desk::of(Shop::new(Kind::ByChange, 40).in_order(order)).await;
        desk.round().await;
        for id in 0..25 {
            desk.pass(1);
            desk.change(id, |case| case.status = Status::Approved);
        }
        let now = desk.seconds() + 62;
        desk.before_call(2, move |cases| {
            let case = cases.get_mut(&3).unwrap();
            case.changed = now;
            case.status = Status::Rejected;
        });
        let calls = desk.complete().await;
        assert_eq!(counted(&calls), (3 * passes, 0), "{order:?}");
        // What moves to the front comes with the next round.
        desk.round().await;
        desk.assert_in_step().await;
    }
}

#[tokio::test]
async fn a_listing_that_never_rests_is_read_a_few_times_and_no_more() {
    let desk = Desk::of(Shop::new(Kind::ByChange, 40).in_order(Order::LatestChangeLast)).await;
    desk.round().await;
    for id in 0..25 {
        desk.pass(1);
        desk.change(id, |case| case.status = Status::Approved);
    }
    for call in 2..30 {
        let now = desk.seconds() + 60 + i64::try_from(call).unwrap();
        desk.before_call(call, move |cases| {
            let earliest = cases.values_mut().filter(|case| case.changed > 900_000);
            earliest.min_by_key(|case| case.changed).unwrap().changed = now;
        });
    }
    let calls = desk.complete().await;
    assert_eq!(counted(&calls).0, 9, "three passes of three pages");
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_counted_and_does_not_stop_the_others() {
    for kind in [Kind::ByChange, Kind::ByCreation, Kind::Ids, Kind::Whole] {
        let desk = Desk::new(kind, 30).await;
        desk.make_unreadable(7);
        let report = desk.round().await;
        assert!(
            matches!(report.ending, Ending::Complete),
            "{kind:?}: {report:?}"
        );
        assert_eq!(
            (report.counts.new, report.counts.unreadable),
            (29, 1),
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn the_first_listing_begins_where_it_is_told() {
    let desk = Desk::new(Kind::ByCreation, 50).await;
    let since = Timestamp::from_second(1020).unwrap();
    let report = desk.round_with(desk.options().with_since(since)).await;
    assert_eq!(report.counts.new, 30);
    // Where the platform cannot, that is said before anything is sent.
    let desk = Desk::new(Kind::Whole, 50).await;
    let report = desk.round_with(desk.options().with_since(since)).await;
    let Ending::Failed(failure) = report.ending else {
        panic!("{report:?}")
    };
    assert!(failure.to_string().contains("cannot filter"), "{failure}");
    assert!(desk.calls().is_empty());
}

#[tokio::test]
async fn everything_is_listed_once_an_hour_where_rounds_follow_one_another() {
    let desk = Desk::new(Kind::Whole, 30).await;
    desk.round().await;
    for (pass, pages) in [(60, 0), (3000, 0), (600, 5)] {
        desk.pass(pass);
        desk.calls();
        desk.due_round().await;
        assert_eq!(counted(&desk.calls()).0, pages, "{pass}");
    }
}
