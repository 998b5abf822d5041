//! Wire → unified record.

use core_model::lenient::Literal;
use core_model::{
    AfterSale, Amounts, Awaits, Buyer, Currency, Error, Item, Kind, NativeStatus, Order, Progress,
    Reason, Result, Source, Status, Zoneless,
};

use crate::wire::{AftersaleGet, AftersaleInfo, ProductInfo};

/// The platform names no currency; it pays in yuan.
const CURRENCY: Option<Currency> = Some(Currency::CNY);

/// Native status → how far the case is, and whose turn it is. 9 and 10 are never listed; 15 to 19
/// are documented for the calls that write a status.
pub const STATUSES: &[(&str, Progress)] = &[
    ("0", Progress::new(Status::Requested, Awaits::Seller)),
    ("1", Progress::new(Status::Cancelled, Awaits::Nobody)),
    ("2", Progress::new(Status::Requested, Awaits::Seller)),
    ("3", Progress::new(Status::Requested, Awaits::Seller)),
    ("4", Progress::new(Status::Rejected, Awaits::Buyer)),
    ("5", Progress::new(Status::Rejected, Awaits::Buyer)),
    ("6", Progress::new(Status::AwaitingReturn, Awaits::Buyer)),
    ("7", Progress::new(Status::Closed, Awaits::Nobody)),
    ("8", Progress::new(Status::ReturnInTransit, Awaits::Seller)),
    ("11", Progress::new(Status::Refunding, Awaits::Platform)),
    ("12", Progress::new(Status::Refunding, Awaits::Seller)),
    ("13", Progress::new(Status::Completed, Awaits::Nobody)),
    ("14", Progress::new(Status::Completed, Awaits::Nobody)),
    ("15", Progress::new(Status::Completed, Awaits::Nobody)),
    (
        "16",
        Progress::new(Status::AwaitingReplacement, Awaits::Seller),
    ),
    ("17", Progress::new(Status::ReplacementSent, Awaits::Buyer)),
    ("18", Progress::new(Status::Rejected, Awaits::Buyer)),
    ("19", Progress::new(Status::ReturnReceived, Awaits::Seller)),
];

/// The after-sales of one order.
pub fn aftersale_get(wire: &AftersaleGet<'_>, source: &Source) -> Vec<Result<AfterSale>> {
    wire.aftersale_infos.normalized(source, aftersale_info)
}

fn aftersale_info(wire: &AftersaleInfo<'_>, source: &Source) -> Result<AfterSale> {
    let progress = Progress::lookup(STATUSES, wire.status.get());
    let native_status = NativeStatus {
        code: wire.status.owned(),
        label: None,
    };
    Ok(AfterSale {
        order: Order {
            id: wire.order_id.owned(),
            number: None,
            merchant_ref: wire.out_order_id.owned(),
        },
        kind: kind(wire.kind.get()),
        reason: Reason {
            code: None,
            text: wire.refund_reason.owned(),
        },
        amounts: amounts(wire)?,
        buyer: Buyer {
            id: wire.openid.owned(),
            ..Buyer::default()
        },
        items: wire.product_infos.iter().map(item).collect::<Result<_>>()?,
        created_at: wire
            .create_time
            .instant("create_time", Zoneless::Shanghai)?,
        ..AfterSale::new(source, id(wire)?, native_status, progress)
    })
}

/// The merchant's id of the case, which is the key on this platform, or else the platform's. A
/// published example has neither: there the order's id is the only handle.
fn id(wire: &AftersaleInfo<'_>) -> Result<String> {
    let ids: [&dyn Literal; 4] = [
        &wire.out_aftersale_id,
        &wire.aftersale_id,
        &wire.out_order_id,
        &wire.order_id,
    ];
    ids.into_iter()
        .find_map(Literal::owned)
        .ok_or_else(|| Error::decode("out_aftersale_id", "is missing"))
}

fn kind(code: Option<&str>) -> Kind {
    match code {
        Some("1") => Kind::Refund,
        Some("2") => Kind::ReturnAndRefund,
        Some("3") => Kind::Exchange,
        _ => Kind::Unspecified,
    }
}

/// `refund` is what was asked for, `orderamt` only where it stands alone. It was paid once a refund is
/// finished (13, 14); a finished exchange (15) pays nothing back.
fn amounts(wire: &AftersaleInfo<'_>) -> Result<Amounts> {
    let requested = match wire.refund.minor("refund", CURRENCY)? {
        Some(refund) => Some(refund),
        None => wire.orderamt.minor("orderamt", CURRENCY)?,
    };
    Ok(Amounts {
        requested,
        refunded: requested.filter(|_| matches!(wire.status.get(), Some("13" | "14"))),
        ..Amounts::default()
    })
}

fn item(wire: &ProductInfo<'_>) -> Result<Item> {
    Ok(Item {
        product_id: wire
            .out_product_id
            .owned()
            .or_else(|| wire.product_id.owned()),
        sku: wire.out_sku_id.owned().or_else(|| wire.sku_id.owned()),
        quantity: wire.product_cnt.whole("product_infos[].product_cnt")?,
        ..Item::default()
    })
}

#[cfg(test)]
mod tests {
    use core_model::Side;
    use transport::testing::documented;

    use super::*;

    #[test]
    fn every_documented_status_has_its_meaning() {
        use {Awaits as A, Status as S};
        let meanings = [
            ("0", S::Requested, Some(A::Seller), false),
            ("1", S::Cancelled, Some(A::Nobody), true),
            ("2", S::Requested, Some(A::Seller), false),
            ("3", S::Requested, Some(A::Seller), false),
            ("4", S::Rejected, Some(A::Buyer), false),
            ("5", S::Rejected, Some(A::Buyer), false),
            ("6", S::AwaitingReturn, Some(A::Buyer), false),
            ("7", S::Closed, Some(A::Nobody), true),
            ("8", S::ReturnInTransit, Some(A::Seller), false),
            ("9", S::Unknown, None, false),
            ("10", S::Unknown, None, false),
            ("11", S::Refunding, Some(A::Platform), false),
            ("12", S::Refunding, Some(A::Seller), false),
            ("13", S::Completed, Some(A::Nobody), true),
            ("14", S::Completed, Some(A::Nobody), true),
            ("15", S::Completed, Some(A::Nobody), true),
            ("16", S::AwaitingReplacement, Some(A::Seller), false),
            ("17", S::ReplacementSent, Some(A::Buyer), false),
            ("18", S::Rejected, Some(A::Buyer), false),
            ("19", S::ReturnReceived, Some(A::Seller), false),
        ];
        documented::assert_statuses(STATUSES, &meanings);
    }

    #[test]
    fn only_a_finished_refund_was_paid() {
        let source = Source::new(crate::PLATFORM, "wx", Side::Seller);
        let paid = [12, 13, 14, 15].map(|status| {
            let json = format!(
                r#"{{"aftersale_infos":[{{"out_aftersale_id":"1","status":{status},"refund":10}}]}}"#
            );
            let wire: AftersaleGet<'_> = serde_json::from_str(&json).unwrap();
            let record = aftersale_get(&wire, &source).remove(0).unwrap();
            record.amounts.refunded.is_some()
        });
        assert_eq!(paid, [false, true, true, false]);
    }

    #[test]
    fn every_documented_kind_has_its_meaning() {
        let kinds = [Some("1"), Some("2"), Some("3"), Some("4"), None].map(kind);
        let unspecified = Kind::Unspecified;
        let meant = [
            Kind::Refund,
            Kind::ReturnAndRefund,
            Kind::Exchange,
            unspecified,
            unspecified,
        ];
        assert_eq!(kinds, meant);
    }
}
