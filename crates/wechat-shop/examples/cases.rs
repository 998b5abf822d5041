//! Prints the after-sales of one buyer's orders, one line per case. The platform lists none: the first
//! argument is the buyer's openid, the others are order ids.
//!
//! | variable | holds |
//! |---|---|
//! | `WECHAT_SHOP_APP_ID` | the app, `wx…` |
//! | `WECHAT_SHOP_APP_SECRET` | its secret |
//! | `WECHAT_SHOP_BASE_URL` | optional: what stands before `/shop/…` and `/cgi-bin/…` |
//!
//! To try it without an account, start the sandbox with `aftersales sandbox --port 4000`. It prints its
//! base URLs and credentials as a configuration; in variables they are:
//!
//! ```sh
//! export WECHAT_SHOP_APP_ID=wx5a4db0c55a4db0c5 WECHAT_SHOP_APP_SECRET=sandbox-wechat-secret
//! export WECHAT_SHOP_BASE_URL=http://127.0.0.1:4000/wechat-shop
//! cargo run -p wechat-shop --example wechat-shop-cases -- oSANDBOX00000000000000000002 3300000000000000007
//! ```

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example shows its result on the terminal"
)]

use std::env;
use std::process::ExitCode;

use wechat_shop::core_model::{AfterSale, AfterSales, Error, Lookup, Result};
use wechat_shop::{Client, Config};

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
    let mut arguments = env::args().skip(1);
    let openid = arguments
        .next()
        .ok_or_else(|| Error::config("arguments", "no openid is given"))?;
    let orders: Vec<_> = arguments.collect();
    if orders.is_empty() {
        return Err(Error::config("arguments", "no order id is given"));
    }
    let client = Client::new("example", config()?)?;
    for order in orders {
        let lookup = Lookup::order(order).with_buyer(&openid);
        for case in client.find(&lookup).await? {
            print_case(&case);
        }
    }
    Ok(())
}

fn config() -> Result<Config> {
    let config = Config::builder().app(
        setting("WECHAT_SHOP_APP_ID")?,
        setting("WECHAT_SHOP_APP_SECRET")?,
    );
    match env::var("WECHAT_SHOP_BASE_URL") {
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
