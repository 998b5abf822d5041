//! What each command does.

pub(crate) mod act;
pub(crate) mod check;
#[cfg(feature = "sandbox")]
pub(crate) mod demo;
pub(crate) mod export;
pub(crate) mod forget;
pub(crate) mod get;
pub(crate) mod history;
pub(crate) mod list;
#[cfg(feature = "listen")]
pub(crate) mod listen;
pub(crate) mod platforms;
pub(crate) mod prune;
pub(crate) mod queue;
#[cfg(feature = "sandbox")]
pub(crate) mod sandbox;
pub(crate) mod stats;
pub(crate) mod sync;

use aftersales::{AfterSale, AfterSales, Error, Lookup};

use crate::args::ConsentArgs;
use crate::console::{Console, Failure, Stop};
use crate::interrupt::Interrupt;

/// The cases that a look-up finds; none where the platform says in its own words that there is none.
async fn looked_up(client: &dyn AfterSales, lookup: &Lookup) -> Result<Vec<AfterSale>, Error> {
    match client.find(lookup).await {
        Err(error) if error.says_that_there_is_none() => Ok(Vec::new()),
        found => found,
    }
}

/// Whether to go ahead with what was shown. If not, `nothing` says what did not happen.
async fn is_agreed(
    consent: &ConsentArgs,
    nothing: &str,
    interrupt: &mut Interrupt,
    console: &Console,
) -> Result<bool, Stop> {
    if consent.yes {
        return Ok(true);
    }
    let answer = tokio::select! {
        answer = console.ask("Go ahead?") => answer?,
        () = interrupt.raised() => return Err(Stop::Interrupted),
    };
    match answer {
        Some(true) => Ok(true),
        Some(false) => {
            console.note(nothing);
            Ok(false)
        }
        None => {
            let what = format!("there is nobody to ask: stdin is no terminal; {nothing}");
            Err(Failure::usage(what, "pass --yes, or look first with --dry-run").into())
        }
    }
}
