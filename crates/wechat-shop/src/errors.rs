//! How the platform says no: `errcode` other than 0, presumably with HTTP status 200.

use core_model::ErrorKind::{
    NotFound, PermissionDenied, RateLimited, Rejected, Unauthenticated, Unavailable,
};
use core_model::lenient::{FoldedKeys, Literal, Number, Text};
use http::StatusCode;
use serde::{Deserialize, Deserializer};
use transport::Then::{Fail, RenewToken, Retry};
use transport::{Code, Fault};

use crate::wire::folded;

/// Codes of all calls (pages "公共错误码", "getAccessToken"), of the custom trade component (page
/// "错误码", known up to 1010005), of the upgraded one (page "错误码说明") and of WeChat Store (its pages,
/// partly by a public transcript). 40014, 40125 and 41004 are from client libraries and lists of
/// others, 40164, 1010011 to 1010060, 2747002 and 10021065 from the vendor's forum.
///
/// Of an action these codes say that nothing was done, but for those that are `Unavailable`: "system busy" may be said by a
/// part of the platform that does not know what another has done. 40066 is counted among them, to be on the safe side.
pub const CODES: &[Code] = &[
    Code::new("-1", Unavailable, Retry),
    // Of a token call 40001 means a wrong secret: there is no token to renew then.
    Code::new("40001", Unauthenticated, RenewToken),
    Code::new("40014", Unauthenticated, RenewToken),
    Code::new("42001", Unauthenticated, RenewToken),
    Code::new("41001", Unauthenticated, Fail),
    Code::new("40002", Rejected, Fail),
    Code::new("40013", Unauthenticated, Fail),
    Code::new("40125", Unauthenticated, Fail),
    Code::new("40243", Unauthenticated, Fail),
    Code::new("41002", Unauthenticated, Fail),
    Code::new("41004", Unauthenticated, Fail),
    Code::new("41018", Unauthenticated, Fail),
    Code::new("40164", PermissionDenied, Fail),
    Code::new("45035", PermissionDenied, Fail),
    Code::new("61004", PermissionDenied, Fail),
    Code::new("48001", PermissionDenied, Fail),
    Code::new("48004", PermissionDenied, Fail),
    Code::new("50001", PermissionDenied, Fail),
    Code::new("50002", PermissionDenied, Fail),
    Code::new("61007", PermissionDenied, Fail),
    // The day's quota: more of the same today does not help.
    Code::new("45009", RateLimited, Fail),
    Code::new("45011", RateLimited, Retry),
    Code::new("300000", RateLimited, Retry),
    Code::new("990010", Unavailable, Retry),
    Code::new("40003", Rejected, Fail),
    // No such call: this generation of the interface is gone, for this app or for all.
    Code::new("40066", Unavailable, Fail),
    Code::new("40097", Rejected, Fail),
    Code::new("43002", Rejected, Fail),
    Code::new("43003", Rejected, Fail),
    Code::new("44002", Rejected, Fail),
    Code::new("45002", Rejected, Fail),
    Code::new("47001", Rejected, Fail),
    Code::new("87014", Rejected, Fail),
    Code::new("990001", Rejected, Fail),
    Code::new("990002", Rejected, Fail),
    Code::new("990004", Rejected, Fail),
    Code::new("990005", Rejected, Fail),
    Code::new("990007", Rejected, Fail),
    Code::new("990008", Rejected, Fail),
    Code::new("990009", Rejected, Fail),
    Code::new("100000", Rejected, Fail),
    Code::new("1000000", Rejected, Fail),
    Code::new("1010001", Rejected, Fail),
    Code::new("1010002", Rejected, Fail),
    Code::new("1010003", Rejected, Fail),
    Code::new("1010004", Rejected, Fail),
    Code::new("1010005", Rejected, Fail),
    Code::new("1010011", NotFound, Fail),
    Code::new("1010014", Rejected, Fail),
    Code::new("1010060", Rejected, Fail),
    // No reset of the quota is left this month.
    Code::new("48006", Rejected, Fail),
    // The upgraded component.
    Code::new("-2", Rejected, Fail),
    Code::new("2747002", Rejected, Fail),
    Code::new("2747003", Rejected, Fail),
    Code::new("2747006", NotFound, Fail),
    Code::new("2747007", NotFound, Fail),
    Code::new("2747008", Rejected, Fail),
    Code::new("2747009", Rejected, Fail),
    Code::new("2747010", Rejected, Fail),
    Code::new("2747012", Rejected, Fail),
    Code::new("2747013", Rejected, Fail),
    Code::new("2747014", Rejected, Fail),
    Code::new("2747016", Rejected, Fail),
    Code::new("2747018", Rejected, Fail),
    Code::new("2747020", Rejected, Fail),
    Code::new("2747021", Rejected, Fail),
    Code::new("2747024", Rejected, Fail),
    Code::new("2747025", Rejected, Fail),
    // One write at a time per order: the one before has not been answered yet, and this one was not begun.
    Code::new("2747026", RateLimited, Retry),
    Code::new("2747027", Rejected, Fail),
    // WeChat Store.
    Code::new("9700223", Unavailable, Retry),
    Code::new("9700224", Rejected, Fail),
    Code::new("10020000", NotFound, Fail),
    Code::new("10020001", Rejected, Fail),
    Code::new("10020003", Rejected, Fail),
    Code::new("10020004", Rejected, Fail),
    Code::new("10020261", Rejected, Fail),
    Code::new("10021041", Rejected, Fail),
    Code::new("10021043", NotFound, Fail),
    // Too many users at the moment: turned away, not begun.
    Code::new("10021044", RateLimited, Retry),
    Code::new("10021045", Rejected, Fail),
    Code::new("10021046", Rejected, Fail),
    Code::new("10021050", NotFound, Fail),
    Code::new("10021051", Rejected, Fail),
    Code::new("10021057", NotFound, Fail),
    // Once a minute; our pauses are shorter.
    Code::new("10021059", RateLimited, Fail),
    Code::new("10021060", Rejected, Fail),
    Code::new("10021062", Rejected, Fail),
    // The platform is at the case itself.
    Code::new("10021065", Rejected, Fail),
    Code::new("10021068", Rejected, Fail),
    Code::new("10021083", Rejected, Fail),
    Code::new("10021084", Rejected, Fail),
    Code::new("10021085", Rejected, Fail),
    Code::new("10021086", Rejected, Fail),
    Code::new("10021088", Rejected, Fail),
    Code::new("10021089", Rejected, Fail),
];

/// `errcode` other than 0; the request id stands at the end of `errmsg`.
#[derive(Debug)]
pub struct Dialect;

#[derive(Default, Deserialize)]
#[serde(default, remote = "Self", bound(deserialize = "'de: 'a"))]
struct Envelope<'a> {
    errcode: Number<'a>,
    errmsg: Text<'a>,
}

folded!(Envelope);

impl transport::Dialect for Dialect {
    fn fault(&self, _: StatusCode, body: &[u8]) -> Option<Fault> {
        let envelope: Envelope<'_> = match transport::envelope(body)? {
            Ok(envelope) => envelope,
            Err(fault) => return Some(fault),
        };
        let code = envelope.errcode.get().filter(|&code| code != "0")?;
        let errmsg = envelope.errmsg.get().unwrap_or_default().trim();
        let (message, request_id) = match errmsg.split_once("rid: ") {
            Some((message, request_id)) => (message.trim_end(), Some(request_id.trim())),
            None => (errmsg, None),
        };
        let mut fault = Fault::new(Some(code), message, CODES);
        fault.request_id = request_id.map(str::to_owned);
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use transport::Dialect as _;

    use super::*;

    #[test]
    fn a_fault_is_read_with_its_request_id() {
        let fault = |body: &str| Dialect.fault(StatusCode::OK, body.as_bytes());
        for body in [
            r#"{"errcode":40001,"errmsg":" invalid credential rid: 6300a1-2b-3c"}"#,
            r#"{"Errcode ":"40001","errmsg":"invalid credential rid: 6300a1-2b-3c"}"#,
        ] {
            let fault = fault(body).unwrap();
            assert_eq!(fault.code.as_deref(), Some("40001"));
            assert_eq!(fault.message, "invalid credential");
            assert_eq!(fault.request_id.as_deref(), Some("6300a1-2b-3c"));
        }
        for body in [
            r#"{"errcode":0}"#,
            r#"{"access_token":"t"}"#,
            "{}",
            "[]",
            "no",
            "",
        ] {
            assert_eq!(fault(body), None, "{body}");
        }
    }

    #[test]
    fn no_code_is_listed_twice() {
        let mut codes: Vec<_> = CODES.iter().map(|entry| entry.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), CODES.len());
    }
}
