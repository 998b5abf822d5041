//! Wire → unified record.

use core_model::lenient::{Literal, Rows, Text};
use core_model::{
    AfterSale, Amounts, Awaits, Buyer, Currency, Error, Item, NativeStatus, Order, Progress, Raw,
    Result, Source, Status, Zoneless,
};

use crate::refund::{Refund, RefundLine, RefundPayment, RefundStatus};
use crate::wire::{
    AfterSalesList, LineItem, PostSale, PostSales, RefundLineItem, RefundPaymentDetail,
    RefundRecord,
};

/// Native status → how far the case is, and whose turn it is. The page has the words only; their
/// meaning is ours.
pub const STATUSES: &[(&str, Progress)] = &[
    ("pending", Progress::new(Status::Requested, Awaits::Seller)),
    (
        "processing",
        Progress::new(Status::Refunding, Awaits::Platform),
    ),
    ("finished", Progress::new(Status::Completed, Awaits::Nobody)),
];

/// Native status of a refund → how far it is.
pub const REFUND_STATUSES: &[(&str, RefundStatus)] = &[
    ("pending", RefundStatus::Pending),
    ("finished", RefundStatus::Finished),
    ("failed", RefundStatus::Failed),
];

/// The records of one page, version 2022-01.
pub fn after_sales_list(wire: &AfterSalesList<'_>, source: &Source) -> Vec<Result<AfterSale>> {
    wire.post_sales.normalized(source, post_sale)
}

/// The records of one page, since version 2025-06.
pub fn post_sales(wire: &PostSales<'_>, source: &Source) -> Vec<Result<AfterSale>> {
    let page = wire.data.get();
    page.map_or_else(Vec::new, |page| page.orders.normalized(source, post_sale))
}

/// The platform states neither a reason, a kind nor an update time. Recipient and note are left to
/// the raw record: the recipient need not be the buyer, and nobody says who wrote the note.
fn post_sale(wire: &PostSale<'_>, source: &Source) -> Result<AfterSale> {
    let id = wire
        .id
        .owned()
        .ok_or_else(|| Error::decode("id", "is missing"))?;
    let progress = Progress::lookup(STATUSES, wire.status.get());
    let native_status = NativeStatus {
        code: wire.status.owned(),
        label: None,
    };
    let currency = wire.currency_code.currency();
    Ok(AfterSale {
        number: wire.number.owned(),
        order: Order {
            number: wire.order_number.owned(),
            ..Order::default()
        },
        amounts: amounts(wire, currency, progress)?,
        buyer: Buyer {
            name: wire.customer_name.owned(),
            ..Buyer::default()
        },
        items: wire.line_items.try_map(|line| item(line, currency))?,
        created_at: wire.created_at.instant("created_at", Zoneless::Refused)?,
        ..AfterSale::new(source, id, native_status, progress)
    })
}

/// `refund_amount` is what was asked for; once the case is completed it was paid as well.
fn amounts(wire: &PostSale<'_>, currency: Option<Currency>, progress: Progress) -> Result<Amounts> {
    let requested = wire.refund_amount.major("refund_amount", currency)?;
    Ok(Amounts {
        requested,
        refunded: requested.filter(|_| progress.status() == Status::Completed),
        order_total: wire.order_total.major("order_total", currency)?,
        shipping: None,
    })
}

fn item(wire: &LineItem<'_>, currency: Option<Currency>) -> Result<Item> {
    Ok(Item {
        id: wire.id.owned(),
        product_id: wire.product_id.owned(),
        sku: wire.sku.owned(),
        title: wire.product_title.owned(),
        variant: wire.variant_title.owned(),
        quantity: wire.refund_quantity.whole("line_items[].refund_quantity")?,
        quantity_ordered: wire.quantity.whole("line_items[].quantity")?,
        unit_price: wire.price.major("line_items[].price", currency)?,
        image: wire.image.get().and_then(|image| with_scheme(&image.src)),
    })
}

/// Picture addresses come without a scheme; HTTPS is assumed.
fn with_scheme(address: &Text<'_>) -> Option<String> {
    let address = address.get()?;
    Some(if address.starts_with("//") {
        format!("https:{address}")
    } else {
        address.to_owned()
    })
}

/// Refunds, of any version.
pub fn refunds(wire: &Rows<'_, RefundRecord<'_>>, source: &Source) -> Vec<Result<Refund>> {
    wire.read(source, refund)
}

fn refund(wire: &RefundRecord<'_>, raw: Raw) -> Result<Refund> {
    let id = wire
        .id
        .owned()
        .ok_or_else(|| Error::decode("id", "is missing"))?;
    Ok(Refund {
        id,
        order_id: wire.order_id.owned(),
        status: refund_status(&wire.refund_status),
        native_status: wire.refund_status.owned(),
        method: wire.refund_method.owned(),
        note: wire.note.owned(),
        currency: wire.currency.currency(),
        amount: wire.refund_price.decimal("refund_price")?,
        shipping: wire.refund_shipping.decimal("refund_shipping")?,
        shipping_tax: wire.refund_shipping_tax.decimal("refund_shipping_tax")?,
        tip: wire.refund_tip.decimal("refund_tip")?,
        additional: wire.additional_total.decimal("additional_total")?,
        lines: wire.refund_line_items.try_map(refund_line)?,
        payments: wire.payment_details.try_map(refund_payment)?,
        created_at: wire.created_at.instant("created_at", Zoneless::Refused)?,
        updated_at: wire.updated_at.instant("updated_at", Zoneless::Refused)?,
        raw: Some(raw),
    })
}

fn refund_status(wire: &Text<'_>) -> Option<RefundStatus> {
    let native = wire.get()?;
    let known = REFUND_STATUSES.iter().find(|(code, _)| *code == native);
    known.map(|&(_, status)| status)
}

fn refund_line(wire: &RefundLineItem<'_>) -> Result<RefundLine> {
    let quantity = "refund_line_items[].refund_quantity";
    Ok(RefundLine {
        line_item_id: wire.line_item_id.owned(),
        quantity: wire.refund_quantity.whole(quantity)?,
        total: wire.total.decimal("refund_line_items[].total")?,
    })
}

fn refund_payment(wire: &RefundPaymentDetail<'_>) -> Result<RefundPayment> {
    let finished_at = "payment_details[].finished_at";
    Ok(RefundPayment {
        payment_line_id: wire.payment_line_id.owned(),
        channel: wire.payment_channel.owned(),
        method: wire.payment_method.owned(),
        amount: wire
            .refund_price
            .decimal("payment_details[].refund_price")?,
        status: refund_status(&wire.refund_status),
        finished_at: wire.finished_at.instant(finished_at, Zoneless::Refused)?,
    })
}

#[cfg(test)]
mod tests {
    use transport::testing::documented;

    use super::*;
    use crate::wire::{OrderRefundList, RefundRecords};

    #[test]
    fn every_documented_status_has_its_meaning() {
        use {Awaits as A, Status as S};
        let meanings = [
            ("pending", S::Requested, Some(A::Seller), false),
            ("processing", S::Refunding, Some(A::Platform), false),
            ("finished", S::Completed, Some(A::Nobody), true),
            ("brand-new", S::Unknown, None, false),
        ];
        documented::assert_statuses(STATUSES, &meanings);
    }

    #[test]
    fn a_refund_says_what_its_version_states() {
        let source = documented::source(crate::PLATFORM, crate::SIDE);
        let body = include_str!("../../../fixtures/shoplazza/order-refund-list.response.json");
        let wire: OrderRefundList<'_> = documented::read(body);
        let bare = refunds(&wire.refunds, &source).pop().unwrap().unwrap();
        let at = "2022-06-14T14:23:22Z".parse().ok();
        let expected = Refund {
            id: "118953912001637074".to_owned(),
            order_id: Some("11218-00000001".to_owned()),
            status: None,
            native_status: None,
            method: None,
            note: Some("test".to_owned()),
            currency: Currency::new("USD").ok(),
            amount: "1399.00".parse().ok(),
            shipping: None,
            shipping_tax: None,
            tip: None,
            additional: None,
            lines: vec![RefundLine {
                line_item_id: Some("505ce397-db9d-4081-a574-eff687c6d426".to_owned()),
                quantity: Some(1),
                total: None,
            }],
            payments: vec![],
            created_at: at,
            updated_at: at,
            raw: bare.raw.clone(),
        };
        assert_eq!(bare, expected);
        assert_eq!(bare.amount.unwrap().to_string(), "1399.00");
        assert!(bare.raw.unwrap().get().contains("custom_properties"));

        let body = include_str!("../../../fixtures/shoplazza/refund-records.response.json");
        let wire: RefundRecords<'_> = documented::read(body);
        let records = &wire.data.get().unwrap().records;
        let later = refunds(records, &source).pop().unwrap().unwrap();
        let at = "2025-01-15T10:30:00Z".parse().ok();
        let expected = Refund {
            id: "626516830554446103".to_owned(),
            order_id: Some("11218-00000001".to_owned()),
            status: Some(RefundStatus::Finished),
            native_status: Some("finished".to_owned()),
            method: Some("general".to_owned()),
            note: None,
            currency: None,
            amount: "100.00".parse().ok(),
            shipping: "10.00".parse().ok(),
            shipping_tax: "0.00".parse().ok(),
            tip: "0.00".parse().ok(),
            additional: "0.00".parse().ok(),
            lines: vec![RefundLine {
                line_item_id: Some("505ce397-db9d-4081-a574-eff687c6d426".to_owned()),
                quantity: Some(1),
                total: "90.00".parse().ok(),
            }],
            payments: vec![RefundPayment {
                payment_line_id: Some("4c1d7a54-0a3c-4a39-8f0e-2f3b51a90001".to_owned()),
                channel: Some("bogus_gateway".to_owned()),
                method: Some("credit_card".to_owned()),
                amount: "100.00".parse().ok(),
                status: Some(RefundStatus::Finished),
                finished_at: at,
            }],
            created_at: at,
            updated_at: at,
            raw: later.raw.clone(),
        };
        assert_eq!(later, expected);
    }

    #[test]
    fn a_refund_that_cannot_be_read_leaves_the_others_alone() {
        let source = documented::source(crate::PLATFORM, crate::SIDE);
        let rows = r#"[{"id":"1","refund_price":"many"},{"refund_price":"1"},
            {"id":"3","refund_status":"brand-new"}]"#;
        let read = refunds(&documented::read(rows), &source);
        let read: Vec<_> = read
            .into_iter()
            .map(|refund| match refund {
                Ok(refund) => format!(
                    "{} {:?} {:?}",
                    refund.id, refund.status, refund.native_status
                ),
                Err(error) => error.message().to_owned(),
            })
            .collect();
        let expected = [
            r#"refund_price: "many" is not an amount of at most 28 digits"#,
            "id: is missing",
            r#"3 None Some("brand-new")"#,
        ];
        assert_eq!(read, expected);
    }
}
