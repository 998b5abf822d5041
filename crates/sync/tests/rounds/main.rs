//! Rounds over a platform of which everything can be arranged, into a real copy.
// `clippy.toml` allows these in tests, but does not see that helpers of tests are tests, too.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod desk;
mod endings;
mod listing;
mod lookups;
mod relisting;
mod shop;
mod watching;
