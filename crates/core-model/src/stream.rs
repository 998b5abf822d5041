//! The one paging loop.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, FuturesOrdered, StreamExt};

use crate::page::{Numbered, endless, foreign, hashed};
use crate::{
    AfterSale, AfterSales, Cursor, Error, ErrorKind, Lookup, Page, Paging, Query, Quota, Result,
};

/// A listing that has not ended after so many pages is taken for one that never does.
pub const PAGE_CAP: u64 = 100_000;

/// So many numbered pages are requested ahead at the most, and so many look-ups are under way at once.
const AHEAD: usize = 8;

/// So many look-ups make a page, unless the query says otherwise.
const LOOKUPS_PER_PAGE: u32 = 50;

/// Streams over whole listings, for every [`AfterSales`].
pub trait AfterSalesExt: AfterSales {
    /// All pages of a listing, in order.
    ///
    /// Where pages are numbered and the platform states a total, some are requested ahead, unless the query wants them
    /// [in turn](Query::in_turn). A query by
    /// [orders](Query::with_lookup) is answered by look-ups, in their order: one that the platform refuses is an
    /// error between the records, and so is a case that does not state a time which the query asks for; an order
    /// without a case is nothing, and a case that two look-ups find comes once. A failed page, a page that repeats an
    /// earlier one, a cursor that leads back and no end after [`PAGE_CAP`] pages each end the stream with an error,
    /// never in silence.
    fn pages(&self, query: Query) -> BoxStream<'_, Result<Page>>;

    /// The rest of a listing: the page that a cursor points to, which an earlier page of the same query gave as its
    /// [`next`](Page::next), and those after it. Otherwise as [`pages`](Self::pages).
    ///
    /// Whoever keeps each page together with its `next` can go on where it was, whenever that is.
    fn pages_from(&self, query: Query, at: Option<Cursor>) -> BoxStream<'_, Result<Page>>;

    /// All records of a listing, in order. An unreadable record is an error between the others; an
    /// error of a whole page is the last item.
    fn records(&self, query: Query) -> BoxStream<'_, Result<AfterSale>>;

    /// The answer to each look-up, in their order; a few are under way at once, as far as the quota allows. A listing
    /// that gives ids only is filled in like this.
    ///
    /// # Errors
    /// What would meet the other look-ups, too: credentials, throttling, an outage. An error that is about one of them
    /// is its own answer.
    fn find_each(&self, lookups: Vec<Lookup>)
    -> BoxFuture<'_, Result<Vec<Result<Vec<AfterSale>>>>>;
}

impl<T: AfterSales + ?Sized> AfterSalesExt for T {
    fn pages(&self, query: Query) -> BoxStream<'_, Result<Page>> {
        self.pages_from(query, None)
    }

    fn pages_from(&self, query: Query, at: Option<Cursor>) -> BoxStream<'_, Result<Page>> {
        if !query.lookups().is_empty() {
            if at.is_some() {
                let error = of_account(foreign(), self);
                return stream::iter([Err(error)]).boxed();
            }
            let lookups = Lookups::new(self, query);
            return stream::unfold(lookups, async |mut lookups| {
                let page = lookups.next().await?;
                Some((page, lookups))
            })
            .boxed();
        }
        let listing = Listing::new(self, query, at);
        stream::unfold(listing, async |mut listing| {
            let page = listing.next().await?;
            Some((page, listing))
        })
        .boxed()
    }

    fn records(&self, query: Query) -> BoxStream<'_, Result<AfterSale>> {
        self.pages(query)
            .flat_map(|page| {
                stream::iter(match page {
                    Ok(page) => page.records,
                    Err(error) => vec![Err(error)],
                })
            })
            .boxed()
    }

    fn find_each(
        &self,
        lookups: Vec<Lookup>,
    ) -> BoxFuture<'_, Result<Vec<Result<Vec<AfterSale>>>>> {
        let at_once = allowed_at_once(self);
        Box::pin(async move {
            let found = lookups
                .into_iter()
                .map(|lookup| async move { self.find(&lookup).await });
            let mut found = stream::iter(found).buffered(at_once);
            let mut answers = Vec::new();
            while let Some(answer) = found.next().await {
                match answer {
                    Err(error) if !is_about_one(&error) => return Err(error),
                    answer => answers.push(answer),
                }
            }
            Ok(answers)
        })
    }
}

/// A listing under way.
struct Listing<'a, T: ?Sized> {
    platform: &'a T,
    query: Arc<Query>,
    requested: FuturesOrdered<BoxFuture<'a, Result<Page>>>,
    /// The number of the last page that arrived, and of the last one that was requested, where pages have numbers.
    last_here: u64,
    last_requested: u64,
    window: usize,
    widest: usize,
    pages: u64,
    /// Hashes of what must not come twice: the records of a page, and the name of a next one.
    seen: HashSet<u64>,
}

impl<'a, T: AfterSales + ?Sized> Listing<'a, T> {
    fn new(platform: &'a T, query: Query, at: Option<Cursor>) -> Self {
        let first = at.as_ref().and_then(Cursor::as_numbered);
        let first = first.map_or(1, Numbered::page);
        let widest = if query.wants_turns() {
            1
        } else {
            widest_window(platform)
        };
        let mut listing = Self {
            platform,
            query: Arc::new(query),
            requested: FuturesOrdered::new(),
            last_here: first.saturating_sub(1),
            last_requested: first,
            window: 1,
            widest,
            pages: 0,
            seen: HashSet::new(),
        };
        listing.request(at);
        listing
    }

    async fn next(&mut self) -> Option<Result<Page>> {
        let page = self.requested.next().await?;
        let page = page.and_then(|page| self.accept(page));
        if page.is_err() {
            self.requested = FuturesOrdered::new();
        }
        Some(page.map_err(|error| of_account(error, self.platform)))
    }

    /// Checks a page that arrived, and requests those that come after it.
    fn accept(&mut self, page: Page) -> Result<Page> {
        self.pages += 1;
        self.last_here = self.last_here.saturating_add(1);
        let records = page.fingerprint();
        if records.is_some_and(|records| !self.seen.insert(records)) {
            return Err(endless("two pages hold the same records"));
        }
        match &page.next {
            None => self.requested = FuturesOrdered::new(),
            Some(_) if self.pages >= PAGE_CAP => {
                return Err(endless(format!("no end after {PAGE_CAP} pages")));
            }
            Some(next) => match next.as_numbered() {
                Some(next) => self.request_numbered(next, page.total)?,
                None if !self.seen.insert(hashed(next)) => {
                    return Err(endless("a page leads back to an earlier one"));
                }
                None => self.request(Some(next.clone())),
            },
        }
        Ok(page)
    }

    /// Requests the next page if it is not under way yet, and more as far as the stated total and the
    /// window reach. The window doubles with every page, so that a short listing costs no request
    /// too many.
    fn request_numbered(&mut self, next: Numbered, total: Option<u64>) -> Result<()> {
        if next.page() <= self.last_here {
            return Err(endless("a page leads back to an earlier one"));
        }
        let last = total.map_or(0, |total| total.div_ceil(next.step().max(1).into()));
        self.window = (self.window * 2).min(self.widest);
        while self.requested.len() < self.window {
            let page = next.page().max(self.last_requested.saturating_add(1));
            if page > last && !self.requested.is_empty() {
                break;
            }
            self.last_requested = page;
            self.request(Some(next.turned_to(page).into()));
        }
        Ok(())
    }

    fn request(&mut self, at: Option<Cursor>) {
        let platform = self.platform;
        let query = Arc::clone(&self.query);
        self.requested.push_back(Box::pin(
            async move { platform.page(&query, at.as_ref()).await },
        ));
    }
}

/// A query by orders under way.
struct Lookups<'a, T: ?Sized> {
    platform: &'a T,
    query: Query,
    /// Each once.
    left: VecDeque<Lookup>,
    per_page: usize,
    /// The ids of the cases found so far: two look-ups may lead to one case.
    found: HashSet<String>,
}

impl<'a, T: AfterSales + ?Sized> Lookups<'a, T> {
    fn new(platform: &'a T, query: Query) -> Self {
        let mut seen = HashSet::new();
        let lookups = query.lookups().iter().filter(|lookup| seen.insert(*lookup));
        let left = lookups.cloned().collect();
        let per_page = query.page_size().unwrap_or(LOOKUPS_PER_PAGE).max(1);
        Self {
            platform,
            query,
            left,
            per_page: usize::try_from(per_page).unwrap_or(usize::MAX),
            found: HashSet::new(),
        }
    }

    async fn next(&mut self) -> Option<Result<Page>> {
        if self.left.is_empty() {
            return None;
        }
        let count = self.per_page.min(self.left.len());
        let lookups: Vec<Lookup> = self.left.drain(..count).collect();
        let page = self.page(lookups).await;
        if page.is_err() {
            self.left.clear();
        }
        Some(page.map_err(|error| of_account(error, self.platform)))
    }

    async fn page(&mut self, lookups: Vec<Lookup>) -> Result<Page> {
        let mut records = Vec::new();
        for found in self.platform.find_each(lookups).await? {
            match found {
                Ok(cases) => {
                    let cases = cases.into_iter().filter(|case| self.query.keeps(case));
                    let new = cases.filter(|case| self.found.insert(case.id.clone()));
                    records.extend(new.map(|case| dated(case, &self.query)));
                }
                Err(error) if error.says_that_there_is_none() => {}
                Err(error) => records.push(Err(error)),
            }
        }
        Ok(Page::new(records, &self.query, None, None))
    }
}

/// A look-up does not tell the platform which time is asked for: a case that does not state it may be in the range or
/// not, and must not pass for one that is.
fn dated(case: AfterSale, query: &Query) -> Result<AfterSale> {
    for (range, at, event) in [
        (query.created(), case.created_at, "was opened"),
        (query.updated(), case.updated_at, "last changed"),
    ] {
        if at.is_none() && !range.is_unbounded() {
            let message = format!(
                "the platform does not state when case {} {event}: look it up without asking for that time",
                case.id
            );
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
    }
    Ok(case)
}

fn of_account<T: AfterSales + ?Sized>(error: Error, platform: &T) -> Error {
    match error.account() {
        Some(_) => error,
        None => error.with_source(platform.source()),
    }
}

/// Whether the next look-up may fare better.
fn is_about_one(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Rejected | ErrorKind::Decode => true,
        // An argument that was refused here. One that came with an answer is a redirect, which would meet all.
        ErrorKind::Config => error.http_status().is_none(),
        _ => error.says_that_there_is_none(),
    }
}

/// How many pages may be under way at once.
fn widest_window<T: AfterSales + ?Sized>(platform: &T) -> usize {
    match platform.capabilities().paging {
        Paging::Numbered => allowed_at_once(platform),
        Paging::Cursor | Paging::None => 1,
    }
}

/// How many calls may be under way at once.
fn allowed_at_once<T: AfterSales + ?Sized>(platform: &T) -> usize {
    let allowed = match platform.capabilities().quota {
        Some(Quota::Bucket { capacity, .. }) => usize::try_from(capacity).unwrap_or(AHEAD),
        Some(Quota::Window { calls, .. }) => usize::try_from(calls).unwrap_or(AHEAD),
        None => AHEAD,
    };
    allowed.clamp(1, AHEAD)
}
