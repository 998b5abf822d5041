//! Wire → unified record.

use core_model::lenient::{Literal, Number, Text};
use core_model::{
    AfterSale, Amounts, Awaits, Buyer, Currency, Error, Evidence, Item, Kind, NativeStatus, Notes,
    Order, Progress, Reason, Result, ReturnShipment, Source, Status, Zoneless,
};
use jiff::{SignedDuration, Timestamp};

use crate::wire::{
    AfterSaleOrder, AfterSalesOrder, AftersaleGet, AftersaleInfo, EcaftersaleGet,
    Getaftersaleorder, ProductInfo, ReasonGet, RejectreasonGet, StoreProductInfo,
};

/// The platform names no currency; it pays in yuan.
const CURRENCY: Option<Currency> = Some(Currency::CNY);

/// Status of the trade component → how far the case is, and whose turn it is. 9 and 10 are never
/// listed; 15 to 19 are documented for the calls that write a status.
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

/// Status of the upgraded trade component, whose numbers mean other things. The official table is
/// not to be had; this is what public clients agree on.
pub const EC_STATUSES: &[(&str, Progress)] = &[
    ("1", Progress::new(Status::Cancelled, Awaits::Nobody)),
    ("2", Progress::new(Status::Requested, Awaits::Seller)),
    ("4", Progress::new(Status::Rejected, Awaits::Buyer)),
    ("5", Progress::new(Status::Rejected, Awaits::Buyer)),
    ("6", Progress::new(Status::AwaitingReturn, Awaits::Buyer)),
    ("7", Progress::new(Status::Closed, Awaits::Nobody)),
    ("8", Progress::new(Status::ReturnInTransit, Awaits::Seller)),
    ("11", Progress::new(Status::Refunding, Awaits::Platform)),
    ("13", Progress::new(Status::Completed, Awaits::Nobody)),
    ("21", Progress::new(Status::Disputed, Awaits::Platform)),
    ("23", Progress::new(Status::Requested, Awaits::Seller)),
    ("24", Progress::new(Status::Disputed, Awaits::Platform)),
    ("25", Progress::new(Status::RefundFailed, Awaits::Seller)),
];

/// Status of WeChat Store. Which of them are final is not documented: inferred, as whose turn it is.
pub const STORE_STATUSES: &[(&str, Progress)] = &[
    (
        "USER_CANCELD",
        Progress::new(Status::Cancelled, Awaits::Nobody),
    ),
    (
        "MERCHANT_PROCESSING",
        Progress::new(Status::Requested, Awaits::Seller),
    ),
    (
        "MERCHANT_REJECT_REFUND",
        Progress::new(Status::Rejected, Awaits::Buyer),
    ),
    (
        "MERCHANT_REJECT_RETURN",
        Progress::new(Status::Rejected, Awaits::Buyer),
    ),
    (
        "USER_WAIT_RETURN",
        Progress::new(Status::AwaitingReturn, Awaits::Buyer),
    ),
    (
        "RETURN_CLOSED",
        Progress::new(Status::Closed, Awaits::Nobody),
    ),
    (
        "MERCHANT_WAIT_RECEIPT",
        Progress::new(Status::ReturnInTransit, Awaits::Seller),
    ),
    (
        "MERCHANT_OVERDUE_REFUND",
        Progress::new(Status::Refunding, Awaits::Seller),
    ),
    (
        "MERCHANT_REFUND_SUCCESS",
        Progress::new(Status::Completed, Awaits::Nobody),
    ),
    (
        "MERCHANT_RETURN_SUCCESS",
        Progress::new(Status::Completed, Awaits::Nobody),
    ),
    (
        "PLATFORM_REFUNDING",
        Progress::new(Status::Refunding, Awaits::Platform),
    ),
    (
        "PLATFORM_REFUND_FAIL",
        Progress::new(Status::RefundFailed, Awaits::Seller),
    ),
    // Only "the buyer has to confirm" is published. Presumably the merchant paid by other means, and
    // the buyer is asked whether the money came.
    (
        "USER_WAIT_CONFIRM",
        Progress::new(Status::Refunding, Awaits::Buyer),
    ),
    (
        "MERCHANT_REFUND_RETRY_FAIL",
        Progress::new(Status::Closed, Awaits::Nobody),
    ),
    (
        "MERCHANT_FAIL",
        Progress::new(Status::Closed, Awaits::Nobody),
    ),
    (
        "USER_WAIT_CONFIRM_UPDATE",
        Progress::new(Status::Requested, Awaits::Buyer),
    ),
    (
        "USER_WAIT_HANDLE_MERCHANT_AFTER_SALE",
        Progress::new(Status::Requested, Awaits::Buyer),
    ),
    // Presumably agreed; the carrier has to bring the parcel back before anybody can go on.
    (
        "WAIT_PACKAGE_INTERCEPT",
        Progress::new(Status::Approved, Awaits::Platform),
    ),
    (
        "MERCHANT_REJECT_EXCHANGE",
        Progress::new(Status::Rejected, Awaits::Buyer),
    ),
    (
        "MERCHANT_REJECT_RESHIP",
        Progress::new(Status::Rejected, Awaits::Buyer),
    ),
    (
        "USER_WAIT_RECEIPT",
        Progress::new(Status::ReplacementSent, Awaits::Buyer),
    ),
    (
        "MERCHANT_EXCHANGE_SUCCESS",
        Progress::new(Status::Completed, Awaits::Nobody),
    ),
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
        items: wire.product_infos.try_map(item)?,
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

/// The merchant's ids, or else the platform's, which are 0 where the merchant has its own.
fn item(wire: &ProductInfo<'_>) -> Result<Item> {
    let id = |merchants: &Text<'_>, platforms: &Number<'_>| {
        let platforms = || platforms.owned().filter(|id| id != "0");
        merchants.owned().or_else(platforms)
    };
    Ok(Item {
        product_id: id(&wire.out_product_id, &wire.product_id),
        sku: id(&wire.out_sku_id, &wire.sku_id),
        quantity: wire.product_cnt.whole("product_infos[].product_cnt")?,
        ..Item::default()
    })
}

/// The case of the upgraded trade component, if there is one.
pub fn ecaftersale_get(wire: &EcaftersaleGet<'_>, source: &Source) -> Vec<Result<AfterSale>> {
    wire.after_sales_order.normalized(source, after_sales_order)
}

fn after_sales_order(wire: &AfterSalesOrder<'_>, source: &Source) -> Result<AfterSale> {
    let id = wire
        .aftersale_id
        .owned()
        .ok_or_else(|| Error::decode("aftersale_id", "is missing"))?;
    let progress = Progress::lookup(EC_STATUSES, wire.status.get());
    let native_status = NativeStatus {
        code: wire.status.owned(),
        label: None,
    };
    let requested = wire.orderamt.minor("orderamt", CURRENCY)?;
    Ok(AfterSale {
        number: wire.out_aftersale_id.owned(),
        order: Order {
            id: wire.order_id.owned(),
            number: None,
            merchant_ref: wire.out_order_id.owned(),
        },
        kind: ec_kind(wire.kind.get()),
        reason: Reason {
            code: wire.refund_reason_type.owned(),
            text: wire.refund_reason.owned(),
        },
        amounts: Amounts {
            requested,
            refunded: requested.filter(|_| progress.status() == Status::Completed),
            ..Amounts::default()
        },
        buyer: Buyer {
            id: wire.openid.owned(),
            ..Buyer::default()
        },
        items: wire.product_info.try_map(item)?,
        evidence: Evidence {
            buyer: links(wire),
            seller: Vec::new(),
        },
        return_shipment: wire
            .return_info
            .get()
            .map(|parcel| ReturnShipment {
                carrier: parcel.delivery_name.owned(),
                carrier_code: parcel.delivery_id.owned(),
                tracking_number: parcel.waybill_id.owned(),
            })
            .unwrap_or_default(),
        created_at: wire
            .create_time
            .instant("create_time", Zoneless::Shanghai)?,
        updated_at: wire
            .update_time
            .instant("update_time", Zoneless::Shanghai)?,
        ..AfterSale::new(source, id, native_status, progress)
    })
}

/// The upgraded component documents no exchange.
fn ec_kind(code: Option<&str>) -> Kind {
    kind(code.filter(|&code| code != "3"))
}

fn links(wire: &AfterSalesOrder<'_>) -> Vec<String> {
    let media = wire.media_list.iter();
    media.filter_map(|picture| picture.url.owned()).collect()
}

/// The case of a WeChat Store, if there is one. A deadline that counts the seconds that are left is
/// left out: see [`getaftersaleorder_at`].
pub fn getaftersaleorder(wire: &Getaftersaleorder<'_>, source: &Source) -> Vec<Result<AfterSale>> {
    wire.after_sale_order
        .normalized(source, |wire, source| after_sale_order(wire, source, None))
}

/// The same, of an answer that was given at `received`: from there the seconds that are left are
/// counted.
pub fn getaftersaleorder_at(
    wire: &Getaftersaleorder<'_>,
    source: &Source,
    received: Timestamp,
) -> Vec<Result<AfterSale>> {
    wire.after_sale_order.normalized(source, |wire, source| {
        after_sale_order(wire, source, Some(received))
    })
}

fn after_sale_order(
    wire: &AfterSaleOrder<'_>,
    source: &Source,
    received: Option<Timestamp>,
) -> Result<AfterSale> {
    let id = wire
        .after_sale_order_id
        .owned()
        .ok_or_else(|| Error::decode("after_sale_order_id", "is missing"))?;
    let progress = Progress::lookup(STORE_STATUSES, wire.status.get());
    let native_status = NativeStatus {
        code: wire.status.owned(),
        label: None,
    };
    let refund = wire.refund_info.get();
    let requested = refund
        .map(|refund| refund.amount.minor("refund_info.amount", CURRENCY))
        .transpose()?
        .flatten();
    let details = wire.details.as_slice();
    Ok(AfterSale {
        order: Order {
            id: wire.order_id.owned(),
            ..Order::default()
        },
        kind: store_kind(wire.kind.get()),
        reason: Reason {
            code: wire.reason.owned(),
            text: wire.reason_text.owned(),
        },
        notes: Notes {
            buyer: details.iter().find_map(|details| details.desc.owned()),
            seller: None,
            rejection: wire
                .merchant_upload_info
                .get()
                .and_then(|answer| answer.reject_reason.owned()),
        },
        amounts: Amounts {
            requested,
            refunded: requested.filter(|_| is_paid(wire.status.get())),
            ..Amounts::default()
        },
        buyer: Buyer {
            id: wire.openid.owned(),
            phone: details
                .iter()
                .find_map(|details| details.tel_number.owned()),
            ..Buyer::default()
        },
        items: wire.product_info.try_map(store_item)?,
        return_shipment: wire
            .return_info
            .get()
            .map(|parcel| ReturnShipment {
                carrier: parcel.delivery_name.owned(),
                carrier_code: parcel.delivery_id.owned(),
                tracking_number: parcel.waybill_id.owned(),
            })
            .unwrap_or_default(),
        created_at: wire
            .create_time
            .instant("create_time", Zoneless::Shanghai)?,
        updated_at: wire
            .update_time
            .instant("update_time", Zoneless::Shanghai)?,
        deadline: deadline(wire, progress, received)?,
        ..AfterSale::new(source, id, native_status, progress)
    })
}

fn store_kind(code: Option<&str>) -> Kind {
    match code {
        Some("REFUND") => Kind::Refund,
        Some("RETURN") => Kind::ReturnAndRefund,
        Some("EXCHANGE") => Kind::Exchange,
        Some("RESHIP") => Kind::Reshipment,
        _ => Kind::Unspecified,
    }
}

/// A finished exchange pays nothing back.
fn is_paid(status: Option<&str>) -> bool {
    matches!(
        status,
        Some("MERCHANT_REFUND_SUCCESS" | "MERCHANT_RETURN_SUCCESS")
    )
}

fn store_item(wire: &StoreProductInfo<'_>) -> Result<Item> {
    Ok(Item {
        product_id: wire.product_id.owned(),
        sku: wire.sku_code.owned().or_else(|| wire.sku_id.owned()),
        quantity: wire.count.whole("product_info.count")?,
        ..Item::default()
    })
}

/// From here on a number is an instant: the second is in 2001, before the platform, and no case has
/// 31 years left.
const FIRST_INSTANT: u64 = 1_000_000_000;

/// The seconds that are left, or the second at which the state ends: public clients read it in
/// either way, and the size of the number tells which.
fn deadline(
    wire: &AfterSaleOrder<'_>,
    progress: Progress,
    received: Option<Timestamp>,
) -> Result<Option<Timestamp>> {
    let stated = wire.deadline.hint().filter(|_| !progress.is_final());
    match stated {
        None | Some(0) => Ok(None),
        Some(FIRST_INSTANT..) => wire.deadline.instant("deadline", Zoneless::Shanghai),
        Some(seconds) => {
            let left = i64::try_from(seconds).map(SignedDuration::from_secs).ok();
            let end = received.zip(left);
            Ok(end.and_then(|(received, left)| received.checked_add(left).ok()))
        }
    }
}

/// Why a buyer may open a case at a WeChat Store.
pub fn reason_get(wire: &ReasonGet<'_>) -> Vec<Reason> {
    let reasons = wire.reason_list.iter().map(|reason| Reason {
        code: reason.reason.owned(),
        text: reason.reason_text.owned(),
    });
    reasons.collect()
}

/// Why a WeChat Store may refuse a case.
pub fn rejectreason_get(wire: &RejectreasonGet<'_>) -> Vec<Reason> {
    let reasons = wire.reason_list.iter().map(|reason| Reason {
        code: reason.reject_reason_type.owned(),
        text: reason.reject_reason_type_text.owned(),
    });
    reasons.collect()
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
        let meanings = [
            ("0", S::Unknown, None, false),
            ("1", S::Cancelled, Some(A::Nobody), true),
            ("2", S::Requested, Some(A::Seller), false),
            ("3", S::Unknown, None, false),
            ("4", S::Rejected, Some(A::Buyer), false),
            ("5", S::Rejected, Some(A::Buyer), false),
            ("6", S::AwaitingReturn, Some(A::Buyer), false),
            ("7", S::Closed, Some(A::Nobody), true),
            ("8", S::ReturnInTransit, Some(A::Seller), false),
            ("11", S::Refunding, Some(A::Platform), false),
            ("13", S::Completed, Some(A::Nobody), true),
            ("21", S::Disputed, Some(A::Platform), false),
            ("23", S::Requested, Some(A::Seller), false),
            ("24", S::Disputed, Some(A::Platform), false),
            ("25", S::RefundFailed, Some(A::Seller), false),
        ];
        documented::assert_statuses(EC_STATUSES, &meanings);
        #[rustfmt::skip]
        let meanings = [
            ("USER_CANCELD", S::Cancelled, Some(A::Nobody), true),
            ("USER_CANCELED", S::Unknown, None, false),
            ("MERCHANT_PROCESSING", S::Requested, Some(A::Seller), false),
            ("MERCHANT_REJECT_REFUND", S::Rejected, Some(A::Buyer), false),
            ("MERCHANT_REJECT_RETURN", S::Rejected, Some(A::Buyer), false),
            ("USER_WAIT_RETURN", S::AwaitingReturn, Some(A::Buyer), false),
            ("RETURN_CLOSED", S::Closed, Some(A::Nobody), true),
            ("MERCHANT_WAIT_RECEIPT", S::ReturnInTransit, Some(A::Seller), false),
            ("MERCHANT_OVERDUE_REFUND", S::Refunding, Some(A::Seller), false),
            ("MERCHANT_REFUND_SUCCESS", S::Completed, Some(A::Nobody), true),
            ("MERCHANT_RETURN_SUCCESS", S::Completed, Some(A::Nobody), true),
            ("PLATFORM_REFUNDING", S::Refunding, Some(A::Platform), false),
            ("PLATFORM_REFUND_FAIL", S::RefundFailed, Some(A::Seller), false),
            ("USER_WAIT_CONFIRM", S::Refunding, Some(A::Buyer), false),
            ("MERCHANT_REFUND_RETRY_FAIL", S::Closed, Some(A::Nobody), true),
            ("MERCHANT_FAIL", S::Closed, Some(A::Nobody), true),
            ("USER_WAIT_CONFIRM_UPDATE", S::Requested, Some(A::Buyer), false),
            ("USER_WAIT_HANDLE_MERCHANT_AFTER_SALE", S::Requested, Some(A::Buyer), false),
            ("WAIT_PACKAGE_INTERCEPT", S::Approved, Some(A::Platform), false),
            ("MERCHANT_REJECT_EXCHANGE", S::Rejected, Some(A::Buyer), false),
            ("MERCHANT_REJECT_RESHIP", S::Rejected, Some(A::Buyer), false),
            ("USER_WAIT_RECEIPT", S::ReplacementSent, Some(A::Buyer), false),
            ("MERCHANT_EXCHANGE_SUCCESS", S::Completed, Some(A::Nobody), true),
        ];
        documented::assert_statuses(STORE_STATUSES, &meanings);
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

        let paid = [11, 13].map(|status| {
            let json = format!(
                r#"{{"after_sales_order":{{"aftersale_id":1,"status":{status},"orderamt":10}}}}"#
            );
            let wire: EcaftersaleGet<'_> = serde_json::from_str(&json).unwrap();
            let record = ecaftersale_get(&wire, &source).remove(0).unwrap();
            record.amounts.refunded.is_some()
        });
        assert_eq!(paid, [false, true]);

        let paid = [
            "PLATFORM_REFUNDING",
            "MERCHANT_REFUND_SUCCESS",
            "MERCHANT_RETURN_SUCCESS",
            "MERCHANT_EXCHANGE_SUCCESS",
        ]
        .map(|status| store_case(status, r#""refund_info":{"amount":10}"#))
        .map(|case| case.amounts.refunded.is_some());
        assert_eq!(paid, [false, true, true, false]);
    }

    #[test]
    fn a_deadline_is_an_instant_or_what_is_left_of_the_time() {
        let deadline = |status, stated: &str| {
            let case = store_case(status, &format!(r#""deadline":{stated}"#));
            case.deadline.map(|at| at.to_string())
        };
        for (stated, expected) in [
            ("1700003600", Some("2023-11-14T23:13:20Z")),
            (r#""1700003600""#, Some("2023-11-14T23:13:20Z")),
            ("1700003600000", Some("2023-11-14T23:13:20Z")),
            ("3600", Some("2023-11-14T23:13:20Z")),
            ("999999999", Some("2055-07-23T23:59:59Z")),
            ("1000000000", Some("2001-09-09T01:46:40Z")),
            ("0", None),
            ("-1", None),
            ("null", None),
        ] {
            let open = deadline("MERCHANT_PROCESSING", stated);
            assert_eq!(open.as_deref(), expected, "{stated}");
            assert_eq!(deadline("MERCHANT_REFUND_SUCCESS", stated), None);
        }
    }

    /// A case of a WeChat Store in an answer of 2023-11-14T22:13:20Z.
    fn store_case(status: &str, members: &str) -> AfterSale {
        let source = Source::new(crate::PLATFORM, "wx", Side::Seller);
        let received = Timestamp::from_second(1_700_000_000).unwrap();
        let json = format!(
            r#"{{"after_sale_order":{{"after_sale_order_id":"1","status":"{status}",{members}}}}}"#
        );
        let wire: Getaftersaleorder<'_> = serde_json::from_str(&json).unwrap();
        getaftersaleorder_at(&wire, &source, received)
            .remove(0)
            .unwrap()
    }

    #[test]
    fn details_may_be_one_object_or_a_list() {
        for details in [r#"{"desc":"too small"}"#, r#"[{"desc":"too small"}]"#] {
            let case = store_case("MERCHANT_PROCESSING", &format!(r#""details":{details}"#));
            assert_eq!(case.notes.buyer.as_deref(), Some("too small"), "{details}");
        }
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
        let kinds = [Some("1"), Some("2"), Some("3"), None].map(ec_kind);
        let meant = [
            Kind::Refund,
            Kind::ReturnAndRefund,
            unspecified,
            unspecified,
        ];
        assert_eq!(kinds, meant);
        let kinds = ["REFUND", "RETURN", "EXCHANGE", "RESHIP", "refund"];
        let meant = [
            Kind::Refund,
            Kind::ReturnAndRefund,
            Kind::Exchange,
            Kind::Reshipment,
            unspecified,
        ];
        assert_eq!(kinds.map(|code| store_kind(Some(code))), meant);
    }
}
