//! The client.

use async_trait::async_trait;
use core_model::lenient::Literal;
use core_model::{
    Abilities, Account, AfterSale, AfterSales, AfterSalesExt, Capabilities, Cursor, Error, Filters,
    Generation, Lookup, Operations, OrderKey, Page, PageSize, Paging, Platform, Proof, Query,
    Reason, Result, Side, Source, Support,
};
use transport::{Http, Reply, Request};

use crate::config::Api;
use crate::{Config, api, errors, normalize, wire};

/// This platform's name.
pub const PLATFORM: Platform = Platform::new("wechat-shop");

/// The account sells.
pub const SIDE: Side = Side::Seller;

/// What the trade component can do, which is the default: look the after-sales of an order up, given
/// its buyer. Its calls that write only repeat what the merchant has done elsewhere.
pub const CAPABILITIES: Capabilities = Capabilities {
    operations: Operations {
        list: false,
        find_by_id: false,
        find_by_order: true,
        find_by_merchant_order: true,
        needs_buyer: true,
        needs_start: false,
        lists_ids_only: false,
    },
    filters: Filters::NONE,
    paging: Paging::None,
    page_size: PageSize::NONE,
    window: None,
    quota: None,
    abilities: Abilities::NONE,
    pushes: Some(Proof::Body),
};

/// What a merchant can do about a case that WeChat keeps.
const ABILITIES: Abilities = Abilities {
    approve: true,
    reject: true,
    accept_return: true,
    confirm_receipt: true,
    submit_evidence: true,
    ..Abilities::NONE
};

/// The upgraded component lists ids by status and time of creation.
const EC_CAPABILITIES: Capabilities = Capabilities {
    operations: Operations {
        list: true,
        find_by_id: true,
        find_by_order: true,
        find_by_merchant_order: true,
        needs_buyer: false,
        needs_start: false,
        lists_ids_only: true,
    },
    filters: Filters {
        status: Support::Emulated,
        created: Support::Native,
        updated: Support::No,
    },
    paging: Paging::Cursor,
    page_size: api::EC_PAGE_SIZE,
    window: None,
    quota: None,
    abilities: ABILITIES,
    pushes: Some(Proof::Body),
};

/// WeChat Store lists ids by time only, and decides how many it gives at once.
const STORE_CAPABILITIES: Capabilities = Capabilities {
    operations: Operations {
        list: true,
        find_by_id: true,
        find_by_order: false,
        find_by_merchant_order: false,
        needs_buyer: false,
        needs_start: true,
        lists_ids_only: true,
    },
    filters: Filters {
        status: Support::Emulated,
        created: Support::Native,
        updated: Support::Native,
    },
    paging: Paging::Cursor,
    page_size: PageSize::NONE,
    window: None,
    quota: None,
    abilities: ABILITIES,
    pushes: Some(Proof::Body),
};

/// The generations of the platform's interface, by the value of [`Api`].
pub const GENERATIONS: &[Generation] = &[
    Generation {
        name: Some("component"),
        capabilities: CAPABILITIES,
    },
    Generation {
        name: Some("ec"),
        capabilities: EC_CAPABILITIES,
    },
    Generation {
        name: Some("store"),
        capabilities: STORE_CAPABILITIES,
    },
];

/// The after-sales of one app's shop. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    http: Http,
    pub(crate) api: Api,
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
        let api = config.api;
        Ok(Self { http, api })
    }

    /// The way to the platform, for requests of [`api`](crate::api) and answers of
    /// [`wire`](crate::wire).
    pub fn http(&self) -> &Http {
        &self.http
    }

    /// Why a buyer may open a case at a WeChat Store: what the codes in
    /// [`AfterSale::reason`] mean.
    ///
    /// # Errors
    /// As for every call.
    pub async fn reasons(&self) -> Result<Vec<Reason>> {
        let reply = self.http.call(api::reason_get()).await?;
        let wire: wire::ReasonGet<'_> = reply.decode()?;
        stated(&reply, &wire.errcode)?;
        Ok(normalize::reason_get(&wire))
    }

    /// Why a WeChat Store may refuse a case.
    ///
    /// # Errors
    /// As for every call.
    pub async fn reject_reasons(&self) -> Result<Vec<Reason>> {
        let reply = self.http.call(api::rejectreason_get()).await?;
        let wire: wire::RejectreasonGet<'_> = reply.decode()?;
        stated(&reply, &wire.errcode)?;
        Ok(normalize::rejectreason_get(&wire))
    }

    async fn component_order(
        &self,
        order: &OrderKey,
        buyer: Option<&str>,
    ) -> Result<Vec<AfterSale>> {
        let reply = self.call(api::aftersale_get(order, buyer)).await?;
        let wire: wire::AftersaleGet<'_> = reply.decode()?;
        if wire.aftersale_infos.as_slice().is_empty() {
            stated(&reply, &wire.errcode)?;
        }
        normalize::aftersale_get(&wire, self.source())
            .into_iter()
            .collect()
    }

    async fn ec_page(&self, query: &Query, at: Option<&Cursor>) -> Result<Page> {
        let slice = self.stamped(api::Slice::at(at, query))?;
        let request = api::ecaftersale_get_list(query, slice);
        self.ec_listed(request, query, slice).await
    }

    /// The listing, narrowed to one order; no order has more cases than fit on one page.
    async fn ec_order(&self, order: &OrderKey) -> Result<Vec<AfterSale>> {
        let query = Query::new();
        let slice = self.stamped(api::Slice::at(None, &query))?;
        let request = self.stamped(api::ecaftersale_get_list_of_order(order, slice))?;
        self.ec_listed(request, &query, slice)
            .await?
            .only(self.source())
    }

    async fn ec_listed(&self, request: Request, query: &Query, slice: api::Slice) -> Result<Page> {
        let reply = self.http.call(request).await?;
        let wire: wire::EcaftersaleGetList<'_> = reply.decode()?;
        let ids = wire.after_sales_orders.as_slice();
        if ids.is_empty() {
            stated(&reply, &wire.errcode)?;
        }
        let next = slice.next(ids.len(), wire.has_more.get());
        let listed = Listed::new(&reply, ids.iter().map(|id| id.get()));
        if query.wants_only_ids() {
            return Ok(Page::of_ids(listed.ids, listed.nameless, next));
        }
        let records = self.each(&reply, listed).await?;
        Ok(Page::new(records, query, next, None))
    }

    async fn ec_case(&self, id: &str) -> Result<Vec<AfterSale>> {
        let reply = self.call(api::ecaftersale_get(id)).await?;
        let wire: wire::EcaftersaleGet<'_> = reply.decode()?;
        if wire.after_sales_order.as_slice().is_empty() {
            stated(&reply, &wire.errcode)?;
        }
        normalize::ecaftersale_get(&wire, self.source())
            .into_iter()
            .collect()
    }

    async fn store_page(&self, query: &Query, at: Option<&Cursor>) -> Result<Page> {
        let page = self.stamped(api::StorePage::at(at, query, self.http.now()))?;
        let reply = self.http.call(api::getaftersalelist(&page)).await?;
        let wire: wire::Getaftersalelist<'_> = reply.decode()?;
        let ids = wire.after_sale_order_id_list.as_slice();
        if ids.is_empty() {
            stated(&reply, &wire.errcode)?;
        }
        let next_key = match (wire.has_more.get(), wire.next_key.owned()) {
            (Some(true), None) => return Err(reply.unreadable("has_more without next_key")),
            (Some(false), _) => None,
            (_, next_key) => next_key,
        };
        let next = page.next(next_key);
        let listed = Listed::new(&reply, ids.iter().map(Literal::get));
        if query.wants_only_ids() {
            return Ok(Page::of_ids(listed.ids, listed.nameless, next));
        }
        let mut records = self.each(&reply, listed).await?;
        records.retain(|record| {
            let held = |case: &AfterSale| page.holds(case.created_at, case.updated_at);
            record.as_ref().map_or(true, held)
        });
        Ok(Page::new(records, query, next, None))
    }

    async fn store_case(&self, id: &str) -> Result<Vec<AfterSale>> {
        let reply = self.call(api::getaftersaleorder(id)).await?;
        let wire: wire::Getaftersaleorder<'_> = reply.decode()?;
        if wire.after_sale_order.as_slice().is_empty() {
            stated(&reply, &wire.errcode)?;
        }
        normalize::getaftersaleorder_at(&wire, self.source(), self.http.now())
            .into_iter()
            .collect()
    }

    /// The cases behind the ids of a list. One that cannot be read, or is not there, is an error among
    /// the others.
    async fn each(&self, list: &Reply, listed: Listed) -> Result<Vec<Result<AfterSale>>> {
        let Listed { ids, nameless } = listed;
        let lookups = ids.iter().map(Lookup::after_sale).collect();
        let mut records = Vec::with_capacity(ids.len() + nameless.len());
        for (id, answer) in ids.iter().zip(self.find_each(lookups).await?) {
            match answer {
                Ok(cases) if cases.is_empty() => {
                    let problem = format!("the case {id} is listed, but not there");
                    records.push(Err(list.unreadable(&problem)));
                }
                Ok(cases) => records.extend(cases.into_iter().map(Ok)),
                Err(error) => records.push(Err(error)),
            }
        }
        records.extend(nameless.into_iter().map(Err));
        Ok(records)
    }

    async fn call(&self, request: Result<Request>) -> Result<Reply> {
        self.http.call(self.stamped(request)?).await
    }

    /// What is refused before anything is sent does not know yet whose question it is.
    pub(crate) fn stamped<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|error| error.with_source(self.source()))
    }
}

/// What a list of ids holds.
struct Listed {
    ids: Vec<String>,
    /// One for each case that is listed without an id.
    nameless: Vec<Error>,
}

impl Listed {
    fn new<'a>(list: &Reply, ids: impl ExactSizeIterator<Item = Option<&'a str>>) -> Self {
        let count = ids.len();
        let ids: Vec<String> = ids.flatten().map(str::to_owned).collect();
        let nameless =
            (ids.len()..count).map(|_| list.unreadable("a case is listed without an id"));
        Self {
            nameless: nameless.collect(),
            ids,
        }
    }
}

/// An answer without data has to say that it is a success: published examples leave one of the two
/// out.
pub(crate) fn stated(reply: &Reply, errcode: &impl Literal) -> Result<()> {
    match errcode.get() {
        Some(_) => Ok(()),
        None => Err(reply.unreadable("errcode is missing")),
    }
}

#[async_trait]
impl AfterSales for Client {
    fn source(&self) -> &Source {
        self.http.source()
    }

    fn capabilities(&self) -> Capabilities {
        match self.api {
            Api::Component => CAPABILITIES,
            Api::Ec => EC_CAPABILITIES,
            Api::Store => STORE_CAPABILITIES,
        }
    }

    async fn page(&self, query: &Query, at: Option<&Cursor>) -> Result<Page> {
        self.capabilities().admit_query(self.source(), query)?;
        match self.api {
            Api::Component => Err(CAPABILITIES.no_listing(self.source())),
            Api::Ec => self.ec_page(query, at).await,
            Api::Store => self.store_page(query, at).await,
        }
    }

    async fn find(&self, lookup: &Lookup) -> Result<Vec<AfterSale>> {
        self.capabilities().admit_lookup(self.source(), lookup)?;
        match (self.api, lookup) {
            (Api::Component, Lookup::Order { order, buyer }) => {
                self.component_order(order, buyer.as_deref()).await
            }
            (Api::Ec, Lookup::AfterSale(id)) => self.ec_case(id).await,
            (Api::Ec, Lookup::Order { order, .. }) => self.ec_order(order).await,
            (Api::Store, Lookup::AfterSale(id)) => self.store_case(id).await,
            _ => Err(self.capabilities().no_lookup(self.source(), lookup)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use core_model::ErrorKind;
    use transport::testing::{Script, answer};
    use transport::{Exchange, Options, Outgoing};

    use super::*;

    /// A client whose platform answers like this.
    fn client(api: Api, answers: impl Fn(&str, &str) -> (u16, String) + Send + 'static) -> Client {
        let script = Script::new(move |request: &Outgoing| {
            let body = String::from_utf8_lossy(request.body()).into_owned();
            let (status, body) = answers(request.uri().path(), &body);
            Ok(answer(status, body))
        });
        let config = Config::builder()
            .api(api)
            .access_token("t")
            .options(Options::default().with_exchange(script as Arc<dyn Exchange>))
            .build()
            .unwrap();
        Client::new("wx", config).unwrap()
    }

    fn yesterday() -> Query {
        let at = |text: &str| text.parse().unwrap();
        Query::new()
            .with_created_since(at("2023-11-14T00:00:00Z"))
            .with_created_until(at("2023-11-15T00:00:00Z"))
    }

    const EC_LIST: &str = r#"{"errcode":0,"after_sales_orders":["1","2","3"],"has_more":false}"#;
    const STORE_LIST: &str =
        r#"{"errcode":0,"after_sale_order_id_list":["1","2","3"],"has_more":false}"#;

    #[tokio::test(start_paused = true)]
    async fn what_is_wrong_with_one_case_is_an_error_of_it_and_anything_else_fails_the_page() {
        use ErrorKind as K;
        let errcode = |code: &str| (200, format!(r#"{{"errcode":{code},"errmsg":"no"}}"#));
        for (second, kind, page_fails) in [
            (errcode("40001"), K::Unauthenticated, true),
            (errcode("48001"), K::PermissionDenied, true),
            (errcode("45009"), K::RateLimited, true),
            (errcode("45011"), K::RateLimited, true),
            (errcode("-1"), K::Unavailable, true),
            (errcode("40066"), K::Unavailable, true),
            ((503, String::new()), K::Unavailable, true),
            ((404, String::new()), K::NotFound, true),
            (errcode("2747007"), K::NotFound, false),
            (errcode("10021050"), K::NotFound, false),
            (errcode("987654"), K::Rejected, false),
            (errcode("0"), K::Decode, false),
            ((200, "{}".to_owned()), K::Decode, false),
        ] {
            for (api, list) in [(Api::Ec, EC_LIST), (Api::Store, STORE_LIST)] {
                let of_second = second.clone();
                let client = client(api, move |path, body| {
                    let is_list = path.ends_with("list");
                    let id = body.chars().find(char::is_ascii_digit);
                    match (is_list, id) {
                        (true, _) => (200, list.to_owned()),
                        (false, Some('2')) => of_second.clone(),
                        (false, id) => {
                            let id = id.unwrap();
                            let ec = format!(r#""after_sales_order":{{"aftersale_id":{id}}}"#);
                            let store =
                                format!(r#""after_sale_order":{{"after_sale_order_id":{id}}}"#);
                            (200, format!(r#"{{"errcode":0,{ec},{store}}}"#))
                        }
                    }
                });
                let page = client.page(&yesterday(), None).await;
                let error = match (page, page_fails) {
                    (Err(error), true) => error,
                    (Ok(mut page), false) => {
                        let ids = page.records.iter().map(|record| record.as_ref().ok());
                        let ids: Vec<_> = ids.map(|case| case.map(|it| it.id.as_str())).collect();
                        assert_eq!(ids, [Some("1"), None, Some("3")], "{api:?}");
                        page.records.remove(1).unwrap_err()
                    }
                    (page, _) => panic!("{api:?} {second:?}: {page:?}"),
                };
                assert_eq!(error.kind(), kind, "{api:?}: {error}");
                assert!(error.account().is_some(), "{error}");
            }
        }
    }

    #[tokio::test]
    async fn ids_alone_cost_no_look_up() {
        for (api, list) in [
            (
                Api::Ec,
                r#"{"errcode":0,"after_sales_orders":["1",null,"3"],"has_more":true}"#,
            ),
            (
                Api::Store,
                r#"{"errcode":0,"after_sale_order_id_list":["1",null,"3"],"has_more":true,"next_key":"k"}"#,
            ),
        ] {
            let client = client(api, move |path, _| {
                assert!(path.ends_with("list"), "{path}");
                (200, list.to_owned())
            });
            let page = client.page(&yesterday().only_ids(), None).await.unwrap();
            assert_eq!(page.unread, ["1", "3"], "{api:?}");
            let kinds = page
                .records
                .into_iter()
                .map(|record| record.unwrap_err().kind());
            assert!(kinds.eq([ErrorKind::Decode]), "{api:?}");
            assert!(page.next.is_some(), "{api:?}");
        }
    }

    #[tokio::test]
    async fn a_list_that_cannot_be_followed_is_an_error() {
        for (api, list) in [
            (
                Api::Store,
                r#"{"errcode":0,"after_sale_order_id_list":[],"has_more":true,"next_key":""}"#,
            ),
            (Api::Store, r#"{"has_more":false}"#),
            (Api::Ec, r#"{"has_more":false}"#),
        ] {
            let client = client(api, move |_, _| (200, list.to_owned()));
            let error = client.page(&yesterday(), None).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode, "{list}: {error}");
        }
    }

    #[tokio::test]
    async fn a_cursor_of_another_listing_is_refused_with_the_account() {
        for (api, foreign) in [
            (Api::Ec, Cursor::token("key")),
            (Api::Store, Cursor::token("50")),
        ] {
            let client = client(api, |_, _| (500, "nothing may be asked".to_owned()));
            let error = client.page(&yesterday(), Some(&foreign)).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{api:?}: {error}");
            assert!(error.account().is_some(), "{api:?}: {error}");
        }
    }

    #[tokio::test]
    async fn a_listing_of_a_store_needs_a_start() {
        let client = client(Api::Store, |_, _| (500, "nothing may be asked".to_owned()));
        let error = client.page(&Query::new(), None).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.account().is_some(), "{error}");
        assert!(error.message().contains("time from which"), "{error}");
    }

    #[tokio::test]
    async fn the_reasons_of_a_store_are_codes_with_words() {
        let client = client(Api::Store, |path, _| {
            let name = path
                .contains("rejectreason")
                .then_some("reject_reason_type");
            let name = name.unwrap_or("reason");
            let entry = format!(r#"{{"{name}":7,"{name}_text":"quality"}}"#);
            (200, format!(r#"{{"errcode":0,"reason_list":[{entry}]}}"#))
        });
        let expected = [Reason {
            code: Some("7".to_owned()),
            text: Some("quality".to_owned()),
        }];
        assert_eq!(client.reasons().await.unwrap(), expected);
        assert_eq!(client.reject_reasons().await.unwrap(), expected);
    }
}
