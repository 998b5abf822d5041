//! The platform's JSON, field by field.
//!
//! Source: page "After-sale single-column table query", which has an example and no field list;
//! fields marked "sibling" are on the pages of other calls of the same family. That amounts are in
//! fen and times in milliseconds is inferred from the example.

use core_model::lenient::{Flag, Number, Object, Rows, Text};
use serde::Deserialize;

/// The answer to `refund/queryList`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub struct RefundQueryList<'a> {
    /// Id of the request in the platform's log.
    pub request_id: Text<'a>,
    /// 200 is success.
    pub code: Text<'a>,
    /// Id of the developer, up to 19 digits.
    pub develop_id: Text<'a>,
    /// The code in words.
    pub msg: Text<'a>,
    /// The page.
    pub data: Object<Refunds<'a>>,
}

/// One page of refunds.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub struct Refunds<'a> {
    /// How many match on all pages.
    pub total: Number<'a>,
    /// The page that was asked for.
    pub page_no: Number<'a>,
    /// Id of the distributor.
    pub distributor_id: Text<'a>,
    /// The size that was asked for.
    pub page_size: Number<'a>,
    /// Currency of all amounts, such as `CNY`.
    pub currency: Text<'a>,
    /// The refunds.
    pub refund_order_aggregates: Rows<'a, RefundOrderAggregate<'a>>,
}

/// One refund with what belongs to it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub struct RefundOrderAggregate<'a> {
    /// The return parcel; `null` in the example.
    pub logistics: Object<Logistics<'a>>,
    /// Sub-account.
    pub sub_user_id: Text<'a>,
    /// The refund.
    pub refund_order: Object<RefundOrder<'a>>,
    /// The line of the purchase that it is about.
    pub purchase_order_line: Object<PurchaseOrderLine<'a>>,
}

/// A refund.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub struct RefundOrder<'a> {
    /// Amount, in fen.
    pub refund_fee: Number<'a>,
    /// Id of the payment, 19 digits.
    pub pay_order_id: Text<'a>,
    /// Which timer runs; `sAgreeRefundT` is the only known one.
    pub timeout_type: Text<'a>,
    /// The seller's refusal; whether in a code or in words is not documented.
    pub seller_refuse_reason: Text<'a>,
    /// How far it is. Asked for as an integer, sent as a string; only `100` is known.
    pub refund_status: Text<'a>,
    /// Whether the amount may be changed.
    pub can_edit_fee: Flag,
    /// Time left; `null` in the example.
    pub remaining_time: Text<'a>,
    /// A code whose values are not documented for this call.
    pub refund_type: Number<'a>,
    /// A remark about the amount.
    pub fee_tips: Text<'a>,
    /// The reason in words.
    pub reason_desc: Text<'a>,
    /// A code whose values are not documented for this call.
    pub goods_status: Number<'a>,
    /// What the buyer wrote.
    pub refund_desc: Text<'a>,
    /// Code of the reason.
    pub reason_id: Number<'a>,
    /// When the timer ends: milliseconds since 1970, as a string.
    pub timeout_date: Text<'a>,
    /// The seller's refusal in words.
    pub seller_refuse_reason_describe: Text<'a>,
    /// Id of the refund.
    pub refund_id: Text<'a>,
}

/// A line of a purchase.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub struct PurchaseOrderLine<'a> {
    /// Sales order id; whose sale it is is not documented.
    pub sales_order_id: Text<'a>,
    /// Id of the seller.
    pub supplier_id: Number<'a>,
    /// How many were bought; how many come back is not stated.
    pub quantity: Number<'a>,
    /// Price of all, in fen.
    pub total_price: Number<'a>,
    /// Name.
    pub item_title: Text<'a>,
    /// Picture. Sibling.
    pub item_image_url: Text<'a>,
    /// Freight, in fen.
    pub post_fee: Number<'a>,
    /// Price of the goods, in fen.
    pub product_fee: Number<'a>,
    /// Where it was bought; `TAOBAO_BUYER` is the only known one.
    pub sales_market: Text<'a>,
    /// Id of the line.
    pub purchase_order_line_id: Number<'a>,
    /// When the line was made: milliseconds since 1970. Not the time of the refund.
    pub create_time: Number<'a>,
    /// Id of the purchase.
    pub purchase_order_id: Number<'a>,
    /// Price of one, in fen; `null` in the example.
    pub price: Number<'a>,
    /// Name of the seller.
    pub supplier_nick: Text<'a>,
    /// Currency of the line's amounts, such as `CNY`.
    pub currency: Text<'a>,
    /// What tells the variant from others: an object of names and values.
    pub properties: Text<'a>,
}

/// The return parcel. Sibling.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub struct Logistics<'a> {
    /// Telephone number of the buyer: personal data.
    pub buyer_phone: Text<'a>,
    /// The carrier.
    pub logistics_company: Object<LogisticsCompany<'a>>,
    /// The parcel's number.
    pub logistics_no: Text<'a>,
    /// Where the goods go, an object or a text: personal data.
    pub receiver_address: Text<'a>,
    /// What the buyer wrote about the parcel.
    pub return_goods_desc: Text<'a>,
    /// What the seller wrote when agreeing.
    pub seller_agree_return_describe: Text<'a>,
}

/// A carrier. Sibling.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub struct LogisticsCompany<'a> {
    /// The code.
    pub logistics_company_code: Text<'a>,
    /// The same under another name, on another page.
    pub logistic_company_code: Text<'a>,
    /// The name.
    pub logistics_company_name: Text<'a>,
}
