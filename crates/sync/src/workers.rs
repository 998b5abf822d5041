//! Accounts that several programs share, on one machine or many.
//!
//! Each account is a job on the database that the copy is in. Whoever takes the job keeps the account in step for a shift,
//! and puts it back for whoever is free by then. What a worker holds that has died is put back by the others. The library
//! for jobs (`graphile_worker`) sees to that; the account's lease in the copy sees to it that, whatever happens to clocks
//! and connections, nothing is written by a worker that has lost it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use core_model::Source;
use graphile_worker::{
    Database, IntoTaskHandlerResult, JobKeyMode, JobSpec, TaskHandler, Worker, WorkerContext,
    WorkerOptions, WorkerUtils,
};
use serde::{Deserialize, Serialize};
use store::{Postgres, Store};
use tokio::time::{Instant, sleep};
use tracing::warn;

use crate::account::Rounds;
use crate::lease::{Held, LOOK, SIGN_OF_LIFE, TERM};
use crate::patience::Patience;
use crate::{Account, Failure, Options, Stop, Stopper};

/// Where the jobs are, beside the copy.
const SCHEMA: &str = "aftersales_jobs";
/// How long a worker has an account before others may have their turn.
const SHIFT: Duration = Duration::from_secs(5 * 60);
/// How long to leave an account alone that somebody has who is not one of us.
const TAKEN: Duration = Duration::from_secs(5);
/// How long to wait for a database that went away.
const GONE: Duration = Duration::from_secs(5);
/// How long shifts have to end: what is under way may take three seconds, and has to be written.
const GRACE: Duration = Duration::from_millis(3800);

/// Keeps the copy of these accounts in step, together with everybody else who does so on the same database, until it is
/// asked to stop.
///
/// Each account is worked on by one of them at a time. An account that one of them does not know is left to those who do.
///
/// # Errors
/// When the jobs cannot be reached at the beginning, or something is wrong with the copy that will not get better by
/// waiting.
pub async fn share(
    accounts: Vec<Arc<dyn Account>>,
    copy: Arc<Postgres>,
    options: Options,
) -> Result<(), Failure> {
    let (stopper, stop) = Stop::new();
    let asked = options.stop.clone();
    let named = accounts
        .into_iter()
        .map(|account| (name(account.source()), account));
    let crew = Arc::new(Crew {
        accounts: named.collect(),
        database: copy.connections().into(),
        store: copy,
        options: options.with_stop(stop),
        stopper,
        broken: Mutex::default(),
    });
    let worker = crew.worker().await;
    let worker = worker.map_err(|error| store::Error::new(store::ErrorKind::Database, error))?;
    let asked = async {
        asked.raised().await;
        crew.stopper.stop();
        // The work decides when all is over.
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = crew.work(worker) => {}
        () = asked => {}
    }
    let broken = crew.broken.lock();
    let broken = broken.unwrap_or_else(PoisonError::into_inner).take();
    broken.map_or(Ok(()), Err)
}

/// The name of an account's job.
fn name(source: &Source) -> String {
    format!("{}/{}", source.platform(), source.account())
}

/// The accounts that this program knows, and what it takes to keep them in step.
struct Crew {
    accounts: BTreeMap<String, Arc<dyn Account>>,
    store: Arc<dyn Store>,
    database: Database,
    options: Options,
    stopper: Stopper,
    /// What went wrong for good.
    broken: Mutex<Option<Failure>>,
}

impl Crew {
    /// Takes jobs until it is time to stop.
    async fn work(self: &Arc<Self>, worker: Worker) {
        let stop = &self.options.stop;
        let mut worker = Ok(worker);
        loop {
            let worked = match worker {
                Ok(worker) => worker.run().await.map_err(|error| error.to_string()),
                Err(error) => Err(error),
            };
            if stop.is_raised() {
                return;
            }
            if let Err(error) = worked {
                warn!(%error, "the jobs cannot be reached");
                tokio::select! {
                    () = sleep(GONE) => {}
                    () = stop.raised() => return,
                }
            }
            worker = self.worker().await;
        }
    }

    /// Who takes jobs until it is time to stop, with a job for each account.
    async fn worker(self: &Arc<Self>) -> Result<Worker, String> {
        let stop = self.options.stop.clone();
        let options = WorkerOptions::default()
            .database(self.database.clone())
            .schema(SCHEMA)
            .concurrency(self.accounts.len().max(1))
            .poll_interval(LOOK)
            .worker_recovery(recovery())
            .listen_os_shutdown_signals(false)
            .shutdown_signal(async move { stop.raised().await })
            .shutdown_grace_period(GRACE)
            .shutdown_interrupted_job_retry_delay(Duration::ZERO)
            .add_extension(Arc::clone(self))
            .define_job::<Shift>();
        let options = self
            .accounts
            .keys()
            .fold(options, |options, name| options.add_accepted_flag(name));
        let worker = options.init().await.map_err(|error| error.to_string())?;
        for name in self.accounts.keys() {
            let shift = Shift::new(name, Patience::default());
            self.put(shift, Duration::ZERO, JobKeyMode::UnsafeDedupe)
                .await?;
        }
        Ok(worker)
    }

    /// Puts an account's job where everybody finds it, in the place of the one that is there.
    async fn put(&self, shift: Shift, wait: Duration, mode: JobKeyMode) -> Result<(), String> {
        let spec = JobSpec::builder()
            .job_key(shift.account.clone())
            .job_key_mode(mode)
            // Who has the job has the queue, whatever other jobs the account may get meanwhile.
            .queue_name(shift.account.clone())
            .flags(vec![shift.account.clone()])
            .run_at(SystemTime::now() + wait)
            .max_attempts(i16::MAX)
            .build();
        let jobs = WorkerUtils::new(self.database.clone(), SCHEMA);
        let added = jobs.add_job(shift, spec).await;
        added.map(drop).map_err(|error| error.to_string())
    }

    /// Keeps an account in step for a while, and puts its job back.
    async fn work_on(&self, mut shift: Shift) -> Result<(), String> {
        let Some(account) = self.accounts.get(&shift.account) else {
            return Err("this worker does not know the account".to_owned());
        };
        let held = Held::take(&self.store, account.source(), &self.options).await;
        let Some(held) = held.map_err(|error| error.to_string())? else {
            return self.put(shift, TAKEN, JobKeyMode::Replace).await;
        };
        let ends = Instant::now() + SHIFT;
        let options = held.options(&self.options);
        let mut rounds = Rounds::new(&**account, &*self.store, shift.patience);
        let wait = loop {
            let wait = match rounds.next(&options).await {
                Ok(Some(wait)) => wait,
                Ok(None) => break Duration::ZERO,
                Err(failure) => {
                    let mut broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
                    broken.get_or_insert(failure);
                    self.stopper.stop();
                    break Duration::ZERO;
                }
            };
            if Instant::now() + wait > ends {
                break wait;
            }
            tokio::select! {
                () = sleep(wait) => {}
                () = options.stop.raised() => break Duration::ZERO,
            }
        };
        shift.patience = rounds.patience;
        held.release().await;
        self.put(shift, wait, JobKeyMode::Replace).await
    }
}

impl fmt::Debug for Crew {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.accounts.keys()).finish()
    }
}

/// How a worker that has died is found out.
fn recovery() -> graphile_worker::WorkerRecoveryConfig {
    graphile_worker::WorkerRecoveryConfig::default()
        .heartbeat_interval(SIGN_OF_LIFE)
        .sweep_interval(SIGN_OF_LIFE)
        .sweep_threshold(TERM)
        .recovery_delay(Duration::ZERO)
}

/// The job: an account, for a while.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Shift {
    account: String,
    patience: Patience,
}

impl Shift {
    fn new(account: &str, patience: Patience) -> Self {
        Self {
            account: account.to_owned(),
            patience,
        }
    }
}

impl TaskHandler for Shift {
    const IDENTIFIER: &'static str = "keep_in_step";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        match context.get_ext::<Arc<Crew>>() {
            Some(crew) => crew.work_on(self).await,
            None => Err("the worker has no accounts".to_owned()),
        }
    }
}
