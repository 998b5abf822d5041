//! WeChat's shops.

use std::sync::LazyLock;

use aes::Aes256;
use cbc::Encryptor;
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeEncrypt, KeyIvInit};
use core_model::{Action, Query};
use data_encoding::{BASE64, HEXLOWER};
use http::HeaderMap;
use sha1::{Digest, Sha1};
use transport::push::Push;
use wechat_shop::webhook::Webhook;
use wechat_shop::{Api, Client, Config, ConfigBuilder, normalize, wire};

use super::{acted, asked, errors, issued, pushed, queried, queries, requested, sent_below_base};
use crate::answers::{BASE_URL, NOW, SECRET, now, options, source};
use crate::check::cases;
use crate::parser::{Parser, Verdict, fixtures, texts};

pub(super) const PARSERS: &[Parser] = &[
    call!("wechat-shop/aftersale-get", AftersaleGet, |wire| cases(
        normalize::aftersale_get(wire, &source())
    )),
    call!("wechat-shop/ecaftersale-get", EcaftersaleGet, |wire| cases(
        normalize::ecaftersale_get(wire, &source())
    )),
    call!("wechat-shop/ecaftersale-get-list", EcaftersaleGetList),
    call!("wechat-shop/getaftersaleorder", Getaftersaleorder, |wire| {
        cases(normalize::getaftersaleorder_at(wire, &source(), now()))
    }),
    call!("wechat-shop/getaftersalelist", Getaftersalelist),
    call!("wechat-shop/reason-get", ReasonGet, |wire| {
        Verdict::from(normalize::reason_get(wire).first())
    }),
    call!("wechat-shop/rejectreason-get", RejectreasonGet, |wire| {
        Verdict::from(normalize::rejectreason_get(wire).first())
    }),
    call!("wechat-shop/acceptapply", Envelope),
    call!("wechat-shop/rejectapply", Envelope),
    call!("wechat-shop/uploadrefundcertificate", Envelope),
    call!("wechat-shop/ecaftersale-acceptrefund", Envelope),
    call!("wechat-shop/ecaftersale-acceptreturn", Envelope),
    call!("wechat-shop/ecaftersale-reject", Envelope),
    call!("wechat-shop/ecaftersale-upload-certificates", Envelope),
    call!("wechat-shop/stable-token", TokenReply),
    call!("wechat-shop/token", TokenReply),
    Parser::new("wechat-shop/answers", || fixtures("wechat-shop/"), answers),
    Parser::new(
        "wechat-shop/issued-token",
        || fixtures("wechat-shop/token."),
        |body| {
            let app = Config::builder().app("wx0000000000000001", SECRET);
            issued(client(app).http(), body)
        },
    ),
    Parser::new(
        "wechat-shop/errors",
        || fixtures("wechat-shop/"),
        |body| errors(CLIENTS[0].http(), body),
    ),
    Parser::new(
        "wechat-shop/actions",
        || fixtures("wechat-shop/acceptapply."),
        |body| {
            let verdicts = [&CLIENTS[1], &CLIENTS[2]]
                .map(|client| acted(client, &requested(client, "1"), &Action::Approve, body));
            Verdict::any(verdicts)
        },
    ),
    Parser::new("wechat-shop/webhook", pushes, |message| {
        Verdict::any([plain(message), encrypted(&sealed(message))])
    }),
    Parser::new(
        "wechat-shop/encrypted-push",
        || pushes().iter().map(|message| sealed(message)).collect(),
        encrypted,
    ),
    Parser::new("wechat-shop/queries", queries, |text| {
        Verdict::any(CLIENTS.each_ref().map(|client| queried(client, text)))
    }),
    Parser::new("wechat-shop/ids", || texts(&["1234567890123456789"]), ids),
];

/// One of each generation.
static CLIENTS: LazyLock<[Client; 3]> = LazyLock::new(|| {
    let generations = [Api::Component, Api::Ec, Api::Store];
    generations.map(|api| client(Config::builder().access_token(SECRET).api(api)))
});

fn client(config: ConfigBuilder) -> Client {
    let config = config.base_url(BASE_URL).options(options()).build();
    Client::new("fuzz", config.expect("a configuration")).expect("a client without TLS")
}

/// A WeChat Store wants to know since when.
fn answers(body: &[u8]) -> Verdict {
    let query = Query::new().with_created_since(now());
    let verdicts = CLIENTS.each_ref().map(|client| asked(client, &query, body));
    Verdict::any(verdicts)
}

fn ids(text: &[u8]) -> Verdict {
    let verdicts = CLIENTS
        .each_ref()
        .map(|client| sent_below_base(client, text));
    Verdict::any(verdicts)
}

const APP: &str = "wx0000000000000001";

/// The key in Base64, without the one character of padding.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

/// What is pushed, in plain mode or before it is encrypted.
fn pushes() -> Vec<Vec<u8>> {
    let mut pushes = fixtures("wechat-shop/");
    let is_push = |body: &[u8]| body.windows(12).any(|it| it == b"FromUserName");
    pushes.retain(|body| is_push(body));
    pushes
}

/// The query of a push of which so much is signed.
fn query(name: &str, encrypt: Option<&str>) -> String {
    let timestamp = NOW.to_string();
    let mut texts = vec![SECRET, &timestamp, "nonce"];
    texts.extend(encrypt);
    texts.sort_unstable();
    let code = HEXLOWER.encode(&Sha1::digest(texts.concat()));
    format!("{name}={code}&timestamp={timestamp}&nonce=nonce")
}

fn received(webhook: &Webhook, query: &str, body: &[u8]) -> Verdict {
    let push = Push {
        path: "/",
        query,
        headers: &HeaderMap::new(),
        body,
    };
    pushed(webhook, &push)
}

/// In plain mode nothing of the message is signed.
fn plain(message: &[u8]) -> Verdict {
    static WEBHOOK: LazyLock<Webhook> =
        LazyLock::new(|| Webhook::new("fuzz", SECRET).expect("a token"));
    received(&WEBHOOK, &query("signature", None), message)
}

/// Whatever it is that was encrypted with the key; and nothing whose signature is that of something else.
fn encrypted(text: &[u8]) -> Verdict {
    static WEBHOOK: LazyLock<Webhook> = LazyLock::new(|| {
        Webhook::new("fuzz", SECRET)
            .and_then(|webhook| webhook.with_encryption(APP, KEY))
            .expect("a token and a key")
    });
    let key = BASE64.decode(format!("{KEY}=").as_bytes()).expect("a key");
    let mut buffer = text.to_vec();
    // Ciphertext has whole blocks.
    buffer.resize(text.len().next_multiple_of(16), 0);
    let length = buffer.len();
    let encrypt = Encryptor::<Aes256>::new_from_slices(&key, &key[..16])
        .expect("a key and a vector")
        .encrypt_padded::<NoPadding>(&mut buffer, length)
        .expect("whole blocks");
    let encrypt = BASE64.encode(encrypt);
    let body = format!(r#"{{"ToUserName":"gh_1","Encrypt":"{encrypt}"}}"#);
    let forged = received(&WEBHOOK, &query("msg_signature", Some("")), body.as_bytes());
    assert_eq!(forged, Verdict::Refused, "believed without a signature");
    let query = query("msg_signature", Some(&encrypt));
    received(&WEBHOOK, &query, body.as_bytes())
}

/// A message as it stands encrypted: random bytes, its length, itself, the app, padding.
fn sealed(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).expect("a short message");
    let mut text = [&[7; 16], &length.to_be_bytes()[..], message, APP.as_bytes()].concat();
    let padding = 32 - text.len() % 32;
    let byte = u8::try_from(padding).expect("at most 32");
    text.resize(text.len() + padding, byte);
    text
}
