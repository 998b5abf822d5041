//! Shops whose answers are ready before anybody asks, so that what a benchmark measures is the client.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt;
use futures_util::stream;
use jiff::Timestamp;
use sandbox::Sandbox;
use serde::Deserialize;
use tokio::net::TcpListener;

use crate::{Result, plain};

/// So many cases are taken from the sandbox at once.
const PAGE: u64 = 250;

/// Shoplazza's list of after-sales, version 2022-01: the cases of a sandbox, the latest first.
#[derive(Debug)]
pub struct Shops {
    /// The cases as they stand in an answer, with a comma behind each.
    cases: Bytes,
    /// Where each ends, and when it was opened.
    ends: Vec<(usize, Timestamp)>,
}

impl Shops {
    /// Takes so many cases from a sandbox.
    ///
    /// # Errors
    /// When there is no sandbox, or it answers otherwise than documented.
    pub async fn prepare(cases: u64) -> Result<Self> {
        let sandbox = Sandbox::builder().records(cases).start().await?;
        let (client, base) = (plain::client()?, sandbox.base_url("shoplazza"));
        let (mut text, mut ends) = (Vec::new(), Vec::new());
        for number in 1..=cases.div_ceil(PAGE) {
            for case in plain::SHOPLAZZA.page(&client, &base, number, PAGE).await? {
                let Opened { created_at } = serde_json::from_str(case.get())?;
                text.extend_from_slice(case.get().as_bytes());
                text.push(b',');
                ends.push((text.len(), created_at));
            }
        }
        if !ends.is_sorted_by(|(_, a), (_, b)| a >= b) {
            return Err("the sandbox does not list the latest first".into());
        }
        Ok(Self {
            cases: text.into(),
            ends,
        })
    }

    /// Answers for ever. Below `/SHOPS/SHOP/MILLISECONDS` is one of so many shops, which has its share of the cases and
    /// takes so long to answer.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(self, listener: TcpListener) -> Result<()> {
        let listener = listener.tap_io(|connection| {
            // Without it the end of an answer may wait for an acknowledgement.
            let _ = connection.set_nodelay(true);
        });
        let routes = Router::new().fallback(respond).with_state(Arc::new(self));
        Ok(axum::serve(listener, routes).await?)
    }

    fn answer(&self, asked: &Asked) -> Response {
        let all = self.ends.len();
        let share = |shop: usize| all * shop / asked.shops;
        let shop = self.ends.get(share(asked.shop)..share(asked.shop + 1));
        let shop = shop.unwrap_or_default();
        let opened = |at: Option<Timestamp>, default| {
            at.map_or(default, |at| {
                shop.partition_point(|(_, opened)| *opened > at)
            })
        };
        let listed = opened(asked.until, 0)..opened(asked.since, shop.len());
        let begin = listed.start + (asked.page - 1).saturating_mul(asked.size);
        let page = begin.min(listed.end)..begin.saturating_add(asked.size).min(listed.end);
        let count = listed.len();
        let head = format!(
            r#"{{"count":{count},"pending_count":{count},"processing_count":0,"post_sales":["#
        );
        let cases = self.text(share(asked.shop) + page.start..share(asked.shop) + page.end);
        let parts = [head.into(), cases, Bytes::from_static(b"]}")];
        let length: usize = parts.iter().map(Bytes::len).sum();
        let headers = [
            (CONTENT_TYPE, "application/json".to_owned()),
            (CONTENT_LENGTH, length.to_string()),
        ];
        let parts = stream::iter(parts.map(Ok::<_, std::convert::Infallible>));
        (headers, Body::from_stream(parts)).into_response()
    }

    /// The cases, with commas between them.
    fn text(&self, cases: Range<usize>) -> Bytes {
        let end_of = |case: usize| self.ends.get(case).map_or(0, |(end, _)| *end);
        match (
            cases.start.checked_sub(1).map(end_of),
            cases.end.checked_sub(1),
        ) {
            _ if cases.is_empty() => Bytes::new(),
            (start, Some(last)) => self.cases.slice(start.unwrap_or(0)..end_of(last) - 1),
            (_, None) => Bytes::new(),
        }
    }
}

#[derive(Deserialize)]
struct Opened {
    created_at: Timestamp,
}

async fn respond(State(shops): State<Arc<Shops>>, uri: Uri) -> Response {
    let Some(asked) = Asked::of(&uri) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if !asked.latency.is_zero() {
        tokio::time::sleep(asked.latency).await;
    }
    shops.answer(&asked)
}

/// What is asked, and of which shop.
struct Asked {
    shops: usize,
    shop: usize,
    latency: Duration,
    page: usize,
    size: usize,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl Asked {
    fn of(uri: &Uri) -> Option<Self> {
        let mut path = uri.path().splitn(5, '/').skip(1);
        let mut number = || path.next()?.parse::<u64>().ok();
        let (shops, shop, latency) = (number()?, number()?, number()?);
        if shops == 0 || path.next()? != "openapi/2022-01/orders/after_sales_list" {
            return None;
        }
        let query = uri.query().unwrap_or_default().as_bytes();
        let value = |name: &str| {
            let mut pairs = form_urlencoded::parse(query);
            pairs.find(|(key, _)| key == name).map(|(_, value)| value)
        };
        Some(Self {
            shops: usize::try_from(shops).ok()?,
            shop: usize::try_from(shop).ok()?,
            latency: Duration::from_millis(latency),
            page: value("page")?.parse().ok().filter(|&page| page > 0)?,
            size: value("per_page")?.parse().ok()?,
            since: value("created_at_start").and_then(|at| at.parse().ok()),
            until: value("created_at_end").and_then(|at| at.parse().ok()),
        })
    }
}
