//! The documented calls: parameters in, request out.

use core_model::{Error, Money, Numbered, Query, Quota, Result, Status, TimeRange, Windowed};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
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
        Scope::Operation("order.detail"),
        Quota::Window {
            calls: 20,
            seconds: 1,
        },
    ),
    (
        Scope::Operation("order.refund"),
        Quota::Window {
            calls: 100,
            seconds: 10,
        },
    ),
    (
        Scope::Operation("token"),
        Quota::Window {
            calls: 100,
            seconds: 600,
        },
    ),
];

/// 2010 in Shanghai, before the platform existed: where a range starts that is open.
const BEGINNING: Timestamp = Timestamp::constant(1_262_275_200, 0);

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
    let column = Column::of(query);
    list(at)
        .with_member("created_at", Some(days(column.range(query), now)))
        .with_member("date_type", Some(column.name()))
}

/// The same call, narrowed to the group of states that holds all statuses of the query, if one does.
pub fn after_sale_list_by_state(query: &Query, at: Numbered, now: Timestamp) -> Request {
    after_sale_list(query, at, now).with_member("sales_state", sales_state(query.statuses()))
}

/// The group of states that a status is in, by the names that the page has for the groups. What states a
/// group holds is not documented.
pub const SALES_STATES: &[(Status, i8)] = &[
    (Status::Requested, 1),
    (Status::Completed, 2),
    (Status::Cancelled, 3),
    (Status::AwaitingReturn, 6),
    (Status::ReturnInTransit, 6),
    (Status::ReturnReceived, 6),
    (Status::AwaitingReplacement, 6),
    (Status::ReplacementSent, 6),
    (Status::Refunding, 6),
    (Status::RefundFailed, 6),
];

fn sales_state(statuses: &[Status]) -> Option<i8> {
    let group = |status: &Status| {
        let mut groups = SALES_STATES.iter();
        groups
            .find(|(known, _)| known == status)
            .map(|&(_, group)| group)
    };
    let (first, others) = statuses.split_first()?;
    group(first).filter(|&first| others.iter().all(|status| group(status) == Some(first)))
}

/// The range that a listing goes through, with a start.
pub fn range(query: &Query) -> TimeRange {
    let column = Column::of(query);
    let since = column.range(query).since().unwrap_or(BEGINNING);
    column.range(&column.since(query.clone(), since))
}

/// What a query asks for in one window of that range.
pub fn within(query: &Query, window: &Windowed) -> Query {
    let column = Column::of(query);
    let query = column.since(query.clone(), window.since());
    column.until(query, window.until())
}

/// The time that a listing goes by.
#[derive(Debug, Clone, Copy)]
enum Column {
    Created,
    Updated,
}

impl Column {
    fn of(query: &Query) -> Self {
        if query.updated().is_unbounded() {
            Self::Created
        } else {
            Self::Updated
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Created => "created_at",
            Self::Updated => "updated_at",
        }
    }

    fn range(self, query: &Query) -> TimeRange {
        match self {
            Self::Created => query.created(),
            Self::Updated => query.updated(),
        }
    }

    fn since(self, query: Query, since: Timestamp) -> Query {
        match self {
            Self::Created => query.with_created_since(since),
            Self::Updated => query.with_updated_since(since),
        }
    }

    fn until(self, query: Query, until: Timestamp) -> Query {
        match self {
            Self::Created => query.with_created_until(until),
            Self::Updated => query.with_updated_until(until),
        }
    }
}

/// The same call, for all cases of one order.
///
/// # Errors
/// [`Config`](core_model::ErrorKind::Config) when the id is empty.
pub fn after_sale_list_of_order(order_id: &str, at: Numbered, now: Timestamp) -> Result<Request> {
    let id = setting::stated("order", order_id)?;
    Ok(list(at)
        .with_member("created_at", Some(days(TimeRange::default(), now)))
        .with_member("date_type", Some(Column::Created.name()))
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
    let start = day(range.since().unwrap_or(BEGINNING));
    let end = day(range.until().unwrap_or(now));
    let end = end.checked_add(1.day()).unwrap_or(end);
    format!("{start}||{end}")
}

/// `POST /xe.ecommerce.order.detail/1.0.0` (page "获取订单详情2.0").
///
/// # Errors
/// [`Config`](core_model::ErrorKind::Config) when the id is empty.
pub fn order_detail(order_id: &str) -> Result<Request> {
    let id = setting::stated("order", order_id)?;
    let path = "/xe.ecommerce.order.detail/1.0.0";
    Ok(Request::post("order.detail", path).with_member("order_id", Some(id)))
}

/// `POST /xe.order.refund/1.0.0` (page "订单退款"): pays an amount, in fen on the wire, of what an order holds back.
/// `operator` says who does it.
///
/// # Errors
/// [`Config`](core_model::ErrorKind::Config) when the amount is no whole number of fen.
pub fn order_refund(
    order_id: &str,
    sku_id: &str,
    amount: Money,
    operator: &str,
    is_purchase_delete_flag: Option<bool>,
) -> Result<Request> {
    let fen = amount
        .minor()
        .map_err(|error| Error::config("amount", error))?;
    Ok(Request::post("order.refund", "/xe.order.refund/1.0.0")
        .with_member("order_id", Some(order_id))
        .with_member("sku_id", Some(sku_id))
        .with_member("refund_price", Some(fen))
        .with_member("refund_operator", Some(operator))
        .with_member("is_purchase_delete_flag", is_purchase_delete_flag))
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
    use jiff::SignedDuration;
    use jiff::civil::Date;
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
    fn only_statuses_of_one_group_narrow_the_listing() {
        use Status as S;
        for (statuses, state) in [
            (&[][..], None),
            (&[S::Requested], Some(1)),
            (&[S::Completed], Some(2)),
            (&[S::Cancelled], Some(3)),
            (&[S::AwaitingReturn, S::Refunding], Some(6)),
            (&[S::Requested, S::Completed], None),
            (&[S::Refunding, S::Rejected], None),
            (&[S::Rejected], None),
            (&[S::Unknown], None),
        ] {
            let query = statuses
                .iter()
                .copied()
                .fold(Query::new(), Query::with_status);
            let request = after_sale_list_by_state(&query, first_page(10), NOW.parse().unwrap());
            let sent = request.body().unwrap().get("sales_state");
            assert_eq!(sent, state.map(Into::into).as_ref(), "{statuses:?}");
        }
    }

    #[test]
    fn no_window_asks_for_more_days_than_it_may() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at(NOW);
        for query in [
            Query::new().with_created_since(at("2022-11-01T15:59:59Z")),
            Query::new()
                .with_updated_since(at("2022-11-01T16:00:00Z"))
                .with_updated_until(at("2023-02-01T00:00:01Z")),
            Query::new().with_updated_until(at("2010-04-01T00:00:00Z")),
        ] {
            let mut cursor = None;
            loop {
                let longest = SignedDuration::from_hours(24 * 30);
                let window = Windowed::at(cursor.as_ref(), range(&query), longest, now).unwrap();
                let request = after_sale_list(&within(&query, &window), first_page(10), now);
                let asked = request.body().unwrap()["created_at"].as_str().unwrap();
                let (start, end) = asked.split_once("||").unwrap();
                let (start, end): (Date, Date) = (start.parse().unwrap(), end.parse().unwrap());
                assert!((end - start).get_days() <= 31, "{asked}");
                cursor = window.next(None);
                if cursor.is_none() {
                    break;
                }
            }
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
        assert_eq!(
            body_of(&order_detail(" o_1 ").unwrap()),
            r#"{"order_id":"o_1"}"#
        );
        assert!(order_detail("").is_err());
        let now = NOW.parse().unwrap();
        let order = after_sale_list_of_order("o_1", first_page(10), now).unwrap();
        assert!(body_of(&order).contains(r#""order_id":"o_1""#));
        assert!(after_sale_detail(" ").is_err());
        assert!(after_sale_list_of_order("", first_page(10), now).is_err());
    }
}
