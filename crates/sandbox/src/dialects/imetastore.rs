//! iMetaStore: one case per order, found by the order's id; there is no list. The seller decides a case by one call.
//!
//! Documented: the three calls, the envelope, the 30 fields, the status codes, that a refusal has to say why, and that
//! agreeing is 3 and refusing is 2.
//! Assumed, because no page says it: every refusal (HTTP status and `code`), `data: null` for an
//! order without a case, the codes of reasons and delivery beyond the example's, two decimals for
//! every price but those in yen; that only a case in status 1 can be decided, and what of a decision the case shows:
//! its time and the pictures, but not the words, for which it has no field.
//! Pushed is what is documented: that an order waits for delivery. Assumed: that one with a new case does so, and the
//! ids of callbacks.

use axum::http::{Method, StatusCode};
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use jiff::fmt::strtime;
use serde_json::Value;

use super::{Account, Dialect, Setup, buyer_name};
use crate::cases::{Cycle, Decimal, MAX_RECORDS, NOW, instant};
use crate::exchange::{Answer, Request, text, texts};
use crate::json::{self, Object};
use crate::ledger::{Ledger, Shared};
use crate::push::{Push, hmac_sha256};
use crate::tokens::{NO_REPLACEMENT, Tokens, Verdict};
use crate::{ChangeError, Effect, Opened, OrderRef};

pub(super) const NAME: &str = "imetastore";

/// Of the ready configuration, and the path that pushes go to.
const ACCOUNT: &str = "games";

/// iMetaStore: log in with e-mail and password, or use the fixed token.
pub mod credentials {
    /// For `POST /seller/auth/login`.
    pub const EMAIL: &str = "seller@example.com";
    /// For `POST /seller/auth/login`.
    pub const PASSWORD: &str = "sandbox-imetastore-password";
    /// A token that never expires.
    pub const ACCESS_TOKEN: &str = "sandbox-imetastore-fixed-token";
    /// What callbacks are signed with.
    pub const CALLBACK_SECRET: &str = "sandboxImetastoreCallbackSecret0";
}

#[derive(Debug)]
pub(super) struct Platform {
    world: Shared<Cases>,
    tokens: [Tokens; 1],
}

/// The cases, with the pictures that a refusal came with.
type Cases = Ledger<u8, Vec<String>>;

impl Platform {
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            world: Shared::new(Cases::new(setup.records, setup.seed, NAME, STATUSES), setup),
            tokens: [Tokens::new("sandbox-imetastore-token-")],
        }
    }

    fn login(&self, request: &Request) -> Answer {
        let body = request.json().unwrap_or_default();
        let given = (text(&body, "email"), text(&body, "password"));
        let (Some(email), Some(password)) = given else {
            return refusal(StatusCode::BAD_REQUEST, "email and password are required");
        };
        if (email.as_str(), password.as_str()) != (credentials::EMAIL, credentials::PASSWORD) {
            return refusal(StatusCode::UNAUTHORIZED, "wrong email or password");
        }
        let [tokens] = &self.tokens;
        let issued = tokens.issue(request.instant, NO_REPLACEMENT);
        success(|envelope| {
            envelope.object("data", |data| {
                data.text("accessToken", &issued.token);
                data.text("tokenType", "Bearer");
                data.plain("expiresIn", issued.expires_in);
                data.text("refreshToken", format_args!("{}-refresh", issued.token));
            });
        })
    }

    fn after_sales(&self, request: &Request, order_id: &str) -> Result<Answer, Answer> {
        self.authorize(request)?;
        let order_id = integer(order_id)?;
        let world = self.world.read();
        let index = order_number(order_id).and_then(|number| world.cases.find(number));
        let is_as_ever = index.is_none_or(|index| world.cases.steps(index).is_empty());
        if order_id == DOCUMENTED_ORDER && is_as_ever {
            return Ok(Answer::json(DOCUMENTED.to_owned()));
        }
        Ok(success(|envelope| match index {
            Some(index) => envelope.object("data", |data| write_case(data, &world.cases, index)),
            None => envelope.null("data"),
        }))
    }

    fn seller_audit(&self, request: &Request, order_id: &str) -> Result<Answer, Answer> {
        self.authorize(request)?;
        let order_id = integer(order_id)?;
        let refuse = |message| refusal(StatusCode::BAD_REQUEST, message);
        let body = request.json();
        let body = body.ok_or_else(|| refuse("the body is not a JSON object"))?;
        let is_approved = body.get("isApproved").and_then(Value::as_bool);
        let is_approved = is_approved.ok_or_else(|| refuse("isApproved is required"))?;
        let description = text(&body, "rejectDescription").unwrap_or_default();
        if !is_approved && description.trim().is_empty() {
            return Err(refuse("rejectDescription is required"));
        }
        let mut world = self.world.write();
        let index = order_number(order_id).and_then(|number| world.cases.find(number));
        let no_case = || refusal(StatusCode::NOT_FOUND, "the order has no after-sales");
        let index = index.ok_or_else(no_case)?;
        if world.cases.status(index) != PENDING {
            let message = "the after-sales does not await confirmation";
            return Err(refusal(StatusCode::CONFLICT, message));
        }
        if is_approved {
            world.set(index, AGREED);
        } else {
            *world.set(index, REFUSED) = texts(&body, "rejectImageUrls");
        }
        world.note(case_id(index), "seller-audit");
        Ok(success(|envelope| {
            envelope.plain("data", true);
        }))
    }

    fn authorize(&self, request: &Request) -> Result<(), Answer> {
        let header = request.header("authorization").unwrap_or_default();
        let token = header.strip_prefix("Bearer ").unwrap_or_default();
        let [tokens] = &self.tokens;
        match tokens.verdict(token, request.instant) {
            _ if token == credentials::ACCESS_TOKEN => Ok(()),
            Verdict::Live => Ok(()),
            Verdict::Expired => Err(self.expired()),
            Verdict::Unknown => Err(refusal(
                StatusCode::UNAUTHORIZED,
                "access token is missing or invalid",
            )),
        }
    }
}

impl Dialect for Platform {
    fn account(&self) -> Account {
        Account {
            name: ACCOUNT,
            settings: &[
                ("email", credentials::EMAIL),
                ("password", credentials::PASSWORD),
            ],
            pushes: &[("secret_key", credentials::CALLBACK_SECRET)],
        }
    }

    fn answer(&self, request: &Request) -> Answer {
        let path: Vec<&str> = request.path.split('/').skip(1).collect();
        let answer = match (&request.method, path.as_slice()) {
            (&Method::POST, ["seller", "auth", "login"]) => Ok(self.login(request)),
            (&Method::GET, ["seller", "order", order_id, "after-sales"]) => {
                self.after_sales(request, order_id)
            }
            (&Method::POST, ["seller", "order", order_id, "after-sales", "seller-audit"]) => {
                self.seller_audit(request, order_id)
            }
            _ => Err(refusal(StatusCode::NOT_FOUND, "no such call")),
        };
        answer.unwrap_or_else(|refused| refused)
    }

    fn is_token_call(&self, request: &Request) -> bool {
        request.path == "/seller/auth/login"
    }

    fn expired(&self) -> Answer {
        refusal(StatusCode::UNAUTHORIZED, "access token has expired")
    }

    fn order(&self, number: u64) -> Option<OrderRef> {
        let case = self.world.read().cases.find(number);
        Some(order_ref(number, case.into_iter().count() as u64))
    }

    fn change(&self, case: &str, status: &str) -> Result<(), ChangeError> {
        let mut world = self.world.write();
        let (index, status) = world
            .cases
            .named((index_of_case(case), case), (STATUSES.0, status))?;
        world.set(index, status);
        Ok(())
    }

    fn open(&self) -> Opened {
        let mut world = self.world.write();
        let at = world.tick();
        let index = world.cases.open(PENDING, at);
        world.push(|_| Some(order_callback(index, at)));
        Opened {
            ids: vec![case_id(index).to_string()],
            order: order_ref(index, 1),
        }
    }

    fn opened(&self) -> u64 {
        self.world.read().cases.opened()
    }

    fn effects(&self) -> Vec<Effect> {
        self.world.read().effects().to_vec()
    }

    fn tokens(&self) -> &[Tokens] {
        &self.tokens
    }
}

/// The order waits for delivery: the only thing that is pushed. The signature covers the time, by the calendar, and the
/// id, not the body.
fn order_callback(number: u64, at: i64) -> Push {
    let secret = credentials::CALLBACK_SECRET;
    let timestamp = Timestamp::now().as_millisecond().to_string();
    let request_id = format!("2002986{at:012}");
    let signature = hmac_sha256(secret, &[&timestamp, &request_id, secret]);
    let id = order_id(number);
    let body = json::to_string(|body| {
        let created = strtime::format("%Y-%m-%dT%H:%M:%S", instant(at));
        body.text("createdAt", created.unwrap_or_default());
        body.plain("orderId", id);
        body.text("orderNum", format_args!("SO{id}"));
        body.plain("sellerOrderStatus", 1);
        body.text("buyerId", 1_907_369_850_568_257_537 + number);
    });
    Push::json(format!("/{ACCOUNT}"), body)
        .header("x-request-id", request_id)
        .header("x-timestamp", timestamp)
        .header("x-signature", HEXLOWER.encode(&signature))
}

/// The order of the documented example, which is answered word for word.
const DOCUMENTED_ORDER: u64 = 1_689_644_928_115_784;
const DOCUMENTED: &str = include_str!("../documented/imetastore.after-sales.json");

fn success(data: impl FnOnce(&mut Object<'_>)) -> Answer {
    envelope("0000", "Success", data)
}

/// Ours: the HTTP status once more as `code`, since the platform's codes are not published.
fn refusal(status: StatusCode, message: &str) -> Answer {
    envelope(status.as_str(), message, |envelope| envelope.null("data")).status(status)
}

fn envelope(code: &str, message: &str, data: impl FnOnce(&mut Object<'_>)) -> Answer {
    Answer::json(json::to_string(|envelope| {
        envelope.text("code", code);
        envelope.text("msg", message);
        envelope.text("time", time(NOW));
        data(envelope);
    }))
}

/// The number of an order is the index of its case.
fn order_ref(number: u64, cases: u64) -> OrderRef {
    OrderRef {
        id: order_id(number).to_string(),
        merchant_ref: None,
        buyer: None,
        cases,
    }
}

fn integer(order_id: &str) -> Result<u64, Answer> {
    let integer = order_id.parse();
    integer.map_err(|_| refusal(StatusCode::BAD_REQUEST, "orderId is not an integer"))
}

/// Even orders have sixteen digits like the documented example, odd ones nineteen, as other calls
/// of this platform show: more than a double can tell apart.
fn order_id(number: u64) -> u64 {
    let [short, long] = ORDER_IDS;
    if number.is_multiple_of(2) {
        short + 7 * number
    } else {
        long + 7 * number
    }
}

const ORDER_IDS: [u64; 2] = [1_689_644_928_115_784, 1_907_369_850_568_257_537];

fn order_number(id: u64) -> Option<u64> {
    ORDER_IDS
        .into_iter()
        .filter_map(|first| Some(id.checked_sub(first)? / 7))
        .find(|&number| number < 2 * MAX_RECORDS && order_id(number) == id)
}

const FIRST_CASE: u64 = 100_001;

fn case_id(index: u64) -> u64 {
    FIRST_CASE + index
}

fn index_of_case(id: &str) -> Option<u64> {
    id.parse::<u64>().ok()?.checked_sub(FIRST_CASE)
}

const PENDING: u8 = 1;
const REFUSED: u8 = 2;
const AGREED: u8 = 3;

/// The documented codes of `orderAfterSalesStatus`; the example's comes first.
const STATUSES: Cycle<u8> = Cycle(&[1, 5, 2, 7, 3, 8, 1, 4, 6, 9, 10, 11]);

/// What a case may cost: the seller's currency, the buyer's, and what one unit of the first is in
/// hundredths of the second.
const CURRENCIES: [(Currency, Currency, u64); 4] = [
    (USD, EUR, 90),
    (CNY, USD, 14),
    (EUR, JPY, 16_200),
    (JPY, CNY, 5),
];

type Currency = (&'static str, &'static str, u32);
const USD: Currency = ("USD", "$", 2);
const EUR: Currency = ("EUR", "€", 2);
const CNY: Currency = ("CNY", "¥", 2);
const JPY: Currency = ("JPY", "¥", 0);

const REASONS: [(u8, &str); 4] = [
    (1, "Item not as described"),
    (2, "Item not received"),
    (3, "Account was recovered by its first owner"),
    (4, "其他原因"),
];

const DESCRIPTIONS: [&str; 5] = [
    "The game code does not work",
    "",
    "Received 90 of 100 coins 🎮",
    "兑换码已被使用",
    "\"Invalid code\"\nsays the launcher",
];

const BRANDS: [(u32, &str, u32); 4] = [
    (100, "GameBrand", 500),
    (101, "星际远征", 501),
    (102, "Château Défense", 502),
    (103, "Sandbox Online", 503),
];

fn write_case(data: &mut Object<'_>, cases: &Cases, index: u64) {
    let mut dice = cases.dice(index);
    let id = order_id(index);
    let status = cases.status(index);
    let (reason, reason_text) = dice.pick(REASONS);
    let ((seller, seller_symbol, seller_decimals), (buyer, buyer_symbol, buyer_decimals), rate) =
        dice.pick(CURRENCIES);
    let (brand, brand_name, category) = dice.pick(BRANDS);
    let price = dice.number(999, 1..30_000);
    let is_rejected = |status| matches!(status, 2 | 10 | 11);
    let is_decided = |status| status != PENDING;
    let proofs = |kind: &'static str, count: u64| {
        (0..count).map(move |n| format!("https://example.com/{kind}/{index}-{n}.png"))
    };
    let proof_ids =
        |kind: &'static str, count: u64| (0..count).map(move |n| format!("img-{kind}-{index}-{n}"));
    let shown = dice.number(1, 0..4);
    let shown_back = if is_rejected(cases.first_status(index)) {
        dice.number(0, 0..3)
    } else {
        0
    };
    let given = cases.details(index).into_iter().flatten().cloned();
    let pictures: Vec<String> = proofs("seller", shown_back).chain(given).collect();

    data.plain("id", case_id(index));
    data.plain("orderId", id);
    data.text("orderNum", format_args!("SO{id}"));
    data.text("buyerName", buyer_name(index));
    data.text("afterSalesOrderNum", format_args!("AS{id}"));
    data.plain("isReceipt", !dice.one_in(4));
    data.plain("afterSalesReason", reason);
    data.text("afterSalesReasonText", reason_text);
    data.plain(
        "originalCurrencyProductPrice",
        Decimal {
            minor: price,
            decimals: seller_decimals,
        },
    );
    data.text("originalCurrencyCode", seller);
    data.text("originalCurrencySymbol", seller_symbol);
    data.plain(
        "convertCurrencyPrice",
        Decimal {
            minor: converted(price, seller_decimals, rate, buyer_decimals),
            decimals: buyer_decimals,
        },
    );
    data.text("convertCurrencyCode", buyer);
    data.text("convertCurrencySymbol", buyer_symbol);
    data.plain("orderDeliveryStatus", 1);
    data.text("description", dice.pick(DESCRIPTIONS));
    data.texts("imageUrls", proofs("buyer", shown));
    data.texts("imageIds", proof_ids("buyer", shown));
    data.plain("rejectReason", u8::from(is_rejected(status)));
    data.texts("rejectImageUrls", &pictures);
    data.texts("rejectImageIds", proof_ids("seller", pictures.len() as u64));
    data.text_or_null(
        "operationTime",
        is_decided(status).then(|| time(cases.since(index, is_decided))),
    );
    data.plain("orderAfterSalesStatus", status);
    data.plain("afterSalesCount", dice.number(1, 1..3));
    data.text("createTime", time(cases.created(index)));
    data.text("updateTime", time(cases.updated(index)));
    data.text("contactEmail", format_args!("buyer{index}@example.com"));
    data.plain("brandId", brand);
    data.text("brandName", brand_name);
    data.plain("categoryId3", category);
}

/// Minor units of one currency in minor units of another.
fn converted(minor: u64, decimals: u32, rate_in_hundredths: u64, target_decimals: u32) -> u64 {
    minor * rate_in_hundredths * 10_u64.pow(target_decimals) / 100 / 10_u64.pow(decimals)
}

/// `2025-12-18T10:00:00.000Z`.
fn time(seconds: i64) -> String {
    strtime::format("%Y-%m-%dT%H:%M:%S.000Z", instant(seconds)).unwrap_or_default()
}
