//! How changes are written, and what is told of them.

use core_model::{Awaits, Status};
use store::{Batch, Change, ErrorKind, Field, Outcome, Reading};

use super::{Place, at, case, completed, list, money, outcomes, raw, shop};

fn change(field: Field, from: Option<&str>, to: Option<&str>) -> Change {
    let [from, to] = [from, to].map(|text| text.map(str::to_owned));
    Change { field, from, to }
}

pub async fn the_same_record_again_writes_nothing(place: &dyn Place) {
    let store = place.open().await;
    let shop = shop("us");
    let cases = vec![case(&shop, "1"), completed(case(&shop, "2"))];
    assert_eq!(
        outcomes(&list(&*store, &shop, at(1), cases.clone()).await),
        [Outcome::New, Outcome::New]
    );
    let known = store
        .known(&shop, &["1".to_owned(), "2".to_owned()])
        .await
        .unwrap();
    let again = list(&*store, &shop, at(2), cases.clone()).await;
    assert_eq!(outcomes(&again), [Outcome::Unchanged, Outcome::Unchanged]);
    let handed_back: Vec<_> = again.records.into_iter().map(|(case, _)| case).collect();
    assert_eq!(handed_back, cases);
    assert_eq!(
        store
            .known(&shop, &["1".to_owned(), "2".to_owned()])
            .await
            .unwrap(),
        known
    );
    assert_eq!(store.history(&shop, "1").await.unwrap().len(), 1);
}

pub async fn a_change_is_told_and_kept(place: &dyn Place) {
    let store = place.open().await;
    let shop = shop("us");
    let mut first = case(&shop, "1");
    first.deadline = Some(at(1000));
    list(&*store, &shop, at(1), vec![first.clone()]).await;
    let mut second = completed(first.clone());
    second.amounts.requested = money("160.00", "CNY");
    second.deadline = None;
    let changes = vec![
        change(Field::Status, Some("requested"), Some("completed")),
        change(Field::Awaits, Some("seller"), Some("nobody")),
        change(Field::NativeStatus, Some("pending"), Some("finished")),
        change(Field::Requested, Some("162.00 CNY"), Some("160.00 CNY")),
        change(Field::Refunded, None, Some("162.00 CNY")),
        change(Field::Deadline, Some("2025-06-15T15:23:20Z"), None),
    ];
    let applied = list(&*store, &shop, at(2), vec![second.clone()]).await;
    assert_eq!(outcomes(&applied), [Outcome::Changed(changes.clone())]);

    let history = store.history(&shop, "1").await.unwrap();
    let seen: Vec<_> = history.iter().map(|entry| entry.seen_at).collect();
    assert_eq!(seen, [at(1), at(2)]);
    assert_eq!(history[0].changes, []);
    assert_eq!(history[1].changes, changes);
    assert_eq!(history[0].state, store::State::of(&first));
    assert_eq!(history[1].state, store::State::of(&second));
    assert_eq!(store.case(&shop, "1").await.unwrap(), Some(second));
}

pub async fn a_change_that_history_does_not_keep_is_written_all_the_same(place: &dyn Place) {
    let store = place.open().await;
    let shop = shop("us");
    let first = case(&shop, "1");
    list(&*store, &shop, at(1), vec![first.clone()]).await;
    let mut noted = first.clone();
    noted.notes.seller = Some("called".to_owned());
    let mut reworded = noted.clone();
    reworded.raw = raw(r#"{"id":"1","status":"pending"}"#);
    let mut fewer = reworded.clone();
    fewer.raw = None;
    for next in [noted, reworded, fewer] {
        let applied = list(&*store, &shop, at(2), vec![next.clone()]).await;
        assert_eq!(outcomes(&applied), [Outcome::Changed(vec![])]);
        assert_eq!(store.case(&shop, "1").await.unwrap(), Some(next));
    }
    assert_eq!(store.history(&shop, "1").await.unwrap().len(), 1);
}

pub async fn a_deadline_that_jitters_is_no_news(place: &dyn Place) {
    let store = place.open().await;
    let shop = shop("us");
    let due = |second| {
        let mut case = case(&shop, "1");
        case.deadline = Some(at(second));
        case
    };
    list(&*store, &shop, at(1), vec![due(1000)]).await;
    for (second, entries) in [(1001, 1), (999, 1), (1058, 1), (2000, 2)] {
        let applied = list(&*store, &shop, at(2), vec![due(second)]).await;
        assert_ne!(outcomes(&applied), [Outcome::Unchanged], "{second}");
        assert_eq!(
            store.history(&shop, "1").await.unwrap().len(),
            entries,
            "{second}"
        );
    }
}

pub async fn a_case_that_comes_twice_is_written_in_order(place: &dyn Place) {
    let store = place.open().await;
    let shop = shop("us");
    let first = case(&shop, "1");
    let second = completed(first.clone());
    let page = vec![
        first.clone(),
        case(&shop, "2"),
        second.clone(),
        second.clone(),
    ];
    let applied = list(&*store, &shop, at(1), page).await;
    let outcomes = outcomes(&applied);
    assert!(
        matches!(
            &outcomes[..],
            [
                Outcome::New,
                Outcome::New,
                Outcome::Changed(_),
                Outcome::Unchanged
            ]
        ),
        "{outcomes:?}"
    );
    assert_eq!(store.case(&shop, "1").await.unwrap(), Some(second));
    assert_eq!(store.history(&shop, "1").await.unwrap().len(), 2);
}

pub async fn the_same_id_on_another_account_is_another_case(place: &dyn Place) {
    let store = place.open().await;
    let (us, eu) = (shop("us"), shop("eu"));
    list(&*store, &us, at(1), vec![case(&us, "1")]).await;
    let applied = list(&*store, &eu, at(1), vec![completed(case(&eu, "1"))]).await;
    assert_eq!(outcomes(&applied), [Outcome::New]);
    assert_eq!(
        store.case(&us, "1").await.unwrap().unwrap().status,
        Status::Requested
    );
    assert_eq!(
        store.case(&eu, "1").await.unwrap().unwrap().awaits,
        Some(Awaits::Nobody)
    );
    assert_eq!(store.accounts().await.unwrap(), [eu, us]);
}

pub async fn a_record_of_another_account_is_refused_with_its_page(place: &dyn Place) {
    let store = place.open().await;
    let (us, eu) = (shop("us"), shop("eu"));
    let page = vec![case(&us, "1"), case(&eu, "2")];
    let batch = Batch::new(&us, at(1), Reading::Listed)
        .with_records(page)
        .with_position("list", "2");
    let error = store.apply(batch).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(
        error
            .to_string()
            .contains("case 2 is of eu (shoplazza), the batch of us (shoplazza)"),
        "{error}"
    );
    assert_eq!(store.case(&us, "1").await.unwrap(), None);
    assert!(store.positions(&us).await.unwrap().is_empty());
}
