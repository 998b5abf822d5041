//! Xportcn: Taobao and 1688.

use std::sync::LazyLock;

use core_model::{Action, Message, Query};
use http::HeaderMap;
use transport::push::Push;
use xportcn::signature::Scheme;
use xportcn::webhook::Webhook;
use xportcn::{Client, Config, RefundTime, normalize, wire};

use super::{acted, asked, errors, pushed, queried, queries, requested, sent_below_base};
use crate::answers::{BASE_URL, SECRET, options, source};
use crate::check::cases;
use crate::parser::{Parser, Verdict, fixtures, texts};

pub(super) const PARSERS: &[Parser] = &[
    call!("xportcn/refund-query-list", RefundQueryList, |wire| cases(
        normalize::refund_query_list(wire, &source())
    )),
    call!("xportcn/refund-query", RefundQuery, |wire| cases(
        normalize::refund_query(wire, &source())
    )),
    call!("xportcn/alibaba-refund-info", AlibabaRefundInfo, |wire| {
        cases(normalize::alibaba_refund_info(wire, &source()))
    }),
    call!("xportcn/refund-cancel", RefundCancel),
    call!("xportcn/refund-message", RefundMessage),
    Parser::new(
        "xportcn/actions",
        || {
            let mut seeds = fixtures("xportcn/refund-cancel.");
            seeds.extend(fixtures("xportcn/refund-message."));
            seeds
        },
        |body| {
            let message = Message {
                text: "Where is it?".to_owned(),
                files: Vec::new(),
            };
            let actions = [Action::Cancel, Action::SendMessage(message)];
            Verdict::any(
                actions.map(|action| acted(&*CLIENT, &requested(&*CLIENT, "1"), &action, body)),
            )
        },
    ),
    Parser::new("xportcn/webhook", || fixtures("xportcn/message."), webhook),
    Parser::new(
        "xportcn/answers",
        || fixtures("xportcn/"),
        |body| asked(&*CLIENT, &Query::new(), body),
    ),
    Parser::new(
        "xportcn/errors",
        || {
            // The pages show no error.
            let error = r#"{"requestId":"r1","code":401,"msg":"refused","data":null}"#;
            [fixtures("xportcn/"), texts(&[error])].concat()
        },
        |body| errors(CLIENT.http(), body),
    ),
    Parser::new("xportcn/queries", queries, |text| queried(&*CLIENT, text)),
    Parser::new(
        "xportcn/ids",
        || texts(&["500918-1034477311887409465", "TQ1234567890123456789"]),
        |text| sent_below_base(&*CLIENT, text),
    ),
];

static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    let config = Config::builder()
        .base_url(BASE_URL)
        .key(SECRET, SECRET)
        .user_id("1000000000000")
        .signature(Scheme::HmacSha256)
        .refund_time(RefundTime::Created)
        .options(options())
        .build();
    Client::new("fuzz", config.expect("a configuration")).expect("a client without TLS")
});

/// Nobody without the secret in the address is believed.
fn webhook(body: &[u8]) -> Verdict {
    // Twice, because it has to be long.
    static WEBHOOK: LazyLock<Webhook> =
        LazyLock::new(|| Webhook::new("fuzz", SECRET.repeat(2)).expect("a secret"));
    let received = |path: &str| {
        let push = Push {
            path,
            query: "",
            headers: &HeaderMap::new(),
            body,
        };
        pushed(&*WEBHOOK, &push)
    };
    let forged = received("/xportcn/canary");
    assert_eq!(forged, Verdict::Refused, "believed without the secret");
    received(&format!("/xportcn/{}", SECRET.repeat(2)))
}
