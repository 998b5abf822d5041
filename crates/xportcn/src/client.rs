//! The client.

use async_trait::async_trait;
use core_model::{
    Account, AfterSale, AfterSales, Capabilities, Cursor, Error, ErrorKind, Filters, Generation,
    Lookup, Numbered, Operations, OrderKey, Page, PageSize, Paging, Platform, Query, Result, Side,
    Source, Support,
};
use transport::{Http, Request};

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

    async fn listed(&self, request: Request, query: &Query, at: Numbered) -> Result<Page> {
        let reply = self.http.call(request).await?;
        let wire: wire::RefundQueryList<'_> = reply.decode()?;
        let page = wire.data.get();
        if page.is_some_and(|page| page.refund_order_aggregates.is_missing()) {
            return Err(reply.unreadable("data.refundOrderAggregates is missing"));
        }
        let records = normalize::refund_query_list(&wire, self.source());
        let total = page.and_then(|page| page.total.hint());
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

    /// The listing, narrowed to one refund or one purchase; neither fills a page.
    async fn find(&self, lookup: &Lookup) -> Result<Vec<AfterSale>> {
        CAPABILITIES.admit_lookup(self.source(), lookup)?;
        let query = Query::new();
        let at = Numbered::at(None, &query, CAPABILITIES.page_size)?;
        let request = match lookup {
            Lookup::AfterSale(id) => api::refund_query_list_by_id(id, at),
            Lookup::Order {
                order: OrderKey::Id(order),
                ..
            } => api::refund_query_list_of_order(order, at),
            _ => Err(CAPABILITIES.no_lookup(self.source(), lookup)),
        };
        let request = request.map_err(|error| error.with_source(self.source()))?;
        self.listed(request, &query, at).await?.only(self.source())
    }
}
