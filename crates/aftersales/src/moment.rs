//! A point in time as people write it.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, SpanFieldwise, Timestamp};

use crate::console::Failure;

/// An instant, or a span back from now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    At(Timestamp),
    Ago(SpanFieldwise),
}

impl Moment {
    /// The instant; `None` for a span that leads out of the calendar. A day is 24 hours of UTC.
    pub(crate) fn resolve(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::At(instant) => Some(instant),
            Self::Ago(span) => {
                let now = now.to_zoned(TimeZone::UTC);
                Some(now.checked_sub(span.0).ok()?.timestamp())
            }
        }
    }
}

impl FromStr for Moment {
    type Err = UnknownMoment;

    fn from_str(text: &str) -> Result<Self, UnknownMoment> {
        if let Ok(instant) = text.parse::<Timestamp>() {
            return Ok(Self::At(instant));
        }
        // A date alone, and nothing that merely begins with one: jiff would drop the time.
        if text.len() == "2024-04-22".len()
            && let Ok(date) = text.parse::<Date>()
            && let Ok(midnight) = date.to_zoned(TimeZone::UTC)
        {
            return Ok(Self::At(midnight.timestamp()));
        }
        match text.parse::<Span>() {
            Ok(span) if !span.is_negative() => Ok(Self::Ago(span.fieldwise())),
            _ => Err(UnknownMoment),
        }
    }
}

/// The instant that an option names.
pub(crate) fn instant(
    option: &str,
    moment: Option<Moment>,
    now: Timestamp,
) -> Result<Option<Timestamp>, Failure> {
    let Some(moment) = moment else {
        return Ok(None);
    };
    let instant = moment.resolve(now).ok_or_else(|| {
        let what = format!("{option} leads out of the calendar");
        Failure::usage(what, "name a shorter span")
    })?;
    Ok(Some(instant))
}

/// The instants of `--since` and `--until`, in this order.
pub(crate) fn range(
    since: Option<Moment>,
    until: Option<Moment>,
    now: Timestamp,
) -> Result<(Option<Timestamp>, Option<Timestamp>), Failure> {
    let since = instant("--since", since, now)?;
    let until = instant("--until", until, now)?;
    if let (Some(since), Some(until)) = (since, until)
        && since >= until
    {
        let what = format!("nothing is between --since {since} and --until {until}");
        return Err(Failure::usage(what, "--since has to come before --until"));
    }
    Ok((since, until))
}

/// A text that is no point in time.
#[derive(Debug)]
pub(crate) struct UnknownMoment;

impl fmt::Display for UnknownMoment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "write a date (2024-04-22), an instant (2024-04-22T08:00:00+08:00) or a span back from now (7d, 12h)",
        )
    }
}

impl std::error::Error for UnknownMoment {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_instants_and_spans_are_understood() {
        let now: Timestamp = "2024-05-01T12:00:00Z".parse().unwrap();
        for (text, instant) in [
            ("2024-04-22", Some("2024-04-22T00:00:00Z")),
            ("2024-04-22T07:22:51Z", Some("2024-04-22T07:22:51Z")),
            ("2024-04-22T07:22:51+08:00", Some("2024-04-21T23:22:51Z")),
            ("7d", Some("2024-04-24T12:00:00Z")),
            ("12h", Some("2024-05-01T00:00:00Z")),
            ("1d 6h", Some("2024-04-30T06:00:00Z")),
            ("2 months", Some("2024-03-01T12:00:00Z")),
            ("2024-04-22T07:22:51", None),
            ("2024-04-22 07:22", None),
            ("2024-13-01", None),
            ("-7d", None),
            ("7d ago", None),
            ("90000y", None),
            ("yesterday", None),
            ("20240422", None),
            ("", None),
        ] {
            let moment = text.parse::<Moment>().ok();
            let expected = instant.map(|instant| instant.parse().unwrap());
            assert_eq!(moment.and_then(|it| it.resolve(now)), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_moment_or_none(
            text in "([0-9]{1,20} ?(y|mo|w|d|h|m|s|ms|days?|weeks),? ?){1,4}|[-+0-9PTZ:. ]{0,30}|.{0,40}",
        ) {
            let now: Timestamp = "2024-05-01T12:00:00Z".parse().unwrap();
            if let Ok(moment) = text.parse::<Moment>() {
                let at = moment.resolve(now);
                if let Moment::Ago(_) = moment {
                    prop_assert!(at.is_none_or(|at| at <= now), "{text}");
                }
            }
        }
    }
}
