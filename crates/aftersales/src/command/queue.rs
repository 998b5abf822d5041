//! `aftersales queue`: what waits for us, out of the local copy.

use std::path::Path;

use indicatif::HumanCount;
use store::{Filter, Mark, Sort};

use crate::args::{OutputArgs, QueueArgs};
use crate::console::{Console, Stop};
use crate::existing::Existing;
use crate::format::{Cases, Format};
use crate::interrupt::Interrupt;

/// So many cases are shown to people who do not say how many: about a screen.
const SCREEN: u64 = 50;
/// At most so many are read at a time.
const CHUNK: u32 = 250;

pub(crate) async fn run(
    args: &QueueArgs,
    config: Option<&Path>,
    output: &OutputArgs,
    console: &mut Console,
) -> Result<(), Stop> {
    let copy = Existing::open(&args.copy, config).await?;
    let filter = copy.filter(&args.choice)?;
    let is_table = Format::chosen(output) == Format::Table;
    let default = if is_table { SCREEN } else { u64::MAX };
    let limit = args.limit.unwrap_or(default);
    let mut cases = Cases::new(output, console.now());
    let printed = print(&copy, &filter, limit, &mut cases, console).await;
    // Also after Ctrl-C, so that an array is closed.
    cases.finish(console)?;
    let printed = printed?;
    if is_table {
        console.flush()?;
        let all = copy.store.count(&filter, Sort::Queue).await?;
        match all.saturating_sub(printed) {
            _ if all == 0 => console.note("nothing waits for you"),
            0 => {}
            more => console.note(&format!(
                "{} more; --limit {all} shows all of them",
                HumanCount(more)
            )),
        }
    }
    Ok(())
}

/// Prints so many cases, and tells how many there were.
async fn print(
    copy: &Existing,
    filter: &Filter,
    limit: u64,
    cases: &mut Cases,
    console: &mut Console,
) -> Result<u64, Stop> {
    let mut interrupt = Interrupt::listen();
    let mut printed = 0;
    let mut after: Option<Mark> = None;
    while printed < limit {
        let some = u32::try_from(limit - printed).map_or(CHUNK, |left| left.min(CHUNK));
        let listing = tokio::select! {
            listing = copy.store.list(filter, Sort::Queue, after.as_ref(), some) => listing?,
            () = interrupt.raised() => return Err(Stop::Interrupted),
        };
        for case in listing.cases {
            cases.print(case, console)?;
            printed += 1;
        }
        after = listing.next;
        if after.is_none() {
            break;
        }
    }
    Ok(printed)
}
