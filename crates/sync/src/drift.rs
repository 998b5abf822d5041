//! Whether a listing has moved while it was read.
//!
//! A case that changes may change its place. If it moves to the front, the others move back, and some are met twice: that
//! does no harm, as long as each page is asked for when the one before it is here. If it moves from what has been read to
//! the end, the others move up, and one of them slips from a page that is still to come to one that has been read already.
//! Then it is the case that moved that is met twice.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use core_model::{AfterSale, Page};
use jiff::Timestamp;

/// How a pass over a listing is made.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Pass {
    /// It goes on where another one broke off, of which nobody knows what it has met.
    pub(crate) goes_on: bool,
    /// Pages are asked for before those in front of them are here.
    pub(crate) is_ahead: bool,
    /// What is opened meanwhile is not in the list.
    pub(crate) is_closed: bool,
}

/// Watches one pass over a listing.
#[derive(Debug)]
pub(crate) struct Drift {
    pass: Pass,
    order: Order,
    seen: HashSet<u64>,
    hasher: RandomState,
    meets_again: bool,
    /// What the first page of the list was, where that is asked for again.
    front: Option<u64>,
    pages: u64,
}

/// In which order a listing comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// Not seen yet.
    Open,
    /// By creation: what changes stays where it is.
    Fixed,
    /// What changes moves to the front.
    LatestFirst,
    /// Any other.
    Unsafe,
}

impl Drift {
    /// Nothing has been read.
    pub(crate) fn new(pass: Pass) -> Self {
        Self {
            pass,
            order: Order::Open,
            seen: HashSet::new(),
            hasher: RandomState::new(),
            meets_again: false,
            front: None,
            pages: 0,
        }
    }

    /// Takes a page into account.
    pub(crate) fn see(&mut self, page: &Page) {
        let cases: Vec<&AfterSale> = page.records.iter().flatten().collect();
        if self.order == Order::Open {
            self.order = order(&cases, &page.unread);
        }
        self.pages += 1;
        if self.pages == 1 && self.pass.is_ahead {
            self.front = Some(self.face(page));
        }
        if self.is_safe() {
            self.seen = HashSet::new();
            return;
        }
        let ids = cases.iter().map(|case| &case.id).chain(&page.unread);
        for id in ids {
            let is_new = self.seen.insert(self.hasher.hash_one(id));
            self.meets_again |= !is_new;
        }
    }

    /// Whether nothing can slip through, whatever is met twice.
    fn is_safe(&self) -> bool {
        match self.order {
            Order::Fixed => self.pass.is_closed || !self.pass.is_ahead,
            Order::LatestFirst => !self.pass.is_ahead,
            Order::Open | Order::Unsafe => false,
        }
    }

    /// Whether it takes another look at the first page to tell that nothing has moved: of two pages that were asked for at
    /// once the later one may have been answered first, and then nothing is met twice.
    pub(crate) fn asks_for_front(&self) -> bool {
        self.pass.is_ahead && self.pages > 1 && !self.is_safe()
    }

    /// Takes the first page into account, as it is at the end.
    pub(crate) fn see_front(&mut self, page: &Page) {
        self.meets_again |= self.front != Some(self.face(page));
    }

    /// Which cases a page shows, and when they last changed.
    fn face(&self, page: &Page) -> u64 {
        let cases = page.records.iter().flatten();
        let cases: Vec<_> = cases.map(|case| (&case.id, case.updated_at)).collect();
        self.hasher.hash_one((cases, &page.unread))
    }

    /// Whether a case may have been missed.
    pub(crate) fn is_suspect(&self) -> bool {
        let began_unwatched =
            self.pass.goes_on && matches!(self.order, Order::Open | Order::Unsafe);
        !self.is_safe() && (self.meets_again || began_unwatched)
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
    if updated.as_ref().is_some_and(|times| falls(times)) {
        return Order::LatestFirst;
    }
    // What changes moves to the end.
    if updated.is_some_and(|times| times.is_sorted()) {
        return Order::Unsafe;
    }
    match created {
        Some(times) if falls(&times) || times.is_sorted() => Order::Fixed,
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
        let pass = Pass {
            goes_on,
            ..Pass::default()
        };
        is_suspect_in(pages, pass)
    }

    fn is_suspect_in(pages: &[Page], pass: Pass) -> bool {
        let mut drift = Drift::new(pass);
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

    /// Of two pages that are asked for at once, the later one may be answered first.
    #[test]
    fn ahead_only_what_cannot_move_is_safe() {
        let again = |first: Page| [first, page(&[("a", 1, None), ("z", 1, None)])];
        let by_change = || page(&[("a", 1, Some(5)), ("b", 2, Some(4))]);
        let by_creation = || page(&[("a", 2, None), ("b", 1, None)]);
        for (first, is_closed, suspect) in [
            (by_change(), false, true),
            (by_change(), true, true),
            (by_creation(), false, true),
            (by_creation(), true, false),
        ] {
            let pass = Pass {
                is_ahead: true,
                is_closed,
                goes_on: false,
            };
            assert!(!is_suspect_in(std::slice::from_ref(&first), pass));
            assert_eq!(is_suspect_in(&again(first), pass), suspect, "{is_closed}");
        }
    }

    #[test]
    fn what_moves_to_the_front_shows_there() {
        let first = page(&[("a", 1, Some(5)), ("b", 2, Some(4))]);
        for (is_ahead, front, suspect) in [
            (true, page(&[("a", 1, Some(5)), ("b", 2, Some(4))]), false),
            (true, page(&[("c", 1, Some(6)), ("a", 1, Some(5))]), true),
            (true, page(&[("a", 1, Some(6)), ("b", 2, Some(4))]), true),
            (false, page(&[("a", 1, Some(6)), ("b", 2, Some(4))]), false),
        ] {
            let pass = Pass {
                is_ahead,
                ..Pass::default()
            };
            let mut drift = Drift::new(pass);
            drift.see(&first);
            assert!(!drift.asks_for_front(), "there is no other page");
            drift.see(&page(&[("d", 1, Some(3))]));
            assert_eq!(drift.asks_for_front(), is_ahead);
            drift.see_front(&front);
            assert_eq!(drift.is_suspect(), suspect);
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
