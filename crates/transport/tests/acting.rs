//! Requests that change something go out once, over scripted answers and over real connections that break.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use core_model::{
    Action, AfterSale, Awaits, Confirmation, ErrorKind, FindOut, Lookup, NativeStatus, Outcome,
    Plan, Platform, Progress, Result, Retry, Side, Source, Status,
};
use http::{HeaderValue, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use transport::testing::{Script, answer};
use transport::{
    Act, Auth, BaseUrl, Dialect, Exchange, ExchangeError, Fault, Http, Incoming, Limiter, Moment,
    Options, Outgoing, Reply, Request, RetryPolicy, TokenSource,
};

/// A token in the address, as WeChat has it, and a signature in a header.
#[derive(Debug)]
struct InAddress(SecretString);

impl Auth for InAddress {
    fn token(&self) -> TokenSource<'_> {
        TokenSource::Fixed(&self.0)
    }

    fn sign(&self, request: &mut Request, token: Option<&SecretString>, _: &Moment) -> Result<()> {
        let token = token.cloned().unwrap_or_default();
        request.set_secret_header("signature", &format!("hash of {}", token.expose_secret()))?;
        request.set_header("x-app", "app1")?;
        request.set_secret_query("access_token", &token);
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

fn case() -> AfterSale {
    let source = Source::new(Platform::new("example"), "shop", Side::Seller);
    let progress = Progress::new(Status::Requested, Awaits::Seller);
    AfterSale::new(&source, "A1".to_owned(), NativeStatus::default(), progress)
}

fn http(base_url: &str, options: Options) -> Http {
    let source = Source::new(Platform::new("example"), "shop", Side::Seller);
    let base_url = BaseUrl::new(base_url).unwrap();
    let options = options.with_limiter(Limiter::unlimited());
    let auth = InAddress("CANARY".into());
    Http::new(source, base_url, auth, &Plain, &[], options).unwrap()
}

fn scripted(
    answers: impl FnMut(&Outgoing) -> Result<Incoming, ExchangeError> + Send + 'static,
) -> (Arc<Script>, Http) {
    let script = Script::new(answers);
    let exchange = Arc::clone(&script) as Arc<dyn Exchange>;
    let http = http(
        "https://example.com/base",
        Options::default().with_exchange(exchange),
    );
    (script, http)
}

fn plan(http: &Http) -> Box<dyn Plan> {
    http.plan(&case(), &Action::Approve, act()).unwrap()
}

fn act() -> Act {
    Act {
        request: Request::post("approve", "/approve").with_member("id", Some("A1")),
        effect: "approves the case".to_owned(),
        amount: None,
        find_out: FindOut {
            lookup: Some(Lookup::after_sale("A1")),
            sign: "it is approved".to_owned(),
        },
        read: done,
    }
}

fn done(reply: &Reply) -> Result<Confirmation> {
    let refund_id: std::collections::BTreeMap<String, String> = reply.decode()?;
    match refund_id.get("refund_id") {
        Some(id) if id == "no" => Err(reply
            .unreadable("not this one")
            .with_kind(ErrorKind::Rejected)),
        Some(id) => Ok(Confirmation {
            refund_id: Some(id.clone()),
            ..Confirmation::default()
        }),
        None => Err(reply.unreadable("refund_id is missing")),
    }
}

#[tokio::test]
async fn a_preview_shows_everything_but_secrets() {
    let (script, http) = scripted(|_| Ok(answer(200, "{}")));
    let plan = plan(&http);
    let preview = plan.preview();
    assert_eq!(preview.method, "POST");
    assert_eq!(
        preview.url,
        "https://example.com/base/approve?access_token=[redacted]"
    );
    assert_eq!(preview.body.as_deref(), Some(r#"{"id":"A1"}"#));
    let header = |name: &str| {
        let found = preview.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    };
    assert_eq!(header("signature"), Some("[redacted]"));
    assert_eq!(header("x-app"), Some("app1"));
    assert!(!format!("{plan:?}").contains("CANARY"));
    assert!(script.requests().is_empty());
}

#[tokio::test]
async fn a_secret_that_the_platform_repeats_is_masked() {
    let (_, http) = scripted(|_| Ok(answer(200, "{}")));
    let mut act = act();
    act.effect = "approves order CANARY".to_owned();
    act.find_out.sign = "order CANARY is approved".to_owned();
    let plan = http.plan(&case(), &Action::Approve, act).unwrap();
    assert_eq!(plan.preview().effect, "approves order [redacted]");
    let Outcome::Unconfirmed(unconfirmed) = plan.carry_out().await.unwrap() else {
        panic!("nothing was confirmed");
    };
    assert_eq!(unconfirmed.find_out.sign, "order [redacted] is approved");
}

#[tokio::test]
async fn the_answer_says_how_it_ended() {
    for (body, outcome) in [
        (r#"{"refund_id":"r_1"}"#, Ok(Some("r_1"))),
        (r#"{"refund_id":"no"}"#, Err(ErrorKind::Rejected)),
        ("{}", Ok(None)),
        (r#"{"refund_id":7}"#, Ok(None)),
    ] {
        let (_, http) = scripted(move |_| Ok(answer(200, body)));
        let ended = match plan(&http).carry_out().await {
            Ok(Outcome::Confirmed(done)) => Ok(done.refund_id),
            Ok(Outcome::Unconfirmed(unconfirmed)) => {
                assert_eq!(unconfirmed.find_out.lookup, Some(Lookup::after_sale("A1")));
                assert_eq!(unconfirmed.error.retry(), Retry::Never);
                Ok(None)
            }
            Err(error) => Err(error.kind()),
        };
        assert_eq!(ended, outcome.map(|id| id.map(str::to_owned)), "{body}");
    }
}

#[tokio::test]
async fn a_refusal_says_when_it_may_be_tried_again() {
    let (script, http) = scripted(|_| {
        let mut incoming = answer(429, "");
        let value = HeaderValue::from_static("7");
        incoming.headers_mut().insert("retry-after", value);
        Ok(incoming)
    });
    let error = plan(&http).carry_out().await.unwrap_err();
    assert_eq!(error.retry(), Retry::After(Duration::from_secs(7)));
    assert_eq!(script.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_actions_of_an_account_go_out_one_after_another() {
    #[derive(Debug, Default)]
    struct Slow {
        now: AtomicUsize,
        most: AtomicUsize,
    }

    #[async_trait::async_trait]
    impl Exchange for Slow {
        async fn exchange(&self, _: Outgoing) -> Result<Incoming, ExchangeError> {
            let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(now, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_secs(1)).await;
            self.now.fetch_sub(1, Ordering::SeqCst);
            Ok(answer(200, r#"{"refund_id":"r_1"}"#))
        }
    }

    let slow = Arc::new(Slow::default());
    let exchange = Arc::clone(&slow) as Arc<dyn Exchange>;
    let http = http(
        "https://example.com",
        Options::default().with_exchange(exchange),
    );
    let mut acting = tokio::task::JoinSet::new();
    for _ in 0..5 {
        acting.spawn(plan(&http).carry_out());
    }
    let outcomes = acting.join_all().await;
    assert!(
        outcomes
            .iter()
            .all(|outcome| matches!(outcome, Ok(Outcome::Confirmed(_))))
    );
    assert_eq!(slow.most.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn an_action_goes_on_when_nobody_waits_for_it_any_more() {
    let (script, http) = scripted(|_| Ok(answer(200, r#"{"refund_id":"r_1"}"#)));
    let waiting = plan(&http).carry_out();
    // Long enough to start, too short to end.
    let _ = tokio::time::timeout(Duration::ZERO, waiting).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(script.requests().len(), 1);
}

/// What a server does with a connection.
#[derive(Debug, Clone, Copy)]
enum Breaks {
    /// It hangs up at once.
    AtOnce,
    /// It hangs up when it has the request.
    AfterRequest,
    /// It hangs up in the middle of the answer.
    WithinAnswer,
}

/// How many requests arrived in full at a server that breaks its connections.
async fn server(breaks: Breaks) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let arrived = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&arrived);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(broken(stream, breaks, Arc::clone(&counter)));
        }
    });
    (address, arrived)
}

async fn broken(mut stream: TcpStream, breaks: Breaks, arrived: Arc<AtomicUsize>) {
    if matches!(breaks, Breaks::AtOnce) {
        return;
    }
    let mut request = Vec::new();
    while !request.ends_with(b"}") {
        let mut chunk = [0; 1024];
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return,
            Ok(length) => request.extend(chunk.iter().take(length)),
        }
    }
    arrived.fetch_add(1, Ordering::SeqCst);
    if matches!(breaks, Breaks::WithinAnswer) {
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"refund_id\":";
        let _ = stream.write_all(answer).await;
    }
}

#[tokio::test]
async fn a_connection_that_breaks_leaves_an_action_unconfirmed_and_sends_it_once() {
    let patient = RetryPolicy {
        attempts: 5,
        first_delay: Duration::ZERO,
        ..RetryPolicy::default()
    };
    for (breaks, most) in [
        (Breaks::AtOnce, 0),
        (Breaks::AfterRequest, 1),
        (Breaks::WithinAnswer, 1),
    ] {
        let (address, arrived) = server(breaks).await;
        let http = http(
            &format!("http://{address}"),
            Options::default().with_retry(patient),
        );
        let outcome = plan(&http).carry_out().await.unwrap();
        let Outcome::Unconfirmed(unconfirmed) = outcome else {
            panic!("{breaks:?}: {outcome:?}");
        };
        assert_eq!(unconfirmed.error.attempts(), 1, "{breaks:?}");
        assert_eq!(arrived.load(Ordering::SeqCst), most, "{breaks:?}");
    }
}

#[tokio::test]
async fn where_nobody_listens_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let impatient = RetryPolicy {
        attempts: 3,
        first_delay: Duration::ZERO,
        ..RetryPolicy::default()
    };
    let http = http(
        &format!("http://{address}"),
        Options::default().with_retry(impatient),
    );
    let error = plan(&http).carry_out().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::Network, 3),
        "{error}"
    );
}
