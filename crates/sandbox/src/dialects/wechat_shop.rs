//! WeChat in three generations, which here know the same cases, each with statuses of its own. The custom trade
//! component: the cases of one order; there is no list. The upgraded one: ids by offset, one case, and four calls that
//! act on one. WeChat Store: ids of a day by key, one case, and three calls that act on one.
//!
//! Documented: the calls, the token rules, the fields, the codes of types, statuses and errors, 50 ids of the upgraded
//! component at once, one write per order there, a return address for a return, a minute between two refunds of an order
//! in the store.
//! Told by public clients only: what `reject` takes.
//! Assumed: errors come with HTTP 200, `order_id` wins over `out_order_id`, an openid that is not the
//! order's buyer is answered like an unknown order, 15 to 19 appear although the page of that call stops at 14; lists
//! have the newest case first and both ends of a range in it; a page of the store has 20 ids, and the time of the last
//! change wins over that of creation; the deadline of one case in two is an instant, of the other what is left; from which
//! status to which a call leads, that papers are handed in while the platform's own payment has failed, in the store also
//! once another one is overdue, and change no status, and that the minute begins with an accepted refund.

mod push;

use std::time::{Duration, Instant};

use axum::http::Method;
use serde_json::{Map, Value};

use super::{Account, Dialect, Setup};
use crate::cases::{Cycle, NOW, Selection, ShanghaiTime};
use crate::exchange::{Answer, Request, text, texts};
use crate::json::{self, Object};
use crate::ledger::{Ledger, Listing, Shared, Span, Time};
use crate::tokens::{Issued, OVERLAP, Tokens, Verdict};
use crate::{ChangeError, Effect, Opened, OrderRef};

pub(super) const NAME: &str = "wechat-shop";

/// Of the ready configuration, and the path that pushes go to.
const ACCOUNT: &str = "wx";

/// WeChat: exchange the app's id and secret for a token, or use the fixed token.
pub mod credentials {
    /// For both token calls.
    pub const APP_ID: &str = "wx5a4db0c55a4db0c5";
    /// For both token calls.
    pub const APP_SECRET: &str = "sandbox-wechat-secret";
    /// A token that never expires.
    pub const ACCESS_TOKEN: &str = "sandbox-wechat-fixed-token";
    /// What pushes are signed with.
    pub const PUSH_TOKEN: &str = "sandboxWechatPushToken";
    /// What pushes are encrypted with.
    pub const ENCODING_AES_KEY: &str = "c2FuZGJveC13ZWNoYXQtZW5jb2RpbmctYWVzLWtleSE";
}

#[derive(Debug)]
pub(super) struct Platform {
    world: Shared<Generations>,
    /// Of the stable call and of the classic one: they do not invalidate each other's tokens.
    tokens: [Tokens; 2],
}

/// The same cases three times. They are opened together and otherwise change apart.
#[derive(Debug)]
struct Generations {
    component: Component,
    ec: Ec,
    store: Store,
}

type Component = Ledger<u8>;

/// With the address that a return goes to.
type Ec = Ledger<u8, Option<Map<String, Value>>>;

type Store = Ledger<&'static str, Decision>;

/// What the merchant has said about a case of the store.
#[derive(Debug, Default)]
struct Decision {
    reject_reason: Option<String>,
    certificates: Vec<String>,
    /// When a refund was accepted, by the clock that quotas go by.
    refunded: Option<Instant>,
}

impl Decision {
    fn is_hasty(&self, now: Instant) -> bool {
        let minute = Duration::from_secs(60);
        self.refunded
            .is_some_and(|at| now.duration_since(at) < minute)
    }
}

impl Platform {
    pub(super) fn new(setup: &Setup) -> Self {
        let &Setup { records, seed, .. } = setup;
        let generations = Generations {
            component: Ledger::new(records, seed, NAME, STATUSES),
            ec: Ledger::new(records, seed, NAME, EC_STATUSES),
            store: Ledger::new(records, seed, NAME, STORE_STATUSES),
        };
        Self {
            world: Shared::new(generations, setup),
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
        let force = body.get("force_refresh").and_then(Value::as_bool);
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
        let refuse = |code, message| error(request, code, message);
        let body = self.admit(request)?;
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
        let world = self.world.read();
        let cases = &world.cases.component;
        let order = order
            .filter(|&order| cases.has_order(order) && buyer(order) == openid)
            .ok_or_else(|| refuse(1010011, "order not found"))?;
        let listed = cases.of_order(order);
        Ok(done(|reply| {
            // Without a case the key is missing, rather than empty.
            if !listed.is_empty() {
                reply.objects("aftersale_infos", listed, |info, index| {
                    write_case(info, cases, index);
                });
            }
        }))
    }

    fn ec_list(&self, request: &Request) -> Result<Answer, Answer> {
        let refuse = |message: &str| error(request, -2, message);
        let body = self.admit(request)?;
        let needed = |name: &str| {
            let number = text(&body, name).and_then(|text| text.parse::<u64>().ok());
            number.ok_or_else(|| refuse(&format!("{name} is not a number")))
        };
        let limit = needed("limit")?;
        if !(1..=EC_LIMIT).contains(&limit) {
            return Err(refuse("limit is not from 1 to 50"));
        }
        let offset = request.skip(needed("offset")?);
        let world = self.world.read();
        let listed = ec_selection(&world.cases.ec, &body);
        let has_more = offset.saturating_add(limit) < listed.total();
        Ok(done(|reply| {
            let ids = listed.part(offset, limit).into_iter().map(aftersale_id);
            reply.texts("after_sales_orders", ids);
            reply.plain("has_more", has_more);
        }))
    }

    fn ec_case(&self, request: &Request) -> Result<Answer, Answer> {
        let body = self.admit(request)?;
        let world = self.world.read();
        let cases = &world.cases.ec;
        let index = ec_index(request, &body, cases)?;
        Ok(done(|reply| {
            reply.object("after_sales_order", |case| {
                write_ec_case(case, cases, index);
            });
        }))
    }

    fn ec_act(&self, request: &Request, action: &'static str) -> Result<Answer, Answer> {
        let refuse = |code, message| Err(error(request, code, message));
        let body = self.admit(request)?;
        let mut world = self.world.write();
        let index = ec_index(request, &body, &world.cases.ec)?;
        let address = body.get("address_info").and_then(Value::as_object);
        let is_complete = |address: &Map<String, Value>| {
            let mut parts = RETURN_ADDRESS.into_iter().map(|part| text(address, part));
            parts.all(|part| part.is_some_and(|part| !part.trim().is_empty()))
        };
        let links = texts(&body, "certificates");
        let is_link = |link: &String| link.starts_with("https://") || link.starts_with("http://");
        match action {
            "acceptreturn" if !address.is_some_and(is_complete) => {
                return refuse(2747025, "address_info is not complete");
            }
            "upload_certificates" if !links.iter().all(is_link) => {
                return refuse(2747010, "certificates are no links");
            }
            _ => {}
        }
        if request.order_is_busy {
            return refuse(2747026, "another write of the order is running");
        }
        let next = match (action, world.cases.ec.status(index)) {
            ("acceptrefund", 2 | 8) => 11,
            ("acceptreturn", 23) => 6,
            ("reject", 2) => 4,
            ("reject", 8 | 23) => 5,
            ("upload_certificates", 25) => 25,
            _ => return refuse(2747008, "the status does not allow it"),
        };
        let at = world.tick();
        let return_address = world.cases.ec.set(index, next, at);
        if next == 6 {
            *return_address = address.cloned();
        }
        world.note(aftersale_id(index), action);
        Ok(done(|_| {}))
    }

    fn store_list(&self, request: &Request) -> Result<Answer, Answer> {
        let body = self.admit(request)?;
        let listing = store_listing(request, &body)?;
        let key = match text(&body, "next_key").filter(|key| !key.is_empty()) {
            None => 0,
            Some(key) => key
                .strip_prefix(STORE_KEY)
                .and_then(|page| page.parse().ok())
                .ok_or_else(|| error(request, 9700224, "next_key is invalid"))?,
        };
        let page = request.page(u64::saturating_add(key, 1));
        let world = self.world.read();
        let listed = world.cases.store.list(&listing, |_| true);
        Ok(done(|reply| {
            let ids = listed.page(page, STORE_PAGE).into_iter().map(store_id);
            reply.texts("after_sale_order_id_list", ids);
            let has_more = page.saturating_mul(STORE_PAGE) < listed.total();
            reply.plain("has_more", has_more);
            reply.text("next_key", format_args!("{STORE_KEY}{page}"));
        }))
    }

    fn store_case(&self, request: &Request) -> Result<Answer, Answer> {
        let body = self.admit(request)?;
        let id = text(&body, "after_sale_order_id");
        if id.is_some_and(|id| id == DOCUMENTED_CASE) {
            return Ok(Answer::json(DOCUMENTED_STORE.to_owned()));
        }
        let world = self.world.read();
        let cases = &world.cases.store;
        let index = store_index(request, &body, cases)?;
        Ok(done(|reply| {
            reply.object("after_sale_order", |case| {
                write_store_case(case, cases, index);
            });
        }))
    }

    fn store_accept(&self, request: &Request) -> Result<Answer, Answer> {
        let refuse = |code, message| Err(error(request, code, message));
        let body = self.admit(request)?;
        let mut world = self.world.write();
        let cases = &world.cases.store;
        let index = store_index(request, &body, cases)?;
        let kind = store_kind(cases.first_status(index), index);
        let of_order = cases.of_order(cases.order_of(index)).into_iter();
        let is_hasty = of_order
            .filter_map(|index| cases.details(index))
            .any(|decision| decision.is_hasty(request.instant));
        let accept_type = text(&body, "accept_type");
        let next = match (cases.status(index), kind, accept_type.as_deref()) {
            ("MERCHANT_PROCESSING", "RETURN" | "EXCHANGE", None | Some("1")) => {
                let address = text(&body, "address_id").unwrap_or_default();
                match address.parse::<u64>() {
                    _ if address.is_empty() => return refuse(10021060, "address_id is missing"),
                    Ok(1..) => "USER_WAIT_RETURN",
                    _ => return refuse(10021062, "address_id is wrong"),
                }
            }
            ("MERCHANT_PROCESSING", "RESHIP", None | Some("1")) => "USER_WAIT_RECEIPT",
            (_, _, None | Some("1" | "2")) if is_hasty => {
                return refuse(10021059, "refunds of an order are a minute apart");
            }
            ("MERCHANT_PROCESSING", "REFUND", None | Some("1" | "2"))
            | ("MERCHANT_WAIT_RECEIPT", _, None | Some("2")) => "PLATFORM_REFUNDING",
            (_, _, None | Some("1" | "2")) => {
                return refuse(10020001, "the status does not allow it");
            }
            _ => return refuse(9700224, "accept_type is not 1 or 2"),
        };
        let at = world.tick();
        let decision = world.cases.store.set(index, next, at);
        if next == "PLATFORM_REFUNDING" {
            decision.refunded = Some(request.instant);
        }
        world.note(store_id(index), "acceptapply");
        world.push(|cases| push::store_changed(&cases.store, index));
        Ok(done(|_| {}))
    }

    fn store_reject(&self, request: &Request) -> Result<Answer, Answer> {
        let refuse = |code, message| Err(error(request, code, message));
        let body = self.admit(request)?;
        let mut world = self.world.write();
        let cases = &world.cases.store;
        let index = store_index(request, &body, cases)?;
        let asked = text(&body, "reject_reason_type");
        let mut reasons = REJECT_REASONS.into_iter();
        let reason = reasons.find(|(code, _)| asked.as_deref() == Some(&*code.to_string()));
        let Some((_, words)) = reason else {
            return refuse(9700224, "reject_reason_type is not in rejectreason/get");
        };
        let kind = store_kind(cases.first_status(index), index);
        let next = match (cases.status(index), kind) {
            ("MERCHANT_PROCESSING", "REFUND") => "MERCHANT_REJECT_REFUND",
            ("MERCHANT_PROCESSING", "EXCHANGE") => "MERCHANT_REJECT_EXCHANGE",
            ("MERCHANT_PROCESSING", "RESHIP") => "MERCHANT_REJECT_RESHIP",
            ("MERCHANT_PROCESSING" | "MERCHANT_WAIT_RECEIPT", _) => "MERCHANT_REJECT_RETURN",
            _ => return refuse(10020001, "the status does not allow it"),
        };
        let at = world.tick();
        let given = text(&body, "reject_reason").filter(|words| !words.is_empty());
        let decision = world.cases.store.set(index, next, at);
        decision.reject_reason = Some(given.unwrap_or_else(|| words.to_owned()));
        world.note(store_id(index), "rejectapply");
        world.push(|cases| push::store_changed(&cases.store, index));
        Ok(done(|_| {}))
    }

    fn store_certificate(&self, request: &Request) -> Result<Answer, Answer> {
        let refuse = |code, message| Err(error(request, code, message));
        let body = self.admit(request)?;
        let mut world = self.world.write();
        let index = store_index(request, &body, &world.cases.store)?;
        let certificates = texts(&body, "refund_certificates");
        let words = text(&body, "desc").unwrap_or_default();
        if certificates.is_empty() || words.is_empty() {
            return refuse(9700224, "refund_certificates and desc are required");
        }
        let status = world.cases.store.status(index);
        if !["PLATFORM_REFUND_FAIL", "MERCHANT_OVERDUE_REFUND"].contains(&status) {
            return refuse(10020001, "the status does not allow it");
        }
        let at = world.tick();
        world.cases.store.set(index, status, at).certificates = certificates;
        world.note(store_id(index), "uploadrefundcertificate");
        Ok(done(|_| {}))
    }

    fn reasons(&self, request: &Request) -> Result<Answer, Answer> {
        self.admit(request)?;
        Ok(done(|reply| {
            reply.objects("reason_list", STORE_REASONS, |reason, (code, words)| {
                reason.text("reason", code);
                reason.text("reason_text", words);
            });
        }))
    }

    fn reject_reasons(&self, request: &Request) -> Result<Answer, Answer> {
        self.admit(request)?;
        Ok(done(|reply| {
            reply.objects("reason_list", REJECT_REASONS, |reason, (code, words)| {
                reason.plain("reject_reason_type", code);
                reason.text("reject_reason_type_text", words);
                reason.text("reject_reason", words);
                reason.plain("reject_scene", 1);
            });
        }))
    }

    /// The body of a call with a good token.
    fn admit(&self, request: &Request) -> Result<Map<String, Value>, Answer> {
        if request.method != Method::POST {
            return Err(error(request, 43002, "require POST method"));
        }
        self.authorize(request)?;
        let body = request.json();
        body.ok_or_else(|| error(request, 47001, "data format error"))
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
/// The case of the example of WeChat Store.
const DOCUMENTED_CASE: &str = "123456";
const DOCUMENTED_STORE: &str = include_str!("../documented/wechat-shop.getaftersaleorder.json");

impl Dialect for Platform {
    fn account(&self) -> Account {
        Account {
            name: ACCOUNT,
            settings: &[
                ("app_id", credentials::APP_ID),
                ("app_secret", credentials::APP_SECRET),
            ],
            pushes: &[
                ("token", credentials::PUSH_TOKEN),
                ("encoding_aes_key", credentials::ENCODING_AES_KEY),
            ],
        }
    }

    fn answer(&self, request: &Request) -> Answer {
        if let Some(action) = ec_action(&request.path) {
            let answer = self.ec_act(request, action);
            return answer.unwrap_or_else(|refused| refused);
        }
        let answer = match (&request.method, request.path.as_str()) {
            (&Method::POST, "/cgi-bin/stable_token") => Ok(self.stable_token(request)),
            (&Method::GET, "/cgi-bin/token") => Ok(self.token(request)),
            (_, "/shop/aftersale/get") => self.after_sales(request),
            (_, "/shop/ecaftersale/get_list") => self.ec_list(request),
            (_, "/shop/ecaftersale/get") => self.ec_case(request),
            (_, "/channels/ec/aftersale/getaftersalelist") => self.store_list(request),
            (_, "/channels/ec/aftersale/getaftersaleorder") => self.store_case(request),
            (_, "/channels/ec/aftersale/acceptapply") => self.store_accept(request),
            (_, "/channels/ec/aftersale/rejectapply") => self.store_reject(request),
            (_, "/channels/ec/aftersale/uploadrefundcertificate") => {
                self.store_certificate(request)
            }
            (_, "/channels/ec/aftersale/reason/get") => self.reasons(request),
            (_, "/channels/ec/aftersale/rejectreason/get") => self.reject_reasons(request),
            _ => Ok(error(request, 40066, "invalid url")),
        };
        answer.unwrap_or_else(|refused| refused)
    }

    fn is_token_call(&self, request: &Request) -> bool {
        request.path.starts_with("/cgi-bin/")
    }

    fn expired(&self) -> Answer {
        error_with_id(0, 42001, "access_token expired")
    }

    fn writes_to(&self, request: &Request) -> Option<u64> {
        ec_action(&request.path)?;
        let world = self.world.read();
        let index = ec_index(request, &request.json()?, &world.cases.ec);
        Some(world.cases.ec.order_of(index.ok()?))
    }

    fn order(&self, number: u64) -> Option<OrderRef> {
        let world = self.world.read();
        let cases = &world.cases.component;
        let count = cases.of_order(number).len() as u64;
        cases.has_order(number).then(|| order_ref(number, count))
    }

    fn change(&self, case: &str, status: &str) -> Result<(), ChangeError> {
        let mut world = self.world.write();
        let Generations {
            component,
            ec,
            store,
        } = &world.cases;
        if let Some(index) = index_of_store_case(case) {
            let (index, status) = store.named((Some(index), case), (STORE_STATUSES.0, status))?;
            let at = world.tick();
            world.cases.store.set(index, status, at);
            world.push(|cases| push::store_changed(&cases.store, index));
        } else if let Some(index) = index_of_case(case) {
            let (index, status) = ec.named((Some(index), case), (EC_STATUSES.0, status))?;
            let from = ec.status(index);
            let at = world.tick();
            world.cases.ec.set(index, status, at);
            world.push(|cases| push::ec_changed(&cases.ec, index, from));
        } else {
            let (index, status) =
                component.named((component_index(case), case), (STATUSES.0, status))?;
            let at = world.tick();
            world.cases.component.set(index, status, at);
        }
        Ok(())
    }

    fn open(&self) -> Opened {
        let mut world = self.world.write();
        let at = world.tick();
        let index = world.cases.component.open(0, at);
        world.cases.ec.open(2, at);
        world.cases.store.open("MERCHANT_PROCESSING", at);
        world.push(|cases| push::ec_opened(&cases.ec, index));
        world.push(|cases| push::store_changed(&cases.store, index));
        let order = world.cases.component.order_of(index);
        let count = world.cases.component.of_order(order).len() as u64;
        Opened {
            ids: vec![
                merchants_case(index),
                aftersale_id(index).to_string(),
                store_id(index),
            ],
            order: order_ref(order, count),
        }
    }

    fn opened(&self) -> u64 {
        self.world.read().cases.component.opened()
    }

    fn effects(&self) -> Vec<Effect> {
        self.world.read().effects().to_vec()
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

fn done(members: impl FnOnce(&mut Object<'_>)) -> Answer {
    Answer::json(json::to_string(|reply| {
        reply.plain("errcode", 0);
        reply.text("errmsg", "ok");
        members(reply);
    }))
}

fn error(request: &Request, code: i32, message: &str) -> Answer {
    error_with_id(request.received.as_millisecond(), code, message)
}

fn error_with_id(at: i64, code: i32, message: &str) -> Answer {
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

fn order_ref(order: u64, cases: u64) -> OrderRef {
    OrderRef {
        id: order_id(order).to_string(),
        merchant_ref: Some(merchant_ref(order)),
        buyer: Some(buyer(order)),
        cases,
    }
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

fn write_case(info: &mut Object<'_>, cases: &Component, index: u64) {
    let mut dice = cases.dice(index);
    let order = cases.order_of(index);
    let status = cases.status(index);
    let refund = dice.number(100, 1..500_000);
    let pieces = dice.number(5, 1..6);
    // An older edition of the page shows the platform's own ids.
    if dice.one_in(3) {
        info.plain("order_id", order_id(order));
        info.plain("aftersale_id", aftersale_id(index));
    }
    info.text("out_order_id", merchant_ref(order));
    info.text("out_aftersale_id", merchants_case(index));
    info.text("openid", buyer(order));
    info.plain("type", kind(index, cases.first_status(index)));
    info.text("create_time", ShanghaiTime(cases.created(index)));
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

/// Sixteen digits.
const FIRST_CASE: u64 = 4_000_000_000_000_001;

fn aftersale_id(index: u64) -> u64 {
    FIRST_CASE + index
}

fn index_of_case(id: &str) -> Option<u64> {
    id.parse::<u64>().ok()?.checked_sub(FIRST_CASE)
}

fn merchants_case(index: u64) -> String {
    format!("AS{index:09}")
}

fn component_index(id: &str) -> Option<u64> {
    let index = id.strip_prefix("AS")?.parse().ok()?;
    (merchants_case(index) == id).then_some(index)
}

/// A case that the buyer opened at WeChat has no id of the merchant's.
fn has_merchants_id(index: u64) -> bool {
    index.is_multiple_of(3)
}

fn index_of_merchants_case(id: &str) -> Option<u64> {
    component_index(id).filter(|&index| has_merchants_id(index))
}

/// The case that a call of the upgraded component names by either id.
fn ec_index(request: &Request, body: &Map<String, Value>, cases: &Ec) -> Result<u64, Answer> {
    let index = match (text(body, "aftersale_id"), text(body, "out_aftersale_id")) {
        (Some(id), _) => index_of_case(&id),
        (None, Some(id)) => index_of_merchants_case(&id),
        (None, None) => return Err(error(request, 2747012, "id is empty")),
    };
    let index = index.and_then(|index| cases.find(index));
    index.ok_or_else(|| error(request, 2747007, "after-sale not found"))
}

/// The calls of the upgraded component that act on a case.
fn ec_action(path: &str) -> Option<&'static str> {
    let action = path.strip_prefix("/shop/ecaftersale/")?;
    let actions = [
        "acceptrefund",
        "acceptreturn",
        "reject",
        "upload_certificates",
    ];
    actions.into_iter().find(|&known| known == action)
}

/// What `acceptreturn` needs of an address.
const RETURN_ADDRESS: [&str; 6] = [
    "receiver_name",
    "detailed_address",
    "tel_number",
    "province",
    "city",
    "town",
];

/// The cases that the filters of `ecaftersale/get_list` leave.
fn ec_selection(cases: &Ec, body: &Map<String, Value>) -> Selection {
    let milliseconds = |name: &str| text(body, name).and_then(|text| text.parse::<i64>().ok());
    let span = Span {
        oldest: milliseconds("begin_create_time").map(|at| at.saturating_add(999) / 1000),
        newest: milliseconds("end_create_time").map(|at| at / 1000),
    };
    let listing = Listing::within(Time::Created, span);
    let status = text(body, "status");
    let wanted = |code: u8| {
        status
            .as_ref()
            .is_none_or(|status| *status == code.to_string())
    };
    let by_id = text(body, "order_id").map(|id| order_by_id(&id));
    let by_ref = text(body, "out_order_id").map(|id| order_by_merchant_ref(&id));
    match (by_id, by_ref) {
        (None, None) => cases.list(&listing, wanted),
        (Some(one), Some(other)) if one != other => Selection::default(),
        (Some(order), _) | (None, Some(order)) => {
            let of_order = order.map_or_else(Vec::new, |order| cases.of_order(order));
            cases.among(&listing, of_order, |index| wanted(cases.status(index)))
        }
    }
}

/// The most ids that `ecaftersale/get_list` gives at once.
const EC_LIMIT: u64 = 50;

/// The codes that public clients agree on.
const EC_STATUSES: Cycle<u8> = Cycle(&[2, 13, 23, 6, 8, 1, 11, 4, 21, 5, 24, 7, 25]);

fn write_ec_case(case: &mut Object<'_>, cases: &Ec, index: u64) {
    let mut dice = cases.dice(index);
    let order = cases.order_of(index);
    let status = cases.status(index);
    let is_return = match cases.first_status(index) {
        5..=8 | 23 | 24 => true,
        2 | 4 | 21 => false,
        _ => dice.one_in(2),
    };
    let has_out_ids = !dice.one_in(3);
    case.text(
        "out_aftersale_id",
        if has_merchants_id(index) {
            merchants_case(index)
        } else {
            String::new()
        },
    );
    case.plain("aftersale_id", aftersale_id(index));
    case.text("out_order_id", merchant_ref(order));
    case.plain("order_id", order_id(order));
    case.object("product_info", |product| {
        let (product_id, sku_id) = (234_245 + order % 50, 23_424 + order % 50);
        if has_out_ids {
            product.text("out_product_id", format_args!("P{product_id}"));
            product.plain("product_id", 0);
            product.text("out_sku_id", format_args!("S{sku_id}"));
            product.plain("sku_id", 0);
        } else {
            product.plain("product_id", product_id);
            product.plain("sku_id", sku_id);
        }
        product.plain("product_cnt", dice.number(1, 1..6));
    });
    case.plain("type", if is_return { 2 } else { 1 });
    // Whoever waits for the goods has not got them yet, or no longer.
    let has_goods = |status| matches!(status, 8 | 11 | 13 | 25);
    let is_sent = is_return && status != 6 && cases.has_been(index, has_goods);
    case.object("return_info", |parcel| {
        parcel.plain(
            "order_return_time",
            if is_sent {
                cases.since(index, has_goods) * 1000
            } else {
                0
            },
        );
        if is_sent {
            parcel.text("delivery_id", "SF");
            parcel.text("delivery_name", "顺丰速运");
            parcel.text("waybill_id", format_args!("SF{index:010}"));
        } else {
            // The other two keys are absent rather than empty.
            parcel.text("waybill_id", "");
        }
    });
    case.plain("orderamt", dice.number(1234, 1..500_000));
    case.plain("refund_reason_type", dice.pick([3, 1, 8, 14, 15]));
    case.text(
        "refund_reason",
        dice.pick(["", "不想要了", "质量问题", "Wrong size"]),
    );
    case.objects("media_list", 0..dice.number(0, 0..3), |media, n| {
        media.plain("type", 1);
        media.text("url", format_args!("https://example.com/{index}-{n}.jpg"));
        media.text(
            "thumb_url",
            format_args!("https://example.com/{index}-{n}-small.jpg"),
        );
    });
    case.plain("status", status);
    case.text("create_time", format_args!("{}123", cases.created(index)));
    case.text("update_time", format_args!("{}123", cases.updated(index)));
    case.text("openid", buyer(order));
    case.object("refund_pay_detail", |payment| {
        let is_paid = status == 13;
        payment.text(
            "refund_id",
            if is_paid {
                format!("5000000000{index:010}")
            } else {
                String::new()
            },
        );
    });
    case.text("return_id", "");
    if let Some(Some(address)) = cases.details(index) {
        case.object("return_address_info", |info| {
            for (name, part) in address.iter().filter(|(_, part)| part.is_string()) {
                info.plain(name, part);
            }
        });
    }
}

const DAY: i64 = 24 * 60 * 60;

/// So many ids are on a page of `getaftersalelist`.
const STORE_PAGE: u64 = 20;
const STORE_KEY: &str = "sandbox-page-";

/// The window of `getaftersalelist`.
fn store_listing(request: &Request, body: &Map<String, Value>) -> Result<Listing, Answer> {
    let second = |name: &str| text(body, name).and_then(|text| text.parse::<i64>().ok());
    let pair = |begin, end| second(begin).zip(second(end));
    let updated = pair("begin_update_time", "end_update_time").map(|pair| (Time::Updated, pair));
    let created = pair("begin_create_time", "end_create_time").map(|pair| (Time::Created, pair));
    let (time, (begin, end)) = updated
        .or(created)
        .ok_or_else(|| error(request, 9700224, "a pair of times is required"))?;
    if end.saturating_sub(begin) > DAY {
        let message = "the range is longer than 24 hours";
        return Err(error(request, 10020004, message));
    }
    let span = Span {
        oldest: Some(begin),
        newest: Some(end),
    };
    Ok(Listing::within(time, span))
}

/// The case that a call of the store names.
fn store_index(request: &Request, body: &Map<String, Value>, cases: &Store) -> Result<u64, Answer> {
    let id = text(body, "after_sale_order_id").unwrap_or_default();
    let index = index_of_store_case(&id).and_then(|index| cases.find(index));
    index.ok_or_else(|| error(request, 10020000, "invalid after_sale_order_id"))
}

/// Sixteen digits that end in 0121, as in the documented example.
fn store_id(index: u64) -> String {
    format!("{}0121", 193_400_000_000 + index)
}

fn index_of_store_case(id: &str) -> Option<u64> {
    let index = id
        .strip_suffix("0121")?
        .parse::<u64>()
        .ok()?
        .checked_sub(193_400_000_000)?;
    (store_id(index) == id).then_some(index)
}

const STORE_STATUSES: Cycle<&str> = Cycle(&[
    "MERCHANT_PROCESSING",
    "MERCHANT_REFUND_SUCCESS",
    "USER_WAIT_RETURN",
    "MERCHANT_WAIT_RECEIPT",
    "USER_CANCELD",
    "PLATFORM_REFUNDING",
    "MERCHANT_REJECT_REFUND",
    "MERCHANT_RETURN_SUCCESS",
    "MERCHANT_OVERDUE_REFUND",
    "RETURN_CLOSED",
    "MERCHANT_REJECT_RETURN",
    "PLATFORM_REFUND_FAIL",
    "USER_WAIT_CONFIRM",
    "MERCHANT_REFUND_RETRY_FAIL",
    "MERCHANT_FAIL",
    "USER_WAIT_CONFIRM_UPDATE",
    "USER_WAIT_HANDLE_MERCHANT_AFTER_SALE",
    "WAIT_PACKAGE_INTERCEPT",
    "MERCHANT_REJECT_EXCHANGE",
    "MERCHANT_REJECT_RESHIP",
    "USER_WAIT_RECEIPT",
    "MERCHANT_EXCHANGE_SUCCESS",
]);

fn store_kind(status: &str, index: u64) -> &'static str {
    match status {
        "MERCHANT_REJECT_EXCHANGE" | "MERCHANT_EXCHANGE_SUCCESS" | "USER_WAIT_RECEIPT" => {
            "EXCHANGE"
        }
        "MERCHANT_REJECT_RESHIP" => "RESHIP",
        "MERCHANT_REJECT_REFUND" | "MERCHANT_REFUND_SUCCESS" | "WAIT_PACKAGE_INTERCEPT" => "REFUND",
        "MERCHANT_REJECT_RETURN"
        | "MERCHANT_RETURN_SUCCESS"
        | "USER_WAIT_RETURN"
        | "MERCHANT_WAIT_RECEIPT"
        | "RETURN_CLOSED" => "RETURN",
        // Either kind in each of the other statuses, of which there are an even number.
        _ if (index + index / STORE_STATUSES.0.len() as u64).is_multiple_of(2) => "REFUND",
        _ => "RETURN",
    }
}

/// Codes with their words. Those of the first case come first.
const STORE_REASONS: [(&str, &str); 6] = [
    ("10000000", "不想要了"),
    ("10000002", "拍错/多拍"),
    ("10000006", "商家发错货"),
    ("10000007", "未收到货"),
    ("10000014", "与商家协商一致"),
    ("10000021", "质量问题"),
];

const REJECT_REASONS: [(u32, &str); 3] =
    [(1, "商品已发出"), (2, "商品已使用"), (3, "已与买家协商")];

fn write_store_case(case: &mut Object<'_>, cases: &Store, index: u64) {
    let mut dice = cases.dice(index);
    let order = cases.order_of(index);
    let status = cases.status(index);
    let created = cases.created(index);
    let decision = cases.details(index);
    let (reason, words) = dice.pick(STORE_REASONS);
    let has_goods = |status| matches!(status, "MERCHANT_WAIT_RECEIPT" | "MERCHANT_RETURN_SUCCESS");
    let is_sent = status != "USER_WAIT_RETURN" && cases.has_been(index, has_goods);
    case.text("after_sale_order_id", store_id(index));
    case.text("status", status);
    case.text("openid", buyer(order));
    case.text("order_id", order_id(order));
    case.object("product_info", |product| {
        product.text("product_id", 10_000_001 + order % 50);
        product.text("sku_id", 20_000_001 + order % 50);
        product.plain("count", dice.number(1, 1..4));
        if dice.one_in(2) {
            product.text("sku_code", format_args!("SKU-{}", order % 50));
        }
    });
    case.object("details", |details| {
        details.text("desc", dice.pick(["", "太小了", "Too small", "坏了 💔"]));
        details.plain("receive_product", is_sent);
        details.plain("cancel_time", 0);
        details.texts(
            "media_id_list",
            (0..dice.number(0, 0..3)).map(|n| format!("MEDIA_{index}_{n}")),
        );
    });
    case.object("refund_info", |refund| {
        refund.plain("amount", dice.number(11, 1..500_000));
        refund.plain("refund_reason", 1);
    });
    case.object("return_info", |parcel| {
        let number = if is_sent {
            format!("SF{index:010}")
        } else {
            String::new()
        };
        parcel.text("waybill_id", number);
        parcel.text("delivery_id", if is_sent { "SF" } else { "" });
        parcel.text("delivery_name", if is_sent { "顺丰速运" } else { "" });
    });
    case.object("merchant_upload_info", |answer| {
        let is_refused = status.starts_with("MERCHANT_REJECT");
        let given = decision.and_then(|decision| decision.reject_reason.as_deref());
        let reason = given.unwrap_or(if is_refused { "商品已发出" } else { "" });
        answer.text("reject_reason", reason);
        let certificates = decision.map_or(&[][..], |decision| &decision.certificates);
        answer.texts("refund_certificates", certificates);
    });
    case.plain("create_time", created);
    case.plain("update_time", cases.updated(index));
    // While the merchant is awaited, in either reading.
    if matches!(status, "MERCHANT_PROCESSING" | "MERCHANT_WAIT_RECEIPT") {
        let end = created + 10 * DAY;
        let deadline = if index.is_multiple_of(2) {
            end
        } else {
            (end - NOW).max(0)
        };
        case.plain("deadline", deadline);
    }
    case.text("reason", reason);
    case.text("reason_text", words);
    case.text("type", store_kind(cases.first_status(index), index));
}
