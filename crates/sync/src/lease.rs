//! An account that is ours for a while, on a copy that others may be at work on as well.

use std::sync::Arc;
use std::time::Duration;

use core_model::Source;
use jiff::SignedDuration;
use store::{Lease, Store};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::{Options, Stop};

/// Who has not been heard of for so long is taken for dead.
pub(crate) const TERM: Duration = Duration::from_secs(15);
/// How often to look for an account that is free.
pub(crate) const LOOK: Duration = Duration::from_secs(1);
/// How often whoever has an account is heard of.
pub(crate) const SIGN_OF_LIFE: Duration = Duration::from_secs(5);

/// An account that is ours, and stays so until this is dropped or somebody takes it away.
pub(crate) struct Held {
    store: Arc<dyn Store>,
    lease: Lease,
    /// Raised when everybody is to stop, and when the account is not ours any more.
    stop: Stop,
    prolonging: JoinHandle<()>,
}

impl Held {
    /// Takes the account, if nobody has it.
    pub(crate) async fn take(
        store: &Arc<dyn Store>,
        source: &Source,
        options: &Options,
    ) -> Result<Option<Self>, store::Error> {
        // Nobody else has this name.
        let holder = format!("{:016x}", fastrand::u64(..));
        let Some(lease) = prolonged(&**store, source, &holder, options).await? else {
            return Ok(None);
        };
        let (stopper, stop) = Stop::new();
        let prolonging = tokio::spawn({
            let (store, options) = (Arc::clone(store), options.clone());
            let (source, epoch) = (source.clone(), lease.epoch);
            async move {
                let is_ours = async || {
                    sleep(SIGN_OF_LIFE).await;
                    match prolonged(&*store, &source, &holder, &options).await {
                        Ok(lease) => lease.is_some_and(|lease| lease.epoch == epoch),
                        // The database may come back in time; if not, what we write is refused.
                        Err(_) => true,
                    }
                };
                let taken_away = async { while is_ours().await {} };
                tokio::select! {
                    () = taken_away => {}
                    () = options.stop.raised() => {}
                }
                stopper.stop();
            }
        });
        Ok(Some(Self {
            store: Arc::clone(store),
            lease,
            stop,
            prolonging,
        }))
    }

    /// Options for rounds that are to end when the account is not ours any more.
    pub(crate) fn options(&self, options: &Options) -> Options {
        let options = options.clone().with_stop(self.stop.clone());
        options.with_lease(self.lease.clone())
    }

    /// Gives the account back, so that nobody has to wait for it.
    pub(crate) async fn release(self) {
        self.prolonging.abort();
        // If this fails, it is free when the term is over.
        let _ = self.store.release(&self.lease).await;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.prolonging.abort();
    }
}

async fn prolonged(
    store: &dyn Store,
    source: &Source,
    holder: &str,
    options: &Options,
) -> Result<Option<Lease>, store::Error> {
    let now = options.now();
    let term = SignedDuration::try_from(TERM).unwrap_or(SignedDuration::MAX);
    let until = now.checked_add(term).unwrap_or(now);
    store.lease(source, holder, now, until).await
}
