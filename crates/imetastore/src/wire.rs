//! The platform's JSON, field by field.
//!
//! Sources: pages "Get After-sales Details", "Submit After-sales Approval", "Login Authorization" and "Order Status
//! Callback". Prices are JSON numbers in major units, times RFC 3339 in UTC.

use core_model::lenient::{Flag, List, Number, Object, Record, Secret, Text};
use serde::Deserialize;

/// The answer to `after-sales`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct AfterSalesReply<'a> {
    /// `0000` is success.
    pub code: Text<'a>,
    /// The code in words.
    pub msg: Text<'a>,
    /// The server's time.
    pub time: Text<'a>,
    /// The case: one object, or `null` for an order that has none.
    pub data: List<Record<'a, AfterSale<'a>>>,
}

/// One case. One is answered per order; of an order that had several it is presumably the latest.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub struct AfterSale<'a> {
    /// Id of the case.
    pub id: Number<'a>,
    /// Id of the order.
    pub order_id: Number<'a>,
    /// Number of the order.
    pub order_num: Text<'a>,
    /// Who bought: personal data.
    pub buyer_name: Text<'a>,
    /// Number of the case.
    pub after_sales_order_num: Text<'a>,
    /// Whether the goods were received.
    pub is_receipt: Flag,
    /// Code of the reason; the list is not documented.
    pub after_sales_reason: Number<'a>,
    /// The reason in words.
    pub after_sales_reason_text: Text<'a>,
    /// Price of the product in the seller's currency. It is not the amount of a refund.
    pub original_currency_product_price: Number<'a>,
    /// Code of the seller's currency, such as `USD`.
    pub original_currency_code: Text<'a>,
    /// The sign of the seller's currency.
    pub original_currency_symbol: Text<'a>,
    /// Price of the product in the buyer's currency.
    pub convert_currency_price: Number<'a>,
    /// Code of the buyer's currency, such as `EUR`.
    pub convert_currency_code: Text<'a>,
    /// The sign of the buyer's currency.
    pub convert_currency_symbol: Text<'a>,
    /// A code whose values are not documented.
    pub order_delivery_status: Number<'a>,
    /// What the buyer wrote.
    pub description: Text<'a>,
    /// The buyer's pictures.
    pub image_urls: List<Text<'a>>,
    /// Ids of the buyer's pictures.
    pub image_ids: List<Text<'a>>,
    /// Code of the seller's reason to refuse; the list is not documented, the example has 0.
    pub reject_reason: Number<'a>,
    /// The seller's pictures.
    pub reject_image_urls: List<Text<'a>>,
    /// Ids of the seller's pictures.
    pub reject_image_ids: List<Text<'a>>,
    /// When the seller acted; `null` in the example.
    pub operation_time: Text<'a>,
    /// How far the case is, 1 to 11.
    pub order_after_sales_status: Number<'a>,
    /// How many cases the order has had.
    pub after_sales_count: Number<'a>,
    /// When the case was opened.
    pub create_time: Text<'a>,
    /// When the case last changed.
    pub update_time: Text<'a>,
    /// The buyer's e-mail address: personal data.
    pub contact_email: Text<'a>,
    /// Id of the game or brand.
    pub brand_id: Number<'a>,
    /// Name of the game or brand.
    pub brand_name: Text<'a>,
    /// Id of the category, third level.
    #[serde(rename = "categoryId3")]
    pub category_id3: Number<'a>,
}

/// The answer to `seller-audit`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct SellerAuditReply<'a> {
    /// `0000` is success.
    pub code: Text<'a>,
    /// The code in words.
    pub msg: Text<'a>,
    /// The server's time.
    pub time: Text<'a>,
    /// `true`.
    pub data: Flag,
}

/// The answer to `login`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct LoginReply<'a> {
    /// `0000` is success.
    pub code: Text<'a>,
    /// The code in words.
    pub msg: Text<'a>,
    /// The server's time.
    pub time: Text<'a>,
    /// The token.
    pub data: Object<Login<'a>>,
}

/// A token.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub struct Login<'a> {
    /// The token.
    pub access_token: Secret<'a>,
    /// Always `Bearer`.
    pub token_type: Text<'a>,
    /// How long the token lives, in seconds: 86400 by the text, 7200 in the example.
    pub expires_in: Number<'a>,
    /// No documented call takes it.
    pub refresh_token: Secret<'a>,
}

/// The body of an order status callback.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub struct OrderStatus<'a> {
    /// When the callback was made, in a zone that is not stated.
    pub created_at: Text<'a>,
    /// The order.
    pub order_id: Number<'a>,
    /// The order as people quote it, `SO…`.
    pub order_num: Text<'a>,
    /// Only 1 is documented: paid, checked, and waiting for delivery. Others are announced.
    pub seller_order_status: Number<'a>,
    /// Id of who bought.
    pub buyer_id: Text<'a>,
}
