//! What the settings of all platforms have in common.

use core_model::{Error, Result};
use secrecy::{ExposeSecret, SecretString};

use crate::BaseUrl;

/// A setting that cannot be left out. Surrounding blanks go.
///
/// # Errors
/// [`Config`](core_model::ErrorKind::Config) with the setting's name when it is missing or empty.
pub fn required(name: &str, value: Option<String>) -> Result<String> {
    let value = value.unwrap_or_default();
    match value.trim() {
        "" => Err(Error::config(name, "is missing")),
        text => Ok(text.to_owned()),
    }
}

/// An argument that cannot be left out, such as an id to look up, without surrounding blanks.
///
/// # Errors
/// [`Config`](core_model::ErrorKind::Config) with the argument's name when it is empty.
pub fn stated<'a>(name: &str, argument: &'a str) -> Result<&'a str> {
    match argument.trim() {
        "" => Err(Error::config(name, "is empty")),
        text => Ok(text),
    }
}

/// A secret that cannot be left out.
///
/// # Errors
/// As for [`secret`], and when it is missing.
pub fn secret_needed(name: &str, value: Option<SecretString>) -> Result<SecretString> {
    secret(name, value)?.ok_or_else(|| Error::config(name, "is missing"))
}

/// A secret that may be left out.
///
/// # Errors
/// [`Config`](core_model::ErrorKind::Config) with the setting's name when it is empty, or has blanks
/// or control characters in it, as after a careless copy.
pub fn secret(name: &str, value: Option<SecretString>) -> Result<Option<SecretString>> {
    let Some(value) = value else { return Ok(None) };
    let text = value.expose_secret();
    if text.is_empty() {
        return Err(Error::config(name, "is empty"));
    }
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(Error::config(name, "has blanks or line breaks in it"));
    }
    Ok(Some(value))
}

/// The base URL that was set, or else the platform's own.
///
/// # Errors
/// As for [`BaseUrl::new`].
pub fn base_url(value: Option<&str>, documented: &str) -> Result<BaseUrl> {
    BaseUrl::new(value.unwrap_or(documented))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn careless_settings_are_named() {
        let text = |value: &str| required("shop", Some(value.to_owned()));
        assert_eq!(text(" mystore ").unwrap(), "mystore");
        for value in ["", "  "] {
            assert_eq!(text(value).unwrap_err().message(), "shop: is missing");
        }
        for value in ["", " ", "canary\n", "ca nary"] {
            let error = secret("access_token", Some(value.into())).unwrap_err();
            assert!(error.message().starts_with("access_token: "), "{error}");
            assert!(!error.to_string().contains("nary"), "{error}");
        }
        assert!(secret("access_token", None).unwrap().is_none());
        assert!(secret_needed("access_token", None).is_err());
    }
}
