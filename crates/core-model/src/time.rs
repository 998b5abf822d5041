//! Instants from the many ways in which platforms write them.

use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

/// China keeps UTC+8 all year round. (It had summer time until 1991, long before these platforms.)
const SHANGHAI: Offset = jiff::tz::offset(8);

/// Below this, digits are seconds since 1970, from here on milliseconds: as seconds it is the year
/// 5138, as milliseconds March 1973.
const SECONDS_END: i64 = 100_000_000_000;

/// From 1990 until 2200: what can be the time of an after-sale, in seconds since 1970.
const PLAUSIBLE: Range<i64> = 631_152_000..7_258_118_400;

/// What a date-time without a zone means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zoneless {
    /// It is wall-clock time in Asia/Shanghai, as on the Chinese platforms.
    Shanghai,
    /// The platform does not say: refused, because a guess can be hours off.
    Refused,
}

/// Reads an instant: RFC 3339, a date-time without zone, a date (its first second), digits that count
/// seconds or milliseconds since 1970, or the digits of date and time to the millisecond in one run
/// with the zone behind them (`20180423171116000+0800`).
///
/// `Ok(None)` is a time that says "none": an empty text, zero, the zero dates of databases
/// (`0000-00-00 00:00:00`, `-0001-11-30 00:00:00`) and of programming languages
/// (`0001-01-01T00:00:00Z`), in short everything up to 1970-01-01T00:00:00Z in any zone, and the year
/// 9999, which says "never".
///
/// # Errors
/// [`TimeError`] when the text is none of these, or has no zone where one is needed.
///
/// ```
/// use core_model::{Zoneless, instant};
///
/// let created = instant("2023-02-13 10:44:32", Zoneless::Shanghai)?;
/// assert_eq!(created.map(|at| at.to_string()).as_deref(), Some("2023-02-13T02:44:32Z"));
/// assert_eq!(instant("-0001-11-30 00:00:00", Zoneless::Shanghai)?, None);
/// # Ok::<(), core_model::TimeError>(())
/// ```
pub fn instant(text: &str, zoneless: Zoneless) -> Result<Option<Timestamp>, TimeError> {
    let text = text.trim();
    if says_none(text) {
        return Ok(None);
    }
    let at = if text.bytes().all(|b| b.is_ascii_digit()) {
        counted(text)?
    } else if let Ok(at) = text.parse::<Timestamp>() {
        at
    } else if let Some(at) = in_one_run(text) {
        at
    } else {
        on_the_wall(text, zoneless)?
    };
    Ok((at >= start_of_time()).then_some(at))
}

/// Year zero, a negative year, a negative count, the last year there is, or nothing at all.
fn says_none(text: &str) -> bool {
    let negative = text
        .strip_prefix('-')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    text.is_empty() || negative || text.starts_with("0000-") || text.starts_with("9999-")
}

fn counted(digits: &str) -> Result<Timestamp, TimeError> {
    let refused = || TimeError::Unreadable(excerpt(digits));
    let count: i64 = digits.parse().map_err(|_| refused())?;
    let at = if count < SECONDS_END {
        Timestamp::from_second(count)
    } else {
        Timestamp::from_millisecond(count)
    };
    // Other digits are no count: `20230213104432` is a date.
    at.ok()
        .filter(|at| count == 0 || PLAUSIBLE.contains(&at.as_second()))
        .ok_or_else(refused)
}

fn in_one_run(text: &str) -> Option<Timestamp> {
    let digits = text.split_once(['+', '-'])?.0;
    let is_run =
        digits.len() == "yyyymmddhhmmssSSS".len() && digits.bytes().all(|b| b.is_ascii_digit());
    is_run.then(|| Timestamp::strptime("%Y%m%d%H%M%S%f%z", text).ok())?
}

fn on_the_wall(text: &str, zoneless: Zoneless) -> Result<Timestamp, TimeError> {
    let refused = |_| TimeError::Unreadable(excerpt(text));
    if text.contains('[') {
        // A zone in brackets, which would be passed over.
        return Err(TimeError::Unreadable(excerpt(text)));
    }
    let wall: DateTime = text.parse().map_err(refused)?;
    match zoneless {
        Zoneless::Shanghai => TimeZone::fixed(SHANGHAI)
            .to_timestamp(wall)
            .map_err(refused),
        Zoneless::Refused => Err(TimeError::NoZone(excerpt(text))),
    }
}

/// The first second after the epoch has passed in every zone, so that `1970-01-01 00:00:00` means
/// "none" wherever it was written.
fn start_of_time() -> Timestamp {
    const DAY: i64 = 24 * 60 * 60;
    Timestamp::from_second(DAY).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn excerpt(text: &str) -> String {
    text.chars().take(40).collect()
}

/// Why a time could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// In no known form, or out of range.
    #[error("{0:?} is no time we know how to read")]
    Unreadable(String),
    /// A date-time whose zone the platform does not state.
    #[error("{0:?} has no zone, and the platform does not say which one it means")]
    NoZone(String),
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str, zoneless: Zoneless) -> Option<String> {
        instant(text, zoneless).unwrap().map(|at| at.to_string())
    }

    #[test]
    fn every_documented_form_becomes_the_same_utc_instant() {
        for (text, utc) in [
            ("2024-04-22T07:22:51Z", "2024-04-22T07:22:51Z"),
            ("2025-12-18T10:00:00.000Z", "2025-12-18T10:00:00Z"),
            ("2024-04-22T03:22:51-04:00", "2024-04-22T07:22:51Z"),
            ("2023-02-13 10:44:32", "2023-02-13T02:44:32Z"),
            ("2023-02-13T10:44:32", "2023-02-13T02:44:32Z"),
            ("2023-02-20", "2023-02-19T16:00:00Z"),
            ("1698313367000", "2023-10-26T09:42:47Z"),
            ("1698313367", "2023-10-26T09:42:47Z"),
            (" 1700000000123 ", "2023-11-14T22:13:20.123Z"),
            ("20180423171116000+0800", "2018-04-23T09:11:16Z"),
            ("20180423091116007-0000", "2018-04-23T09:11:16.007Z"),
        ] {
            assert_eq!(
                read(text, Zoneless::Shanghai).as_deref(),
                Some(utc),
                "{text}"
            );
        }
    }

    #[test]
    fn zero_dates_are_absent() {
        for text in [
            "",
            "  ",
            "0",
            "000",
            "-1",
            "-0001-11-30 00:00:00",
            "0000-00-00 00:00:00",
            "0000-00-00",
            "0001-01-01T00:00:00Z",
            "1970-01-01 00:00:00",
            "1970-01-01 08:00:00",
            "1970-01-01T00:00:00Z",
            "9999-12-31 23:59:59",
            "9999-12-31T23:59:59Z",
        ] {
            assert_eq!(read(text, Zoneless::Shanghai), None, "{text:?}");
        }
    }

    #[test]
    fn a_missing_zone_is_never_guessed() {
        let error = instant("2025-12-17T13:44:16", Zoneless::Refused).unwrap_err();
        assert!(matches!(error, TimeError::NoZone(_)), "{error}");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "soon",
            "20230213",
            "20230213104432",
            "20230213104432+0800",
            "20231313104432000+0800",
            "20180423171116000+",
            "20180423171116000+08x",
            "253402300799",
            "2023-02-13T10:44:32[America/New_York]",
            "2023-13-01 00:00:00",
            "2023-02-30",
            "99999999999999999999",
            "--1",
            "1.5",
        ] {
            assert!(instant(text, Zoneless::Shanghai).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn seconds_milliseconds_and_rfc3339_agree(second in PLAUSIBLE) {
            let at = Timestamp::from_second(second).unwrap();
            let millis = second * 1000;
            let mut texts = vec![second.to_string(), at.to_string()];
            if millis >= SECONDS_END {
                texts.push(millis.to_string());
            }
            for text in texts {
                prop_assert_eq!(instant(&text, Zoneless::Refused).unwrap(), Some(at));
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}") {
            let _ = instant(&text, Zoneless::Shanghai);
        }
    }
}
