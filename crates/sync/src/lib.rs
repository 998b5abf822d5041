#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod account;
mod drift;
mod failure;
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
mod writer;

pub use account::{Account, run, watch};
pub use failure::Failure;
pub use options::{Clock, Event, Observer, Options, Reread};
pub use report::{Ending, Report};
pub use round::run_once;
pub use stop::{Stop, Stopper};
pub use strategy::{Listing, OpenCases, Strategy};
