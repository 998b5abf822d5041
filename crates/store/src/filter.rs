//! What to read from the copy.

use core_model::{Account, AfterSale, Awaits, Platform, Query, Status};
use jiff::Timestamp;

/// Which cases to read. The default is all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub(crate) platforms: Vec<Platform>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) query: Query,
    pub(crate) open: bool,
    pub(crate) our_turn: bool,
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

    /// Only open cases in which the side that the account is on has to act next.
    #[must_use]
    pub fn our_turn(mut self) -> Self {
        self.our_turn = true;
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

/// In which order cases are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// As they were first seen.
    FirstSeen,
    /// The soonest deadline first, those without a deadline last, then the oldest.
    Deadline,
}

/// A part of the cases, and where the next one begins.
#[derive(Debug)]
pub struct Listing {
    /// The cases, raw records included.
    pub cases: Vec<AfterSale>,
    /// Where to go on; `None` at the end.
    pub next: Option<Mark>,
}

/// A place between two cases. It holds while others write; a case that moves over it meanwhile may be met twice or not
/// at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    pub(crate) sorted_by: i64,
    pub(crate) then_by: i64,
    pub(crate) case: i64,
}
