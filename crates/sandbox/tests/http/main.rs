//! The sandbox over real HTTP on loopback.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test's helpers fail like the test itself"
)]

mod client;
mod faults;
mod imetastore;
mod lifecycle;
mod pushes;
mod shoplazza;
mod wechat_shop;
mod xiaoe;
mod xportcn;
