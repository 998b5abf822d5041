//! The client.

use async_trait::async_trait;
use core_model::lenient::Literal;
use core_model::{
    Abilities, Account, AfterSale, AfterSales, Capabilities, Cursor, Error, ErrorKind, Filters,
    Generation, Lookup, Numbered, Operations, Page, Paging, Platform, Proof, Query, Result, Side,
    Source, Support,
};
use secrecy::SecretString;
use transport::{Dialect, Http, Reply, Request};

use crate::auth::{AccessToken, App, Callback, Tokens};
use crate::refund::{Refund, RefundPage, RefundQuery};
use crate::{ApiVersion, Config, ShopDomain, api, errors, normalize, wire};

/// This platform's name.
pub const PLATFORM: Platform = Platform::new("shoplazza");

/// The shop sells.
pub const SIDE: Side = Side::Seller;

/// What the platform can do: list after-sales, delete one, and pay an amount back on its order. How large a page may be is
/// not documented. This is version 2022-01; the later ones differ in how they page.
pub const CAPABILITIES: Capabilities = Capabilities {
    operations: Operations {
        list: true,
        find_by_id: false,
        find_by_order: false,
        find_by_merchant_order: false,
        needs_buyer: false,
        needs_start: false,
        lists_ids_only: false,
    },
    filters: Filters {
        status: Support::Native,
        created: Support::Native,
        updated: Support::No,
    },
    paging: Paging::Numbered,
    page_size: api::PAGE_SIZE,
    window: None,
    quota: Some(api::QUOTA),
    abilities: Abilities {
        refund: true,
        cancel: true,
        ..Abilities::NONE
    },
    pushes: Some(Proof::Body),
};

/// The versions of the platform's interface.
pub const GENERATIONS: &[Generation] = &[
    generation(ApiVersion::V2022_01),
    generation(ApiVersion::V2025_06),
    generation(ApiVersion::V2026_01),
    generation(ApiVersion::V2026_07),
];

const fn generation(version: ApiVersion) -> Generation {
    Generation {
        name: Some(version.as_str()),
        capabilities: capabilities(version),
    }
}

const fn capabilities(version: ApiVersion) -> Capabilities {
    let paging = if version.has_envelope() {
        Paging::Cursor
    } else {
        Paging::Numbered
    };
    Capabilities {
        paging,
        ..CAPABILITIES
    }
}

/// The after-sales of one shop. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    http: Http,
    pub(crate) version: ApiVersion,
}

impl Client {
    /// A client for the shop that `account` is to name in records and errors.
    ///
    /// # Errors
    /// [`Config`](core_model::ErrorKind::Config) when TLS cannot be set up on this machine.
    pub fn new(account: impl Into<Account>, config: Config) -> Result<Self> {
        let source = Source::new(PLATFORM, account, SIDE);
        let auth = AccessToken(config.access_token);
        let (base_url, options) = (config.base_url, config.options);
        let dialect: &'static dyn Dialect = if config.api_version.has_envelope() {
            &errors::EnvelopeDialect
        } else {
            &errors::Dialect
        };
        let http = Http::new(source, base_url, auth, dialect, api::QUOTAS, options)?;
        Ok(Self {
            http,
            version: config.api_version,
        })
    }

    /// The way to the platform, for requests of [`api`](crate::api) and answers of
    /// [`wire`](crate::wire).
    pub fn http(&self) -> &Http {
        &self.http
    }

    /// One page of the shop's refunds: the first, or the one that a cursor of an earlier page points to.
    ///
    /// Refunds are beside the cases, not among them. This is the one listing that can be filtered by
    /// the time of the last change.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) before anything is sent when the query has too many ids or
    /// one that is none; otherwise whatever kept the page from being fetched. A refund that could not
    /// be read is an error inside the page.
    pub async fn refunds(&self, query: &RefundQuery, at: Option<&Cursor>) -> Result<RefundPage> {
        let page = if self.version.has_envelope() {
            self.refund_records(query, at).await
        } else {
            self.refund_record_list(query, at).await
        };
        page.map_err(|error| error.with_source(self.source()))
    }

    /// How many refunds there are, since version 2025-06. The ends of a time range count as a part of it,
    /// to the second.
    ///
    /// # Errors
    /// As for [`refunds`](Self::refunds), and [`Unsupported`](ErrorKind::Unsupported) before anything
    /// is sent in version 2022-01.
    pub async fn count_refunds(&self, query: &RefundQuery) -> Result<u64> {
        if !self.version.has_envelope() {
            let message = "version 2022-01 does not count refunds: set api_version to a later one";
            let error = Error::new(ErrorKind::Unsupported, message);
            return Err(error.with_source(self.source()));
        }
        let request = api::refund_records_count(self.version, query);
        let reply = self.send(request).await?;
        let wire: wire::RefundRecordsCount<'_> = reply.decode()?;
        let count = wire.data.get().and_then(|data| data.count.hint());
        count.ok_or_else(|| reply.unreadable("data.count is missing"))
    }

    /// All refunds of an order, by the platform's order id.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) before anything is sent when this is no id; otherwise
    /// whatever kept the refunds from being fetched or read.
    pub async fn refunds_of_order(&self, order_id: &str) -> Result<Vec<Refund>> {
        let request = api::order_refunds(self.version, order_id);
        let reply = self.send(request).await?;
        let (bare, enveloped): (wire::OrderRefundList<'_>, wire::OrderRefunds<'_>);
        let records = if self.version.has_envelope() {
            enveloped = reply.decode()?;
            enveloped.data.get().map(|order| &order.records)
        } else {
            bare = reply.decode()?;
            Some(&bare.refunds)
        };
        let records = records.filter(|records| !records.is_missing());
        let records = records.ok_or_else(|| reply.unreadable("the refunds are missing"))?;
        normalize::refunds(records, self.source())
            .into_iter()
            .collect()
    }

    async fn refund_record_list(
        &self,
        query: &RefundQuery,
        at: Option<&Cursor>,
    ) -> Result<RefundPage> {
        let at = Numbered::at(at, &query.scope, api::REFUND_PAGE_SIZE)?;
        let reply = self.send(api::refund_record_list(query, at)).await?;
        let wire: wire::RefundRecordList<'_> = reply.decode()?;
        if wire.records.is_missing() {
            return Err(reply.unreadable("records is missing"));
        }
        let refunds = normalize::refunds(&wire.records, self.source());
        let next = at.next(refunds.len(), None);
        Ok(RefundPage::new(refunds, query, next))
    }

    async fn refund_records(&self, query: &RefundQuery, at: Option<&Cursor>) -> Result<RefundPage> {
        let request = api::refund_records(self.version, query, Cursor::named(at)?);
        let reply = self.send(request).await?;
        let wire: wire::RefundRecords<'_> = reply.decode()?;
        let page = wire.data.get().filter(|page| !page.records.is_missing());
        let page = page.ok_or_else(|| reply.unreadable("data.records is missing"))?;
        let refunds = normalize::refunds(&page.records, self.source());
        let next = Cursor::following(page.has_more.get(), page.cursor.get())?;
        Ok(RefundPage::new(refunds, query, next))
    }

    async fn send(&self, request: Result<Request>) -> Result<Reply> {
        let request = request.map_err(|error| error.with_source(self.source()))?;
        self.http.call(request).await
    }

    async fn after_sales_list(&self, query: &Query, at: Option<&Cursor>) -> Result<Page> {
        let at = Numbered::at(at, query, api::PAGE_SIZE)?;
        let request = api::after_sales_list(query, at);
        let with_raw = query.wants_raw();
        let read = move |reply: &Reply| {
            let mut wire: wire::AfterSalesList<'_> = reply.decode()?;
            wire.post_sales.keep_raw(with_raw);
            if wire.post_sales.is_missing() {
                return Err(reply.unreadable("post_sales is missing"));
            }
            let records = normalize::after_sales_list(&wire, reply.source());
            Ok((records, wire.count.hint()))
        };
        let (records, total) = self.http.read(request, read).await?;
        Ok(Page::numbered(records, query, at, total))
    }

    async fn post_sales(&self, query: &Query, at: Option<&Cursor>) -> Result<Page> {
        let request = api::post_sales(self.version, query, Cursor::named(at)?);
        let reply = self.http.call(request).await?;
        let mut wire: wire::PostSales<'_> = reply.decode()?;
        if let Some(page) = wire.data.get_mut() {
            page.orders.keep_raw(query.wants_raw());
        }
        let page = wire.data.get().filter(|page| !page.orders.is_missing());
        let page = page.ok_or_else(|| reply.unreadable("data.orders is missing"))?;
        let next = Cursor::following(page.has_more.get(), page.cursor.get())?;
        let records = normalize::post_sales(&wire, self.source());
        Ok(Page::new(records, query, next, None))
    }
}

#[async_trait]
impl AfterSales for Client {
    fn source(&self) -> &Source {
        self.http.source()
    }

    fn capabilities(&self) -> Capabilities {
        capabilities(self.version)
    }

    async fn page(&self, query: &Query, at: Option<&Cursor>) -> Result<Page> {
        CAPABILITIES.admit_query(self.source(), query)?;
        if self.version.has_envelope() {
            self.post_sales(query, at).await
        } else {
            self.after_sales_list(query, at).await
        }
    }

    async fn find(&self, lookup: &Lookup) -> Result<Vec<AfterSale>> {
        Err(CAPABILITIES.no_lookup(self.source(), lookup))
    }
}

impl App {
    /// The tokens for a merchant's consent. They are nowhere else: keep them.
    ///
    /// # Errors
    /// [`Unauthenticated`](ErrorKind::Unauthenticated) when the platform refuses the app or the code,
    /// which is good for one exchange; otherwise whatever kept the tokens from being fetched.
    pub async fn exchange_code(&self, callback: &Callback) -> Result<Tokens> {
        let request = self.code_request(&callback.code);
        self.tokens(&callback.shop, request).await
    }

    /// The next tokens of a shop. They take the place of those before, the refresh token included: keep
    /// them.
    ///
    /// # Errors
    /// [`Unauthenticated`](ErrorKind::Unauthenticated) when the platform refuses the app or the
    /// refresh token: the merchant has to consent again. Otherwise whatever kept the tokens from being
    /// fetched.
    pub async fn refresh(&self, shop: &ShopDomain, refresh_token: &SecretString) -> Result<Tokens> {
        let request = self.refresh_request(refresh_token);
        self.tokens(shop, request).await
    }

    async fn tokens(&self, shop: &ShopDomain, request: Request) -> Result<Tokens> {
        let source = Source::new(PLATFORM, shop.to_string(), SIDE);
        let base_url = match &self.base_url {
            Some(url) => url.clone(),
            None => shop.base_url()?,
        };
        let (auth, options) = (self.clone(), self.options.clone());
        let http = Http::new(source, base_url, auth, &errors::Dialect, &[], options)?;
        Tokens::read(&http.call_for_tokens(request).await?)
    }
}
