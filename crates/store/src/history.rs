//! What a case was like before.

use core_model::{AfterSale, Awaits, Money, NativeStatus, Status};
use jiff::{SignedDuration, Timestamp};

/// Some platforms state how many seconds are left, so that the deadline differs a little with every reading.
const JITTER: SignedDuration = SignedDuration::from_mins(1);

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

impl Entry {
    /// States in the order in which they were seen, with what differs.
    pub(crate) fn sequence(states: Vec<(Timestamp, State)>) -> Vec<Self> {
        let mut entries: Vec<Self> = Vec::with_capacity(states.len());
        for (seen_at, state) in states {
            let before = entries.last().map(|entry| &entry.state);
            let changes = before.map_or_else(Vec::new, |before| state.changes_since(before));
            entries.push(Self {
                seen_at,
                state,
                changes,
            });
        }
        entries
    }
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

impl State {
    /// The state that a record shows.
    pub fn of(case: &AfterSale) -> Self {
        Self {
            status: case.status,
            awaits: case.awaits,
            native_status: case.native_status.clone(),
            requested: case.amounts.requested,
            refunded: case.amounts.refunded,
            deadline: case.deadline,
        }
    }

    /// What differs from an earlier state. A deadline that moved by less than a minute is the same.
    pub fn changes_since(&self, earlier: &Self) -> Vec<Change> {
        let deadline = match (earlier.deadline, self.deadline) {
            (Some(from), Some(to)) if to.duration_since(from).abs() < JITTER => Some(from),
            (_, to) => to,
        };
        let native = |state: &Self| state.native_status.code.clone();
        [
            Change::of(Field::Status, Some(earlier.status), Some(self.status)),
            Change::of(Field::Awaits, earlier.awaits, self.awaits),
            Change::of(Field::NativeStatus, native(earlier), native(self)),
            Change::of(Field::Requested, earlier.requested, self.requested),
            Change::of(Field::Refunded, earlier.refunded, self.refunded),
            Change::of(Field::Deadline, earlier.deadline, deadline),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
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

impl Change {
    fn of<T: ToString>(field: Field, from: Option<T>, to: Option<T>) -> Option<Self> {
        let [from, to] = [from, to].map(|value| value.map(|value| value.to_string()));
        (from != to).then_some(Self { field, from, to })
    }
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

impl Field {
    /// The name, as output spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Awaits => "awaits",
            Self::NativeStatus => "native_status",
            Self::Requested => "requested",
            Self::Refunded => "refunded",
            Self::Deadline => "deadline",
        }
    }
}
