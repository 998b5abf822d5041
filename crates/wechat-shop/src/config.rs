//! Which mini program, and with which credential.

use core_model::{Error, Result};
use secrecy::SecretString;
use serde::Deserialize;
use transport::{BaseUrl, Options, setting};

use crate::auth::{App, Credential};

/// The host of every call.
const BASE_URL: &str = "https://api.weixin.qq.com";

/// Which mini program, and with which credential.
#[derive(Debug, Clone)]
pub struct Config {
    pub(crate) api: Api,
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

/// Which generation of the platform's calls an app uses. They keep different cases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Api {
    /// `/shop/aftersale/…`: the custom trade component, with the cases that the merchant pushed.
    #[default]
    Component,
    /// `/shop/ecaftersale/…`: the upgraded custom trade component.
    Ec,
    /// `/channels/ec/aftersale/…`: WeChat Store, once the shop of WeChat Channels.
    Store,
}

/// Which call issues the token.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenEndpoint {
    /// `/cgi-bin/stable_token`: asking again returns the same token, so that several programs can
    /// share an app.
    #[default]
    StableToken,
    /// `/cgi-bin/token`: every call issues a new token and puts an end to the one before. Only for a
    /// program that is the only one to use the app.
    Token,
}

/// Collects a [`Config`]. It can be read from a configuration file, too.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigBuilder {
    api: Option<Api>,
    app_id: Option<String>,
    app_secret: Option<SecretString>,
    token_endpoint: Option<TokenEndpoint>,
    access_token: Option<SecretString>,
    base_url: Option<String>,
    #[serde(skip)]
    options: Options,
}

impl ConfigBuilder {
    /// Which generation of calls to use.
    #[must_use]
    pub fn api(mut self, api: Api) -> Self {
        self.api = Some(api);
        self
    }

    /// The app, which the token is fetched for.
    #[must_use]
    pub fn app(mut self, app_id: impl Into<String>, app_secret: impl Into<SecretString>) -> Self {
        self.app_id = Some(app_id.into());
        self.app_secret = Some(app_secret.into());
        self
    }

    /// Which call issues the token.
    #[must_use]
    pub fn token_endpoint(mut self, endpoint: TokenEndpoint) -> Self {
        self.token_endpoint = Some(endpoint);
        self
    }

    /// A token that a central holder fetched, in place of an app.
    #[must_use]
    pub fn access_token(mut self, token: impl Into<SecretString>) -> Self {
        self.access_token = Some(token.into());
        self
    }

    /// What stands before `/shop/…`, `/channels/…` and `/cgi-bin/…`, in place of the documented address.
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
        let credential = match (token, self.app_id, self.app_secret) {
            (Some(token), None, None) => Credential::Token(token),
            (None, app_id, app_secret) => Credential::App(App {
                app_id: setting::required("app_id", app_id)?,
                app_secret: setting::secret_needed("app_secret", app_secret)?,
                endpoint: self.token_endpoint.unwrap_or_default(),
            }),
            (Some(_), ..) => {
                let problem = "stands beside app_id and app_secret; give one or the other";
                return Err(Error::config("access_token", problem));
            }
        };
        Ok(Config {
            api: self.api.unwrap_or_default(),
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
    fn the_generation_is_chosen_by_name() {
        for (json, api) in [
            (r#"{"access_token":"t"}"#, Some(Api::Component)),
            (
                r#"{"access_token":"t","api":"component"}"#,
                Some(Api::Component),
            ),
            (r#"{"access_token":"t","api":"ec"}"#, Some(Api::Ec)),
            (r#"{"access_token":"t","api":"store"}"#, Some(Api::Store)),
            (r#"{"access_token":"t","api":"channels"}"#, None),
        ] {
            let builder = serde_json::from_str::<ConfigBuilder>(json).ok();
            let built = builder.map(|builder| builder.build().unwrap().api);
            assert_eq!(built, api, "{json}");
        }
        let names = crate::GENERATIONS.iter().map(|it| it.name.unwrap());
        assert_eq!(names.collect::<Vec<_>>(), ["component", "ec", "store"]);
    }

    #[test]
    fn bad_settings_are_refused_by_name() {
        let builder = Config::builder;
        assert!(builder().app("wx1", "s").build().is_ok());
        assert!(builder().access_token("t").build().is_ok());
        for (builder, field) in [
            (builder(), "app_id: "),
            (builder().app("", "s"), "app_id: "),
            (builder().app("wx1", ""), "app_secret: "),
            (builder().access_token(""), "access_token: "),
            (
                builder().app("wx1", "s").access_token("t"),
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
