//! The platform's JSON, field by field.
//!
//! Sources: page "Get Orders After Sales Orders" in its editions, the pages of the upgraded component
//! (`Ecaftersale…`) and of WeChat Store (`Getaftersale…`), the pages of the two token calls, and those of the pushes. The
//! first page's example has damaged keys (`aftersale_Infos `, `product_Infos `) and its table others
//! (`Errcode`), so its keys are read without surrounding blanks and in any case. Amounts are integers
//! in fen, which that page states for `refund` only; that its times are wall-clock times in
//! Asia/Shanghai is inferred.

use std::fmt;

use core_model::lenient::{Flag, FoldedKeys, List, Literal, Number, Object, Record, Secret, Text};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

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

/// The answer to `ecaftersale/get`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct EcaftersaleGet<'a> {
    /// 0 is success.
    pub errcode: Number<'a>,
    /// The code in words.
    pub errmsg: Text<'a>,
    /// The case: one, or none.
    pub after_sales_order: List<Record<'a, AfterSalesOrder<'a>>>,
}

/// One after-sale of the upgraded component.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct AfterSalesOrder<'a> {
    /// The merchant's id of the case; empty where the buyer opened it at WeChat.
    pub out_aftersale_id: Text<'a>,
    /// WeChat's id of the case, 16 digits.
    pub aftersale_id: Number<'a>,
    /// The merchant's order id.
    pub out_order_id: Text<'a>,
    /// WeChat's order id, 19 digits.
    pub order_id: Number<'a>,
    /// The goods: one product per case.
    pub product_info: List<ProductInfo<'a>>,
    /// 1 refund, 2 return and refund.
    #[serde(rename = "type")]
    pub kind: Number<'a>,
    /// The parcel on its way back.
    pub return_info: Object<EcReturnInfo<'a>>,
    /// Amount to pay back, in fen.
    pub orderamt: Number<'a>,
    /// Why it was opened, as a code; two published lists of the codes contradict each other.
    pub refund_reason_type: Number<'a>,
    /// Why it was opened, in words.
    pub refund_reason: Text<'a>,
    /// Pictures of the buyer.
    pub media_list: List<Media<'a>>,
    /// How far it is.
    pub status: Number<'a>,
    /// When the case was opened: milliseconds since 1970, on the page in seconds.
    pub create_time: Text<'a>,
    /// When the case last changed, likewise.
    pub update_time: Text<'a>,
    /// The buyer.
    pub openid: Text<'a>,
    /// The payment to the buyer.
    pub refund_pay_detail: Object<RefundPayDetail<'a>>,
    /// Id at the logistics assistant.
    pub return_id: Text<'a>,
    /// The dispute about the case, if there is one.
    pub complaint_order_id_list: List<Number<'a>>,
    /// Where the goods go back to: personal data.
    pub return_address_info: Object<ReturnAddressInfo<'a>>,
}

/// The parcel on its way back, in the upgraded component.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct EcReturnInfo<'a> {
    /// Milliseconds since 1970; 0 is none.
    pub order_return_time: Number<'a>,
    /// Code of the carrier.
    pub delivery_id: Text<'a>,
    /// Name of the carrier.
    pub delivery_name: Text<'a>,
    /// Number of the parcel; may be empty although the goods are on their way.
    pub waybill_id: Text<'a>,
}

/// A picture.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct Media<'a> {
    /// 1 has been seen.
    #[serde(rename = "type")]
    pub kind: Number<'a>,
    /// Link.
    pub url: Text<'a>,
    /// Link to a small one.
    pub thumb_url: Text<'a>,
}

/// The payment to the buyer.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct RefundPayDetail<'a> {
    /// Its id; empty before it is made.
    pub refund_id: Text<'a>,
}

/// Where the goods go back to.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct ReturnAddressInfo<'a> {
    /// Who receives them.
    pub receiver_name: Text<'a>,
    /// Telephone number.
    pub tel_number: Text<'a>,
    /// Country.
    pub country: Text<'a>,
    /// Province.
    pub province: Text<'a>,
    /// City.
    pub city: Text<'a>,
    /// Part of the city.
    pub town: Text<'a>,
    /// Street and house.
    pub detailed_address: Text<'a>,
}

/// The answer to `ecaftersale/get_list`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct EcaftersaleGetList<'a> {
    /// 0 is success.
    pub errcode: Number<'a>,
    /// The code in words.
    pub errmsg: Text<'a>,
    /// Which cases.
    pub after_sales_orders: List<AfterSalesOrderId<'a>>,
    /// Whether more follow.
    pub has_more: Flag,
}

/// The id of a case in a list: a string on the page, a number or an object that holds it in public
/// clients.
#[derive(Default)]
pub struct AfterSalesOrderId<'a>(Number<'a>);

impl AfterSalesOrderId<'_> {
    /// The id; `None` where there is none.
    pub fn get(&self) -> Option<&str> {
        self.0.get()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for AfterSalesOrderId<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(bound(deserialize = "'de: 'a"))]
        struct Case<'a> {
            #[serde(default)]
            aftersale_id: Number<'a>,
        }
        let raw = <&'a RawValue>::deserialize(deserializer)?.get();
        let id = if raw.starts_with('{') {
            serde_json::from_str(raw).map(|case: Case<'a>| case.aftersale_id)
        } else {
            serde_json::from_str(raw)
        };
        id.map(Self).map_err(D::Error::custom)
    }
}

impl fmt::Debug for AfterSalesOrderId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// The answer to `getaftersalelist`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct Getaftersalelist<'a> {
    /// 0 is success.
    pub errcode: Number<'a>,
    /// The code in words.
    pub errmsg: Text<'a>,
    /// Ids of cases.
    pub after_sale_order_id_list: List<Text<'a>>,
    /// Whether more follow.
    pub has_more: Flag,
    /// The platform's name of the next page.
    pub next_key: Text<'a>,
}

/// The answer to `getaftersaleorder`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct Getaftersaleorder<'a> {
    /// 0 is success.
    pub errcode: Number<'a>,
    /// The code in words; not in the example.
    pub errmsg: Text<'a>,
    /// The case: one, or none.
    pub after_sale_order: List<Record<'a, AfterSaleOrder<'a>>>,
}

/// One after-sale of a WeChat Store. Most fields are known from public clients only.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct AfterSaleOrder<'a> {
    /// The case.
    pub after_sale_order_id: Text<'a>,
    /// How far it is, in capitals.
    pub status: Text<'a>,
    /// REFUND, RETURN, EXCHANGE, RESHIP.
    #[serde(rename = "type")]
    pub kind: Text<'a>,
    /// DEFAULT, or REFUND_PRICE_DIFF.
    pub sub_type: Text<'a>,
    /// Whose case it is: who paid, or who got the present.
    pub openid: Text<'a>,
    /// The same, where the app is bound to an open platform.
    pub unionid: Text<'a>,
    /// Who gave the present.
    pub present_giver_openid: Text<'a>,
    /// The same, where the app is bound to an open platform.
    pub present_giver_unionid: Text<'a>,
    /// The order.
    pub order_id: Text<'a>,
    /// The goods.
    pub product_info: List<StoreProductInfo<'a>>,
    /// What the buyer said: one object, in one client a list of them.
    pub details: List<Details<'a>>,
    /// The money.
    pub refund_info: Object<RefundInfo<'a>>,
    /// The parcel on its way back.
    pub return_info: Object<StoreReturnInfo<'a>>,
    /// What the merchant answered.
    pub merchant_upload_info: Object<MerchantUploadInfo<'a>>,
    /// Why it was opened, as a code: capitals, since about 2023 digits.
    pub reason: Text<'a>,
    /// Why it was opened, in words.
    pub reason_text: Text<'a>,
    /// What the payment service answered.
    pub refund_resp: Object<RefundResp<'a>>,
    /// The dispute about the case.
    pub complaint_id: Text<'a>,
    /// When the case was opened, in seconds since 1970.
    pub create_time: Number<'a>,
    /// When it last changed, in seconds since 1970.
    pub update_time: Number<'a>,
    /// When it was over, in seconds since 1970.
    pub complete_time: Number<'a>,
    /// While the merchant is awaited: the seconds that are left, or the second at which the state
    /// ends. Public clients contradict each other.
    pub deadline: Number<'a>,
    /// What is wanted instead.
    pub exchange_product_info: Object<ExchangeProductInfo<'a>>,
    /// The parcel with the replacement.
    pub exchange_delivery_info: Object<ExchangeDeliveryInfo<'a>>,
    /// What the merchant proposes to change.
    pub merchant_update_detail: Object<MerchantUpdateDetail<'a>>,
    /// A number that stands in for the buyer's.
    pub virtual_tel_num_info: Object<VirtualTelNumInfo<'a>>,
    /// In fen.
    pub compensation_liability_amount: Number<'a>,
    /// Its meaning is not known.
    pub gen_scene: Number<'a>,
    /// With PLATFORM_REFUND_FAIL: the merchant has to pay by other means.
    pub need_offline_refund: Flag,
    /// 1 unused, 2 booked, 3 used.
    pub aftersale_voucher_type: Number<'a>,
}

/// The goods of a case at a WeChat Store.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct StoreProductInfo<'a> {
    /// The product.
    pub product_id: Text<'a>,
    /// The variant.
    pub sku_id: Text<'a>,
    /// The merchant's own id of the variant.
    pub sku_code: Text<'a>,
    /// How many.
    pub count: Number<'a>,
    /// Whether it is paid back at once.
    pub fast_refund: Flag,
    /// Presents that came with it, as JSON: what is in it is not known.
    pub gift_product_list: List<Text<'a>>,
    /// Vouchers.
    pub voucher_list: List<Voucher<'a>>,
}

/// A voucher.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct Voucher<'a> {
    /// Its code; the platform spells it like this.
    pub vourcher_code: Text<'a>,
}

/// What the buyer said.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct Details<'a> {
    /// In words.
    pub desc: Text<'a>,
    /// Whether the buyer has the goods.
    pub receive_product: Flag,
    /// Seconds since 1970; 0 is none.
    pub cancel_time: Number<'a>,
    /// Pictures, as media ids.
    pub media_id_list: List<Text<'a>>,
    /// Pictures, before there were media ids.
    pub prove_imgs: List<Text<'a>>,
    /// Telephone number of the buyer; gone since April 2025.
    pub tel_number: Text<'a>,
    /// In fen.
    pub wxa_vip_discounted_price: Number<'a>,
}

/// The money of a case.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct RefundInfo<'a> {
    /// Amount to pay back, in fen.
    pub amount: Number<'a>,
    /// What led to the payment, 1 to 11.
    pub refund_reason: Number<'a>,
    /// In fen.
    pub platform_discount_return_amount: Number<'a>,
    /// Whether the price guarantee pays.
    pub is_low_price_insurance_refund: Flag,
    /// Whether an insurance pays in the end.
    pub is_final_refund_by_insurance: Flag,
}

/// The parcel on its way back, at a WeChat Store.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct StoreReturnInfo<'a> {
    /// Number of the parcel.
    pub waybill_id: Text<'a>,
    /// Code of the carrier.
    pub delivery_id: Text<'a>,
    /// Name of the carrier.
    pub delivery_name: Text<'a>,
    /// 0 none, 1 the buyer sends, 2 picked up.
    pub return_type: Number<'a>,
    /// An address, as JSON: what is in it is not known.
    pub address_info: Text<'a>,
}

/// What the merchant answered.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct MerchantUploadInfo<'a> {
    /// Why the merchant refuses.
    pub reject_reason: Text<'a>,
    /// Proof that the merchant paid, as media ids.
    pub refund_certificates: List<Text<'a>>,
}

/// What the payment service answered.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct RefundResp<'a> {
    /// A word.
    pub code: Text<'a>,
    /// A number.
    pub ret: Number<'a>,
    /// In words.
    pub message: Text<'a>,
}

/// What is wanted instead.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct ExchangeProductInfo<'a> {
    /// The product.
    pub product_id: Text<'a>,
    /// The variant that was bought.
    pub old_sku_id: Text<'a>,
    /// The variant that is wanted.
    pub new_sku_id: Text<'a>,
    /// How many.
    pub product_cnt: Number<'a>,
    /// In fen.
    pub old_sku_price: Number<'a>,
    /// In fen.
    pub new_sku_price: Number<'a>,
    /// The merchant's own id of the variant that was bought.
    pub old_sku_code: Text<'a>,
    /// The merchant's own id of the variant that is wanted.
    pub new_sku_code: Text<'a>,
}

/// The parcel with the replacement.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct ExchangeDeliveryInfo<'a> {
    /// Code of the carrier.
    pub delivery_id: Text<'a>,
    /// Name of the carrier.
    pub delivery_name: Text<'a>,
    /// Number of the parcel.
    pub waybill_id: Text<'a>,
    /// An address, as JSON: what is in it is not known.
    pub address_info: Text<'a>,
}

/// What the merchant proposes to change. Public clients have two sets of names.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct MerchantUpdateDetail<'a> {
    /// What was asked for.
    pub old_after_sale_type: Number<'a>,
    /// What it is to become.
    pub new_after_sale_type: Number<'a>,
    /// In fen.
    pub old_after_sale_amount: Number<'a>,
    /// In fen.
    pub new_after_sale_amount: Number<'a>,
    /// What it is to become, in the other set.
    #[serde(rename = "type")]
    pub kind: Number<'a>,
    /// The amount, in the other set.
    pub amount: Number<'a>,
    /// The merchant's words, in the other set.
    pub desc: Text<'a>,
}

/// A number that stands in for the buyer's.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct VirtualTelNumInfo<'a> {
    /// The number.
    pub virtual_tel_number: Text<'a>,
    /// Until when it works.
    pub virtual_tel_expire_time: Number<'a>,
}

/// The answer to `reason/get`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct ReasonGet<'a> {
    /// 0 is success.
    pub errcode: Number<'a>,
    /// The code in words.
    pub errmsg: Text<'a>,
    /// The reasons.
    pub reason_list: List<Reason<'a>>,
}

/// Why a buyer may open a case.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct Reason<'a> {
    /// The code.
    pub reason: Text<'a>,
    /// In words.
    pub reason_text: Text<'a>,
}

/// The answer to `rejectreason/get`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct RejectreasonGet<'a> {
    /// 0 is success.
    pub errcode: Number<'a>,
    /// The code in words.
    pub errmsg: Text<'a>,
    /// The reasons; one transcript of the page has the other name.
    #[serde(alias = "reject_reason_list")]
    pub reason_list: List<RejectReason<'a>>,
}

/// Why a merchant may refuse a case.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct RejectReason<'a> {
    /// The code.
    pub reject_reason_type: Number<'a>,
    /// In words.
    pub reject_reason_type_text: Text<'a>,
    /// What the buyer is told, unless the merchant writes something else.
    pub reject_reason: Text<'a>,
    /// What may be refused with it: 1 a refund, 4 a return, 5 an exchange, 6 to send the replacement, 7 the goods of a fast
    /// exchange.
    pub reject_scene: Number<'a>,
}

/// The answer to every call that changes a case: the code, and nothing else.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct Envelope<'a> {
    /// 0 is success.
    pub errcode: Number<'a>,
    /// The code in words.
    pub errmsg: Text<'a>,
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

/// A push as it arrives in safe and compatible mode.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct SafePush<'a> {
    /// The app, as an account.
    #[serde(rename = "ToUserName")]
    pub to_user_name: Text<'a>,
    /// The message: Base64 of the ciphertext.
    #[serde(rename = "Encrypt")]
    pub encrypt: Text<'a>,
}

/// A push: what all events have, and the body of each kind of event. In XML every value is a text.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct EventPush<'a> {
    /// The app, as an account.
    #[serde(rename = "ToUserName")]
    pub to_user_name: Text<'a>,
    /// Who sent it: with the events of shops always the same.
    #[serde(rename = "FromUserName")]
    pub from_user_name: Text<'a>,
    /// When it happened, in seconds since 1970.
    #[serde(rename = "CreateTime")]
    pub create_time: Number<'a>,
    /// `event`, or what a user wrote to the app: `text`, `image`, …
    #[serde(rename = "MsgType")]
    pub msg_type: Text<'a>,
    /// Which event.
    #[serde(rename = "Event")]
    pub event: Text<'a>,
    /// Events of the upgraded component.
    pub aftersale_info: Object<AftersaleEventInfo<'a>>,
    /// Disputes of the upgraded component.
    pub complaint_info: Object<ComplaintInfo<'a>>,
    /// Refunds.
    pub order_info: Object<OrderInfo<'a>>,
    /// Cases of a WeChat Store.
    pub finder_shop_aftersale_status_update: Object<AftersaleStatusUpdate<'a>>,
    /// Presents that are paid back; the page's example has the name above.
    pub finder_shop_present_aftersale_status_update: Object<AftersaleStatusUpdate<'a>>,
    /// What members were given off, in fen; the page's example has it in the object above.
    pub wxa_vip_discounted_price: Number<'a>,
    /// Disputes of a WeChat Store.
    pub finder_shop_complaint: Object<FinderShopComplaint<'a>>,
    /// The same in the table of an older page.
    pub finder_finder_shop_complaint: Object<FinderShopComplaint<'a>>,
    /// Claims under a guarantee.
    pub finder_shop_guarantee_status_update: Object<GuaranteeStatusUpdate<'a>>,
    /// The case. This and what follows: the custom component.
    pub aftersale_id: Number<'a>,
    /// The order.
    pub order_id: Number<'a>,
    /// 1 refund, 2 return and refund, 3 exchange.
    #[serde(rename = "type")]
    pub kind: Number<'a>,
    /// How far the case is, 0 to 14.
    pub status: Number<'a>,
    /// The goods.
    pub product_infos: List<PushedProductInfo<'a>>,
}

/// The case of an event of the upgraded component.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct AftersaleEventInfo<'a> {
    /// The case.
    pub aftersale_id: Number<'a>,
    /// The merchant's own id of the case; may be empty, and is missing when a case is opened.
    pub out_aftersale_id: Text<'a>,
    /// The order; only when a case is opened.
    pub order_id: Number<'a>,
    /// The merchant's own id of the order; only when a case is opened.
    pub out_order_id: Text<'a>,
}

/// A dispute of the upgraded component. Its codes are not published.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct ComplaintInfo<'a> {
    /// The dispute; not the case.
    pub complaint_order_id: Number<'a>,
    /// How far it is.
    pub state: Number<'a>,
    /// What was done.
    pub event: Number<'a>,
}

/// A refund: of the payment component, and, known from public clients only, of a whole order.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct OrderInfo<'a> {
    /// The merchant's own id of the refund.
    pub refund_no: Text<'a>,
    /// How it ended: SUCCESS, CLOSE, ABNORMAL.
    pub status: Text<'a>,
    /// When it was paid, without a zone; only with SUCCESS.
    pub success_time: Text<'a>,
    /// What went wrong.
    pub message: Text<'a>,
    /// The order. On no page.
    pub order_id: Number<'a>,
    /// The merchant's own id of the order. On no page.
    pub out_order_id: Text<'a>,
}

/// The new status of a case of a WeChat Store.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct AftersaleStatusUpdate<'a> {
    /// How far the case is, in capitals.
    pub status: Text<'a>,
    /// The case.
    pub after_sale_order_id: Text<'a>,
    /// The order.
    pub order_id: Text<'a>,
    /// What members were given off, in fen; in the page's example only.
    pub wxa_vip_discounted_price: Number<'a>,
}

/// A dispute of a WeChat Store.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct FinderShopComplaint<'a> {
    /// How far it is, 100 to 307.
    pub complaint_status: Number<'a>,
    /// The same in a public client.
    pub status: Number<'a>,
    /// The case.
    pub after_sale_order_id: Text<'a>,
    /// The dispute.
    pub complaint_id: Text<'a>,
    /// The order.
    pub order_id: Text<'a>,
}

/// A claim under a guarantee.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct GuaranteeStatusUpdate<'a> {
    /// How far it is, in capitals.
    pub status: Text<'a>,
    /// The claim.
    pub guarantee_order_id: Text<'a>,
    /// The order.
    pub order_id: Text<'a>,
}

/// Goods of a case of the custom component.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct PushedProductInfo<'a> {
    /// The product.
    pub product_id: Number<'a>,
    /// The variant.
    pub sku_id: Number<'a>,
    /// How many.
    pub product_cnt: Number<'a>,
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

    #[test]
    fn an_id_in_a_list_may_be_a_string_a_number_or_an_object_that_has_it() {
        let json = r#"{"errcode":0,"after_sales_orders":
            ["4000000000000001",18446744073709551616,{"aftersale_id":3,"status":2},{"status":2},null]}"#;
        let wire: EcaftersaleGetList<'_> = transport::testing::documented::read(json);
        let ids: Vec<_> = wire.after_sales_orders.iter().map(|id| id.get()).collect();
        let expected = ["4000000000000001", "18446744073709551616", "3"].map(Some);
        assert_eq!(ids[..3], expected);
        assert_eq!(ids[3..], [None, None]);
    }
}
