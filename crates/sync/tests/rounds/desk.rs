//! A platform, a copy of it, and rounds that keep them in step.

use std::collections::BTreeMap;
use std::ops::Deref;

use core_model::{AfterSale, AfterSales};
use futures_util::TryStreamExt;
use store::{Filter, Sort, Sqlite, Store, StoreExt};
use sync::{Ending, Options, Report, Reread, run_once};
use tempfile::TempDir;

use crate::shop::{Call, Kind, Shop};

pub(crate) struct Desk {
    pub(crate) shop: Shop,
    pub(crate) copy: Sqlite,
    folder: TempDir,
}

impl Deref for Desk {
    type Target = Shop;

    fn deref(&self) -> &Shop {
        &self.shop
    }
}

impl Desk {
    /// A platform with so many cases, and an empty copy.
    pub(crate) async fn new(kind: Kind, cases: u64) -> Self {
        Self::of(Shop::new(kind, cases)).await
    }

    pub(crate) async fn of(shop: Shop) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let copy = Sqlite::open(folder.path().join("aftersales.db")).await;
        Self {
            shop,
            copy: copy.unwrap(),
            folder,
        }
    }

    /// Closes the copy and opens it again, as another program would.
    pub(crate) async fn reopen(&mut self) {
        let path = self.folder.path().join("aftersales.db");
        self.copy = Sqlite::open(path).await.unwrap();
    }

    pub(crate) fn options(&self) -> Options {
        Options::default().with_clock(self.shop.clock())
    }

    /// A round, one minute after the one before.
    pub(crate) async fn round(&self) -> Report {
        self.round_with(self.options()).await
    }

    /// A round that reads open cases when their time has come.
    pub(crate) async fn due_round(&self) -> Report {
        self.round_with(self.options().with_reread(Reread::Due))
            .await
    }

    pub(crate) async fn round_with(&self, options: Options) -> Report {
        self.shop.pass(60);
        run_once(&self.shop, &self.copy, &options).await
    }

    /// A round that reads all that there is; and what it asked.
    pub(crate) async fn complete(&self) -> Vec<Call> {
        self.shop.calls();
        let report = self.round().await;
        assert!(matches!(report.ending, Ending::Complete), "{report:?}");
        self.shop.calls()
    }

    /// The cases in the copy, by id.
    pub(crate) async fn copied(&self) -> BTreeMap<u64, AfterSale> {
        let cases = self.copy.cases(Filter::new(), Sort::FirstSeen);
        let cases: Vec<AfterSale> = cases.try_collect().await.unwrap();
        let count = cases.len();
        let by_id = cases
            .into_iter()
            .map(|case| (case.id.parse().unwrap(), case));
        let by_id: BTreeMap<u64, AfterSale> = by_id.collect();
        assert_eq!(by_id.len(), count, "a case is in the copy twice");
        by_id
    }

    /// Whether the copy is what the platform has.
    pub(crate) async fn assert_in_step(&self) {
        let expected = self.shop.cases();
        let expected = expected
            .into_iter()
            .map(|(id, case)| (id, self.shop.record(id, case)));
        let expected: BTreeMap<u64, AfterSale> = expected.collect();
        let copied = self.copied().await;
        let ids: Vec<&u64> = copied.keys().collect();
        assert!(ids.iter().copied().eq(expected.keys()), "{ids:?}");
        for (id, case) in &expected {
            assert_eq!(copied[id], *case);
        }
    }

    /// How many entries the history of each case has.
    pub(crate) async fn histories(&self) -> Vec<usize> {
        let mut lengths = Vec::new();
        for id in self.shop.cases().into_keys() {
            let source = self.shop.source();
            let history = self.copy.history(source, &id.to_string()).await;
            lengths.push(history.unwrap().len());
        }
        lengths
    }
}

/// How many pages were asked for, and how many look-ups were made.
pub(crate) fn counted(calls: &[Call]) -> (usize, usize) {
    let pages = calls
        .iter()
        .filter(|call| matches!(call, Call::Page { .. }));
    let pages = pages.count();
    (pages, calls.len() - pages)
}
