//! Xiaoe: a numbered list by window, the detail of one case, the refunds in an order, and the call that refunds an
//! order.
//!
//! Documented: the calls, the fields, the codes of states and errors, the quotas, zero dates.
//! Assumed: what a refund does to the case: the one whose `sku_id` is named is paid back so much more and its state is
//! 13, at once, although the answer says that it is handled later; that cases of an order can be refunded up to what
//! was paid for each; 50 rows per page at most, both ends of a window included, an end given as a date
//! includes that day, `refund_time` is the time of the last change, which states `sales_state` stands
//! for, `data: []` where nothing is found, and code 1 with its wording for business errors.

use std::time::Duration;

use axum::http::Method;
use jiff::civil::{Date, DateTime};
use serde_json::{Map, Value};

use super::{Account, Dialect, Setup, buyer_name};
use crate::cases::{Cycle, SHANGHAI, Selection, ShanghaiTime, filed, filed_at, instant};
use crate::exchange::{Answer, Request, text};
use crate::json::{self, Object};
use crate::ledger::{Ledger, Listing, Shared, Span, Time};
use crate::push::Push;
use crate::quota::Window;
use crate::tokens::{OVERLAP, Tokens, Verdict};
use crate::{ChangeError, Effect, Opened, OrderRef};

pub(super) const NAME: &str = "xiaoe";

/// Of the ready configuration, and the path that pushes go to.
const ACCOUNT: &str = "courses";

/// Xiaoe: exchange app, client and secret for a token, or use the fixed token.
pub mod credentials {
    /// The shop.
    pub const APP_ID: &str = "appSANDBOX0000001";
    /// The application inside the shop.
    pub const CLIENT_ID: &str = "xopSANDBOX0000001";
    /// The application's secret.
    pub const SECRET_KEY: &str = "sandbox-xiaoe-secret";
    /// A token that never expires.
    pub const ACCESS_TOKEN: &str = "sandbox-xiaoe-fixed-token";
}

#[derive(Debug)]
pub(super) struct Platform {
    world: Shared<Cases>,
    tokens: [Tokens; 1],
    token_calls: Window,
    detail_calls: Window,
    list_calls: Window,
    order_calls: Window,
    refund_calls: Window,
}

/// The cases, with the fen that calls have paid back.
type Cases = Ledger<u8, u64>;

impl Platform {
    pub(super) fn new(setup: &Setup) -> Self {
        let window = |limit, minutes: u64| {
            Window::new(setup.quotas, limit, Duration::from_secs(60 * minutes))
        };
        Self {
            world: Shared::new(Cases::new(setup.records, setup.seed, NAME, STATES), setup),
            tokens: [Tokens::new("sandbox-xiaoe-token-")],
            token_calls: window(100, 10),
            detail_calls: window(300, 1),
            list_calls: window(300, 1),
            order_calls: Window::new(setup.quotas, 20, Duration::from_secs(1)),
            refund_calls: Window::new(setup.quotas, 100, Duration::from_secs(10)),
        }
    }

    fn token(&self, request: &Request) -> Answer {
        if !self.token_calls.admits(request.instant) {
            return over_quota();
        }
        // The vendor's own clients send a body with the GET, others a query.
        let body = request.json().unwrap_or_default();
        let parameter = |name: &str| {
            request
                .query(name)
                .map(String::from)
                .or_else(|| text(&body, name))
        };
        if let Err(refused) = check_client(parameter) {
            return refused;
        }
        let [tokens] = &self.tokens;
        let issued = tokens.issue(request.instant, OVERLAP);
        envelope(0, "success", |envelope| {
            envelope.object("data", |data| {
                data.text("access_token", &issued.token);
                data.plain("expires_in", issued.expires_in);
            });
        })
    }

    fn detail(&self, request: &Request) -> Result<Answer, Answer> {
        let body = self.admit(request, &self.detail_calls)?;
        let id = text(&body, "aftersale_id")
            .ok_or_else(|| business_error("aftersale_id is required"))?;
        if id == DOCUMENTED_CASE {
            return Ok(Answer::json(DOCUMENTED.to_owned()));
        }
        let world = self.world.read();
        let index = case_with_id(&world.cases, &id);
        let index = index.ok_or_else(|| business_error("after-sale not found"))?;
        Ok(success(|data| write_detail(data, &world.cases, index)))
    }

    fn order_detail(&self, request: &Request) -> Result<Answer, Answer> {
        let body = self.admit(request, &self.order_calls)?;
        let id = text(&body, "order_id").ok_or_else(|| business_error("order_id is required"))?;
        let world = self.world.read();
        let order = order_with_id(&world.cases, &id);
        let order = order.ok_or_else(|| business_error("order not found"))?;
        Ok(success(|data| write_order(data, &world.cases, order)))
    }

    fn refund(&self, request: &Request) -> Result<Answer, Answer> {
        let body = self.admit(request, &self.refund_calls)?;
        let needed = |name: &str| {
            let text = text(&body, name).filter(|text| !text.is_empty());
            text.ok_or_else(|| business_error(&format!("{name} is required")))
        };
        let (order_id, sku_id) = (needed("order_id")?, needed("sku_id")?);
        let price = needed("refund_price")?.parse::<u64>().unwrap_or_default();
        if price == 0 {
            return Err(business_error("refund_price is not a positive integer"));
        }
        needed("refund_operator").or_else(|_| needed("user_phone"))?;
        let mut world = self.world.write();
        let order = order_with_id(&world.cases, &order_id);
        let order = order.ok_or_else(|| business_error("order not found"))?;
        let of_order = world.cases.of_order(order);
        let mut named = of_order.iter();
        let index = named.find(|&&index| self::sku_id(&world.cases, index) == sku_id);
        let &index = index.ok_or_else(|| business_error("sku not found in the order"))?;
        let case = Case::new(&world.cases, index);
        let left = case
            .paid()
            .saturating_sub(paid_back(&world.cases, &of_order));
        if price > left {
            let message = format!("refund_price is more than the {left} that are left");
            return Err(business_error(&message));
        }
        *world.set(index, REFUNDED) = case.paid_back + price;
        let id = aftersale_id(&world.cases, index);
        world.note(id, "xe.order.refund");
        world.push(|cases| Some(refund_push(cases, index)));
        let refund_id = refund_id(&world.cases, index);
        Ok(envelope(0, "退款操作成功", |envelope| {
            envelope.object("data", |data| {
                data.plain("is_async", true);
                data.text("refund_id", refund_id);
                data.plain("refund_type", refund_type(price, case.paid()));
            });
        }))
    }

    fn list(&self, request: &Request) -> Result<Answer, Answer> {
        let body = self.admit(request, &self.list_calls)?;
        let page = request.page(count(&body, "page_index")?);
        let page_size = count(&body, "page_size")?.min(MOST_PER_PAGE);
        let world = self.world.read();
        let listed = selection(&world.cases, &body)?;
        if listed.total() == 0 {
            return Ok(envelope(0, SUCCESS, nothing));
        }
        Ok(success(|data| {
            data.objects("list", listed.page(page, page_size), |row, index| {
                write_row(row, &world.cases, index);
            });
            data.plain("row_count", listed.total());
        }))
    }

    /// The body of a call that may go on: JSON, with a good token, within the quota.
    fn admit(&self, request: &Request, quota: &Window) -> Result<Map<String, Value>, Answer> {
        let body = request
            .json()
            .ok_or_else(|| business_error("the body is not a JSON object"))?;
        let token = text(&body, "access_token").filter(|token| !token.is_empty());
        let token = token.ok_or_else(|| refusal(2007, "access_token is missing"))?;
        let [tokens] = &self.tokens;
        let is_good = token == credentials::ACCESS_TOKEN
            || tokens.verdict(&token, request.instant) == Verdict::Live;
        if !is_good {
            return Err(self.expired());
        }
        if !quota.admits(request.instant) {
            return Err(over_quota());
        }
        Ok(body)
    }
}

/// A buyer has opened a case: the only thing about cases that is pushed.
fn opening_push(cases: &Cases, index: u64) -> Push {
    let data = format!(
        "<action>create_aftersale</action><app_id>{}</app_id><order_id>{}</order_id><version>1.0.0</version>\
         <aftersale_id>{}</aftersale_id><state>{}</state>",
        credentials::APP_ID,
        order_id(cases, cases.order_of(index)),
        aftersale_id(cases, index),
        cases.status(index)
    );
    push("after_sale", &data, cases.updated(index))
}

/// Money of an order was paid back: 10 all of it, 11 a part.
fn refund_push(cases: &Cases, index: u64) -> Push {
    let order = cases.order_of(index);
    let is_all = paid_back(cases, &cases.of_order(order)) >= Case::new(cases, index).paid();
    let data = format!(
        "<action>refund_callback</action><action_text>订单退款</action_text><app_id>{}</app_id><order_id>{}</order_id>\
         <order_state>{}</order_state><user_id>{}</user_id><version>v1.1.0</version>",
        credentials::APP_ID,
        order_id(cases, order),
        if is_all { 10 } else { 11 },
        user_id(cases, order)
    );
    push("order_change", &data, cases.updated(index))
}

/// The document as it is after decryption: how it is encrypted is not published.
fn push(kind: &str, data: &str, at: i64) -> Push {
    let app_id = credentials::APP_ID;
    let day = SHANGHAI.to_datetime(instant(at)).strftime("%Y%m%d");
    let body = format!(
        "<doc><type>{kind}</type><app_id>{app_id}</app_id><message_id>{day}_{at}000001</message_id>\
         <retry_times>0</retry_times><xe_data>{data}</xe_data></doc>"
    );
    Push::xml(format!("/{ACCOUNT}"), body)
}

/// The case of the documented example, which is answered word for word.
const DOCUMENTED_CASE: &str = "A1676256272_63e9a41000b74_73803812";
const DOCUMENTED: &str = include_str!("../documented/xiaoe.after-sale-detail.json");

impl Dialect for Platform {
    fn account(&self) -> Account {
        Account {
            name: ACCOUNT,
            settings: &[
                ("app_id", credentials::APP_ID),
                ("client_id", credentials::CLIENT_ID),
                ("secret_key", credentials::SECRET_KEY),
                ("refund_operator", "sandbox"),
            ],
            pushes: &[],
        }
    }

    fn answer(&self, request: &Request) -> Answer {
        let answer = match (&request.method, request.path.as_str()) {
            (&Method::GET, "/token") => Ok(self.token(request)),
            (&Method::POST, "/xe.ecommerce.after_sale.detail/1.0.0") => self.detail(request),
            (&Method::POST, "/xe.ecommerce.after_sale.list/1.0.0") => self.list(request),
            (&Method::POST, "/xe.ecommerce.order.detail/1.0.0") => self.order_detail(request),
            (&Method::POST, "/xe.order.refund/1.0.0") => self.refund(request),
            (
                _,
                "/token"
                | "/xe.order.refund/1.0.0"
                | "/xe.ecommerce.order.detail/1.0.0"
                | "/xe.ecommerce.after_sale.detail/1.0.0"
                | "/xe.ecommerce.after_sale.list/1.0.0",
            ) => Ok(refusal(2055, "wrong HTTP method")),
            _ => Ok(refusal(2052, "no such API")),
        };
        answer.unwrap_or_else(|refused| refused)
    }

    fn is_token_call(&self, request: &Request) -> bool {
        request.path == "/token"
    }

    fn expired(&self) -> Answer {
        refusal(2008, "access_token is expired or unknown")
    }

    fn order(&self, number: u64) -> Option<OrderRef> {
        let world = self.world.read();
        let cases = &world.cases;
        cases.has_order(number).then(|| order_ref(cases, number))
    }

    fn change(&self, case: &str, status: &str) -> Result<(), ChangeError> {
        let mut world = self.world.write();
        let (index, state) = world
            .cases
            .named((case_with_id(&world.cases, case), case), (STATES.0, status))?;
        let was_paid_back = is_paid_back(world.cases.status(index));
        world.set(index, state);
        if is_paid_back(state) && !was_paid_back {
            world.push(|cases| Some(refund_push(cases, index)));
        }
        Ok(())
    }

    fn open(&self) -> Opened {
        let mut world = self.world.write();
        let at = world.tick();
        let index = world.cases.open(FILED, at);
        world.push(|cases| Some(opening_push(cases, index)));
        let cases = &world.cases;
        Opened {
            ids: vec![aftersale_id(cases, index)],
            order: order_ref(cases, cases.order_of(index)),
        }
    }

    fn opened(&self) -> u64 {
        self.world.read().cases.opened()
    }

    fn effects(&self) -> Vec<Effect> {
        self.world.read().effects().to_vec()
    }

    fn over_quota(&self) -> u64 {
        let windows = [
            &self.token_calls,
            &self.detail_calls,
            &self.list_calls,
            &self.order_calls,
            &self.refund_calls,
        ];
        windows.iter().map(|window| window.refused()).sum()
    }

    fn tokens(&self) -> &[Tokens] {
        &self.tokens
    }
}

fn check_client(parameter: impl Fn(&str) -> Option<String>) -> Result<(), Answer> {
    let rows = [
        ("app_id", credentials::APP_ID, 2001, 2002),
        ("secret_key", credentials::SECRET_KEY, 2003, 2004),
        ("grant_type", "client_credential", 2005, 2006),
        ("client_id", credentials::CLIENT_ID, 2020, 2020),
    ];
    for (name, expected, missing, wrong) in rows {
        match parameter(name) {
            None => return Err(refusal(missing, &format!("{name} is missing"))),
            Some(given) if given != expected => {
                return Err(refusal(wrong, &format!("invalid {name}")));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

const SUCCESS: &str = "操作成功";

fn success(data: impl FnOnce(&mut Object<'_>)) -> Answer {
    envelope(0, SUCCESS, |envelope| envelope.object("data", data))
}

fn refusal(code: u32, message: &str) -> Answer {
    envelope(code, message, |envelope| envelope.null("data"))
}

fn over_quota() -> Answer {
    refusal(2053, "call quota reached")
}

/// Ours: the codes of business errors are not published.
fn business_error(message: &str) -> Answer {
    envelope(1, message, nothing)
}

/// PHP prints an empty map as an empty list.
fn nothing(envelope: &mut Object<'_>) {
    envelope.plain("data", "[]");
}

fn envelope(code: u32, message: &str, data: impl FnOnce(&mut Object<'_>)) -> Answer {
    Answer::json(json::to_string(|envelope| {
        envelope.plain("code", code);
        envelope.text("msg", message);
        data(envelope);
    }))
}

const MOST_PER_PAGE: u64 = 50;

fn count(body: &Map<String, Value>, name: &str) -> Result<u64, Answer> {
    let number = text(body, name).and_then(|text| text.parse().ok());
    number
        .filter(|&number| number > 0)
        .ok_or_else(|| business_error(&format!("{name} is not a positive integer")))
}

/// The cases that the filters of the list leave.
fn selection(cases: &Cases, body: &Map<String, Value>) -> Result<Selection, Answer> {
    let listing = listing(body)?;
    let sales_state = text(body, "sales_state").unwrap_or_else(|| "-1".to_owned());
    let states: Option<&[u8]> = match sales_state.as_str() {
        "-1" => None,
        "1" => Some(&[0, 2, 3]),
        "2" => Some(&[13, 14, 15]),
        "3" => Some(&[1, 7]),
        "6" => Some(&[6, 8, 11, 12, 16, 17, 19]),
        _ => return Err(business_error("sales_state is not -1, 1, 2, 3 or 6")),
    };
    let wanted = |state| states.is_none_or(|states| states.contains(&state));
    let by_id = text(body, "aftersale_id").map(|id| Vec::from_iter(case_with_id(cases, &id)));
    let by_order = text(body, "order_id").map(|id| {
        let order = order_with_id(cases, &id);
        order.map_or_else(Vec::new, |order| cases.of_order(order))
    });
    let named = match (by_id, by_order) {
        (None, None) => return Ok(cases.list(&listing, wanted)),
        (Some(named), None) | (None, Some(named)) => named,
        (Some(mut named), Some(of_order)) => {
            named.retain(|index| of_order.contains(index));
            named
        }
    };
    Ok(cases.among(&listing, named, |index| wanted(cases.status(index))))
}

/// `created_at` holds the window whatever column `date_type` names, by which the list is sorted as well.
fn listing(body: &Map<String, Value>) -> Result<Listing, Answer> {
    let window = text(body, "created_at").unwrap_or_default();
    let span = window
        .split_once("||")
        .and_then(|(start, end)| {
            Some(Span {
                oldest: Some(bound(start, DayEdge::Start)?),
                newest: Some(bound(end, DayEdge::End)?),
            })
        })
        .ok_or_else(|| business_error("created_at is not START||END"))?;
    let column = text(body, "date_type").unwrap_or_else(|| "created_at".to_owned());
    match column.as_str() {
        "created_at" | "apply_time" => Ok(Listing::within(Time::Created, span)),
        "updated_at" | "refund_time" => Ok(Listing::within(Time::Updated, span)),
        _ => Err(business_error("date_type is unknown")),
    }
}

#[derive(Debug, Clone, Copy)]
enum DayEdge {
    Start,
    End,
}

/// One end of a window, in Shanghai: a date with a time, or a date that stands for a whole day.
fn bound(text: &str, edge: DayEdge) -> Option<i64> {
    let text = text.trim();
    let time = match (text.parse::<Date>(), edge) {
        _ if text.contains(':') => text.parse::<DateTime>().ok()?,
        (Ok(day), DayEdge::Start) => day.at(0, 0, 0, 0),
        (Ok(day), DayEdge::End) => day.at(23, 59, 59, 0),
        (Err(_), _) => return None,
    };
    Some(SHANGHAI.to_timestamp(time).ok()?.as_second())
}

/// Seconds from an order to its first case.
const ORDERED_BEFORE: i64 = 56;

fn aftersale_id(cases: &Cases, index: u64) -> String {
    let hash = cases.hash(index, "aftersale_id");
    let (hex, digits) = (hash >> 12, hash % 100_000_000);
    format!("A{}_{hex:013x}_{digits:08}", cases.created(index))
}

fn order_id(cases: &Cases, order: u64) -> String {
    let hash = cases.hash(order, "order_id");
    let (hex, digits) = (hash >> 12, hash % 100_000_000);
    format!("o_{}_{hex:013x}_{digits:08}", filed(order) - ORDERED_BEFORE)
}

fn sku_id(cases: &Cases, index: u64) -> String {
    let digits = cases.hash(index, "sku_id") % 10_000_000_000_000;
    format!("SKU_SPC_{digits:013}")
}

/// Of the payment back that a call has just made.
fn refund_id(cases: &Cases, index: u64) -> String {
    let hash = cases.hash(index, "refund_id");
    format!("r_{}_{:013x}", cases.updated(index), hash >> 12)
}

/// An id begins with the second in which the case was created.
fn case_with_id(cases: &Cases, id: &str) -> Option<u64> {
    let case = cases.created_at(second_in(id, "A")?)?;
    (aftersale_id(cases, case) == id).then_some(case)
}

/// The same with orders.
fn order_with_id(cases: &Cases, id: &str) -> Option<u64> {
    let order = filed_at(second_in(id, "o_")?.checked_add(ORDERED_BEFORE)?)?;
    (cases.has_order(order) && order_id(cases, order) == id).then_some(order)
}

fn second_in(id: &str, prefix: &str) -> Option<i64> {
    let (seconds, _) = id.strip_prefix(prefix)?.split_once('_')?;
    seconds.parse().ok()
}

fn order_ref(cases: &Cases, order: u64) -> OrderRef {
    OrderRef {
        id: order_id(cases, order),
        merchant_ref: None,
        buyer: Some(user_id(cases, order)),
        cases: cases.of_order(order).len() as u64,
    }
}

fn user_id(cases: &Cases, order: u64) -> String {
    let hash = cases.hash(order, "user_id");
    format!("u_{:013x}_{:010}", hash >> 12, hash % 10_000_000_000)
}

/// Not yet accepted.
const FILED: u8 = 0;
const REFUNDED: u8 = 13;

/// The documented states; the example's comes first.
const STATES: Cycle<u8> = Cycle(&[
    4, 0, 13, 2, 6, 1, 8, 14, 11, 3, 16, 5, 12, 17, 7, 15, 18, 19,
]);

fn state_name(state: u8) -> &'static str {
    match state {
        0 => "待受理",
        1 => "用户取消",
        2 => "商家处理中",
        3 => "商家逾期未处理",
        4 => "商家拒绝退款",
        5 => "商家拒绝退货退款",
        6 => "待买家退货",
        7 => "退货退款关闭",
        8 => "待商家收货",
        11 => "商家退款中",
        12 => "商家逾期未退款",
        13 | 14 => "售后成功",
        15 => "换货完成",
        16 => "待商家发货",
        17 => "待买家确认收货",
        18 => "商家拒绝换货",
        _ => "商家已收货",
    }
}

/// Dates that mean "none".
const ZERO_DATES: [&str; 3] = [
    "-0001-11-30 00:00:00",
    "0000-00-00 00:00:00",
    "1970-01-01 08:00:00",
];

const GOODS: [(&str, &str, u8); 4] = [
    ("专栏1", "专栏", 6),
    ("HX付费图文关联作业", "图文", 1),
    ("Rust \"from zero\"", "图文", 1),
    ("直播课 🎬", "图文", 1),
];

/// What list and detail tell of a case in the same words.
#[derive(Debug)]
struct Case {
    index: u64,
    order: u64,
    state: u8,
    first_state: u8,
    created: i64,
    /// When it came into its state.
    since: i64,
    goods: (&'static str, &'static str, u8),
    /// Fen.
    price: u64,
    pieces: u64,
    asked: u64,
    paid_back: u64,
    lines: u64,
    /// Integers as strings, as some rows of such platforms are.
    stringly: bool,
    /// What stands for a deadline when there is none.
    zero_date: &'static str,
}

impl Case {
    fn new(cases: &Cases, index: u64) -> Self {
        // The cases of one order are about the same purchase.
        let order = cases.order_of(index);
        let mut dice = cases.dice(order);
        let state = cases.status(index);
        let created = cases.created(index);
        let price = dice.number(10, 1..100_000);
        let pieces = dice.number(1, 1..4);
        let asked = dice.number(10, 0..price * pieces + 1);
        let paid_back = match cases.details(index) {
            Some(&by_calls) if by_calls > 0 => by_calls,
            _ if is_paid_back(state) => asked,
            _ => 0,
        };
        Self {
            index,
            order,
            state,
            first_state: cases.first_status(index),
            created,
            since: cases.steps(index).last().map_or(created, |&(_, at)| at),
            goods: dice.pick(GOODS),
            price,
            pieces,
            asked,
            paid_back,
            lines: dice.number(3, 1..4),
            stringly: dice.one_in(4),
            zero_date: dice.pick(ZERO_DATES),
        }
    }

    fn is_open(&self) -> bool {
        !matches!(self.state, 1 | 4 | 5 | 7 | 13 | 14 | 15 | 18)
    }

    /// What the buyer paid, in fen.
    fn paid(&self) -> u64 {
        self.price * self.pieces
    }

    fn write_common(&self, out: &mut Object<'_>, cases: &Cases) {
        let (name, _, _) = self.goods;
        let created = self.created;
        self.integer(out, "actual_fee", self.paid());
        out.text("aftersale_id", aftersale_id(cases, self.index));
        self.integer(out, "apply_refund_money", self.asked);
        out.text("created_at", ShanghaiTime(created));
        out.text("goods_name", name);
        out.text("img_url", "https://cdn.example.com/image/sandbox.png");
        out.text("invalid_time", ShanghaiTime(created + 7 * 86_400));
        out.text("order_id", order_id(cases, self.order));
        self.integer(out, "original_price", self.price);
        out.text(
            "reason",
            if self.index % 3 == 1 {
                "不想要了"
            } else {
                ""
            },
        );
        self.integer(out, "refund_money", self.paid_back);
        out.text("ship_state_str", "无需发货");
        out.text("sku_info", "--");
        self.integer(out, "state", self.state);
        if self.is_open() {
            out.text("state_invalid_time", ShanghaiTime(self.since + 2 * 86_400));
        } else {
            out.text("state_invalid_time", self.zero_date);
        }
        out.text("state_reason", state_name(self.state));
        self.integer(out, "use_collection", 2_u8);
    }

    /// The first line is the bundle, the others are its contents, so prices do not add up.
    fn write_line(&self, out: &mut Object<'_>, line: u64) {
        let (name, tag, resource_type) = self.goods;
        self.integer(out, "buy_num", self.pieces);
        out.text("goods_name", name);
        self.integer(out, "goods_price", if line == 0 { self.price } else { 2 });
        out.text("goods_tag", tag);
        out.text("img_url", "https://cdn.example.com/image/sandbox.png");
        self.integer(out, "resource_type", resource_type);
        out.text_or_null("sku_info", (self.index.is_multiple_of(2)).then_some("--"));
    }

    fn integer(&self, out: &mut Object<'_>, key: &str, value: impl Into<u64>) {
        let value = value.into();
        if self.stringly {
            out.text(key, value);
        } else {
            out.plain(key, value);
        }
    }

    /// 1 refund, 2 return and refund, 3 exchange: what the state allows, else in turn.
    fn kind(&self) -> u8 {
        match self.first_state {
            4 | 13 => 1,
            5..=8 | 14 => 2,
            15..=19 => 3,
            _ => u8::try_from(self.index % 3).unwrap_or_default() + 1,
        }
    }
}

fn write_row(row: &mut Object<'_>, cases: &Cases, index: u64) {
    let case = Case::new(cases, index);
    let (_, tag, _) = case.goods;
    case.write_common(row, cases);
    row.objects("goods_list", 0..case.lines, |out, line| {
        case.write_line(out, line);
        out.plain("single_type", u8::from(line > 0));
    });
    row.text("nick_name", buyer_name(case.order));
    row.text("resource_type_str", tag);
    // The documented example lacks the kind, its table has it.
    if !index.is_multiple_of(4) {
        case.integer(row, "sale_type", case.kind());
    }
    row.text(
        "sale_type_name",
        match case.kind() {
            1 => "退款",
            2 => "退货退款",
            _ => "换货",
        },
    );
    row.text("state_str", state_name(case.state));
    row.text("updated_at", ShanghaiTime(cases.updated(index)));
    row.text("wx_avatar", "http://cdn.example.com/avatar.png");
}

/// What the calls of after-sales do not tell: how far the money is.
fn write_order(data: &mut Object<'_>, cases: &Cases, order: u64) {
    let of_order = cases.of_order(order);
    let is_paid = |index: &&u64| matches!(cases.status(**index), 11..=14);
    let refunds = || of_order.iter().filter(is_paid);
    data.object("buyer_info", |_| {});
    data.object("internal_extra_info", |extra| {
        extra.object("after_sale_info", |info| {
            info.plain("has_result", !of_order.is_empty());
            info.objects("after_sale_records", &of_order, |record, &index| {
                record.text("after_sale_id", aftersale_id(cases, index));
                record.text("goods_name", Case::new(cases, index).goods.0);
            });
        });
        extra.object("refund_info", |info| {
            info.objects("refund_records", refunds(), |record, &index| {
                write_refund(record, cases, index);
            });
        });
    });
    data.object("order_info", |info| {
        let by_calls = |index: &&u64| cases.details(**index).is_some_and(|&paid| paid > 0);
        let called = of_order.iter().find(by_calls);
        let state = match called.map(|&index| Case::new(cases, index).paid()) {
            Some(paid) if paid_back(cases, &of_order) >= paid => 3,
            _ if refunds().next().is_some() => 2,
            _ => 0,
        };
        info.plain("after_sale_show_state", state);
    });
}

/// What was paid back for some cases, in fen.
fn paid_back(cases: &Cases, some: &[u64]) -> u64 {
    let paid_back = some.iter().map(|&index| Case::new(cases, index).paid_back);
    paid_back.sum()
}

fn is_paid_back(state: u8) -> bool {
    matches!(state, 13 | 14)
}

/// 1 all that was paid, 2 a part.
fn refund_type(paid_back: u64, paid: u64) -> u8 {
    if paid_back == paid { 1 } else { 2 }
}

fn write_refund(record: &mut Object<'_>, cases: &Cases, index: u64) {
    let case = Case::new(cases, index);
    // 0 not begun, 1 under way, 2 paid back, 3 failed.
    let (state, at): (u8, _) = match case.state {
        13 | 14 => (2, Some(ShanghaiTime(cases.since(index, is_paid_back)))),
        12 => (0, None),
        _ if (index / 18).is_multiple_of(2) && cases.steps(index).is_empty() => (3, None),
        _ => (1, None),
    };
    let (amount, kind) = match cases.details(index) {
        Some(&by_calls) if by_calls > 0 => (by_calls, refund_type(by_calls, case.paid())),
        _ => (case.asked, 2),
    };
    record.text("after_sale_id", aftersale_id(cases, index));
    case.integer(record, "refund_amount", amount);
    case.integer(record, "refund_state", state);
    match at {
        Some(at) => record.text("refund_time", at),
        None => record.text("refund_time", case.zero_date),
    }
    case.integer(record, "refund_type", kind);
    record.text("operator", "admin");
    record.text("remark", "");
    case.integer(record, "is_delete_purchase", 0_u8);
}

fn write_detail(data: &mut Object<'_>, cases: &Cases, index: u64) {
    let case = Case::new(cases, index);
    let (_, _, resource_type) = case.goods;
    let order = case.order;
    case.write_common(data, cases);
    case.integer(data, "after_sale_count", 1_u8);
    data.text("apply_channel", "xiaoe");
    // Declared a string, sent as a list.
    data.texts(
        "certificate",
        (0..index % 3).map(|n| format!("https://cdn.example.com/proof/{index}-{n}.png")),
    );
    case.integer(data, "distribution_amount", 0_u8);
    case.integer(data, "freight", 0_u8);
    data.objects("goods_list", 0..case.lines, |out, line| {
        case.write_line(out, line);
        out.text("single_type", u8::from(line > 0));
    });
    data.text("merchant_remark", if index % 5 == 4 { "" } else { "测试" });
    case.integer(data, "payment_amount", 0_u8);
    data.text("phone", format_args!("185****{:04}", order % 10_000));
    case.integer(data, "prompt_state", 0_u8);
    data.text("remark", if index % 4 == 3 { "" } else { "测试" });
    case.integer(data, "resource_type", resource_type);
    case.integer(data, "sale_type", case.kind());
    case.integer(data, "ship_state", 0_u8);
    data.text("sku_id", sku_id(cases, index));
    // Declared a label; the example repeats the number.
    data.plain("state_str", case.state);
    data.null("study_time");
    case.integer(
        data,
        "submit_type",
        if index.is_multiple_of(3) { 1_u8 } else { 2 },
    );
    if case.state != 6 && cases.has_been(index, |state| matches!(state, 8 | 14 | 19)) {
        // Not on the page; a published client reads them.
        data.text("return_logistics_company", "顺丰快递");
        data.text("return_logistics_no", format_args!("SF{index:011}"));
    }
    if index > 0 || !cases.steps(index).is_empty() {
        data.text("updated_at", ShanghaiTime(cases.updated(index)));
    }
    data.text("user_id", user_id(cases, order));
    data.text("user_name", buyer_name(order));
}
