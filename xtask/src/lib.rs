//! Maintainers' tasks: `cargo xtask --help` lists them.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command talks to the terminal"
)]

mod ci;
mod command;
mod contract;
mod coverage;
mod documented;
mod drift;
mod error;
mod every_field;
mod example;
mod fixtures;
mod import;
mod json;
mod markdown;
mod mask;
mod new_platform;
mod page;
#[cfg(test)]
mod property;
pub mod readers;
mod repair;
mod scan;
mod sheet;
mod snapshots;
mod support;
mod tidy;
mod wire_types;
mod xml;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

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
    /// Documented fields of responses and pushes ↔ wire types ↔ unified record and event
    ///
    /// Proves for each documented field that the wire type reads it, shows which ones reach the
    /// unified record or the event, where and when, and lists what the wire types read beyond the
    /// sheets. The requests of calls have no wire type.
    Coverage {
        /// Print a line for each sheet; exit 1 when a documented field is not read
        #[arg(long)]
        check: bool,
        /// How to print
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// A saved documentation page (text, Markdown or HTML) → the draft of a sheet, on stdout
    ///
    /// What was repaired or decided, and every line that was not understood, goes to stderr. The draft marks what a
    /// person has to settle with REVIEW; a sheet with such a mark is refused.
    #[command(after_help = IMPORT_EXAMPLE)]
    Import {
        /// Folder of the sheet, such as `xiaoe`
        platform: String,
        /// File of the sheet without `.md`, such as `after-sale-detail`
        endpoint: String,
        /// The saved page
        page: PathBuf,
    },
    /// A saved documentation page against its sheet: what was added, removed or changed
    ///
    /// Call, quota, fields, types, required marks, codes, errors and examples are compared; layout and wording are not,
    /// nor what the sheet has from elsewhere, nor what it masks. Exit 0: no drift, 1: drift, 2: the page or the sheet
    /// cannot be read.
    #[command(after_help = DRIFT_EXAMPLE)]
    Drift {
        /// Folder of the sheet, such as `xiaoe`
        platform: String,
        /// File of the sheet without `.md`, such as `after-sale-detail`
        endpoint: String,
        /// The saved page
        page: PathBuf,
        /// How to print
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// A platform crate with its first sheet, fixtures and snapshots
    ///
    /// It compiles and passes as it stands, around a call that is invented. Nothing is overwritten; what is left to do
    /// by hand is printed.
    NewPlatform {
        /// Lower-case letters, digits and single hyphens: a-shop
        #[arg(required_unless_present = "check")]
        name: Option<String>,
        /// Make one in a copy of the workspace, and hold it to what CI asks
        #[arg(long, conflicts_with = "name")]
        check: bool,
    },
    /// The capability tables of the READMEs, from the capability data of the platform crates
    Support {
        /// Compare instead of writing: exit 1 names each README whose table is stale
        #[arg(long)]
        check: bool,
    },
    /// What no compiler checks: layout, arrows between crates, stale files, personal data, links
    ///
    /// Builds nothing. Each finding is a line with its place and what to do.
    Tidy,
    /// What CI runs, step by step, up to the first failure
    Ci {
        /// Print the steps instead of running them
        #[arg(long)]
        list: bool,
    },
}

/// How a report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One object
    Json,
}

const IMPORT_EXAMPLE: &str = "Example:
  cargo xtask import xiaoe after-sale-detail page.html > fixtures/xiaoe/after-sale-detail.md";

const DRIFT_EXAMPLE: &str = "Example:
  cargo xtask drift xiaoe after-sale-detail page.html --format json";

/// The command: does what its arguments say.
pub fn main() -> ExitCode {
    let task = Args::parse().task;
    match run(&task) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            // For drift, 1 means that there is some.
            ExitCode::from(if matches!(task, Task::Drift { .. }) {
                2
            } else {
                1
            })
        }
    }
}

fn run(task: &Task) -> Result<ExitCode> {
    let root = workspace_root();
    match task {
        Task::Fixtures { check: false } => fixtures::write(root)?,
        Task::Fixtures { check: true } => fixtures::check(root)?,
        Task::Snapshots { check: true, .. } => snapshots::check(root)?,
        Task::Snapshots { accept: true, .. } => snapshots::review(root, Review::Accept)?,
        Task::Snapshots { .. } => snapshots::review(root, Review::Run)?,
        Task::Coverage {
            check: false,
            format,
        } => coverage::show(root, *format)?,
        Task::Coverage {
            check: true,
            format,
        } => coverage::check(root, *format)?,
        Task::Import {
            platform,
            endpoint,
            page,
        } => import::run(platform, endpoint, page)?,
        Task::Drift {
            platform,
            endpoint,
            page,
            format,
        } => return drift::run(root, platform, endpoint, page, *format),
        Task::NewPlatform { name: None, .. } => new_platform::check(root)?,
        Task::NewPlatform {
            name: Some(name), ..
        } => new_platform::create(root, name)?,
        Task::Support { check: false } => support::write(root)?,
        Task::Support { check: true } => support::check(root)?,
        Task::Tidy => tidy::check(root)?,
        Task::Ci { list: true } => Ci::new(root)?.list(),
        Task::Ci { list: false } => Ci::new(root)?.run()?,
    }
    Ok(ExitCode::SUCCESS)
}

fn workspace_root() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest)
}

#[cfg(test)]
mod tests {
    use clap::error::ErrorKind;
    use pulldown_cmark::{Event, Parser as Markdown};

    use super::*;

    const DOCUMENTS: [(&str, &str); 3] = [
        ("CONTRIBUTING.md", include_str!("../../CONTRIBUTING.md")),
        ("README.md", include_str!("../../README.md")),
        (
            "fixtures/README.md",
            include_str!("../../fixtures/README.md"),
        ),
    ];

    #[test]
    fn the_commands_in_the_documents_exist() {
        for (file, text) in DOCUMENTS {
            let commands = commands(text);
            assert!(!commands.is_empty(), "{file}");
            for command in commands {
                let parsed = Args::try_parse_from(command.split_whitespace().skip(1));
                // A text may ask for help, and name a command without what it needs.
                let is_sound = parsed.err().is_none_or(|error| {
                    !error.use_stderr() || error.kind() == ErrorKind::MissingRequiredArgument
                });
                assert!(is_sound, "{file}: `{command}`");
            }
        }
    }

    /// What the code of a document calls, without redirection and comment.
    fn commands(markdown: &str) -> Vec<String> {
        let code = Markdown::new(markdown).flat_map(|event| match event {
            Event::Code(text) => vec![text.to_string()],
            // A terminal: what is typed stands behind the prompt.
            Event::Text(text) => text
                .lines()
                .filter_map(|line| line.strip_prefix("$ "))
                .map(str::to_owned)
                .collect(),
            _ => Vec::new(),
        });
        let commands = code.filter(|code| code.starts_with("cargo xtask "));
        commands
            .map(|code| code.split(['>', '#']).next().unwrap().to_owned())
            .collect()
    }
}
