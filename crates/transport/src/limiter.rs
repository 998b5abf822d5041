//! Keeps within a platform's quota.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use core_model::Quota;
use governor::RateLimiter;
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

/// Keeps calls within quotas. Clones share the count: give one to all clients of an account.
#[derive(Debug, Clone)]
pub struct Limiter(Arc<[Limit]>);

/// Which calls a quota counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All calls together.
    All,
    /// The calls of one operation.
    Operation(&'static str),
}

#[derive(Debug)]
struct Limit {
    scope: Scope,
    bucket: RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Duration>>,
    /// How many calls the bucket holds, and how long it takes to regain one.
    burst: NonZeroU32,
    interval: Duration,
    clock: TokioClock,
    /// Whoever came first goes first: pages that are asked for at once are to be asked for in their order.
    turn: Mutex<()>,
}

impl Limiter {
    /// A limiter with these quotas; a call has to fit in all that count it.
    pub fn new(quotas: &[(Scope, Quota)]) -> Self {
        let clock = TokioClock(Instant::now());
        Self(
            quotas
                .iter()
                .map(|&(scope, quota)| {
                    let pace = paced(quota);
                    Limit {
                        scope,
                        bucket: RateLimiter::direct_with_clock(pace, clock),
                        burst: pace.burst_size(),
                        interval: pace.replenish_interval(),
                        clock,
                        turn: Mutex::new(()),
                    }
                })
                .collect(),
        )
    }

    /// No limit at all.
    pub fn unlimited() -> Self {
        Self::new(&[])
    }

    /// Lets the quotas be used up, but for what was regained since `idle` ago: somebody else may have made calls until
    /// then, of whom nothing more is known.
    pub(crate) fn taken_over_after(self, idle: Duration) -> Self {
        for limit in self.0.iter() {
            let regained = idle.as_nanos() / limit.interval.as_nanos().max(1);
            let regained = u32::try_from(regained).unwrap_or(u32::MAX);
            let used = limit.burst.get().saturating_sub(regained);
            if let Some(used) = NonZeroU32::new(used) {
                // A fresh bucket holds as much as that.
                let _ = limit.bucket.check_n(used);
            }
        }
        self
    }

    /// Waits until a call of this operation may go out.
    pub(crate) async fn permit(&self, operation: &str) {
        let counting = self.0.iter().filter(|limit| match limit.scope {
            Scope::All => true,
            Scope::Operation(name) => name == operation,
        });
        for limit in counting {
            let _turn = limit.turn.lock().await;
            while let Err(not_yet) = limit.bucket.check() {
                sleep(not_yet.wait_time_from(limit.clock.now())).await;
            }
        }
    }
}

/// The pace that stays within a quota wherever the platform starts to count.
///
/// A bucket keeps one call in reserve for answers that overtake each other on the way. A window of
/// so many calls is spread evenly, with a small burst that is taken off the rate, so that no stretch
/// of its length ever holds more.
fn paced(quota: Quota) -> governor::Quota {
    const WINDOW_BURST: u32 = 5;
    let (burst, rate, per) = match quota {
        Quota::Bucket {
            capacity,
            per_second,
        } => (capacity.saturating_sub(1), per_second, 1),
        Quota::Window { calls, seconds } => {
            let burst = WINDOW_BURST.min(calls.div_ceil(2));
            (burst, calls - burst, seconds)
        }
    };
    let at_least_one = |count: u32| NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
    let interval = Duration::from_secs(u64::from(per)) / at_least_one(rate).get();
    governor::Quota::with_period(interval.max(Duration::from_nanos(1)))
        .unwrap_or_else(|| governor::Quota::per_second(NonZeroU32::MIN))
        .allow_burst(at_least_one(burst))
}

/// Tokio's clock, which tests can turn.
#[derive(Debug, Clone, Copy)]
struct TokioClock(Instant);

impl Clock for TokioClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    /// When each of `calls` permits is given, in milliseconds.
    async fn permits(quota: Quota, calls: usize) -> Vec<u128> {
        permits_of(&Limiter::new(&[(Scope::All, quota)]), calls).await
    }

    async fn permits_of(limiter: &Limiter, calls: usize) -> Vec<u128> {
        let start = Instant::now();
        let mut at = Vec::new();
        for _ in 0..calls {
            limiter.permit("any").await;
            at.push(start.elapsed().as_millis());
        }
        at
    }

    #[tokio::test(start_paused = true)]
    async fn no_minute_holds_more_than_a_window_allows_and_hardly_less() {
        let at = permits(
            Quota::Window {
                calls: 300,
                seconds: 60,
            },
            1500,
        )
        .await;
        for (i, &start) in at.iter().enumerate() {
            let held = at[i..].iter().take_while(|&&t| t < start + 60_000).count();
            assert!(held <= 300, "{held} calls from {start} ms");
        }
        let per_minute = 1500 * 60_000 / at.last().unwrap();
        assert!(per_minute >= 294, "{per_minute} calls a minute");
    }

    #[tokio::test(start_paused = true)]
    async fn a_bucket_is_never_overdrawn() {
        let at = permits(
            Quota::Bucket {
                capacity: 40,
                per_second: 2,
            },
            200,
        )
        .await;
        for (i, &t) in at.iter().enumerate() {
            let allowed = 40 + usize::try_from(t).unwrap() / 500;
            assert!(i < allowed, "call {i} at {t} ms");
        }
        let allowed = 40 + usize::try_from(*at.last().unwrap()).unwrap() / 500;
        assert!(at.len() * 100 >= allowed * 98, "{} of {allowed}", at.len());
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_over_has_what_was_regained_meanwhile() {
        let bucket = Quota::Bucket {
            capacity: 40,
            per_second: 2,
        };
        let window = Quota::Window {
            calls: 300,
            seconds: 60,
        };
        for (quota, idle, at_once) in [
            (bucket, Duration::ZERO, 0),
            (bucket, Duration::from_millis(499), 0),
            (bucket, Duration::from_secs(3), 6),
            (bucket, Duration::from_secs(19), 38),
            (bucket, Duration::MAX, 39),
            (window, Duration::ZERO, 0),
            (window, Duration::from_secs(60), 5),
        ] {
            let limiter = Limiter::new(&[(Scope::All, quota)]).taken_over_after(idle);
            let at = permits_of(&limiter, 45).await;
            let immediate = at.iter().take_while(|&&t| t == 0).count();
            assert_eq!(immediate, at_once, "{quota:?} {idle:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn quotas_of_operations_do_not_count_each_other() {
        let quota = Quota::Bucket {
            capacity: 2,
            per_second: 1,
        };
        let limiter = Limiter::new(&[(Scope::Operation("a"), quota)]);
        let start = Instant::now();
        for _ in 0..100 {
            limiter.permit("b").await;
        }
        assert!(start.elapsed().is_zero());
    }

    #[tokio::test(start_paused = true)]
    async fn who_came_first_goes_first() {
        let bucket = Quota::Bucket {
            capacity: 2,
            per_second: 1,
        };
        let limiter = Limiter::new(&[(Scope::All, bucket)]);
        limiter.permit("any").await;
        let mut first = Box::pin(limiter.permit("any"));
        assert!(first.as_mut().now_or_never().is_none());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(limiter.permit("any").now_or_never().is_none());
        first.await;
    }

    #[tokio::test(start_paused = true)]
    async fn clones_share_the_count() {
        let limiter = Limiter::new(&[(
            Scope::All,
            Quota::Bucket {
                capacity: 2,
                per_second: 1,
            },
        )]);
        let start = Instant::now();
        limiter.clone().permit("a").await;
        limiter.permit("a").await;
        assert!(!start.elapsed().is_zero());
    }
}
