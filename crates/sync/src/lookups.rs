//! Cases and orders that are looked up, one by one.

use std::collections::{BTreeMap, HashMap, HashSet};

use core_model::{AfterSale, AfterSalesExt, Error, Lookup, Result};
use store::Reading;

use crate::failure::Halt;
use crate::position::{self, GivenOrder};
use crate::round::Round;
use crate::schedule;

/// So many look-ups are written at a time.
const LOOKUPS: usize = 50;

impl Round<'_> {
    /// Looks cases up, and says which are not there.
    pub(crate) async fn look_up(&self, look_ups: LookUps) -> Result<(), Halt> {
        let LookUps { lookups, ids, .. } = look_ups;
        for (lookups, ids) in lookups.chunks(LOOKUPS).zip(ids.chunks(LOOKUPS)) {
            let answers = self.answer(self.platform.find_each(lookups.to_vec()));
            let mut found = Found::default();
            for (answer, ids) in answers.await??.into_iter().zip(ids) {
                found.add(answer, ids);
            }
            let mut piece = self.piece(found.records, Reading::LookedUp);
            piece.batch.absent = found.absent;
            self.pages.write(piece).await?;
        }
        Ok(())
    }

    /// Looks up the given orders whose time has come. All of a new order's cases are new, too.
    pub(crate) async fn given_orders(
        &self,
        positions: &BTreeMap<String, String>,
    ) -> Result<(), Halt> {
        let mut names = HashSet::new();
        let mut due = Vec::new();
        for lookup in self.options.orders.iter() {
            let Some(name) = position::order_name(lookup) else {
                continue;
            };
            let known: Option<GivenOrder> = position::read(positions.get(&name));
            let is_due = known.is_none_or(|order| {
                let due = schedule::order_due(order.given, order.read);
                due.is_some_and(|due| due <= self.began)
            });
            if is_due && names.insert(name.clone()) {
                due.push((lookup, name, known.map(|order| order.given)));
            }
        }
        for orders in due.chunks(LOOKUPS) {
            let lookups = orders.iter().map(|&(lookup, ..)| lookup.clone()).collect();
            let answers = self.answer(self.platform.find_each(lookups)).await??;
            let read = self.options.now();
            let mut found = Found::default();
            let mut read_orders = Vec::new();
            for (answer, (_, name, given)) in answers.into_iter().zip(orders) {
                // An order that could not be read is tried again in the next round.
                if found.add(answer, &[]) {
                    let given = given.unwrap_or(read);
                    read_orders.push((name, GivenOrder { given, read }));
                }
            }
            let mut piece = self.piece(found.records, Reading::LookedUp);
            for (name, order) in read_orders {
                let order = position::written(&order)?;
                piece.batch = piece.batch.with_position(name.clone(), order);
            }
            self.pages.write(piece).await?;
        }
        Ok(())
    }
}

/// Look-ups that are to be made, each once, with the ids of the cases that they are to find.
#[derive(Debug, Default)]
pub(crate) struct LookUps {
    lookups: Vec<Lookup>,
    ids: Vec<Vec<String>>,
    places: HashMap<Lookup, usize>,
}

impl LookUps {
    pub(crate) fn add(&mut self, lookup: Lookup, id: String) {
        let place = *self.places.entry(lookup.clone()).or_insert_with(|| {
            self.lookups.push(lookup);
            self.ids.push(Vec::new());
            self.ids.len() - 1
        });
        if let Some(ids) = self.ids.get_mut(place) {
            ids.push(id);
        }
    }
}

/// What look-ups have found.
#[derive(Debug, Default)]
struct Found {
    records: Vec<Result<AfterSale, Error>>,
    absent: Vec<String>,
}

impl Found {
    /// Takes an answer that was to hold these cases. Returns whether it could be read.
    fn add(&mut self, answer: Result<Vec<AfterSale>>, ids: &[String]) -> bool {
        let cases = match answer {
            Ok(cases) => cases,
            Err(error) if error.says_that_there_is_none() => Vec::new(),
            Err(error) => {
                self.records.push(Err(error));
                return false;
            }
        };
        let absent = ids
            .iter()
            .filter(|&id| cases.iter().all(|case| case.id != *id));
        self.absent.extend(absent.cloned());
        self.records.extend(cases.into_iter().map(Ok));
        true
    }
}
