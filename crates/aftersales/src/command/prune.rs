//! `aftersales prune`: removes from the local copy what ended long ago.

use std::path::Path;

use indicatif::HumanCount;
use jiff::Timestamp;
use serde::Serialize;

use super::is_agreed;
use crate::args::{OutputArgs, PruneArgs};
use crate::console::{Console, Failure, Stop};
use crate::existing::Existing;
use crate::format::{Format, Row, print_rows};
use crate::interrupt::Interrupt;
use crate::moment;

pub(crate) async fn run(
    args: &PruneArgs,
    config: Option<&Path>,
    output: &OutputArgs,
    console: &mut Console,
) -> Result<(), Stop> {
    let now = console.now();
    let before = moment::instant("--older-than", Some(args.older_than), now)?.unwrap_or(now);
    let before = Timestamp::from_second(before.as_second()).unwrap_or(before);
    if before > now {
        let what = format!("--older-than {before} is yet to come");
        return Err(Failure::usage(what, "name a time that has passed").into());
    }
    let mut interrupt = Interrupt::listen();
    let copy = Existing::open(&args.copy, config).await?;
    let cases = copy.store.count_ended(before).await?;
    let mut row = PruneRow {
        ended_before: before,
        cases,
        removed: false,
    };
    if !args.consent.dry_run {
        console.show(&[format!(
            "removes {} cases that ended before {before}, with all that is kept of them; they stay away",
            HumanCount(cases)
        )]);
        if !is_agreed(
            &args.consent,
            "nothing was removed",
            &mut interrupt,
            console,
        )
        .await?
        {
            return Ok(());
        }
        row.cases = tokio::select! {
            removed = copy.store.prune(before) => removed?,
            () = interrupt.raised() => {
                console.note("some cases are removed, and some are not yet: run this again");
                return Err(Stop::Interrupted);
            }
        };
        row.removed = true;
    }
    Ok(print_rows(&[row], Format::chosen(output), console)?)
}

/// What was removed, or would be.
#[derive(Serialize)]
struct PruneRow {
    ended_before: Timestamp,
    cases: u64,
    removed: bool,
}

impl Row for PruneRow {
    const COLUMNS: &'static [&'static str] = &["ended_before", "cases", "removed"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.ended_before.to_string(),
            self.cases.to_string(),
            self.removed.to_string(),
        ]
    }
}
