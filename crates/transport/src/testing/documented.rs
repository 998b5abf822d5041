//! For the snapshot tests that are generated from documented examples.

use core_model::{AfterSale, Platform, Result, Side, Source};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::{Dialect, Fault};

/// The origin that stands in snapshots.
pub fn source(platform: Platform, side: Side) -> Source {
    Source::new(platform, "documented", side)
}

/// Reads a documented example.
pub fn read<'a, T: Deserialize<'a>>(body: &'a str) -> T {
    serde_json::from_str(body).expect("a documented example is readable")
}

/// The fault that a documented error example states.
pub fn fault(dialect: &dyn Dialect, status: u16, body: &str) -> Option<Fault> {
    let status = StatusCode::from_u16(status).expect("an HTTP status");
    dialect.fault(status, body.as_bytes())
}

/// Unified records as snapshots show them: without the raw text, which the fixture shows already.
pub fn unified(records: Vec<Result<AfterSale>>) -> Vec<Unified> {
    let unified = |record: Result<AfterSale>| match record {
        Ok(record) => Unified::Record(Box::new(AfterSale {
            raw: None,
            ..record
        })),
        Err(error) => Unified::Unreadable {
            error: error.to_string(),
        },
    };
    records.into_iter().map(unified).collect()
}

/// A unified record, or why there is none.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Unified {
    /// The record.
    Record(Box<AfterSale>),
    /// Why it could not be read.
    Unreadable {
        /// The error in one line.
        error: String,
    },
}
