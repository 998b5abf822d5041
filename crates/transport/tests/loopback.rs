//! The real HTTP client, against a server of a few lines on loopback.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use core_model::{Error, ErrorKind, Platform, Result, Side, Source};
use http::StatusCode;
use secrecy::SecretString;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use transport::{
    Auth, BaseUrl, Dialect, Fault, Http, Moment, Options, Reply, Request, RetryPolicy, TokenSource,
};

/// Answers each connection with the same bytes, and counts them.
struct Server {
    address: std::net::SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Server {
    async fn answering(answer: impl Into<Vec<u8>>) -> Self {
        Self::serving(answer.into(), Duration::ZERO).await
    }

    async fn serving(answer: Vec<u8>, hold: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        let answer = Arc::new(answer);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(respond(stream, Arc::clone(&answer), hold));
            }
        });
        Self {
            address,
            connections,
        }
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    fn http(&self, options: Options) -> Http {
        let source = Source::new(Platform::new("example"), "shop", Side::Seller);
        let base_url = BaseUrl::new(&format!("http://{}/base", self.address)).unwrap();
        Http::new(
            source,
            base_url,
            Token("canary".into()),
            &Plain,
            &[],
            options,
        )
        .unwrap()
    }
}

async fn respond(mut stream: TcpStream, answer: Arc<Vec<u8>>, hold: Duration) {
    let mut request = [0; 4096];
    let _ = stream.read(&mut request).await;
    tokio::time::sleep(hold).await;
    let _ = stream.write_all(&answer).await;
    let _ = stream.shutdown().await;
}

#[derive(Debug)]
struct Token(SecretString);

impl Auth for Token {
    fn token(&self) -> TokenSource<'_> {
        TokenSource::Fixed(&self.0)
    }

    fn sign(&self, request: &mut Request, token: Option<&SecretString>, _: &Moment) -> Result<()> {
        request.set_secret_query("access_token", token.unwrap_or(&self.0));
        Ok(())
    }

    fn secrets(&self) -> Vec<&SecretString> {
        vec![&self.0]
    }
}

#[derive(Debug)]
struct Plain;

impl Dialect for Plain {
    fn fault(&self, _: StatusCode, _: &[u8]) -> Option<Fault> {
        None
    }
}

fn once() -> Options {
    Options::default().with_retry(RetryPolicy::never())
}

async fn call(http: &Http) -> Result<Reply> {
    http.call(Request::get("call", "/path")).await
}

fn assert_no_secret(error: &Error) {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    let shown = format!("{error} {error:?} {cause:?}");
    assert!(
        !shown.contains("canary") && !shown.contains("access_token"),
        "{shown}"
    );
}

#[tokio::test]
async fn an_answer_is_read() {
    let server = Server::answering("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{\"a\":1}").await;
    let reply = call(&server.http(once())).await.unwrap();
    let value: serde_json::Value = reply.decode().unwrap();
    assert_eq!(value["a"], 1);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_by_its_announced_length() {
    // Only the head is sent: whoever waits for the body would find the connection closed.
    let server = Server::answering("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n").await;
    let error = call(&server.http(once())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
    assert!(error.message().contains("33554432 bytes"), "{error}");
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_while_it_is_read() {
    let mut answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..100 {
        answer.extend_from_slice(b"400\r\n");
        answer.extend_from_slice(&[b' '; 0x400]);
        answer.extend_from_slice(b"\r\n");
    }
    answer.extend_from_slice(b"0\r\n\r\n");
    let server = Server::answering(answer).await;
    let small = server.http(once().with_body_limit(50 * 0x400));
    let error = call(&small).await.unwrap_err();
    assert!(error.message().contains("51200 bytes"), "{error}");
    let large = server.http(once().with_body_limit(100 * 0x400));
    let error = call(&large).await.unwrap_err(); // Blanks are no JSON, but they were read.
    assert_eq!(error.message(), "the answer is empty");
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").await;
    let server = Server::answering(format!(
        "HTTP/1.1 302 Found\r\nLocation: http://{}/?access_token=canary\r\nContent-Length: 0\r\n\r\n",
        elsewhere.address
    ))
    .await;
    let error = call(&server.http(once())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    assert_no_secret(&error);
    assert_eq!((server.connections(), elsewhere.connections()), (1, 0));
}

#[tokio::test]
async fn broken_connections_are_tried_again_and_leak_nothing() {
    let patient = Options::default().with_retry(RetryPolicy {
        attempts: 3,
        first_delay: Duration::from_millis(1),
        ..RetryPolicy::default()
    });
    for answer in [
        "",
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"cut\":",
        "no HTTP at all",
    ] {
        let server = Server::answering(answer).await;
        let error = call(&server.http(patient.clone())).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Network, "{error}");
        assert_eq!(error.attempts(), 3, "{error}");
        assert_eq!(server.connections(), 3);
        assert_no_secret(&error);
    }
}

#[tokio::test]
async fn nobody_listening_is_a_network_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let server = Server {
        address,
        connections: Arc::default(),
    };
    let error = call(&server.http(once())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network, "{error}");
    assert_no_secret(&error);
}

#[tokio::test]
async fn a_silent_server_ends_in_a_timeout() {
    let server = Server::serving(Vec::new(), Duration::from_secs(3600)).await;
    let impatient = once().with_attempt_timeout(Duration::from_millis(20));
    let error = call(&server.http(impatient)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert_no_secret(&error);
}
