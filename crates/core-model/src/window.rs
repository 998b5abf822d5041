//! A listing whose time range the platform limits, as one window after the other.

use jiff::{SignedDuration, Timestamp};

use crate::page::{WindowPosition, foreign};
use crate::{Cursor, Error, ErrorKind, Numbered, PageSize, Query, Result, TimeRange};

/// One window of a longer time range, and the platform's own place in it.
///
/// Windows follow one another without a gap: each has its start and not its end. What the platform does with the ends
/// of a range is for the caller to know.
///
/// ```
/// use core_model::{Query, Windowed};
/// use jiff::SignedDuration;
///
/// let day = SignedDuration::from_hours(24);
/// let now = "2024-04-03T12:00:00Z".parse()?;
/// let range = Query::new()
///     .with_created_since("2024-04-01T00:00:00Z".parse()?)
///     .created();
///
/// let first = Windowed::at(None, range, day, now)?;
/// assert_eq!(first.until().to_string(), "2024-04-02T00:00:00Z");
/// let next = first.next(None).expect("the range goes on");
/// let second = Windowed::at(Some(&next), range, day, now)?;
/// assert_eq!(second.since(), first.until());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Windowed {
    position: WindowPosition,
    longest: SignedDuration,
}

impl Windowed {
    /// The window that a cursor points to, or the first one of a range. A range without an end ends `now`, and so it
    /// does for all windows that follow.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] for a range without a start: no platform that limits the range says since when it has
    /// cases. [`ErrorKind::Config`] when the cursor is from another kind of listing.
    pub fn at(
        cursor: Option<&Cursor>,
        range: TimeRange,
        longest: SignedDuration,
        now: Timestamp,
    ) -> Result<Self> {
        let position = match cursor {
            Some(cursor) => cursor
                .as_window()
                .filter(|at| is_window(at, longest))
                .cloned()
                .ok_or_else(foreign)?,
            None => {
                let since = range.since().ok_or_else(|| {
                    let message =
                        "the platform lists by time only: give the time from which to list";
                    Error::new(ErrorKind::Unsupported, message)
                })?;
                let end = range.until().unwrap_or(now).max(since);
                let until = end_of_window(since, longest, end);
                WindowPosition {
                    since,
                    until,
                    end,
                    inner: None,
                }
            }
        };
        Ok(Self { position, longest })
    }

    /// The first instant of the window.
    pub fn since(&self) -> Timestamp {
        self.position.since
    }

    /// The first instant after the window.
    pub fn until(&self) -> Timestamp {
        self.position.until
    }

    /// Where the listing is inside the window, as the platform names it; `None` at its beginning.
    pub fn inner(&self) -> Option<&str> {
        self.position.inner.as_deref()
    }

    /// The page of the window, where its pages have numbers.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] when the place in the window is no number.
    pub fn numbered(&self, query: &Query, size: PageSize) -> Result<Numbered> {
        let inner = self.inner().map(serde_json::from_str).transpose();
        let cursor: Option<Cursor> = inner.map_err(|_| foreign())?;
        Numbered::at(cursor.as_ref(), query, size)
    }

    /// Where to go on after a page that has a number: at the page that follows it in the window, if there is one, else
    /// in the window that follows.
    pub fn next_numbered(&self, page: Option<&Cursor>) -> Option<Cursor> {
        self.next(page.and_then(|page| serde_json::to_string(page).ok()))
    }

    /// Where to go on: at the platform's next place in this window, else in the window that follows, if the range has
    /// one.
    pub fn next(&self, inner: Option<String>) -> Option<Cursor> {
        let WindowPosition {
            since, until, end, ..
        } = self.position;
        if inner.is_some() {
            return Some(Cursor::window(WindowPosition {
                since,
                until,
                end,
                inner,
            }));
        }
        (until < end).then(|| {
            Cursor::window(WindowPosition {
                since: until,
                until: end_of_window(until, self.longest, end),
                end,
                inner: None,
            })
        })
    }
}

/// Whether a cursor that was stored elsewhere can be one of ours.
fn is_window(at: &WindowPosition, longest: SignedDuration) -> bool {
    at.since <= at.until && at.until == end_of_window(at.since, longest, at.end)
}

/// A second at least, so that a listing always gets on.
fn end_of_window(since: Timestamp, longest: SignedDuration, end: Timestamp) -> Timestamp {
    let longest = longest.max(SignedDuration::from_secs(1));
    since
        .checked_add(longest)
        .map_or(end, |until| until.min(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Query;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn range(since: i64, until: Option<i64>) -> TimeRange {
        let query = Query::new().with_created_since(at(since));
        match until {
            None => query.created(),
            Some(until) => query.with_created_until(at(until)).created(),
        }
    }

    /// The windows of a range, in seconds.
    fn windows(range: TimeRange, longest: i64, now: i64) -> Vec<(i64, i64)> {
        let longest = SignedDuration::from_secs(longest);
        let mut windows = Vec::new();
        let mut cursor = None;
        loop {
            let window = Windowed::at(cursor.as_ref(), range, longest, at(now)).unwrap();
            windows.push((window.since().as_second(), window.until().as_second()));
            cursor = window.next(None);
            if cursor.is_none() {
                return windows;
            }
        }
    }

    #[test]
    fn windows_cover_the_range_without_gap_or_overlap() {
        for (range, longest, now, expected) in [
            (
                range(0, Some(25)),
                10,
                99,
                vec![(0, 10), (10, 20), (20, 25)],
            ),
            (range(0, Some(20)), 10, 99, vec![(0, 10), (10, 20)]),
            (range(0, Some(5)), 10, 99, vec![(0, 5)]),
            (range(90, None), 10, 99, vec![(90, 99)]),
            (range(7, Some(7)), 10, 99, vec![(7, 7)]),
            // A start in the future, an end before the start: one empty window.
            (range(200, None), 10, 99, vec![(200, 200)]),
            (range(50, Some(10)), 10, 99, vec![(50, 50)]),
        ] {
            assert_eq!(windows(range, longest, now), expected, "{range:?}");
        }
        let far = range(Timestamp::MAX.as_second() - 3, None);
        assert_eq!(windows(far, 10, 0).len(), 1);
    }

    #[test]
    fn a_window_is_read_to_its_end_before_the_next_one() {
        let day = SignedDuration::from_hours(24);
        let range = range(0, None);
        let first = Windowed::at(None, range, day, at(100_000)).unwrap();
        let cursor = first.next(Some("key".to_owned())).unwrap();
        // Stored and taken up later: the end of the range stays where it was.
        let stored = serde_json::to_string(&cursor).unwrap();
        let cursor: Cursor = serde_json::from_str(&stored).unwrap();
        let inside = Windowed::at(Some(&cursor), range, day, at(999_999)).unwrap();
        assert_eq!(
            (inside.since(), inside.until()),
            (first.since(), first.until())
        );
        assert_eq!(inside.inner(), Some("key"));
        let second = Windowed::at(inside.next(None).as_ref(), range, day, at(999_999)).unwrap();
        assert_eq!((second.since(), second.until()), (at(86_400), at(100_000)));
        assert_eq!(second.inner(), None);
        assert_eq!(second.next(None), None);
    }

    #[test]
    fn numbered_pages_of_a_window_come_before_the_next_window() {
        let size = PageSize {
            default: 2,
            max: None,
        };
        let (day, range) = (SignedDuration::from_hours(24), range(0, Some(100_000)));
        let query = Query::new();
        let mut seen = Vec::new();
        let mut cursor = None;
        // Two rows make a full page.
        for rows in [2, 1, 2, 0] {
            let window = Windowed::at(cursor.as_ref(), range, day, at(0)).unwrap();
            let page = window.numbered(&query, size).unwrap();
            seen.push((window.since().as_second(), page.page(), page.size()));
            cursor = window.next_numbered(page.next(rows, None).as_ref());
        }
        let first_day = [(0, 1, 2), (0, 2, 2)];
        let second_day = [(86_400, 1, 2), (86_400, 2, 2)];
        assert_eq!(seen, [first_day, second_day].concat());
        assert_eq!(cursor, None);
    }

    #[test]
    fn a_place_that_is_no_number_is_refused() {
        let day = SignedDuration::from_hours(24);
        let window = Windowed::at(None, range(0, None), day, at(100)).unwrap();
        for inner in ["key", "\"key\""] {
            let cursor = window.next(Some(inner.to_owned()));
            let window = Windowed::at(cursor.as_ref(), range(0, None), day, at(100)).unwrap();
            let size = PageSize::NONE;
            let error = window.numbered(&Query::new(), size).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{inner}");
        }
    }

    #[test]
    fn a_range_without_a_start_and_a_foreign_cursor_are_refused() {
        let day = SignedDuration::from_hours(24);
        let open = Windowed::at(None, TimeRange::default(), day, at(0)).unwrap_err();
        assert_eq!(open.kind(), ErrorKind::Unsupported);
        let foreign = Cursor::token("x");
        let foreign = Windowed::at(Some(&foreign), range(0, None), day, at(0)).unwrap_err();
        assert_eq!(foreign.kind(), ErrorKind::Config);
    }

    #[test]
    fn a_cursor_that_no_listing_made_is_refused() {
        let day = 86_400;
        for (since, until, end, is_ours) in [
            (0, day, 2 * day, true),
            (0, 5, 5, true),
            (5, 5, 5, true),
            (day, 0, 2 * day, false),
            (0, 2 * day, 2 * day, false),
            (0, day, 5, false),
            (0, 5, day, false),
        ] {
            let [since, until, end] = [since, until, end].map(at);
            let cursor = format!(r#"{{"since":"{since}","until":"{until}","end":"{end}"}}"#);
            let cursor: Cursor = serde_json::from_str(&cursor).unwrap();
            let longest = SignedDuration::from_secs(day);
            let window = Windowed::at(Some(&cursor), range(0, None), longest, at(0));
            assert_eq!(window.is_ok(), is_ours, "{cursor:?}");
        }
    }
}
