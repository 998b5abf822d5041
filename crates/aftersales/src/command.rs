//! What each command does.

pub(crate) mod act;
pub(crate) mod check;
#[cfg(feature = "sandbox")]
pub(crate) mod demo;
pub(crate) mod get;
pub(crate) mod list;
#[cfg(feature = "listen")]
pub(crate) mod listen;
pub(crate) mod platforms;
#[cfg(feature = "sandbox")]
pub(crate) mod sandbox;
pub(crate) mod sync;

use aftersales::{AfterSale, AfterSales, Error, Lookup};

/// The cases that a look-up finds; none where the platform says in its own words that there is none.
async fn looked_up(client: &dyn AfterSales, lookup: &Lookup) -> Result<Vec<AfterSale>, Error> {
    match client.find(lookup).await {
        Err(error) if error.says_that_there_is_none() => Ok(Vec::new()),
        found => found,
    }
}
