//! The documented calls: parameters in, request out.

use core_model::{Numbered, Query, Quota};
use transport::{Request, Scope};

/// 60 calls a minute (page "List after-sales").
pub const QUOTA: Quota = Quota::Window {
    calls: 60,
    seconds: 60,
};

/// All calls count.
pub const QUOTAS: &[(Scope, Quota)] = &[(Scope::All, QUOTA)];

/// `GET /v1/after-sales` (page "List after-sales"). The start of the time range belongs to it, its end
/// does not, as in a [`Query`].
pub fn after_sales_list(query: &Query, at: Numbered) -> Request {
    let created = query.created();
    Request::get("after_sales_list", "/v1/after-sales")
        .with_query("page", Some(at.page()))
        .with_query("page_size", Some(at.size()))
        .with_query("created_from", created.since())
        .with_query("created_until", created.until())
}

#[cfg(test)]
mod tests {
    use transport::testing::documented::first_page;

    use super::*;

    #[test]
    fn a_query_becomes_the_documented_parameters() {
        let query = Query::new()
            .with_created_since("2026-01-01T00:00:00Z".parse().unwrap())
            .with_created_until("2026-02-01T00:00:00Z".parse().unwrap());
        let request = after_sales_list(&query, first_page(50));
        let sent: Vec<_> = request
            .query()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let documented = [
            "page=1",
            "page_size=50",
            "created_from=2026-01-01T00:00:00Z",
            "created_until=2026-02-01T00:00:00Z",
        ];
        assert_eq!(sent, documented);
    }
}
