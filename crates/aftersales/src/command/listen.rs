//! `aftersales listen`: what the platforms push to all accounts, at one address, as it comes.

mod latest;
mod printer;
mod server;
mod tally;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aftersales::{
    AfterSale, AfterSales, Configuration, ConfiguredAccount, Error, Event, Lookup, Proof,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use self::latest::LatestKeys;
use self::printer::Printer;
use self::server::{Inbox, Server, serve};
use self::tally::Tally;
use super::looked_up;
use crate::args::{ListenArgs, OutputArgs};
use crate::console::{Console, Failure, Stop};
use crate::interrupt::Interrupt;

/// After Ctrl-C, what is under way gets so long.
const GRACE: Duration = Duration::from_secs(4);
/// Then so long passes until the command ends whatever hangs.
const LAST_CALL: Duration = Duration::from_millis(900);
/// Messages that are repeated are told so often.
const MINUTE: Duration = Duration::from_secs(60);
/// So many look-ups of an account wait at the most.
const WAITING: usize = 1_000;
/// So many pushes and results wait for being printed.
const NEWS: usize = 64;

/// What can stand in an address as it is.
const SEGMENT: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

pub(crate) async fn run(
    args: &ListenArgs,
    config: Option<&Path>,
    output: &OutputArgs,
    console: &mut Console,
) -> Result<(), Stop> {
    let printer = Printer::new(output, console.now())?;
    let configuration = Configuration::load(config)?;
    let accounts = accounts(args, &configuration, console)?;
    let listener = TcpListener::bind(args.address).await;
    let bound = listener.and_then(|listener| Ok((listener.local_addr()?, listener)));
    let (address, listener) = bound.map_err(|error| {
        let what = format!("cannot listen on {}: {error}", args.address);
        Failure::usage(what, "choose another --address")
    })?;
    let interrupt = Interrupt::of_service(GRACE + LAST_CALL);
    console.note(&format!(
        "listening on http://{address} until Ctrl-C; platforms push to https, so a proxy with a certificate has to \
         stand in front"
    ));
    for account in &accounts {
        console.note(&account.address());
    }
    Listening::start(listener, accounts, printer)
        .run(interrupt, console)
        .await
}

/// Something to be printed.
pub(super) enum News {
    /// Events of the inbox with this position, and whom to tell that they were printed.
    Pushed {
        inbox: usize,
        events: Vec<Event>,
        printed: oneshot::Sender<()>,
    },
    /// What a look-up for an inbox came to.
    Found {
        inbox: usize,
        lookup: Lookup,
        found: Result<Vec<AfterSale>, Error>,
    },
}

/// An account that is listened for.
struct Account {
    inbox: Inbox,
    /// Whether whoever knows the address can push.
    is_secret: bool,
    /// Where cases are looked up.
    client: Option<Arc<dyn AfterSales>>,
}

impl Account {
    /// What to tell the platform.
    fn address(&self) -> String {
        let Inbox { account, label, .. } = &self.inbox;
        let path = utf8_percent_encode(account, &SEGMENT);
        let secret = if self.is_secret {
            "/***, where *** is the secret of its push settings"
        } else {
            ""
        };
        format!("{label}: the platform's address is https://HOST/{path}{secret}")
    }
}

/// The accounts that the arguments name, or all that have settings for pushes. Whatever is wrong with one of them is told,
/// and nothing is listened for: a platform that is refused for long gives up.
fn accounts(
    args: &ListenArgs,
    configuration: &Configuration,
    console: &mut Console,
) -> Result<Vec<Account>, Stop> {
    for name in &args.accounts {
        configuration.account(name)?;
    }
    let is_named = |account: &ConfiguredAccount| {
        let name = account.name().as_str();
        args.accounts.iter().any(|named| named == name)
    };
    let (mut accounts, mut left_out, mut failures) = (Vec::new(), Vec::new(), Vec::new());
    for configured in configuration.accounts() {
        if !args.accounts.is_empty() && !is_named(configured) {
            continue;
        }
        match account(configured, args.look_up) {
            Ok(Some(account)) => accounts.push(account),
            Ok(None) => match unreadable(configured) {
                Some(failure) if is_named(configured) => failures.push(failure),
                Some(failure) => console.note(&format!("{}; {}", failure.what(), failure.hint())),
                None if is_named(configured) => failures.push(unset(configured.name().as_str())),
                None => left_out.push(configured.name().as_str()),
            },
            Err(failure) => failures.push(failure),
        }
    }
    if let Some(last) = failures.pop() {
        for failure in failures {
            console.fail(failure);
        }
        return Err(last.into());
    }
    if accounts.is_empty() {
        let what = format!(
            "{}: no account has settings for what is pushed",
            configuration.file().display()
        );
        return Err(Failure::usage(what, "add [accounts.NAME.push]").into());
    }
    if !left_out.is_empty() {
        let names = left_out.join(", ");
        console.note(&format!(
            "not listened for, without [accounts.NAME.push]: {names}"
        ));
    }
    Ok(accounts)
}

fn account(configured: &ConfiguredAccount, look_up: bool) -> Result<Option<Account>, Failure> {
    let Some(receiver) = configured.receiver()? else {
        return Ok(None);
    };
    let client = look_up.then(|| configured.connect()).transpose()?;
    Ok(Some(Account {
        inbox: Inbox {
            account: configured.name().as_str().to_owned(),
            label: label(configured),
            receiver,
        },
        is_secret: proof(configured) == Some(Proof::Address),
        client,
    }))
}

/// Why nothing can be listened for with whatever settings, if so.
fn unreadable(configured: &ConfiguredAccount) -> Option<Failure> {
    proof(configured)?;
    let platform = configured.platform().filter(|it| !it.reads_pushes())?;
    let what = format!(
        "{}: this command cannot read what the platform pushes",
        label(configured)
    );
    let name = platform.platform();
    let hint = format!("a program can, with what is not published: see the README of crate {name}");
    Some(Failure::usage(what, hint))
}

fn unset(name: &str) -> Failure {
    let what = format!("{name} has no settings for what is pushed");
    Failure::usage(what, format!("add [accounts.{name}.push]"))
}

fn label(configured: &ConfiguredAccount) -> String {
    let platform = configured.platform().map(|it| it.platform().as_str());
    format!("{} ({})", configured.name(), platform.unwrap_or_default())
}

/// What the platform vouches for at the most; `None` where it pushes nothing.
fn proof(configured: &ConfiguredAccount) -> Option<Proof> {
    let generation = configured.platform()?.generations().first()?;
    generation.capabilities.pushes
}

/// A server, and what becomes of what it receives.
struct Listening {
    news: mpsc::Receiver<News>,
    server: JoinHandle<()>,
    stop: Option<oneshot::Sender<()>>,
    desks: Vec<Desk>,
    tally: Arc<Tally>,
    printer: Printer,
}

impl Listening {
    fn start(listener: TcpListener, accounts: Vec<Account>, printer: Printer) -> Self {
        let (sender, news) = mpsc::channel(NEWS);
        let (stop, stopped) = oneshot::channel();
        let tally = Arc::new(Tally::default());
        let (mut desks, mut inboxes) = (Vec::new(), Vec::new());
        for (position, account) in accounts.into_iter().enumerate() {
            let lookups = account.client.clone().map(|client| {
                let (lookups, waiting) = mpsc::channel(WAITING);
                tokio::spawn(look_up_all(client, position, waiting, sender.clone()));
                lookups
            });
            desks.push(Desk {
                label: account.inbox.label.clone(),
                keys: LatestKeys::default(),
                client: account.client,
                lookups,
                has_told: false,
            });
            inboxes.push(account.inbox);
        }
        let server = Server {
            inboxes,
            news: sender,
            refusals: Arc::clone(&tally),
        };
        Self {
            news,
            server: tokio::spawn(serve(listener, server, stopped)),
            stop: Some(stop),
            desks,
            tally,
            printer,
        }
    }

    async fn run(mut self, mut interrupt: Interrupt, console: &mut Console) -> Result<(), Stop> {
        let mut minutes = interval(MINUTE);
        minutes.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut end = None;
        let mut is_serving = true;
        loop {
            tokio::select! {
                news = self.news.recv() => match news {
                    Some(news) => self.tell(news, console)?,
                    // All is answered, and all is looked up.
                    None => break,
                },
                () = self.tally.fresh() => note(self.tally.first(), console),
                _ = minutes.tick() => note(self.tally.rest(), console),
                () = interrupt.raised(), if end.is_none() => {
                    end = Some(Instant::now() + GRACE);
                    self.stop = None;
                }
                () = sleep_until(end.unwrap_or_else(Instant::now)), if end.is_some() => {
                    console.note("it takes too long: pushes and look-ups under way are given up");
                    break;
                }
                _ = &mut self.server, if is_serving => {
                    is_serving = false;
                    for desk in &mut self.desks {
                        desk.lookups = None;
                    }
                }
            }
        }
        note(self.tally.rest(), console);
        Ok(())
    }

    fn tell(&mut self, news: News, console: &mut Console) -> Result<(), Stop> {
        match news {
            News::Pushed {
                inbox,
                events,
                printed,
            } => {
                let Some(desk) = self.desks.get_mut(inbox) else {
                    return Ok(());
                };
                for event in events {
                    if desk.keys.is_new(&event.key) {
                        // What is found is printed later, and so behind the event.
                        desk.look_up(&event, &self.tally, console);
                        self.printer.event(event, console)?;
                    }
                }
                console.flush()?;
                // Whoever waited may have given up; then the event comes again, and is known.
                let _ = printed.send(());
            }
            News::Found {
                inbox,
                lookup,
                found: Ok(cases),
            } => {
                // That an order has no case is nothing.
                if let (Lookup::AfterSale(id), [], Some(desk)) =
                    (lookup, cases.as_slice(), self.desks.get(inbox))
                {
                    console.note(&format!("{}: there is no case {id}", desk.label));
                }
                for case in cases {
                    self.printer.case(case, console)?;
                }
                console.flush()?;
            }
            News::Found {
                found: Err(error), ..
            } => console.fail(Failure::from(error).in_passing()),
        }
        Ok(())
    }
}

fn note(lines: Vec<String>, console: &Console) {
    for line in lines {
        console.note(&line);
    }
}

/// What is known of an account where its events are printed.
struct Desk {
    label: String,
    keys: LatestKeys,
    client: Option<Arc<dyn AfterSales>>,
    lookups: Option<mpsc::Sender<Lookup>>,
    /// Whether it was told that something cannot be looked up.
    has_told: bool,
}

impl Desk {
    /// Has what an event names looked up, where the platform can.
    fn look_up(&mut self, event: &Event, tally: &Tally, console: &Console) {
        let (Some(client), Some(lookups)) = (&self.client, &self.lookups) else {
            return;
        };
        let Some(lookup) = event.lookup() else { return };
        let admitted = client.capabilities().admit_lookup(client.source(), &lookup);
        if let Err(error) = admitted {
            if !self.has_told {
                self.has_told = true;
                console.note(&format!("{error}; events are printed without their cases"));
            }
        } else if lookups.try_send(lookup).is_err() {
            let label = &self.label;
            tally.count(format!(
                "{label}: not looked up, {WAITING} events wait for it"
            ));
        }
    }
}

/// Looks up what is asked for, one after the other, as the platform's quota allows.
async fn look_up_all(
    client: Arc<dyn AfterSales>,
    inbox: usize,
    mut waiting: mpsc::Receiver<Lookup>,
    news: mpsc::Sender<News>,
) {
    while let Some(lookup) = waiting.recv().await {
        let found = looked_up(&*client, &lookup).await;
        let news_of_it = News::Found {
            inbox,
            lookup,
            found,
        };
        if news.send(news_of_it).await.is_err() {
            return;
        }
    }
}
