//! Ctrl-C, and where it is wanted SIGTERM: the first one ends the work after the current row, the second one ends it at once.

use std::io;

use futures_util::FutureExt;
use tokio::signal;
use tokio::sync::watch;

use crate::console::Exit;

/// Knows whether the command is to end.
#[derive(Clone)]
pub(crate) struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    /// Takes Ctrl-C over. To be called within the runtime.
    pub(crate) fn listen() -> Self {
        Self::to(signal::ctrl_c)
    }

    /// Takes SIGTERM over as well, with which services are stopped.
    pub(crate) fn listen_as_service() -> Self {
        Self::to(ctrl_c_or_sigterm)
    }

    fn to<S: Future<Output = io::Result<()>> + Send + 'static>(
        signal: impl Fn() -> S + Send + 'static,
    ) -> Self {
        let (sender, receiver) = watch::channel(false);
        let mut first = Box::pin(signal());
        // The signal is taken over when this is polled for the first time: before the first row, then.
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
            if signal().await.is_ok() {
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

#[cfg(unix)]
async fn ctrl_c_or_sigterm() -> io::Result<()> {
    use signal::unix::{SignalKind, signal};

    let mut sigterm = signal(SignalKind::terminate())?;
    tokio::select! {
        pressed = signal::ctrl_c() => pressed,
        _ = sigterm.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn ctrl_c_or_sigterm() -> io::Result<()> {
    signal::ctrl_c().await
}
