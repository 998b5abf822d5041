//! What a round has done.

use std::time::Duration;

use store::Counts;

use crate::Failure;

/// What a round over one account has done.
#[derive(Debug)]
pub struct Report {
    /// What was written.
    pub counts: Counts,
    /// How many open cases are to be read again, and name nothing that the platform could be asked for.
    pub out_of_reach: u64,
    /// How long it took.
    pub took: Duration,
    /// How it ended.
    pub ending: Ending,
}

impl Report {
    /// A round that did not even begin.
    pub(crate) fn new(ending: Ending) -> Self {
        Self {
            counts: Counts::default(),
            out_of_reach: 0,
            took: Duration::ZERO,
            ending,
        }
    }

    pub(crate) fn of_failure(failure: Failure) -> Self {
        Self::new(Ending::Failed(failure))
    }
}

/// How a round ended. What was written before stays, whatever it is.
#[derive(Debug)]
pub enum Ending {
    /// Everything was read that there was to read.
    Complete,
    /// It was stopped, and goes on where it was.
    Interrupted,
    /// Something went wrong.
    Failed(Failure),
}
