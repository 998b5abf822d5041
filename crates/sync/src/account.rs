//! Accounts that are kept in step, once or for ever.

use std::sync::Arc;
use std::time::Duration;

use core_model::{AfterSales, Source};
use store::Store;
use tokio::time::sleep;

use crate::patience::{Patience, Then};
use crate::{Ending, Event, Failure, Options, Report, run_once};

/// An account that can be connected.
pub trait Account: Send + Sync {
    /// Which one. Its side does not matter.
    fn source(&self) -> &Source;

    /// Fetches its secrets and makes its client. If `quota_used` says how long ago somebody else made calls, the client
    /// is to assume that they have used the quota up.
    ///
    /// # Errors
    /// What is wrong with its settings or secrets.
    fn connect(&self, quota_used: Option<Duration>) -> core_model::Result<Arc<dyn AfterSales>>;
}

/// Connects an account and brings its copy up to date.
pub async fn run(account: &dyn Account, store: &dyn Store, options: &Options) -> Report {
    match connected(account, store, options).await {
        Ok(client) => run_once(&*client, store, options).await,
        Err(failure) => Report::of_failure(failure),
    }
}

/// Keeps the copy of an account in step, round after round, until it is asked to stop or there is no sense in going on.
/// What went wrong for good is returned; everything else is told and tried again.
///
/// # Errors
/// What is wrong with the copy and will not get better by waiting.
pub async fn watch(
    account: &dyn Account,
    store: &dyn Store,
    options: &Options,
) -> Result<(), Failure> {
    let mut patience = Patience::default();
    let mut client: Option<Arc<dyn AfterSales>> = None;
    while !options.stop.is_raised() {
        let report = match &client {
            Some(client) => run_once(&**client, store, options).await,
            None => match connected(account, store, options).await {
                Ok(connected) => run_once(&**client.insert(connected), store, options).await,
                Err(failure) => Report::of_failure(failure),
            },
        };
        let then = patience.after(&report);
        let wait = match then {
            Then::Wait(wait) | Then::Reconnect(wait) => Some(wait),
            Then::End => None,
        };
        (options.observer)(
            account.source(),
            Event::Round {
                report: &report,
                wait,
            },
        );
        let Some(wait) = wait else {
            return match report.ending {
                Ending::Failed(failure) => Err(failure),
                Ending::Complete | Ending::Interrupted => Ok(()),
            };
        };
        if matches!(then, Then::Reconnect(_)) {
            client = None;
        }
        tokio::select! {
            () = sleep(wait) => {}
            () = options.stop.raised() => {}
        }
    }
    Ok(())
}

async fn connected(
    account: &dyn Account,
    store: &dyn Store,
    options: &Options,
) -> Result<Arc<dyn AfterSales>, Failure> {
    let quota_used = quota_used(account.source(), store, options).await?;
    Ok(account.connect(quota_used)?)
}

/// How long ago another program made calls for this account, at the least. `None` where the copy knows of none.
async fn quota_used(
    source: &Source,
    store: &dyn Store,
    options: &Options,
) -> Result<Option<Duration>, store::Error> {
    let runs = store.runs(Some(source), 1).await?;
    Ok(runs.first().map(|run| {
        // One that was killed may have made calls until just now.
        let ended = run
            .ended_at
            .map(|ended| options.now().duration_since(ended));
        let ago = ended.and_then(|ago| Duration::try_from(ago).ok());
        ago.unwrap_or(Duration::ZERO)
    }))
}
