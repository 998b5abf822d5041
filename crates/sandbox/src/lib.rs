#![doc = include_str!("../README.md")]

mod cases;
mod dialects;
mod exchange;
mod fault;
mod json;
mod ledger;
mod push;
mod quota;
mod server;
mod tokens;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::dialects::Setup;
use crate::push::Outbox;
use crate::server::Server;

pub use crate::cases::MAX_RECORDS;
pub use crate::dialects::{PLATFORMS, credentials};
pub use crate::fault::{Fault, FaultError};
pub use crate::push::{PushTarget, PushTargetError};
pub use crate::quota::Quotas;

/// How long [`Sandbox::until_stopped`] lets the calls under way finish.
const GRACE: Duration = Duration::from_secs(5);

/// A running sandbox. Dropping it stops the server: no further connection is accepted, the
/// calls under way are answered.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    server: Arc<Server>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Sandbox {
    /// Starts a sandbox on a free port of 127.0.0.1 with 25 records per platform.
    ///
    /// The server runs on the tokio runtime of the caller.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }

    /// Starts with other settings than [`Sandbox::start`].
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Where the sandbox listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What stands in place of the part of the URL that precedes the documented path.
    #[must_use]
    pub fn base_url(&self, platform: &str) -> String {
        format!("{}/{platform}", self.origin())
    }

    /// A complete `aftersales.toml` with one account per platform, pointed at this sandbox. Where the sandbox pushes, it
    /// has the settings for that as well.
    #[must_use]
    pub fn config(&self) -> String {
        self.server.config(&self.origin())
    }

    /// The orders that have cases, newest first: what it takes to look cases up on a platform
    /// that has no list. Nothing for a name that is not in [`PLATFORMS`].
    pub fn orders(&self, platform: &str) -> impl Iterator<Item = OrderRef> + use<> {
        let server = Arc::clone(&self.server);
        let desk = server.desk_index(platform);
        let records = server.records();
        let opened = records..records + server.opened(platform);
        opened
            .rev()
            .chain(0..records)
            .filter_map(move |number| server.order(desk?, number))
            .filter(|order| order.cases > 0)
    }

    /// An order that exists and never had an after-sale.
    #[must_use]
    pub fn order_without_case(&self, platform: &str) -> Option<OrderRef> {
        let desk = self.server.desk_index(platform)?;
        // Beyond the last case, so that there are few to look at.
        (self.server.records()..)
            .filter_map(|number| self.server.order(desk, number))
            .find(|order| order.cases == 0)
    }

    /// Lets the buyer, the platform or the seller at their desk act on a case: it gets this status, as the platform
    /// writes it, and moves to the front of what is sorted by the last change. What a status stands for comes with
    /// it: a case in which the goods are on their way has a parcel, a paid one is paid.
    ///
    /// `case` is an id as the platform's records have it, and says which generation of WeChat, and which of Xportcn's
    /// two markets is meant. Every status that cases have at the start can be given, whatever the present one is, and
    /// on Xportcn the stand-in for a cancelled case.
    ///
    /// # Errors
    /// [`ChangeError`], and nothing has changed.
    pub fn change(&self, platform: &str, case: &str, status: &str) -> Result<(), ChangeError> {
        self.server.change(platform, case, status)
    }

    /// Lets a buyer open a case about an order that had none. It is the newest, and awaits the seller. Nothing for a name
    /// that is not in [`PLATFORMS`].
    pub fn open(&self, platform: &str) -> Option<Opened> {
        self.server.open(platform)
    }

    /// What calls have done to a platform's cases so far, in that order: an effect for each call that had one, whether or
    /// not its answer got through.
    #[must_use]
    pub fn effects(&self, platform: &str) -> Vec<Effect> {
        self.server.effects(platform)
    }

    /// The requests that have arrived for a platform so far, token calls included.
    #[must_use]
    pub fn calls(&self, platform: &str) -> u64 {
        self.server.calls(platform)
    }

    /// The calls that a platform has refused so far because of a quota; none unless [`Quotas::Enforced`].
    #[must_use]
    pub fn over_quota(&self, platform: &str) -> u64 {
        self.server.over_quota(platform)
    }

    /// The tokens a platform has issued so far.
    #[must_use]
    pub fn tokens_issued(&self, platform: &str) -> u64 {
        self.server.tokens_issued(platform)
    }

    /// Expires every token issued so far. Fixed tokens (see [`credentials`]) stay valid.
    pub fn expire_tokens(&self) {
        self.server.expire_tokens();
    }

    /// Serves until `signal` completes, then stops: calls under way are answered, for at most
    /// five seconds.
    pub async fn until_stopped(self, signal: impl Future<Output = ()>) {
        signal.await;
        // The receiver is gone only if the server has ended by itself.
        let _ = self.stop.send(());
        let abort = self.task.abort_handle();
        if tokio::time::timeout(GRACE, self.task).await.is_err() {
            abort.abort();
        }
    }
}

/// What it takes to look up the cases of one order.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OrderRef {
    /// The platform's order id (Shoplazza: the order number).
    pub id: String,
    /// The merchant's own order id, where the platform knows one.
    pub merchant_ref: Option<String>,
    /// The buyer's id, where the platform has one (WeChat: the openid).
    pub buyer: Option<String>,
    /// How many cases the order has.
    pub cases: u64,
}

/// A case that was opened by [`Sandbox::open`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Opened {
    /// The ids of the case. One, but on WeChat, where each generation has one of its own (the component's, the upgraded
    /// component's, the store's), and on Xportcn, where a case is opened on Taobao and another one on 1688.
    pub ids: Vec<String>,
    /// The order of the case. On Xportcn that on Taobao.
    pub order: OrderRef,
}

/// Something that a call has done.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Effect {
    /// The id of the case: where the call made one, that of the new one.
    pub case: String,
    /// What the call is named by in its path, such as `seller-audit`, `acceptrefund`, `partial_refund`.
    pub action: &'static str,
}

/// Why a case did not change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// The sandbox speaks for no such platform.
    #[error("no platform is called {0:?}; there are {platforms}", platforms = PLATFORMS.join(", "))]
    Platform(String),
    /// The platform has no such case.
    #[error("no case has the id {0:?}")]
    Case(String),
    /// It is no status of the platform.
    #[error("no case has the status {0:?}")]
    Status(String),
}

/// Settings of a sandbox to be started.
#[derive(Debug, Clone)]
pub struct Builder {
    port: u16,
    records: u64,
    seed: u64,
    quotas: Quotas,
    faults: Vec<Fault>,
    push_to: Option<PushTarget>,
    is_live: bool,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            port: 0,
            records: 25,
            seed: 1,
            quotas: Quotas::Off,
            faults: Vec::new(),
            push_to: None,
            is_live: false,
        }
    }
}

impl Builder {
    /// The port on 127.0.0.1; 0, the default, takes a free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Cases per platform, 25 by default, at most [`MAX_RECORDS`]. They cost no memory.
    #[must_use]
    pub fn records(mut self, records: u64) -> Self {
        self.records = records;
        self
    }

    /// What the cases are made from. The same seed gives the same cases, byte for byte.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Whether the platforms' documented quotas hold; off by default.
    #[must_use]
    pub fn quotas(mut self, quotas: Quotas) -> Self {
        self.quotas = quotas;
        self
    }

    /// Adds a fault. Of several that hit the same call the first one counts; latencies add up.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Pushes to this address what changes, as the platforms do: signed and, where they encrypt, encrypted, with the
    /// constants in [`credentials`]. Nobody is told by default.
    ///
    /// Pushes of all platforms are delivered one after the other, in the order of the changes, each four times at most
    /// until it is answered with 2xx within five seconds. No call waits for them.
    #[must_use]
    pub fn push_to(mut self, target: PushTarget) -> Self {
        self.push_to = Some(target);
        self
    }

    /// Lets what happens from now on happen at the system's time, for programs that ask for what has changed lately.
    /// Without this it happens in October 2026, second by second, so that a run can be repeated.
    #[must_use]
    pub fn live(mut self) -> Self {
        self.is_live = true;
        self
    }

    /// Starts the server on the tokio runtime of the caller.
    ///
    /// # Errors
    /// When the port cannot be bound, or more than [`MAX_RECORDS`] records are asked for.
    pub async fn start(self) -> Result<Sandbox, StartError> {
        if self.records > MAX_RECORDS {
            return Err(StartError::TooManyRecords(self.records));
        }
        let bind = |source| StartError::Bind {
            port: self.port,
            source,
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port))
            .await
            .map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
        let setup = Setup {
            records: self.records,
            seed: self.seed,
            quotas: self.quotas,
            outbox: self.push_to.map(outbox).unwrap_or_default(),
            is_live: self.is_live,
        };
        let server = Arc::new(Server::new(&setup, self.faults));
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(server::serve(listener, Arc::clone(&server), stopped));
        Ok(Sandbox {
            address,
            server,
            stop,
            task,
        })
    }
}

/// Whatever is left there is delivered. That ends with the last platform that could leave something.
fn outbox(target: PushTarget) -> Outbox {
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(push::deliver(target, receiver));
    Outbox::new(sender)
}

/// Why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The port is taken or not allowed.
    #[error("cannot listen on 127.0.0.1:{port}; choose another port, or 0 for a free one")]
    Bind {
        /// The port asked for.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
    /// More records than the calendar has room for.
    #[error(
        "{0} records are too many: the cases are minutes apart, and beyond {MAX_RECORDS} they would leave the calendar"
    )]
    TooManyRecords(u64),
}
