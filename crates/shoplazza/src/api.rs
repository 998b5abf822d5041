//! The documented calls: parameters in, request out.

use core_model::{Numbered, PageSize, Progress, Query, Quota, TimeRange};
use jiff::{SignedDuration, Timestamp};
use transport::{Request, Scope};

use crate::ApiVersion;
use crate::normalize::STATUSES;

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
}
