//! Open cases and given orders that are looked up, one by one.

use std::collections::{BTreeMap, HashMap, HashSet};

use core_model::{AfterSale, AfterSalesExt, Error, Lookup, Operations, Result};
use store::{Mark, OpenCase, Reading};

use crate::Reread;
use crate::failure::Halt;
use crate::position::{self, GivenOrder};
use crate::round::Round;
use crate::schedule;

/// So many look-ups are written at a time.
const LOOKUPS: usize = 50;

/// So many open cases are read from the copy at a time.
const CHUNK: u32 = 1000;

impl Round<'_> {
    /// Reads the open cases again whose time has come.
    pub(crate) async fn look_up_open_cases(&self, out_of_reach: &mut u64) -> Result<(), Halt> {
        let operations = self.platform.capabilities().operations;
        let mut mark = None;
        let mut wanted = Wanted::default();
        loop {
            let (cases, next) = self.open_cases(mark.as_ref(), CHUNK).await?;
            for case in cases {
                match lookup_of(&case, operations) {
                    Some(lookup) => wanted.add(lookup, case.id),
                    None => *out_of_reach += 1,
                }
                if wanted.lookups.len() >= LOOKUPS {
                    self.look_up(std::mem::take(&mut wanted)).await?;
                }
            }
            mark = next;
            if mark.is_none() {
                return self.look_up(wanted).await;
            }
        }
    }

    /// Some open cases whose time has come, and where to go on.
    ///
    /// Who goes on at the mark meets each once, also those that cannot be read, as all that are read move behind the
    /// beginning of the round.
    pub(crate) async fn open_cases(
        &self,
        mark: Option<&Mark>,
        limit: u32,
    ) -> Result<(Vec<OpenCase>, Option<Mark>), Halt> {
        let source = self.platform.source();
        let open = self.store.open_cases(source, self.began, mark, limit);
        let (mut cases, next) = open.await?;
        if self.options.reread == Reread::Due {
            let is_due =
                |case: &OpenCase| schedule::case_due(case).is_some_and(|due| due <= self.began);
            cases.retain(is_due);
        }
        Ok((cases, next))
    }

    async fn look_up(&self, wanted: Wanted) -> Result<(), Halt> {
        if wanted.lookups.is_empty() {
            return Ok(());
        }
        let Wanted { lookups, ids, .. } = wanted;
        let answers = self.answer(self.platform.find_each(lookups)).await??;
        let mut found = Found::default();
        for (answer, ids) in answers.into_iter().zip(ids) {
            found.add(answer, ids);
        }
        let mut piece = self.piece(found.records, Reading::LookedUp);
        piece.batch.absent = found.absent;
        self.pages.write(piece).await
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
                if found.add(answer, Vec::new()) {
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
struct Wanted {
    lookups: Vec<Lookup>,
    ids: Vec<Vec<String>>,
    places: HashMap<Lookup, usize>,
}

impl Wanted {
    fn add(&mut self, lookup: Lookup, id: String) {
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
    fn add(&mut self, answer: Result<Vec<AfterSale>>, mut ids: Vec<String>) -> bool {
        let cases = match answer {
            Ok(cases) => cases,
            Err(error) if error.says_that_there_is_none() => Vec::new(),
            Err(error) => {
                self.records.push(Err(error));
                return false;
            }
        };
        ids.retain(|id| cases.iter().all(|case| case.id != *id));
        self.absent.extend(ids);
        self.records.extend(cases.into_iter().map(Ok));
        true
    }
}

/// How to ask for an open case; `None` where it names nothing that the platform takes.
fn lookup_of(case: &OpenCase, operations: Operations) -> Option<Lookup> {
    if operations.find_by_id {
        return Some(Lookup::after_sale(&case.id));
    }
    let by_id = case.order.id.as_ref().filter(|_| operations.find_by_order);
    let by_reference = case.order.merchant_ref.as_ref();
    let by_reference = by_reference.filter(|_| operations.find_by_merchant_order);
    let lookup = by_id
        .map(Lookup::order)
        .or_else(|| by_reference.map(Lookup::merchant_order))?;
    match &case.buyer {
        Some(buyer) if operations.needs_buyer => Some(lookup.with_buyer(buyer)),
        None if operations.needs_buyer => None,
        _ => Some(lookup),
    }
}

#[cfg(test)]
mod tests {
    use core_model::{Order, Status};
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_case_is_asked_for_by_what_it_names_and_the_platform_takes() {
        let case = |id: Option<&str>, reference: Option<&str>, buyer: Option<&str>| OpenCase {
            id: "c".to_owned(),
            order: Order {
                id: id.map(str::to_owned),
                number: None,
                merchant_ref: reference.map(str::to_owned),
            },
            buyer: buyer.map(str::to_owned),
            status: Status::Requested,
            awaits: None,
            created_at: None,
            updated_at: None,
            deadline: None,
            first_seen_at: Timestamp::UNIX_EPOCH,
            read_at: Timestamp::UNIX_EPOCH,
            absent_since: None,
        };
        let operations =
            |find_by_id, find_by_order, find_by_merchant_order, needs_buyer| Operations {
                find_by_id,
                find_by_order,
                find_by_merchant_order,
                needs_buyer,
                ..Operations::default()
            };
        let whole = case(Some("1"), Some("m"), Some("b"));
        for (case, operations, expected) in [
            (
                &whole,
                operations(true, true, true, false),
                Some(Lookup::after_sale("c")),
            ),
            (
                &whole,
                operations(false, true, true, false),
                Some(Lookup::order("1")),
            ),
            (
                &whole,
                operations(false, true, true, true),
                Some(Lookup::order("1").with_buyer("b")),
            ),
            (
                &whole,
                operations(false, false, true, false),
                Some(Lookup::merchant_order("m")),
            ),
            (
                &case(None, Some("m"), Some("b")),
                operations(false, true, true, true),
                Some(Lookup::merchant_order("m").with_buyer("b")),
            ),
            (
                &case(None, Some("m"), None),
                operations(false, true, false, false),
                None,
            ),
            (
                &case(Some("1"), None, None),
                operations(false, true, true, true),
                None,
            ),
            (&whole, Operations::default(), None),
        ] {
            assert_eq!(lookup_of(case, operations), expected, "{operations:?}");
        }
    }
}
