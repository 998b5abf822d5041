//! Maintainers' tasks: `cargo xtask --help` lists them.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command talks to the terminal"
)]

mod ci;
mod command;
mod documented;
mod error;
mod example;
mod fixtures;
mod json;
mod markdown;
mod mask;
mod page;
mod repair;
mod scan;
mod sheet;
mod snapshots;

use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::ci::Ci;
use crate::error::Result;
use crate::snapshots::Review;

/// Maintainers' tasks.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Contract sheets → JSON fixtures and the snapshot tests of the platform crates
    ///
    /// Repairs of damaged examples are listed with their place. With --check nothing is written:
    /// exit 1 names each file that is stale, missing or left over.
    Fixtures {
        /// Compare instead of writing
        #[arg(long)]
        check: bool,
    },
    /// Run the generated snapshot tests and show what changed
    ///
    /// Accepts nothing by itself: new snapshots stay beside the old ones as `.snap.new`.
    Snapshots {
        /// Fail on any difference, on pending snapshots and on snapshots that no test owns
        #[arg(long, conflicts_with = "accept")]
        check: bool,
        /// Print the pending differences, then take them over (no test is run)
        #[arg(long)]
        accept: bool,
    },
    /// What CI runs, step by step, up to the first failure
    Ci {
        /// Print the steps instead of running them
        #[arg(long)]
        list: bool,
    },
}

fn main() -> ExitCode {
    match run(&Args::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: &Task) -> Result<()> {
    let root = workspace_root();
    match task {
        Task::Fixtures { check: false } => fixtures::write(root),
        Task::Fixtures { check: true } => fixtures::check(root),
        Task::Snapshots { check: true, .. } => snapshots::check(root),
        Task::Snapshots { accept: true, .. } => snapshots::review(root, Review::Accept),
        Task::Snapshots { .. } => snapshots::review(root, Review::Run),
        Task::Ci { list: true } => Ci::new(root).map(|ci| ci.list()),
        Task::Ci { list: false } => Ci::new(root)?.run(),
    }
}

fn workspace_root() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest)
}
