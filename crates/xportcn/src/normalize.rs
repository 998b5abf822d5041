//! Wire → unified record.

use std::collections::BTreeMap;

use core_model::lenient::{Literal, Text};
use core_model::{
    AfterSale, Amounts, Awaits, Buyer, Currency, Error, Item, NativeStatus, Notes, Order, Progress,
    Reason, Result, ReturnShipment, Source, Status, Zoneless,
};

use crate::wire::{
    Logistics, PurchaseOrderLine, RefundOrder, RefundOrderAggregate, RefundQueryList,
};

/// Native status → how far the case is, and whose turn it is. The platform's table is not to be had;
/// the example shows 100 beside the timer for the seller's consent.
pub const STATUSES: &[(&str, Progress)] =
    &[("100", Progress::new(Status::Requested, Awaits::Seller))];

/// The refunds of one page.
pub fn refund_query_list(wire: &RefundQueryList<'_>, source: &Source) -> Vec<Result<AfterSale>> {
    let Some(page) = wire.data.get() else {
        return Vec::new();
    };
    let currency = page.currency.currency();
    page.refund_order_aggregates
        .normalized(source, |refund, source| aggregate(refund, currency, source))
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
