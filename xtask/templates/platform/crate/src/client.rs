//! The client.

use async_trait::async_trait;
use core_model::{
    Abilities, Account, AfterSale, AfterSales, Capabilities, Cursor, Filters, Generation, Lookup, Numbered, Operations,
    Page, PageSize, Paging, Platform, Query, Result, Side, Source, Support,
};
use transport::Http;

use crate::auth::AccessToken;
use crate::{Config, api, errors, normalize, wire};

/// This platform's name.
pub const PLATFORM: Platform = Platform::new("{{name}}");

/// The account sells.
pub const SIDE: Side = Side::Seller;

/// What the platform can do: list after-sales, nothing else.
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
        status: Support::Emulated,
        created: Support::Native,
        updated: Support::No,
    },
    paging: Paging::Numbered,
    page_size: PageSize {
        default: 50,
        max: Some(100),
    },
    window: None,
    quota: Some(api::QUOTA),
    abilities: Abilities::NONE,
    pushes: None,
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
        let auth = AccessToken(config.access_token);
        let (base_url, options) = (config.base_url, config.options);
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
        let reply = self.http.call(api::after_sales_list(query, at)).await?;
        let mut wire: wire::AfterSalesList<'_> = reply.decode()?;
        if let Some(page) = wire.data.get_mut() {
            page.list.keep_raw(query.wants_raw());
        }
        let page = wire.data.get().filter(|page| !page.list.is_missing());
        let page = page.ok_or_else(|| reply.unreadable("data.list is missing"))?;
        let records = normalize::after_sales_list(&wire, self.source());
        Ok(Page::numbered(records, query, at, page.total.hint()))
    }

    async fn find(&self, lookup: &Lookup) -> Result<Vec<AfterSale>> {
        Err(CAPABILITIES.no_lookup(self.source(), lookup))
    }
}
