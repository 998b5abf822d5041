//! `aftersales check`: configuration and credentials, account by account.

use std::path::Path;

use aftersales::{
    AfterSales, Configuration, ConfiguredAccount, Error, ErrorKind, Lookup, Operations, Query,
};
use futures_util::future::join_all;
use serde::Serialize;

use crate::args::OutputArgs;
use crate::console::{Console, Failure, Stop};
use crate::format::{Format, Row, print_rows};
use crate::interrupt::Interrupt;

pub(crate) async fn run(
    config: Option<&Path>,
    output: &OutputArgs,
    console: &mut Console,
) -> Result<(), Stop> {
    let configuration = Configuration::load(config)?;
    let accounts = configuration.accounts();
    if accounts.is_empty() {
        let what = format!("{}: there are no accounts", configuration.file().display());
        return Err(Failure::usage(what, "add [accounts.NAME]").into());
    }
    let mut interrupt = Interrupt::listen();
    let results = tokio::select! {
        results = join_all(accounts.iter().map(try_out)) => results,
        () = interrupt.raised() => return Err(Stop::Interrupted),
    };
    let rows: Vec<CheckRow<'_>> = accounts
        .iter()
        .zip(&results)
        .map(|(account, result)| CheckRow::new(account, result.as_ref().err()))
        .collect();
    print_rows(&rows, Format::chosen(output), console)?;
    console.flush()?;
    for failure in results.into_iter().filter_map(Result::err) {
        console.fail(failure);
    }
    Ok(())
}

async fn try_out(account: &ConfiguredAccount) -> Result<(), Failure> {
    let client = account.connect()?;
    let Err(error) = cheapest_call(&*client).await else {
        return Ok(());
    };
    let listed = client.capabilities().operations.list;
    if !listed && proves_credentials(account, &error) {
        return Ok(());
    }
    Err(match error.kind() {
        // The platform has no code for bad credentials that we know of.
        ErrorKind::Rejected => {
            let hint = "check the credentials and how requests are signed; \
                        otherwise look the platform's code up in its documentation";
            Failure::new(error.to_string(), hint)
        }
        _ => error.into(),
    })
}

/// One page of one case, or a look-up of an order that hardly exists.
async fn cheapest_call(client: &dyn AfterSales) -> Result<(), Error> {
    let operations = client.capabilities().operations;
    if operations.list {
        let query = Query::new().with_page_size(1);
        return client.page(&query, None).await.map(drop);
    }
    client.find(&harmless_lookup(operations)).await.map(drop)
}

fn harmless_lookup(operations: Operations) -> Lookup {
    let lookup = if operations.find_by_order {
        Lookup::order("1")
    } else if operations.find_by_merchant_order {
        Lookup::merchant_order("1")
    } else {
        Lookup::after_sale("1")
    };
    if operations.needs_buyer {
        lookup.with_buyer("check")
    } else {
        lookup
    }
}

/// Whether the platform must have accepted the credentials before it refused the order like this:
/// with a code that its table has, and that is not about credentials.
fn proves_credentials(account: &ConfiguredAccount, error: &Error) -> bool {
    let about_the_order = matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Rejected);
    let documented = account.platform().zip(error.native_code());
    about_the_order && documented.is_some_and(|(platform, code)| platform.knows_code(code))
}

#[derive(Serialize)]
struct CheckRow<'a> {
    account: &'a str,
    platform: Option<&'static str>,
    ok: bool,
    error: Option<&'a str>,
    hint: Option<&'a str>,
}

impl<'a> CheckRow<'a> {
    fn new(account: &'a ConfiguredAccount, failure: Option<&'a Failure>) -> Self {
        Self {
            account: account.name().as_str(),
            platform: account.platform().map(|it| it.platform().as_str()),
            ok: failure.is_none(),
            error: failure.map(Failure::what),
            hint: failure.map(Failure::hint),
        }
    }
}

impl Row for CheckRow<'_> {
    const COLUMNS: &'static [&'static str] = &["account", "platform", "result"];

    fn cells(&self) -> Vec<String> {
        let result = if self.ok { "ok" } else { "failed" };
        let platform = self.platform.unwrap_or_default();
        [self.account, platform, result].map(str::to_owned).to_vec()
    }
}
