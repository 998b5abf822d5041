//! The documented quotas.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Whether the platforms' documented quotas hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Quotas {
    /// Every call is answered.
    #[default]
    Off,
    /// Calls over a documented quota are refused in the platform's dialect.
    Enforced,
}

/// At most so many calls in a window, which opens with its first call.
#[derive(Debug)]
pub(crate) struct Window {
    quotas: Quotas,
    limit: u32,
    length: Duration,
    current: Mutex<Option<(Instant, u32)>>,
    refused: Refused,
}

impl Window {
    pub(crate) fn new(quotas: Quotas, limit: u32, length: Duration) -> Self {
        Self {
            quotas,
            limit,
            length,
            current: Mutex::new(None),
            refused: Refused::default(),
        }
    }

    /// Whether one more call fits.
    pub(crate) fn admits(&self, now: Instant) -> bool {
        if self.quotas == Quotas::Off {
            return true;
        }
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let (opened, calls) = match *current {
            Some((opened, calls)) if now.duration_since(opened) < self.length => (opened, calls),
            _ => (now, 0),
        };
        *current = Some((opened, calls.saturating_add(1)));
        self.refused.unless(calls < self.limit)
    }

    /// How many calls did not fit.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.count()
    }
}

/// A bucket of calls that drains steadily: bursts up to its capacity, then one call per interval.
#[derive(Debug)]
pub(crate) struct LeakyBucket {
    quotas: Quotas,
    capacity: u32,
    interval: Duration,
    /// The instant at which the bucket will have drained.
    empty_at: Mutex<Option<Instant>>,
    refused: Refused,
}

impl LeakyBucket {
    pub(crate) fn new(quotas: Quotas, capacity: u32, interval: Duration) -> Self {
        Self {
            quotas,
            capacity,
            interval,
            empty_at: Mutex::new(None),
            refused: Refused::default(),
        }
    }

    /// Whether one more call fits.
    pub(crate) fn admits(&self, now: Instant) -> bool {
        if self.quotas == Quotas::Off {
            return true;
        }
        let mut empty_at = self.empty_at.lock().unwrap_or_else(PoisonError::into_inner);
        let filled = empty_at.unwrap_or(now).max(now) + self.interval;
        let fits = filled.duration_since(now) <= self.interval * self.capacity;
        if fits {
            *empty_at = Some(filled);
        }
        self.refused.unless(fits)
    }

    /// How many calls did not fit.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.count()
    }
}

/// Counts the calls that did not fit.
#[derive(Debug, Default)]
struct Refused(AtomicU64);

impl Refused {
    fn unless(&self, fits: bool) -> bool {
        if !fits {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
        fits
    }

    fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_window_admits_its_limit_and_then_nothing_until_the_next_one() {
        let window = Window::new(Quotas::Enforced, 3, 60 * SECOND);
        let start = Instant::now();
        let admitted = |at| window.admits(start + at);
        assert_eq!(
            [0, 1, 59, 59].map(|at| admitted(at * SECOND)),
            [true, true, true, false]
        );
        assert!(admitted(60 * SECOND));
        assert_eq!(window.refused(), 1);
    }

    #[test]
    fn a_bucket_admits_a_burst_and_then_a_steady_rate() {
        let bucket = LeakyBucket::new(Quotas::Enforced, 40, SECOND / 2);
        let start = Instant::now();
        assert_eq!((0..50).filter(|_| bucket.admits(start)).count(), 40);
        assert_eq!((0..50).filter(|_| bucket.admits(start + SECOND)).count(), 2);
        assert_eq!(bucket.refused(), 58);
        assert_eq!(
            (0..50)
                .filter(|_| bucket.admits(start + 60 * SECOND))
                .count(),
            40
        );
    }

    #[test]
    fn without_quotas_everything_is_admitted() {
        let window = Window::new(Quotas::Off, 0, SECOND);
        let bucket = LeakyBucket::new(Quotas::Off, 0, SECOND);
        let now = Instant::now();
        assert!((0..1_000).all(|_| window.admits(now) && bucket.admits(now)));
    }
}
