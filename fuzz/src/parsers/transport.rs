//! What arrives over HTTP, before a platform is asked what it means.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::value::RawValue;
use transport::push::{Document, Push};
use transport::{BaseUrl, Http, Incoming, Request};

use crate::answers::{BASE_URL, SECRET, answer, http, last_request, with_answer};
use crate::check;
use crate::parser::{Parser, Verdict, texts};

pub(super) const PARSERS: &[Parser] = &[
    Parser::new(
        "transport/answer",
        || {
            texts(&[
                "200\nx-request-id: 63-0a\n\n{\"id\":7}",
                "429\nretry-after: 7\n\n{\"error\":\"slow down\"}",
                "503\nRetry-After: Thu, 01 Jan 2026 00:01:30 GMT\nrequest-id: 1\n\n<html>down</html>",
                "302\nlocation: https://elsewhere.example/x?access_token=canary-0f1e2d3c4b5a\n\n",
                "400\n\n\"bad token canary-0f1e2d3c4b5a\"",
                "500\n\n\u{feff}{\"token\":\"\\u0063anary-0f1e2d3c4b5a\"}",
            ])
        },
        incoming,
    ),
    Parser::new(
        "transport/base-url",
        || {
            texts(&[
                "https://api.example.com/open/",
                "http://127.0.0.1:8080/shoplazza",
                "http://localhost:8080",
                "http://[::1]:8080",
                "https://user:canary@example.com/?x=1#y",
            ])
        },
        base_url,
    ),
    Parser::new(
        "transport/document",
        || {
            texts(&[
                r#"{"order_id": 17, "items": [{"id": 1}]}"#,
                "<?xml version=\"1.0\"?><!-- a --><xml><order_id><![CDATA[17]]></order_id><item><id>1</id></item><item/><item><id>&lt;&#50;</id></item></xml>",
            ])
        },
        document,
    ),
    Parser::new(
        "transport/push",
        || {
            texts(&[
                "a=1%2B2&signature=canary-0f1e2d3c4b5a&b=1&b=2&c\nx-signature: canary-0f1e2d3c4b5a\nx-a: 1\n\n{}",
            ])
        },
        push,
    ),
];

/// A first line, headers, an empty line, and the rest.
struct Message<'a> {
    first: &'a [u8],
    headers: HeaderMap,
    body: &'a [u8],
}

impl<'a> Message<'a> {
    fn parse(message: &'a [u8]) -> Self {
        let (first, mut rest) = line(message);
        let mut headers = HeaderMap::new();
        loop {
            let (header, following) = line(rest);
            rest = following;
            let colon = header.iter().position(|&b| b == b':');
            let Some((name, value)) = colon.and_then(|at| header.split_at_checked(at)) else {
                break;
            };
            let value = value.strip_prefix(b":").unwrap_or_default().trim_ascii();
            // What is no header does not get as far as us.
            if let (Ok(name), Ok(value)) =
                (HeaderName::from_bytes(name), HeaderValue::from_bytes(value))
            {
                headers.append(name, value);
            }
        }
        Self {
            first,
            headers,
            body: rest,
        }
    }
}

fn line(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|&b| b == b'\n').unwrap_or(text.len());
    let (line, rest) = text.split_at(end);
    (line, rest.strip_prefix(b"\n").unwrap_or_default())
}

/// Whatever an answer says, its error shows no secret, and that of a token call nothing of the body.
fn incoming(message: &[u8]) -> Verdict {
    static HTTP: LazyLock<Http> = LazyLock::new(|| {
        http(BaseUrl::new(BASE_URL).expect("a base URL")).expect("a client without TLS")
    });
    let message = Message::parse(message);
    let Ok(status) = StatusCode::from_bytes(message.first) else {
        return Verdict::Refused;
    };
    let mut incoming = answer(status, message.body);
    *incoming.headers_mut() = message.headers;
    let call = |incoming: Incoming| with_answer(incoming, HTTP.call(Request::get("fuzz", "/")));
    if let Some(reply) = check::outcome(call(incoming.clone())) {
        // What a body is not, the error quotes.
        check::outcome(reply.decode::<BTreeMap<String, u64>>());
    }
    let tokens = HTTP.call_for_tokens(Request::get("fuzz", "/"));
    let error = match with_answer(incoming, tokens) {
        Ok(reply) => reply.decode::<BTreeMap<String, u64>>().err(),
        Err(error) => Some(error),
    };
    if let Some(error) = error {
        check::failure(&error);
        assert_eq!(error.body_excerpt(), None);
    }
    Verdict::Taken
}

/// A base URL is HTTPS, or this machine.
fn base_url(text: &[u8]) -> Verdict {
    let text = String::from_utf8_lossy(text);
    let Some(base_url) = check::outcome(BaseUrl::new(&text)) else {
        return Verdict::Refused;
    };
    let http = http(base_url).expect("a client without TLS");
    last_request();
    let call = http.call(Request::get("fuzz", "/a/b"));
    check::outcome(with_answer(answer(StatusCode::OK, b"{}"), call));
    let request = last_request();
    if let Some(request) = &request {
        let url = request.uri();
        let host = url.host().unwrap_or_default();
        let is_safe = match url.scheme_str() {
            Some("https") => !host.is_empty(),
            Some("http") => host == "localhost" || host == "[::1]" || host.starts_with("127."),
            _ => false,
        };
        assert!(is_safe, "{text}: {url}");
        assert!(url.path().ends_with("/a/b"), "{text}: {url}");
        assert_eq!(url.query(), None, "{text}: {url}");
    }
    Verdict::from(request)
}

/// What is shown of a push are names.
fn push(message: &[u8]) -> Verdict {
    let message = Message::parse(message);
    let query = String::from_utf8_lossy(message.first);
    let push = Push {
        path: SECRET,
        query: &query,
        headers: &message.headers,
        body: message.body,
    };
    let mut names = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name);
    let mut headers = message.headers.keys();
    let is_named = names.any(|name| check::shows_secret(&name))
        || headers.any(|name| check::shows_secret(name.as_str()));
    if !is_named {
        check::hides_secret(&format!("{push:?}"));
    }
    let asked = [
        push.header("x-signature").map(drop),
        push.parameter("signature").map(drop),
        push.parameter("b").map(drop),
        push.json::<BTreeMap<String, String>>().map(drop),
    ];
    for refusal in asked.iter().filter_map(|it| it.as_ref().err()) {
        check::hides_secret(&format!("{refusal} {refusal:?}"));
        assert!(refusal.status().is_client_error());
    }
    Verdict::from(push.body().ok())
}

/// XML becomes JSON, and a value of it is no secret.
fn document(body: &[u8]) -> Verdict {
    match Document::new(body) {
        Ok(document) => {
            let json = document.read::<&RawValue>();
            let is_xml = body.trim_ascii_start().starts_with(b"<");
            assert!(json.is_ok() || !is_xml, "XML that became no JSON");
            json.ok().into()
        }
        Err(refusal) => {
            check::hides_secret(&format!("{refusal} {refusal:?}"));
            Verdict::Refused
        }
    }
}
