//! Scripted answers, the conformance suite and helpers for documented examples. For tests: what goes
//! wrong here panics.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test helper fails its test by panicking"
)]

pub mod codes;
pub mod conformance;
pub mod coverage;
pub mod documented;
mod script;

pub use script::{FixedMoments, Script, answer, body_number, query_number};
