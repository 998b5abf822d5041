//! Ctrl-C: the first one ends the work after the current row, the second one ends it at once.

use std::io;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::signal;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::console::Exit;

/// Knows whether Ctrl-C was pressed.
#[derive(Clone)]
pub(crate) struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    /// Takes Ctrl-C over. To be called within the runtime.
    pub(crate) fn listen() -> Self {
        Self::heard(signal::ctrl_c, Duration::MAX)
    }

    /// Takes SIGTERM over as well, as a service has to. So long after the first of them the command ends, whatever it
    /// is doing then.
    pub(crate) fn of_service(grace: Duration) -> Self {
        Self::heard(ctrl_c_or_terminate, grace)
    }

    fn heard<F>(pressed: fn() -> F, grace: Duration) -> Self
    where
        F: Future<Output = io::Result<()>> + Send + 'static,
    {
        let (sender, receiver) = watch::channel(false);
        let mut first = Box::pin(pressed());
        // Ctrl-C is taken over when this is polled for the first time: before the first row, then.
        let at_once = first.as_mut().now_or_never();
        tokio::spawn(async move {
            let first = match at_once {
                Some(pressed) => pressed,
                None => first.await,
            };
            if first.is_err() {
                return;
            }
            let _ = sender.send(true);
            // The work may hang in a write that nobody reads.
            if !matches!(timeout(grace, pressed()).await, Ok(Err(_))) {
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

async fn ctrl_c_or_terminate() -> io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminate = signal::unix::signal(signal::unix::SignalKind::terminate())?;
        tokio::select! {
            pressed = signal::ctrl_c() => pressed,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    signal::ctrl_c().await
}
