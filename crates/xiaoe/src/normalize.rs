//! Wire → unified record.

use core_model::lenient::{Literal, Text};
use core_model::{
    AfterSale, Amounts, Awaits, Buyer, Currency, Error, Item, Kind, NativeStatus, Notes, Order,
    Party, Progress, Reason, Result, ReturnShipment, Source, Status, Zoneless,
};
use jiff::Timestamp;

use crate::wire::{self, AfterSaleDetail, AfterSaleList, Goods, OrderDetail};

/// The platform names no currency; it pays in yuan.
const CURRENCY: Option<Currency> = Some(Currency::CNY);

/// Native status → how far the case is, and whose turn it is. 9 and 10 are not listed.
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

/// How far a payment back to the buyer is.
const PAID_BACK: &str = "2";
const FAILED: &str = "3";

/// The case, if there is one.
pub fn after_sale_detail(wire: &AfterSaleDetail<'_>, source: &Source) -> Vec<Result<AfterSale>> {
    wire.data.normalized(source, after_sale)
}

/// The cases of one page.
pub fn after_sale_list(wire: &AfterSaleList<'_>, source: &Source) -> Vec<Result<AfterSale>> {
    wire.data
        .get()
        .map(|page| page.list.normalized(source, after_sale))
        .unwrap_or_default()
}

/// Whether the refunds of the order can say more of a case: its money is under way, or was.
pub fn has_refunds(case: &AfterSale) -> bool {
    matches!(case.status, Status::Refunding | Status::Completed)
}

/// A case with what its order says of its refunds: when the money was paid back, or, while it is said to be
/// under way, that every attempt failed. The native status stays that of the case.
///
/// # Errors
/// [`Decode`](core_model::ErrorKind::Decode) when a time cannot be read.
pub fn with_refunds(case: AfterSale, order: &OrderDetail<'_>) -> Result<AfterSale> {
    let extra = order
        .data
        .get()
        .and_then(|order| order.internal_extra_info.get());
    let refunds = extra.and_then(|extra| extra.refund_info.get());
    let refunds = refunds.map_or(&[][..], |refunds| refunds.refund_records.as_slice());
    let refunds: Vec<_> = refunds
        .iter()
        .filter(|refund| refund.after_sale_id.get() == Some(&case.id))
        .collect();
    let mut refunded_at = None;
    for refund in &refunds {
        if refund.refund_state.get() == Some(PAID_BACK) {
            let at = refund
                .refund_time
                .instant("refund_records[].refund_time", Zoneless::Shanghai)?;
            refunded_at = refunded_at.max(at);
        }
    }
    let has_failed = !refunds.is_empty()
        && refunds
            .iter()
            .all(|refund| refund.refund_state.get() == Some(FAILED));
    Ok(AfterSale {
        status: match case.status {
            Status::Refunding if has_failed => Status::RefundFailed,
            status => status,
        },
        refunded_at,
        ..case
    })
}

fn after_sale(wire: &wire::AfterSale<'_>, source: &Source) -> Result<AfterSale> {
    let id = wire
        .aftersale_id
        .owned()
        .ok_or_else(|| Error::decode("aftersale_id", "is missing"))?;
    let code = wire.state.get();
    let progress = Progress::lookup(STATUSES, code);
    let native_status = NativeStatus {
        code: wire.state.owned(),
        label: wire
            .state_str
            .owned()
            .filter(|label| Some(label.as_str()) != code),
    };
    Ok(AfterSale {
        order: Order {
            id: wire.order_id.owned(),
            ..Order::default()
        },
        kind: kind(wire.sale_type.get()),
        opened_by: opened_by(wire.submit_type.get()),
        reason: Reason {
            code: None,
            text: wire.reason.owned(),
        },
        notes: Notes {
            buyer: wire.remark.owned(),
            seller: wire.merchant_remark.owned(),
            rejection: wire
                .state_reason
                .owned()
                .filter(|_| progress.status() == Status::Rejected),
        },
        amounts: Amounts {
            requested: wire
                .apply_refund_money
                .minor("apply_refund_money", CURRENCY)?,
            refunded: wire.refund_money.minor("refund_money", CURRENCY)?,
            order_total: wire.actual_fee.minor("actual_fee", CURRENCY)?,
            shipping: wire.freight.minor("freight", CURRENCY)?,
        },
        buyer: Buyer {
            id: wire.user_id.owned(),
            name: wire.user_name.owned().or_else(|| wire.nick_name.owned()),
            phone: wire.phone.owned(),
            email: None,
        },
        items: items(wire)?,
        return_shipment: ReturnShipment {
            carrier: wire.return_logistics_company.owned(),
            carrier_code: None,
            tracking_number: wire.return_logistics_no.owned(),
        },
        created_at: wire.created_at.instant("created_at", Zoneless::Shanghai)?,
        updated_at: wire.updated_at.instant("updated_at", Zoneless::Shanghai)?,
        deadline: deadline(wire, progress)?,
        ..AfterSale::new(source, id, native_status, progress)
    })
}

/// The state's own deadline, or else, while the case is open, the request's.
fn deadline(wire: &wire::AfterSale<'_>, progress: Progress) -> Result<Option<Timestamp>> {
    let state = wire
        .state_invalid_time
        .instant("state_invalid_time", Zoneless::Shanghai)?;
    let request = wire
        .invalid_time
        .instant("invalid_time", Zoneless::Shanghai)?;
    Ok(state.or(request.filter(|_| !progress.is_final())))
}

fn kind(code: Option<&str>) -> Kind {
    match code {
        Some("1") => Kind::Refund,
        Some("2") => Kind::ReturnAndRefund,
        Some("3") => Kind::Exchange,
        _ => Kind::Unspecified,
    }
}

fn opened_by(code: Option<&str>) -> Option<Party> {
    match code {
        Some("1") => Some(Party::Buyer),
        Some("2") => Some(Party::Seller),
        _ => None,
    }
}

/// The goods, or where the list is empty the one that the case itself names.
fn items(wire: &wire::AfterSale<'_>) -> Result<Vec<Item>> {
    let goods = wire.goods_list.as_slice();
    if goods.is_empty() && wire.goods_name.get().is_some() {
        return Ok(vec![Item {
            sku: wire.sku_id.owned(),
            title: wire.goods_name.owned(),
            variant: variant(&wire.sku_info),
            image: wire.img_url.owned(),
            ..Item::default()
        }]);
    }
    goods.iter().map(item).collect()
}

fn item(wire: &Goods<'_>) -> Result<Item> {
    Ok(Item {
        title: wire.goods_name.owned(),
        variant: variant(&wire.sku_info),
        quantity_ordered: wire.buy_num.whole("goods_list[].buy_num")?,
        unit_price: wire
            .goods_price
            .minor("goods_list[].goods_price", CURRENCY)?,
        image: wire.img_url.owned(),
        ..Item::default()
    })
}

/// `--` stands for goods without variants.
fn variant(sku_info: &Text<'_>) -> Option<String> {
    sku_info.owned().filter(|variant| variant != "--")
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
    fn the_deadline_is_the_states_or_else_the_requests_while_open() {
        let source = Source::new(crate::PLATFORM, "courses", Side::Seller);
        let deadline = |state: u8, state_invalid_time: &str| {
            let json = format!(
                r#"{{"code":0,"data":{{"aftersale_id":"A1","state":{state},
                "state_invalid_time":"{state_invalid_time}","invalid_time":"2023-02-20 10:44:32"}}}}"#
            );
            let wire: AfterSaleDetail<'_> = serde_json::from_str(&json).unwrap();
            let record = after_sale_detail(&wire, &source).remove(0).unwrap();
            record.deadline.map(|at| at.to_string())
        };
        let zero = "-0001-11-30 00:00:00";
        let (own, of_request) = ("2023-02-14T00:00:00Z", "2023-02-20T02:44:32Z");
        assert_eq!(deadline(2, "2023-02-14 08:00:00").as_deref(), Some(own));
        assert_eq!(deadline(2, zero).as_deref(), Some(of_request));
        assert_eq!(deadline(13, zero), None);
    }

    #[test]
    fn an_order_says_when_the_money_was_paid_back_or_that_it_failed() {
        let source = Source::new(crate::PLATFORM, "courses", Side::Seller);
        let (first, second) = ("2023-02-14 08:00:00", "2023-02-15 08:00:00");
        let later = Some("2023-02-15T00:00:00Z");
        use Status as S;
        for (state, refunds, status, refunded_at) in [
            (13, &[][..], S::Completed, None),
            (
                13,
                &[("A1", 2, second), ("A1", 2, first)],
                S::Completed,
                later,
            ),
            (
                13,
                &[("A1", 3, first), ("A1", 2, second)],
                S::Completed,
                later,
            ),
            (13, &[("A2", 2, second)], S::Completed, None),
            (11, &[("A1", 1, "")], S::Refunding, None),
            (11, &[("A1", 3, "")], S::RefundFailed, None),
            (
                12,
                &[("A1", 3, "0000-00-00 00:00:00")],
                S::RefundFailed,
                None,
            ),
            (11, &[("A1", 3, ""), ("A1", 0, "")], S::Refunding, None),
            (11, &[("A1", 3, ""), ("A1", 2, second)], S::Refunding, later),
            // What the case itself says to be over is over.
            (13, &[("A1", 3, first)], S::Completed, None),
            (11, &[("A2", 3, "")], S::Refunding, None),
        ] {
            let case = format!(r#"{{"data":{{"aftersale_id":"A1","state":{state}}}}}"#);
            let case: AfterSaleDetail<'_> = serde_json::from_str(&case).unwrap();
            let case = after_sale_detail(&case, &source).remove(0).unwrap();
            let records: Vec<_> = refunds
                .iter()
                .map(|(id, state, at)| {
                    format!(
                        r#"{{"after_sale_id":"{id}","refund_state":{state},"refund_time":"{at}"}}"#
                    )
                })
                .collect();
            let order = format!(
                r#"{{"data":{{"internal_extra_info":{{"refund_info":{{"refund_records":[{}]}}}}}}}}"#,
                records.join(",")
            );
            let order: OrderDetail<'_> = serde_json::from_str(&order).unwrap();
            let case = with_refunds(case, &order).unwrap();
            let at = case.refunded_at.map(|at| at.to_string());
            assert_eq!(
                (case.status, at.as_deref()),
                (status, refunded_at),
                "{state} {refunds:?}"
            );
            assert_eq!(case.native_status.code, Some(state.to_string()));
        }
    }
}
