//! The `aftersales` command. What it does is said by `aftersales --help` and in the README.
#![forbid(unsafe_code)]

mod args;
mod choice;
mod command;
mod console;
mod copy;
mod existing;
mod export;
mod format;
mod interrupt;
mod moment;
mod orders;
mod text;

use std::process::ExitCode;

use args::{Args, Command};
use clap::Parser;
use console::{Console, Exit, Failure, Stop};
use jiff::Timestamp;
use tokio::runtime::Runtime;

/// Cases are made on one thread and dropped on another, at which the system's allocator is slow on Linux.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let args = Args::parse().checked();
    args.output.color.apply();
    if args.output.verbose {
        trace();
    }
    let mut console = Console::new(&args.output, Timestamp::now());
    let done = match Runtime::new() {
        Ok(runtime) => {
            let done = runtime.block_on(run(&args, &mut console));
            // A name that is still being looked up must not keep Ctrl-C waiting.
            runtime.shutdown_background();
            done
        }
        Err(error) => Err(Failure::new(error.to_string(), "free some resources").into()),
    };
    console.close(done).into()
}

async fn run(args: &Args, console: &mut Console) -> Result<(), Stop> {
    let output = &args.output;
    match &args.command {
        Command::List(list) => command::list::run(list, args.config(), output, console).await,
        Command::Sync(sync) => command::sync::run(sync, args.config(), output, console).await,
        Command::Queue(queue) => command::queue::run(queue, args.config(), output, console).await,
        Command::History(history) => {
            command::history::run(history, args.config(), output, console).await
        }
        Command::Stats(stats) => command::stats::run(stats, args.config(), output, console).await,
        Command::Export(export) => {
            command::export::run(export, args.config(), output, console).await
        }
        Command::Prune(prune) => command::prune::run(prune, args.config(), output, console).await,
        Command::Forget(forget) => {
            command::forget::run(forget, args.config(), output, console).await
        }
        Command::Get(get) => command::get::run(get, args.config(), output, console).await,
        #[cfg(feature = "listen")]
        Command::Listen(listen) => {
            command::listen::run(listen, args.config(), output, console).await
        }
        Command::Act(act) => command::act::run(act, args.config(), output, console).await,
        Command::Check => command::check::run(args.config(), output, console).await,
        Command::Platforms => command::platforms::run(output, console),
        #[cfg(feature = "sandbox")]
        Command::Demo => command::demo::run(output, console).await,
        #[cfg(feature = "sandbox")]
        Command::Sandbox(sandbox) => command::sandbox::run(sandbox, console).await,
        Command::Completions { shell } => {
            console.print(&args::completions(*shell))?;
            Ok(())
        }
    }
}

/// Shows what our own crates do. Other crates log whole URLs, which may hold a token.
fn trace() {
    use tracing_subscriber::filter::{LevelFilter, Targets};
    use tracing_subscriber::layer::SubscriberExt;
    use tracing_subscriber::util::SubscriberInitExt;

    let ours = ["aftersales", "core_model", "store", "sync", "transport"]
        .into_iter()
        .map(str::to_owned)
        .chain(
            aftersales::PLATFORMS
                .iter()
                .map(|it| it.platform().as_str().replace('-', "_")),
        )
        .map(|target| (target, LevelFilter::DEBUG));
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(console::stderr_has_color());
    tracing_subscriber::registry()
        .with(lines)
        .with(ours.collect::<Targets>())
        .init();
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
