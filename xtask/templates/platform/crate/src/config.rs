//! Which credential, and where to.

use core_model::Result;
use secrecy::SecretString;
use serde::Deserialize;
use transport::{BaseUrl, Options, setting};

/// The host of every call.
const BASE_URL: &str = "https://api.example.invalid";

/// Which credential, and where to.
#[derive(Debug, Clone)]
pub struct Config {
    pub(crate) base_url: BaseUrl,
    pub(crate) access_token: SecretString,
    pub(crate) options: Options,
}

impl Config {
    /// Starts an empty configuration.
    pub fn builder() -> ConfigBuilder {
        ConfigBuilder::default()
    }
}

/// Collects a [`Config`]. It can be read from a configuration file, too.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigBuilder {
    access_token: Option<SecretString>,
    base_url: Option<String>,
    #[serde(skip)]
    options: Options,
}

impl ConfigBuilder {
    /// The token of the shop.
    #[must_use]
    pub fn access_token(mut self, token: impl Into<SecretString>) -> Self {
        self.access_token = Some(token.into());
        self
    }

    /// What stands before `/v1/…`, in place of the documented address.
    #[must_use]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Limits and patience.
    #[must_use]
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Checks everything.
    ///
    /// # Errors
    /// [`Config`](core_model::ErrorKind::Config) with the name of the setting that is wrong.
    pub fn build(self) -> Result<Config> {
        Ok(Config {
            base_url: setting::base_url(self.base_url.as_deref(), BASE_URL)?,
            access_token: setting::secret_needed("access_token", self.access_token)?,
            options: self.options,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_settings_are_refused_by_name() {
        let builder = Config::builder;
        assert!(builder().access_token("t").build().is_ok());
        for (builder, field) in [
            (builder(), "access_token: "),
            (builder().access_token(""), "access_token: "),
            (
                builder().access_token("t").base_url("http://example.com"),
                "base_url: ",
            ),
        ] {
            let error = builder.build().unwrap_err();
            assert!(error.message().starts_with(field), "{error}");
        }
    }
}
