//! The client.

use async_trait::async_trait;
use core_model::{
    Account, AfterSale, AfterSales, Capabilities, Cursor, Filters, Generation, Lookup, Numbered,
    Operations, OrderKey, Page, PageSize, Paging, Platform, Query, Result, Side, Source, Support,
};
use transport::Http;

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
};

/// The generations of the platform's interface: one.
pub const GENERATIONS: &[Generation] = &[Generation {
    name: None,
    capabilities: CAPABILITIES,
}];

/// The after-sales of one shop. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    http: Http,
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
        Ok(Self { http })
    }

    /// The way to the platform, for requests of [`api`](crate::api) and answers of
    /// [`wire`](crate::wire).
    pub fn http(&self) -> &Http {
        &self.http
    }

    async fn find_by_id(&self, id: &str) -> Result<Vec<AfterSale>> {
        let request =
            api::after_sale_detail(id).map_err(|error| error.with_source(self.source()))?;
        let reply = self.http.call(request).await?;
        let wire: wire::AfterSaleDetail<'_> = reply.decode()?;
        normalize::after_sale_detail(&wire, self.source())
            .into_iter()
            .collect()
    }

    /// The listing, narrowed to one order; no order has more cases than fit on one page.
    async fn find_by_order(&self, order_id: &str) -> Result<Vec<AfterSale>> {
        let query = Query::new();
        let at = Numbered::at(None, &query, CAPABILITIES.page_size)?;
        let request = api::after_sale_list_of_order(order_id, at, self.http.now())
            .map_err(|error| error.with_source(self.source()))?;
        self.listed(request, &query, at).await?.only(self.source())
    }

    async fn listed(
        &self,
        request: transport::Request,
        query: &Query,
        at: Numbered,
    ) -> Result<Page> {
        let reply = self.http.call(request).await?;
        let wire: wire::AfterSaleList<'_> = reply.decode()?;
        if wire.data.get().is_some_and(|page| page.list.is_missing()) {
            return Err(reply.unreadable("data.list is missing"));
        }
        let records = normalize::after_sale_list(&wire, self.source());
        let total = wire.data.get().and_then(|page| page.row_count.hint());
        Ok(Page::numbered(records, query, at, total))
    }
}

#[async_trait]
impl AfterSales for Client {
    fn source(&self) -> &Source {
        self.http.source()
    }

    fn capabilities(&self) -> Capabilities {
        CAPABILITIES
    }

    async fn page(&self, query: &Query, at: Option<&Cursor>) -> Result<Page> {
        CAPABILITIES.admit_query(self.source(), query)?;
        let at = Numbered::at(at, query, CAPABILITIES.page_size)?;
        let request = api::after_sale_list(query, at, self.http.now());
        self.listed(request, query, at).await
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
