//! Telling somebody what has changed, as the platforms do: one after the other, and again where nobody listens.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, HeaderName};
use axum::http::{Request, StatusCode};
use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use sha2::Sha256;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use url::{Host, Url};

/// Where pushes go: an address on this machine, below which each platform has a path of its own.
///
/// Parsed from `http://127.0.0.1:PORT`, with a path where that is wanted. A platform pushes to `/PLATFORM` below it, and
/// Xportcn, whose pushes are not signed, to `/xportcn/SECRET`.
///
/// ```
/// let target: sandbox::PushTarget = "http://127.0.0.1:8080/hooks".parse()?;
/// assert!("http://example.com".parse::<sandbox::PushTarget>().is_err());
/// # Ok::<(), sandbox::PushTargetError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushTarget(Url);

impl FromStr for PushTarget {
    type Err = PushTargetError;

    fn from_str(text: &str) -> Result<Self, PushTargetError> {
        let refuse = |problem| PushTargetError {
            text: text.to_owned(),
            problem,
        };
        let url = Url::parse(text).map_err(|_| refuse("is no URL"))?;
        let is_loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
            Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
            None => false,
        };
        if url.scheme() != "http" {
            Err(refuse("does not begin with http://"))
        } else if !is_loopback {
            Err(refuse("is not on this machine"))
        } else if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
            Err(refuse("has more than a host, a port and a path"))
        } else {
            Ok(Self(url))
        }
    }
}

impl fmt::Display for PushTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

/// Why pushes cannot go to an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("pushes cannot go to {text:?}: it {problem}; write http://127.0.0.1:PORT")]
pub struct PushTargetError {
    text: String,
    problem: &'static str,
}

/// One message of a platform.
#[derive(Debug)]
pub(crate) struct Push {
    /// Below the target: path and query.
    pub(crate) address: String,
    pub(crate) content_type: &'static str,
    pub(crate) headers: Vec<(HeaderName, String)>,
    pub(crate) body: String,
}

impl Push {
    pub(crate) fn json(address: impl Into<String>, body: String) -> Self {
        Self::of("application/json", address.into(), body)
    }

    pub(crate) fn xml(address: impl Into<String>, body: String) -> Self {
        Self::of("text/xml", address.into(), body)
    }

    fn of(content_type: &'static str, address: String, body: String) -> Self {
        Self {
            address,
            content_type,
            headers: Vec::new(),
            body,
        }
    }

    /// `name` is in lower case.
    pub(crate) fn header(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        let name = HeaderName::from_static(name);
        self.headers.push((name, value.to_string()));
        self
    }
}

/// Where a platform leaves what it has to tell. Without a target nobody collects it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outbox(Option<UnboundedSender<Push>>);

impl Outbox {
    pub(crate) fn new(sender: UnboundedSender<Push>) -> Self {
        Self(Some(sender))
    }

    /// Leaves what there is to tell, in the order of the calls. Does not wait for anything.
    pub(crate) fn leave(&self, push: impl FnOnce() -> Option<Push>) {
        if let Some(sender) = &self.0 {
            // The receiver is gone only if the runtime is going down.
            let _ = push().map(|push| sender.send(push));
        }
    }
}

/// How long to wait before each further attempt.
const PAUSES: [Duration; 3] = [
    Duration::from_millis(100),
    Duration::from_millis(500),
    Duration::from_secs(2),
];

/// WeChat's limit; the others state none, or less.
const PATIENCE: Duration = Duration::from_secs(5);

/// Delivers one push after the other until there can be no more of them. What fails four times is dropped.
pub(crate) async fn deliver(target: PushTarget, mut pushes: UnboundedReceiver<Push>) {
    let client = Client::builder(TokioExecutor::new()).build_http();
    while let Some(push) = pushes.recv().await {
        for pause in PAUSES.map(Some).into_iter().chain([None]) {
            match (attempt(&client, &target, &push).await, pause) {
                (true, _) => break,
                (false, Some(pause)) => tokio::time::sleep(pause).await,
                (false, None) => {}
            }
        }
    }
}

/// Whether the push was taken.
async fn attempt(client: &Client<HttpConnector, Body>, target: &PushTarget, push: &Push) -> bool {
    let mut request = Request::post(format!("{target}{}", push.address));
    for (name, value) in &push.headers {
        request = request.header(name, value);
    }
    let request = request.header(CONTENT_TYPE, push.content_type);
    let Ok(request) = request.body(Body::from(push.body.clone())) else {
        return false;
    };
    let answer = tokio::time::timeout(PATIENCE, client.request(request)).await;
    let is_taken = |status: StatusCode| status.is_success();
    answer.is_ok_and(|answer| answer.is_ok_and(|answer| is_taken(answer.status())))
}

/// HMAC-SHA256 of the parts, one behind the other. A key of any length will do.
pub(crate) fn hmac_sha256(key: &str, parts: &[&str]) -> Vec<u8> {
    let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(key.as_bytes()) else {
        return Vec::new();
    };
    for part in parts {
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pushes_stay_on_this_machine() {
        for (text, address) in [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://127.1.2.3:80/", "http://127.1.2.3"),
            (
                "http://localhost:8080/hooks/",
                "http://localhost:8080/hooks",
            ),
            ("http://[::1]:8080/hooks", "http://[::1]:8080/hooks"),
        ] {
            assert_eq!(text.parse::<PushTarget>().unwrap().to_string(), address);
        }
        for (text, problem) in [
            ("", "is no URL"),
            ("127.0.0.1:8080", "is no URL"),
            ("https://127.0.0.1:8080", "does not begin with http://"),
            ("http://example.com", "is not on this machine"),
            ("http://127.0.0.1.example.com", "is not on this machine"),
            ("http://10.0.0.1", "is not on this machine"),
            ("http://127.0.0.1/?a=b", "has more than"),
            ("http://me@127.0.0.1/", "has more than"),
        ] {
            let error = text.parse::<PushTarget>().unwrap_err().to_string();
            assert!(error.contains(problem), "{text}: {error}");
        }
    }
}
