//! What an answer means.

use std::time::Duration;

use core_model::{Error, ErrorKind};
use http::header::{LOCATION, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;

use crate::dialect::{Dialect, Fault, Then};
use crate::exchange::{Answer, ExchangeError};
use crate::redact::Redactor;
use crate::reply::json;

/// An attempt that failed, and what to do about it.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) error: Error,
    pub(crate) then: Then,
    /// How long the platform asks to wait.
    pub(crate) after: Option<Duration>,
    /// What became of the request.
    pub(crate) fate: Fate,
}

/// What became of a request that failed, as far as this can be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It never left this machine.
    Unsent,
    /// The platform refused it, and did nothing.
    Refused,
    /// It may have taken effect.
    Unknown,
}

impl Judged {
    pub(crate) fn map(self, change: impl FnOnce(Error) -> Error) -> Self {
        Self {
            error: change(self.error),
            ..self
        }
    }

    pub(crate) fn from_exchange(failure: ExchangeError, redactor: &Redactor) -> Self {
        let then = match failure.kind {
            ErrorKind::Decode => Then::Fail,
            _ => Then::Retry,
        };
        let error = Error::new(failure.kind, redactor.clean(&failure.message));
        Self {
            error: match failure.source {
                Some(cause) => error.with_cause(redactor.clean(&cause.to_string())),
                None => error,
            },
            then,
            after: None,
            fate: if failure.may_have_arrived {
                Fate::Unknown
            } else {
                Fate::Unsent
            },
        }
    }
}

/// Success, or what went wrong: what the platform says of it, else what the HTTP status says, else
/// what the body looks like.
pub(crate) fn of(
    answer: &Answer,
    dialect: &dyn Dialect,
    redactor: &Redactor,
    now: impl FnOnce() -> Timestamp,
) -> Result<(), Judged> {
    let status = answer.status();
    let body = json(answer.body()).as_bytes();
    let fault = dialect.fault(status, body);
    let fate = fate(status, fault.as_ref());
    let (kind, then, message) = match (&fault, status.is_success()) {
        (None, true) => match no_object(body) {
            Some((kind, then, message)) => (kind, then, message.to_owned()),
            None => return Ok(()),
        },
        (Some(fault), success) => {
            let by_status = if success {
                (ErrorKind::Rejected, Then::Fail)
            } else {
                by_status(status)
            };
            let (kind, then) = fault.meaning.unwrap_or(by_status);
            (kind, then, fault.message.clone())
        }
        (None, false) => {
            let (kind, then) = by_status(status);
            (kind, then, status_message(answer))
        }
    };
    let (code, fault_request_id) = fault.map_or(
        (None, None),
        |Fault {
             code, request_id, ..
         }| (code, request_id),
    );
    let request_id = fault_request_id.or_else(|| request_id(answer.headers()));
    let clean = |text: String| redactor.clean(&text);
    let error = Error::new(kind, clean(message))
        .with_native_code(code.map(clean))
        .with_answer(
            status.as_u16(),
            request_id.map(clean),
            redactor.excerpt(body),
        );
    Err(Judged {
        error,
        then,
        after: retry_after(answer.headers(), now()),
        fate,
    })
}

/// Only a documented code that says who has to act, or HTTP itself, is a refusal. A code that is in no table, a server that
/// fails and an answer that cannot be read leave open what happened; a redirect may be the answer to what was done.
fn fate(status: StatusCode, fault: Option<&Fault>) -> Fate {
    let kind = match fault.and_then(|fault| fault.meaning) {
        Some((kind, _)) => kind,
        None if status.is_client_error() => by_status(status).0,
        None => return Fate::Unknown,
    };
    match kind {
        ErrorKind::Unauthenticated
        | ErrorKind::PermissionDenied
        | ErrorKind::NotFound
        | ErrorKind::Conflict
        | ErrorKind::Unsupported
        | ErrorKind::Rejected
        | ErrorKind::RateLimited => Fate::Refused,
        _ => Fate::Unknown,
    }
}

/// What HTTP itself says.
fn by_status(status: StatusCode) -> (ErrorKind, Then) {
    match status.as_u16() {
        401 => (ErrorKind::Unauthenticated, Then::RenewToken),
        403 => (ErrorKind::PermissionDenied, Then::Fail),
        404 | 410 => (ErrorKind::NotFound, Then::Fail),
        408 => (ErrorKind::Timeout, Then::Retry),
        429 => (ErrorKind::RateLimited, Then::Retry),
        300..=399 => (ErrorKind::Config, Then::Fail),
        500..=599 => (ErrorKind::Unavailable, Then::Retry),
        _ => (ErrorKind::Rejected, Then::Fail),
    }
}

fn status_message(answer: &Answer) -> String {
    let status = answer.status();
    if status.is_redirection() {
        return match redirect_origin(answer.headers()) {
            Some(origin) => {
                format!("base_url: the server redirects to {origin}, which is not followed")
            }
            None => "base_url: the server redirects elsewhere, which is not followed".to_owned(),
        };
    }
    // Some platforms answer with a bare word, as plain text or as a JSON string.
    let text = answer.body().trim().trim_matches('"');
    let is_word = !text.is_empty() && text.len() <= 200 && !text.starts_with(['<', '{', '[']);
    match (is_word, status.canonical_reason()) {
        (true, _) => text.to_owned(),
        (false, Some(reason)) => reason.to_owned(),
        (false, None) => format!("HTTP status {}", status.as_u16()),
    }
}

/// Only the origin: the rest of the address may echo a credential.
fn redirect_origin(headers: &HeaderMap) -> Option<String> {
    let location = headers.get(LOCATION)?.to_str().ok()?;
    let url = url::Url::parse(location).ok()?;
    Some(url.origin().ascii_serialization())
}

/// Why a body cannot be a JSON object, seen from its first character.
fn no_object(body: &[u8]) -> Option<(ErrorKind, Then, &'static str)> {
    match body.trim_ascii_start().first() {
        Some(b'{') => None,
        None => {
            let message = "the answer is empty";
            Some((ErrorKind::Unavailable, Then::Retry, message))
        }
        Some(b'<') => {
            let message = "the answer is an HTML or XML page instead of JSON";
            Some((ErrorKind::Unavailable, Then::Retry, message))
        }
        Some(_) => {
            let message = "the answer is no JSON object";
            Some((ErrorKind::Decode, Then::Fail, message))
        }
    }
}

/// The platform's id of the request, under the names in use.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    ["request-id", "x-request-id"]
        .iter()
        .find_map(|name| headers.get(*name)?.to_str().ok())
        .map(str::to_owned)
}

/// `Retry-After` in seconds or as an HTTP date.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[derive(Debug)]
    struct Silent;

    impl Dialect for Silent {
        fn fault(&self, _: StatusCode, body: &[u8]) -> Option<Fault> {
            body.starts_with(b"{\"code\":")
                .then(|| Fault::new(Some("77"), "odd", &[]))
        }
    }

    fn judged(status: u16, body: &'static str) -> Option<(ErrorKind, Then, String)> {
        let mut answer = Answer::new(body.to_owned());
        *answer.status_mut() = StatusCode::from_u16(status).unwrap();
        let verdict = of(
            &answer,
            &Silent,
            &Redactor::new([], &crate::Request::get("call", "/")),
            || Timestamp::UNIX_EPOCH,
        );
        let judged = verdict.err()?;
        Some((
            judged.error.kind(),
            judged.then,
            judged.error.message().to_owned(),
        ))
    }

    #[test]
    fn an_answer_is_judged_by_code_status_and_looks() {
        use ErrorKind as Kind;
        for (status, body, kind, then, message) in [
            (
                200,
                "",
                Kind::Unavailable,
                Then::Retry,
                "the answer is empty",
            ),
            (
                200,
                " <html>",
                Kind::Unavailable,
                Then::Retry,
                "the answer is an HTML or XML page instead of JSON",
            ),
            (200, r#"{"code":77}"#, Kind::Rejected, Then::Fail, "odd"),
            (503, r#"{"code":77}"#, Kind::Unavailable, Then::Retry, "odd"),
            (
                401,
                "Unauthorized",
                Kind::Unauthenticated,
                Then::RenewToken,
                "Unauthorized",
            ),
            (
                400,
                r#""Bad Request""#,
                Kind::Rejected,
                Then::Fail,
                "Bad Request",
            ),
            (403, "", Kind::PermissionDenied, Then::Fail, "Forbidden"),
            (404, "<html>", Kind::NotFound, Then::Fail, "Not Found"),
            (408, "", Kind::Timeout, Then::Retry, "Request Timeout"),
            (
                422,
                "{}",
                Kind::Rejected,
                Then::Fail,
                "Unprocessable Entity",
            ),
            (429, "", Kind::RateLimited, Then::Retry, "Too Many Requests"),
            (599, "", Kind::Unavailable, Then::Retry, "HTTP status 599"),
        ] {
            let expected = Some((kind, then, message.to_owned()));
            assert_eq!(judged(status, body), expected, "{status} {body:?}");
        }
        assert_eq!(judged(200, "\u{feff}{}"), None);
    }

    #[test]
    fn retry_after_takes_seconds_and_dates() {
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        for (text, seconds) in [
            ("7", Some(7)),
            ("Thu, 01 Jan 2026 00:01:30 GMT", Some(90)),
            ("Wed, 31 Dec 2025 00:00:00 GMT", Some(0)),
            ("soon", None),
            ("-5", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_static(text));
            assert_eq!(
                retry_after(&headers, now),
                seconds.map(Duration::from_secs),
                "{text}"
            );
        }
    }

    #[test]
    fn a_redirect_names_only_the_origin() {
        let mut answer = Answer::default();
        *answer.status_mut() = StatusCode::FOUND;
        let location = "https://evil.example/x?access_token=canary";
        answer
            .headers_mut()
            .insert(LOCATION, HeaderValue::from_static(location));
        let message = status_message(&answer);
        assert!(
            message.contains("https://evil.example,") && !message.contains("canary"),
            "{message}"
        );
    }
}
