//! A request, before it is signed and sent.

use std::fmt;

use bytes::Bytes;
use core_model::{Error, Result};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::{BaseUrl, Outgoing};

/// A request to a documented path. It knows no host: that is the transport's business.
#[derive(Clone)]
pub struct Request {
    operation: &'static str,
    method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    headers: HeaderMap,
    body: Option<Map<String, Value>>,
    form: Vec<(&'static str, String)>,
    /// What must not be seen of all this.
    secrets: Vec<SecretString>,
}

impl Request {
    /// A GET request. `operation` is the platform's name of the call, `path` the documented path
    /// with its leading slash.
    pub fn get(operation: &'static str, path: impl Into<String>) -> Self {
        Self {
            operation,
            method: Method::GET,
            path: path.into(),
            query: Vec::new(),
            headers: HeaderMap::new(),
            body: None,
            form: Vec::new(),
            secrets: Vec::new(),
        }
    }

    /// A POST request with a JSON object as its body.
    pub fn post(operation: &'static str, path: impl Into<String>) -> Self {
        Self {
            method: Method::POST,
            body: Some(Map::new()),
            ..Self::get(operation, path)
        }
    }

    /// A DELETE request.
    pub fn delete(operation: &'static str, path: impl Into<String>) -> Self {
        Self {
            method: Method::DELETE,
            ..Self::get(operation, path)
        }
    }

    /// A POST request with a form as its body.
    pub fn post_form(operation: &'static str, path: impl Into<String>) -> Self {
        Self {
            method: Method::POST,
            ..Self::get(operation, path)
        }
    }

    /// Adds a query parameter; an absent value adds nothing.
    #[must_use]
    pub fn with_query(mut self, name: &'static str, value: Option<impl fmt::Display>) -> Self {
        self.query
            .extend(value.map(|value| (name, value.to_string())));
        self
    }

    /// Adds a member to the JSON body; an absent value adds nothing.
    #[must_use]
    pub fn with_member(mut self, name: &str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.body
                .get_or_insert_default()
                .insert(name.to_owned(), value.into());
        }
        self
    }

    /// Adds a field to the form.
    #[must_use]
    pub fn with_field(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.form.push((name, value.into()));
        self
    }

    /// The platform's name of the call.
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// The documented path.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The JSON body.
    pub fn body(&self) -> Option<&Map<String, Value>> {
        self.body.as_ref()
    }

    /// The query parameters.
    pub fn query(&self) -> &[(&'static str, String)] {
        &self.query
    }

    /// The fields of the form.
    pub fn form(&self) -> &[(&'static str, String)] {
        &self.form
    }

    /// Sets a header that carries no secret.
    ///
    /// # Errors
    /// [`Config`](core_model::ErrorKind::Config) when name or value do not fit into a header, such
    /// as a value with a line break.
    pub fn set_header(&mut self, name: &'static str, value: &str) -> Result<()> {
        self.insert_header(name, value, false)
    }

    /// Sets a header that carries a secret.
    ///
    /// # Errors
    /// As for [`set_header`](Self::set_header).
    pub fn set_secret_header(&mut self, name: &'static str, value: &str) -> Result<()> {
        self.secrets.push(value.into());
        self.insert_header(name, value, true)
    }

    fn insert_header(&mut self, name: &'static str, value: &str, is_secret: bool) -> Result<()> {
        let refused = || Error::config(name, "holds characters that no HTTP header can carry");
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused())?;
        let mut value = HeaderValue::from_str(value).map_err(|_| refused())?;
        value.set_sensitive(is_secret);
        self.headers.insert(key, value);
        Ok(())
    }

    /// Adds a query parameter that carries a secret.
    pub fn set_secret_query(&mut self, name: &'static str, value: &SecretString) {
        self.secrets.push(value.clone());
        self.query.push((name, value.expose_secret().to_owned()));
    }

    /// Adds a member that carries a secret to the JSON body.
    pub fn set_secret_member(&mut self, name: &str, value: &SecretString) {
        self.secrets.push(value.clone());
        self.body
            .get_or_insert_default()
            .insert(name.to_owned(), value.expose_secret().into());
    }

    /// Adds a field that carries a secret to the form.
    pub fn set_secret_field(&mut self, name: &'static str, value: &SecretString) {
        self.secrets.push(value.clone());
        self.form.push((name, value.expose_secret().to_owned()));
    }

    pub(crate) fn secrets(&self) -> &[SecretString] {
        &self.secrets
    }

    pub(crate) fn into_outgoing(self, base_url: &BaseUrl) -> Result<Outgoing> {
        let mut url = base_url.join(&self.path);
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        let (body, content_type) = match self.body {
            Some(body) => (Value::Object(body).to_string(), "application/json"),
            None => (
                form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(&self.form)
                    .finish(),
                "application/x-www-form-urlencoded",
            ),
        };
        let body = Bytes::from(body);
        let mut outgoing = Outgoing::new(body);
        *outgoing.method_mut() = self.method;
        *outgoing.uri_mut() = url
            .as_str()
            .parse()
            .map_err(|error| Error::config("request", error))?;
        *outgoing.headers_mut() = self.headers;
        let headers = outgoing.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if !outgoing.body().is_empty() {
            let content_type = HeaderValue::from_static(content_type);
            outgoing.headers_mut().insert(CONTENT_TYPE, content_type);
        }
        Ok(outgoing)
    }
}

impl fmt::Debug for Request {
    /// Only what cannot be secret: a query, a header or a body may hold a credential.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("operation", &self.operation)
            .field("method", &self.method)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
