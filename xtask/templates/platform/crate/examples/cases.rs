//! Prints the after-sales of a {{Type}} shop, one line per case.
//!
//! | variable | holds |
//! |---|---|
//! | `{{VARIABLE}}_TOKEN` | the token of the shop |
//! | `{{VARIABLE}}_BASE_URL` | optional: what stands before `/v1/…` |
//!
//! ```sh
//! {{VARIABLE}}_TOKEN=… cargo run -p {{name}} --example {{name}}-cases
//! ```

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example shows its result on the terminal"
)]

use std::env;
use std::process::ExitCode;

use futures_util::TryStreamExt;
use {{crate}}::core_model::{AfterSale, AfterSalesExt, Error, Query, Result};
use {{crate}}::{Client, Config};

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
    let config = Config::builder().access_token(setting("{{VARIABLE}}_TOKEN")?);
    match env::var("{{VARIABLE}}_BASE_URL") {
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
