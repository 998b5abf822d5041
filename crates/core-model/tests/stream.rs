//! The paging loop, over platforms that behave and others that do not.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Mutex;

use async_trait::async_trait;
use core_model::{
    Abilities, AfterSale, AfterSales, AfterSalesExt, Awaits, Capabilities, Cursor, Error,
    ErrorKind, Filters, Lookup, NativeStatus, Numbered, Operations, PAGE_CAP, Page, PageSize,
    Paging, Platform, Progress, Query, Result, Side, Source, Status,
};
use futures_util::StreamExt;

/// What a listing does.
#[derive(Debug, Clone, Copy)]
enum Behaviour {
    /// So many records in pages of ten, with a stated total.
    Numbered(u64),
    /// The same, without a total.
    Uncounted(u64),
    /// The same, with a total that is far too high.
    Exaggerated(u64),
    /// At most five rows a page, whatever is asked for.
    Capped(u64),
    /// So many pages, each named by the one before.
    Named(u64),
    /// The page with this number fails.
    Failing(u64),
    /// Each page names itself as the next one.
    Stuck,
    /// Each page leads to the first one.
    Circular,
    /// Two pages take turns under ever new names.
    Alternating,
    /// The same page for ever.
    Repeating,
    /// New pages for ever.
    Endless,
    /// The same ids for ever, under ever new names.
    SameIds,
}

#[derive(Debug)]
struct Fake {
    source: Source,
    behaviour: Behaviour,
    requested: Mutex<Vec<u64>>,
}

impl Fake {
    fn new(behaviour: Behaviour) -> Self {
        Self {
            source: Source::new(Platform::new("fake"), "shop", Side::Seller),
            behaviour,
            requested: Mutex::default(),
        }
    }

    fn requested(&self) -> Vec<u64> {
        self.requested.lock().unwrap().clone()
    }

    fn record(&self, id: u64) -> Result<AfterSale> {
        let progress = Progress::new(Status::Requested, Awaits::Seller);
        let native_status = NativeStatus::default();
        Ok(AfterSale::new(
            &self.source,
            id.to_string(),
            native_status,
            progress,
        ))
    }

    fn made(&self, ids: std::ops::Range<u64>) -> Vec<Result<AfterSale>> {
        ids.map(|id| self.record(id)).collect()
    }

    fn numbered(&self, query: &Query, at: Numbered, rows: u64, total: Option<u64>) -> Page {
        let size = u64::from(at.size());
        let start = (at.page() - 1).saturating_mul(size).min(rows);
        let records = self.made(start..(start + size).min(rows));
        Page::numbered(records, query, at, total)
    }
}

#[async_trait]
impl AfterSales for Fake {
    fn source(&self) -> &Source {
        &self.source
    }

    fn capabilities(&self) -> Capabilities {
        let named = matches!(
            self.behaviour,
            Behaviour::Named(_)
                | Behaviour::Stuck
                | Behaviour::Alternating
                | Behaviour::Endless
                | Behaviour::SameIds
        );
        Capabilities {
            operations: Operations {
                list: true,
                ..Operations::default()
            },
            filters: Filters::NONE,
            paging: if named {
                Paging::Cursor
            } else {
                Paging::Numbered
            },
            page_size: PageSize {
                default: 10,
                max: None,
            },
            window: None,
            quota: None,
            abilities: Abilities::NONE,
            pushes: None,
        }
    }

    async fn page(&self, query: &Query, at: Option<&Cursor>) -> Result<Page> {
        let token = at
            .and_then(Cursor::as_token)
            .map_or(0, |token| token.parse().unwrap());
        let numbered = || Numbered::at(at, query, self.capabilities().page_size).unwrap();
        let number = match self.capabilities().paging {
            Paging::Numbered => numbered().page(),
            _ => token,
        };
        self.requested.lock().unwrap().push(number);
        // Odd pages arrive later, so that pages requested ahead overtake each other.
        tokio::task::yield_now().await;
        if number % 2 == 1 {
            tokio::task::yield_now().await;
        }
        let to = |token: u64| Some(Cursor::token(token.to_string()));
        Ok(match self.behaviour {
            Behaviour::Numbered(rows) => self.numbered(query, numbered(), rows, Some(rows)),
            Behaviour::Uncounted(rows) => self.numbered(query, numbered(), rows, None),
            Behaviour::Exaggerated(rows) => self.numbered(query, numbered(), rows, Some(rows * 9)),
            Behaviour::Capped(rows) => {
                let at = numbered();
                let start = ((at.page() - 1) * u64::from(at.size().min(5))).min(rows);
                let records = self.made(start..(start + u64::from(at.size().min(5))).min(rows));
                Page::numbered(records, query, at, Some(rows))
            }
            Behaviour::Named(pages) => {
                let next = if token + 1 < pages {
                    to(token + 1)
                } else {
                    None
                };
                Page::new(self.made(token * 10..token * 10 + 10), query, next, None)
            }
            Behaviour::Failing(page) if number == page => {
                return Err(Error::new(ErrorKind::Unavailable, "down"));
            }
            Behaviour::Failing(_) => self.numbered(query, numbered(), 1000, Some(1000)),
            Behaviour::Stuck => Page::new(self.made(number..number + 1), query, to(7), None),
            Behaviour::Circular => {
                let first = Numbered::at(None, query, self.capabilities().page_size).unwrap();
                let next = first
                    .next(10, None)
                    .filter(|_| number == 1)
                    .or(Some(first.into()));
                Page::new(self.made(number * 10..number * 10 + 10), query, next, None)
            }
            Behaviour::Alternating => {
                let start = token % 2 * 10;
                Page::new(self.made(start..start + 10), query, to(token + 1), None)
            }
            Behaviour::Repeating => {
                Page::numbered(self.made(0..10), query, numbered(), Some(u64::MAX))
            }
            Behaviour::SameIds => Page::of_ids(vec!["1".to_owned()], Vec::new(), to(token + 1)),
            Behaviour::Endless => {
                Page::new(self.made(token..token + 1), query, to(token + 1), None)
            }
        })
    }

    async fn find(&self, lookup: &Lookup) -> Result<Vec<AfterSale>> {
        Err(self.capabilities().no_lookup(&self.source, lookup))
    }
}

async fn ids(fake: &Fake) -> Vec<u64> {
    fake.records(Query::new())
        .map(|record| record.unwrap().id.parse::<u64>().unwrap())
        .collect()
        .await
}

#[tokio::test]
async fn every_record_comes_once_and_in_order() {
    for behaviour in [
        Behaviour::Numbered(0),
        Behaviour::Numbered(1),
        Behaviour::Numbered(10),
        Behaviour::Numbered(237),
        Behaviour::Uncounted(237),
        Behaviour::Uncounted(240),
        Behaviour::Exaggerated(237),
        Behaviour::Capped(237),
        Behaviour::Named(24),
    ] {
        let rows = match behaviour {
            Behaviour::Named(pages) => pages * 10,
            Behaviour::Numbered(rows)
            | Behaviour::Uncounted(rows)
            | Behaviour::Exaggerated(rows)
            | Behaviour::Capped(rows) => rows,
            other => panic!("{other:?} does not end"),
        };
        let fake = Fake::new(behaviour);
        assert_eq!(
            ids(&fake).await,
            (0..rows).collect::<Vec<_>>(),
            "{behaviour:?}"
        );
    }
}

#[tokio::test]
async fn pages_ahead_are_requested_as_far_as_the_total_reaches_and_no_further() {
    let fake = Fake::new(Behaviour::Numbered(237));
    assert_eq!(ids(&fake).await.len(), 237);
    assert_eq!(fake.requested(), (1..=24).collect::<Vec<_>>());

    // A full last page is followed by one question more: a total alone ends nothing.
    let fake = Fake::new(Behaviour::Numbered(40));
    assert_eq!(ids(&fake).await.len(), 40);
    assert_eq!(fake.requested(), [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn the_window_opens_slowly() {
    let fake = Fake::new(Behaviour::Numbered(1000));
    let mut pages = fake.pages(Query::new());
    let mut under_way = Vec::new();
    for _ in 0..5 {
        pages.next().await.unwrap().unwrap();
        under_way.push(fake.requested().len());
    }
    // With n pages here, at most 1, 2, 4, 8 and again 8 are under way.
    let ceilings = [1, 3, 6, 11, 12];
    let within = under_way
        .iter()
        .zip(ceilings)
        .all(|(&count, ceiling)| count <= ceiling);
    assert!(within, "{under_way:?}");
    assert_eq!(under_way.last(), Some(&12), "{under_way:?}");
}

#[tokio::test]
async fn records_are_there_before_the_listing_is_over() {
    let fake = Fake::new(Behaviour::Named(1000));
    let mut records = fake.records(Query::new());
    for _ in 0..15 {
        records.next().await.unwrap().unwrap();
    }
    drop(records);
    assert_eq!(fake.requested(), [0, 1]);
}

#[tokio::test]
async fn a_failed_page_is_the_last_item() {
    let fake = Fake::new(Behaviour::Failing(4));
    let mut records: Vec<_> = fake.records(Query::new()).collect().await;
    let error = records.pop().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(
        error.account().map(core_model::Account::as_str),
        Some("shop")
    );
    assert_eq!(records.iter().filter(|record| record.is_ok()).count(), 30);
}

#[tokio::test]
async fn a_listing_that_goes_nowhere_is_an_error_and_never_a_hang() {
    for (behaviour, at_most) in [
        (Behaviour::Stuck, 3),
        (Behaviour::Circular, 12),
        (Behaviour::Alternating, 3),
        (Behaviour::Repeating, 12),
        (Behaviour::SameIds, 3),
        (Behaviour::Endless, usize::try_from(PAGE_CAP).unwrap()),
    ] {
        let fake = Fake::new(behaviour);
        let last = fake
            .records(Query::new())
            .fold(None, async |_, record| Some(record))
            .await;
        let error = last.unwrap().unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::Pagination,
            "{behaviour:?}: {error}"
        );
        let requests = fake.requested().len();
        assert!(requests <= at_most, "{behaviour:?}: {requests} requests");
    }
}

#[tokio::test]
async fn a_listing_goes_on_at_any_of_its_pages() {
    for behaviour in [
        Behaviour::Numbered(237),
        Behaviour::Uncounted(237),
        Behaviour::Capped(237),
        Behaviour::Named(24),
    ] {
        let whole = ids(&Fake::new(behaviour)).await;
        let fake = Fake::new(behaviour);
        let mut pages = fake.pages(Query::new());
        let mut read = 0;
        while let Some(page) = pages.next().await {
            let page = page.unwrap();
            read += page.records.len();
            let Some(next) = page.next else { break };
            let stored = serde_json::to_string(&next).unwrap();
            let later = Fake::new(behaviour);
            let rest = later.pages_from(Query::new(), serde_json::from_str(&stored).unwrap());
            let rest: Vec<u64> = rest
                .flat_map(|page| futures_util::stream::iter(page.unwrap().records))
                .map(|record| record.unwrap().id.parse::<u64>().unwrap())
                .collect()
                .await;
            assert_eq!(rest, whole[read..], "{behaviour:?} {stored}");
        }
        assert_eq!(read, whole.len());
    }
}

#[tokio::test]
async fn a_place_far_behind_the_end_is_an_empty_rest_and_no_panic() {
    let cursor = r#"{"page":18446744073709551615,"size":10,"step":10}"#;
    let fake = Fake::new(Behaviour::Numbered(237));
    let rest: Vec<_> = fake
        .pages_from(Query::new(), serde_json::from_str(cursor).unwrap())
        .collect()
        .await;
    assert_eq!(rest.len(), 1);
    assert!(rest[0].as_ref().unwrap().records.is_empty());
}

#[tokio::test]
async fn look_ups_have_no_place_to_go_on_from() {
    let desk = Desk::new();
    let pages = desk.pages_from(orders(&["a"]), Some(Cursor::token("1")));
    let pages: Vec<_> = pages.collect().await;
    assert_eq!(pages.len(), 1);
    assert_eq!(pages[0].as_ref().unwrap_err().kind(), ErrorKind::Config);
}

#[tokio::test]
async fn a_listing_behind_a_trait_object_streams_as_well() {
    let fake: &dyn AfterSales = &Fake::new(Behaviour::Numbered(25));
    assert_eq!(fake.records(Query::new()).count().await, 25);
}

/// A platform without a listing: orders can be looked up.
#[derive(Debug)]
struct Desk {
    source: Source,
    asked: Mutex<Vec<String>>,
    under_way: Mutex<(usize, usize)>,
}

impl Desk {
    fn new() -> Self {
        Self {
            source: Source::new(Platform::new("desk"), "shop", Side::Seller),
            asked: Mutex::default(),
            under_way: Mutex::default(),
        }
    }

    /// What the records are, or how a look-up failed.
    async fn ids(&self, query: Query) -> Vec<String> {
        let ids = self.records(query).map(|record| match record {
            Ok(record) => record.id,
            Err(error) => format!("{:?}", error.kind()),
        });
        ids.collect().await
    }
}

#[async_trait]
impl AfterSales for Desk {
    fn source(&self) -> &Source {
        &self.source
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            operations: Operations {
                find_by_order: true,
                ..Operations::default()
            },
            filters: Filters::NONE,
            paging: Paging::None,
            page_size: PageSize::NONE,
            window: None,
            quota: Some(core_model::Quota::Window {
                calls: 3,
                seconds: 60,
            }),
            abilities: Abilities::NONE,
            pushes: None,
        }
    }

    async fn page(&self, query: &Query, _: Option<&Cursor>) -> Result<Page> {
        self.capabilities().admit_query(&self.source, query)?;
        Err(self.capabilities().no_listing(&self.source))
    }

    async fn find(&self, lookup: &Lookup) -> Result<Vec<AfterSale>> {
        let Lookup::Order {
            order: core_model::OrderKey::Id(order),
            ..
        } = lookup
        else {
            return Err(self.capabilities().no_lookup(&self.source, lookup));
        };
        self.asked.lock().unwrap().push(order.clone());
        {
            let mut under_way = self.under_way.lock().unwrap();
            under_way.0 += 1;
            under_way.1 = under_way.1.max(under_way.0);
        }
        // Later orders overtake earlier ones.
        for _ in 0..order.len() % 3 {
            tokio::task::yield_now().await;
        }
        self.under_way.lock().unwrap().0 -= 1;
        let error = |kind| Error::new(kind, "no");
        match order.as_str() {
            "without" => Ok(Vec::new()),
            "unknown" => Err(error(ErrorKind::NotFound).with_native_code(Some("5".to_owned()))),
            "malformed" => Err(error(ErrorKind::Rejected)),
            "no-integer" => Err(error(ErrorKind::Config)),
            "redirected" => Err(error(ErrorKind::Config).with_answer(302, None, None)),
            "down" => Err(error(ErrorKind::Unavailable)),
            "wrong-address" => Err(error(ErrorKind::NotFound)),
            id => {
                let progress = Progress::new(Status::Requested, Awaits::Seller);
                let native_status = NativeStatus::default();
                let record = AfterSale::new(&self.source, id.to_owned(), native_status, progress);
                Ok(vec![record])
            }
        }
    }
}

fn orders(ids: &[&str]) -> Query {
    ids.iter().fold(Query::new(), |query, id| {
        query.with_lookup(Lookup::order(*id))
    })
}

#[tokio::test]
async fn orders_are_looked_up_a_few_at_once_and_each_once() {
    let desk = Desk::new();
    let query = orders(&["a", "bb", "a", "without", "ccc", "unknown", "bb", "dddd"]);
    assert_eq!(desk.ids(query).await, ["a", "bb", "ccc", "dddd"]);
    assert_eq!(desk.asked.lock().unwrap().len(), 6);
    let (_, most) = *desk.under_way.lock().unwrap();
    assert_eq!(most, 3, "as many as the quota allows");
}

#[tokio::test]
async fn a_refused_order_is_an_error_between_the_others_and_an_outage_ends_the_listing() {
    for (asked, expected) in [
        (&["a", "malformed", "b"][..], &["a", "Rejected", "b"][..]),
        (&["a", "no-integer", "b"], &["a", "Config", "b"]),
        (&["a", "redirected", "b"], &["Config"]),
        (&["a", "down", "b"], &["Unavailable"]),
        (&["a", "wrong-address", "b"], &["NotFound"]),
    ] {
        assert_eq!(Desk::new().ids(orders(asked)).await, expected, "{asked:?}");
    }
    // What earlier pages found stays found.
    let query = orders(&["a", "down", "b"]).with_page_size(1);
    assert_eq!(Desk::new().ids(query).await, ["a", "Unavailable"]);
}

#[tokio::test]
async fn what_was_looked_up_is_filtered_and_an_unsupported_key_is_refused() {
    let desk = Desk::new();
    let query = orders(&["a"]).with_status(Status::Completed);
    assert!(desk.ids(query).await.is_empty());
    let by_reference = Query::new().with_lookup(Lookup::merchant_order("r"));
    assert_eq!(desk.ids(by_reference).await, ["Unsupported"]);
    let error = desk.page(&orders(&["a"]), None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[tokio::test]
async fn a_case_that_does_not_state_the_time_asked_for_is_an_error_and_not_a_guess() {
    let since = jiff::Timestamp::from_second(1_700_000_000).unwrap();
    let desk = Desk::new();
    for (query, expected) in [
        (
            orders(&["a"]).with_created_since(since),
            &["Unsupported"][..],
        ),
        (orders(&["a"]).with_updated_until(since), &["Unsupported"]),
        // Whatever its time is, it is not asked for.
        (
            orders(&["a"])
                .with_created_since(since)
                .with_status(Status::Completed),
            &[],
        ),
    ] {
        assert_eq!(desk.ids(query.clone()).await, expected, "{query:?}");
    }
}

#[tokio::test]
async fn a_case_that_two_look_ups_find_comes_once() {
    let query = orders(&["a"]).with_page_size(1);
    let query = query.with_lookup(Lookup::order("a").with_buyer("b"));
    assert_eq!(Desk::new().ids(query).await, ["a"]);
}

#[tokio::test]
async fn an_outage_during_look_ups_says_whose_account_it_met() {
    let desk = Desk::new();
    let mut records = desk.records(orders(&["down"]));
    let error = records.next().await.unwrap().unwrap_err();
    assert_eq!(
        error.account().map(core_model::Account::as_str),
        Some("shop")
    );
}
