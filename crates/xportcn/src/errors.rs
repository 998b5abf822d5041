//! How the platform says no: the envelope of success with another code.

use core_model::lenient::{Literal, Text};
use http::StatusCode;
use serde::Deserialize;
use transport::{Code, Fault};

/// The platform's page of error codes is not to be had: the HTTP status decides, and code and message
/// are kept. 1688 answers a wrong or foreign id with 500, 003 or 003002 on its own pages; nothing says
/// that Xportcn hands these on, and 500 would say little, so they are not in the table.
pub const CODES: &[Code] = &[];

/// `code` other than 200.
#[derive(Debug)]
pub struct Dialect;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Envelope<'a> {
    code: Text<'a>,
    msg: Text<'a>,
    request_id: Text<'a>,
}

impl transport::Dialect for Dialect {
    fn fault(&self, status: StatusCode, body: &[u8]) -> Option<Fault> {
        let envelope: Envelope<'_> = match transport::envelope(body)? {
            Ok(envelope) => envelope,
            Err(fault) => return Some(fault),
        };
        let (code, message) = (envelope.code.get(), envelope.msg.get());
        let fault = Fault::of_code(status, code, "200", message, CODES)?;
        Some(Fault {
            request_id: envelope.request_id.owned(),
            ..fault
        })
    }
}

#[cfg(test)]
mod tests {
    use transport::Dialect as _;

    use super::*;

    #[test]
    fn only_200_is_success() {
        let fault = |body: &str| Dialect.fault(StatusCode::OK, body.as_bytes());
        let refused = fault(r#"{"requestId":"r1","code":401,"msg":"no","data":null}"#).unwrap();
        assert_eq!(
            (refused.code.as_deref(), refused.message.as_str()),
            (Some("401"), "no")
        );
        assert_eq!(refused.request_id.as_deref(), Some("r1"));
        for body in [r#"{"code":200}"#, r#"{"code":"200"}"#, "[]", "no", ""] {
            assert_eq!(fault(body), None, "{body}");
        }
    }
}
