//! Keeps an account's token.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use core_model::{Error, Result};
use secrecy::SecretString;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::Token;

/// Keeps the token of an account. It is fetched once for all callers that wait for it, and when that
/// fails, it fails for all of them.
#[derive(Debug, Default)]
pub(crate) struct TokenCache {
    /// How many fetches have ended.
    fetches: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    generation: u64,
    current: Option<(SecretString, Option<Instant>)>,
    failure: Option<Error>,
}

/// A token in use. It knows which generation it is, so that of many calls that fail with the same
/// token only the first has it replaced.
#[derive(Debug, Clone)]
pub(crate) struct Issued {
    value: SecretString,
    generation: Option<u64>,
}

impl Issued {
    /// A token from the configuration, which nobody can renew.
    pub(crate) fn fixed(value: &SecretString) -> Self {
        Self {
            value: value.clone(),
            generation: None,
        }
    }

    pub(crate) fn value(&self) -> &SecretString {
        &self.value
    }

    pub(crate) fn is_renewable(&self) -> bool {
        self.generation.is_some()
    }
}

impl TokenCache {
    /// The current token, or a new one when there is none or it is about to expire. Callers that
    /// come meanwhile wait for the same fetch.
    pub(crate) async fn get(&self, fetch: impl AsyncFnOnce() -> Result<Token>) -> Result<Issued> {
        let seen = self.fetches.load(Ordering::Acquire);
        let mut state = self.state.lock().await;
        let live = |expiry: &Option<Instant>| expiry.is_none_or(|expiry| Instant::now() < expiry);
        if let Some((value, _)) = state.current.as_ref().filter(|(_, expiry)| live(expiry)) {
            return Ok(Issued {
                value: value.clone(),
                generation: Some(state.generation),
            });
        }
        if let Some(failure) = &state.failure
            && self.fetches.load(Ordering::Acquire) > seen
        {
            return Err(failure.clone());
        }
        state.current = None;
        let fetched = fetch().await;
        self.fetches.fetch_add(1, Ordering::Release);
        state.failure = fetched.as_ref().err().cloned();
        let token = fetched?;
        let expiry = token.lifetime_seconds.and_then(renewal_time);
        state.generation += 1;
        state.current = Some((token.value.clone(), expiry));
        Ok(Issued {
            value: token.value,
            generation: Some(state.generation),
        })
    }

    /// Drops a token that the platform refused, unless it has been replaced already.
    pub(crate) async fn reject(&self, token: &Issued) {
        let mut state = self.state.lock().await;
        if token.generation == Some(state.generation) {
            state.current = None;
        }
    }
}

/// When to fetch the next token: a minute, or for short-lived ones a tenth of the lifetime, before
/// this one expires.
fn renewal_time(lifetime_seconds: u64) -> Option<Instant> {
    const MARGIN: Duration = Duration::from_secs(60);
    let lifetime = Duration::from_secs(lifetime_seconds);
    Instant::now().checked_add(lifetime - MARGIN.min(lifetime / 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(value: &str, lifetime_seconds: Option<u64>) -> Token {
        Token {
            value: value.into(),
            lifetime_seconds,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_replaced_shortly_before_it_expires() {
        let cache = TokenCache::default();
        cache
            .get(async || Ok(token("a", Some(7200))))
            .await
            .unwrap();
        for (seconds, generation) in [(7139, 1), (1, 2)] {
            tokio::time::advance(Duration::from_secs(seconds)).await;
            let issued = cache.get(async || Ok(token("b", None))).await.unwrap();
            assert_eq!(issued.generation, Some(generation));
        }
    }

    #[tokio::test]
    async fn a_late_refusal_does_not_drop_the_new_token() {
        let cache = TokenCache::default();
        let fetch = async || Ok(token("t", Some(u64::MAX)));
        let old = cache.get(fetch).await.unwrap();
        cache.reject(&old).await;
        let new = cache.get(fetch).await.unwrap();
        cache.reject(&old).await;
        assert_eq!(cache.get(fetch).await.unwrap().generation, new.generation);
    }
}
