//! The orders behind the cases: what was paid for them, and the calls that pay it back.
//!
//! Documented: the calls, their bodies and answers, the fields of an order, that `refund_total` has to be stated since
//! 2025-06, and that a broken business rule is answered with 500 there.
//! Assumed: that an order can be refunded up to its total, less what is refunded and finished; 422 in 2022-01 for an
//! amount beyond, 406 where nothing is left; since 2025-06 500 for either, and 400 for what is wrong in the body; that an
//! order with two payments wants `refund_payments`; the parts of a refund beside its total, which are not looked at.
//! Pushes about refunds are documented, their body by third parties only.

use axum::http::StatusCode;
use data_encoding::BASE64;
use serde_json::{Map, Value};

use super::{
    Cases, Generation, Line, NAME, Platform, Purchase, buyer_name, case_id, case_number,
    credentials, known_order, not_allowed, order_by_id, order_id, order_number, placed_at, price,
    refund_id, refund_state, scattered, success, write_refund, wrong,
};
use crate::cases::{Uuid, instant};
use crate::exchange::{Answer, Request, text};
use crate::json::{self, Object};
use crate::ledger::World;
use crate::push::{Push, hmac_sha256};

/// A refund that a call has made. Prices in hundredths.
#[derive(Debug, Default)]
pub(super) struct Paid {
    pub(super) price: u64,
    pub(super) note: String,
    /// The lines and how many of each, where the call names some.
    lines: Vec<(Uuid, u64)>,
    /// Of which payment how much, where the call says so.
    payments: Vec<(Uuid, u64)>,
}

impl Paid {
    pub(super) fn quantity_of(&self, line: Uuid) -> u64 {
        let quantities = self.lines.iter().filter(|&&(id, _)| id == line);
        quantities.map(|&(_, quantity)| quantity).sum()
    }
}

impl Platform {
    pub(super) fn order_of_id(
        &self,
        generation: Generation,
        order: Option<u64>,
    ) -> Result<Answer, Answer> {
        let world = self.world.read();
        let order = known_order(&world.cases, order)?;
        let write = |data: &mut Object<'_>| {
            data.object("order", |out| {
                write_order(out, generation, &world.cases, order);
            });
        };
        Ok(match generation {
            Generation::Bare => Answer::json(json::to_string(write)),
            Generation::Enveloped => success(write),
        })
    }

    /// 2022-01: all that is left.
    pub(super) fn refund_all(&self, order: &str) -> Result<Answer, Answer> {
        let generation = Generation::Bare;
        let mut world = self.world.write();
        let order = known_order(&world.cases, order_by_id(order))?;
        let left = left(&world.cases, order);
        if left == 0 {
            return Err(not_allowed(generation));
        }
        let lines = Purchase::of_order(&world.cases, order).lines();
        let paid = Paid {
            price: left,
            lines: lines.map(|line| (line.id, line.quantity)).collect(),
            ..Paid::default()
        };
        let index = book(&mut world, order, paid, "refund");
        Ok(made(&world.cases, index))
    }

    /// 2022-01: a part.
    pub(super) fn refund_part(&self, request: &Request, order: &str) -> Result<Answer, Answer> {
        let generation = Generation::Bare;
        let refuse = |message: &str| wrong(generation, message);
        let body = request.json();
        let body = body.ok_or_else(|| refuse("the body is not a JSON object"))?;
        let mut world = self.world.write();
        let order = known_order(&world.cases, order_by_id(order))?;
        let amount = amount_in(generation, &body, "price")?;
        let items = items(generation, &body, "line_items")?;
        let purchase = Purchase::of_order(&world.cases, order);
        let lines = lines(generation, &purchase, items, "id")?;
        match left(&world.cases, order) {
            0 => return Err(not_allowed(generation)),
            left if amount > left => return Err(refuse("price is more than what is left")),
            _ => {}
        }
        let paid = Paid {
            price: amount,
            lines,
            ..Paid::default()
        };
        let index = book(&mut world, order, paid, "partial_refund");
        Ok(made(&world.cases, index))
    }

    /// Since 2025-06: any amount.
    pub(super) fn refund(&self, request: &Request, order: &str) -> Result<Answer, Answer> {
        let generation = Generation::Enveloped;
        let refuse = |message: &str| wrong(generation, message);
        let body = request.json().unwrap_or_default();
        let refund = body.get("refund").and_then(Value::as_object);
        let refund = refund.ok_or_else(|| refuse("refund is required"))?;
        let mut world = self.world.write();
        let cases = &world.cases;
        let order = known_order(cases, order_by_id(order))?;
        let total = amount_in(generation, refund, "refund_total")?;
        let items_of = |name| items(generation, refund, name);
        let purchase = Purchase::of_order(cases, order);
        let named = items_of("refund_line_items")?;
        let lines = lines(generation, &purchase, named, "line_item_id")?;
        let known = payment_ids(cases, order);
        let mut payments = Vec::new();
        for payment in items_of("refund_payments")? {
            let id = text(payment, "payment_line_id").unwrap_or_default();
            let id = known.iter().find(|known| known.to_string() == id);
            let &id = id.ok_or_else(|| refuse("payment_line_id is not of this order"))?;
            payments.push((id, amount_in(generation, payment, "refund_price")?));
        }
        if payments.is_empty() && known.len() > 1 {
            return Err(refuse(
                "the order has several payments: refund_payments is required",
            ));
        }
        let sum: u64 = payments.iter().map(|&(_, part)| part).sum();
        if !payments.is_empty() && sum != total {
            return Err(refuse("refund_payments do not add up to refund_total"));
        }
        if total > left(cases, order) {
            let broken_rule = refuse("refund_total is more than what is left");
            return Err(broken_rule.status(StatusCode::INTERNAL_SERVER_ERROR));
        }
        let paid = Paid {
            price: total,
            note: text(refund, "note").unwrap_or_default(),
            lines,
            payments,
        };
        let index = book(&mut world, order, paid, "refund");
        Ok(success(|data| {
            data.text("refund_record_id", refund_id(index));
            data.text("post_sale_id", case_id(&world.cases, index));
        }))
    }
}

/// Makes the case of a refund.
fn book(world: &mut World<Cases>, order: u64, paid: Paid, action: &'static str) -> u64 {
    let at = world.tick();
    let index = world.cases.add(order, "finished", Some(paid), at);
    let id = case_id(&world.cases, index);
    world.note(id, action);
    world.push(|cases| Some(refund_push(cases, order, at)));
    index
}

/// Money was paid back: the order as it is now. Of the refund itself nothing is told, and of cases neither.
pub(super) fn refund_push(cases: &Cases, order: u64, at: i64) -> Push {
    let body = json::to_string(|body| {
        body.object("order", |out| {
            write_order(out, Generation::Bare, cases, order);
        });
    });
    let topic = match left(cases, order) {
        0 => "orders/refunded",
        _ => "orders/partially_refunded",
    };
    let signature = hmac_sha256(credentials::CLIENT_SECRET, &[&body]);
    let host = format!("{}.myshoplaza.com", credentials::SHOP);
    let delivery = Uuid(cases.hash(order, "push"), at.cast_unsigned());
    Push::json(format!("/{NAME}"), body)
        .header("x-shoplazza-topic", topic)
        .header("x-shoplazza-hmac-sha256", BASE64.encode(&signature))
        .header("x-shoplazza-shop-domain", host)
        .header("x-shoplazza-api-version", "2022-01")
        .header("x-shoplazza-deduplication-id", delivery)
}

/// The refund that a call has made of a case.
pub(super) fn paid(cases: &Cases, index: u64) -> Option<&Paid> {
    cases.details(index)?.as_ref()
}

/// A price that moves money: more than nothing.
fn amount_in(generation: Generation, body: &Map<String, Value>, name: &str) -> Result<u64, Answer> {
    let amount = text(body, name).and_then(|text| hundredths(&text));
    amount
        .filter(|&amount| amount > 0)
        .ok_or_else(|| wrong(generation, &format!("{name} must be a price above zero")))
}

/// `12`, `12.3` or `12.34`.
fn hundredths(price: &str) -> Option<u64> {
    let (whole, part) = price.split_once('.').unwrap_or((price, "0"));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(part) || !(1..=2).contains(&part.len()) {
        return None;
    }
    let part: u64 = format!("{part:0<2}").parse().ok()?;
    whole
        .parse::<u64>()
        .ok()?
        .checked_mul(100)?
        .checked_add(part)
}

/// A list of objects, which may be missing.
fn items<'a>(
    generation: Generation,
    body: &'a Map<String, Value>,
    name: &str,
) -> Result<Vec<&'a Map<String, Value>>, Answer> {
    let items = match body.get(name) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(items) => items.as_array(),
    };
    let items = items.and_then(|items| items.iter().map(Value::as_object).collect());
    items.ok_or_else(|| wrong(generation, &format!("{name} must be a list of objects")))
}

/// The lines of an order that a call names, and how many of each.
fn lines(
    generation: Generation,
    purchase: &Purchase,
    items: Vec<&Map<String, Value>>,
    id: &str,
) -> Result<Vec<(Uuid, u64)>, Answer> {
    let line_of = |item| {
        let id = text(item, id)?;
        purchase.lines().find(|line| line.id.to_string() == id)
    };
    let mut lines = Vec::new();
    for item in items {
        let line = line_of(item);
        let line = line.ok_or_else(|| wrong(generation, "a line item is not of this order"))?;
        let quantity = match item.get("quantity") {
            None => Some(0),
            Some(quantity) => quantity
                .as_u64()
                .filter(|&quantity| quantity <= line.quantity),
        };
        let quantity = quantity.ok_or_else(|| wrong(generation, "quantity is too many"))?;
        lines.push((line.id, quantity));
    }
    Ok(lines)
}

/// The answer of 2022-01 to a refund.
fn made(cases: &Cases, index: u64) -> Answer {
    let generation = Generation::Bare;
    let order = cases.order_of(index);
    let note = paid(cases, index).map_or("", |paid| &paid.note);
    Answer::json(json::to_string(|reply| {
        reply.text("id", case_id(cases, index));
        reply.text("status", cases.status(index));
        reply.text("number", case_number(cases, index));
        reply.text("created_at", instant(cases.created(index)));
        reply.text("note", note);
        reply.text("refund_fail_reason", "");
        reply.plain("all_refunded", left(cases, order) == 0);
        reply.text("refund_status", "customize");
        reply.object("order", |out| write_order(out, generation, cases, order));
        // A list where refunds are read, an object here.
        reply.object("refunds", |record| {
            write_refund(record, generation, cases, index);
        });
    }))
}

fn write_order(out: &mut Object<'_>, generation: Generation, cases: &Cases, order: u64) {
    let is_bare = generation == Generation::Bare;
    let purchase = Purchase::of_order(cases, order);
    let (total, refunded) = (purchase.total(), refunded(cases, order));
    let placed = placed_at(order);
    let of_order = cases.of_order(order);
    let updated = of_order.iter().map(|&index| cases.updated(index)).max();
    out.text("id", order_id(order));
    out.text("number", order_number(order));
    out.text("financial_status", financial_status(cases, order));
    out.text("status", "placed");
    out.null("cancel_reason");
    // Spelt differently.
    out.null(if is_bare {
        "canceled_at"
    } else {
        "cancelled_at"
    });
    out.text("payment_method", "online");
    out.text("fulfillment_status", "waiting");
    out.text("discount_code", "");
    out.text("currency", purchase.currency);
    out.text("total_price", price(total));
    out.text("sub_total", price(total - purchase.shipping));
    out.text("total_tax", price(0));
    out.text("total_shipping", price(purchase.shipping));
    out.text("total_discount", price(0));
    out.text("created_at", placed);
    out.text("updated_at", updated.map_or(placed, instant));
    out.text("placed_at", placed);
    out.text("total_refund_price", price(refunded));
    out.text(
        "refund_status",
        if refunded > 0 { "general" } else { "none" },
    );
    out.text("total_paid", price(total));
    out.object("customer", |customer| {
        customer.text("first_name", buyer_name(order));
        customer.text("email", format_args!("buyer{order}@example.com"));
    });
    out.objects("line_items", purchase.lines(), |item, line| {
        write_item(item, generation, cases, order, line);
    });
    let first = payment_ids(cases, order).into_iter().next();
    out.object("payment_line", |line| match (first, is_bare) {
        (Some(id), false) => write_payment_line(line, id, 0),
        _ => {
            line.text("payment_channel", "bogus_gateway");
            line.text("payment_method", "online");
            line.text("transaction_no", "");
            line.text("merchant_id", "");
            line.text("merchant_email", "");
        }
    });
    if !is_bare {
        write_payment_lines(out, cases, order);
    }
}

fn write_item(
    item: &mut Object<'_>,
    generation: Generation,
    cases: &Cases,
    order: u64,
    line: Line,
) {
    let product = line.product;
    let mut refunded = (0, 0);
    for index in cases.of_order(order) {
        if refund_state(cases, index) == Some("finished") {
            let purchase = Purchase::of_order(cases, order).refunded_by(paid(cases, index));
            let same = purchase.lines().filter(|other| other.id == line.id);
            for part in same {
                refunded.0 += part.refund_quantity;
                refunded.1 += part.refund_total;
            }
        }
    }
    let (quantity, total) = refunded;
    item.text("id", line.id);
    item.text("product_title", product.title);
    item.text("variant_title", product.variant);
    item.plain("quantity", line.quantity);
    item.text("note", "");
    item.text("fulfillment_status", "waiting");
    item.text("sku", product.sku);
    item.text("vendor", product.vendor);
    item.text("price", price(line.price));
    item.text("compare_at_price", price(line.compare_at_price));
    match generation {
        Generation::Bare => {
            item.text("product_handle", product.handle);
            item.text("total", price(line.price * line.quantity));
            item.plain("refund_quantity", quantity);
            item.text("refund_total", price(total));
        }
        Generation::Enveloped => {
            item.text("total_price", price(line.price * line.quantity));
            item.plain("refund_quantity_total", quantity);
        }
    }
}

/// The payments of an order: one, or two, so that a refund has to say of which.
pub(super) fn write_payment_lines(out: &mut Object<'_>, cases: &Cases, order: u64) {
    let ids = (0..).zip(payment_ids(cases, order));
    out.objects("payment_lines", ids, |line, (place, id)| {
        write_payment_line(line, id, place);
    });
}

fn write_payment_line(line: &mut Object<'_>, id: Uuid, place: u64) {
    let channel = if place == 0 {
        "bogus_gateway"
    } else {
        "gift_card"
    };
    line.text("id", id);
    line.text("payment_name", channel);
    line.text("payment_channel", channel);
    line.text("payment_method", "online");
    line.text("credit_card_number", if place == 0 { "0000" } else { "" });
    line.text("trans_channel", "");
    line.text("trans_method", "");
    line.text("transaction_no", "");
    line.text("merchant_email", "");
}

fn payment_ids(cases: &Cases, order: u64) -> Vec<Uuid> {
    let purposes: &[&str] = match order % 4 {
        1 => &["payment", "second payment"],
        _ => &["payment"],
    };
    let id = |purpose: &&str| Uuid(cases.hash(order, purpose), scattered(order));
    purposes.iter().map(id).collect()
}

/// Of which payment a refund was paid, and how much of each.
pub(super) fn payments(cases: &Cases, index: u64) -> Vec<(Uuid, u64)> {
    match paid(cases, index) {
        Some(paid) if !paid.payments.is_empty() => paid.payments.clone(),
        _ => {
            let first = payment_ids(cases, cases.order_of(index))
                .into_iter()
                .take(1);
            first.map(|id| (id, amount(cases, index))).collect()
        }
    }
}

/// What the refund of a case is about.
pub(super) fn amount(cases: &Cases, index: u64) -> u64 {
    match paid(cases, index) {
        Some(paid) => paid.price,
        None => Purchase::of_order(cases, cases.order_of(index)).refunded(),
    }
}

/// What was paid back of an order.
pub(super) fn refunded(cases: &Cases, order: u64) -> u64 {
    let finished = |index: &u64| refund_state(cases, *index) == Some("finished");
    let refunded = cases.of_order(order).into_iter().filter(finished);
    refunded.map(|index| amount(cases, index)).sum()
}

/// What can still be paid back.
pub(super) fn left(cases: &Cases, order: u64) -> u64 {
    let total = Purchase::of_order(cases, order).total();
    total.saturating_sub(refunded(cases, order))
}

pub(super) fn financial_status(cases: &Cases, order: u64) -> &'static str {
    match (refunded(cases, order), left(cases, order)) {
        (0, _) => "paid",
        (_, 0) => "refunded",
        _ => "partially_refunded",
    }
}

/// Whether any case of the order is no longer as it was at the start.
pub(super) fn has_changed(cases: &Cases, order: u64) -> bool {
    let mut of_order = cases.of_order(order).into_iter();
    of_order.any(|index| !cases.steps(index).is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_read_to_the_hundredth() {
        for (text, read) in [
            ("12.34", Some(1_234)),
            ("12.3", Some(1_230)),
            ("12", Some(1_200)),
            ("0.01", Some(1)),
            ("12.345", None),
            ("12.", None),
            ("-1", None),
            ("1e2", None),
            ("184467440737095516.16", None),
            ("", None),
        ] {
            assert_eq!(hundredths(text), read, "{text}");
        }
    }
}
