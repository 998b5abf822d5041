//! Shoplazza, OpenAPI 2022-01: a numbered list of all cases.
//!
//! Documented: the call, its parameters, every field, the shapes of errors, the quota.
//! Assumed, because no page says it: newest first, both bounds of the window included, at most 500
//! per page, which mistake gets which of the documented error shapes, the wording of errors.

use std::time::Duration;

use axum::http::header::{HeaderName, RETRY_AFTER};
use axum::http::{Method, StatusCode};
use jiff::Timestamp;

use super::{Account, Dialect, Setup, buyer_name};
use crate::OrderRef;
use crate::cases::{
    Cases, Cycle, Decimal, Dice, Selection, Uuid, instant, order_of, rank_in_order,
};
use crate::exchange::{Answer, Request};
use crate::json::{self, Object};
use crate::quota::LeakyBucket;

pub(super) const NAME: &str = "shoplazza";

/// Shoplazza: a private app's token.
pub mod credentials {
    /// The shop's subdomain. The sandbox does not look at it.
    pub const SHOP: &str = "sandbox";
    /// For the header `Access-Token`.
    pub const ACCESS_TOKEN: &str = "sandbox-shoplazza-token";
}

#[derive(Debug)]
pub(super) struct Platform {
    cases: Cases,
    bucket: LeakyBucket,
}

impl Platform {
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            cases: Cases::new(setup.records, setup.seed, NAME),
            // 40 calls, of which two drain per second.
            bucket: LeakyBucket::new(setup.quotas, 40, Duration::from_millis(500)),
        }
    }

    fn after_sales_list(&self, request: &Request) -> Result<Answer, Answer> {
        let page = request.page(number(request, "page", 1, u64::MAX)?);
        let per_page = number(request, "per_page", 20, MOST_PER_PAGE)?;
        let range = self.cases.between(
            Cases::created,
            time(request, "created_at_start")?.map(whole_second_from),
            time(request, "created_at_end")?.map(Timestamp::as_second),
        );
        let wanted = status(request)?;
        let with_status = |wanted: &str| STATUSES.select(range.clone(), |status| status == wanted);
        let listed = match wanted {
            Some(status) => with_status(status),
            None => STATUSES.select(range.clone(), |_| true),
        };
        let counted = |status| match wanted {
            Some(wanted) if wanted != status => 0,
            _ => with_status(status).total(),
        };
        Ok(self.list(
            &listed,
            page,
            per_page,
            counted("pending"),
            counted("processing"),
        ))
    }

    fn list(
        &self,
        listed: &Selection,
        page: u64,
        per_page: u64,
        pending: u64,
        processing: u64,
    ) -> Answer {
        Answer::json(json::to_string(|list| {
            list.plain("count", listed.total());
            list.plain("pending_count", pending);
            list.plain("processing_count", processing);
            list.objects(
                "post_sales",
                listed.page(page, per_page),
                |record, index| {
                    write_case(record, &self.cases, index);
                },
            );
        }))
    }
}

impl Dialect for Platform {
    fn account(&self) -> Account {
        Account {
            name: "us-store",
            settings: &[
                ("shop", credentials::SHOP),
                ("access_token", credentials::ACCESS_TOKEN),
            ],
        }
    }

    fn answer(&self, request: &Request) -> Answer {
        let answer = if request.path != "/openapi/2022-01/orders/after_sales_list" {
            errors(StatusCode::NOT_FOUND, "Unable to find resource")
        } else if request.method != Method::GET {
            errors(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")
        } else if let Some(refused) = refused(request) {
            refused
        } else if !self.bucket.admits(request.instant) {
            errors(StatusCode::TOO_MANY_REQUESTS, "Too many requests").header(RETRY_AFTER, "1")
        } else {
            self.after_sales_list(request)
                .unwrap_or_else(|refused| refused)
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

    fn expired(&self) -> Answer {
        error("access token is invalid or has expired")
    }

    fn order(&self, number: u64) -> Option<OrderRef> {
        self.cases.has_order(number).then(|| OrderRef {
            id: order_number(number),
            merchant_ref: None,
            buyer: None,
            cases: self.cases.of_order(number).count() as u64,
        })
    }
}

/// A missing token gets the bare text, a wrong one the object: both are documented for 401.
fn refused(request: &Request) -> Option<Answer> {
    match request.header("access-token") {
        None => Some(Answer::text("Unauthorized").status(StatusCode::UNAUTHORIZED)),
        Some(credentials::ACCESS_TOKEN) => None,
        Some(_) => Some(error("access token is invalid")),
    }
}

fn error(message: &str) -> Answer {
    Answer::json(json::to_string(|body| body.text("error", message)))
        .status(StatusCode::UNAUTHORIZED)
}

fn errors(status: StatusCode, message: &str) -> Answer {
    Answer::json(json::to_string(|body| body.texts("errors", [message]))).status(status)
}

/// The object of arrays, keyed by parameter.
fn parameter_errors(parameter: &str, message: &str) -> Answer {
    let body = json::to_string(|body| {
        body.object("errors", |errors| errors.texts(parameter, [message]));
    });
    Answer::json(body).status(StatusCode::UNPROCESSABLE_ENTITY)
}

const MOST_PER_PAGE: u64 = 500;

fn number(request: &Request, name: &str, default: u64, most: u64) -> Result<u64, Answer> {
    let Some(text) = request.query(name) else {
        return Ok(default);
    };
    let number = text
        .parse()
        .ok()
        .filter(|number| (1..=most).contains(number));
    number.ok_or_else(|| {
        let wanted = format!("{name} must be an integer from 1 to {most}");
        errors(StatusCode::UNPROCESSABLE_ENTITY, &wanted)
    })
}

fn status(request: &Request) -> Result<Option<&'static str>, Answer> {
    let Some(asked) = request.query("status") else {
        return Ok(None);
    };
    let known = ["pending", "processing", "finished"]
        .into_iter()
        .find(|&known| known == asked);
    match known {
        Some(status) => Ok(Some(status)),
        None => Err(errors(
            StatusCode::UNPROCESSABLE_ENTITY,
            "status must be pending, processing or finished",
        )),
    }
}

fn time(request: &Request, name: &str) -> Result<Option<Timestamp>, Answer> {
    let Some(text) = request.query(name) else {
        return Ok(None);
    };
    match text.parse::<Timestamp>() {
        Ok(time) => Ok(Some(time)),
        Err(_) => Err(parameter_errors(name, "is not an ISO 8601 time")),
    }
}

/// Cases are filed on whole seconds, so a window begins with the first one in it.
fn whole_second_from(time: Timestamp) -> i64 {
    time.as_second() + i64::from(time.subsec_nanosecond() > 0)
}

/// The documented statuses; the example's comes first.
const STATUSES: Cycle<&str> = Cycle(&["finished", "pending", "processing", "finished", "pending"]);

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
    product: Product,
    price: u64,
    compare_at_price: u64,
    quantity: u64,
    refund_quantity: u64,
    refund_total: u64,
}

impl Line {
    fn new(dice: &mut Dice) -> Self {
        let price = dice.number(8_100, 100..20_000);
        let quantity = dice.number(2, 1..4);
        let refund_quantity = dice.number(1, 1..quantity + 1);
        Self {
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

fn write_case(record: &mut Object<'_>, cases: &Cases, index: u64) {
    let order = order_of(index);
    // The cases of one order are about the same purchase.
    let mut dice = cases.dice(order);
    let number = order_number(order);
    let status = STATUSES.at(index);
    let (currency, rate) = dice.pick(CURRENCIES);
    let first = Line::new(&mut dice);
    let second = dice.one_in(2).then(|| Line::new(&mut dice));
    let lines = || [Some(first), second].into_iter().flatten();
    let shipping = dice.pick([8_000, 0, 500]);
    let order_total = shipping + lines().map(|line| line.price * line.quantity).sum::<u64>();
    let refunded: u64 = lines().map(|line| line.refund_total).sum();
    let created = Cases::created(index);
    let placed = instant(Cases::created(order) - 3_600);
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

    record.text("browser_ip", format_args!("203.0.113.{}", index % 256));
    record.text("created_at", instant(created));
    record.text("credit_card_number", dice.pick(["0000", ""]));
    record.text("currency_code", currency);
    record.text("customer_name", buyer_name(order));
    record.text("device", dice.pick(["PC", "Mobile", ""]));
    record.text("discount_code", dice.pick(["", "", "WELCOME10"]));
    record.text(
        "financial_status",
        if refunded < order_total {
            "partially_refunded"
        } else {
            "refunded"
        },
    );
    record.text("fulfillment_status", fulfillment_status);
    record.objects("fulfillments", tracking(), |parcel, number| {
        parcel.text("tracking_number", number);
    });
    record.text("id", Uuid(cases.hash(index, "id"), scattered(index)));
    record.objects("line_items", lines(), |item, line| {
        write_line(item, line, rate, &mut dice);
        item.text("fulfillment_status", fulfillment_status);
        item.objects("fulfillment", tracking(), |parcel, number| {
            parcel.text("tracking_number", number);
            parcel.text("created_at", placed);
            parcel.text("tracking_company", "YANWXX");
        });
    });
    record.text("number", format_args!("{number}-S{}", rank_in_order(index)));
    record.text("order_number", &number);
    record.text("order_total", price(order_total));
    record.text("payment_method", "bogus_gateway");
    record.text("recipient_name", buyer_name(order));
    record.text("sales_platform", "shoplazza");
    record.object("shipping_address_extra_info", |_| {});
    record.text(
        "shipping_country",
        dice.pick(["China mainland", "United States", "Côte d'Ivoire", ""]),
    );
    record.text("shipping_email", format_args!("buyer{order}@example.com"));
    record.text("shipping_line_name", dice.pick(["test", "Standard", ""]));
    record.text(
        "shipping_phone",
        format_args!("+1-555-01{:02}", order % 100),
    );
    record.text("source", "https://sandbox.example.com/");
    record.text("source_name", source(referrer));
    record.text("placed_at", placed);
    record.text("refund_amount", price(refunded));
    record.text(
        "post_sale_note",
        dice.pick(["", "", "Buyer keeps the box", "客户已联系"]),
    );
    record.text("last_referrer_show", source(referrer));
    record.text("last_landing_url", landing);
    record.text(
        "shipping_line_desc",
        dice.pick(["", "11111", "3 to 5 days"]),
    );
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
            prices.text("order_total", in_main_currency(order_total, rate));
            prices.text("actual_rate", unpadded(rate, 4));
        });
    }
}

fn write_line(item: &mut Object<'_>, line: Line, rate: u64, dice: &mut Dice) {
    let product = line.product;
    let image = dice.roll();
    item.text("compare_at_price", price(line.compare_at_price));
    item.text("id", dice.uuid());
    item.object("image", |object| {
        object.text("alt", "");
        object.plain("height", 180);
        object.text("path", format_args!("{image:016x}.jpeg"));
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
        prices.text("total", in_main_currency(line.price * line.quantity, rate));
        prices.text("actual_rate", unpadded(rate, 4));
    });
}

/// `00000013` is the newest order, as in the documented example.
fn order_number(order: u64) -> String {
    format!("{:08}", 13 + order)
}

/// Twelve hexadecimal digits, others for every index: multiplying by an odd number loses nothing.
fn scattered(index: u64) -> u64 {
    (0x9 << 60) | (index.wrapping_mul(0x9E37_79B9_7F4B) & 0xFFFF_FFFF_FFFF)
}

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
