//! Xportcn: Taobao and 1688.

use std::sync::LazyLock;

use core_model::Query;
use xportcn::signature::Scheme;
use xportcn::{Client, Config, normalize, wire};

use super::{asked, errors, sent_below_base};
use crate::answers::{BASE_URL, SECRET, options, source};
use crate::check::cases;
use crate::parser::{Parser, fixtures, texts};

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
        .options(options())
        .build();
    Client::new("fuzz", config.expect("a configuration")).expect("a client without TLS")
});
