//! One round over one account.

use std::time::Instant;

use core_model::{AfterSale, AfterSales, AfterSalesExt, Lookup, Page, Query, Result};
use futures_util::future::try_join;
use jiff::Timestamp;
use store::{Batch, Counts, Reading, RunEnd, Store};

use crate::failure::Halt;
use crate::position::{self, LISTING, Position};
use crate::writer::{Pages, Piece, Writer};
use crate::{Ending, Options, Report, Strategy};

/// Brings the copy of one account up to date, and says what has been done.
///
/// Each page is written in one transaction together with the position that covers it, while the next one is read. Who
/// kills the program loses what has arrived and was not written; the next round reads that again.
pub async fn run_once(platform: &dyn AfterSales, store: &dyn Store, options: &Options) -> Report {
    let started = Instant::now();
    let mut counts = Counts::default();
    let mut out_of_reach = 0;
    let ended = logged(platform, store, options, &mut counts, &mut out_of_reach).await;
    let ending = match ended {
        Ok(()) => Ending::Complete,
        Err(Halt::Stopped) => Ending::Interrupted,
        Err(Halt::Failed(failure)) => Ending::Failed(failure),
    };
    Report {
        counts,
        out_of_reach,
        took: started.elapsed(),
        ending,
    }
}

/// A round that is in the run log.
async fn logged(
    platform: &dyn AfterSales,
    store: &dyn Store,
    options: &Options,
    counts: &mut Counts,
    out_of_reach: &mut u64,
) -> Result<(), Halt> {
    let began = options.now();
    let source = platform.source();
    let run = store.begin_run(source, began).await?;
    let lease = options.lease.clone();
    let (pages, writer) = Writer::new(store, source, &options.observer, run, lease, counts);
    let round = Round {
        platform,
        store,
        options,
        strategy: Strategy::of(&platform.capabilities()),
        began,
        pages,
    };
    // When writing fails, reading is of no use; when reading fails, what was read is still written.
    let read = async { Ok(round.read(out_of_reach).await) };
    let ended = match try_join(read, writer.run()).await {
        Ok((read, ())) => read,
        Err(error) => Err(Halt::from(error)),
    };
    let (ending, error) = match &ended {
        Ok(()) => (store::Ending::Complete, None),
        Err(Halt::Stopped) => (store::Ending::Interrupted, None),
        Err(Halt::Failed(failure)) => (store::Ending::Failed, Some(failure.to_string())),
    };
    let at = options.now();
    let end = RunEnd { at, ending, error };
    let noted = store.finish_run(run, end).await;
    // Where the copy is the problem, it is a problem here as well, and the first error says more.
    ended.and_then(|()| noted.map_err(Halt::from))
}

/// A round under way.
pub(crate) struct Round<'a> {
    pub(crate) platform: &'a dyn AfterSales,
    pub(crate) store: &'a dyn Store,
    pub(crate) options: &'a Options,
    pub(crate) strategy: Strategy,
    pub(crate) began: Timestamp,
    pub(crate) pages: Pages,
}

impl Round<'_> {
    async fn read(self, out_of_reach: &mut u64) -> Result<(), Halt> {
        let positions = self.store.positions(self.platform.source()).await?;
        let position = position::read(positions.get(LISTING)).unwrap_or_default();
        self.list(position).await?;
        self.given_orders(&positions).await?;
        // What was just read is not open to question.
        self.pages.written().await?;
        self.reread_open_cases(out_of_reach).await
    }

    /// What a question to the platform is answered. When it is time to stop, nothing new is asked, and what was asked
    /// has little time left.
    pub(crate) async fn answer<T>(&self, question: impl Future<Output = T>) -> Result<T, Halt> {
        let stop = &self.options.stop;
        if stop.is_raised() {
            return Err(Halt::Stopped);
        }
        tokio::select! {
            biased;
            answer = question => Ok(answer),
            () = stop.overdue() => Err(Halt::Stopped),
        }
    }

    /// A query for a listing.
    pub(crate) fn query(&self) -> Query {
        let query = Query::new().only_ids();
        match self.options.page_size {
            Some(cases) => query.with_page_size(cases),
            None => query,
        }
    }

    /// Writes a page, with the position that covers it.
    pub(crate) async fn write_page(
        &self,
        page: Page,
        reading: Reading,
        read_since: Timestamp,
        position: Option<&Position>,
    ) -> Result<(), Halt> {
        let total = page.total;
        let mut piece = self.piece(page.records, reading);
        piece.total = total;
        if !page.unread.is_empty() {
            piece.batch.reading = Reading::LookedUp;
            self.look_up_ids(page.unread, read_since, &mut piece)
                .await?;
        }
        if let Some(position) = position {
            let position = position::written(position)?;
            piece.batch = piece.batch.with_position(LISTING, position);
        }
        self.pages.write(piece).await
    }

    /// What was read, without a position.
    pub(crate) fn piece(&self, records: Vec<Result<AfterSale>>, reading: Reading) -> Piece {
        let mut unreadable = Vec::new();
        let records = records.into_iter().filter_map(|record| match record {
            Ok(case) => Some(case),
            Err(error) => {
                unreadable.push(self.of_account(error));
                None
            }
        });
        let source = self.platform.source();
        let batch = Batch::new(source, self.options.now(), reading).with_records(records.collect());
        Piece {
            batch,
            total: None,
            unreadable,
        }
    }

    /// Looks up what a list names, except for what has ended and what was read after the listing began.
    async fn look_up_ids(
        &self,
        ids: Vec<String>,
        read_since: Timestamp,
        piece: &mut Piece,
    ) -> Result<(), Halt> {
        let known = self.store.known(self.platform.source(), &ids).await?;
        let wanted = ids.into_iter().zip(known).filter(|(_, known)| {
            let known = known.as_ref();
            known.is_none_or(|known| !known.is_final && known.read_at < read_since)
        });
        let (ids, known): (Vec<_>, Vec<_>) = wanted.unzip();
        let lookups = ids.iter().map(Lookup::after_sale).collect();
        let answers = self.answer(self.platform.find_each(lookups)).await??;
        for ((id, known), answer) in ids.into_iter().zip(known).zip(answers) {
            match answer {
                Ok(cases) if !cases.is_empty() => piece.batch.records.extend(cases),
                Err(error) if !error.says_that_there_is_none() => {
                    piece.unreadable.push(self.of_account(error));
                }
                _ if known.is_some() => piece.batch.absent.push(id),
                _ => {
                    let message = format!("the case {id} is listed, but not there");
                    let error = core_model::Error::new(core_model::ErrorKind::Decode, message);
                    piece.unreadable.push(self.of_account(error));
                }
            }
        }
        Ok(())
    }

    pub(crate) fn of_account(&self, error: core_model::Error) -> core_model::Error {
        match error.account() {
            Some(_) => error,
            None => error.with_source(self.platform.source()),
        }
    }
}
