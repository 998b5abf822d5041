//! What can be asked.

use std::collections::BTreeMap;

use core_model::{
    Account, AfterSale, Awaits, Currency, Kind, Platform, Progress, Side, Source, Status,
};
use futures_util::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use store::{Age, Batch, Filter, Reading, Sort, Stats, StatsFilter, Store, StoreExt, Tally};

use super::{Place, at, case, completed, day, ids, list, look_up, money, outcomes, shop};

async fn open(store: &dyn Store, source: &Source, read_before: i64) -> Vec<String> {
    let (cases, next) = store
        .open_cases(source, at(read_before), None, 10)
        .await
        .unwrap();
    assert_eq!(next, None);
    cases.into_iter().map(|case| case.id).collect()
}

pub async fn open_cases_come_the_longest_unread_first(place: &dyn Place) {
    let store = place.open().await;
    let shop = shop("us");
    let mut second = case(&shop, "2");
    second.order.id = Some("o2".to_owned());
    second.buyer.id = Some("b2".to_owned());
    second.deadline = Some(at(500));
    second.updated_at = Some(at(400));
    list(&*store, &shop, at(20), vec![case(&shop, "1")]).await;
    list(
        &*store,
        &shop,
        at(10),
        vec![second, completed(case(&shop, "3"))],
    )
    .await;
    list(
        &*store,
        &shop,
        at(30),
        vec![case(&shop, "4"), case(&shop, "5")],
    )
    .await;
    list(
        &*store,
        &super::shop("eu"),
        at(10),
        vec![case(&super::shop("eu"), "6")],
    )
    .await;

    assert_eq!(open(&*store, &shop, 31).await, ["2", "1", "4", "5"]);
    assert_eq!(open(&*store, &shop, 30).await, ["2", "1"]);
    let mut met = Vec::new();
    let mut mark = None;
    loop {
        let (some, next) = store
            .open_cases(&shop, at(31), mark.as_ref(), 3)
            .await
            .unwrap();
        met.extend(some.into_iter().map(|case| case.id));
        mark = next;
        if mark.is_none() {
            break;
        }
    }
    assert_eq!(met, ["2", "1", "4", "5"]);
    let (cases, _) = store.open_cases(&shop, at(31), None, 1).await.unwrap();
    let case = &cases[0];
    assert_eq!(
        (case.order.id.as_deref(), case.buyer.as_deref()),
        (Some("o2"), Some("b2"))
    );
    assert_eq!(
        (case.status, case.awaits),
        (Status::Requested, Some(Awaits::Seller))
    );
    assert_eq!(
        (case.created_at, case.updated_at, case.deadline),
        (Some(at(0)), Some(at(400)), Some(at(500)))
    );
    assert_eq!(
        (case.first_seen_at, case.read_at, case.absent_since),
        (at(10), at(10), None)
    );
}

pub async fn a_case_that_is_looked_up_counts_as_read(place: &dyn Place) {
    let store = place.open().await;
    let shop = shop("us");
    let cases = vec![case(&shop, "1"), case(&shop, "2"), case(&shop, "3")];
    list(&*store, &shop, at(0), cases.clone()).await;
    // A listing that shows the same leaves it unread.
    list(&*store, &shop, at(1), cases.clone()).await;
    assert_eq!(open(&*store, &shop, 1).await, ["1", "2", "3"]);
    look_up(&*store, &shop, at(5), vec![cases[0].clone()]).await;
    assert_eq!(open(&*store, &shop, 5).await, ["2", "3"]);
    look_up(&*store, &shop, at(6), vec![completed(cases[1].clone())]).await;
    assert_eq!(open(&*store, &shop, 9).await, ["3", "1"]);
    let known = store
        .known(&shop, &["1".to_owned(), "3".to_owned()])
        .await
        .unwrap();
    let read: Vec<_> = known
        .into_iter()
        .map(|known| known.unwrap().read_at)
        .collect();
    assert_eq!(read, [at(5), at(0)]);
}

pub async fn a_case_that_is_not_found_is_marked_until_it_is_back(place: &dyn Place) {
    let store = place.open().await;
    let shop = shop("us");
    list(&*store, &shop, at(0), vec![case(&shop, "1")]).await;
    for second in [1, 2] {
        let mut batch = Batch::new(&shop, at(second), Reading::LookedUp);
        batch.absent = vec!["1".to_owned(), "never there".to_owned()];
        store.apply(batch).await.unwrap();
        let (cases, _) = store.open_cases(&shop, at(9), None, 9).await.unwrap();
        assert_eq!(
            (cases[0].absent_since, cases[0].read_at),
            (Some(at(1)), at(second))
        );
    }
    assert_eq!(open(&*store, &shop, 2).await, [""; 0]);
    assert_eq!(
        outcomes(&list(&*store, &shop, at(3), vec![case(&shop, "1")]).await),
        [store::Outcome::Unchanged]
    );
    let (cases, _) = store.open_cases(&shop, at(9), None, 9).await.unwrap();
    assert_eq!(cases[0].absent_since, None);
    assert_eq!(store.history(&shop, "1").await.unwrap().len(), 1);
}

pub async fn what_is_known_of_an_id(place: &dyn Place) {
    let store = place.open().await;
    let shop = shop("us");
    let mut ended = completed(case(&shop, "2"));
    ended.updated_at = Some(at(7));
    list(&*store, &shop, at(1), vec![case(&shop, "1"), ended]).await;
    let known = store
        .known(&shop, &["2", "3", "1", "2"].map(str::to_owned))
        .await
        .unwrap();
    let known: Vec<_> = known
        .into_iter()
        .map(|known| known.map(|known| (known.status, known.is_final, known.updated_at)))
        .collect();
    let two = Some((Status::Completed, true, Some(at(7))));
    assert_eq!(
        known,
        [two, None, Some((Status::Requested, false, None)), two]
    );
}

/// Five cases on three accounts of two platforms.
async fn some_cases(store: &dyn Store) {
    let (us, eu) = (shop("us"), shop("eu"));
    let sourcing = Source::new(Platform::new("xportcn"), "sourcing", Side::Buyer);
    let mut disputed = case(&us, "2");
    disputed.status = Status::Disputed;
    disputed.awaits = Some(Awaits::Platform);
    disputed.created_at = Some(day(2));
    let mut undated = completed(case(&us, "3"));
    undated.created_at = None;
    list(store, &us, at(0), vec![case(&us, "1"), disputed, undated]).await;
    list(store, &eu, at(0), vec![case(&eu, "4")]).await;
    let bought = |id: &str, awaits| {
        let mut case = case(&sourcing, id);
        case.awaits = Some(awaits);
        case.created_at = Some(day(4));
        case
    };
    list(
        store,
        &sourcing,
        at(0),
        vec![bought("5", Awaits::Seller), bought("6", Awaits::Buyer)],
    )
    .await;
}

pub async fn a_filter_keeps_what_it_says(place: &dyn Place) {
    let store = place.open().await;
    some_cases(&*store).await;
    for (filter, expected) in [
        (Filter::new(), &["1", "2", "3", "4", "5", "6"][..]),
        (
            Filter::new().with_platform(Platform::new("xportcn")),
            &["5", "6"],
        ),
        (Filter::new().with_platform(Platform::new("xiaoe")), &[]),
        (
            Filter::new().with_account("eu").with_account("sourcing"),
            &["4", "5", "6"],
        ),
        (
            Filter::new()
                .with_account("eu")
                .with_platform(Platform::new("xportcn")),
            &[],
        ),
        (
            Filter::new()
                .with_status(Status::Disputed)
                .with_status(Status::Completed),
            &["2", "3"],
        ),
        (Filter::new().only_open(), &["1", "2", "4", "5", "6"]),
        (Filter::new().awaiting(Awaits::Seller), &["1", "4", "5"]),
        (
            Filter::new().with_created_since(day(2)),
            &["2", "3", "5", "6"],
        ),
        (Filter::new().with_created_until(day(2)), &["1", "3", "4"]),
        (
            Filter::new()
                .with_created_since(day(1))
                .with_created_until(day(3))
                .only_open(),
            &["2"],
        ),
    ] {
        let cases: Vec<_> = store
            .cases(filter.clone(), Sort::FirstSeen)
            .try_collect()
            .await
            .unwrap();
        assert_eq!(ids(&cases), expected, "{filter:?}");
        for sort in [Sort::FirstSeen, Sort::Queue] {
            let cases = store.cases(filter.clone(), sort).count().await;
            let count = store.count(&filter, sort).await.unwrap();
            assert_eq!(usize::try_from(count), Ok(cases), "{filter:?} {sort:?}");
        }
    }
}

pub async fn the_soonest_deadline_comes_first(place: &dyn Place) {
    let store = place.open().await;
    let shop = shop("us");
    let due = |id: &str, deadline: Option<i64>, created: Option<i64>| {
        let mut case = case(&shop, id);
        case.deadline = deadline.map(at);
        case.created_at = created.map(at);
        case
    };
    let cases = vec![
        due("undated", None, None),
        due("young", None, Some(9)),
        due("old", None, Some(1)),
        due("later", Some(200), Some(0)),
        due("soon, younger", Some(100), Some(5)),
        due("soon", Some(100), Some(2)),
        completed(due("over", Some(50), Some(0))),
    ];
    list(&*store, &shop, at(0), cases).await;
    let sorted: Vec<_> = store
        .cases(Filter::new(), Sort::Queue)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(
        ids(&sorted),
        ["soon", "soon, younger", "later", "old", "young", "undated"]
    );
}

pub async fn pages_of_a_listing_fit_together(place: &dyn Place) {
    let store = place.open().await;
    let shop = shop("us");
    let cases: Vec<_> = (0..57)
        .map(|n| {
            let mut case = case(&shop, &format!("{n}"));
            case.deadline = (n % 3 > 0).then(|| at(n % 5));
            case
        })
        .collect();
    list(&*store, &shop, at(0), cases).await;
    for sort in [Sort::FirstSeen, Sort::Queue] {
        let whole = store.list(&Filter::new(), sort, None, 100).await.unwrap();
        assert_eq!(whole.cases.len(), 57);
        assert_eq!(whole.next, None);
        for size in [1, 10, 19, 57] {
            let mut pieces = Vec::new();
            let mut at = None;
            loop {
                let page = store
                    .list(&Filter::new(), sort, at.as_ref(), size)
                    .await
                    .unwrap();
                pieces.extend(page.cases);
                at = page.next;
                if at.is_none() {
                    break;
                }
            }
            assert_eq!(ids(&pieces), ids(&whole.cases), "{sort:?} {size}");
        }
    }
}

pub async fn history_of_one_case_is_not_that_of_another(place: &dyn Place) {
    let store = place.open().await;
    let (us, eu) = (shop("us"), shop("eu"));
    for (source, id) in [(&us, "1"), (&us, "2"), (&eu, "1")] {
        list(&*store, source, at(1), vec![case(source, id)]).await;
    }
    list(&*store, &us, at(2), vec![completed(case(&us, "1"))]).await;
    for (source, id, entries) in [(&us, "1", 2), (&us, "2", 1), (&eu, "1", 1), (&eu, "2", 0)] {
        assert_eq!(
            store.history(source, id).await.unwrap().len(),
            entries,
            "{source} {id}"
        );
    }
}

async fn stats(store: &dyn Store, filter: &StatsFilter) -> Stats {
    let today = day(4).strftime("%F").to_string().parse().unwrap();
    store.stats(filter, today).await.unwrap()
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub async fn amounts_are_never_summed_across_currencies(place: &dyn Place) {
    let store = place.open().await;
    let shop = shop("us");
    let asked = |id: &str, amount: &str, currency: &str| {
        let mut case = case(&shop, id);
        case.amounts.requested = money(amount, currency);
        case
    };
    let mut converted = asked("5", "10", "CNY");
    converted.amounts.refunded = money("1.40", "USD");
    let mut silent = completed(case(&shop, "6"));
    silent.amounts = Default::default();
    let mut exchanged = silent.clone();
    exchanged.id = "7".to_owned();
    exchanged.kind = Kind::Exchange;
    let cases = vec![
        completed(asked("1", "0.10", "CNY")),
        completed(asked("2", "0.2", "CNY")),
        asked("3", "100.00", "CNY"),
        asked("4", "7.005", "EUR"),
        converted,
        silent,
        exchanged,
    ];
    list(&*store, &shop, at(0), cases).await;
    let stats = stats(&*store, &StatsFilter::default()).await;
    assert_eq!(
        (stats.total.cases, stats.total.open, stats.total.refunded),
        (7, 3, 4)
    );
    let sums: Vec<_> = stats
        .total
        .sums
        .iter()
        .map(|(currency, sums)| {
            format!(
                "{currency} {} {} {} {}",
                sums.requests, sums.requested, sums.refunds, sums.refunded
            )
        })
        .collect();
    assert_eq!(
        sums,
        ["CNY 4 110.30 2 0.30", "EUR 1 7.005 0 0", "USD 0 0 1 1.40"]
    );
    let of_completed = &stats.by_status[&Status::Completed];
    assert_eq!(
        (of_completed.cases, of_completed.open, of_completed.refunded),
        (4, 0, 3)
    );
}

pub async fn ages_are_those_of_open_cases(place: &dyn Place) {
    let store = place.open().await;
    let shop = shop("us");
    let opened = |id: &str, created: Option<i64>| {
        let mut case = case(&shop, id);
        case.created_at = created.map(day);
        case
    };
    let cases = vec![
        opened("tomorrow", Some(5)),
        opened("today", Some(4)),
        opened("yesterday", Some(3)),
        opened("two", Some(2)),
        opened("three", Some(1)),
        opened("seven", Some(-3)),
        opened("eight", Some(-4)),
        opened("thirty", Some(-26)),
        opened("more", Some(-27)),
        opened("unknown", None),
        completed(opened("ended", Some(-27))),
    ];
    list(&*store, &shop, at(0), cases).await;
    let stats = stats(&*store, &StatsFilter::default()).await;
    let ages: Vec<_> = stats
        .by_age
        .iter()
        .map(|(age, tally)| (*age, tally.cases))
        .collect();
    let expected = [
        (Age::UpToOneDay, 3),
        (Age::UpToThreeDays, 2),
        (Age::UpToOneWeek, 1),
        (Age::UpToThirtyDays, 2),
        (Age::Older, 1),
        (Age::Unknown, 1),
    ];
    assert_eq!(ages, expected);
}

pub async fn stats_can_be_narrowed_down(place: &dyn Place) {
    let store = place.open().await;
    some_cases(&*store).await;
    let date = |n| Some(day(n).strftime("%F").to_string().parse().unwrap());
    let all = StatsFilter::default;
    for (filter, cases) in [
        (all(), 6),
        (
            StatsFilter {
                platforms: vec![Platform::new("shoplazza")],
                ..all()
            },
            4,
        ),
        (
            StatsFilter {
                accounts: vec![Account::from("us"), Account::from("sourcing")],
                ..all()
            },
            5,
        ),
        (
            StatsFilter {
                created_since: date(2),
                ..all()
            },
            3,
        ),
        (
            StatsFilter {
                created_until: date(2),
                ..all()
            },
            2,
        ),
        (
            StatsFilter {
                created_since: date(1),
                created_until: date(3),
                ..all()
            },
            1,
        ),
    ] {
        assert_eq!(
            stats(&*store, &filter).await.total.cases,
            cases,
            "{filter:?}"
        );
    }
    let stats = stats(&*store, &all()).await;
    let accounts: Vec<_> = stats
        .by_account
        .iter()
        .map(|((_, account), tally)| (account.as_str(), tally.cases))
        .collect();
    assert_eq!(accounts, [("eu", 1), ("us", 3), ("sourcing", 2)]);
    assert_eq!(stats.by_platform[&Platform::new("xportcn")].open, 2);
}

pub async fn amounts_out_of_all_proportion_are_left_out_and_counted(place: &dyn Place) {
    let store = place.open().await;
    let shop = shop("us");
    let amounts = [
        "999999999999.99999999",
        "1000000000000",
        "0.000000001",
        "-5",
        "1.1000000000000",
    ];
    let cases: Vec<_> = amounts
        .iter()
        .map(|amount| {
            let mut case = case(&shop, amount);
            case.amounts.requested = money(amount, "CNY");
            case
        })
        .collect();
    list(&*store, &shop, at(0), cases.clone()).await;
    let sums = |stats: Stats| stats.total.sums[&Currency::CNY];
    let all = StatsFilter::default();
    let all_of_them = sums(stats(&*store, &all).await);
    assert_eq!((all_of_them.requests, all_of_them.left_out), (3, 2));
    assert_eq!(all_of_them.requested, decimal("999999999996.09999999"));
    let smaller = cases.into_iter().map(|mut case| {
        case.amounts.requested = money("1", "CNY");
        case
    });
    list(&*store, &shop, at(1), smaller.collect()).await;
    let after = sums(stats(&*store, &all).await);
    assert_eq!(
        (after.requests, after.left_out, after.requested),
        (5, 0, decimal("5"))
    );
}

/// Whatever is written, changed, erased and removed: the counts are those that one gets by counting.
pub async fn counts_are_those_of_the_cases_whatever_happens(place: &dyn Place) {
    let store = place.open().await;
    let mut dice = fastrand::Rng::with_seed(7);
    let shops = [shop("us"), shop("eu")];
    for round in 0..12 {
        for shop in &shops {
            let cases = (0..20).map(|_| any_case(&mut dice, shop)).collect();
            list(&*store, shop, at(round), cases).await;
        }
        match round {
            5 => _ = store.forget("buyer 3", day(3)).await.unwrap(),
            8 => _ = store.prune(day(-2)).await.unwrap(),
            _ => {}
        }
        let cases: Vec<_> = store
            .cases(Filter::new(), Sort::FirstSeen)
            .try_collect()
            .await
            .unwrap();
        let stats = stats(&*store, &StatsFilter::default()).await;
        assert_eq!(stats.total, counted(&cases), "{round}");
        let by_status: BTreeMap<_, _> = Status::ALL
            .into_iter()
            .filter(|status| cases.iter().any(|case| case.status == *status))
            .map(|status| {
                (
                    status,
                    counted(cases.iter().filter(|case| case.status == status)),
                )
            })
            .collect();
        assert_eq!(stats.by_status, by_status, "{round}");
        let today = date(day(4));
        for (age, days) in [
            (Age::UpToOneDay, 0..=1),
            (Age::UpToOneWeek, 4..=7),
            (Age::UpToThirtyDays, 8..=30),
            (Age::Older, 31..=i32::MAX),
        ] {
            let of_age = cases.iter().filter(|case| {
                let days_ago = |at| (today - date(at)).get_days();
                !case.is_final
                    && case
                        .created_at
                        .is_some_and(|at| days.contains(&days_ago(at)))
            });
            let tally = stats.by_age.get(&age).cloned().unwrap_or_default();
            assert_eq!(tally, counted(of_age), "{round} {age:?}");
        }
        for _ in 0..10 {
            let mut any_day = || dice.bool().then(|| date(day(dice.i64(-300..8))));
            let filter = StatsFilter {
                created_since: any_day(),
                created_until: any_day(),
                ..StatsFilter::default()
            };
            let (since, until) = (filter.created_since, filter.created_until);
            let kept = cases.iter().filter(|case| match case.created_at.map(date) {
                Some(day) => {
                    since.is_none_or(|since| day >= since) && until.is_none_or(|until| day < until)
                }
                None => since.or(until).is_none(),
            });
            let total = self::stats(&*store, &filter).await.total;
            assert_eq!(total, counted(kept), "{round} {filter:?}");
        }
        let reasons = |case: &AfterSale| case.reason.code.clone().or(case.reason.text.clone());
        for ((_, reason), tally) in &stats.by_reason {
            let of_reason = cases.iter().filter(|case| reasons(case) == *reason);
            assert_eq!(*tally, counted(of_reason), "{round} {reason:?}");
        }
    }
}

fn date(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

fn any_case(dice: &mut fastrand::Rng, source: &Source) -> AfterSale {
    let mut any = case(source, &dice.u8(0..40).to_string());
    let progress = Progress::new(
        dice.choice(Status::ALL).unwrap(),
        dice.choice(Awaits::ALL).unwrap(),
    );
    any.status = progress.status();
    any.awaits = progress.awaits();
    any.is_final = progress.is_final();
    let oldest = dice.choice([-5, -300]).unwrap_or_default();
    any.created_at = dice.bool().then(|| day(dice.i64(oldest..5)));
    any.reason.code = dice.bool().then(|| dice.u8(0..3).to_string());
    any.reason.text = dice.bool().then(|| "too small".to_owned());
    any.buyer.id = Some(format!("buyer {}", dice.u8(0..5)));
    for amount in [&mut any.amounts.requested, &mut any.amounts.refunded] {
        let currency = dice.choice(["CNY", "EUR"]).unwrap();
        *amount = dice
            .bool()
            .then(|| {
                money(
                    &format!("{}.{:02}", dice.u16(..), dice.u8(0..100)),
                    currency,
                )
            })
            .flatten();
    }
    any
}

fn counted<'a>(cases: impl IntoIterator<Item = &'a AfterSale>) -> Tally {
    let mut tally = Tally::default();
    for case in cases {
        tally.cases += 1;
        tally.open += u64::from(!case.is_final);
        let (requested, refunded) = (case.amounts.requested, case.amounts.refunded);
        tally.refunded += u64::from(match refunded {
            Some(money) => money.amount() > Decimal::ZERO,
            None => case.status == Status::Completed,
        });
        if let Some(money) = requested {
            let sums = tally.sums.entry(money.currency()).or_default();
            sums.requests += 1;
            sums.requested += money.amount();
        }
        if let Some(money) = refunded {
            let sums = tally.sums.entry(money.currency()).or_default();
            sums.refunds += 1;
            sums.refunded += money.amount();
        }
    }
    tally
}
