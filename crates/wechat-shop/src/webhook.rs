//! Pushes (page "消息推送", and one page for each event).
//!
//! An app has one address, token and key for the events of all three generations, and for whatever else WeChat tells
//! it. In plain mode the signature covers time and nonce, not the message: what it says is a hint, and the case has to
//! be looked up. In safe mode it covers the message.
//!
//! A signature joins its texts without a mark between them, so a push that somebody kept may come again with its time
//! and nonce cut differently. Its event has the same key then: nothing of the key is taken from them.

use std::time::Duration;

use aes::Aes256;
use cbc::Decryptor;
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};
use core_model::lenient::Literal;
use core_model::{
    Account, Change, Error, Event, NativeStatus, Order, Progress, Proof, Result, Source, Zoneless,
};
use data_encoding::{BASE64, BASE64_NOPAD, HEXLOWER, HEXLOWER_PERMISSIVE};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde::Deserialize;
use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq;
use transport::push::{Accepted, Document, Push, Receiver, Refusal, ReplayWindow};
use transport::setting;

use crate::client::{PLATFORM, SIDE};
use crate::normalize::{STATUSES, STORE_STATUSES};
use crate::wire::{EventPush, SafePush};

/// *Assumed:* a push is signed when it is sent. A third delivery follows the first within seconds.
const OLDEST: Duration = Duration::from_secs(10 * 60);

/// What every page asks for but that of `wxaproduct_add_aftersale`, which wants to hear the merchant's id of the case.
const ANSWER: &str = "success";

/// Event → what happened. `funds_order_refund` is not here: see [`REFUNDS`].
pub const EVENTS: &[(&str, Change)] = &[
    // The custom component.
    ("wxaproduct_add_aftersale", Change::Opened),
    // The upgraded component.
    ("aftersale_new_order", Change::Opened),
    ("aftersale_update_order", Change::Edited),
    ("aftersale_user_cancel", Change::Withdrawn),
    (
        "aftersale_wait_merchant_confirm_receipt",
        Change::ReturnShipped,
    ),
    ("aftersale_user_modify_return_info", Change::ReturnShipped),
    // The case waits for the goods again.
    ("aftersale_user_cancel_waybill", Change::Status),
    ("aftersale_user_upload_return_info_overdue", Change::Lapsed),
    (
        "aftersale_user_apply_platform_judge_overdue",
        Change::Lapsed,
    ),
    ("aftersale_merchant_handle_refund_overdue", Change::Lapsed),
    ("aftersale_merchant_handle_return_overdue", Change::Lapsed),
    ("aftersale_merchant_confirm_receipt_overdue", Change::Lapsed),
    ("aftersale_refund_success", Change::Refunded),
    (
        "aftersale_wait_merchant_offline_refund",
        Change::RefundFailed,
    ),
    // Assumed: who confirms the proof of a payment has the money.
    (
        "aftersale_user_confirm_refund_certificate",
        Change::Refunded,
    ),
    ("aftersale_complaint_update_order_state", Change::Disputed),
    ("complaint_notify", Change::Disputed),
    // Its page could not be read; a public client says that all of the order is paid back.
    ("open_product_order_refund", Change::Refunded),
    // WeChat Store.
    ("channels_ec_aftersale_update", Change::Status),
    ("channels_ec_present_aftersale_update", Change::Status),
    ("channels_ec_complaint_update", Change::Disputed),
    // A claim is no after-sale, but one of the order may be near.
    ("channels_ec_guarantee_update", Change::Order),
];

/// Status of a `funds_order_refund` → what happened. *Assumed:* what was closed was not paid.
pub const REFUNDS: &[(&str, Change)] = &[
    ("SUCCESS", Change::Refunded),
    ("CLOSE", Change::RefundFailed),
    ("ABNORMAL", Change::RefundFailed),
];

/// Verifies and reads the pushes to one app.
#[derive(Debug, Clone)]
pub struct Webhook {
    source: Source,
    token: SecretString,
    encryption: Option<Encryption>,
    takes_plain: bool,
    window: ReplayWindow,
}

impl Webhook {
    /// With the token that was set with the address. Messages are plain then: see
    /// [`with_encryption`](Self::with_encryption).
    ///
    /// # Errors
    /// [`Config`](core_model::ErrorKind::Config) when the token is empty or has blanks in it.
    pub fn new(account: impl Into<Account>, token: impl Into<SecretString>) -> Result<Self> {
        Ok(Self {
            source: Source::new(PLATFORM, account, SIDE),
            token: setting::secret_needed("token", Some(token.into()))?,
            encryption: None,
            takes_plain: false,
            window: ReplayWindow::new(OLDEST),
        })
    }

    /// For the safe mode, and the compatible mode, whose plain half is not looked at. Plain messages are refused from
    /// here on.
    ///
    /// The id is that of the app, or of the third-party platform that receives for it; the EncodingAESKey has 43
    /// characters.
    ///
    /// # Errors
    /// [`Config`](core_model::ErrorKind::Config) when the id is empty, or the key is none.
    pub fn with_encryption(
        mut self,
        app_id: impl Into<String>,
        encoding_aes_key: impl Into<SecretString>,
    ) -> Result<Self> {
        self.encryption = Some(Encryption::new(app_id.into(), &encoding_aes_key.into())?);
        Ok(self)
    }

    /// Takes plain messages beside encrypted ones, as while the mode is being changed. What they say is a hint.
    #[must_use]
    pub fn with_plain(mut self) -> Self {
        self.takes_plain = true;
        self
    }

    /// Another limit for the age of a push than ten minutes.
    #[must_use]
    pub fn with_window(mut self, window: ReplayWindow) -> Self {
        self.window = window;
        self
    }

    /// The parameter `code` has to be SHA-1 over token, time, nonce and what else is signed, in the order of their
    /// bytes.
    fn verify(
        &self,
        push: &Push<'_>,
        code: &str,
        signed: Option<&str>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let code = push.parameter(code)?;
        let timestamp = push.parameter("timestamp")?;
        let nonce = push.parameter("nonce")?;
        let mut texts = vec![self.token.expose_secret(), &timestamp, &nonce];
        texts.extend(signed);
        texts.sort_unstable();
        let expected = Sha1::digest(texts.concat());
        let is_signed = HEXLOWER_PERMISSIVE
            .decode(code.as_bytes())
            .is_ok_and(|code| code.ct_eq(&expected).into());
        if !is_signed {
            return Err(Refusal::forged());
        }
        let signed_at = seconds(&timestamp)
            .ok_or_else(|| Refusal::malformed("parameter timestamp is no time"))?;
        self.window.check(signed_at, now)
    }

    fn accepted(&self, message: &[u8], proof: Proof) -> Result<Accepted, Refusal> {
        let document = Document::new(message)?;
        let wire: EventPush<'_> = document.read()?;
        let mut event = event(&wire, &self.source, proof)?;
        if Told::of(&wire).id().is_none() {
            // Nothing but its text tells it from another event of the same second.
            event.key += ":";
            event.key += &HEXLOWER.encode(&Sha1::digest(message));
        }
        Ok(Accepted {
            events: vec![event],
            answer: ANSWER.to_owned(),
        })
    }
}

/// The settings of a [`Webhook`], as a configuration file has them: `token` and, optional, `encoding_aes_key`, `app_id`,
/// `plain` (true or false) and `window_minutes`. Without a key, the id and `plain` have no effect.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    token: SecretString,
    app_id: Option<String>,
    encoding_aes_key: Option<SecretString>,
    #[serde(default)]
    plain: bool,
    window_minutes: Option<u32>,
}

impl Settings {
    /// Checks everything.
    ///
    /// # Errors
    /// As for [`Webhook::new`] and [`Webhook::with_encryption`].
    pub fn build(self, account: impl Into<Account>) -> Result<Webhook> {
        let mut webhook = Webhook::new(account, self.token)?;
        if let Some(key) = self.encoding_aes_key {
            webhook = webhook.with_encryption(self.app_id.unwrap_or_default(), key)?;
        }
        if self.plain {
            webhook = webhook.with_plain();
        }
        let past = self.window_minutes.map(u64::from).map(Duration::from_mins);
        let window = past.map(ReplayWindow::new);
        Ok(window.into_iter().fold(webhook, Webhook::with_window))
    }
}

impl Receiver for Webhook {
    fn receive(&self, push: &Push<'_>, now: Timestamp) -> Result<Accepted, Refusal> {
        let body = push.body()?;
        if body.is_empty() {
            let echo = push.parameter("echostr")?;
            self.verify(push, "signature", None, now)?;
            return Ok(Accepted {
                events: Vec::new(),
                answer: echo.into_owned(),
            });
        }
        let document = Document::new(body)?;
        let safe: SafePush<'_> = document.read()?;
        match (&self.encryption, safe.encrypt.get()) {
            (Some(encryption), Some(encrypt)) => {
                self.verify(push, "msg_signature", Some(encrypt), now)?;
                self.accepted(&encryption.decrypted(encrypt)?, Proof::Body)
            }
            (Some(_), None) if !self.takes_plain => {
                Err(Refusal::malformed("the message is not encrypted"))
            }
            (_, encrypt) => {
                self.verify(push, "signature", None, now)?;
                let accepted = self.accepted(body, Proof::Sender);
                accepted.map_err(|refusal| match encrypt {
                    Some(_) => Refusal::malformed("the message is encrypted, and no key is set"),
                    None => refusal,
                })
            }
        }
    }
}

fn seconds(digits: &str) -> Option<Timestamp> {
    digits
        .parse()
        .ok()
        .and_then(|count| Timestamp::from_second(count).ok())
}

/// How messages are encrypted for one app.
#[derive(Debug, Clone)]
struct Encryption {
    app_id: String,
    key: SecretSlice<u8>,
}

impl Encryption {
    const KEY: usize = 32;
    const RANDOM: usize = 16;
    /// The padding fills up blocks of this size, which are twice those of the cipher.
    const BLOCK: u8 = 32;

    fn new(app_id: String, encoding_aes_key: &SecretString) -> Result<Self> {
        let app_id = setting::required("app_id", Some(app_id))?;
        // What is left of the last character need not be zero: the platform makes up all 43.
        let mut base64 = BASE64_NOPAD.specification();
        base64.check_trailing_bits = false;
        let encoded = encoding_aes_key.expose_secret().as_bytes();
        let key = base64
            .encoding()
            .ok()
            .and_then(|base64| base64.decode(encoded).ok())
            .filter(|key| key.len() == Self::KEY)
            .map(SecretSlice::from)
            .ok_or_else(|| Error::config("encoding_aes_key", "is no 43 characters of Base64"))?;
        Ok(Self { app_id, key })
    }

    /// The message. Whatever is wrong is refused in the same words, so that nobody learns how far it got.
    fn decrypted(&self, encrypt: &str) -> Result<Vec<u8>, Refusal> {
        self.message(encrypt).ok_or_else(|| {
            Refusal::malformed("the message cannot be decrypted with this key for this app")
        })
    }

    fn message(&self, encrypt: &str) -> Option<Vec<u8>> {
        let mut buffer = BASE64.decode(encrypt.as_bytes()).ok()?;
        let key = self.key.expose_secret();
        // On no page, but public clients agree on it. It touches the random bytes only.
        let (vector, _) = key.split_at_checked(Self::RANDOM)?;
        let padded = Decryptor::<Aes256>::new_from_slices(key, vector)
            .ok()?
            .decrypt_padded::<NoPadding>(&mut buffer)
            .ok()?;
        let (_, text) = unpadded(padded)?.split_at_checked(Self::RANDOM)?;
        let (length, text) = text.split_first_chunk()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (message, app_id) = text.split_at_checked(length)?;
        (app_id == self.app_id.as_bytes()).then(|| message.to_vec())
    }
}

/// Each byte of the padding is their number.
fn unpadded(padded: &[u8]) -> Option<&[u8]> {
    let count = *padded.last()?;
    let end = padded.len().checked_sub(usize::from(count))?;
    let (text, padding) = padded.split_at_checked(end)?;
    let is_padding = (1..=Encryption::BLOCK).contains(&count);
    (is_padding && padding.iter().all(|byte| *byte == count)).then_some(text)
}

/// A push in the unified form.
///
/// The key has who sent it, when it happened, which event, and what it is about with its status. An event that says
/// nothing of that kind needs something more to be told from others of the same second.
///
/// # Errors
/// [`Malformed`](transport::push::RefusalKind::Malformed) when sender, time or name are missing.
pub fn event(wire: &EventPush<'_>, source: &Source, proof: Proof) -> Result<Event, Refusal> {
    // What users write to the app is no event, and arrives here as well.
    let name = stated("Event", wire.event.get().or_else(|| wire.msg_type.get()))?;
    let sender = stated("FromUserName", wire.from_user_name.get())?;
    let created = stated("CreateTime", wire.create_time.get())?;
    let told = Told::of(wire);
    let key = [Some(sender), Some(created), Some(name), told.id()];
    let key: Vec<_> = key.into_iter().chain(told.codes()).flatten().collect();
    let native = [Some(name)].into_iter().chain(told.details);
    let native: Vec<_> = native.flatten().collect();
    let change = match (name, told.details) {
        ("funds_order_refund", [status, _]) => looked_up(REFUNDS, status),
        _ => looked_up(EVENTS, Some(name)),
    };
    Ok(Event {
        case: told.case.map(str::to_owned),
        order: Order {
            id: told.order_id.map(str::to_owned),
            number: None,
            merchant_ref: told.out_order_id.map(str::to_owned),
        },
        status: told
            .status
            .map(|code| Progress::lookup(told.statuses, Some(code)).status()),
        native_status: NativeStatus {
            code: told.status.map(str::to_owned),
            label: None,
        },
        // The pages' examples are of the year 2361.
        at: wire
            .create_time
            .instant("CreateTime", Zoneless::Refused)
            .ok()
            .flatten(),
        ..Event::new(source, key.join(":"), native.join(" "), change, proof)
    })
}

fn stated<'a>(name: &str, value: Option<&'a str>) -> Result<&'a str, Refusal> {
    value.ok_or_else(|| Refusal::malformed(format!("{name} is missing")))
}

fn looked_up(table: &[(&str, Change)], code: Option<&str>) -> Change {
    let row = table.iter().find(|(known, _)| Some(*known) == code);
    row.map_or(Change::Unknown, |(_, change)| *change)
}

/// What the body of an event says, whichever it is.
#[derive(Default)]
struct Told<'a> {
    case: Option<&'a str>,
    /// A dispute, a claim or a refund.
    other_id: Option<&'a str>,
    order_id: Option<&'a str>,
    out_order_id: Option<&'a str>,
    /// Of the case.
    status: Option<&'a str>,
    statuses: &'static [(&'static str, Progress)],
    /// How far that is, and what was done.
    details: [Option<&'a str>; 2],
}

impl<'a> Told<'a> {
    fn of(wire: &'a EventPush<'_>) -> Self {
        let store = &wire.finder_shop_aftersale_status_update;
        let present = &wire.finder_shop_present_aftersale_status_update;
        let complaint = &wire.finder_shop_complaint;
        let older = &wire.finder_finder_shop_complaint;
        if let Some(info) = wire.aftersale_info.get() {
            Self {
                case: info
                    .aftersale_id
                    .get()
                    .or_else(|| info.out_aftersale_id.get()),
                order_id: info.order_id.get(),
                out_order_id: info.out_order_id.get(),
                ..Self::default()
            }
        } else if let Some(update) = store.get().or_else(|| present.get()) {
            Self {
                case: update.after_sale_order_id.get(),
                order_id: update.order_id.get(),
                status: update.status.get(),
                statuses: STORE_STATUSES,
                ..Self::default()
            }
        } else if let Some(complaint) = complaint.get().or_else(|| older.get()) {
            let status = complaint.complaint_status.get();
            Self {
                case: complaint.after_sale_order_id.get(),
                other_id: complaint.complaint_id.get(),
                order_id: complaint.order_id.get(),
                details: [status.or_else(|| complaint.status.get()), None],
                ..Self::default()
            }
        } else if let Some(guarantee) = wire.finder_shop_guarantee_status_update.get() {
            Self {
                other_id: guarantee.guarantee_order_id.get(),
                order_id: guarantee.order_id.get(),
                details: [guarantee.status.get(), None],
                ..Self::default()
            }
        } else if let Some(complaint) = wire.complaint_info.get() {
            Self {
                other_id: complaint.complaint_order_id.get(),
                details: [complaint.state.get(), complaint.event.get()],
                ..Self::default()
            }
        } else if let Some(info) = wire.order_info.get() {
            Self {
                other_id: info.refund_no.get(),
                order_id: info.order_id.get(),
                out_order_id: info.out_order_id.get(),
                details: [info.status.get(), None],
                ..Self::default()
            }
        } else if let Some(case) = wire.aftersale_id.get() {
            Self {
                case: Some(case),
                order_id: wire.order_id.get(),
                status: wire.status.get(),
                statuses: STATUSES,
                ..Self::default()
            }
        } else {
            Self::default()
        }
    }

    /// What the event is about, as narrowly as it says.
    fn id(&self) -> Option<&'a str> {
        self.other_id
            .or(self.case)
            .or(self.order_id)
            .or(self.out_order_id)
    }

    /// What can change twice in one second.
    fn codes(&self) -> [Option<&'a str>; 3] {
        let [first, second] = self.details;
        [self.status, first, second]
    }
}

#[cfg(test)]
mod tests {
    use cbc::Encryptor;
    use cbc::cipher::BlockModeEncrypt;
    use core_model::{Lookup, Status};
    use http::HeaderMap;
    use proptest::prelude::*;
    use transport::push::{LONGEST_PUSH, RefusalKind};

    use super::*;

    macro_rules! fixture {
        ($name:literal) => {
            include_str!(concat!("../../../fixtures/wechat-shop/", $name))
        };
    }

    /// Token, key and app of the page "消息推送".
    const TOKEN: &str = "AAAAA";
    const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const APP: &str = "wxba5fad812f8e6fb9";
    /// The bytes from 0 to 31.
    const OTHER_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    const PLAIN: &str =
        "signature=899cf89e464efb63f54ddac96b0a0a235f53aa78&timestamp=1714037059&nonce=486452656";
    const PLAIN_AT: i64 = 1_714_037_059;
    const ECHO: &str = "signature=f464b24fc39322e44b38aa78f5edd27bd1441696&echostr=4375120948345356249&timestamp=1714036504&nonce=1514711492";
    const ECHO_AT: i64 = 1_714_036_504;
    const SAFE: &str = "signature=6c5c811b55cc85e0e1b54100749188c20beb3f5d&timestamp=1714112445&nonce=415670741&openid=o9A...&encrypt_type=aes&msg_signature=046e02f8204d34f8ba5fa3b1db94908f3df2e9b3";
    const SAFE_AT: i64 = 1_714_112_445;

    fn plain() -> Webhook {
        Webhook::new("wx", TOKEN).unwrap()
    }

    fn safe() -> Webhook {
        plain().with_encryption(APP, KEY).unwrap()
    }

    fn receive(webhook: &Webhook, query: &str, body: &[u8], now: i64) -> Result<Accepted, Refusal> {
        let headers = HeaderMap::new();
        let push = Push {
            path: "/",
            query,
            headers: &headers,
            body,
        };
        webhook.receive(&push, Timestamp::from_second(now).unwrap())
    }

    fn one(accepted: Result<Accepted, Refusal>) -> Event {
        let accepted = accepted.unwrap();
        assert_eq!(accepted.answer, "success");
        let [event] = accepted.events.as_slice() else {
            panic!("{accepted:?}")
        };
        event.clone()
    }

    /// The query of a message that is sent at [`PLAIN_AT`].
    fn signed(encrypt: Option<&str>) -> String {
        let timestamp = PLAIN_AT.to_string();
        let mut texts = vec![TOKEN, &timestamp, "1"];
        texts.extend(encrypt);
        texts.sort_unstable();
        let code = HEXLOWER.encode(&Sha1::digest(texts.concat()));
        let name = encrypt.map_or("signature", |_| "msg_signature");
        format!("{name}={code}&timestamp={timestamp}&nonce=1")
    }

    fn padding(length: usize) -> Vec<u8> {
        let count = 32 - length % 32;
        vec![u8::try_from(count).unwrap(); count]
    }

    fn encrypted(key: &str, text: &[u8]) -> String {
        let key = BASE64.decode(format!("{key}=").as_bytes()).unwrap();
        let mut buffer = text.to_vec();
        let ciphertext = Encryptor::<Aes256>::new_from_slices(&key, &key[..16])
            .unwrap()
            .encrypt_padded::<NoPadding>(&mut buffer, text.len())
            .unwrap();
        BASE64.encode(ciphertext)
    }

    fn full(random: &[u8; 16], message: &[u8], app: &str) -> Vec<u8> {
        let length = u32::try_from(message.len()).unwrap().to_be_bytes();
        [random, length.as_slice(), message, app.as_bytes()].concat()
    }

    fn encrypt(random: &[u8; 16], message: &[u8]) -> String {
        let mut text = full(random, message, APP);
        text.extend(padding(text.len()));
        encrypted(KEY, &text)
    }

    fn in_json(encrypt: &str) -> String {
        format!(r#"{{"ToUserName":"gh_1","Encrypt":"{encrypt}"}}"#)
    }

    fn receive_encrypted(encrypt: &str) -> Result<Accepted, Refusal> {
        let query = signed(Some(encrypt));
        receive(&safe(), &query, in_json(encrypt).as_bytes(), PLAIN_AT)
    }

    #[test]
    fn an_address_that_is_tried_answers_the_echo() {
        for webhook in [plain(), safe()] {
            let accepted = receive(&webhook, ECHO, b"", ECHO_AT).unwrap();
            assert_eq!(accepted.events, []);
            assert_eq!(accepted.answer, "4375120948345356249");
        }
        for (query, now, expected) in [
            (
                ECHO.replace("1441696", "1441697"),
                ECHO_AT,
                RefusalKind::Forged,
            ),
            (
                ECHO.replace("=1514711492", "=1"),
                ECHO_AT,
                RefusalKind::Forged,
            ),
            (ECHO.to_owned(), ECHO_AT + 3_600, RefusalKind::Stale),
            (ECHO.to_owned(), ECHO_AT - 3_600, RefusalKind::Stale),
            (
                ECHO.replace("echostr", "e"),
                ECHO_AT,
                RefusalKind::Malformed,
            ),
            (format!("{ECHO}&nonce=1"), ECHO_AT, RefusalKind::Malformed),
            (String::new(), ECHO_AT, RefusalKind::Malformed),
        ] {
            let refusal = receive(&plain(), &query, b"", now).unwrap_err();
            assert_eq!(refusal.kind(), expected, "{query}: {refusal}");
        }
    }

    #[test]
    fn what_a_plain_message_says_is_a_hint() {
        let body = fixture!("message-push.request.json").as_bytes();
        for query in [
            PLAIN.to_owned(),
            PLAIN.replace("899cf89e464", "899CF89E464"),
        ] {
            let event = one(receive(&plain(), &query, body, PLAIN_AT));
            assert_eq!(
                (event.native.as_str(), event.change),
                ("debug_demo", Change::Unknown)
            );
            assert_eq!(event.proof, Proof::Sender);
            assert_eq!(event.lookup(), None);
            assert_eq!(event.at.unwrap().to_string(), "2024-04-25T09:24:19Z");
        }
    }

    #[test]
    fn what_an_encrypted_message_says_is_vouched_for() {
        let json = fixture!("message-push.request-safe.json");
        let event = one(receive(&safe(), SAFE, json.as_bytes(), SAFE_AT));
        assert_eq!(
            (event.native.as_str(), event.proof),
            ("debug_demo", Proof::Body)
        );
        assert_eq!(event.at.unwrap().as_second(), SAFE_AT);

        // A third-party platform, which has everything in XML and signs with an id of its own.
        let xml = fixture!("message-push.request-safe-xml.txt");
        let query = "timestamp=1715943329&nonce=1590219412&msg_signature=6c12a4205838198b8fa631b3220723bb07f1015c";
        let platform = plain().with_encryption("wx134c8103faa5a59e", KEY).unwrap();
        let event = one(receive(&platform, query, xml.as_bytes(), 1_715_943_329));
        assert_eq!(
            (event.native.as_str(), event.proof),
            ("debug_demo", Proof::Body)
        );
        assert_eq!(event.at.unwrap().as_second(), 1_715_943_329);
    }

    #[test]
    fn a_message_with_another_key_is_read() {
        let body = r#"{"ToUserName":"gh_000000000001","Encrypt":"4j/AuRx71kQlxVlzbpsMWBlSqYcO6zjtXDSkwM4BdlaOxfcnroZ79fakZxNAYSqguGnCFfcyFkCtF/kdiGJDgvkhPqgnuOQcJ479Vqmik6iko65lPvzZNS2fZMDeSaT7KUcfC5t1Zl/VsYLGawPvqUnM95umG+wD0ZwCxnUQ9f+VhfXB6CVCwCtJzh2kROXvcWYJa/gXsGiSeVLHzzDrfnRiE+e4JvJJBWWYIZBxb+/gWozIXEVrl7C37g7P6T8FcoSbWOkJAbzNcl0fe8JdInvuxzFWnQxyUtlGGapHsJxCKBiS+LYFvIE2231lDG9CtHB3Qr47FB6/SSr+9OQ2/yFk/b+Oqbo1HEdW6kWPF0GJn4cDDxSqms0oo8QizyotJ8nY+lw6zodQkJKgjIm/p2iXIGbfPAhPwdyF9370P6g="}"#;
        let query = "timestamp=1700000000&nonce=987654321&encrypt_type=aes&msg_signature=82c7900c1ddb79ed33ca18d3a8378e334a44c132";
        let webhook = Webhook::new("wx", "tok_synthetic_1").unwrap();
        let webhook = webhook
            .with_encryption("wx0000000000000001", OTHER_KEY)
            .unwrap();
        let event = one(receive(&webhook, query, body.as_bytes(), 1_700_000_000));
        assert_eq!(event.change, Change::Opened);
        assert_eq!(event.lookup(), Some(Lookup::after_sale("4000000000000001")));
        assert_eq!(event.order.id.as_deref(), Some("3300000000000000001"));
        assert_eq!(event.order.merchant_ref.as_deref(), Some("SYN-0001"));
        assert_eq!(
            event.key,
            "oSYNTHETIC0000000000000000001:1700000000:aftersale_new_order:4000000000000001"
        );
    }

    #[test]
    fn a_message_is_encrypted_as_the_page_says() {
        let expected = "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==";
        let message = br#"{"demo_resp":"good luck"}"#;
        assert_eq!(encrypt(b"707722b803182950", message), expected);
    }

    /// What an event is in the unified form: change, case, order, the merchant's order, status, native status.
    type Row<'a> = (
        Change,
        [Option<&'a str>; 3],
        Option<Status>,
        Option<&'a str>,
    );

    #[test]
    fn documented_events_say_what_has_to_be_looked_up() {
        let none = [None; 3];
        let rows: [(&str, &str, Row<'_>); 8] = [
            (
                fixture!("aftersale-new-order.request.xml"),
                "oABCD:12344555555:aftersale_new_order:123456",
                (
                    Change::Opened,
                    [Some("123456"), Some("1234567"), Some("abc1234567")],
                    None,
                    None,
                ),
            ),
            (
                fixture!("aftersale-event.request.xml"),
                "oABCD:12344555555:aftersale_user_cancel_waybill:123456",
                (Change::Status, [Some("123456"), None, None], None, None),
            ),
            (
                fixture!("complaint-notify.request.xml"),
                "oABCD:12344555555:complaint_notify:12345678:1:2",
                (Change::Disputed, none, None, None),
            ),
            (
                fixture!("wxaproduct-add-aftersale.request.json"),
                "oABCD:12344555555:wxaproduct_add_aftersale:111111111:1",
                (
                    Change::Opened,
                    [Some("111111111"), Some("32434234"), None],
                    Some(Status::Cancelled),
                    Some("1"),
                ),
            ),
            (
                fixture!("channels-ec-aftersale-update.request.json"),
                "OpenID:1662480000:channels_ec_aftersale_update:1234567:USER_WAIT_RETURN",
                (
                    Change::Status,
                    [Some("1234567"), Some("12345"), None],
                    Some(Status::AwaitingReturn),
                    Some("USER_WAIT_RETURN"),
                ),
            ),
            (
                fixture!("channels-ec-present-aftersale-update.request.json"),
                "OpenID:1662480000:channels_ec_present_aftersale_update:1234567:PLATFORM_REFUNDING",
                (
                    Change::Status,
                    [Some("1234567"), Some("12345"), None],
                    Some(Status::Refunding),
                    Some("PLATFORM_REFUNDING"),
                ),
            ),
            (
                fixture!("channels-ec-complaint-update.request.json"),
                "OpenID:1662480000:channels_ec_complaint_update:1234567:100",
                (
                    Change::Disputed,
                    [Some("1234567"), Some("123244"), None],
                    None,
                    None,
                ),
            ),
            (
                fixture!("channels-ec-guarantee-update.request.json"),
                "OpenID:1662480000:channels_ec_guarantee_update:1234567:STATUS_PAY_SUCC",
                (Change::Order, [None, Some("12345"), None], None, None),
            ),
        ];
        for (body, key, (change, ids, status, native_status)) in rows {
            let event = one(receive(&plain(), PLAIN, body.as_bytes(), PLAIN_AT));
            assert_eq!(event.key, key);
            assert_eq!(event.change, change, "{key}");
            let order = event.order;
            let told = [event.case, order.id, order.merchant_ref];
            assert_eq!(told.each_ref().map(Option::as_deref), ids, "{key}");
            assert_eq!(event.status, status, "{key}");
            assert_eq!(event.native_status.code.as_deref(), native_status, "{key}");
        }
    }

    #[test]
    fn events_that_only_tables_and_clients_show_are_read() {
        for (event, body, native, change, key) in [
            (
                "funds_order_refund",
                r#""order_info":{"refund_no":"7","status":"SUCCESS"}"#,
                "funds_order_refund SUCCESS",
                Change::Refunded,
                "7:SUCCESS",
            ),
            (
                "funds_order_refund",
                r#""order_info":{"refund_no":"7","status":"ABNORMAL"}"#,
                "funds_order_refund ABNORMAL",
                Change::RefundFailed,
                "7:ABNORMAL",
            ),
            (
                "funds_order_refund",
                r#""order_info":{"refund_no":"7","status":"NEW"}"#,
                "funds_order_refund NEW",
                Change::Unknown,
                "7:NEW",
            ),
            (
                "open_product_order_refund",
                r#""order_info":{"out_order_id":"M1","order_id":9223372036854775808}"#,
                "open_product_order_refund",
                Change::Refunded,
                "9223372036854775808",
            ),
            (
                "channels_ec_complaint_update",
                r#""finder_finder_shop_complaint":{"status":101,"complaint_id":"8"}"#,
                "channels_ec_complaint_update 101",
                Change::Disputed,
                "8:101",
            ),
            (
                "channels_ec_present_aftersale_update",
                r#""finder_shop_present_aftersale_status_update":{"after_sale_order_id":5}"#,
                "channels_ec_present_aftersale_update",
                Change::Status,
                "5",
            ),
            (
                "aftersale_refund_success",
                r#""aftersale_info":{"aftersale_id":"","out_aftersale_id":"AS-1"}"#,
                "aftersale_refund_success",
                Change::Refunded,
                "AS-1",
            ),
        ] {
            let body = format!(
                r#"{{"FromUserName":"o","CreateTime":1700000000,"MsgType":"event","Event":"{event}",{body}}}"#
            );
            let read = one(receive(&plain(), PLAIN, body.as_bytes(), PLAIN_AT));
            assert_eq!(
                (read.native.as_str(), read.change),
                (native, change),
                "{body}"
            );
            assert_eq!(read.key, format!("o:1700000000:{event}:{key}"), "{body}");
        }
    }

    /// That of the page closes an element by another name.
    #[test]
    fn the_example_of_a_refund_is_readable_once_it_is_well_formed() {
        let published = fixture!("funds-order-refund.request.txt");
        let refusal = receive(&plain(), PLAIN, published.as_bytes(), PLAIN_AT).unwrap_err();
        assert_eq!(refusal.kind(), RefusalKind::Malformed);
        let repaired = published.replace("finish_time", "success_time");
        let event = one(receive(&plain(), PLAIN, repaired.as_bytes(), PLAIN_AT));
        assert_eq!(event.change, Change::Refunded);
    }

    #[test]
    fn every_documented_event_has_its_change() {
        let sheets = [
            fixture!("aftersale-event.md"),
            fixture!("aftersale-new-order.md"),
        ];
        let lines = sheets.iter().flat_map(|sheet| sheet.lines());
        let documented = lines.filter_map(|line| line.strip_prefix("| `aftersale_"));
        let documented = documented.filter_map(|row| row.split_once("` | "));
        let documented: Vec<_> = documented
            .map(|(name, _)| format!("aftersale_{name}"))
            .filter(|name| !name.starts_with("aftersale_info"))
            .collect();
        assert_eq!(documented.len(), 15);
        for name in documented {
            assert_ne!(looked_up(EVENTS, Some(&name)), Change::Unknown, "{name}");
        }
    }

    #[test]
    fn an_event_has_one_key_however_it_is_delivered() {
        let json = r#"{"ToUserName":"gh_1","FromUserName":"o","CreateTime":1700000000,"MsgType":"event",
            "Event":"aftersale_user_cancel","aftersale_info":{"aftersale_id":4000000000000001}}"#;
        let xml = "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[o]]></FromUserName>
            <CreateTime>1700000000</CreateTime><MsgType><![CDATA[event]]></MsgType>
            <Event><![CDATA[aftersale_user_cancel]]></Event>
            <aftersale_info><aftersale_id>4000000000000001</aftersale_id>
            <out_aftersale_id><![CDATA[]]></out_aftersale_id></aftersale_info></xml>";
        let event = |body: &str| one(receive(&plain(), PLAIN, body.as_bytes(), PLAIN_AT));
        let key = event(json).key;
        assert_eq!(key, "o:1700000000:aftersale_user_cancel:4000000000000001");
        assert_eq!(event(xml).key, key);
        for random in [b"0123456789abcdef", b"fedcba9876543210"] {
            assert_eq!(
                one(receive_encrypted(&encrypt(random, json.as_bytes()))).key,
                key
            );
            assert_eq!(
                one(receive_encrypted(&encrypt(random, xml.as_bytes()))).key,
                key
            );
        }
        // Time and nonce change places, which the signature does not show.
        let swapped = ECHO.replace("timestamp", "t").replace("nonce", "timestamp");
        let swapped = swapped.replace("&t=", "&nonce=");
        let late = receive(&plain(), &swapped, json.as_bytes(), 1_514_711_492);
        assert_eq!(one(late).key, key);
        for (of, by) in [
            ("\"o\"", "\"p\""),
            ("1700000000", "1700000001"),
            ("aftersale_user_cancel", "aftersale_refund_success"),
            ("4000000000000001", "4000000000000002"),
        ] {
            assert_ne!(event(&json.replace(of, by)).key, key, "{by}");
        }
    }

    #[test]
    fn what_is_no_event_of_ours_is_unknown_and_keeps_a_key_of_its_own() {
        let event = |rest: &str| {
            let body = format!(r#"{{"FromUserName":"o","CreateTime":1700000000,{rest}}}"#);
            one(receive(&plain(), PLAIN, body.as_bytes(), PLAIN_AT))
        };
        let said = event(r#""MsgType":"text","Content":"hello","MsgId":1"#);
        assert_eq!(
            (said.native.as_str(), said.change),
            ("text", Change::Unknown)
        );
        let again = event(r#""MsgType":"text","Content":"hello","MsgId":1"#);
        assert_eq!(said.key, again.key);
        let other = event(r#""MsgType":"text","Content":"hello","MsgId":2"#);
        assert_ne!(said.key, other.key);
        let new = event(
            r#""MsgType":"event","Event":"aftersale_new","aftersale_info":{"aftersale_id":1}"#,
        );
        assert_eq!(new.change, Change::Unknown);
        assert_eq!(new.lookup(), Some(Lookup::after_sale("1")));
        // Which of two cases it is nobody knows.
        let two = event(
            r#""Event":"aftersale_user_cancel","aftersale_info":[{"aftersale_id":1},{"aftersale_id":2}]"#,
        );
        assert_eq!((two.change, two.lookup()), (Change::Withdrawn, None));
        let status = event(r#""Event":"other","status":"13","order_id":5"#);
        assert_eq!((status.status, status.lookup()), (None, None));
    }

    #[test]
    fn a_message_without_what_makes_its_key_or_with_it_twice_is_refused() {
        for body in [
            r#"{"CreateTime":1,"Event":"e"}"#,
            r#"{"FromUserName":"o","Event":"e"}"#,
            r#"{"FromUserName":"o","CreateTime":1}"#,
            r#"{"FromUserName":"o","CreateTime":1,"Event":"e","Event":"f"}"#,
            r#"{"FromUserName":"o","CreateTime":1,"Event":"e","aftersale_info":{"aftersale_id":1,"aftersale_id":2}}"#,
            "<xml><FromUserName>o</FromUserName><CreateTime>1</CreateTime><Event>e</Event><Event>f</Event></xml>",
            "<xml>text</xml>",
            "<xml/>",
            "[]",
            "text",
        ] {
            let refusal = receive(&plain(), PLAIN, body.as_bytes(), PLAIN_AT).unwrap_err();
            assert_eq!(refusal.kind(), RefusalKind::Malformed, "{body}: {refusal}");
        }
        let long = vec![b' '; LONGEST_PUSH + 1];
        let refusal = receive(&plain(), PLAIN, &long, PLAIN_AT).unwrap_err();
        assert_eq!(refusal.kind(), RefusalKind::TooLarge);
    }

    #[test]
    fn what_is_forged_or_stale_is_refused() {
        let json = fixture!("message-push.request-safe.json");
        let flipped = json.replace("+qdx1OKCy", "+qdx1OKCz");
        let plain_body = fixture!("message-push.request.json");
        for (webhook, query, body, now, expected) in [
            (safe(), SAFE, flipped.as_str(), SAFE_AT, RefusalKind::Forged),
            (
                safe(),
                &SAFE.replace("415670741", "415670742"),
                json,
                SAFE_AT,
                RefusalKind::Forged,
            ),
            (
                safe(),
                &SAFE.replace("timestamp=1", "timestamp=2"),
                json,
                SAFE_AT,
                RefusalKind::Forged,
            ),
            (safe(), SAFE, json, SAFE_AT + 601, RefusalKind::Stale),
            (safe(), SAFE, json, SAFE_AT - 61, RefusalKind::Stale),
            // The other signature does not cover the message.
            (
                safe(),
                &SAFE.replace("msg_signature", "m"),
                json,
                SAFE_AT,
                RefusalKind::Malformed,
            ),
            (
                plain(),
                &PLAIN.replace("899", "898"),
                plain_body,
                PLAIN_AT,
                RefusalKind::Forged,
            ),
            (
                plain(),
                &PLAIN.replace("aa78&", "aa&"),
                plain_body,
                PLAIN_AT,
                RefusalKind::Forged,
            ),
            (
                plain(),
                &PLAIN.replace("899", "no hex"),
                plain_body,
                PLAIN_AT,
                RefusalKind::Forged,
            ),
            (
                plain(),
                PLAIN,
                plain_body,
                PLAIN_AT + 601,
                RefusalKind::Stale,
            ),
        ] {
            let refusal = receive(&webhook, query, body.as_bytes(), now).unwrap_err();
            assert_eq!(refusal.kind(), expected, "{query}: {refusal}");
        }
        let patient = safe().with_window(ReplayWindow::new(Duration::MAX));
        assert!(receive(&patient, SAFE, json.as_bytes(), SAFE_AT + 601).is_ok());
    }

    #[test]
    fn plain_messages_are_taken_where_that_was_asked_for() {
        let message = fixture!("message-push.request.json");
        let encrypt = encrypt(b"0123456789abcdef", message.as_bytes());
        let both = message.replace("{", &format!(r#"{{"Encrypt":"{encrypt}","#));
        let both = both.replace("debug_demo", "forged");
        let safe_query = signed(Some(&encrypt));
        let query = signed(None)
            + "&"
            + &safe_query
                .replace("&timestamp", "&t")
                .replace("&nonce", "&n");
        for (webhook, body, expected) in [
            (plain(), message, Ok(("debug_demo", Proof::Sender))),
            (safe(), message, Err("the message is not encrypted")),
            (
                safe().with_plain(),
                message,
                Ok(("debug_demo", Proof::Sender)),
            ),
            (
                plain().with_plain().with_encryption(APP, KEY).unwrap(),
                message,
                Ok(("debug_demo", Proof::Sender)),
            ),
            // Where both are sent, the encrypted one counts.
            (safe(), &both, Ok(("debug_demo", Proof::Body))),
            (safe().with_plain(), &both, Ok(("debug_demo", Proof::Body))),
            (plain(), &both, Ok(("forged", Proof::Sender))),
            (
                plain(),
                &in_json(&encrypt),
                Err("the message is encrypted, and no key is set"),
            ),
        ] {
            let event = receive(&webhook, &query, body.as_bytes(), PLAIN_AT);
            let event = event.map(|accepted| accepted.events[0].clone());
            let told = event
                .as_ref()
                .map(|event| (event.native.as_str(), event.proof));
            let refusal = told.as_ref().err().map(ToString::to_string);
            assert_eq!(told.ok(), expected.ok(), "{body}");
            assert_eq!(refusal.as_deref(), expected.err(), "{body}");
        }
    }

    #[test]
    fn settings_of_a_file_make_the_same() {
        let message = fixture!("message-push.request.json");
        let encrypt = fixture!("message-push.request-safe.json");
        let late = 2 * 60 + 1;
        let keyed = |more: &str| {
            format!(r#"{{"token":"{TOKEN}","app_id":"{APP}","encoding_aes_key":"{KEY}"{more}}}"#)
        };
        let bare = |more: &str| format!(r#"{{"token":"{TOKEN}","app_id":"{APP}"{more}}}"#);
        let plain = r#","plain":true"#;
        let short = r#","window_minutes":2"#;
        for (json, query, body, now, proof) in [
            (keyed(""), SAFE, encrypt, SAFE_AT, Some(Proof::Body)),
            (keyed(""), PLAIN, message, PLAIN_AT, None),
            (keyed(plain), PLAIN, message, PLAIN_AT, Some(Proof::Sender)),
            (bare(""), PLAIN, message, PLAIN_AT, Some(Proof::Sender)),
            (bare(""), SAFE, encrypt, SAFE_AT, None),
            (
                bare(""),
                PLAIN,
                message,
                PLAIN_AT + late,
                Some(Proof::Sender),
            ),
            (bare(short), PLAIN, message, PLAIN_AT + late, None),
            (
                bare(short),
                PLAIN,
                message,
                PLAIN_AT + late - 1,
                Some(Proof::Sender),
            ),
        ] {
            let settings: Settings = serde_json::from_str(&json).unwrap();
            let webhook = settings.build("wx").unwrap();
            let accepted = receive(&webhook, query, body.as_bytes(), now);
            let accepted = accepted.ok().map(|accepted| accepted.events[0].proof);
            assert_eq!(accepted, proof, "{json} {now}");
        }
        let settings: Settings = serde_json::from_str(&keyed("").replace(APP, "")).unwrap();
        let error = settings.build("wx").unwrap_err();
        assert_eq!(error.message(), "app_id: is missing");
    }

    #[test]
    fn whatever_is_wrong_with_the_ciphertext_is_refused_in_the_same_words() {
        let message = fixture!("message-push.request.json").as_bytes();
        let random = b"0123456789abcdef";
        let whole = full(random, message, APP);
        let padded = |text: &[u8], padding: &[u8]| encrypted(KEY, &[text, padding].concat());
        let sound = encrypt(random, message);
        assert!(receive_encrypted(&sound).is_ok());

        // A padding of one byte and of a whole block.
        let spaces = |count| [message, &vec![b' '; count]].concat();
        for missing in [1, 32] {
            let count = (0..32).find(|&count| padding(whole.len() + count).len() == missing);
            let message = spaces(count.unwrap());
            assert!(
                receive_encrypted(&encrypt(random, &message)).is_ok(),
                "{missing}"
            );
        }

        let even = |text: &[u8]| vec![0; 16 - text.len() % 16];
        let cut = BASE64.decode(sound.as_bytes()).unwrap();
        let mut uneven = padding(whole.len());
        uneven[0] ^= 1;
        let mut long = whole.clone();
        long[16..20].copy_from_slice(&u32::MAX.to_be_bytes());
        let mut short = whole.clone();
        short[19] -= 1;
        for (what, encrypt) in [
            (
                "another key",
                encrypted(OTHER_KEY, &[&whole[..], &padding(whole.len())].concat()),
            ),
            ("another app", {
                let text = full(random, message, "wx0000000000000001");
                padded(&text, &padding(text.len()))
            }),
            ("no app", {
                let text = full(random, message, "");
                padded(&text, &padding(text.len()))
            }),
            ("nothing", String::new() + "===="),
            ("no Base64", sound.replacen(|_| true, "!", 1)),
            ("a blank behind it", sound.clone() + " "),
            ("less than a block", BASE64.encode(&cut[..15])),
            ("a block", BASE64.encode(&cut[..16])),
            ("half of it", BASE64.encode(&cut[..96])),
            ("a byte less", BASE64.encode(&cut[..cut.len() - 1])),
            ("padding of zero", padded(&whole, &even(&whole))),
            ("padding of 33", {
                let count = (0..16).find(|&count| (whole.len() + count + 33).is_multiple_of(16));
                padded(&full(random, &spaces(count.unwrap()), APP), &[33; 33])
            }),
            ("padding longer than all", padded(&[32; 16], &[])),
            ("uneven padding", padded(&whole, &uneven)),
            ("only padding", padded(&[], &[32; 32])),
            ("nothing behind the random bytes", padded(random, &[16; 16])),
            (
                "a length that is too long",
                padded(&long, &padding(long.len())),
            ),
            (
                "a length that is too short",
                padded(&short, &padding(short.len())),
            ),
        ] {
            let refusal = receive_encrypted(&encrypt).unwrap_err();
            let expected = "the message cannot be decrypted with this key for this app";
            assert_eq!(refusal.to_string(), expected, "{what}");
        }
    }

    #[test]
    fn bad_settings_are_refused_by_name_and_no_secret_is_shown() {
        let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHhG";
        let webhook = Webhook::new("wx", "canary").unwrap();
        let webhook = webhook.with_encryption(APP, key).unwrap();
        let shown = format!("{webhook:?}");
        for secret in ["canary", key, "[0, 1, 2, 3"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        for (refused, field) in [
            (Webhook::new("wx", ""), "token: "),
            (Webhook::new("wx", "a b"), "token: "),
            (plain().with_encryption("", key), "app_id: "),
            (plain().with_encryption(APP, ""), "encoding_aes_key: "),
            (
                plain().with_encryption(APP, &key[1..]),
                "encoding_aes_key: ",
            ),
            (
                plain().with_encryption(APP, format!("{key}=")),
                "encoding_aes_key: ",
            ),
            (
                plain().with_encryption(APP, key.replace('A', "-")),
                "encoding_aes_key: ",
            ),
        ] {
            let error = refused.unwrap_err();
            assert!(error.message().starts_with(field), "{error}");
            assert!(!error.to_string().contains(&key[1..20]), "{error}");
        }
    }

    proptest! {
        #[test]
        fn any_body_ends_in_events_or_a_refusal(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = receive(&plain(), PLAIN, &body, PLAIN_AT);
            let _ = receive(&safe(), SAFE, &body, SAFE_AT);
        }

        #[test]
        fn any_query_ends_in_events_or_a_refusal(query in ".{0,80}") {
            let body = fixture!("message-push.request-safe.json");
            for webhook in [plain(), safe()] {
                let refusal = receive(&webhook, &query, body.as_bytes(), SAFE_AT).unwrap_err();
                prop_assert!(!refusal.to_string().contains(TOKEN));
            }
        }

        #[test]
        fn any_ciphertext_ends_in_events_or_a_refusal(text in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = receive_encrypted(&BASE64.encode(&text));
            let blocks = text.len() / 16 * 16;
            let _ = receive_encrypted(&encrypted(KEY, &text[..blocks]));
        }

        #[test]
        fn any_message_ends_in_events_or_a_refusal(
            message in r#"(\{|<xml>)["a-zA-Z:{}\[\]<>/_!0-9, -]{0,60}"#
        ) {
            let _ = receive(&plain(), PLAIN, message.as_bytes(), PLAIN_AT);
        }

        #[test]
        fn what_was_encrypted_is_decrypted(
            random in any::<[u8; 16]>(),
            message in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let decrypted = safe().encryption.unwrap().decrypted(&encrypt(&random, &message));
            prop_assert_eq!(decrypted, Ok(message));
        }
    }
}
