//! What has become of the cases since the start, and in which order lists show them.
//!
//! Nothing has at first, and then a ledger costs nothing. Every change happens a second after the one before it, by
//! the sandbox's own clock, so that a run can be repeated; or, where that is wanted, at the system's time.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use jiff::Timestamp;

use crate::cases::{
    Cases, Cycle, Dice, NOW, Selection, both, filed, filed_at, order_of, rank_in_order,
};
use crate::dialects::Setup;
use crate::push::{Outbox, Push};
use crate::{ChangeError, Effect};

/// The cases of one platform, or of one generation of it, as they are now. `S` is their status, and `D` what else a
/// call leaves behind in a case.
#[derive(Debug)]
pub(crate) struct Ledger<S: 'static, D = ()> {
    cases: Cases,
    statuses: Cycle<S>,
    changes: BTreeMap<u64, Change<S, D>>,
    /// The orders of the cases that were opened since: their indices go on where those of the start end.
    opened: Vec<u64>,
}

/// What has happened to a case since the start.
#[derive(Debug)]
struct Change<S, D> {
    /// The status of each step and when it was taken. The first step of a case that was opened is that.
    steps: Vec<(S, i64)>,
    details: D,
    is_removed: bool,
}

/// Which time of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Time {
    Created,
    Updated,
}

/// From when to when, both ends included.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Span {
    pub(crate) oldest: Option<i64>,
    pub(crate) newest: Option<i64>,
}

impl Span {
    fn holds(self, at: i64) -> bool {
        self.oldest.is_none_or(|oldest| at >= oldest)
            && self.newest.is_none_or(|newest| at <= newest)
    }
}

/// What a list wants by time: which windows, and which time goes from newest to oldest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Listing {
    pub(crate) sorted_by: Time,
    pub(crate) created: Span,
    pub(crate) updated: Span,
}

impl Listing {
    /// Whatever time, sorted by one of them.
    pub(crate) fn by(time: Time) -> Self {
        Self {
            sorted_by: time,
            created: Span::default(),
            updated: Span::default(),
        }
    }

    /// What lies in a window of the time that sorts, too.
    pub(crate) fn within(time: Time, window: Span) -> Self {
        let all = Self::by(time);
        match time {
            Time::Created => Self {
                created: window,
                ..all
            },
            Time::Updated => Self {
                updated: window,
                ..all
            },
        }
    }
}

impl<S: Copy, D: Default> Ledger<S, D> {
    /// `platform` keeps the platforms' cases apart under one seed.
    pub(crate) fn new(count: u64, seed: u64, platform: &str, statuses: Cycle<S>) -> Self {
        Self {
            cases: Cases::new(count, seed, platform),
            statuses,
            changes: BTreeMap::new(),
            opened: Vec::new(),
        }
    }

    /// The random choices of one case or order, always the same ones.
    pub(crate) fn dice(&self, index: u64) -> Dice {
        self.cases.dice(index)
    }

    /// A value that belongs to one case or order and one purpose.
    pub(crate) fn hash(&self, index: u64, purpose: &str) -> u64 {
        self.cases.hash(index, purpose)
    }

    /// How many cases were opened since the start.
    pub(crate) fn opened(&self) -> u64 {
        self.opened.len() as u64
    }

    /// Whether a case was opened since the start.
    pub(crate) fn is_opened(&self, index: u64) -> bool {
        index >= self.cases.count()
    }

    fn len(&self) -> u64 {
        self.cases.count() + self.opened()
    }

    pub(crate) fn created(&self, index: u64) -> i64 {
        match self.steps(index).first() {
            Some(&(_, at)) if self.is_opened(index) => at,
            _ => filed(index),
        }
    }

    /// When the case changed last.
    pub(crate) fn updated(&self, index: u64) -> i64 {
        match self.steps(index).last() {
            Some(&(_, at)) => at,
            None => self.cases.updated(index),
        }
    }

    /// When the case, which is or was in one of certain statuses, came into them.
    pub(crate) fn since(&self, index: u64, is_one: impl Fn(S) -> bool) -> i64 {
        if !self.is_opened(index) && is_one(self.first_status(index)) {
            return self.cases.updated(index);
        }
        let mut steps = self.steps(index).iter();
        let step = steps.find(|&&(status, _)| is_one(status));
        step.map_or_else(|| self.updated(index), |&(_, at)| at)
    }

    pub(crate) fn status(&self, index: u64) -> S {
        match self.steps(index).last() {
            Some(&(status, _)) => status,
            None => self.statuses.at(index),
        }
    }

    /// The status in which the case came, or in which it was at the start. What a case is about goes by that one.
    pub(crate) fn first_status(&self, index: u64) -> S {
        match self.steps(index).first() {
            Some(&(status, _)) if self.is_opened(index) => status,
            _ => self.statuses.at(index),
        }
    }

    /// Whether the case is or was in one of certain statuses.
    pub(crate) fn has_been(&self, index: u64, is_one: impl Fn(S) -> bool) -> bool {
        let mut steps = self.steps(index).iter();
        is_one(self.first_status(index)) || steps.any(|&(status, _)| is_one(status))
    }

    /// The statuses that the case has had since the start, and since when.
    pub(crate) fn steps(&self, index: u64) -> &[(S, i64)] {
        let change = self.changes.get(&index);
        change.map_or(&[], |change| &change.steps)
    }

    /// The order a case belongs to.
    pub(crate) fn order_of(&self, index: u64) -> u64 {
        let opened = index.checked_sub(self.cases.count());
        let order = opened.and_then(|place| self.opened.get(place as usize));
        order.copied().unwrap_or_else(|| order_of(index))
    }

    /// Which case of its order this is, the oldest being 1.
    pub(crate) fn rank_in_order(&self, index: u64) -> u64 {
        let Some(place) = index.checked_sub(self.cases.count()) else {
            return rank_in_order(index);
        };
        let order = self.order_of(index);
        let before = self.opened.iter().take(place as usize);
        let before = before.filter(|&&other| other == order).count() as u64;
        self.cases.of_order(order).count() as u64 + before + 1
    }

    /// The case with this index, if there is one.
    pub(crate) fn find(&self, index: u64) -> Option<u64> {
        (index < self.len() && !self.is_removed(index)).then_some(index)
    }

    /// The case that was created at this second.
    pub(crate) fn created_at(&self, seconds: i64) -> Option<u64> {
        let opened = || self.cases.count()..self.len();
        let index =
            filed_at(seconds).or_else(|| opened().find(|&index| self.created(index) == seconds));
        self.find(index?)
    }

    /// The cases of an order, newest first; none for an order without a case and for one that does not exist.
    pub(crate) fn of_order(&self, order: u64) -> Vec<u64> {
        let opened = (self.cases.count()..self.len()).rev();
        let opened = opened.filter(|&index| self.order_of(index) == order);
        let cases = opened.chain(self.cases.of_order(order));
        cases.filter(|&index| !self.is_removed(index)).collect()
    }

    /// Whether an order exists, be it without a case.
    pub(crate) fn has_order(&self, order: u64) -> bool {
        order / 4 <= self.len() / 4
    }

    fn is_removed(&self, index: u64) -> bool {
        let change = self.changes.get(&index);
        change.is_some_and(|change| change.is_removed)
    }

    fn time(&self, time: Time, index: u64) -> i64 {
        match time {
            Time::Created => self.created(index),
            Time::Updated => self.updated(index),
        }
    }

    fn fits(&self, listing: &Listing, index: u64) -> bool {
        listing.created.holds(self.created(index))
            && listing.updated.holds(self.updated(index))
            && !self.is_removed(index)
    }

    /// The cases with a wanted status.
    pub(crate) fn list(&self, listing: &Listing, wanted: impl Fn(S) -> bool) -> Selection {
        self.list_by(listing, self.statuses, |index| self.status(index), wanted)
    }

    /// The cases of which a value is wanted: at the start one of `values`, and what `now` says since.
    pub(crate) fn list_by<T: Copy>(
        &self,
        listing: &Listing,
        values: Cycle<T>,
        now: impl Fn(u64) -> T,
        wanted: impl Fn(T) -> bool,
    ) -> Selection {
        let range = self.at_start(listing);
        let mut listed = values.select(range.clone(), &wanted);
        for &index in self.changes.keys() {
            let opened = self.is_opened(index);
            let moves = opened || listing.sorted_by == Time::Updated;
            let was = !opened && range.contains(&index) && wanted(values.at(index));
            let is = self.fits(listing, index) && wanted(now(index));
            match (was, is) {
                (true, true) if moves => {
                    listed.without.push(index);
                    listed.front.push(index);
                }
                (true, false) => listed.without.push(index),
                (false, true) if moves => listed.front.push(index),
                (false, true) => listed.with.push(index),
                _ => {}
            }
        }
        self.sort(listing.sorted_by, &mut listed.front);
        listed
    }

    /// Those of certain cases that a list holds.
    pub(crate) fn among(
        &self,
        listing: &Listing,
        mut cases: Vec<u64>,
        wanted: impl Fn(u64) -> bool,
    ) -> Selection {
        cases.retain(|&index| self.fits(listing, index) && wanted(index));
        self.sort(listing.sorted_by, &mut cases);
        cases.dedup();
        Selection::of(cases)
    }

    /// Two cases have a time in common only where it is the system's.
    fn sort(&self, by: Time, cases: &mut [u64]) {
        cases.sort_unstable_by_key(|&index| Reverse((self.time(by, index), index)));
    }

    /// What lay in the windows at the start.
    fn at_start(&self, listing: &Listing) -> Range<u64> {
        let Span { oldest, newest } = listing.created;
        let created = self.cases.between(filed, oldest, newest);
        let Span { oldest, newest } = listing.updated;
        let updated = |index| self.cases.updated(index);
        both(&created, &self.cases.between(updated, oldest, newest))
    }

    /// Gives a case a status. What else a call leaves behind in it can be written at once.
    pub(crate) fn set(&mut self, index: u64, status: S, at: i64) -> &mut D {
        let change = self.changes.entry(index).or_insert_with(|| Change {
            steps: Vec::new(),
            details: D::default(),
            is_removed: false,
        });
        change.steps.push((status, at));
        &mut change.details
    }

    /// What a call has left behind in a case.
    pub(crate) fn details(&self, index: u64) -> Option<&D> {
        self.changes.get(&index).map(|change| &change.details)
    }

    /// Opens a case about an order that has none, whose number is the index of the case.
    pub(crate) fn open(&mut self, status: S, at: i64) -> u64 {
        self.add(self.len(), status, D::default(), at)
    }

    /// Opens a case about this order.
    pub(crate) fn add(&mut self, order: u64, status: S, details: D, at: i64) -> u64 {
        let index = self.len();
        self.opened.push(order);
        *self.set(index, status, at) = details;
        index
    }

    /// Takes a case out of every list.
    pub(crate) fn remove(&mut self, index: u64, at: i64) {
        self.set(index, self.status(index), at);
        if let Some(change) = self.changes.get_mut(&index) {
            change.is_removed = true;
        }
    }
}

impl<S: Copy + fmt::Display, D: Default> Ledger<S, D> {
    /// A case and a status of those that there are: the one is called `id` and the other is written `status`.
    ///
    /// # Errors
    /// [`ChangeError`] where one of the two does not exist.
    pub(crate) fn named(
        &self,
        (case, id): (Option<u64>, &str),
        (statuses, status): (&[S], &str),
    ) -> Result<(u64, S), ChangeError> {
        let case = case.and_then(|index| self.find(index));
        let case = case.ok_or_else(|| ChangeError::Case(id.to_owned()))?;
        let mut statuses = statuses.iter().copied();
        let known = statuses.find(|known| known.to_string() == status);
        Ok((
            case,
            known.ok_or_else(|| ChangeError::Status(status.to_owned()))?,
        ))
    }
}

/// What a platform remembers: its cases, their clock, what calls have done, and what it has to tell.
#[derive(Debug)]
pub(crate) struct World<L> {
    pub(crate) cases: L,
    now: i64,
    is_live: bool,
    effects: Vec<Effect>,
    outbox: Outbox,
}

impl<L> World<L> {
    /// The second in which something changes.
    pub(crate) fn tick(&mut self) -> i64 {
        self.now = if self.is_live {
            self.now.max(Timestamp::now().as_second())
        } else {
            self.now + 1
        };
        self.now
    }

    /// Notes that a call has done something.
    pub(crate) fn note(&mut self, case: impl fmt::Display, action: &'static str) {
        let case = case.to_string();
        self.effects.push(Effect { case, action });
    }

    /// Tells what has just changed, if the platform tells it and anybody wants to know.
    pub(crate) fn push(&self, push: impl FnOnce(&L) -> Option<Push>) {
        self.outbox.leave(|| push(&self.cases));
    }

    pub(crate) fn effects(&self) -> &[Effect] {
        &self.effects
    }
}

impl<S: Copy, D: Default> World<Ledger<S, D>> {
    /// Gives a case a status. What else a call leaves behind in it can be written at once.
    pub(crate) fn set(&mut self, index: u64, status: S) -> &mut D {
        let at = self.tick();
        self.cases.set(index, status, at)
    }
}

/// A world that many calls read and few change. A call changes it before it is answered.
#[derive(Debug)]
pub(crate) struct Shared<L>(RwLock<World<L>>);

impl<L> Shared<L> {
    pub(crate) fn new(cases: L, setup: &Setup) -> Self {
        Self(RwLock::new(World {
            cases,
            now: NOW,
            is_live: setup.is_live,
            effects: Vec::new(),
            outbox: setup.outbox.clone(),
        }))
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, World<L>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, World<L>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUSES: Cycle<u8> = Cycle(&[4, 0, 1, 4, 2]);
    const START: u64 = 1_000;

    fn ledger() -> Ledger<u8, u64> {
        Ledger::new(START, 7, "anywhere", STATUSES)
    }

    /// One that much has happened to: every tenth case has another status, some twice, every fiftieth is gone, and forty
    /// are new.
    fn lively() -> Ledger<u8, u64> {
        let mut ledger = ledger();
        let mut at = NOW;
        let mut tick = || {
            at += 1;
            at
        };
        for step in 0..100 {
            ledger.set(step * 370 % START, (step % 5) as u8, tick());
        }
        for step in 0..40 {
            let index = ledger.open(0, tick());
            ledger.set(step * 20 + 1, 2, tick());
            if step % 3 == 0 {
                ledger.set(index, 1, tick());
            }
        }
        for step in 0..20 {
            ledger.remove(step * 50, tick());
        }
        ledger
    }

    fn all(ledger: &Ledger<u8, u64>) -> Vec<u64> {
        (0..ledger.len())
            .filter(|&index| ledger.find(index).is_some())
            .collect()
    }

    #[test]
    fn without_changes_a_list_is_that_of_the_start() {
        let ledger = ledger();
        for time in [Time::Created, Time::Updated] {
            let listed = ledger.list(&Listing::by(time), |status| status == 4);
            let selected = STATUSES.select(0..START, |status| status == 4);
            assert_eq!(listed.total(), 400);
            assert_eq!(listed.part(17, 90), selected.part(17, 90));
        }
        assert_eq!(all(&ledger).len() as u64, START);
    }

    #[test]
    fn a_list_holds_what_a_scan_finds_page_by_page() {
        let ledger = lively();
        let spans = [
            Span::default(),
            Span {
                oldest: Some(filed(300)),
                newest: Some(filed(100)),
            },
            Span {
                oldest: Some(filed(300)),
                newest: None,
            },
            Span {
                oldest: Some(NOW + 20),
                newest: Some(NOW + 150),
            },
        ];
        for sorted_by in [Time::Created, Time::Updated] {
            for (created, updated) in spans.iter().flat_map(|a| spans.iter().map(move |b| (a, b))) {
                let listing = Listing {
                    sorted_by,
                    created: *created,
                    updated: *updated,
                };
                for wanted in [vec![0, 1, 2, 4], vec![2], vec![4, 0], vec![9]] {
                    let is_wanted = |status| wanted.contains(&status);
                    let mut scanned = all(&ledger);
                    scanned.retain(|&index| {
                        created.holds(ledger.created(index))
                            && updated.holds(ledger.updated(index))
                            && is_wanted(ledger.status(index))
                    });
                    scanned.sort_by_key(|&index| Reverse(ledger.time(sorted_by, index)));
                    let listed = ledger.list(&listing, is_wanted);
                    assert_eq!(
                        listed.total(),
                        scanned.len() as u64,
                        "{listing:?} {wanted:?}"
                    );
                    for size in [7, 100, 5_000] {
                        let pages = 1..=START / size + 2;
                        let paged: Vec<_> =
                            pages.flat_map(|page| listed.page(page, size)).collect();
                        assert_eq!(paged, scanned, "{listing:?} {wanted:?} by {size}");
                    }
                    let among =
                        ledger.among(&listing, (0..ledger.len()).rev().collect(), |index| {
                            is_wanted(ledger.status(index))
                        });
                    assert_eq!(among.part(0, u64::MAX), scanned, "{listing:?} {wanted:?}");
                }
            }
        }
    }

    #[test]
    fn a_changed_case_is_the_newest_and_knows_what_it_was() {
        let mut ledger = ledger();
        assert_eq!((ledger.status(5), ledger.first_status(5)), (4, 4));
        *ledger.set(5, 0, NOW + 1) = 17;
        ledger.set(5, 2, NOW + 2);
        assert_eq!((ledger.status(5), ledger.first_status(5)), (2, 4));
        assert_eq!((ledger.created(5), ledger.updated(5)), (filed(5), NOW + 2));
        assert_eq!(ledger.details(5), Some(&17));
        assert_eq!(ledger.details(6), None);
        let since = |statuses: [u8; 2]| ledger.since(5, |status| statuses.contains(&status));
        assert_eq!(since([0, 2]), NOW + 1);
        assert_eq!(since([2, 2]), NOW + 2);
        assert_eq!(since([4, 2]), ledger.cases.updated(5));
        assert!(
            ledger.has_been(5, |status| status == 0) && !ledger.has_been(5, |status| status == 1)
        );
        let by_change = ledger.list(&Listing::by(Time::Updated), |_| true);
        assert_eq!(by_change.part(0, 3), [5, 0, 1]);
        let by_creation = ledger.list(&Listing::by(Time::Created), |_| true);
        assert_eq!(by_creation.part(4, 3), [4, 5, 6]);
    }

    #[test]
    fn a_new_case_has_an_order_of_its_own_or_joins_one() {
        let mut ledger = ledger();
        let first = ledger.open(0, NOW + 1);
        let joined = ledger.add(2, 1, 9, NOW + 2);
        assert_eq!((first, joined), (START, START + 1));
        assert_eq!(
            (ledger.created(first), ledger.updated(joined)),
            (NOW + 1, NOW + 2)
        );
        assert_eq!(ledger.created_at(NOW + 2), Some(joined));
        assert_eq!(ledger.of_order(ledger.order_of(first)), [first]);
        assert_eq!(ledger.of_order(2), [joined, 2, 3]);
        let ranks = [3, 2, joined].map(|index| ledger.rank_in_order(index));
        assert_eq!(ranks, [1, 2, 3]);
        ledger.remove(2, NOW + 3);
        assert_eq!(ledger.of_order(2), [joined, 3]);
        assert_eq!((ledger.find(2), ledger.find(START + 2)), (None, None));
        assert_eq!(
            ledger.rank_in_order(joined),
            3,
            "a number is not given twice"
        );
        let listed = ledger.list(&Listing::by(Time::Created), |_| true);
        assert_eq!(listed.part(0, 5), [joined, first, 0, 1, 3]);
        assert_eq!(listed.total(), START + 1);
    }
}
