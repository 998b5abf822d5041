use std::fmt;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use http::StatusCode;

use crate::{Exchange, ExchangeError, Incoming, Moment, Moments, Outgoing};

type Answer = dyn FnMut(&Outgoing) -> Result<Incoming, ExchangeError> + Send;

/// An exchange that answers from a function and records what it was asked.
pub struct Script {
    answer: Mutex<Box<Answer>>,
    requests: Mutex<Vec<Outgoing>>,
}

impl Script {
    /// Answers each request as the function says.
    pub fn new(
        answer: impl FnMut(&Outgoing) -> Result<Incoming, ExchangeError> + Send + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            answer: Mutex::new(Box::new(answer)),
            requests: Mutex::default(),
        })
    }

    /// Answers every request alike.
    pub fn always(status: u16, body: impl Into<String>) -> Arc<Self> {
        let body = body.into();
        Self::new(move |_| Ok(answer(status, body.clone())))
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Outgoing> {
        self.requests.lock().unwrap().clone()
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Script")
    }
}

#[async_trait]
impl Exchange for Script {
    async fn exchange(&self, request: Outgoing) -> Result<Incoming, ExchangeError> {
        // Let calls that run at the same time overtake each other.
        tokio::task::yield_now().await;
        self.requests.lock().unwrap().push(request.clone());
        (self.answer.lock().unwrap())(&request)
    }
}

/// An answer with a status and a body.
pub fn answer(status: u16, body: impl Into<String>) -> Incoming {
    let mut incoming = Incoming::new(Bytes::from(body.into()));
    *incoming.status_mut() = StatusCode::from_u16(status).expect("an HTTP status");
    incoming
}

/// The same moment for every attempt, so that signed requests can be compared.
#[derive(Debug, Clone)]
pub struct FixedMoments(pub Moment);

impl Moments for FixedMoments {
    fn next(&self) -> Moment {
        self.0.clone()
    }
}

/// A query parameter of a request as a number; panics where there is none.
pub fn query_number(request: &Outgoing, name: &str) -> usize {
    let query = request.uri().query().unwrap_or_default();
    let value = url::form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == name)
        .unwrap_or_else(|| panic!("{name} in {query}"))
        .1;
    value.parse().expect("a number")
}

/// A member of a request's JSON body as a number; panics where there is none.
pub fn body_number(request: &Outgoing, name: &str) -> usize {
    let body: serde_json::Value = serde_json::from_slice(request.body()).expect("a JSON body");
    let value = body[name]
        .as_u64()
        .unwrap_or_else(|| panic!("{name} in {body}"));
    usize::try_from(value).expect("a small number")
}
