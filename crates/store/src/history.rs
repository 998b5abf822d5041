//! What a case was like before.

use core_model::{Awaits, Money, NativeStatus, Status};
use jiff::Timestamp;

/// What a case was like from one time on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When we saw it, UTC. The change may be older.
    pub seen_at: Timestamp,
    /// What the case was like from then on.
    pub state: State,
    /// What differs from the entry before; empty in the first one.
    pub changes: Vec<Change>,
}

/// The part of a record that history keeps. Nothing in it is about the buyer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// How far the case had come.
    pub status: Status,
    /// Who had to act.
    pub awaits: Option<Awaits>,
    /// The status in the platform's own words.
    pub native_status: NativeStatus,
    /// What was asked for.
    pub requested: Option<Money>,
    /// What was paid back.
    pub refunded: Option<Money>,
    /// When the step lapsed, UTC.
    pub deadline: Option<Timestamp>,
}

/// One thing that became another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Which.
    pub field: Field,
    /// What it was, as JSON spells it; `None` where it was not stated.
    pub from: Option<String>,
    /// What it is.
    pub to: Option<String>,
}

/// What can change in a [`State`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// [`State::status`].
    Status,
    /// [`State::awaits`].
    Awaits,
    /// The code of [`State::native_status`].
    NativeStatus,
    /// [`State::requested`].
    Requested,
    /// [`State::refunded`].
    Refunded,
    /// [`State::deadline`].
    Deadline,
}
