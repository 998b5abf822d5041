//! The copy in one SQLite file.

mod connection;
mod erase;
mod log;
mod read;
mod write;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use async_trait::async_trait;
use core_model::{AfterSale, Source};
use jiff::Timestamp;
use jiff::civil::Date;
use tokio::sync::{Semaphore, mpsc, oneshot};

use self::connection::Failure;
use self::read::Reader;
use self::write::Writer;
use crate::{
    Applied, Batch, Entry, Error, ErrorKind, Filter, Known, Lease, Listing, Mark, OpenCase, Result,
    Run, RunEnd, RunId, Sort, Stats, StatsFilter, Store,
};

/// So many jobs wait for the writer before whoever has another one waits.
const QUEUE: usize = 8;

/// So many read at the same time.
const READERS: usize = 4;

/// The copy in one SQLite file, which is created where there is none.
///
/// One thread writes; a few connections read meanwhile. Other processes may have the same file open, on this machine.
/// Dropping it waits until the writer has finished what it is at.
pub struct Sqlite {
    path: Arc<Path>,
    // Taken by `drop`, which makes the writer stop.
    jobs: Option<mpsc::Sender<Job>>,
    writer: Option<JoinHandle<()>>,
    readers: Arc<Readers>,
}

type Job = Box<dyn FnOnce(&mut Writer) + Send>;

impl Sqlite {
    /// Opens a copy, and brings it up to date with this version of the program.
    ///
    /// # Errors
    /// [`Newer`](ErrorKind::Newer) when a newer version has written it, [`Corrupt`](ErrorKind::Corrupt) when it cannot be
    /// read, [`Config`](ErrorKind::Config) when it is the database of another program,
    /// [`ReadOnly`](ErrorKind::ReadOnly), [`Unavailable`](ErrorKind::Unavailable) when it cannot be opened.
    pub async fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let path: Arc<Path> = Arc::from(path.into());
        let opened = Arc::clone(&path);
        let connection = blocking(move || connection::writer(&opened)).await?;
        Self::over(path, Writer::new(connection))
    }

    fn over(path: Arc<Path>, mut writer: Writer) -> Result<Self> {
        let (jobs, mut queue) = mpsc::channel::<Job>(QUEUE);
        let thread = thread::Builder::new()
            .name("aftersales-store".to_owned())
            .spawn(move || {
                while let Some(job) = queue.blocking_recv() {
                    job(&mut writer);
                }
            });
        let writer = thread.map_err(|error| {
            Error::new(ErrorKind::Unavailable, "no thread to write with").with_cause(error)
        })?;
        Ok(Self {
            readers: Arc::new(Readers {
                path: Arc::clone(&path),
                idle: Mutex::default(),
                permits: Arc::new(Semaphore::new(READERS)),
            }),
            path,
            jobs: Some(jobs),
            writer: Some(writer),
        })
    }

    /// Runs a job on the writer's thread. It is finished even if nobody waits for it any more.
    async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Writer) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |writer| {
            // Nobody may be waiting any more.
            let _ = answer.send(job(writer));
        });
        let stopped = || Error::new(ErrorKind::Unavailable, "the writer has stopped");
        let jobs = self.jobs.as_ref().ok_or_else(stopped)?;
        jobs.send(job).await.map_err(|_| stopped())?;
        let result = answered.await.map_err(|_| stopped())?;
        result.map_err(|failure| failure.at(&self.path))
    }

    /// Runs a job on a connection that only reads, and sees the copy as it is when the job begins.
    async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Reader) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T> {
        let readers = Arc::clone(&self.readers);
        let permit = Arc::clone(&readers.permits).acquire_owned().await;
        let permit = permit.map_err(|error| {
            Error::new(ErrorKind::Unavailable, "the readers have stopped").with_cause(error)
        })?;
        blocking(move || {
            let mut reader = readers.take()?;
            let result = reader.run(job).map_err(|failure| failure.at(&readers.path));
            readers.give_back(reader);
            drop(permit);
            result
        })
        .await
    }
}

/// Runs what blocks on a thread that may be blocked.
async fn blocking<T: Send + 'static>(
    job: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let result = tokio::task::spawn_blocking(job).await;
    result.unwrap_or_else(|error| {
        Err(Error::new(ErrorKind::Unavailable, "a job was broken off").with_cause(error))
    })
}

/// Connections that only read, opened as they are needed.
struct Readers {
    path: Arc<Path>,
    idle: Mutex<Vec<Reader>>,
    permits: Arc<Semaphore>,
}

impl Readers {
    fn take(&self) -> Result<Reader> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        idle.map_or_else(|| connection::reader(&self.path).map(Reader::new), Ok)
    }

    fn give_back(&self, reader: Reader) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(reader);
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sqlite")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(writer) = self.writer.take() {
            // A writer that panicked has said so.
            let _ = writer.join();
        }
    }
}

#[async_trait]
impl Store for Sqlite {
    async fn accounts(&self) -> Result<Vec<Source>> {
        self.read(Reader::accounts).await
    }

    async fn begin_run(&self, source: &Source, at: Timestamp) -> Result<RunId> {
        let source = source.clone();
        self.write(move |writer| writer.begin_run(&source, at))
            .await
    }

    async fn finish_run(&self, run: RunId, end: RunEnd) -> Result<()> {
        self.write(move |writer| writer.finish_run(run, &end)).await
    }

    async fn runs(&self, source: Option<&Source>, limit: u32) -> Result<Vec<Run>> {
        let source = source.cloned();
        self.read(move |reader| reader.runs(source.as_ref(), limit))
            .await
    }

    async fn lease(
        &self,
        source: &Source,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Lease>> {
        let (source, holder) = (source.clone(), holder.to_owned());
        self.write(move |writer| writer.lease(&source, &holder, now, until))
            .await
    }

    async fn release(&self, lease: &Lease) -> Result<()> {
        let lease = lease.clone();
        self.write(move |writer| writer.release(&lease)).await
    }

    async fn positions(&self, source: &Source) -> Result<BTreeMap<String, String>> {
        let source = source.clone();
        self.read(move |reader| reader.positions(&source)).await
    }

    async fn apply(&self, batch: Batch) -> Result<Applied> {
        self.write(move |writer| writer.apply(batch)).await
    }

    async fn known(&self, source: &Source, ids: &[String]) -> Result<Vec<Option<Known>>> {
        let (source, ids) = (source.clone(), ids.to_vec());
        self.read(move |reader| reader.known(&source, &ids)).await
    }

    async fn open_cases(
        &self,
        source: &Source,
        read_before: Timestamp,
        after: Option<&Mark>,
        limit: u32,
    ) -> Result<(Vec<OpenCase>, Option<Mark>)> {
        let (source, after) = (source.clone(), after.cloned());
        self.read(move |reader| reader.open_cases(&source, read_before, after.as_ref(), limit))
            .await
    }

    async fn case(&self, source: &Source, id: &str) -> Result<Option<AfterSale>> {
        let (source, id) = (source.clone(), id.to_owned());
        self.read(move |reader| reader.case(&source, &id)).await
    }

    async fn list(
        &self,
        filter: &Filter,
        sort: Sort,
        after: Option<&Mark>,
        limit: u32,
    ) -> Result<Listing> {
        let (filter, after) = (filter.clone(), after.cloned());
        self.read(move |reader| reader.list(&filter, sort, after.as_ref(), limit))
            .await
    }

    async fn count(&self, filter: &Filter, sort: Sort) -> Result<u64> {
        let filter = filter.clone();
        self.read(move |reader| reader.count(&filter, sort)).await
    }

    async fn history(&self, source: &Source, id: &str) -> Result<Vec<Entry>> {
        let (source, id) = (source.clone(), id.to_owned());
        self.read(move |reader| reader.history(&source, &id)).await
    }

    async fn stats(&self, filter: &StatsFilter, today: Date) -> Result<Stats> {
        let filter = filter.clone();
        self.read(move |reader| reader.stats(&filter, today)).await
    }

    async fn prune(&self, older_than: Timestamp) -> Result<u64> {
        self.write(move |writer| writer.retain_since(older_than))
            .await?;
        let mut pruned = 0;
        let mut after = Some(i64::MIN);
        // Some at a time, so that others write in between.
        while let Some(at) = after {
            let (some, next) = self
                .write(move |writer| writer.prune(older_than, at))
                .await?;
            pruned += some;
            after = next;
        }
        self.write(Writer::compact).await?;
        Ok(pruned)
    }

    async fn count_ended(&self, before: Timestamp) -> Result<u64> {
        self.read(move |reader| reader.count_ended(before)).await
    }

    async fn forget(&self, buyer: &str, at: Timestamp) -> Result<u64> {
        let buyer = buyer.to_owned();
        let forgotten = self.write(move |writer| writer.forget(&buyer, at)).await?;
        self.write(Writer::compact).await?;
        Ok(forgotten)
    }

    async fn count_of_buyer(&self, buyer: &str, at: Timestamp) -> Result<u64> {
        let buyer = buyer.to_owned();
        self.read(move |reader| reader.count_of_buyer(&buyer, at))
            .await
    }

    async fn forget_case(&self, source: &Source, id: &str) -> Result<bool> {
        let (source, id) = (source.clone(), id.to_owned());
        let is_known = self
            .write(move |writer| writer.forget_case(&source, &id))
            .await?;
        self.write(Writer::compact).await?;
        Ok(is_known)
    }
}

#[cfg(test)]
mod tests {
    use core_model::{Awaits, NativeStatus, Platform, Progress, Side, Status};

    use super::*;
    use crate::Reading;

    fn page(number: i64) -> Batch {
        let source = Source::new(Platform::new("example"), "shop", Side::Seller);
        let progress = Progress::new(Status::Requested, Awaits::Seller);
        let cases = (0..50).map(|n| {
            let id = format!("{number} {n}");
            AfterSale::new(&source, id, NativeStatus::default(), progress)
        });
        Batch::new(&source, Timestamp::UNIX_EPOCH, Reading::Listed)
            .with_records(cases.collect())
            .with_position("list", number.to_string())
    }

    async fn limit_to(store: &Sqlite, pages: u32) {
        let limit = store.write(move |writer| {
            let connection = &writer.connection;
            connection.pragma_update(None, "max_page_count", pages)?;
            Ok(())
        });
        limit.await.unwrap();
    }

    #[tokio::test]
    async fn a_full_disk_loses_nothing_that_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::open(folder.path().join("aftersales.db"))
            .await
            .unwrap();
        let source = page(0).source;
        limit_to(&store, 40).await;
        let mut number = 0;
        let error = loop {
            match store.apply(page(number)).await {
                Ok(_) => number += 1,
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), ErrorKind::Full, "{error}");
        assert!(number > 0);
        let written = async |number: i64| {
            let last = store.case(&source, &format!("{number} 49")).await.unwrap();
            let positions = store.positions(&source).await.unwrap();
            (last.is_some(), positions["list"].clone())
        };
        assert_eq!(written(number).await, (false, (number - 1).to_string()));
        assert_eq!(written(number - 1).await, (true, (number - 1).to_string()));
        // As soon as there is room it goes on.
        limit_to(&store, 4000).await;
        store.apply(page(number)).await.unwrap();
        assert_eq!(written(number).await, (true, number.to_string()));
    }

    #[tokio::test]
    async fn a_copy_that_may_not_be_written_can_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::open(folder.path().join("aftersales.db"))
            .await
            .unwrap();
        store.apply(page(0)).await.unwrap();
        let query_only = store.write(|writer| {
            writer.connection.pragma_update(None, "query_only", true)?;
            Ok(())
        });
        query_only.await.unwrap();
        let error = store.apply(page(1)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ReadOnly, "{error}");
        let source = page(0).source;
        assert!(store.case(&source, "0 0").await.unwrap().is_some());
        assert_eq!(store.positions(&source).await.unwrap()["list"], "0");
    }
}
