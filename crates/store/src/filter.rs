//! What to read from the copy.

use core_model::{Account, AfterSale, Awaits, Platform, Query, Source, Status};
use jiff::Timestamp;

/// Which cases to read. The default is all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub(crate) platforms: Vec<Platform>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) query: Query,
    pub(crate) open: bool,
    pub(crate) awaits: Option<Awaits>,
}

impl Filter {
    /// All cases.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only cases of this platform; called again, of any of the given ones.
    #[must_use]
    pub fn with_platform(mut self, platform: Platform) -> Self {
        self.platforms.push(platform);
        self
    }

    /// Only cases of this account; called again, of any of the given ones.
    #[must_use]
    pub fn with_account(mut self, account: impl Into<Account>) -> Self {
        self.accounts.push(account.into());
        self
    }

    /// Only cases in this status; called again, in any of the given ones.
    #[must_use]
    pub fn with_status(mut self, status: Status) -> Self {
        self.query = self.query.with_status(status);
        self
    }

    /// Only cases that are not final.
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

    /// Only cases opened at or after this instant, and those of which nobody knows when.
    #[must_use]
    pub fn with_created_since(mut self, since: Timestamp) -> Self {
        self.query = self.query.with_created_since(since);
        self
    }

    /// Only cases opened before this instant, and those of which nobody knows when.
    #[must_use]
    pub fn with_created_until(mut self, until: Timestamp) -> Self {
        self.query = self.query.with_created_until(until);
        self
    }
}

impl Filter {
    /// The accounts that are asked for, of all that there are; `None` for all of them.
    pub(crate) fn accounts(&self, all: Vec<(i64, Source)>) -> Option<Vec<i64>> {
        if self.platforms.is_empty() && self.accounts.is_empty() {
            return None;
        }
        let keeps = |source: &Source| {
            (self.platforms.is_empty() || self.platforms.contains(source.platform()))
                && (self.accounts.is_empty() || self.accounts.contains(source.account()))
        };
        let kept = all.into_iter().filter(|(_, source)| keeps(source));
        Some(kept.map(|(key, _)| key).collect())
    }

    /// The same as an SQL condition over the columns of `cases`, which every database understands. Nothing in it is
    /// free text: names are our own, keys and times are numbers.
    pub(crate) fn condition(
        &self,
        accounts: Option<&[i64]>,
        sort: Sort,
        literal: impl Fn(Timestamp) -> String,
    ) -> String {
        let mut terms = Vec::new();
        if let Some(accounts) = accounts {
            terms.push(one_of("account", accounts.iter().map(ToString::to_string)));
        }
        let statuses = self.query.statuses();
        if !statuses.is_empty() {
            let names = statuses.iter().map(|status| format!("'{status}'"));
            terms.push(one_of("status", names));
        }
        if self.open {
            terms.push("NOT final".to_owned());
        }
        if sort == Sort::Queue {
            terms.push("our_turn".to_owned());
        }
        if let Some(who) = self.awaits {
            terms.push(format!("awaits = '{who}'"));
        }
        let created = self.query.created();
        for (limit, operator) in [(created.since(), ">="), (created.until(), "<")] {
            if let Some(limit) = limit {
                let limit = literal(limit);
                terms.push(format!(
                    "(created_at IS NULL OR created_at {operator} {limit})"
                ));
            }
        }
        if terms.is_empty() {
            return "TRUE".to_owned();
        }
        terms.join(" AND ")
    }
}

fn one_of(column: &str, values: impl Iterator<Item = String>) -> String {
    let values: Vec<_> = values.collect();
    match values.as_slice() {
        [] => "FALSE".to_owned(),
        values => format!("{column} IN ({})", values.join(", ")),
    }
}

/// In which order cases are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// As they were first seen.
    FirstSeen,
    /// Only open cases in which the side that the account is on has to act next: the soonest deadline first, those without
    /// a deadline last, then the oldest.
    Queue,
}

/// A part of the cases, and where the next one begins.
#[derive(Debug, Default)]
pub struct Listing {
    /// The cases, raw records included.
    pub cases: Vec<AfterSale>,
    /// Where to go on; `None` at the end.
    pub next: Option<Mark>,
}

/// A place between two cases. It holds while others write; a case that moves over it meanwhile may be met twice or not
/// at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mark {
    pub(crate) sorted_by: i64,
    pub(crate) then_by: i64,
    pub(crate) account: i64,
    pub(crate) case: i64,
}
