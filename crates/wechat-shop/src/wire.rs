//! The platform's JSON, field by field.
//!
//! Sources: page "Get Orders After Sales Orders" in its editions, and the pages of the two token
//! calls. The page's example has damaged keys (`aftersale_Infos `, `product_Infos `) and its table
//! others (`Errcode`), so keys are read without surrounding blanks and in any case. Amounts are
//! integers in fen, which the page states for `refund` only; that times are wall-clock times in
//! Asia/Shanghai is inferred.

use core_model::lenient::{FoldedKeys, List, Literal, Number, Record, Secret, Text};
use serde::{Deserialize, Deserializer};

/// The answer to `aftersale/get`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, remote = "Self", bound(deserialize = "'de: 'a"))]
pub struct AftersaleGet<'a> {
    /// 0 is success.
    pub errcode: Number<'a>,
    /// The code in words.
    pub errmsg: Text<'a>,
    /// The after-sales of the order; the key is missing when there are none.
    pub aftersale_infos: List<Record<'a, AftersaleInfo<'a>>>,
}

impl AftersaleGet<'_> {
    /// Whether this is neither a success nor a list: published examples leave one of the two out.
    pub(crate) fn states_nothing(&self) -> bool {
        self.errcode.get().is_none() && self.aftersale_infos.as_slice().is_empty()
    }
}

/// One after-sale, in the union of the page's editions.
#[derive(Debug, Default, Deserialize)]
#[serde(default, remote = "Self", bound(deserialize = "'de: 'a"))]
pub struct AftersaleInfo<'a> {
    /// The platform's order id. Older editions only.
    pub order_id: Number<'a>,
    /// The merchant's order id.
    pub out_order_id: Text<'a>,
    /// The platform's id of the after-sale. Oldest edition only.
    pub aftersale_id: Number<'a>,
    /// The merchant's id of the after-sale.
    pub out_aftersale_id: Text<'a>,
    /// The buyer.
    pub openid: Text<'a>,
    /// 1 refund, 2 return and refund, 3 exchange.
    #[serde(rename = "type")]
    pub kind: Number<'a>,
    /// When the after-sale was opened.
    pub create_time: Text<'a>,
    /// Page of the after-sale in the mini program.
    pub path: Text<'a>,
    /// How far it is, 0 to 19.
    pub status: Number<'a>,
    /// Amount to pay back, in fen.
    pub refund: Number<'a>,
    /// Described as the amount to pay back, too; its relation to `refund` is not documented.
    pub orderamt: Number<'a>,
    /// Why it was opened.
    pub refund_reason: Text<'a>,
    /// Address of the buyer: personal data.
    pub refund_address: Text<'a>,
    /// Goods.
    pub product_infos: List<ProductInfo<'a>>,
}

/// One kind of goods.
#[derive(Debug, Default, Deserialize)]
#[serde(default, remote = "Self", bound(deserialize = "'de: 'a"))]
pub struct ProductInfo<'a> {
    /// The merchant's id of the product.
    pub out_product_id: Text<'a>,
    /// The merchant's id of the variant.
    pub out_sku_id: Text<'a>,
    /// The platform's id of the product. Oldest edition only.
    pub product_id: Number<'a>,
    /// The platform's id of the variant. Oldest edition only.
    pub sku_id: Number<'a>,
    /// How many.
    pub product_cnt: Number<'a>,
}

/// The answer to `stable_token` and `token`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct TokenReply<'a> {
    /// The token; keep room for 512 characters.
    pub access_token: Secret<'a>,
    /// How long the token lives, in seconds; at most 7200.
    pub expires_in: Number<'a>,
    /// Only on failure.
    pub errcode: Number<'a>,
    /// The code in words.
    pub errmsg: Text<'a>,
}

/// Reads a type with its keys folded.
macro_rules! folded {
    ($($name:ident)*) => {
        $(
            impl<'de: 'a, 'a> Deserialize<'de> for $name<'a> {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    // The derived reader, which `remote` keeps out of the trait.
                    Self::deserialize(FoldedKeys(deserializer))
                }
            }
        )*
    };
}

pub(crate) use folded;

folded!(AftersaleGet AftersaleInfo ProductInfo);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_with_the_spaces_and_capitals_that_the_page_publishes() {
        let published = r#"{"Errcode": 0, "aftersale_Infos ": [{"status": 1, "product_Infos ": [{"product_cnt": 5}]}]}"#;
        let wire: AftersaleGet<'_> = transport::testing::documented::read(published);
        let read = format!("{wire:?}");
        let clean = published
            .replace("Errcode", "errcode")
            .replace("_Infos ", "_infos");
        let wire: AftersaleGet<'_> = transport::testing::documented::read(&clean);
        assert_eq!(read.replace("_Infos ", "_infos"), format!("{wire:?}"));
        assert!(read.contains("product_cnt: 5"), "{read}");
    }
}
