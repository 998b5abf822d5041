//! Tokens that are issued, replaced and expire.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What the platforms' documented examples say a token is good for.
const LIFETIME: Duration = Duration::from_secs(7_200);

/// WeChat and Xiaoe document that a replaced token works for five more minutes.
pub(crate) const OVERLAP: Duration = Duration::from_secs(300);

/// A token that is not replaced by the next one is good for as long as it lives.
pub(crate) const NO_REPLACEMENT: Duration = LIFETIME;

/// The oldest tokens are forgotten beyond this many, so that a client that logs in for every call
/// does not fill the memory.
const MOST_LIVE: usize = 1_000;

/// The tokens of one endpoint.
#[derive(Debug)]
pub(crate) struct Tokens {
    prefix: &'static str,
    book: Mutex<Book>,
}

#[derive(Debug, Default)]
struct Book {
    issued: u64,
    live: VecDeque<Live>,
}

#[derive(Debug, Clone, Copy)]
struct Live {
    serial: u64,
    until: Instant,
}

impl Book {
    fn issue(&mut self, now: Instant, overlap: Duration) -> Live {
        self.live.retain(|token| token.until > now);
        for token in &mut self.live {
            token.until = token.until.min(now + overlap);
        }
        if self.live.len() >= MOST_LIVE {
            self.live.pop_front();
        }
        self.issued += 1;
        let token = Live {
            serial: self.issued,
            until: now + LIFETIME,
        };
        self.live.push_back(token);
        token
    }
}

/// A token and the seconds it is good for.
#[derive(Debug)]
pub(crate) struct Issued {
    pub(crate) token: String,
    pub(crate) expires_in: u64,
}

/// What a token is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Live,
    /// Issued once, no longer good.
    Expired,
    /// Never issued.
    Unknown,
}

impl Tokens {
    /// Tokens are the prefix and a number.
    pub(crate) fn new(prefix: &'static str) -> Self {
        Self {
            prefix,
            book: Mutex::default(),
        }
    }

    /// A new token; the earlier ones work for `overlap` more.
    pub(crate) fn issue(&self, now: Instant, overlap: Duration) -> Issued {
        let token = self.book().issue(now, overlap);
        self.describe(token, now)
    }

    /// The newest token while it is good for longer than the overlap, else a new one.
    pub(crate) fn current(&self, now: Instant) -> Issued {
        let mut book = self.book();
        let token = match book.live.back() {
            Some(&token) if token.until > now + OVERLAP => token,
            _ => book.issue(now, OVERLAP),
        };
        self.describe(token, now)
    }

    pub(crate) fn verdict(&self, token: &str, now: Instant) -> Verdict {
        let serial = token.strip_prefix(self.prefix).map(str::parse::<u64>);
        let Some(Ok(serial)) = serial else {
            return Verdict::Unknown;
        };
        let book = self.book();
        let is_live = |live: &Live| live.serial == serial && live.until > now;
        if book.live.iter().any(is_live) {
            Verdict::Live
        } else if (1..=book.issued).contains(&serial) {
            Verdict::Expired
        } else {
            Verdict::Unknown
        }
    }

    pub(crate) fn expire_all(&self) {
        self.book().live.clear();
    }

    pub(crate) fn issued(&self) -> u64 {
        self.book().issued
    }

    fn describe(&self, token: Live, now: Instant) -> Issued {
        Issued {
            token: format!("{}{}", self.prefix, token.serial),
            expires_in: token.until.saturating_duration_since(now).as_secs(),
        }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_replaced_token_works_for_the_overlap() {
        let tokens = Tokens::new("token-");
        let start = Instant::now();
        let first = tokens.issue(start, OVERLAP);
        let second = tokens.issue(start + SECOND, OVERLAP);
        assert_eq!(first.expires_in, 7_200);
        assert_eq!(
            tokens.verdict(&first.token, start + 300 * SECOND),
            Verdict::Live
        );
        assert_eq!(
            tokens.verdict(&first.token, start + 301 * SECOND),
            Verdict::Expired
        );
        assert_eq!(
            tokens.verdict(&second.token, start + 301 * SECOND),
            Verdict::Live
        );
        assert_eq!(tokens.issued(), 2);
    }

    #[test]
    fn the_current_token_stays_until_its_last_five_minutes() {
        let tokens = Tokens::new("token-");
        let start = Instant::now();
        let first = tokens.current(start);
        assert_eq!(tokens.current(start + 6_800 * SECOND).token, first.token);
        assert_eq!(tokens.current(start + 6_800 * SECOND).expires_in, 400);
        assert_ne!(tokens.current(start + 6_900 * SECOND).token, first.token);
    }

    #[test]
    fn only_issued_tokens_are_known() {
        let tokens = Tokens::new("token-");
        let now = Instant::now();
        let issued = tokens.issue(now, NO_REPLACEMENT).token;
        for unknown in ["", "token-", "token-0", "token-2", "other-1"] {
            assert_eq!(tokens.verdict(unknown, now), Verdict::Unknown, "{unknown}");
        }
        tokens.expire_all();
        assert_eq!(tokens.verdict(&issued, now), Verdict::Expired);
    }

    #[test]
    fn tokens_that_are_never_used_do_not_pile_up() {
        let tokens = Tokens::new("token-");
        let now = Instant::now();
        for _ in 0..MOST_LIVE + 10 {
            tokens.issue(now, NO_REPLACEMENT);
        }
        assert_eq!(tokens.book().live.len(), MOST_LIVE);
    }
}
