//! What becomes of every code that the sheets document.

use core_model::{Change, Event, Progress, Status};
use transport::testing::codes::{self, Fate};
use transport::testing::documented;
use xportcn::{PLATFORM, SIDE, errors, normalize, webhook};

const SHEETS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/xportcn");

#[test]
#[rustfmt::skip]
fn every_documented_code_is_mapped_or_listed_as_kept() {
    let [taobao, alibaba] = [Fate::Mapped(is_status), Fate::Mapped(is_alibaba_status)];
    codes::assert_decided(SHEETS, include_str!("../README.md"), &[
        ("refund-query-list data.refundOrderAggregates[].refundOrder.refundStatus", taobao),
        ("refund-query-list data.refundOrderAggregates[].refundOrder.refundType", Fate::Kept),
        ("refund-query-list data.refundOrderAggregates[].refundOrder.goodsStatus", Fate::Kept),
        ("refund-query-list data.refundOrderAggregates[].refundOrder.timeoutType", Fate::Kept),
        ("refund-query-list data.refundOrderAggregates[].purchaseOrderLine.salesMarket", Fate::Kept),
        ("refund-query data.refundOrderAggregate.refundOrder.refundStatus", taobao),
        ("refund-query data.refundOrderAggregate.refundOrder.refundType", Fate::Kept),
        ("refund-query data.refundOrderAggregate.refundOrder.goodsStatus", Fate::Kept),
        ("refund-query data.refundOrderAggregate.refundOrder.timeoutType", Fate::Kept),
        ("refund-query data.refundOrderAggregate.purchaseOrderLine.salesMarket", Fate::Kept),
        ("alibaba-refund-info data.status", alibaba),
        ("alibaba-refund-info data.disputeType", Fate::Kept),
        ("alibaba-refund-info data.goodsStatus", Fate::Kept),
        ("alibaba-refund-info data.refundOperationList[].operatorRoleId", Fate::Mapped(is_role)),
        ("message messageType", Fate::Mapped(is_type)),
        ("message messagePlatform", Fate::Mapped(is_platform)),
        ("message messageBody.orderStatus", Fate::Kept),
        ("message messageBody.operator", Fate::Kept),
        ("message messageBody.currentStatus", alibaba),
        ("message messageBody.refundAction", Fate::Mapped(is_action)),
    ]);
}

#[test]
fn every_documented_error_code_is_in_the_table() {
    let of_1688 = ["500", "003", "003002"];
    codes::assert_errors(SHEETS, errors::CODES, &of_1688);
}

fn is_status(code: &str) -> bool {
    Progress::lookup(normalize::STATUSES, Some(code)).status() != Status::Unknown
}

fn is_alibaba_status(code: &str) -> bool {
    Progress::lookup(normalize::ALIBABA_STATUSES, Some(code)).status() != Status::Unknown
}

/// The pictures of whoever has this role are evidence.
fn is_role(code: &str) -> bool {
    let body = format!(
        r#"{{"data":{{"refundId":"TQ1","refundOperationList":[{{"operatorRoleId":{code},"vouchers":["a"]}}]}}}}"#
    );
    let source = documented::source(PLATFORM, SIDE);
    let cases = normalize::alibaba_refund_info(&documented::read(&body), &source);
    let evidence = cases.into_iter().flatten().map(|case| case.evidence);
    evidence
        .flat_map(|evidence| [evidence.buyer, evidence.seller])
        .any(|links| !links.is_empty())
}

fn is_type(code: &str) -> bool {
    event(code, "1", r#"{\"orderId\":\"1\"}"#).is_some_and(|event| event.change != Change::Unknown)
}

fn is_action(code: &str) -> bool {
    webhook::REFUND_ACTIONS
        .iter()
        .any(|(known, _)| *known == code)
}

/// Statuses are those of the one or the other.
fn is_platform(code: &str) -> bool {
    let is_known = |status: &str| {
        let body = format!(r#"{{\"refundId\":\"1\",\"currentStatus\":\"{status}\"}}"#);
        let event = event("ORDER_BUYER_VIEW_ORDER_BUYER_REFUND", code, &body);
        event.is_some_and(|event| event.status != Some(Status::Unknown))
    };
    is_known("100") != is_known("refundsuccess")
}

fn event(message_type: &str, platform: &str, body: &str) -> Option<Event> {
    let message = format!(
        r#"{{"messageType":"{message_type}","messagePlatform":{platform},"messageBody":"{body}"}}"#
    );
    let source = documented::source(PLATFORM, SIDE);
    webhook::event(&documented::read(&message), "digest", &source).ok()
}
