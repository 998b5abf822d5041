//! From a connection to a dialect and back, faults included.

use std::collections::HashSet;
use std::fmt::Write;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::State;
use axum::http::header::{LOCATION, RETRY_AFTER};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt;
use futures_util::stream;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::dialects::{self, Account, Dialect, PLATFORMS, Setup};
use crate::exchange::{Answer, Paging, Request};
use crate::fault::Kind;
use crate::tokens::Tokens;
use crate::{ChangeError, Effect, Fault, Opened, OrderRef};

/// Far above any documented request body.
const LARGEST_REQUEST: usize = 1 << 20;

/// Everything behind the port.
#[derive(Debug)]
pub(crate) struct Server {
    records: u64,
    desks: Vec<Desk>,
    faults: Vec<Fault>,
    is_pushing: bool,
}

/// One platform and its counters.
#[derive(Debug)]
struct Desk {
    name: &'static str,
    dialect: Box<dyn Dialect>,
    /// Every request.
    requests: AtomicU64,
    /// The requests that faults apply to.
    business_calls: AtomicU64,
    /// The orders that a call is writing to, where the platform lets only one call do so at a time.
    written: Mutex<HashSet<u64>>,
}

impl Desk {
    /// Reserves an order for one call that writes to it.
    fn reserve(&self, order: u64) -> Option<Reserved<'_>> {
        let is_free = self.written().insert(order);
        is_free.then(|| Reserved { desk: self, order })
    }

    fn written(&self) -> MutexGuard<'_, HashSet<u64>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An order that a call is writing to, until it is answered or nobody waits for the answer.
#[derive(Debug)]
struct Reserved<'a> {
    desk: &'a Desk,
    order: u64,
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        self.desk.written().remove(&self.order);
    }
}

/// Serves until told to stop, or until nobody is left who could tell.
pub(crate) async fn serve(
    listener: TcpListener,
    server: Arc<Server>,
    stopped: oneshot::Receiver<()>,
) {
    let listener = listener.tap_io(|connection| {
        // Only a matter of speed: without it small answers wait for an acknowledgement.
        let _ = connection.set_nodelay(true);
    });
    let routes = Router::new().fallback(respond).with_state(server);
    let stopped = async {
        let _ = stopped.await;
    };
    // `axum::serve` retries a failing accept by itself and never returns an error.
    let _ = axum::serve(listener, routes)
        .with_graceful_shutdown(stopped)
        .await;
}

impl Server {
    pub(crate) fn new(setup: &Setup, faults: Vec<Fault>) -> Self {
        let desk = |(name, dialect)| Desk {
            name,
            dialect,
            requests: AtomicU64::new(0),
            business_calls: AtomicU64::new(0),
            written: Mutex::default(),
        };
        Self {
            records: setup.records,
            desks: PLATFORMS
                .into_iter()
                .zip(dialects::all(setup))
                .map(desk)
                .collect(),
            faults,
            is_pushing: setup.outbox.is_collected(),
        }
    }

    pub(crate) fn records(&self) -> u64 {
        self.records
    }

    pub(crate) fn desk_index(&self, platform: &str) -> Option<usize> {
        self.desks.iter().position(|desk| desk.name == platform)
    }

    pub(crate) fn order(&self, desk: usize, number: u64) -> Option<OrderRef> {
        self.desks.get(desk)?.dialect.order(number)
    }

    pub(crate) fn change(
        &self,
        platform: &str,
        case: &str,
        status: &str,
    ) -> Result<(), ChangeError> {
        let desk = self.desk(platform);
        let desk = desk.ok_or_else(|| ChangeError::Platform(platform.to_owned()))?;
        desk.dialect.change(case, status)
    }

    pub(crate) fn open(&self, platform: &str) -> Option<Opened> {
        Some(self.desk(platform)?.dialect.open())
    }

    /// How many cases were opened since the start.
    pub(crate) fn opened(&self, platform: &str) -> u64 {
        let desk = self.desk(platform);
        desk.map_or(0, |desk| desk.dialect.opened())
    }

    pub(crate) fn effects(&self, platform: &str) -> Vec<Effect> {
        let desk = self.desk(platform);
        desk.map_or_else(Vec::new, |desk| desk.dialect.effects())
    }

    pub(crate) fn calls(&self, platform: &str) -> u64 {
        self.desk(platform)
            .map_or(0, |desk| desk.requests.load(Ordering::Relaxed))
    }

    pub(crate) fn over_quota(&self, platform: &str) -> u64 {
        self.desk(platform)
            .map_or(0, |desk| desk.dialect.over_quota())
    }

    pub(crate) fn tokens_issued(&self, platform: &str) -> u64 {
        let books = self
            .desk(platform)
            .map_or(&[][..], |desk| desk.dialect.tokens());
        books.iter().map(Tokens::issued).sum()
    }

    pub(crate) fn expire_tokens(&self) {
        for desk in &self.desks {
            for tokens in desk.dialect.tokens() {
                tokens.expire_all();
            }
        }
    }

    pub(crate) fn config(&self, origin: &str) -> String {
        let mut config =
            String::from("# Accounts on a local sandbox. The credentials are public constants.\n");
        for desk in &self.desks {
            let Account {
                name,
                settings,
                pushes,
            } = desk.dialect.account();
            let platform = desk.name;
            // Writing to a string cannot fail.
            let _ = writeln!(config, "\n[accounts.{name}]\nplatform = \"{platform}\"");
            for (key, value) in settings {
                let _ = writeln!(config, "{key} = \"{value}\"");
            }
            let _ = writeln!(config, "base_url = \"{origin}/{platform}\"");
            if self.is_pushing && !pushes.is_empty() {
                let _ = writeln!(config, "\n[accounts.{name}.push]");
                for (key, value) in pushes {
                    let _ = writeln!(config, "{key} = \"{value}\"");
                }
            }
        }
        config
    }

    fn desk(&self, platform: &str) -> Option<&Desk> {
        self.desks.iter().find(|desk| desk.name == platform)
    }
}

async fn respond(State(server): State<Arc<Server>>, request: axum::extract::Request) -> Response {
    let (parts, body) = request.into_parts();
    let Some((desk, path)) = addressed(&server, &parts.uri) else {
        return unknown_platform().into_response();
    };
    desk.requests.fetch_add(1, Ordering::Relaxed);
    let Ok(body) = to_bytes(body, LARGEST_REQUEST).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let mut request = Request {
        method: parts.method,
        path: path.to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body,
        received: Timestamp::now(),
        instant: Instant::now(),
        paging: Paging::AsAsked,
        order_is_busy: false,
    };
    if desk.dialect.is_token_call(&request) {
        return desk.dialect.answer(&request).into_response();
    }
    let order = desk.dialect.writes_to(&request);
    let reserved = order.and_then(|order| desk.reserve(order));
    request.order_is_busy = order.is_some() && reserved.is_none();
    let call = desk.business_calls.fetch_add(1, Ordering::Relaxed) + 1;
    match fault(&server.faults, desk.name, call).await {
        Some(kind) => faulty(kind, desk.dialect.as_ref(), request, &parts.uri),
        None => desk.dialect.answer(&request).into_response(),
    }
}

/// The platform of `/PLATFORM/documented/path`, and that path.
fn addressed<'a>(server: &'a Server, uri: &'a Uri) -> Option<(&'a Desk, &'a str)> {
    let path = uri.path().strip_prefix('/')?;
    let name = path.split('/').next()?;
    Some((server.desk(name)?, path.strip_prefix(name)?))
}

fn unknown_platform() -> Answer {
    let platforms = PLATFORMS.join(", /");
    Answer::text(format!("The sandbox answers below /{platforms}.\n")).status(StatusCode::NOT_FOUND)
}

/// Waits as long as latencies say, and returns the first other fault that hits the call.
async fn fault(faults: &[Fault], platform: &str, call: u64) -> Option<Kind> {
    let mut first = None;
    for fault in faults.iter().filter(|fault| fault.hits(platform, call)) {
        match fault.kind {
            Kind::Latency(delay) => tokio::time::sleep(delay).await,
            kind => first = first.or(Some(kind)),
        }
    }
    first
}

fn faulty(kind: Kind, dialect: &dyn Dialect, request: Request, uri: &Uri) -> Response {
    match kind {
        Kind::Status(status) => Answer::text(format!("{status}\n"))
            .status(status)
            .into_response(),
        Kind::RateLimit(seconds) => Answer::text("Too many requests.\n")
            .status(StatusCode::TOO_MANY_REQUESTS)
            .header(RETRY_AFTER, &seconds.to_string())
            .into_response(),
        Kind::Truncate => {
            let mut answer = dialect.answer(&request);
            answer.body.truncate(answer.body.len() / 2);
            answer.into_response()
        }
        Kind::Drop => dropped().into_response(),
        Kind::DropAnswer => {
            dialect.answer(&request);
            dropped().into_response()
        }
        Kind::ExpiredToken => dialect.expired().into_response(),
        Kind::Html => {
            Answer::html("<!doctype html>\n<title>Maintenance</title>\n<p>We are back soon.</p>\n")
                .into_response()
        }
        Kind::Empty => Answer::json(String::new()).into_response(),
        Kind::Repeat => {
            let paging = Paging::AlwaysFirst;
            dialect
                .answer(&Request { paging, ..request })
                .into_response()
        }
        Kind::Huge(bytes) => huge(bytes).into_response(),
        Kind::Redirect => elsewhere(&request, uri).into_response(),
        // Latencies have been waited for; the answer itself is right.
        Kind::Latency(_) => dialect.answer(&request).into_response(),
    }
}

/// A body that fails before its first byte: the server then closes the connection, and as the
/// headers wait for the body's first piece, nothing is sent at all.
fn dropped() -> Body {
    let failure = io::Error::other("dropped on demand");
    Body::from_stream(stream::iter([Err::<Bytes, _>(failure)]))
}

/// One block, sent as often as it takes.
fn huge(bytes: u64) -> Body {
    const BLOCK: &[u8] = &[b' '; 1 << 16];
    let block = Bytes::from_static(BLOCK);
    let rest = block.slice(..(bytes % BLOCK.len() as u64) as usize);
    let blocks = (0..bytes / BLOCK.len() as u64).map(move |_| block.clone());
    Body::from_stream(stream::iter(blocks.chain([rest]).map(Ok::<_, io::Error>)))
}

/// `localhost` and `127.0.0.1` are two origins on one machine, so a client that follows stays here
/// and is seen in the count of calls.
fn elsewhere(request: &Request, uri: &Uri) -> Answer {
    let host = request.header("host").unwrap_or_default();
    let port = host.rsplit(':').next().unwrap_or_default();
    Answer::text("Moved.\n")
        .status(StatusCode::FOUND)
        .header(LOCATION, &format!("http://localhost:{port}{uri}"))
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        response.headers_mut().extend(self.headers);
        response
    }
}
