//! What becomes of every code that the sheets document.

use core_model::{AfterSale, Change, Kind, Progress, Result, Source, Status};
use transport::testing::codes::{self, Fate};
use transport::testing::documented;
use wechat_shop::{PLATFORM, SIDE, errors, normalize, webhook};

const SHEETS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/wechat-shop");

#[test]
#[rustfmt::skip]
fn every_documented_code_is_mapped_or_listed_as_kept() {
    let [event, store] = [Fate::Mapped(is_event), Fate::Mapped(is_store_status)];
    codes::assert_decided(SHEETS, include_str!("../README.md"), &[
        ("aftersale-get aftersale_infos[].type", Fate::Mapped(is_kind)),
        ("aftersale-get aftersale_infos[].status", Fate::Mapped(is_status)),
        ("ecaftersale-get after_sales_order.type", Fate::Mapped(is_ec_kind)),
        ("ecaftersale-get after_sales_order.status", Fate::Mapped(is_ec_status)),
        ("ecaftersale-get after_sales_order.refund_reason_type", Fate::Kept),
        ("getaftersaleorder after_sale_order.type", Fate::Mapped(is_store_kind)),
        ("getaftersaleorder after_sale_order.sub_type", Fate::Kept),
        ("getaftersaleorder after_sale_order.status", store),
        ("getaftersaleorder after_sale_order.reason", Fate::Kept),
        ("getaftersaleorder after_sale_order.refund_info.refund_reason", Fate::Kept),
        ("getaftersaleorder after_sale_order.return_info.return_type", Fate::Kept),
        ("getaftersaleorder after_sale_order.merchant_update_detail.type", Fate::Kept),
        ("getaftersaleorder after_sale_order.aftersale_voucher_type", Fate::Kept),
        ("rejectreason-get reason_list[].reject_scene", Fate::Kept),
        ("acceptapply accept_type", Fate::Sent),
        ("wxaproduct-add-aftersale type", Fate::Kept),
        ("wxaproduct-add-aftersale status", Fate::Mapped(is_status)),
        ("aftersale-new-order Event", event),
        ("aftersale-event Event", event),
        ("funds-order-refund order_info.status", Fate::Mapped(is_refund)),
        ("channels-ec-aftersale-update finder_shop_aftersale_status_update.status", store),
        ("channels-ec-present-aftersale-update finder_shop_present_aftersale_status_update.status", store),
        ("channels-ec-complaint-update finder_shop_complaint.complaint_status", Fate::Kept),
        ("channels-ec-guarantee-update finder_shop_guarantee_status_update.status", Fate::Kept),
    ]);
}

#[test]
fn every_documented_error_code_is_in_the_table() {
    codes::assert_errors(SHEETS, errors::CODES, &[]);
}

fn is_known(table: &[(&str, Progress)], code: &str) -> bool {
    Progress::lookup(table, Some(code)).status() != Status::Unknown
}

fn is_status(code: &str) -> bool {
    is_known(normalize::STATUSES, code)
}

fn is_ec_status(code: &str) -> bool {
    is_known(normalize::EC_STATUSES, code)
}

fn is_store_status(code: &str) -> bool {
    is_known(normalize::STORE_STATUSES, code)
}

fn is_listed(table: &[(&str, Change)], code: &str) -> bool {
    table.iter().any(|(known, _)| *known == code)
}

fn is_event(code: &str) -> bool {
    is_listed(webhook::EVENTS, code)
}

fn is_refund(code: &str) -> bool {
    is_listed(webhook::REFUNDS, code)
}

fn is_kind(code: &str) -> bool {
    let body = format!(r#"{{"aftersale_infos":[{{"out_aftersale_id":"1","type":{code}}}]}}"#);
    has_kind(&normalize::aftersale_get(
        &documented::read(&body),
        &source(),
    ))
}

fn is_ec_kind(code: &str) -> bool {
    let body = format!(r#"{{"after_sales_order":{{"aftersale_id":1,"type":{code}}}}}"#);
    has_kind(&normalize::ecaftersale_get(
        &documented::read(&body),
        &source(),
    ))
}

fn is_store_kind(code: &str) -> bool {
    let body = format!(r#"{{"after_sale_order":{{"after_sale_order_id":"1","type":"{code}"}}}}"#);
    has_kind(&normalize::getaftersaleorder(
        &documented::read(&body),
        &source(),
    ))
}

fn has_kind(cases: &[Result<AfterSale>]) -> bool {
    let kind = |case: &Result<AfterSale>| {
        case.as_ref()
            .is_ok_and(|case| case.kind != Kind::Unspecified)
    };
    cases.iter().any(kind)
}

fn source() -> Source {
    documented::source(PLATFORM, SIDE)
}
