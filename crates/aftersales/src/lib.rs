#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod config;
mod queue;
mod registry;
mod settings;

pub use config::{ConfigError, Configuration, ConfiguredAccount};
pub use core_model::*;
pub use queue::{Queue, QueueError, Selection};
pub use registry::*;
pub use transport::push;

/// Runs the example in the workspace's README.
#[cfg(all(doctest, feature = "sandbox", feature = "shoplazza"))]
#[doc = include_str!("../../../README.md")]
struct WorkspaceReadme;
