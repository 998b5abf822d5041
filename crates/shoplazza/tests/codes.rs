//! What becomes of every code that the sheets document.

use core_model::{Progress, Status};
use shoplazza::{errors, normalize, webhook};
use transport::testing::codes::{self, Fate};

const SHEETS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/shoplazza");

#[test]
#[rustfmt::skip]
fn every_documented_code_is_mapped_or_listed_as_kept() {
    let [status, refund] = [Fate::Mapped(is_status), Fate::Mapped(is_refund_status)];
    codes::assert_decided(SHEETS, include_str!("../README.md"), &[
        ("after-sales-list post_sales[].status", status),
        ("after-sales-list post_sales[].financial_status", Fate::Kept),
        ("after-sales-list post_sales[].fulfillment_status", Fate::Kept),
        ("after-sales-list query:status", status),
        ("post-sales data.orders[].status", status),
        ("post-sales data.orders[].financial_status", Fate::Kept),
        ("post-sales data.orders[].fulfillment_status", Fate::Kept),
        ("post-sales query:status", status),
        ("refund-records data.records[].refund_status", refund),
        ("refund-records data.records[].payment_details[].refund_status", refund),
        ("refund-records query:refund_statuses", refund),
        ("refund-records query:sort_by", Fate::Sent),
        ("refund-records query:sort_direction", Fate::Sent),
        ("refund-records-count query:refund_statuses", refund),
        ("refund-record-list query:refund_status", refund),
        ("refund-record-list query:sort_by", Fate::Sent),
        ("refund-record-list query:sort_direction", Fate::Sent),
        ("order-refunds data.records[].refund_status", refund),
        ("order-refunds data.records[].payment_details[].refund_status", refund),
        ("order-refund-list refund_status", Fate::Kept),
        ("order-refund-record-create refund.refund_line_items[].refund_item_type", Fate::Kept),
        ("order-by-number data.order.status", Fate::Kept),
        ("order-details-by-number order.status", Fate::Kept),
        ("order-webhook header:X-Shoplazza-Topic", Fate::Mapped(is_topic)),
        ("oauth-token grant_type", Fate::Sent),
    ]);
}

#[test]
fn every_documented_error_code_is_in_the_table() {
    codes::assert_errors(SHEETS, errors::CODES, &[]);
}

fn is_status(code: &str) -> bool {
    Progress::lookup(normalize::STATUSES, Some(code)).status() != Status::Unknown
}

fn is_refund_status(code: &str) -> bool {
    let mut statuses = normalize::REFUND_STATUSES.iter();
    statuses.any(|(known, _)| *known == code)
}

fn is_topic(code: &str) -> bool {
    webhook::TOPICS.iter().any(|(known, _)| *known == code)
}
