//! The documented calls: parameters in, request out.

use core_model::{Numbered, Query, Quota, Result, TimeRange};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, civil};
use transport::{Request, Scope, setting};

/// 300 calls a minute of the list, and as many of the detail.
pub const QUOTA: Quota = Quota::Window {
    calls: 300,
    seconds: 60,
};

/// Each call has its own quota.
pub const QUOTAS: &[(Scope, Quota)] = &[
    (Scope::Operation("after_sale.list"), QUOTA),
    (Scope::Operation("after_sale.detail"), QUOTA),
    (
        Scope::Operation("token"),
        Quota::Window {
            calls: 100,
            seconds: 600,
        },
    ),
];

/// Before the platform existed: where a range starts that is open.
const BEGINNING: Date = civil::date(2010, 1, 1);

/// `POST /xe.ecommerce.after_sale.detail/1.0.0` (page "获取售后订单详情").
///
/// # Errors
/// [`Config`](core_model::ErrorKind::Config) when the id is empty.
pub fn after_sale_detail(aftersale_id: &str) -> Result<Request> {
    let id = setting::stated("id", aftersale_id)?;
    let path = "/xe.ecommerce.after_sale.detail/1.0.0";
    Ok(Request::post("after_sale.detail", path).with_member("aftersale_id", Some(id)))
}

/// `POST /xe.ecommerce.after_sale.list/1.0.0` (page "获取售后订单列表"): by the time of creation or,
/// where the query has a range for it, of the last change. `now` ends a range that is open.
pub fn after_sale_list(query: &Query, at: Numbered, now: Timestamp) -> Request {
    let (date_type, range) = if query.updated().is_unbounded() {
        ("created_at", query.created())
    } else {
        ("updated_at", query.updated())
    };
    list(at)
        .with_member("created_at", Some(days(range, now)))
        .with_member("date_type", Some(date_type))
}

/// The same call, for all cases of one order.
///
/// # Errors
/// [`Config`](core_model::ErrorKind::Config) when the id is empty.
pub fn after_sale_list_of_order(order_id: &str, at: Numbered, now: Timestamp) -> Result<Request> {
    let id = setting::stated("order", order_id)?;
    Ok(list(at)
        .with_member("created_at", Some(days(TimeRange::default(), now)))
        .with_member("date_type", Some("created_at"))
        .with_member("order_id", Some(id)))
}

fn list(at: Numbered) -> Request {
    Request::post("after_sale.list", "/xe.ecommerce.after_sale.list/1.0.0")
        .with_member("page_size", Some(at.size()))
        .with_member("page_index", Some(at.page()))
}

/// A range of days, `START||END`, the form that is documented. It is not documented whether the last
/// day belongs to it, so it ends a day late, and the page is filtered once more when it is here.
fn days(range: TimeRange, now: Timestamp) -> String {
    let shanghai = TimeZone::fixed(jiff::tz::offset(8));
    let day = |at: Timestamp| shanghai.to_datetime(at).date();
    let start = range.since().map_or(BEGINNING, day);
    let end = day(range.until().unwrap_or(now));
    let end = end.checked_add(1.day()).unwrap_or(end);
    format!("{start}||{end}")
}

/// `GET /token` (page "获取access_token"), still without the secret. The vendor's own SDK sends a body
/// with this GET, which not every proxy lets through; other public clients send a query string.
pub fn token(app_id: &str, client_id: &str) -> Request {
    Request::get("token", "/token")
        .with_query("app_id", Some(app_id))
        .with_query("client_id", Some(client_id))
        .with_query("grant_type", Some("client_credential"))
}

#[cfg(test)]
mod tests {
    use transport::testing::documented::{assert_documented_body, body_of, first_page};

    use super::*;

    const NOW: &str = "2023-02-13T18:00:00Z"; // already the 14th in Shanghai

    #[test]
    fn a_query_becomes_the_documented_window() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let list = |query| body_of(&after_sale_list(&query, first_page(10), at(NOW)));
        for (query, window, column) in [
            (Query::new(), "2010-01-01||2023-02-15", "created_at"),
            (
                Query::new().with_created_since(at("2023-01-13T17:00:00Z")),
                "2023-01-14||2023-02-15",
                "created_at",
            ),
            (
                Query::new()
                    .with_created_since(at("2020-01-01T00:00:00Z"))
                    .with_updated_since(at("2023-01-14T00:00:00Z"))
                    .with_updated_until(at("2023-02-12T15:59:59Z")),
                "2023-01-14||2023-02-13",
                "updated_at",
            ),
        ] {
            let documented = format!(
                r#"{{"created_at":"{window}","date_type":"{column}","page_index":1,"page_size":10}}"#
            );
            assert_eq!(list(query), documented);
        }
    }

    #[test]
    fn what_is_sent_is_documented() {
        let now = NOW.parse().unwrap();
        let example = include_str!("../../../fixtures/xiaoe/after-sale-list.request.json");
        let list = after_sale_list(&Query::new(), first_page(10), now);
        assert_documented_body(&list, example);
        let example = include_str!("../../../fixtures/xiaoe/after-sale-detail.request.json");
        assert_documented_body(&after_sale_detail("A1").unwrap(), example);
    }

    #[test]
    fn look_ups_name_what_they_look_for() {
        let id = "A1676256272_63e9a41000b74_73803812";
        let detail = after_sale_detail(id).unwrap();
        assert_eq!(body_of(&detail), format!(r#"{{"aftersale_id":"{id}"}}"#));
        let now = NOW.parse().unwrap();
        let order = after_sale_list_of_order("o_1", first_page(10), now).unwrap();
        assert!(body_of(&order).contains(r#""order_id":"o_1""#));
        assert!(after_sale_detail(" ").is_err());
        assert!(after_sale_list_of_order("", first_page(10), now).is_err());
    }
}
