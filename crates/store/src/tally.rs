//! Counts and sums that are kept current with every batch, so that nothing has to be counted when they are asked for.

use std::collections::BTreeMap;

use core_model::{Account, AfterSale, Currency, Decimal, Kind, Money, Platform, Status};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::{Age, Error, ErrorKind, Result, Stats, StatsFilter, Tally};

/// Stands for a day that nobody knows.
pub(crate) const NO_DAY: i32 = i32::MIN;

const SECONDS_A_DAY: i64 = 24 * 60 * 60;

/// So many days are counted together as well, so that there is little to read of what is long ago.
const BLOCK: i32 = 64;

/// A case was opened longer ago than this where its age makes no more difference.
const OLD: i32 = 30;

/// An amount may have so many digits before the point to be summed, so that no number of cases makes a sum too long.
const DIGITS: u32 = 12;

/// And so many behind it.
const DECIMALS: u32 = 8;

/// The day of an instant, UTC, counted from 1970-01-01.
pub(crate) fn day(at: Option<Timestamp>) -> i32 {
    let day = at.map(|at| at.as_second().div_euclid(SECONDS_A_DAY));
    day.and_then(|day| i32::try_from(day).ok())
        .unwrap_or(NO_DAY)
}

/// Buyers write novels, which are no reason to count by.
const LONGEST_REASON: usize = 200;

/// The first day of the block of so many that a day is in. A day that nobody knows is the first one of all.
fn first_of_block(day: i32, days: i32) -> i32 {
    day.div_euclid(days) * days
}

/// What a case counts as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Class {
    pub(crate) status: Status,
    pub(crate) is_final: bool,
    pub(crate) reason: String,
    pub(crate) day: i32,
    pub(crate) paid_back: bool,
    pub(crate) requested: Option<Money>,
    pub(crate) refunded: Option<Money>,
}

impl Class {
    pub(crate) fn of(case: &AfterSale) -> Self {
        Self {
            status: case.status,
            is_final: case.is_final,
            reason: reason(case),
            day: day(case.created_at),
            paid_back: paid_back(case),
            requested: case.amounts.requested,
            refunded: case.amounts.refunded,
        }
    }
}

/// The reason's code, else its text, else nothing; of a long one the beginning.
fn reason(case: &AfterSale) -> String {
    let reason = &case.reason;
    let stated = reason.code.as_deref().or(reason.text.as_deref());
    stated
        .unwrap_or_default()
        .chars()
        .take(LONGEST_REASON)
        .collect()
}

/// Whether money was paid back.
fn paid_back(case: &AfterSale) -> bool {
    match case.amounts.refunded {
        Some(refunded) => refunded.amount() > Decimal::ZERO,
        None => {
            let goods_only = matches!(case.kind, Kind::Exchange | Kind::Reshipment);
            case.status == Status::Completed && !goods_only
        }
    }
}

/// What cases have in common that are counted together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) status: Status,
    pub(crate) is_final: bool,
    pub(crate) reason: String,
    /// Of the amount asked for, else of the amount paid back. Where the two differ, the latter counts on its own.
    pub(crate) currency: Option<Currency>,
    /// How many days are counted together, and the first of them. Each case counts on its day, and once more in its
    /// block of days.
    pub(crate) days: i32,
    pub(crate) day: i32,
}

/// Days of which the counts are to be read: from a day on, until another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// As in [`Key`].
    pub(crate) days: i32,
    pub(crate) from: i32,
    pub(crate) until: i32,
}

/// What some cases count, or by how much that changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) cases: i64,
    pub(crate) paid_back: i64,
    pub(crate) requests: i64,
    pub(crate) requested: Decimal,
    pub(crate) refunds: i64,
    pub(crate) refunded: Decimal,
    pub(crate) left_out: i64,
}

impl Share {
    /// Both together.
    pub(crate) fn plus(self, other: Self) -> Result<Self> {
        let sum = |a: Decimal, b: Decimal| a.checked_add(b).ok_or_else(too_large);
        Ok(Self {
            cases: self.cases + other.cases,
            paid_back: self.paid_back + other.paid_back,
            requests: self.requests + other.requests,
            requested: sum(self.requested, other.requested)?,
            refunds: self.refunds + other.refunds,
            refunded: sum(self.refunded, other.refunded)?,
            left_out: self.left_out + other.left_out,
        })
    }

    fn negated(self) -> Self {
        Self {
            cases: -self.cases,
            paid_back: -self.paid_back,
            requests: -self.requests,
            requested: -self.requested,
            refunds: -self.refunds,
            refunded: -self.refunded,
            left_out: -self.left_out,
        }
    }

    fn with_request(mut self, amount: Decimal) -> Self {
        match summable(amount) {
            Some(amount) => {
                self.requests = 1;
                self.requested = amount;
            }
            None => self.left_out += 1,
        }
        self
    }

    fn with_refund(mut self, amount: Decimal) -> Self {
        match summable(amount) {
            Some(amount) => {
                self.refunds = 1;
                self.refunded = amount;
            }
            None => self.left_out += 1,
        }
        self
    }
}

fn too_large() -> Error {
    Error::new(ErrorKind::Database, "a sum of amounts is too large")
}

/// The amount, without zeros that are too many, if it can be summed.
fn summable(amount: Decimal) -> Option<Decimal> {
    let amount = match amount.scale() {
        ..=DECIMALS => amount,
        _ => amount.normalize(),
    };
    let small = amount.abs() < Decimal::from(10_u64.pow(DIGITS));
    (small && amount.scale() <= DECIMALS).then_some(amount)
}

/// By how much a batch changes what is counted.
#[derive(Debug, Default)]
pub(crate) struct Deltas(BTreeMap<Key, Share>);

impl Deltas {
    /// A case counts from now on.
    pub(crate) fn add(&mut self, class: &Class) -> Result<()> {
        self.count(class, |share| share)
    }

    /// A case does not count any more.
    pub(crate) fn remove(&mut self, class: &Class) -> Result<()> {
        self.count(class, Share::negated)
    }

    fn count(&mut self, class: &Class, sign: fn(Share) -> Share) -> Result<()> {
        let requested = class.requested;
        let currency = requested.or(class.refunded).map(|money| money.currency());
        let mut share = Share {
            cases: 1,
            paid_back: i64::from(class.paid_back),
            ..Share::default()
        };
        if let Some(money) = requested {
            share = share.with_request(money.amount());
        }
        if let Some(money) = class.refunded {
            if currency == Some(money.currency()) {
                share = share.with_refund(money.amount());
            } else {
                let other = Share::default().with_refund(money.amount());
                self.put(class, Some(money.currency()), sign(other))?;
            }
        }
        self.put(class, currency, sign(share))
    }

    fn put(&mut self, class: &Class, currency: Option<Currency>, share: Share) -> Result<()> {
        for days in [1, BLOCK] {
            let key = Key {
                status: class.status,
                is_final: class.is_final,
                reason: class.reason.clone(),
                currency,
                days,
                day: first_of_block(class.day, days),
            };
            let sum = self.0.entry(key).or_default();
            *sum = sum.plus(share)?;
        }
        Ok(())
    }

    /// What changes, always in the same order, so that two writers do not wait for each other in a circle.
    pub(crate) fn changes(&self) -> impl Iterator<Item = (&Key, &Share)> {
        let changes = self.0.iter();
        changes.filter(|(_, share)| **share != Share::default())
    }
}

/// Puts what is counted together for [`Store::stats`](crate::Store::stats).
pub(crate) struct Fold<'a> {
    filter: &'a StatsFilter,
    today: i32,
    stats: Stats,
    /// What has arrived of the account and key that came last: most rows differ from the one before in the day only.
    pending: Option<Pending>,
}

struct Pending {
    account: (Platform, Account),
    key: Key,
    age: Option<Age>,
    share: Share,
}

impl<'a> Fold<'a> {
    pub(crate) fn new(filter: &'a StatsFilter, today: Date) -> Self {
        Self {
            filter,
            today: day_of(today),
            stats: Stats::default(),
            pending: None,
        }
    }

    /// Whether an account is asked for.
    pub(crate) fn keeps(&self, account: &(Platform, Account)) -> bool {
        let (platforms, accounts) = (&self.filter.platforms, &self.filter.accounts);
        (platforms.is_empty() || platforms.contains(&account.0))
            && (accounts.is_empty() || accounts.contains(&account.1))
    }

    /// What to read: blocks of days, as far as all of a block is asked for and of the same age, and single days around
    /// them.
    pub(crate) fn spans(&self) -> Vec<Span> {
        let span = |days, from, until| Span { days, from, until };
        let from = self.filter.created_since.map_or(NO_DAY, day_of);
        let until = self.filter.created_until.map_or(i32::MAX, day_of);
        let old = self.today.saturating_sub(OLD).min(until);
        let first = first_of_block(from.saturating_add(BLOCK - 1), BLOCK);
        let first = if from == NO_DAY { NO_DAY } else { first };
        let end = first_of_block(old, BLOCK);
        let spans = if first < end {
            vec![
                span(1, from, first),
                span(BLOCK, first, end),
                span(1, end, until),
            ]
        } else {
            vec![span(1, from, until)]
        };
        spans.into_iter().filter(|it| it.from < it.until).collect()
    }

    /// Takes one row of counts.
    pub(crate) fn add(
        &mut self,
        account: &(Platform, Account),
        key: Key,
        share: Share,
    ) -> Result<()> {
        let (since, until) = (self.filter.created_since, self.filter.created_until);
        let known = key.day != NO_DAY;
        if since.is_some_and(|since| !known || key.day < day_of(since))
            || until.is_some_and(|until| !known || key.day >= day_of(until))
        {
            return Ok(());
        }
        let age = (!key.is_final).then(|| Age::of(key.day, self.today));
        if let Some(pending) = &mut self.pending
            && pending.account == *account
            && pending.age == age
            && pending.key.is_like(&key)
        {
            pending.share = pending.share.plus(share)?;
            return Ok(());
        }
        let next = Pending {
            account: account.clone(),
            key,
            age,
            share,
        };
        match self.pending.replace(next) {
            Some(pending) => self.settle(&pending),
            None => Ok(()),
        }
    }

    pub(crate) fn finish(mut self) -> Result<Stats> {
        if let Some(pending) = self.pending.take() {
            self.settle(&pending)?;
        }
        Ok(self.stats)
    }

    fn settle(&mut self, pending: &Pending) -> Result<()> {
        let Pending {
            account,
            key,
            age,
            share,
        } = pending;
        let stats = &mut self.stats;
        let platform = &account.0;
        let stated = Some(&key.reason).filter(|reason| !reason.is_empty());
        let reason = (platform.clone(), stated.cloned());
        let of_age = age.map(|age| stats.by_age.entry(age).or_default());
        let tallies = [
            &mut stats.total,
            stats.by_platform.entry(platform.clone()).or_default(),
            stats.by_account.entry(account.clone()).or_default(),
            stats.by_status.entry(key.status).or_default(),
            stats.by_reason.entry(reason).or_default(),
        ];
        for tally in tallies.into_iter().chain(of_age) {
            tally.add(key, *share)?;
        }
        Ok(())
    }
}

impl Key {
    /// Whether the two differ in the day only.
    fn is_like(&self, other: &Self) -> bool {
        self.status == other.status
            && self.is_final == other.is_final
            && self.currency == other.currency
            && self.reason == other.reason
    }
}

impl Tally {
    fn add(&mut self, key: &Key, share: Share) -> Result<()> {
        let count = |sum: &mut u64, more: i64| *sum += more.unsigned_abs();
        count(&mut self.cases, share.cases);
        count(&mut self.refunded, share.paid_back);
        if !key.is_final {
            count(&mut self.open, share.cases);
        }
        if let Some(currency) = key.currency {
            let sums = self.sums.entry(currency).or_default();
            count(&mut sums.requests, share.requests);
            count(&mut sums.refunds, share.refunds);
            count(&mut sums.left_out, share.left_out);
            for (sum, more) in [
                (&mut sums.requested, share.requested),
                (&mut sums.refunded, share.refunded),
            ] {
                *sum = sum.checked_add(more).ok_or_else(too_large)?;
            }
        }
        Ok(())
    }
}

impl Age {
    fn of(day: i32, today: i32) -> Self {
        match today.saturating_sub(day) {
            _ if day == NO_DAY => Self::Unknown,
            ..=1 => Self::UpToOneDay,
            2..=3 => Self::UpToThreeDays,
            4..=7 => Self::UpToOneWeek,
            8..=30 => Self::UpToThirtyDays,
            31.. => Self::Older,
        }
    }
}

fn day_of(date: Date) -> i32 {
    let midnight = date.to_zoned(jiff::tz::TimeZone::UTC);
    day(midnight.ok().map(|midnight| midnight.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_days_are_read_only_where_a_block_would_be_too_much() {
        let date =
            |day: i32| Date::constant(1970, 1, 1).saturating_add(jiff::Span::new().days(day));
        let today = 64 * 5 + 35;
        for (since, until, spans) in [
            (None, None, &[(64, NO_DAY, 320), (1, 320, i32::MAX)][..]),
            (Some(64), Some(192), &[(64, 64, 192)]),
            (
                Some(63),
                Some(193),
                &[(1, 63, 64), (64, 64, 192), (1, 192, 193)],
            ),
            (Some(65), Some(191), &[(1, 65, 191)]),
            (Some(192), Some(64), &[]),
            (Some(-65), Some(-63), &[(1, -65, -63)]),
        ] {
            let filter = StatsFilter {
                created_since: since.map(date),
                created_until: until.map(date),
                ..StatsFilter::default()
            };
            let read = Fold::new(&filter, date(today)).spans();
            let read: Vec<_> = read.iter().map(|it| (it.days, it.from, it.until)).collect();
            assert_eq!(read, spans, "{since:?} {until:?}");
        }
    }
}
