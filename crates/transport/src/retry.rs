//! When to try again.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use core_model::{Error, Result, Retry};
use tokio::time::{Instant, sleep};

use crate::dialect::Then;
use crate::verdict::Judged;

/// How patient a call is.
///
/// Before attempt *n* + 1 it waits for a random time between nothing and `first_delay` × 2ⁿ⁻¹, at
/// most `longest_delay` ("full jitter"), or as long as the platform asks with `Retry-After`. It
/// gives up when the attempts are used up, or when the wait would end after `total` since the first
/// attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often to send a request, the first time included.
    pub attempts: u32,
    /// The longest wait before the second attempt.
    pub first_delay: Duration,
    /// The longest wait before any attempt.
    pub longest_delay: Duration,
    /// The time for all attempts together.
    pub total: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 4,
            first_delay: Duration::from_secs(1),
            longest_delay: Duration::from_secs(30),
            total: Duration::from_secs(120),
        }
    }
}

impl RetryPolicy {
    /// Sends a request only once, and once more where an expired token has to be renewed.
    pub fn never() -> Self {
        Self {
            attempts: 1,
            ..Self::default()
        }
    }
}

/// The attempts of one call.
pub(crate) struct Attempts {
    policy: RetryPolicy,
    ceilings: ExponentialBackoff,
    count: u32,
    first: Option<Instant>,
}

impl Attempts {
    pub(crate) fn new(policy: RetryPolicy) -> Self {
        let ceilings = ExponentialBuilder::default()
            .with_min_delay(policy.first_delay)
            .with_max_delay(policy.longest_delay)
            .without_max_times()
            .build();
        Self {
            policy,
            ceilings,
            count: 0,
            first: None,
        }
    }

    /// Counts an attempt that is about to be made.
    pub(crate) fn begin(&mut self) {
        self.count += 1;
        self.first.get_or_insert_with(Instant::now);
    }

    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// How much of the time for all attempts is left.
    pub(crate) fn time_left(&self) -> Duration {
        let elapsed = self.first.map_or(Duration::ZERO, |first| first.elapsed());
        self.policy.total.saturating_sub(elapsed)
    }

    /// Waits before the next attempt, or says why there is none.
    pub(crate) async fn wait_or_fail(&mut self, judged: Judged) -> Result<()> {
        let delay = self.delay(judged)?;
        sleep(delay).await;
        Ok(())
    }

    fn delay(&mut self, judged: Judged) -> Result<Duration, Error> {
        let Judged {
            error, then, after, ..
        } = judged;
        if then != Then::Retry {
            return Err(error.with_retry(Retry::Never));
        }
        let give_up = after.map_or(Retry::Exhausted, Retry::After);
        let delay = match after {
            Some(after) => after,
            None => {
                let longest = self.policy.longest_delay;
                full_jitter(self.ceilings.next().unwrap_or(longest).min(longest))
            }
        };
        if self.count >= self.policy.attempts || delay > self.time_left() {
            return Err(error.with_retry(give_up));
        }
        Ok(delay)
    }
}

/// A random time between nothing and a ceiling: clients that failed together do not come back
/// together.
fn full_jitter(ceiling: Duration) -> Duration {
    let millis = u64::try_from(ceiling.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(fastrand::u64(0..=millis))
}
