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
        let envelope: Envelope<'_> = match transport::envelope(body)? {
            Ok(envelope) => envelope,
            Err(fault) => return Some(fault),
        };
        let code = envelope
            .code
            .get()
            .filter(|code| !code.eq_ignore_ascii_case("success"));
        let words = [&envelope.error, &envelope.errors, &envelope.message];
        let said: Vec<_> = words.into_iter().filter_map(Literal::get).collect();
        match (code, envelope.error.get(), envelope.errors.get()) {
            (None, None, None) => None,
            _ => {
                let said: Vec<_> = said.into_iter().map(flattened).collect();
                Some(Fault::new(code, said.join("; "), CODES))
            }
        }
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
        ] {
            let fault = Dialect.fault(StatusCode::OK, body.as_bytes()).unwrap();
            assert_eq!(
                (fault.code.as_deref(), fault.message.as_str()),
                (code, message),
                "{body}"
            );
        }
        for body in [
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
}
