//! How the platform says no: `code` other than 0.

use core_model::ErrorKind::{
    PermissionDenied, RateLimited, Rejected, Unauthenticated, Unavailable,
};
use core_model::lenient::{Literal, Text};
use http::StatusCode;
use serde::Deserialize;
use transport::Then::{Fail, Retry};
use transport::{Code, Fault};

/// Codes of all calls (page "List after-sales").
pub const CODES: &[Code] = &[
    Code::new("40001", Rejected, Fail),
    Code::new("40101", Unauthenticated, Fail),
    Code::new("40301", PermissionDenied, Fail),
    Code::new("42901", RateLimited, Retry),
    Code::new("50001", Unavailable, Retry),
];

/// `code` other than 0.
#[derive(Debug)]
pub struct Dialect;

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Envelope<'a> {
    code: Text<'a>,
    message: Text<'a>,
}

impl transport::Dialect for Dialect {
    fn fault(&self, status: StatusCode, body: &[u8]) -> Option<Fault> {
        let envelope: Envelope<'_> = match transport::envelope(body)? {
            Ok(envelope) => envelope,
            Err(fault) => return Some(fault),
        };
        let (code, message) = (envelope.code.get(), envelope.message.get());
        Fault::of_code(status, code, "0", message, CODES)
    }
}

#[cfg(test)]
mod tests {
    use transport::Dialect as _;

    use super::*;

    #[test]
    fn only_0_is_success() {
        let fault = |body: &str| Dialect.fault(StatusCode::OK, body.as_bytes());
        for body in [
            r#"{"code":40101,"message":"no"}"#,
            r#"{"code":"40101","message":"no","data":null}"#,
        ] {
            let refused = fault(body).unwrap();
            assert_eq!(refused.code.as_deref(), Some("40101"));
            assert_eq!(refused.message, "no");
        }
        for body in [r#"{"code":0}"#, r#"{"code":"0"}"#, "[]", "no", ""] {
            assert_eq!(fault(body), None, "{body}");
        }
    }
}
