//! The platform's JSON, field by field.
//!
//! Sources: page "After Sales List" (2022-01), where fields marked "specification only" are in the
//! vendor's published OpenAPI document and missing from that page; for what is marked "since 2025-06"
//! the metadata of the vendor's command-line client. Amounts are decimal strings in major units
//! of the record's currency, times RFC 3339 in UTC. An empty string means that there is no value.

use core_model::lenient::{Flag, List, Number, Object, Rows, Secret, Text};
use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;

/// The answer to `after_sales_list`. There is no envelope.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct AfterSalesList<'a> {
    /// Records that match the query; the specification's example counts two and shows one.
    pub count: Number<'a>,
    /// Records in status `pending`.
    pub pending_count: Number<'a>,
    /// Records in status `processing`. There is no count of finished ones.
    pub processing_count: Number<'a>,
    /// The records of this page.
    pub post_sales: Rows<'a, PostSale<'a>>,
}

/// The answer to `post_sales`, since 2025-06.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct PostSales<'a> {
    /// `Success`, in any case.
    pub code: Text<'a>,
    /// Words for people.
    pub message: Text<'a>,
    /// The page.
    pub data: Object<PostSalesPage<'a>>,
}

/// One page of after-sales.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct PostSalesPage<'a> {
    /// The records: after-sales, not orders.
    pub orders: Rows<'a, PostSale<'a>>,
    /// Name of the next page.
    pub cursor: Text<'a>,
    /// Whether there is a next page.
    pub has_more: Flag,
}

/// One after-sale.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct PostSale<'a> {
    /// Address from which the request was made: personal data. 2022-01 only.
    pub browser_ip: Text<'a>,
    /// When the after-sale was opened.
    pub created_at: Text<'a>,
    /// Last digits of the card.
    pub credit_card_number: Text<'a>,
    /// ISO 4217 code of the amounts.
    pub currency_code: Text<'a>,
    /// Who ordered: personal data.
    pub customer_name: Text<'a>,
    /// Device on which the order was placed. 2022-01 only.
    pub device: Text<'a>,
    /// Discount code of the order.
    pub discount_code: Text<'a>,
    /// How far the order is paid.
    pub financial_status: Text<'a>,
    /// How far the order is shipped.
    pub fulfillment_status: Text<'a>,
    /// Shipments of the order.
    pub fulfillments: List<Fulfillment<'a>>,
    /// Id, a UUID.
    pub id: Text<'a>,
    /// Goods.
    pub line_items: List<LineItem<'a>>,
    /// Order number with a suffix, such as `00000013-S1`.
    pub number: Text<'a>,
    /// Order number: the only link to the order.
    pub order_number: Text<'a>,
    /// What the order cost.
    pub order_total: Text<'a>,
    /// Payment method of the order.
    pub payment_method: Text<'a>,
    /// Payments of the order. In 2022-01 specification only.
    pub payment_lines: List<PaymentLine<'a>>,
    /// Who receives the goods: personal data.
    pub recipient_name: Text<'a>,
    /// Where the sale took place.
    pub sales_platform: Text<'a>,
    /// Further parts of the shipping address, usually none. 2022-01 only.
    pub shipping_address_extra_info: Text<'a>,
    /// Where the goods go: the country.
    pub shipping_country: Text<'a>,
    /// E-mail address of the recipient: personal data.
    pub shipping_email: Text<'a>,
    /// The way of shipping. Since 2025-06.
    pub shipping_line: Object<ShippingLine<'a>>,
    /// What the way of shipping is called. 2022-01 only.
    pub shipping_line_name: Text<'a>,
    /// Telephone number of the recipient: personal data.
    pub shipping_phone: Text<'a>,
    /// Address of the shop.
    pub source: Text<'a>,
    /// JSON in a string: where the order came from.
    pub source_name: Text<'a>,
    /// When the order was placed.
    pub placed_at: Text<'a>,
    /// What is, or was, to be paid back for the whole after-sale. Line items do not add up to it.
    pub refund_amount: Text<'a>,
    /// A note; the page does not say whose.
    pub post_sale_note: Text<'a>,
    /// JSON in a string: the last referrer.
    pub last_referrer_show: Text<'a>,
    /// Last landing page.
    pub last_landing_url: Text<'a>,
    /// More about the way of shipping. 2022-01 only.
    pub shipping_line_desc: Text<'a>,
    /// A code whose values are not documented.
    pub delivery_method: Number<'a>,
    /// Tax on shipping.
    pub shipping_tax_total: Text<'a>,
    /// A code whose values are not documented.
    pub shipping_tax_type: Number<'a>,
    /// All taxes of the order.
    pub all_tax_total: Text<'a>,
    /// Name of the shop.
    pub shop_name: Text<'a>,
    /// How to reach the staff.
    pub staff_contact: Text<'a>,
    /// `pending`, `processing`, `finished`; described as the common values, so there may be others.
    /// Missing from the vendor's own example.
    pub status: Text<'a>,
    /// Amounts in the shop's main currency. In 2022-01 specification only.
    pub main_currency_prices: Object<RecordMainCurrencyPrices<'a>>,
}

/// One kind of goods.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct LineItem<'a> {
    /// Price of one before discount.
    pub compare_at_price: Text<'a>,
    /// How far it is shipped.
    pub fulfillment_status: Text<'a>,
    /// Shipments; singular, yet an array. 2022-01 only.
    pub fulfillment: List<Fulfillment<'a>>,
    /// Shipments. Since 2025-06.
    pub fulfillments: List<Fulfillment<'a>>,
    /// Id, a UUID.
    pub id: Text<'a>,
    /// Picture.
    pub image: Object<Image<'a>>,
    /// Note.
    pub note: Text<'a>,
    /// What tells the variant from others.
    pub options: List<LineItemOption<'a>>,
    /// Price of one.
    pub price: Text<'a>,
    /// Last part of the product's address.
    pub product_handle: Text<'a>,
    /// Id of the product.
    pub product_id: Text<'a>,
    /// Tags of the product.
    pub product_tags: List<Text<'a>>,
    /// Name of the product.
    pub product_title: Text<'a>,
    /// Custom properties: plain text or JSON in a string.
    pub properties: Text<'a>,
    /// How many were bought.
    pub quantity: Number<'a>,
    /// Discount part of the refund.
    pub refund_discount: Text<'a>,
    /// Price part of the refund.
    pub refund_price: Text<'a>,
    /// How many are refunded.
    pub refund_quantity: Number<'a>,
    /// Tax part of the refund.
    pub refund_tax: Text<'a>,
    /// Refund; in the examples it is not the sum of its parts.
    pub refund_total: Text<'a>,
    /// Whether it is shipped at all.
    pub requires_shipping: Flag,
    /// Stock keeping unit.
    pub sku: Text<'a>,
    /// Product code.
    pub spu: Text<'a>,
    /// Whether it is taxed.
    pub taxable: Flag,
    /// Price of all.
    pub total: Text<'a>,
    /// Id of the variant.
    pub variant_id: Text<'a>,
    /// Name of the variant.
    pub variant_title: Text<'a>,
    /// Vendor.
    pub vendor: Text<'a>,
    /// Weight of one, in `weight_unit`.
    pub weight: Text<'a>,
    /// Unit of the weight, such as `kg`.
    pub weight_unit: Text<'a>,
    /// Address of the vendor.
    pub vendor_url: Text<'a>,
    /// How many were sold beyond the stock.
    pub oversold_quantity: Number<'a>,
    /// Amounts in the shop's main currency.
    pub main_currency_prices: Object<LineItemMainCurrencyPrices<'a>>,
}

/// A picture.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct Image<'a> {
    /// Text in place of the picture.
    pub alt: Text<'a>,
    /// Pixels.
    pub height: Number<'a>,
    /// Path in the shop's storage. 2022-01 only.
    pub path: Text<'a>,
    /// Address; the scheme may be missing (`//cdn…`).
    pub src: Text<'a>,
    /// Pixels.
    pub width: Number<'a>,
}

/// A shipment. In 2022-01 specification only.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct Fulfillment<'a> {
    /// Parcel number.
    pub tracking_number: Text<'a>,
    /// When it was sent. In 2022-01 for line items only.
    pub created_at: Text<'a>,
    /// Carrier. In 2022-01 for line items only.
    pub tracking_company: Text<'a>,
}

/// A way of shipping. Since 2025-06.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct ShippingLine<'a> {
    /// Id.
    pub id: Text<'a>,
    /// What it is called.
    pub name: Text<'a>,
    /// More about it.
    pub desc: Text<'a>,
    /// A code whose values are not documented.
    pub delivery_method: Number<'a>,
}

/// A payment of the order. In 2022-01 specification only.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct PaymentLine<'a> {
    /// Id. Since 2025-06.
    pub id: Text<'a>,
    /// Channel. 2022-01 only.
    pub channel: Text<'a>,
    /// Channel. Since 2025-06.
    pub payment_channel: Text<'a>,
    /// Last digits of the card.
    pub credit_card_number: Text<'a>,
    /// Method. 2022-01 only.
    pub method: Text<'a>,
    /// Method. Since 2025-06.
    pub payment_method: Text<'a>,
    /// Name. 2022-01 only.
    pub name: Text<'a>,
    /// Name. Since 2025-06.
    pub payment_name: Text<'a>,
    /// Channel of the transaction.
    pub trans_channel: Text<'a>,
    /// Method of the transaction.
    pub trans_method: Text<'a>,
    /// Number of the transaction. In 2022-01 of orders only.
    pub transaction_no: Text<'a>,
    /// Number of the merchant's payment account. Of orders of 2022-01 only.
    pub merchant_id: Text<'a>,
    /// E-mail address of the merchant's payment account: personal data. In 2022-01 of orders only.
    pub merchant_email: Text<'a>,
}

/// What tells a variant from others.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct LineItemOption<'a> {
    /// Such as `size`.
    pub name: Text<'a>,
    /// Such as `L`.
    pub value: Text<'a>,
}

/// Amounts of a line item in the shop's main currency, as short as they can be written (`"13.4"`).
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct LineItemMainCurrencyPrices<'a> {
    /// Price of one before discount.
    pub compare_at_price: Text<'a>,
    /// Price of one.
    pub price: Text<'a>,
    /// Price of all. 2022-01 only.
    pub total: Text<'a>,
    /// Price of all. Since 2025-06.
    pub total_price: Text<'a>,
    /// Units of the record's currency for one of the main currency, going by the example.
    pub actual_rate: Text<'a>,
}

/// Amounts of a record in the shop's main currency. In 2022-01 specification only.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct RecordMainCurrencyPrices<'a> {
    /// What the order cost. 2022-01 only.
    pub order_total: Text<'a>,
    /// The type is that of a line item. Since 2025-06.
    pub compare_at_price: Text<'a>,
    /// The type is that of a line item. Since 2025-06.
    pub price: Text<'a>,
    /// The type is that of a line item. Since 2025-06.
    pub total_price: Text<'a>,
    /// Units of the record's currency for one of the main currency, going by the example.
    pub actual_rate: Text<'a>,
}

/// The answer to `orders/number/{number}`, 2022-01. There is no envelope.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct OrderDetailsByNumber<'a> {
    /// The order.
    pub order: Object<Order<'a>>,
}

/// The answer to `orders/number/{number}`, since 2025-06.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct OrderByNumber<'a> {
    /// `Success`, in any case.
    pub code: Text<'a>,
    /// Words for people.
    pub message: Text<'a>,
    /// The order.
    pub data: Object<OrderDetailsByNumber<'a>>,
}

/// An order, as far as a refund is held against it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct Order<'a> {
    /// Id.
    pub id: Text<'a>,
    /// Number.
    pub number: Text<'a>,
    /// How far it is.
    pub status: Text<'a>,
    /// How far it is paid.
    pub financial_status: Text<'a>,
    /// ISO 4217 code of the amounts.
    pub currency: Text<'a>,
    /// What it costs.
    pub total_price: Text<'a>,
    /// What was paid.
    pub total_paid: Text<'a>,
    /// All that was paid back.
    pub total_refund_price: Text<'a>,
    /// The payment: the only one of 2022-01.
    pub payment_line: List<PaymentLine<'a>>,
    /// The payments. Since 2025-06.
    pub payment_lines: List<PaymentLine<'a>>,
}

/// The answer to a new refund, 2022-01. There is no envelope.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct OrderRefund<'a> {
    /// Id of the after-sale that the refund made.
    pub id: Text<'a>,
    /// How far that after-sale is.
    pub status: Text<'a>,
    /// Number of that after-sale.
    pub number: Text<'a>,
    /// When it was made.
    pub created_at: Text<'a>,
    /// A note.
    pub note: Text<'a>,
    /// Why the refund failed; empty where it did not.
    pub refund_fail_reason: Text<'a>,
    /// Whether nothing is left to refund.
    pub all_refunded: Flag,
    /// `customize` in the example: how the amount came about, not how far the refund is.
    pub refund_status: Text<'a>,
    /// The order.
    pub order: Object<Order<'a>>,
    /// The refund: one object here, a list where refunds are read.
    pub refunds: List<RefundRecord<'a>>,
}

/// The answer to a new refund, since 2025-06.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct OrderRefundRecordCreate<'a> {
    /// `Success`, in any case.
    pub code: Text<'a>,
    /// Words for people.
    pub message: Text<'a>,
    /// What was made.
    pub data: Object<CreatedRefundRecord<'a>>,
}

/// What a new refund made.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct CreatedRefundRecord<'a> {
    /// Id of the refund.
    pub refund_record_id: Text<'a>,
    /// Id of the after-sale that the refund made.
    pub post_sale_id: Text<'a>,
}

/// The answer to the deletion of an after-sale; that of 2022-01 is not documented.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct PostSaleDelete<'a> {
    /// `Success`, in any case. Since 2025-06.
    pub code: Text<'a>,
    /// Words for people. Since 2025-06.
    pub message: Text<'a>,
    /// An order by one source, nothing by the other, as JSON. Since 2025-06.
    pub data: Text<'a>,
}

/// The answer to `refund_records`, 2022-01. There is no envelope.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct RefundRecordList<'a> {
    /// The refunds of this page. The page is not counted.
    pub records: Rows<'a, RefundRecord<'a>>,
}

/// The answer to `refund_records`, since 2025-06.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct RefundRecords<'a> {
    /// `Success`, in any case.
    pub code: Text<'a>,
    /// Words for people.
    pub message: Text<'a>,
    /// The page.
    pub data: Object<RefundRecordsPage<'a>>,
}

/// One page of refunds.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct RefundRecordsPage<'a> {
    /// The refunds.
    pub records: Rows<'a, RefundRecord<'a>>,
    /// Name of the next page.
    pub cursor: Text<'a>,
    /// Whether there is a next page.
    pub has_more: Flag,
}

/// The answer to `refund_records/count`, since 2025-06.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct RefundRecordsCount<'a> {
    /// `Success`, in any case.
    pub code: Text<'a>,
    /// Words for people.
    pub message: Text<'a>,
    /// The count.
    pub data: Object<RefundCount<'a>>,
}

/// How many refunds there are.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct RefundCount<'a> {
    /// Those that the filters leave.
    pub count: Number<'a>,
}

/// The answer to `orders/{id}/refund`, 2022-01. There is no envelope.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct OrderRefundList<'a> {
    /// How far the order is.
    pub order_status: Text<'a>,
    /// Whether nothing is left to refund.
    pub all_refunded: Flag,
    /// `general` in the example: how the amount came about, not how far the refund is.
    pub refund_status: Text<'a>,
    /// All refunds of the order.
    pub refund_total: Text<'a>,
    /// Tax in it.
    pub refund_tax_total: Text<'a>,
    /// Discount in it.
    pub refund_discount_total: Text<'a>,
    /// The refunds.
    pub refunds: Rows<'a, RefundRecord<'a>>,
}

/// The answer to `orders/{order_id}/refund`, since 2025-06.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct OrderRefunds<'a> {
    /// `Success`, in any case.
    pub code: Text<'a>,
    /// Words for people.
    pub message: Text<'a>,
    /// The order.
    pub data: Object<RefundedOrder<'a>>,
}

/// An order with its refunds.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct RefundedOrder<'a> {
    /// How far the order is paid.
    pub order_financial_status: Text<'a>,
    /// How far the order is.
    pub order_status: Text<'a>,
    /// The refunds; there are no pages.
    pub records: Rows<'a, RefundRecord<'a>>,
}

/// One refund.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct RefundRecord<'a> {
    /// Id, a number of 18 digits in a string.
    pub id: Text<'a>,
    /// Id of the order.
    pub order_id: Text<'a>,
    /// A note.
    pub note: Text<'a>,
    /// All that is paid back.
    pub refund_price: Text<'a>,
    /// ISO 4217 code of the amounts. 2022-01 only.
    pub currency: Text<'a>,
    /// Shipping in it. Since 2025-06.
    pub refund_shipping: Text<'a>,
    /// Tax on shipping in it. Since 2025-06.
    pub refund_shipping_tax: Text<'a>,
    /// Tip in it. Since 2025-06.
    pub refund_tip: Text<'a>,
    /// Other fees in it. Since 2025-06.
    pub additional_total: Text<'a>,
    /// Those fees. Since 2025-06.
    pub additional_prices: List<AdditionalPrice<'a>>,
    /// How the amount came about; the values are not documented. Since 2025-06.
    pub refund_method: Text<'a>,
    /// `pending`, `finished`, `failed`. Since 2025-06.
    pub refund_status: Text<'a>,
    /// When it was made.
    pub created_at: Text<'a>,
    /// When it last changed.
    pub updated_at: Text<'a>,
    /// Goods.
    pub refund_line_items: List<RefundLineItem<'a>>,
    /// What goes back on each payment of the order. Since 2025-06.
    pub payment_details: List<RefundPaymentDetail<'a>>,
}

/// A fee in a refund. Since 2025-06.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct AdditionalPrice<'a> {
    /// What it is called.
    pub name: Text<'a>,
    /// How much.
    pub price: Text<'a>,
    /// Id; of what is not documented.
    pub biz_id: Text<'a>,
    /// What it is called to people.
    pub fee_title: Text<'a>,
}

/// One kind of goods in a refund.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct RefundLineItem<'a> {
    /// Id of the line item of the order.
    pub line_item_id: Text<'a>,
    /// How many are paid back.
    pub refund_quantity: Number<'a>,
    /// How many are taken off the order. Since 2025-06.
    pub delete_quantity: Number<'a>,
    /// Tax. Since 2025-06.
    pub tax: Text<'a>,
    /// Discount. Since 2025-06.
    pub discount: Text<'a>,
    /// Before tax and discount. Since 2025-06.
    pub sub_total: Text<'a>,
    /// All. Since 2025-06.
    pub total: Text<'a>,
    /// The line item. 2022-01 only.
    pub line_item: Object<RefundedItem<'a>>,
}

/// A line item of an order, as refunds show it. 2022-01 only.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct RefundedItem<'a> {
    /// Id, a UUID.
    pub id: Text<'a>,
    /// Id of the product.
    pub product_id: Text<'a>,
    /// Id of the variant.
    pub variant_id: Text<'a>,
    /// Name of the variant.
    pub variant_title: Text<'a>,
    /// Name of the product.
    pub product_title: Text<'a>,
    /// Last part of the product's address.
    pub product_handle: Text<'a>,
    /// How many were bought.
    pub quantity: Number<'a>,
    /// Note.
    pub note: Text<'a>,
    /// How far it is shipped.
    pub fulfillment_status: Text<'a>,
    /// Stock keeping unit.
    pub sku: Text<'a>,
    /// Unit of the weight.
    pub weight_unit: Text<'a>,
    /// Vendor.
    pub vendor: Text<'a>,
    /// Address of the product.
    pub product_url: Text<'a>,
    /// Price of one before discount.
    pub compare_at_price: Text<'a>,
    /// Address of a picture: an object in cases.
    pub image: Text<'a>,
    /// Price of one.
    pub price: Text<'a>,
    /// Price of all.
    pub total: Text<'a>,
    /// Weight of one.
    pub weight: Text<'a>,
    /// Custom properties: a string in cases.
    pub properties: List<LineItemOption<'a>>,
    /// An object with names of the shop's own, as JSON.
    pub custom_properties: Text<'a>,
    /// How many were paid back, in all refunds of the order.
    pub refund_quantity: Number<'a>,
    /// How much was paid back, in all refunds of the order.
    pub refund_total: Text<'a>,
}

/// What goes back on one payment of an order. Since 2025-06.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct RefundPaymentDetail<'a> {
    /// Id.
    pub id: Text<'a>,
    /// Id of the payment of the order.
    pub payment_line_id: Text<'a>,
    /// Channel.
    pub payment_channel: Text<'a>,
    /// Method.
    pub payment_method: Text<'a>,
    /// How much.
    pub refund_price: Text<'a>,
    /// `pending`, `finished`, `failed`.
    pub refund_status: Text<'a>,
    /// When it was paid.
    pub finished_at: Text<'a>,
}

/// The answer to a token call (page "OAuth Authentication").
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct TokenReply<'a> {
    /// The token.
    pub access_token: Secret<'a>,
    /// `Bearer`, though the header that takes it is another one.
    pub token_type: Text<'a>,
    /// What the next token is fetched with.
    pub refresh_token: Secret<'a>,
    /// When the token expires, in seconds since 1970.
    pub expires_at: Number<'a>,
    /// Id of the shop.
    pub store_id: Text<'a>,
    /// Name of the shop.
    pub store_name: Text<'a>,
    /// Language of the shop.
    pub locale: Text<'a>,
    /// How long the token lives, in seconds. Vendor's SDK only.
    pub expires_in: Number<'a>,
    /// What was granted. Vendor's SDK only.
    pub scope: Text<'a>,
    /// When the token was issued, in seconds since 1970. Vendor's SDK only.
    pub created_at: Number<'a>,
}

/// The body of a push about an order (page "Supported Webhook Events").
///
/// The order stands under `order`, or bare. *Assumed:* either may stand under `webhook`, which since 2025-06 is around
/// the body of a subscription; nothing says so of what is pushed.
#[derive(Debug, Default)]
pub struct OrderPush<'a> {
    /// The whole order. Nothing in it is about one refund.
    pub order: PushedOrder<'a>,
}

impl<'de: 'a, 'a> Deserialize<'de> for OrderPush<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let body = <&RawValue>::deserialize(deserializer)?;
        let order = unwrapped(body, |outer| outer.webhook)
            .and_then(|body| unwrapped(body, |outer| outer.order))
            .and_then(|order| serde_json::from_str(order.get()))
            .map_err(de::Error::custom)?;
        Ok(Self { order })
    }
}

/// What an order may be wrapped in.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Outer<'a> {
    #[serde(borrow)]
    webhook: Option<&'a RawValue>,
    #[serde(borrow)]
    order: Option<&'a RawValue>,
}

/// What is in the wrapper, or the body itself where there is none.
fn unwrapped<'a>(
    body: &'a RawValue,
    inner: impl Fn(Outer<'a>) -> Option<&'a RawValue>,
) -> Result<&'a RawValue, serde_json::Error> {
    let outer = serde_json::from_str(body.get())?;
    Ok(inner(outer).unwrap_or(body))
}

/// An order, as it is pushed: what of it has to do with refunds, without customer and addresses.
///
/// The names are those of the order in the vendor's OpenAPI document (2022-01) and, since 2025-06, of the command-line
/// client's metadata. That the platform calls some of them deprecated in pushes is reported by a third party.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct PushedOrder<'a> {
    /// Id: `11218-00000001`, `633130-SPZ00000020`, or a number of up to 20 digits.
    pub id: Text<'a>,
    /// The order as people quote it.
    pub number: Text<'a>,
    /// `opened`, `placed`, `finished`, `cancelled`.
    pub status: Text<'a>,
    /// How far it is paid; `refunding`, `refund_failed`, `refunded` and `partially_refunded` are among the values.
    pub financial_status: Text<'a>,
    /// How far it is shipped.
    pub fulfillment_status: Text<'a>,
    /// Why it was cancelled.
    pub cancel_reason: Text<'a>,
    /// When it was cancelled. 2022-01.
    pub canceled_at: Text<'a>,
    /// The same. Since 2025-06.
    pub cancelled_at: Text<'a>,
    /// ISO 4217 code of the amounts.
    pub currency: Text<'a>,
    /// What it costs.
    pub total_price: Text<'a>,
    /// What was paid.
    pub total_paid: Text<'a>,
    /// What was paid back so far, by all refunds. The amount of a single one is nowhere.
    pub total_refund_price: Text<'a>,
    /// Another amount; of what is not documented. Deprecated.
    pub refund_price: Text<'a>,
    /// Tax in `total_refund_price`. Deprecated.
    pub total_refund_tax: Text<'a>,
    /// Discount in `total_refund_price`. Deprecated.
    pub total_refund_discount: Text<'a>,
    /// `none`, `general`, `customize` in examples: how the amount came about, not how far a refund is. Deprecated.
    pub refund_status: Text<'a>,
    /// When it was made.
    pub created_at: Text<'a>,
    /// When it was placed.
    pub placed_at: Text<'a>,
    /// When it last changed.
    pub updated_at: Text<'a>,
    /// Goods.
    pub line_items: List<PushedLineItem<'a>>,
}

/// One kind of goods of an order, as it is pushed.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct PushedLineItem<'a> {
    /// Id, a UUID, which is also that of an item of a case or a refund.
    pub id: Text<'a>,
    /// Stock keeping unit.
    pub sku: Text<'a>,
    /// How many were bought.
    pub quantity: Number<'a>,
    /// How many were paid back, in all refunds. Deprecated.
    pub refund_quantity: Number<'a>,
    /// How much was paid back, in all refunds. Deprecated.
    pub refund_total: Text<'a>,
    /// How many were paid back, in all refunds. Since 2025-06.
    pub refund_quantity_total: Number<'a>,
}
