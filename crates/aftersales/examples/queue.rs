//! Prints the open cases of all accounts of a configuration file.
//!
//! ```text
//! cargo run --example queue -- aftersales.toml
//! ```

use std::env;
use std::error::Error;
use std::path::PathBuf;

use aftersales::{Configuration, Queue, Selection};
use futures_util::StreamExt;

#[tokio::main]
#[allow(clippy::print_stdout, clippy::print_stderr)]
async fn main() -> Result<(), Box<dyn Error>> {
    let file = env::args_os().nth(1).map(PathBuf::from);
    let configuration = Configuration::load(file.as_deref())?;

    let mut accounts = Vec::new();
    for account in configuration.accounts() {
        let client = account.connect()?;
        // Where there is no list, cases are looked up by order: `client.find`.
        if client.capabilities().operations.list {
            accounts.push(client);
        }
    }

    let mut queue = Queue::new(accounts, Selection::new().only_open());
    while let Some(entry) = queue.next().await {
        match entry {
            Ok(case) => println!("{}\t{}\t{}", case.account, case.id, case.status),
            Err(error) => eprintln!("{error}"),
        }
    }
    Ok(())
}
