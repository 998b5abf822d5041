//! `aftersales sandbox`: the dialects of all platforms on loopback.

use sandbox::{Builder, Quotas, Sandbox, StartError};

use crate::args::SandboxArgs;
use crate::console::{Console, Failure, Stop};
use crate::interrupt::Interrupt;

pub(crate) async fn run(args: &SandboxArgs, console: &mut Console) -> Result<(), Stop> {
    let mut interrupt = Interrupt::listen();
    let quotas = if args.quotas {
        Quotas::Enforced
    } else {
        Quotas::Off
    };
    let builder = Sandbox::builder()
        .port(args.port)
        .records(args.records)
        .seed(args.seed)
        .quotas(quotas)
        .live();
    let builder = args.faults.iter().cloned().fold(builder, Builder::fault);
    let builder = args.push_to.iter().cloned().fold(builder, Builder::push_to);
    let sandbox = builder.start().await.map_err(|error| refused(&error))?;
    console.print(&sandbox.config())?;
    console.flush()?;
    console.note(&format!(
        "serving on {} until Ctrl-C; try: aftersales list --config FILE, with the lines above in FILE",
        sandbox.origin()
    ));
    sandbox.until_stopped(interrupt.raised()).await;
    Ok(())
}

pub(super) fn refused(error: &StartError) -> Failure {
    Failure::usage(
        error.to_string(),
        "choose another --port or fewer --records",
    )
}
