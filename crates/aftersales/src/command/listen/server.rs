//! From a connection to what was pushed, and the answer back: so many at once, each for so long.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use aftersales::Event;
use aftersales::push::{LONGEST_PUSH, Push, Receiver, Refusal, RefusalKind};
use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::header::{ALLOW, CONNECTION};
use axum::http::{HeaderValue, Method, StatusCode, request};
use axum::response::{IntoResponse, Response};
use axum::serve::Listener;
use futures_util::StreamExt;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::{Sleep, sleep, timeout};

use super::News;
use super::tally::Tally;

/// Connections at once. Further ones wait, and hold no memory of ours.
const CONNECTIONS: usize = 64;
/// How long a connection may last, from its first byte to the last of the answer.
const LONGEST_CONNECTION: Duration = Duration::from_secs(10);
/// How long a body may take. No platform waits longer than five seconds for the answer.
const LONGEST_BODY: Duration = Duration::from_secs(5);
/// How long whoever reads the events may take for one.
const LONGEST_PRINT: Duration = Duration::from_secs(3);

/// An account that is listened for.
#[derive(Debug)]
pub(super) struct Inbox {
    /// The first segment of its address.
    pub(super) account: String,
    /// What messages call it.
    pub(super) label: String,
    pub(super) receiver: Arc<dyn Receiver>,
}

/// What a request is held against.
pub(super) struct Server {
    pub(super) inboxes: Vec<Inbox>,
    pub(super) news: mpsc::Sender<News>,
    pub(super) refusals: Arc<Tally>,
}

/// Serves until told to stop, and until what is under way then has been answered.
pub(super) async fn serve(listener: TcpListener, server: Server, stopped: oneshot::Receiver<()>) {
    let routes = Router::new().fallback(respond).with_state(Arc::new(server));
    let stopped = async {
        let _ = stopped.await;
    };
    // `axum::serve` retries a failing accept by itself and never returns an error.
    let _ = axum::serve(Bounded::new(listener), routes)
        .with_graceful_shutdown(stopped)
        .await;
}

async fn respond(State(server): State<Arc<Server>>, request: Request) -> Response {
    let mut response = server.answer(request).await;
    // A connection that is kept would be one that nobody else gets.
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(CONNECTION, close);
    response
}

impl Server {
    async fn answer(&self, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let Some((position, inbox)) = self.addressed(parts.uri.path()) else {
            return StatusCode::NOT_FOUND.into_response();
        };
        if ![Method::GET, Method::POST].contains(&parts.method) {
            return (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "GET, POST")]).into_response();
        }
        match inbox.accept(&parts, body).await {
            Ok((events, answer)) => {
                if self.hand_on(position, events).await {
                    answer.into_response()
                } else {
                    // It was not printed, so it has to come again.
                    StatusCode::SERVICE_UNAVAILABLE.into_response()
                }
            }
            Err((status, reason)) => {
                let label = &inbox.label;
                self.refusals.count(format!("{label}: refused: {reason}"));
                status.into_response()
            }
        }
    }

    /// The account of `/ACCOUNT` and what is below.
    fn addressed(&self, path: &str) -> Option<(usize, &Inbox)> {
        let segment = path.strip_prefix('/')?.split('/').next()?;
        let account = percent_decode_str(segment).decode_utf8().ok()?;
        let mut inboxes = self.inboxes.iter().enumerate();
        inboxes.find(|(_, inbox)| inbox.account == account)
    }

    /// Whether the events were printed.
    async fn hand_on(&self, inbox: usize, events: Vec<Event>) -> bool {
        if events.is_empty() {
            return true;
        }
        let (printed, is_printed) = oneshot::channel();
        let news = News::Pushed {
            inbox,
            events,
            printed,
        };
        let handed_on = async { self.news.send(news).await.is_ok() && is_printed.await.is_ok() };
        timeout(LONGEST_PRINT, handed_on).await.unwrap_or(false)
    }
}

impl Inbox {
    async fn accept(
        &self,
        parts: &request::Parts,
        body: Body,
    ) -> Result<(Vec<Event>, String), (StatusCode, String)> {
        let refused = |refusal: Refusal| (refusal.status(), refusal.to_string());
        let body = match timeout(LONGEST_BODY, read(body)).await {
            Ok(read) => read.map_err(refused)?,
            Err(_) => {
                let reason = format!("the body takes longer than {} s", LONGEST_BODY.as_secs());
                return Err((StatusCode::REQUEST_TIMEOUT, reason));
            }
        };
        let push = Push {
            path: parts.uri.path(),
            query: parts.uri.query().unwrap_or_default(),
            headers: &parts.headers,
            body: &body,
        };
        let accepted = self.receiver.receive(&push, Timestamp::now());
        let accepted = accepted.map_err(refused)?;
        Ok((accepted.events, accepted.answer))
    }
}

/// The body, of which no more is read than a push may have.
async fn read(body: Body) -> Result<Vec<u8>, Refusal> {
    let too_large = || {
        let reason = format!("the body is longer than {LONGEST_PUSH} bytes");
        Refusal::new(RefusalKind::TooLarge, reason)
    };
    let stated = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if stated > LONGEST_PUSH {
        return Err(too_large());
    }
    let mut pieces = body.into_data_stream();
    let mut read = Vec::with_capacity(stated);
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| Refusal::malformed("the body breaks off"))?;
        if piece.len() > LONGEST_PUSH - read.len() {
            return Err(too_large());
        }
        read.extend_from_slice(&piece);
    }
    Ok(read)
}

/// Accepts a limited number of connections at once.
struct Bounded {
    listener: TcpListener,
    places: Arc<Semaphore>,
}

impl Bounded {
    fn new(listener: TcpListener) -> Self {
        Self {
            listener,
            places: Arc::new(Semaphore::new(CONNECTIONS)),
        }
    }
}

impl Listener for Bounded {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        // Fails for a closed semaphore only, and nobody closes it.
        let place = Arc::clone(&self.places).acquire_owned().await.ok();
        let (stream, peer) = Listener::accept(&mut self.listener).await;
        // Only a matter of speed: without it small answers wait for an acknowledgement.
        let _ = stream.set_nodelay(true);
        let connection = Connection {
            stream,
            end: Box::pin(sleep(LONGEST_CONNECTION)),
            _place: place,
        };
        (connection, peer)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection that ends by itself, however slowly the other side sends and reads.
struct Connection {
    stream: TcpStream,
    end: Pin<Box<Sleep>>,
    _place: Option<OwnedSemaphorePermit>,
}

impl Connection {
    /// The stream, as long as there is time.
    fn stream(&mut self, cx: &mut Context<'_>) -> io::Result<Pin<&mut TcpStream>> {
        match self.end.as_mut().poll(cx) {
            Poll::Ready(()) => Err(io::ErrorKind::TimedOut.into()),
            Poll::Pending => Ok(Pin::new(&mut self.stream)),
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.stream(cx)?.poll_read(cx, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.stream(cx)?.poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream(cx)?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream(cx)?.poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    async fn bounded() -> (Bounded, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        (Bounded::new(listener), address)
    }

    #[tokio::test]
    async fn connections_beyond_the_limit_wait_for_one_that_ends() {
        let (mut bounded, address) = bounded().await;
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            let client = TcpStream::connect(address).await.unwrap();
            connections.push((bounded.accept().await, client));
        }
        let _client = TcpStream::connect(address).await.unwrap();
        assert!(bounded.accept().now_or_never().is_none());
        connections.pop();
        bounded.accept().await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_ends_however_slow_the_other_side_is() {
        let (mut bounded, address) = bounded().await;
        let _client = TcpStream::connect(address).await.unwrap();
        let (mut connection, _) = bounded.accept().await;
        let begun = tokio::time::Instant::now();
        let end = connection.read_u8().await.unwrap_err();
        assert_eq!(end.kind(), io::ErrorKind::TimedOut);
        assert!(begun.elapsed() >= LONGEST_CONNECTION);
        let end = connection.write_u8(0).await.unwrap_err();
        assert_eq!(end.kind(), io::ErrorKind::TimedOut);
    }
}
