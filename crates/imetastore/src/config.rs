//! Which seller, and with which credential.

use core_model::{Error, Result};
use secrecy::SecretString;
use serde::Deserialize;
use transport::{BaseUrl, Options, setting};

use crate::auth::{Credential, Login};

/// Where the seller API lives (page "Seller Documentation").
const BASE_URL: &str = "https://paas-gateway.imetastore.io/merchant-api";

/// Which seller, and with which credential.
#[derive(Debug, Clone)]
pub struct Config {
    pub(crate) base_url: BaseUrl,
    pub(crate) credential: Credential,
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
    email: Option<String>,
    password: Option<SecretString>,
    access_token: Option<SecretString>,
    base_url: Option<String>,
    #[serde(skip)]
    options: Options,
}

impl ConfigBuilder {
    /// The seller's login. The token is fetched with it, and again when it expires.
    #[must_use]
    pub fn login(mut self, email: impl Into<String>, password: impl Into<SecretString>) -> Self {
        self.email = Some(email.into());
        self.password = Some(password.into());
        self
    }

    /// A token that somebody else fetched, in place of a login. It lives for hours only.
    #[must_use]
    pub fn access_token(mut self, token: impl Into<SecretString>) -> Self {
        self.access_token = Some(token.into());
        self
    }

    /// What stands before `/seller/…`, in place of the documented address.
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
        let token = setting::secret("access_token", self.access_token)?;
        let credential = match (token, self.email, self.password) {
            (Some(token), None, None) => Credential::Token(token),
            (None, email, password) => Credential::Login(Login {
                email: setting::required("email", email)?,
                password: setting::secret_needed("password", password)?,
            }),
            (Some(_), ..) => {
                let problem = "stands beside email and password; give one or the other";
                return Err(Error::config("access_token", problem));
            }
        };
        Ok(Config {
            base_url: setting::base_url(self.base_url.as_deref(), BASE_URL)?,
            credential,
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
        assert!(builder().login("a@example.com", "p").build().is_ok());
        assert!(builder().access_token("t").build().is_ok());
        for (builder, field) in [
            (builder(), "email: "),
            (builder().login("", "p"), "email: "),
            (builder().login("a@example.com", ""), "password: "),
            (builder().access_token(""), "access_token: "),
            (
                builder().login("a@example.com", "p").access_token("t"),
                "access_token: ",
            ),
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
