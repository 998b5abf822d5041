//! What becomes of every code that the sheets document.

use core_model::{Kind, Progress, Status};
use transport::testing::codes::{self, Fate};
use transport::testing::documented;
use {{crate}}::{PLATFORM, SIDE, errors, normalize};

const SHEETS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/{{name}}");

#[test]
fn every_documented_code_is_mapped_or_listed_as_kept() {
    codes::assert_decided(
        SHEETS,
        include_str!("../README.md"),
        &[
            ("after-sales-list data.list[].type", Fate::Mapped(is_kind)),
            ("after-sales-list data.list[].status", Fate::Mapped(is_status)),
        ],
    );
}

#[test]
fn every_documented_error_code_is_in_the_table() {
    codes::assert_errors(SHEETS, errors::CODES, &[]);
}

fn is_status(code: &str) -> bool {
    Progress::lookup(normalize::STATUSES, Some(code)).status() != Status::Unknown
}

fn is_kind(code: &str) -> bool {
    let body = format!(r#"{{"data":{{"list":[{{"id":"1","type":"{code}"}}]}}}}"#);
    let source = documented::source(PLATFORM, SIDE);
    let cases = normalize::after_sales_list(&documented::read(&body), &source);
    let mut cases = cases.into_iter().flatten();
    cases.any(|case| case.kind != Kind::Unspecified)
}
