//! Where a record comes from.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The name of a platform, such as `shoplazza`.
///
/// An open identifier: a new platform needs no change here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Platform(Cow<'static, str>);

impl Platform {
    /// A platform by the name that its crate carries.
    pub const fn new(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// The name, as configuration and output spell it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Platform {
    /// A platform by a name that was read from somewhere.
    fn from(name: String) -> Self {
        Self(Cow::Owned(name))
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The user's own label of one shop, app or seller login on a platform.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Account(Arc<str>);

impl Account {
    /// The label, as the configuration spells it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<T: Into<Arc<str>>> From<T> for Account {
    fn from(label: T) -> Self {
        Self(label.into())
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Whose side of a case an account is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The account sold the goods.
    Seller,
    /// The account bought the goods.
    Buyer,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Seller => "seller",
            Self::Buyer => "buyer",
        })
    }
}

/// Who did something, such as opening a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// Whoever bought the goods.
    Buyer,
    /// Whoever sold the goods.
    Seller,
    /// The platform or its staff.
    Platform,
}

/// Where records come from: platform, account and side. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Source {
    platform: Platform,
    account: Account,
    side: Side,
}

impl Source {
    /// Names the origin of records.
    pub fn new(platform: Platform, account: impl Into<Account>, side: Side) -> Self {
        Self {
            platform,
            account: account.into(),
            side,
        }
    }

    /// The platform.
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// The user's label of the account.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Whose side of the cases the account is on.
    pub fn side(&self) -> Side {
        self.side
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.account, self.platform)
    }
}
