//! What the command line says.

#[cfg(feature = "listen")]
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use aftersales::{
    Action, ActionKind, Address, AfterSale, Awaits, Currency, Lookup, Message, Money, PLATFORMS,
    Refund, Rejection, ReturnAddress, Status,
};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{ArgAction, CommandFactory, Parser, Subcommand, ValueEnum, value_parser};
use clap_complete::Shell;
#[cfg(feature = "sandbox")]
use sandbox::{Fault, PushTarget};

use crate::export::Content;
use crate::format::{Format, Lines};
use crate::moment::Moment;

const EXAMPLES: &str = "\
Examples:
  aftersales demo                            the queue of five sandbox shops, nothing to configure
  aftersales list --open --awaits seller     what waits for me, in all shops
  aftersales get wx --order 3705115058471208928 --buyer oUXMf5fDkJ1…
  aftersales list --format csv --since 30d > cases.csv
  aftersales sync --watch                    keeps a local copy in step
  aftersales queue                           what waits for me, out of the copy, at once
  aftersales export --format parquet --output cases.parquet

Exit codes: 0 all fine, 1 some account failed, 2 usage or configuration, 3 an action of which nobody knows whether it
took effect, 130 interrupted.";

const LIST_EXAMPLES: &str = "\
Accounts come in the order of the configuration, each in the order of its platform.

Examples:
  aftersales list --open --awaits seller
  aftersales list --account us-store --status requested --status disputed
  aftersales list --since 2024-04-01 --until 2024-05-01 --format csv
  aftersales list --since 12h --format ndjson | jq .id
  aftersales list --account games --orders orders.txt --open";

const SYNC_EXAMPLES: &str = "\
The copy is aftersales.db beside the configuration, unless that says otherwise: store = \"PATH\", or
store = \"postgres://USER:PASSWORD@HOST/DATABASE\" for a copy that several machines share. On that, any
number of `sync --watch` share the accounts. Each page is written with its position, so that
whatever stops it, the next run goes on where this one was.

Examples:
  aftersales sync                            everything, the first time; then what has changed
  aftersales sync --watch                    for ever, as the platforms' quotas allow
  aftersales sync --account us-store --since 2024-01-01
  aftersales sync --account games --orders orders.txt";

const QUEUE_EXAMPLES: &str = "\
Reads the copy and asks no platform; what is in it is as old as the last `aftersales sync`.

Examples:
  aftersales queue
  aftersales queue --account us-store --limit 200
  aftersales queue --format csv > today.csv";

const HISTORY_EXAMPLES: &str = "\
One row for each thing that changed: status, awaits, native_status, requested, refunded, deadline.
The first rows, with nothing in `from`, are what the case was like when it was first seen. `seen_at` is
when a sync saw it (UTC); the change may be older.

Examples:
  aftersales history us-store 00000014-S1
  aftersales history games 100001 --format json";

const STATS_EXAMPLES: &str = "\
The refund rate is the number of cases that were paid back, in part or in full, by the number of
cases, rounded to four decimals (two of a percentage). A case counts as paid back when a positive
amount was, or, where the platform states none, when it is completed and is no exchange. Amounts are
exact and never summed across currencies. Ages are those of open cases, in days (UTC).

Examples:
  aftersales stats
  aftersales stats --since 2024-01-01 --until 2025-01-01
  aftersales stats --platform xiaoe --format csv";

const EXPORT_EXAMPLES: &str = "\
Formats are ndjson (the default), csv and parquet; EXPORT.md beside the command's README has the
columns. A file gets its name when it is whole: whatever stops the export, there is no half one.
An export is yours: `prune` and `forget` do not reach it.

Examples:
  aftersales export --format csv --since 90d > cases.csv
  aftersales export --format parquet --output cases.parquet
  aftersales export --format parquet --output cases --partition platform,month --redact";

const PRUNE_EXAMPLES: &str = "\
Shows how many cases that are, and asks. Cases that are still open stay, whatever their age. What is
removed stays away when a platform lists it again. Exports that were written before are yours to
remove, and so are backups of the copy.

Examples:
  aftersales prune --older-than 2y --dry-run
  aftersales prune --older-than 2024-01-01 --yes";

const FORGET_EXAMPLES: &str = "\
Erases name, id, phone and e-mail, what the buyer wrote and photographed, and the platform's record,
from every case of the buyer; status, amounts, goods and history stay. It stays erased when a
platform sends it again. Of a copy in a file no byte of it is left. A PostgreSQL server keeps bytes in
its log and its backups for as long as it was told to. Exports that were written before are yours to
remove, and so are backups of the copy.

Examples:
  aftersales forget --buyer oUXMf5fDkJ1… --dry-run
  aftersales forget --buyer buyer@example.com --yes
  aftersales forget --account us-store --id 00000014-S1";

const GET_EXAMPLES: &str = "\
Examples:
  aftersales get courses --id 1590293948392
  aftersales get games --order 90071992547409931
  aftersales get wx --merchant-order M-2024-0017 --buyer oUXMf5fDkJ1… --format json --raw";

#[cfg(feature = "listen")]
const LISTEN_EXAMPLES: &str = "\
Listens for the accounts that have a table [accounts.NAME.push], each at /NAME. It speaks plain HTTP:
a proxy with a certificate has to stand in front. A platform is answered once its event is printed;
what it delivers again is answered and not printed again.

Examples:
  aftersales listen                          on 127.0.0.1:8080, for all accounts
  aftersales listen --look-up >> events.ndjson
  aftersales listen --account wx | jq --unbuffered -r .case
  aftersales listen --address 0.0.0.0:8080 --format table    in a container, behind its proxy";

/// What all commands that act have in common.
macro_rules! act_examples {
    ($($line:literal)+) => {
        concat!(
            "The case and what will happen to it are shown first; nothing is sent before you agree, or\n\
             pass --yes. An action goes out once: where no answer says what became of it, the exit code\n\
             is 3.\n\nExamples:",
            $("\n  aftersales ", $line),+
        )
    };
}

#[cfg(feature = "sandbox")]
const SANDBOX_EXAMPLES: &str = "\
Examples:
  aftersales sandbox > aftersales.toml       then, in another terminal: aftersales list
  aftersales sandbox --records 100000 --quotas
  aftersales sandbox --fault shoplazza:status=503,first=2 --fault xiaoe:latency=800
  aftersales sandbox --push-to http://127.0.0.1:8080";

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
        let named = self.output.named;
        self.output.format = named.and_then(FormatName::printed);
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
        match &self.command {
            Command::Export(args) => args.check(&self.output).unwrap_or_else(conflict),
            _ if named == Some(FormatName::Parquet) => conflict("only export writes parquet"),
            _ => {}
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
    #[arg(long = "format", value_name = "FORMAT", global = true)]
    named: Option<FormatName>,

    /// The same, of those that are printed.
    #[arg(skip)]
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormatName {
    /// For people
    Table,
    /// One array
    Json,
    /// One object per line
    Ndjson,
    /// For spreadsheets, RFC 4180
    Csv,
    /// For analysis, with typed columns; `export` only
    Parquet,
}

impl FormatName {
    const fn printed(self) -> Option<Format> {
        match self {
            Self::Table => Some(Format::Table),
            Self::Json => Some(Format::Json),
            Self::Ndjson => Some(Format::Ndjson),
            Self::Csv => Some(Format::Csv),
            Self::Parquet => None,
        }
    }
}

impl OutputArgs {
    /// What an export writes; `None` for what it does not.
    pub(crate) fn content(&self) -> Option<Content> {
        match self.named {
            None | Some(FormatName::Ndjson) => Some(Content::Lines(Lines::Ndjson)),
            Some(FormatName::Csv) => Some(Content::Lines(Lines::Csv)),
            Some(FormatName::Parquet) => Some(Content::Parquet),
            Some(FormatName::Table | FormatName::Json) => None,
        }
    }
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
    /// Bring the local copy of all accounts up to date
    #[command(after_help = SYNC_EXAMPLES)]
    Sync(SyncArgs),
    /// Show what waits for your side, out of the copy: the soonest deadline first
    #[command(after_help = QUEUE_EXAMPLES)]
    Queue(QueueArgs),
    /// Show when a case in the copy became what
    #[command(after_help = HISTORY_EXAMPLES)]
    History(HistoryArgs),
    /// Count the cases in the copy, with refund rates and amounts
    #[command(after_help = STATS_EXAMPLES)]
    Stats(StatsArgs),
    /// Write the cases in the copy into files for other programs
    #[command(after_help = EXPORT_EXAMPLES)]
    Export(ExportArgs),
    /// Remove from the copy what ended long ago
    #[command(after_help = PRUNE_EXAMPLES)]
    Prune(PruneArgs),
    /// Erase who a buyer is from the copy
    #[command(after_help = FORGET_EXAMPLES)]
    Forget(ForgetArgs),
    /// Show one case, or all cases of one order
    #[command(after_help = GET_EXAMPLES)]
    Get(GetArgs),
    /// Listen for what the platforms push, and print it as it comes
    #[cfg(feature = "listen")]
    #[command(after_help = LISTEN_EXAMPLES)]
    Listen(ListenArgs),
    #[command(flatten)]
    Act(ActCommand),
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
pub(crate) struct ChoiceArgs {
    /// Only this account [repeatable]
    #[arg(long = "account", value_name = "ACCOUNT", action = ArgAction::Append)]
    pub(crate) accounts: Vec<String>,

    /// Only accounts on this platform [repeatable]
    #[arg(long = "platform", value_name = "PLATFORM", action = ArgAction::Append, value_parser = platform_names())]
    pub(crate) platforms: Vec<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) choice: ChoiceArgs,

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

/// Which copy is read.
#[derive(Debug, clap::Args)]
pub(crate) struct CopyArgs {
    /// Where the copy is [default: what the configuration says, else aftersales.db beside it]
    #[arg(long, value_name = "PATH")]
    pub(crate) store: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct QueueArgs {
    #[command(flatten)]
    pub(crate) choice: ChoiceArgs,

    /// Stop after so many cases [default: 50 in a table, otherwise all]
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,

    #[command(flatten)]
    pub(crate) copy: CopyArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct HistoryArgs {
    /// The account, as the configuration calls it
    pub(crate) account: String,

    /// The id or the number of the case
    pub(crate) id: String,

    #[command(flatten)]
    pub(crate) copy: CopyArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct StatsArgs {
    #[command(flatten)]
    pub(crate) choice: ChoiceArgs,

    /// Only cases opened on this day (UTC) or later: a time as for `list`, whose day counts as a whole
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<Moment>,

    /// Only cases opened before this day
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<Moment>,

    #[command(flatten)]
    pub(crate) copy: CopyArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ExportArgs {
    /// Where to write: a file, or with --partition a folder [default: stdout]
    #[arg(long, short, value_name = "PATH")]
    pub(crate) output: Option<PathBuf>,

    /// Write one folder per platform, per month in which cases were opened (UTC), or both: platform,month
    #[arg(long, value_name = "KEY,…", value_delimiter = ',', requires = "output")]
    pub(crate) partition: Vec<PartitionKey>,

    #[command(flatten)]
    pub(crate) choice: ChoiceArgs,

    /// Only cases in this status [repeatable]
    #[arg(long = "status", value_name = "STATUS", action = ArgAction::Append, value_parser = statuses())]
    pub(crate) statuses: Vec<Status>,

    /// Only cases that are not over
    #[arg(long)]
    pub(crate) open: bool,

    /// Only cases opened since then: a time as for `list`
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<Moment>,

    /// Only cases opened before then
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<Moment>,

    #[command(flatten)]
    pub(crate) copy: CopyArgs,
}

impl ExportArgs {
    /// Refuses what does not go together.
    fn check(&self, output: &OutputArgs) -> Result<(), &'static str> {
        let mut keys = self.partition.iter();
        if keys.any(|key| self.partition.iter().filter(|it| *it == key).count() > 1) {
            return Err("--partition takes each key once");
        }
        match output.content() {
            None => Err("export writes ndjson, csv or parquet"),
            Some(Content::Parquet) if self.output.is_none() => {
                Err("parquet needs --output: a file, or a folder with --partition")
            }
            Some(_) => Ok(()),
        }
    }
}

/// By what an export is divided into folders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PartitionKey {
    Platform,
    Month,
}

#[derive(Debug, clap::Args)]
pub(crate) struct PruneArgs {
    /// Remove cases that ended so long ago (2y, 18 months), or before a day (2024-04-22)
    #[arg(long, value_name = "TIME")]
    pub(crate) older_than: Moment,

    #[command(flatten)]
    pub(crate) consent: ConsentArgs,

    #[command(flatten)]
    pub(crate) copy: CopyArgs,
}

#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("whose").args(["buyer", "id"]).required(true))]
pub(crate) struct ForgetArgs {
    /// The buyer with this id, phone or e-mail, spelt as the platform does: in all cases opened until now
    #[arg(long, value_name = "ID", conflicts_with = "account")]
    pub(crate) buyer: Option<String>,

    /// The account of the one case that is meant, as the configuration calls it
    #[arg(long, requires = "id")]
    pub(crate) account: Option<String>,

    /// The id or the number of the one case that is meant, where the platform does not say who the buyer is
    #[arg(long, value_name = "ID", requires = "account")]
    pub(crate) id: Option<String>,

    #[command(flatten)]
    pub(crate) consent: ConsentArgs,

    #[command(flatten)]
    pub(crate) copy: CopyArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct SyncArgs {
    #[command(flatten)]
    pub(crate) choice: ChoiceArgs,

    /// Go on for ever, until Ctrl-C or SIGTERM
    #[arg(long)]
    pub(crate) watch: bool,

    /// Read the cases of these orders of one account, too, again and again as they grow older: a file as for `list`
    #[arg(long, value_name = "FILE")]
    pub(crate) orders: Option<PathBuf>,

    /// Where the first run of an account begins: a time as for `list` [default: with its first case; where the platform
    /// wants to be told, two years ago]
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<Moment>,

    /// Ask for so many cases per request, as far as the platform gives them [default: 50]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    pub(crate) page_size: Option<u32>,

    /// Where the copy is: a file, or a PostgreSQL database, whose address other users of this machine may see here
    /// [default: what the configuration says, else aftersales.db beside it]
    #[arg(long, value_name = "PATH|URL")]
    pub(crate) store: Option<String>,
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

#[cfg(feature = "listen")]
#[derive(Debug, clap::Args)]
pub(crate) struct ListenArgs {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:8080")]
    pub(crate) address: SocketAddr,

    /// Only this account [repeatable]
    #[arg(long = "account", value_name = "ACCOUNT", action = ArgAction::Append)]
    pub(crate) accounts: Vec<String>,

    /// Look up the case of each event, or the cases of its order, and print them behind it
    #[arg(long)]
    pub(crate) look_up: bool,
}

/// The commands that act on a case.
#[derive(Debug, Subcommand)]
pub(crate) enum ActCommand {
    /// Agree to what a case asks for
    #[command(after_help = act_examples!(
        "approve games --order 90071992547409931"
        "approve wx 4000000000000001 --dry-run"
    ))]
    Approve(CaseArgs),
    /// Refuse what a case asks for
    #[command(after_help = act_examples!(
        "reject games --order 90071992547409931 --text 'Already redeemed'"
        "reject wx 1234567 --reason 1 --text 'Worn' --yes"
    ))]
    Reject(RejectArgs),
    /// Agree that goods come back, and say where to
    #[command(after_help = act_examples!(
        "accept-return wx 1234567 --address-id 17"
        "accept-return wx 4000000000000001 --receiver 'Returns desk' --phone 000-0000 --province Guangdong \\\n\
         \x20     --city Shenzhen --town Nanshan --detail 'Example Road 1'"
    ))]
    AcceptReturn(AcceptReturnArgs),
    /// Say that the goods are back
    #[command(after_help = act_examples!("confirm-receipt wx 4000000000000001"))]
    ConfirmReceipt(CaseArgs),
    /// Pay an amount back
    #[command(after_help = act_examples!(
        "refund us-store 00000014-S1 --amount 12.50"
        "refund us-store 00000014-S1 --amount 12.50 --payment 71=10.00 --payment 72=2.50"
        "refund courses A1676256272_63e9a41000b74_73803812 --amount 0.10 --dry-run"
    ))]
    Refund(RefundArgs),
    /// Withdraw a case, or take it off the platform
    #[command(after_help = act_examples!("cancel sourcing 110002687818"))]
    Cancel(CaseArgs),
    /// Hand in papers that support your side
    #[command(after_help = act_examples!(
        "submit-evidence wx 4000000000000001 --text 'Sent on Monday' --file https://example.com/receipt.png"
    ))]
    SubmitEvidence(MessageArgs),
    /// Write to the other side
    #[command(after_help = act_examples!("send-message sourcing 110002687818 --text 'Please hurry'"))]
    SendMessage(MessageArgs),
}

/// Which case, and how to go about it.
#[derive(Debug, clap::Args)]
pub(crate) struct CaseArgs {
    /// The account, as the configuration calls it
    pub(crate) account: String,

    /// The id or the number of the case; not needed where the order has one case only
    #[arg(required_unless_present_any = ["order", "merchant_order"])]
    pub(crate) id: Option<String>,

    /// The order that the case belongs to, where the platform does not look cases up by id
    #[arg(long, value_name = "ID", conflicts_with = "merchant_order")]
    order: Option<String>,

    /// The same by the merchant's own id of the order
    #[arg(long, value_name = "REF")]
    merchant_order: Option<String>,

    /// The buyer's id on the platform, where it wants one beside the order (WeChat: openid)
    #[arg(long, value_name = "ID")]
    buyer: Option<String>,

    #[command(flatten)]
    pub(crate) consent: ConsentArgs,
}

/// Whether somebody has to agree first.
#[derive(Debug, clap::Args)]
pub(crate) struct ConsentArgs {
    /// Go ahead without asking
    #[arg(long, short, conflicts_with = "dry_run")]
    pub(crate) yes: bool,

    /// Only show what would be done, without secrets
    #[arg(long)]
    pub(crate) dry_run: bool,
}

impl CaseArgs {
    /// The order whose cases are to be looked through.
    pub(crate) fn order(&self) -> Option<Lookup> {
        let order = self.order.as_ref().map(Lookup::order);
        let lookup = order.or_else(|| self.merchant_order.as_ref().map(Lookup::merchant_order))?;
        Some(match &self.buyer {
            Some(buyer) => lookup.with_buyer(buyer),
            None => lookup,
        })
    }
}

#[derive(Debug, clap::Args)]
pub(crate) struct RejectArgs {
    #[command(flatten)]
    case: CaseArgs,

    /// The platform's code of the reason, where it has a list
    #[arg(long, value_name = "CODE")]
    reason: Option<String>,

    /// Why, in words
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,

    /// A link to a picture or paper, or the platform's id of what was uploaded [repeatable]
    #[arg(long, value_name = "FILE", action = ArgAction::Append)]
    evidence: Vec<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct AcceptReturnArgs {
    #[command(flatten)]
    case: CaseArgs,

    /// An address that the platform has on file
    #[arg(
        long,
        value_name = "ID",
        conflicts_with = "receiver",
        required_unless_present = "receiver"
    )]
    address_id: Option<String>,

    /// Who receives the parcel
    #[arg(long, value_name = "NAME", requires_all = ["phone", "detail"])]
    receiver: Option<String>,

    /// The receiver's telephone number
    #[arg(long, value_name = "NUMBER", requires = "receiver")]
    phone: Option<String>,

    /// The country, as the platform spells it
    #[arg(long, requires = "receiver")]
    country: Option<String>,

    /// The province or state
    #[arg(long, requires = "receiver")]
    province: Option<String>,

    /// The city
    #[arg(long, requires = "receiver")]
    city: Option<String>,

    /// The district or town
    #[arg(long, requires = "receiver")]
    town: Option<String>,

    /// Street, number and all the rest
    #[arg(long, value_name = "TEXT", requires = "receiver")]
    detail: Option<String>,
}

impl AcceptReturnArgs {
    fn address(&self) -> ReturnAddress {
        if let Some(id) = &self.address_id {
            return ReturnAddress::OnFile(id.clone());
        }
        ReturnAddress::Written(Address {
            receiver: self.receiver.clone().unwrap_or_default(),
            phone: self.phone.clone().unwrap_or_default(),
            country: self.country.clone(),
            province: self.province.clone(),
            city: self.city.clone(),
            town: self.town.clone(),
            detail: self.detail.clone().unwrap_or_default(),
        })
    }
}

#[derive(Debug, clap::Args)]
pub(crate) struct RefundArgs {
    #[command(flatten)]
    case: CaseArgs,

    /// How much, in the case's currency, such as 12.50
    #[arg(long, value_name = "AMOUNT")]
    amount: String,

    /// How much of which payment, where the order was paid in several [repeatable]
    #[arg(long = "payment", value_name = "ID=AMOUNT", action = ArgAction::Append, value_parser = pair)]
    payments: Vec<(String, String)>,

    /// How many of which line of the order [repeatable]
    #[arg(long = "line", value_name = "ID=QUANTITY", action = ArgAction::Append, value_parser = pair)]
    lines: Vec<(String, String)>,

    /// A note for the record
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

/// `ID=VALUE`; the id may have the sign in it, the value has not.
fn pair(text: &str) -> Result<(String, String), String> {
    match text.rsplit_once('=') {
        Some((id, value)) if !id.is_empty() && !value.is_empty() => {
            Ok((id.to_owned(), value.to_owned()))
        }
        _ => Err("write ID=VALUE".to_owned()),
    }
}

impl RefundArgs {
    /// The amounts get the currency of the case.
    fn refund(&self, case: &AfterSale) -> Result<Refund, String> {
        let amounts = &case.amounts;
        let stated = amounts.requested.or(amounts.order_total);
        let currency = stated.ok_or("the case states no amount, and so no currency")?;
        let currency: Currency = currency.currency();
        let money =
            |text: &String| Money::from_major(text, currency).map_err(|error| error.to_string());
        let payments = self
            .payments
            .iter()
            .map(|(id, amount)| Ok((id.clone(), money(amount)?)));
        let lines = self.lines.iter().map(|(id, quantity)| {
            let count = quantity
                .parse()
                .map_err(|_| format!("{quantity:?} is no quantity"))?;
            Ok((id.clone(), count))
        });
        Ok(Refund {
            payments: payments.collect::<Result<_, String>>()?,
            lines: lines.collect::<Result<_, String>>()?,
            note: self.note.clone(),
            ..Refund::of(money(&self.amount)?)
        })
    }
}

#[derive(Debug, clap::Args)]
pub(crate) struct MessageArgs {
    #[command(flatten)]
    case: CaseArgs,

    /// The words
    #[arg(long, value_name = "TEXT")]
    text: String,

    /// A link to a picture or paper, or the platform's id of what was uploaded [repeatable]
    #[arg(long = "file", value_name = "FILE", action = ArgAction::Append)]
    files: Vec<String>,
}

impl MessageArgs {
    fn message(&self) -> Message {
        Message {
            text: self.text.clone(),
            files: self.files.clone(),
        }
    }
}

impl ActCommand {
    pub(crate) fn case(&self) -> &CaseArgs {
        match self {
            Self::Approve(case) | Self::ConfirmReceipt(case) | Self::Cancel(case) => case,
            Self::Reject(args) => &args.case,
            Self::AcceptReturn(args) => &args.case,
            Self::Refund(args) => &args.case,
            Self::SubmitEvidence(args) | Self::SendMessage(args) => &args.case,
        }
    }

    pub(crate) fn kind(&self) -> ActionKind {
        match self {
            Self::Approve(_) => ActionKind::Approve,
            Self::Reject(_) => ActionKind::Reject,
            Self::AcceptReturn(_) => ActionKind::AcceptReturn,
            Self::ConfirmReceipt(_) => ActionKind::ConfirmReceipt,
            Self::Refund(_) => ActionKind::Refund,
            Self::Cancel(_) => ActionKind::Cancel,
            Self::SubmitEvidence(_) => ActionKind::SubmitEvidence,
            Self::SendMessage(_) => ActionKind::SendMessage,
        }
    }

    /// What is to be done about this case, or what is wrong with the arguments.
    pub(crate) fn action(&self, case: &AfterSale) -> Result<Action, String> {
        Ok(match self {
            Self::Approve(_) => Action::Approve,
            Self::Reject(args) => Action::Reject(Rejection {
                reason: args.reason.clone(),
                text: args.text.clone(),
                evidence: args.evidence.clone(),
            }),
            Self::AcceptReturn(args) => Action::AcceptReturn(args.address()),
            Self::ConfirmReceipt(_) => Action::ConfirmReceipt,
            Self::Refund(args) => Action::Refund(args.refund(case)?),
            Self::Cancel(_) => Action::Cancel,
            Self::SubmitEvidence(args) => Action::SubmitEvidence(args.message()),
            Self::SendMessage(args) => Action::SendMessage(args.message()),
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

    /// Push what changes to this address on this machine, such as http://127.0.0.1:8080, where
    /// `aftersales listen` listens; the configuration then has what it takes for that
    #[arg(long, value_name = "URL")]
    pub(crate) push_to: Option<PushTarget>,
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
    fn a_refund_takes_the_currency_of_the_case() {
        let case = |amount: Option<&str>| {
            let source = aftersales::Source::new(
                aftersales::Platform::new("example"),
                "shop",
                aftersales::Side::Seller,
            );
            let status = aftersales::NativeStatus::default();
            let unknown = aftersales::Progress::UNKNOWN;
            let mut case = AfterSale::new(&source, "1".to_owned(), status, unknown);
            let yen = Currency::new("JPY").unwrap();
            case.amounts.requested = amount.map(|it| Money::from_major(it, yen).unwrap());
            case
        };
        let action = |line: &str, case: &AfterSale| {
            let words = ["aftersales", "refund", "s", "1"];
            let words = words.into_iter().chain(line.split_whitespace());
            match Args::try_parse_from(words).unwrap().command {
                Command::Act(act) => act.action(case),
                other => panic!("{other:?}"),
            }
        };
        let line = "--amount 500 --payment a=b=200 --payment c=300 --line l=2 --note thanks";
        let Ok(Action::Refund(refund)) = action(line, &case(Some("900"))) else {
            panic!("a refund");
        };
        assert_eq!(refund.amount.to_string(), "500 JPY");
        let payments: Vec<_> = refund
            .payments
            .iter()
            .map(|(id, amount)| format!("{id}: {amount}"))
            .collect();
        assert_eq!(payments, ["a=b: 200 JPY", "c: 300 JPY"]);
        assert_eq!(refund.lines, [("l".to_owned(), 2)]);
        for line in [
            "--amount x",
            "--amount 1 --line l=x",
            "--amount 1 --payment p=x",
        ] {
            assert!(action(line, &case(Some("900"))).is_err(), "{line}");
        }
        let error = action("--amount 1", &case(None)).unwrap_err();
        assert!(error.contains("no currency"), "{error}");
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
