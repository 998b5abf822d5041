//! One stream out of the listings of many accounts.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::vec;

use core_model::{
    AfterSale, AfterSales, AfterSalesExt, Awaits, Error, Lookup, Page, Query, Status, Support,
};
use futures_util::{FutureExt, Stream, StreamExt};
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// So many accounts are read at once.
const ACCOUNTS_AT_ONCE: usize = 8;
/// So many pages of an account wait for their turn, beside those that are requested ahead already: accounts whose turn is
/// far off keep little in memory.
const PAGES_AHEAD: usize = 2;

/// Which cases a [`Queue`] is to contain. The default is all of them.
///
/// What a platform can filter it is asked to filter; everything is checked again here, so that the
/// answer is the same on every platform. A platform that cannot filter by time fails when it is asked
/// to.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    query: Query,
    open: bool,
    awaits: Option<Awaits>,
}

impl Selection {
    /// Every case.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only cases in this status; called again, in any of the given ones.
    #[must_use]
    pub fn with_status(mut self, status: Status) -> Self {
        self.query = self.query.with_status(status);
        self
    }

    /// Only cases that are not over.
    #[must_use]
    pub fn only_open(mut self) -> Self {
        self.open = true;
        self
    }

    /// Only cases in which this party has to act next.
    #[must_use]
    pub fn awaiting(mut self, who: Awaits) -> Self {
        self.awaits = Some(who);
        self
    }

    /// Only cases opened at or after this instant.
    #[must_use]
    pub fn with_created_since(mut self, since: Timestamp) -> Self {
        self.query = self.query.with_created_since(since);
        self
    }

    /// Only cases opened before this instant.
    #[must_use]
    pub fn with_created_until(mut self, until: Timestamp) -> Self {
        self.query = self.query.with_created_until(until);
        self
    }

    /// Only the cases of this order, or this case; called again, of any of the given ones. Platforms are then not asked
    /// for a list, but for each of these.
    #[must_use]
    pub fn with_lookup(mut self, lookup: Lookup) -> Self {
        self.query = self.query.with_lookup(lookup);
        self
    }

    /// Cases without the platform's records, where it lists them.
    #[must_use]
    pub fn without_raw(mut self) -> Self {
        self.query = self.query.without_raw();
        self
    }

    /// So many cases per request, as far as the platform gives them.
    #[must_use]
    pub fn with_page_size(mut self, cases: u32) -> Self {
        self.query = self.query.with_page_size(cases);
        self
    }

    /// Whether a case is among those asked for.
    pub fn keeps(&self, case: &AfterSale) -> bool {
        self.query.keeps(case)
            && !(self.open && case.is_final)
            && self.awaits.is_none_or(|who| case.awaits == Some(who))
    }

    /// What the platform is asked. A status that it cannot filter by is on every record, so the
    /// selection does that; the time when a case was opened is not, so asking for it fails where the
    /// platform cannot filter by it.
    fn query_for(&self, platform: &dyn AfterSales) -> Query {
        match platform.capabilities().filters.status {
            Support::No => self.query.clone().with_any_status(),
            Support::Native | Support::Emulated => self.query.clone(),
        }
    }
}

/// What a [`Queue`] yields.
type Entry = Result<AfterSale, QueueError>;

/// What a [`Queue`] yields instead of a case.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// One case could not be read. The account's other cases follow.
    #[error(transparent)]
    Case(Error),
    /// The account's listing broke off. The next account follows.
    #[error(transparent)]
    Account(Error),
}

impl From<QueueError> for Error {
    fn from(error: QueueError) -> Self {
        match error {
            QueueError::Case(error) | QueueError::Account(error) => error,
        }
    }
}

/// The cases of many accounts: account after account in the order given, each in the order of its
/// platform. Up to eight accounts are read at the same time, a few pages ahead of their turn.
///
/// Reading stops when the queue is dropped.
pub struct Queue {
    waiting: VecDeque<Arc<dyn AfterSales>>,
    reading: VecDeque<Reading>,
    selection: Arc<Selection>,
    page: vec::IntoIter<Entry>,
    examined: Arc<AtomicU64>,
}

impl Queue {
    /// Begins to read. To be called within a Tokio runtime.
    pub fn new(
        accounts: impl IntoIterator<Item = Arc<dyn AfterSales>>,
        selection: Selection,
    ) -> Self {
        let mut queue = Self {
            waiting: accounts.into_iter().collect(),
            reading: VecDeque::new(),
            selection: Arc::new(selection),
            page: Vec::new().into_iter(),
            examined: Arc::default(),
        };
        queue.fill_up();
        queue
    }

    /// How many cases have arrived so far, those that the selection does not keep included.
    pub fn examined(&self) -> u64 {
        self.examined.load(Ordering::Relaxed)
    }

    /// How many accounts are not finished yet.
    pub fn accounts_left(&self) -> usize {
        self.waiting.len() + self.reading.len()
    }

    fn fill_up(&mut self) {
        while self.reading.len() < ACCOUNTS_AT_ONCE {
            let Some(account) = self.waiting.pop_front() else {
                return;
            };
            let selection = Arc::clone(&self.selection);
            let examined = Arc::clone(&self.examined);
            self.reading
                .push_back(Reading::start(account, selection, examined));
        }
    }
}

impl Stream for Queue {
    type Item = Entry;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(case) = self.page.next() {
                return Poll::Ready(Some(case));
            }
            let Some(first) = self.reading.front_mut() else {
                return Poll::Ready(None);
            };
            if let Some(page) = ready!(first.poll_page(cx)) {
                self.page = page.into_iter();
            } else {
                self.reading.pop_front();
                self.fill_up();
            }
        }
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue")
            .field("selection", &self.selection)
            .field("accounts_left", &self.accounts_left())
            .field("examined", &self.examined())
            .finish_non_exhaustive()
    }
}

/// An account whose pages arrive.
struct Reading {
    pages: mpsc::Receiver<Vec<Entry>>,
    task: JoinHandle<()>,
}

impl Reading {
    fn start(
        account: Arc<dyn AfterSales>,
        selection: Arc<Selection>,
        examined: Arc<AtomicU64>,
    ) -> Self {
        let (sender, pages) = mpsc::channel(PAGES_AHEAD);
        let task = tokio::spawn(async move {
            let mut listing = account.pages(selection.query_for(&*account));
            // Each page that is taken from the listing makes it request more ahead.
            while let Ok(place) = sender.reserve().await
                && let Some(page) = listing.next().await
            {
                let cases = match page {
                    Ok(page) => {
                        examined.fetch_add(page.records.len() as u64, Ordering::Relaxed);
                        selected(page, &selection, &*account)
                    }
                    Err(error) => vec![Err(QueueError::Account(error))],
                };
                place.send(cases);
            }
        });
        Self { pages, task }
    }

    fn poll_page(&mut self, cx: &mut Context<'_>) -> Poll<Option<Vec<Entry>>> {
        let page = ready!(self.pages.poll_recv(cx));
        if page.is_none()
            && let Err(stopped) = ready!(self.task.poll_unpin(cx))
            && let Ok(panic) = stopped.try_into_panic()
        {
            // A listing that broke off must not look like one that ended.
            std::panic::resume_unwind(panic);
        }
        Poll::Ready(page)
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The cases of a page that are asked for; errors say which account they are from.
fn selected(page: Page, selection: &Selection, account: &dyn AfterSales) -> Vec<Entry> {
    let stamped = |error: Error| match error.account() {
        Some(_) => error,
        None => error.with_source(account.source()),
    };
    page.records
        .into_iter()
        .filter(|case| case.as_ref().map_or(true, |case| selection.keeps(case)))
        .map(|case| case.map_err(|error| QueueError::Case(stamped(error))))
        .collect()
}

#[cfg(test)]
mod tests {
    use core_model::{
        Abilities, Capabilities, Cursor, ErrorKind, Filters, Lookup, NativeStatus, Operations,
        PageSize, Paging, Platform, Progress, Result, Side, Source,
    };

    use super::*;

    const CAPABILITIES: Capabilities = Capabilities {
        operations: Operations {
            list: true,
            find_by_id: false,
            find_by_order: false,
            find_by_merchant_order: false,
            needs_buyer: false,
            needs_start: false,
            lists_ids_only: false,
        },
        filters: Filters {
            status: Support::No,
            created: Support::No,
            updated: Support::No,
        },
        paging: Paging::Cursor,
        page_size: PageSize {
            default: 2,
            max: None,
        },
        window: None,
        quota: None,
        abilities: Abilities::NONE,
        pushes: None,
    };

    /// An account with so many pages of two cases each; one page may be missing.
    #[derive(Debug)]
    struct Account {
        source: Source,
        capabilities: Capabilities,
        pages: u64,
        broken: Option<u64>,
        fetched: AtomicU64,
    }

    impl Account {
        fn with(name: &'static str, pages: u64) -> Self {
            Self {
                source: Source::new(Platform::new("example"), name, Side::Seller),
                capabilities: CAPABILITIES,
                pages,
                broken: None,
                fetched: AtomicU64::new(0),
            }
        }

        fn case(&self, number: u64) -> AfterSale {
            let progress = match number % 2 {
                0 => Progress::new(Status::Requested, Awaits::Seller),
                _ => Progress::new(Status::Completed, Awaits::Nobody),
            };
            let native = NativeStatus::default();
            let mut case = AfterSale::new(&self.source, number.to_string(), native, progress);
            case.created_at = Timestamp::from_second(i64::try_from(number).unwrap()).ok();
            case
        }
    }

    #[async_trait::async_trait]
    impl AfterSales for Account {
        fn source(&self) -> &Source {
            &self.source
        }

        fn capabilities(&self) -> Capabilities {
            self.capabilities
        }

        async fn page(&self, query: &Query, at: Option<&Cursor>) -> Result<Page> {
            self.fetched.fetch_add(1, Ordering::Relaxed);
            self.capabilities.admit_query(&self.source, query)?;
            let page: u64 = at
                .and_then(Cursor::as_token)
                .map_or(0, |at| at.parse().unwrap());
            if self.broken == Some(page) {
                return Err(Error::new(ErrorKind::Unavailable, "down"));
            }
            let unreadable = Err(Error::decode("id", "is missing"));
            let cases = match page {
                0 => vec![Ok(self.case(0)), unreadable],
                page => vec![Ok(self.case(2 * page)), Ok(self.case(2 * page + 1))],
            };
            let next = (page + 1 < self.pages).then(|| Cursor::token((page + 1).to_string()));
            Ok(Page::new(cases, query, next, None))
        }

        async fn find(&self, _: &Lookup) -> Result<Vec<AfterSale>> {
            Ok(Vec::new())
        }
    }

    async fn read(queue: Queue) -> Vec<String> {
        let entries = queue.map(|entry| match entry {
            Ok(case) => format!("{} {}", case.account, case.id),
            Err(QueueError::Case(error)) => format!("case: {error}"),
            Err(QueueError::Account(error)) => format!("account: {error}"),
        });
        entries.collect().await
    }

    fn queue(accounts: Vec<Account>, selection: Selection) -> Queue {
        let accounts = accounts.into_iter();
        Queue::new(
            accounts.map(|it| Arc::new(it) as Arc<dyn AfterSales>),
            selection,
        )
    }

    #[tokio::test]
    async fn accounts_follow_each_other_whatever_fails() {
        let mut broken = Account::with("b", 3);
        broken.broken = Some(1);
        let accounts = vec![Account::with("a", 2), broken, Account::with("c", 1)];
        let entries = read(queue(accounts, Selection::new())).await;
        assert_eq!(
            entries,
            [
                "a 0",
                "case: a (example): unreadable answer: id: is missing",
                "a 2",
                "a 3",
                "b 0",
                "case: b (example): unreadable answer: id: is missing",
                "account: b (example): platform unavailable: down",
                "c 0",
                "case: c (example): unreadable answer: id: is missing",
            ]
        );
    }

    #[tokio::test]
    async fn a_selection_gives_the_same_cases_whether_or_not_the_platform_can_filter() {
        for (selection, cases) in [
            (
                Selection::new().with_status(Status::Completed),
                ["a 3", "a 5"].as_slice(),
            ),
            (Selection::new().only_open(), &["a 0", "a 2", "a 4"]),
            (Selection::new().awaiting(Awaits::Nobody), &["a 3", "a 5"]),
        ] {
            for status in [Support::No, Support::Native] {
                let filters = Filters {
                    status,
                    ..Filters::NONE
                };
                assert_eq!(selected(filters, &selection).await, cases, "{selection:?}");
            }
        }
    }

    #[tokio::test]
    async fn a_time_that_a_platform_cannot_filter_by_is_an_error_of_the_account() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let selection = Selection::new()
            .with_created_since(at(2))
            .with_created_until(at(4));
        let native = Filters {
            created: Support::Native,
            ..Filters::NONE
        };
        assert_eq!(selected(native, &selection).await, ["a 2", "a 3"]);
        let refused = selected(Filters::NONE, &selection).await;
        let error = "account: a (example): not supported: this platform cannot filter by the time of \
                     creation";
        assert_eq!(refused, [error]);
    }

    /// What a platform with these filters contributes, without the unreadable cases.
    async fn selected(filters: Filters, selection: &Selection) -> Vec<String> {
        let account = Account {
            capabilities: Capabilities {
                filters,
                ..CAPABILITIES
            },
            ..Account::with("a", 3)
        };
        let mut entries = read(queue(vec![account], selection.clone())).await;
        entries.retain(|entry| !entry.starts_with("case: "));
        entries
    }

    #[tokio::test]
    async fn no_account_is_read_far_ahead_and_none_when_the_queue_is_gone() {
        let accounts: Vec<Arc<Account>> = (0..20)
            .map(|_| Arc::new(Account::with("a", 1000)))
            .collect();
        let erased = accounts
            .iter()
            .map(|it| Arc::clone(it) as Arc<dyn AfterSales>);
        let mut queue = Queue::new(erased, Selection::new());
        for _ in 0..10 {
            queue.next().await;
            tokio::task::yield_now().await;
        }
        let fetched = |account: &Arc<Account>| account.fetched.load(Ordering::Relaxed);
        // Five pages were read, and a few wait.
        assert!(fetched(&accounts[0]) <= 10, "{}", fetched(&accounts[0]));
        for account in &accounts[1..] {
            assert!(fetched(account) <= 4, "{}", fetched(account));
        }
        assert_eq!(
            accounts.iter().filter(|it| fetched(it) > 0).count(),
            ACCOUNTS_AT_ONCE
        );
        drop(queue);
        for account in &accounts {
            while Arc::strong_count(account) > 1 {
                tokio::task::yield_now().await;
            }
        }
    }
}
