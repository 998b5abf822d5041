//! The platforms. Each module has the same items in the same order: `NAME`, `credentials`,
//! `Platform` with its [`Dialect`], the checks, the filters, the records.

mod imetastore;
mod shoplazza;
mod wechat_shop;
mod xiaoe;
mod xportcn;

use std::fmt::Debug;

use crate::exchange::{Answer, Request};
use crate::push::Outbox;
use crate::quota::Quotas;
use crate::tokens::Tokens;
use crate::{ChangeError, Effect, Opened, OrderRef};

/// The table of platforms: a further one is its module above and one name here.
macro_rules! platforms {
    ($($module:ident),+ $(,)?) => {
        /// The platforms the sandbox speaks for, by the names that [`Sandbox`](crate::Sandbox) takes.
        pub const PLATFORMS: [&str; [$($module::NAME),+].len()] = [$($module::NAME),+];

        /// What the sandbox accepts: constants that are public and open nothing anywhere else.
        pub mod credentials {
            $(pub use super::$module::credentials as $module;)+
        }

        /// The platforms in the order of [`PLATFORMS`].
        pub(crate) fn all(setup: &Setup) -> Vec<Box<dyn Dialect>> {
            vec![$(Box::new($module::Platform::new(setup))),+]
        }
    };
}

platforms!(imetastore, shoplazza, wechat_shop, xiaoe, xportcn);

/// What a platform is made from.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) records: u64,
    pub(crate) seed: u64,
    pub(crate) quotas: Quotas,
    pub(crate) outbox: Outbox,
    /// Whether what happens, happens at the system's time.
    pub(crate) is_live: bool,
}

/// How one platform answers.
pub(crate) trait Dialect: Debug + Send + Sync {
    /// The account of the ready configuration.
    fn account(&self) -> Account;

    /// The answer to any request, be it a wrong one.
    fn answer(&self, request: &Request) -> Answer;

    /// Whether the request asks for a token. Faults leave these alone.
    fn is_token_call(&self, _: &Request) -> bool {
        false
    }

    /// The order that a call writes to, where the platform lets only one call do so at a time.
    fn writes_to(&self, _: &Request) -> Option<u64> {
        None
    }

    /// What a call with an expired credential gets.
    fn expired(&self) -> Answer;

    /// The order with this number, if it exists.
    fn order(&self, number: u64) -> Option<OrderRef>;

    /// Lets somebody else than a caller give a case a status.
    fn change(&self, case: &str, status: &str) -> Result<(), ChangeError>;

    /// Lets a buyer open a case.
    fn open(&self) -> Opened;

    /// How many cases were opened since the start, by whomever.
    fn opened(&self) -> u64;

    /// What calls have done.
    fn effects(&self) -> Vec<Effect>;

    /// How many calls were over a quota.
    fn over_quota(&self) -> u64 {
        0
    }

    /// The tokens the platform issues, one book per endpoint.
    fn tokens(&self) -> &[Tokens] {
        &[]
    }
}

/// An account of the ready configuration: its name, its settings, and those for what is pushed.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) name: &'static str,
    pub(crate) settings: &'static [(&'static str, &'static str)],
    pub(crate) pushes: &'static [(&'static str, &'static str)],
}

/// A buyer's name that nobody bears.
fn buyer_name(order: u64) -> String {
    format!("Buyer {order}")
}
