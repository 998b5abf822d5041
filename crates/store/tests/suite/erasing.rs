//! What is removed is gone, and stays away.

use core_model::{AfterSale, Buyer, Source};
use futures_util::TryStreamExt;
use jiff::civil::date;
use store::{Ending, Filter, Outcome, RunEnd, Sort, StatsFilter, StoreExt};

use super::{Place, at, case, completed, day, full, ids, list, look_up, outcomes, shop};

pub async fn what_ended_long_ago_is_pruned_and_stays_away(place: &dyn Place) {
    let store = place.open().await;
    let shop = shop("us");
    let opened = |id: &str, created: i64| {
        let mut case = case(&shop, id);
        case.created_at = Some(day(created));
        case
    };
    let old = completed(opened("old", 0));
    let mut touched = completed(opened("old, changed", 0));
    touched.updated_at = Some(day(90));
    let ended_late = opened("old, ended in our sight", 0);
    let young = completed(opened("young", 90));
    let open = opened("old, open", 0);
    let mut undated = completed(opened("undated", 0));
    undated.created_at = None;
    let cases = vec![
        old.clone(),
        touched,
        ended_late.clone(),
        young,
        open,
        undated,
    ];
    list(&*store, &shop, day(60), cases).await;
    list(&*store, &shop, day(90), vec![completed(ended_late)]).await;
    let run = store.begin_run(&shop, day(10)).await.unwrap();
    let end = RunEnd {
        at: day(11),
        ending: Ending::Complete,
        error: None,
    };
    store.finish_run(run, end).await.unwrap();
    let under_way = store.begin_run(&shop, day(10)).await.unwrap();

    assert_eq!(store.count_ended(day(80)).await.unwrap(), 2);
    assert_eq!(store.prune(day(80)).await.unwrap(), 2);
    assert_eq!(store.count_ended(day(80)).await.unwrap(), 0);
    let left: Vec<_> = store
        .cases(Filter::new(), Sort::FirstSeen)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(
        ids(&left),
        [
            "old, changed",
            "old, ended in our sight",
            "young",
            "old, open"
        ]
    );
    assert_eq!(store.history(&shop, "old").await.unwrap(), []);
    assert_eq!(store.case(&shop, "old").await.unwrap(), None);
    let runs: Vec<_> = store
        .runs(None, 9)
        .await
        .unwrap()
        .into_iter()
        .map(|run| run.id)
        .collect();
    assert_eq!(runs, [under_way]);

    assert_eq!(
        outcomes(&list(&*store, &shop, day(91), vec![old.clone()]).await),
        [Outcome::Pruned]
    );
    assert_eq!(store.case(&shop, "old").await.unwrap(), None);
    // An earlier limit takes nothing back.
    assert_eq!(store.prune(day(10)).await.unwrap(), 0);
    assert_eq!(
        outcomes(&list(&*store, &shop, day(92), vec![old]).await),
        [Outcome::Pruned]
    );
}

pub async fn a_pruned_case_that_goes_on_is_back(place: &dyn Place) {
    let store = place.open().await;
    let shop = shop("us");
    let ended = completed(case(&shop, "1"));
    list(&*store, &shop, at(0), vec![ended.clone()]).await;
    assert_eq!(store.prune(day(80)).await.unwrap(), 1);
    let mut changed = ended;
    changed.updated_at = Some(day(81));
    assert_eq!(
        outcomes(&list(&*store, &shop, day(82), vec![changed]).await),
        [Outcome::New]
    );
    assert_eq!(
        outcomes(&list(&*store, &shop, day(82), vec![case(&shop, "2")]).await),
        [Outcome::New]
    );
}

pub async fn a_forgotten_buyer_is_gone_and_stays_away(place: &dyn Place) {
    let store = place.open().await;
    let shop = shop("us");
    let mut other = full("2");
    other.buyer.id = Some("another".to_owned());
    other.buyer.phone = None;
    other.buyer.email = None;
    let buyer = full("1").buyer.id.unwrap();
    list(&*store, &shop, at(1), vec![full("1"), other.clone()]).await;
    list(&*store, &shop, at(2), vec![completed(full("1"))]).await;
    assert_eq!(store.count_of_buyer(&buyer, at(3)).await.unwrap(), 1);
    assert_eq!(store.forget(&buyer, at(3)).await.unwrap(), 1);
    assert_eq!(store.count_of_buyer(&buyer, at(3)).await.unwrap(), 0);

    let left = without_buyer(completed(full("1")));
    assert_eq!(store.case(&shop, "1").await.unwrap().as_ref(), Some(&left));
    assert_eq!(store.case(&shop, "2").await.unwrap(), Some(other));
    assert_eq!(store.history(&shop, "1").await.unwrap().len(), 2);

    // The platform still has all of it.
    let again = look_up(&*store, &shop, at(4), vec![completed(full("1"))]).await;
    assert_eq!(outcomes(&again), [Outcome::Unchanged]);
    assert_eq!(again.records[0].0, left);
    // Even if the buyer cannot be recognised any more.
    let mut masked = completed(full("1"));
    masked.buyer.id = None;
    masked.buyer.phone = Some("+1-555-***".to_owned());
    list(&*store, &shop, at(5), vec![masked]).await;
    assert_eq!(store.case(&shop, "1").await.unwrap(), Some(left));
    // And in a case that was not known when the buyer was forgotten.
    list(&*store, &shop, at(6), vec![full("3")]).await;
    let third = store.case(&shop, "3").await.unwrap().unwrap();
    assert_eq!((third.buyer.name, third.raw), (None, None));
    assert_eq!(store.forget(&buyer, at(7)).await.unwrap(), 0);
}

fn without_buyer(mut case: AfterSale) -> AfterSale {
    case.buyer = Buyer::default();
    case.notes.buyer = None;
    case.reason.text = None;
    case.evidence.buyer.clear();
    case.raw = None;
    case
}

pub async fn one_case_is_forgotten_whoever_the_buyer_is(place: &dyn Place) {
    let store = place.open().await;
    let (us, eu) = (shop("us"), shop("eu"));
    let of = |account: &Source, id: &str| {
        let mut case = full(id);
        case.account = account.account().clone();
        case.buyer = Buyer {
            name: case.buyer.name,
            ..Buyer::default()
        };
        case.reason.code = None;
        case
    };
    list(&*store, &us, at(1), vec![of(&us, "1"), of(&us, "2")]).await;
    list(&*store, &eu, at(1), vec![of(&eu, "1")]).await;
    for (account, id) in [(&us, "3"), (&shop("none"), "1")] {
        assert!(!store.forget_case(account, id).await.unwrap());
    }
    assert!(store.forget_case(&us, "1").await.unwrap());

    let left = without_buyer(of(&us, "1"));
    assert_eq!(store.case(&us, "1").await.unwrap().as_ref(), Some(&left));
    assert_eq!(store.case(&us, "2").await.unwrap(), Some(of(&us, "2")));
    assert_eq!(store.case(&eu, "1").await.unwrap(), Some(of(&eu, "1")));
    assert_eq!(store.history(&us, "1").await.unwrap().len(), 1);
    // What the buyer wrote is no reason to count by any more.
    let all = StatsFilter::default();
    let stats = store.stats(&all, date(2026, 1, 1)).await.unwrap();
    let by_reason = stats.by_reason.into_iter();
    let by_reason: Vec<_> = by_reason
        .map(|((_, reason), tally)| (reason, tally.cases))
        .collect();
    assert_eq!(by_reason, [(None, 1), (full("1").reason.text, 2)]);

    // The platform still has all of it, and goes on.
    let goes_on = completed(of(&us, "1"));
    list(&*store, &us, at(2), vec![of(&us, "1"), goes_on.clone()]).await;
    let left = without_buyer(goes_on);
    assert_eq!(store.case(&us, "1").await.unwrap(), Some(left));
    // Once more is no harm.
    assert!(store.forget_case(&us, "1").await.unwrap());
}

pub async fn a_buyer_is_forgotten_until_a_day(place: &dyn Place) {
    let store = place.open().await;
    let shop = shop("us");
    let opened = |id: &str, created: Option<i64>| {
        let mut case = full(id);
        case.created_at = created.map(day);
        case
    };
    let buyer = full("1").buyer.id.unwrap();
    let cases = vec![
        opened("before", Some(1)),
        opened("undated", None),
        opened("after", Some(3)),
    ];
    list(&*store, &shop, day(4), cases.clone()).await;
    assert_eq!(store.count_of_buyer(&buyer, day(2)).await.unwrap(), 2);
    assert_eq!(store.forget(&buyer, day(2)).await.unwrap(), 2);
    list(&*store, &shop, day(5), cases).await;
    for (id, is_kept) in [("before", false), ("undated", false), ("after", true)] {
        let case = store.case(&shop, id).await.unwrap().unwrap();
        assert_eq!(case.buyer.id.is_some(), is_kept, "{id}");
        assert_eq!(case.raw.is_some(), is_kept, "{id}");
    }
}

pub async fn a_buyer_is_found_by_phone_and_mail(place: &dyn Place) {
    let store = place.open().await;
    let shop = shop("us");
    let buyer = full("").buyer;
    let (id, phone, email) = (buyer.id, buyer.phone, buyer.email);
    for (stated, identity) in [
        (
            Buyer {
                id: id.clone(),
                ..Buyer::default()
            },
            id,
        ),
        (
            Buyer {
                phone: phone.clone(),
                ..Buyer::default()
            },
            phone,
        ),
        (
            Buyer {
                email: email.clone(),
                ..Buyer::default()
            },
            email,
        ),
    ] {
        let identity = identity.unwrap();
        let mut case = case(&shop, &identity);
        case.buyer = stated;
        list(&*store, &shop, at(1), vec![case]).await;
        assert_eq!(store.forget("no such buyer", day(1)).await.unwrap(), 0);
        assert_eq!(
            store.forget(&identity, day(-1)).await.unwrap(),
            0,
            "{identity}"
        );
        assert_eq!(
            store.forget(&identity, day(1)).await.unwrap(),
            1,
            "{identity}"
        );
    }
}
