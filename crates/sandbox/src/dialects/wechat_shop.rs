//! WeChat, custom trade component: the cases of one order; there is no list.
//!
//! Documented: the three calls, the token rules, the fields, the codes of types, statuses and
//! errors. Assumed: errors come with HTTP 200, `order_id` wins over `out_order_id`, an openid that is
//! not the order's buyer is answered like an unknown order, 15 to 19 appear although the page of this
//! call stops at 14.

use std::time::Duration;

use axum::http::Method;

use super::{Account, Dialect, Setup};
use crate::OrderRef;
use crate::cases::{Cases, Cycle, ShanghaiTime, order_of};
use crate::exchange::{Answer, Request, text};
use crate::json::{self, Object};
use crate::tokens::{Issued, OVERLAP, Tokens, Verdict};

pub(super) const NAME: &str = "wechat-shop";

/// WeChat: exchange the app's id and secret for a token, or use the fixed token.
pub mod credentials {
    /// For both token calls.
    pub const APP_ID: &str = "wx5a4db0c55a4db0c5";
    /// For both token calls.
    pub const APP_SECRET: &str = "sandbox-wechat-secret";
    /// A token that never expires.
    pub const ACCESS_TOKEN: &str = "sandbox-wechat-fixed-token";
}

#[derive(Debug)]
pub(super) struct Platform {
    cases: Cases,
    /// Of the stable call and of the classic one: they do not invalidate each other's tokens.
    tokens: [Tokens; 2],
}

impl Platform {
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            cases: Cases::new(setup.records, setup.seed, NAME),
            tokens: [
                Tokens::new("sandbox-wechat-stable-token-"),
                Tokens::new("sandbox-wechat-token-"),
            ],
        }
    }

    fn stable_token(&self, request: &Request) -> Answer {
        let Some(body) = request.json() else {
            return error(request, 47001, "data format error");
        };
        let member = |name: &str| text(&body, name);
        if let Err(refused) = check_app(request, member) {
            return refused;
        }
        let [stable, _] = &self.tokens;
        let force = body
            .get("force_refresh")
            .and_then(serde_json::Value::as_bool);
        issued(&match force {
            Some(true) => stable.issue(request.instant, Duration::ZERO),
            _ => stable.current(request.instant),
        })
    }

    fn token(&self, request: &Request) -> Answer {
        let parameter = |name: &str| request.query(name).map(String::from);
        if let Err(refused) = check_app(request, parameter) {
            return refused;
        }
        let [_, classic] = &self.tokens;
        issued(&classic.issue(request.instant, OVERLAP))
    }

    fn after_sales(&self, request: &Request) -> Result<Answer, Answer> {
        self.authorize(request)?;
        let refuse = |code, message| error(request, code, message);
        let body = request
            .json()
            .ok_or_else(|| refuse(47001, "data format error"))?;
        let openid = text(&body, "openid")
            .filter(|openid| !openid.is_empty())
            .ok_or_else(|| refuse(990004, "openid is missing"))?;
        if text(&body, "out_order_id").as_deref() == Some(DOCUMENTED_ORDER) {
            return Ok(Answer::json(DOCUMENTED.to_owned()));
        }
        let order = match (text(&body, "order_id"), text(&body, "out_order_id")) {
            (Some(id), _) => order_by_id(&id),
            (None, Some(id)) => order_by_merchant_ref(&id),
            (None, None) => return Err(refuse(1010001, "order_id or out_order_id is required")),
        };
        let order = order
            .filter(|&order| self.cases.has_order(order) && buyer(order) == openid)
            .ok_or_else(|| refuse(1010011, "order not found"))?;
        let listed = self.cases.of_order(order);
        Ok(Answer::json(json::to_string(|reply| {
            reply.plain("errcode", 0);
            reply.text("errmsg", "ok");
            // Without a case the key is missing, rather than empty.
            if !listed.is_empty() {
                reply.objects("aftersale_infos", listed, |info, index| {
                    write_case(info, &self.cases, index);
                });
            }
        })))
    }

    fn authorize(&self, request: &Request) -> Result<(), Answer> {
        let token = request.query("access_token").unwrap_or_default();
        if token.is_empty() {
            return Err(error(request, 41001, "access_token missing"));
        };
        let known = |verdict| {
            self.tokens
                .iter()
                .any(|tokens| tokens.verdict(&token, request.instant) == verdict)
        };
        if token == credentials::ACCESS_TOKEN || known(Verdict::Live) {
            Ok(())
        } else if known(Verdict::Expired) {
            Err(self.expired())
        } else if token.starts_with("sandbox-wechat-") {
            let message = "invalid credential, access_token is invalid or not latest";
            Err(error(request, 40001, message))
        } else {
            Err(error(request, 40014, "invalid access_token"))
        }
    }
}

/// The order of the documented example, which is answered word for word, damaged keys included.
const DOCUMENTED_ORDER: &str = "xxxxx";
const DOCUMENTED: &str = include_str!("../documented/wechat-shop.aftersale-get.json");

impl Dialect for Platform {
    fn account(&self) -> Account {
        Account {
            name: "wx",
            settings: &[
                ("app_id", credentials::APP_ID),
                ("app_secret", credentials::APP_SECRET),
            ],
        }
    }

    fn answer(&self, request: &Request) -> Answer {
        match (&request.method, request.path.as_str()) {
            (&Method::POST, "/cgi-bin/stable_token") => self.stable_token(request),
            (&Method::GET, "/cgi-bin/token") => self.token(request),
            (&Method::POST, "/shop/aftersale/get") => {
                self.after_sales(request).unwrap_or_else(|refused| refused)
            }
            (_, "/shop/aftersale/get") => error(request, 43002, "require POST method"),
            _ => error(request, 40066, "invalid url"),
        }
    }

    fn is_token_call(&self, request: &Request) -> bool {
        request.path.starts_with("/cgi-bin/")
    }

    fn expired(&self) -> Answer {
        error_with_id(0, 42001, "access_token expired")
    }

    fn order(&self, number: u64) -> Option<OrderRef> {
        self.cases.has_order(number).then(|| OrderRef {
            id: order_id(number).to_string(),
            merchant_ref: Some(merchant_ref(number)),
            buyer: Some(buyer(number)),
            cases: self.cases.of_order(number).count() as u64,
        })
    }

    fn tokens(&self) -> &[Tokens] {
        &self.tokens
    }
}

/// The three parameters that both token calls take, from wherever they travel.
fn check_app(request: &Request, parameter: impl Fn(&str) -> Option<String>) -> Result<(), Answer> {
    let is = |name, value: &str| parameter(name).is_some_and(|given| given == value);
    let refuse = |code, message| Err(error(request, code, message));
    if !is("grant_type", "client_credential") {
        refuse(40002, "invalid grant_type")
    } else if parameter("appid").is_none() {
        refuse(41002, "appid missing")
    } else if !is("appid", credentials::APP_ID) {
        refuse(40013, "invalid appid")
    } else if parameter("secret").is_none() {
        refuse(41004, "appsecret missing")
    } else if !is("secret", credentials::APP_SECRET) {
        refuse(40125, "invalid appsecret")
    } else {
        Ok(())
    }
}

/// On success these calls answer without `errcode`.
fn issued(issued: &Issued) -> Answer {
    Answer::json(json::to_string(|reply| {
        reply.text("access_token", &issued.token);
        reply.plain("expires_in", issued.expires_in);
    }))
}

fn error(request: &Request, code: u32, message: &str) -> Answer {
    error_with_id(request.received.as_millisecond(), code, message)
}

fn error_with_id(at: i64, code: u32, message: &str) -> Answer {
    let (high, low) = (at >> 32, at & 0xFFFF_FFFF);
    Answer::json(json::to_string(|reply| {
        reply.plain("errcode", code);
        reply.text(
            "errmsg",
            format_args!("{message} rid: {high:08x}-{low:08x}-5a4db0c5"),
        );
    }))
}

/// Nineteen digits, more than a double can tell apart.
const FIRST_ORDER: u64 = 3_300_000_000_000_000_001;

fn order_id(order: u64) -> u64 {
    FIRST_ORDER + 3 * order
}

fn order_by_id(id: &str) -> Option<u64> {
    let order = id.parse::<u64>().ok()?.checked_sub(FIRST_ORDER)? / 3;
    (order_id(order).to_string() == id).then_some(order)
}

fn merchant_ref(order: u64) -> String {
    format!("M{order:09}")
}

fn order_by_merchant_ref(id: &str) -> Option<u64> {
    let order = id.strip_prefix('M')?.parse().ok()?;
    (merchant_ref(order) == id).then_some(order)
}

/// 28 characters, like the real ones.
fn buyer(order: u64) -> String {
    format!("oSANDBOX{order:020}")
}

/// The documented codes of `status`; the example's comes first.
const STATUSES: Cycle<u8> = Cycle(&[
    1, 2, 13, 6, 0, 8, 11, 14, 3, 4, 16, 5, 12, 17, 7, 15, 18, 19,
]);

fn write_case(info: &mut Object<'_>, cases: &Cases, index: u64) {
    let mut dice = cases.dice(index);
    let order = order_of(index);
    let status = STATUSES.at(index);
    let refund = dice.number(100, 1..500_000);
    let pieces = dice.number(5, 1..6);
    // An older edition of the page shows the platform's own ids.
    if dice.one_in(3) {
        info.plain("order_id", order_id(order));
        info.plain("aftersale_id", 4_000_000_000_000_001 + index);
    }
    info.text("out_order_id", merchant_ref(order));
    info.text("out_aftersale_id", format_args!("AS{index:09}"));
    info.text("openid", buyer(order));
    info.plain("type", kind(index, status));
    info.text("create_time", ShanghaiTime(Cases::created(index)));
    info.text(
        "path",
        format_args!("/pages/order.html?out_order_id={}", merchant_ref(order)),
    );
    info.plain("status", status);
    info.plain("refund", refund);
    // In the table, not in the example.
    if dice.one_in(2) {
        info.text(
            "refund_reason",
            dice.pick(["不想要了", "质量问题", "Wrong size", ""]),
        );
        info.text("refund_address", format_args!("***路{}号", order % 100));
        info.plain("orderamt", refund);
    }
    info.objects("product_infos", 0..dice.number(1, 1..3), |product, n| {
        product.text("out_product_id", 234_245 + n);
        product.text("out_sku_id", 23_424 + n);
        product.plain("product_cnt", pieces);
    });
}

/// 1 refund, 2 return and refund, 3 exchange: what the status allows, else in turn.
fn kind(index: u64, status: u8) -> u8 {
    match status {
        4 | 13 => 1,
        5..=8 | 14 => 2,
        15..=19 => 3,
        _ => u8::try_from(index % 3).unwrap_or_default() + 1,
    }
}
