//! `aftersales get`: one case, or all cases of one order.

use std::path::Path;

use aftersales::Configuration;

use super::looked_up;
use crate::args::{GetArgs, OutputArgs};
use crate::console::{Console, Failure, Stop};
use crate::format::Cases;
use crate::interrupt::Interrupt;

pub(crate) async fn run(
    args: &GetArgs,
    config: Option<&Path>,
    output: &OutputArgs,
    console: &mut Console,
) -> Result<(), Stop> {
    let lookup = args
        .lookup()
        .ok_or_else(|| Failure::usage("nothing to look up", "name --id or --order"))?;
    let client = Configuration::load(config)?
        .account(&args.account)?
        .connect()?;
    let mut interrupt = Interrupt::listen();
    let found = tokio::select! {
        found = looked_up(&*client, &lookup) => found?,
        () = interrupt.raised() => return Err(Stop::Interrupted),
    };
    if found.is_empty() {
        console.note(&format!("{}: there is no such case", client.source()));
    }
    let mut cases = Cases::new(output, console.now());
    for case in found {
        cases.print(case, console)?;
    }
    Ok(cases.finish(console)?)
}
