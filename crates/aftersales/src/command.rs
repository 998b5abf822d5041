//! What each command does.

pub(crate) mod act;
pub(crate) mod check;
#[cfg(feature = "sandbox")]
pub(crate) mod demo;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod platforms;
#[cfg(feature = "sandbox")]
pub(crate) mod sandbox;
pub(crate) mod sync;
