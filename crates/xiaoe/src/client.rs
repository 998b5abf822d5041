//! The client.

use async_trait::async_trait;
use core_model::{
    Abilities, Account, AfterSale, AfterSales, Capabilities, Cursor, Error, ErrorKind, Filters,
    Generation, Lookup, Numbered, Operations, OrderKey, Page, PageSize, Paging, Platform, Proof,
    Query, Result, Side, Source, Support, Windowed,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::SignedDuration;
use transport::{Http, Reply, Request};

use crate::config::{Listing, Refunds};
use crate::{Config, api, errors, normalize, wire};

/// This platform's name.
pub const PLATFORM: Platform = Platform::new("xiaoe");

/// The account sells.
pub const SIDE: Side = Side::Seller;

/// What the platform can do. A page of more than 50 is not documented as refused, but two clients in
/// the wild ask for no more.
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
        created: Support::Native,
        updated: Support::Native,
    },
    paging: Paging::Numbered,
    page_size: PageSize {
        default: 50,
        max: Some(50),
    },
    window: None,
    quota: Some(api::QUOTA),
    abilities: Abilities {
        refund: true,
        ..Abilities::NONE
    },
    // Pushes are encrypted, but how is not published: what that proves, whoever decrypts them has to say.
    pushes: Some(Proof::Address),
};

/// The generations of the platform's interface: one.
pub const GENERATIONS: &[Generation] = &[Generation {
    name: None,
    capabilities: CAPABILITIES,
}];

/// How many orders are asked at the same time.
const ORDERS_AT_ONCE: usize = 4;

/// The after-sales of one shop. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    http: Http,
    listing: Listing,
    refunds: Refunds,
}

impl Client {
    /// A client for the shop that `account` is to name in records and errors.
    ///
    /// # Errors
    /// [`Config`](core_model::ErrorKind::Config) when TLS cannot be set up on this machine.
    pub fn new(account: impl Into<Account>, config: Config) -> Result<Self> {
        let source = Source::new(PLATFORM, account, SIDE);
        let (base_url, options) = (config.base_url, config.options);
        let auth = config.credential;
        let http = Http::new(
            source,
            base_url,
            auth,
            &errors::Dialect,
            api::QUOTAS,
            options,
        )?;
        Ok(Self {
            http,
            listing: config.listing,
            refunds: config.refunds,
        })
    }

    /// The way to the platform, for requests of [`api`](crate::api) and answers of
    /// [`wire`](crate::wire).
    pub fn http(&self) -> &Http {
        &self.http
    }

    pub(crate) fn refunds(&self) -> &Refunds {
        &self.refunds
    }

    async fn find_by_id(&self, id: &str) -> Result<Vec<AfterSale>> {
        let request =
            api::after_sale_detail(id).map_err(|error| error.with_source(self.source()))?;
        let reply = self.http.call(request).await?;
        let wire: wire::AfterSaleDetail<'_> = reply.decode()?;
        let cases = normalize::after_sale_detail(&wire, self.source());
        self.with_refunds(cases).await?.into_iter().collect()
    }

    /// The listing, narrowed to one order; no order has more cases than fit on one page.
    async fn find_by_order(&self, order_id: &str) -> Result<Vec<AfterSale>> {
        let query = Query::new();
        let at = Numbered::at(None, &query, CAPABILITIES.page_size)?;
        let request = api::after_sale_list_of_order(order_id, at, self.http.now())
            .map_err(|error| error.with_source(self.source()))?;
        let (cases, total) = self.listed(request, &query).await?;
        let cases = self.with_refunds(cases).await?;
        Page::numbered(cases, &query, at, total).only(self.source())
    }

    /// One page of one window. The platform gets whole days, so that windows overlap there; each case is
    /// taken from the window of its time only.
    async fn windowed(
        &self,
        query: &Query,
        at: Option<&Cursor>,
        longest: SignedDuration,
    ) -> Result<Page> {
        let window = Windowed::at(at, api::range(query), longest, self.http.now())?;
        let at = window.numbered(query, CAPABILITIES.page_size)?;
        let query = api::within(query, &window);
        let (mut cases, total) = self.listed(self.list(&query, at), &query).await?;
        let next = at.next(cases.len(), total);
        let in_time = query.clone().with_any_status();
        cases.retain(|case| case.as_ref().map_or(true, |case| in_time.keeps(case)));
        let next = window.next_numbered(next.as_ref());
        let cases = self.with_refunds(cases).await?;
        Ok(Page::new(cases, &query, next, None))
    }

    fn list(&self, query: &Query, at: Numbered) -> Request {
        let now = self.http.now();
        if self.listing.sales_state {
            api::after_sale_list_by_state(query, at, now)
        } else {
            api::after_sale_list(query, at, now)
        }
    }

    /// The cases on a page, and how many there are on all pages.
    async fn listed(
        &self,
        request: Request,
        query: &Query,
    ) -> Result<(Vec<Result<AfterSale>>, Option<u64>)> {
        let with_raw = query.wants_raw();
        let read = move |reply: &Reply| {
            let mut wire: wire::AfterSaleList<'_> = reply.decode()?;
            if wire.data.is_something_else() {
                return Err(reply.unreadable("data is no object"));
            }
            if let Some(page) = wire.data.get_mut() {
                page.list.keep_raw(with_raw);
            }
            if wire.data.get().is_some_and(|page| page.list.is_missing()) {
                return Err(reply.unreadable("data.list is missing"));
            }
            let cases = normalize::after_sale_list(&wire, reply.source());
            let total = wire.data.get().and_then(|page| page.row_count.hint());
            Ok((cases, total))
        };
        self.http.read(request, read).await
    }

    /// The cases with what their orders say of their refunds, where that is wanted. An order that cannot
    /// be read costs its case, and whatever keeps all orders from being read costs the page.
    async fn with_refunds(&self, cases: Vec<Result<AfterSale>>) -> Result<Vec<Result<AfterSale>>> {
        if !self.listing.order_detail {
            return Ok(cases);
        }
        let cases = cases.into_iter().map(async |case| match case {
            Ok(case) => match self.with_refund(case).await {
                Err(error) if !is_about_one_order(&error) => Err(error),
                case => Ok(case),
            },
            unreadable => Ok(unreadable),
        });
        stream::iter(cases)
            .buffered(ORDERS_AT_ONCE)
            .try_collect()
            .await
    }

    async fn with_refund(&self, case: AfterSale) -> Result<AfterSale> {
        let order = case.order.id.as_deref();
        let Some(order) = order.filter(|_| normalize::has_refunds(&case)) else {
            return Ok(case);
        };
        let reply = self.http.call(api::order_detail(order)?).await?;
        let wire: wire::OrderDetail<'_> = reply.decode()?;
        normalize::with_refunds(case, &wire).map_err(|error| error.with_source(self.source()))
    }
}

/// Whether the next order may fare better.
fn is_about_one_order(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotFound | ErrorKind::Rejected | ErrorKind::Decode
    )
}

#[async_trait]
impl AfterSales for Client {
    fn source(&self) -> &Source {
        self.http.source()
    }

    fn capabilities(&self) -> Capabilities {
        let paging = match self.listing.window {
            Some(_) => Paging::Cursor,
            None => CAPABILITIES.paging,
        };
        Capabilities {
            paging,
            ..CAPABILITIES
        }
    }

    async fn page(&self, query: &Query, at: Option<&Cursor>) -> Result<Page> {
        CAPABILITIES.admit_query(self.source(), query)?;
        match self.listing.window {
            Some(longest) => self.windowed(query, at, longest).await,
            None => {
                let at = Numbered::at(at, query, CAPABILITIES.page_size)?;
                let (cases, total) = self.listed(self.list(query, at), query).await?;
                let cases = self.with_refunds(cases).await?;
                Ok(Page::numbered(cases, query, at, total))
            }
        }
    }

    async fn find(&self, lookup: &Lookup) -> Result<Vec<AfterSale>> {
        CAPABILITIES.admit_lookup(self.source(), lookup)?;
        match lookup {
            Lookup::AfterSale(id) => self.find_by_id(id).await,
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

    use core_model::{AfterSalesExt, Status};
    use transport::testing::{Script, answer};
    use transport::{Exchange, Limiter, Options, Outgoing};

    use super::*;
    use crate::ConfigBuilder;

    fn client(script: &Arc<Script>, settings: fn(ConfigBuilder) -> ConfigBuilder) -> Client {
        let options = Options::default()
            .with_limiter(Limiter::unlimited())
            .with_exchange(Arc::clone(script) as Arc<dyn Exchange>);
        let config = Config::builder().access_token("t").options(options);
        Client::new("courses", settings(config).build().unwrap()).unwrap()
    }

    fn body(request: &Outgoing) -> serde_json::Value {
        serde_json::from_slice(request.body()).unwrap()
    }

    /// A case of each state that is asked for, each of an order of its own, whose payment failed.
    fn platform(states: &'static [u8], order: &'static str) -> Arc<Script> {
        Script::new(move |request| {
            let path = request.uri().path();
            if path.ends_with("/xe.ecommerce.order.detail/1.0.0") {
                let id = body(request)["order_id"]
                    .as_str()
                    .unwrap()
                    .replace('o', "A");
                return Ok(answer(200, order.replace("ID", &id)));
            }
            let rows: Vec<_> = states
                .iter()
                .map(|n| format!(r#"{{"aftersale_id":"A{n}","order_id":"o{n}","state":{n}}}"#))
                .collect();
            let data = match path.ends_with("/xe.ecommerce.after_sale.detail/1.0.0") {
                true => rows.concat(),
                false => format!(r#"{{"list":[{}],"row_count":9}}"#, rows.join(",")),
            };
            Ok(answer(200, format!(r#"{{"code":0,"data":{data}}}"#)))
        })
    }

    const FAILED: &str = r#"{"code":0,"data":{"internal_extra_info":{"refund_info":{"refund_records":[
        {"after_sale_id":"ID","refund_state":3}]}}}}"#;

    #[tokio::test]
    async fn an_empty_answer_is_an_empty_page_and_something_else_is_not() {
        for (data, is_page) in [
            ("[]", true),
            ("null", true),
            (r#"{"list":[],"row_count":0}"#, true),
            (r#""no permission""#, false),
            ("17", false),
            (r#"[{"aftersale_id":"A1"}]"#, false),
            (r#"{"row_count":9}"#, false),
        ] {
            let script = Script::always(200, format!(r#"{{"code":0,"data":{data}}}"#));
            let page = client(&script, |config| config)
                .page(&Query::new(), None)
                .await;
            assert_eq!(page.is_ok(), is_page, "{data}");
        }
    }

    #[tokio::test]
    async fn orders_are_asked_when_that_is_wanted_and_their_case_has_got_so_far() {
        let asked = |script: &Arc<Script>| {
            let requests = script.requests();
            let bodies = requests.iter().map(body);
            let mut orders: Vec<_> = bodies
                .filter_map(|body| body["order_id"].as_str().map(str::to_owned))
                .collect();
            orders.sort();
            orders
        };
        let states = &[2, 11, 12, 13, 4];
        let script = platform(states, FAILED);
        let plain = client(&script, |config| config);
        assert_eq!(
            plain.page(&Query::new(), None).await.unwrap().records.len(),
            5
        );
        assert_eq!(asked(&script), [""; 0]);

        let wanted = client(&script, ConfigBuilder::with_order_detail);
        let page = wanted.page(&Query::new(), None).await.unwrap();
        let cases: Vec<_> = page.records.into_iter().map(Result::unwrap).collect();
        let cases: Vec<_> = cases.iter().map(|case| (&*case.id, case.status)).collect();
        assert_eq!(
            cases,
            [
                ("A2", Status::Requested),
                ("A11", Status::RefundFailed),
                ("A12", Status::RefundFailed),
                ("A13", Status::Completed),
                ("A4", Status::Rejected),
            ]
        );
        assert_eq!(asked(&script), ["o11", "o12", "o13"]);

        // The status counts as it is then.
        let failed = Query::new().with_status(Status::RefundFailed);
        assert_eq!(wanted.page(&failed, None).await.unwrap().records.len(), 2);
        let script = platform(&[11], FAILED);
        let wanted = client(&script, ConfigBuilder::with_order_detail);
        let found = wanted.find(&Lookup::after_sale("A11")).await.unwrap();
        assert_eq!(found[0].status, Status::RefundFailed);
    }

    #[tokio::test]
    async fn an_order_costs_its_case_and_an_outage_the_page() {
        for (order, kind, is_of_the_page) in [
            (
                r#"{"code":1,"msg":"no such order"}"#,
                ErrorKind::Rejected,
                false,
            ),
            (r#"{"code":0,"data":"#, ErrorKind::Decode, false),
            (
                r#"{"code":2017,"msg":"no"}"#,
                ErrorKind::PermissionDenied,
                true,
            ),
            (
                r#"{"code":2008,"msg":"no"}"#,
                ErrorKind::Unauthenticated,
                true,
            ),
        ] {
            let script = platform(&[2, 11], order);
            let client = client(&script, ConfigBuilder::with_order_detail);
            let page = client.page(&Query::new(), None).await;
            let error = if is_of_the_page {
                page.unwrap_err()
            } else {
                let mut records = page.unwrap().records;
                assert_eq!(records.len(), 2, "{order}");
                let error = records.pop().unwrap().unwrap_err();
                assert!(records.pop().unwrap().is_ok());
                error
            };
            assert_eq!(error.kind(), kind, "{order}");
            assert_eq!(error.operation(), Some("order.detail"));
        }
    }

    /// A case at noon of each day; the platform has whole days, both ends included, so that neighbouring
    /// windows show the same page.
    #[tokio::test]
    async fn windows_list_every_case_once() {
        for filed in [10..21, 13..14, 16..18, 10..10] {
            let all: Vec<_> = filed.map(|day| format!("2023-01-{day}")).collect();
            let script = Script::new({
                let all = all.clone();
                move |request| Ok(answer(200, listing(&all, &body(request))))
            });
            let client = client(&script, |config| config.window_days(4));
            let noon = |day: &str| format!("{day}T12:00:00+08:00").parse().unwrap();
            let query = Query::new()
                .with_created_since(noon("2023-01-10"))
                .with_created_until(noon("2023-01-20"))
                .with_page_size(2);
            let cases: Vec<_> = client.records(query).try_collect().await.unwrap();
            let ids: Vec<_> = cases.into_iter().map(|case| case.id).collect();
            let until = all.iter().position(|day| day == "2023-01-20");
            assert_eq!(ids, all[..until.unwrap_or(all.len())]);
        }
    }

    fn listing(all: &[String], asked: &serde_json::Value) -> String {
        let number = |name: &str| usize::try_from(asked[name].as_u64().unwrap()).unwrap();
        let (start, end) = asked["created_at"]
            .as_str()
            .unwrap()
            .split_once("||")
            .unwrap();
        let days = all
            .iter()
            .filter(|day| (start..=end).contains(&day.as_str()));
        let count = days.clone().count();
        let before = (number("page_index") - 1) * number("page_size");
        let rows: Vec<_> = days
            .skip(before)
            .take(number("page_size"))
            .map(|day| {
                format!(r#"{{"aftersale_id":"{day}","state":2,"created_at":"{day} 12:00:00"}}"#)
            })
            .collect();
        let list = rows.join(",");
        format!(r#"{{"code":0,"data":{{"list":[{list}],"row_count":{count}}}}}"#)
    }
}
