//! Which events were printed already.

use std::collections::{HashSet, VecDeque};

use aftersales::push;

/// So many keys are remembered. The longest that a platform goes on delivering is two days.
const KEYS: usize = 10_000;

/// The latest keys of an account, by their digests: they may be of any length.
#[derive(Debug, Default)]
pub(super) struct LatestKeys {
    known: HashSet<String>,
    in_order: VecDeque<String>,
}

impl LatestKeys {
    /// Remembers a key; whether it is a new one.
    pub(super) fn is_new(&mut self, key: &str) -> bool {
        let digest = push::digest(key.as_bytes());
        if !self.known.insert(digest.clone()) {
            return false;
        }
        self.in_order.push_back(digest);
        if self.in_order.len() > KEYS
            && let Some(oldest) = self.in_order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_keys_are_remembered_and_no_more() {
        let mut keys = LatestKeys::default();
        assert!(keys.is_new("0"));
        assert!(!keys.is_new("0"));
        for key in 1..KEYS {
            assert!(keys.is_new(&key.to_string()));
        }
        assert!(!keys.is_new("0"), "the oldest of them");
        assert!(keys.is_new("one more"));
        assert_eq!((keys.known.len(), keys.in_order.len()), (KEYS, KEYS));
        assert!(!keys.is_new("1"));
        assert!(keys.is_new("0"), "forgotten");
    }
}
