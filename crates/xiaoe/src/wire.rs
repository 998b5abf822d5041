//! The platform's JSON, field by field.
//!
//! Sources: pages "获取售后订单详情" (detail), "获取售后订单列表" (list), "获取订单详情2.0" (order) and
//! "获取access_token", of the pushes "订单售后状态推送" and "订单状态变更推送"; of the order the fields inside are
//! known from a public transcription. Many
//! fields that the detail page declares as strings are sent as integers, and one as an array.
//! Amounts are integers; that they are in fen is stated on the sibling pages only. Times are
//! wall-clock times in Asia/Shanghai, which the ids of the examples prove; zero dates mean "none".

use core_model::lenient::{Flag, List, Number, Object, Record, Rows, Secret, Text};
use serde::Deserialize;

/// The answer to `after_sale.detail`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct AfterSaleDetail<'a> {
    /// 0 is success. Declared as a string, sent as an integer.
    pub code: Text<'a>,
    /// The code in words.
    pub msg: Text<'a>,
    /// The case.
    pub data: List<Record<'a, AfterSale<'a>>>,
}

/// The answer to `after_sale.list`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct AfterSaleList<'a> {
    /// 0 is success.
    pub code: Text<'a>,
    /// The code in words.
    pub msg: Text<'a>,
    /// The page.
    pub data: Object<AfterSales<'a>>,
}

/// One page of cases.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct AfterSales<'a> {
    /// The cases.
    pub list: Rows<'a, AfterSale<'a>>,
    /// How many match on all pages.
    pub row_count: Number<'a>,
}

/// One case: the fields of the detail and of a row of the list, which has fewer, and some of its own.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct AfterSale<'a> {
    /// What was paid for the order, in fen.
    pub actual_fee: Number<'a>,
    /// How many refunds there were within a month.
    pub after_sale_count: Number<'a>,
    /// Id of the case.
    pub aftersale_id: Text<'a>,
    /// Channel of the request.
    pub apply_channel: Text<'a>,
    /// Amount asked for, in fen.
    pub apply_refund_money: Number<'a>,
    /// Declared as a string and sent as an array; the page says to ignore it.
    pub certificate: Text<'a>,
    /// When the case was opened.
    pub created_at: Text<'a>,
    /// Distribution amount, in fen.
    pub distribution_amount: Number<'a>,
    /// Freight, in fen.
    pub freight: Number<'a>,
    /// Goods. A bundle stands beside its contents, so prices do not add up.
    pub goods_list: List<Goods<'a>>,
    /// Name of the first of the goods.
    pub goods_name: Text<'a>,
    /// Picture of the first of the goods.
    pub img_url: Text<'a>,
    /// When the request lapses.
    pub invalid_time: Text<'a>,
    /// What the merchant wrote.
    pub merchant_remark: Text<'a>,
    /// Who bought: personal data. List only.
    pub nick_name: Text<'a>,
    /// Id of the order.
    pub order_id: Text<'a>,
    /// Price of the goods, in fen.
    pub original_price: Number<'a>,
    /// Amount advanced, in fen.
    pub payment_amount: Number<'a>,
    /// Telephone number of the buyer: personal data. Detail only.
    pub phone: Text<'a>,
    /// The page says to ignore it.
    pub prompt_state: Number<'a>,
    /// Why the case was opened.
    pub reason: Text<'a>,
    /// Amount that the merchant pays back, in fen; 0 is an amount.
    pub refund_money: Number<'a>,
    /// What the buyer wrote.
    pub remark: Text<'a>,
    /// The page says to ignore it.
    pub resource_type: Number<'a>,
    /// Carrier of the return parcel. On no page; a public client reads it from the detail.
    pub return_logistics_company: Text<'a>,
    /// Number of the return parcel. On no page; a public client reads it from the detail.
    pub return_logistics_no: Text<'a>,
    /// Kind of goods in words. List only.
    pub resource_type_str: Text<'a>,
    /// 1 refund, 2 return and refund, 3 exchange.
    pub sale_type: Number<'a>,
    /// The same in words. List only.
    pub sale_type_name: Text<'a>,
    /// The page says to ignore it.
    pub ship_state: Number<'a>,
    /// How far the order is shipped, in words.
    pub ship_state_str: Text<'a>,
    /// Id of the variant.
    pub sku_id: Text<'a>,
    /// The variant in words; `--` for none.
    pub sku_info: Text<'a>,
    /// How far the case is, 0 to 19.
    pub state: Number<'a>,
    /// When the current state lapses.
    pub state_invalid_time: Text<'a>,
    /// Why the case is in this state.
    pub state_reason: Text<'a>,
    /// The state in words; the detail's example repeats the code.
    pub state_str: Text<'a>,
    /// Minutes of study; `null` in the example.
    pub study_time: Number<'a>,
    /// 1 by the buyer, 2 by the merchant. Detail only.
    pub submit_type: Number<'a>,
    /// When the case last changed. Missing from the detail's example.
    pub updated_at: Text<'a>,
    /// Channel of the order; the page says to ignore it.
    pub use_collection: Number<'a>,
    /// Id of the buyer. Detail only.
    pub user_id: Text<'a>,
    /// Who bought: personal data. Detail only.
    pub user_name: Text<'a>,
    /// Picture of the buyer: personal data. List only.
    pub wx_avatar: Text<'a>,
}

/// One kind of goods.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct Goods<'a> {
    /// How many were bought; how many come back is not stated.
    pub buy_num: Number<'a>,
    /// Name.
    pub goods_name: Text<'a>,
    /// Price of one, in fen.
    pub goods_price: Number<'a>,
    /// Kind of goods in words.
    pub goods_tag: Text<'a>,
    /// Picture.
    pub img_url: Text<'a>,
    /// The page says to ignore it.
    pub resource_type: Number<'a>,
    /// The page says to ignore it; in the example a bundle has 0 and its contents 1.
    pub single_type: Number<'a>,
    /// The variant in words; `--` or `null` for none.
    pub sku_info: Text<'a>,
}

/// The answer to `order.detail`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct OrderDetail<'a> {
    /// 0 is success.
    pub code: Text<'a>,
    /// The code in words.
    pub msg: Text<'a>,
    /// The order.
    pub data: Object<Order<'a>>,
}

/// An order, as far as it is about after-sales; the rest is kept as its JSON.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct Order<'a> {
    /// Who bought: personal data.
    pub buyer_info: Text<'a>,
    /// The goods.
    pub goods_info: Object<GoodsInfo<'a>>,
    /// After-sales and refunds.
    pub internal_extra_info: Object<InternalExtraInfo<'a>>,
    /// Invoice.
    pub invoice_info: Text<'a>,
    /// The order itself.
    pub order_info: Object<OrderInfo<'a>>,
    /// Payment.
    pub payment_info: Text<'a>,
    /// Prices.
    pub price_info: Text<'a>,
    /// Other systems.
    pub third_party_info: Text<'a>,
}

/// The goods of an order.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct GoodsInfo<'a> {
    /// One by one.
    pub goods_list: List<OrderedGoods<'a>>,
}

/// Goods of an order.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct OrderedGoods<'a> {
    /// Paid back for it, in fen.
    pub refund_amount: Number<'a>,
    /// That can still be paid back, in fen.
    pub refundable_amount: Number<'a>,
    /// 0 not begun, 1 under way, 2 paid back, 3 failed.
    pub refund_state: Number<'a>,
}

/// After-sales and refunds of an order.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct InternalExtraInfo<'a> {
    /// The after-sales.
    pub after_sale_info: Object<AfterSaleInfo<'a>>,
    /// The refunds.
    pub refund_info: Object<RefundInfo<'a>>,
}

/// After-sales of an order.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct AfterSaleInfo<'a> {
    /// Whether there are any.
    pub has_result: Flag,
    /// One by one.
    pub after_sale_records: List<AfterSaleRecord<'a>>,
}

/// An after-sale of an order.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct AfterSaleRecord<'a> {
    /// Id of the case, spelt with one more underscore than in its own calls.
    pub after_sale_id: Text<'a>,
    /// What it is about.
    pub goods_name: Text<'a>,
}

/// Refunds of an order.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct RefundInfo<'a> {
    /// One by one; their order is not documented.
    pub refund_records: List<RefundRecord<'a>>,
}

/// A payment back to the buyer, or the attempt.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct RefundRecord<'a> {
    /// Id of the case.
    pub after_sale_id: Text<'a>,
    /// In fen.
    pub refund_amount: Number<'a>,
    /// 0 not begun, 1 under way, 2 paid back, 3 failed.
    pub refund_state: Number<'a>,
    /// When it was paid back.
    pub refund_time: Text<'a>,
    /// 1 all of it, 2 a part.
    pub refund_type: Number<'a>,
    /// Who paid it back.
    pub operator: Text<'a>,
    /// Note.
    pub remark: Text<'a>,
    /// 1: the goods were withdrawn as well.
    pub is_delete_purchase: Flag,
}

/// The order itself.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct OrderInfo<'a> {
    /// 0 none, 1 in after-sales, 2 paid back in part, 3 in full.
    pub after_sale_show_state: Number<'a>,
}

/// The answer to `order.refund`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct OrderRefund<'a> {
    /// 0 is success.
    pub code: Text<'a>,
    /// The code in words.
    pub msg: Text<'a>,
    /// The payment back.
    pub data: Object<Refunded<'a>>,
}

/// A payment back that the platform has taken.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct Refunded<'a> {
    /// Whether it is carried out later.
    pub is_async: Flag,
    /// Id of the payment back.
    pub refund_id: Text<'a>,
    /// 1 all of it, 2 a part.
    pub refund_type: Number<'a>,
}

/// The answer to `token`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct TokenReply<'a> {
    /// 0 is success.
    pub code: Text<'a>,
    /// The code in words.
    pub msg: Text<'a>,
    /// The token; `null` on failure.
    pub data: Object<IssuedToken<'a>>,
}

/// A token.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct IssuedToken<'a> {
    /// The token; keep room for 512 characters.
    pub access_token: Secret<'a>,
    /// How long the token lives, in seconds; 7200.
    pub expires_in: Number<'a>,
}

/// A push, decrypted. It is XML, so every value is a text.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct MessagePush<'a> {
    /// Which push: `after_sale`, `order_change`.
    #[serde(rename = "type")]
    pub kind: Text<'a>,
    /// The shop.
    pub app_id: Text<'a>,
    /// Of the message.
    pub message_id: Text<'a>,
    /// How often it was sent before.
    pub retry_times: Number<'a>,
    /// What happened.
    pub xe_data: Object<XeData<'a>>,
}

/// What happened, with the fields of both pushes.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct XeData<'a> {
    /// What was done.
    pub action: Text<'a>,
    /// The same in words. Orders only.
    pub action_text: Text<'a>,
    /// Of the push.
    pub version: Text<'a>,
    /// The shop.
    pub app_id: Text<'a>,
    /// The order.
    pub order_id: Text<'a>,
    /// The case. Cases only.
    pub aftersale_id: Text<'a>,
    /// How far the case is. Cases only.
    pub state: Number<'a>,
    /// How far the order is. Orders only.
    pub order_state: Number<'a>,
    /// The buyer. Orders only.
    pub user_id: Text<'a>,
    /// Channel of the order, in the example only.
    pub channel_id: Number<'a>,
    /// The same in words.
    pub channel_name: Text<'a>,
}
