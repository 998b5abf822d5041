//! The client.

use async_trait::async_trait;
use core_model::{
    Abilities, Account, AfterSale, AfterSales, Capabilities, Cursor, Filters, Generation, Lookup,
    Operations, OrderKey, Page, PageSize, Paging, Platform, Proof, Query, Result, Side, Source,
};
use transport::Http;

use crate::api::OrderId;
use crate::{Config, api, errors, normalize, wire};

/// This platform's name.
pub const PLATFORM: Platform = Platform::new("imetastore");

/// The account sells.
pub const SIDE: Side = Side::Seller;

/// What the platform can do: look the case of an order up, and decide it. It documents no list of after-sales.
pub const CAPABILITIES: Capabilities = Capabilities {
    operations: Operations {
        list: false,
        find_by_id: false,
        find_by_order: true,
        find_by_merchant_order: false,
        needs_buyer: false,
        needs_start: false,
        lists_ids_only: false,
    },
    filters: Filters::NONE,
    paging: Paging::None,
    page_size: PageSize::NONE,
    window: None,
    quota: None,
    abilities: Abilities {
        approve: true,
        reject: true,
        ..Abilities::NONE
    },
    pushes: Some(Proof::Sender),
};

/// The generations of the platform's interface: one.
pub const GENERATIONS: &[Generation] = &[Generation {
    name: None,
    capabilities: CAPABILITIES,
}];

/// The after-sales of one seller. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    http: Http,
}

impl Client {
    /// A client for the seller that `account` is to name in records and errors.
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
}

#[async_trait]
impl AfterSales for Client {
    fn source(&self) -> &Source {
        self.http.source()
    }

    fn capabilities(&self) -> Capabilities {
        CAPABILITIES
    }

    async fn page(&self, _: &Query, _: Option<&Cursor>) -> Result<Page> {
        Err(CAPABILITIES.no_listing(self.source()))
    }

    async fn find(&self, lookup: &Lookup) -> Result<Vec<AfterSale>> {
        CAPABILITIES.admit_lookup(self.source(), lookup)?;
        let Lookup::Order {
            order: OrderKey::Id(order),
            ..
        } = lookup
        else {
            return Err(CAPABILITIES.no_lookup(self.source(), lookup));
        };
        let order = OrderId::new(order).map_err(|error| error.with_source(self.source()))?;
        let reply = self.http.call(api::after_sales(&order)).await?;
        let wire: wire::AfterSalesReply<'_> = reply.decode()?;
        normalize::after_sales(&wire, self.source())
            .into_iter()
            .collect()
    }
}
