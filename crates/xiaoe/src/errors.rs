//! How the platform says no: `code` other than 0, presumably with HTTP status 200.

use core_model::ErrorKind::{
    PermissionDenied, RateLimited, Rejected, Unauthenticated, Unavailable,
};
use core_model::lenient::{Literal, Text};
use http::StatusCode;
use serde::Deserialize;
use transport::Then::{Fail, RenewToken, Retry};
use transport::{Code, Fault};

/// Codes of all calls (page "全局返回码", known from a public transcription). The codes of the
/// after-sales calls themselves are not documented. An old example gives 2001 for a wrong secret, so
/// 2001 to 2006 and 2020 all mean that the credentials are refused.
pub const CODES: &[Code] = &[
    Code::new("1001", Unavailable, Retry),
    Code::new("1002", Unavailable, Retry),
    Code::new("2001", Unauthenticated, Fail),
    Code::new("2002", Unauthenticated, Fail),
    Code::new("2003", Unauthenticated, Fail),
    Code::new("2004", Unauthenticated, Fail),
    Code::new("2005", Unauthenticated, Fail),
    Code::new("2006", Unauthenticated, Fail),
    Code::new("2007", Unauthenticated, RenewToken),
    Code::new("2008", Unauthenticated, RenewToken),
    Code::new("2009", Rejected, Fail),
    Code::new("2010", Rejected, Fail),
    Code::new("2017", PermissionDenied, Fail),
    Code::new("2020", Unauthenticated, Fail),
    Code::new("2051", PermissionDenied, Fail),
    Code::new("2052", Rejected, Fail),
    Code::new("2053", RateLimited, Retry),
    Code::new("2054", RateLimited, Retry),
    Code::new("2055", Rejected, Fail),
];

/// `code` other than 0.
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
            r#"{"code":2008,"msg":"no","data":null}"#,
            r#"{"code":"2008","msg":"no","data":[]}"#,
        ] {
            let refused = fault(body).unwrap();
            assert_eq!(refused.code.as_deref(), Some("2008"));
            assert_eq!(refused.message, "no");
        }
        for body in [r#"{"code":0}"#, r#"{"code":"0"}"#, "[]", "no", ""] {
            assert_eq!(fault(body), None, "{body}");
        }
    }
}
