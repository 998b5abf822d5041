//! `aftersales list`: one queue over all accounts that can list.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aftersales::{
    AfterSale, AfterSales, Configuration, ConfiguredAccount, Queue, QueueError, Selection,
};
use futures_util::{FutureExt, StreamExt};
use jiff::Timestamp;
use tokio::time::{Interval, interval};

use crate::args::{ListArgs, OutputArgs};
use crate::choice::chosen;
use crate::console::{Console, Failure, Stop};
use crate::format::Cases;
use crate::interrupt::Interrupt;
use crate::{moment, orders};

/// So many unreadable cases are told one by one.
const TOLD: u64 = 10;
/// How often progress is redrawn.
const REDRAW: Duration = Duration::from_millis(100);

pub(crate) async fn run(
    args: &ListArgs,
    config: Option<&Path>,
    output: &OutputArgs,
    console: &mut Console,
) -> Result<(), Stop> {
    let mut selection = selection(args, console.now())?;
    if !output.raw {
        selection = selection.without_raw();
    }
    let configuration = Configuration::load(config)?;
    let chosen = chosen(&args.choice, &configuration)?;
    if let Some(file) = &args.orders {
        let orders = orders::read_for(&chosen, file)?;
        selection = orders.into_iter().fold(selection, Selection::with_lookup);
    }
    let accounts = chosen
        .into_iter()
        .filter_map(|account| connected(account, args, console))
        .collect();
    let mut cases = Cases::new(output, console.now());
    let mut listing = Listing::start(accounts, selection);
    let printed = listing.print(args.limit, &mut cases, console).await;
    // Also after Ctrl-C, so that an array is closed.
    cases.finish(console)?;
    printed
}

fn selection(args: &ListArgs, now: Timestamp) -> Result<Selection, Failure> {
    let selection = args
        .statuses
        .iter()
        .copied()
        .fold(Selection::new(), Selection::with_status);
    let selection = if args.open {
        selection.only_open()
    } else {
        selection
    };
    let selection = args.awaits.into_iter().fold(selection, Selection::awaiting);
    let selection = args
        .page_size
        .into_iter()
        .fold(selection, Selection::with_page_size);
    let (since, until) = moment::range(args.since, args.until, now)?;
    let selection = since
        .into_iter()
        .fold(selection, Selection::with_created_since);
    Ok(until
        .into_iter()
        .fold(selection, Selection::with_created_until))
}

/// A client for the account, if it can list. If not, that is an error only where the account was
/// asked for by name.
fn connected(
    account: &ConfiguredAccount,
    args: &ListArgs,
    console: &mut Console,
) -> Option<Arc<dyn AfterSales>> {
    let client = match account.connect() {
        Ok(client) => client,
        Err(error) => {
            console.fail(error);
            return None;
        }
    };
    let operations = client.capabilities().operations;
    if operations.list || args.orders.is_some() {
        return Some(client);
    }
    let what = format!("{}: this platform cannot list cases", client.source());
    let name = account.name().as_str();
    let buyer = if operations.needs_buyer {
        " --buyer ID"
    } else {
        ""
    };
    let hint = format!(
        "look an order up: aftersales get {name} --order ID{buyer}; many: aftersales list --account {name} --orders FILE"
    );
    if args.choice.accounts.iter().any(|named| named == name) {
        console.fail(Failure::usage(what, hint));
    } else {
        console.note(&format!("{what}; {hint}"));
    }
    None
}

/// A queue on its way to the screen.
struct Listing {
    queue: Queue,
    accounts: usize,
    interrupt: Interrupt,
    redraw: Interval,
    unreadable: u64,
}

impl Listing {
    fn start(accounts: Vec<Arc<dyn AfterSales>>, selection: Selection) -> Self {
        Self {
            accounts: accounts.len(),
            queue: Queue::new(accounts, selection),
            interrupt: Interrupt::listen(),
            redraw: interval(REDRAW),
            unreadable: 0,
        }
    }

    async fn print(
        &mut self,
        limit: Option<u64>,
        cases: &mut Cases,
        console: &mut Console,
    ) -> Result<(), Stop> {
        let mut left = limit.unwrap_or(u64::MAX);
        while left > 0 {
            match self.next(console).await? {
                None => break,
                Some(Ok(case)) => {
                    cases.print(case, console)?;
                    left -= 1;
                }
                Some(Err(error)) => self.tell(error, console),
            }
        }
        if let Some(untold @ 1..) = self.unreadable.checked_sub(TOLD) {
            console.note(&format!("{untold} more cases could not be read"));
        }
        Ok(())
    }

    /// The next entry. Before it waits, everything that was printed goes out.
    async fn next(
        &mut self,
        console: &mut Console,
    ) -> Result<Option<Result<AfterSale, QueueError>>, Stop> {
        if self.interrupt.is_raised() {
            return Err(Stop::Interrupted);
        }
        if let Some(ready) = self.queue.next().now_or_never() {
            return Ok(ready);
        }
        console.flush()?;
        loop {
            tokio::select! {
                next = self.queue.next() => return Ok(next),
                () = self.interrupt.raised() => return Err(Stop::Interrupted),
                _ = self.redraw.tick() => console.show_progress(&self.queue, self.accounts),
            }
        }
    }

    fn tell(&mut self, error: QueueError, console: &mut Console) {
        if matches!(error, QueueError::Case(_)) {
            self.unreadable += 1;
            if self.unreadable > TOLD {
                return;
            }
        }
        console.fail(Failure::of_account(error.into()));
    }
}
