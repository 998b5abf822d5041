//! The trait that every platform implements.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::{AfterSale, Capabilities, Cursor, Lookup, Page, Query, Result, Source};

/// The after-sales of one account on one platform.
///
/// Object safe: keep `Arc<dyn AfterSales>` of many platforms in one list. Streams over all pages come
/// from [`AfterSalesExt`](crate::AfterSalesExt).
#[async_trait]
pub trait AfterSales: Debug + Send + Sync {
    /// Where the records come from. It holds no secret.
    fn source(&self) -> &Source;

    /// What this platform can do for this account.
    fn capabilities(&self) -> Capabilities;

    /// One page of a listing: the first, or the one that a cursor of an earlier page points to.
    ///
    /// # Errors
    /// [`Unsupported`](crate::ErrorKind::Unsupported) before anything is sent when the platform
    /// cannot list or lacks a filter; otherwise whatever kept the page from being fetched. A record
    /// that could not be read is an error inside the page.
    async fn page(&self, query: &Query, at: Option<&Cursor>) -> Result<Page>;

    /// One case by its id, or all cases of one order; empty when there are none.
    ///
    /// # Errors
    /// [`Unsupported`](crate::ErrorKind::Unsupported) or [`Config`](crate::ErrorKind::Config) before
    /// anything is sent when the platform cannot look this up; otherwise whatever kept the cases
    /// from being fetched or read.
    async fn find(&self, lookup: &Lookup) -> Result<Vec<AfterSale>>;
}
