//! Whether a listing has moved while it was read.
//!
//! A case that changes may change its place. If it moves to the front, the others move back, and some are met twice: that
//! does no harm. If it moves from what has been read to the end, the others move up, and one of them slips from a page
//! that is still to come to one that has been read already. Then it is the case that moved that is met twice.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use core_model::{AfterSale, Page};
use jiff::Timestamp;

/// Watches one pass over a listing.
#[derive(Debug)]
pub(crate) struct Drift {
    order: Order,
    seen: HashSet<u64>,
    hasher: RandomState,
    is_suspect: bool,
}

/// In which order a listing comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// Not seen yet.
    Open,
    /// One in which nothing moves from the front to the end.
    Safe,
    /// Any other.
    Unsafe,
}

impl Drift {
    /// Nothing has been read. Who goes on where another pass broke off does not know what that one has met.
    pub(crate) fn new(goes_on: bool) -> Self {
        Self {
            order: Order::Open,
            seen: HashSet::new(),
            hasher: RandomState::new(),
            is_suspect: goes_on,
        }
    }

    /// Takes a page into account.
    pub(crate) fn see(&mut self, page: &Page) {
        let cases: Vec<&AfterSale> = page.records.iter().flatten().collect();
        if self.order == Order::Open {
            self.order = order(&cases, &page.unread);
        }
        if self.order == Order::Safe {
            self.seen = HashSet::new();
            return;
        }
        let ids = cases.iter().map(|case| &case.id).chain(&page.unread);
        for id in ids {
            let is_new = self.seen.insert(self.hasher.hash_one(id));
            self.is_suspect |= !is_new;
        }
    }

    /// Whether a case may have been missed.
    pub(crate) fn is_suspect(&self) -> bool {
        self.order != Order::Safe && self.is_suspect
    }
}

fn order(cases: &[&AfterSale], unread: &[String]) -> Order {
    if cases.len() + unread.len() < 2 {
        return Order::Open;
    }
    if !unread.is_empty() {
        return Order::Unsafe;
    }
    let updated = times(cases, |case| case.updated_at);
    let created = times(cases, |case| case.created_at);
    // A case that changes goes to the front.
    if updated.as_ref().is_some_and(|times| falls(times)) {
        return Order::Safe;
    }
    // A case that changes goes to the end.
    if updated.is_some_and(|times| times.is_sorted()) {
        return Order::Unsafe;
    }
    // A case that changes stays where it is.
    match created {
        Some(times) if falls(&times) || times.is_sorted() => Order::Safe,
        _ => Order::Unsafe,
    }
}

/// The time of each case, if all state it.
fn times(
    cases: &[&AfterSale],
    time: impl Fn(&AfterSale) -> Option<Timestamp>,
) -> Option<Vec<Timestamp>> {
    cases.iter().map(|case| time(case)).collect()
}

fn falls(times: &[Timestamp]) -> bool {
    times.is_sorted_by(|a, b| a >= b)
}

#[cfg(test)]
mod tests {
    use core_model::{Awaits, NativeStatus, Platform, Progress, Query, Side, Source, Status};

    use super::*;

    /// A page of cases: id, opened at, changed at.
    fn page(cases: &[(&str, i64, Option<i64>)]) -> Page {
        let source = Source::new(Platform::new("p"), "a", Side::Seller);
        let case = |&(id, created, updated): &(&str, i64, Option<i64>)| {
            let progress = Progress::new(Status::Requested, Awaits::Seller);
            let mut case =
                AfterSale::new(&source, id.to_owned(), NativeStatus::default(), progress);
            case.created_at = Timestamp::from_second(created).ok();
            case.updated_at = updated.and_then(|at| Timestamp::from_second(at).ok());
            Ok(case)
        };
        Page::new(cases.iter().map(case).collect(), &Query::new(), None, None)
    }

    fn is_suspect(pages: &[Page], goes_on: bool) -> bool {
        let mut drift = Drift::new(goes_on);
        for page in pages {
            drift.see(page);
        }
        drift.is_suspect()
    }

    #[test]
    fn a_case_that_is_met_twice_is_suspect_where_it_may_have_moved_to_the_end() {
        let again = |first: Page| [first, page(&[("a", 1, Some(9)), ("z", 1, Some(9))])];
        for (first, suspect) in [
            // The latest change comes first.
            (page(&[("a", 1, Some(5)), ("b", 2, Some(4))]), false),
            // It comes last.
            (page(&[("a", 1, Some(4)), ("b", 2, Some(5))]), true),
            // By creation, in either direction.
            (page(&[("a", 1, None), ("b", 2, None)]), false),
            (page(&[("a", 2, None), ("b", 1, None)]), false),
            (
                page(&[("a", 3, Some(6)), ("b", 2, Some(9)), ("c", 1, Some(7))]),
                false,
            ),
            // By something that we cannot see.
            (
                page(&[("a", 2, None), ("b", 3, None), ("c", 1, None)]),
                true,
            ),
        ] {
            assert_eq!(is_suspect(&again(first), false), suspect);
        }
    }

    #[test]
    fn what_is_met_once_is_never_suspect_unless_the_beginning_was_not_watched() {
        let pages = || {
            [
                page(&[("a", 1, Some(4)), ("b", 2, Some(5))]),
                page(&[("c", 1, Some(6))]),
            ]
        };
        assert!(!is_suspect(&pages(), false));
        assert!(is_suspect(&pages(), true));
        let newest_first = [page(&[("a", 2, Some(5)), ("b", 1, Some(4))])];
        assert!(!is_suspect(&newest_first, true));
    }

    #[test]
    fn ids_alone_say_nothing_of_their_order() {
        let ids = |ids: &[&str]| {
            let ids = ids.iter().map(|&id| id.to_owned()).collect();
            Page::of_ids(ids, Vec::new(), None)
        };
        assert!(!is_suspect(&[ids(&["1", "2"]), ids(&["3"])], false));
        assert!(is_suspect(&[ids(&["1", "2"]), ids(&["2", "3"])], false));
    }

    #[test]
    fn a_single_case_shows_no_order() {
        let pages = [
            page(&[("a", 1, Some(1))]),
            page(&[("b", 2, Some(2)), ("a", 1, Some(3))]),
        ];
        assert!(is_suspect(&pages, false));
    }
}
