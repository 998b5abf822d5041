//! How the platform says no. Its pages show eight shapes, and sometimes a bare word.

use core_model::ErrorKind;
use core_model::lenient::{Literal, Text};
use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use transport::{Code, Fault, Then};

/// Codes that the platform's documents show. Most errors carry none.
pub const CODES: &[Code] = &[
    Code::new("5", ErrorKind::NotFound, Then::Fail),
    Code::new("InvalidParameter", ErrorKind::Rejected, Then::Fail),
];

/// Reads `error`, `errors` (a text, a list, or an object of lists) and `code` with `message`.
#[derive(Debug)]
pub struct Dialect;

/// The same since version 2025-06, where every answer has an envelope: only a code that says so makes
/// it a success.
#[derive(Debug)]
pub struct EnvelopeDialect;

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Envelope<'a> {
    error: Text<'a>,
    errors: Text<'a>,
    code: Text<'a>,
    message: Text<'a>,
}

impl transport::Dialect for Dialect {
    fn fault(&self, _: StatusCode, body: &[u8]) -> Option<Fault> {
        // A page of cases is long, and has none of them.
        if !transport::may_name(body, &["error", "code"]) {
            return None;
        }
        match transport::envelope::<Envelope<'_>>(body)? {
            Ok(envelope) => envelope.fault(),
            Err(fault) => Some(fault),
        }
    }
}

impl transport::Dialect for EnvelopeDialect {
    fn fault(&self, status: StatusCode, body: &[u8]) -> Option<Fault> {
        match transport::envelope::<Envelope<'_>>(body)? {
            Ok(envelope) => envelope.fault().or_else(|| {
                let is_silent = status.is_success() && envelope.code.get().is_none();
                is_silent.then(|| Fault::unreadable("the answer has no code"))
            }),
            Err(fault) => Some(fault),
        }
    }
}

impl Envelope<'_> {
    /// What went wrong; `None` where nothing says so. The pages write `Success` and `success`.
    fn fault(&self) -> Option<Fault> {
        let code = self
            .code
            .get()
            .filter(|code| !code.eq_ignore_ascii_case("success"));
        if let (None, None, None) = (code, self.error.get(), self.errors.get()) {
            return None;
        }
        let words = [&self.error, &self.errors, &self.message];
        let said: Vec<_> = words
            .into_iter()
            .filter_map(Literal::get)
            .map(flattened)
            .collect();
        Some(Fault::new(code, said.join("; "), CODES))
    }
}

/// The words in a text that may be JSON: `topic: can't be blank; page: is invalid`.
fn flattened(text: &str) -> String {
    match serde_json::from_str(text) {
        Ok(value @ (Value::Array(_) | Value::Object(_))) => words(&value),
        _ => text.to_owned(),
    }
}

fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => joined(values.iter().map(words)),
        Value::Object(members) => joined(
            members
                .iter()
                .map(|(name, value)| format!("{name}: {}", words(value))),
        ),
        other => other.to_string(),
    }
}

fn joined(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use transport::Dialect as _;

    use super::*;

    #[test]
    fn every_documented_shape_is_understood() {
        for (body, code, message) in [
            (
                r#"{"error":"store is not active"}"#,
                None,
                "store is not active",
            ),
            (r#"{"errors":"No Context"}"#, None, "No Context"),
            (
                r#"{"errors":["Unable to find resource"]}"#,
                None,
                "Unable to find resource",
            ),
            (
                r#"{"errors":{"topic":["can't be blank","x"]}}"#,
                None,
                "topic: can't be blank; x",
            ),
            (
                r#"{"code":5,"message":"data not found","details":[]}"#,
                Some("5"),
                "data not found",
            ),
            (
                r#"{"code":"InvalidParameter","message":"bad"}"#,
                Some("InvalidParameter"),
                "bad",
            ),
            (
                r#"{"c\u006fde":"InvalidParameter","message":"bad"}"#,
                Some("InvalidParameter"),
                "bad",
            ),
        ] {
            let fault = Dialect.fault(StatusCode::OK, body.as_bytes()).unwrap();
            assert_eq!(
                (fault.code.as_deref(), fault.message.as_str()),
                (code, message),
                "{body}"
            );
        }
        for body in [
            r#"{"code":"Success","data":{}}"#,
            r#"{"code":"success","data":{}}"#,
            r#"{"code":"SUCCESS","message":"Refund records retrieved"}"#,
            r#"{"count":0,"post_sales":[]}"#,
            "{}",
            "[]",
            "Unauthorized",
            "<html>",
            "",
        ] {
            assert_eq!(
                Dialect.fault(StatusCode::OK, body.as_bytes()),
                None,
                "{body}"
            );
        }
    }
    #[test]
    fn with_an_envelope_only_success_is_success() {
        let fault = |status: u16, body: &str| {
            let status = StatusCode::from_u16(status).unwrap();
            EnvelopeDialect.fault(status, body.as_bytes())
        };
        for body in [
            r#"{"code":"Success","data":{}}"#,
            r#"{"code":"success","data":{}}"#,
        ] {
            assert_eq!(fault(200, body), None, "{body}");
        }
        for body in ["{}", r#"{"data":{"orders":[]}}"#, r#"{"code":""}"#] {
            let meaning = fault(200, body).unwrap().meaning;
            assert_eq!(meaning, Some((ErrorKind::Decode, Then::Fail)), "{body}");
            assert_eq!(fault(400, body), None, "the status says it: {body}");
        }
        let refused = r#"{"code":"InvalidParameter","message":"bad"}"#;
        let refused = fault(200, refused).unwrap();
        assert_eq!(refused.meaning, Some((ErrorKind::Rejected, Then::Fail)));
    }
}
