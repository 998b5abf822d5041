//! How events, and the cases that they are about, are printed.

use std::io;

use aftersales::{AfterSale, Event, push};
use jiff::Timestamp;

use crate::args::OutputArgs;
use crate::console::{Console, Failure};
use crate::format::{Cases, Format, headline};
use crate::text::clean;

/// Prints as it comes, a line per event and per case.
pub(super) struct Printer {
    cases: Cases,
    redact: bool,
    is_table: bool,
}

impl Printer {
    /// Refuses formats that are whole only at their end, or hold rows of one kind.
    pub(super) fn new(output: &OutputArgs, now: Timestamp) -> Result<Self, Failure> {
        let format = Format::chosen(output);
        if !matches!(format, Format::Table | Format::Ndjson) {
            let what = "events are printed one by one, with no end";
            return Err(Failure::usage(what, "choose --format ndjson or table"));
        }
        Ok(Self {
            cases: Cases::new(output, now),
            redact: output.redact,
            is_table: format == Format::Table,
        })
    }

    pub(super) fn event(&self, mut event: Event, console: &mut Console) -> io::Result<()> {
        if self.is_table {
            return console.print(&format!("{}\n", clean(&line(&event)?)));
        }
        if self.redact {
            // A key may be made of who the buyer is.
            event.key = push::digest(event.key.as_bytes());
        }
        console.print(&format!("{}\n", serde_json::to_string(&event)?))
    }

    pub(super) fn case(&mut self, case: AfterSale, console: &mut Console) -> io::Result<()> {
        if self.is_table {
            return console.print(&format!("  {}\n", clean(&headline(&case))));
        }
        self.cases.print(case, console)
    }
}

/// An event on one line, for people.
fn line(event: &Event) -> serde_json::Result<String> {
    let at = event.at.map(|at| format!("{at:.0}")).unwrap_or_default();
    let change = serde_json::to_string(&event.change)?;
    let order = &event.order;
    let order = order.id.as_ref().or(order.number.as_ref());
    let order = order.or(event.order.merchant_ref.as_ref());
    let total = event.refunded_total;
    let about: String = [
        event.case.as_ref().map(|case| format!(", case {case}")),
        order.map(|order| format!(", order {order}")),
        event.status.map(|status| format!(", {status}")),
        total.map(|total| format!(", {total} paid back until then")),
    ]
    .into_iter()
    .flatten()
    .collect();
    Ok(format!(
        "{at:20}  {:14}  {}{about} ({})",
        change.trim_matches('"'),
        event.account,
        event.native,
    ))
}
