//! The documented calls: parameters in, request out.

use core_model::{Error, Numbered, PageSize, Progress, Query, Quota, Result, TimeRange};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use transport::{Request, Scope, setting};

use crate::normalize::{REFUND_STATUSES, STATUSES};
use crate::refund::RefundQuery;
use crate::{ApiVersion, RefundStatus};

/// 40 calls at once, two more per second, for an app in a shop (page "Rate limits").
pub const QUOTA: Quota = Quota::Bucket {
    capacity: 40,
    per_second: 2,
};

/// All calls count.
pub const QUOTAS: &[(Scope, Quota)] = &[(Scope::All, QUOTA)];

/// Cases per page. 20 is the default; no maximum is documented.
pub const PAGE_SIZE: PageSize = PageSize {
    default: 50,
    max: None,
};

/// Refunds per page.
pub const REFUND_PAGE_SIZE: PageSize = PageSize {
    default: 100,
    max: Some(100),
};

/// `GET /openapi/2022-01/orders/after_sales_list` (page "After Sales List").
///
/// `per_page` is always sent: the default varies, and the maximum is not documented. Nor is it
/// documented whether the ends of the time range belong to it, so the range that is sent is a second
/// wider on both sides, and the page is filtered once more when it is here.
pub fn after_sales_list(query: &Query, at: Numbered) -> Request {
    const MARGIN: SignedDuration = SignedDuration::from_secs(1);
    let created = query.created();
    let start = created
        .since()
        .and_then(|since| since.checked_sub(MARGIN).ok());
    let end = created
        .until()
        .and_then(|until| until.checked_add(MARGIN).ok());
    Request::get(
        "after_sales_list",
        "/openapi/2022-01/orders/after_sales_list",
    )
    .with_query("status", native_status(query))
    .with_query("page", Some(at.page()))
    .with_query("per_page", Some(at.size()))
    .with_query("created_at_start", start.map(whole_seconds))
    .with_query("created_at_end", end.map(whole_seconds))
}

/// `GET /openapi/{version}/orders/post_sales`, since 2025-06 (the vendor's command-line client).
///
/// That filters are sent again with a cursor is what that client does.
pub fn post_sales(version: ApiVersion, query: &Query, cursor: Option<&str>) -> Request {
    let (start, end) = enclosing(query.created());
    let path = format!("/openapi/{}/orders/post_sales", version.as_str());
    Request::get("post_sales", path)
        .with_query("status", native_status(query))
        .with_query("cursor", cursor)
        .with_query("page_size", Some(PAGE_SIZE.choose(query.page_size())))
        .with_query("created_at_min", start)
        .with_query("created_at_max", end)
}

/// `GET /openapi/2022-01/orders/refund_records` (page "Refund Record List").
///
/// # Errors
/// [`Config`](core_model::ErrorKind::Config) when the query has more ids than the platform takes, or
/// one that cannot be an id.
pub fn refund_record_list(query: &RefundQuery, at: Numbered) -> Result<Request> {
    check_ids(query)?;
    let joined = |values: &[&str]| (!values.is_empty()).then(|| values.join(","));
    let statuses: Vec<_> = native_refund_statuses(query).collect();
    let request = Request::get("refund_records", "/openapi/2022-01/orders/refund_records")
        .with_query("order_ids", joined(&trimmed(&query.orders)))
        .with_query("refund_record_ids", joined(&trimmed(&query.ids)))
        .with_query("refund_status", joined(&statuses))
        .with_query("page", Some(at.page()))
        .with_query("per_page", Some(at.size()));
    Ok(with_refund_times(sorted(request), query))
}

/// `GET /openapi/{version}/orders/refund_records`, since 2025-06 (page "Refund Record List").
///
/// # Errors
/// As for [`refund_record_list`].
pub fn refund_records(
    version: ApiVersion,
    query: &RefundQuery,
    cursor: Option<&str>,
) -> Result<Request> {
    let size = REFUND_PAGE_SIZE.choose(query.scope.page_size());
    let request = refund_filters("refund_records", version, "refund_records", query)?;
    let request = request
        .with_query("cursor", cursor)
        .with_query("page_size", Some(size));
    Ok(sorted(request))
}

/// `GET /openapi/{version}/orders/refund_records/count`, since 2025-06 (the vendor's command-line
/// client).
///
/// # Errors
/// As for [`refund_record_list`].
pub fn refund_records_count(version: ApiVersion, query: &RefundQuery) -> Result<Request> {
    refund_filters(
        "refund_records/count",
        version,
        "refund_records/count",
        query,
    )
}

/// `GET /openapi/{version}/orders/{order_id}/refund`: the answer differs from version to version
/// (pages "Order Refund" and "Order Refund Record List").
///
/// # Errors
/// [`Config`](core_model::ErrorKind::Config) when this cannot be an id.
pub fn order_refunds(version: ApiVersion, order_id: &str) -> Result<Request> {
    let id = id("order", order_id)?;
    let path = format!("/openapi/{}/orders/{id}/refund", version.as_str());
    Ok(Request::get("refund", path))
}

/// `GET /openapi/{version}/orders/number/{number}` (the vendor's OpenAPI document and command-line client): the order of a
/// case, which states no other key of it.
///
/// # Errors
/// [`Config`](core_model::ErrorKind::Config) when this cannot be a number of an order.
pub fn order_by_number(version: ApiVersion, number: &str) -> Result<Request> {
    let number = id("order", number)?;
    let path = format!("/openapi/{}/orders/number/{number}", version.as_str());
    Ok(Request::get("orders/number", path))
}

/// `POST /openapi/2022-01/orders/{id}/refund` (page "Order Refund"): pays all of an order back. There is no body.
///
/// # Errors
/// [`Config`](core_model::ErrorKind::Config) when this cannot be an id.
pub fn order_refund(order_id: &str) -> Result<Request> {
    let id = id("order", order_id)?;
    let path = format!("/openapi/2022-01/orders/{id}/refund");
    Ok(Request::post_form("refund", path))
}

/// `POST /openapi/2022-01/orders/{id}/partial_refund` (page "Partial Order Refund"): pays an amount back, in major units.
///
/// Whether goods come back, `is_return`, is optional without a default that is documented: a payment says that none do.
///
/// # Errors
/// [`Config`](core_model::ErrorKind::Config) when this cannot be an id, or a line has none, or no quantity that fits.
pub fn partial_refund(order_id: &str, price: &str, lines: &[(String, u64)]) -> Result<Request> {
    let id = id("order", order_id)?;
    let line = |(id, quantity): &(String, u64)| -> Result<Value> {
        let (id, quantity) = line(id, *quantity)?;
        Ok(json!({"id": id, "quantity": quantity}))
    };
    let path = format!("/openapi/2022-01/orders/{id}/partial_refund");
    Ok(Request::post("partial_refund", path)
        .with_member("is_return", Some(false))
        .with_member("price", Some(price))
        .with_member("line_items", listed(lines, line)?))
}

/// What is paid back since version 2025-06, with amounts in major units.
#[derive(Debug, Clone, Copy)]
pub struct NewRefund<'a> {
    /// All of it.
    pub total: &'a str,
    /// For which lines of the order, and how many of each.
    pub lines: &'a [(String, u64)],
    /// Of which payments of the order, and how much of each.
    pub payments: &'a [(String, String)],
    /// A note.
    pub note: Option<&'a str>,
}

/// `POST /openapi/{version}/orders/{order_id}/refund`, since 2025-06 (the vendor's command-line client, and page "Refunds
/// and post-sales"): pays an amount back, all of it or a part.
///
/// Whether goods go back into stock, `return_inventory`, is optional without a default that is documented: a payment says
/// that none do.
///
/// # Errors
/// As for [`partial_refund`].
pub fn order_refund_record_create(
    version: ApiVersion,
    order_id: &str,
    refund: NewRefund<'_>,
) -> Result<Request> {
    let id = id("order", order_id)?;
    let line = |(id, quantity): &(String, u64)| -> Result<Value> {
        let (id, quantity) = line(id, *quantity)?;
        Ok(json!({"line_item_id": id, "quantity": quantity, "return_inventory": false}))
    };
    let payment = |(id, price): &(String, String)| -> Result<Value> {
        Ok(json!({"payment_line_id": id, "refund_price": price}))
    };
    let members = [
        ("refund_total", Some(refund.total.into())),
        ("refund_line_items", listed(refund.lines, line)?),
        ("refund_payments", listed(refund.payments, payment)?),
        ("note", refund.note.map(Value::from)),
    ];
    let members = members.into_iter();
    let stated = members.filter_map(|(name, value)| value.map(|value| (name.to_owned(), value)));
    let path = format!("/openapi/{}/orders/{id}/refund", version.as_str());
    Ok(Request::post("refund", path).with_member("refund", Some(stated.collect::<Value>())))
}

/// `DELETE /openapi/{version}/orders/post_sales/{post_sale_id}` (page "Delete Post Sale Order").
///
/// # Errors
/// [`Config`](core_model::ErrorKind::Config) when this cannot be an id.
pub fn post_sale_delete(version: ApiVersion, post_sale_id: &str) -> Result<Request> {
    let id = id("case", post_sale_id)?;
    let path = format!("/openapi/{}/orders/post_sales/{id}", version.as_str());
    Ok(Request::delete("post_sales/delete", path))
}

/// The list of these; left out where there are none.
fn listed<T>(values: &[T], json: impl Fn(&T) -> Result<Value>) -> Result<Option<Value>> {
    let list: Vec<_> = values.iter().map(json).collect::<Result<_>>()?;
    Ok((!list.is_empty()).then(|| list.into()))
}

/// A line of an order, by its id, and how many: a number of 32 bits.
fn line(id: &str, quantity: u64) -> Result<(&str, i32)> {
    let id = setting::stated("lines", id)?;
    let fits = i32::try_from(quantity)
        .ok()
        .filter(|&quantity| quantity > 0);
    let problem = || Error::config("lines", format!("{quantity} of {id} cannot be refunded"));
    Ok((id, fits.ok_or_else(problem)?))
}

/// `POST /admin/oauth/token` (page "OAuth Authentication", and the vendor's Go SDK), still without the
/// secrets.
pub fn token(grant_type: &'static str, client_id: &str) -> Request {
    Request::post_form("oauth/token", "/admin/oauth/token")
        .with_field("grant_type", grant_type)
        .with_field("client_id", client_id)
}

fn refund_filters(
    operation: &'static str,
    version: ApiVersion,
    call: &str,
    query: &RefundQuery,
) -> Result<Request> {
    check_ids(query)?;
    let path = format!("/openapi/{}/orders/{call}", version.as_str());
    let mut request = Request::get(operation, path);
    for order in trimmed(&query.orders) {
        request = request.with_query("order_ids", Some(order));
    }
    for id in trimmed(&query.ids) {
        request = request.with_query("refund_order_ids", Some(id));
    }
    for status in native_refund_statuses(query) {
        request = request.with_query("refund_statuses", Some(status));
    }
    Ok(with_refund_times(request, query))
}

/// The oldest first: what is added while pages are read comes last, and moves nothing from a page that
/// is still to be read to one that was.
fn sorted(request: Request) -> Request {
    request
        .with_query("sort_by", Some("created_at"))
        .with_query("sort_direction", Some("asc"))
}

fn with_refund_times(request: Request, query: &RefundQuery) -> Request {
    let (created_start, created_end) = enclosing(query.scope.created());
    let (updated_start, updated_end) = enclosing(query.scope.updated());
    request
        .with_query("created_at_start", created_start)
        .with_query("created_at_end", created_end)
        .with_query("updated_at_start", updated_start)
        .with_query("updated_at_end", updated_end)
}

fn native_refund_statuses(query: &RefundQuery) -> impl Iterator<Item = &'static str> {
    let native = |wanted: &RefundStatus| {
        let mut known = REFUND_STATUSES.iter();
        let found = known.find(|(_, status)| status == wanted);
        found.map(|&(code, _)| code)
    };
    query.statuses.iter().filter_map(native)
}

fn trimmed(ids: &[String]) -> Vec<&str> {
    ids.iter().map(|id| id.trim()).collect()
}

/// The documented limits, ten orders and twenty refunds, and what an id can be.
fn check_ids(query: &RefundQuery) -> Result<()> {
    for (name, ids, most) in [("order", &query.orders, 10), ("id", &query.ids, 20)] {
        if ids.len() > most {
            let problem = format!("the platform takes {most} of them at the most");
            return Err(Error::config(name, problem));
        }
        for text in ids {
            id(name, text)?;
        }
    }
    Ok(())
}

/// An id goes into a path, or between commas. All three documented forms are made of letters, digits
/// and hyphens: `11218-00000001`, `633130-SPZ00000020`, `10234136520598611512`.
fn id<'a>(name: &str, text: &'a str) -> Result<&'a str> {
    let id = setting::stated(name, text)?;
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    if id.bytes().all(fits) {
        Ok(id)
    } else {
        let problem = "has to be an id of the platform: letters, digits and hyphens";
        Err(Error::config(name, problem))
    }
}

/// The one status that the platform can filter by. Several at once cannot be asked for; the page is
/// filtered when it is here.
fn native_status(query: &Query) -> Option<&'static str> {
    let [status] = query.statuses() else {
        return None;
    };
    STATUSES
        .iter()
        .find(|(_, progress)| Progress::status(*progress) == *status)
        .map(|&(code, _)| code)
}

/// The ends of a range in whole seconds, for a filter that documents both as included. The end of ours
/// is not, so the page is filtered once more when it is here.
fn enclosing(range: TimeRange) -> (Option<String>, Option<String>) {
    const NEARLY_A_SECOND: SignedDuration = SignedDuration::from_nanos(999_999_999);
    let end = range
        .until()
        .map(|until| until.checked_add(NEARLY_A_SECOND).unwrap_or(until));
    (range.since().map(whole_seconds), end.map(whole_seconds))
}

/// RFC 3339 without a fraction, as in the documented example.
fn whole_seconds(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use core_model::Status;
    use transport::testing::documented::first_page;

    use super::*;

    fn sent(request: &Request) -> Vec<String> {
        let query = request.query().iter();
        query
            .map(|(name, value)| format!("{name}={value}"))
            .collect()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_query_becomes_the_documented_parameters() {
        let query = Query::new()
            .with_status(Status::Completed)
            .with_created_since(at("2016-01-18T23:41:00.5Z"));
        let request = after_sales_list(&query, first_page(20));
        let documented = [
            "status=finished",
            "page=1",
            "per_page=20",
            "created_at_start=2016-01-18T23:40:59Z",
        ];
        assert_eq!(sent(&request), documented);

        let query = query
            .with_created_until(at("2016-01-19T00:00:00.5Z"))
            .with_page_size(20);
        let request = post_sales(ApiVersion::V2026_01, &query, Some("next"));
        assert_eq!(request.path(), "/openapi/2026-01/orders/post_sales");
        let documented = [
            "status=finished",
            "cursor=next",
            "page_size=20",
            "created_at_min=2016-01-18T23:41:00Z",
            "created_at_max=2016-01-19T00:00:01Z",
        ];
        assert_eq!(sent(&request), documented);
        let whole = Query::new().with_created_until(at("2016-01-19T00:00:00Z"));
        let request = post_sales(ApiVersion::V2025_06, &whole, None);
        let documented = ["page_size=50", "created_at_max=2016-01-19T00:00:00Z"];
        assert_eq!(sent(&request), documented);
    }

    #[test]
    fn what_the_platform_cannot_filter_is_not_sent() {
        for query in [
            Query::new(),
            Query::new().with_status(Status::Rejected),
            Query::new()
                .with_status(Status::Requested)
                .with_status(Status::Completed),
        ] {
            assert_eq!(native_status(&query), None, "{query:?}");
        }
    }

    #[test]
    fn refunds_are_asked_for_as_each_version_documents() {
        let query = RefundQuery::new()
            .with_order("11218-00000001")
            .with_order(" 633130-SPZ00000020 ")
            .with_id("626516830554446103")
            .with_status(RefundStatus::Finished)
            .with_status(RefundStatus::Failed)
            .with_updated_since(at("2025-01-15T00:00:00Z"))
            .with_page_size(500);
        let numbered = Numbered::at(None, &query.scope, REFUND_PAGE_SIZE).unwrap();
        let request = refund_record_list(&query, numbered).unwrap();
        assert_eq!(request.path(), "/openapi/2022-01/orders/refund_records");
        let documented = [
            "order_ids=11218-00000001,633130-SPZ00000020",
            "refund_record_ids=626516830554446103",
            "refund_status=finished,failed",
            "page=1",
            "per_page=100",
            "sort_by=created_at",
            "sort_direction=asc",
            "updated_at_start=2025-01-15T00:00:00Z",
        ];
        assert_eq!(sent(&request), documented);

        let filters = [
            "order_ids=11218-00000001",
            "order_ids=633130-SPZ00000020",
            "refund_order_ids=626516830554446103",
            "refund_statuses=finished",
            "refund_statuses=failed",
            "updated_at_start=2025-01-15T00:00:00Z",
        ];
        let pages = [
            "cursor=next",
            "page_size=100",
            "sort_by=created_at",
            "sort_direction=asc",
        ];
        let request = refund_records(ApiVersion::V2025_06, &query, Some("next")).unwrap();
        assert_eq!(request.path(), "/openapi/2025-06/orders/refund_records");
        assert_eq!(sent(&request), [&filters[..], &pages[..]].concat());

        let request = refund_records_count(ApiVersion::V2026_07, &query).unwrap();
        let path = "/openapi/2026-07/orders/refund_records/count";
        assert_eq!(
            (request.path(), sent(&request)),
            (path, filters.map(str::to_owned).to_vec())
        );
    }

    #[test]
    fn an_id_is_one_or_is_refused() {
        let version = ApiVersion::V2026_01;
        for id in [
            "11218-00000001",
            "633130-SPZ00000020",
            "10234136520598611512",
        ] {
            let path = format!("/openapi/2026-01/orders/{id}/refund");
            assert_eq!(order_refunds(version, id).unwrap().path(), path);
        }
        for id in ["", " ", "1/2", "..", "1,2", "1?x", "1#", "%2e", "a b", "号"] {
            assert!(order_refunds(version, id).is_err(), "{id}");
            let (by_order, by_id) = (
                RefundQuery::new().with_order(id),
                RefundQuery::new().with_id(id),
            );
            assert!(refund_records_count(version, &by_order).is_err(), "{id}");
            assert!(refund_records_count(version, &by_id).is_err(), "{id}");
        }
        let many = |count| {
            (0..count).fold(RefundQuery::new(), |query, i| {
                query.with_order(i.to_string())
            })
        };
        assert!(refund_records_count(version, &many(10)).is_ok());
        let refused = refund_records_count(version, &many(11)).unwrap_err();
        assert!(refused.message().starts_with("order: "), "{refused}");
    }
}
