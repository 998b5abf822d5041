//! Answers that no server sent, taken through the pipeline of the transport: judged, cleaned of secrets, decoded.

use std::cell::RefCell;
use std::future::Future;
use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use bytes::Bytes;
use core_model::{Platform, Result, Side, Source};
use http::StatusCode;
use jiff::Timestamp;
use secrecy::SecretString;
use tokio::runtime::{Builder, Runtime};
use transport::{
    Auth, BaseUrl, Dialect, Exchange, ExchangeError, Fault, Http, Incoming, Limiter, Moment,
    Moments, Options, Outgoing, Reply, Request, RetryPolicy, TokenSource,
};

use crate::check;

/// Every secret of every account here. No error may show it.
pub(crate) const SECRET: &str = "canary-0f1e2d3c4b5a";

/// Where requests would go.
pub(crate) const BASE_URL: &str = "https://fuzz.example/base";

/// 2024-01-01T00:00:00Z.
pub(crate) const NOW: i64 = 1_704_067_200;

thread_local! {
    static RUNTIME: Runtime = Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    static ANSWER: RefCell<Incoming> = RefCell::default();
    static ASKED: RefCell<Option<Outgoing>> = const { RefCell::new(None) };
}

/// Does what is asked for while every request gets this answer.
pub(crate) fn with_answer<T>(answer: Incoming, call: impl Future<Output = T>) -> T {
    ANSWER.set(answer);
    RUNTIME.with(|runtime| runtime.block_on(call))
}

/// The last request since this was asked.
pub(crate) fn last_request() -> Option<Outgoing> {
    ASKED.take()
}

/// An answer with this status and body.
pub(crate) fn answer(status: StatusCode, body: &[u8]) -> Incoming {
    let mut answer = Incoming::new(Bytes::copy_from_slice(body));
    *answer.status_mut() = status;
    answer
}

/// What the body of a success becomes before a wire type reads it; `None` where it is no JSON object.
pub(crate) fn reply(body: &[u8]) -> Option<Reply> {
    static HTTP: LazyLock<Http> = LazyLock::new(|| {
        http(BaseUrl::new(BASE_URL).expect("a base URL")).expect("a client without TLS")
    });
    let request = Request::get("fuzz", "/");
    check::outcome(with_answer(
        answer(StatusCode::OK, body),
        HTTP.call(request),
    ))
}

/// The way to a platform that never says no in words of its own.
pub(crate) fn http(base_url: BaseUrl) -> Result<Http> {
    let auth = Bearer(SECRET.into());
    Http::new(source(), base_url, auth, &Silent, &[], options())
}

/// Where the records come from.
pub(crate) fn source() -> Source {
    Source::new(Platform::new("fuzz"), "fuzz", Side::Seller)
}

/// No quota, no second attempt, no network.
pub(crate) fn options() -> Options {
    Options::default()
        .with_limiter(Limiter::unlimited())
        .with_retry(RetryPolicy::never())
        .with_exchange(Arc::new(Prepared))
        .with_moments(Arc::new(OneMoment))
}

/// The time at which everything happens.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(NOW).expect("a time")
}

/// Answers with what [`with_answer`] was given.
#[derive(Debug)]
struct Prepared;

#[async_trait]
impl Exchange for Prepared {
    async fn exchange(&self, request: Outgoing) -> Result<Incoming, ExchangeError> {
        ASKED.set(Some(request));
        Ok(ANSWER.with_borrow(Clone::clone))
    }
}

#[derive(Debug)]
struct OneMoment;

impl Moments for OneMoment {
    fn next(&self) -> Moment {
        Moment {
            now: now(),
            nonce: "0".repeat(32),
        }
    }
}

#[derive(Debug)]
struct Silent;

impl Dialect for Silent {
    fn fault(&self, _: StatusCode, _: &[u8]) -> Option<Fault> {
        None
    }
}

#[derive(Debug)]
struct Bearer(SecretString);

impl Auth for Bearer {
    fn token(&self) -> TokenSource<'_> {
        TokenSource::Fixed(&self.0)
    }

    fn sign(&self, request: &mut Request, _: Option<&SecretString>, _: &Moment) -> Result<()> {
        request.set_secret_header("authorization", SECRET)
    }

    fn secrets(&self) -> Vec<&SecretString> {
        vec![&self.0]
    }
}
