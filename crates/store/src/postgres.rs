//! The copy in a PostgreSQL database.

mod connection;
mod erase;
mod log;
mod read;
mod write;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use core_model::{AfterSale, Source};
use deadpool_postgres::{Object, Pool};
use jiff::Timestamp;
use jiff::civil::Date;
use secrecy::SecretString;

use self::connection::Failure;
use crate::codec::Packer;
use crate::dictionary::Dictionaries;
use crate::{
    Applied, Batch, Entry, Filter, Known, Lease, Listing, Mark, OpenCase, Result, Run, RunEnd,
    RunId, Sort, Stats, StatsFilter, Store,
};

/// The copy in a PostgreSQL database, version 13 or later, which many machines can share.
///
/// Batches of different accounts are written at the same time, those of one account one after the other.
pub struct Postgres {
    pool: Pool,
    /// Host and database, for messages.
    place: String,
    dictionaries: Mutex<Dictionaries>,
    packer: Mutex<Packer>,
}

impl Postgres {
    /// Connects to a database of its own, `postgres://user:password@host/database`, and brings its tables up to date with
    /// this version of the program. The address may say more, as `libpq` documents it. A connection to another machine is
    /// encrypted and the server's certificate checked, unless the address says `sslmode=disable`.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for an address that is none, [`Newer`](crate::ErrorKind::Newer) when a newer
    /// version has written the tables, [`Unavailable`](crate::ErrorKind::Unavailable) when there is no connection.
    pub async fn connect(url: &SecretString) -> Result<Self> {
        let (pool, place) = connection::pool(url)?;
        let postgres = Self {
            pool,
            place,
            dictionaries: Mutex::default(),
            packer: Mutex::default(),
        };
        let migrated = async { connection::migrate(&mut postgres.client().await?).await };
        migrated.await.map_err(|failure| postgres.failed(failure))?;
        Ok(postgres)
    }

    /// The connections, for whoever keeps something else in the same database.
    pub fn connections(&self) -> Pool {
        self.pool.clone()
    }

    async fn client(&self) -> Result<Object, Failure> {
        Ok(self.pool.get().await?)
    }

    /// Says of which copy an error is.
    fn failed(&self, failure: Failure) -> crate::Error {
        failure.at(&self.place)
    }

    fn dictionaries(&self) -> MutexGuard<'_, Dictionaries> {
        self.dictionaries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Store for Postgres {
    async fn accounts(&self) -> Result<Vec<Source>> {
        let accounts = self.read_accounts().await;
        accounts.map_err(|failure| self.failed(failure))
    }

    async fn begin_run(&self, source: &Source, at: Timestamp) -> Result<RunId> {
        let run = self.write_run(source, at).await;
        run.map_err(|failure| self.failed(failure))
    }

    async fn finish_run(&self, run: RunId, end: RunEnd) -> Result<()> {
        let finished = self.write_end(run, &end).await;
        finished.map_err(|failure| self.failed(failure))
    }

    async fn runs(&self, source: Option<&Source>, limit: u32) -> Result<Vec<Run>> {
        let runs = self.read_runs(source, limit).await;
        runs.map_err(|failure| self.failed(failure))
    }

    async fn lease(
        &self,
        source: &Source,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Lease>> {
        let lease = self.write_lease(source, holder, now, until).await;
        lease.map_err(|failure| self.failed(failure))
    }

    async fn release(&self, lease: &Lease) -> Result<()> {
        let released = self.write_release(lease).await;
        released.map_err(|failure| self.failed(failure))
    }

    async fn positions(&self, source: &Source) -> Result<BTreeMap<String, String>> {
        let positions = self.read_positions(source).await;
        positions.map_err(|failure| self.failed(failure))
    }

    async fn apply(&self, batch: Batch) -> Result<Applied> {
        let applied = self.write_batch(batch).await;
        applied.map_err(|failure| self.failed(failure))
    }

    async fn known(&self, source: &Source, ids: &[String]) -> Result<Vec<Option<Known>>> {
        let known = self.read_known(source, ids).await;
        known.map_err(|failure| self.failed(failure))
    }

    async fn open_cases(
        &self,
        source: &Source,
        read_before: Timestamp,
        after: Option<&Mark>,
        limit: u32,
    ) -> Result<(Vec<OpenCase>, Option<Mark>)> {
        let cases = self.read_open(source, read_before, after, limit).await;
        cases.map_err(|failure| self.failed(failure))
    }

    async fn case(&self, source: &Source, id: &str) -> Result<Option<AfterSale>> {
        let case = self.read_case(source, id).await;
        case.map_err(|failure| self.failed(failure))
    }

    async fn list(
        &self,
        filter: &Filter,
        sort: Sort,
        after: Option<&Mark>,
        limit: u32,
    ) -> Result<Listing> {
        let listing = self.read_listing(filter, sort, after, limit).await;
        listing.map_err(|failure| self.failed(failure))
    }

    async fn count(&self, filter: &Filter, sort: Sort) -> Result<u64> {
        let count = self.count_cases(filter, sort).await;
        count.map_err(|failure| self.failed(failure))
    }

    async fn history(&self, source: &Source, id: &str) -> Result<Vec<Entry>> {
        let history = self.read_history(source, id).await;
        history.map_err(|failure| self.failed(failure))
    }

    async fn stats(&self, filter: &StatsFilter, today: Date) -> Result<Stats> {
        let stats = self.read_stats(filter, today).await;
        stats.map_err(|failure| self.failed(failure))
    }

    async fn prune(&self, older_than: Timestamp) -> Result<u64> {
        let pruned = self.remove_ended(older_than).await;
        pruned.map_err(|failure| self.failed(failure))
    }

    async fn count_ended(&self, before: Timestamp) -> Result<u64> {
        let count = self.count_ended_cases(before).await;
        count.map_err(|failure| self.failed(failure))
    }

    async fn forget(&self, buyer: &str, at: Timestamp) -> Result<u64> {
        let forgotten = self.remove_buyer(buyer, at).await;
        forgotten.map_err(|failure| self.failed(failure))
    }

    async fn count_of_buyer(&self, buyer: &str, at: Timestamp) -> Result<u64> {
        let count = self.count_cases_of_buyer(buyer, at).await;
        count.map_err(|failure| self.failed(failure))
    }

    async fn forget_case(&self, source: &Source, id: &str) -> Result<bool> {
        let is_known = self.remove_buyer_of(source, id).await;
        is_known.map_err(|failure| self.failed(failure))
    }
}
