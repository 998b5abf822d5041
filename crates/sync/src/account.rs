//! Accounts that are kept in step, once or for ever.

use std::sync::Arc;
use std::time::Duration;

use core_model::{AfterSales, Source};
use store::Store;
use tokio::time::{Instant, sleep};

use crate::lease::{Held, LOOK, TERM};
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

/// The same for a copy that others may be at work on as well: while one of them has the account, it is left alone, and
/// while this round lasts, they leave it alone. One that has died is waited for until it counts as dead.
pub async fn run_shared(
    account: &dyn Account,
    store: &Arc<dyn Store>,
    options: &Options,
) -> Report {
    let given_up = Instant::now() + TERM + LOOK;
    loop {
        match Held::take(store, account.source(), options).await {
            Ok(Some(held)) => {
                let report = run(account, &**store, &held.options(options)).await;
                held.release().await;
                return report;
            }
            Ok(None) if Instant::now() < given_up => {}
            Ok(None) => {
                let message = format!("another program is at work on {}", account.source());
                let error = store::Error::new(store::ErrorKind::LeaseLost, message);
                return Report::of_failure(error.into());
            }
            Err(error) => return Report::of_failure(error.into()),
        }
        tokio::select! {
            () = sleep(LOOK) => {}
            () = options.stop.raised() => return Report::new(Ending::Interrupted),
        }
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
    let mut rounds = Rounds::new(account, store, Patience::default());
    while let Some(wait) = rounds.next(options).await? {
        tokio::select! {
            () = sleep(wait) => {}
            () = options.stop.raised() => {}
        }
    }
    Ok(())
}

/// Round after round over one account.
pub(crate) struct Rounds<'a> {
    account: &'a dyn Account,
    store: &'a dyn Store,
    client: Option<Arc<dyn AfterSales>>,
    pub(crate) patience: Patience,
}

impl<'a> Rounds<'a> {
    pub(crate) fn new(account: &'a dyn Account, store: &'a dyn Store, patience: Patience) -> Self {
        Self {
            account,
            store,
            client: None,
            patience,
        }
    }

    /// A round, and how long to wait before the next one; `None` when it is time to stop.
    pub(crate) async fn next(&mut self, options: &Options) -> Result<Option<Duration>, Failure> {
        if options.stop.is_raised() {
            return Ok(None);
        }
        let report = self.round(options).await;
        let then = self.patience.after(&report);
        let wait = match then {
            Then::Wait(wait) => Some(wait),
            Then::Reconnect(wait) => {
                self.client = None;
                Some(wait)
            }
            Then::End => None,
        };
        let event = Event::Round {
            report: &report,
            wait,
        };
        (options.observer)(self.account.source(), event);
        match (wait, report.ending) {
            (None, Ending::Failed(failure)) => Err(failure),
            (wait, _) => Ok(wait),
        }
    }

    async fn round(&mut self, options: &Options) -> Report {
        let client = match &self.client {
            Some(client) => client,
            None => match connected(self.account, self.store, options).await {
                Ok(client) => self.client.insert(client),
                Err(failure) => return Report::of_failure(failure),
            },
        };
        run_once(&**client, self.store, options).await
    }
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
