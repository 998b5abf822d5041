//! The one list of platforms.

use std::sync::Arc;

use core_model::{Account, Actions, Generation, Platform, Side};
use toml::Table;
use transport::push::Receiver;
use transport::{Code, Options};

use crate::settings::{self, SettingError};

/// Every platform: the cargo feature that brings it in, its crate, where its interface has several generations the
/// setting that chooses one and, where settings are all that it takes to read what it pushes, those among them that the
/// account has anyway. A new platform is a new line.
macro_rules! platforms {
    ($($feature:tt => $platform:ident $(by $setting:literal)? $(pushing [$($shared:literal),*])?),* $(,)?) => {
        $(
            #[cfg(feature = $feature)]
            #[doc(inline)]
            pub use ::$platform;
        )*

        #[cfg(not(any($(feature = $feature),*)))]
        compile_error!("switch on the feature of at least one platform, such as `shoplazza`");

        /// The platforms that this build knows, by name.
        pub static PLATFORMS: &[RegisteredPlatform] = &[$(
            #[cfg(feature = $feature)]
            RegisteredPlatform {
                platform: ::$platform::PLATFORM,
                side: ::$platform::SIDE,
                generations: ::$platform::GENERATIONS,
                generation_setting: &[$($setting)?],
                codes: ::$platform::errors::CODES,
                connect: |account, table, options| {
                    let settings: ::$platform::ConfigBuilder = settings::read(table)?;
                    let settings = settings.options(options).build()?;
                    let client = ::$platform::Client::new(account, settings)?;
                    Ok(Arc::new(client))
                },
                pushes: &[$(Pushes {
                    shared: &[$($shared),*],
                    receiver: |account, table| {
                        let settings: ::$platform::webhook::Settings = settings::read(table)?;
                        Ok(Arc::new(settings.build(account)?))
                    },
                })?],
            },
        )*];
    };
}

platforms! {
    "imetastore" => imetastore pushing [],
    "shoplazza" => shoplazza by "api_version" pushing ["shop"],
    "wechat-shop" => wechat_shop by "api" pushing ["app_id"],
    "xiaoe" => xiaoe,
    "xportcn" => xportcn pushing [],
}

/// Makes a client from settings.
type Connect = fn(Account, Table, Options) -> Result<Arc<dyn Actions>, SettingError>;

/// A platform that this build knows.
#[derive(Debug)]
pub struct RegisteredPlatform {
    platform: Platform,
    side: Side,
    generations: &'static [Generation],
    /// One, or none.
    generation_setting: &'static [&'static str],
    codes: &'static [Code],
    connect: Connect,
    /// One, or none.
    pushes: &'static [Pushes],
}

/// How what a platform pushes is read.
#[derive(Debug)]
pub(crate) struct Pushes {
    /// Settings that are the account's, where they are not stated for pushes.
    pub(crate) shared: &'static [&'static str],
    /// What reads the pushes for an account, from settings with all secrets in place.
    pub(crate) receiver: fn(Account, Table) -> Result<Arc<dyn Receiver>, SettingError>,
}

impl RegisteredPlatform {
    /// The platform that a configuration names.
    pub fn named(name: &str) -> Option<&'static Self> {
        PLATFORMS
            .iter()
            .find(|known| known.platform.as_str() == name)
    }

    /// The name.
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// Whose side of the cases its accounts are on.
    pub fn side(&self) -> Side {
        self.side
    }

    /// The generations of its interface, each with what it can do; the first is the default.
    pub fn generations(&self) -> &'static [Generation] {
        self.generations
    }

    /// The setting that chooses a generation, where there are several.
    pub fn generation_setting(&self) -> Option<&'static str> {
        self.generation_setting.first().copied()
    }

    /// Whether the platform's table of errors has this code.
    pub fn knows_code(&self, code: &str) -> bool {
        self.codes.iter().any(|entry| entry.code == code)
    }

    /// A client for an account, from its settings with all secrets in place.
    pub(crate) fn connect(
        &self,
        account: Account,
        settings: Table,
        options: Options,
    ) -> Result<Arc<dyn Actions>, SettingError> {
        (self.connect)(account, settings, options)
    }

    /// Whether what the platform pushes can be read with nothing but settings.
    pub fn reads_pushes(&self) -> bool {
        !self.pushes.is_empty()
    }

    /// How that is done.
    pub(crate) fn pushes(&self) -> Option<&'static Pushes> {
        self.pushes.first()
    }
}
