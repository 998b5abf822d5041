//! WeChat's shops.

use std::sync::LazyLock;

use core_model::Query;
use wechat_shop::{Api, Client, Config, ConfigBuilder, normalize, wire};

use super::{asked, errors, issued, sent_below_base};
use crate::answers::{BASE_URL, SECRET, now, options, source};
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
