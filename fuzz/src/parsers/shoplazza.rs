//! Shoplazza.

use std::sync::LazyLock;

use core_model::{Action, Currency, Money, Query, Refund};
use data_encoding::{BASE64, HEXLOWER};
use form_urlencoded::Serializer;
use http::StatusCode;
use secrecy::SecretString;
use shoplazza::webhook::Webhook;
use shoplazza::{ApiVersion, App, Client, Config, RefundQuery, ShopDomain, normalize, wire};

use transport::push::Push;

use super::{
    acted, asked, errors, headers, is_sent_below_base, pushed, queried, queries, requested,
    signature,
};
use crate::answers::{BASE_URL, SECRET, answer, last_request, options, source, with_answer};
use crate::check::{self, cases, reads_back, records};
use crate::parser::{Parser, Verdict, fixtures, texts};

pub(super) const PARSERS: &[Parser] = &[
    call!("shoplazza/after-sales-list", AfterSalesList, |wire| cases(
        normalize::after_sales_list(wire, &source())
    )),
    call!("shoplazza/post-sales", PostSales, |wire| cases(
        normalize::post_sales(wire, &source())
    )),
    call!("shoplazza/refund-record-list", RefundRecordList, |wire| {
        refunds(normalize::refunds(&wire.records, &source()))
    }),
    call!("shoplazza/refund-records", RefundRecords, |wire| {
        let page = wire.data.get();
        page.map_or(Verdict::Refused, |page| {
            refunds(normalize::refunds(&page.records, &source()))
        })
    }),
    call!("shoplazza/refund-records-count", RefundRecordsCount),
    call!("shoplazza/order-refund-list", OrderRefundList, |wire| {
        refunds(normalize::refunds(&wire.refunds, &source()))
    }),
    call!("shoplazza/order-refunds", OrderRefunds, |wire| {
        let order = wire.data.get();
        order.map_or(Verdict::Refused, |order| {
            refunds(normalize::refunds(&order.records, &source()))
        })
    }),
    call!("shoplazza/order-by-number", OrderByNumber),
    call!("shoplazza/order-details-by-number", OrderDetailsByNumber),
    call!("shoplazza/order-refund", OrderRefund),
    call!("shoplazza/partial-refund", OrderRefund),
    call!(
        "shoplazza/order-refund-record-create",
        OrderRefundRecordCreate
    ),
    call!("shoplazza/post-sale-delete", PostSaleDelete),
    call!("shoplazza/oauth-token", TokenReply),
    Parser::new("shoplazza/answers", || fixtures("shoplazza/"), answers),
    Parser::new(
        "shoplazza/errors",
        || fixtures("shoplazza/"),
        |body| errors(BARE.http(), body),
    ),
    Parser::new(
        "shoplazza/envelope-errors",
        || fixtures("shoplazza/"),
        |body| errors(ENVELOPED.http(), body),
    ),
    Parser::new(
        "shoplazza/issued-token",
        || fixtures("shoplazza/oauth-token."),
        token,
    ),
    Parser::new("shoplazza/queries", queries, |text| {
        Verdict::any([&*BARE, &*ENVELOPED].map(|client| queried(client, text)))
    }),
    Parser::new(
        "shoplazza/ids",
        || texts(&["412345678901234567", "mystore", "mystore.myshoplaza.com"]),
        ids,
    ),
    Parser::new("shoplazza/actions", refundable, |body| {
        Verdict::any([&*BARE, &*ENVELOPED].map(|client| {
            let mut case = requested(client, "1");
            case.order.number = Some("00000001".to_owned());
            let amount = Money::from_major("0.10", Currency::CNY).expect("an amount");
            let refund = Action::Refund(Refund::of(amount));
            acted(client, &case, &refund, body)
        }))
    }),
    Parser::new(
        "shoplazza/webhook",
        || fixtures("shoplazza/order-webhook."),
        webhook,
    ),
    Parser::new(
        "shoplazza/callback",
        || {
            texts(&[
                "code=4Mhm&shop=mystore.myshoplaza.com&state=a%20random%20text",
                "install_from=app_store&shop=mystore.myshoplaza.com&store_id=1339409",
            ])
        },
        callback,
    ),
];

static BARE: LazyLock<Client> = LazyLock::new(|| client(ApiVersion::V2022_01));
static ENVELOPED: LazyLock<Client> = LazyLock::new(|| client(ApiVersion::V2026_07));

fn client(version: ApiVersion) -> Client {
    let config = Config::builder()
        .base_url(BASE_URL)
        .access_token(SECRET)
        .api_version(version)
        .options(options())
        .build();
    Client::new("fuzz", config.expect("a configuration")).expect("a client without TLS")
}

static APP: LazyLock<App> = LazyLock::new(|| {
    App::new("id", SECRET, "https://app.example.com/callback")
        .and_then(|app| app.with_base_url(BASE_URL))
        .expect("an app")
        .with_options(options())
});

fn refunds(refunds: Vec<core_model::Result<shoplazza::Refund>>) -> Verdict {
    records(refunds, reads_back)
}

fn answers(body: &[u8]) -> Verdict {
    Verdict::any([&*BARE, &*ENVELOPED].map(|client| {
        let verdict = asked(client, &Query::new(), body);
        let ok = || answer(StatusCode::OK, body);
        let query = RefundQuery::new();
        let page = check::outcome(with_answer(ok(), client.refunds(&query, None)));
        if let Some(page) = page {
            page.next.iter().for_each(reads_back);
            refunds(page.refunds);
        }
        check::outcome(with_answer(ok(), client.refunds_of_order("1")));
        check::outcome(with_answer(ok(), client.count_refunds(&query)));
        verdict
    }))
}

/// An order, and the answer to a refund of it, in one.
fn refundable() -> Vec<Vec<u8>> {
    let order = r#"{"id":"11218-00000001","number":"00000001","currency":"CNY","total_price":"16.99",
        "total_refund_price":"0.00","payment_lines":[{"id":"4c1d7a54","payment_name":"cod"}]}"#;
    texts(&[
        &format!(r#"{{"order":{order},"id":"5ca9fd69","refunds":{{"id":"118953912001637074"}}}}"#),
        &format!(
            r#"{{"code":"Success","data":{{"order":{order},"refund_record_id":"626516830554446103"}}}}"#
        ),
    ])
}

fn token(body: &[u8]) -> Verdict {
    let shop = ShopDomain::new("mystore").expect("a shop");
    let refresh = SecretString::from(SECRET);
    let tokens = APP.refresh(&shop, &refresh);
    Verdict::from(check::outcome(with_answer(
        answer(StatusCode::OK, body),
        tokens,
    )))
}

/// An id stays in its place, and the host of a shop is that of a shop.
fn ids(text: &[u8]) -> Verdict {
    let text = String::from_utf8_lossy(text);
    for shop in [ShopDomain::new(&text), ShopDomain::of_host(&text)] {
        if let Some(shop) = check::outcome(shop) {
            let shop = shop.to_string();
            let label = shop.strip_suffix(".myshoplaza.com").expect("a shop");
            let is_sound = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
            assert!(!label.is_empty() && label.bytes().all(is_sound), "{shop}");
        }
    }
    let query = RefundQuery::new().with_order(&*text).with_id(&*text);
    Verdict::any([&*BARE, &*ENVELOPED].map(|client| {
        last_request();
        let empty = || answer(StatusCode::OK, b"{}");
        check::outcome(with_answer(empty(), client.refunds_of_order(&text)));
        let of_order = is_sent_below_base();
        check::outcome(with_answer(empty(), client.refunds(&query, None)));
        Verdict::any([of_order, is_sent_below_base()])
    }))
}

/// Nobody without the secret can write a body that is believed, under whatever topic.
fn webhook(body: &[u8]) -> Verdict {
    static WEBHOOK: LazyLock<Webhook> =
        LazyLock::new(|| Webhook::new("fuzz", SECRET).expect("a secret"));
    let received = |code: &[u8], topic| {
        let headers = headers([
            ("x-shoplazza-hmac-sha256", &*BASE64.encode(code)),
            ("x-shoplazza-topic", topic),
        ]);
        let push = Push {
            path: "/",
            query: "",
            headers: &headers,
            body,
        };
        pushed(&*WEBHOOK, &push)
    };
    let forged = received(&[0; 32], "orders/refunded");
    assert_eq!(forged, Verdict::Refused, "believed without a signature");
    let code = signature(body);
    let topics = ["orders/refunded", "orders/update", "products/update"];
    Verdict::any(topics.map(|topic| received(&code, topic)))
}

/// Nobody without the secret can write a query that is believed; one that is signed names a shop.
fn callback(query: &[u8]) -> Verdict {
    let query = String::from_utf8_lossy(query);
    let forged = [
        APP.verify_installation(&query).is_ok(),
        APP.verify_callback(&query, "a random text").is_ok(),
    ];
    assert_eq!(forged, [false, false], "believed without a signature");

    let mut pairs: Vec<_> = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    pairs.retain(|(name, _)| name != "hmac");
    pairs.sort();
    let mut signed = Serializer::new(String::new());
    let message = signed.extend_pairs(&pairs).finish();
    let message = message.replace("%7E", "~").replace('*', "%2A");
    let code = HEXLOWER.encode(&signature(message.as_bytes()));
    let query = format!("{message}&hmac={code}");

    let shop = check::outcome(APP.verify_installation(&query));
    let callback = check::outcome(APP.verify_callback(&query, "a random text"));
    if let (Some(shop), Some(callback)) = (&shop, &callback) {
        assert_eq!(shop, &callback.shop);
    }
    Verdict::from(shop)
}
