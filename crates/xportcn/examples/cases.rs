//! Prints the refunds of an Xportcn developer's purchases, one line per case.
//!
//! | variable | holds |
//! |---|---|
//! | `XPORTCN_ACCESS_KEY` | the access key |
//! | `XPORTCN_SECRET_KEY` | its secret |
//! | `XPORTCN_USER_ID` | the sub-account |
//! | `XPORTCN_SIGNATURE` | how to sign: a name of `xportcn::signature::Scheme`, such as `md5-secret` |
//! | `XPORTCN_BASE_URL` | optional: what stands before `/open/…` |
//!
//! To try it without an account, start the sandbox with `aftersales sandbox --port 4000`. It prints its
//! base URLs and credentials as a configuration; in variables they are:
//!
//! ```sh
//! export XPORTCN_ACCESS_KEY=5a4db0c55a4db0c55a4db0c55a4db0c5
//! export XPORTCN_SECRET_KEY=sandbox-xportcn-secret XPORTCN_USER_ID=1000000000001
//! export XPORTCN_SIGNATURE=hmac-sha256
//! export XPORTCN_BASE_URL=http://127.0.0.1:4000/xportcn
//! cargo run -p xportcn --example xportcn-cases
//! ```

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example shows its result on the terminal"
)]

use std::env;
use std::process::ExitCode;

use futures_util::TryStreamExt;
use xportcn::core_model::{AfterSale, AfterSalesExt, Error, Query, Result};
use xportcn::signature::Scheme;
use xportcn::{Client, Config};

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
        .key(
            setting("XPORTCN_ACCESS_KEY")?,
            setting("XPORTCN_SECRET_KEY")?,
        )
        .user_id(setting("XPORTCN_USER_ID")?)
        .signature(scheme("XPORTCN_SIGNATURE")?);
    match env::var("XPORTCN_BASE_URL") {
        Ok(url) => config.base_url(url),
        Err(_) => config,
    }
    .build()
}

fn scheme(name: &str) -> Result<Scheme> {
    serde_json::from_value(setting(name)?.into()).map_err(|error| Error::config(name, error))
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
