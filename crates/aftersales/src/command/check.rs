//! `aftersales check`: configuration and credentials, account by account, and which generations of a platform's interface
//! answer.

use std::path::Path;

use aftersales::{
    AfterSales, Configuration, ConfiguredAccount, Error, ErrorKind, Lookup, Operations, Query,
    Support,
};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
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
    let now = console.now();
    let mut interrupt = Interrupt::listen();
    let checked = tokio::select! {
        checked = join_all(accounts.iter().map(|account| check(account, now))) => checked,
        () = interrupt.raised() => return Err(Stop::Interrupted),
    };
    let rows: Vec<CheckRow<'_>> = accounts
        .iter()
        .zip(&checked)
        .map(|(account, checked)| CheckRow::new(account, checked))
        .collect();
    print_rows(&rows, Format::chosen(output), console)?;
    console.flush()?;
    for failure in checked.into_iter().filter_map(|it| it.result.err()) {
        console.fail(failure);
    }
    Ok(())
}

struct Checked {
    result: Result<(), Failure>,
    /// The generations that answer, where the platform has several.
    answering: Option<Vec<&'static str>>,
}

async fn check(account: &ConfiguredAccount, now: Timestamp) -> Checked {
    let result = try_out(account, now).await;
    let answering = answering(account, result.is_ok(), now).await;
    let result = result.map_err(|failure| match (account.platform(), &answering) {
        (Some(platform), Some(names)) if !names.is_empty() => {
            let setting = platform.generation_setting().unwrap_or_default();
            let hint = format!(
                "{}; what answers is {setting} = {}",
                failure.hint(),
                names.join(", ")
            );
            failure.with_hint(hint)
        }
        _ => failure,
    });
    Checked { result, answering }
}

/// Asks the generations, also those that the account is not set to: a platform that moves on leaves the others behind.
/// Whether the account's own answers is known already.
///
/// One after the other: each has a client of its own, and where a new token puts an end to the one before, clients that
/// ask at once would be refused for each other's sake.
async fn answering(
    account: &ConfiguredAccount,
    own_answers: bool,
    now: Timestamp,
) -> Option<Vec<&'static str>> {
    let platform = account.platform()?;
    platform.generation_setting()?;
    let mut answering = Vec::new();
    for name in platform.generations().iter().filter_map(|it| it.name) {
        let answers = if account.generation() == Some(name) {
            own_answers
        } else {
            try_out(&account.with_generation(name)?, now).await.is_ok()
        };
        if answers {
            answering.push(name);
        }
    }
    Some(answering)
}

async fn try_out(account: &ConfiguredAccount, now: Timestamp) -> Result<(), Failure> {
    let client = account.connect()?;
    account.receiver()?;
    let Err(error) = cheapest_call(&*client, now).await else {
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

/// One page of one case, of the last hour where the platform can tell, or a look-up of an order that hardly exists.
async fn cheapest_call(client: &dyn AfterSales, now: Timestamp) -> Result<(), Error> {
    let capabilities = client.capabilities();
    if capabilities.operations.list {
        let query = Query::new().with_page_size(1);
        let hour_ago = now.checked_sub(SignedDuration::from_hours(1));
        let query = match (capabilities.filters.created, hour_ago) {
            (Support::Native, Ok(hour_ago)) => query.with_created_since(hour_ago),
            _ => query,
        };
        return client.page(&query, None).await.map(drop);
    }
    let lookup = harmless_lookup(capabilities.operations);
    client.find(&lookup).await.map(drop)
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
    /// The generations that answer; `null` where the platform has one only.
    answering: Option<&'a [&'static str]>,
    error: Option<&'a str>,
    hint: Option<&'a str>,
}

impl<'a> CheckRow<'a> {
    fn new(account: &'a ConfiguredAccount, checked: &'a Checked) -> Self {
        let failure = checked.result.as_ref().err();
        Self {
            account: account.name().as_str(),
            platform: account.platform().map(|it| it.platform().as_str()),
            ok: failure.is_none(),
            answering: checked.answering.as_deref(),
            error: failure.map(Failure::what),
            hint: failure.map(Failure::hint),
        }
    }
}

impl Row for CheckRow<'_> {
    const COLUMNS: &'static [&'static str] = &["account", "platform", "result", "answering"];

    fn cells(&self) -> Vec<String> {
        let result = if self.ok { "ok" } else { "failed" };
        let platform = self.platform.unwrap_or_default();
        let answering = self.answering.map(|names| match names {
            [] => "none".to_owned(),
            names => names.join(", "),
        });
        vec![
            self.account.to_owned(),
            platform.to_owned(),
            result.to_owned(),
            answering.unwrap_or_default(),
        ]
    }
}
