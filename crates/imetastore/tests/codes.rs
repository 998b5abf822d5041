//! What becomes of every code that the sheets document.

use core_model::{Progress, Status};
use imetastore::{errors, normalize};
use transport::testing::codes::{self, Fate};

const SHEETS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/imetastore");

#[test]
fn every_documented_code_is_mapped_or_listed_as_kept() {
    codes::assert_decided(
        SHEETS,
        include_str!("../README.md"),
        &[
            (
                "after-sales data.orderAfterSalesStatus",
                Fate::Mapped(is_status),
            ),
            ("order-status-callback sellerOrderStatus", Fate::Kept),
        ],
    );
}

#[test]
fn every_documented_error_code_is_in_the_table() {
    let of_the_merchant_api = ["10001", "10002", "10003", "10004"];
    codes::assert_errors(SHEETS, errors::CODES, &of_the_merchant_api);
}

fn is_status(code: &str) -> bool {
    Progress::lookup(normalize::STATUSES, Some(code)).status() != Status::Unknown
}
