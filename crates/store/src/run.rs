//! The run log.

use std::fmt;
use std::str::FromStr;

use core_model::Source;
use jiff::Timestamp;

/// The number of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(pub(crate) i64);

/// One run over one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its number.
    pub id: RunId,
    /// The account.
    pub source: Source,
    /// When it began, UTC.
    pub started_at: Timestamp,
    /// When it ended, UTC; `None` while it is under way, and for ever if the program was killed.
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    pub ending: Option<Ending>,
    /// What it has written so far.
    pub counts: Counts,
    /// What went wrong, without secrets.
    pub error: Option<String>,
}

/// What a run has read, up to the last batch that was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Batches.
    pub pages: u64,
    /// Records that were not known.
    pub new: u64,
    /// Records that were different.
    pub changed: u64,
    /// Records that were the same, or pruned.
    pub unchanged: u64,
    /// Records that could not be read.
    pub unreadable: u64,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ending {
    /// Everything was read that there was to read.
    Complete,
    /// It was stopped, and goes on where it was.
    Interrupted,
    /// Something went wrong.
    Failed,
}

impl Ending {
    const ALL: [Self; 3] = [Self::Complete, Self::Interrupted, Self::Failed];

    /// The name, as output spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
        }
    }
}

impl FromStr for Ending {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|ending| ending.as_str() == name);
        known.ok_or_else(|| format!("{name:?} is no ending of a run"))
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The end of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunEnd {
    /// When, UTC.
    pub at: Timestamp,
    /// How.
    pub ending: Ending,
    /// What went wrong, in one line without secrets.
    pub error: Option<String>,
}
