//! The pipeline of one call.

use std::sync::Arc;
use std::time::Duration;

use core_model::{Error, ErrorKind, Quota, Result, Retry, Source};
use jiff::Timestamp;
use secrecy::SecretString;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tracing::{Instrument, Span, debug, debug_span};

use crate::auth::{Auth, Moments, TokenSource};
use crate::base_url::BaseUrl;
use crate::dialect::{Dialect, Then};
use crate::exchange::{Answer, Exchange, ExchangeError, Incoming, Outgoing};
use crate::limiter::{Limiter, Scope};
use crate::options::Options;
use crate::redact::{MASK, Redactor};
use crate::reply::Reply;
use crate::request::Request;
use crate::retry::{Attempts, RetryPolicy};
use crate::token::{Issued, TokenCache};
use crate::verdict::{self, Fate, Judged};

/// The way to one account's platform. Cheap to clone; clones share connections, token and quota.
///
/// Each attempt of a call takes these steps anew: wait for a permit, get the credential, build and
/// sign, send, judge the answer. Then the call is done, or its token is renewed (once), or it waits
/// and tries again, or it fails.
#[derive(Debug, Clone)]
pub struct Http(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    source: Source,
    base_url: BaseUrl,
    auth: Box<dyn Auth>,
    dialect: &'static dyn Dialect,
    exchange: Arc<dyn Exchange>,
    moments: Arc<dyn Moments>,
    limiter: Limiter,
    retry: RetryPolicy,
    attempt_timeout: Duration,
    tokens: TokenCache,
    /// Held by the one action that is under way.
    acting: Mutex<()>,
}

/// What became of an action that the platform has not refused.
#[derive(Debug)]
pub(crate) enum Acted {
    /// The platform states success.
    Answered(Box<Reply>),
    /// The request may have taken effect; why nobody knows.
    Unconfirmed(Error),
}

/// Whether a call needs a credential, or is the one that fetches it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Signed,
    Open,
}

impl Http {
    /// A way to `base_url` for the account that `source` names. `quotas` are the documented ones;
    /// they apply unless the options bring a limiter.
    ///
    /// # Errors
    /// [`Config`](core_model::ErrorKind::Config) when this machine's root certificates cannot be
    /// read.
    pub fn new(
        source: Source,
        base_url: BaseUrl,
        auth: impl Auth + 'static,
        dialect: &'static dyn Dialect,
        quotas: &[(Scope, Quota)],
        options: Options,
    ) -> Result<Self> {
        let exchange = options
            .exchange_for(&base_url)
            .map_err(|error| error.with_source(&source))?;
        Ok(Self(Arc::new(Inner {
            limiter: options.limiter_for(quotas),
            moments: options.moments,
            retry: options.retry,
            attempt_timeout: options.attempt_timeout,
            tokens: TokenCache::default(),
            acting: Mutex::new(()),
            auth: Box::new(auth),
            source,
            base_url,
            dialect,
            exchange,
        })))
    }

    /// Where the answers come from.
    pub fn source(&self) -> &Source {
        &self.0.source
    }

    /// The time, from the clock that signs requests.
    pub fn now(&self) -> Timestamp {
        self.0.moments.next().now
    }

    /// Sends a request and returns the platform's answer, if that states success.
    ///
    /// # Errors
    /// What went wrong, with account, call, native code, request id and number of attempts.
    pub async fn call(&self, request: Request) -> Result<Reply> {
        self.call_with(request, Access::Signed, Ok).await
    }

    /// Sends a request and reads the platform's answer, if that states success. Pages that are requested ahead are read on
    /// as many threads as the runtime has, where a [`call`](Self::call) leaves it to whoever waits for the answer.
    ///
    /// # Errors
    /// As for [`call`](Self::call), and what keeps the answer from being read.
    pub async fn read<T: Send + 'static>(
        &self,
        request: Request,
        read: impl FnOnce(&Reply) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.call_with(request, Access::Signed, move |reply| read(&reply))
            .await
    }

    /// Sends a request that is to be answered with tokens, for a caller who keeps them. It is not signed,
    /// and nothing of the answer is ever shown. (The tokens of an account's calls are fetched without
    /// this, see [`TokenSource::Exchange`].)
    ///
    /// # Errors
    /// As for [`call`](Self::call); a refusal is one of the credentials.
    pub async fn call_for_tokens(&self, request: Request) -> Result<Reply> {
        let reply = self.call_with(request, Access::Open, Ok).await;
        reply.map_err(credentials_refused)
    }

    /// Sends a request that changes something, at most once: again only where it certainly never left. The actions of an
    /// account go out one after another, so that no two of them meet on one order.
    ///
    /// The request goes on when the future is dropped, since it cannot be called back.
    ///
    /// # Errors
    /// What the platform refused, or what kept the request from being sent: nothing has changed.
    pub(crate) async fn act(&self, request: Request) -> Result<Acted> {
        let span = self.span(&request);
        let inner = Arc::clone(&self.0);
        let run = async move { inner.act(&request).await };
        match tokio::spawn(run.instrument(span)).await {
            Ok(result) => result,
            Err(stopped) if stopped.is_panic() => std::panic::resume_unwind(stopped.into_panic()),
            // It may have been sent before.
            Err(_) => Ok(Acted::Unconfirmed(self.shutting_down())),
        }
    }

    /// How a request would go out, but for the secrets, and the text that takes them out of it.
    pub(crate) fn unsent(&self, request: &Request) -> Result<(Outgoing, Redactor)> {
        let mut signed = request.clone();
        let token = match self.0.auth.token() {
            TokenSource::None => None,
            TokenSource::Fixed(_) | TokenSource::Exchange(_) => Some(SecretString::from(MASK)),
        };
        let moment = self.0.moments.next();
        self.0.auth.sign(&mut signed, token.as_ref(), &moment)?;
        let redactor = Redactor::new(self.0.auth.secrets(), &signed);
        let outgoing = signed.into_outgoing(&self.0.base_url)?;
        Ok((outgoing, redactor))
    }

    fn span(&self, request: &Request) -> Span {
        let source = &self.0.source;
        debug_span!(
            "call",
            platform = source.platform().as_str(),
            account = source.account().as_str(),
            operation = request.operation(),
        )
    }

    fn shutting_down(&self) -> Error {
        let error = Error::new(ErrorKind::Network, "the runtime is shutting down");
        error.with_source(&self.0.source)
    }

    async fn call_with<T: Send + 'static>(
        &self,
        request: Request,
        access: Access,
        read: impl FnOnce(Reply) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let span = self.span(&request);
        let inner = Arc::clone(&self.0);
        let run = async move { read(inner.run(&request, access).await?) };
        // A task of its own: a call that nobody polls for a while, such as a page requested ahead,
        // must not keep the token from others, nor let its time run out. Dropping the set aborts it.
        let mut task = JoinSet::new();
        task.spawn(run.instrument(span));
        match task.join_next().await {
            Some(Ok(result)) => result,
            Some(Err(stopped)) if stopped.is_panic() => {
                std::panic::resume_unwind(stopped.into_panic())
            }
            _ => Err(self.shutting_down()),
        }
    }
}

impl Inner {
    async fn run(&self, request: &Request, access: Access) -> Result<Reply> {
        let mut attempts = Attempts::new(self.retry);
        let mut renewed = false;
        loop {
            let (token, judged) = match self.next(request, access, &mut attempts).await? {
                (_, Ok(reply)) => return Ok(reply),
                (token, Err(judged)) => (token, judged),
            };
            let renewable = token.as_ref().is_some_and(Issued::is_renewable);
            match (judged.then, token) {
                (Then::RenewToken, Some(token)) if renewable && !renewed => {
                    self.tokens.reject(&token).await;
                    renewed = true;
                }
                _ => attempts.wait_or_fail(judged).await?,
            }
        }
    }

    async fn act(&self, request: &Request) -> Result<Acted> {
        let _alone = self.acting.lock().await;
        let mut attempts = Attempts::new(self.retry);
        loop {
            let (token, judged) = match self.next(request, Access::Signed, &mut attempts).await? {
                (_, Ok(reply)) => return Ok(Acted::Answered(Box::new(reply))),
                (token, Err(judged)) => (token, judged),
            };
            match judged.fate {
                Fate::Unsent => attempts.wait_or_fail(judged).await?,
                Fate::Unknown => {
                    let error = judged.error.with_retry(Retry::Never);
                    return Ok(Acted::Unconfirmed(error));
                }
                Fate::Refused => {
                    if let (Then::RenewToken, Some(token)) = (judged.then, token) {
                        // Not for this request: for whoever comes next.
                        self.tokens.reject(&token).await;
                    }
                    let retry = judged.after.map_or(judged.error.retry(), Retry::After);
                    return Err(judged.error.with_retry(retry));
                }
            }
        }
    }

    /// The next attempt, from the permit on, and the credential that it was made with.
    async fn next(
        &self,
        request: &Request,
        access: Access,
        attempts: &mut Attempts,
    ) -> Result<(Option<Issued>, Result<Reply, Judged>)> {
        self.limiter.permit(request.operation()).await;
        attempts.begin();
        let token = match access {
            Access::Signed => self.token().await?,
            Access::Open => None,
        };
        let limit = self.attempt_timeout.min(attempts.time_left());
        let count = attempts.count();
        let outcome = match self.attempt(request, access, token.as_ref(), limit).await {
            Ok(reply) => Ok(reply.after(count)),
            Err(judged) => {
                debug!(attempt = count, error = %judged.error, "attempt failed");
                Err(judged.map(|error| {
                    error
                        .with_source(&self.source)
                        .with_operation(request.operation())
                        .with_attempts(count)
                }))
            }
        };
        Ok((token, outcome))
    }

    /// The credential of the next attempt. Fetching it is a call of its own, made once for all that
    /// wait for it.
    async fn token(&self) -> Result<Option<Issued>> {
        match self.auth.token() {
            TokenSource::None => Ok(None),
            TokenSource::Fixed(token) => Ok(Some(Issued::fixed(token))),
            TokenSource::Exchange(exchange) => {
                let fetch = async || {
                    let request = exchange.request();
                    let reply = Box::pin(self.run(&request, Access::Open)).await;
                    exchange.read(&reply.map_err(credentials_refused)?)
                };
                self.tokens.get(fetch).await.map(Some)
            }
        }
    }

    async fn attempt(
        &self,
        request: &Request,
        access: Access,
        token: Option<&Issued>,
        limit: Duration,
    ) -> Result<Reply, Judged> {
        let mut signed = request.clone();
        if access == Access::Signed {
            self.auth
                .sign(&mut signed, token.map(Issued::value), &self.moments.next())?;
        }
        let mut secrets = self.auth.secrets();
        secrets.extend(token.map(Issued::value));
        let redactor = Redactor::new(secrets, &signed);
        let redactor = match access {
            Access::Signed => redactor,
            Access::Open => redactor.opaque(),
        };
        let outgoing = signed.into_outgoing(&self.base_url)?;
        let started = Instant::now();
        let incoming = match timeout(limit, self.exchange.exchange(outgoing)).await {
            Ok(result) => result,
            Err(_) => Err(ExchangeError::timeout(limit)),
        };
        let incoming = incoming.map_err(|error| Judged::from_exchange(error, &redactor))?;
        debug!(
            status = incoming.status().as_u16(),
            bytes = incoming.body().len(),
            elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            "answered",
        );
        self.judge(request, readable(incoming), redactor)
    }

    fn judge(
        &self,
        request: &Request,
        answer: Answer,
        redactor: Redactor,
    ) -> Result<Reply, Judged> {
        let now = || self.moments.next().now;
        let verdict = verdict::of(&answer, self.dialect, &redactor, now);
        verdict.map(|()| Reply::new(answer, self.source.clone(), request.operation(), redactor))
    }
}

/// JSON is UTF-8. Where a platform cuts a character in two, what is left of it is replaced, so that
/// one text does not cost the page.
fn readable(incoming: Incoming) -> Answer {
    incoming.map(|body| {
        let text = String::from_utf8(body.into());
        text.unwrap_or_else(|cut| String::from_utf8_lossy(cut.as_bytes()).into_owned())
    })
}

/// A platform that refuses to issue a token refuses the credentials, whatever code it has for that.
fn credentials_refused(error: Error) -> Error {
    match error.kind() {
        ErrorKind::Rejected => error.with_kind(ErrorKind::Unauthenticated),
        _ => error,
    }
}

impl From<Error> for Judged {
    /// A request that cannot be built or signed: trying again does not help.
    fn from(error: Error) -> Self {
        Self {
            error,
            then: Then::Fail,
            after: None,
            fate: Fate::Unsent,
        }
    }
}
