//! Wire → unified record.

use core_model::lenient::{Literal, Text};
use core_model::{
    AfterSale, Amounts, Awaits, Buyer, Currency, Error, Item, NativeStatus, Order, Progress,
    Result, Source, Status, Zoneless,
};

use crate::wire::{AfterSalesList, LineItem, PostSale, PostSales};

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
        items: wire
            .line_items
            .iter()
            .map(|line| item(line, currency))
            .collect::<Result<_>>()?,
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

#[cfg(test)]
mod tests {
    use transport::testing::documented;

    use super::*;

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
}
