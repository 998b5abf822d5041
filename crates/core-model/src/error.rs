//! One error for everything that can go wrong between a question and a record.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::{Account, Platform, Source};

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, by who has to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting or an argument is wrong, mostly seen before anything is sent.
    Config,
    /// The platform has no such operation or filter. Nothing was sent.
    Unsupported,
    /// The platform does not accept the credentials.
    Unauthenticated,
    /// The credentials are good, but may not do this.
    PermissionDenied,
    /// There is no such order, case or address.
    NotFound,
    /// The case is not in a state, or does not state an amount, that the action needs. Nothing was sent.
    Conflict,
    /// The platform refuses the request, with a reason or a code of its own.
    Rejected,
    /// Too many requests.
    RateLimited,
    /// The platform is down or answers with something other than its data.
    Unavailable,
    /// The connection failed.
    Network,
    /// No answer in time.
    Timeout,
    /// The answer could not be read.
    Decode,
    /// A listing does not end, or repeats itself.
    Pagination,
}

impl ErrorKind {
    /// A few words that say what happened.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Config => "bad configuration",
            Self::Unsupported => "not supported",
            Self::Unauthenticated => "credentials refused",
            Self::PermissionDenied => "permission denied",
            Self::NotFound => "not found",
            Self::Conflict => "not possible",
            Self::Rejected => "refused by the platform",
            Self::RateLimited => "rate limited",
            Self::Unavailable => "platform unavailable",
            Self::Network => "network failure",
            Self::Timeout => "no answer in time",
            Self::Decode => "unreadable answer",
            Self::Pagination => "listing does not end",
        }
    }

    /// What the person in front of the screen can do about it.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Config => "correct the setting or argument that is named",
            Self::Unsupported => "ask for something that the capability table lists",
            Self::Unauthenticated => "check the account's credentials, or have new ones issued",
            Self::PermissionDenied => {
                "grant the permission on the platform, or add this machine's address to its allowlist"
            }
            Self::NotFound => "check the id, that it belongs to this account, and base_url",
            Self::Conflict => {
                "look the case up: it may have moved on, or something else may be due"
            }
            Self::Rejected => "look the platform's code up in its documentation",
            Self::RateLimited => "wait, and let fewer clients share the account",
            Self::Unavailable => "check base_url, and try again later",
            Self::Network => "check the connection and base_url, and try again",
            Self::Timeout => "try again, or allow more time",
            Self::Decode => "report this answer: the platform sends what it does not document",
            Self::Pagination => "report this: the platform's paging does not work as documented",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Whether trying again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// The same request will fail again.
    Never,
    /// It may work later.
    Backoff,
    /// It may work after this time, which the platform named.
    After(Duration),
    /// It may work later, but all attempts that the policy allows are used up.
    Exhausted,
}

/// What went wrong, where, and what the platform said.
///
/// It never holds a token, a secret or a signature: whoever adds text to it removes them first.
#[derive(Clone)]
pub struct Error(Box<Details>);

#[derive(Debug, Clone)]
struct Details {
    kind: ErrorKind,
    retry: Retry,
    message: String,
    source_of_records: Option<Source>,
    operation: Option<&'static str>,
    native_code: Option<String>,
    http_status: Option<u16>,
    request_id: Option<String>,
    attempts: u32,
    body_excerpt: Option<String>,
    cause: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of a kind, with what happened in words. They may be a platform's own: control characters become spaces, so
    /// that an error stays on its line.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let mut message = message.into();
        if message.contains(char::is_control) {
            message = message.replace(char::is_control, " ");
        }
        let retry = match kind {
            ErrorKind::RateLimited
            | ErrorKind::Unavailable
            | ErrorKind::Network
            | ErrorKind::Timeout => Retry::Backoff,
            _ => Retry::Never,
        };
        Self(Box::new(Details {
            kind,
            retry,
            message,
            source_of_records: None,
            operation: None,
            native_code: None,
            http_status: None,
            request_id: None,
            attempts: 0,
            body_excerpt: None,
            cause: None,
        }))
    }

    /// A setting or an argument that is wrong, by its name.
    pub fn config(field: &str, problem: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Config, format!("{field}: {problem}"))
    }

    /// A value in an answer that could not be read, by the platform's name of the field.
    pub fn decode(field: &str, problem: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Decode, format!("{field}: {problem}"))
    }

    /// Says more exactly who has to act. Whether trying again can help stays as it is.
    #[must_use]
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Says for which account it happened.
    #[must_use]
    pub fn with_source(mut self, source: &Source) -> Self {
        self.0.source_of_records = Some(source.clone());
        self
    }

    /// Says in which call it happened, by the platform's name of the call.
    #[must_use]
    pub fn with_operation(mut self, operation: &'static str) -> Self {
        self.0.operation = Some(operation);
        self
    }

    /// Says whether trying again can help.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.0.retry = retry;
        self
    }

    /// Keeps the platform's own error code.
    #[must_use]
    pub fn with_native_code(mut self, code: Option<String>) -> Self {
        self.0.native_code = code;
        self
    }

    /// Keeps the HTTP status, the platform's request id and the start of the body, redacted.
    #[must_use]
    pub fn with_answer(
        mut self,
        http_status: u16,
        request_id: Option<String>,
        body_excerpt: Option<String>,
    ) -> Self {
        self.0.http_status = Some(http_status);
        self.0.request_id = request_id;
        self.0.body_excerpt = body_excerpt;
        self
    }

    /// Says how often the request was sent.
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// Keeps the error underneath.
    #[must_use]
    pub fn with_cause(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.cause = Some(Arc::from(cause.into()));
        self
    }

    /// What went wrong, by who has to act.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the platform says, with a code of its own, that there is no such case or order. Without one, the address
    /// may be wrong.
    pub fn says_that_there_is_none(&self) -> bool {
        self.kind() == ErrorKind::NotFound && self.native_code().is_some()
    }

    /// Whether trying again can help.
    pub fn retry(&self) -> Retry {
        self.0.retry
    }

    /// What happened, in words; the platform's own message where it sent one.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The platform it happened on.
    pub fn platform(&self) -> Option<&Platform> {
        self.0.source_of_records.as_ref().map(Source::platform)
    }

    /// The account it happened for.
    pub fn account(&self) -> Option<&Account> {
        self.0.source_of_records.as_ref().map(Source::account)
    }

    /// The call it happened in, by the platform's name.
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation
    }

    /// The platform's own error code.
    pub fn native_code(&self) -> Option<&str> {
        self.0.native_code.as_deref()
    }

    /// The HTTP status of the answer.
    pub fn http_status(&self) -> Option<u16> {
        self.0.http_status
    }

    /// The platform's id of the request, which its support asks for.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// How often the request was sent; 0 when it never was.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// The start of the answer's body, without secrets.
    pub fn body_excerpt(&self) -> Option<&str> {
        self.0.body_excerpt.as_deref()
    }
}

impl fmt::Display for Error {
    /// One line: account, platform and call; kind and message; then in brackets what support asks
    /// for.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let details = &*self.0;
        if let Some(source) = &details.source_of_records {
            write!(f, "{source}: ")?;
        }
        if let Some(operation) = details.operation {
            write!(f, "{operation}: ")?;
        }
        write!(f, "{}: {}", details.kind, details.message)?;
        let mut separator = " [";
        let mut detail = |f: &mut fmt::Formatter<'_>, text: fmt::Arguments<'_>| {
            write!(f, "{separator}{text}")?;
            separator = ", ";
            Ok(())
        };
        if let Some(code) = &details.native_code {
            detail(f, format_args!("code {code}"))?;
        }
        if let Some(status) = details.http_status {
            detail(f, format_args!("HTTP {status}"))?;
        }
        if let Some(id) = &details.request_id {
            detail(f, format_args!("request {id}"))?;
        }
        if details.attempts > 1 {
            detail(f, format_args!("{} attempts", details.attempts))?;
        }
        if separator == ", " {
            f.write_str("]")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0
            .cause
            .as_deref()
            .map(|cause| cause as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Side;

    #[test]
    fn one_line_says_who_where_and_what() {
        let source = Source::new(Platform::new("shoplazza"), "us-store", Side::Seller);
        let error = Error::new(ErrorKind::RateLimited, "Exceeded the limit")
            .with_source(&source)
            .with_operation("after_sales_list")
            .with_native_code(Some("429001".to_owned()))
            .with_answer(429, Some("abc".to_owned()), None)
            .with_attempts(4);
        assert_eq!(
            error.to_string(),
            "us-store (shoplazza): after_sales_list: rate limited: Exceeded the limit \
             [code 429001, HTTP 429, request abc, 4 attempts]"
        );
        assert_eq!(error.retry(), Retry::Backoff);
        let bare = Error::config("shop", "is empty");
        assert_eq!(bare.to_string(), "bad configuration: shop: is empty");
    }

    #[test]
    fn words_of_a_platform_stay_on_the_line() {
        let error = Error::config("payments", "are \u{1b}[31mred\r\n");
        assert_eq!(error.message(), "payments: are  [31mred  ");
    }

    #[test]
    fn a_result_costs_one_word() {
        assert_eq!(size_of::<Result<()>>(), size_of::<usize>());
    }
}
