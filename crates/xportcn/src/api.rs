//! The documented calls: parameters in, request out.

use core_model::{Numbered, Query, Quota, Result, TimeRange};
use jiff::Timestamp;
use transport::{Request, Scope, setting};

use crate::config::RefundTime;

/// No quota is documented.
pub const QUOTAS: &[(Scope, Quota)] = &[];

/// `POST /open/order/refund/queryList` (page "After-sale single-column table query").
///
/// `refundStartTime` and `refundEndTime` are integers; that they count milliseconds is inferred from
/// the times in the answer. `refundStatus` is not sent: of its codes only one is known.
pub fn refund_query_list(query: &Query, refund_time: Option<RefundTime>, at: Numbered) -> Request {
    let range = match refund_time {
        Some(RefundTime::Created) => query.created(),
        Some(RefundTime::Updated) => query.updated(),
        None => TimeRange::default(),
    };
    page(at)
        .with_member(
            "refundStartTime",
            range.since().map(Timestamp::as_millisecond),
        )
        .with_member(
            "refundEndTime",
            range.until().map(Timestamp::as_millisecond),
        )
}

/// The same call, for one refund.
///
/// # Errors
/// [`Config`](core_model::ErrorKind::Config) when the id is empty.
pub fn refund_query_list_by_id(refund_id: &str, at: Numbered) -> Result<Request> {
    Ok(page(at).with_member("refundId", Some(setting::stated("id", refund_id)?)))
}

/// The same call, for all refunds of one purchase order.
///
/// # Errors
/// [`Config`](core_model::ErrorKind::Config) when the id is empty.
pub fn refund_query_list_of_order(purchase_order_id: &str, at: Numbered) -> Result<Request> {
    let id = setting::stated("order", purchase_order_id)?;
    Ok(page(at).with_member("purchaseOrderId", Some(id)))
}

fn page(at: Numbered) -> Request {
    Request::post("refund/queryList", "/open/order/refund/queryList")
        .with_member("pageNo", Some(at.page()))
        .with_member("pageSize", Some(at.size()))
}

#[cfg(test)]
mod tests {
    use transport::testing::documented::{assert_documented_body, body_of, first_page};

    use super::*;

    #[test]
    fn a_time_is_sent_only_when_its_meaning_is_configured() {
        let since = "2023-10-26T09:42:47Z".parse().unwrap();
        let query = Query::new().with_created_since(since);
        let list = |refund_time| body_of(&refund_query_list(&query, refund_time, first_page(20)));
        assert_eq!(list(None), r#"{"pageNo":1,"pageSize":20}"#);
        assert_eq!(list(Some(RefundTime::Updated)), list(None));
        assert_eq!(
            list(Some(RefundTime::Created)),
            r#"{"pageNo":1,"pageSize":20,"refundStartTime":1698313367000}"#
        );
    }

    #[test]
    fn what_is_sent_is_documented() {
        let example = include_str!("../../../fixtures/xportcn/refund-query-list.request.json");
        let since = "2023-10-26T09:42:47Z".parse().unwrap();
        let query = Query::new().with_created_since(since);
        for request in [
            refund_query_list(&query, Some(RefundTime::Created), first_page(20)),
            refund_query_list_by_id("111", first_page(20)).unwrap(),
            refund_query_list_of_order("111", first_page(20)).unwrap(),
        ] {
            assert_documented_body(&request, example);
        }
    }

    #[test]
    fn look_ups_name_what_they_look_for() {
        let by_id = refund_query_list_by_id("111", first_page(20)).unwrap();
        assert_eq!(
            body_of(&by_id),
            r#"{"pageNo":1,"pageSize":20,"refundId":"111"}"#
        );
        let of_order = refund_query_list_of_order(" 222 ", first_page(20)).unwrap();
        assert_eq!(
            body_of(&of_order),
            r#"{"pageNo":1,"pageSize":20,"purchaseOrderId":"222"}"#
        );
        assert!(refund_query_list_by_id("", first_page(20)).is_err());
        assert!(refund_query_list_of_order(" ", first_page(20)).is_err());
    }
}
