//! `aftersales demo`: the queue of five sandbox shops, over real HTTP.

use std::cmp::Reverse;
use std::path::Path;

use aftersales::{AfterSale, AfterSales, AfterSalesExt, Configuration, Error, Lookup, Query};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::{Timestamp, ToSpan};
use sandbox::{OrderRef, Sandbox};

use super::sandbox::refused;
use crate::args::OutputArgs;
use crate::console::{Console, Stop};
use crate::format::Cases;

/// So many cases are shown per shop.
const CASES: usize = 5;

pub(crate) async fn run(output: &OutputArgs, console: &mut Console) -> Result<(), Stop> {
    let sandbox = Sandbox::start().await.map_err(|error| refused(&error))?;
    let configuration = Configuration::parse(&sandbox.config(), Path::new("sandbox"))?;
    let mut queue = Vec::new();
    let accounts = configuration.accounts().iter();
    for account in accounts.filter(|account| account.platform().is_some()) {
        match fetch(&*account.connect()?, &sandbox).await {
            Ok(cases) => queue.extend(cases),
            Err(error) => console.fail(error),
        }
    }
    queue.sort_by_key(urgency);
    let now = sandbox_clock(&queue).unwrap_or_else(|| console.now());
    let mut cases = Cases::new(output, now);
    for case in queue {
        cases.print(case, console)?;
    }
    Ok(cases.finish(console)?)
}

/// The first cases of an account: listed, or looked up by order where the platform has no list.
async fn fetch(client: &dyn AfterSales, sandbox: &Sandbox) -> Result<Vec<AfterSale>, Error> {
    if client.capabilities().operations.list {
        return client.records(Query::new()).take(CASES).try_collect().await;
    }
    let orders = sandbox.orders(client.source().platform().as_str());
    stream::iter(orders)
        .then(|order| async move { client.find(&lookup(order)).await })
        .map_ok(|cases| stream::iter(cases.into_iter().map(Ok)))
        .try_flatten()
        .take(CASES)
        .try_collect()
        .await
}

fn lookup(order: OrderRef) -> Lookup {
    let lookup = Lookup::order(order.id);
    match order.buyer {
        Some(buyer) => lookup.with_buyer(buyer),
        None => lookup,
    }
}

/// The sandbox's clock stands still an hour after its newest case was opened.
fn sandbox_clock(cases: &[AfterSale]) -> Option<Timestamp> {
    let newest = cases.iter().filter_map(|case| case.created_at).max()?;
    newest.checked_add(1.hour()).ok()
}

/// Sorts open cases first, by deadline, and among cases without one the newest first.
fn urgency(case: &AfterSale) -> impl Ord + use<> {
    let deadline = case.deadline.filter(|_| !case.is_final);
    (
        case.is_final,
        deadline.is_none(),
        deadline,
        Reverse(case.created_at),
    )
}
