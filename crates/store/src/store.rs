//! The trait that every copy implements.

use std::collections::BTreeMap;
use std::fmt::Debug;

use async_trait::async_trait;
use core_model::{AfterSale, Source};
use futures_util::stream::{BoxStream, StreamExt, TryStreamExt};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::{
    Applied, Batch, Entry, Filter, Known, Lease, Listing, Mark, OpenCase, Result, Run, RunEnd,
    RunId, Sort, Stats, StatsFilter,
};

/// The local copy of after-sales.
///
/// Object safe: share an `Arc<dyn Store>` between all tasks. The key of a case is platform, account and id; where a
/// method takes a [`Source`], its side is ignored. Readers do not wait for writers, nor writers for readers.
///
/// # Errors
/// Every method fails with whatever the database says, by [kind](crate::ErrorKind); nothing is then written.
#[async_trait]
pub trait Store: Debug + Send + Sync {
    /// Every account of which there is something in the copy, by platform and label.
    async fn accounts(&self) -> Result<Vec<Source>>;

    /// Notes that a run over an account begins.
    async fn begin_run(&self, source: &Source, at: Timestamp) -> Result<RunId>;

    /// Notes how a run ended. Its counts were added batch by batch.
    async fn finish_run(&self, run: RunId, end: RunEnd) -> Result<()>;

    /// The latest runs, the latest first; of one account, or of all.
    async fn runs(&self, source: Option<&Source>, limit: u32) -> Result<Vec<Run>>;

    /// Takes an account until `until`, if nobody has it at `now`, or `holder` has it. `None` where somebody else has it.
    ///
    /// A holder that takes what it has gets the same epoch and the new end: that is how a lease is prolonged.
    async fn lease(
        &self,
        source: &Source,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Lease>>;

    /// Gives an account back. Without effect when it has been taken over meanwhile.
    async fn release(&self, lease: &Lease) -> Result<()>;

    /// How far an account has been read: texts that only their writer understands, by the names that it gave them.
    async fn positions(&self, source: &Source) -> Result<BTreeMap<String, String>>;

    /// Writes a batch in one transaction: records, history, positions and the counts of the run.
    ///
    /// Batches of one account are to be written one after the other.
    ///
    /// # Errors
    /// [`LeaseLost`](crate::ErrorKind::LeaseLost) when the batch's lease is not the account's any more,
    /// [`Config`](crate::ErrorKind::Config) for a record of another account. Nothing is then written.
    async fn apply(&self, batch: Batch) -> Result<Applied>;

    /// What is known of these cases of an account, in the order given.
    async fn known(&self, source: &Source, ids: &[String]) -> Result<Vec<Option<Known>>>;

    /// Open cases of an account that have not been read since `read_before`, the longest unread first.
    ///
    /// To read all of them again: ask with the time at which that began and without a mark, look the cases up, apply
    /// what came as [`LookedUp`](crate::Reading::LookedUp), and ask again, until none is left. That needs no position,
    /// and goes on where it was after a crash. To choose among them without reading, go on after the mark.
    async fn open_cases(
        &self,
        source: &Source,
        read_before: Timestamp,
        after: Option<&Mark>,
        limit: u32,
    ) -> Result<(Vec<OpenCase>, Option<Mark>)>;

    /// One case with its raw record, equal to what was written.
    async fn case(&self, source: &Source, id: &str) -> Result<Option<AfterSale>>;

    /// Some cases, from a mark on. [`StoreExt::cases`] reads all.
    async fn list(
        &self,
        filter: &Filter,
        sort: Sort,
        after: Option<&Mark>,
        limit: u32,
    ) -> Result<Listing>;

    /// How many cases a filter keeps. Of [`Sort::Queue`] the open ones are counted in which our side has to act.
    async fn count(&self, filter: &Filter, sort: Sort) -> Result<u64>;

    /// What a case has been like, the oldest entry first; empty for a case that is not known.
    async fn history(&self, source: &Source, id: &str) -> Result<Vec<Entry>>;

    /// Counts and sums. `today` is what ages are reckoned from, UTC.
    async fn stats(&self, filter: &StatsFilter, today: Date) -> Result<Stats>;

    /// Removes cases that ended before an instant, history included, and the runs that did. What is removed stays away
    /// if it is listed again. Returns how many cases were removed.
    async fn prune(&self, older_than: Timestamp) -> Result<u64>;

    /// How many cases [`prune`](Self::prune) would remove.
    async fn count_ended(&self, before: Timestamp) -> Result<u64>;

    /// Erases who a buyer is: name, id, phone, e-mail, what the buyer wrote and photographed, and the raw record, from
    /// every case opened until `at` whose buyer has this id, phone or e-mail. What is erased stays away if it is read
    /// again. Returns how many cases were concerned.
    async fn forget(&self, buyer: &str, at: Timestamp) -> Result<u64>;

    /// How many cases [`forget`](Self::forget) would be about.
    async fn count_of_buyer(&self, buyer: &str, at: Timestamp) -> Result<u64>;

    /// Erases the same from one case, whoever its buyer is: what is erased stays away if the case is read again, and other
    /// cases of the buyer stay as they are. Returns whether the case is known.
    async fn forget_case(&self, source: &Source, id: &str) -> Result<bool>;
}

/// Streams over a [`Store`].
pub trait StoreExt: Store {
    /// All cases that a filter keeps, read some at a time.
    fn cases(&self, filter: Filter, sort: Sort) -> BoxStream<'_, Result<AfterSale>>;
}

/// So many cases are read at a time.
const CHUNK: u32 = 250;

impl<S: Store + ?Sized> StoreExt for S {
    fn cases(&self, filter: Filter, sort: Sort) -> BoxStream<'_, Result<AfterSale>> {
        let chunks = futures_util::stream::try_unfold(
            (filter, Some(None::<Mark>)),
            move |(filter, at)| async move {
                let Some(after) = at else { return Ok(None) };
                let listing = self.list(&filter, sort, after.as_ref(), CHUNK).await?;
                let cases = futures_util::stream::iter(listing.cases.into_iter().map(Ok));
                Ok(Some((cases, (filter, listing.next.map(Some)))))
            },
        );
        chunks.try_flatten().boxed()
    }
}
