//! The platform's JSON, field by field.
//!
//! Source: page "List after-sales". Amounts are decimal strings in major units of `currency`, times
//! RFC 3339 in UTC.

use core_model::lenient::{List, Number, Object, Rows, Text};
use serde::Deserialize;

/// The answer to `after_sales_list`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct AfterSalesList<'a> {
    /// 0 is success.
    pub code: Text<'a>,
    /// The code in words.
    pub message: Text<'a>,
    /// The page.
    pub data: Object<AfterSales<'a>>,
}

/// One page of cases.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct AfterSales<'a> {
    /// How many match on all pages.
    pub total: Number<'a>,
    /// The cases.
    pub list: Rows<'a, AfterSale<'a>>,
}

/// One case.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct AfterSale<'a> {
    /// Id of the case.
    pub id: Text<'a>,
    /// Id of the order.
    pub order_id: Text<'a>,
    /// `refund`, `return` or `exchange`.
    #[serde(rename = "type")]
    pub kind: Text<'a>,
    /// How far the case is.
    pub status: Text<'a>,
    /// Why the case was opened.
    pub reason: Text<'a>,
    /// What is, or was, to be paid back.
    pub refund_amount: Text<'a>,
    /// ISO 4217 code of the amounts.
    pub currency: Text<'a>,
    /// Goods.
    pub items: List<Item<'a>>,
    /// When the case was opened.
    pub created_at: Text<'a>,
    /// When the case last changed.
    pub updated_at: Text<'a>,
}

/// One kind of goods.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct Item<'a> {
    /// Stock keeping unit.
    pub sku: Text<'a>,
    /// Name.
    pub title: Text<'a>,
    /// How many come back.
    pub quantity: Number<'a>,
    /// Price of one.
    pub unit_price: Text<'a>,
}
