#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod batch;
mod codec;
mod dictionary;
mod erase;
mod error;
mod filter;
mod history;
mod location;
mod page;
#[cfg(feature = "postgres")]
mod postgres;
mod run;
mod sqlite;
mod stats;
mod store;
mod tally;

pub use batch::{Applied, Batch, Known, Lease, OpenCase, Outcome, Reading};
pub use core_model;
pub use error::{Error, ErrorKind, Result};
pub use filter::{Filter, Listing, Mark, Sort};
pub use history::{Change, Entry, Field, State};
pub use location::Location;
#[cfg(feature = "postgres")]
pub use postgres::Postgres;
pub use run::{Counts, Ending, Run, RunEnd, RunId};
pub use sqlite::Sqlite;
pub use stats::{Age, Stats, StatsFilter, Sums, Tally};
pub use store::{Store, StoreExt};
