//! Takes secrets out of text.

use std::borrow::Cow;
use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use crate::Request;

/// What stands in a text where a secret was.
const MASK: &str = "[redacted]";

/// Takes the secrets of an account out of text from outside, in the spellings in which a server may
/// echo them: as they are, percent-encoded and JSON-escaped.
pub(crate) struct Redactor {
    spellings: Vec<String>,
    /// Whether the answer itself is a secret: it holds a token that nobody knows yet.
    opaque: bool,
}

impl Redactor {
    /// `request` adds what was made of the secrets, such as a signature.
    pub(crate) fn new<'a>(
        secrets: impl IntoIterator<Item = &'a SecretString>,
        request: &'a Request,
    ) -> Self {
        let mut spellings: Vec<String> = secrets
            .into_iter()
            .map(ExposeSecret::expose_secret)
            .chain(request.secret_headers())
            .filter(|secret| !secret.is_empty())
            .flat_map(spellings)
            .collect();
        // Longest first, so that a secret that contains another goes as a whole.
        spellings.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        spellings.dedup();
        Self {
            spellings,
            opaque: false,
        }
    }

    /// For the answer to a token call.
    pub(crate) fn opaque(self) -> Self {
        Self {
            opaque: true,
            ..self
        }
    }

    /// Whether nothing of a body may be shown.
    pub(crate) fn is_opaque(&self) -> bool {
        self.opaque
    }

    /// A text without secrets and without control characters.
    pub(crate) fn clean(&self, text: &str) -> String {
        let redacted = self
            .spellings
            .iter()
            .fold(Cow::Borrowed(text), |text, secret| {
                if text.contains(secret) {
                    Cow::Owned(text.replace(secret, MASK))
                } else {
                    text
                }
            });
        redacted
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect()
    }

    /// The start of a body without secrets: at most 200 characters, of which none is the first part
    /// of a secret that goes on behind them.
    pub(crate) fn excerpt(&self, body: &[u8]) -> Option<String> {
        const SHOWN: usize = 200;
        if self.opaque {
            return None;
        }
        let longest = self.spellings.first().map_or(0, String::len);
        let head = body.get(..4 * SHOWN + longest).unwrap_or(body);
        let head = String::from_utf8_lossy(head);
        let mut shown = String::new();
        let mut rest: &str = head.trim();
        while let Some(c) = rest.chars().next() {
            if shown.chars().count() >= SHOWN {
                shown.push('…');
                break;
            }
            if let Some(after) = self.after_secret(rest) {
                shown.push_str(MASK);
                rest = after;
            } else {
                shown.push(if c.is_control() { ' ' } else { c });
                rest = rest.get(c.len_utf8()..).unwrap_or_default();
            }
        }
        (!shown.is_empty()).then_some(shown)
    }

    /// What follows, if a text starts with a secret.
    fn after_secret<'a>(&self, text: &'a str) -> Option<&'a str> {
        self.spellings
            .iter()
            .find_map(|secret| text.strip_prefix(secret.as_str()))
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}

fn spellings(secret: &str) -> [String; 3] {
    let encoded = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let quoted = serde_json::Value::from(secret).to_string();
    let escaped = quoted.trim_matches('"').to_owned();
    [secret.to_owned(), encoded, escaped]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn redactor(secrets: &[&str]) -> Redactor {
        let secrets: Vec<_> = secrets
            .iter()
            .map(|&secret| SecretString::from(secret))
            .collect();
        let mut request = Request::get("call", "/");
        request.set_secret_header("signature", "0f1e2d3c").unwrap();
        Redactor::new(&secrets, &request)
    }

    #[test]
    fn every_spelling_goes() {
        let redactor = redactor(&["ca/na+ry\"1", "ca", ""]);
        for text in [
            r#"bad token ca/na+ry"1"#,
            "GET /x?access_token=ca%2Fna%2Bry%221 HTTP",
            r#"{"token":"ca/na+ry\"1"}"#,
        ] {
            let clean = redactor.clean(text);
            assert!(!clean.contains("na") && clean.contains(MASK), "{clean}");
            assert_eq!(redactor.excerpt(text.as_bytes()), Some(clean));
        }
    }

    #[test]
    fn a_signature_is_a_secret_too() {
        assert_eq!(redactor(&[]).clean("got 0f1e2d3c"), "got [redacted]");
    }

    #[test]
    fn excerpts_are_short_and_hold_no_control_characters() {
        let body = "<html>\n\u{1b}[31m".to_owned() + &"x".repeat(100_000);
        let excerpt = redactor(&["secret"]).excerpt(body.as_bytes()).unwrap();
        assert!(excerpt.chars().count() <= 201);
        assert!(!excerpt.contains('\u{1b}') && !excerpt.contains('\n'));
    }

    proptest! {
        #[test]
        fn no_part_of_a_secret_is_left_at_the_cut(before in 0_usize..1000, after in 0_usize..1000) {
            let secret = "0123456789abcdef".repeat(8);
            let body = format!("{}{secret}{}", "x".repeat(before), "y".repeat(after));
            let excerpt = redactor(&[&secret]).excerpt(body.as_bytes()).unwrap();
            prop_assert!(!excerpt.contains("0123"), "{}", excerpt);
        }
    }
}
