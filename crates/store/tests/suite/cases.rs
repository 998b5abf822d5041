//! What is read back is what was written.

use core_model::{
    AfterSale, Buyer, Evidence, Item, Kind, Notes, Order, Party, Reason, ReturnShipment,
};
use futures_util::TryStreamExt;
use store::{Filter, Sort, StoreExt};

use super::{Place, at, case, completed, list, money, outcomes, raw, shop};

pub async fn an_empty_copy_answers(place: &dyn Place) {
    let store = place.open().await;
    let shop = shop("us");
    assert_eq!(store.accounts().await.unwrap(), []);
    assert_eq!(store.case(&shop, "1").await.unwrap(), None);
    assert_eq!(store.history(&shop, "1").await.unwrap(), []);
    assert!(store.positions(&shop).await.unwrap().is_empty());
    assert_eq!(store.runs(Some(&shop), 10).await.unwrap(), []);
    assert_eq!(store.known(&shop, &["1".to_owned()]).await.unwrap(), [None]);
    let listing = store
        .list(&Filter::new(), Sort::Queue, None, 10)
        .await
        .unwrap();
    assert!(listing.cases.is_empty() && listing.next.is_none());
    let stats = store
        .stats(&Default::default(), "2025-06-15".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(stats, Default::default());
    assert_eq!(store.prune(at(0)).await.unwrap(), 0);
    assert_eq!(store.forget("nobody", at(0)).await.unwrap(), 0);
}

/// A record that states everything.
pub fn full(id: &str) -> AfterSale {
    let some = |text: &str| Some(text.to_owned());
    let mut full = case(&shop("us"), id);
    full.number = some("00000013-S1");
    full.order = Order {
        id: some("9007199254740993123"),
        number: some("00000013"),
        merchant_ref: some("m/1"),
    };
    full.kind = Kind::ReturnAndRefund;
    full.native_status.label = some("待处理");
    full.opened_by = Some(Party::Buyer);
    full.reason = Reason {
        code: some("7"),
        text: some("not as described \u{1F4E6}"),
    };
    full.notes = Notes {
        buyer: some("line one\nline \"two\""),
        seller: some("\\ \u{0} \t"),
        rejection: some(""),
    };
    full.amounts.refunded = money("0.10", "CNY");
    full.amounts.order_total = money("79228162514264337593543950335", "JPY");
    full.amounts.shipping = money("-0.000000000000000000000001", "EUR");
    full.buyer = Buyer {
        id: some("o6_bmjrPTlm6_2sgVt7hMZOPfL2M"),
        name: some("张三"),
        phone: some("+1-555-0100"),
        email: some("buyer@example.com"),
    };
    full.items = vec![
        Item {
            id: some("31d9"),
            product_id: some("a1a8"),
            sku: some("T-M"),
            title: some("shirt"),
            variant: some("L-red"),
            quantity: Some(u64::MAX),
            quantity_ordered: Some(2),
            unit_price: money("81.00", "CNY"),
            image: some("https://cdn.example.com/1.jpeg"),
        },
        Item::default(),
    ];
    full.evidence = Evidence {
        buyer: vec!["https://cdn.example.com/e.jpeg".to_owned()],
        seller: vec![String::new()],
    };
    full.return_shipment = ReturnShipment {
        carrier: some("SF"),
        carrier_code: some("sf"),
        tracking_number: some("SF1"),
    };
    full.updated_at = Some("2025-12-18T10:00:00.123456789Z".parse().unwrap());
    full.refunded_at = Some(at(5));
    full.deadline = Some(at(6));
    full.raw = raw(
        "{ \"amount\": 1.10,\r\n\t\"id\": 18446744073709551616, \"x\": \"\\u5f20\\/\", \"x\": 1e400 }",
    );
    full
}

pub async fn what_is_written_reads_back_equal_to_the_last_byte(place: &dyn Place) {
    let store = place.open().await;
    let shop = shop("us");
    let mut sparse = case(&shop, "sparse");
    sparse.raw = None;
    sparse.created_at = None;
    sparse.awaits = None;
    let written = vec![full("full"), sparse, completed(case(&shop, ""))];
    list(&*store, &shop, at(10), written.clone()).await;
    for case in &written {
        let read = store.case(&shop, &case.id).await.unwrap().unwrap();
        assert_eq!(read, *case);
        let [read, case] =
            [&read, case].map(|case| case.raw.as_ref().map(|raw| raw.get().to_owned()));
        assert_eq!(read, case);
    }
    let all: Vec<_> = store
        .cases(Filter::new(), Sort::FirstSeen)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(all, written);
    let accounts = store.accounts().await.unwrap();
    assert_eq!(accounts, [shop]);
}

pub async fn amounts_times_and_ids_keep_every_digit(place: &dyn Place) {
    let store = place.open().await;
    let shop = shop("us");
    for (id, amount) in [
        ("1", "162.00"),
        ("2", "162"),
        ("3", "0.10"),
        ("4", "99999999999999999999999999.99"),
        ("5", "-0.50"),
    ] {
        let mut case = case(&shop, id);
        case.amounts.requested = money(amount, "CNY");
        list(&*store, &shop, at(10), vec![case]).await;
        let history = store.history(&shop, id).await.unwrap();
        let requested = history[0].state.requested.map(|money| money.to_string());
        assert_eq!(requested, Some(format!("{amount} CNY")));
    }
}

pub async fn records_are_the_same_with_and_without_a_dictionary(place: &dyn Place) {
    let store = place.open().await;
    let shop = shop("us");
    let mut written = Vec::new();
    // Too few to learn from, then enough, then many.
    for (page, size) in [10, 30, 60, 250, 250].into_iter().enumerate() {
        let cases: Vec<_> = (0..size)
            .map(|n| {
                let mut case = full(&format!("{page}-{n}"));
                case.buyer.id = Some(format!("buyer {page} {n}"));
                case
            })
            .collect();
        list(&*store, &shop, at(page as i64), cases.clone()).await;
        written.extend(cases);
    }
    let read: Vec<_> = store
        .cases(Filter::new(), Sort::FirstSeen)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(read, written);
    // With the dictionary the first ones are the same records as without.
    let again = list(&*store, &shop, at(10), written[..40].to_vec()).await;
    assert!(
        outcomes(&again)
            .iter()
            .all(|outcome| *outcome == store::Outcome::Unchanged)
    );
}

pub async fn a_copy_that_is_opened_again_has_everything(place: &dyn Place) {
    let store = place.open().await;
    let shop = shop("us");
    list(&*store, &shop, at(0), vec![full("1")]).await;
    drop(store);
    let store = place.open().await;
    assert_eq!(store.case(&shop, "1").await.unwrap(), Some(full("1")));
    assert_eq!(store.history(&shop, "1").await.unwrap().len(), 1);
}
