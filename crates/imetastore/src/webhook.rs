//! The order status callback (pages "Order Status Callback", "Signature Verification" and "Retry Mechanism").
//!
//! The signature covers the time and the id of the request, not the body: what the body says is a hint, and the order
//! has to be looked up. So far only one status of an order is pushed, that it waits for delivery, and nothing about
//! after-sales.

use std::time::Duration;

use core_model::lenient::Literal;
use core_model::{Account, Change, Error, Event, Order, Proof, Result, Source};
use data_encoding::HEXLOWER_PERMISSIVE;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use transport::push::{Accepted, Push, Receiver, Refusal, ReplayWindow, is_hmac_sha256};

use crate::client::{PLATFORM, SIDE};
use crate::wire::OrderStatus;

/// The last of three deliveries comes 35 minutes after the first. *Assumed:* it may carry the time of the first.
const OLDEST: Duration = Duration::from_secs(60 * 60);

/// Verifies and reads the callbacks of one seller.
#[derive(Debug, Clone)]
pub struct Webhook {
    source: Source,
    secret_key: SecretString,
    window: ReplayWindow,
}

impl Webhook {
    /// With the secret key that the platform mailed for callbacks: 32 letters and digits.
    ///
    /// # Errors
    /// [`Config`](core_model::ErrorKind::Config) when the secret is empty: anybody could sign with that.
    pub fn new(account: impl Into<Account>, secret_key: impl Into<SecretString>) -> Result<Self> {
        let secret_key = secret_key.into();
        if secret_key.expose_secret().trim().is_empty() {
            return Err(Error::config("secret_key", "is empty"));
        }
        Ok(Self {
            source: Source::new(PLATFORM, account, SIDE),
            secret_key,
            window: ReplayWindow::new(OLDEST),
        })
    }

    /// Another limit for the age of a callback than one hour.
    #[must_use]
    pub fn with_window(mut self, window: ReplayWindow) -> Self {
        self.window = window;
        self
    }

    /// HMAC-SHA256 under the secret key, of time, request id and the secret key once more.
    fn is_signed(&self, timestamp: &str, request_id: &str, signature: &str) -> bool {
        let secret = self.secret_key.expose_secret().as_bytes();
        let message = [timestamp.as_bytes(), request_id.as_bytes(), secret];
        HEXLOWER_PERMISSIVE
            .decode(signature.as_bytes())
            .is_ok_and(|code| is_hmac_sha256(&code, &self.secret_key, &message))
    }
}

/// The settings of a [`Webhook`], as a configuration file has them: `secret_key` and, optional, `window_minutes`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    secret_key: SecretString,
    window_minutes: Option<u32>,
}

impl Settings {
    /// Checks everything.
    ///
    /// # Errors
    /// As for [`Webhook::new`].
    pub fn build(self, account: impl Into<Account>) -> Result<Webhook> {
        let webhook = Webhook::new(account, self.secret_key)?;
        let past = self.window_minutes.map(u64::from).map(Duration::from_mins);
        let window = past.map(ReplayWindow::new);
        Ok(window.into_iter().fold(webhook, Webhook::with_window))
    }
}

impl Receiver for Webhook {
    fn receive(&self, push: &Push<'_>, now: Timestamp) -> Result<Accepted, Refusal> {
        let timestamp = push.header("x-timestamp")?;
        let request_id = push.header("x-request-id")?;
        if !self.is_signed(timestamp, request_id, push.header("x-signature")?) {
            return Err(Refusal::forged());
        }
        let signed_at = milliseconds(timestamp)
            .ok_or_else(|| Refusal::malformed("header x-timestamp is no time"))?;
        self.window.check(signed_at, now)?;
        let event = event(&push.json()?, request_id, timestamp, &self.source)?;
        Ok(Accepted {
            events: vec![event],
            answer: String::new(),
        })
    }
}

/// What an order status callback says; `request_id` and `timestamp` are its headers. It is all a hint: the signature
/// covers the headers only.
///
/// # Errors
/// [`RefusalKind::Malformed`](transport::push::RefusalKind::Malformed) when the order is missing.
pub fn event(
    wire: &OrderStatus<'_>,
    request_id: &str,
    timestamp: &str,
    source: &Source,
) -> Result<Event, Refusal> {
    let order_id = wire.order_id.owned();
    let order_id = order_id.ok_or_else(|| Refusal::malformed("orderId is missing"))?;
    let status = wire.seller_order_status.get().unwrap_or_default();
    Ok(Event {
        order: Order {
            id: Some(order_id),
            number: wire.order_num.owned(),
            merchant_ref: None,
        },
        at: milliseconds(timestamp),
        ..Event::new(
            source,
            request_id,
            format!("sellerOrderStatus {status}"),
            Change::Order,
            Proof::Sender,
        )
    })
}

/// Milliseconds since 1970 and nothing else. The signature covers time and request id without a mark between them, so
/// with seconds allowed the last digits of the time could move into the id: one callback under two keys.
fn milliseconds(digits: &str) -> Option<Timestamp> {
    digits
        .parse()
        .ok()
        .and_then(|count| Timestamp::from_millisecond(count).ok())
}

#[cfg(test)]
mod tests {
    use core_model::Lookup;
    use http::{HeaderMap, HeaderName, HeaderValue};
    use proptest::prelude::*;
    use transport::push::{LONGEST_PUSH, RefusalKind};

    use super::*;

    /// Time, request id and secret of the page "Signature Verification".
    const TIMESTAMP: &str = "1734850099000";
    const REQUEST_ID: &str = "2002986662652579841";
    const SECRET: &str = "aBcDeFgHiJkLmNoPqRsTuVwXyZ012345";
    const SIGNATURE: &str = "fd3b0ee18d6a018a553de2b3a2e4f380daa87917401e4981f302d2abee7abd8e";
    const BODY: &str =
        include_str!("../../../fixtures/imetastore/order-status-callback.request.json");

    fn headers(timestamp: &str, request_id: &str, signature: &str) -> HeaderMap {
        let pairs = [
            ("x-timestamp", timestamp),
            ("x-request-id", request_id),
            ("x-signature", signature),
        ];
        pairs
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_str(value).unwrap(),
                )
            })
            .into_iter()
            .collect()
    }

    fn receive(headers: &HeaderMap, body: &[u8], now: i64) -> Result<Accepted, RefusalKind> {
        let push = Push {
            path: "/",
            query: "",
            headers,
            body,
        };
        let now = Timestamp::from_second(now).unwrap();
        let webhook = Webhook::new("games", SECRET).unwrap();
        webhook
            .receive(&push, now)
            .map_err(|refusal| refusal.kind())
    }

    const NOW: i64 = 1_734_850_100;

    #[test]
    fn a_signed_callback_is_a_hint_to_look_the_order_up() {
        for signature in [SIGNATURE.to_owned(), SIGNATURE.to_uppercase()] {
            let headers = headers(TIMESTAMP, REQUEST_ID, &signature);
            let accepted = receive(&headers, BODY.as_bytes(), NOW).unwrap();
            let [event] = accepted.events.as_slice() else {
                panic!("{accepted:?}")
            };
            assert_eq!(event.key, REQUEST_ID);
            assert_eq!(event.native, "sellerOrderStatus 1");
            assert_eq!((event.change, event.proof), (Change::Order, Proof::Sender));
            assert_eq!(event.lookup(), Some(Lookup::order("1689644928115784")));
            assert_eq!(event.at.unwrap().to_string(), "2024-12-22T06:48:19Z");
        }
    }

    #[test]
    fn what_is_forged_stale_or_unreadable_is_refused() {
        let sound = headers(TIMESTAMP, REQUEST_ID, SIGNATURE);
        let hour = 3_600;
        for (headers, body, now, expected) in [
            (
                headers("1734850099001", REQUEST_ID, SIGNATURE),
                BODY,
                NOW,
                RefusalKind::Forged,
            ),
            (
                headers(TIMESTAMP, "1", SIGNATURE),
                BODY,
                NOW,
                RefusalKind::Forged,
            ),
            (
                headers(TIMESTAMP, REQUEST_ID, ""),
                BODY,
                NOW,
                RefusalKind::Forged,
            ),
            (
                headers(TIMESTAMP, REQUEST_ID, &SIGNATURE[..62]),
                BODY,
                NOW,
                RefusalKind::Forged,
            ),
            (
                headers(TIMESTAMP, REQUEST_ID, "no hex"),
                BODY,
                NOW,
                RefusalKind::Forged,
            ),
            (sound.clone(), BODY, NOW + hour, RefusalKind::Stale),
            (sound.clone(), BODY, NOW - hour, RefusalKind::Stale),
            (sound.clone(), "<xml/>", NOW, RefusalKind::Malformed),
            (sound.clone(), "", NOW, RefusalKind::Malformed),
            (
                sound.clone(),
                r#"{"orderNum": "SO1"}"#,
                NOW,
                RefusalKind::Malformed,
            ),
            (HeaderMap::new(), BODY, NOW, RefusalKind::Malformed),
        ] {
            assert_eq!(
                receive(&headers, body.as_bytes(), now),
                Err(expected),
                "{headers:?} {body} {now}"
            );
        }
        let long = vec![b' '; LONGEST_PUSH + 1];
        assert_eq!(receive(&sound, &long, NOW), Err(RefusalKind::TooLarge));
    }

    /// Wherever the line between time and request id is drawn, the signature stays right.
    #[test]
    fn a_callback_cannot_come_again_under_another_key() {
        let signed = format!("{TIMESTAMP}{REQUEST_ID}");
        let accepted: Vec<_> = (1..signed.len())
            .filter(|&at| {
                let (timestamp, request_id) = signed.split_at(at);
                let headers = headers(timestamp, request_id, SIGNATURE);
                receive(&headers, BODY.as_bytes(), NOW).is_ok()
            })
            .collect();
        assert_eq!(accepted, [TIMESTAMP.len()]);
    }

    #[test]
    fn settings_of_a_file_make_the_same() {
        let headers = headers(TIMESTAMP, REQUEST_ID, SIGNATURE);
        let push = Push {
            path: "/",
            query: "",
            headers: &headers,
            body: BODY.as_bytes(),
        };
        for (window, age, is_fresh) in [
            ("", 3_599, true),
            ("", 3_601, false),
            (r#","window_minutes":2"#, 119, true),
            (r#","window_minutes":2"#, 121, false),
            (r#","window_minutes":4294967295"#, 1_000_000_000, true),
        ] {
            let json = format!(r#"{{"secret_key":"{SECRET}"{window}}}"#);
            let settings: Settings = serde_json::from_str(&json).unwrap();
            let webhook = settings.build("games").unwrap();
            let now = Timestamp::from_second(1_734_850_099 + age).unwrap();
            assert_eq!(
                webhook.receive(&push, now).is_ok(),
                is_fresh,
                "{json} {age}"
            );
        }
    }

    #[test]
    fn an_empty_secret_is_refused_and_none_is_shown() {
        assert!(Webhook::new("games", " ").is_err());
        let webhook = Webhook::new("games", SECRET).unwrap();
        assert!(!format!("{webhook:?}").contains(SECRET));
    }

    proptest! {
        #[test]
        fn any_body_ends_in_events_or_a_refusal(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let headers = headers(TIMESTAMP, REQUEST_ID, SIGNATURE);
            let _ = receive(&headers, &body, NOW);
        }
    }
}
