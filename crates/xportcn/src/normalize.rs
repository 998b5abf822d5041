//! Wire → unified record.

use std::collections::BTreeMap;

use core_model::lenient::{Literal, Number, Text};
use core_model::{
    AfterSale, Amounts, Awaits, Buyer, Currency, Error, Evidence, Item, Kind, NativeStatus, Notes,
    Order, Progress, Reason, Result, ReturnShipment, Source, Status, Zoneless,
};
use jiff::Timestamp;

use crate::wire::{
    AlibabaRefund, AlibabaRefundInfo, Logistics, PurchaseOrderLine, RefundOrder,
    RefundOrderAggregate, RefundQuery, RefundQueryList,
};

/// Native status on Taobao → how far the case is, and whose turn it is. The platform's table is not to
/// be had; the example shows 100 beside the timer for the seller's consent.
pub const STATUSES: &[(&str, Progress)] =
    &[("100", Progress::new(Status::Requested, Awaits::Seller))];

/// Native status on 1688 → how far the case is, and whose turn it is; from 1688's own pages.
pub const ALIBABA_STATUSES: &[(&str, Progress)] = &[
    (
        "waitselleragree",
        Progress::new(Status::Requested, Awaits::Seller),
    ),
    (
        "waitbuyermodify",
        Progress::new(Status::Rejected, Awaits::Buyer),
    ),
    (
        "waitbuyersend",
        Progress::new(Status::AwaitingReturn, Awaits::Buyer),
    ),
    (
        "waitsellerreceive",
        Progress::new(Status::ReturnInTransit, Awaits::Seller),
    ),
    (
        "refundsuccess",
        Progress::new(Status::Completed, Awaits::Nobody),
    ),
    ("refundclose", Progress::new(Status::Closed, Awaits::Nobody)),
];

/// 1688 names no currency; it pays in yuan.
const ALIBABA_CURRENCY: Option<Currency> = Some(Currency::CNY);

/// Who took a step on 1688, read off 1688's example.
const BUYER: &str = "1";
const SELLER: &str = "2";

/// The refunds of one page.
pub fn refund_query_list(wire: &RefundQueryList<'_>, source: &Source) -> Vec<Result<AfterSale>> {
    let Some(page) = wire.data.get() else {
        return Vec::new();
    };
    let currency = page.currency.currency();
    page.refund_order_aggregates
        .normalized(source, |refund, source| aggregate(refund, currency, source))
}

/// The refund on Taobao, if there is one.
pub fn refund_query(wire: &RefundQuery<'_>, source: &Source) -> Vec<Result<AfterSale>> {
    let Some(found) = wire.data.get() else {
        return Vec::new();
    };
    let currency = found.currency.currency();
    found
        .refund_order_aggregate
        .iter()
        .flat_map(|refunds| {
            refunds.normalized(source, |refund, source| aggregate(refund, currency, source))
        })
        .collect()
}

/// The refund on 1688, if there is one.
pub fn alibaba_refund_info(
    wire: &AlibabaRefundInfo<'_>,
    source: &Source,
) -> Vec<Result<AfterSale>> {
    wire.data.normalized(source, alibaba_refund)
}

/// The platform states neither when a refund was opened nor when it changed, and its codes for the
/// kind of a refund are documented for other calls only.
fn aggregate(
    wire: &RefundOrderAggregate<'_>,
    currency: Option<Currency>,
    source: &Source,
) -> Result<AfterSale> {
    let missing = |field| Error::decode(field, "is missing");
    let refund = wire
        .refund_order
        .get()
        .ok_or_else(|| missing("refundOrder"))?;
    let id = refund
        .refund_id
        .owned()
        .ok_or_else(|| missing("refundOrder.refundId"))?;
    let progress = Progress::lookup(STATUSES, refund.refund_status.get());
    let native_status = NativeStatus {
        code: refund.refund_status.owned(),
        label: None,
    };
    let line = wire.purchase_order_line.get();
    let currency = line.and_then(|line| line.currency.currency()).or(currency);
    let logistics = wire.logistics.get();
    Ok(AfterSale {
        order: line.map(order).unwrap_or_default(),
        reason: Reason {
            code: refund.reason_id.owned(),
            text: refund.reason_desc.owned(),
        },
        notes: notes(refund, logistics),
        amounts: Amounts {
            requested: refund.refund_fee.minor("refundOrder.refundFee", currency)?,
            ..Amounts::default()
        },
        buyer: Buyer {
            phone: logistics.and_then(|logistics| logistics.buyer_phone.owned()),
            ..Buyer::default()
        },
        items: line
            .map(|line| item(line, currency))
            .transpose()?
            .into_iter()
            .filter(|item| *item != Item::default())
            .collect(),
        return_shipment: logistics.map(return_shipment).unwrap_or_default(),
        deadline: refund
            .timeout_date
            .instant("refundOrder.timeoutDate", Zoneless::Shanghai)?,
        ..AfterSale::new(source, id, native_status, progress)
    })
}

fn order(line: &PurchaseOrderLine<'_>) -> Order {
    Order {
        id: line.purchase_order_id.owned(),
        number: None,
        merchant_ref: None,
    }
}

fn notes(refund: &RefundOrder<'_>, logistics: Option<&Logistics<'_>>) -> Notes {
    let in_words = refund.seller_refuse_reason_describe.owned();
    Notes {
        buyer: refund.refund_desc.owned(),
        seller: logistics.and_then(|logistics| logistics.seller_agree_return_describe.owned()),
        rejection: in_words.or_else(|| refund.seller_refuse_reason.owned()),
    }
}

fn item(line: &PurchaseOrderLine<'_>, currency: Option<Currency>) -> Result<Item> {
    Ok(Item {
        id: line.purchase_order_line_id.owned(),
        title: line.item_title.owned(),
        variant: variant(&line.properties),
        quantity_ordered: line.quantity.whole("purchaseOrderLine.quantity")?,
        unit_price: line.price.minor("purchaseOrderLine.price", currency)?,
        image: line.item_image_url.owned(),
        ..Item::default()
    })
}

/// `name: value` for each property; a text that is no object stays as it is.
fn variant(properties: &Text<'_>) -> Option<String> {
    let text = properties.get()?;
    let Ok(properties) = serde_json::from_str::<BTreeMap<String, Text<'_>>>(text) else {
        return Some(text.to_owned());
    };
    let properties: Vec<_> = properties
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.get().unwrap_or_default()))
        .collect();
    Some(properties.join(", "))
}

fn return_shipment(logistics: &Logistics<'_>) -> ReturnShipment {
    let company = logistics.logistics_company.get();
    ReturnShipment {
        carrier: company.and_then(|company| company.logistics_company_name.owned()),
        carrier_code: company.and_then(|company| {
            let code = company.logistics_company_code.owned();
            code.or_else(|| company.logistic_company_code.owned())
        }),
        tracking_number: logistics.logistics_no.owned(),
    }
}

/// Freight stays in `wire`: whether it is part of the amounts is not stated.
fn alibaba_refund(wire: &AlibabaRefund<'_>, source: &Source) -> Result<AfterSale> {
    let id = wire
        .refund_id
        .owned()
        .ok_or_else(|| Error::decode("refundId", "is missing"))?;
    let progress = Progress::lookup(ALIBABA_STATUSES, wire.status.get());
    let native_status = NativeStatus {
        code: wire.status.owned(),
        label: None,
    };
    Ok(AfterSale {
        order: Order {
            id: wire.order_id.owned(),
            ..Order::default()
        },
        kind: alibaba_kind(wire),
        reason: Reason {
            code: wire.apply_reason_id.owned(),
            text: wire.apply_reason.owned(),
        },
        notes: Notes {
            rejection: wire.reject_reason.owned(),
            ..Notes::default()
        },
        amounts: alibaba_amounts(wire, progress)?,
        buyer: Buyer {
            id: wire
                .buyer_member_id
                .owned()
                .or_else(|| wire.buyer_user_id.owned()),
            name: wire.buyer_login_id.owned(),
            ..Buyer::default()
        },
        items: alibaba_items(wire)?,
        evidence: Evidence {
            buyer: vouchers(wire, BUYER),
            seller: vouchers(wire, SELLER),
        },
        return_shipment: ReturnShipment {
            carrier: wire.buyer_logistics_name.owned(),
            carrier_code: None,
            tracking_number: wire.freight_bill.owned(),
        },
        created_at: match time("gmtApply", &wire.gmt_apply)? {
            Some(at) => Some(at),
            None => time("gmtCreate", &wire.gmt_create)?,
        },
        updated_at: time("gmtModified", &wire.gmt_modified)?,
        refunded_at: alibaba_refunded_at(wire, progress)?,
        deadline: alibaba_deadline(wire, progress)?,
        ..AfterSale::new(source, id, native_status, progress)
    })
}

fn alibaba_kind(wire: &AlibabaRefund<'_>) -> Kind {
    match (wire.only_refund.get(), wire.refund_goods.get()) {
        (Some(true), Some(true)) => Kind::Unspecified,
        (Some(true), _) => Kind::Refund,
        (_, Some(true)) => Kind::ReturnAndRefund,
        _ => Kind::Unspecified,
    }
}

/// What `refundPayment` says before the money is back is not stated.
fn alibaba_amounts(wire: &AlibabaRefund<'_>, progress: Progress) -> Result<Amounts> {
    let refunded = wire
        .refund_payment
        .minor("refundPayment", ALIBABA_CURRENCY)?;
    Ok(Amounts {
        requested: wire.apply_payment.minor("applyPayment", ALIBABA_CURRENCY)?,
        refunded: refunded.filter(|_| progress.status() == Status::Completed),
        ..Amounts::default()
    })
}

/// One for each line of the order, from the list of them and from what comes back of each. There is one
/// name of the goods: of several lines it is not stated which of them bears it.
fn alibaba_items(wire: &AlibabaRefund<'_>) -> Result<Vec<Item>> {
    let counts = wire.order_entry_count_map.get().unwrap_or("{}");
    let counts: BTreeMap<String, Number<'_>> =
        serde_json::from_str(counts).map_err(|error| Error::decode("orderEntryCountMap", error))?;
    let listed = wire.order_entry_id_list.owned();
    let unlisted = counts.keys().filter(|id| !listed.contains(id)).cloned();
    let lines: Vec<_> = listed.iter().cloned().chain(unlisted).collect();
    let item = |id: Option<&String>| -> Result<Item> {
        let count = id.and_then(|id| counts.get(id));
        Ok(Item {
            id: id.cloned(),
            title: wire.product_name.owned().filter(|_| lines.len() <= 1),
            quantity: match count {
                Some(count) => count.whole("orderEntryCountMap")?,
                None => None,
            },
            ..Item::default()
        })
    };
    if lines.is_empty() {
        let named = wire.product_name.get().is_some();
        return named.then(|| item(None)).into_iter().collect();
    }
    lines.iter().map(|id| item(Some(id))).collect()
}

/// The pictures that a party sent with its steps.
fn vouchers(wire: &AlibabaRefund<'_>, role: &str) -> Vec<String> {
    let steps = wire.refund_operation_list.iter();
    steps
        .filter(|step| step.operator_role_id.get() == Some(role))
        .flat_map(|step| step.vouchers.owned())
        .collect()
}

/// A refund on 1688 ends with the money, or without.
fn alibaba_refunded_at(wire: &AlibabaRefund<'_>, progress: Progress) -> Result<Option<Timestamp>> {
    let ended = time("gmtCompleted", &wire.gmt_completed)?;
    Ok(ended.filter(|_| progress.status() == Status::Completed))
}

/// A timer that is over, or stands still, lapses at no time.
fn alibaba_deadline(wire: &AlibabaRefund<'_>, progress: Progress) -> Result<Option<Timestamp>> {
    let runs = !progress.is_final() && wire.time_out_freeze.get() != Some(true);
    let deadline = time("gmtTimeOut", &wire.gmt_time_out)?;
    Ok(deadline.filter(|_| runs))
}

/// 1688 writes times with their zone. Should Xportcn leave it out, Shanghai is what its messages mean.
fn time(field: &str, text: &Text<'_>) -> Result<Option<Timestamp>> {
    text.instant(field, Zoneless::Shanghai)
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
            ("100", S::Requested, Some(A::Seller), false),
            ("101", S::Unknown, None, false),
        ];
        documented::assert_statuses(STATUSES, &meanings);
    }

    #[test]
    fn every_documented_status_of_1688_has_its_meaning() {
        use {Awaits as A, Status as S};
        let meanings = [
            ("waitselleragree", S::Requested, Some(A::Seller), false),
            ("waitbuyermodify", S::Rejected, Some(A::Buyer), false),
            ("waitbuyersend", S::AwaitingReturn, Some(A::Buyer), false),
            (
                "waitsellerreceive",
                S::ReturnInTransit,
                Some(A::Seller),
                false,
            ),
            ("refundsuccess", S::Completed, Some(A::Nobody), true),
            ("refundclose", S::Closed, Some(A::Nobody), true),
            ("WAITSELLERAGREE", S::Unknown, None, false),
        ];
        documented::assert_statuses(ALIBABA_STATUSES, &meanings);
    }

    fn on_1688(members: &str) -> AfterSale {
        let json = format!(r#"{{"code":200,"data":{{"refundId":"TQ1",{members}}}}}"#);
        let wire: AlibabaRefundInfo<'_> = serde_json::from_str(&json).unwrap();
        let source = Source::new(crate::PLATFORM, "sourcing", Side::Buyer);
        alibaba_refund_info(&wire, &source).remove(0).unwrap()
    }

    #[test]
    fn the_kind_on_1688_is_what_its_flags_say() {
        for (members, kind) in [
            (r#""onlyRefund":true,"refundGoods":false"#, Kind::Refund),
            (r#""onlyRefund":true"#, Kind::Refund),
            (
                r#""onlyRefund":false,"refundGoods":true"#,
                Kind::ReturnAndRefund,
            ),
            (r#""refundGoods":true"#, Kind::ReturnAndRefund),
            (r#""onlyRefund":true,"refundGoods":true"#, Kind::Unspecified),
            (r#""onlyRefund":false"#, Kind::Unspecified),
            (r#""disputeRequest":3"#, Kind::Unspecified),
        ] {
            assert_eq!(on_1688(members).kind, kind, "{members}");
        }
    }

    #[test]
    fn money_on_1688_is_back_only_when_the_refund_succeeded() {
        let amounts = |status: &str| {
            let members = format!(r#""status":"{status}","applyPayment":300,"refundPayment":200"#);
            let amounts = on_1688(&members).amounts;
            [amounts.requested, amounts.refunded].map(|money| money.map(|money| money.to_string()))
        };
        let (asked, paid) = (Some("3.00 CNY".to_owned()), Some("2.00 CNY".to_owned()));
        assert_eq!(amounts("waitselleragree"), [asked.clone(), None]);
        assert_eq!(amounts("refundsuccess"), [asked, paid]);
    }

    #[test]
    fn the_end_of_a_refund_on_1688_is_when_the_money_is_back() {
        let refunded_at = |status: &str| {
            let members = format!(r#""status":"{status}","gmtCompleted":"20180423171116000+0800""#);
            on_1688(&members).refunded_at.map(|at| at.to_string())
        };
        let at = Some("2018-04-23T09:11:16Z".to_owned());
        assert_eq!(refunded_at("refundsuccess"), at);
        assert_eq!(refunded_at("refundclose"), None);
    }

    #[test]
    fn each_line_on_1688_is_an_item() {
        for (members, items) in [
            (r#""applyPayment":1"#, &[][..]),
            (r#""productName":"tea""#, &[(None, Some("tea"), None)]),
            (
                r#""productName":"tea","orderEntryIdList":[1],"orderEntryCountMap":{"1":2}"#,
                &[(Some("1"), Some("tea"), Some(2))],
            ),
            // Of two lines, nobody says which is the tea.
            (
                r#""productName":"tea","orderEntryIdList":["1",2],"orderEntryCountMap":{"2":"7"}"#,
                &[(Some("1"), None, None), (Some("2"), None, Some(7))],
            ),
            (
                r#""orderEntryIdList":null,"orderEntryCountMap":{"1":2}"#,
                &[(Some("1"), None, Some(2))],
            ),
            (r#""orderEntryIdList":[],"orderEntryCountMap":null"#, &[]),
        ] {
            let found = on_1688(members).items;
            let found: Vec<_> = found
                .iter()
                .map(|item| (item.id.as_deref(), item.title.as_deref(), item.quantity))
                .collect();
            assert_eq!(found, items, "{members}");
        }
    }

    #[test]
    fn a_timer_on_1688_counts_while_it_runs() {
        let deadline = |members: &str| {
            let members = format!(r#""gmtTimeOut":"20180423171116000+0800",{members}"#);
            on_1688(&members).deadline.map(|at| at.to_string())
        };
        let at = Some("2018-04-23T09:11:16Z".to_owned());
        for (members, expected) in [
            (r#""status":"waitselleragree""#, at.clone()),
            (r#""status":"waitselleragree","timeOutFreeze":false"#, at),
            (r#""status":"waitselleragree","timeOutFreeze":true"#, None),
            (r#""status":"refundclose""#, None),
        ] {
            assert_eq!(deadline(members), expected, "{members}");
        }
    }

    /// How Xportcn passes 1688's times on is not documented.
    #[test]
    fn times_of_1688_are_read_in_every_likely_form() {
        for text in [
            r#""20180423171116000+0800""#,
            r#""2018-04-23 17:11:16""#,
            r#""2018-04-23T17:11:16.000+08:00""#,
            r#""2018-04-23T09:11:16.000+0000""#,
            "1524474676000",
        ] {
            let refund = on_1688(&format!(r#""gmtApply":{text}"#));
            let at = refund.created_at.map(|at| at.to_string());
            assert_eq!(at.as_deref(), Some("2018-04-23T09:11:16Z"), "{text}");
        }
        let refund = on_1688(r#""gmtApply":null,"gmtCreate":"20180423171116000+0800""#);
        let at = refund.created_at.map(|at| at.to_string());
        assert_eq!(at.as_deref(), Some("2018-04-23T09:11:16Z"));
    }

    /// The unified record has no place for it; its exact text has.
    #[test]
    fn the_history_of_a_refund_on_1688_is_in_its_raw_record() {
        let step = r#"{"operatorRoleId":2,"afterOperateStatus":"waitbuyersend",
            "gmtCreate":"20180423171116000+0800","vouchers":["https://example.invalid/a.png"]}"#;
        let refund = on_1688(&format!(r#""refundOperationList":[{step}]"#));
        let raw = refund.raw.unwrap();
        let wire: AlibabaRefund<'_> = serde_json::from_str(raw.get()).unwrap();
        let [step] = wire.refund_operation_list.as_slice() else {
            panic!("{wire:?}")
        };
        assert_eq!(step.after_operate_status.get(), Some("waitbuyersend"));
        assert_eq!(refund.evidence.seller, ["https://example.invalid/a.png"]);
        assert_eq!(refund.evidence.buyer, [""; 0]);
    }

    #[test]
    fn a_return_parcel_is_read_in_both_spellings() {
        let source = Source::new(crate::PLATFORM, "sourcing", Side::Buyer);
        for code in ["logisticCompanyCode", "logisticsCompanyCode"] {
            let json = format!(
                r#"{{"data":{{"refundOrderAggregates":[{{"refundOrder":{{"refundId":1}},
                "logistics":{{"logisticsNo":"SF1","receiverAddress":{{"phone":"…"}},
                "logisticsCompany":{{"{code}":"SF","logisticsCompanyName":"顺丰快递"}}}}}}]}}}}"#
            );
            let wire: RefundQueryList<'_> = serde_json::from_str(&json).unwrap();
            let parcel = refund_query_list(&wire, &source)
                .remove(0)
                .unwrap()
                .return_shipment;
            assert_eq!(parcel.carrier_code.as_deref(), Some("SF"));
            assert_eq!(parcel.carrier.as_deref(), Some("顺丰快递"));
            assert_eq!(parcel.tracking_number.as_deref(), Some("SF1"));
        }
    }
}
