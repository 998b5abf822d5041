//! A client small enough to see what really arrives.

use http::header::{CONTENT_TYPE, HeaderMap};
use http::{Method, Request};
use http_body_util::BodyExt;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::TokioExecutor;
use sandbox::Sandbox;
use serde_json::Value;

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

pub(crate) async fn get(url: String, headers: &[(&str, &str)]) -> Reply {
    call(Method::GET, url, headers, String::new())
        .await
        .unwrap()
}

pub(crate) async fn post(url: String, headers: &[(&str, &str)], body: &Value) -> Reply {
    call(Method::POST, url, headers, body.to_string())
        .await
        .unwrap()
}

pub(crate) async fn call(
    method: Method,
    url: String,
    headers: &[(&str, &str)],
    body: String,
) -> Result<Reply, Error> {
    let mut request = Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request
        .header(CONTENT_TYPE, "application/json")
        .body(body)
        .unwrap();
    let client = Client::builder(TokioExecutor::new()).build_http();
    let (head, body) = client.request(request).await?.into_parts();
    Ok(Reply {
        status: head.status.as_u16(),
        headers: head.headers,
        body: body.collect().await.unwrap().to_bytes().to_vec(),
    })
}

/// A sandbox with a hundred cases: every status of every platform several times.
pub(crate) async fn hundred() -> Sandbox {
    Sandbox::builder().records(100).start().await.unwrap()
}

/// The members of an array, each reduced to one of its own.
pub(crate) fn each<'a>(array: &'a Value, pointer: &str) -> Vec<&'a Value> {
    let items = array.as_array().unwrap().iter();
    items
        .map(|item| item.pointer(pointer).unwrap_or(&Value::Null))
        .collect()
}
