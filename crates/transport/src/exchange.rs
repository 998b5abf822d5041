//! One request out, one answer back.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use core_model::{Error, ErrorKind, Result};
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;

use crate::BaseUrl;

/// A request as it goes out.
pub type Outgoing = http::Request<Bytes>;

/// An answer as it came in.
pub type Incoming = http::Response<Bytes>;

/// An answer whose text can be read.
pub(crate) type Answer = http::Response<String>;

/// Whatever takes requests to a server: an HTTP client, or a script in tests.
#[async_trait]
pub trait Exchange: fmt::Debug + Send + Sync {
    /// Sends one request and reads the whole answer.
    ///
    /// # Errors
    /// [`ExchangeError`] when there is no complete answer. Redirects are answers.
    async fn exchange(&self, request: Outgoing) -> Result<Incoming, ExchangeError>;
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct ExchangeError {
    pub(crate) kind: ErrorKind,
    pub(crate) message: String,
    /// Whether the server may have got the request, or a part of it.
    pub(crate) may_have_arrived: bool,
    #[source]
    pub(crate) source: Option<Box<dyn StdError + Send + Sync>>,
}

impl ExchangeError {
    /// The connection failed; the server may have got the request.
    pub fn network(message: impl Into<String>) -> Self {
        Self {
            kind: ErrorKind::Network,
            message: message.into(),
            may_have_arrived: true,
            source: None,
        }
    }

    /// There was no connection: nothing of the request has left this machine.
    pub fn unconnected(message: impl Into<String>) -> Self {
        Self {
            may_have_arrived: false,
            ..Self::network(message)
        }
    }

    pub(crate) fn timeout(limit: Duration) -> Self {
        Self {
            kind: ErrorKind::Timeout,
            ..Self::network(format!("no complete answer within {limit:?}"))
        }
    }

    fn too_large(limit: usize) -> Self {
        let message = format!("the answer is larger than the limit of {limit} bytes");
        Self {
            kind: ErrorKind::Decode,
            ..Self::network(message)
        }
    }
}

/// The HTTP client: rustls, no redirects, no proxy from the environment, bodies up to a limit.
#[derive(Debug)]
pub(crate) struct HttpClient {
    client: reqwest::Client,
    body_limit: usize,
}

impl HttpClient {
    pub(crate) fn new(base_url: &BaseUrl, body_limit: usize) -> Result<Self> {
        const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
        let refuse = |error: &dyn fmt::Display| {
            let message = format!("the TLS client cannot be set up: {error}");
            Error::new(ErrorKind::Config, message)
        };
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls_config(base_url).map_err(|error| refuse(&error))?)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT)
            .user_agent(concat!("aftersales/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| refuse(&error))?;
        Ok(Self { client, body_limit })
    }
}

/// The system's root certificates for HTTPS; for plain HTTP to this machine none are needed.
fn tls_config(base_url: &BaseUrl) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let builder = if base_url.is_https() {
        builder.with_platform_verifier()?
    } else {
        builder.with_root_certificates(rustls::RootCertStore::empty())
    };
    Ok(builder.with_no_client_auth())
}

#[async_trait]
impl Exchange for HttpClient {
    async fn exchange(&self, request: Outgoing) -> Result<Incoming, ExchangeError> {
        let request = reqwest::Request::try_from(request).map_err(without_url)?;
        let mut response = self.client.execute(request).await.map_err(without_url)?;

        let limit = self.body_limit;
        let announced = response.content_length().unwrap_or(0);
        if usize::try_from(announced).map_or(true, |length| length > limit) {
            return Err(ExchangeError::too_large(limit));
        }
        // An announcement is no reason to set more memory aside than a usual page takes.
        let usual = usize::try_from(announced).unwrap_or(usize::MAX);
        let mut body = BytesMut::with_capacity(usual.clamp(64 << 10, 1 << 20));
        while let Some(chunk) = response.chunk().await.map_err(without_url)? {
            if body.len() + chunk.len() > limit {
                return Err(ExchangeError::too_large(limit));
            }
            body.extend_from_slice(&chunk);
        }

        let mut incoming = Incoming::new(body.freeze());
        *incoming.status_mut() = response.status();
        *incoming.headers_mut() = std::mem::take(response.headers_mut());
        Ok(incoming)
    }
}

/// A URL can hold a token, so no error keeps it.
fn without_url(error: reqwest::Error) -> ExchangeError {
    let error = error.without_url();
    let timed_out = error.is_timeout();
    ExchangeError {
        kind: if timed_out {
            ErrorKind::Timeout
        } else {
            ErrorKind::Network
        },
        message: innermost(&error).to_string(),
        may_have_arrived: !(error.is_connect() || error.is_builder()),
        source: Some(error.into()),
    }
}

/// The error at the bottom of the chain says what happened; those above only where.
fn innermost<'a>(mut error: &'a (dyn StdError + 'static)) -> &'a (dyn StdError + 'static) {
    while let Some(source) = error.source() {
        error = source;
    }
    error
}
