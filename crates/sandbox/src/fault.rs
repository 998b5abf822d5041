//! Faults on demand.

use std::str::FromStr;
use std::time::Duration;

use axum::http::StatusCode;

use crate::PLATFORMS;

/// What shall go wrong, on which platform and how often.
///
/// Parsed from `[PLATFORM:]KIND[=VALUE][,first=N|,every=N]`. Without a platform it is for all of
/// them; without a frequency for every call. Calls are counted per platform, token calls do not
/// count and are never hit.
///
/// | kind | what the client gets |
/// |---|---|
/// | `status=503` | that HTTP status and a line of text |
/// | `rate-limit=SECONDS` | 429 with `Retry-After` |
/// | `latency=MILLISECONDS` | the right answer, later |
/// | `truncate` | half of the right body, with a `Content-Length` that matches the half |
/// | `drop` | no answer: the connection is closed before the call has any effect |
/// | `drop-answer` | no answer: the call takes effect, then the connection is closed |
/// | `expired-token` | the platform's answer to an expired credential |
/// | `html` | 200 with an HTML page |
/// | `empty` | 200 with an empty body |
/// | `repeat` | the first page, whatever page was asked for |
/// | `huge=BYTES` | a body of so many blanks, streamed without `Content-Length` |
/// | `redirect` | 302 to the same path under `localhost`, which is another origin |
///
/// A call that would change something does so where the right answer is made, be it cut, late or kept back: with
/// `latency`, `truncate`, `drop-answer` and `repeat`. With all the others nothing happens.
///
/// ```
/// let fault: sandbox::Fault = "shoplazza:status=503,first=2".parse()?;
/// # Ok::<(), sandbox::FaultError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    platform: Option<&'static str>,
    pub(crate) kind: Kind,
    frequency: Frequency,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Status(StatusCode),
    RateLimit(u64),
    Latency(Duration),
    Truncate,
    Drop,
    DropAnswer,
    ExpiredToken,
    Html,
    Empty,
    Repeat,
    Huge(u64),
    Redirect,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frequency {
    Always,
    First(u64),
    Every(u64),
}

impl Fault {
    /// Whether the fault hits this call; a platform's first call is 1.
    pub(crate) fn hits(&self, platform: &str, call: u64) -> bool {
        let there = self.platform.is_none_or(|name| name == platform);
        there
            && match self.frequency {
                Frequency::Always => true,
                Frequency::First(n) => call <= n,
                Frequency::Every(n) => call.is_multiple_of(n),
            }
    }
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let (place, rest) = match text.split_once(':') {
            Some((platform, rest)) => (Some(platform), rest),
            None => (None, text),
        };
        let platform = place.map(known_platform).transpose()?;
        let (kind, frequency) = match rest.split_once(',') {
            Some((kind, frequency)) => (kind, frequency.parse()?),
            None => (rest, Frequency::Always),
        };
        Ok(Self {
            platform,
            kind: kind.parse()?,
            frequency,
        })
    }
}

fn known_platform(name: &str) -> Result<&'static str, FaultError> {
    PLATFORMS
        .into_iter()
        .find(|&known| known == name)
        .ok_or_else(|| FaultError::Platform(name.to_owned()))
}

impl FromStr for Kind {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        let number = |wanted: &'static str| {
            value
                .and_then(|value| value.parse::<u64>().ok())
                .ok_or_else(|| FaultError::value(text, wanted))
        };
        let kind = match name {
            "status" => {
                Self::Status(status(number(STATUS)?).ok_or(FaultError::value(text, STATUS))?)
            }
            "rate-limit" => Self::RateLimit(number("a number of seconds")?),
            "latency" => Self::Latency(Duration::from_millis(number("a number of milliseconds")?)),
            "huge" => Self::Huge(number("a number of bytes")?),
            "truncate" => Self::Truncate,
            "drop" => Self::Drop,
            "drop-answer" => Self::DropAnswer,
            "expired-token" => Self::ExpiredToken,
            "html" => Self::Html,
            "empty" => Self::Empty,
            "repeat" => Self::Repeat,
            "redirect" => Self::Redirect,
            _ => return Err(FaultError::Kind(name.to_owned())),
        };
        let takes_value = matches!(
            kind,
            Self::Status(_) | Self::RateLimit(_) | Self::Latency(_) | Self::Huge(_)
        );
        if value.is_some() && !takes_value {
            return Err(FaultError::value(text, "no value"));
        }
        Ok(kind)
    }
}

const STATUS: &str = "an HTTP status from 200 to 599";

/// Informational statuses are left out: they do not end a call.
fn status(number: u64) -> Option<StatusCode> {
    let number = u16::try_from(number).ok()?;
    StatusCode::from_u16(number)
        .ok()
        .filter(|_| (200..600).contains(&number))
}

impl FromStr for Frequency {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let wrong = || FaultError::Frequency(text.to_owned());
        let (name, value) = text.split_once('=').ok_or_else(wrong)?;
        let value: u64 = value.parse().map_err(|_| wrong())?;
        match (name, value) {
            ("first", 1..) => Ok(Self::First(value)),
            ("every", 1..) => Ok(Self::Every(value)),
            _ => Err(wrong()),
        }
    }
}

/// Why a text is no fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultError {
    /// The part before the colon names no platform.
    #[error("no platform is called {0:?}; there are {platforms}", platforms = PLATFORMS.join(", "))]
    Platform(String),
    /// The kind is not in the table.
    #[error(
        "no fault is called {0:?}; there are status=CODE, rate-limit=SECONDS, latency=MILLISECONDS, truncate, drop, \
         drop-answer, expired-token, html, empty, repeat, huge=BYTES, redirect, as [PLATFORM:]KIND[=VALUE][,first=N|,every=N]"
    )]
    Kind(String),
    /// The kind is known, its value is not right.
    #[error("the fault {fault:?} does not fit: it takes {wanted}")]
    Value {
        /// The kind with its value, as given.
        fault: String,
        /// What the kind takes.
        wanted: &'static str,
    },
    /// The part after the comma says no frequency.
    #[error("{0:?} is no frequency; write first=N or every=N, N being 1 or more")]
    Frequency(String),
}

impl FaultError {
    fn value(fault: &str, wanted: &'static str) -> Self {
        Self::Value {
            fault: fault.to_owned(),
            wanted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read() {
        let fault = |platform, kind, frequency| Fault {
            platform,
            kind,
            frequency,
        };
        let rows = [
            ("drop", fault(None, Kind::Drop, Frequency::Always)),
            (
                "drop-answer,first=1",
                fault(None, Kind::DropAnswer, Frequency::First(1)),
            ),
            (
                "truncate,every=3",
                fault(None, Kind::Truncate, Frequency::Every(3)),
            ),
            (
                "shoplazza:status=503,first=2",
                fault(
                    Some("shoplazza"),
                    Kind::Status(StatusCode::SERVICE_UNAVAILABLE),
                    Frequency::First(2),
                ),
            ),
            (
                "xiaoe:rate-limit=0",
                fault(Some("xiaoe"), Kind::RateLimit(0), Frequency::Always),
            ),
            (
                "latency=250",
                fault(
                    None,
                    Kind::Latency(Duration::from_millis(250)),
                    Frequency::Always,
                ),
            ),
            (
                "wechat-shop:expired-token,first=1",
                fault(Some("wechat-shop"), Kind::ExpiredToken, Frequency::First(1)),
            ),
            ("html", fault(None, Kind::Html, Frequency::Always)),
            ("empty", fault(None, Kind::Empty, Frequency::Always)),
            ("repeat", fault(None, Kind::Repeat, Frequency::Always)),
            (
                "huge=1073741824",
                fault(None, Kind::Huge(1 << 30), Frequency::Always),
            ),
            ("redirect", fault(None, Kind::Redirect, Frequency::Always)),
        ];
        for (text, expected) in rows {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_together_with_what_would_be_right() {
        let rows = [
            (
                "ebay:drop",
                "no platform is called \"ebay\"; there are imetastore, shoplazza",
            ),
            (
                "explode",
                "no fault is called \"explode\"; there are status=CODE, rate-limit",
            ),
            ("", "no fault is called \"\""),
            ("status", "\"status\" does not fit: it takes an HTTP status"),
            (
                "status=42",
                "\"status=42\" does not fit: it takes an HTTP status from 200",
            ),
            ("status=100", "it takes an HTTP status from 200"),
            ("latency=soon", "it takes a number of milliseconds"),
            ("huge=-1", "it takes a number of bytes"),
            ("drop=1", "\"drop=1\" does not fit: it takes no value"),
            ("drop-answer=1", "it takes no value"),
            ("drop,first=0", "\"first=0\" is no frequency; write first=N"),
            ("drop,often", "\"often\" is no frequency"),
            ("drop,every=1,first=2", "is no frequency"),
        ];
        for (text, expected) in rows {
            let error = text.parse::<Fault>().unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn a_frequency_counts_the_calls_of_its_platform() {
        let hits = |text: &str, platform| {
            let fault: Fault = text.parse().unwrap();
            (1..=6)
                .filter(|&call| fault.hits(platform, call))
                .collect::<Vec<_>>()
        };
        assert_eq!(hits("drop,first=2", "xiaoe"), [1, 2]);
        assert_eq!(hits("drop,every=3", "xiaoe"), [3, 6]);
        assert_eq!(hits("xiaoe:drop", "xiaoe"), [1, 2, 3, 4, 5, 6]);
        assert!(hits("xiaoe:drop", "xportcn").is_empty());
    }
}
