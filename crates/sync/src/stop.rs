//! How everything is brought to an end.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

/// How long a question that is under way may still be answered.
const GRACE: Duration = Duration::from_secs(3);

/// Makes whatever holds the [`Stop`] come to an end.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

impl Stopper {
    /// Nothing new is begun from now on. What has been asked for may arrive for three more seconds, and what has arrived
    /// is written.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

/// Knows whether to come to an end. Clones belong to the same [`Stopper`].
#[derive(Debug, Clone)]
pub struct Stop(Option<watch::Receiver<bool>>);

impl Stop {
    /// A pair of the two.
    pub fn new() -> (Stopper, Self) {
        let (sender, receiver) = watch::channel(false);
        (Stopper(sender), Self(Some(receiver)))
    }

    /// Nobody will ask to stop.
    pub fn never() -> Self {
        Self(None)
    }

    /// Whether nothing new is to be begun.
    pub fn is_raised(&self) -> bool {
        self.0.as_ref().is_some_and(|raised| *raised.borrow())
    }

    /// Waits until nothing new is to be begun, for ever if need be.
    pub async fn raised(&self) {
        if let Some(raised) = &self.0
            && raised.clone().wait_for(|&raised| raised).await.is_ok()
        {
            return;
        }
        std::future::pending::<()>().await;
    }

    /// Waits until even what is under way has had its time.
    pub(crate) async fn overdue(&self) {
        self.raised().await;
        sleep(GRACE).await;
    }
}
