//! The one table of parsers. A documented call is one line, `call!(SHEET, WIRE TYPE, WHAT BECOMES OF IT)`.

use ::core_model::{
    Action, Actions, AfterSale, AfterSales, Awaits, Currency, Lookup, Money, NativeStatus, Outcome,
    Progress, Query, Status,
};
use ::transport::push::{Push, Receiver};
use ::transport::{Http, Request};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use jiff::Timestamp;
use sha2::Sha256;

use crate::answers::{self, BASE_URL, SECRET, answer, last_request, with_answer};
use crate::check;
use crate::parser::{Parser, Verdict, texts};

/// The answer to a documented call: its fixtures, its wire type, and what is made of that.
macro_rules! call {
    ($sheet:literal, $wire:ident) => {
        call!($sheet, $wire, |_| $crate::parser::Verdict::Taken)
    };
    ($sheet:literal, $wire:ident, $then:expr) => {
        $crate::parser::Parser::new(
            $sheet,
            || $crate::parser::fixtures(concat!($sheet, ".")),
            |body| {
                let then: fn(&wire::$wire<'_>) -> $crate::parser::Verdict = $then;
                let Some(reply) = $crate::answers::reply(body) else {
                    return $crate::parser::Verdict::Refused;
                };
                match $crate::check::outcome(reply.decode::<wire::$wire<'_>>()) {
                    Some(wire) => then(&wire),
                    None => $crate::parser::Verdict::Refused,
                }
            },
        )
    };
}

mod aftersales;
mod core_model;
mod imetastore;
mod shoplazza;
mod transport;
mod wechat_shop;
mod xiaoe;
mod xportcn;
mod xtask;

const TABLE: &[&[Parser]] = &[
    aftersales::PARSERS,
    core_model::PARSERS,
    imetastore::PARSERS,
    shoplazza::PARSERS,
    transport::PARSERS,
    wechat_shop::PARSERS,
    xiaoe::PARSERS,
    xportcn::PARSERS,
    xtask::PARSERS,
];

/// All parsers.
pub fn parsers() -> impl Iterator<Item = &'static Parser> {
    TABLE.iter().copied().flatten()
}

/// The parsers whose names begin so: one, those of a crate, or all.
pub fn called(beginning: &str) -> Vec<&'static Parser> {
    let exact = parsers().find(|parser| parser.name() == beginning);
    match exact {
        Some(parser) => vec![parser],
        None => parsers()
            .filter(|parser| parser.name().starts_with(beginning))
            .collect(),
    }
}

/// What a client makes of an answer, whatever it asked for: list, look up by case, by order.
fn asked(client: &dyn AfterSales, query: &Query, body: &[u8]) -> Verdict {
    let page = client.page(query, None);
    let page = check::outcome(with_answer(answer(StatusCode::OK, body), page));
    let mut verdict = page.map_or(Verdict::Refused, check::page);
    // On xportcn the letters send a look-up to another call.
    for lookup in lookups("1").into_iter().chain([Lookup::after_sale("TQ1")]) {
        let found = client.find(&lookup);
        let found = check::outcome(with_answer(answer(StatusCode::OK, body), found));
        for case in found.into_iter().flatten() {
            check::case(&case);
            verdict = Verdict::Taken;
        }
    }
    verdict
}

/// What an answer is taken for when a token is what was asked for. Taken: the token was used.
fn issued(http: &Http, body: &[u8]) -> Verdict {
    let call = http.call(Request::get("fuzz", "/"));
    Verdict::from(check::outcome(with_answer(
        answer(StatusCode::OK, body),
        call,
    )))
}

/// What an answer of any status says went wrong. Taken: the platform said it in its own words.
fn errors(http: &Http, body: &[u8]) -> Verdict {
    let mut verdict = Verdict::Refused;
    for status in [200, 302, 401, 503] {
        let status = StatusCode::from_u16(status).expect("a status");
        let call = http.call(Request::get("fuzz", "/"));
        if let Err(error) = with_answer(answer(status, body), call) {
            check::failure(&error);
            if error.native_code().is_some() {
                verdict = Verdict::Taken;
            }
        }
    }
    verdict
}

/// Wherever an id leads, it is below the base URL.
fn sent_below_base(client: &dyn AfterSales, text: &[u8]) -> Verdict {
    let text = String::from_utf8_lossy(text);
    Verdict::any(lookups(&text).map(|lookup| {
        last_request();
        let empty = answer(StatusCode::OK, b"{}");
        check::outcome(with_answer(empty, client.find(&lookup)));
        is_sent_below_base()
    }))
}

/// A listing from a time, until another, of so many cases, at a cursor; whatever they are, the request goes where it
/// should.
fn queried(client: &dyn AfterSales, text: &[u8]) -> Verdict {
    let text = String::from_utf8_lossy(text);
    let mut words = text.splitn(4, ' ');
    let mut time = || words.next().and_then(|word| word.parse::<Timestamp>().ok());
    let (since, until) = (time(), time());
    let size = words.next().and_then(|word| word.parse().ok());
    let cursor = words
        .next()
        .and_then(|word| serde_json::from_str(word).ok());
    let (mut created, mut updated) = (Query::new(), Query::new());
    if let Some(since) = since {
        created = created.with_created_since(since);
        updated = updated.with_updated_since(since);
    }
    if let Some(until) = until {
        created = created.with_created_until(until);
        updated = updated.with_updated_until(until);
    }
    if let Some(size) = size {
        created = created.with_page_size(size);
        updated = updated.with_page_size(size);
    }
    Verdict::any([created, updated].map(|query| {
        last_request();
        let page = client.page(&query, cursor.as_ref());
        let page = check::outcome(with_answer(answer(StatusCode::OK, b"{}"), page));
        page.map(check::page);
        is_sent_below_base()
    }))
}

/// Listings, at the first page and further on.
fn queries() -> Vec<Vec<u8>> {
    texts(&[
        "2024-04-01T00:00:00Z 2024-04-30T12:34:56.789+08:00 50",
        "2024-04-01T00:00:00Z - 20 \"next\"",
        r#"-009999-01-02T01:59:59Z 9999-12-30T22:00:00.999999999Z 1 {"page":2,"size":50,"step":20}"#,
        r#"- - 100 {"since":"2024-04-01T00:00:00Z","until":"2024-04-02T00:00:00Z","end":"2024-05-01T00:00:00Z","inner":null}"#,
    ])
}

/// Taken: there is a request, and it goes where it should.
fn is_sent_below_base() -> Verdict {
    let request = last_request();
    if let Some(request) = &request {
        let url = request.uri().to_string();
        let path = url
            .strip_prefix(BASE_URL)
            .and_then(|it| it.strip_prefix('/'));
        assert!(path.is_some(), "a request leaves the base URL: {url}");
        assert!(
            !url.contains("/../") && !path.unwrap_or_default().contains("//"),
            "{url}"
        );
    }
    Verdict::from(request)
}

fn lookups(text: &str) -> [Lookup; 3] {
    [
        Lookup::after_sale(text),
        Lookup::order(text),
        Lookup::merchant_order(text),
    ]
    .map(|lookup| lookup.with_buyer(text))
}

/// What becomes of an action on a case that waits for the seller: the answer is that of all calls it takes. Taken: it was
/// done.
fn acted(client: &dyn Actions, case: &AfterSale, action: &Action, body: &[u8]) -> Verdict {
    let ok = || answer(StatusCode::OK, body);
    let Some(plan) = check::outcome(with_answer(ok(), client.plan(case, action))) else {
        return Verdict::Refused;
    };
    check::hides_secret(&format!("{plan:?} {:?}", plan.preview()));
    match check::outcome(with_answer(ok(), plan.carry_out())) {
        Some(Outcome::Confirmed(_)) => Verdict::Taken,
        Some(Outcome::Unconfirmed(unconfirmed)) => {
            check::failure(&unconfirmed.error);
            Verdict::Refused
        }
        None => Verdict::Refused,
    }
}

/// A case of a client that waits for the seller's decision.
fn requested(client: &dyn Actions, id: &str) -> AfterSale {
    let progress = Progress::new(Status::Requested, Awaits::Seller);
    let native = NativeStatus::default();
    let mut case = AfterSale::new(client.source(), id.to_owned(), native, progress);
    case.order.id = Some(id.to_owned());
    case.amounts.requested = Money::from_major("0.10", Currency::CNY).ok();
    case
}

/// What a receiver makes of a push.
fn pushed(receiver: &dyn Receiver, push: &Push<'_>) -> Verdict {
    match receiver.receive(push, answers::now()) {
        Ok(accepted) => {
            accepted.events.iter().for_each(check::event);
            check::hides_secret(&accepted.answer);
            Verdict::Taken
        }
        Err(refusal) => {
            check::hides_secret(&format!("{refusal} {refusal:?}"));
            Verdict::Refused
        }
    }
}

/// Headers of a push.
fn headers<const N: usize>(headers: [(&'static str, &str); N]) -> HeaderMap {
    let headers = headers.map(|(name, value)| {
        let value = HeaderValue::from_str(value).expect("a header");
        (HeaderName::from_static(name), value)
    });
    headers.into_iter().collect()
}

/// The HMAC-SHA256 of a message under [`SECRET`].
fn signature(message: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key of any length");
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}
