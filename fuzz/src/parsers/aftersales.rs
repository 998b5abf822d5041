//! What the command reads. Its other readers, of moments and of files of orders, are not in the library.

use std::path::Path;

use aftersales::Configuration;
use toml::{Table, Value};

use crate::check;
use crate::parser::{Parser, Verdict, texts};

pub(super) const PARSERS: &[Parser] = &[Parser::new(
    "aftersales/configuration",
    || {
        texts(&[
            r#"
[accounts.us-store]
platform = "shoplazza"
base_url = "http://127.0.0.1:8080/shoplazza"
access_token = "canary-0f1e2d3c4b5a"
api_version = "2022-01"

[accounts.games]
platform = "imetastore"
base_url = "http://127.0.0.1:8080/imetastore"
email = "seller@example.com"
password = 'canary-0f1e2d3c4b5a'
"#,
            r#"
accounts.wx = { platform = "wechat-shop", base_url = "http://[::1]:1", app_id = "wx1", app_secret = "canary-0f1e2d3c4b5a", api = "ec" }

[accounts."the courses"]
platform = "xiaoe"
base_url = "http://localhost/xiaoe"
app_id = "app0000000000000"
client_id = "xop0000000000000"
secret_key = """canary-0f1e2d3c4b5a"""
order_detail = true
window_days = 30 # at the most

[accounts.sourcing]
platform = "xportcn"
base_url = "http://127.0.0.1:1/"
access_key = { env = "NO_SUCH_VARIABLE" }
secret_key = "canary-0f1e2d3c4b5a"
user_id = "1000000000000"
signature = "hmac-sha256"
refund_time = "created"
"#,
        ])
    },
    configuration,
)];

/// No error repeats anything that stands to the right of an equals sign.
fn configuration(text: &[u8]) -> Verdict {
    let text = String::from_utf8_lossy(text);
    let table = text.parse().unwrap_or_default();
    // Names of accounts and settings are shown.
    let is_secret_named = names_secret(&table);
    let hides = |shown: String| {
        if !is_secret_named {
            check::hides_secret(&shown);
        }
    };
    let configuration = match Configuration::parse(&text, Path::new("fuzz.toml")) {
        Ok(configuration) => configuration,
        Err(error) => {
            hides(format!("{error} {error:?} {}", error.advice()));
            return Verdict::Refused;
        }
    };
    hides(format!("{configuration:?}"));
    let accounts = configuration.accounts().iter();
    let connected = accounts.map(|account| {
        account.generation();
        if !stays_here(&table, account.name().as_str()) {
            return Verdict::Refused;
        }
        match account.connect() {
            Ok(_) => Verdict::Taken,
            Err(error) => {
                hides(format!("{error} {error:?} {}", error.advice()));
                Verdict::Refused
            }
        }
    });
    Verdict::any(connected)
}

fn names_secret(table: &Table) -> bool {
    table.iter().any(|(name, value)| {
        check::shows_secret(name) || value.as_table().is_some_and(names_secret)
    })
}

/// Whether an account reads no file, which an input shall not choose, and has an address without HTTPS, for which the
/// certificates of the system would have to be read each time.
fn stays_here(configuration: &Table, account: &str) -> bool {
    let accounts = configuration.get("accounts");
    let settings = accounts.and_then(|accounts| accounts.get(account)?.as_table());
    settings.is_some_and(|settings| {
        let url = settings.get("base_url").and_then(Value::as_str);
        let reads_file = settings.values().any(|value| value.get("file").is_some());
        url.is_some_and(|url| url.trim().starts_with("http:")) && !reads_file
    })
}
