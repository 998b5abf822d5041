//! Which developer, with which key, signing how.

use std::sync::Arc;

use core_model::{Error, Result};
use secrecy::SecretString;
use serde::Deserialize;
use transport::{BaseUrl, Options, setting};

use crate::auth::AccessKey;
use crate::signature::{Scheme, Signer};

/// Where the calls live, after the documented request example.
const BASE_URL: &str = "https://www.xportcn.com/api";

/// Which developer, with which key, signing how.
#[derive(Debug, Clone)]
pub struct Config {
    pub(crate) base_url: BaseUrl,
    pub(crate) access_key: AccessKey,
    pub(crate) refund_time: Option<RefundTime>,
    pub(crate) options: Options,
}

impl Config {
    /// Starts an empty configuration.
    pub fn builder() -> ConfigBuilder {
        ConfigBuilder::default()
    }
}

/// Which time `refundStartTime` and `refundEndTime` filter by. The page does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundTime {
    /// The time when a refund was opened.
    Created,
    /// The time when a refund last changed.
    Updated,
}

/// Collects a [`Config`]. It can be read from a configuration file, too.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigBuilder {
    access_key: Option<SecretString>,
    secret_key: Option<SecretString>,
    user_id: Option<String>,
    signature: Option<Scheme>,
    refund_time: Option<RefundTime>,
    base_url: Option<String>,
    #[serde(skip)]
    signer: Option<Arc<dyn Signer>>,
    #[serde(skip)]
    options: Options,
}

impl ConfigBuilder {
    /// The access key and its secret, from the developer console.
    #[must_use]
    pub fn key(
        mut self,
        access_key: impl Into<SecretString>,
        secret_key: impl Into<SecretString>,
    ) -> Self {
        self.access_key = Some(access_key.into());
        self.secret_key = Some(secret_key.into());
        self
    }

    /// The sub-account whose permissions count.
    #[must_use]
    pub fn user_id(mut self, id: impl Into<String>) -> Self {
        self.user_id = Some(id.into());
        self
    }

    /// How requests are signed. There is no default, because the scheme is not published.
    #[must_use]
    pub fn signature(mut self, scheme: Scheme) -> Self {
        self.signature = Some(scheme);
        self
    }

    /// Signs requests in a way of your own.
    #[must_use]
    pub fn signer(mut self, signer: Arc<dyn Signer>) -> Self {
        self.signer = Some(signer);
        self
    }

    /// Which time the platform's time filter means. Until this is set, filtering by time is not
    /// supported.
    #[must_use]
    pub fn refund_time(mut self, column: RefundTime) -> Self {
        self.refund_time = Some(column);
        self
    }

    /// What stands before `/open/…`, in place of the documented address.
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
        let access_key = AccessKey {
            access_key: setting::secret_needed("access_key", self.access_key)?,
            secret_key: setting::secret_needed("secret_key", self.secret_key)?,
            user_id: setting::required("user_id", self.user_id)?,
            signer: match (self.signer, self.signature) {
                (Some(signer), None) => signer,
                (Some(_), Some(_)) => {
                    let problem = "stands beside a signer of your own; give one or the other";
                    return Err(Error::config("signature", problem));
                }
                (None, Some(scheme)) => Arc::new(scheme),
                (None, None) => {
                    let problem = "is missing; the platform does not publish its scheme, \
                                   so none is assumed";
                    return Err(Error::config("signature", problem));
                }
            },
        };
        Ok(Config {
            base_url: setting::base_url(self.base_url.as_deref(), BASE_URL)?,
            access_key,
            refund_time: self.refund_time,
            options: self.options,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_settings_are_refused_by_name() {
        let complete = || {
            Config::builder()
                .key("a", "s")
                .user_id("1")
                .signature(Scheme::HmacSha256)
        };
        assert!(complete().build().is_ok());
        let keyed = || Config::builder().key("a", "s");
        for (builder, field) in [
            (Config::builder(), "access_key: "),
            (complete().key("", "s"), "access_key: "),
            (complete().key("a", ""), "secret_key: "),
            (keyed(), "user_id: "),
            (complete().user_id(" "), "user_id: "),
            (keyed().user_id("1"), "signature: "),
            (complete().base_url("http://example.com"), "base_url: "),
        ] {
            let error = builder.build().unwrap_err();
            assert!(error.message().starts_with(field), "{error}");
        }
    }
}
