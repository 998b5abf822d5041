//! The signature, whose scheme is not published.
//!
//! What the development manual of PandaPon says, which sells the same software under another name:
//! access key, timestamp and nonce take part, user id and signature do not. What its pages show: a
//! sample of 32 upper-case hexadecimal digits, the length of MD5. Everything else here is a candidate, **unverified against the platform**: whether the body
//! takes part, in which order, with which separators, and where the secret goes. Try them against a
//! live account, or bring a [`Signer`] of your own.

use std::collections::BTreeMap;
use std::fmt;

use data_encoding::{HEXLOWER, HEXUPPER};
use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::Sha256;

/// What a signature may cover.
#[derive(Debug)]
pub struct Unsigned<'a> {
    /// Header `access-key`.
    pub access_key: &'a SecretString,
    /// Header `timestamp`: milliseconds since 1970, UTC.
    pub timestamp: &'a str,
    /// Header `nonce-str`: 32 random characters.
    pub nonce_str: &'a str,
    /// The path of the call, from its leading slash.
    pub path: &'a str,
    /// The query parameters, as they are before they are escaped.
    pub query: &'a [(&'static str, String)],
    /// The JSON body.
    pub body: Option<&'a Map<String, Value>>,
}

/// Makes the value of the header `signature`.
pub trait Signer: fmt::Debug + Send + Sync {
    /// Signs a request with the secret that belongs to the access key.
    fn sign(&self, unsigned: &Unsigned<'_>, secret_key: &SecretString) -> String;
}

/// The schemes to choose from; none is verified.
///
/// All start from the *canonical string*, the pairs `access-key=…`, `nonce-str=…` and `timestamp=…`
/// in alphabetical order with `&` between them. With `body` in the name, the parameters of the call are
/// sorted in among them: those of the query, and the top-level members of the body that are not null. MD5 is in upper-case, HMAC-SHA256 in lower-case
/// hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// MD5 of the canonical string and `&secret=` with the secret.
    Md5Secret,
    /// MD5 of the canonical string and `&key=` with the secret.
    Md5Key,
    /// MD5 of the canonical string and the bare secret.
    Md5Append,
    /// Like `md5-secret`, with the body.
    Md5BodySecret,
    /// Like `md5-key`, with the body.
    Md5BodyKey,
    /// Like `md5-append`, with the body.
    Md5BodyAppend,
    /// HMAC-MD5 of the canonical string.
    HmacMd5,
    /// HMAC-SHA256 of the canonical string. Its 64 digits do not fit the sample of 32.
    #[serde(rename = "hmac-sha256")]
    HmacSha256,
}

impl Signer for Scheme {
    fn sign(&self, unsigned: &Unsigned<'_>, secret_key: &SecretString) -> String {
        let secret = secret_key.expose_secret();
        let headers = joined(&header_pairs(unsigned));
        let with_body = || joined(&all_pairs(unsigned));
        match self {
            Self::Md5Secret => md5(&format!("{headers}&secret={secret}")),
            Self::Md5Key => md5(&format!("{headers}&key={secret}")),
            Self::Md5Append => md5(&format!("{headers}{secret}")),
            Self::Md5BodySecret => md5(&format!("{}&secret={secret}", with_body())),
            Self::Md5BodyKey => md5(&format!("{}&key={secret}", with_body())),
            Self::Md5BodyAppend => md5(&format!("{}{secret}", with_body())),
            Self::HmacMd5 => hmac::<Hmac<Md5>>(secret, &headers).to_uppercase(),
            Self::HmacSha256 => hmac::<Hmac<Sha256>>(secret, &headers),
        }
    }
}

fn header_pairs<'a>(unsigned: &Unsigned<'a>) -> BTreeMap<&'a str, String> {
    BTreeMap::from([
        ("access-key", unsigned.access_key.expose_secret().to_owned()),
        ("nonce-str", unsigned.nonce_str.to_owned()),
        ("timestamp", unsigned.timestamp.to_owned()),
    ])
}

fn all_pairs<'a>(unsigned: &Unsigned<'a>) -> BTreeMap<&'a str, String> {
    let parameters = unsigned.query.iter();
    let parameters = parameters.map(|(name, value)| (*name, value.clone()));
    let members = unsigned.body.into_iter().flatten();
    let members = members.filter_map(|(name, value)| match value {
        Value::Null => None,
        Value::String(text) => Some((name.as_str(), text.clone())),
        other => Some((name.as_str(), other.to_string())),
    });
    let mut pairs = header_pairs(unsigned);
    pairs.extend(parameters.chain(members));
    pairs
}

fn joined(pairs: &BTreeMap<&str, String>) -> String {
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("&")
}

fn md5(text: &str) -> String {
    HEXUPPER.encode(&Md5::digest(text))
}

fn hmac<M: Mac + KeyInit>(secret: &str, text: &str) -> String {
    // HMAC takes a key of any length, so there is no error to hand on.
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(text.as_bytes());
    HEXLOWER.encode(&mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The digests were computed with another implementation, Python's `hashlib` and `hmac`, from
    /// `access-key=…&nonce-str=…[&pageNo=1&pageSize=20&refundId=110002687818]&timestamp=…`.
    #[test]
    fn every_scheme_has_its_test_vector() {
        use Scheme::*;
        let body = serde_json::json!({
            "refundId": "110002687818", "pageNo": 1, "pageSize": 20, "salesOrderId": null
        });
        let unsigned = Unsigned {
            access_key: &"0123456789abcdef0123456789abcdef".into(),
            timestamp: "1700000000000",
            nonce_str: "abcdefghijklmnopqrstuvwxyz012345",
            path: "/open/order/refund/queryList",
            query: &[],
            body: body.as_object(),
        };
        for (scheme, name, signature) in [
            (Md5Secret, "md5-secret", "B62136BB1DEF3BEC57615A94CEE5EA9C"),
            (Md5Key, "md5-key", "BD204AD67D4D5E54EEA39852A76ECFDC"),
            (Md5Append, "md5-append", "1AB98F275EDDA152BAAE66A3D87E0684"),
            (
                Md5BodySecret,
                "md5-body-secret",
                "F224F67C6872C7AA5E383163A66201E2",
            ),
            (
                Md5BodyKey,
                "md5-body-key",
                "1DE9035FECE6A66160D5541EF91895FF",
            ),
            (
                Md5BodyAppend,
                "md5-body-append",
                "729A27553FBF8BFC77972E84DCC402FE",
            ),
            (HmacMd5, "hmac-md5", "6DABA61F2A55093462DE15749A67B965"),
            (
                HmacSha256,
                "hmac-sha256",
                "83e05fc3e52b5ea80e28d14e88f2c9a4a157fa90c31aba0d0ad08368163ceff9",
            ),
        ] {
            assert_eq!(
                scheme.sign(&unsigned, &"sandbox-secret".into()),
                signature,
                "{name}"
            );
            let named: Scheme = serde_json::from_value(name.into()).unwrap();
            assert_eq!(named, scheme);
        }
    }

    #[test]
    fn the_query_counts_like_the_body() {
        let signed = |query: &[(&'static str, String)], body: Value, scheme: Scheme| {
            let unsigned = Unsigned {
                access_key: &"key".into(),
                timestamp: "1700000000000",
                nonce_str: "nonce",
                path: "/open/order/refund/query",
                query,
                body: body.as_object(),
            };
            scheme.sign(&unsigned, &"sandbox-secret".into())
        };
        let query = [("refundId", "110002687818".to_owned())];
        let body = serde_json::json!({"refundId": "110002687818"});
        for (scheme, counts) in [
            (Scheme::Md5BodySecret, true),
            (Scheme::Md5Secret, false),
            (Scheme::HmacSha256, false),
        ] {
            let of_query = signed(&query, Value::Null, scheme);
            assert_eq!(of_query, signed(&[], body.clone(), scheme), "{scheme:?}");
            let of_neither = signed(&[], Value::Null, scheme);
            assert_eq!(of_query != of_neither, counts, "{scheme:?}");
        }
    }
}
