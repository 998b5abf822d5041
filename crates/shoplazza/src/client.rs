//! The client.

use async_trait::async_trait;
use core_model::lenient::Literal;
use core_model::{
    Account, AfterSale, AfterSales, Capabilities, Cursor, Filters, Generation, Lookup, Numbered,
    Operations, Page, Paging, Platform, Query, Result, Side, Source, Support,
};
use transport::{Dialect, Http};

use crate::auth::AccessToken;
use crate::{ApiVersion, Config, api, errors, normalize, wire};

/// This platform's name.
pub const PLATFORM: Platform = Platform::new("shoplazza");

/// The shop sells.
pub const SIDE: Side = Side::Seller;

/// What the platform can do: list after-sales, nothing else. How large a page may be is not
/// documented. This is version 2022-01; the later ones differ in how they page.
pub const CAPABILITIES: Capabilities = Capabilities {
    operations: Operations {
        list: true,
        find_by_id: false,
        find_by_order: false,
        find_by_merchant_order: false,
        needs_buyer: false,
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
    version: ApiVersion,
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

    async fn after_sales_list(&self, query: &Query, at: Option<&Cursor>) -> Result<Page> {
        let at = Numbered::at(at, query, api::PAGE_SIZE)?;
        let reply = self.http.call(api::after_sales_list(query, at)).await?;
        let wire: wire::AfterSalesList<'_> = reply.decode()?;
        if wire.post_sales.is_missing() {
            return Err(reply.unreadable("post_sales is missing"));
        }
        let records = normalize::after_sales_list(&wire, self.source());
        Ok(Page::numbered(records, query, at, wire.count.hint()))
    }

    async fn post_sales(&self, query: &Query, at: Option<&Cursor>) -> Result<Page> {
        let request = api::post_sales(self.version, query, Cursor::named(at)?);
        let reply = self.http.call(request).await?;
        let wire: wire::PostSales<'_> = reply.decode()?;
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
