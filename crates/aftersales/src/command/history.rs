//! `aftersales history`: what became of a case, as far as the local copy saw it.

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;
use store::{Change, Entry, Field, State};

use crate::args::{HistoryArgs, OutputArgs};
use crate::console::{Console, Stop};
use crate::existing::Existing;
use crate::format::{Format, Row, headline, print_rows};
use crate::interrupt::Interrupt;
use crate::text::clean;

pub(crate) async fn run(
    args: &HistoryArgs,
    config: Option<&Path>,
    output: &OutputArgs,
    console: &mut Console,
) -> Result<(), Stop> {
    let mut interrupt = Interrupt::listen();
    let copy = Existing::open(&args.copy, config).await?;
    let (source, case) = tokio::select! {
        found = copy.case(&args.account, &args.id) => found?,
        () = interrupt.raised() => return Err(Stop::Interrupted),
    };
    let history = copy.store.history(&source, &case.id).await?;
    let format = Format::chosen(output);
    if format == Format::Table {
        console.print(&format!("{}\n\n", clean(&headline(&case))))?;
    }
    let rows: Vec<_> = history.iter().flat_map(rows).collect();
    Ok(print_rows(&rows, format, console)?)
}

/// One row for each thing that changed; of the first entry one for each thing that was stated.
fn rows(entry: &Entry) -> Vec<HistoryRow> {
    let first = if entry.changes.is_empty() {
        stated(&entry.state)
    } else {
        Vec::new()
    };
    let changes = entry.changes.iter().chain(&first);
    changes
        .map(|change| HistoryRow {
            seen_at: entry.seen_at,
            field: change.field.as_str(),
            from: change.from.clone(),
            to: change.to.clone(),
        })
        .collect()
}

/// All that a state says, as if it had said nothing before.
fn stated(state: &State) -> Vec<Change> {
    let stated = [
        (Field::Status, Some(state.status.to_string())),
        (Field::Awaits, state.awaits.map(|who| who.to_string())),
        (Field::NativeStatus, state.native_status.code.clone()),
        (Field::Requested, state.requested.map(|it| it.to_string())),
        (Field::Refunded, state.refunded.map(|it| it.to_string())),
        (Field::Deadline, state.deadline.map(|at| at.to_string())),
    ];
    let stated = stated.into_iter().filter(|(_, to)| to.is_some());
    stated
        .map(|(field, to)| Change {
            field,
            from: None,
            to,
        })
        .collect()
}

/// One thing that became another.
#[derive(Serialize)]
struct HistoryRow {
    seen_at: Timestamp,
    field: &'static str,
    from: Option<String>,
    to: Option<String>,
}

impl Row for HistoryRow {
    const COLUMNS: &'static [&'static str] = &["seen_at", "field", "from", "to"];

    fn cells(&self) -> Vec<String> {
        let text = |text: &Option<String>| clean(text.as_deref().unwrap_or_default()).into_owned();
        vec![
            self.seen_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            self.field.to_owned(),
            text(&self.from),
            text(&self.to),
        ]
    }
}
