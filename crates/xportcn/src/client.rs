//! The client.

use async_trait::async_trait;
use core_model::{
    Abilities, Account, AfterSale, AfterSales, Capabilities, Cursor, Error, ErrorKind, Filters,
    Generation, Lookup, Numbered, Operations, OrderKey, Page, PageSize, Paging, Platform, Proof,
    Query, Result, Side, Source, Support,
};
use transport::{Http, Reply, Request};

use crate::config::RefundTime;
use crate::{Config, api, errors, normalize, wire};

/// This platform's name.
pub const PLATFORM: Platform = Platform::new("xportcn");

/// The account buys, on behalf of others.
pub const SIDE: Side = Side::Buyer;

/// What the platform can do, as far as its documents tell: they do not say which time its time filter
/// means, so that filter is off until [`RefundTime`] is configured.
pub const CAPABILITIES: Capabilities = Capabilities {
    operations: Operations {
        list: true,
        find_by_id: true,
        find_by_order: true,
        find_by_merchant_order: false,
        needs_buyer: false,
        needs_start: false,
        lists_ids_only: false,
    },
    filters: Filters {
        status: Support::Emulated,
        created: Support::No,
        updated: Support::No,
    },
    paging: Paging::Numbered,
    page_size: PageSize {
        default: 50,
        max: None,
    },
    window: None,
    quota: None,
    abilities: Abilities {
        cancel: true,
        send_message: true,
        ..Abilities::NONE
    },
    pushes: Some(Proof::Address),
};

/// The generations of the platform's interface: one.
pub const GENERATIONS: &[Generation] = &[Generation {
    name: None,
    capabilities: CAPABILITIES,
}];

/// The refunds of one developer's purchases. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    http: Http,
    refund_time: Option<RefundTime>,
}

impl Client {
    /// A client for the developer that `account` is to name in records and errors.
    ///
    /// # Errors
    /// [`Config`](core_model::ErrorKind::Config) when TLS cannot be set up on this machine.
    pub fn new(account: impl Into<Account>, config: Config) -> Result<Self> {
        let source = Source::new(PLATFORM, account, SIDE);
        let (base_url, options) = (config.base_url, config.options);
        let auth = config.access_key;
        let http = Http::new(
            source,
            base_url,
            auth,
            &errors::Dialect,
            api::QUOTAS,
            options,
        )?;
        let refund_time = config.refund_time;
        Ok(Self { http, refund_time })
    }

    /// The way to the platform, for requests of [`api`](crate::api) and answers of
    /// [`wire`](crate::wire).
    pub fn http(&self) -> &Http {
        &self.http
    }

    async fn find_on_taobao(&self, id: &str) -> Result<Vec<AfterSale>> {
        let request = api::refund_query(id).map_err(|error| error.with_source(self.source()))?;
        let reply = self.http.call(request).await?;
        let wire: wire::RefundQuery<'_> = reply.decode()?;
        if wire.data.is_something_else() {
            return Err(reply.unreadable("data is no object"));
        }
        let found = wire.data.get();
        if found.is_some_and(|found| found.refund_order_aggregate.is_none()) {
            return Err(reply.unreadable("data.refundOrderAggregate is missing"));
        }
        normalize::refund_query(&wire, self.source())
            .into_iter()
            .collect()
    }

    async fn find_on_1688(&self, id: &str) -> Result<Vec<AfterSale>> {
        let request =
            api::alibaba_refund_info(id).map_err(|error| error.with_source(self.source()))?;
        let reply = self.http.call(request).await?;
        let wire: wire::AlibabaRefundInfo<'_> = reply.decode()?;
        normalize::alibaba_refund_info(&wire, self.source())
            .into_iter()
            .collect()
    }

    /// The listing, narrowed to one purchase on Taobao, whose refunds do not fill a page.
    async fn find_by_order(&self, order: &str) -> Result<Vec<AfterSale>> {
        let query = Query::new();
        let at = Numbered::at(None, &query, CAPABILITIES.page_size)?;
        let request = api::refund_query_list_of_order(order, at)
            .map_err(|error| error.with_source(self.source()))?;
        let found = self.listed(request, &query, at).await?;
        let found = found.only(self.source())?;
        let is_of_order =
            |case: &AfterSale| case.order.id.as_deref().is_none_or(|id| id == order.trim());
        if !found.iter().all(is_of_order) {
            let message = "asked for one purchase, the platform answers with others, too";
            return Err(Error::new(ErrorKind::Decode, message).with_source(self.source()));
        }
        Ok(found)
    }

    async fn listed(&self, request: Request, query: &Query, at: Numbered) -> Result<Page> {
        let with_raw = query.wants_raw();
        let read = move |reply: &Reply| {
            let mut wire: wire::RefundQueryList<'_> = reply.decode()?;
            if wire.data.is_something_else() {
                return Err(reply.unreadable("data is no object"));
            }
            if let Some(page) = wire.data.get_mut() {
                page.refund_order_aggregates.keep_raw(with_raw);
            }
            let page = wire.data.get();
            if page.is_some_and(|page| page.refund_order_aggregates.is_missing()) {
                return Err(reply.unreadable("data.refundOrderAggregates is missing"));
            }
            let records = normalize::refund_query_list(&wire, reply.source());
            Ok((records, page.and_then(|page| page.total.hint())))
        };
        let (records, total) = self.http.read(request, read).await?;
        Ok(Page::numbered(records, query, at, total))
    }
}

#[async_trait]
impl AfterSales for Client {
    fn source(&self) -> &Source {
        self.http.source()
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = CAPABILITIES;
        match self.refund_time {
            Some(RefundTime::Created) => capabilities.filters.created = Support::Native,
            Some(RefundTime::Updated) => capabilities.filters.updated = Support::Native,
            None => {}
        }
        capabilities
    }

    async fn page(&self, query: &Query, at: Option<&Cursor>) -> Result<Page> {
        let asks_for_time = !query.created().is_unbounded() || !query.updated().is_unbounded();
        if asks_for_time && self.refund_time.is_none() {
            let message = "the platform does not say which time it filters by; \
                           the setting refund_time has to: created or updated";
            return Err(Error::new(ErrorKind::Unsupported, message).with_source(self.source()));
        }
        self.capabilities().admit_query(self.source(), query)?;
        let at = Numbered::at(at, query, CAPABILITIES.page_size)?;
        let request = api::refund_query_list(query, self.refund_time, at);
        self.listed(request, query, at).await
    }

    async fn find(&self, lookup: &Lookup) -> Result<Vec<AfterSale>> {
        CAPABILITIES.admit_lookup(self.source(), lookup)?;
        match lookup {
            Lookup::AfterSale(id) if api::is_alibaba_refund(id) => self.find_on_1688(id).await,
            Lookup::AfterSale(id) => self.find_on_taobao(id).await,
            Lookup::Order {
                order: OrderKey::Id(order),
                ..
            } => self.find_by_order(order).await,
            _ => Err(CAPABILITIES.no_lookup(self.source(), lookup)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use transport::testing::Script;
    use transport::{Exchange, Options};

    use super::*;
    use crate::signature::Scheme;

    fn client(script: &Arc<Script>) -> Client {
        let options = Options::default().with_exchange(Arc::clone(script) as Arc<dyn Exchange>);
        let config = Config::builder()
            .key("key", "secret")
            .user_id("1000000000001")
            .signature(Scheme::HmacSha256)
            .options(options)
            .build()
            .unwrap();
        Client::new("sourcing", config).unwrap()
    }

    #[tokio::test]
    async fn a_look_up_goes_to_where_the_case_is() {
        let taobao = r#"{"refundOrderAggregate":{"refundOrder":{"refundId":"1"}}}"#;
        let of_order = r#"{"refundOrderAggregates":[{"refundOrder":{"refundId":"1"}}]}"#;
        let alibaba = r#"{"refundId":"TQ1"}"#;
        for (lookup, method, path, data, id) in [
            (
                Lookup::after_sale("1"),
                "GET",
                "/api/open/order/refund/query?refundId=1",
                taobao,
                "1",
            ),
            (
                Lookup::after_sale(" TQ1 "),
                "POST",
                "/api/alibaba/refund/info",
                alibaba,
                "TQ1",
            ),
            (
                Lookup::order("7"),
                "POST",
                "/api/open/order/refund/queryList",
                of_order,
                "1",
            ),
        ] {
            let script = Script::always(200, format!(r#"{{"code":200,"data":{data}}}"#));
            let found = client(&script).find(&lookup).await.unwrap();
            let ids: Vec<_> = found.iter().map(|case| case.id.as_str()).collect();
            assert_eq!(ids, [id]);
            assert!(found.iter().all(|case| case.raw.is_some()));
            let requests = script.requests();
            let [request] = requests.as_slice() else {
                panic!("{requests:?}")
            };
            let sent = (
                request.method().as_str(),
                request.uri().path_and_query().unwrap().as_str(),
            );
            assert_eq!(sent, (method, path), "{lookup:?}");
        }
    }

    #[tokio::test]
    async fn a_look_up_without_an_id_sends_nothing() {
        let script = Script::always(200, r#"{"code":200}"#);
        for lookup in [Lookup::after_sale(" "), Lookup::order("")] {
            let error = client(&script).find(&lookup).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{lookup:?}");
            assert!(error.account().is_some());
        }
        assert!(script.requests().is_empty());
    }

    /// Only what says that there is nothing counts as nothing.
    #[tokio::test]
    async fn an_answer_without_a_refund_is_empty_or_an_error() {
        let (empty, error) = (None, Some(ErrorKind::Decode));
        for (id, data, expected) in [
            ("1", "null", empty),
            ("1", r#"{"refundOrderAggregate":null}"#, empty),
            ("1", r#"{"distributorId":"2100005349129"}"#, error),
            ("1", r#"{"refundOrderAggregate":{"subUserId":1}}"#, error),
            ("1", r#"{"refundOrderAggregate":17}"#, error),
            ("1", "[]", empty),
            ("1", "17", error),
            ("1", r#""no permission""#, error),
            ("1", r#"[{"refundOrder":{"refundId":"1"}}]"#, error),
            ("TQ1", "null", empty),
            ("TQ1", r#"{"status":"refundclose"}"#, error),
            ("TQ1", "17", error),
        ] {
            let script = Script::always(200, format!(r#"{{"code":200,"data":{data}}}"#));
            let found = client(&script).find(&Lookup::after_sale(id)).await;
            let kind = match found {
                Ok(found) => {
                    assert_eq!(found, [], "{id} {data}");
                    None
                }
                Err(error) => Some(error.kind()),
            };
            assert_eq!(kind, expected, "{id} {data}");
        }
    }

    #[tokio::test]
    async fn only_what_lists_nothing_is_an_empty_page() {
        for (data, expected) in [
            ("null", None),
            (r#"{"refundOrderAggregates":[]}"#, None),
            ("{}", Some(ErrorKind::Decode)),
            (r#""no permission""#, Some(ErrorKind::Decode)),
        ] {
            let script = Script::always(200, format!(r#"{{"code":200,"data":{data}}}"#));
            let page = client(&script).page(&Query::new(), None).await;
            let kind = page
                .map(|page| page.records.len())
                .map_err(|error| error.kind());
            assert_eq!(kind, expected.map_or(Ok(0), Err), "{data}");
        }
    }

    /// The filter by purchase is documented by its name alone.
    #[tokio::test]
    async fn a_case_of_another_purchase_is_not_passed_on() {
        for (purchase, expected) in [
            (r#"{"purchaseOrderId":7}"#, Ok(1)),
            ("{}", Ok(1)),
            (r#"{"purchaseOrderId":8}"#, Err(ErrorKind::Decode)),
        ] {
            let row =
                format!(r#"{{"refundOrder":{{"refundId":"1"}},"purchaseOrderLine":{purchase}}}"#);
            let data = format!(r#"{{"refundOrderAggregates":[{row}]}}"#);
            let script = Script::always(200, format!(r#"{{"code":200,"data":{data}}}"#));
            let found = client(&script).find(&Lookup::order(" 7 ")).await;
            let found = found.map(|found| found.len()).map_err(|error| error.kind());
            assert_eq!(found, expected, "{purchase}");
        }
    }
}
