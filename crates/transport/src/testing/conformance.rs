//! What every platform crate promises, tested in the same way for all, without a network.

use std::collections::BTreeSet;
use std::error::Error as StdError;
use std::fmt;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use core_model::{
    Action, Actions, AfterSale, AfterSales, AfterSalesExt, Cursor, Error, ErrorKind, Lookup,
    Paging, Query, Raw, Result, Retry, Status, Support,
};
use futures_util::{StreamExt, future};
use jiff::Timestamp;

pub use self::actions::*;
use super::script::{Script, answer};
use crate::{Code, Exchange, ExchangeError, Limiter, Options, Outgoing, RetryPolicy, Then};

mod actions;

/// Part of every secret that a [`Subject`] configures. It must never be seen.
pub const CANARY: &str = "CANARY-7f3a";

/// Where the clients under test send their requests.
pub const BASE_URL: &str = "https://conformance.example/base";

/// How often a call is tried.
const ATTEMPTS: u32 = 3;

/// A platform crate under test: how to build its client, and what its platform would answer.
pub trait Subject: fmt::Debug + Copy + Send + Sync + 'static {
    /// A client for [`BASE_URL`] whose every secret contains [`CANARY`], and which gets its token
    /// from the platform where that is possible.
    ///
    /// # Errors
    /// As the crate's own builder and client.
    fn client(self, options: Options) -> Result<Arc<dyn Actions>>;

    /// A look-up that the platform can do, where it cannot list.
    fn lookup(self) -> Option<Lookup> {
        None
    }

    /// The platform's table of error codes.
    fn codes(self) -> &'static [Code];

    /// An answer that states a fault: HTTP status and body. `message` is plain text.
    fn fault(self, code: &str, message: &str) -> (u16, String);

    /// A record with an id, a native status and further members (`"name":value`, or nothing).
    fn record(self, id: &str, status: &str, members: &str) -> String;

    /// The answer to [`lookup`](Self::lookup) with these records.
    fn found(self, _records: &[String]) -> String {
        String::new()
    }

    /// What a listing is asked for, where the platform does not list without a condition.
    fn query(self) -> Query {
        Query::new()
    }

    /// One page of a listing, where the platform has one.
    fn page(self, _records: &[String], _total: usize) -> Option<String> {
        None
    }

    /// The same for a listing whose pages name the next one: `next` is the number of the page that
    /// follows. What the platform calls it has to tell [`asked`](Self::asked) the number.
    fn page_before(self, records: &[String], total: usize, _next: Option<usize>) -> Option<String> {
        self.page(records, total)
    }

    /// Which page, from 1, and how many records a listing request asks for.
    fn asked(self, _request: &Outgoing) -> (usize, usize) {
        (1, 1)
    }

    /// The id of the one record that a request asks for, where a page has only ids;
    /// [`found`](Self::found) answers it.
    fn asked_for_one(self, _request: &Outgoing) -> Option<String> {
        None
    }

    /// The answer to a token request that issues `token`; `None` for any other request, and where
    /// the platform issues none.
    fn token(self, _request: &Outgoing, _token: &str) -> Option<String> {
        None
    }

    /// The answer to a call with a token that is not valid any more.
    fn expired(self) -> (u16, String);

    /// Of each action that the platform can do, at least one example: a case of the account `conformance`, and what to do
    /// about it.
    fn actions(self) -> Vec<(AfterSale, Action)> {
        Vec::new()
    }

    /// The answer to a request that only reads, made while an action is planned; `None` for any other.
    fn read_for_plan(self, _request: &Outgoing) -> Option<String> {
        None
    }

    /// The answer that confirms an action.
    fn done(self, _request: &Outgoing) -> String {
        String::new()
    }
}

/// Makes a test of every promise for one [`Subject`].
#[macro_export]
macro_rules! conformance {
    ($subject:expr) => {
        $crate::conformance!(
            $subject;
            paging_ends_with_the_last_record
            a_page_that_repeats_for_ever_is_an_error
            a_cursor_survives_storage
            an_undeclared_question_is_refused_without_a_request
            every_code_of_the_table_has_its_kind
            an_unknown_code_is_kept
            http_counts_where_the_platform_is_silent
            unknown_statuses_and_fields_are_tolerated
            raw_records_are_left_out_when_asked
            one_bad_record_leaves_the_others_alone
            garbage_ends_in_an_error
            ten_calls_renew_an_expired_token_once
            a_token_that_stays_refused_is_renewed_only_once
            a_refused_token_call_means_refused_credentials
            no_secret_is_ever_seen
            requests_go_to_the_base_url_only
            an_undeclared_action_is_refused_without_a_request
            a_declared_action_is_one_request_and_its_confirmation
            a_plan_shows_what_will_be_sent_and_no_secret
            what_may_have_arrived_is_never_sent_again
            what_never_left_is_sent_again
        );
    };
    ($subject:expr; $($promise:ident)*) => {
        $(
            #[tokio::test(start_paused = true)]
            async fn $promise() {
                $crate::testing::conformance::$promise($subject).await;
            }
        )*
    };
}

/// A listing asks for every page once and no more, and hands every record on, in order.
pub async fn paging_ends_with_the_last_record(subject: impl Subject) {
    for total in [0, 1, 4, 5, 23] {
        let script = listing(subject, total);
        let client = client(subject, &script);
        if !client.capabilities().operations.list {
            return;
        }
        let query = subject.query().with_page_size(4);
        let records: Vec<_> = client.records(query).collect().await;
        let ids: Vec<_> = records
            .into_iter()
            .map(|record| record.unwrap().id)
            .collect();
        assert_eq!(ids, (0..total).map(id).collect::<Vec<_>>());

        let asked: Vec<_> = business_requests(subject, &script)
            .iter()
            .filter(|request| subject.asked_for_one(request).is_none())
            .map(|request| subject.asked(request).0)
            .collect();
        assert_eq!(
            asked.len(),
            asked.iter().collect::<BTreeSet<_>>().len(),
            "{asked:?}"
        );
        assert!(asked.len() <= total / 4 + 1, "{total} records: {asked:?}");
    }
}

/// A platform that sends the same page for ever is found out.
pub async fn a_page_that_repeats_for_ever_is_an_error(subject: impl Subject) {
    let records: Vec<_> = (0..4).map(|i| record(subject, i)).collect();
    let Some(page) = subject.page_before(&records, usize::MAX >> 1, Some(2)) else {
        return;
    };
    let script = serving(subject, records, move |_| page.clone());
    let query = subject.query().with_page_size(4);
    let last = client(subject, &script)
        .records(query)
        .collect::<Vec<_>>()
        .await
        .pop();
    let error = last.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Pagination, "{error}");
}

/// A position can be stored as JSON and taken up by another client.
pub async fn a_cursor_survives_storage(subject: impl Subject) {
    let script = listing(subject, 12);
    let before = client(subject, &script);
    if before.capabilities().paging == Paging::None {
        return;
    }
    let query = subject.query().with_page_size(5);
    let first = before.page(&query, None).await.unwrap();
    let stored = serde_json::to_string(&first.next.unwrap()).unwrap();
    let cursor: Cursor = serde_json::from_str(&stored).unwrap();
    let after = client(subject, &script);
    let second = after.page(&query, Some(&cursor)).await.unwrap();
    let ids: Vec<_> = second
        .records
        .into_iter()
        .map(|record| record.unwrap().id)
        .collect();
    assert_eq!(ids, (5..10).map(id).collect::<Vec<_>>());
}

/// What the capabilities do not declare is refused, and nothing is sent.
pub async fn an_undeclared_question_is_refused_without_a_request(subject: impl Subject) {
    let script = Script::always(500, "nothing may be asked");
    let client = client(subject, &script);
    let capabilities = client.capabilities();
    let filters = capabilities.filters;
    let now = Timestamp::UNIX_EPOCH;
    let mut undeclared = Vec::new();
    for (support, query) in [
        (filters.status, Query::new().with_status(Status::Requested)),
        (filters.created, Query::new().with_created_since(now)),
        (filters.updated, Query::new().with_updated_since(now)),
    ] {
        if support == Support::No {
            undeclared.push(client.page(&query, None).await.map(drop));
        }
    }
    if !capabilities.operations.list {
        undeclared.push(client.page(&Query::new(), None).await.map(drop));
    }
    for (declared, lookup) in [
        (capabilities.operations.find_by_id, Lookup::after_sale("1")),
        (
            capabilities.operations.find_by_order,
            Lookup::order("1").with_buyer("2"),
        ),
        (
            capabilities.operations.find_by_merchant_order,
            Lookup::merchant_order("1").with_buyer("2"),
        ),
    ] {
        if !declared {
            undeclared.push(client.find(&lookup).await.map(drop));
        }
    }
    for answer in undeclared {
        let error = answer.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert_eq!(error.account(), Some(client.source().account()));
    }
    assert!(script.requests().is_empty());
}

/// Every code of the platform's table leads to its kind, and is tried as often as it says.
pub async fn every_code_of_the_table_has_its_kind(subject: impl Subject) {
    for code in subject.codes() {
        let fault = subject.fault(code.code, "what the platform says");
        let script = scripted(subject, move |_| fault.clone());
        let error = ask(subject, &*client(subject, &script)).await.unwrap_err();
        assert_eq!(error.kind(), code.kind, "{error:?}");
        assert_eq!(error.native_code(), Some(code.code), "{error:?}");
        assert!(
            error.message().contains("what the platform says"),
            "{error:?}"
        );
        assert!(
            error.account().is_some() && error.operation().is_some(),
            "{error:?}"
        );
        let (attempts, retry) = match code.then {
            Then::Fail => (1, Retry::Never),
            Then::Retry => (ATTEMPTS, Retry::Exhausted),
            Then::RenewToken => {
                let issues_tokens = token_requests(subject, &script) > 0;
                (if issues_tokens { 2 } else { 1 }, Retry::Never)
            }
        };
        assert_eq!(
            (error.attempts(), error.retry()),
            (attempts, retry),
            "{error:?}"
        );
    }
}

/// A code that is in no table is a refusal, with code and message kept.
pub async fn an_unknown_code_is_kept(subject: impl Subject) {
    let (_, body) = subject.fault("987654", "brand new");
    let script = scripted(subject, move |_| (200, body.clone()));
    let error = ask(subject, &*client(subject, &script)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected, "{error:?}");
    assert_eq!(error.native_code(), Some("987654"), "{error:?}");
    assert!(error.message().contains("brand new"), "{error:?}");
}

/// Where the platform's envelope is missing, the HTTP status decides.
pub async fn http_counts_where_the_platform_is_silent(subject: impl Subject) {
    for (status, kind) in [
        (302, ErrorKind::Config),
        (401, ErrorKind::Unauthenticated),
        (403, ErrorKind::PermissionDenied),
        (404, ErrorKind::NotFound),
        (418, ErrorKind::Rejected),
        (429, ErrorKind::RateLimited),
        (500, ErrorKind::Unavailable),
        (503, ErrorKind::Unavailable),
    ] {
        for body in ["", "no", "<html>no</html>", "null", "[]"] {
            let script = scripted(subject, move |_| (status, body.to_owned()));
            let error = ask(subject, &*client(subject, &script)).await.unwrap_err();
            assert_eq!(error.kind(), kind, "{status} {body:?}: {error:?}");
            assert_eq!(error.http_status(), Some(status));
        }
    }
    let broken = Script::new(|_| Err(ExchangeError::network("connection reset")));
    let error = ask(subject, &*client(subject, &broken)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network, "{error:?}");
}

/// A status code and fields that nobody documented do not lose a record, nor its exact text.
pub async fn unknown_statuses_and_fields_are_tolerated(subject: impl Subject) {
    let odd = r#""brand_new_field": {"deep": [1.10, 18446744073709551616, "\u00e9"]}"#;
    let record = subject.record("1", "98765", odd);
    let body = answer_body(subject, std::slice::from_ref(&record));
    let script = serving(subject, vec![record.clone()], move |_| body.clone());
    let records = ask(subject, &*client(subject, &script)).await.unwrap();
    let unified = records.first().expect("one record");
    assert_eq!(unified.status, Status::Unknown);
    assert_eq!(unified.awaits, None);
    assert_eq!(unified.native_status.code.as_deref(), Some("98765"));
    assert_eq!(unified.raw.as_ref().map(Raw::get), Some(record.as_str()));
}

/// The platform's records come with a page, unless the query leaves them out.
pub async fn raw_records_are_left_out_when_asked(subject: impl Subject) {
    let records = [record(subject, 0), record(subject, 1)];
    let Some(page) = subject.page(&records, 2) else {
        return;
    };
    let script = serving(subject, records.into(), move |_| page.clone());
    let client = client(subject, &script);
    let looks_up = client.capabilities().operations.lists_ids_only;
    for (query, has_raw) in [
        (subject.query(), true),
        (subject.query().without_raw(), looks_up),
    ] {
        let page = client.page(&query, None).await.unwrap();
        assert_eq!(page.records.len(), 2);
        for case in page.records {
            assert_eq!(case.unwrap().raw.is_some(), has_raw, "{query:?}");
        }
    }
}

/// A record that cannot be read is an error of its own; the rest of the page is there.
pub async fn one_bad_record_leaves_the_others_alone(subject: impl Subject) {
    let records = [record(subject, 0), "17".to_owned(), record(subject, 2)];
    let Some(page) = subject.page(&records, 3) else {
        return;
    };
    let script = serving(subject, records.into(), move |_| page.clone());
    let query = subject.query().with_page_size(50);
    let page = client(subject, &script).page(&query, None).await.unwrap();
    let read: Vec<_> = page.records.iter().map(Result::is_ok).collect();
    assert_eq!(read, [true, false, true]);
    let error = page.records[1].as_ref().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode, "{error:?}");
}

/// Whatever comes instead of the documented answer ends in an error, and never in "nothing found".
pub async fn garbage_ends_in_an_error(subject: impl Subject) {
    let good = answer_body(subject, &[record(subject, 1)]);
    for body in [
        "",
        "<html></html>",
        "null",
        "17",
        "\"text\"",
        "{",
        "[",
        "[]",
        "{}",
        "\u{0}",
        &"[".repeat(100_000),
        &"{\"data\":".repeat(10_000),
        &good[..good.len() / 2],
        &good[..good.len() - 1],
        &format!("{good}{good}"),
        &good.replace(':', ";"),
    ] {
        let shown: String = body.chars().take(40).collect();
        let body = body.to_owned();
        let script = scripted(subject, move |_| (200, body.clone()));
        let answer = ask(subject, &*client(subject, &script)).await;
        assert!(answer.is_err(), "{shown}: {answer:?}");
    }
    let truncated = good[..good.len() / 2].to_owned();
    let script = scripted(subject, move |_| (200, truncated.clone()));
    let error = ask(subject, &*client(subject, &script)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode, "{error:?}");
}

/// Of ten calls that find their token expired, one fetches the next and all succeed.
pub async fn ten_calls_renew_an_expired_token_once(subject: impl Subject) {
    let records = [record(subject, 1)];
    let body = answer_body(subject, &records);
    let mut issued = 0;
    let script = Script::new(move |request| {
        if let Some(body) = subject.token(request, &format!("{CANARY}-{}", issued + 1)) {
            issued += 1;
            return Ok(answer(200, body));
        }
        let (status, body) = if text_of(request).contains(&format!("{CANARY}-1")) {
            subject.expired()
        } else {
            let one = one_of(subject, request, &records);
            (200, one.unwrap_or_else(|| body.clone()))
        };
        Ok(answer(status, body))
    });
    let client = client(subject, &script);
    let answers = future::join_all((0..10).map(|_| ask(subject, &*client))).await;
    if token_requests(subject, &script) == 0 {
        return; // This platform issues no tokens.
    }
    for answer in answers {
        assert_eq!(answer.unwrap().len(), 1);
    }
    assert_eq!(token_requests(subject, &script), 2);
}

/// When the new token is refused as well, the call ends.
pub async fn a_token_that_stays_refused_is_renewed_only_once(subject: impl Subject) {
    let (status, body) = subject.expired();
    let script = scripted(subject, move |_| (status, body.clone()));
    let error = ask(subject, &*client(subject, &script)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{error:?}");
    assert_eq!(error.retry(), Retry::Never);
    let issues_tokens = token_requests(subject, &script) > 0;
    let calls = if issues_tokens { 2 } else { 1 };
    assert_eq!(business_requests(subject, &script).len(), calls);
    assert!(!issues_tokens || token_requests(subject, &script) == 2);
}

/// A token call that is refused with a code nobody knows is about the credentials.
pub async fn a_refused_token_call_means_refused_credentials(subject: impl Subject) {
    let (_, refusal) = subject.fault("987654", "no");
    let script = Script::always(200, refusal);
    let error = ask(subject, &*client(subject, &script)).await.unwrap_err();
    if token_requests(subject, &script) == 0 {
        return; // This platform issues no tokens.
    }
    assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{error:?}");
    assert_eq!(error.native_code(), Some("987654"), "{error:?}");
    assert!(business_requests(subject, &script).is_empty());

    // Those who wait for the same token hear of the same refusal.
    let before = token_requests(subject, &script);
    let client = client(subject, &script);
    let answers = future::join_all((0..10).map(|_| ask(subject, &*client))).await;
    assert!(answers.iter().all(Result::is_err));
    assert_eq!(token_requests(subject, &script), before + 1);
}

/// No secret is in any `Debug` or `Display`, even when the platform echoes it.
pub async fn no_secret_is_ever_seen(subject: impl Subject) {
    let mut seen = String::new();
    for status in [200, 302, 400, 401, 500] {
        for echo in [
            |request: &Outgoing| text_of(request),
            |request: &Outgoing| format!("<html>{}</html>", text_of(request)),
            |request: &Outgoing| serde_json::Value::from(text_of(request)).to_string(),
        ] {
            let script = scripted(subject, move |request| (status, echo(request)));
            record_error(subject, &mut seen, &*client(subject, &script)).await;
        }
        let script = scripted(subject, move |request| {
            (
                status,
                subject
                    .fault("987654", &text_of(request).replace('"', "'"))
                    .1,
            )
        });
        record_error(subject, &mut seen, &*client(subject, &script)).await;
    }
    let broken = Script::new(|request| Err(ExchangeError::network(text_of(request))));
    record_error(subject, &mut seen, &*client(subject, &broken)).await;
    for damage in [
        |body: &str| body[..body.len() / 2].to_owned(),
        |body: &str| body[..body.len() - 1].to_owned(),
        |body: &str| body.replacen("oken\":", "oken_\":", 1),
        |body: &str| body.replace("\"}", "\",7}"),
    ] {
        // A token that was just issued, in an answer that cannot be read.
        let script = Script::new(move |request| {
            let token = subject.token(request, &format!("{CANARY}-fresh"));
            Ok(answer(
                200,
                token.map_or_else(String::new, |body| damage(&body)),
            ))
        });
        record_error(subject, &mut seen, &*client(subject, &script)).await;
    }
    let refused = Script::new(move |request| Ok(answer(400, text_of(request))));
    record_error(subject, &mut seen, &*client(subject, &refused)).await;
    assert!(seen.len() > 1000, "something was recorded");
    if let Some(at) = seen.find(CANARY) {
        panic!(
            "a secret is visible: …{}…",
            &seen[at.saturating_sub(200)..at + CANARY.len()]
        );
    }
}

/// Every request goes under the base URL, whatever is asked for.
pub async fn requests_go_to_the_base_url_only(subject: impl Subject) {
    let records = vec![record(subject, 1)];
    let body = answer_body(subject, &records);
    let script = serving(subject, records, move |_| body.clone());
    let client = client(subject, &script);
    let _ = ask(subject, &*client).await;
    for hostile in [
        "//evil.example/",
        "https://evil.example/",
        "../../..",
        "1?x=@evil.example#",
        "1/../../2",
    ] {
        for lookup in [
            Lookup::after_sale(hostile),
            Lookup::order(hostile).with_buyer(hostile),
            Lookup::merchant_order(hostile).with_buyer(hostile),
        ] {
            let _ = client.find(&lookup).await;
        }
    }
    let requests = script.requests();
    assert!(!requests.is_empty());
    for request in requests {
        let uri = request.uri().to_string();
        let rest = uri.strip_prefix(BASE_URL);
        // In a query, dots are nothing but data.
        let path = rest.and_then(|rest| rest.split('?').next());
        assert!(
            path.is_some_and(|path| path.starts_with('/') && !path.contains("..")),
            "{uri}"
        );
    }
}

fn client(subject: impl Subject, script: &Arc<Script>) -> Arc<dyn Actions> {
    let options = Options::default()
        .with_limiter(Limiter::unlimited())
        .with_exchange(Arc::clone(script) as Arc<dyn Exchange>)
        .with_retry(RetryPolicy {
            attempts: ATTEMPTS,
            total: Duration::from_secs(3600),
            ..RetryPolicy::default()
        });
    subject.client(options).expect("a client")
}

/// A script that issues tokens, and answers everything else as the function says.
fn scripted(
    subject: impl Subject,
    mut business: impl FnMut(&Outgoing) -> (u16, String) + Send + 'static,
) -> Arc<Script> {
    Script::new(move |request| {
        let (status, body) = match subject.token(request, &format!("{CANARY}-token")) {
            Some(body) => (200, body),
            None => business(request),
        };
        Ok(answer(status, body))
    })
}

/// A script that also answers for each of these records, where a page has only their ids.
fn serving(
    subject: impl Subject,
    records: Vec<String>,
    page: impl Fn(&Outgoing) -> String + Send + 'static,
) -> Arc<Script> {
    scripted(subject, move |request| {
        let one = one_of(subject, request, &records);
        (200, one.unwrap_or_else(|| page(request)))
    })
}

fn one_of(subject: impl Subject, request: &Outgoing, records: &[String]) -> Option<String> {
    let id = subject.asked_for_one(request)?;
    let record = records.iter().find(|record| record.contains(&id));
    Some(subject.found(record.map(std::slice::from_ref).unwrap_or_default()))
}

/// A platform that lists so many records.
fn listing(subject: impl Subject, total: usize) -> Arc<Script> {
    let records: Vec<_> = (0..total).map(|i| record(subject, i)).collect();
    serving(subject, records.clone(), move |request| {
        let (page, size) = subject.asked(request);
        let start = ((page - 1) * size).min(total);
        let end = (start + size).min(total);
        let next = (end < total).then_some(page + 1);
        subject
            .page_before(&records[start..end], total, next)
            .expect("a platform with a listing")
    })
}

/// Any question that the platform answers.
async fn ask(subject: impl Subject, client: &dyn AfterSales) -> Result<Vec<AfterSale>> {
    if client.capabilities().operations.list {
        client
            .page(&subject.query(), None)
            .await?
            .records
            .into_iter()
            .collect()
    } else {
        let lookup = subject
            .lookup()
            .expect("a platform without a listing looks up");
        client.find(&lookup).await
    }
}

/// The answer to [`ask`].
fn answer_body(subject: impl Subject, records: &[String]) -> String {
    subject
        .page(records, records.len())
        .unwrap_or_else(|| subject.found(records))
}

fn record(subject: impl Subject, i: usize) -> String {
    subject.record(&id(i), "1", r#""brand_new_field":null"#)
}

fn id(i: usize) -> String {
    (900_000 + i).to_string()
}

fn business_requests(subject: impl Subject, script: &Script) -> Vec<Outgoing> {
    let mut requests = script.requests();
    requests.retain(|request| subject.token(request, "").is_none());
    requests
}

fn token_requests(subject: impl Subject, script: &Script) -> usize {
    script.requests().len() - business_requests(subject, script).len()
}

/// Everything that a request carries.
fn text_of(request: &Outgoing) -> String {
    let mut text = request.uri().to_string();
    for (name, value) in request.headers() {
        write!(text, " {name}: {}", value.to_str().unwrap_or_default()).unwrap();
    }
    write!(text, " {}", String::from_utf8_lossy(request.body())).unwrap();
    text
}

/// Collects all that could show a secret: the client, and the error of a question, to its last cause.
async fn record_error(subject: impl Subject, seen: &mut String, client: &dyn AfterSales) {
    write!(seen, "{client:?} ").unwrap();
    if let Err(error) = ask(subject, client).await {
        write!(seen, "{error} {error:?} {:?} ", error.body_excerpt()).unwrap();
        let mut cause: Option<&dyn StdError> = error.source();
        while let Some(error) = cause {
            write!(seen, "{error} {error:?} ").unwrap();
            cause = error.source();
        }
        assert_is_stamped(&error);
    }
}

fn assert_is_stamped(error: &Error) {
    assert!(
        error.platform().is_some() && error.account().is_some(),
        "{error:?}"
    );
}
