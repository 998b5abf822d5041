//! Pushes (pages "订单售后状态推送" and "订单状态变更推送").
//!
//! The pages show what is in a push; how it is encrypted, how the address is tried and what is answered is on others
//! ("消息加/解密", "消息接收URL校验说明") that are not to be had. Whoever has them writes a [`Decrypt`]. A push states
//! no time: those in the message id of the example contradict each other.

use std::fmt;
use std::sync::Arc;

use core_model::lenient::Literal;
use core_model::{Account, Change, Event, NativeStatus, Order, Progress, Proof, Result, Source};
use jiff::Timestamp;
use transport::push::{Accepted, Document, Push, Receiver, Refusal};
use transport::setting;

use crate::client::{PLATFORM, SIDE};
use crate::normalize::STATUSES;
use crate::wire::MessagePush;

/// *Assumed.* No page that could be read says what the platform waits for.
const ANSWER: &str = "success";

/// States of an order that was paid back: because a group was not completed, in full, in part.
const PAID_BACK: [&str; 3] = ["3", "10", "11"];

/// Verifies and decrypts pushes. `Debug` must not show a secret.
pub trait Decrypt: fmt::Debug + Send + Sync {
    /// Opens what arrived, a GET that tries the address included. Whether it is too old is decided here as well: the
    /// message has no time in it.
    ///
    /// # Errors
    /// [`Refusal`] where it is not the platform's, or cannot be read.
    fn decrypt(&self, push: &Push<'_>, now: Timestamp) -> Result<Decrypted, Refusal>;
}

/// What a push turned out to be. `Debug` does not show what is in it.
pub enum Decrypted {
    /// The platform tries the address, and waits for this answer.
    Echo(String),
    /// Something happened.
    Message {
        /// The document, `<doc>…</doc>`.
        xml: Vec<u8>,
        /// What the platform vouches for, by whatever was verified.
        proof: Proof,
    },
}

impl fmt::Debug for Decrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Echo(_) => "Echo",
            Self::Message { .. } => "Message",
        })
    }
}

/// Reads the pushes of one shop.
#[derive(Debug, Clone)]
pub struct Webhook {
    source: Source,
    decrypt: Arc<dyn Decrypt>,
    app_id: Option<String>,
    answer: String,
}

impl Webhook {
    /// With what opens its pushes.
    pub fn new(account: impl Into<Account>, decrypt: impl Decrypt + 'static) -> Self {
        Self {
            source: Source::new(PLATFORM, account, SIDE),
            decrypt: Arc::new(decrypt),
            app_id: None,
            answer: ANSWER.to_owned(),
        }
    }

    /// Refuses what is for another shop than `app…`.
    ///
    /// # Errors
    /// [`Config`](core_model::ErrorKind::Config) when it is empty.
    pub fn with_app_id(mut self, app_id: impl Into<String>) -> Result<Self> {
        self.app_id = Some(setting::required("app_id", Some(app_id.into()))?);
        Ok(self)
    }

    /// Another answer than `success`.
    #[must_use]
    pub fn with_answer(mut self, answer: impl Into<String>) -> Self {
        self.answer = answer.into();
        self
    }

    fn message(&self, xml: &[u8], proof: Proof) -> Result<Event, Refusal> {
        let document = Document::new(xml)?;
        let wire: MessagePush<'_> = document.read()?;
        if self.app_id.is_some() && wire.app_id.get() != self.app_id.as_deref() {
            return Err(Refusal::malformed("the message is for another app"));
        }
        event(&wire, &self.source, proof)
    }
}

impl Receiver for Webhook {
    fn receive(&self, push: &Push<'_>, now: Timestamp) -> Result<Accepted, Refusal> {
        push.body()?;
        Ok(match self.decrypt.decrypt(push, now)? {
            Decrypted::Echo(answer) => Accepted {
                events: Vec::new(),
                answer,
            },
            Decrypted::Message { xml, proof } => Accepted {
                events: vec![self.message(&xml, proof)?],
                answer: self.answer.clone(),
            },
        })
    }
}

/// A push in the unified form. Its key is the message's id, which stays when the message is sent again.
///
/// # Errors
/// [`Malformed`](transport::push::RefusalKind::Malformed) when the id or the kind of the message are missing.
pub fn event(wire: &MessagePush<'_>, source: &Source, proof: Proof) -> Result<Event, Refusal> {
    let stated = |name, value: Option<_>| {
        value.ok_or_else(|| Refusal::malformed(format!("{name} is missing")))
    };
    let key = stated("message_id", wire.message_id.get())?;
    let kind = stated("type", wire.kind.get())?;
    let data = wire.xe_data.get();
    let action = data.and_then(|data| data.action.get());
    let order_state = data.and_then(|data| data.order_state.get());
    let state = data.and_then(|data| data.state.get());
    let native: Vec<_> = [Some(kind), action, order_state]
        .into_iter()
        .flatten()
        .collect();
    Ok(Event {
        case: data.and_then(|data| data.aftersale_id.owned()),
        order: Order {
            id: data.and_then(|data| data.order_id.owned()),
            ..Order::default()
        },
        status: state.map(|code| Progress::lookup(STATUSES, Some(code)).status()),
        native_status: NativeStatus {
            code: state.map(str::to_owned),
            label: None,
        },
        ..Event::new(
            source,
            key,
            native.join(" "),
            change(kind, action, order_state),
            proof,
        )
    })
}

fn change(kind: &str, action: Option<&str>, order_state: Option<&str>) -> Change {
    match (kind, action, order_state) {
        ("after_sale", Some("create_aftersale"), _) => Change::Opened,
        ("order_change", Some("refund_callback"), Some(state)) if PAID_BACK.contains(&state) => {
            Change::Refunded
        }
        ("order_change", ..) => Change::Order,
        _ => Change::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use core_model::{Lookup, Status};
    use http::{HeaderMap, HeaderValue};
    use proptest::prelude::*;
    use transport::push::{LONGEST_PUSH, RefusalKind};

    use super::*;

    const AFTER_SALE: &str = include_str!("../../../fixtures/xiaoe/after-sale-push.request.xml");
    const ORDER: &str = include_str!("../../../fixtures/xiaoe/order-change-push.request.xml");

    /// A body that is turned round, behind a key in a header.
    #[derive(Debug)]
    struct Turned;

    impl Decrypt for Turned {
        fn decrypt(&self, push: &Push<'_>, _: Timestamp) -> Result<Decrypted, Refusal> {
            if push.header("x-key")? != "key" {
                return Err(Refusal::forged());
            }
            if let Ok(echo) = push.parameter("echo") {
                return Ok(Decrypted::Echo(echo.into_owned()));
            }
            let mut xml = push.body.to_vec();
            xml.reverse();
            let proof = Proof::Sender;
            Ok(Decrypted::Message { xml, proof })
        }
    }

    fn webhook() -> Webhook {
        Webhook::new("courses", Turned)
    }

    fn receive(webhook: &Webhook, query: &str, xml: &[u8]) -> Result<Accepted, Refusal> {
        let mut headers = HeaderMap::new();
        headers.insert("x-key", HeaderValue::from_static("key"));
        let mut body = xml.to_vec();
        body.reverse();
        let push = Push {
            path: "/",
            query,
            headers: &headers,
            body: &body,
        };
        webhook.receive(&push, Timestamp::UNIX_EPOCH)
    }

    fn one(xml: &str) -> Event {
        let accepted = receive(&webhook(), "", xml.as_bytes()).unwrap();
        assert_eq!(accepted.answer, "success");
        let [event] = accepted.events.as_slice() else {
            panic!("{accepted:?}")
        };
        event.clone()
    }

    #[test]
    fn a_new_case_is_named_with_its_order_and_status() {
        let event = one(AFTER_SALE);
        assert_eq!(event.key, "20230615_1669013687304xxxxxx");
        assert_eq!(event.native, "after_sale create_aftersale");
        assert_eq!((event.change, event.proof), (Change::Opened, Proof::Sender));
        assert_eq!(
            event.lookup(),
            Some(Lookup::after_sale("A1624244852_xxxxxxxx"))
        );
        assert_eq!(event.order.id.as_deref(), Some("E2021072914183xxxxxx"));
        assert_eq!(event.status, Some(Status::Requested));
        assert_eq!(event.native_status.code.as_deref(), Some("0"));
        assert_eq!(event.at, None);
    }

    #[test]
    fn an_order_that_changed_is_named_and_a_refund_told_apart() {
        for (action, state, change) in [
            ("create", "0", Change::Order),
            ("refund_callback", "10", Change::Refunded),
            ("refund_callback", "11", Change::Refunded),
            ("refund_callback", "3", Change::Refunded),
            ("refund_callback", "1", Change::Order),
            ("settle", "10", Change::Order),
            ("new", "99", Change::Order),
        ] {
            let xml = ORDER
                .replace(">create<", &format!(">{action}<"))
                .replace("<order_state>0<", &format!("<order_state>{state}<"));
            let event = one(&xml);
            assert_eq!(event.change, change, "{action} {state}");
            assert_eq!(event.native, format!("order_change {action} {state}"));
            assert_eq!(event.lookup(), Some(Lookup::order("o_xxxx")));
            assert_eq!(event.status, None, "that of an order is none of a case");
        }
    }

    #[test]
    fn the_key_stays_when_the_message_is_sent_again() {
        let again = AFTER_SALE.replace("<retry_times>0<", "<retry_times>2<");
        assert_eq!(one(&again), one(AFTER_SALE));
        let other = AFTER_SALE.replace("1669013687304", "1669013687305");
        assert_ne!(one(&other).key, one(AFTER_SALE).key);
    }

    #[test]
    fn what_is_not_in_the_tables_is_unknown_and_keeps_what_it_names() {
        let event = one(&AFTER_SALE.replace("create_aftersale", "agree"));
        assert_eq!(
            (event.change, event.case.is_some()),
            (Change::Unknown, true)
        );
        let event = one("<doc><type>user</type><message_id>1</message_id></doc>");
        assert_eq!((event.change, event.lookup()), (Change::Unknown, None));
        let event = one(&AFTER_SALE.replace("<state>0<", "<state>9<"));
        assert_eq!(event.status, Some(Status::Unknown));
    }

    #[test]
    fn an_address_that_is_tried_answers_what_the_decryption_says() {
        let accepted = receive(&webhook(), "echo=e%2B1", b"").unwrap();
        assert_eq!(
            (accepted.events, accepted.answer),
            (Vec::new(), "e+1".to_owned())
        );
    }

    #[test]
    fn the_answer_can_be_another_one() {
        let webhook = webhook().with_answer("{}");
        let accepted = receive(&webhook, "", AFTER_SALE.as_bytes()).unwrap();
        assert_eq!(accepted.answer, "{}");
    }

    #[test]
    fn what_is_for_another_shop_or_unreadable_is_refused() {
        let ours = || webhook().with_app_id("appAKLWLitnxxxx").unwrap();
        assert!(receive(&ours(), "", AFTER_SALE.as_bytes()).is_ok());
        assert!(webhook().with_app_id(" ").is_err());
        let twice = AFTER_SALE.replace("<state>", "<order_id>E2</order_id><state>");
        for (webhook, xml) in [
            (webhook().with_app_id("app2").unwrap(), AFTER_SALE),
            (
                ours(),
                "<doc><type>t</type><message_id>1</message_id></doc>",
            ),
            (webhook(), "<doc><type>t</type></doc>"),
            (webhook(), "<doc><message_id>1</message_id></doc>"),
            (webhook(), &twice),
            (webhook(), &AFTER_SALE[..200]),
            (webhook(), "<!DOCTYPE doc><doc/>"),
            (webhook(), ""),
        ] {
            let refusal = receive(&webhook, "", xml.as_bytes()).unwrap_err();
            assert_eq!(refusal.kind(), RefusalKind::Malformed, "{xml}: {refusal}");
        }
        let push = Push {
            path: "/",
            query: "",
            headers: &HeaderMap::new(),
            body: &vec![b' '; LONGEST_PUSH + 1],
        };
        let refusal = webhook().receive(&push, Timestamp::UNIX_EPOCH).unwrap_err();
        assert_eq!(refusal.kind(), RefusalKind::TooLarge);
        let mut headers = HeaderMap::new();
        headers.insert("x-key", HeaderValue::from_static("another"));
        let push = Push {
            path: "/",
            query: "",
            headers: &headers,
            body: b"",
        };
        let refusal = webhook().receive(&push, Timestamp::UNIX_EPOCH).unwrap_err();
        assert_eq!(refusal.kind(), RefusalKind::Forged);
    }

    #[test]
    fn what_was_decrypted_is_not_shown() {
        let message = Decrypted::Message {
            xml: b"canary".to_vec(),
            proof: Proof::Body,
        };
        let shown = format!("{message:?} {:?}", Decrypted::Echo("canary".to_owned()));
        assert_eq!(shown, "Message Echo");
    }

    proptest! {
        #[test]
        fn any_message_ends_in_events_or_a_refusal(xml in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = receive(&webhook(), "", &xml);
        }

        #[test]
        fn any_document_ends_in_events_or_a_refusal(
            inner in "(<[a-z_]{1,9}>[a-z0-9]{0,4}|</[a-z_]{1,9}>|<type>t</type>|<message_id>1</message_id>){0,8}"
        ) {
            let _ = receive(&webhook(), "", format!("<doc>{inner}</doc>").as_bytes());
        }
    }
}
