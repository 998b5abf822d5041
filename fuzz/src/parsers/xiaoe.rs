//! Xiaoe.

use std::sync::LazyLock;

use core_model::lenient::Literal;
use core_model::{
    Action, AfterSale, Awaits, Currency, Money, NativeStatus, Progress, Proof, Query, Refund,
    Status,
};
use http::HeaderMap;
use jiff::Timestamp;
use transport::push::{Push, Refusal};
use xiaoe::webhook::{Decrypt, Decrypted, Webhook};
use xiaoe::{Client, Config, ConfigBuilder, normalize, wire};

use super::{acted, asked, errors, issued, pushed, queried, queries, requested, sent_below_base};
use crate::answers::{BASE_URL, SECRET, now, options, source};
use crate::check::{self, cases};
use crate::parser::{Parser, Verdict, fixtures, texts};

pub(super) const PARSERS: &[Parser] = &[
    call!("xiaoe/after-sale-detail", AfterSaleDetail, |wire| cases(
        normalize::after_sale_detail(wire, &source())
    )),
    call!("xiaoe/after-sale-list", AfterSaleList, |wire| cases(
        normalize::after_sale_list(wire, &source())
    )),
    call!("xiaoe/order-detail", OrderDetail, with_refunds),
    call!("xiaoe/order-refund", OrderRefund),
    call!("xiaoe/token", TokenReply),
    Parser::new("xiaoe/answers", || fixtures("xiaoe/"), answers),
    Parser::new(
        "xiaoe/issued-token",
        || fixtures("xiaoe/token."),
        |body| {
            let app = Config::builder().app("app0000", "xop0000", SECRET);
            issued(client(app).http(), body)
        },
    ),
    Parser::new(
        "xiaoe/errors",
        || fixtures("xiaoe/"),
        |body| errors(CLIENTS[0].http(), body),
    ),
    Parser::new("xiaoe/actions", refundable, |body| {
        let refund = Action::Refund(Refund::of(
            Money::from_minor("1", Currency::CNY).expect("an amount"),
        ));
        acted(&CLIENTS[0], &requested(&CLIENTS[0], "A1"), &refund, body)
    }),
    Parser::new(
        "xiaoe/webhook",
        || {
            let mut pushes = fixtures("xiaoe/after-sale-push.");
            pushes.extend(fixtures("xiaoe/order-change-push."));
            pushes
        },
        |body| {
            let push = Push {
                path: "/",
                query: "",
                headers: &HeaderMap::new(),
                body,
            };
            pushed(&*WEBHOOK, &push)
        },
    ),
    Parser::new("xiaoe/queries", queries, |text| {
        Verdict::any(CLIENTS.each_ref().map(|client| queried(client, text)))
    }),
    Parser::new(
        "xiaoe/ids",
        || texts(&["A1676256272_63e9a41000b74_00000000"]),
        |text| sent_below_base(&CLIENTS[0], text),
    ),
];

/// As it is, with the details of orders, and with a listing in windows.
static CLIENTS: LazyLock<[Client; 3]> = LazyLock::new(|| {
    let config = || {
        Config::builder()
            .access_token(SECRET)
            .refund_operator("fuzz")
    };
    [
        config(),
        config().with_order_detail(),
        config().window_days(30),
    ]
    .map(client)
});

fn client(config: ConfigBuilder) -> Client {
    let config = config.base_url(BASE_URL).options(options()).build();
    Client::new("fuzz", config.expect("a configuration")).expect("a client without TLS")
}

/// The detail of a case that waits for a decision, and the answer to a refund, in one.
fn refundable() -> Vec<Vec<u8>> {
    let mut seeds = fixtures("xiaoe/order-refund.");
    for body in fixtures("xiaoe/after-sale-detail.response.") {
        let body = String::from_utf8(body).expect("an example");
        let both = body.replacen(r#""data": {"#, r#""data": {"refund_id": "R1", "#, 1);
        seeds.push(both.into_bytes());
    }
    seeds
}

static WEBHOOK: LazyLock<Webhook> = LazyLock::new(|| Webhook::new("fuzz", Open));

/// How pushes are encrypted is not published, so that what is read is what was encrypted.
#[derive(Debug)]
struct Open;

impl Decrypt for Open {
    fn decrypt(&self, push: &Push<'_>, _: Timestamp) -> Result<Decrypted, Refusal> {
        Ok(Decrypted::Message {
            xml: push.body.to_vec(),
            proof: Proof::Body,
        })
    }
}

fn answers(body: &[u8]) -> Verdict {
    let query = Query::new().with_created_since(now());
    let verdicts = CLIENTS.each_ref().map(|client| asked(client, &query, body));
    Verdict::any(verdicts)
}

/// The case is the first that the order has refunds of, with its money under way.
fn with_refunds(order: &wire::OrderDetail<'_>) -> Verdict {
    let extra = order.data.get().and_then(|it| it.internal_extra_info.get());
    let refunds = extra.and_then(|extra| extra.refund_info.get());
    let refund = refunds.and_then(|refunds| refunds.refund_records.as_slice().first());
    let Some(id) = refund.and_then(|refund| refund.after_sale_id.owned()) else {
        return Verdict::Refused;
    };
    let progress = Progress::new(Status::Refunding, Awaits::Platform);
    let case = AfterSale::new(&source(), id, NativeStatus::default(), progress);
    let case = check::outcome(normalize::with_refunds(case, order));
    case.iter().for_each(check::case);
    Verdict::from(case)
}
