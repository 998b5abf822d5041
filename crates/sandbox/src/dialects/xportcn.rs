//! Xportcn: the refunds of the account's own purchases. Those on Taobao are listed, looked up one by one, withdrawn and
//! talked about; those on 1688 are looked up only.
//!
//! Documented: the calls, the five headers and what they hold, the filters, the fields, the statuses on
//! 1688, that withdrawing is a GET which answers `cancelSuccess`.
//! **Not published**: the signature. The sandbox accepts eight candidates (see [`signature`]).
//! Assumed: refusals and their codes, at most 500 per page, the window's column is the time of the
//! application (three hours after the order line's), both ends included, `data: null` where a look-up
//! finds nothing, 1688's own names and times; that a refund on Taobao can be withdrawn once, whatever its stage, that
//! `cancelSuccess` is false for one that was withdrawn before, that a message changes nothing that can be read and
//! answers `data: null`; that messages about refunds on Taobao look like those on 1688. Of the status codes on Taobao only `100` is known: cases
//! that are further on or withdrawn carry stand-ins, which no platform sends.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::fmt;
use std::sync::{Mutex, PoisonError};

use axum::http::Method;
use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use md5::{Digest, Md5};
use serde_json::{Map, Value};
use sha2::Sha256;

use super::{Account, Dialect, Setup, buyer_name};
use crate::cases::{Cycle, SHANGHAI, Selection, instant};
use crate::exchange::{Answer, Request, text};
use crate::json::{self, Object};
use crate::ledger::{Ledger, Listing, Shared, Span, Time};
use crate::push::Push;
use crate::{ChangeError, Effect, Opened, OrderRef};

pub(super) const NAME: &str = "xportcn";

/// Of the ready configuration, and the path that pushes go to.
const ACCOUNT: &str = "sourcing";

/// Xportcn: a key pair and a sub-account.
pub mod credentials {
    /// For the header `access-key`.
    pub const ACCESS_KEY: &str = "5a4db0c55a4db0c55a4db0c55a4db0c5";
    /// What requests are signed with.
    pub const SECRET_KEY: &str = "sandbox-xportcn-secret";
    /// For the header `user-id`.
    pub const USER_ID: &str = "1000000000001";
    /// Ends the address that messages are pushed to.
    pub const PUSH_SECRET: &str = "sandbox-xportcn-push-secret-0000";
}

#[derive(Debug)]
pub(super) struct Platform {
    world: Shared<Markets>,
    nonces: Nonces,
}

/// The two have nothing in common but the number of their cases.
#[derive(Debug)]
struct Markets {
    taobao: Cases,
    alibaba: alibaba::Refunds,
}

type Cases = Ledger<Stage>;

impl Platform {
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            world: Shared::new(
                Markets {
                    taobao: Cases::new(setup.records, setup.seed, NAME, STATUSES),
                    alibaba: alibaba::refunds(setup.records, setup.seed),
                },
                setup,
            ),
            nonces: Nonces::default(),
        }
    }

    fn query_list(&self, request: &Request) -> Result<Answer, Answer> {
        let body = request
            .json()
            .ok_or_else(|| refusal(400, "the body is not a JSON object"))?;
        self.authorize(request, &body)?;
        let page = number(&body, "pageNo")?.filter(|&page| page > 0);
        let page = page.ok_or_else(|| refusal(400, "pageNo is not a positive integer"))?;
        let size = number(&body, "pageSize")?.filter(|size| (1..=MOST_PER_PAGE).contains(size));
        let size = size.ok_or_else(|| refusal(400, "pageSize is not an integer from 1 to 500"))?;
        let world = self.world.read();
        let cases = &world.cases.taobao;
        let listed = selection(cases, &body)?;
        Ok(envelope(200, "成功", |envelope| {
            envelope.object("data", |data| {
                data.plain("total", listed.total());
                data.plain("pageNo", page);
                data.null("distributorId");
                data.plain("pageSize", size);
                data.text("currency", "CNY");
                data.objects(
                    "refundOrderAggregates",
                    listed.page(request.page(page), size),
                    |row, index| {
                        write_case(row, cases, index);
                    },
                );
            });
        }))
    }

    fn query(&self, request: &Request) -> Result<Answer, Answer> {
        let parameters = query_parameters(request);
        self.authorize(request, &parameters)?;
        let id = refund_id_in(&parameters)?;
        let world = self.world.read();
        let cases = &world.cases.taobao;
        Ok(found(case_by_refund_id(cases, &id), |data, index| {
            write_aggregate(data, cases, index);
        }))
    }

    fn cancel(&self, request: &Request, id: &str) -> Result<Answer, Answer> {
        self.authorize(request, &query_parameters(request))?;
        let mut world = self.world.write();
        let index = case_by_refund_id(&world.cases.taobao, id).ok_or_else(no_refund)?;
        let is_new = world.cases.taobao.status(index) != Stage::Cancelled;
        if is_new {
            let at = world.tick();
            world.cases.taobao.set(index, Stage::Cancelled, at);
            world.note(id, "cancel");
            world.push(|cases| Some(taobao_push(&cases.taobao, index)));
        }
        Ok(found(Some(index), |data, index| {
            data.plain("cancelSuccess", is_new);
            write_aggregate(data, &world.cases.taobao, index);
        }))
    }

    fn submit_message(&self, request: &Request) -> Result<Answer, Answer> {
        let body = request
            .json()
            .ok_or_else(|| refusal(400, "the body is not a JSON object"))?;
        self.authorize(request, &body)?;
        let id = refund_id_in(&body)?;
        let message = text(&body, "refundMessage").filter(|message| !message.trim().is_empty());
        message.ok_or_else(|| refusal(400, "refundMessage is missing"))?;
        let mut world = self.world.write();
        case_by_refund_id(&world.cases.taobao, &id).ok_or_else(no_refund)?;
        world.note(id, "message");
        Ok(found(None, |_, _| {}))
    }

    fn alibaba_info(&self, request: &Request) -> Result<Answer, Answer> {
        let body = request
            .json()
            .ok_or_else(|| refusal(400, "the body is not a JSON object"))?;
        self.authorize(request, &body)?;
        let world = self.world.read();
        let refunds = &world.cases.alibaba;
        let refund = alibaba::with_id(refunds, &refund_id_in(&body)?);
        Ok(found(refund, |data, index| {
            alibaba::write(data, refunds, index);
        }))
    }

    /// `parameters` are those of the query or of the body.
    fn authorize(&self, request: &Request, parameters: &Map<String, Value>) -> Result<(), Answer> {
        let header = |name: &'static str| {
            let value = request.header(name).filter(|value| !value.is_empty());
            value.ok_or_else(|| refusal(401, &format!("the header {name} is missing")))
        };
        let (access_key, timestamp, nonce) = (
            header("access-key")?,
            header("timestamp")?,
            header("nonce-str")?,
        );
        let (user_id, given) = (header("user-id")?, header("signature")?);
        if access_key != credentials::ACCESS_KEY {
            return Err(refusal(401, "access-key is unknown"));
        }
        if user_id != credentials::USER_ID {
            return Err(refusal(403, "user-id is unknown"));
        }
        let sent: i64 = timestamp
            .parse()
            .ok()
            .filter(|_| timestamp.len() == 13)
            .ok_or_else(|| refusal(401, "timestamp is not Unix milliseconds"))?;
        let now = request.received.as_millisecond();
        if sent.abs_diff(now) > CLOCK_SKEW {
            return Err(self.expired());
        }
        let signed = signature::Signed {
            access_key,
            timestamp,
            nonce,
            parameters,
        };
        let accepted = signature::candidates(&signed, credentials::SECRET_KEY);
        if !accepted.iter().any(|candidate| candidate == given) {
            return Err(refusal(401, "signature does not match"));
        }
        match self.nonces.is_fresh(nonce, sent, now) {
            true => Ok(()),
            false => Err(refusal(401, "nonce-str was used before or is too long")),
        }
    }
}

impl Dialect for Platform {
    fn account(&self) -> Account {
        Account {
            name: ACCOUNT,
            settings: &[
                ("access_key", credentials::ACCESS_KEY),
                ("secret_key", credentials::SECRET_KEY),
                ("user_id", credentials::USER_ID),
                ("signature", "hmac-sha256"),
                ("refund_time", "created"),
            ],
            pushes: &[("secret", credentials::PUSH_SECRET)],
        }
    }

    fn answer(&self, request: &Request) -> Answer {
        let answer = match (&request.method, request.path.as_str()) {
            (&Method::POST, "/open/order/refund/queryList") => self.query_list(request),
            (&Method::GET, "/open/order/refund/query") => self.query(request),
            (&Method::POST, "/open/order/refund/submit/message") => self.submit_message(request),
            (&Method::POST, "/alibaba/refund/info") => self.alibaba_info(request),
            (_, "/open/order/refund/query") => Err(refusal(405, "this call takes GET")),
            (
                _,
                "/open/order/refund/queryList"
                | "/open/order/refund/submit/message"
                | "/alibaba/refund/info",
            ) => Err(refusal(405, "this call takes POST")),
            (method, path) => match path.strip_prefix("/open/order/refund/cancel/") {
                Some(id) if method == Method::GET => self.cancel(request, id),
                Some(_) => Err(refusal(405, "this call takes GET")),
                None => Err(refusal(404, "no such call")),
            },
        };
        answer.unwrap_or_else(|refused| refused)
    }

    fn expired(&self) -> Answer {
        refusal(401, "timestamp is more than 600 seconds from the server's")
    }

    fn order(&self, number: u64) -> Option<OrderRef> {
        let world = self.world.read();
        let cases = &world.cases.taobao;
        cases.has_order(number).then(|| order_ref(cases, number))
    }

    fn change(&self, case: &str, status: &str) -> Result<(), ChangeError> {
        let mut world = self.world.write();
        let Markets { taobao, alibaba } = &world.cases;
        if let Some(refund) = alibaba::with_id(alibaba, case) {
            let known = (alibaba::STATUSES.0, status);
            let (refund, status) = alibaba.named((Some(refund), case), known)?;
            let at = world.tick();
            world.cases.alibaba.set(refund, status, at);
            world.push(|cases| Some(alibaba::push(&cases.alibaba, refund)));
        } else {
            let index = case_by_refund_id(taobao, case);
            let (index, stage) = taobao.named((index, case), (&Stage::ALL, status))?;
            let at = world.tick();
            world.cases.taobao.set(index, stage, at);
            world.push(|cases| Some(taobao_push(&cases.taobao, index)));
        }
        Ok(())
    }

    fn open(&self) -> Opened {
        let mut world = self.world.write();
        let at = world.tick();
        let index = world.cases.taobao.open(Stage::Applied, at);
        let on_1688 = world.cases.alibaba.open("waitselleragree", at);
        world.push(|cases| Some(taobao_push(&cases.taobao, index)));
        world.push(|cases| Some(alibaba::push(&cases.alibaba, on_1688)));
        let cases = &world.cases.taobao;
        Opened {
            ids: vec![refund_id(index), alibaba::refund_id(on_1688)],
            order: order_ref(cases, cases.order_of(index)),
        }
    }

    fn opened(&self) -> u64 {
        self.world.read().cases.taobao.opened()
    }

    fn effects(&self) -> Vec<Effect> {
        self.world.read().effects().to_vec()
    }
}

fn taobao_push(cases: &Cases, index: u64) -> Push {
    let order = purchase_id(cases.order_of(index));
    push(0, &refund_id(index), order, cases.updated(index))
}

/// Something has happened to a refund. The two members of the message are those that are known of 1688's.
fn push(market: u8, refund_id: &str, order_id: u64, at: i64) -> Push {
    let body = json::to_string(|message| {
        message.text("messageType", "ORDER_BUYER_VIEW_ORDER_BUYER_REFUND");
        let body = json::to_string(|body| {
            body.text("refundId", refund_id);
            body.text("orderId", order_id);
        });
        message.text("messageBody", body);
        message.plain("messagePlatform", market);
        message.text("timestamp", at * 1_000);
    });
    Push::json(format!("/{ACCOUNT}/{}", credentials::PUSH_SECRET), body)
}

/// Ours: the documented envelope with HTTP's numbers as codes, since the error table is not
/// published.
fn refusal(code: u32, message: &str) -> Answer {
    envelope(code, message, |envelope| envelope.null("data"))
}

fn no_refund() -> Answer {
    refusal(404, "no such refund")
}

/// The answer to a look-up. Ours: the form in which nothing is found.
fn found(case: Option<u64>, write: impl FnOnce(&mut Object<'_>, u64)) -> Answer {
    envelope(200, "成功", |envelope| match case {
        Some(index) => envelope.object("data", |data| write(data, index)),
        None => envelope.null("data"),
    })
}

fn write_aggregate(data: &mut Object<'_>, cases: &Cases, index: u64) {
    data.null("distributorId");
    data.text("currency", "CNY");
    data.object("refundOrderAggregate", |row| write_case(row, cases, index));
}

fn query_parameters(request: &Request) -> Map<String, Value> {
    let parameters = form_urlencoded::parse(request.query.as_bytes());
    parameters
        .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
        .collect()
}

fn refund_id_in(parameters: &Map<String, Value>) -> Result<String, Answer> {
    text(parameters, "refundId")
        .filter(|id| !id.is_empty())
        .ok_or_else(|| refusal(400, "refundId is missing"))
}

fn envelope(code: u32, message: &str, data: impl FnOnce(&mut Object<'_>)) -> Answer {
    Answer::json(json::to_string(|envelope| {
        envelope.null("requestId");
        envelope.plain("code", code);
        // Documented as null, as a string and as an integer beyond 2^53; the latter is the test.
        envelope.plain("developId", 1_223_655_000_541_000_001_u64);
        envelope.text("msg", message);
        data(envelope);
    }))
}

const MOST_PER_PAGE: u64 = 500;

fn number(body: &Map<String, Value>, name: &str) -> Result<Option<u64>, Answer> {
    let Some(text) = text(body, name) else {
        return Ok(None);
    };
    let number = text
        .parse()
        .map_err(|_| refusal(400, &format!("{name} is not an integer")))?;
    Ok(Some(number))
}

/// The cases that the filters of the list leave.
fn selection(cases: &Cases, body: &Map<String, Value>) -> Result<Selection, Answer> {
    let milliseconds = |name| number(body, name);
    // A case filed at second s is within [from, to] exactly if s is within these whole seconds.
    let span = Span {
        oldest: milliseconds("refundStartTime")?.map(|from| from.div_ceil(1_000).cast_signed()),
        newest: milliseconds("refundEndTime")?.map(|to| (to / 1_000).cast_signed()),
    };
    let listing = Listing::within(Time::Created, span);
    let status = text(body, "refundStatus");
    let wanted = |stage: Stage| status.as_ref().is_none_or(|wanted| wanted == stage.code());
    let of_order = |order: Option<u64>| order.map_or_else(Vec::new, |order| cases.of_order(order));
    let named = [
        text(body, "purchaseOrderId").map(|id| of_order(order_by_purchase_id(&id))),
        text(body, "salesOrderId").map(|id| of_order(order_by_sales_id(&id))),
        text(body, "refundId").map(|id| Vec::from_iter(case_by_refund_id(cases, &id))),
    ];
    let common = named.into_iter().flatten().reduce(|mut common, named| {
        common.retain(|index| named.contains(index));
        common
    });
    Ok(match common {
        None => cases.list(&listing, wanted),
        Some(common) => cases.among(&listing, common, |index| wanted(cases.status(index))),
    })
}

/// Milliseconds that a request's timestamp may differ from the server's.
const CLOCK_SKEW: u64 = 600_000;

/// The nonces of the last calls. One is remembered for as long as its timestamp could pass.
#[derive(Debug, Default)]
struct Nonces(Mutex<SeenNonces>);

#[derive(Debug, Default)]
struct SeenNonces {
    known: HashSet<String>,
    /// In the order of arrival, with the Unix milliseconds after which to forget.
    queue: VecDeque<(i64, String)>,
}

impl Nonces {
    const LONGEST: usize = 64;
    /// Bounds the memory; the oldest are forgotten first.
    const MOST: usize = 100_000;

    /// Whether the nonce is used for the first time; it is remembered from now on.
    fn is_fresh(&self, nonce: &str, sent: i64, now: i64) -> bool {
        if nonce.len() > Self::LONGEST {
            return false;
        }
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let SeenNonces { known, queue } = &mut *seen;
        while queue.len() >= Self::MOST || queue.front().is_some_and(|&(until, _)| until < now) {
            if let Some((_, forgotten)) = queue.pop_front() {
                known.remove(&forgotten);
            }
        }
        let is_fresh = known.insert(nonce.to_owned());
        if is_fresh {
            queue.push_back((sent + CLOCK_SKEW.cast_signed(), nonce.to_owned()));
        }
        is_fresh
    }
}

/// The candidates for the unpublished signature. Documented is only that the access key, the
/// timestamp and the nonce take part and user id and signature do not; the sample value has the
/// length of MD5.
mod signature {
    use super::{BTreeMap, Digest, Hmac, KeyInit, Mac, Map, Md5, Sha256, Value};

    /// What is signed.
    #[derive(Debug)]
    pub(super) struct Signed<'a> {
        pub(super) access_key: &'a str,
        pub(super) timestamp: &'a str,
        pub(super) nonce: &'a str,
        /// Of the query or of the body.
        pub(super) parameters: &'a Map<String, Value>,
    }

    /// HMAC-SHA256 and HMAC-MD5 over the canonical string; then MD5 over it, without and with the
    /// call's parameters, and the secret behind it as `secret=`, as `key=` or bare.
    pub(super) fn candidates(signed: &Signed<'_>, secret: &str) -> Vec<String> {
        let headers = canonical(&header_pairs(signed));
        let with_parameters = canonical(&all_pairs(signed));
        let hmacs = [
            hmac::<Hmac<Sha256>>(secret, &headers).map(|hex| hex.to_lowercase()),
            hmac::<Hmac<Md5>>(secret, &headers),
        ];
        let digests = [headers, with_parameters].into_iter().flat_map(|text| {
            ["&secret=", "&key=", ""].map(|joint| md5(&format!("{text}{joint}{secret}")))
        });
        hmacs.into_iter().flatten().chain(digests).collect()
    }

    fn header_pairs(signed: &Signed<'_>) -> BTreeMap<String, String> {
        let pairs = [
            ("access-key", signed.access_key),
            ("nonce-str", signed.nonce),
            ("timestamp", signed.timestamp),
        ];
        pairs
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into()
    }

    fn all_pairs(signed: &Signed<'_>) -> BTreeMap<String, String> {
        let mut pairs = header_pairs(signed);
        for (key, value) in signed.parameters {
            match value {
                Value::Null => {}
                Value::String(text) => drop(pairs.insert(key.clone(), text.clone())),
                other => drop(pairs.insert(key.clone(), other.to_string())),
            }
        }
        pairs
    }

    /// `k=v&k=v`, keys ascending.
    fn canonical(pairs: &BTreeMap<String, String>) -> String {
        let pairs: Vec<String> = pairs
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        pairs.join("&")
    }

    fn md5(text: &str) -> String {
        upper_hex(&Md5::digest(text))
    }

    /// An HMAC takes keys of any length, so there is always one.
    fn hmac<M: Mac + KeyInit>(secret: &str, text: &str) -> Option<String> {
        let mut mac = <M as KeyInit>::new_from_slice(secret.as_bytes()).ok()?;
        mac.update(text.as_bytes());
        Some(upper_hex(&mac.finalize().into_bytes()))
    }

    fn upper_hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02X}")).collect()
    }
}

/// Twelve digits, as in the documented example.
fn refund_id(index: u64) -> String {
    (110_002_687_818 + index).to_string()
}

fn case_by_refund_id(cases: &Cases, id: &str) -> Option<u64> {
    let index = id.parse::<u64>().ok()?.checked_sub(110_002_687_818)?;
    cases.find(index).filter(|&index| refund_id(index) == id)
}

/// The order; its lines follow it.
fn purchase_id(order: u64) -> u64 {
    200_028_508_720 + 10 * order
}

fn order_by_purchase_id(id: &str) -> Option<u64> {
    let order = id.parse::<u64>().ok()?.checked_sub(200_028_508_720)? / 10;
    (purchase_id(order).to_string() == id).then_some(order)
}

fn order_ref(cases: &Cases, order: u64) -> OrderRef {
    OrderRef {
        id: purchase_id(order).to_string(),
        merchant_ref: Some(sales_id(order)),
        buyer: None,
        cases: cases.of_order(order).len() as u64,
    }
}

fn sales_id(order: u64) -> String {
    format!("500918-{}", 1_034_477_311_887_409_465 + order)
}

fn order_by_sales_id(id: &str) -> Option<u64> {
    let digits = id.strip_prefix("500918-")?;
    let order = digits
        .parse::<u64>()
        .ok()?
        .checked_sub(1_034_477_311_887_409_465)?;
    (sales_id(order) == id).then_some(order)
}

/// How far a case is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Applied,
    Refused,
    Returned,
    Cancelled,
}

impl Stage {
    const ALL: [Self; 4] = [
        Self::Applied,
        Self::Refused,
        Self::Returned,
        Self::Cancelled,
    ];

    /// The only known code, which the example shows beside the timer for the seller's consent, and a
    /// stand-in for each of the other stages.
    fn code(self) -> &'static str {
        match self {
            Self::Applied => "100",
            Self::Refused => "9001",
            Self::Returned => "9002",
            Self::Cancelled => "9003",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The stages that cases have at the start.
const STATUSES: Cycle<Stage> = Cycle(&[
    Stage::Applied,
    Stage::Applied,
    Stage::Refused,
    Stage::Applied,
    Stage::Returned,
]);

const TITLES: [&str; 4] = [
    "零食瓜子仁蟹黄味整箱小包装坚果炒货小零食小吃批发散装休闲食品",
    "Stainless \"thermo\" bottle, 500 ml",
    "复古台灯 💡",
    "Étui pour téléphone",
];

const REASONS: [(u32, &str); 3] = [
    (150_013, "我不想要了"),
    (150_014, "商品与描述不符"),
    (150_015, "Arrived broken"),
];

fn write_case(row: &mut Object<'_>, cases: &Cases, index: u64) {
    let mut dice = cases.dice(index);
    let stage = cases.status(index);
    let was_return = cases.first_status(index) == Stage::Returned;
    let created = cases.created(index);
    let quantity = dice.number(1, 1..10);
    let product_fee = quantity * dice.number(392, 1..20_000);
    let post_fee = dice.pick([0, 0, 800]);
    let total = product_fee + post_fee;
    let refund_fee = dice.number(total, 1..total + 1);
    let (reason, reason_text) = dice.pick(REASONS);
    let is_return = cases.has_been(index, |stage| stage == Stage::Returned);
    let refused = (stage == Stage::Refused).then_some("证据不足");
    let order = cases.order_of(index);

    if is_return {
        row.object("logistics", |logistics| {
            write_logistics(logistics, index, order);
        });
    } else {
        row.null("logistics");
    }
    row.null("subUserId");
    row.object("refundOrder", |refund| {
        refund.plain("refundFee", refund_fee);
        refund.text("payOrderId", 3_582_133_814_705_377_121 + index);
        refund.text("timeoutType", "sAgreeRefundT");
        refund.text_or_null("sellerRefuseReason", refused);
        refund.text("refundStatus", stage);
        refund.null("canEditFee");
        refund.null("remainingTime");
        refund.plain("refundType", if is_return { 3 } else { 1 });
        refund.null("feeTips");
        refund.text("reasonDesc", reason_text);
        // 1 not received, 2 received, 4 not shipped.
        refund.plain(
            "goodsStatus",
            if was_return { 2 } else { dice.pick([1, 2, 4]) },
        );
        refund.text("refundDesc", dice.pick(["", "包装破损\n内有渗漏"]));
        refund.plain("reasonId", reason);
        refund.text("timeoutDate", (created + 86_400) * 1_000);
        refund.text_or_null("sellerRefuseReasonDescribe", refused);
        refund.text("refundId", refund_id(index));
    });
    row.object("purchaseOrderLine", |line| {
        line.text("salesOrderId", sales_id(order));
        line.plain("supplierId", 3_937_219_703_u64);
        line.plain("quantity", quantity);
        line.plain("totalPrice", total);
        line.text("itemTitle", dice.pick(TITLES));
        line.plain("postFee", post_fee);
        line.plain("productFee", product_fee);
        line.text("salesMarket", "TAOBAO_BUYER");
        line.plain(
            "purchaseOrderLineId",
            purchase_id(order) + 1 + (index - order),
        );
        line.plain("createTime", (created - 10_800) * 1_000);
        line.plain("purchaseOrderId", purchase_id(order));
        if dice.one_in(2) {
            line.plain("price", product_fee / quantity);
        } else {
            line.null("price");
        }
        line.text("supplierNick", "天天特卖工厂店");
        line.text("currency", "CNY");
        line.object("properties", |properties| {
            if index.is_multiple_of(2) {
                properties.text("食品口味", "瓜子仁5包(试吃)");
            }
        });
    });
}

/// The carrier's code is spelt in two ways and the address comes in two shapes, depending on the
/// page.
fn write_logistics(logistics: &mut Object<'_>, index: u64, order: u64) {
    let newer = (index / 8).is_multiple_of(2);
    logistics.text("buyerPhone", "181****0100");
    logistics.object("logisticsCompany", |company| {
        company.text(
            if newer {
                "logisticsCompanyCode"
            } else {
                "logisticCompanyCode"
            },
            "SF",
        );
        company.text("logisticsCompanyName", "顺丰快递");
    });
    logistics.text("logisticsNo", format_args!("SF{index:011}"));
    if newer {
        logistics.text("receiverAddress", format_args!("***路{}号", order % 100));
    } else {
        logistics.object("receiverAddress", |address| {
            address.text("detailAddress", format_args!("***路{}号", order % 100));
            address.text("phone", "181****0101");
            address.text("receiver", buyer_name(order));
        });
    }
    logistics.text("returnGoodsDesc", "");
    logistics.text("sellerAgreeReturnDescribe", "");
}

/// Refunds on 1688, in the fields of 1688's own call.
mod alibaba {
    use super::{Cycle, Ledger, NAME, Object, Push, SHANGHAI, fmt, instant};

    pub(super) type Refunds = Ledger<&'static str>;

    /// How far a refund is, as the platform says it. The first has the most to show.
    pub(super) const STATUSES: Cycle<&str> = Cycle(&[
        "waitsellerreceive",
        "waitselleragree",
        "refundsuccess",
        "waitbuyermodify",
        "waitbuyersend",
        "refundclose",
    ]);

    const TITLES: [&str; 3] = [
        "欧洲站2018新款宽松显瘦烫金印花字母老鹰短袖T恤打底裤套装女潮",
        "Paper \"cups\", 50 pieces",
        "复古台灯 💡",
    ];

    const REASONS: [(u32, &str); 2] = [(20_021, "颜色/图案/款式不符"), (20_022, "不想买了")];

    const FIRST_ID: u64 = 8_651_493_722_961_198;
    const FIRST_ORDER: u64 = 151_267_031_008_969_811;

    /// Apart from those on Taobao, so that the two have nothing in common but their number.
    pub(super) fn refunds(records: u64, seed: u64) -> Refunds {
        Refunds::new(records, seed, &format!("{NAME}/1688"), STATUSES)
    }

    pub(super) fn with_id(refunds: &Refunds, id: &str) -> Option<u64> {
        let index = id.strip_prefix("TQ")?.parse::<u64>().ok()?;
        let refund = refunds.find(index.checked_sub(FIRST_ID)?)?;
        (refund_id(refund) == id).then_some(refund)
    }

    pub(super) fn write(data: &mut Object<'_>, refunds: &Refunds, index: u64) {
        let refund = Refund::new(refunds, index);
        for name in ["createBy", "createById", "createTime", "updateBy"] {
            data.null(name);
        }
        data.plain("id", FIRST_ID + index);
        data.text("refundId", refund_id(index));
        data.plain("orderId", order_id(index));
        data.text("status", refund.status);
        refund.write_request(data);
        refund.write_money(data);
        refund.write_goods(data);
        refund.write_parties(data);
        refund.write_times(data);
        data.objects("refundOperationList", &refund.steps, |object, step| {
            step.write(object);
        });
    }

    pub(super) fn refund_id(index: u64) -> String {
        format!("TQ{}", FIRST_ID + index)
    }

    pub(super) fn push(refunds: &Refunds, index: u64) -> Push {
        let at = refunds.updated(index);
        super::push(1, &refund_id(index), order_id(index), at)
    }

    fn order_id(index: u64) -> u64 {
        FIRST_ORDER + 10 * index
    }

    #[derive(Debug)]
    struct Refund {
        index: u64,
        status: &'static str,
        is_return: bool,
        /// Fen.
        asked: u64,
        lines: u64,
        reason: (u32, &'static str),
        title: &'static str,
        applied: i64,
        /// The newest first, as in 1688's example.
        steps: Vec<Step>,
        /// The goods went off to the seller.
        is_sent: bool,
    }

    impl Refund {
        fn new(refunds: &Refunds, index: u64) -> Self {
            let mut dice = refunds.dice(index);
            let (first, status) = (refunds.first_status(index), refunds.status(index));
            let goes_back = |status| ["waitsellerreceive", "waitbuyersend"].contains(&status);
            let is_return = goes_back(first) || dice.one_in(2) || goes_back(status);
            let was_sent = refunds.has_been(index, |status| status == "waitsellerreceive");
            Self {
                index,
                status,
                is_return,
                asked: dice.number(1, 1..100_000),
                lines: dice.number(1, 1..3),
                reason: dice.pick(REASONS),
                title: dice.pick(TITLES),
                applied: refunds.created(index),
                steps: steps(refunds, index),
                is_sent: was_sent && status != "waitbuyersend",
            }
        }

        fn is_over(&self) -> bool {
            ["refundsuccess", "refundclose"].contains(&self.status)
        }

        fn write_request(&self, data: &mut Object<'_>) {
            let (reason, words) = self.reason;
            data.plain("applyReasonId", reason);
            data.text("applyReason", words);
            data.plain("applySubReasonId", -1);
            data.null("applySubReason");
            // 3 is 1688's example of a return and refund; the other numbers are not published.
            if self.is_return {
                data.plain("disputeRequest", 3);
            }
            data.plain("disputeType", 1 + self.index % 2);
            data.plain("onlyRefund", !self.is_return);
            data.plain("refundGoods", self.is_return);
            let refused = (self.status == "waitbuyermodify").then_some("证据不足");
            data.text_or_null("rejectReason", refused);
            data.plain("rejectTimes", u8::from(refused.is_some()));
        }

        fn write_money(&self, data: &mut Object<'_>) {
            data.plain("applyPayment", self.asked);
            data.plain("applyCarriage", 0);
            data.plain("canRefundPayment", self.asked);
            if self.status == "refundsuccess" {
                data.plain("refundPayment", self.asked);
                data.plain("refundCarriage", 0);
            } else {
                data.null("refundPayment");
                data.null("refundCarriage");
            }
            data.plain("frozenFund", -1);
            data.text(
                "alipayPaymentId",
                format_args!("20180423{:020}", self.index),
            );
        }

        fn write_goods(&self, data: &mut Object<'_>) {
            let lines = || (1..=self.lines).map(|line| order_id(self.index) + line);
            data.text("productName", self.title);
            data.plains("orderEntryIdList", lines());
            data.object("orderEntryCountMap", |counts| {
                for line in lines() {
                    counts.plain(&line.to_string(), 1 + line % 3);
                }
            });
            let received = if self.is_sent { 3 } else { 2 };
            data.plain("goodsStatus", if self.is_return { received } else { 1 });
            data.plain("buyerSendGoods", self.is_sent);
            let waybill = format!("SF{:011}", self.index);
            let parcel = self.is_sent.then_some(waybill);
            data.text_or_null("buyerLogisticsName", parcel.as_ref().map(|_| "顺丰快递"));
            data.text_or_null("freightBill", parcel);
        }

        fn write_parties(&self, data: &mut Object<'_>) {
            data.text("buyerMemberId", "b2b-2100000000001");
            data.plain("buyerUserId", 2_100_000_000_001_u64);
            data.text("buyerLoginId", "buyer-of-the-sandbox");
            data.text("sellerMemberId", "b2b-2100000000002");
            data.plain("sellerUserId", 2_100_000_000_002_u64);
            data.text("sellerLoginId", format_args!("seller-{}", self.index % 7));
            let address = self.is_return.then_some("***路1号");
            data.text_or_null("sellerReceiveAddress", address);
        }

        fn write_times(&self, data: &mut Object<'_>) {
            let changed = self.last_step();
            data.text("gmtApply", Time(self.applied));
            data.text("gmtCreate", Time(self.applied));
            data.text("gmtModified", Time(changed));
            data.text_or_null("gmtCompleted", self.is_over().then_some(Time(changed)));
            let timer = (!self.is_over()).then_some(Time(changed + 864_000));
            data.text_or_null("gmtTimeOut", timer);
            data.plain("timeOutFreeze", false);
        }

        fn last_step(&self) -> i64 {
            self.steps.first().map_or(self.applied, |step| step.at)
        }
    }

    /// Seconds from one step to the next: within the time until the next case.
    const STEP: i64 = 100;

    /// What led to the first status, and what has happened since. The newest first.
    fn steps(refunds: &Refunds, index: u64) -> Vec<Step> {
        let (first, applied) = (refunds.first_status(index), refunds.created(index));
        let before: &[&str] = match first {
            "waitselleragree" => &[],
            "waitsellerreceive" => &["waitselleragree", "waitbuyersend"],
            _ => &["waitselleragree"],
        };
        let before = before.iter().copied().chain([first]);
        let before = (0..)
            .zip(before)
            .map(|(place, status)| (status, applied + STEP * place));
        let since = refunds.steps(index).iter().copied();
        let all: Vec<_> = before
            .chain(since.filter(|&(_, at)| at > applied))
            .collect();
        let statuses = all.iter().map(|&(status, _)| status);
        let earlier = [None].into_iter().chain(statuses.map(Some));
        let steps = (0..).zip(earlier.zip(&all));
        let mut steps: Vec<_> = steps
            .map(|(place, (before, &(after, at)))| Step {
                refund: index,
                place,
                before,
                after,
                at,
            })
            .collect();
        steps.reverse();
        steps
    }

    /// Something that happened to a refund.
    #[derive(Debug)]
    struct Step {
        refund: u64,
        place: i64,
        before: Option<&'static str>,
        after: &'static str,
        at: i64,
    }

    impl Step {
        fn write(&self, step: &mut Object<'_>) {
            // 1 the buyer, 2 the seller.
            let (role, remark) = match self.after {
                "waitselleragree" => (1, "买家申请退款"),
                "waitbuyersend" => (2, "卖家同意退货"),
                "waitsellerreceive" => (1, "买家已发货"),
                "waitbuyermodify" => (2, "卖家拒绝退款"),
                "refundclose" => (1, "买家撤销退款"),
                _ => (2, "退款成功"),
            };
            step.plain(
                "id",
                60_000_000_000 + 10 * self.refund.cast_signed() + self.place,
            );
            step.text_or_null("beforeOperateStatus", self.before);
            step.text("afterOperateStatus", self.after);
            step.plain("operatorRoleId", role);
            step.text("operateRemark", remark);
            step.text("gmtCreate", Time(self.at));
            let picture = format!("https://example.com/refunds/{}.png", self.refund);
            let pictures = (self.place == 0).then_some(picture);
            step.texts("vouchers", pictures);
            if self.after == "waitsellerreceive" {
                step.text("freightBill", format_args!("SF{:011}", self.refund));
                step.object("logisticsCompany", |company| {
                    company.text("companyNo", "SF");
                    company.text("companyName", "顺丰快递");
                });
            }
        }
    }

    /// `20180423171116000+0800`, as 1688 writes it.
    struct Time(i64);

    impl fmt::Display for Time {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let at = SHANGHAI.to_datetime(instant(self.0));
            write!(f, "{}000+0800", at.strftime("%Y%m%d%H%M%S"))
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn ids_lead_back_to_their_refund() {
            let refunds = refunds(10, 7);
            for index in [0, 1, 9] {
                assert_eq!(with_id(&refunds, &refund_id(index)), Some(index));
            }
            for id in [
                "TQ8651493722961208",
                "TQ0",
                "8651493722961198",
                "TQ+8651493722961198",
            ] {
                assert_eq!(with_id(&refunds, id), None, "{id}");
            }
        }

        #[test]
        fn a_time_is_written_as_on_1688() {
            assert_eq!(Time(1_524_474_676).to_string(), "20180423171116000+0800");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with Python's hashlib and hmac.
    #[test]
    fn the_candidates_have_fixed_vectors() {
        let body = serde_json::json!({"pageNo": 1, "pageSize": 20, "refundId": "110002687818", "salesOrderId": null});
        let signed = signature::Signed {
            access_key: "0123456789abcdef0123456789abcdef",
            timestamp: "1700000000000",
            nonce: "abcdefghijklmnopqrstuvwxyz012345",
            parameters: body.as_object().unwrap(),
        };
        let expected = [
            "83e05fc3e52b5ea80e28d14e88f2c9a4a157fa90c31aba0d0ad08368163ceff9",
            "6DABA61F2A55093462DE15749A67B965",
            "B62136BB1DEF3BEC57615A94CEE5EA9C",
            "BD204AD67D4D5E54EEA39852A76ECFDC",
            "1AB98F275EDDA152BAAE66A3D87E0684",
            "F224F67C6872C7AA5E383163A66201E2",
            "1DE9035FECE6A66160D5541EF91895FF",
            "729A27553FBF8BFC77972E84DCC402FE",
        ];
        assert_eq!(signature::candidates(&signed, "sandbox-secret"), expected);
    }

    #[test]
    fn a_nonce_is_fresh_once_and_again_when_its_timestamp_can_no_longer_pass() {
        let nonces = Nonces::default();
        assert!(nonces.is_fresh("a", 0, 0));
        assert!(!nonces.is_fresh("a", 0, 600_000));
        assert!(nonces.is_fresh("a", 600_001, 600_001));
        assert!(!nonces.is_fresh(&"x".repeat(65), 0, 0));
    }

    #[test]
    fn nonces_do_not_pile_up() {
        let nonces = Nonces::default();
        for n in 0..Nonces::MOST + 10 {
            assert!(nonces.is_fresh(&n.to_string(), 0, 0));
        }
        let seen = nonces.0.lock().unwrap();
        assert_eq!(
            (seen.known.len(), seen.queue.len()),
            (Nonces::MOST, Nonces::MOST)
        );
    }

    #[test]
    fn ids_lead_back_to_their_case() {
        let cases = Cases::new(1_000_000, 7, NAME, STATUSES);
        for index in [0, 1, 2, 3, 999_999] {
            assert_eq!(case_by_refund_id(&cases, &refund_id(index)), Some(index));
            let order = cases.order_of(index);
            assert_eq!(
                order_by_purchase_id(&purchase_id(order).to_string()),
                Some(order)
            );
            assert_eq!(order_by_sales_id(&sales_id(order)), Some(order));
        }
        for wrong in ["", "TQ110002687818", "110002687817", "0110002687818"] {
            assert_eq!(case_by_refund_id(&cases, wrong), None, "{wrong}");
        }
    }
}
