//! What becomes of every code that the sheets document.

use core_model::{AfterSale, Change, Kind, Progress, Proof, Status};
use transport::testing::codes::{self, Fate};
use transport::testing::documented;
use xiaoe::{PLATFORM, SIDE, errors, normalize, webhook};

const SHEETS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/xiaoe");

#[test]
#[rustfmt::skip]
fn every_documented_code_is_mapped_or_listed_as_kept() {
    let [state, kind] = [Fate::Mapped(is_state), Fate::Mapped(is_kind)];
    codes::assert_decided(SHEETS, include_str!("../README.md"), &[
        ("after-sale-detail data.state", state),
        ("after-sale-detail data.sale_type", kind),
        ("after-sale-detail data.submit_type", Fate::Mapped(is_submitter)),
        ("after-sale-list data.list[].state", state),
        ("after-sale-list data.list[].sale_type", kind),
        ("after-sale-list date_type", Fate::Sent),
        ("after-sale-list sales_state", Fate::Sent),
        ("order-detail data.internal_extra_info.refund_info.refund_records[].refund_state", Fate::Kept),
        ("order-detail data.internal_extra_info.refund_info.refund_records[].refund_type", Fate::Kept),
        ("order-detail data.goods_info.goods_list[].refund_state", Fate::Kept),
        ("order-detail data.order_info.after_sale_show_state", Fate::Kept),
        ("order-refund data.refund_type", Fate::Kept),
        ("after-sale-push xe_data.action", Fate::Mapped(|action| is_change("after_sale", action))),
        ("after-sale-push xe_data.state", state),
        ("order-change-push xe_data.action", Fate::Mapped(|action| is_change("order_change", action))),
        ("order-change-push xe_data.order_state", Fate::Kept),
    ]);
}

#[test]
fn every_documented_error_code_is_in_the_table() {
    codes::assert_errors(SHEETS, errors::CODES, &[]);
}

fn is_state(code: &str) -> bool {
    Progress::lookup(normalize::STATUSES, Some(code)).status() != Status::Unknown
}

fn is_kind(code: &str) -> bool {
    is_case(&format!(r#""sale_type":{code}"#), |case| {
        case.kind != Kind::Unspecified
    })
}

fn is_submitter(code: &str) -> bool {
    is_case(&format!(r#""submit_type":{code}"#), |case| {
        case.opened_by.is_some()
    })
}

fn is_case(member: &str, is: fn(&AfterSale) -> bool) -> bool {
    let body = format!(r#"{{"data":{{"aftersale_id":"1",{member}}}}}"#);
    let source = documented::source(PLATFORM, SIDE);
    let cases = normalize::after_sale_detail(&documented::read(&body), &source);
    cases.iter().any(|case| case.as_ref().is_ok_and(is))
}

fn is_change(kind: &str, action: &str) -> bool {
    let body = format!(r#"{{"type":"{kind}","message_id":"1","xe_data":{{"action":"{action}"}}}}"#);
    let source = documented::source(PLATFORM, SIDE);
    let event = webhook::event(&documented::read(&body), &source, Proof::Body);
    event.is_ok_and(|event| event.change != Change::Unknown)
}
