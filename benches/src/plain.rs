//! The yardstick for listings: fetch every page, keep the text of each record, understand nothing.

use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::{Client, Request};
use rustls::{ClientConfig, RootCertStore};
use sandbox::credentials;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::Result;

/// How to ask for a page and where its records are.
#[derive(Debug, Clone, Copy)]
pub struct Listing {
    request: fn(&Client, base_url: &str, page: u64, size: u64) -> reqwest::Result<Request>,
    records: for<'a> fn(&'a [u8]) -> serde_json::Result<Vec<&'a RawValue>>,
}

/// Shoplazza's.
pub const SHOPLAZZA: Listing = Listing {
    request: |client, base, page, size| {
        let path = "/openapi/2022-01/orders/after_sales_list";
        client
            .get(format!("{base}{path}?page={page}&per_page={size}"))
            .header("access-token", credentials::shoplazza::ACCESS_TOKEN)
            .build()
    },
    records: |body| {
        #[derive(Deserialize)]
        struct List<'a> {
            #[serde(borrow)]
            post_sales: Vec<&'a RawValue>,
        }
        serde_json::from_slice(body).map(|list: List<'_>| list.post_sales)
    },
};

/// Xiaoe's.
pub const XIAOE: Listing = Listing {
    request: |client, base, page, size| {
        let token = credentials::xiaoe::ACCESS_TOKEN;
        let body = format!(
            r#"{{"access_token":"{token}","page_index":{page},"page_size":{size},"date_type":"created_at","created_at":"2010-01-01||2030-01-01"}}"#
        );
        client
            .post(format!("{base}/xe.ecommerce.after_sale.list/1.0.0"))
            .header("content-type", "application/json")
            .body(body)
            .build()
    },
    records: |body| {
        #[derive(Deserialize)]
        struct List<'a> {
            #[serde(borrow)]
            data: Data<'a>,
        }
        #[derive(Deserialize)]
        struct Data<'a> {
            #[serde(borrow)]
            list: Vec<&'a RawValue>,
        }
        serde_json::from_slice(body).map(|list: List<'_>| list.data.list)
    },
};

impl Listing {
    /// Fetches pages until all records are here, `ahead` of them at once, and counts the records.
    ///
    /// # Errors
    /// When a page cannot be fetched or read.
    pub async fn drain(
        self,
        client: &Client,
        base_url: &str,
        records: u64,
        size: u64,
        ahead: usize,
    ) -> Result<u64> {
        stream::iter(1..=records.div_ceil(size))
            .map(|page| self.page(client, base_url, page, size))
            .buffered(ahead)
            .try_fold(0, async |total, page| Ok(total + page.len() as u64))
            .await
    }

    /// The text of each record of a page.
    ///
    /// # Errors
    /// When the page cannot be fetched or read.
    pub async fn page(
        self,
        client: &Client,
        base_url: &str,
        page: u64,
        size: u64,
    ) -> Result<Vec<Box<RawValue>>> {
        let request = (self.request)(client, base_url, page, size)?;
        let body = client.execute(request).await?.bytes().await?;
        let records = (self.records)(&body)?;
        Ok(records.into_iter().map(ToOwned::to_owned).collect())
    }
}

/// An HTTP client for loopback; it trusts nobody.
///
/// # Errors
/// When TLS cannot be set up.
pub fn client() -> Result<Client> {
    let provider = rustls::crypto::ring::default_provider();
    let tls = ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let client = Client::builder().tls_backend_preconfigured(tls).no_proxy();
    Ok(client.build()?)
}
