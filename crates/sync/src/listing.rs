//! What changed since the round before.

use core_model::{AfterSalesExt, Cursor, Error, ErrorKind, Paging, Query};
use futures_util::StreamExt;
use jiff::{SignedDuration, Timestamp};
use store::Reading;

use crate::drift::{Drift, Pass};
use crate::failure::Halt;
use crate::position::{Position, UnderWay};
use crate::round::Round;
use crate::{Listing, Reread};

/// A listing begins so long before the one before it began: clocks differ, and a change may show some time after the time
/// that it states.
const OVERLAP: SignedDuration = SignedDuration::from_mins(10);

/// What can only be listed as a whole is listed so often, where one round follows the other.
const WHOLE_AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// Where the first listing begins on a platform that wants to be told.
const FIRST_START: SignedDuration = SignedDuration::from_hours(2 * 365 * 24);

/// A listing that moves while it is read is read so often. A case is missed only if it slips through every time.
const PASSES: u32 = 3;

/// A listing that is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Task {
    by: By,
    since: Option<Timestamp>,
    /// When it began or begins.
    began: Timestamp,
    /// Where it goes on.
    at: Option<Cursor>,
}

/// What a listing goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Change,
    Creation,
    Nothing,
}

impl Round<'_> {
    /// Lists until what happened before this round is in the copy.
    pub(crate) async fn list(&self, mut position: Position) -> Result<(), Halt> {
        while let Some(task) = self.next_task(&position) {
            position = self.read_listing(task, position.done).await?;
        }
        Ok(())
    }

    fn next_task(&self, position: &Position) -> Option<Task> {
        let start = || {
            let needs_start = self.platform.capabilities().operations.needs_start;
            let default = needs_start.then(|| before(self.began, FIRST_START));
            self.options.since.or(default)
        };
        let every = self.options.reread == Reread::All;
        next_task(self.strategy.listing, position, self.began, every, start)
    }

    /// Reads a listing, again if it moves meanwhile, and returns the position behind it.
    async fn read_listing(
        &self,
        mut task: Task,
        done: Option<Timestamp>,
    ) -> Result<Position, Halt> {
        let mut query = self.query_of(&task);
        if task.at.is_some() {
            // Nobody knows what the first page was when this began.
            query = query.in_turn();
        }
        let behind = Position {
            done: Some(task.began),
            under_way: None,
        };
        let mut passes = 1;
        while passes <= PASSES {
            let goes_on = task.at.is_some();
            match self.read_pass(&query, &task, done, passes < PASSES).await {
                Ok(true) => return Ok(behind),
                Ok(false) => passes += 1,
                // The platform has forgotten the place, or the account has other settings now.
                Err(Broken::AtTheStart(error)) if goes_on && is_about_the_place(&error) => {}
                Err(Broken::AtTheStart(error)) => return Err(error.into()),
                Err(Broken::Later(halt)) => return Err(halt),
            }
            task.at = None;
            // Slower, and less can slip through.
            query = query.in_turn();
        }
        Ok(behind)
    }

    /// Reads a listing to its end. Returns whether nothing can have slipped through, or this was the last try.
    async fn read_pass(
        &self,
        query: &Query,
        task: &Task,
        done: Option<Timestamp>,
        may_repeat: bool,
    ) -> Result<bool, Broken> {
        let mut drift = Drift::new(Pass {
            goes_on: task.at.is_some(),
            is_ahead: self.platform.capabilities().paging == Paging::Numbered
                && !query.wants_turns(),
            is_closed: query.created().until().is_some(),
        });
        let mut pages = self.platform.pages_from(query.clone(), task.at.clone());
        let mut is_first = true;
        while let Some(page) = self.answer(pages.next()).await? {
            let page = match page {
                Err(error) if is_first => return Err(Broken::AtTheStart(error)),
                page => page.map_err(Halt::from)?,
            };
            is_first = false;
            drift.see(&page);
            let is_last = page.next.is_none();
            if is_last && may_repeat && drift.asks_for_front() {
                let front = self.answer(self.platform.page(query, None)).await?;
                drift.see_front(&front.map_err(Halt::from)?);
            }
            let is_settled = is_last && !(may_repeat && drift.is_suspect());
            let position = self.position_after(task, done, page.next.clone(), is_settled);
            let reading = match task.by {
                // Whatever changes is listed: nobody asks when a case was read.
                By::Change => Reading::Listed,
                By::Creation | By::Nothing => Reading::LookedUp,
            };
            let position = position.as_ref();
            self.write_page(page, reading, task.began, position).await?;
            if is_last {
                return Ok(is_settled);
            }
        }
        Ok(true)
    }

    /// The position that covers a page.
    ///
    /// A range of changes is left by whatever changes, so that a place in it is soon another one: it is short, and begun
    /// anew.
    fn position_after(
        &self,
        task: &Task,
        done: Option<Timestamp>,
        next: Option<Cursor>,
        is_settled: bool,
    ) -> Option<Position> {
        let (done, under_way) = match (is_settled, task.by) {
            (true, _) => (Some(task.began), None),
            (false, By::Change) => return None,
            (false, By::Creation | By::Nothing) => {
                let (began, since) = (task.began, task.since);
                (done, Some(UnderWay { began, since, next }))
            }
        };
        Some(Position { done, under_way })
    }

    fn query_of(&self, task: &Task) -> Query {
        let query = self.query();
        match task.by {
            // It is short, and whatever changes moves.
            By::Change => {
                let since = task.since.into_iter();
                since.fold(query.in_turn(), Query::with_updated_since)
            }
            // What is opened meanwhile is for the next round, and moves nothing now.
            By::Creation => {
                let query = query.with_created_until(task.began);
                let since = task.since.into_iter();
                since.fold(query, Query::with_created_since)
            }
            // Also where there is no such filter: asking for it is refused, and says so.
            By::Nothing => {
                let since = task.since.into_iter();
                since.fold(query, Query::with_created_since)
            }
        }
    }
}

/// Why a pass did not come to its end.
enum Broken {
    /// Its first page was refused.
    AtTheStart(Error),
    Later(Halt),
}

impl From<Halt> for Broken {
    fn from(halt: Halt) -> Self {
        Self::Later(halt)
    }
}

/// Whether the platform may only have refused the place at which to go on.
fn is_about_the_place(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Config | ErrorKind::Rejected | ErrorKind::NotFound | ErrorKind::Decode
    )
}

/// What to list next, in a round that began at `now`; `None` when that is all.
fn next_task(
    listing: Listing,
    position: &Position,
    now: Timestamp,
    every: bool,
    first_start: impl Fn() -> Option<Timestamp>,
) -> Option<Task> {
    let first = match listing {
        Listing::None => return None,
        Listing::Changed {
            first_by_creation: true,
        }
        | Listing::Opened => By::Creation,
        Listing::Changed { .. } | Listing::Whole => By::Nothing,
    };
    let later = match listing {
        Listing::Changed { .. } => By::Change,
        _ => first,
    };
    let by = if position.done.is_none() {
        first
    } else {
        later
    };
    if let Some(UnderWay { began, since, next }) = position.under_way.clone() {
        let at = next;
        return Some(Task {
            by,
            since,
            began,
            at,
        });
    }
    let since = match position.done {
        None => first_start(),
        Some(done) if done >= now => return None,
        Some(done) if listing == Listing::Whole => {
            let is_recent = now.duration_since(done) < WHOLE_AGAIN;
            if is_recent && !every {
                return None;
            }
            None
        }
        Some(done) => Some(before(done, OVERLAP)),
    };
    Some(Task {
        by,
        since,
        began: now,
        at: None,
    })
}

fn before(at: Timestamp, span: SignedDuration) -> Timestamp {
    at.checked_sub(span).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    const CHANGED: Listing = Listing::Changed {
        first_by_creation: true,
    };
    const BARE: Listing = Listing::Changed {
        first_by_creation: false,
    };

    /// What is listed next at second 100,000, with a start of 7 for what needs one.
    fn next(listing: Listing, position: &Position, every: bool) -> Option<(By, Option<i64>, i64)> {
        let task = next_task(listing, position, at(100_000), every, || Some(at(7)))?;
        let since = task.since.map(Timestamp::as_second);
        Some((task.by, since, task.began.as_second()))
    }

    #[test]
    fn the_first_listing_is_of_everything_and_the_later_ones_overlap() {
        let done = |second| Position {
            done: Some(at(second)),
            under_way: None,
        };
        for (listing, position, expected) in [
            (Listing::None, Position::default(), None),
            (
                CHANGED,
                Position::default(),
                Some((By::Creation, Some(7), 100_000)),
            ),
            (
                BARE,
                Position::default(),
                Some((By::Nothing, Some(7), 100_000)),
            ),
            (
                Listing::Opened,
                Position::default(),
                Some((By::Creation, Some(7), 100_000)),
            ),
            (
                Listing::Whole,
                Position::default(),
                Some((By::Nothing, Some(7), 100_000)),
            ),
            (
                CHANGED,
                done(90_000),
                Some((By::Change, Some(89_400), 100_000)),
            ),
            (
                BARE,
                done(90_000),
                Some((By::Change, Some(89_400), 100_000)),
            ),
            (
                Listing::Opened,
                done(90_000),
                Some((By::Creation, Some(89_400), 100_000)),
            ),
            (
                Listing::Whole,
                done(90_000),
                Some((By::Nothing, None, 100_000)),
            ),
            // This round has done it, or one that began later.
            (CHANGED, done(100_000), None),
            (Listing::Whole, done(100_000), None),
            (CHANGED, done(100_001), None),
        ] {
            assert_eq!(
                next(listing, &position, true),
                expected,
                "{listing:?} {position:?}"
            );
        }
    }

    #[test]
    fn the_whole_is_listed_now_and_then_where_rounds_follow_one_another() {
        let done = |ago: i64| Position {
            done: Some(at(100_000 - ago)),
            under_way: None,
        };
        for (ago, every, lists) in [(60, true, true), (60, false, false), (3600, false, true)] {
            let next = next(Listing::Whole, &done(ago), every);
            assert_eq!(next.is_some(), lists, "{ago} {every}");
        }
    }

    #[test]
    fn a_listing_that_broke_off_goes_on_before_anything_else() {
        let under_way = |done: Option<i64>| Position {
            done: done.map(at),
            under_way: Some(UnderWay {
                began: at(50),
                since: Some(at(5)),
                next: Some(Cursor::token("key")),
            }),
        };
        for (listing, position, by) in [
            (CHANGED, under_way(None), By::Creation),
            (Listing::Opened, under_way(Some(20)), By::Creation),
            (Listing::Whole, under_way(Some(20)), By::Nothing),
        ] {
            assert_eq!(next(listing, &position, false), Some((by, Some(5), 50)));
        }
    }
}
