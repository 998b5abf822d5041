//! Pushes about orders (pages "Webhook", "Webhook Properties" and "Supported Webhook Events").
//!
//! The signature covers the body and nothing else, so an [`Event`] is made of the body. Whoever has seen one push can
//! send it again, as it is or under other headers, and that has to be harmless:
//!
//! - The header `X-Shoplazza-Deduplication-ID` is not used. One push sent under a hundred ids would be a hundred
//!   events, and one under an id that is yet to come would hide the event that it belongs to. The key is made of the
//!   body's SHA-256 instead. *Assumed:* a further delivery has the same body; if not, it is one more event.
//! - The header `X-Shoplazza-Topic` has a say only where the body bears it out: money was paid back if the topic says
//!   so and the body has a total of refunds above zero, else the order has changed. Which of the two it is, or a topic
//!   that is in no table, is part of the key, so that an event under a false topic hides none that says more. The topic
//!   itself is in [`native`](Event::native), as it came.
//! - No time is signed, so there is no window: an old push is as good as a new one. It states a total of all refunds
//!   until then, of which nothing is new to whoever knows that total or a higher one.

use core_model::lenient::Literal;
use core_model::{Account, Change, Decimal, Event, Order, Proof, Result, Source, Zoneless};
use data_encoding::BASE64;
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;
use transport::push::{self, Accepted, Push, Receiver, Refusal, RefusalKind};
use transport::setting;

use crate::ShopDomain;
use crate::client::{PLATFORM, SIDE};
use crate::wire::{OrderPush, PushedOrder};

/// Topic → what happened. Three of them are on pages that are to be had (`create`, `update`, `cancelled`), the others
/// in a third party's copy of the platform's list.
pub const TOPICS: &[(&str, Change)] = &[
    ("orders/create", Change::Order),
    ("orders/update", Change::Order),
    ("orders/paid", Change::Order),
    ("orders/partially_fulfilled", Change::Order),
    ("orders/fulfilled", Change::Order),
    ("orders/finished", Change::Order),
    ("orders/partially_refunded", Change::Refunded),
    ("orders/refunded", Change::Refunded),
    ("orders/cancelled", Change::Order),
    ("orders/delete", Change::Order),
];

/// Verifies and reads the pushes of one app for one shop.
#[derive(Debug, Clone)]
pub struct Webhook {
    source: Source,
    client_secret: SecretString,
    shop: Option<ShopDomain>,
}

impl Webhook {
    /// With the client secret of the app that subscribed.
    ///
    /// # Errors
    /// [`Config`](core_model::ErrorKind::Config) when the secret is empty, or has blanks in it.
    pub fn new(
        account: impl Into<Account>,
        client_secret: impl Into<SecretString>,
    ) -> Result<Self> {
        Ok(Self {
            source: Source::new(PLATFORM, account, SIDE),
            client_secret: setting::secret_needed("client_secret", Some(client_secret.into()))?,
            shop: None,
        })
    }

    /// Refuses pushes that say that they are from another shop. It keeps those of several shops with one app apart that
    /// go to one address by mistake, but the header is not signed: against somebody who means harm, give each shop an
    /// address of its own.
    #[must_use]
    pub fn with_shop(mut self, shop: ShopDomain) -> Self {
        self.shop = Some(shop);
        self
    }

    fn is_signed(&self, body: &[u8], signature: &str) -> bool {
        BASE64
            .decode(signature.as_bytes())
            .is_ok_and(|code| push::is_hmac_sha256(&code, &self.client_secret, &[body]))
    }
}

/// The settings of a [`Webhook`], as a configuration file has them: `client_secret` and, optional, `shop`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    client_secret: SecretString,
    shop: Option<String>,
}

impl Settings {
    /// Checks everything.
    ///
    /// # Errors
    /// As for [`Webhook::new`] and [`ShopDomain::new`].
    pub fn build(self, account: impl Into<Account>) -> Result<Webhook> {
        let webhook = Webhook::new(account, self.client_secret)?;
        let shop = self.shop.as_deref().map(ShopDomain::new).transpose()?;
        Ok(shop.into_iter().fold(webhook, Webhook::with_shop))
    }
}

impl Receiver for Webhook {
    fn receive(&self, push: &Push<'_>, _: Timestamp) -> Result<Accepted, Refusal> {
        let body = push.body()?;
        if !self.is_signed(body, push.header("x-shoplazza-hmac-sha256")?) {
            return Err(Refusal::forged());
        }
        if let Some(shop) = &self.shop {
            let host = push.header("x-shoplazza-shop-domain")?;
            if shop_of(host).as_ref() != Some(shop) {
                return Err(Refusal::new(RefusalKind::Forged, "it is from another shop"));
            }
        }
        let topic = push.header("x-shoplazza-topic")?;
        let event = event(&push.json()?, topic, &push::digest(body), &self.source)?;
        Ok(Accepted {
            events: vec![event],
            answer: String::new(),
        })
    }
}

/// The shop of a host. Addresses are below `myshoplaza.com`; the page's example of the header is `example.shoplazza.com`.
fn shop_of(host: &str) -> Option<ShopDomain> {
    let host = host.trim().to_ascii_lowercase();
    let name = host
        .strip_suffix(".myshoplaza.com")
        .or_else(|| host.strip_suffix(".shoplazza.com"))?;
    ShopDomain::new(name).ok()
}

/// What a push says, which nobody has verified yet. `digest` is that of its body.
///
/// A time or a total that cannot be read is left out; the order can still be looked up.
///
/// # Errors
/// [`RefusalKind::Malformed`] when it is about an order that has no id.
pub fn event(
    wire: &OrderPush<'_>,
    topic: &str,
    digest: &str,
    source: &Source,
) -> Result<Event, Refusal> {
    let order = &wire.order;
    let change = change(topic, order);
    if change != Change::Unknown && order.id.get().is_none() {
        return Err(Refusal::malformed("the order has no id"));
    }
    let key = match change {
        Change::Refunded => format!("refunded:{digest}"),
        Change::Order => format!("order:{digest}"),
        _ => format!("unknown:{digest}"),
    };
    let event = Event::new(source, key, topic, change, Proof::Body);
    if !topic.starts_with("orders/") {
        return Ok(event);
    }
    let total = &order.total_refund_price;
    let total = total.major("total_refund_price", order.currency.currency());
    let updated_at = order.updated_at.instant("updated_at", Zoneless::Refused);
    Ok(Event {
        order: Order {
            id: order.id.owned(),
            number: order.number.owned(),
            merchant_ref: None,
        },
        refunded_total: total.ok().flatten(),
        at: updated_at.ok().flatten(),
        ..event
    })
}

/// What happened, as far as the order bears out what the topic says.
fn change(topic: &str, order: &PushedOrder<'_>) -> Change {
    let known = TOPICS.iter().find(|(known, _)| *known == topic);
    match known {
        Some((_, Change::Refunded)) if !has_refund(order) => Change::Order,
        Some(&(_, change)) => change,
        None => Change::Unknown,
    }
}

fn has_refund(order: &PushedOrder<'_>) -> bool {
    let total = order.total_refund_price.decimal("total_refund_price");
    total.is_ok_and(|total| total.is_some_and(|total| total > Decimal::ZERO))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use core_model::Lookup;
    use hmac::{Hmac, KeyInit, Mac};
    use http::{HeaderMap, HeaderName, HeaderValue};
    use proptest::prelude::*;
    use sha2::Sha256;
    use transport::push::LONGEST_PUSH;

    use super::*;

    const SECRET: &str = "test-client-secret";
    /// Computed with another implementation.
    const BODY: &str =
        r#"{"order":{"id":"183211-00000005","total_refund_price":"10.00","currency":"USD"}}"#;
    const SIGNATURE: &str = "1qBRXx+Vv7p3r67SWJ5o1i6iEGDvVFYHc0gMAq8EIho=";
    const DIGEST: &str = "35bc429db682b287b2497a8e5659ac26ffbd389b0985d65160e510131402a9d7";

    fn sign(body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(body);
        BASE64.encode(&mac.finalize().into_bytes())
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|&(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_str(value).unwrap(),
            )
        });
        pairs.collect()
    }

    fn signed(topic: &str, signature: &str) -> HeaderMap {
        headers(&[
            ("x-shoplazza-topic", topic),
            ("x-shoplazza-hmac-sha256", signature),
            ("x-shoplazza-shop-domain", "mystore.myshoplaza.com"),
            ("x-shoplazza-api-version", "2022-01"),
            ("x-shoplazza-deduplication-id", "1"),
        ])
    }

    fn webhook() -> Webhook {
        Webhook::new("us-store", SECRET).unwrap()
    }

    fn receive(
        webhook: &Webhook,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Accepted, RefusalKind> {
        let push = Push {
            path: "/",
            query: "",
            headers,
            body,
        };
        webhook
            .receive(&push, Timestamp::UNIX_EPOCH)
            .map_err(|refusal| refusal.kind())
    }

    /// The event of a body that is signed.
    fn told(topic: &str, body: &str) -> Event {
        let headers = signed(topic, &sign(body.as_bytes()));
        let accepted = receive(&webhook(), &headers, body.as_bytes()).unwrap();
        let [event] = <[Event; 1]>::try_from(accepted.events).unwrap();
        event
    }

    #[test]
    fn a_signed_push_states_what_was_paid_back_so_far() {
        let headers = signed("orders/partially_refunded", SIGNATURE);
        let accepted = receive(&webhook(), &headers, BODY.as_bytes()).unwrap();
        let [event] = <[Event; 1]>::try_from(accepted.events).unwrap();
        assert_eq!(event.key, format!("refunded:{DIGEST}"));
        assert_eq!(event.native, "orders/partially_refunded");
        assert_eq!((event.change, event.proof), (Change::Refunded, Proof::Body));
        assert_eq!(event.lookup(), Some(Lookup::order("183211-00000005")));
        assert_eq!(event.refunded_total.unwrap().to_string(), "10.00 USD");
        assert_eq!(event.at, None);
    }

    #[test]
    fn an_order_is_read_bare_or_wrapped_its_id_of_any_shape() {
        for (id, shown) in [
            (r#""11218-00000001""#, "11218-00000001"),
            (r#""633130-SPZ00000020""#, "633130-SPZ00000020"),
            (r#""10234136520598611512""#, "10234136520598611512"),
            ("10234136520598611512", "10234136520598611512"),
        ] {
            let order = format!(r#"{{"id":{id},"total_refund_price":7.10,"currency":"usd"}}"#);
            for body in [
                order.clone(),
                format!(r#"{{"order":{order}}}"#),
                format!(r#"{{"webhook":{order}}}"#),
                format!(r#"{{"webhook":{{"order":{order}}}}}"#),
                format!(r#"{{"order":{order},"webhook":null}}"#),
            ] {
                let event = told("orders/refunded", &body);
                assert_eq!(event.order.id.as_deref(), Some(shown), "{body}");
                assert_eq!(event.refunded_total.unwrap().to_string(), "7.10 USD");
            }
        }
    }

    #[test]
    fn every_documented_topic_has_its_meaning() {
        use Change as C;
        for (topic, without, with) in [
            ("orders/create", C::Order, C::Order),
            ("orders/update", C::Order, C::Order),
            ("orders/paid", C::Order, C::Order),
            ("orders/partially_fulfilled", C::Order, C::Order),
            ("orders/fulfilled", C::Order, C::Order),
            ("orders/finished", C::Order, C::Order),
            ("orders/partially_refunded", C::Order, C::Refunded),
            ("orders/refunded", C::Order, C::Refunded),
            ("orders/cancelled", C::Order, C::Order),
            ("orders/delete", C::Order, C::Order),
            ("orders/brand-new", C::Unknown, C::Unknown),
            ("Orders/refunded", C::Unknown, C::Unknown),
            ("products/update", C::Unknown, C::Unknown),
            ("", C::Unknown, C::Unknown),
        ] {
            for (total, expected) in [
                (r#""12.34""#, with),
                (r#""0.00""#, without),
                (r#""-1.00""#, without),
                (r#""""#, without),
                ("null", without),
                (r#""some""#, without),
            ] {
                let body = format!(r#"{{"order":{{"id":"1","total_refund_price":{total}}}}}"#);
                assert_eq!(told(topic, &body).change, expected, "{topic} {total}");
            }
        }
        let sheet = include_str!("../../../fixtures/shoplazza/order-webhook.md");
        for (topic, _) in TOPICS {
            assert!(sheet.contains(&format!("| `{topic}` |")), "{topic}");
        }
        let documented = sheet.lines().filter(|line| line.starts_with("| `orders/"));
        assert_eq!(documented.count(), TOPICS.len());
    }

    #[test]
    fn what_cannot_be_read_is_left_out_and_the_order_stays() {
        for members in [
            r#""total_refund_price":"10.00""#,
            r#""total_refund_price":"10.00","currency":"dollars""#,
            r#""total_refund_price":"ten","currency":"USD""#,
            r#""updated_at":"2022-06-14 14:23:22""#,
            r#""updated_at":"soon""#,
        ] {
            let event = told("orders/update", &format!(r#"{{"id":"1",{members}}}"#));
            assert_eq!(event.lookup(), Some(Lookup::order("1")), "{members}");
            assert_eq!((event.refunded_total, event.at), (None, None), "{members}");
        }
        let nothing = r#"{"id":"1","total_refund_price":"0.00","currency":"USD"}"#;
        let total = told("orders/create", nothing).refunded_total.unwrap();
        assert_eq!(total.to_string(), "0.00 USD", "zero is a value");
    }

    #[test]
    fn a_push_about_something_else_names_no_order() {
        for body in [r#"{"id":"1"}"#, r#"{"product":{"id":"1"}}"#, "{}"] {
            let event = told("products/update", body);
            assert_eq!(event.change, Change::Unknown, "{body}");
            assert_eq!((event.lookup(), event.refunded_total), (None, None));
        }
        let event = told("orders/brand-new", r#"{"id":"1"}"#);
        assert_eq!(event.lookup(), Some(Lookup::order("1")));
    }

    /// A body that somebody kept is sent again, under headers of their choice.
    #[test]
    fn whatever_its_headers_say_a_body_makes_one_event_of_each_kind_at_most() {
        let topics = TOPICS.iter().map(|(topic, _)| *topic);
        let topics = topics.chain(["orders/brand-new", "orders/newer", "shop/update", ""]);
        let mut keys = BTreeSet::new();
        for (topic, id) in topics.zip(0..) {
            let mut headers = signed(topic, SIGNATURE);
            headers.insert("x-shoplazza-deduplication-id", HeaderValue::from(id));
            let accepted = receive(&webhook(), &headers, BODY.as_bytes()).unwrap();
            let [event] = <[Event; 1]>::try_from(accepted.events).unwrap();
            if event.change != Change::Unknown {
                assert_eq!(event.lookup(), Some(Lookup::order("183211-00000005")));
                assert_eq!(event.refunded_total.unwrap().to_string(), "10.00 USD");
            }
            keys.insert(event.key);
        }
        let kinds = ["order", "refunded", "unknown"];
        let expected = kinds.map(|kind| format!("{kind}:{DIGEST}"));
        assert_eq!(keys, BTreeSet::from(expected));
        let next = told("orders/partially_refunded", &BODY.replace("10.00", "20.00"));
        assert!(
            !keys.contains(&next.key),
            "the next refund is another event"
        );
    }

    #[test]
    fn what_is_forged_misdirected_or_unreadable_is_refused() {
        let topic = "orders/refunded";
        let no_id = r#"{"order":{"total_refund_price":"10.00"}}"#;
        let hex = "d6a0515f1f95bfba77afaed2589e68d62ea21060ef54560773480c02af04221a";
        for (headers, body, expected) in [
            (signed(topic, ""), BODY, RefusalKind::Forged),
            (signed(topic, "no base64"), BODY, RefusalKind::Forged),
            (signed(topic, hex), BODY, RefusalKind::Forged),
            (signed(topic, &SIGNATURE[..40]), BODY, RefusalKind::Forged),
            (
                signed(topic, SIGNATURE.trim_end_matches('=')),
                BODY,
                RefusalKind::Forged,
            ),
            (
                signed(topic, &SIGNATURE.to_lowercase()),
                BODY,
                RefusalKind::Forged,
            ),
            (
                signed(topic, &sign(BODY.as_bytes())),
                no_id,
                RefusalKind::Forged,
            ),
            (
                signed(topic, &sign(no_id.as_bytes())),
                no_id,
                RefusalKind::Malformed,
            ),
            (signed(topic, &sign(b"")), "", RefusalKind::Malformed),
            (
                signed(topic, &sign(b"<xml/>")),
                "<xml/>",
                RefusalKind::Malformed,
            ),
            (
                signed(topic, &sign(b"{\"order\":7}")),
                "{\"order\":7}",
                RefusalKind::Malformed,
            ),
            (
                headers(&[("x-shoplazza-topic", topic)]),
                BODY,
                RefusalKind::Malformed,
            ),
            (
                headers(&[("x-shoplazza-hmac-sha256", SIGNATURE)]),
                BODY,
                RefusalKind::Malformed,
            ),
        ] {
            assert_eq!(
                receive(&webhook(), &headers, body.as_bytes()),
                Err(expected),
                "{headers:?} {body}"
            );
        }
        let long = vec![b' '; LONGEST_PUSH + 1];
        let headers = signed(topic, &sign(&long));
        assert_eq!(
            receive(&webhook(), &headers, &long),
            Err(RefusalKind::TooLarge)
        );
        let other = Webhook::new("us-store", "another-secret").unwrap();
        let headers = signed(topic, SIGNATURE);
        assert_eq!(
            receive(&other, &headers, BODY.as_bytes()),
            Err(RefusalKind::Forged)
        );
    }

    #[test]
    fn a_shop_takes_its_own_pushes_only() {
        let webhook = webhook().with_shop(ShopDomain::new("mystore").unwrap());
        for (host, expected) in [
            (Some("mystore.myshoplaza.com"), Ok(())),
            (Some("MyStore.MyShoplaza.com"), Ok(())),
            (Some("mystore.shoplazza.com"), Ok(())),
            (Some("yourstore.myshoplaza.com"), Err(RefusalKind::Forged)),
            (
                Some("mystore.myshoplaza.com.example.com"),
                Err(RefusalKind::Forged),
            ),
            (Some("mystore.example.com"), Err(RefusalKind::Forged)),
            (Some("mystore"), Err(RefusalKind::Forged)),
            (Some(""), Err(RefusalKind::Forged)),
            (None, Err(RefusalKind::Malformed)),
        ] {
            let mut headers = signed("orders/update", SIGNATURE);
            headers.remove("x-shoplazza-shop-domain");
            if let Some(host) = host {
                let host = HeaderValue::from_str(host).unwrap();
                headers.insert("x-shoplazza-shop-domain", host);
            }
            let outcome = receive(&webhook, &headers, BODY.as_bytes()).map(|_| ());
            assert_eq!(outcome, expected, "{host:?}");
        }
    }

    #[test]
    fn a_careless_secret_is_refused_and_none_is_shown() {
        for secret in ["", " ", "test-client-secret\n"] {
            let error = Webhook::new("us-store", secret).unwrap_err();
            assert!(error.message().starts_with("client_secret: "), "{error}");
        }
        assert!(!format!("{:?}", webhook()).contains(SECRET));
    }

    proptest! {
        #[test]
        fn any_signed_body_ends_in_events_or_a_refusal(
            body in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let headers = signed("orders/refunded", &sign(&body));
            let _ = receive(&webhook(), &headers, &body);
        }

        #[test]
        fn any_order_ends_in_events_or_a_refusal(
            members in "[{}\\[\\]\",:0-9a-z_.-]{0,60}",
            topic in "(orders/)?[a-z_]{0,10}",
        ) {
            let body = format!(r#"{{"order":{{"id":"1",{members}}}}}"#);
            let headers = signed(&topic, &sign(body.as_bytes()));
            let _ = receive(&webhook(), &headers, body.as_bytes());
        }

        #[test]
        fn a_body_with_any_byte_flipped_is_refused(at in 0..BODY.len(), flip in 1_u8..) {
            let mut body = BODY.as_bytes().to_vec();
            body[at] ^= flip;
            let headers = signed("orders/refunded", SIGNATURE);
            prop_assert_eq!(receive(&webhook(), &headers, &body), Err(RefusalKind::Forged));
        }
    }
}
