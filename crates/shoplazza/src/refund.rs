//! Refunds: money that was paid back on an order, or is to be.
//!
//! A refund is no case. A case that a buyer opened has none until money moves, and nothing in either of
//! them names the other: a case knows its order by number, a refund by id.

use core_model::{Currency, Cursor, Decimal, Query, Raw, Result};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Money that was paid back on an order, or is to be. `None` means that the platform does not state it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// The platform's id of the refund, a number of 18 digits.
    pub id: String,
    /// The platform's id of the order.
    pub order_id: Option<String>,
    /// How far it has come. 2022-01 does not state it.
    pub status: Option<RefundStatus>,
    /// The platform's word for that, which may be one that no page has.
    pub native_status: Option<String>,
    /// The platform's word for how the amount came about; its values are not documented.
    pub method: Option<String>,
    /// A note; no page says whose.
    pub note: Option<String>,
    /// The currency of all amounts. Since 2025-06 it is not stated: it is that of the order.
    pub currency: Option<Currency>,
    /// All of it, in major units.
    pub amount: Option<Decimal>,
    /// Part of it: shipping.
    pub shipping: Option<Decimal>,
    /// Part of it: tax on shipping.
    pub shipping_tax: Option<Decimal>,
    /// Part of it: tip.
    pub tip: Option<Decimal>,
    /// Part of it: other fees.
    pub additional: Option<Decimal>,
    /// The goods.
    pub lines: Vec<RefundLine>,
    /// One for each payment of the order that takes part. 2022-01 does not state them.
    pub payments: Vec<RefundPayment>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// When it last changed.
    pub updated_at: Option<Timestamp>,
    /// The platform's record. Left out of JSON where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<Raw>,
}

/// One kind of goods in a refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundLine {
    /// The platform's id of the line item, which is also that of an item of a case.
    pub line_item_id: Option<String>,
    /// How many are paid back.
    pub quantity: Option<u64>,
    /// All that is paid back for them. 2022-01 does not state it.
    pub total: Option<Decimal>,
}

/// What goes back on one payment of the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundPayment {
    /// The platform's id of the payment.
    pub payment_line_id: Option<String>,
    /// Through whom.
    pub channel: Option<String>,
    /// How the buyer had paid.
    pub method: Option<String>,
    /// How much, in major units.
    pub amount: Option<Decimal>,
    /// How far it has come.
    pub status: Option<RefundStatus>,
    /// When it was paid.
    pub finished_at: Option<Timestamp>,
}

/// How far a refund has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundStatus {
    /// The payment is under way.
    Pending,
    /// Paid.
    Finished,
    /// The payment failed.
    Failed,
}

/// Which refunds to list. The default asks for all of the shop.
///
/// To follow what changes, ask for what was updated since a little before the last time, and know
/// refunds by their id.
///
/// ```
/// use shoplazza::{RefundQuery, RefundStatus};
///
/// let query = RefundQuery::new()
///     .with_status(RefundStatus::Finished)
///     .with_updated_since("2026-09-01T00:00:00Z".parse()?);
/// # Ok::<(), shoplazza::jiff::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RefundQuery {
    pub(crate) orders: Vec<String>,
    pub(crate) ids: Vec<String>,
    pub(crate) statuses: Vec<RefundStatus>,
    /// Times and page size, which are those of any listing.
    pub(crate) scope: Query,
}

impl RefundQuery {
    /// All refunds of the shop.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only refunds of this order; called again, of any of the given ones, ten at the most.
    #[must_use]
    pub fn with_order(mut self, id: impl Into<String>) -> Self {
        self.orders.push(id.into());
        self
    }

    /// Only this refund; called again, any of the given ones, twenty at the most.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.ids.push(id.into());
        self
    }

    /// Only refunds in this status; called again, in any of the given ones.
    #[must_use]
    pub fn with_status(mut self, status: RefundStatus) -> Self {
        if !self.statuses.contains(&status) {
            self.statuses.push(status);
        }
        self
    }

    /// Only refunds made at or after this instant.
    #[must_use]
    pub fn with_created_since(mut self, since: Timestamp) -> Self {
        self.scope = self.scope.with_created_since(since);
        self
    }

    /// Only refunds made before this instant.
    #[must_use]
    pub fn with_created_until(mut self, until: Timestamp) -> Self {
        self.scope = self.scope.with_created_until(until);
        self
    }

    /// Only refunds changed at or after this instant.
    #[must_use]
    pub fn with_updated_since(mut self, since: Timestamp) -> Self {
        self.scope = self.scope.with_updated_since(since);
        self
    }

    /// Only refunds changed before this instant.
    #[must_use]
    pub fn with_updated_until(mut self, until: Timestamp) -> Self {
        self.scope = self.scope.with_updated_until(until);
        self
    }

    /// How many refunds to fetch per request, 100 at the most.
    #[must_use]
    pub fn with_page_size(mut self, refunds: u32) -> Self {
        self.scope = self.scope.with_page_size(refunds);
        self
    }

    /// Whether a refund is within the times asked for. One that is not stated cannot speak against it.
    pub(crate) fn keeps(&self, refund: &Refund) -> bool {
        let (created, updated) = (self.scope.created(), self.scope.updated());
        refund.created_at.is_none_or(|at| created.contains(at))
            && refund.updated_at.is_none_or(|at| updated.contains(at))
    }
}

/// One page of refunds, the oldest first.
#[derive(Debug)]
pub struct RefundPage {
    /// The refunds. One that cannot be read is an error of its own.
    pub refunds: Vec<Result<Refund>>,
    /// Where to go on, with the same query; `None` at the end.
    pub next: Option<Cursor>,
}

impl RefundPage {
    /// A page of what the platform sent, without what lies outside the times asked for.
    pub(crate) fn new(
        mut refunds: Vec<Result<Refund>>,
        query: &RefundQuery,
        next: Option<Cursor>,
    ) -> Self {
        refunds.retain(|refund| refund.as_ref().map_or(true, |refund| query.keeps(refund)));
        Self { refunds, next }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use core_model::ErrorKind;
    use transport::testing::{Script, answer};
    use transport::{Exchange, Options};

    use super::*;
    use crate::{ApiVersion, Client, Config};

    fn client(version: ApiVersion, script: &Arc<Script>) -> Client {
        let exchange = Arc::clone(script) as Arc<dyn Exchange>;
        let config = Config::builder()
            .base_url("https://shop.example")
            .access_token("token")
            .api_version(version)
            .options(Options::default().with_exchange(exchange))
            .build()
            .unwrap();
        Client::new("shop", config).unwrap()
    }

    /// Two full pages and a short one, of refunds numbered from 0.
    fn listing(version: ApiVersion) -> Arc<Script> {
        Script::new(move |request| {
            let query = request.uri().query().unwrap_or_default().to_owned();
            let asked = |name: &str| {
                let prefix = format!("{name}=");
                let mut pairs = query.split('&');
                let value = pairs.find_map(|pair| pair.strip_prefix(prefix.as_str()))?;
                value.parse::<usize>().ok()
            };
            let start = asked("cursor").unwrap_or(asked("page").map_or(0, |page| (page - 1) * 2));
            let end = (start + 2).min(5);
            let records: Vec<_> = (start..end)
                .map(|id| format!(r#"{{"id":"{id}"}}"#))
                .collect();
            let records = records.join(",");
            let body = match version {
                ApiVersion::V2022_01 => format!(r#"{{"records":[{records}]}}"#),
                _ => format!(
                    r#"{{"code":"success","data":{{"records":[{records}],"cursor":"{end}","has_more":{}}}}}"#,
                    end < 5
                ),
            };
            Ok(answer(200, body))
        })
    }

    #[tokio::test]
    async fn every_page_is_reached_once_in_every_version() {
        for version in [
            ApiVersion::V2022_01,
            ApiVersion::V2025_06,
            ApiVersion::V2026_07,
        ] {
            let script = listing(version);
            let client = client(version, &script);
            let query = RefundQuery::new().with_page_size(2);
            let (mut ids, mut at) = (Vec::new(), None);
            loop {
                let page = client.refunds(&query, at.as_ref()).await.unwrap();
                ids.extend(page.refunds.into_iter().map(|refund| refund.unwrap().id));
                at = page.next;
                if at.is_none() {
                    break;
                }
            }
            assert_eq!(ids, ["0", "1", "2", "3", "4"], "{version:?}");
            assert_eq!(script.requests().len(), 3, "{version:?}");
        }
    }

    #[tokio::test]
    async fn what_lies_outside_the_times_asked_for_is_dropped() {
        let script = Script::always(
            200,
            r#"{"code":"Success","data":{"has_more":false,"records":[
                {"id":"early","updated_at":"2026-01-01T00:00:00Z"},
                {"id":"first","updated_at":"2026-01-01T00:00:00.5Z"},
                {"id":"unstated"},
                {"id":"late","updated_at":"2026-01-02T00:00:00Z"}]}}"#,
        );
        let at = |text: &str| text.parse().unwrap();
        let query = RefundQuery::new()
            .with_updated_since(at("2026-01-01T00:00:00.5Z"))
            .with_updated_until(at("2026-01-02T00:00:00Z"));
        let client = client(ApiVersion::V2026_01, &script);
        let page = client.refunds(&query, None).await.unwrap();
        let ids = page.refunds.into_iter().map(|refund| refund.unwrap().id);
        assert_eq!(ids.collect::<Vec<_>>(), ["first", "unstated"]);
    }

    #[tokio::test]
    async fn an_answer_without_refunds_is_an_error_and_never_none() {
        for (version, body) in [
            (ApiVersion::V2022_01, "{}"),
            (
                ApiVersion::V2022_01,
                r#"{"records":"none","refunds":"none"}"#,
            ),
            (ApiVersion::V2026_01, r#"{"code":"Success"}"#),
            (ApiVersion::V2026_01, r#"{"code":"Success","data":{}}"#),
            (ApiVersion::V2026_01, r#"{"data":{"records":[],"count":0}}"#),
        ] {
            let client = client(version, &Script::always(200, body));
            let query = RefundQuery::new();
            let errors = [
                client.refunds(&query, None).await.err(),
                client.refunds_of_order("1").await.err(),
            ];
            for error in errors {
                let error = error.unwrap();
                assert_eq!(error.kind(), ErrorKind::Decode, "{body}: {error:?}");
                assert!(error.account().is_some(), "{body}: {error:?}");
            }
            assert!(client.count_refunds(&query).await.is_err(), "{body}");
        }
    }

    #[tokio::test]
    async fn more_pages_without_a_name_are_an_error_and_no_end() {
        let body = r#"{"code":"Success","data":{"records":[],"cursor":"","has_more":true}}"#;
        let client = client(ApiVersion::V2026_01, &Script::always(200, body));
        let error = client.refunds(&RefundQuery::new(), None).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Pagination, "{error:?}");
        assert!(error.account().is_some(), "{error:?}");
    }

    #[tokio::test]
    async fn a_version_that_cannot_count_is_not_asked_to() {
        let script = Script::always(200, r#"{"code":"Success","data":{"count":7}}"#);
        let query = RefundQuery::new();
        let refused = client(ApiVersion::V2022_01, &script)
            .count_refunds(&query)
            .await;
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Unsupported);
        assert!(script.requests().is_empty());
        let counted = client(ApiVersion::V2025_06, &script)
            .count_refunds(&query)
            .await;
        assert_eq!(counted.unwrap(), 7);
    }

    #[tokio::test]
    async fn a_hostile_order_id_sends_nothing() {
        let script = Script::always(200, "{}");
        let client = client(ApiVersion::V2022_01, &script);
        for id in ["", "../../admin", "1/2", "1?x=2"] {
            let error = client.refunds_of_order(id).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{id}");
        }
        assert!(script.requests().is_empty());
    }
}
