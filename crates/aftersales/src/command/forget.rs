//! `aftersales forget`: erases who a buyer is from the local copy.

use std::path::Path;

use indicatif::HumanCount;
use serde::Serialize;

use super::is_agreed;
use crate::args::{ForgetArgs, OutputArgs};
use crate::console::{Console, Stop};
use crate::existing::Existing;
use crate::format::{Format, Row, print_rows};
use crate::interrupt::Interrupt;

pub(crate) async fn run(
    args: &ForgetArgs,
    config: Option<&Path>,
    output: &OutputArgs,
    console: &mut Console,
) -> Result<(), Stop> {
    let mut interrupt = Interrupt::listen();
    let copy = Existing::open(&args.copy, config).await?;
    let now = console.now();
    let case = match (&args.account, &args.id) {
        (Some(account), Some(id)) => Some(tokio::select! {
            found = copy.case(account, id) => found?,
            () = interrupt.raised() => return Err(Stop::Interrupted),
        }),
        _ => None,
    };
    let buyer = args.buyer.as_deref().unwrap_or_default();
    let cases = match &case {
        Some(_) => 1,
        None => copy.store.count_of_buyer(buyer, now).await?,
    };
    let mut row = ForgetRow {
        cases,
        erased: false,
    };
    if !args.consent.dry_run {
        let what = match &case {
            Some((source, case)) => format!("case {} of {source}", case.id),
            None => format!("{} cases", HumanCount(cases)),
        };
        console.show(&[format!(
            "erases from {what} who the buyer is, what the buyer wrote and photographed, and the platform's record"
        )]);
        if !is_agreed(&args.consent, "nothing was erased", &mut interrupt, console).await? {
            return Ok(());
        }
        let erasing = async {
            match &case {
                Some((source, case)) => {
                    let is_known = copy.store.forget_case(source, &case.id).await?;
                    Ok(u64::from(is_known))
                }
                None => copy.store.forget(buyer, now).await,
            }
        };
        let mut erasing = std::pin::pin!(erasing);
        let erased = tokio::select! {
            erased = &mut erasing => erased,
            () = interrupt.raised() => {
                console.note("it is under way, and no byte is to be left: waiting for its end");
                erasing.await
            }
        };
        row.cases = erased?;
        row.erased = true;
    }
    Ok(print_rows(&[row], Format::chosen(output), console)?)
}

/// From how many cases a buyer was erased, or would be. It does not say which buyer.
#[derive(Serialize)]
struct ForgetRow {
    cases: u64,
    erased: bool,
}

impl Row for ForgetRow {
    const COLUMNS: &'static [&'static str] = &["cases", "erased"];

    fn cells(&self) -> Vec<String> {
        vec![self.cases.to_string(), self.erased.to_string()]
    }
}
