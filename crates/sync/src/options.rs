//! What can be set.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use core_model::{Error, Lookup, Source};
use jiff::Timestamp;
use store::{Counts, Lease};

use crate::{Report, Stop};

/// Where the time comes from.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Who is told how it goes.
pub type Observer = Arc<dyn Fn(&Source, Event<'_>) + Send + Sync>;

/// How it goes with an account.
#[derive(Debug)]
pub enum Event<'a> {
    /// A page has been written.
    Page {
        /// What this round has written so far.
        counts: Counts,
        /// How many records the platform says that the listing under way has. A hint, not to be relied on.
        total: Option<u64>,
    },
    /// A record could not be read. The others are.
    Unreadable(&'a Error),
    /// One of many rounds is over.
    Round {
        /// What it has done.
        report: &'a Report,
        /// How long it is until the next one; `None` when this was the last.
        wait: Option<Duration>,
    },
}

/// Which open cases a round reads again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reread {
    /// All: whoever runs one round wants to know how things are.
    #[default]
    All,
    /// Those whose time has come, by age and deadline: for one round after the other.
    Due,
}

/// How a round goes about its work.
#[derive(Clone)]
pub struct Options {
    pub(crate) clock: Clock,
    pub(crate) stop: Stop,
    pub(crate) observer: Observer,
    pub(crate) reread: Reread,
    pub(crate) since: Option<Timestamp>,
    pub(crate) page_size: Option<u32>,
    pub(crate) orders: Arc<[Lookup]>,
    pub(crate) lease: Option<Lease>,
}

impl Default for Options {
    /// The system's clock, nobody who stops it or is told, and no limit to what is read.
    fn default() -> Self {
        Self {
            clock: Arc::new(Timestamp::now),
            stop: Stop::never(),
            observer: Arc::new(|_, _| ()),
            reread: Reread::default(),
            since: None,
            page_size: None,
            orders: Arc::default(),
            lease: None,
        }
    }
}

impl Options {
    /// Takes the time from this instead of from the system.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Comes to an end when this is raised.
    #[must_use]
    pub fn with_stop(mut self, stop: Stop) -> Self {
        self.stop = stop;
        self
    }

    /// Tells this how it goes.
    #[must_use]
    pub fn with_observer(mut self, observer: Observer) -> Self {
        self.observer = observer;
        self
    }

    /// Says which open cases to read again.
    #[must_use]
    pub fn with_reread(mut self, reread: Reread) -> Self {
        self.reread = reread;
        self
    }

    /// Lets the first listing of an account begin here. Later ones do not look at it.
    #[must_use]
    pub fn with_since(mut self, since: Timestamp) -> Self {
        self.since = Some(since);
        self
    }

    /// Asks for so many cases per request, as far as the platform gives them.
    #[must_use]
    pub fn with_page_size(mut self, cases: u32) -> Self {
        self.page_size = Some(cases);
        self
    }

    /// Reads the cases of these orders, too, again and again as they grow older.
    #[must_use]
    pub fn with_orders(mut self, orders: impl Into<Arc<[Lookup]>>) -> Self {
        self.orders = orders.into();
        self
    }

    /// Writes under this lease, and fails when somebody else has taken the account over.
    #[must_use]
    pub fn with_lease(mut self, lease: Lease) -> Self {
        self.lease = Some(lease);
        self
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }
}

impl fmt::Debug for Options {
    /// Leaves out the orders, which may name buyers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("reread", &self.reread)
            .field("since", &self.since)
            .field("page_size", &self.page_size)
            .field("orders", &self.orders.len())
            .field("lease", &self.lease)
            .finish_non_exhaustive()
    }
}
