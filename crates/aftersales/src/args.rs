//! What the command line says.

use std::path::{Path, PathBuf};

use aftersales::{Awaits, Lookup, PLATFORMS, Status};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{ArgAction, CommandFactory, Parser, Subcommand, ValueEnum, value_parser};
use clap_complete::Shell;
#[cfg(feature = "sandbox")]
use sandbox::Fault;

use crate::format::Format;
use crate::moment::Moment;

const EXAMPLES: &str = "\
Examples:
  aftersales demo                            the queue of five sandbox shops, nothing to configure
  aftersales list --open --awaits seller     what waits for me, in all shops
  aftersales get wx --order 3705115058471208928 --buyer oUXMf5fDkJ1…
  aftersales list --format csv --since 30d > cases.csv

Exit codes: 0 all fine, 1 some account failed, 2 usage or configuration, 130 interrupted.";

const LIST_EXAMPLES: &str = "\
Accounts come in the order of the configuration, each in the order of its platform.

Examples:
  aftersales list --open --awaits seller
  aftersales list --account us-store --status requested --status disputed
  aftersales list --since 2024-04-01 --until 2024-05-01 --format csv
  aftersales list --since 12h --format ndjson | jq .id
  aftersales list --account games --orders orders.txt --open";

const GET_EXAMPLES: &str = "\
Examples:
  aftersales get courses --id 1590293948392
  aftersales get games --order 90071992547409931
  aftersales get wx --merchant-order M-2024-0017 --buyer oUXMf5fDkJ1… --format json --raw";

#[cfg(feature = "sandbox")]
const SANDBOX_EXAMPLES: &str = "\
Examples:
  aftersales sandbox > aftersales.toml       then, in another terminal: aftersales list
  aftersales sandbox --records 100000 --quotas
  aftersales sandbox --fault shoplazza:status=503,first=2 --fault xiaoe:latency=800";

/// One queue of refunds, returns and exchanges over many shops and platforms.
#[derive(Debug, Parser)]
#[command(name = "aftersales", version, after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The configuration file [default: $AFTERSALES_CONFIG, ./aftersales.toml, or aftersales.toml in
    /// the user's configuration folder]
    #[arg(long, value_name = "PATH", global = true, help_heading = "Global")]
    config: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) output: OutputArgs,

    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Args {
    pub(crate) fn config(&self) -> Option<&Path> {
        self.config.as_deref()
    }

    /// Refuses what clap cannot see, because the options may stand on both sides of the command.
    pub(crate) fn checked(mut self) -> Self {
        #[cfg(feature = "sandbox")]
        if matches!(self.command, Command::Demo) && !self.output.raw {
            // The demo is for people, also where its output is captured.
            self.output.format.get_or_insert(Format::Table);
        }
        let conflict = |message: &str| {
            Self::command()
                .error(ErrorKind::ArgumentConflict, message)
                .exit()
        };
        if self.output.raw && self.output.redact {
            conflict("--raw shows the platform's record, buyer data included: not with --redact");
        }
        if self.output.raw && self.output.format == Some(Format::Table) {
            conflict("--raw needs --format json, ndjson or csv");
        }
        self
    }
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Global")]
pub(crate) struct OutputArgs {
    /// How to print [default: table on a terminal, ndjson otherwise]
    #[arg(long, global = true)]
    pub(crate) format: Option<Format>,

    /// Add the platform's own record, every literal as it was sent
    #[arg(long, global = true)]
    pub(crate) raw: bool,

    /// Mask who the buyer is and what the buyer wrote
    #[arg(long, global = true)]
    pub(crate) redact: bool,

    /// When to use colour
    #[arg(long, global = true, default_value = "auto", value_name = "WHEN")]
    pub(crate) color: Color,

    /// Say on stderr what is called, without secrets
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    Always,
    Never,
}

impl Color {
    /// Sets it for everything that is printed from now on.
    pub(crate) fn apply(self) {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the queue of five sandbox shops, as a table; needs no configuration and no network
    #[cfg(feature = "sandbox")]
    Demo,
    /// List the cases of all accounts that can list, or those of the orders in a file
    #[command(after_help = LIST_EXAMPLES)]
    List(ListArgs),
    /// Show one case, or all cases of one order
    #[command(after_help = GET_EXAMPLES)]
    Get(GetArgs),
    /// Try the configuration and the credentials of every account
    Check,
    /// Show what each platform can do
    Platforms,
    /// Serve the dialects of all platforms on loopback, and print a configuration for them
    #[cfg(feature = "sandbox")]
    #[command(after_help = SANDBOX_EXAMPLES)]
    Sandbox(SandboxArgs),
    /// Print a completion script
    Completions {
        /// For which shell
        shell: Shell,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    /// Only this account [repeatable]
    #[arg(long = "account", value_name = "ACCOUNT", action = ArgAction::Append)]
    pub(crate) accounts: Vec<String>,

    /// Only accounts on this platform [repeatable]
    #[arg(long = "platform", value_name = "PLATFORM", action = ArgAction::Append, value_parser = platform_names())]
    pub(crate) platforms: Vec<String>,

    /// Only cases in this status [repeatable]
    #[arg(long = "status", value_name = "STATUS", action = ArgAction::Append, value_parser = statuses())]
    pub(crate) statuses: Vec<Status>,

    /// Only cases that are not over
    #[arg(long)]
    pub(crate) open: bool,

    /// Only cases in which this party has to act
    #[arg(long, value_name = "WHO", value_parser = parties())]
    pub(crate) awaits: Option<Awaits>,

    /// Only cases opened since then: 2024-04-22, 2024-04-22T08:00:00Z, or 7d, 12h ago
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<Moment>,

    /// Only cases opened before then
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<Moment>,

    /// Only the cases of these orders of one account: a file with an order id per line, and behind a comma the
    /// buyer's id where the platform wants it; `-` reads from stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) orders: Option<PathBuf>,

    /// Stop after so many cases
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,

    /// Ask for so many cases per request, as far as the platform gives them [default: 50]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    pub(crate) page_size: Option<u32>,
}

fn platform_names() -> PossibleValuesParser {
    PossibleValuesParser::new(PLATFORMS.iter().map(|it| it.platform().as_str()))
}

fn statuses() -> impl TypedValueParser<Value = Status> {
    PossibleValuesParser::new(Status::ALL.map(Status::as_str)).try_map(|name| name.parse())
}

fn parties() -> impl TypedValueParser<Value = Awaits> {
    PossibleValuesParser::new(Awaits::ALL.map(Awaits::as_str)).try_map(|name| name.parse())
}

#[derive(Debug, clap::Args)]
pub(crate) struct GetArgs {
    /// The account, as the configuration calls it
    pub(crate) account: String,

    #[command(flatten)]
    what: What,

    /// The buyer's id on the platform, where it wants one beside the order (WeChat: openid)
    #[arg(long, value_name = "ID", conflicts_with = "id")]
    buyer: Option<String>,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct What {
    /// The case with this id
    #[arg(long, value_name = "ID")]
    id: Option<String>,

    /// All cases of the order with this id
    #[arg(long, value_name = "ID")]
    order: Option<String>,

    /// All cases of the order with this id of the merchant's own
    #[arg(long, value_name = "REF")]
    merchant_order: Option<String>,
}

impl GetArgs {
    pub(crate) fn lookup(&self) -> Option<Lookup> {
        let What {
            id,
            order,
            merchant_order,
        } = &self.what;
        let lookup = id
            .as_ref()
            .map(Lookup::after_sale)
            .or_else(|| order.as_ref().map(Lookup::order))
            .or_else(|| merchant_order.as_ref().map(Lookup::merchant_order))?;
        Some(match &self.buyer {
            Some(buyer) => lookup.with_buyer(buyer),
            None => lookup,
        })
    }
}

#[cfg(feature = "sandbox")]
#[derive(Debug, clap::Args)]
pub(crate) struct SandboxArgs {
    /// The port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,

    /// How many cases each platform has
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub(crate) records: u64,

    /// What the cases are made from; the same seed makes the same cases
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) seed: u64,

    /// What goes wrong, as [PLATFORM:]KIND[=VALUE][,first=N|,every=N] [repeatable]; KIND is one of
    /// status=CODE, rate-limit=SECONDS, latency=MS, huge=BYTES, truncate, drop (before anything
    /// happens), drop-answer (after it has), expired-token, html, empty, repeat, redirect
    #[arg(long = "fault", value_name = "FAULT", action = ArgAction::Append)]
    pub(crate) faults: Vec<Fault>,

    /// Keep the platforms' quotas
    #[arg(long)]
    pub(crate) quotas: bool,
}

/// The completion script for a shell.
pub(crate) fn completions(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "aftersales", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_holds_together() {
        Args::command().debug_assert();
    }

    #[test]
    fn what_to_get_is_said_exactly_once() {
        let lookup = |line: &str| {
            let words = ["aftersales", "get", "wx"]
                .into_iter()
                .chain(line.split_whitespace());
            match Args::try_parse_from(words).ok()?.command {
                Command::Get(get) => get.lookup(),
                other => panic!("{other:?}"),
            }
        };
        for (line, expected) in [
            ("", None),
            ("--id 1", Some(Lookup::after_sale("1"))),
            ("--order 1", Some(Lookup::order("1"))),
            (
                "--order 1 --buyer 2",
                Some(Lookup::order("1").with_buyer("2")),
            ),
            ("--merchant-order x", Some(Lookup::merchant_order("x"))),
            ("--id 1 --order 1", None),
            ("--order 1 --merchant-order x", None),
            ("--id 1 --buyer 2", None),
            ("--buyer 2", None),
        ] {
            assert_eq!(lookup(line), expected, "{line}");
        }
    }
}
