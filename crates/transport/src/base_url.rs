//! The one place that requests go to.

use core_model::{Error, Result};
use url::{Host, Url};

/// Scheme, host and leading path of every request of an account.
///
/// HTTPS, or plain HTTP to this machine only; without user name, query or fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// Reads a base URL, such as `https://api.example.com/open`.
    ///
    /// # Errors
    /// [`Config`](core_model::ErrorKind::Config) when it is no URL, or not a safe one.
    pub fn new(text: &str) -> Result<Self> {
        let refuse = |problem: &str| Err(Error::config("base_url", problem));
        let url = match Url::parse(text.trim()) {
            Ok(url) => url,
            Err(error) => return refuse(&format!("is no URL: {error}")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("must not hold a user name or password");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refuse("must not hold a query or fragment");
        }
        match url.scheme() {
            "https" => Ok(Self(url)),
            "http" if is_loopback(&url) => Ok(Self(url)),
            "http" => refuse("plain HTTP is allowed to this machine only; use https"),
            _ => refuse("must start with https://"),
        }
    }

    /// The URL of a documented path, which starts with a slash.
    pub(crate) fn join(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        let path = format!("{}{path}", self.0.path().trim_end_matches('/'));
        url.set_path(&path);
        url
    }

    pub(crate) fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_safe_origins_are_taken() {
        for text in [
            "https://api.example.com",
            "https://api.example.com/open/",
            "http://127.0.0.1:8080/shoplazza",
            "http://localhost:8080",
            "http://[::1]:8080",
        ] {
            assert!(BaseUrl::new(text).is_ok(), "{text}");
        }
        for (text, problem) in [
            ("", "is no URL"),
            ("api.example.com", "is no URL"),
            ("http://api.example.com", "plain HTTP"),
            ("http://127.0.0.1.example.com", "plain HTTP"),
            ("http://10.0.0.1", "plain HTTP"),
            ("ftp://127.0.0.1", "must start with https"),
            ("file:///etc/passwd", "must start with https"),
            ("https://user@example.com", "user name"),
            ("https://user:canary@example.com", "user name"),
            ("https://example.com?x=1", "query"),
            ("https://example.com#x", "fragment"),
        ] {
            let error = BaseUrl::new(text).unwrap_err();
            assert!(error.message().contains(problem), "{text}: {error}");
            assert!(!error.to_string().contains("canary"), "{error}");
        }
    }

    #[test]
    fn documented_paths_hang_under_the_base() {
        for (base, url) in [
            ("https://example.com", "https://example.com/a/b"),
            ("https://example.com/", "https://example.com/a/b"),
            ("https://example.com/x/", "https://example.com/x/a/b"),
        ] {
            assert_eq!(BaseUrl::new(base).unwrap().join("/a/b").as_str(), url);
        }
        let base = BaseUrl::new("https://example.com/x").unwrap();
        let origin = base.join("//evil.example/../?q#f").origin();
        assert_eq!(origin, base.join("/").origin());
    }
}
