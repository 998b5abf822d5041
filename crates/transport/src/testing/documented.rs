//! For the snapshot tests that are generated from documented examples.

use std::mem::discriminant;

use core_model::{
    AfterSale, Awaits, Event, Numbered, PageSize, Platform, Progress, Query, Result, Side, Source,
    Status,
};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::push::Refusal;
use crate::{Dialect, Fault, Request};

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

/// Holds a platform's status table against what each documented code means: unified status, who is
/// awaited, whether the case is over. Codes outside the table are to be unknown, and every entry of
/// the table has to have its row.
pub fn assert_statuses(
    table: &[(&str, Progress)],
    meanings: &[(&str, Status, Option<Awaits>, bool)],
) {
    for &(code, status, awaits, is_final) in meanings {
        let progress = Progress::lookup(table, Some(code));
        let meaning = (progress.status(), progress.awaits(), progress.is_final());
        assert_eq!(meaning, (status, awaits, is_final), "{code}");
    }
    for (code, _) in table {
        let rows = meanings.iter().filter(|(meant, ..)| meant == code).count();
        assert_eq!(rows, 1, "one row for {code}");
    }
}

/// The first page of a listing, of this size.
pub fn first_page(size: u32) -> Numbered {
    let size = PageSize {
        default: size,
        max: None,
    };
    Numbered::at(None, &Query::new(), size).expect("a first page")
}

/// Holds the JSON that was sent against the documented example, whatever the order of the members.
pub fn assert_same_json(sent: &[u8], documented: &str) {
    let sent: Value = serde_json::from_slice(sent).expect("a JSON body");
    let documented: Value = serde_json::from_str(documented).expect("a readable example");
    assert_eq!(sent, documented);
}

/// The JSON body of a request.
pub fn body_of(request: &Request) -> String {
    let body = request.body().expect("a request with a body");
    Value::Object(body.clone()).to_string()
}

/// Holds a request against a documented request body: whatever it sends is documented, and of the
/// same JSON type.
pub fn assert_documented_body(request: &Request, example: &str) {
    let example: Map<String, Value> = read(example);
    let sent = request.body().expect("a request with a body");
    assert!(!sent.is_empty(), "an empty body proves nothing");
    for (name, value) in sent {
        let documented = example
            .get(name)
            .unwrap_or_else(|| panic!("{name} is not documented"));
        let same_type = discriminant(value) == discriminant(documented);
        assert!(
            same_type,
            "{name}: {value} is sent, {documented} is documented"
        );
    }
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

/// The event of a push as snapshots show it, or why there is none.
pub fn event(event: Result<Event, Refusal>) -> Told {
    match event {
        Ok(event) => Told::Event(Box::new(event)),
        Err(refusal) => Told::Refused {
            refused: refusal.to_string(),
        },
    }
}

/// The event of a push, or why there is none.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Told {
    /// The event.
    Event(Box<Event>),
    /// Why there is none.
    Refused {
        /// The reason in one line.
        refused: String,
    },
}
