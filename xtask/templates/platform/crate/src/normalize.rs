//! Wire → unified record.

use core_model::lenient::Literal;
use core_model::{
    AfterSale, Amounts, Awaits, Currency, Error, Item, Kind, NativeStatus, Order, Progress, Reason,
    Result, Source, Status, Zoneless,
};

use crate::wire::{self, AfterSalesList};

/// Native status → how far the case is, and whose turn it is.
pub const STATUSES: &[(&str, Progress)] = &[
    ("pending", Progress::new(Status::Requested, Awaits::Seller)),
    (
        "approved",
        Progress::new(Status::AwaitingReturn, Awaits::Buyer),
    ),
    (
        "returning",
        Progress::new(Status::ReturnInTransit, Awaits::Seller),
    ),
    ("rejected", Progress::new(Status::Rejected, Awaits::Buyer)),
    ("refunded", Progress::new(Status::Completed, Awaits::Nobody)),
    (
        "cancelled",
        Progress::new(Status::Cancelled, Awaits::Nobody),
    ),
];

/// The cases of one page.
pub fn after_sales_list(wire: &AfterSalesList<'_>, source: &Source) -> Vec<Result<AfterSale>> {
    wire.data
        .get()
        .map(|page| page.list.normalized(source, after_sale))
        .unwrap_or_default()
}

fn after_sale(wire: &wire::AfterSale<'_>, source: &Source) -> Result<AfterSale> {
    let id = wire
        .id
        .owned()
        .ok_or_else(|| Error::decode("id", "is missing"))?;
    let progress = Progress::lookup(STATUSES, wire.status.get());
    let native_status = NativeStatus {
        code: wire.status.owned(),
        label: None,
    };
    let currency = wire.currency.currency();
    Ok(AfterSale {
        order: Order {
            id: wire.order_id.owned(),
            ..Order::default()
        },
        kind: kind(wire.kind.get()),
        reason: Reason {
            code: None,
            text: wire.reason.owned(),
        },
        amounts: amounts(wire, currency, progress)?,
        items: wire
            .items
            .iter()
            .map(|wire| item(wire, currency))
            .collect::<Result<_>>()?,
        created_at: wire.created_at.instant("created_at", Zoneless::Refused)?,
        updated_at: wire.updated_at.instant("updated_at", Zoneless::Refused)?,
        ..AfterSale::new(source, id, native_status, progress)
    })
}

fn kind(code: Option<&str>) -> Kind {
    match code {
        Some("refund") => Kind::Refund,
        Some("return") => Kind::ReturnAndRefund,
        Some("exchange") => Kind::Exchange,
        _ => Kind::Unspecified,
    }
}

/// `refund_amount` is what was asked for; once the case is completed it was paid as well.
fn amounts(
    wire: &wire::AfterSale<'_>,
    currency: Option<Currency>,
    progress: Progress,
) -> Result<Amounts> {
    let requested = wire.refund_amount.major("refund_amount", currency)?;
    Ok(Amounts {
        requested,
        refunded: requested.filter(|_| progress.status() == Status::Completed),
        ..Amounts::default()
    })
}

fn item(wire: &wire::Item<'_>, currency: Option<Currency>) -> Result<Item> {
    Ok(Item {
        sku: wire.sku.owned(),
        title: wire.title.owned(),
        quantity: wire.quantity.whole("items[].quantity")?,
        unit_price: wire.unit_price.major("items[].unit_price", currency)?,
        ..Item::default()
    })
}

#[cfg(test)]
mod tests {
    use transport::testing::documented;

    use super::*;

    #[test]
    fn every_documented_status_has_its_meaning() {
        use {Awaits as A, Status as S};
        let meanings = [
            ("pending", S::Requested, Some(A::Seller), false),
            ("approved", S::AwaitingReturn, Some(A::Buyer), false),
            ("returning", S::ReturnInTransit, Some(A::Seller), false),
            ("rejected", S::Rejected, Some(A::Buyer), false),
            ("refunded", S::Completed, Some(A::Nobody), true),
            ("cancelled", S::Cancelled, Some(A::Nobody), true),
            ("brand-new", S::Unknown, None, false),
        ];
        documented::assert_statuses(STATUSES, &meanings);
    }
}
