//! What to ask for.

use jiff::Timestamp;

use crate::{AfterSale, Status};

/// Which cases a listing is to contain. The default asks for all of them.
///
/// ```
/// use core_model::{Query, Status};
///
/// let query = Query::new()
///     .with_status(Status::Requested)
///     .with_created_since("2024-04-01T00:00:00Z".parse()?)
///     .with_page_size(50);
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    statuses: Vec<Status>,
    created: TimeRange,
    updated: TimeRange,
    lookups: Vec<Lookup>,
    page_size: Option<u32>,
    only_ids: bool,
    in_turn: bool,
    without_raw: bool,
}

impl Query {
    /// Everything that the account sees.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only cases in this status; called again, in any of the given ones.
    #[must_use]
    pub fn with_status(mut self, status: Status) -> Self {
        if !self.statuses.contains(&status) {
            self.statuses.push(status);
        }
        self
    }

    /// Cases in any status, whatever was asked for before.
    #[must_use]
    pub fn with_any_status(mut self) -> Self {
        self.statuses.clear();
        self
    }

    /// Only cases opened at or after this instant.
    #[must_use]
    pub fn with_created_since(mut self, since: Timestamp) -> Self {
        self.created.since = Some(since);
        self
    }

    /// Only cases opened before this instant.
    #[must_use]
    pub fn with_created_until(mut self, until: Timestamp) -> Self {
        self.created.until = Some(until);
        self
    }

    /// Only cases changed at or after this instant.
    #[must_use]
    pub fn with_updated_since(mut self, since: Timestamp) -> Self {
        self.updated.since = Some(since);
        self
    }

    /// Only cases changed before this instant.
    #[must_use]
    pub fn with_updated_until(mut self, until: Timestamp) -> Self {
        self.updated.until = Some(until);
        self
    }

    /// Only the cases of this order, or this case; called again, of any of the given ones. So a platform without a
    /// listing is read, too: [`AfterSalesExt`](crate::AfterSalesExt) looks one after the other up, a few at once, and
    /// applies the other conditions itself.
    #[must_use]
    pub fn with_lookup(mut self, lookup: Lookup) -> Self {
        self.lookups.push(lookup);
        self
    }

    /// How many cases to fetch per request, or look-ups per page. Kept within what the platform allows.
    #[must_use]
    pub fn with_page_size(mut self, records: u32) -> Self {
        self.page_size = Some(records);
        self
    }

    /// Where the platform lists nothing but ids, leaves it at them, so that the caller, who may know most of the cases,
    /// looks the others up. They are in [`Page::unread`](crate::Page::unread); conditions on what only a record tells
    /// do not apply to them. Where the platform lists records, this changes nothing.
    #[must_use]
    pub fn only_ids(mut self) -> Self {
        self.only_ids = true;
        self
    }

    /// Asks for a page only when the one before it is here, also where pages have numbers: of two that are asked for at
    /// once, the later one may be answered first, and what moves from the one to the other meanwhile is on neither.
    #[must_use]
    pub fn in_turn(mut self) -> Self {
        self.in_turn = true;
        self
    }

    /// Leaves the platform's [records](AfterSale::raw) out where it lists them, for whoever needs the unified form only:
    /// they are most of what a case takes in memory. What is looked up has them all the same.
    #[must_use]
    pub fn without_raw(mut self) -> Self {
        self.without_raw = true;
        self
    }

    /// The statuses asked for; empty for all.
    pub fn statuses(&self) -> &[Status] {
        &self.statuses
    }

    /// When cases were opened.
    pub fn created(&self) -> TimeRange {
        self.created
    }

    /// When cases last changed.
    pub fn updated(&self) -> TimeRange {
        self.updated
    }

    /// The orders and cases asked for; empty for whatever the platform lists.
    pub fn lookups(&self) -> &[Lookup] {
        &self.lookups
    }

    /// How many cases to fetch per request.
    pub fn page_size(&self) -> Option<u32> {
        self.page_size
    }

    /// Whether ids are enough where the platform lists nothing else.
    pub fn wants_only_ids(&self) -> bool {
        self.only_ids
    }

    /// Whether pages are asked for one after the other.
    pub fn wants_turns(&self) -> bool {
        self.in_turn
    }

    /// Whether the platform's records are to come with the cases that it lists.
    pub fn wants_raw(&self) -> bool {
        !self.without_raw
    }

    /// Whether a record is among those asked for. A time that the platform does not state cannot
    /// speak against a record.
    pub fn keeps(&self, record: &AfterSale) -> bool {
        (self.statuses.is_empty() || self.statuses.contains(&record.status))
            && record.created_at.is_none_or(|at| self.created.contains(at))
            && record.updated_at.is_none_or(|at| self.updated.contains(at))
    }
}

/// From an instant, which belongs to the range, until another, which does not. Both may be open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TimeRange {
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl TimeRange {
    /// The first instant in the range.
    pub fn since(self) -> Option<Timestamp> {
        self.since
    }

    /// The first instant after the range.
    pub fn until(self) -> Option<Timestamp> {
        self.until
    }

    /// Whether the range is open at both ends.
    pub fn is_unbounded(self) -> bool {
        self.since.is_none() && self.until.is_none()
    }

    /// Whether an instant is in the range.
    pub fn contains(self, at: Timestamp) -> bool {
        self.since.is_none_or(|since| at >= since) && self.until.is_none_or(|until| at < until)
    }
}

/// Which cases to look up without a listing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Lookup {
    /// The case with this id.
    AfterSale(String),
    /// All cases of one order.
    Order {
        /// Which order.
        order: OrderKey,
        /// The platform's id of the buyer, where the platform wants it (WeChat: openid).
        buyer: Option<String>,
    },
}

impl Lookup {
    /// The case with this id.
    pub fn after_sale(id: impl Into<String>) -> Self {
        Self::AfterSale(id.into())
    }

    /// All cases of the order with the platform's id.
    pub fn order(id: impl Into<String>) -> Self {
        Self::Order {
            order: OrderKey::Id(id.into()),
            buyer: None,
        }
    }

    /// All cases of the order with the merchant's own id.
    pub fn merchant_order(reference: impl Into<String>) -> Self {
        Self::Order {
            order: OrderKey::MerchantRef(reference.into()),
            buyer: None,
        }
    }

    /// Adds the platform's id of the buyer. A look-up by case needs none and ignores it.
    #[must_use]
    pub fn with_buyer(mut self, id: impl Into<String>) -> Self {
        if let Self::Order { buyer, .. } = &mut self {
            *buyer = Some(id.into());
        }
        self
    }
}

/// How an order is named.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum OrderKey {
    /// By the platform's id.
    Id(String),
    /// By the merchant's own id.
    MerchantRef(String),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Awaits, NativeStatus, Platform, Progress, Side, Source};

    #[test]
    fn a_range_has_its_start_and_not_its_end() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let range = Query::new()
            .with_created_since(at(10))
            .with_created_until(at(20))
            .created();
        let inside = [9, 10, 19, 20].map(|second| range.contains(at(second)));
        assert_eq!(inside, [false, true, true, false]);
        assert!(TimeRange::default().contains(at(0)));
    }

    #[test]
    fn records_are_kept_by_status_and_time() {
        let source = Source::new(Platform::new("example"), "shop", Side::Seller);
        let progress = Progress::new(Status::Requested, Awaits::Seller);
        let mut record = AfterSale::new(&source, "1".to_owned(), NativeStatus::default(), progress);
        let since = Timestamp::from_second(1_700_000_000).unwrap();
        let query = Query::new().with_created_since(since);
        assert!(
            query.keeps(&record),
            "a time that is not stated keeps the record"
        );
        record.created_at = Timestamp::from_second(1_600_000_000).ok();
        assert!(!query.keeps(&record));
        assert!(Query::new().with_status(Status::Requested).keeps(&record));
        assert!(!Query::new().with_status(Status::Completed).keeps(&record));
    }
}
