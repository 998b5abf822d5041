//! What can be set for every platform alike.

use std::sync::Arc;
use std::time::Duration;

use core_model::{Quota, Result};

use crate::auth::{Moments, SystemMoments};
use crate::exchange::{Exchange, HttpClient};
use crate::{BaseUrl, Limiter, RetryPolicy, Scope};

/// Limits and patience of a client. The defaults suit a program that runs unattended.
#[derive(Debug, Clone)]
pub struct Options {
    pub(crate) limiter: Option<Limiter>,
    pub(crate) idle: Option<Duration>,
    pub(crate) retry: RetryPolicy,
    pub(crate) attempt_timeout: Duration,
    pub(crate) body_limit: usize,
    pub(crate) exchange: Option<Arc<dyn Exchange>>,
    pub(crate) moments: Arc<dyn Moments>,
}

impl Default for Options {
    /// The platform's documented quota, four attempts within two minutes, 30 s for each, 32 MiB for
    /// a body.
    fn default() -> Self {
        Self {
            limiter: None,
            idle: None,
            retry: RetryPolicy::default(),
            attempt_timeout: Duration::from_secs(30),
            body_limit: 32 << 20,
            exchange: None,
            moments: Arc::new(SystemMoments),
        }
    }
}

impl Options {
    /// Counts calls with this limiter instead of one for the platform's documented quota.
    #[must_use]
    pub fn with_limiter(mut self, limiter: Limiter) -> Self {
        self.limiter = Some(limiter);
        self
    }

    /// Assumes that another client of the account has used the documented quota up, and that the last of its calls was so
    /// long ago. Without this, nobody else is assumed.
    #[must_use]
    pub fn with_quota_used(mut self, ago: Duration) -> Self {
        self.idle = Some(ago);
        self
    }

    /// Tries failed calls again as this policy says.
    #[must_use]
    pub fn with_retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// Gives up waiting for one answer after this time.
    #[must_use]
    pub fn with_attempt_timeout(mut self, limit: Duration) -> Self {
        self.attempt_timeout = limit;
        self
    }

    /// Refuses answers of more bytes than this.
    #[must_use]
    pub fn with_body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Sends requests through this instead of an HTTP client.
    #[must_use]
    pub fn with_exchange(mut self, exchange: Arc<dyn Exchange>) -> Self {
        self.exchange = Some(exchange);
        self
    }

    /// Takes time and nonces from this instead of from the system.
    #[must_use]
    pub fn with_moments(mut self, moments: Arc<dyn Moments>) -> Self {
        self.moments = moments;
        self
    }

    /// The limiter that was given, or else one that keeps the documented quotas.
    pub(crate) fn limiter_for(&self, quotas: &[(Scope, Quota)]) -> Limiter {
        let documented = || match self.idle {
            Some(idle) => Limiter::new(quotas).taken_over_after(idle),
            None => Limiter::new(quotas),
        };
        self.limiter.clone().unwrap_or_else(documented)
    }

    pub(crate) fn exchange_for(&self, base_url: &BaseUrl) -> Result<Arc<dyn Exchange>> {
        match &self.exchange {
            Some(exchange) => Ok(Arc::clone(exchange)),
            None => Ok(Arc::new(HttpClient::new(base_url, self.body_limit)?)),
        }
    }
}
