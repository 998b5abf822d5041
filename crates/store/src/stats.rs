//! Counts and sums.

use std::collections::BTreeMap;

use core_model::{Account, Currency, Platform, Status};
use jiff::civil::Date;
use rust_decimal::Decimal;

/// Which cases to count. The default is all of them. Days are UTC.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatsFilter {
    /// Only these platforms; empty for all.
    pub platforms: Vec<Platform>,
    /// Only these accounts; empty for all.
    pub accounts: Vec<Account>,
    /// Only cases opened on this day or later. A case of which nobody knows when it was opened is then left out.
    pub created_since: Option<Date>,
    /// Only cases opened before this day. A case of which nobody knows when it was opened is then left out.
    pub created_until: Option<Date>,
}

/// Counts and sums of all cases, and of those that have something in common.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stats {
    /// All of them.
    pub total: Tally,
    /// By platform.
    pub by_platform: BTreeMap<Platform, Tally>,
    /// By account.
    pub by_account: BTreeMap<(Platform, Account), Tally>,
    /// By status.
    pub by_status: BTreeMap<Status, Tally>,
    /// By the platform's reason: its code, else its text; `None` where it states none.
    pub by_reason: BTreeMap<(Platform, Option<String>), Tally>,
    /// Open cases by how long ago they were opened.
    pub by_age: BTreeMap<Age, Tally>,
}

/// Counts and sums of some cases.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many.
    pub cases: u64,
    /// How many of them are not final.
    pub open: u64,
    /// How many of them were paid back, in part or in full: a positive amount was, or, where the platform states none,
    /// the case is completed and is no exchange.
    pub refunded: u64,
    /// Amounts, never summed across currencies.
    pub sums: BTreeMap<Currency, Sums>,
}

/// Exact sums in one currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// Of how many cases the amount asked for is in [`requested`](Self::requested).
    pub requests: u64,
    /// What was asked for.
    pub requested: Decimal,
    /// Of how many cases the amount paid back is in [`refunded`](Self::refunded).
    pub refunds: u64,
    /// What was paid back.
    pub refunded: Decimal,
    /// How many amounts are in neither sum, because they have more than twelve digits before the point or more than
    /// eight behind it.
    pub left_out: u64,
}

/// How many days ago a case was opened: the difference of two dates in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Age {
    /// Today or yesterday.
    UpToOneDay,
    /// Two or three days ago.
    UpToThreeDays,
    /// Up to a week ago.
    UpToOneWeek,
    /// Up to thirty days ago.
    UpToThirtyDays,
    /// Longer ago.
    Older,
    /// Nobody knows.
    Unknown,
}
