//! How long to wait before the next round.

use std::time::Duration;

use core_model::{ErrorKind, Retry};
use serde::{Deserialize, Serialize};

use crate::{Ending, Failure, Report};

/// The time between two rounds in which all goes well.
const PAUSE: Duration = Duration::from_secs(60);

/// The wait after a first failure, and the longest one.
const FIRST: Duration = Duration::from_secs(30);
const LONGEST: Duration = Duration::from_secs(30 * 60);

/// The same for an account that the platform turns away: it may lock the account of whoever tries too often.
const FIRST_REFUSED: Duration = Duration::from_secs(15 * 60);
const LONGEST_REFUSED: Duration = Duration::from_secs(24 * 60 * 60);

/// What is to become of an account after a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// The next round is after this time.
    Wait(Duration),
    /// The same, with credentials that are fetched anew: somebody may have corrected them meanwhile.
    Reconnect(Duration),
    /// There is no next one: nothing will get better by waiting.
    End,
}

/// Knows how often an account has failed in a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Patience {
    failures: u32,
}

impl Patience {
    /// Takes a round into account.
    pub(crate) fn after(&mut self, report: &Report) -> Then {
        let failure = match &report.ending {
            Ending::Interrupted => return Then::End,
            Ending::Complete => {
                self.failures = 0;
                // Half of a platform's quota is left to others, however much there is to read.
                return Then::Wait(PAUSE.max(report.took));
            }
            Ending::Failed(failure) => failure,
        };
        let wait = |first, longest| jittered(doubled(first, self.failures).min(longest));
        let then = match failure {
            Failure::Platform(error) => match error.kind() {
                ErrorKind::Unauthenticated
                | ErrorKind::PermissionDenied
                | ErrorKind::Config
                | ErrorKind::Unsupported => Then::Reconnect(wait(FIRST_REFUSED, LONGEST_REFUSED)),
                _ => {
                    let wait = wait(FIRST, LONGEST);
                    Then::Wait(match error.retry() {
                        Retry::After(asked) => wait.max(asked),
                        _ => wait,
                    })
                }
            },
            Failure::Copy(error) => match error.kind() {
                store::ErrorKind::Busy
                | store::ErrorKind::Full
                | store::ErrorKind::Unavailable
                | store::ErrorKind::LeaseLost => Then::Wait(wait(FIRST, LONGEST)),
                _ => Then::End,
            },
        };
        self.failures = self.failures.saturating_add(1);
        then
    }
}

fn doubled(first: Duration, times: u32) -> Duration {
    first.saturating_mul(2_u32.saturating_pow(times))
}

/// Between half of a time and all of it, so that accounts that failed together do not come back together.
fn jittered(longest: Duration) -> Duration {
    let millis = u64::try_from(longest.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(fastrand::u64(millis / 2..=millis))
}

#[cfg(test)]
mod tests {
    use core_model::Error;
    use store::Counts;

    use super::*;

    fn report(ending: Ending, seconds: u64) -> Report {
        Report {
            counts: Counts::default(),
            out_of_reach: 0,
            took: Duration::from_secs(seconds),
            ending,
        }
    }

    fn failed(error: impl Into<Failure>) -> Report {
        report(Ending::Failed(error.into()), 1)
    }

    fn platform(kind: ErrorKind) -> Report {
        failed(Error::new(kind, "no"))
    }

    /// Whether a wait is as long as this at the most, and half as long at least.
    #[track_caller]
    fn assert_up_to(wait: Duration, seconds: u64) {
        let longest = Duration::from_secs(seconds);
        assert!(
            wait <= longest && wait >= longest / 2,
            "{wait:?}, not {longest:?}"
        );
    }

    #[test]
    fn rounds_that_go_well_follow_each_other_and_leave_half_of_the_quota() {
        let mut patience = Patience::default();
        for (took, wait) in [(1, 60), (59, 60), (600, 600)] {
            let then = patience.after(&report(Ending::Complete, took));
            assert_eq!(then, Then::Wait(Duration::from_secs(wait)));
        }
        assert_eq!(patience.after(&report(Ending::Interrupted, 1)), Then::End);
    }

    #[test]
    fn failures_in_a_row_are_waited_for_longer_and_longer() {
        let mut patience = Patience::default();
        for longest in [30, 60, 120, 240, 480, 960, 1800, 1800] {
            let Then::Wait(wait) = patience.after(&platform(ErrorKind::Unavailable)) else {
                panic!("an outage ends")
            };
            assert_up_to(wait, longest);
        }
        patience.after(&report(Ending::Complete, 1));
        let Then::Wait(wait) = patience.after(&platform(ErrorKind::Timeout)) else {
            panic!("an outage ends")
        };
        assert_up_to(wait, 30);
    }

    #[test]
    fn who_is_turned_away_hardly_tries_again() {
        for kind in [
            ErrorKind::Unauthenticated,
            ErrorKind::PermissionDenied,
            ErrorKind::Config,
        ] {
            let mut patience = Patience::default();
            let mut day = Duration::ZERO;
            let mut tries = 0;
            while day < LONGEST_REFUSED {
                let Then::Reconnect(wait) = patience.after(&platform(kind)) else {
                    panic!("{kind:?}")
                };
                assert!(wait >= FIRST_REFUSED / 2, "{wait:?}");
                day += wait;
                tries += 1;
            }
            assert!(tries < 10, "{tries}");
        }
    }

    #[test]
    fn a_platform_that_says_how_long_is_heard() {
        let asked = Duration::from_secs(7200);
        let error = Error::new(ErrorKind::RateLimited, "wait").with_retry(Retry::After(asked));
        let then = Patience::default().after(&failed(error));
        assert_eq!(then, Then::Wait(asked));
    }

    #[test]
    fn a_copy_that_may_come_back_is_waited_for_and_a_broken_one_is_not() {
        use store::ErrorKind as K;
        for (kind, ends) in [
            (K::Busy, false),
            (K::Full, false),
            (K::Unavailable, false),
            (K::LeaseLost, false),
            (K::Corrupt, true),
            (K::Newer, true),
            (K::ReadOnly, true),
            (K::Config, true),
            (K::Database, true),
        ] {
            let then = Patience::default().after(&failed(store::Error::new(kind, "no")));
            assert_eq!(then == Then::End, ends, "{kind:?}");
        }
    }

    #[test]
    fn a_thousand_failures_are_no_overflow() {
        let mut patience = Patience { failures: u32::MAX };
        let Then::Wait(wait) = patience.after(&platform(ErrorKind::Network)) else {
            panic!("an outage ends")
        };
        assert_up_to(wait, 1800);
    }
}
