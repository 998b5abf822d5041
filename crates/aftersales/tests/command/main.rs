//! The real binary against the real sandbox, over HTTP on loopback.
#![cfg(all(
    feature = "sandbox",
    feature = "imetastore",
    feature = "shoplazza",
    feature = "wechat-shop",
    feature = "xiaoe",
    feature = "xportcn"
))]
// `clippy.toml` allows these in tests, but does not see that helpers of tests are tests, too.
#![allow(clippy::indexing_slicing, clippy::unwrap_used)]

mod acting;
#[cfg(unix)]
mod copy;
#[cfg(all(unix, feature = "listen"))]
mod listening;
mod reading;
#[cfg(unix)]
mod sharing;
mod shops;
#[cfg(unix)]
mod sync;
