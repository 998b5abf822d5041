//! What WeChat tells of: events of the upgraded component and of the store, encrypted in safe mode.
//!
//! Documented: the events and what is in them, that the former have none for what the merchant does, the two signatures
//! and the key. Told by public clients only: the cipher and its padding.
//! Assumed: which change of status is which event of the component, that the store tells of every change, that the
//! sender is the buyer. The component is shown in XML as on its pages and the store in JSON as on its page, although an
//! app has one setting for all.

use aes::Aes256;
use cbc::Encryptor;
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeEncrypt, KeyIvInit};
use data_encoding::{BASE64, HEXLOWER};
use jiff::Timestamp;
use sha1::{Digest, Sha1};

use super::{
    Ec, NAME, Store, aftersale_id, buyer, credentials, has_merchants_id, merchant_ref,
    merchants_case, order_id, store_id,
};
use crate::json::{self, Object};
use crate::push::Push;

/// The account that events are for.
const TO: &str = "gh_5a4db0c55a4d";

/// Somebody has opened a case.
pub(super) fn ec_opened(cases: &Ec, index: u64) -> Option<Push> {
    let order = cases.order_of(index);
    let told = format!(
        "<aftersale_id>{}</aftersale_id><order_id>{}</order_id><out_order_id>{}</out_order_id>",
        aftersale_id(index),
        order_id(order),
        text(&merchant_ref(order))
    );
    ec_event(cases, index, "aftersale_new_order", &told)
}

/// Somebody else than the merchant has changed the status of a case.
pub(super) fn ec_changed(cases: &Ec, index: u64, from: u8) -> Option<Push> {
    let event = match (from, cases.status(index)) {
        (_, 1) => "aftersale_user_cancel",
        (_, 2 | 23) => "aftersale_update_order",
        (_, 8) => "aftersale_wait_merchant_confirm_receipt",
        (_, 13) => "aftersale_refund_success",
        (_, 25) => "aftersale_wait_merchant_offline_refund",
        (21 | 24, _) => "aftersale_complaint_update_order_state",
        (8, 6) => "aftersale_user_cancel_waybill",
        (2, 11) => "aftersale_merchant_handle_refund_overdue",
        (23, 6) => "aftersale_merchant_handle_return_overdue",
        (8, 11) => "aftersale_merchant_confirm_receipt_overdue",
        (6, 7) => "aftersale_user_upload_return_info_overdue",
        (4 | 5, 7) => "aftersale_user_apply_platform_judge_overdue",
        _ => return None,
    };
    let merchants = if has_merchants_id(index) {
        merchants_case(index)
    } else {
        String::new()
    };
    let told = format!(
        "<aftersale_id>{}</aftersale_id><out_aftersale_id>{}</out_aftersale_id>",
        aftersale_id(index),
        text(&merchants)
    );
    ec_event(cases, index, event, &told)
}

fn ec_event(cases: &Ec, index: u64, event: &str, told: &str) -> Option<Push> {
    let at = cases.updated(index);
    let (to, from) = (text(TO), text(&buyer(cases.order_of(index))));
    let (kind, event) = (text("event"), text(event));
    let message = format!(
        "<xml><ToUserName>{to}</ToUserName><FromUserName>{from}</FromUserName><CreateTime>{at}</CreateTime>\
         <MsgType>{kind}</MsgType><Event>{event}</Event><aftersale_info>{told}</aftersale_info></xml>"
    );
    let sealed = Sealed::new(&message, at)?;
    let encrypt = text(&sealed.encrypt);
    let body = format!("<xml><ToUserName>{to}</ToUserName><Encrypt>{encrypt}</Encrypt></xml>");
    Some(Push::xml(sealed.address, body))
}

fn text(words: &str) -> String {
    format!("<![CDATA[{words}]]>")
}

/// A case of the store has another status, or is new.
pub(super) fn store_changed(cases: &Store, index: u64) -> Option<Push> {
    let order = cases.order_of(index);
    let at = cases.updated(index);
    let message = json::to_string(|event| {
        event.text("ToUserName", TO);
        event.text("FromUserName", buyer(order));
        event.plain("CreateTime", at);
        event.text("MsgType", "event");
        event.text("Event", "channels_ec_aftersale_update");
        event.object("finder_shop_aftersale_status_update", |update| {
            update.text("status", cases.status(index));
            update.text("after_sale_order_id", store_id(index));
            update.text("order_id", order_id(order));
        });
    });
    let sealed = Sealed::new(&message, at)?;
    let body = json::to_string(|body: &mut Object<'_>| {
        body.text("ToUserName", TO);
        body.text("Encrypt", &sealed.encrypt);
    });
    Some(Push::json(sealed.address, body))
}

/// An encrypted message and where it goes, which holds the signatures.
#[derive(Debug)]
struct Sealed {
    address: String,
    encrypt: String,
}

impl Sealed {
    /// The padding fills up blocks of this size, which are twice those of the cipher.
    const BLOCK: usize = 32;

    /// `at` makes up for chance. Signed by the calendar: whoever receives it looks at how old it is.
    fn new(message: &str, at: i64) -> Option<Self> {
        let encrypt = encrypted(message, at)?;
        let timestamp = Timestamp::now().as_second().to_string();
        let nonce = at.to_string();
        let signature = signature([credentials::PUSH_TOKEN, &timestamp, &nonce]);
        let over_all = signature_over(&timestamp, &nonce, &encrypt);
        let address = format!(
            "/{NAME}?signature={signature}&timestamp={timestamp}&nonce={nonce}&encrypt_type=aes&msg_signature={over_all}"
        );
        Some(Self { address, encrypt })
    }
}

fn signature_over(timestamp: &str, nonce: &str, encrypt: &str) -> String {
    signature([credentials::PUSH_TOKEN, timestamp, nonce, encrypt])
}

/// SHA-1 of the texts in the order of their bytes.
fn signature<const N: usize>(mut texts: [&str; N]) -> String {
    texts.sort_unstable();
    HEXLOWER.encode(&Sha1::digest(texts.concat()))
}

/// Sixteen random bytes, the length, the message, the app, the padding.
fn encrypted(message: &str, at: i64) -> Option<String> {
    let key = BASE64
        .decode(format!("{}=", credentials::ENCODING_AES_KEY).as_bytes())
        .ok()?;
    let length = u32::try_from(message.len()).ok()?;
    let mut plain = format!("{at:016}").into_bytes();
    plain.extend(length.to_be_bytes());
    plain.extend(message.as_bytes());
    plain.extend(credentials::APP_ID.as_bytes());
    let padding = Sealed::BLOCK - plain.len() % Sealed::BLOCK;
    plain.extend(std::iter::repeat_n(u8::try_from(padding).ok()?, padding));
    let end = plain.len();
    let cipher = Encryptor::<Aes256>::new_from_slices(&key, key.get(..16)?).ok()?;
    let encrypted = cipher.encrypt_padded::<NoPadding>(&mut plain, end).ok()?;
    Some(BASE64.encode(encrypted))
}
