//! Messages about orders and refunds (page "Message access manual").
//!
//! No signature is documented. What tells a message of the platform from anybody else's is that it comes to an address
//! that nobody else knows: its last segment is a secret. So a message is a hint, and what it names has to be looked up.
//!
//! A message has no id. It is known by the SHA-256 of its body, in which the time of the push stands. *Assumed:* a
//! further delivery is the first one once more, with its time. If it has a time of its own, it is one more event, and
//! the case is looked up twice; were the time left out, two events of one refund would be one, and the second lost. The
//! time is no protection against a message that was kept and sent again: whoever knows the address can write any time.
//! So there is no window: it could only refuse the platform, whose last delivery comes two and a half hours after the
//! first.

use core_model::lenient::Literal;
use core_model::{
    Account, Change, Error, Event, NativeStatus, Order, Progress, Proof, Result, Source, Zoneless,
};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use subtle::ConstantTimeEq;
use transport::push::{self, Accepted, Push, Receiver, Refusal, RefusalKind};

use crate::client::{PLATFORM, SIDE};
use crate::normalize::{ALIBABA_STATUSES, STATUSES};
use crate::wire::{Message, MessageBody};

/// How types of messages about refunds begin: `ORDER_BUYER_VIEW_ORDER_BUYER_REFUND` is Xportcn's, 1688 has `_IN_SALES`
/// behind it, and `ORDER_BUYER_VIEW_ORDER_REFUND_AFTER_SALES` once the order is finished.
const REFUND_TYPES: [&str; 2] = [
    "ORDER_BUYER_VIEW_ORDER_BUYER_REFUND",
    "ORDER_BUYER_VIEW_ORDER_REFUND",
];

/// How all messages of orders and refunds begin.
const ORDER_TYPES: &str = "ORDER_";

/// `messagePlatform` of 1688.
const ALIBABA: &str = "1";

/// What happened to a refund on 1688 → what that is; from 1688's own pages. *Assumed:* Xportcn hands it on.
pub const REFUND_ACTIONS: &[(&str, Change)] = &[
    ("BUYER_APPLY_REFUND", Change::Opened),
    ("BUYER_MODIFY_REFUND_PROTOCOL", Change::Edited),
    ("BUYER_CANCEL_REFUND_CLOSE", Change::Withdrawn),
    ("BUYER_SEND_GOODS", Change::ReturnShipped),
    // Consent by lapse of time, of which the page says that the refund succeeded.
    ("SYSTEM_AGREE_REFUND", Change::Refunded),
    // Of other consent it does not say so.
    ("SELLER_AGREE_REFUND", Change::Status),
    ("SELLER_AGREE_REFUND_PROCOTOL", Change::Status),
    ("SELLER_REJECT_REFUND", Change::Status),
    ("SELLER_REJECT_REFUND_PROCOTOL", Change::Status),
    ("SELLER_RECEIVE_GOODS", Change::Status),
    ("BUYER_UPLOAD_BILL", Change::Status),
    ("SELLER_UPLOAD_BILL", Change::Status),
    ("SYSTEM_AGREE_REFUND_PROTOCOL", Change::Lapsed),
    ("SYSTEM_MODIFY_REFUND_PROTOCOL", Change::Lapsed),
    ("SYSTEM_SEND_GOODS", Change::Lapsed),
    ("BUYER_APPLY_SUPPORT", Change::Disputed),
    ("SELLER_APPLY_SUPPORT", Change::Disputed),
    ("SYSTEM_NOTIFY_APPLY_SUPPORT", Change::Disputed),
    ("CRM_APPLY_SUPPORT", Change::Disputed),
    ("CRM_APPLY_TIMEOUT_CLOSE", Change::Disputed),
    ("CRM_INTERVENE_TASK", Change::Disputed),
    ("CRM_DISMISS_TASK", Change::Disputed),
    ("CRM_FINISH_TASK", Change::Disputed),
    // The order went on, which closed the refund.
    ("BUYER_RECEIVE_CLOSE", Change::Status),
    ("SELLER_SEND_GOODS_CLOSE", Change::Status),
    ("BUYER_STEP_PAY_ORDER_CLOSE", Change::Status),
    ("BUYER_STEP_CONFIRM_CLOSE", Change::Status),
    ("BUYER_CLOSE_TRADE_CLOSE", Change::Status),
    ("SELLER_CONFIRM_ORDER_CLOSE", Change::Status),
    ("SELLER_STEP_PUSH_CLOSE", Change::Status),
];

/// Verifies and reads the messages for one developer.
#[derive(Debug, Clone)]
pub struct Webhook {
    source: Source,
    secret: SecretString,
}

impl Webhook {
    /// The shortest secret. Random hexadecimal digits, of which each counts for four bits, make 128 bits with it: nobody
    /// guesses that, however often they may try. Nothing else stands between a stranger and an event.
    pub const SHORTEST_SECRET: usize = 32;

    /// With the secret that ends the address for callbacks, `https://example.com/xportcn/<secret>`. Whoever enters the
    /// address in the console makes the secret: `openssl rand -hex 32`.
    ///
    /// # Errors
    /// [`Config`](core_model::ErrorKind::Config) when the secret is shorter than
    /// [`SHORTEST_SECRET`](Self::SHORTEST_SECRET), or has characters other than the letters and digits of ASCII, `-` and
    /// `_`: others may be spelled in several ways in an address.
    pub fn new(account: impl Into<Account>, secret: impl Into<SecretString>) -> Result<Self> {
        let secret = secret.into();
        let text = secret.expose_secret();
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || [b'-', b'_'].contains(&byte);
        if text.len() < Self::SHORTEST_SECRET {
            let problem = format!("has less than {} characters", Self::SHORTEST_SECRET);
            return Err(Error::config("secret", problem));
        }
        if !text.bytes().all(is_plain) {
            let problem = "has characters other than letters, digits, hyphens and underscores";
            return Err(Error::config("secret", problem));
        }
        Ok(Self {
            source: Source::new(PLATFORM, account, SIDE),
            secret,
        })
    }

    /// Whether this is the address that only the platform knows. Takes the same time however much of it is right.
    fn is_at(&self, path: &str) -> bool {
        let segment = path.rsplit('/').next().unwrap_or_default().as_bytes();
        segment.ct_eq(self.secret.expose_secret().as_bytes()).into()
    }
}

/// The settings of a [`Webhook`], as a configuration file has them: `secret`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    secret: SecretString,
}

impl Settings {
    /// Checks everything.
    ///
    /// # Errors
    /// As for [`Webhook::new`].
    pub fn build(self, account: impl Into<Account>) -> Result<Webhook> {
        Webhook::new(account, self.secret)
    }
}

impl Receiver for Webhook {
    fn receive(&self, push: &Push<'_>, _: Timestamp) -> Result<Accepted, Refusal> {
        if !self.is_at(push.path) {
            return Err(Refusal::new(
                RefusalKind::Forged,
                "the address does not end with the secret",
            ));
        }
        let body = push.body()?;
        if body.trim_ascii().is_empty() {
            return Ok(accepted(None));
        }
        let message: Message<'_> = push.json()?;
        if message.message_type.get().is_none() && message.message_body.get().is_none() {
            return Ok(accepted(None));
        }
        let event = event(&message, &push::digest(body), &self.source)?;
        Ok(accepted(Some(event)))
    }
}

/// Without an event where the console tries the address: it wants a status of 200, and what it sends is not documented.
/// *Assumed:* nothing, or at least no message.
fn accepted(event: Option<Event>) -> Accepted {
    Accepted {
        events: event.into_iter().collect(),
        answer: String::new(),
    }
}

/// What a message says. `digest` is that of the body that it came in.
///
/// # Errors
/// [`RefusalKind::Malformed`] when it has no type, or is about an order or a refund and names neither.
pub fn event(wire: &Message<'_>, digest: &str, source: &Source) -> Result<Event, Refusal> {
    let message_type = wire
        .message_type
        .get()
        .ok_or_else(|| Refusal::malformed("messageType is missing"))?;
    let body = wire.message_body.get().unwrap_or_default();
    // What cannot be read names nothing.
    let body: MessageBody<'_> = serde_json::from_str(body).unwrap_or_default();
    let (case, order) = (body.refund_id.owned(), body.order_id.owned());
    if message_type.starts_with(ORDER_TYPES) && case.is_none() && order.is_none() {
        let reason = "messageBody names neither an order nor a refund";
        return Err(Refusal::malformed(reason));
    }
    let native = match body.refund_action.get() {
        Some(action) => format!("{message_type} {action}"),
        None => message_type.to_owned(),
    };
    // In a message about an order it is that of the order.
    let status = body.current_status.get();
    let status = status.filter(|_| is_of_refund(message_type));
    let change = change(message_type, &body);
    Ok(Event {
        case,
        order: Order {
            id: order,
            number: body.order_no.owned(),
            merchant_ref: None,
        },
        status: status.map(|code| Progress::lookup(statuses(wire), Some(code)).status()),
        native_status: NativeStatus {
            code: status.map(str::to_owned),
            label: None,
        },
        at: at(wire, &body),
        ..Event::new(source, digest, native, change, Proof::Address)
    })
}

/// *Assumed:* all types that begin like those of orders are of orders.
fn change(message_type: &str, body: &MessageBody<'_>) -> Change {
    if is_of_refund(message_type) {
        let Some(action) = body.refund_action.get() else {
            return Change::Status;
        };
        let known = REFUND_ACTIONS.iter().find(|(known, _)| *known == action);
        known.map_or(Change::Unknown, |&(_, change)| change)
    } else if message_type.starts_with(ORDER_TYPES) {
        Change::Order
    } else {
        Change::Unknown
    }
}

fn is_of_refund(message_type: &str) -> bool {
    let mut types = REFUND_TYPES.iter();
    types.any(|known| message_type.starts_with(known))
}

fn statuses(wire: &Message<'_>) -> &'static [(&'static str, Progress)] {
    match wire.message_platform.get() {
        Some(ALIBABA) => ALIBABA_STATUSES,
        _ => STATUSES,
    }
}

/// When 1688 sent it, else when Xportcn did. *Assumed:* times without a zone are those of Shanghai, as in the page's
/// examples.
fn at(wire: &Message<'_>, body: &MessageBody<'_>) -> Option<Timestamp> {
    let sent = body
        .msg_send_time
        .instant("msgSendTime", Zoneless::Shanghai);
    let pushed = || wire.timestamp.instant("timestamp", Zoneless::Shanghai);
    sent.ok().flatten().or_else(|| pushed().ok().flatten())
}

#[cfg(test)]
mod tests {
    use core_model::{Lookup, Status};
    use http::HeaderMap;
    use proptest::prelude::*;
    use transport::push::LONGEST_PUSH;

    use super::*;

    const SECRET: &str = "5f2b8c1d9e7a4036b1c8d2e5f7a90b3c";
    const ORDER: &str = include_str!("../../../fixtures/xportcn/message.request.json");
    const CANCEL: &str = include_str!("../../../fixtures/xportcn/message.request-cancel.json");
    const PAY: &str = include_str!("../../../fixtures/xportcn/message.request-pay.json");
    const PRICE: &str = include_str!("../../../fixtures/xportcn/message.request-price.json");
    const REFUND: &str = include_str!("../../../fixtures/xportcn/message.request-refund.json");
    const REFUND_1688: &str =
        include_str!("../../../fixtures/xportcn/message.request-refund-1688.json");

    fn receive(path: &str, body: &[u8]) -> Result<Vec<Event>, RefusalKind> {
        let push = Push {
            path,
            query: "",
            headers: &HeaderMap::new(),
            body,
        };
        let webhook = Webhook::new("sourcing", SECRET).unwrap();
        webhook
            .receive(&push, Timestamp::UNIX_EPOCH)
            .map(|accepted| accepted.events)
            .map_err(|refusal| refusal.kind())
    }

    fn told(body: &str) -> Event {
        let events = receive(&format!("/xportcn/{SECRET}"), body.as_bytes()).unwrap();
        let [event] = <[Event; 1]>::try_from(events).unwrap();
        event
    }

    /// A message about something.
    fn message(message_type: &str, platform: &str, body: &str) -> String {
        format!(
            r#"{{"messageType":"{message_type}","messageBody":{body:?},"messagePlatform":{platform},"timestamp":"1779263269913"}}"#
        )
    }

    #[test]
    fn every_example_is_a_hint_to_look_something_up() {
        let order = Lookup::order("3305075341149134260");
        let refund = Lookup::after_sale("TQ8651493722961198");
        for (body, native, change, lookup, at) in [
            (
                ORDER,
                "ORDER_CREATE",
                Change::Order,
                &order,
                "2026-05-20T07:47:49.913Z",
            ),
            (
                CANCEL,
                "ORDER_CANCEL",
                Change::Order,
                &order,
                "2026-05-20T07:47:49.913Z",
            ),
            (
                PAY,
                "ORDER_PAY_SUCCESS",
                Change::Order,
                &order,
                "2026-05-20T07:47:49.913Z",
            ),
            (
                PRICE,
                "ORDER_BUYER_VIEW_ORDER_PRICE_MODIFY",
                Change::Order,
                &order,
                "2026-05-20T07:47:49.913Z",
            ),
            (
                REFUND,
                "ORDER_BUYER_VIEW_ORDER_BUYER_REFUND",
                Change::Status,
                &Lookup::after_sale("TQxxxxxxxxxxxx"),
                "2026-05-20T07:47:49.913Z",
            ),
            (
                REFUND_1688,
                "ORDER_BUYER_VIEW_ORDER_BUYER_REFUND SYSTEM_AGREE_REFUND",
                Change::Refunded,
                &refund,
                "2018-05-30T11:30:13Z",
            ),
        ] {
            let event = told(body);
            assert_eq!(event.native, native);
            assert_eq!((event.change, event.proof), (change, Proof::Address));
            assert_eq!(event.lookup().as_ref(), Some(lookup), "{native}");
            assert_eq!(event.at.unwrap().to_string(), at, "{native}");
            assert_eq!(event.key, push::digest(body.as_bytes()));
        }
        assert_eq!(told(ORDER).order.number.as_deref(), Some("PO202605200001"));
        let refund = told(REFUND_1688);
        assert_eq!(refund.order.id.as_deref(), Some("1479266113491823456"));
        assert_eq!(refund.status, Some(Status::Completed));
        assert_eq!(refund.native_status.code.as_deref(), Some("refundsuccess"));
    }

    #[test]
    fn every_type_of_message_has_its_meaning() {
        use Change as C;
        for (message_type, change) in [
            ("ORDER_BUYER_VIEW_ORDER_BUYER_REFUND", C::Status),
            ("ORDER_BUYER_VIEW_ORDER_BUYER_REFUND_IN_SALES", C::Status),
            ("ORDER_BUYER_VIEW_ORDER_REFUND_AFTER_SALES", C::Status),
            ("ORDER_BUYER_VIEW_ORDER_PRICE_MODIFY", C::Order),
            ("ORDER_CREATE", C::Order),
            ("ORDER_BRAND_NEW", C::Order),
            ("REFUND", C::Unknown),
            ("order_create", C::Unknown),
        ] {
            for platform in ["0", "1", r#""1""#, "null", "7"] {
                let ids = r#"{"orderId":"1","refundId":"2"}"#;
                let event = told(&message(message_type, platform, ids));
                assert_eq!(event.change, change, "{message_type}");
                assert_eq!(event.lookup(), Some(Lookup::after_sale("2")));
            }
        }
        assert_eq!(told(&message("REFUND", "0", "{}")).lookup(), None);
        assert_eq!(told(&message("REFUND", "0", "[")).lookup(), None);
    }

    #[test]
    fn every_documented_action_has_its_meaning() {
        use Change as C;
        let meanings = [
            ("BUYER_APPLY_REFUND", C::Opened),
            ("BUYER_RECEIVE_CLOSE", C::Status),
            ("SELLER_SEND_GOODS_CLOSE", C::Status),
            ("BUYER_CANCEL_REFUND_CLOSE", C::Withdrawn),
            ("BUYER_UPLOAD_BILL", C::Status),
            ("SELLER_UPLOAD_BILL", C::Status),
            ("SELLER_REJECT_REFUND", C::Status),
            ("SELLER_AGREE_REFUND", C::Status),
            ("SELLER_RECEIVE_GOODS", C::Status),
            ("BUYER_SEND_GOODS", C::ReturnShipped),
            ("BUYER_MODIFY_REFUND_PROTOCOL", C::Edited),
            ("BUYER_APPLY_SUPPORT", C::Disputed),
            ("SELLER_APPLY_SUPPORT", C::Disputed),
            ("SYSTEM_AGREE_REFUND_PROTOCOL", C::Lapsed),
            ("SYSTEM_AGREE_REFUND", C::Refunded),
            ("SYSTEM_SEND_GOODS", C::Lapsed),
            ("SYSTEM_MODIFY_REFUND_PROTOCOL", C::Lapsed),
            ("SYSTEM_NOTIFY_APPLY_SUPPORT", C::Disputed),
            ("SELLER_AGREE_REFUND_PROCOTOL", C::Status),
            ("SELLER_REJECT_REFUND_PROCOTOL", C::Status),
            ("CRM_APPLY_TIMEOUT_CLOSE", C::Disputed),
            ("CRM_APPLY_SUPPORT", C::Disputed),
            ("CRM_INTERVENE_TASK", C::Disputed),
            ("CRM_DISMISS_TASK", C::Disputed),
            ("CRM_FINISH_TASK", C::Disputed),
            ("BUYER_STEP_PAY_ORDER_CLOSE", C::Status),
            ("BUYER_STEP_CONFIRM_CLOSE", C::Status),
            ("BUYER_CLOSE_TRADE_CLOSE", C::Status),
            ("SELLER_CONFIRM_ORDER_CLOSE", C::Status),
            ("SELLER_STEP_PUSH_CLOSE", C::Status),
            ("BRAND_NEW", C::Unknown),
        ];
        let sheet = include_str!("../../../fixtures/xportcn/message.md");
        for (action, change) in meanings {
            let body = format!(r#"{{"refundId":"TQ1","refundAction":"{action}"}}"#);
            let refund = message("ORDER_BUYER_VIEW_ORDER_BUYER_REFUND", "1", &body);
            assert_eq!(told(&refund).change, change, "{action}");
            let order = message("ORDER_CREATE", "1", &body);
            assert_eq!(told(&order).change, Change::Order, "{action}");
            let is_documented = sheet.contains(&format!("| `{action}` |"));
            assert_eq!(is_documented, change != C::Unknown, "{action}");
        }
        assert_eq!(meanings.len() - 1, REFUND_ACTIONS.len());
    }

    #[test]
    fn a_status_means_what_it_means_on_its_platform() {
        let refund = "ORDER_BUYER_VIEW_ORDER_BUYER_REFUND";
        for (message_type, platform, code, status) in [
            (refund, "1", "waitbuyersend", Some(Status::AwaitingReturn)),
            (refund, "1", "brand-new", Some(Status::Unknown)),
            (refund, "1", "", None),
            (refund, "0", "100", Some(Status::Requested)),
            (refund, "0", "waitbuyersend", Some(Status::Unknown)),
            ("ORDER_CREATE", "1", "refundsuccess", None),
        ] {
            let body = format!(r#"{{"refundId":"1","currentStatus":"{code}"}}"#);
            let event = told(&message(message_type, platform, &body));
            assert_eq!(event.status, status, "{code}");
            let native = status.map(|_| code.to_owned());
            assert_eq!(event.native_status.code, native, "{code}");
        }
    }

    #[test]
    fn each_event_has_a_key_of_its_own_that_comes_again_with_it() {
        assert_eq!(told(REFUND).key, told(REFUND).key);
        for other in [
            REFUND.replace("TQxx", "TQxy"),
            // The same refund moved on, and its message says no more than before.
            REFUND.replace("1779263269913", "1779263269914"),
            REFUND.replace("_REFUND", "_REFUND_IN_SALES"),
        ] {
            assert_ne!(told(REFUND).key, told(&other).key, "{other}");
        }
    }

    #[test]
    fn a_time_that_cannot_be_read_is_left_out() {
        for (timestamp, at) in [
            (r#""1779263269913""#, Some("2026-05-20T07:47:49.913Z")),
            ("1779263269913", Some("2026-05-20T07:47:49.913Z")),
            (r#""soon""#, None),
            ("null", None),
        ] {
            let body = ORDER.replace(r#""1779263269913""#, timestamp);
            let at = at.map(str::to_owned);
            assert_eq!(told(&body).at.map(|at| at.to_string()), at, "{timestamp}");
        }
    }

    #[test]
    fn the_address_is_tried_without_a_message() {
        let path = format!("/{SECRET}");
        for body in ["", " \n", "{}", r#"{"messageType":null,"messageBody":""}"#] {
            assert_eq!(receive(&path, body.as_bytes()), Ok(vec![]), "{body:?}");
        }
        assert_eq!(receive("/", b""), Err(RefusalKind::Forged));
    }

    #[test]
    fn an_address_without_the_secret_is_refused() {
        for path in [
            String::new(),
            "/".to_owned(),
            "/xportcn".to_owned(),
            format!("/{SECRET}/"),
            format!("/{SECRET}/xportcn"),
            format!("/x{SECRET}"),
            format!("/{SECRET}0"),
            format!("/{}", &SECRET[1..]),
            format!("/{}", SECRET.to_uppercase()),
            format!("/%35{}", &SECRET[1..]),
        ] {
            let outcome = receive(&path, ORDER.as_bytes());
            assert_eq!(outcome, Err(RefusalKind::Forged), "{path}");
        }
        for path in [
            format!("/{SECRET}"),
            SECRET.to_owned(),
            format!("//a/{SECRET}"),
        ] {
            assert!(receive(&path, ORDER.as_bytes()).is_ok(), "{path}");
        }
    }

    #[test]
    fn what_names_nothing_or_cannot_be_read_is_refused() {
        let refund = "ORDER_BUYER_VIEW_ORDER_BUYER_REFUND";
        for body in [
            "<xml/>".to_owned(),
            "7".to_owned(),
            r#"{"messageBody":"{}"}"#.to_owned(),
            r#"{"messageType":"ORDER_CREATE"}"#.to_owned(),
            message(refund, "1", "{}"),
            message(refund, "1", "no JSON"),
            message("ORDER_CREATE", "1", r#"{"orderNo":"PO1"}"#),
            message("ORDER_CREATE", "1", r#"{"orderId":"1","orderId":"2"}"#),
        ] {
            let outcome = receive(&format!("/{SECRET}"), body.as_bytes());
            assert_eq!(outcome, Err(RefusalKind::Malformed), "{body}");
        }
        let long = vec![b' '; LONGEST_PUSH + 1];
        let outcome = receive(&format!("/{SECRET}"), &long);
        assert_eq!(outcome, Err(RefusalKind::TooLarge));
    }

    /// Should the platform ever send the body as what it is.
    #[test]
    fn a_body_that_is_no_string_is_read_as_well() {
        let body =
            r#"{"messageType":"ORDER_CREATE","messageBody":{"orderId":3305075341149134260}}"#;
        assert_eq!(
            told(body).lookup(),
            Some(Lookup::order("3305075341149134260"))
        );
    }

    #[test]
    fn a_weak_secret_is_refused_and_none_is_shown() {
        for secret in [
            "",
            &SECRET[1..],
            "5f2b8c1d9e7a4036b1c8d2e5f7a90b3 c",
            "5f2b8c1d9e7a4036b1c8d2e5f7a90b3/c",
            "5f2b8c1d9e7a4036b1c8d2e5f7a90b3%63",
            "5f2b8c1d9e7a4036b1c8d2e5f7a90b3ä",
        ] {
            let error = Webhook::new("sourcing", secret).unwrap_err();
            assert!(error.message().starts_with("secret: "), "{error}");
            let shown = format!("{error} {error:?}");
            assert!(secret.is_empty() || !shown.contains(secret), "{shown}");
        }
        let webhook = Webhook::new("sourcing", SECRET).unwrap();
        assert!(!format!("{webhook:?}").contains(SECRET));
    }

    proptest! {
        #[test]
        fn any_body_ends_in_events_or_a_refusal(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = receive(&format!("/{SECRET}"), &body);
        }

        #[test]
        fn any_message_ends_in_events_or_a_refusal(
            body in ".{0,80}",
            message_type in "(ORDER_)?[A-Z_]{0,10}",
            timestamp in "[0-9:. -]{0,20}",
        ) {
            let message = serde_json::json!({
                "messageType": message_type, "messageBody": body, "timestamp": timestamp,
            });
            let _ = receive(&format!("/{SECRET}"), message.to_string().as_bytes());
        }

        #[test]
        fn an_address_with_any_character_changed_is_refused(at in 0..SECRET.len(), other in "[!-~]") {
            prop_assume!(SECRET[at..=at] != other);
            let path = format!("/{}{other}{}", &SECRET[..at], &SECRET[at + 1..]);
            prop_assert_eq!(receive(&path, ORDER.as_bytes()), Err(RefusalKind::Forged));
        }
    }
}
