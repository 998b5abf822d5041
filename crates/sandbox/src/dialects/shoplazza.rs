//! Shoplazza, OpenAPI 2022-01 and 2025-06 to 2026-07: all cases, page by page, the refunds that were paid
//! or tried, the orders behind them, the calls that refund an order and take a case away, and the tokens of a public
//! app.
//!
//! Documented: the calls, their parameters, every field, the shapes of errors, the quota; since 2025-06 the
//! envelope and that pages go by cursor; that a refund makes a case of its own, and that 406 refuses what the state
//! does not allow.
//! Assumed, because no page says it: newest first, both bounds of the window included in 2022-01, at most 500
//! cases per page, which mistake gets which of the documented error shapes, the wording of errors, which
//! cases have a refund, that old tokens stay valid when new ones are issued; that a refund is finished at once, and
//! that only a pending case can be taken away, together with a refund that failed.

mod orders;

use std::slice;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::http::header::{HeaderName, RETRY_AFTER};
use axum::http::{Method, StatusCode};
use jiff::Timestamp;

use self::orders::Paid;
use super::{Account, Dialect, Setup, buyer_name};
use crate::cases::{Cycle, Decimal, Dice, Selection, Uuid, filed, instant};
use crate::exchange::{Answer, Request};
use crate::json::{self, Object};
use crate::ledger::{Ledger, Listing, Shared, Span, Time};
use crate::quota::LeakyBucket;
use crate::tokens::{NO_REPLACEMENT, Tokens, Verdict};
use crate::{ChangeError, Effect, Opened, OrderRef};

pub(super) const NAME: &str = "shoplazza";

/// Of the ready configuration, and the path that pushes go to.
const ACCOUNT: &str = "us-store";

/// Shoplazza: a private app's token.
pub mod credentials {
    /// The shop's subdomain. The sandbox does not look at it.
    pub const SHOP: &str = "sandbox";
    /// For the header `Access-Token`.
    pub const ACCESS_TOKEN: &str = "sandbox-shoplazza-token";
    /// Of a public app.
    pub const CLIENT_ID: &str = "sandbox-shoplazza-client";
    /// Of the same app.
    pub const CLIENT_SECRET: &str = "sandbox-shoplazza-secret";
    /// Where the app takes the merchant back.
    pub const REDIRECT_URI: &str = "https://app.example.com/callback";
    /// What the merchant's consent is exchanged for, once.
    pub const CODE: &str = "sandbox-shoplazza-code";
}

#[derive(Debug)]
pub(super) struct Platform {
    world: Shared<Cases>,
    bucket: LeakyBucket,
    access_tokens: Tokens,
    refresh_tokens: Tokens,
    /// A code is good for one exchange.
    code_is_used: AtomicBool,
}

/// The cases, with what was paid where a call has made one.
type Cases = Ledger<&'static str, Option<Paid>>;

/// What the versions have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Generation {
    /// 2022-01: bare answers, numbered pages, lists of values with commas.
    Bare,
    /// Since 2025-06: an envelope, cursors, repeated parameters.
    Enveloped,
}

/// A call that a version has, or several that differ by their method.
#[derive(Debug, Clone, Copy)]
enum Call<'a> {
    AfterSalesList,
    PostSales,
    PostSale(Generation, &'a str),
    RefundRecords(Generation),
    RefundRecordsCount,
    RefundsOfOrder(Generation, &'a str),
    PartialRefund(&'a str),
    Order(Generation, &'a str),
    OrderWithNumber(Generation, &'a str),
}

impl<'a> Call<'a> {
    fn at(path: &'a str) -> Option<Self> {
        use Generation::{Bare, Enveloped};
        let (version, call) = path.strip_prefix("/openapi/")?.split_once("/orders/")?;
        let generation = match version {
            "2022-01" => Bare,
            "2025-06" | "2026-01" | "2026-07" => Enveloped,
            _ => return None,
        };
        let Some(parts) = call.split_once('/') else {
            return Some(match (generation, call) {
                (Bare, "after_sales_list") => Self::AfterSalesList,
                (Enveloped, "post_sales") => Self::PostSales,
                (_, "refund_records") => Self::RefundRecords(generation),
                (_, order) => Self::Order(generation, order),
            });
        };
        match (generation, parts) {
            (Enveloped, ("refund_records", "count")) => Some(Self::RefundRecordsCount),
            (_, ("post_sales", id)) => Some(Self::PostSale(generation, id)),
            (_, ("number", number)) => Some(Self::OrderWithNumber(generation, number)),
            (_, (order, "refund")) => Some(Self::RefundsOfOrder(generation, order)),
            (Bare, (order, "partial_refund")) => Some(Self::PartialRefund(order)),
            _ => None,
        }
    }

    fn takes(self, method: &Method) -> bool {
        match self {
            Self::PostSale(..) => method == Method::DELETE,
            Self::PartialRefund(_) => method == Method::POST,
            Self::RefundsOfOrder(..) => [Method::GET, Method::POST].contains(method),
            _ => method == Method::GET,
        }
    }
}

impl Platform {
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            world: Shared::new(Cases::new(setup.records, setup.seed, NAME, STATUSES), setup),
            // 40 calls, of which two drain per second.
            bucket: LeakyBucket::new(setup.quotas, 40, Duration::from_millis(500)),
            access_tokens: Tokens::new("sandbox-shoplazza-access-"),
            refresh_tokens: Tokens::new("sandbox-shoplazza-refresh-"),
            code_is_used: AtomicBool::new(false),
        }
    }

    fn call(&self, call: Call<'_>, request: &Request) -> Result<Answer, Answer> {
        use Generation::{Bare, Enveloped};
        match call {
            Call::AfterSalesList => self.after_sales_list(request),
            Call::PostSales => self.post_sales(request),
            Call::PostSale(generation, id) => self.delete_post_sale(generation, id),
            Call::RefundRecords(Bare) => self.numbered_refunds(request),
            Call::RefundRecords(Enveloped) => self.named_refunds(request),
            Call::RefundRecordsCount => {
                let refunds = refunds(&self.world.read().cases, Enveloped, request)?;
                let total = refunds.listed.total();
                Ok(success(|data| data.plain("count", total)))
            }
            Call::RefundsOfOrder(generation, order) if request.method == Method::GET => {
                self.refunds_of_order(generation, order)
            }
            Call::RefundsOfOrder(Bare, order) => self.refund_all(order),
            Call::RefundsOfOrder(Enveloped, order) => self.refund(request, order),
            Call::PartialRefund(order) => self.refund_part(request, order),
            Call::Order(generation, id) => self.order_of_id(generation, order_by_id(id)),
            Call::OrderWithNumber(generation, number) => {
                self.order_of_id(generation, order_by_number(number))
            }
        }
    }

    fn after_sales_list(&self, request: &Request) -> Result<Answer, Answer> {
        let generation = Generation::Bare;
        let page = request.page(number(generation, request, "page", 1, u64::MAX)?);
        let per_page = number(generation, request, "per_page", 20, MOST_PER_PAGE)?;
        let created = window(generation, request, ["created_at_start", "created_at_end"])?;
        let listing = Listing::within(Time::Created, created);
        let wanted = status(generation, request)?;
        let world = self.world.read();
        let cases = &world.cases;
        let listed = with_status(cases, &listing, wanted);
        let counted = |status| match wanted {
            Some(wanted) if wanted != status => 0,
            _ => with_status(cases, &listing, Some(status)).total(),
        };
        Ok(Answer::json(json::to_string(|list| {
            list.plain("count", listed.total());
            list.plain("pending_count", counted("pending"));
            list.plain("processing_count", counted("processing"));
            let page = listed.page(page, per_page);
            list.objects("post_sales", page, |record, index| {
                write_case(record, generation, cases, index);
            });
        })))
    }

    fn post_sales(&self, request: &Request) -> Result<Answer, Answer> {
        let generation = Generation::Enveloped;
        let skip = skipped(request)?;
        let size = number(generation, request, "page_size", 20, MOST_PER_PAGE)?;
        let created = window(generation, request, ["created_at_min", "created_at_max"])?;
        let listing = Listing::within(Time::Created, created);
        let world = self.world.read();
        let listed = with_status(&world.cases, &listing, status(generation, request)?);
        Ok(success(|data| {
            data.objects("orders", listed.part(skip, size), |record, index| {
                write_case(record, generation, &world.cases, index);
            });
            write_cursor(data, skip, size, listed.total());
        }))
    }

    fn delete_post_sale(&self, generation: Generation, id: &str) -> Result<Answer, Answer> {
        let mut world = self.world.write();
        let index = index_of_case(&world.cases, id).ok_or_else(not_found)?;
        if world.cases.status(index) != "pending" {
            return Err(not_allowed(generation));
        }
        let at = world.tick();
        world.cases.remove(index, at);
        world.note(id, "post_sales");
        Ok(match generation {
            Generation::Bare => Answer::json("{}".to_owned()),
            Generation::Enveloped => success(|_| {}),
        })
    }

    fn numbered_refunds(&self, request: &Request) -> Result<Answer, Answer> {
        let generation = Generation::Bare;
        let page = request.page(number(generation, request, "page", 1, u64::MAX)?);
        let per_page = number(generation, request, "per_page", 10, MOST_REFUNDS_PER_PAGE)?;
        let world = self.world.read();
        let refunds = refunds(&world.cases, generation, request)?;
        let skip = (page - 1).saturating_mul(per_page);
        Ok(Answer::json(json::to_string(|list| {
            list.objects("records", refunds.part(skip, per_page), |record, index| {
                write_refund(record, generation, &world.cases, index);
            });
        })))
    }

    fn named_refunds(&self, request: &Request) -> Result<Answer, Answer> {
        let generation = Generation::Enveloped;
        let skip = skipped(request)?;
        let size = number(generation, request, "page_size", 10, MOST_REFUNDS_PER_PAGE)?;
        let world = self.world.read();
        let refunds = refunds(&world.cases, generation, request)?;
        Ok(success(|data| {
            data.objects("records", refunds.part(skip, size), |record, index| {
                write_refund(record, generation, &world.cases, index);
            });
            write_cursor(data, skip, size, refunds.listed.total());
        }))
    }

    fn refunds_of_order(&self, generation: Generation, order: &str) -> Result<Answer, Answer> {
        let world = self.world.read();
        let cases = &world.cases;
        let order = known_order(cases, order_by_id(order))?;
        let mut refunded = cases.of_order(order);
        refunded.retain(|&index| refund_state(cases, index).is_some());
        let total = orders::refunded(cases, order);
        let write = |record: &mut Object<'_>, index| {
            write_refund(record, generation, cases, index);
        };
        Ok(match generation {
            Generation::Bare => Answer::json(json::to_string(|reply| {
                reply.text("order_status", "placed");
                reply.plain("all_refunded", orders::left(cases, order) == 0);
                reply.text("refund_status", if total > 0 { "general" } else { "none" });
                reply.text("refund_total", price(total));
                reply.text("refund_tax_total", price(0));
                reply.text("refund_discount_total", price(0));
                reply.objects("refunds", refunded, write);
            })),
            Generation::Enveloped => success(|data| {
                let status = orders::financial_status(cases, order);
                data.text("order_financial_status", status);
                data.text("order_status", "placed");
                data.objects("records", refunded, write);
            }),
        })
    }

    /// The tokens for a code or for a refresh token.
    fn token(&self, request: &Request) -> Answer {
        let is = |name: &str, expected: &str| request.form(name).is_some_and(|it| it == expected);
        let refresh = request.form("refresh_token").unwrap_or_default();
        let is_app = is("client_id", credentials::CLIENT_ID)
            && is("client_secret", credentials::CLIENT_SECRET);
        let is_granted = match request.form("grant_type").as_deref() {
            Some("authorization_code") => {
                is("code", credentials::CODE)
                    && is("redirect_uri", credentials::REDIRECT_URI)
                    && is_app
                    && !self.code_is_used.swap(true, Ordering::Relaxed)
            }
            Some("refresh_token") => {
                self.refresh_tokens.verdict(&refresh, request.instant) == Verdict::Live
            }
            _ => false,
        };
        if !is_app {
            return refusal(StatusCode::UNAUTHORIZED, "invalid_client");
        }
        if !is_granted {
            return refusal(StatusCode::BAD_REQUEST, "invalid_grant");
        }
        let access = self.access_tokens.issue(request.instant, NO_REPLACEMENT);
        let refresh = self.refresh_tokens.issue(request.instant, NO_REPLACEMENT);
        let expires_at = request
            .received
            .as_second()
            .saturating_add_unsigned(access.expires_in);
        Answer::json(json::to_string(|reply| {
            reply.text("access_token", access.token);
            reply.text("token_type", "Bearer");
            reply.text("refresh_token", refresh.token);
            reply.plain("expires_at", expires_at);
            reply.text("store_id", "168705");
            reply.text("store_name", "sandbox");
            reply.text("locale", "en-US");
        }))
    }

    /// A missing token gets the bare text, a wrong one the object: both are documented for 401.
    fn refused(&self, request: &Request) -> Option<Answer> {
        let Some(token) = request.header("access-token") else {
            return Some(Answer::text("Unauthorized").status(StatusCode::UNAUTHORIZED));
        };
        let is_live = || self.access_tokens.verdict(token, request.instant) == Verdict::Live;
        (token != credentials::ACCESS_TOKEN && !is_live())
            .then(|| refusal(StatusCode::UNAUTHORIZED, "access token is invalid"))
    }
}

impl Dialect for Platform {
    fn account(&self) -> Account {
        Account {
            name: ACCOUNT,
            settings: &[
                ("shop", credentials::SHOP),
                ("access_token", credentials::ACCESS_TOKEN),
            ],
            pushes: &[("client_secret", credentials::CLIENT_SECRET)],
        }
    }

    fn answer(&self, request: &Request) -> Answer {
        let not_allowed = || errors(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed");
        let answer = match Call::at(&request.path) {
            None if !self.is_token_call(request) => not_found(),
            None if request.method != Method::POST => not_allowed(),
            None => self.token(request),
            Some(call) if !call.takes(&request.method) => not_allowed(),
            Some(call) => {
                if let Some(refused) = self.refused(request) {
                    refused
                } else if !self.bucket.admits(request.instant) {
                    errors(StatusCode::TOO_MANY_REQUESTS, "Too many requests")
                        .header(RETRY_AFTER, "1")
                } else {
                    self.call(call, request).unwrap_or_else(|refused| refused)
                }
            }
        };
        // The platform puts one on every answer.
        let request_id = Uuid(
            request.received.as_second().cast_unsigned(),
            request.received.subsec_nanosecond().unsigned_abs().into(),
        );
        answer.header(
            HeaderName::from_static("request-id"),
            &request_id.to_string(),
        )
    }

    fn is_token_call(&self, request: &Request) -> bool {
        request.path == "/admin/oauth/token"
    }

    fn expired(&self) -> Answer {
        let message = "access token is invalid or has expired";
        refusal(StatusCode::UNAUTHORIZED, message)
    }

    fn order(&self, number: u64) -> Option<OrderRef> {
        let world = self.world.read();
        let cases = &world.cases;
        cases.has_order(number).then(|| order_ref(cases, number))
    }

    fn change(&self, case: &str, status: &str) -> Result<(), ChangeError> {
        let mut world = self.world.write();
        let index = index_of_case(&world.cases, case);
        let (index, status) = world.cases.named((index, case), (STATUSES.0, status))?;
        let order = world.cases.order_of(index);
        let before = orders::refunded(&world.cases, order);
        let at = world.tick();
        world.cases.set(index, status, at);
        if orders::refunded(&world.cases, order) > before {
            world.push(|cases| Some(orders::refund_push(cases, order, at)));
        }
        Ok(())
    }

    fn open(&self) -> Opened {
        let mut world = self.world.write();
        let at = world.tick();
        let index = world.cases.open("pending", at);
        let cases = &world.cases;
        Opened {
            ids: vec![case_id(cases, index).to_string()],
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
        self.bucket.refused()
    }

    fn tokens(&self) -> &[Tokens] {
        slice::from_ref(&self.access_tokens)
    }
}

/// The envelope of version 2025-06 and later.
fn success(data: impl FnOnce(&mut Object<'_>)) -> Answer {
    Answer::json(json::to_string(|body| {
        body.text("code", "Success");
        body.text("message", "");
        body.object("data", data);
    }))
}

fn refusal(status: StatusCode, message: &str) -> Answer {
    Answer::json(json::to_string(|body| body.text("error", message))).status(status)
}

fn errors(status: StatusCode, message: &str) -> Answer {
    Answer::json(json::to_string(|body| body.texts("errors", [message]))).status(status)
}

fn not_found() -> Answer {
    errors(StatusCode::NOT_FOUND, "Unable to find resource")
}

/// Documented, but for its shape since 2025-06.
fn not_allowed(generation: Generation) -> Answer {
    let message = "Operation not allowed in current state";
    match generation {
        Generation::Bare => errors(StatusCode::NOT_ACCEPTABLE, message),
        Generation::Enveloped => wrong(generation, message).status(StatusCode::NOT_ACCEPTABLE),
    }
}

/// A parameter that is not right.
fn wrong(generation: Generation, message: &str) -> Answer {
    match generation {
        Generation::Bare => errors(StatusCode::UNPROCESSABLE_ENTITY, message),
        Generation::Enveloped => {
            let body = json::to_string(|body| {
                body.text("code", "InvalidParameter");
                body.text("message", message);
            });
            Answer::json(body).status(StatusCode::BAD_REQUEST)
        }
    }
}

/// The object of arrays, keyed by parameter.
fn parameter_errors(parameter: &str, message: &str) -> Answer {
    let body = json::to_string(|body| {
        body.object("errors", |errors| errors.texts(parameter, [message]));
    });
    Answer::json(body).status(StatusCode::UNPROCESSABLE_ENTITY)
}

const MOST_PER_PAGE: u64 = 500;

/// This one is documented.
const MOST_REFUNDS_PER_PAGE: u64 = 100;

fn number(
    generation: Generation,
    request: &Request,
    name: &str,
    default: u64,
    most: u64,
) -> Result<u64, Answer> {
    let Some(text) = request.query(name) else {
        return Ok(default);
    };
    let number = text
        .parse()
        .ok()
        .filter(|number| (1..=most).contains(number));
    number.ok_or_else(|| {
        let wanted = format!("{name} must be an integer from 1 to {most}");
        wrong(generation, &wanted)
    })
}

fn status(generation: Generation, request: &Request) -> Result<Option<&'static str>, Answer> {
    let Some(asked) = request.query("status") else {
        return Ok(None);
    };
    let known = ["pending", "processing", "finished"]
        .into_iter()
        .find(|&known| known == asked);
    let wanted = "status must be pending, processing or finished";
    known.map(Some).ok_or_else(|| wrong(generation, wanted))
}

/// From the first to the last second of a window.
fn window(
    generation: Generation,
    request: &Request,
    [start, end]: [&str; 2],
) -> Result<Span, Answer> {
    Ok(Span {
        oldest: time(generation, request, start)?.map(whole_second_from),
        newest: time(generation, request, end)?.map(Timestamp::as_second),
    })
}

fn time(
    generation: Generation,
    request: &Request,
    name: &str,
) -> Result<Option<Timestamp>, Answer> {
    let Some(text) = request.query(name) else {
        return Ok(None);
    };
    match (text.parse::<Timestamp>(), generation) {
        (Ok(time), _) => Ok(Some(time)),
        (Err(_), Generation::Bare) => Err(parameter_errors(name, "is not an ISO 8601 time")),
        (Err(_), Generation::Enveloped) => {
            let wanted = format!("{name} is not an ISO 8601 time");
            Err(wrong(generation, &wanted))
        }
    }
}

/// A parameter with several values.
fn values(generation: Generation, request: &Request, name: &str) -> Vec<String> {
    match generation {
        Generation::Bare => {
            let text = request.query(name).unwrap_or_default();
            let values = text.split(',').filter(|value| !value.is_empty());
            values.map(str::to_owned).collect()
        }
        Generation::Enveloped => request.queries(name),
    }
}

fn at_most(
    generation: Generation,
    name: &str,
    values: &[String],
    most: usize,
) -> Result<(), Answer> {
    if values.len() <= most {
        return Ok(());
    }
    Err(wrong(generation, &format!("at most {most} {name}")))
}

/// How many records lie before a cursor, which is their number in disguise.
fn skipped(request: &Request) -> Result<u64, Answer> {
    let Some(cursor) = request.query("cursor") else {
        return Ok(0);
    };
    let skip = cursor.strip_prefix("after-").map(str::parse);
    match skip {
        Some(Ok(skip)) => Ok(request.skip(skip)),
        _ => Err(wrong(Generation::Enveloped, "cursor is unknown")),
    }
}

fn write_cursor(data: &mut Object<'_>, skip: u64, size: u64, total: u64) {
    let end = skip.saturating_add(size);
    let has_more = end < total;
    data.text(
        "cursor",
        if has_more {
            format!("after-{end}")
        } else {
            String::new()
        },
    );
    data.plain("has_more", has_more);
}

fn with_status(cases: &Cases, listing: &Listing, wanted: Option<&str>) -> Selection {
    cases.list(listing, |status| {
        wanted.is_none_or(|wanted| status == wanted)
    })
}

/// The refunds that the filters leave.
fn refunds(cases: &Cases, generation: Generation, request: &Request) -> Result<Refunds, Answer> {
    let names = match generation {
        Generation::Bare => ["order_ids", "refund_record_ids", "refund_status"],
        Generation::Enveloped => ["order_ids", "refund_order_ids", "refund_statuses"],
    };
    let [orders, ids, statuses] = names.map(|name| values(generation, request, name));
    at_most(generation, "order_ids", &orders, 10)?;
    at_most(generation, "refund ids", &ids, 20)?;
    let is_wanted = |state: Option<&str>| {
        let is_one = |state| statuses.is_empty() || statuses.iter().any(|wanted| wanted == state);
        state.is_some_and(is_one)
    };
    let listing = Listing {
        sorted_by: match request.query("sort_by").as_deref() {
            None | Some("created_at") => Time::Created,
            Some("updated_at") => Time::Updated,
            Some(_) => {
                return Err(wrong(
                    generation,
                    "sort_by must be created_at or updated_at",
                ));
            }
        },
        created: window(generation, request, ["created_at_start", "created_at_end"])?,
        updated: window(generation, request, ["updated_at_start", "updated_at_end"])?,
    };
    let oldest_first = match request.query("sort_direction").as_deref() {
        None | Some("desc") => false,
        Some("asc") => true,
        Some(_) => return Err(wrong(generation, "sort_direction must be asc or desc")),
    };
    let of_orders = orders.iter().filter_map(|order| order_by_id(order));
    let of_orders = of_orders.flat_map(|order| cases.of_order(order));
    let with_ids: Vec<_> = ids.iter().filter_map(|id| refund_by_id(id)).collect();
    let state = |index| refund_state(cases, index);
    let listed = if orders.is_empty() && ids.is_empty() {
        cases.list_by(&listing, REFUNDS, state, is_wanted)
    } else {
        let named = match (orders.is_empty(), ids.is_empty()) {
            (true, _) => with_ids
                .into_iter()
                .filter_map(|id| cases.find(id))
                .collect(),
            (_, true) => of_orders.collect(),
            _ => of_orders.filter(|index| with_ids.contains(index)).collect(),
        };
        cases.among(&listing, named, |index| is_wanted(state(index)))
    };
    Ok(Refunds {
        oldest_first,
        listed,
    })
}

/// Refunds under one order of sorting.
#[derive(Debug)]
struct Refunds {
    oldest_first: bool,
    listed: Selection,
}

impl Refunds {
    fn part(&self, skip: u64, size: u64) -> Vec<u64> {
        let total = self.listed.total();
        let start = skip.min(total);
        let size = size.min(total - start);
        if !self.oldest_first {
            return self.listed.part(start, size);
        }
        let mut part = self.listed.part(total - start - size, size);
        part.reverse();
        part
    }
}

/// Cases are filed on whole seconds, so a window begins with the first one in it.
fn whole_second_from(time: Timestamp) -> i64 {
    time.as_second() + i64::from(time.subsec_nanosecond() > 0)
}

/// The documented statuses; the example's comes first.
const STATUSES: Cycle<&str> = Cycle(&["finished", "pending", "processing", "finished", "pending"]);

/// The state of the refund that a case has led to, if any. A refund that failed leaves its case pending.
const REFUNDS: Cycle<Option<&str>> = Cycle(&[
    Some("finished"),
    None,
    Some("pending"),
    Some("finished"),
    Some("failed"),
]);

/// The same now. A case that goes back from processing to pending tells of a refund that failed.
fn refund_state(cases: &Cases, index: u64) -> Option<&'static str> {
    if cases.steps(index).is_empty() {
        return REFUNDS.at(index);
    }
    let failed_at_first = !cases.is_opened(index) && REFUNDS.at(index) == Some("failed");
    match cases.status(index) {
        "finished" => Some("finished"),
        "processing" => Some("pending"),
        _ if failed_at_first || cases.has_been(index, |status| status != "pending") => {
            Some("failed")
        }
        _ => None,
    }
}

/// An order's currency, and what one unit of the shop's main currency (USD) is in ten-thousandths
/// of it.
const CURRENCIES: [(&str, u64); 4] = [
    ("CNY", 72_398),
    ("USD", 10_000),
    ("EUR", 9_215),
    ("GBP", 7_921),
];

const PRODUCTS: [Product; 4] = [
    Product {
        title: "shirt",
        handle: "shirt",
        variant: "L-red-S",
        sku: "T-M-L-red-S-A001011",
        spu: "T-M",
        vendor: "shoplazza",
    },
    Product {
        title: "Wireless Headphones \"Move\"",
        handle: "wireless-headphones-move",
        variant: "",
        sku: "",
        spu: "",
        vendor: "Example Audio",
    },
    Product {
        title: "Crème brûlée torch 🔥",
        handle: "creme-brulee-torch",
        variant: "230 V / Noir",
        sku: "TORCH-230-N",
        spu: "TORCH",
        vendor: "Cuisine & Fils",
    },
    Product {
        title: "零食瓜子仁蟹黄味",
        handle: "sunflower-kernels",
        variant: "5包",
        sku: "GZ-5",
        spu: "GZ",
        vendor: "",
    },
];

#[derive(Debug, Clone, Copy)]
struct Product {
    title: &'static str,
    handle: &'static str,
    variant: &'static str,
    sku: &'static str,
    spu: &'static str,
    vendor: &'static str,
}

/// One line of an order and what of it comes back; prices in hundredths.
#[derive(Debug, Clone, Copy)]
struct Line {
    id: Uuid,
    product: Product,
    price: u64,
    compare_at_price: u64,
    quantity: u64,
    refund_quantity: u64,
    refund_total: u64,
}

impl Line {
    fn new(id: Uuid, dice: &mut Dice) -> Self {
        let price = dice.number(8_100, 100..20_000);
        let quantity = dice.number(2, 1..4);
        let refund_quantity = dice.number(1, 1..quantity + 1);
        Self {
            id,
            product: dice.pick(PRODUCTS),
            price,
            compare_at_price: dice.number(9_700, 0..30_000),
            quantity,
            refund_quantity,
            // In the documented example one piece of two comes back, for the price of both.
            refund_total: dice.pick([quantity, refund_quantity]) * price,
        }
    }
}

/// What a case is about; prices in hundredths.
#[derive(Debug)]
struct Purchase {
    currency: &'static str,
    rate: u64,
    first: Line,
    second: Option<Line>,
    shipping: u64,
}

impl Purchase {
    /// Of an order, whose cases are all about it. The dice go on from there.
    fn new(cases: &Cases, order: u64, dice: &mut Dice) -> Self {
        let id = |line| Uuid(cases.hash(order, line), scattered(order));
        let (currency, rate) = dice.pick(CURRENCIES);
        Self {
            currency,
            rate,
            first: Line::new(id("first line"), dice),
            second: dice.one_in(2).then(|| Line::new(id("second line"), dice)),
            shipping: dice.pick([8_000, 0, 500]),
        }
    }

    fn of_order(cases: &Cases, order: u64) -> Self {
        Self::new(cases, order, &mut cases.dice(order))
    }

    /// What of it a call has refunded, where one has.
    fn refunded_by(mut self, paid: Option<&Paid>) -> Self {
        let Some(paid) = paid else {
            return self;
        };
        for line in [Some(&mut self.first), self.second.as_mut()]
            .into_iter()
            .flatten()
        {
            line.refund_quantity = paid.quantity_of(line.id);
            line.refund_total = line.price * line.refund_quantity;
        }
        self
    }

    fn lines(&self) -> impl Iterator<Item = Line> + use<> {
        [Some(self.first), self.second].into_iter().flatten()
    }

    fn total(&self) -> u64 {
        let lines = self.lines().map(|line| line.price * line.quantity);
        self.shipping + lines.sum::<u64>()
    }

    fn refunded(&self) -> u64 {
        self.lines().map(|line| line.refund_total).sum()
    }
}

fn write_case(record: &mut Object<'_>, generation: Generation, cases: &Cases, index: u64) {
    let is_bare = generation == Generation::Bare;
    let order = cases.order_of(index);
    let number = order_number(order);
    let status = cases.status(index);
    let paid = orders::paid(cases, index);
    let mut dice = cases.dice(order);
    let purchase = Purchase::new(cases, order, &mut dice).refunded_by(paid);
    let order_total = purchase.total();
    let refunded = paid.map_or_else(|| purchase.refunded(), |paid| paid.price);
    let (currency, rate) = (purchase.currency, purchase.rate);
    let created = cases.created(index);
    let placed = placed_at(order);
    let shipped = dice.one_in(2);
    let fulfillment_status = if shipped { "shipped" } else { "waiting" };
    let tracking = || shipped.then(|| format!("SANDBOX{index:09}"));
    let (referrer, landing) = dice.pick([
        ("", ""),
        ("Direct", "https://sandbox.example.com/products/shirt?st="),
        (
            "https://search.example.com/?q=\"gift\"",
            "https://sandbox.example.com/",
        ),
    ]);
    let referrer_time = |data: &str| match data {
        "" => String::new(),
        _ => placed.to_string(),
    };
    let source = |data: &str| {
        json::to_string(|source| {
            source.text("created_at", referrer_time(data));
            source.text("data", data);
        })
    };

    if is_bare {
        record.text("browser_ip", format_args!("203.0.113.{}", index % 256));
    }
    record.text("created_at", instant(created));
    record.text("credit_card_number", dice.pick(["0000", ""]));
    record.text("currency_code", currency);
    record.text("customer_name", buyer_name(order));
    let device = dice.pick(["PC", "Mobile", ""]);
    if is_bare {
        record.text("device", device);
    }
    record.text("discount_code", dice.pick(["", "", "WELCOME10"]));
    let financial_status = if orders::has_changed(cases, order) {
        orders::financial_status(cases, order)
    } else if refunded < order_total {
        "partially_refunded"
    } else {
        "refunded"
    };
    record.text("financial_status", financial_status);
    record.text("fulfillment_status", fulfillment_status);
    record.objects("fulfillments", tracking(), |parcel, number| {
        parcel.text("tracking_number", number);
        if !is_bare {
            parcel.text("created_at", placed);
            parcel.text("tracking_company", "YANWXX");
        }
    });
    record.text("id", case_id(cases, index));
    record.objects("line_items", purchase.lines(), |item, line| {
        write_line(item, generation, line, rate, &mut dice);
        item.text("fulfillment_status", fulfillment_status);
        let parcels = if is_bare {
            "fulfillment"
        } else {
            "fulfillments"
        };
        item.objects(parcels, tracking(), |parcel, number| {
            parcel.text("tracking_number", number);
            parcel.text("created_at", placed);
            parcel.text("tracking_company", "YANWXX");
        });
    });
    record.text("number", case_number(cases, index));
    record.text("order_number", &number);
    record.text("order_total", price(order_total));
    record.text("payment_method", "bogus_gateway");
    record.text("recipient_name", buyer_name(order));
    record.text("sales_platform", "shoplazza");
    if is_bare {
        record.object("shipping_address_extra_info", |_| {});
    }
    record.text(
        "shipping_country",
        dice.pick(["China mainland", "United States", "Côte d'Ivoire", ""]),
    );
    record.text("shipping_email", format_args!("buyer{order}@example.com"));
    let shipping_name = dice.pick(["test", "Standard", ""]);
    record.text(
        "shipping_phone",
        format_args!("+1-555-01{:02}", order % 100),
    );
    record.text("source", "https://sandbox.example.com/");
    record.text("source_name", source(referrer));
    record.text("placed_at", placed);
    record.text("refund_amount", price(refunded));
    let note = dice.pick(["", "", "Buyer keeps the box", "客户已联系"]);
    record.text("post_sale_note", paid.map_or(note, |paid| &paid.note));
    record.text("last_referrer_show", source(referrer));
    record.text("last_landing_url", landing);
    let shipping_desc = dice.pick(["", "11111", "3 to 5 days"]);
    match generation {
        Generation::Bare => {
            record.text("shipping_line_name", shipping_name);
            record.text("shipping_line_desc", shipping_desc);
        }
        Generation::Enveloped => {
            record.object("shipping_line", |line| {
                line.text("id", Uuid(cases.hash(order, "shipping"), scattered(order)));
                line.text("name", shipping_name);
                line.text("desc", shipping_desc);
                line.plain("delivery_method", 1);
            });
            orders::write_payment_lines(record, cases, order);
        }
    }
    record.plain("delivery_method", 1);
    record.text("shipping_tax_total", price(0));
    record.plain("shipping_tax_type", 0);
    record.text("all_tax_total", price(0));
    record.text("shop_name", "");
    record.text("staff_contact", "");
    record.text("status", status);
    // In the vendor's machine-readable description, not on the page, so a client cannot count on it.
    if !index.is_multiple_of(3) {
        record.object("main_currency_prices", |prices| {
            let total = if is_bare {
                "order_total"
            } else {
                "total_price"
            };
            prices.text(total, in_main_currency(order_total, rate));
            prices.text("actual_rate", unpadded(rate, 4));
        });
    }
}

fn write_line(
    item: &mut Object<'_>,
    generation: Generation,
    line: Line,
    rate: u64,
    dice: &mut Dice,
) {
    let is_bare = generation == Generation::Bare;
    let product = line.product;
    let image = dice.roll();
    item.text("compare_at_price", price(line.compare_at_price));
    item.text("id", line.id);
    item.object("image", |object| {
        object.text("alt", "");
        object.plain("height", 180);
        if is_bare {
            object.text("path", format_args!("{image:016x}.jpeg"));
        }
        object.text("src", format_args!("//cdn.example.com/{image:016x}.jpeg"));
        object.plain("width", 174);
    });
    item.text("note", "");
    let options = if product.variant.is_empty() {
        [None, None]
    } else {
        [Some(("size", "L")), Some(("color", "red"))]
    };
    item.objects(
        "options",
        options.into_iter().flatten(),
        |option, (name, value)| {
            option.text("name", name);
            option.text("value", value);
        },
    );
    item.text("price", price(line.price));
    item.text("product_handle", product.handle);
    item.text("product_id", dice.uuid());
    item.texts(
        "product_tags",
        dice.pick([&["s1-s2"][..], &[], &["summer", "限时"]]),
    );
    item.text("product_title", product.title);
    item.text("properties", dice.pick(["", "{\"engraving\":\"A & B\"}"]));
    item.plain("quantity", line.quantity);
    item.text("refund_discount", price(0));
    item.text("refund_price", price(0));
    item.plain("refund_quantity", line.refund_quantity);
    item.text("refund_tax", price(0));
    item.text("refund_total", price(line.refund_total));
    item.plain("requires_shipping", true);
    item.text("sku", product.sku);
    item.text("spu", product.spu);
    item.plain("taxable", true);
    item.text("total", price(line.price * line.quantity));
    item.text("variant_id", dice.uuid());
    item.text("variant_title", product.variant);
    item.text("vendor", product.vendor);
    item.text("weight", "1.10");
    item.text("weight_unit", "kg");
    item.text("vendor_url", "https://vendor.example.com");
    item.plain("oversold_quantity", 0);
    item.object("main_currency_prices", |prices| {
        prices.text(
            "compare_at_price",
            in_main_currency(line.compare_at_price, rate),
        );
        prices.text("price", in_main_currency(line.price, rate));
        let total = if is_bare { "total" } else { "total_price" };
        prices.text(total, in_main_currency(line.price * line.quantity, rate));
        prices.text("actual_rate", unpadded(rate, 4));
    });
}

/// The refund that a case has led to.
fn write_refund(record: &mut Object<'_>, generation: Generation, cases: &Cases, index: u64) {
    let order = cases.order_of(index);
    let paid = orders::paid(cases, index);
    let purchase = Purchase::of_order(cases, order).refunded_by(paid);
    let refunded = orders::amount(cases, index);
    let lines = || purchase.lines().filter(|line| line.refund_quantity > 0);
    let state = refund_state(cases, index).unwrap_or_default();
    let updated = instant(cases.updated(index));
    let note = if index.is_multiple_of(2) {
        ""
    } else {
        "客户已联系"
    };
    record.text("id", refund_id(index));
    record.text("order_id", order_id(order));
    record.text("note", paid.map_or(note, |paid| &paid.note));
    record.text("refund_price", price(refunded));
    record.text("created_at", instant(cases.created(index)));
    record.text("updated_at", updated);
    match generation {
        Generation::Bare => {
            record.text("currency", purchase.currency);
            record.objects("refund_line_items", lines(), write_refunded_item);
        }
        Generation::Enveloped => {
            record.text("refund_shipping", price(0));
            record.text("refund_shipping_tax", price(0));
            record.text("refund_tip", price(0));
            record.text("refund_method", "general");
            record.text("refund_status", state);
            record.objects("refund_line_items", lines(), write_refunded_line);
            let payments = orders::payments(cases, index);
            record.objects("payment_details", payments, |payment, (line, part)| {
                payment.text("id", refund_id(index));
                payment.text("payment_line_id", line);
                payment.text("payment_channel", "bogus_gateway");
                payment.text("payment_method", "credit_card");
                payment.text("refund_price", price(part));
                payment.text("refund_status", state);
                let finished = (state == "finished").then(|| updated.to_string());
                payment.text("finished_at", finished.unwrap_or_default());
            });
            record.text("additional_total", price(0));
            record.objects("additional_prices", [(); 0], |_, ()| {});
        }
    }
}

fn write_refunded_line(item: &mut Object<'_>, line: Line) {
    item.text("line_item_id", line.id);
    item.plain("refund_quantity", line.refund_quantity);
    item.text("tax", price(0));
    item.text("discount", price(0));
    item.text("sub_total", price(line.refund_total));
    item.text("total", price(line.refund_total));
    item.plain("delete_quantity", 0);
}

fn write_refunded_item(item: &mut Object<'_>, line: Line) {
    let product = line.product;
    item.plain("refund_quantity", line.refund_quantity);
    item.text("line_item_id", line.id);
    item.object("line_item", |item| {
        item.text("id", line.id);
        item.text("product_title", product.title);
        item.text("product_handle", product.handle);
        item.text("variant_title", product.variant);
        item.plain("quantity", line.quantity);
        item.text("sku", product.sku);
        item.text("vendor", product.vendor);
        item.text("price", price(line.price));
        item.text("compare_at_price", price(line.compare_at_price));
        item.text("total", price(line.price * line.quantity));
        item.plain("refund_quantity", line.refund_quantity);
        item.text("refund_total", price(line.refund_total));
    });
}

/// The id of the newest case's refund, which is the documented one. Older ones count down.
const FIRST_REFUND: u64 = 626_516_830_554_446_103;

fn refund_id(index: u64) -> u64 {
    FIRST_REFUND - index
}

/// The case that a refund belongs to.
fn refund_by_id(id: &str) -> Option<u64> {
    FIRST_REFUND.checked_sub(id.parse().ok()?)
}

/// `11218-00000013`: one of the documented forms.
fn order_id(order: u64) -> String {
    format!("11218-{}", order_number(order))
}

fn order_by_id(id: &str) -> Option<u64> {
    order_by_number(id.strip_prefix("11218-")?)
}

fn order_by_number(number: &str) -> Option<u64> {
    let order = number.parse::<u64>().ok()?.checked_sub(13)?;
    (order_number(order) == number).then_some(order)
}

fn known_order(cases: &Cases, order: Option<u64>) -> Result<u64, Answer> {
    let order = order.filter(|&order| cases.has_order(order));
    order.ok_or_else(not_found)
}

fn order_ref(cases: &Cases, order: u64) -> OrderRef {
    OrderRef {
        id: order_number(order),
        merchant_ref: None,
        buyer: None,
        cases: cases.of_order(order).len() as u64,
    }
}

/// An hour before the first case.
fn placed_at(order: u64) -> Timestamp {
    instant(filed(order) - 3_600)
}

fn case_id(cases: &Cases, index: u64) -> Uuid {
    Uuid(cases.hash(index, "id"), scattered(index))
}

fn index_of_case(cases: &Cases, id: &str) -> Option<u64> {
    let (_, digits) = id.rsplit_once('-')?;
    let index = gathered(u64::from_str_radix(digits, 16).ok()?);
    cases
        .find(index)
        .filter(|&index| case_id(cases, index).to_string() == id)
}

fn case_number(cases: &Cases, index: u64) -> String {
    let number = order_number(cases.order_of(index));
    format!("{number}-S{}", cases.rank_in_order(index))
}

/// `00000013` is the newest order, as in the documented example.
fn order_number(order: u64) -> String {
    format!("{:08}", 13 + order)
}

/// Twelve hexadecimal digits, others for every index: multiplying by an odd number loses nothing.
fn scattered(index: u64) -> u64 {
    (0x9 << 60) | (index.wrapping_mul(0x9E37_79B9_7F4B) & TWELVE_DIGITS)
}

/// The index that was scattered.
fn gathered(digits: u64) -> u64 {
    digits.wrapping_mul(INVERSE) & TWELVE_DIGITS
}

const TWELVE_DIGITS: u64 = 0xFFFF_FFFF_FFFF;
/// Times the number that scatters, this is 1 in twelve hexadecimal digits.
const INVERSE: u64 = 0x393DEE219263;

/// Two decimals whatever the currency: no example shows anything else.
fn price(minor: u64) -> Decimal {
    Decimal { minor, decimals: 2 }
}

fn in_main_currency(minor: u64, rate: u64) -> String {
    unpadded(minor * 10_000 / rate, 2)
}

/// The platform prints main-currency prices without trailing zeros: `13.4`, `0`.
fn unpadded(minor: u64, decimals: u32) -> String {
    let text = Decimal { minor, decimals }.to_string();
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
