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

use aftersales::{AfterSale, AfterSales, Error, ErrorKind, Lookup};

/// The cases that a look-up finds; none where the platform says in its own words that there is none.
async fn looked_up(client: &dyn AfterSales, lookup: &Lookup) -> Result<Vec<AfterSale>, Error> {
    match client.find(lookup).await {
        Err(error) if error.kind() == ErrorKind::NotFound && error.native_code().is_some() => {
            Ok(Vec::new())
        }
        found => found,
    }
}
