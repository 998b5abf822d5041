//! Wire → unified record.

use core_model::lenient::Literal;
use core_model::{
    AfterSale, Awaits, Buyer, Error, Evidence, Item, Kind, NativeStatus, Notes, Order, Progress,
    Reason, Result, Source, Status, Zoneless,
};

use crate::wire::{self, AfterSalesReply};

/// Native status → how far the case is, and whose turn it is.
pub const STATUSES: &[(&str, Progress)] = &[
    ("1", Progress::new(Status::Requested, Awaits::Seller)),
    ("2", Progress::new(Status::Rejected, Awaits::Buyer)),
    ("3", Progress::new(Status::Approved, Awaits::Platform)),
    ("4", Progress::new(Status::Approved, Awaits::Platform)),
    ("5", Progress::new(Status::Completed, Awaits::Nobody)),
    ("6", Progress::new(Status::RefundFailed, Awaits::Platform)),
    ("7", Progress::new(Status::Disputed, Awaits::Platform)),
    ("8", Progress::new(Status::Cancelled, Awaits::Nobody)),
    ("9", Progress::new(Status::Cancelled, Awaits::Nobody)),
    ("10", Progress::new(Status::Rejected, Awaits::Nobody)),
    ("11", Progress::new(Status::Rejected, Awaits::Buyer)),
];

/// The case of an order, if it has one.
pub fn after_sales(wire: &AfterSalesReply<'_>, source: &Source) -> Vec<Result<AfterSale>> {
    wire.data.normalized(source, after_sale)
}

/// The platform states what the product cost and not what is paid back, so both amounts are absent
/// and the price, in the seller's currency, is the item's. The page is about refunds only.
fn after_sale(wire: &wire::AfterSale<'_>, source: &Source) -> Result<AfterSale> {
    let id = wire
        .id
        .owned()
        .ok_or_else(|| Error::decode("id", "is missing"))?;
    let progress = Progress::lookup(STATUSES, wire.order_after_sales_status.get());
    let native_status = NativeStatus {
        code: wire.order_after_sales_status.owned(),
        label: None,
    };
    Ok(AfterSale {
        number: wire.after_sales_order_num.owned(),
        order: Order {
            id: wire.order_id.owned(),
            number: wire.order_num.owned(),
            merchant_ref: None,
        },
        kind: Kind::Refund,
        reason: Reason {
            code: wire.after_sales_reason.owned(),
            text: wire.after_sales_reason_text.owned(),
        },
        notes: Notes {
            buyer: wire.description.owned(),
            ..Notes::default()
        },
        buyer: Buyer {
            name: wire.buyer_name.owned(),
            email: wire.contact_email.owned(),
            ..Buyer::default()
        },
        items: item(wire)?.into_iter().collect(),
        evidence: Evidence {
            buyer: wire.image_urls.owned(),
            seller: wire.reject_image_urls.owned(),
        },
        created_at: wire.create_time.instant("createTime", Zoneless::Refused)?,
        updated_at: wire.update_time.instant("updateTime", Zoneless::Refused)?,
        ..AfterSale::new(source, id, native_status, progress)
    })
}

fn item(wire: &wire::AfterSale<'_>) -> Result<Option<Item>> {
    let currency = wire.original_currency_code.currency();
    let price = &wire.original_currency_product_price;
    let price = price.major("originalCurrencyProductPrice", currency)?;
    Ok(price.map(|price| Item {
        unit_price: Some(price),
        ..Item::default()
    }))
}

#[cfg(test)]
mod tests {
    use transport::testing::documented;

    use super::*;

    #[test]
    fn every_documented_status_has_its_meaning() {
        use {Awaits as A, Status as S};
        let meanings = [
            ("1", S::Requested, Some(A::Seller), false),
            ("2", S::Rejected, Some(A::Buyer), false),
            ("3", S::Approved, Some(A::Platform), false),
            ("4", S::Approved, Some(A::Platform), false),
            ("5", S::Completed, Some(A::Nobody), true),
            ("6", S::RefundFailed, Some(A::Platform), false),
            ("7", S::Disputed, Some(A::Platform), false),
            ("8", S::Cancelled, Some(A::Nobody), true),
            ("9", S::Cancelled, Some(A::Nobody), true),
            ("10", S::Rejected, Some(A::Nobody), true),
            ("11", S::Rejected, Some(A::Buyer), false),
            ("12", S::Unknown, None, false),
        ];
        documented::assert_statuses(STATUSES, &meanings);
    }
}
