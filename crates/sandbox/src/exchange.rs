//! One request and one answer, as the dialects see them: read in full, without a connection.

use std::borrow::Cow;
use std::time::Instant;

use axum::body::Bytes;
use axum::http::header::{CONTENT_TYPE, HeaderName};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Map, Value};

/// A request below a platform's base path.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// The documented path, with its leading slash.
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// When it arrived, by the calendar and by a clock that is never set.
    pub(crate) received: Timestamp,
    pub(crate) instant: Instant,
    pub(crate) paging: Paging,
    /// Another call is writing to the order that this one would write to.
    pub(crate) order_is_busy: bool,
}

/// Which page a list answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paging {
    AsAsked,
    /// The `repeat` fault.
    AlwaysFirst,
}

impl Request {
    pub(crate) fn query(&self, name: &str) -> Option<Cow<'_, str>> {
        form_urlencoded::parse(self.query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }

    /// All values of a parameter that may be repeated.
    pub(crate) fn queries(&self, name: &str) -> Vec<String> {
        form_urlencoded::parse(self.query.as_bytes())
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
            .collect()
    }

    /// A member of a form.
    pub(crate) fn form(&self, name: &str) -> Option<Cow<'_, str>> {
        form_urlencoded::parse(&self.body)
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body, if it is a JSON object.
    pub(crate) fn json(&self) -> Option<Map<String, Value>> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The page to answer when `asked` is asked for.
    pub(crate) fn page(&self, asked: u64) -> u64 {
        match self.paging {
            Paging::AsAsked => asked,
            Paging::AlwaysFirst => 1,
        }
    }

    /// How many records to skip when a cursor says `asked`.
    pub(crate) fn skip(&self, asked: u64) -> u64 {
        match self.paging {
            Paging::AsAsked => asked,
            Paging::AlwaysFirst => 0,
        }
    }
}

/// A member as text, be it a JSON string or a number; the platforms take either.
pub(crate) fn text(body: &Map<String, Value>, name: &str) -> Option<String> {
    match body.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A member that is a list of texts.
pub(crate) fn texts(body: &Map<String, Value>, name: &str) -> Vec<String> {
    let list = body.get(name).and_then(Value::as_array);
    let texts = list.into_iter().flatten().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

/// What is sent back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(body: String) -> Self {
        Self::of("application/json", body)
    }

    pub(crate) fn html(body: &'static str) -> Self {
        Self::of("text/html; charset=utf-8", body)
    }

    pub(crate) fn text(body: impl Into<Bytes>) -> Self {
        Self::of("text/plain; charset=utf-8", body)
    }

    pub(crate) fn of(content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self {
            status: StatusCode::OK,
            headers: vec![(CONTENT_TYPE, HeaderValue::from_static(content_type))],
            body: body.into(),
        }
    }

    pub(crate) fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Adds a header, unless the value cannot be one.
    pub(crate) fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }
}
