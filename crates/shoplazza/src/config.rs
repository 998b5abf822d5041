//! Which shop, and with which credential.

use std::fmt;

use core_model::{Error, Result};
use secrecy::SecretString;
use serde::Deserialize;
use transport::{BaseUrl, Options, setting};

/// Which shop, and with which credential.
#[derive(Debug, Clone)]
pub struct Config {
    pub(crate) base_url: BaseUrl,
    pub(crate) access_token: SecretString,
    pub(crate) api_version: ApiVersion,
    pub(crate) options: Options,
}

impl Config {
    /// Starts an empty configuration.
    pub fn builder() -> ConfigBuilder {
        ConfigBuilder::default()
    }
}

/// A version of the interface. It is part of every path; the platform keeps each for twelve months at
/// least, and answers 404 afterwards.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum ApiVersion {
    /// `2022-01`: bare answers, numbered pages.
    #[default]
    #[serde(rename = "2022-01")]
    V2022_01,
    /// `2025-06`: answers in an envelope, pages that name the next one.
    #[serde(rename = "2025-06")]
    V2025_06,
    /// `2026-01`: like 2025-06.
    #[serde(rename = "2026-01")]
    V2026_01,
    /// `2026-07`: like 2026-01; the changelog has nothing but the prefix.
    #[serde(rename = "2026-07")]
    V2026_07,
}

impl ApiVersion {
    /// The version as paths and settings spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V2022_01 => "2022-01",
            Self::V2025_06 => "2025-06",
            Self::V2026_01 => "2026-01",
            Self::V2026_07 => "2026-07",
        }
    }

    /// Whether answers come in an envelope and pages name the next one: since 2025-06.
    pub(crate) const fn has_envelope(self) -> bool {
        !matches!(self, Self::V2022_01)
    }
}

/// Collects a [`Config`]. It can be read from a configuration file, too.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigBuilder {
    shop: Option<String>,
    access_token: Option<SecretString>,
    #[serde(default)]
    api_version: ApiVersion,
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

    /// Which version to speak; 2022-01 unless this is set.
    #[must_use]
    pub fn api_version(mut self, version: ApiVersion) -> Self {
        self.api_version = version;
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
        let shop = self.shop.as_deref().map(ShopDomain::new).transpose()?;
        let base_url = match (self.base_url.as_deref(), shop) {
            (Some(url), _) => BaseUrl::new(url)?,
            (None, Some(shop)) => shop.base_url()?,
            (None, None) => return Err(Error::config("shop", "is missing")),
        };
        Ok(Config {
            base_url,
            access_token: setting::secret_needed("access_token", self.access_token)?,
            api_version: self.api_version,
            options: self.options,
        })
    }
}

/// The host of a shop, such as `mystore.myshoplaza.com`. Its name has to be a DNS label, or requests
/// could go anywhere.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ShopDomain(String);

impl ShopDomain {
    /// What all hosts of shops have in common.
    const PARENT: &str = ".myshoplaza.com";

    /// The shop with this name: `mystore`.
    ///
    /// # Errors
    /// [`Config`](core_model::ErrorKind::Config) when it is no DNS label.
    pub fn new(name: &str) -> Result<Self> {
        let name = name.trim();
        let is_label = (1..=63).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !name.starts_with('-')
            && !name.ends_with('-');
        if is_label {
            let name = name.to_ascii_lowercase();
            Ok(Self(format!("{name}{}", Self::PARENT)))
        } else {
            let problem = "has to be the part of the shop's address before .myshoplaza.com: \
                           letters, digits and hyphens";
            Err(Error::config("shop", problem))
        }
    }

    /// The shop with this host: `mystore.myshoplaza.com`.
    ///
    /// # Errors
    /// [`Config`](core_model::ErrorKind::Config) when it is not the host of a shop.
    pub fn of_host(host: &str) -> Result<Self> {
        host.strip_suffix(Self::PARENT)
            .ok_or_else(|| Error::config("shop", "is not below myshoplaza.com"))
            .and_then(Self::new)
    }

    pub(crate) fn base_url(&self) -> Result<BaseUrl> {
        BaseUrl::new(&format!("https://{self}"))
    }
}

impl fmt::Display for ShopDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
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
    #[test]
    fn versions_are_read_as_they_are_written() {
        let read = |json: &str| serde_json::from_str::<ConfigBuilder>(json);
        assert_eq!(read("{}").unwrap().api_version, ApiVersion::V2022_01);
        for version in ["2022-01", "2025-06", "2026-01", "2026-07"] {
            let settings = read(&format!(r#"{{"api_version":"{version}"}}"#)).unwrap();
            assert_eq!(settings.api_version.as_str(), version);
        }
        for unknown in ["2020-01", "2024-07", "v2026-01", "2026-1", ""] {
            let refused = read(&format!(r#"{{"api_version":"{unknown}"}}"#)).unwrap_err();
            assert!(refused.to_string().contains("2026-07"), "{refused}");
        }
    }
}
