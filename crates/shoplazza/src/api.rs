//! The documented calls: parameters in, request out.

use core_model::{Numbered, Progress, Query, Quota};
use jiff::{SignedDuration, Timestamp};
use transport::{Request, Scope};

use crate::normalize::STATUSES;

/// 40 calls at once, two more per second, for an app in a shop (page "Rate limits").
pub const QUOTA: Quota = Quota::Bucket {
    capacity: 40,
    per_second: 2,
};

/// All calls count.
pub const QUOTAS: &[(Scope, Quota)] = &[(Scope::All, QUOTA)];

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

/// RFC 3339 without a fraction, as in the documented example.
fn whole_seconds(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use core_model::Status;
    use transport::testing::documented::first_page;

    use super::*;

    #[test]
    fn a_query_becomes_the_documented_parameters() {
        let since = "2016-01-18T23:41:00.5Z".parse().unwrap();
        let query = Query::new()
            .with_status(Status::Completed)
            .with_created_since(since);
        let request = after_sales_list(&query, first_page(20));
        let sent: Vec<_> = request
            .query()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let documented = [
            "status=finished",
            "page=1",
            "per_page=20",
            "created_at_start=2016-01-18T23:40:59Z",
        ];
        assert_eq!(sent, documented);
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
