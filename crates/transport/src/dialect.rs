//! How a platform states that something went wrong.

use std::fmt;

use core_model::ErrorKind;
use http::StatusCode;
use memchr::memmem;
use serde::Deserialize;

/// A platform's way of saying no, which many say with HTTP status 200.
pub trait Dialect: fmt::Debug + Send + Sync {
    /// The fault that an answer states in the platform's own words; `None` when it states success
    /// or does not follow the platform's envelope.
    fn fault(&self, status: StatusCode, body: &[u8]) -> Option<Fault>;
}

/// What a platform says went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The platform's own code.
    pub code: Option<String>,
    /// The platform's own words.
    pub message: String,
    /// The platform's id of the request, where the body holds one.
    pub request_id: Option<String>,
    /// What the code means. `None`: it is in no table, and the HTTP status decides.
    pub meaning: Option<(ErrorKind, Then)>,
}

impl Fault {
    /// An answer that states neither success nor failure.
    pub fn unreadable(message: impl Into<String>) -> Self {
        Self {
            code: None,
            message: message.into(),
            request_id: None,
            meaning: Some((ErrorKind::Decode, Then::Fail)),
        }
    }

    /// The fault of an envelope whose code says `success` when all is well. Only what says that it is
    /// a success is one; without a code a bad HTTP status speaks for itself.
    pub fn of_code(
        status: StatusCode,
        code: Option<&str>,
        success: &str,
        message: Option<&str>,
        table: &[Code],
    ) -> Option<Self> {
        match code {
            Some(code) if code == success => None,
            Some(code) => Some(Self::new(Some(code), message.unwrap_or_default(), table)),
            None => status
                .is_success()
                .then(|| Self::unreadable("the answer has no code")),
        }
    }

    /// A fault whose code is looked up in the platform's table.
    pub fn new(code: Option<&str>, message: impl Into<String>, table: &[Code]) -> Self {
        let meaning = table
            .iter()
            .find(|entry| Some(entry.code) == code)
            .map(|entry| (entry.kind, entry.then));
        Self {
            code: code.map(str::to_owned),
            message: message.into(),
            request_id: None,
            meaning,
        }
    }
}

/// Reads the envelope that a platform puts around its answers. `None` for a body that is no JSON
/// object: reading it as data will say what it is instead.
///
/// # Errors
/// A fault of its own for an object that cannot be read, such as one that has a member twice: it must
/// not pass for success.
pub fn envelope<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Option<Result<T, Fault>> {
    if body.trim_ascii_start().first() != Some(&b'{') {
        return None;
    }
    match serde_json::from_slice(body) {
        Ok(envelope) => Some(Ok(envelope)),
        Err(error) if error.is_data() => Some(Err(Fault::unreadable("the envelope is unreadable"))),
        Err(_) => None,
    }
}

/// Whether a JSON object may have a member whose name begins like this, on whatever level. If not, the envelope of a long
/// answer need not be read to know that it states nothing.
pub fn may_name(body: &[u8], beginnings: &[&str]) -> bool {
    // A name may be written with escapes, such as `\u0063ode`.
    memmem::find(body, br"\u00").is_some()
        || beginnings.iter().any(|name| {
            let quoted = format!("\"{name}");
            memmem::find(body, quoted.as_bytes()).is_some()
        })
}

/// One entry of a platform's table of error codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The platform's code, as text.
    pub code: &'static str,
    /// Who has to act.
    pub kind: ErrorKind,
    /// What the transport does about it.
    pub then: Then,
}

impl Code {
    /// An entry: a code, who has to act, and what the transport does.
    pub const fn new(code: &'static str, kind: ErrorKind, then: Then) -> Self {
        Self { code, kind, then }
    }
}

/// What the transport does about a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Gives up at once.
    Fail,
    /// Waits and tries again, as far as the policy allows.
    Retry,
    /// Fetches a new token and tries again, once.
    RenewToken,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_however_it_is_written() {
        for (body, may) in [
            (r#"{"code":"x"}"#, true),
            (r#"{"data":{"code" : 1}}"#, true),
            (r#"{"\u0063ode":"x"}"#, true),
            (r#"{"c\u006Fde":"x"}"#, true),
            (
                r#"{"discount_code":"\u4e2d","codes":1,"text":"a code"}"#,
                true,
            ),
            (r#"{"discount_code":"\u4e2d","text":"a code"}"#, false),
            ("{}", false),
        ] {
            assert_eq!(may_name(body.as_bytes(), &["code"]), may, "{body}");
        }
    }
}
