//! The local copy as it is seen by the commands that read it: it has to be there, and they do not make it.

use std::path::Path;
use std::sync::Arc;

use aftersales::{AfterSale, Configuration, Platform, Source};
use futures_util::TryStreamExt;
use store::{Filter, Location, Sort, StatsFilter, Store, StoreExt};

use crate::args::{ChoiceArgs, CopyArgs};
use crate::console::Failure;
use crate::copy;

const SYNC: &str = "bring it up to date first: aftersales sync";

/// A copy in which there is something.
pub(crate) struct Existing {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) accounts: Vec<Source>,
}

impl Existing {
    /// Opens the copy. One that is not there is an error, and stays away.
    pub(crate) async fn open(args: &CopyArgs, config: Option<&Path>) -> Result<Self, Failure> {
        let configuration = Configuration::load(config)?;
        let place = copy::place(args.store.as_deref(), &configuration)?;
        if let Location::File(path) = &place
            && !path.exists()
        {
            let what = format!("{}: there is no copy yet", path.display());
            return Err(Failure::new(what, SYNC));
        }
        let store = place.open().await?;
        let accounts = store.accounts().await?;
        if accounts.is_empty() {
            return Err(Failure::new("the copy is empty", SYNC));
        }
        Ok(Self { store, accounts })
    }

    /// The accounts that the arguments name, for a filter. Others than those in the copy are refused.
    pub(crate) fn filter(&self, choice: &ChoiceArgs) -> Result<Filter, Failure> {
        self.check(choice)?;
        let accounts = choice.accounts.iter().cloned();
        let filter = accounts.fold(Filter::new(), Filter::with_account);
        Ok(platforms(choice).fold(filter, Filter::with_platform))
    }

    /// The same, to count by.
    pub(crate) fn stats_filter(&self, choice: &ChoiceArgs) -> Result<StatsFilter, Failure> {
        self.check(choice)?;
        let accounts = choice.accounts.iter().cloned().map(Into::into);
        Ok(StatsFilter {
            platforms: platforms(choice).collect(),
            accounts: accounts.collect(),
            ..StatsFilter::default()
        })
    }

    fn check(&self, choice: &ChoiceArgs) -> Result<(), Failure> {
        for name in &choice.accounts {
            self.of_account(name)?;
        }
        Ok(())
    }

    /// The accounts with this label: several only where it has been given to another platform.
    fn of_account(&self, name: &str) -> Result<Vec<&Source>, Failure> {
        let labelled = |source: &&Source| source.account().as_str() == name;
        let sources: Vec<_> = self.accounts.iter().filter(labelled).collect();
        if sources.is_empty() {
            let accounts = self.accounts.iter();
            let known: Vec<_> = accounts.map(|source| source.account().as_str()).collect();
            let what = format!("{name}: there is no such account in the copy");
            let hint = format!(
                "name one of {}, or copy it: aftersales sync --account {name}",
                known.join(", ")
            );
            return Err(Failure::usage(what, hint));
        }
        Ok(sources)
    }

    /// The case with this id, else the one with this number, for which the account's cases are read.
    pub(crate) async fn case(
        &self,
        account: &str,
        id: &str,
    ) -> Result<(Source, AfterSale), Failure> {
        let sources = self.of_account(account)?;
        for source in &sources {
            if let Some(case) = self.store.case(source, id).await? {
                return Ok(((*source).clone(), case));
            }
        }
        let mut numbered = Vec::new();
        for source in sources {
            let filter = Filter::new()
                .with_platform(source.platform().clone())
                .with_account(source.account().clone());
            let mut cases = self.store.cases(filter, Sort::FirstSeen);
            while let Some(case) = cases.try_next().await? {
                if case.number.as_deref() == Some(id) {
                    numbered.push((source.clone(), case));
                }
            }
        }
        match numbered.len() {
            0 | 1 => numbered.pop().ok_or_else(|| {
                let what = format!("{account}: there is no case {id} in the copy");
                Failure::new(
                    what,
                    "check the id, or bring the copy up to date: aftersales sync",
                )
            }),
            _ => {
                let cases = numbered.iter();
                let ids: Vec<_> = cases.map(|(_, case)| case.id.as_str()).collect();
                let what = format!("{account}: several cases have the number {id}");
                let hint = format!("name one by its id: {}", ids.join(", "));
                Err(Failure::usage(what, hint))
            }
        }
    }
}

/// The platforms that the arguments name.
fn platforms(choice: &ChoiceArgs) -> impl Iterator<Item = Platform> {
    choice.platforms.iter().cloned().map(Platform::from)
}
