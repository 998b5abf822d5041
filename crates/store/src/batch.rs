//! What is written, and what a reader of a platform wants to know before it asks.

use core_model::{AfterSale, Awaits, Order, Source, Status};
use jiff::Timestamp;

use crate::{Change, RunId};

/// The records of one page with the position that covers them: written in one transaction, or not at all.
#[derive(Debug)]
pub struct Batch {
    /// The account that the page is from.
    pub source: Source,
    /// When the page arrived, UTC. It is the time that history shows.
    pub seen_at: Timestamp,
    /// How the records came.
    pub reading: Reading,
    /// The records, all of this account. A case that comes twice is written in the order given.
    pub records: Vec<AfterSale>,
    /// Ids that were looked up and that the platform does not have. The cases stay; they are marked and count as read.
    pub absent: Vec<String>,
    /// How many records of the page could not be read. Only counted, for the run log.
    pub unreadable: u64,
    /// New positions by name; `None` takes a position away. Positions that are not named stay.
    pub positions: Vec<(String, Option<String>)>,
    /// The run to whose counts this adds.
    pub run: Option<RunId>,
    /// The lease under which this is written; without one nothing is checked.
    pub lease: Option<Lease>,
}

impl Batch {
    /// An empty batch.
    pub fn new(source: &Source, seen_at: Timestamp, reading: Reading) -> Self {
        Self {
            source: source.clone(),
            seen_at,
            reading,
            records: Vec::new(),
            absent: Vec::new(),
            unreadable: 0,
            positions: Vec::new(),
            run: None,
            lease: None,
        }
    }

    /// With these records.
    #[must_use]
    pub fn with_records(mut self, records: Vec<AfterSale>) -> Self {
        self.records = records;
        self
    }

    /// Moves a position; called again, another one.
    #[must_use]
    pub fn with_position(mut self, name: impl Into<String>, position: impl Into<String>) -> Self {
        self.positions.push((name.into(), Some(position.into())));
        self
    }
}

/// How records came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// From a listing. A record that has not changed leaves no trace, so that a listing of what is known writes nothing.
    Listed,
    /// One case or order was asked for. [`OpenCase::read_at`] moves for open cases, even if nothing has changed.
    LookedUp,
}

/// What became of a batch.
#[derive(Debug)]
pub struct Applied {
    /// The records, handed back in the order given, each with what became of it.
    pub records: Vec<(AfterSale, Outcome)>,
}

/// What became of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was not known.
    New,
    /// It was known and is different now. The list holds what history keeps, and is empty if only something else has
    /// changed, such as a note.
    Changed(Vec<Change>),
    /// It was known and is the same, raw record included. Nothing was written.
    Unchanged,
    /// The case has ended and was pruned, and stays away. Nothing was written.
    Pruned,
}

/// What is known of a case of which only the id has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The status when it was last read.
    pub status: Status,
    /// Whether nothing more will happen.
    pub is_final: bool,
    /// When the platform says that it last changed, UTC.
    pub updated_at: Option<Timestamp>,
    /// As [`OpenCase::read_at`].
    pub read_at: Timestamp,
}

/// A case that is not final, with what it takes to decide when to read it again, and to ask for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCase {
    /// The platform's id.
    pub id: String,
    /// The order, for platforms that look cases up by it.
    pub order: Order,
    /// The platform's id of the buyer, for platforms that want it beside the order.
    pub buyer: Option<String>,
    /// How far the case had come.
    pub status: Status,
    /// Who had to act.
    pub awaits: Option<Awaits>,
    /// When the case was opened, UTC.
    pub created_at: Option<Timestamp>,
    /// When the platform says that it last changed, UTC.
    pub updated_at: Option<Timestamp>,
    /// When the step lapses, UTC.
    pub deadline: Option<Timestamp>,
    /// When we first saw the case, UTC.
    pub first_seen_at: Timestamp,
    /// When the case last was looked up, or last changed in a listing, UTC.
    pub read_at: Timestamp,
    /// Since when look-ups find nothing, UTC; `None` where the platform has the case.
    pub absent_since: Option<Timestamp>,
}

/// The right to write for an account, which one worker has at a time.
///
/// Its epoch grows with each worker that takes over, and is compared in the transaction of a batch: a worker that lost
/// the account cannot move a position, whatever its clock says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The account.
    pub source: Source,
    /// How often the account has changed hands.
    pub epoch: u64,
    /// When others may take over, UTC.
    pub expires_at: Timestamp,
}
