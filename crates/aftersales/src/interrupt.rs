//! Ctrl-C: the first one ends the work after the current row, the second one ends it at once.

use futures_util::FutureExt;
use tokio::signal;
use tokio::sync::watch;

use crate::console::Exit;

/// Knows whether Ctrl-C was pressed.
#[derive(Clone)]
pub(crate) struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    /// Takes Ctrl-C over. To be called within the runtime.
    pub(crate) fn listen() -> Self {
        let (sender, receiver) = watch::channel(false);
        let mut first = Box::pin(signal::ctrl_c());
        // Ctrl-C is taken over when this is polled for the first time: before the first row, then.
        let at_once = first.as_mut().now_or_never();
        tokio::spawn(async move {
            let first = match at_once {
                Some(pressed) => pressed,
                None => first.await,
            };
            if first.is_ok() {
                let _ = sender.send(true);
            }
            // The work may hang in a write that nobody reads.
            if signal::ctrl_c().await.is_ok() {
                std::process::exit(Exit::Interrupted.code().into());
            }
        });
        Self(receiver)
    }

    pub(crate) fn is_raised(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits for Ctrl-C, for ever if need be.
    pub(crate) async fn raised(&mut self) {
        if self.0.wait_for(|&raised| raised).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
