//! Open cases that nothing can be asked for but a list: the stretches of time in which they were opened are listed again.

use std::collections::{BTreeSet, HashMap};

use core_model::{AfterSalesExt, Lookup, Page, Query};
use futures_util::StreamExt;
use jiff::{SignedDuration, Timestamp};
use store::Reading;

use crate::Reread;
use crate::failure::Halt;
use crate::lookups::LookUps;
use crate::round::Round;

/// So many pages more than necessary are fetched rather than one after the other, because numbered pages are requested
/// ahead.
const WORTH_READING_AHEAD: u64 = 2;

/// Long enough for an end that does not belong to a range to have a case behind it that states whole seconds.
const SECOND: SignedDuration = SignedDuration::from_secs(1);

impl Round<'_> {
    /// Lists the stretches of time again in which these cases were opened. What is in no list is to be looked up, or else
    /// counts as absent.
    pub(crate) async fn relist(
        &self,
        mut wanted: Wanted,
        look_ups: &mut LookUps,
    ) -> Result<(), Halt> {
        let Some((oldest, newest)) = wanted.ends() else {
            return Ok(());
        };
        let query = self.opened_between(oldest, newest);
        let first = self.answer(self.platform.page(&query, None)).await??;
        let next = first.next.clone();
        let spans = first
            .total
            .map_or(u64::MAX, |total| pages_of(&first, total));
        let scattered = wanted.pages_of(span_of_page(oldest, newest, spans));
        self.relisted(first, &mut wanted).await?;
        if next.is_some() && spans <= scattered.saturating_mul(WORTH_READING_AHEAD) {
            let mut pages = self.platform.pages_from(query, next);
            while let Some(page) = self.answer(pages.next()).await? {
                self.relisted(page?, &mut wanted).await?;
            }
        }
        self.relist_scattered(wanted, look_ups).await
    }

    /// Asks for one page after the other that begins with a case, or for the case alone where the platform lists the
    /// oldest first.
    async fn relist_scattered(
        &self,
        mut wanted: Wanted,
        look_ups: &mut LookUps,
    ) -> Result<(), Halt> {
        let mut absent = Vec::new();
        while let Some((oldest, newest)) = wanted.ends() {
            let query = self.opened_between(oldest, newest);
            let page = self.answer(self.platform.page(&query, None)).await??;
            self.relisted(page, &mut wanted).await?;
            if wanted.ends().is_none_or(|(_, last)| last < newest) {
                continue;
            }
            let mut pages = self.platform.pages(self.opened_between(newest, newest));
            while let Some(page) = self.answer(pages.next()).await? {
                self.relisted(page?, &mut wanted).await?;
            }
            for (id, lookup) in wanted.drop_at(newest) {
                match lookup {
                    Some(lookup) => look_ups.add(lookup, id),
                    None => absent.push(id),
                }
            }
        }
        if absent.is_empty() {
            return Ok(());
        }
        let mut piece = self.piece(Vec::new(), Reading::LookedUp);
        piece.batch.absent = absent;
        self.pages.write(piece).await
    }

    /// Writes a page that was listed again.
    async fn relisted(&self, page: Page, wanted: &mut Wanted) -> Result<(), Halt> {
        for case in page.records.iter().flatten() {
            wanted.found(&case.id);
        }
        let reading = match self.options.reread {
            // The next round reads all of them again, whenever they were read.
            Reread::All => Reading::Listed,
            Reread::Due => Reading::LookedUp,
        };
        self.write_page(page, reading, self.began, None).await
    }

    fn opened_between(&self, oldest: Timestamp, newest: Timestamp) -> Query {
        let query = self.query().with_created_since(oldest);
        match newest.checked_add(SECOND) {
            Ok(until) => query.with_created_until(until),
            Err(_) => query,
        }
    }
}

/// Cases that are to be found, by the time when they were opened.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    by_time: BTreeSet<(Timestamp, String)>,
    cases: HashMap<String, (Timestamp, Option<Lookup>)>,
}

impl Wanted {
    /// Adds a case, with what finds it if no list does.
    pub(crate) fn add(&mut self, id: String, created: Timestamp, lookup: Option<Lookup>) {
        self.by_time.insert((created, id.clone()));
        self.cases.insert(id, (created, lookup));
    }

    fn found(&mut self, id: &str) {
        if let Some((id, (created, _))) = self.cases.remove_entry(id) {
            self.by_time.remove(&(created, id));
        }
    }

    /// When the oldest and the newest were opened.
    fn ends(&self) -> Option<(Timestamp, Timestamp)> {
        let (oldest, _) = self.by_time.first()?;
        let (newest, _) = self.by_time.last()?;
        Some((*oldest, *newest))
    }

    /// Takes those out that were opened at this time, the newest.
    fn drop_at(&mut self, created: Timestamp) -> Vec<(String, Option<Lookup>)> {
        let mut dropped = Vec::new();
        while let Some((at, _)) = self.by_time.last()
            && *at == created
            && let Some((_, id)) = self.by_time.pop_last()
        {
            let lookup = self.cases.remove(&id).and_then(|(_, lookup)| lookup);
            dropped.push((id, lookup));
        }
        dropped
    }

    /// How many pages it takes to have all of them, if a page spans so much time and begins with a case.
    fn pages_of(&self, span: SignedDuration) -> u64 {
        let mut pages = 0;
        let mut reaches: Option<Timestamp> = None;
        for (created, _) in self.by_time.iter().rev() {
            if reaches.is_none_or(|reaches| *created < reaches) {
                pages += 1;
                reaches = created.checked_sub(span).ok();
            }
        }
        pages
    }
}

/// How many pages there are, if all are like the first one.
fn pages_of(first: &Page, total: u64) -> u64 {
    let rows = u64::try_from(first.records.len()).unwrap_or(u64::MAX);
    total.div_ceil(rows.max(1))
}

/// How much time a page spans, if cases are opened evenly.
fn span_of_page(oldest: Timestamp, newest: Timestamp, pages: u64) -> SignedDuration {
    let pages = i32::try_from(pages).unwrap_or(i32::MAX).max(1);
    newest.duration_since(oldest) / pages
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn wanted(times: &[i64]) -> Wanted {
        let mut wanted = Wanted::default();
        for (number, &time) in times.iter().enumerate() {
            wanted.add(number.to_string(), at(time), None);
        }
        wanted
    }

    #[test]
    fn what_is_found_is_wanted_no_more() {
        let mut wanted = wanted(&[5, 9, 9, 7]);
        assert_eq!(wanted.ends(), Some((at(5), at(9))));
        wanted.found("0");
        wanted.found("unknown");
        assert_eq!(wanted.ends(), Some((at(7), at(9))));
        let dropped = wanted.drop_at(at(9)).into_iter().map(|(id, _)| id);
        assert!(dropped.eq(["2", "1"]));
        assert_eq!(wanted.ends(), Some((at(7), at(7))));
        wanted.found("3");
        assert_eq!(wanted.ends(), None);
    }

    #[test]
    fn pages_are_counted_from_the_newest_case_on() {
        for (times, span, pages) in [
            (&[][..], 10, 0),
            (&[1], 10, 1),
            (&[0, 10], 10, 1),
            (&[0, 11], 10, 2),
            (&[0, 1, 50, 51, 60, 100], 10, 3),
        ] {
            let span = SignedDuration::from_secs(span);
            assert_eq!(wanted(times).pages_of(span), pages, "{times:?}");
        }
    }
}
