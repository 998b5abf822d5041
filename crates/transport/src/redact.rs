//! Takes secrets out of text.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use crate::Request;

/// What stands in a text where a secret was.
pub(crate) const MASK: &str = "[redacted]";

/// Takes the secrets of an account out of text from outside, as they are and in the spellings in
/// which a server may echo them: percent-encoded, JSON-escaped, as HTML.
pub(crate) struct Redactor {
    secrets: Vec<SecretString>,
    /// Whether the answer itself is a secret: it holds a token that nobody knows yet.
    opaque: bool,
}

impl Redactor {
    /// `request` adds what was made of the secrets, such as a signature.
    pub(crate) fn new<'a>(
        secrets: impl IntoIterator<Item = &'a SecretString>,
        request: &'a Request,
    ) -> Self {
        let mut secrets: Vec<_> = secrets
            .into_iter()
            .chain(request.secrets())
            .filter(|secret| !secret.expose_secret().is_empty())
            .cloned()
            .collect();
        // Longest first, so that a secret that contains another goes as a whole.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.expose_secret().len()));
        Self {
            secrets,
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

    /// A text without secrets and without characters that steer a screen, cut where it gets too long to read.
    pub(crate) fn clean(&self, text: &str) -> String {
        const SHOWN: usize = 500;
        self.start_of(text.as_bytes(), SHOWN)
    }

    /// The whole of a text that is meant to be shown, without secrets.
    pub(crate) fn masked(&self, text: &str) -> String {
        self.start_of(text.as_bytes(), usize::MAX)
    }

    /// The start of a body, cleaned in the same way; nothing of a body that is a secret itself.
    pub(crate) fn excerpt(&self, body: &[u8]) -> Option<String> {
        const SHOWN: usize = 200;
        let body = body.trim_ascii();
        (!self.opaque && !body.is_empty()).then(|| self.start_of(body, SHOWN))
    }

    /// At most so many characters, of which none is part of a secret that goes on behind them.
    fn start_of(&self, text: &[u8], characters: usize) -> String {
        // No spelling takes more than six characters for one byte of a secret.
        let longest = 6 * self
            .secrets
            .first()
            .map_or(0, |it| it.expose_secret().len());
        let bytes = characters.saturating_mul(4).saturating_add(longest);
        let head = text.get(..bytes).unwrap_or(text);
        let is_cut = head.len() < text.len();
        let head = String::from_utf8_lossy(head);
        let mut shown = String::new();
        let mut rest: &str = &head;
        let mut left = characters;
        while let Some(c) = rest.chars().next() {
            // What is left of a cut head may be the first part of a secret.
            if left == 0 || (is_cut && rest.len() < longest) {
                shown.push('…');
                break;
            }
            if let Some(after) = self.after_secret(rest) {
                shown.push_str(MASK);
                left = left.saturating_sub(MASK.len());
                rest = after;
            } else {
                shown.push(if steers_the_screen(c) { ' ' } else { c });
                left -= 1;
                rest = rest.get(c.len_utf8()..).unwrap_or_default();
            }
        }
        shown
    }

    /// What follows, if a text starts with a secret in any spelling.
    fn after_secret<'a>(&self, text: &'a str) -> Option<&'a str> {
        self.secrets.iter().find_map(|secret| {
            let secret = secret.expose_secret();
            text.strip_prefix(secret).or_else(|| {
                secret
                    .chars()
                    .try_fold(text, |rest, c| after_encoded(rest, c))
            })
        })
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}

/// Control characters, and marks that are not seen or turn the direction of writing.
fn steers_the_screen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// What follows, if a text starts with a character, encoded or as it is.
fn after_encoded(text: &str, c: char) -> Option<&str> {
    match text.as_bytes().first()? {
        b'%' => after_percent(text, c),
        b'\\' => after_backslash(text, c),
        b'&' => after_entity(text, c),
        _ => None,
    }
    .or_else(|| text.strip_prefix(c))
}

/// `%2F`, in upper or lower case.
fn after_percent(text: &str, c: char) -> Option<&str> {
    let mut utf8 = [0; 4];
    c.encode_utf8(&mut utf8)
        .bytes()
        .try_fold(text, |rest, byte| {
            let digits = rest.strip_prefix('%')?.get(..2)?;
            (u8::from_str_radix(digits, 16) == Ok(byte)).then_some(rest.get(3..)?)
        })
}

/// `\/`, `\"` or `\u002F`.
fn after_backslash(text: &str, c: char) -> Option<&str> {
    let escaped = text.strip_prefix('\\')?;
    let hex = escaped.strip_prefix('u').and_then(|hex| hex.get(..4));
    match hex.map(|hex| u32::from_str_radix(hex, 16)) {
        Some(Ok(code)) if code == u32::from(c) => escaped.get(5..),
        _ => escaped.strip_prefix(c).filter(|_| !c.is_alphanumeric()),
    }
}

/// `&lt;`, `&#60;` or `&#x3C;`.
fn after_entity(text: &str, c: char) -> Option<&str> {
    let (entity, rest) = text.strip_prefix('&')?.split_once(';')?;
    let named = match entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    };
    let numbered = || {
        let number = entity.strip_prefix('#')?;
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => number.parse(),
        };
        char::from_u32(code.ok()?)
    };
    (named.or_else(numbered) == Some(c)).then_some(rest)
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
        request.set_secret_query("sign", &"4b5a6978".into());
        request.set_secret_member("token", &"8796a5b4".into());
        Redactor::new(&secrets, &request)
    }

    #[test]
    fn every_spelling_goes() {
        let redactor = redactor(&["ca/na+<y>\"&1~é", "ca", ""]);
        for text in [
            r#"bad token ca/na+<y>"&1~é"#,
            "GET /x?access_token=ca%2Fna%2B%3Cy%3E%22%261~%C3%A9 HTTP",
            "GET /x?access_token=ca%2fna%2b%3cy%3e%22%261%7e%c3%a9 HTTP",
            r#"{"token":"ca/na+<y>\"&1~é"}"#,
            r#"{"token":"ca\/na+<y>\"&1~\u00e9"}"#,
            r#"{"token":"ca/na\u002B\u003cy\u003e\u0022\u00261~é"}"#,
            "<p>ca/na+&lt;y&gt;&quot;&amp;1~é</p>",
            "<p>ca/na+&#60;y&#x3E;&#34;&amp;1~&#233;</p>",
        ] {
            let clean = redactor.clean(text);
            assert!(!clean.contains("na") && clean.contains(MASK), "{clean}");
            assert_eq!(redactor.excerpt(text.as_bytes()), Some(clean));
        }
        assert_eq!(redactor.clean("100% & more \\ text"), "100% & more \\ text");
    }

    #[test]
    fn what_is_made_of_secrets_is_secret_too() {
        let redactor = redactor(&[]);
        for made in ["0f1e2d3c", "4b5a6978", "8796a5b4"] {
            assert_eq!(redactor.clean(&format!("got {made}")), "got [redacted]");
        }
    }

    #[test]
    fn excerpts_are_short_and_hold_no_control_characters() {
        let body = "<html>\n\u{1b}[31m".to_owned() + &"x".repeat(100_000);
        let redactor = redactor(&["secret"]);
        let excerpt = redactor.excerpt(body.as_bytes()).unwrap();
        assert!(excerpt.chars().count() <= 201);
        assert!(!excerpt.contains('\u{1b}') && !excerpt.contains('\n'));
        assert!(redactor.clean(&body).chars().count() <= 501);
        assert_eq!(redactor.opaque().excerpt(body.as_bytes()), None);
    }

    proptest! {
        #[test]
        fn no_part_of_a_secret_is_left_at_the_cut(
            blank in "[ x]",
            before in 0_usize..2000,
            times in 1_usize..20,
            after in 0_usize..1000,
        ) {
            let secret = "0123456789abcdef".repeat(8);
            let body = blank.repeat(before) + &secret.repeat(times) + &"y".repeat(after);
            let excerpt = redactor(&[&secret]).excerpt(body.as_bytes()).unwrap();
            prop_assert!(!excerpt.contains("0123"), "{}", excerpt);
        }
    }
}
