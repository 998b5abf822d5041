//! What arrives from a platform by itself: checked before a word of it is believed.

mod xml;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use core_model::Event;
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, StatusCode};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use url::form_urlencoded;

/// A longer body is refused unread. Most documented pushes have less than 4 KiB, but one that is a whole order has as
/// many lines as the order.
pub const LONGEST_PUSH: usize = 1024 * 1024;

/// Reads the pushes of one account. Pure: whoever runs the HTTP server hands in what arrived and the time, and answers
/// with what comes back.
///
/// Some platforms try an address before they push to it, with a GET that has no body. Hand that in like any other: it
/// comes back without events and with the answer that the platform waits for.
pub trait Receiver: fmt::Debug + Send + Sync {
    /// Verifies and reads a push.
    ///
    /// # Errors
    /// [`Refusal`], with the status to answer.
    fn receive(&self, push: &Push<'_>, now: Timestamp) -> Result<Accepted, Refusal>;
}

/// A push as it arrived over HTTP. `Debug` shows neither the path, signatures nor the body.
#[derive(Clone, Copy)]
pub struct Push<'a> {
    /// The path of the address, from its leading slash, as it was sent: nothing in it decoded. It may hold a secret.
    pub path: &'a str,
    /// What stands behind the `?` of the address, as it was sent; empty where there is nothing.
    pub query: &'a str,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The body, byte for byte: a signature covers it as it was sent.
    pub body: &'a [u8],
}

impl<'a> Push<'a> {
    /// A header that has to be there, once.
    ///
    /// # Errors
    /// [`RefusalKind::Malformed`] with the header's name.
    pub fn header(&self, name: &str) -> Result<&'a str, Refusal> {
        let mut values = self.headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (Some(value), None) => value
                .to_str()
                .map_err(|_| Refusal::malformed(format!("header {name} is no text"))),
            (None, _) => Err(Refusal::malformed(format!("header {name} is missing"))),
            (Some(_), Some(_)) => Err(Refusal::malformed(format!("header {name} comes twice"))),
        }
    }

    /// A parameter of the query, decoded, that has to be there, once.
    ///
    /// # Errors
    /// [`RefusalKind::Malformed`] with the parameter's name.
    pub fn parameter(&self, name: &str) -> Result<Cow<'a, str>, Refusal> {
        let mut values = form_urlencoded::parse(self.query.as_bytes())
            .filter(|(known, _)| known == name)
            .map(|(_, value)| value);
        match (values.next(), values.next()) {
            (Some(value), None) => Ok(value),
            (None, _) => Err(Refusal::malformed(format!("parameter {name} is missing"))),
            (Some(_), Some(_)) => Err(Refusal::malformed(format!("parameter {name} comes twice"))),
        }
    }

    /// The body, unless it is too long.
    ///
    /// # Errors
    /// [`RefusalKind::TooLarge`].
    pub fn body(&self) -> Result<&'a [u8], Refusal> {
        bounded(self.body)
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// [`RefusalKind::TooLarge`], or [`RefusalKind::Malformed`] where it is something else.
    pub fn json<T: Deserialize<'a>>(&self) -> Result<T, Refusal> {
        serde_json::from_slice(self.body()?).map_err(|_| undocumented())
    }
}

impl fmt::Debug for Push<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parameters = form_urlencoded::parse(self.query.as_bytes());
        let parameters: Vec<_> = parameters.map(|(name, _)| name).collect();
        let headers: Vec<_> = self.headers.keys().collect();
        f.debug_struct("Push")
            .field("parameters", &parameters)
            .field("headers", &headers)
            .field("body_length", &self.body.len())
            .finish()
    }
}

fn bounded(body: &[u8]) -> Result<&[u8], Refusal> {
    if body.len() > LONGEST_PUSH {
        let reason = format!("the body is longer than {LONGEST_PUSH} bytes");
        return Err(Refusal::new(RefusalKind::TooLarge, reason));
    }
    Ok(body)
}

/// The body of a push that may be JSON or XML, and is read as JSON in either case. `Debug` does not show it.
///
/// An element of the XML is a member, its value an object where it holds elements, else its text; the name of the root
/// is not looked at, attributes are not read, and nothing is expanded but the entities that XML itself names. Elements
/// of one name that hold elements are an array. What stands twice is refused where a type knows it.
///
/// ```
/// use core_model::lenient::{Literal, Number};
/// use transport::push::Document;
///
/// #[derive(Default, serde::Deserialize)]
/// #[serde(default, bound(deserialize = "'de: 'a"))]
/// struct Told<'a> {
///     order_id: Number<'a>,
/// }
///
/// for body in [r#"{"order_id": 17}"#, "<xml><order_id><![CDATA[17]]></order_id></xml>"] {
///     let document = Document::new(body.as_bytes())?;
///     let told: Told<'_> = document.read()?;
///     assert_eq!(told.order_id.get(), Some("17"));
/// }
/// # Ok::<(), transport::push::Refusal>(())
/// ```
pub struct Document<'a>(Cow<'a, str>);

impl<'a> Document<'a> {
    /// Tells JSON and XML apart by the first character.
    ///
    /// # Errors
    /// [`RefusalKind::TooLarge`], or [`RefusalKind::Malformed`] where it is neither, or XML that is not well-formed, has
    /// a document type, or nests deeper or has more elements than any push.
    pub fn new(body: &'a [u8]) -> Result<Self, Refusal> {
        let neither = || Refusal::malformed("the body is neither JSON nor XML");
        let text = std::str::from_utf8(bounded(body)?).map_err(|_| neither())?;
        match text.trim_start().as_bytes().first() {
            Some(b'{') => Ok(Self(Cow::Borrowed(text))),
            Some(b'<') => xml::to_json(text).map(|json| Self(Cow::Owned(json))),
            _ => Err(neither()),
        }
    }

    /// Reads it.
    ///
    /// # Errors
    /// [`RefusalKind::Malformed`] where it is something else.
    pub fn read<'b, T: Deserialize<'b>>(&'b self) -> Result<T, Refusal> {
        serde_json::from_str(&self.0).map_err(|_| undocumented())
    }
}

impl fmt::Debug for Document<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("length", &self.0.len())
            .finish()
    }
}

fn undocumented() -> Refusal {
    Refusal::malformed("the body is not what is documented")
}

/// A push that was verified and read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// What happened; nothing for a push that only tries the address.
    pub events: Vec<Event>,
    /// What to answer with status 200, as plain text, so that the platform does not send it again.
    pub answer: String,
}

/// Why a push is not believed. The reason names no value of the push and no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Refusal {
    kind: RefusalKind,
    reason: String,
}

/// Why a push is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusalKind {
    /// Something is missing or unreadable.
    Malformed,
    /// It is not from the platform, or not for this account.
    Forged,
    /// It was signed too long ago, or in the future: somebody may have kept it and sent it again.
    Stale,
    /// It is longer than any push.
    TooLarge,
}

impl Refusal {
    /// A refusal of a kind, with a reason that names no value of the push.
    pub fn new(kind: RefusalKind, reason: impl Into<String>) -> Self {
        Self {
            kind,
            reason: reason.into(),
        }
    }

    /// Something is missing or unreadable.
    pub fn malformed(reason: impl Into<String>) -> Self {
        Self::new(RefusalKind::Malformed, reason)
    }

    /// The signature is not that of the platform.
    pub fn forged() -> Self {
        Self::new(RefusalKind::Forged, "the signature does not fit")
    }

    /// Why.
    pub fn kind(&self) -> RefusalKind {
        self.kind
    }

    /// The status to answer.
    pub fn status(&self) -> StatusCode {
        match self.kind {
            RefusalKind::Malformed => StatusCode::BAD_REQUEST,
            RefusalKind::Forged | RefusalKind::Stale => StatusCode::UNAUTHORIZED,
            RefusalKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        }
    }
}

/// How far the time of a push may be from ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayWindow {
    past: SignedDuration,
    future: SignedDuration,
}

impl ReplayWindow {
    /// So long ago at the most, and a minute ahead, because clocks differ.
    pub fn new(past: Duration) -> Self {
        Self {
            past: SignedDuration::try_from(past).unwrap_or(SignedDuration::MAX),
            future: SignedDuration::from_mins(1),
        }
    }

    /// Refuses what was signed at a time outside of the window.
    ///
    /// # Errors
    /// [`RefusalKind::Stale`].
    pub fn check(self, signed_at: Timestamp, now: Timestamp) -> Result<(), Refusal> {
        let age = now.duration_since(signed_at);
        if age > self.past {
            return Err(Refusal::new(
                RefusalKind::Stale,
                "it was signed too long ago",
            ));
        }
        if -age > self.future {
            return Err(Refusal::new(
                RefusalKind::Stale,
                "it was signed in the future",
            ));
        }
        Ok(())
    }
}

/// Whether this is the HMAC-SHA256 of a message under a secret. Takes the same time however much of it is right.
pub fn is_hmac_sha256(code: &[u8], secret: &SecretString, message: &[&[u8]]) -> bool {
    let secret = secret.expose_secret().as_bytes();
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else {
        // A key of any length will do.
        return false;
    };
    for part in message {
        mac.update(part);
    }
    mac.verify_slice(code).is_ok()
}

/// SHA-256 of a body in hexadecimal digits: what an event is known by that states no id of its own.
pub fn digest(body: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(body))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn what_is_asked_for_has_to_be_there_once() {
        let mut headers = HeaderMap::new();
        headers.insert("x-one", HeaderValue::from_static("1"));
        headers.append("x-two", HeaderValue::from_static("1"));
        headers.append("x-two", HeaderValue::from_static("2"));
        headers.insert("x-odd", HeaderValue::from_bytes(b"\xff").unwrap());
        let push = Push {
            path: "/",
            query: "a=1%2B2&b=1&b=2&c",
            headers: &headers,
            body: b"",
        };
        assert_eq!(push.header("X-One").unwrap(), "1");
        assert_eq!(push.parameter("a").unwrap(), "1+2");
        assert_eq!(push.parameter("c").unwrap(), "");
        for refusal in [
            push.header("x-two").unwrap_err(),
            push.header("x-odd").unwrap_err(),
            push.header("x-none").unwrap_err(),
            push.parameter("b").unwrap_err(),
            push.parameter("d").unwrap_err(),
        ] {
            assert_eq!(refusal.status(), StatusCode::BAD_REQUEST, "{refusal}");
        }
    }

    #[test]
    fn what_is_shown_of_a_push_has_no_value_in_it() {
        let mut headers = HeaderMap::new();
        headers.insert("x-signature", HeaderValue::from_static("canary"));
        let push = Push {
            path: "/canary",
            query: "signature=canary",
            headers: &headers,
            body: b"canary",
        };
        let shown = format!("{push:?}");
        assert!(shown.contains("x-signature"), "{shown}");
        assert!(!shown.contains("canary"), "{shown}");
    }

    #[test]
    fn a_body_has_a_limit() {
        let headers = HeaderMap::new();
        let push = |length| {
            let body: &'static [u8] = vec![b' '; length].leak();
            let push = Push {
                path: "/",
                query: "",
                headers: &headers,
                body,
            };
            push.body()
                .map(<[u8]>::len)
                .map_err(|refusal| refusal.kind())
        };
        assert_eq!(push(LONGEST_PUSH), Ok(LONGEST_PUSH));
        assert_eq!(push(LONGEST_PUSH + 1), Err(RefusalKind::TooLarge));
    }

    #[test]
    fn json_and_xml_are_read_alike_and_nothing_else_is() {
        #[derive(Debug, PartialEq, Deserialize)]
        struct Told {
            a: String,
        }
        let read = |body: &[u8]| -> Result<Told, RefusalKind> {
            let document = Document::new(body).map_err(|refusal| refusal.kind())?;
            document.read().map_err(|refusal| refusal.kind())
        };
        let told = || Ok(Told { a: "1".to_owned() });
        let long = format!("{{{}}}", " ".repeat(LONGEST_PUSH));
        for (body, expected) in [
            (r#"{"a":"1"}"#, told()),
            (" \n{\"a\":\"1\"}", told()),
            ("<xml><a>1</a></xml>", told()),
            ("\r\n<doc><a>1</a></doc>", told()),
            (r#"{"a":"1"#, Err(RefusalKind::Malformed)),
            (r#"{"a":"1","a":"1"}"#, Err(RefusalKind::Malformed)),
            ("<xml><a>1</a><a>1</a></xml>", Err(RefusalKind::Malformed)),
            ("<xml><b>1</b></xml>", Err(RefusalKind::Malformed)),
            ("[]", Err(RefusalKind::Malformed)),
            ("", Err(RefusalKind::Malformed)),
            (&long, Err(RefusalKind::TooLarge)),
        ] {
            assert_eq!(read(body.as_bytes()), expected, "{} bytes", body.len());
        }
        assert_eq!(read(b"{\"a\":\"\xff\"}"), Err(RefusalKind::Malformed));
        let shown = format!("{:?}", Document::new(br#"{"a":"canary"}"#));
        assert!(!shown.contains("canary"), "{shown}");
    }

    #[test]
    fn the_window_has_two_ends() {
        let window = ReplayWindow::new(Duration::from_secs(300));
        for (signed_at, is_fresh) in [
            (1_000, true),
            (701, true),
            (700, true),
            (699, false),
            (1_060, true),
            (1_061, false),
            (i64::from(u32::MAX), false),
        ] {
            assert_eq!(
                window.check(at(signed_at), at(1_000)).is_ok(),
                is_fresh,
                "{signed_at}"
            );
        }
        let any = ReplayWindow::new(Duration::MAX);
        assert!(any.check(Timestamp::MIN, at(0)).is_ok());
    }

    /// The first test case of RFC 4231.
    #[test]
    fn a_code_fits_its_message_and_no_other() {
        let secret = SecretString::from("\u{b}".repeat(20));
        let code = [
            0xb0, 0x34, 0x4c, 0x61, 0xd8, 0xdb, 0x38, 0x53, 0x5c, 0xa8, 0xaf, 0xce, 0xaf, 0x0b,
            0xf1, 0x2b, 0x88, 0x1d, 0xc2, 0x00, 0xc9, 0x83, 0x3d, 0xa7, 0x26, 0xe9, 0x37, 0x6c,
            0x2e, 0x32, 0xcf, 0xf7,
        ];
        assert!(is_hmac_sha256(&code, &secret, &[b"Hi There"]));
        assert!(is_hmac_sha256(&code, &secret, &[b"Hi ", b"There"]));
        assert!(!is_hmac_sha256(&code, &secret, &[b"Hi there"]));
        assert!(!is_hmac_sha256(&code[..31], &secret, &[b"Hi There"]));
        assert!(!is_hmac_sha256(&[], &secret, &[b"Hi There"]));
        assert!(!is_hmac_sha256(
            &code,
            &SecretString::from(""),
            &[b"Hi There"]
        ));
    }
    /// The first test vector of FIPS 180-2.
    #[test]
    fn a_body_has_one_digest() {
        let digits = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest(b"abc"), digits);
    }
}
