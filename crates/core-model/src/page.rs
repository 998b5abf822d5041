//! One page of a listing, and the way to the next one.

use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{AfterSale, Error, ErrorKind, PageSize, Query, Result, Source};

/// One page of a listing.
///
/// A record that cannot be read is an error of its own, and the page lives on. A page that cannot be
/// fetched is an error instead of a page, so that a position never moves past records nobody read.
#[derive(Debug)]
pub struct Page {
    /// The records, as far as the query keeps them.
    pub records: Vec<Result<AfterSale>>,
    /// Ids of cases that the page lists without a record, if the query leaves it at [ids](Query::only_ids).
    pub unread: Vec<String>,
    /// Where to go on; `None` at the end.
    pub next: Option<Cursor>,
    /// How many records the platform says there are. A hint for progress, not to be relied on.
    pub total: Option<u64>,
    fingerprint: Option<u64>,
}

impl Page {
    /// A page of all records that the platform sent. Those that the query does not keep are dropped
    /// here, in the same way for every platform.
    pub fn new(
        mut records: Vec<Result<AfterSale>>,
        query: &Query,
        next: Option<Cursor>,
        total: Option<u64>,
    ) -> Self {
        let fingerprint = fingerprint(&records);
        records.retain(|record| record.as_ref().map_or(true, |record| query.keeps(record)));
        Self {
            records,
            unread: Vec::new(),
            next,
            total,
            fingerprint,
        }
    }

    /// A page of nothing but ids. What is listed without an id is an error among the records.
    pub fn of_ids(ids: Vec<String>, errors: Vec<Error>, next: Option<Cursor>) -> Self {
        Self {
            records: errors.into_iter().map(Err).collect(),
            fingerprint: (!ids.is_empty()).then(|| hashed(&ids)),
            unread: ids,
            next,
            total: None,
        }
    }

    /// A page that has a number, with all records that the platform sent.
    pub fn numbered(
        records: Vec<Result<AfterSale>>,
        query: &Query,
        at: Numbered,
        total: Option<u64>,
    ) -> Self {
        let next = at.next(records.len(), total);
        Self::new(records, query, next, total)
    }

    /// All records of a look-up, which one page has to hold.
    ///
    /// # Errors
    /// That of a record, or [`ErrorKind::Pagination`] when there is another page.
    pub fn only(self, source: &Source) -> Result<Vec<AfterSale>> {
        match self.next {
            None => self.records.into_iter().collect(),
            Some(_) => {
                let error = endless("the order has more cases than one page holds");
                Err(error.with_source(source))
            }
        }
    }

    /// A number that stands for the records that the platform sent, each in its latest state, which no
    /// honest listing sends twice on pages of its own; `None` where there are none that could be read.
    pub(crate) fn fingerprint(&self) -> Option<u64> {
        self.fingerprint
    }
}

/// A number that stands for the records of a page, before any is dropped; `None` where none could be
/// read, because unreadable records all look alike.
fn fingerprint(records: &[Result<AfterSale>]) -> Option<u64> {
    if records.iter().all(Result::is_err) {
        return None;
    }
    let mut hasher = DefaultHasher::new();
    for record in records {
        match record {
            // A case that changes while it is listed moves, and comes again further on.
            Ok(record) => (&record.id, record.updated_at).hash(&mut hasher),
            Err(error) => error.message().hash(&mut hasher),
        }
    }
    Some(hasher.finish())
}

pub(crate) fn hashed(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Where a listing goes on. Opaque to callers; it can be stored and taken up later, with the same
/// query.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(Position);

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
enum Position {
    Number { page: u64, size: u32, step: u32 },
    Window(WindowPosition),
    Token(String),
}

/// A window of a longer time range, and the platform's own place in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct WindowPosition {
    pub(crate) since: Timestamp,
    pub(crate) until: Timestamp,
    /// Of the whole range.
    pub(crate) end: Timestamp,
    pub(crate) inner: Option<String>,
}

impl Cursor {
    /// The page that the platform named.
    pub fn token(token: impl Into<String>) -> Self {
        Self(Position::Token(token.into()))
    }

    /// The platform's name of the page, if it is not a number.
    pub fn as_token(&self) -> Option<&str> {
        match &self.0 {
            Position::Token(token) => Some(token),
            Position::Number { .. } | Position::Window(_) => None,
        }
    }

    pub(crate) fn window(position: WindowPosition) -> Self {
        Self(Position::Window(position))
    }

    pub(crate) fn as_window(&self) -> Option<&WindowPosition> {
        match &self.0 {
            Position::Window(position) => Some(position),
            Position::Number { .. } | Position::Token(_) => None,
        }
    }

    /// The name of the page that a listing is to answer next; `None` for the first one.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] when the cursor is from another kind of listing.
    pub fn named(cursor: Option<&Self>) -> Result<Option<&str>> {
        cursor
            .map(|cursor| cursor.as_token().ok_or_else(foreign))
            .transpose()
    }

    /// Where to go on after a page that says whether there are more, and how the next one is called.
    /// A page that does not say the former goes on where it names another one.
    ///
    /// # Errors
    /// [`ErrorKind::Pagination`] when there are more and the next page has no name.
    pub fn following(has_more: Option<bool>, name: Option<&str>) -> Result<Option<Self>> {
        match (has_more, name) {
            (Some(false), _) | (None, None) => Ok(None),
            (_, Some(name)) => Ok(Some(Self::token(name))),
            (Some(true), None) => Err(endless("there are more pages, and the next has no name")),
        }
    }

    pub(crate) fn as_numbered(&self) -> Option<Numbered> {
        match self.0 {
            Position::Number { page, size, step } => Some(Numbered { page, size, step }),
            Position::Token(_) | Position::Window(_) => None,
        }
    }
}

/// A page that has a number, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbered {
    page: u64,
    size: u32,
    /// How many records a page really holds, as the first one showed.
    step: u32,
}

impl Numbered {
    /// The page that a cursor points to, or the first one.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] when the cursor is from another kind of listing.
    pub fn at(cursor: Option<&Cursor>, query: &Query, size: PageSize) -> Result<Self> {
        let Some(cursor) = cursor else {
            let size = size.choose(query.page_size());
            return Ok(Self {
                page: 1,
                size,
                step: size,
            });
        };
        cursor
            .as_numbered()
            .filter(|at| at.page > 0 && at.size > 0 && at.step > 0)
            .ok_or_else(foreign)
    }

    /// The page's number, from 1.
    pub fn page(self) -> u64 {
        self.page
    }

    /// How many records the page is asked to hold.
    pub fn size(self) -> u32 {
        self.size
    }

    /// How many records a page really holds.
    pub(crate) fn step(self) -> u32 {
        self.step
    }

    /// A page further on, of the same size.
    pub(crate) fn turned_to(self, page: u64) -> Self {
        Self { page, ..self }
    }

    /// Where to go on after a page that arrived with so many rows.
    ///
    /// A page that is not full is the last one, and so is an empty one, whatever total the platform
    /// states. Only when the first page is short of both its size and the stated total, the platform
    /// gives fewer rows than asked for, and that many make a full page from then on. A later page
    /// that is short while the total is not reached has a hole in it, and the listing goes on, too.
    pub fn next(self, rows: usize, total: Option<u64>) -> Option<Cursor> {
        let rows = u32::try_from(rows).unwrap_or(u32::MAX);
        if rows == 0 {
            return None;
        }
        let full = if self.page == 1 { self.size } else { self.step };
        let step = if self.page == 1 { rows.min(full) } else { full };
        let before = (self.page - 1).saturating_mul(u64::from(step));
        let missing = total.is_some_and(|total| before.saturating_add(rows.into()) < total);
        (rows >= full || missing).then(|| {
            let page = self.page.saturating_add(1);
            Self { page, step, ..self }.into()
        })
    }
}

impl From<Numbered> for Cursor {
    fn from(at: Numbered) -> Self {
        Self(Position::Number {
            page: at.page,
            size: at.size,
            step: at.step,
        })
    }
}

/// A cursor that leads nowhere here.
pub(crate) fn foreign() -> Error {
    Error::config("cursor", "is not from a listing of this kind")
}

/// A listing that does not end as it should.
pub(crate) fn endless(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Pagination, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Awaits, NativeStatus, Platform, Progress, Side, Status};

    #[test]
    fn numbered_pages_end_on_a_short_page_and_never_by_count_alone() {
        let at = |page, size, step| Numbered { page, size, step };
        let next = |page, size, step| Some(Cursor::from(Numbered { page, size, step }));
        for (here, rows, total, there) in [
            (at(1, 20, 20), 20, Some(20), next(2, 20, 20)), // a full page goes on, whatever the count says
            (at(1, 20, 20), 20, None, next(2, 20, 20)),
            (at(1, 20, 20), 20, Some(0), next(2, 20, 20)),
            (at(3, 20, 20), 7, Some(47), None),
            (at(3, 20, 20), 7, None, None),
            (at(3, 20, 20), 0, Some(1000), None), // an empty page ends, whatever the count says
            (at(1, 100, 100), 50, Some(220), next(2, 100, 50)), // the platform gives 50 at most
            (at(4, 100, 50), 50, Some(220), next(5, 100, 50)),
            (at(5, 100, 50), 20, Some(220), None),
            (at(2, 100, 50), 49, Some(220), next(3, 100, 50)), // one record vanished meanwhile
            (at(1, 1, 1), 2, None, next(2, 1, 1)),             // more than asked for
        ] {
            assert_eq!(here.next(rows, total), there, "{here:?} {rows} {total:?}");
        }
    }

    #[test]
    fn a_page_repeats_another_only_with_the_same_state_of_the_same_cases() {
        let source = Source::new(Platform::new("example"), "shop", Side::Seller);
        let page = |cases: &[(&str, i64)]| {
            let case = |&(id, updated): &(&str, i64)| {
                let progress = Progress::new(Status::Requested, Awaits::Seller);
                let native = NativeStatus::default();
                let mut case = AfterSale::new(&source, id.to_owned(), native, progress);
                case.updated_at = Timestamp::from_second(updated).ok();
                Ok(case)
            };
            Page::new(cases.iter().map(case).collect(), &Query::new(), None, None).fingerprint()
        };
        let once = page(&[("a", 1)]);
        assert!(once.is_some());
        assert_eq!(page(&[("a", 1)]), once);
        for other in [&[("a", 2)][..], &[("b", 1)], &[("a", 1), ("b", 1)]] {
            assert_ne!(page(other), once, "{other:?}");
        }
        assert_eq!(page(&[]), None);
    }

    #[test]
    fn cursors_survive_storage() {
        for cursor in [
            Cursor::token("abc=="),
            Numbered {
                page: 7,
                size: 50,
                step: 50,
            }
            .into(),
        ] {
            let json = serde_json::to_string(&cursor).unwrap();
            assert_eq!(
                serde_json::from_str::<Cursor>(&json).unwrap(),
                cursor,
                "{json}"
            );
        }
    }

    #[test]
    fn named_pages_end_where_the_platform_says_so_and_never_for_want_of_a_name() {
        for (has_more, name, next) in [
            (Some(true), Some("b"), Some(Some("b"))),
            (Some(false), Some("b"), Some(None)), // some platforms name a page behind the last one
            (Some(false), None, Some(None)),
            (None, Some("b"), Some(Some("b"))),
            (None, None, Some(None)),
            (Some(true), None, None),
        ] {
            let following = Cursor::following(has_more, name).ok();
            let following = following.as_ref().map(|next| Cursor::named(next.as_ref()));
            assert_eq!(following.map(Result::unwrap), next, "{has_more:?} {name:?}");
        }
    }

    #[test]
    fn a_cursor_of_another_kind_is_refused() {
        let size = PageSize {
            default: 20,
            max: None,
        };
        for cursor in [
            Cursor::token("x"),
            Numbered {
                page: 0,
                size: 1,
                step: 1,
            }
            .into(),
        ] {
            let error = Numbered::at(Some(&cursor), &Query::new(), size).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
        }
        let numbered = Numbered::at(None, &Query::new(), size).unwrap().into();
        let error = Cursor::named(Some(&numbered)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
    }
}
