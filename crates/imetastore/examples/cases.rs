//! Prints the after-sales of iMetaStore orders, one line per case. The platform lists none: the
//! arguments are order ids.
//!
//! | variable | holds |
//! |---|---|
//! | `IMETASTORE_EMAIL` | the seller's login |
//! | `IMETASTORE_PASSWORD` | its password |
//! | `IMETASTORE_BASE_URL` | optional: what stands before `/seller/…` |
//!
//! To try it without an account, start the sandbox with `aftersales sandbox --port 4000`. It prints its
//! base URLs and credentials as a configuration; in variables they are:
//!
//! ```sh
//! export IMETASTORE_EMAIL=seller@example.com IMETASTORE_PASSWORD=sandbox-imetastore-password
//! export IMETASTORE_BASE_URL=http://127.0.0.1:4000/imetastore
//! cargo run -p imetastore --example imetastore-cases -- 1689644928115784 1907369850568257544
//! ```

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example shows its result on the terminal"
)]

use std::env;
use std::process::ExitCode;

use imetastore::core_model::{AfterSale, AfterSales, Error, Lookup, Money, Result};
use imetastore::{Client, Config};

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

/// Looks the orders up one after the other, and stops at the first error.
async fn print_cases() -> Result<()> {
    let orders: Vec<_> = env::args().skip(1).collect();
    if orders.is_empty() {
        return Err(Error::config("arguments", "no order id is given"));
    }
    let client = Client::new("example", config()?)?;
    for order in orders {
        for case in client.find(&Lookup::order(order)).await? {
            print_case(&case);
        }
    }
    Ok(())
}

fn config() -> Result<Config> {
    let config = Config::builder().login(
        setting("IMETASTORE_EMAIL")?,
        setting("IMETASTORE_PASSWORD")?,
    );
    match env::var("IMETASTORE_BASE_URL") {
        Ok(url) => config.base_url(url),
        Err(_) => config,
    }
    .build()
}

fn setting(name: &str) -> Result<String> {
    env::var(name).map_err(|_| Error::config(name, "is not set"))
}

/// Id, status, whose turn it is, price, time of creation; `-` where the platform states none.
fn print_case(case: &AfterSale) {
    println!(
        "{:<38}  {:<20}  {:<8}  {:>14}  {}",
        case.id,
        case.status,
        or_dash(case.awaits),
        or_dash(price(case)),
        or_dash(case.created_at),
    );
}

fn or_dash(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// The platform states the price of the product and no amount of a refund.
fn price(case: &AfterSale) -> Option<Money> {
    case.items.first().and_then(|item| item.unit_price)
}
