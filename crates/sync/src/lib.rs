#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod account;
mod drift;
mod failure;
mod lease;
mod listing;
mod lookups;
mod open_cases;
mod options;
mod patience;
mod position;
mod report;
mod round;
mod schedule;
mod stop;
mod strategy;
mod windows;
#[cfg(feature = "postgres")]
mod workers;
mod writer;

pub use account::{Account, run, run_shared, watch};
pub use core_model;
pub use failure::Failure;
pub use options::{Clock, Event, Observer, Options, Reread};
pub use report::{Ending, Report};
pub use round::run_once;
pub use stop::{Stop, Stopper};
pub use strategy::{Listing, OpenCases, Strategy};
#[cfg(feature = "postgres")]
pub use workers::share;
