//! Which shop, and with which credential.

use core_model::{Error, Result};
use secrecy::SecretString;
use serde::Deserialize;
use transport::{BaseUrl, Options, setting};

/// Which shop, and with which credential.
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
    shop: Option<String>,
    access_token: Option<SecretString>,
    base_url: Option<String>,
    #[serde(skip)]
    options: Options,
}

impl ConfigBuilder {
    /// The shop's name: `mystore` for `https://mystore.myshoplaza.com`. Not needed beside a base
    /// URL.
    #[must_use]
    pub fn shop(mut self, name: impl Into<String>) -> Self {
        self.shop = Some(name.into());
        self
    }

    /// The token of a private app, or one that the OAuth exchange of a public app returned.
    #[must_use]
    pub fn access_token(mut self, token: impl Into<SecretString>) -> Self {
        self.access_token = Some(token.into());
        self
    }

    /// What stands before `/openapi/…`, in place of the shop's own address.
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
        let shop = self.shop.as_deref().map(shop_domain).transpose()?;
        let base_url = match (self.base_url.as_deref(), shop) {
            (Some(url), _) => BaseUrl::new(url)?,
            (None, Some(domain)) => BaseUrl::new(&format!("https://{domain}"))?,
            (None, None) => return Err(Error::config("shop", "is missing")),
        };
        Ok(Config {
            base_url,
            access_token: setting::secret_needed("access_token", self.access_token)?,
            options: self.options,
        })
    }
}

/// The host of a shop. Its name has to be a DNS label, or requests could go anywhere.
fn shop_domain(name: &str) -> Result<String> {
    let name = name.trim();
    let is_label = (1..=63).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-');
    if is_label {
        Ok(format!("{}.myshoplaza.com", name.to_ascii_lowercase()))
    } else {
        let problem = "has to be the part of the shop's address before .myshoplaza.com: \
                       letters, digits and hyphens";
        Err(Error::config("shop", problem))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_settings_are_refused_by_name() {
        let with_shop = |shop: &str| Config::builder().shop(shop).access_token("t").build();
        assert!(with_shop("My-Store1").is_ok());
        for shop in [
            "",
            " ",
            "a.b",
            "a/b",
            "-a",
            "a-",
            "a b",
            "evil.example#",
            "ä",
            &"a".repeat(64),
        ] {
            let error = with_shop(shop).unwrap_err();
            assert!(error.message().starts_with("shop: "), "{shop:?}: {error}");
        }
        for (builder, field) in [
            (Config::builder().access_token("t"), "shop: "),
            (Config::builder().shop("a"), "access_token: "),
            (
                Config::builder().shop("a").access_token(""),
                "access_token: ",
            ),
            (
                Config::builder()
                    .base_url("http://example.com")
                    .access_token("t"),
                "base_url: ",
            ),
        ] {
            let error = builder.build().unwrap_err();
            assert!(error.message().starts_with(field), "{error}");
        }
    }
}
