//! Messages that may come by the thousand: each at once, and then a line per minute with their number.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// Counts messages. There have to be few different ones: none may hold what a stranger chose.
#[derive(Debug, Default)]
pub(super) struct Tally {
    counts: Mutex<BTreeMap<String, Count>>,
    fresh: Notify,
}

#[derive(Debug, Default)]
struct Count {
    untold: u64,
    was_told: bool,
}

impl Tally {
    /// Counts a message.
    pub(super) fn count(&self, message: String) {
        let mut counts = self.counts();
        let count = counts.entry(message).or_default();
        count.untold += 1;
        if !count.was_told {
            self.fresh.notify_one();
        }
    }

    /// Waits until there is a message that was not told within the last minute.
    pub(super) async fn fresh(&self) {
        self.fresh.notified().await;
    }

    /// The lines of messages that were not told within the last minute.
    pub(super) fn first(&self) -> Vec<String> {
        let mut counts = self.counts();
        let fresh = counts.iter_mut().filter(|(_, count)| !count.was_told);
        fresh.map(|(message, count)| count.tell(message)).collect()
    }

    /// At the end of a minute: the lines of all that came within it and was not told.
    pub(super) fn rest(&self) -> Vec<String> {
        let mut counts = self.counts();
        counts.retain(|_, count| count.untold > 0);
        let untold = counts.iter_mut();
        untold.map(|(message, count)| count.tell(message)).collect()
    }

    fn counts(&self) -> MutexGuard<'_, BTreeMap<String, Count>> {
        // Nothing that holds it can panic.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Count {
    fn tell(&mut self, message: &str) -> String {
        self.was_told = true;
        match std::mem::take(&mut self.untold) {
            1 => message.to_owned(),
            times => format!("{message} ({times} times)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_told_at_once_and_then_by_the_minute() {
        let tally = Tally::default();
        let count = |message: &str, times| {
            for _ in 0..times {
                tally.count(message.to_owned());
            }
        };
        count("a", 1);
        assert_eq!(tally.first(), ["a"]);
        count("a", 999);
        count("b", 2);
        assert_eq!(tally.first(), ["b (2 times)"]);
        assert_eq!(tally.first(), [""; 0]);
        count("b", 1);
        assert_eq!(tally.rest(), ["a (999 times)", "b"]);
        count("a", 1);
        assert_eq!(tally.first(), [""; 0], "told within the last minute");
        assert_eq!(tally.rest(), ["a"]);
        assert_eq!(tally.rest(), [""; 0]);
        count("a", 1);
        assert_eq!(tally.first(), ["a"], "after a minute without");
    }
}
