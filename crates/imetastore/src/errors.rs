//! How the platform says no: the envelope of success with another code.

use core_model::lenient::{Literal, Text};
use http::StatusCode;
use serde::Deserialize;
use transport::{Code, Fault};

/// The seller API documents no codes: the HTTP status decides, and code and message are kept. (The
/// platform's merchant API has a list, but that is another API with another way to log in.)
pub const CODES: &[Code] = &[];

/// `code` other than `0000`.
#[derive(Debug)]
pub struct Dialect;

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Envelope<'a> {
    code: Text<'a>,
    msg: Text<'a>,
}

impl transport::Dialect for Dialect {
    fn fault(&self, status: StatusCode, body: &[u8]) -> Option<Fault> {
        let envelope: Envelope<'_> = match transport::envelope(body)? {
            Ok(envelope) => envelope,
            Err(fault) => return Some(fault),
        };
        let (code, message) = (envelope.code.get(), envelope.msg.get());
        Fault::of_code(status, code, "0000", message, CODES)
    }
}

#[cfg(test)]
mod tests {
    use transport::Dialect as _;

    use super::*;

    #[test]
    fn only_0000_is_success() {
        let fault = |body: &str| Dialect.fault(StatusCode::OK, body.as_bytes());
        let refused = fault(r#"{"code":"10003","msg":"no","data":null}"#).unwrap();
        assert_eq!(
            (refused.code.as_deref(), refused.message.as_str()),
            (Some("10003"), "no")
        );
        for body in [r#"{"code":"0000","data":null}"#, "[]", "no", ""] {
            assert_eq!(fault(body), None, "{body}");
        }
    }
}
