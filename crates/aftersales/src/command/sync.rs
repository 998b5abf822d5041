//! `aftersales sync`: brings the local copy of all accounts up to date, once or for ever.

use std::collections::HashMap;
use std::panic;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aftersales::{
    AfterSales, Configuration, ConfiguredAccount, Error, ErrorKind, Platform, RegisteredPlatform,
    Source,
};
use indicatif::{HumanCount, HumanDuration, ProgressBar};
use serde::Serialize;
use store::{Counts, Store};
use sync::{Account, Ending, Event, Observer, Options, Report, Reread, Stopper};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::args::{OutputArgs, SyncArgs};
use crate::choice::chosen;
use crate::console::{Console, Failure, Stop};
use crate::copy::{self, Current};
use crate::format::{Format, Row, print_rows};
use crate::interrupt::Interrupt;
use crate::{moment, orders};

/// So many unreadable cases are told one by one.
const TOLD: u64 = 10;
/// How often an account that takes its time is heard of, where there are no bars.
const HEARD: Duration = Duration::from_secs(10);
/// How long all accounts have to come to an end, and how long the command has.
const PATIENCE: Duration = Duration::from_millis(4000);
const GRACE: Duration = Duration::from_secs(5);

pub(crate) async fn run(
    args: &SyncArgs,
    config: Option<&Path>,
    output: &OutputArgs,
    console: &mut Console,
) -> Result<(), Stop> {
    let configuration = Configuration::load(config)?;
    let chosen = chosen(&args.choice, &configuration)?;
    let orders = match &args.orders {
        Some(file) => orders::read_for(&chosen, file)?,
        None => Vec::new(),
    };
    let since = moment::instant("--since", args.since, console.now())?;
    let place = copy::place(args.store.as_deref(), &configuration)?;
    let interrupt = Interrupt::of_service(GRACE);
    let copy = Current::open(&place).await?;

    let (stopper, stop) = sync::Stop::new();
    let options = Options::default().with_stop(stop);
    let options = since.into_iter().fold(options, Options::with_since);
    let options = args
        .page_size
        .into_iter()
        .fold(options, Options::with_page_size);
    let has_orders = !orders.is_empty();
    let options = options.with_orders(orders);
    let mut accounts = Vec::new();
    for account in chosen {
        if !has_orders && !lists(account) {
            console.note(&format!(
                "{0}: this platform cannot list cases, so only the open ones in the copy are read again; \
                 add others with --account {0} --orders FILE",
                account.name()
            ));
        }
        match Configured::new(account) {
            Ok(account) => accounts.push(account),
            Err(error) => console.fail(error),
        }
    }
    let mut work = Work::begin(accounts, copy, args.watch, options, console);
    let ended = work.until_done(&stopper, interrupt, console).await;
    let rows: Vec<SyncRow<'_>> = work.accounts.iter().map(SyncRow::new).collect();
    print_rows(&rows, Format::chosen(output), console)?;
    ended
}

/// Whether the account's platform has a list. What is wrong with its settings shows later.
fn lists(account: &ConfiguredAccount) -> bool {
    let generations = account.platform().map(RegisteredPlatform::generations);
    let mut generations = generations.unwrap_or_default().iter();
    let own = generations.find(|it| it.name == account.generation());
    own.is_none_or(|it| it.capabilities.operations.list)
}

/// An account of the configuration.
struct Configured {
    account: ConfiguredAccount,
    source: Source,
}

impl Configured {
    fn new(account: &ConfiguredAccount) -> Result<Self, Failure> {
        let Some(source) = account.source() else {
            // Connecting says what is wrong with the platform.
            account.connect()?;
            let what = format!("{}: this build does not know the platform", account.name());
            return Err(Failure::usage(what, "name another one"));
        };
        Ok(Self {
            account: account.clone(),
            source,
        })
    }
}

impl Account for Configured {
    fn source(&self) -> &Source {
        &self.source
    }

    fn connect(&self, quota_used: Option<Duration>) -> Result<Arc<dyn AfterSales>, Error> {
        let options = transport::Options::default();
        let options = quota_used
            .into_iter()
            .fold(options, transport::Options::with_quota_used);
        self.account.connect_with(options).map_err(|error| {
            Error::new(ErrorKind::Config, error.to_string()).with_source(&self.source)
        })
    }
}

/// What is told of an account.
enum Told {
    Page {
        counts: Counts,
        total: Option<u64>,
    },
    Unreadable(Failure),
    Round(Round),
    /// Something is wrong with the copy, which is that of all accounts.
    Copy(Failure),
}

/// A round that is over.
struct Round {
    counts: Counts,
    out_of_reach: u64,
    took: Duration,
    result: &'static str,
    failure: Option<Failure>,
    is_of_copy: bool,
    wait: Option<Duration>,
}

impl Round {
    fn new(report: &Report, wait: Option<Duration>) -> Self {
        let (result, failure) = match &report.ending {
            Ending::Complete => ("complete", None),
            Ending::Interrupted => ("interrupted", None),
            Ending::Failed(failure) => ("failed", Some(failure)),
        };
        Self {
            counts: report.counts,
            out_of_reach: report.out_of_reach,
            took: report.took,
            result,
            is_of_copy: matches!(failure, Some(sync::Failure::Copy(_))),
            failure: failure.map(Failure::from),
            wait,
        }
    }
}

/// All accounts at work.
struct Work {
    watch: bool,
    accounts: Vec<Progress>,
    tasks: JoinSet<()>,
    told: mpsc::UnboundedReceiver<(usize, Told)>,
    unreadable: u64,
    copy_failed: bool,
}

impl Work {
    fn begin(
        accounts: Vec<Configured>,
        copy: Current,
        watch: bool,
        options: Options,
        console: &Console,
    ) -> Self {
        // What is told comes to an end with the last task.
        let (sender, told) = mpsc::unbounded_channel();
        let progress = accounts
            .iter()
            .map(|account| Progress::new(&account.source, console));
        let progress: Vec<_> = progress.collect();
        let names = accounts.iter().map(|account| account.source.account());
        let places: HashMap<_, _> = names.cloned().zip(0..).collect();
        // Whoever listens is there as long as there is somebody to listen to.
        let observer: Observer = Arc::new({
            let sender = sender.clone();
            move |source, event| {
                let told = match event {
                    Event::Page { counts, total } => Told::Page { counts, total },
                    Event::Unreadable(error) => {
                        Told::Unreadable(Failure::of_account(error.clone()))
                    }
                    Event::Round { report, wait } => Told::Round(Round::new(report, wait)),
                };
                if let Some(&place) = places.get(source.account()) {
                    drop(sender.send((place, told)));
                }
            }
        });
        let reread = if watch { Reread::Due } else { Reread::All };
        let options = options.with_reread(reread).with_observer(observer);
        let accounts = accounts.into_iter().map(Arc::new);
        let mut tasks = JoinSet::new();
        match copy {
            Current::Shared(copy) if watch && !progress.is_empty() => {
                let accounts = accounts.map(|account| account as Arc<dyn Account>);
                let shared = sync::share(accounts.collect(), copy, options);
                tasks.spawn(async move {
                    if let Err(failure) = shared.await {
                        drop(sender.send((0, Told::Copy(Failure::from(&failure)))));
                    }
                });
            }
            copy => {
                for (place, account) in accounts.enumerate() {
                    let (copy, options, sender) = (copy.clone(), options.clone(), sender.clone());
                    tasks.spawn(async move {
                        let report = match copy {
                            Current::Alone(store, _) if watch => {
                                // What ends it is told as its last round.
                                let _ = sync::watch(&*account, &*store, &options).await;
                                return;
                            }
                            Current::Alone(store, _) => {
                                sync::run(&*account, &*store, &options).await
                            }
                            Current::Shared(store) => {
                                let store: Arc<dyn Store> = store;
                                sync::run_shared(&*account, &store, &options).await
                            }
                        };
                        drop(sender.send((place, Told::Round(Round::new(&report, None)))));
                    });
                }
            }
        }
        Self {
            watch,
            accounts: progress,
            tasks,
            told,
            unreadable: 0,
            copy_failed: false,
        }
    }

    /// Tells what is told until all accounts are done, or were asked to end and had their time.
    async fn until_done(
        &mut self,
        stopper: &Stopper,
        mut interrupt: Interrupt,
        console: &mut Console,
    ) -> Result<(), Stop> {
        let mut overdue: Option<Instant> = None;
        loop {
            tokio::select! {
                told = self.told.recv() => match told {
                    Some((place, told)) => self.tell(place, told, stopper, console),
                    None => break,
                },
                () = interrupt.raised(), if overdue.is_none() => {
                    stopper.stop();
                    overdue = Some(Instant::now() + PATIENCE);
                }
                () = sleep_until(overdue.unwrap_or_else(Instant::now)), if overdue.is_some() => break,
            }
        }
        self.tasks.abort_all();
        while let Some(ended) = self.tasks.join_next().await {
            if let Err(stopped) = ended
                && let Ok(panic) = stopped.try_into_panic()
            {
                panic::resume_unwind(panic);
            }
        }
        for bar in self.accounts.iter().filter_map(|it| it.bar.as_ref()) {
            bar.finish_and_clear();
        }
        if let Some(untold @ 1..) = self.unreadable.checked_sub(TOLD) {
            console.note(&format!("{untold} more cases could not be read"));
        }
        // A watch is there to be ended.
        if overdue.is_some() && !self.watch {
            return Err(Stop::Interrupted);
        }
        Ok(())
    }

    fn tell(&mut self, place: usize, told: Told, stopper: &Stopper, console: &mut Console) {
        let Some(account) = self.accounts.get_mut(place) else {
            return;
        };
        match told {
            Told::Page { counts, total } => account.advance(counts, total, console),
            Told::Unreadable(failure) => {
                self.unreadable += 1;
                if self.unreadable <= TOLD {
                    console.fail(failure);
                }
            }
            Told::Round(round) => {
                account.rest(&round);
                match (round.failure, round.wait) {
                    (Some(failure), Some(wait)) => {
                        let hint = format!(
                            "{}; the next try is in {}",
                            failure.hint(),
                            HumanDuration(wait)
                        );
                        console.warn(failure.what(), &hint);
                    }
                    (Some(failure), None) if round.is_of_copy => {
                        self.fail_all(failure, stopper, console);
                    }
                    (Some(failure), None) => console.fail(failure),
                    (None, _) => account.tell_of_round(self.watch, console),
                }
            }
            Told::Copy(failure) => self.fail_all(failure, stopper, console),
        }
    }

    /// Ends everything for something that is said once.
    fn fail_all(&mut self, failure: Failure, stopper: &Stopper, console: &mut Console) {
        stopper.stop();
        if !std::mem::replace(&mut self.copy_failed, true) {
            console.fail(failure);
        }
    }
}

/// How far an account is.
struct Progress {
    name: String,
    platform: Platform,
    bar: Option<ProgressBar>,
    /// What the rounds before have written, and what this one has.
    before: Counts,
    now: Counts,
    out_of_reach: u64,
    took: Duration,
    /// When it was heard of, where there is no bar.
    heard: Instant,
    result: &'static str,
    error: Option<String>,
}

impl Progress {
    fn new(source: &Source, console: &Console) -> Self {
        let name = source.account().to_string();
        Self {
            bar: console.bar(&name),
            name,
            platform: source.platform().clone(),
            before: Counts::default(),
            now: Counts::default(),
            out_of_reach: 0,
            took: Duration::ZERO,
            heard: Instant::now(),
            result: "interrupted",
            error: None,
        }
    }

    fn advance(&mut self, counts: Counts, total: Option<u64>, console: &Console) {
        self.now = counts;
        let read = HumanCount(read(counts));
        let message = match total {
            Some(total) => format!("{read} of {} cases", HumanCount(total)),
            None => format!("{read} cases"),
        };
        match &self.bar {
            Some(bar) => {
                if let Some(total) = total {
                    bar.set_length(total);
                }
                bar.set_position(read.0);
                bar.set_message(message);
            }
            None if self.heard.elapsed() >= HEARD => {
                self.heard = Instant::now();
                console.note(&format!("{}: {message} so far", self.name));
            }
            None => {}
        }
    }

    fn rest(&mut self, round: &Round) {
        self.now = round.counts;
        self.before = sum(self.before, round.counts);
        self.out_of_reach = round.out_of_reach;
        self.took += round.took;
        self.result = round.result;
        self.error = round
            .failure
            .as_ref()
            .map(|failure| failure.what().to_owned());
        if let Some(bar) = &self.bar {
            bar.set_message(match round.wait {
                Some(wait) => format!(
                    "{}; again in {}",
                    described(round.counts),
                    HumanDuration(wait)
                ),
                None => described(round.counts),
            });
        }
    }

    /// What a round has brought; of one of many, only if it brought something.
    fn tell_of_round(&self, watch: bool, console: &Console) {
        if self.out_of_reach > 0 && !watch {
            console.note(&format!(
                "{}: {} open cases name nothing that the platform could be asked for",
                self.name, self.out_of_reach
            ));
        }
        let Counts { new, changed, .. } = self.now;
        if self.bar.is_none() && (!watch || new + changed > 0) {
            console.note(&format!("{}: {}", self.name, described(self.now)));
        }
    }
}

/// How many cases have come.
fn read(counts: Counts) -> u64 {
    counts.new + counts.changed + counts.unchanged + counts.unreadable
}

fn described(counts: Counts) -> String {
    let [new, changed, unchanged] = [counts.new, counts.changed, counts.unchanged].map(HumanCount);
    let whole = format!("{new} new, {changed} changed, {unchanged} as they were");
    match counts.unreadable {
        0 => whole,
        unreadable => format!("{whole}, {} unreadable", HumanCount(unreadable)),
    }
}

fn sum(a: Counts, b: Counts) -> Counts {
    Counts {
        pages: a.pages + b.pages,
        new: a.new + b.new,
        changed: a.changed + b.changed,
        unchanged: a.unchanged + b.unchanged,
        unreadable: a.unreadable + b.unreadable,
    }
}

/// What became of an account.
#[derive(Serialize)]
struct SyncRow<'a> {
    account: &'a str,
    platform: &'a str,
    /// How its last round ended.
    result: &'static str,
    new: u64,
    changed: u64,
    unchanged: u64,
    unreadable: u64,
    milliseconds: u64,
    error: Option<&'a str>,
}

impl<'a> SyncRow<'a> {
    fn new(progress: &'a Progress) -> Self {
        let counts = progress.before;
        Self {
            account: &progress.name,
            platform: progress.platform.as_str(),
            result: progress.result,
            new: counts.new,
            changed: counts.changed,
            unchanged: counts.unchanged,
            unreadable: counts.unreadable,
            milliseconds: u64::try_from(progress.took.as_millis()).unwrap_or(u64::MAX),
            error: progress.error.as_deref(),
        }
    }
}

impl Row for SyncRow<'_> {
    const COLUMNS: &'static [&'static str] = &[
        "account",
        "platform",
        "result",
        "new",
        "changed",
        "unchanged",
        "unreadable",
        "seconds",
    ];

    fn cells(&self) -> Vec<String> {
        let seconds = format!(
            "{}.{}",
            self.milliseconds / 1000,
            self.milliseconds % 1000 / 100
        );
        let counts = [self.new, self.changed, self.unchanged, self.unreadable];
        let names = [self.account, self.platform, self.result].map(str::to_owned);
        let counts = counts.map(|count| count.to_string());
        names.into_iter().chain(counts).chain([seconds]).collect()
    }
}
