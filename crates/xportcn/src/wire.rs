//! The platform's JSON, field by field.
//!
//! Taobao: page "After-sale single-column table query", which has an example and no field list;
//! fields marked "sibling" are on the pages of other calls of the same family. That amounts are in
//! fen and times in milliseconds is inferred from the example.
//!
//! 1688: page "查询售后单详情" of PandaPon, the same software under another name, as far as it is to
//! be had; what it has are fields of 1688's own refund, so the others are from 1688's own pages
//! ("1688"). There amounts are in fen, and times are written as `20180423171116000+0800`.
//!
//! Messages: page "Message access manual"; of the body of a refund's message it has two fields, as far as it is to be
//! had, and the others are from 1688's own message.

use core_model::lenient::{Flag, List, Number, Object, Record, Rows, Text};
use serde::{Deserialize, Deserializer};

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

/// The answer to `refund/query`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub struct RefundQuery<'a> {
    /// Id of the request in the platform's log.
    pub request_id: Text<'a>,
    /// 200 is success.
    pub code: Text<'a>,
    /// Id of the developer, up to 19 digits.
    pub develop_id: Text<'a>,
    /// The code in words.
    pub msg: Text<'a>,
    /// The refund and what it stands in.
    pub data: Object<Refund<'a>>,
}

/// The answer to `refund/cancel`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub struct RefundCancel<'a> {
    /// Id of the request in the platform's log.
    pub request_id: Text<'a>,
    /// 200 is success.
    pub code: Text<'a>,
    /// Id of the developer, up to 19 digits.
    pub develop_id: Text<'a>,
    /// The code in words.
    pub msg: Text<'a>,
    /// What came of it.
    pub data: Object<Cancelled<'a>>,
}

/// The answer to `refund/submit/message`, whose data is not documented.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub struct RefundMessage<'a> {
    /// Id of the request in the platform's log.
    pub request_id: Text<'a>,
    /// 200 is success.
    pub code: Text<'a>,
    /// Id of the developer, up to 19 digits.
    pub develop_id: Text<'a>,
    /// The code in words.
    pub msg: Text<'a>,
}

/// The answer to `alibaba/refund/info`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub struct AlibabaRefundInfo<'a> {
    /// Id of the request in the platform's log.
    pub request_id: Text<'a>,
    /// 200 is success.
    pub code: Text<'a>,
    /// Id of the developer, up to 19 digits.
    pub develop_id: Text<'a>,
    /// The code in words.
    pub msg: Text<'a>,
    /// The refund.
    pub data: List<Record<'a, AlibabaRefund<'a>>>,
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

/// One refund, as a look-up has it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub struct Refund<'a> {
    /// Id of the distributor.
    pub distributor_id: Text<'a>,
    /// Currency of all amounts, such as `CNY`.
    pub currency: Text<'a>,
    /// The refund, in the form of a row of the list; `None` where the answer has no such member, so
    /// that it may be something else.
    #[serde(deserialize_with = "stated")]
    pub refund_order_aggregate: Option<List<Record<'a, RefundOrderAggregate<'a>>>>,
}

/// What came of a cancellation.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub struct Cancelled<'a> {
    /// Whether the refund is withdrawn.
    pub cancel_success: Flag,
    /// Currency of all amounts, such as `CNY`.
    pub currency: Text<'a>,
    /// Id of the distributor.
    pub distributor_id: Text<'a>,
    /// The refund, in the form of a row of the list.
    pub refund_order_aggregate: Object<RefundOrderAggregate<'a>>,
}

/// A member that is there, be it `null`.
fn stated<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    member: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(member).map(Some)
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

/// A refund on 1688. Fields up to `buyer_user_id` are on PandaPon's page, all others "1688".
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub struct AlibabaRefund<'a> {
    /// On 1688 the refund's id without `TQ`; here it stands among the bookkeeping of Xportcn.
    pub id: Text<'a>,
    /// Bookkeeping of Xportcn.
    pub create_by: Text<'a>,
    /// Bookkeeping.
    pub create_by_id: Text<'a>,
    /// Bookkeeping: not the time of the refund.
    pub create_time: Text<'a>,
    /// Bookkeeping.
    pub update_by: Text<'a>,
    /// Bookkeeping.
    pub update_by_id: Text<'a>,
    /// Bookkeeping: not the last change of the refund.
    pub update_time: Text<'a>,
    /// Bookkeeping.
    pub remark: Text<'a>,
    /// Id of the payment.
    pub alipay_payment_id: Text<'a>,
    /// Freight asked for, in fen. Whether it is part of `apply_payment` is not stated.
    pub apply_carriage: Number<'a>,
    /// What the buyer entered first; the unit is not stated.
    pub apply_expect: Number<'a>,
    /// Amount asked for, in fen.
    pub apply_payment: Number<'a>,
    /// The reason in words.
    pub apply_reason: Text<'a>,
    /// Code of the reason.
    pub apply_reason_id: Number<'a>,
    /// Second level of the reason.
    pub apply_sub_reason: Text<'a>,
    /// Code of it; -1 is none.
    pub apply_sub_reason_id: Number<'a>,
    /// Payment account of the buyer.
    pub buyer_alipay_id: Text<'a>,
    /// Name of the carrier of the return parcel.
    pub buyer_logistics_name: Text<'a>,
    /// Id of the buyer, such as `b2b-1000000000001`.
    pub buyer_member_id: Text<'a>,
    /// Whether the goods are on their way back.
    pub buyer_send_goods: Flag,
    /// Another id of the buyer.
    pub buyer_user_id: Text<'a>,
    /// Login of the buyer.
    pub buyer_login_id: Text<'a>,
    /// The most that can be paid back, in fen.
    pub can_refund_payment: Number<'a>,
    /// What was asked for; 3 stands in an example of a return and refund, no list is published.
    pub dispute_request: Number<'a>,
    /// 1 before the order was finished, 2 after.
    pub dispute_type: Number<'a>,
    /// Further names and values: an object.
    pub ext_info: Text<'a>,
    /// Number of the return parcel.
    pub freight_bill: Text<'a>,
    /// Frozen, in fen; -1 in 1688's example.
    pub frozen_fund: Number<'a>,
    /// When the refund was applied for.
    pub gmt_apply: Text<'a>,
    /// When it ended.
    pub gmt_completed: Text<'a>,
    /// When its record was made.
    pub gmt_create: Text<'a>,
    /// Since when its timer stands still.
    pub gmt_freezed: Text<'a>,
    /// When it last changed.
    pub gmt_modified: Text<'a>,
    /// When its timer ends.
    pub gmt_time_out: Text<'a>,
    /// Whether the buyer has the goods.
    pub goods_received: Flag,
    /// 1 the buyer does not have the goods, 2 has them, 3 sent them back.
    pub goods_status: Number<'a>,
    /// Kind of a refund that the platform advances.
    pub instant_refund_type: Text<'a>,
    /// Made by the newer process.
    pub new_refund_return: Flag,
    /// The goods stay.
    pub only_refund: Flag,
    /// How many of each line come back: an object of ids and numbers.
    pub order_entry_count_map: Text<'a>,
    /// The lines of the order that it is about.
    pub order_entry_id_list: List<Text<'a>>,
    /// Id of the order, 18 digits and more.
    pub order_id: Text<'a>,
    /// Amount that can be advanced; the unit is not stated.
    pub prepaid_balance: Number<'a>,
    /// Name of the goods.
    pub product_name: Text<'a>,
    /// Freight paid back, in fen.
    pub refund_carriage: Number<'a>,
    /// The goods have to come back.
    pub refund_goods: Flag,
    /// Id of the refund: `TQ` and digits.
    pub refund_id: Text<'a>,
    /// What happened so far. The unified record has no history; it stays here.
    pub refund_operation_list: List<AlibabaRefundOperation<'a>>,
    /// Amount paid back, in fen.
    pub refund_payment: Number<'a>,
    /// Why the seller refuses.
    pub reject_reason: Text<'a>,
    /// Code of it; 0 is none.
    pub reject_reason_id: Number<'a>,
    /// How often it was refused.
    pub reject_times: Number<'a>,
    /// Login of the seller.
    pub seller_login_id: Text<'a>,
    /// Id of the seller.
    pub seller_member_id: Text<'a>,
    /// Telephone number of whoever takes the goods back: personal data.
    pub seller_mobile: Text<'a>,
    /// Who takes the goods back: personal data.
    pub seller_real_name: Text<'a>,
    /// Where the goods go back to: personal data.
    pub seller_receive_address: Text<'a>,
    /// Another telephone number: personal data.
    pub seller_tel: Text<'a>,
    /// Another id of the seller.
    pub seller_user_id: Text<'a>,
    /// How far it is, in a word.
    pub status: Text<'a>,
    /// Kind of payment.
    pub support_new_steppay: Flag,
    /// How far the platform's customer service is.
    pub task_status: Text<'a>,
    /// The timer stands still.
    pub time_out_freeze: Flag,
    /// What happens when the timer ends.
    pub time_out_operate_type: Text<'a>,
    /// Kind of trade.
    pub trade_type_str: Text<'a>,
}

/// A step in the history of a refund on 1688; the newest stands first in 1688's example.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub struct AlibabaRefundOperation<'a> {
    /// Id of the step.
    pub id: Text<'a>,
    /// Status before the step.
    pub before_operate_status: Text<'a>,
    /// Status after the step.
    pub after_operate_status: Text<'a>,
    /// Kind of step; no list is published.
    pub operate_type_int: Number<'a>,
    /// The step in words.
    pub operate_remark: Text<'a>,
    /// More of them; so spelt.
    pub discription: Text<'a>,
    /// Who: 1 the buyer, 2 the seller, as 1688's example shows; the system has a number, too, which
    /// is not published.
    pub operator_role_id: Number<'a>,
    /// When.
    pub gmt_create: Text<'a>,
    /// Number of the return parcel.
    pub freight_bill: Text<'a>,
    /// Links to pictures.
    pub vouchers: List<Text<'a>>,
    /// Carrier of the return parcel.
    pub logistics_company: Object<AlibabaLogisticsCompany<'a>>,
}

/// A carrier on 1688.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub struct AlibabaLogisticsCompany<'a> {
    /// The code.
    pub company_no: Text<'a>,
    /// The name.
    pub company_name: Text<'a>,
}

/// A message, as it is pushed.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub struct Message<'a> {
    /// What happened.
    pub message_type: Text<'a>,
    /// JSON in a string: a [`MessageBody`].
    pub message_body: Text<'a>,
    /// 0 Taobao, 1 1688.
    pub message_platform: Text<'a>,
    /// When it was pushed: milliseconds since 1970, as a string.
    pub timestamp: Text<'a>,
}

/// What a message is about: an order, or a refund. *Assumed:* amounts are in fen.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub struct MessageBody<'a> {
    /// Id of the order.
    pub order_id: Text<'a>,
    /// Number of the order.
    pub order_no: Text<'a>,
    /// How far the order is; `WAITING_FOR_PAYMENT`, `WAITING_FOR_SENT` and `CANCEL` are in the examples.
    pub order_status: Text<'a>,
    /// Whether it is paid; 1 is not, 2 is, going by the examples.
    pub pay_status: Number<'a>,
    /// What the order costs.
    pub total_amount: Number<'a>,
    /// Freight in it.
    pub shipping_fee: Number<'a>,
    /// Goods in it.
    pub product_amount: Number<'a>,
    /// What is paid back; 0 in all examples.
    pub refund_amount: Number<'a>,
    /// `null` in all examples.
    pub refund_status: Text<'a>,
    /// Why it was cancelled.
    pub close_reason: Text<'a>,
    /// When it was made, without a zone.
    pub tb_create_time: Text<'a>,
    /// When it was paid, without a zone.
    pub pay_time: Text<'a>,
    /// Id of the refund; on 1688 `TQ` and digits.
    pub refund_id: Text<'a>,
    /// How far the refund is, going by 1688's examples; its page says the order. 1688.
    pub current_status: Text<'a>,
    /// What happened to the refund. 1688.
    pub refund_action: Text<'a>,
    /// Who did it: `buyer`, `seller`, `system`. 1688.
    pub operator: Text<'a>,
    /// Id of the buyer. 1688.
    pub buyer_member_id: Text<'a>,
    /// Id of the seller. 1688.
    pub seller_member_id: Text<'a>,
    /// When 1688 sent its own message, without a zone. 1688.
    pub msg_send_time: Text<'a>,
}
