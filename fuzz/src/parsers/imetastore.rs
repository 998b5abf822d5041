//! iMetaStore.

use std::sync::LazyLock;

use core_model::{Action, Query};
use data_encoding::HEXLOWER;
use http::HeaderMap;
use imetastore::webhook::Webhook;
use imetastore::{Client, Config, ConfigBuilder, normalize, wire};
use transport::push::Push;

use super::{acted, asked, errors, headers, issued, pushed, requested, sent_below_base, signature};
use crate::answers::{BASE_URL, NOW, SECRET, options, source};
use crate::check::cases;
use crate::parser::{Parser, fixtures, texts};

pub(super) const PARSERS: &[Parser] = &[
    call!("imetastore/after-sales", AfterSalesReply, |wire| cases(
        normalize::after_sales(wire, &source())
    )),
    call!("imetastore/login", LoginReply),
    call!("imetastore/seller-audit", SellerAuditReply),
    Parser::new(
        "imetastore/answers",
        || fixtures("imetastore/"),
        |body| asked(&*CLIENT, &Query::new(), body),
    ),
    Parser::new(
        "imetastore/issued-token",
        || fixtures("imetastore/login."),
        |body| {
            let login = Config::builder().login("seller@example.com", SECRET);
            issued(client(login).http(), body)
        },
    ),
    Parser::new(
        "imetastore/errors",
        || fixtures("imetastore/"),
        |body| errors(CLIENT.http(), body),
    ),
    Parser::new(
        "imetastore/ids",
        || texts(&["1689644928115784"]),
        |text| sent_below_base(&*CLIENT, text),
    ),
    Parser::new(
        "imetastore/webhook",
        || fixtures("imetastore/order-status-callback."),
        |body| {
            let push = Push {
                path: "/",
                query: "",
                headers: &SIGNED,
                body,
            };
            pushed(&*WEBHOOK, &push)
        },
    ),
    Parser::new(
        "imetastore/actions",
        || fixtures("imetastore/seller-audit."),
        |body| {
            acted(
                &*CLIENT,
                &requested(&*CLIENT, "1689644928115784"),
                &Action::Approve,
                body,
            )
        },
    ),
];

static CLIENT: LazyLock<Client> = LazyLock::new(|| client(Config::builder().access_token(SECRET)));

fn client(config: ConfigBuilder) -> Client {
    let config = config.base_url(BASE_URL).options(options()).build();
    Client::new("fuzz", config.expect("a configuration")).expect("a client without TLS")
}

static WEBHOOK: LazyLock<Webhook> =
    LazyLock::new(|| Webhook::new("fuzz", SECRET).expect("a secret"));

/// The signature covers time and request id only.
static SIGNED: LazyLock<HeaderMap> = LazyLock::new(|| {
    let (timestamp, request_id) = (format!("{NOW}000"), "2002986662652579841");
    let code = signature(format!("{timestamp}{request_id}{SECRET}").as_bytes());
    headers([
        ("x-timestamp", timestamp.as_str()),
        ("x-request-id", request_id),
        ("x-signature", &HEXLOWER.encode(&code)),
    ])
});
