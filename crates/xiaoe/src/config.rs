//! Which shop, and with which credential.

use core_model::{Error, Result};
use jiff::SignedDuration;
use secrecy::SecretString;
use serde::Deserialize;
use transport::{BaseUrl, Options, setting};

use crate::auth::{App, Credential};

/// The host of every call.
const BASE_URL: &str = "https://api.xiaoe-tech.com";

/// Which shop, and with which credential.
#[derive(Debug, Clone)]
pub struct Config {
    pub(crate) base_url: BaseUrl,
    pub(crate) credential: Credential,
    pub(crate) listing: Listing,
    pub(crate) refunds: Refunds,
    pub(crate) options: Options,
}

/// What goes beyond the documented calls of after-sales, as it was asked for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Listing {
    /// Whether to ask the orders for refunds.
    pub(crate) order_detail: bool,
    /// Whether to let the platform narrow a listing by status.
    pub(crate) sales_state: bool,
    /// The longest window to list at once.
    pub(crate) window: Option<SignedDuration>,
}

/// How money is paid back.
#[derive(Debug, Clone, Default)]
pub(crate) struct Refunds {
    /// Who does it.
    pub(crate) operator: Option<String>,
    /// Whether the buyer loses access to what was bought; `None` leaves it to the platform.
    pub(crate) is_purchase_delete_flag: Option<bool>,
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
    app_id: Option<String>,
    client_id: Option<String>,
    secret_key: Option<SecretString>,
    access_token: Option<SecretString>,
    #[serde(default)]
    order_detail: bool,
    #[serde(default)]
    sales_state: bool,
    window_days: Option<u16>,
    refund_operator: Option<String>,
    is_purchase_delete_flag: Option<bool>,
    base_url: Option<String>,
    #[serde(skip)]
    options: Options,
}

impl ConfigBuilder {
    /// The shop (`app…`), the application in it (`xop…`) and its secret, which the token is fetched
    /// for.
    #[must_use]
    pub fn app(
        mut self,
        app_id: impl Into<String>,
        client_id: impl Into<String>,
        secret_key: impl Into<SecretString>,
    ) -> Self {
        self.app_id = Some(app_id.into());
        self.client_id = Some(client_id.into());
        self.secret_key = Some(secret_key.into());
        self
    }

    /// A token that a central holder fetched, in place of an application.
    #[must_use]
    pub fn access_token(mut self, token: impl Into<SecretString>) -> Self {
        self.access_token = Some(token.into());
        self
    }

    /// Asks the order of each case whose money is under way, or was, when it was paid back and whether
    /// that failed: a call for each such case.
    #[must_use]
    pub fn with_order_detail(mut self) -> Self {
        self.order_detail = true;
        self
    }

    /// Lets the platform narrow a listing by status. Its groups of states are named and not defined, so
    /// that this relies on what their names seem to mean.
    #[must_use]
    pub fn with_sales_state(mut self) -> Self {
        self.sales_state = true;
        self
    }

    /// Lists in windows, none of which asks for a range of more than so many days. Whether the platform
    /// limits the range is not documented; for its list of orders it does, to 31.
    #[must_use]
    pub fn window_days(mut self, days: u16) -> Self {
        self.window_days = Some(days);
        self
    }

    /// Who pays money back: the platform wants to know with every refund.
    #[must_use]
    pub fn refund_operator(mut self, operator: impl Into<String>) -> Self {
        self.refund_operator = Some(operator.into());
        self
    }

    /// Whether the buyer loses access to what was bought when money is paid back. What the platform does where it is
    /// not told is not documented.
    #[must_use]
    pub fn is_purchase_delete_flag(mut self, loses_access: bool) -> Self {
        self.is_purchase_delete_flag = Some(loses_access);
        self
    }

    /// What stands before `/xe.ecommerce.…` and `/token`, in place of the documented address.
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
        let credential = match (token, self.app_id, self.client_id, self.secret_key) {
            (Some(token), None, None, None) => Credential::Token(token),
            (None, app_id, client_id, secret_key) => Credential::App(App {
                app_id: setting::required("app_id", app_id)?,
                client_id: setting::required("client_id", client_id)?,
                secret_key: setting::secret_needed("secret_key", secret_key)?,
            }),
            (Some(_), ..) => {
                let problem = "stands beside app_id, client_id and secret_key; \
                               give one or the others";
                return Err(Error::config("access_token", problem));
            }
        };
        Ok(Config {
            base_url: setting::base_url(self.base_url.as_deref(), BASE_URL)?,
            credential,
            listing: Listing {
                order_detail: self.order_detail,
                sales_state: self.sales_state,
                window: self.window_days.map(window).transpose()?,
            },
            refunds: Refunds {
                operator: self
                    .refund_operator
                    .map(|operator| setting::required("refund_operator", Some(operator)))
                    .transpose()?,
                is_purchase_delete_flag: self.is_purchase_delete_flag,
            },
            options: self.options,
        })
    }
}

/// A range is asked for in days, and ends a day late: of what it may span, one day is lost.
fn window(days: u16) -> Result<SignedDuration> {
    match days.checked_sub(1) {
        None | Some(0) => Err(Error::config("window_days", "is less than 2")),
        Some(days) => Ok(SignedDuration::from_hours(24 * i64::from(days))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_settings_are_refused_by_name() {
        let builder = Config::builder;
        assert!(builder().app("app1", "xop1", "s").build().is_ok());
        assert!(builder().access_token("t").build().is_ok());
        assert!(builder().access_token("t").window_days(2).build().is_ok());
        for (builder, field) in [
            (builder(), "app_id: "),
            (builder().app("", "xop1", "s"), "app_id: "),
            (builder().app("app1", "", "s"), "client_id: "),
            (builder().app("app1", "xop1", ""), "secret_key: "),
            (builder().access_token(""), "access_token: "),
            (
                builder().app("app1", "xop1", "s").access_token("t"),
                "access_token: ",
            ),
            (
                builder().access_token("t").refund_operator(" "),
                "refund_operator: ",
            ),
            (builder().access_token("t").window_days(0), "window_days: "),
            (builder().access_token("t").window_days(1), "window_days: "),
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
