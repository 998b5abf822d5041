//! Prints the after-sales of a Shoplazza shop, one line per case.
//!
//! | variable | holds |
//! |---|---|
//! | `SHOPLAZZA_SHOP` | the shop's name: `mystore` for `https://mystore.myshoplaza.com` |
//! | `SHOPLAZZA_TOKEN` | its access token |
//! | `SHOPLAZZA_BASE_URL` | optional: what stands before `/openapi/…` |
//!
//! To try it without an account, start the sandbox with `aftersales sandbox --port 4000`. It prints its
//! base URLs and credentials as a configuration; in variables they are:
//!
//! ```sh
//! export SHOPLAZZA_SHOP=sandbox SHOPLAZZA_TOKEN=sandbox-shoplazza-token
//! export SHOPLAZZA_BASE_URL=http://127.0.0.1:4000/shoplazza
//! cargo run -p shoplazza --example shoplazza-cases
//! ```

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example shows its result on the terminal"
)]

use std::env;
use std::process::ExitCode;

use futures_util::TryStreamExt;
use shoplazza::core_model::{AfterSale, AfterSalesExt, Error, Query, Result};
use shoplazza::{Client, Config};

#[tokio::main]
async fn main() -> ExitCode {
    match print_cases().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            eprintln!("What to do: {}.", error.kind().advice());
            ExitCode::FAILURE
        }
    }
}

/// Prints each case as soon as its page is here, and stops at the first error.
async fn print_cases() -> Result<()> {
    let client = Client::new("example", config()?)?;
    let mut cases = client.records(Query::new());
    while let Some(case) = cases.try_next().await? {
        print_case(&case);
    }
    Ok(())
}

fn config() -> Result<Config> {
    let config = Config::builder()
        .shop(setting("SHOPLAZZA_SHOP")?)
        .access_token(setting("SHOPLAZZA_TOKEN")?);
    match env::var("SHOPLAZZA_BASE_URL") {
        Ok(url) => config.base_url(url),
        Err(_) => config,
    }
    .build()
}

fn setting(name: &str) -> Result<String> {
    env::var(name).map_err(|_| Error::config(name, "is not set"))
}

/// Id, status, whose turn it is, amount, time of creation; `-` where the platform states none.
fn print_case(case: &AfterSale) {
    println!(
        "{:<38}  {:<20}  {:<8}  {:>14}  {}",
        case.id,
        case.status,
        or_dash(case.awaits),
        or_dash(case.amounts.requested),
        or_dash(case.created_at),
    );
}

fn or_dash(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}
