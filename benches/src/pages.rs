//! One answer of each platform, as the sandbox sends it.

use core_model::{Numbered, OrderKey, Query};
use sandbox::{OrderRef, Sandbox};
use serde_json::value::RawValue;
use transport::{Http, Request};

use crate::{Result, clients};

/// The case of the newest order.
///
/// # Errors
/// When the sandbox does not answer.
pub async fn imetastore(sandbox: &Sandbox) -> Result<String> {
    use imetastore::api::{OrderId, after_sales};
    let client = clients::imetastore(sandbox)?;
    let order = OrderId::new(&newest(sandbox, "imetastore")?.id)?;
    body(client.http(), after_sales(&order)).await
}

/// 250 cases of about 2.7 kB.
///
/// # Errors
/// When the sandbox does not answer.
pub async fn shoplazza(sandbox: &Sandbox) -> Result<String> {
    let client = clients::shoplazza(&sandbox.base_url("shoplazza"))?;
    let query = Query::new().with_page_size(250);
    let at = Numbered::at(None, &query, shoplazza::CAPABILITIES.page_size)?;
    let request = shoplazza::api::after_sales_list(&query, at);
    body(client.http(), request).await
}

/// The cases of the newest order.
///
/// # Errors
/// When the sandbox does not answer.
pub async fn wechat_shop(sandbox: &Sandbox) -> Result<String> {
    let client = clients::wechat_shop(sandbox)?;
    let order = newest(sandbox, "wechat-shop")?;
    let key = OrderKey::Id(order.id);
    let request = wechat_shop::api::aftersale_get(&key, order.buyer.as_deref())?;
    body(client.http(), request).await
}

/// 50 cases, as many as a page holds.
///
/// # Errors
/// When the sandbox does not answer.
pub async fn xiaoe(sandbox: &Sandbox) -> Result<String> {
    let client = clients::xiaoe(sandbox)?;
    let query = Query::new();
    let at = Numbered::at(None, &query, xiaoe::CAPABILITIES.page_size)?;
    let request = xiaoe::api::after_sale_list(&query, at, client.http().now());
    body(client.http(), request).await
}

/// 50 refunds.
///
/// # Errors
/// When the sandbox does not answer.
pub async fn xportcn(sandbox: &Sandbox) -> Result<String> {
    let client = clients::xportcn(sandbox)?;
    let query = Query::new().with_page_size(50);
    let at = Numbered::at(None, &query, xportcn::CAPABILITIES.page_size)?;
    let request = xportcn::api::refund_query_list(&query, None, at);
    body(client.http(), request).await
}

fn newest(sandbox: &Sandbox, platform: &str) -> Result<OrderRef> {
    let order = sandbox.orders(platform).next();
    order.ok_or_else(|| format!("{platform}: no order").into())
}

async fn body(http: &Http, request: Request) -> Result<String> {
    let reply = http.call(request).await?;
    let text: &RawValue = reply.decode()?;
    Ok(text.get().to_owned())
}
