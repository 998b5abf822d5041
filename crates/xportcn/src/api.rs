//! The documented calls: parameters in, request out.

use core_model::{Error, Message, Numbered, Query, Quota, Result, TimeRange};
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

/// The same call, for all refunds of one purchase order.
///
/// # Errors
/// [`Config`](core_model::ErrorKind::Config) when the id is empty.
pub fn refund_query_list_of_order(purchase_order_id: &str, at: Numbered) -> Result<Request> {
    let id = setting::stated("order", purchase_order_id)?;
    Ok(page(at).with_member("purchaseOrderId", Some(id)))
}

/// `GET /open/order/refund/query` (menu entry "After-sale simple query"): one refund on Taobao.
///
/// # Errors
/// [`Config`](core_model::ErrorKind::Config) when the id is empty.
pub fn refund_query(refund_id: &str) -> Result<Request> {
    let id = setting::stated("id", refund_id)?;
    Ok(Request::get("refund/query", "/open/order/refund/query").with_query("refundId", Some(id)))
}

/// `POST /alibaba/refund/info` (page "查询售后单详情"): one refund on 1688. The Chinese page has the id
/// in the body, the Vietnamese one in the query.
///
/// # Errors
/// [`Config`](core_model::ErrorKind::Config) when the id is empty.
pub fn alibaba_refund_info(refund_id: &str) -> Result<Request> {
    let id = setting::stated("id", refund_id)?;
    Ok(Request::post("alibaba/refund/info", "/alibaba/refund/info")
        .with_member("refundId", Some(id)))
}

/// `GET /open/order/refund/cancel/{refundId}` (page "逆向单撤销"): withdraws a refund on Taobao, GET or not.
///
/// # Errors
/// [`Config`](core_model::ErrorKind::Config) when the id is not one of digits.
pub fn refund_cancel(refund_id: &str) -> Result<Request> {
    let id = setting::stated("id", refund_id)?;
    if !id.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Error::config("id", "has other characters than digits"));
    }
    let path = format!("/open/order/refund/cancel/{id}");
    Ok(Request::get("refund/cancel", path))
}

/// `POST /open/order/refund/submit/message` (page "Submit a message in reverse"): writes to the seller of a refund on
/// Taobao. How several pictures would be written is not documented.
///
/// # Errors
/// [`Config`](core_model::ErrorKind::Config) when id or words are empty, or there are several pictures.
pub fn refund_message(refund_id: &str, message: &Message) -> Result<Request> {
    let images = match message.files.as_slice() {
        [] => None,
        [image] => Some(image.as_str()),
        _ => return Err(Error::config("files", "can be one picture at the most")),
    };
    let path = "/open/order/refund/submit/message";
    Ok(Request::post("refund/submit/message", path)
        .with_member("refundId", Some(setting::stated("id", refund_id)?))
        .with_member(
            "refundMessage",
            Some(setting::stated("text", &message.text)?),
        )
        .with_member("refundImages", images))
}

/// Whether an id is that of a refund on 1688: `TQ` and digits. Those on Taobao have digits only.
pub fn is_alibaba_refund(refund_id: &str) -> bool {
    refund_id.trim().starts_with("TQ")
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
            refund_query_list_of_order("111", first_page(20)).unwrap(),
        ] {
            assert_documented_body(&request, example);
        }
    }

    #[test]
    fn an_id_tells_where_the_refund_is() {
        for (id, is_alibaba) in [
            ("TQ8651493722961198", true),
            (" TQ1", true),
            ("110002687818", false),
            ("1688", false),
            ("", false),
        ] {
            assert_eq!(is_alibaba_refund(id), is_alibaba, "{id:?}");
        }
    }

    #[test]
    fn look_ups_name_what_they_look_for() {
        let taobao = refund_query(" 110002685755 ").unwrap();
        assert_eq!(taobao.query(), [("refundId", "110002685755".to_owned())]);
        assert_eq!(taobao.body(), None);
        let alibaba = alibaba_refund_info(" TQ1 ").unwrap();
        assert_eq!(body_of(&alibaba), r#"{"refundId":"TQ1"}"#);
        let of_order = refund_query_list_of_order(" 222 ", first_page(20)).unwrap();
        assert_eq!(
            body_of(&of_order),
            r#"{"pageNo":1,"pageSize":20,"purchaseOrderId":"222"}"#
        );
        assert!(refund_query("").is_err());
        assert!(alibaba_refund_info(" ").is_err());
        assert!(refund_query_list_of_order(" ", first_page(20)).is_err());
    }
}
