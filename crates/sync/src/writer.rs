//! Writes what a round reads, page by page, in order.

use core_model::{Error, Source};
use store::{Batch, Counts, Lease, Outcome, RunId, Store};
use tokio::sync::{mpsc, oneshot};

use crate::failure::Halt;
use crate::{Event, Observer};

/// So many pages wait to be written while others are read.
const WAITING: usize = 1;

/// Something to do for the [`Writer`].
#[derive(Debug)]
enum Work {
    Write(Box<Piece>),
    /// Says when everything before has been written.
    Reach(oneshot::Sender<()>),
}

/// What was read at a time.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) batch: Batch,
    /// How many records the platform says that there are.
    pub(crate) total: Option<u64>,
    /// What could not be read.
    pub(crate) unreadable: Vec<Error>,
}

/// The end at which a round hands on what it has read.
#[derive(Debug)]
pub(crate) struct Pages(mpsc::Sender<Work>);

impl Pages {
    /// Hands a piece on. It is written some time later, and in order.
    pub(crate) async fn write(&self, piece: Piece) -> Result<(), Halt> {
        self.send(Work::Write(Box::new(piece))).await
    }

    /// Waits until everything is written.
    pub(crate) async fn written(&self) -> Result<(), Halt> {
        let (reached, done) = oneshot::channel();
        self.send(Work::Reach(reached)).await?;
        done.await.map_err(|_| Halt::Stopped)
    }

    /// The writer goes away only when something is wrong, and says so itself.
    async fn send(&self, work: Work) -> Result<(), Halt> {
        self.0.send(work).await.map_err(|_| Halt::Stopped)
    }
}

/// The other end.
pub(crate) struct Writer<'a> {
    store: &'a dyn Store,
    source: &'a Source,
    observer: &'a Observer,
    run: RunId,
    lease: Option<Lease>,
    work: mpsc::Receiver<Work>,
    counts: &'a mut Counts,
}

impl<'a> Writer<'a> {
    /// Both ends. What is written is added to `counts`.
    pub(crate) fn new(
        store: &'a dyn Store,
        source: &'a Source,
        observer: &'a Observer,
        run: RunId,
        lease: Option<Lease>,
        counts: &'a mut Counts,
    ) -> (Pages, Self) {
        let (sender, work) = mpsc::channel(WAITING);
        let writer = Self {
            store,
            source,
            observer,
            run,
            lease,
            work,
            counts,
        };
        (Pages(sender), writer)
    }

    /// Writes until nothing more comes.
    pub(crate) async fn run(mut self) -> Result<(), store::Error> {
        while let Some(work) = self.work.recv().await {
            match work {
                Work::Write(piece) => self.write(*piece).await?,
                // Whoever asked may be gone.
                Work::Reach(reached) => drop(reached.send(())),
            }
        }
        Ok(())
    }

    async fn write(&mut self, piece: Piece) -> Result<(), store::Error> {
        let Piece {
            mut batch,
            total,
            unreadable,
        } = piece;
        let failed = u64::try_from(unreadable.len()).unwrap_or(u64::MAX);
        batch.unreadable = failed;
        batch.run = Some(self.run);
        batch.lease.clone_from(&self.lease);
        let applied = self.store.apply(batch).await?;
        self.counts.pages += 1;
        self.counts.unreadable += failed;
        for (_, outcome) in &applied.records {
            match outcome {
                Outcome::New => self.counts.new += 1,
                Outcome::Changed(_) => self.counts.changed += 1,
                Outcome::Unchanged | Outcome::Pruned => self.counts.unchanged += 1,
            }
        }
        for error in &unreadable {
            (self.observer)(self.source, Event::Unreadable(error));
        }
        let counts = *self.counts;
        (self.observer)(self.source, Event::Page { counts, total });
        Ok(())
    }
}
