//! What a call does between attempts, with scripted answers and a clock that is turned by hand.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use core_model::{ErrorKind, Platform, Quota, Result, Retry, Side, Source};
use http::{HeaderValue, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, timeout};
use transport::testing::{FixedMoments, Script, answer};
use transport::{
    Auth, BaseUrl, Dialect, Exchange, Fault, Http, Incoming, Limiter, Moment, Options, Outgoing,
    Reply, Request, RetryPolicy, Scope, Token, TokenExchange, TokenSource,
};

#[derive(Debug)]
struct Signature;

impl Auth for Signature {
    fn token(&self) -> TokenSource<'_> {
        TokenSource::None
    }

    fn sign(&self, request: &mut Request, _: Option<&SecretString>, moment: &Moment) -> Result<()> {
        request.set_header("timestamp", &moment.now.to_string())?;
        request.set_header("nonce", &moment.nonce)
    }

    fn secrets(&self) -> Vec<&SecretString> {
        Vec::new()
    }
}

/// A token that the platform issues, in a header.
#[derive(Debug)]
struct Issued;

impl Auth for Issued {
    fn token(&self) -> TokenSource<'_> {
        TokenSource::Exchange(self)
    }

    fn sign(&self, request: &mut Request, token: Option<&SecretString>, _: &Moment) -> Result<()> {
        let token = token.map(ExposeSecret::expose_secret).unwrap_or_default();
        request.set_secret_header("x-token", token)
    }

    fn secrets(&self) -> Vec<&SecretString> {
        Vec::new()
    }
}

impl TokenExchange for Issued {
    fn request(&self) -> Request {
        Request::get("token", "/token")
    }

    fn read(&self, _: &Reply) -> Result<Token> {
        Ok(Token {
            value: "t".into(),
            lifetime_seconds: None,
        })
    }
}

#[derive(Debug)]
struct Plain;

impl Dialect for Plain {
    fn fault(&self, _: StatusCode, _: &[u8]) -> Option<Fault> {
        None
    }
}

fn http(script: &Arc<Script>, quotas: &[(Scope, Quota)], options: Options) -> Http {
    http_with(Signature, script, quotas, options)
}

fn http_with(
    auth: impl Auth + 'static,
    script: &Arc<Script>,
    quotas: &[(Scope, Quota)],
    options: Options,
) -> Http {
    let source = Source::new(Platform::new("example"), "shop", Side::Seller);
    let base_url = BaseUrl::new("https://example.com").unwrap();
    let options = options.with_exchange(Arc::clone(script) as Arc<dyn Exchange>);
    Http::new(source, base_url, auth, &Plain, quotas, options).unwrap()
}

async fn call(http: &Http) -> Result<Reply> {
    http.call(Request::get("call", "/path")).await
}

fn throttled(retry_after: &'static str) -> Incoming {
    let mut incoming = answer(429, "");
    let value = HeaderValue::from_static(retry_after);
    incoming.headers_mut().insert("retry-after", value);
    incoming
}

#[tokio::test(start_paused = true)]
async fn waits_stay_under_a_doubling_ceiling_and_differ() {
    let mut waits = Vec::new();
    for _ in 0..50 {
        let script = Script::always(503, "");
        let policy = RetryPolicy {
            attempts: 6,
            first_delay: Duration::from_secs(1),
            longest_delay: Duration::from_secs(4),
            total: Duration::from_secs(3600),
        };
        let start = Instant::now();
        let error = call(&http(&script, &[], Options::default().with_retry(policy)))
            .await
            .unwrap_err();
        assert_eq!((error.attempts(), error.retry()), (6, Retry::Exhausted));
        assert_eq!(script.requests().len(), 6);
        waits.push(start.elapsed());
    }
    let longest = waits.iter().max().unwrap();
    assert!(
        *longest <= Duration::from_secs(1 + 2 + 4 + 4 + 4),
        "{longest:?}"
    );
    waits.sort();
    waits.dedup();
    assert!(waits.len() > 40, "full jitter, not a fixed schedule");
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_honoured() {
    let mut answers = [throttled("0"), throttled("7"), answer(200, "{}")].into_iter();
    let script = Script::new(move |_| Ok(answers.next().unwrap()));
    let start = Instant::now();
    call(&http(&script, &[], Options::default())).await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 7);
    assert_eq!(script.requests().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_wait_beyond_the_total_is_left_to_the_caller() {
    let script = Script::new(|_| Ok(throttled("3600")));
    let start = Instant::now();
    let error = call(&http(&script, &[], Options::default()))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.retry(), Retry::After(Duration::from_secs(3600)));
    assert!(start.elapsed().is_zero());
    assert_eq!(script.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_work_is_not_tried_again() {
    for status in [400, 401, 403, 404, 422] {
        let script = Script::always(status, "no");
        let error = call(&http(&script, &[], Options::default()))
            .await
            .unwrap_err();
        assert_eq!(
            (error.attempts(), error.retry()),
            (1, Retry::Never),
            "{error}"
        );
        assert_eq!(script.requests().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn every_attempt_is_signed_anew() {
    let script = Script::always(503, "");
    call(&http(&script, &[], Options::default()))
        .await
        .unwrap_err();
    let requests = script.requests();
    let mut nonces: Vec<_> = requests
        .iter()
        .map(|request| request.headers()["nonce"].clone())
        .collect();
    nonces.sort_by(|a, b| a.as_bytes().cmp(b.as_bytes()));
    nonces.dedup();
    assert_eq!((requests.len(), nonces.len()), (4, 4));
    assert!(nonces.iter().all(|nonce| nonce.len() == 32));
}

#[tokio::test]
async fn a_call_for_tokens_is_a_form_without_a_signature_and_its_answer_stays_hidden() {
    let script = Script::always(200, r#"{"token":"CANARY""#);
    let mut request =
        Request::post_form("token", "/token").with_field("grant_type", "authorization_code");
    request.set_secret_field("code", &"a b&c".into());
    let http = http(&script, &[], Options::default());
    let reply = http.call_for_tokens(request).await.unwrap();
    let error = reply.decode::<serde_json::Value>().unwrap_err();
    assert!(!format!("{error} {error:?} {:?}", error.body_excerpt()).contains("CANARY"));

    let sent = script.requests().pop().unwrap();
    let form: &[u8] = b"grant_type=authorization_code&code=a+b%26c";
    assert_eq!(&sent.body()[..], form);
    assert_eq!(
        sent.headers().get("content-type").unwrap(),
        "application/x-www-form-urlencoded"
    );
    assert!(!sent.headers().contains_key("nonce"));
}

#[tokio::test]
async fn time_and_nonce_can_be_fixed() {
    let moment = Moment {
        now: "2026-01-01T00:00:00Z".parse().unwrap(),
        nonce: "0".repeat(32),
    };
    let script = Script::always(200, "{}");
    let options = Options::default().with_moments(Arc::new(FixedMoments(moment)));
    call(&http(&script, &[], options)).await.unwrap();
    let sent = |request: &Outgoing| format!("{} {:?}", request.uri(), request.headers());
    assert_eq!(
        script.requests().iter().map(sent).collect::<Vec<_>>(),
        [concat!(
            "https://example.com/path {\"timestamp\": \"2026-01-01T00:00:00Z\", ",
            "\"nonce\": \"00000000000000000000000000000000\", \"accept\": \"application/json\"}"
        )]
    );
}

#[tokio::test(start_paused = true)]
async fn attempts_count_against_the_quota_which_clients_can_share() {
    let quota = Quota::Bucket {
        capacity: 2,
        per_second: 1,
    };
    let script = Script::always(200, "{}");
    let start = Instant::now();
    let documented = http(&script, &[(Scope::All, quota)], Options::default());
    for _ in 0..3 {
        call(&documented).await.unwrap();
    }
    assert_eq!(start.elapsed().as_secs(), 2);

    let shared = Limiter::new(&[(Scope::All, quota)]);
    let start = Instant::now();
    for _ in 0..3 {
        let another = http(
            &script,
            &[],
            Options::default().with_limiter(shared.clone()),
        );
        call(&another).await.unwrap();
    }
    assert_eq!(start.elapsed().as_secs(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_nobody_polls_any_more_keeps_the_token_from_no_one() {
    let script = Script::always(200, "{}");
    let http = http_with(Issued, &script, &[], Options::default());
    // Polled once, which begins to fetch the token, and then left alone, like a page ahead.
    let mut left_alone = pin!(call(&http));
    poll_fn(|context| {
        assert!(left_alone.as_mut().poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
    let another = timeout(Duration::from_secs(3600), call(&http)).await;
    assert!(another.is_ok(), "the other call waits for ever");
    left_alone.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn no_attempt_outlives_the_time_for_all() {
    let script = Script::new(|_| Ok(answer(503, "")));
    let policy = RetryPolicy {
        attempts: 100,
        total: Duration::from_secs(5),
        ..RetryPolicy::default()
    };
    let start = Instant::now();
    let error = call(&http(&script, &[], Options::default().with_retry(policy)))
        .await
        .unwrap_err();
    assert_eq!(error.retry(), Retry::Exhausted);
    assert!(start.elapsed() <= Duration::from_secs(5));
}
