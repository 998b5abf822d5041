//! How fast, how large: each measure against the least code that does the same, or against a bound of its own.
//!
//! ```sh
//! cargo build --release -p aftersales -p benches --bin aftersales --example bounds
//! target/release/examples/bounds                  # all of it: 100,000 and 1,000,000 cases, 5 rounds
//! target/release/examples/bounds 20000 50000 1    # fewer
//! ```
//!
//! What is measured runs in a process of its own, and so does the server. Ours and the yardstick take turns.

#![allow(clippy::print_stdout, reason = "its output is what it is for")]

use std::env;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write, stdout};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use benches::process::{self, Taken};
use benches::shops::Shops;
use benches::{Result, clients, minimal, plain};
use core_model::{AfterSalesExt, Query};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sandbox::credentials;
use store::{Filter, Sort, Sqlite, StatsFilter, Store};
use sync::{Ending, Options};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// The cases of a page.
const PAGE: u32 = 250;

/// So many pages the yardstick has under way.
const AHEAD: usize = 2;

/// The command keeps Shoplazza's quota, which lets 39 calls pass at once: more pages take more shops.
const SHOPS: u64 = 16;

/// What a distant platform takes to answer, in milliseconds.
const DISTANCE: u64 = 50;

/// So many cases of the queue fit on a large screen.
const SCREEN: u32 = 250;

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    // As `#[tokio::main]` has it, and the command.
    let runtime = Runtime::new()?;
    match arguments.as_slice() {
        ["serve", cases] => runtime.block_on(serve(cases.parse()?)),
        ["copy", base, file] => runtime.block_on(copy(base, file)),
        ["copy-minimal", base, file, cases] => {
            runtime.block_on(copy_minimal(base, file, cases.parse()?))
        }
        ["list", base] => runtime.block_on(list(base)),
        ["list-minimal", base, cases, ahead] => {
            runtime.block_on(list_minimal(base, cases.parse()?, ahead.parse()?))
        }
        ["ask", question, file] => runtime.block_on(ask(question, file)),
        numbers => {
            let mut numbers = numbers.iter().map(|number| number.parse());
            let mut next = |default: u64| numbers.next().unwrap_or(Ok(default));
            report(next(100_000)?, next(1_000_000)?, next(5)?)
        }
    }
}

async fn serve(cases: u64) -> Result<()> {
    let shops = Shops::prepare(cases).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    shops.serve(listener).await
}

/// The way that `aftersales sync` goes, without the quota.
async fn copy(base: &str, file: &str) -> Result<()> {
    let shop = clients::shoplazza(base)?;
    let store = Sqlite::open(file).await?;
    let options = Options::default().with_page_size(PAGE);
    let report = sync::run_once(&shop, &store, &options).await;
    match report.ending {
        Ending::Complete => {
            println!("{:?}", report.counts);
            Ok(())
        }
        ending => Err(format!("{ending:?}").into()),
    }
}

async fn copy_minimal(base: &str, file: &str, cases: u64) -> Result<()> {
    let mut copy = minimal::Copy::create(Path::new(file))?;
    let written = copy
        .fetch(&plain::client()?, base, cases, PAGE.into())
        .await?;
    println!("{written} written");
    Ok(())
}

/// What a program does that prints all cases of a shop, without the quota.
async fn list(base: &str) -> Result<()> {
    let shop = clients::shoplazza(base)?;
    let query = Query::new().with_page_size(PAGE).without_raw();
    let mut cases = shop.records(query);
    let mut out = BufWriter::new(stdout().lock());
    let mut line = Vec::new();
    while let Some(case) = cases.try_next().await? {
        line.clear();
        case.append_json(&mut line)?;
        line.push(b'\n');
        out.write_all(&line)?;
    }
    Ok(out.flush()?)
}

async fn list_minimal(base: &str, cases: u64, ahead: usize) -> Result<()> {
    let client = plain::client()?;
    let size = u64::from(PAGE);
    let mut pages = stream::iter(1..=cases.div_ceil(size))
        .map(|page| plain::SHOPLAZZA.page(&client, base, page, size))
        .buffered(ahead);
    let mut out = BufWriter::new(stdout().lock());
    while let Some(page) = pages.try_next().await? {
        for case in page {
            out.write_all(case.get().as_bytes())?;
            out.write_all(b"\n")?;
        }
    }
    Ok(out.flush()?)
}

/// What `queue` and `stats` ask the copy.
async fn ask(question: &str, file: &str) -> Result<()> {
    let store = Sqlite::open(file).await?;
    match question {
        "queue" => {
            let filter = Filter::new();
            let listing = store.list(&filter, Sort::Queue, None, SCREEN).await?;
            println!("{} cases", listing.cases.len());
        }
        _ => {
            let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
            let stats = store.stats(&StatsFilter::default(), today).await?;
            println!("{} cases", stats.total.cases);
        }
    }
    Ok(())
}

fn report(cases: u64, many: u64, rounds: u64) -> Result<()> {
    println!("| measure | ours | yardstick | ratio | ratio of CPU times | bound |");
    println!("|---|---|---|---|---|---|");
    let server = Server::start(cases)?;
    copying(&server, cases, rounds)?;
    listing(&server, cases, rounds)?;
    distant(&server, cases)?;
    drop(server);
    large(&Server::start(many)?, many, rounds)
}

/// (a), (b) and (d).
fn copying(server: &Server, cases: u64, rounds: u64) -> Result<()> {
    let base = server.shop(1, 0, 0);
    let mut taken = Rounds::default();
    let mut second = Vec::new();
    let mut sizes = [0, 0];
    for round in 0..rounds {
        let folder = tempfile::tempdir()?;
        let [file, minimal] = ["aftersales.db", "minimal.db"].map(|name| folder.path().join(name));
        let [file, minimal] = [text(&file)?, text(&minimal)?];
        taken.add(
            round,
            || server.measure(this(&["copy", &base, file])?),
            || server.measure(this(&["copy-minimal", &base, minimal, &cases.to_string()])?),
        )?;
        second.push(server.measure(this(&["copy", &base, file])?)?);
        sizes = [fs::metadata(file)?.len(), fs::metadata(minimal)?.len()];
    }
    taken.print("(a) first copy", "1.2");
    let again = Rounds {
        ours: second,
        yardstick: taken.ours,
    };
    again.print("(b) second copy, against the first", "0.4");
    let [size, minimal] = sizes.map(|size| size / cases);
    println!("| (d) size per case | {size} B | {minimal} B | | | 819 B |");
    Ok(())
}

/// (e): by the command, whose output nobody reads.
fn listing(server: &Server, cases: u64, rounds: u64) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let config = folder.path().join("aftersales.toml");
    let mut accounts = File::create(&config)?;
    for shop in 0..SHOPS {
        let (base, token) = (
            server.shop(SHOPS, shop, 0),
            credentials::shoplazza::ACCESS_TOKEN,
        );
        writeln!(accounts, "[accounts.shop-{shop}]\nplatform = \"shoplazza\"")?;
        writeln!(
            accounts,
            "base_url = \"{base}\"\naccess_token = \"{token}\""
        )?;
    }
    let base = server.shop(1, 0, 0);
    let mut taken = Rounds::default();
    for round in 0..rounds {
        taken.add(
            round,
            || {
                let mut command = Command::new(command()?);
                command.args([
                    "list",
                    "--format",
                    "ndjson",
                    "--page-size",
                    &PAGE.to_string(),
                ]);
                command.arg("--config").arg(&config);
                server.measure(command)
            },
            || server.measure(list_minimal_of(&base, cases, AHEAD)?),
        )?;
    }
    taken.print("(e) `list --format ndjson`", "1.3");
    let mut taken = Rounds::default();
    for round in 0..rounds {
        taken.add(
            round,
            || server.measure(this(&["list", &base])?),
            || server.measure(list_minimal_of(&base, cases, AHEAD)?),
        )?;
    }
    taken.print("the same by `records()`, of one shop", "");
    Ok(())
}

/// (g).
fn distant(server: &Server, cases: u64) -> Result<()> {
    let base = server.shop(1, 0, DISTANCE);
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("aftersales.db");
    let mut taken = Rounds::default();
    taken.add(
        0,
        || server.measure(this(&["list", &base])?),
        || server.measure(list_minimal_of(&base, cases, 1)?),
    )?;
    let yardstick = taken.yardstick.clone();
    taken.print("(g) listing at a distance of 50 ms", "0.25");
    let taken = Rounds {
        ours: vec![server.measure(this(&["copy", &base, text(&file)?])?)?],
        yardstick,
    };
    taken.print("(g) first copy at a distance of 50 ms", "0.25");
    Ok(())
}

/// (c) and (f).
fn large(server: &Server, cases: u64, rounds: u64) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("aftersales.db");
    let (file, base) = (text(&file)?, server.shop(1, 0, 0));
    for (what, arguments) in [
        ("(c) peak memory, first copy", &["copy", &base, file][..]),
        ("(c) peak memory, second copy", &["copy", &base, file]),
        ("(c) peak memory, listing", &["list", &base]),
    ] {
        let Taken { wall, peak, .. } = server.measure(this(arguments)?)?;
        let peak = kib(peak);
        println!("| {what}, {cases} cases, {wall:.1?} | {peak} | | | | 96.0 MiB |");
    }
    for question in ["queue", "stats"] {
        let mut taken = Vec::new();
        for _ in 0..rounds {
            taken.push(process::run(this(&["ask", question, file])?, None)?.wall);
        }
        let wall = median(taken);
        println!("| (f) {question} of {cases} cases | {wall:.1?} | | | | 100 ms |");
    }
    Ok(())
}

/// What each round took.
#[derive(Default)]
struct Rounds {
    ours: Vec<Taken>,
    yardstick: Vec<Taken>,
}

impl Rounds {
    /// Runs both, in another order each time.
    fn add(
        &mut self,
        round: u64,
        ours: impl FnOnce() -> Result<Taken>,
        yardstick: impl FnOnce() -> Result<Taken>,
    ) -> Result<()> {
        if round.is_multiple_of(2) {
            self.ours.push(ours()?);
            self.yardstick.push(yardstick()?);
        } else {
            self.yardstick.push(yardstick()?);
            self.ours.push(ours()?);
        }
        Ok(())
    }

    fn print(&self, what: &str, bound: &str) {
        let both = [&self.ours, &self.yardstick];
        let [ours, yardstick] = both.map(|taken| median(taken.iter().map(|it| it.wall)));
        let [our_cpu, its_cpu] = both.map(|taken| median(taken.iter().map(|it| it.cpu)));
        let (wall, cpu) = (ratio(ours, yardstick), ratio(our_cpu, its_cpu));
        println!(
            "| {what} | {ours:.2?} (CPU {our_cpu:.2?}) | {yardstick:.2?} (CPU {its_cpu:.2?}) | {wall:.2} | {cpu:.2} | {bound} |"
        );
    }
}

fn median(times: impl IntoIterator<Item = Duration>) -> Duration {
    let mut times: Vec<_> = times.into_iter().collect();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

#[allow(clippy::float_arithmetic, reason = "for people to read")]
fn ratio(time: Duration, yardstick: Duration) -> f64 {
    time.as_secs_f64() / yardstick.as_secs_f64()
}

/// In MiB, rounded up to a tenth.
fn kib(size: u64) -> String {
    let tenths = (size * 10).div_ceil(1024);
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}

/// The server, in a process of its own, which ends with this value.
struct Server {
    process: Child,
    origin: String,
}

impl Server {
    fn start(cases: u64) -> Result<Self> {
        let mut command = this(&["serve", &cases.to_string()])?;
        let mut process = command.stdout(Stdio::piped()).spawn()?;
        let mut origin = String::new();
        let output = process.stdout.take().ok_or("no output")?;
        BufReader::new(output).read_line(&mut origin)?;
        let origin = origin.trim().to_owned();
        Ok(Self { process, origin })
    }

    /// The address of one of so many shops that takes so long to answer.
    fn shop(&self, shops: u64, shop: u64, milliseconds: u64) -> String {
        format!("{}/{shops}/{shop}/{milliseconds}", self.origin)
    }

    fn measure(&self, mut command: Command) -> Result<Taken> {
        command.stdout(Stdio::null());
        process::run(command, Some(self.process.id()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // There is nothing to be done about one that is gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// This program, with other arguments.
fn this(arguments: &[&str]) -> Result<Command> {
    let mut command = Command::new(env::current_exe()?);
    command.args(arguments).stdout(Stdio::null());
    Ok(command)
}

fn list_minimal_of(base: &str, cases: u64, ahead: usize) -> Result<Command> {
    this(&["list-minimal", base, &cases.to_string(), &ahead.to_string()])
}

/// `target/release/aftersales`: this is `target/release/examples/bounds`.
fn command() -> Result<PathBuf> {
    let this = env::current_exe()?;
    let folder = this.parent().and_then(Path::parent).ok_or("no folder")?;
    let command = folder.join("aftersales");
    if !command.exists() {
        return Err("build the command first, as the top of this example says".into());
    }
    Ok(command)
}

fn text(path: &Path) -> Result<&str> {
    Ok(path.to_str().ok_or("a path that is no text")?)
}
