//! Open cases that are read again.

use core_model::{Lookup, Operations};
use store::{Mark, OpenCase};

use crate::failure::Halt;
use crate::lookups::LookUps;
use crate::round::Round;
use crate::schedule;
use crate::windows::Wanted;
use crate::{OpenCases, Reread};

/// So many open cases are read from the copy at a time. The more, the closer they lie in time.
const CHUNK: u32 = 10_000;

impl Round<'_> {
    /// Reads the open cases again whose time has come.
    pub(crate) async fn reread_open_cases(&self, out_of_reach: &mut u64) -> Result<(), Halt> {
        let relists = match self.strategy.open_cases {
            OpenCases::Listed | OpenCases::OutOfReach => return Ok(()),
            OpenCases::LookedUp => false,
            OpenCases::Relisted => true,
        };
        let operations = self.platform.capabilities().operations;
        let mut mark = None;
        loop {
            let (cases, next) = self.open_cases(mark.as_ref()).await?;
            let (mut wanted, mut look_ups) = (Wanted::default(), LookUps::default());
            for case in cases {
                let lookup = lookup_of(&case, operations);
                match (case.created_at, lookup) {
                    (Some(created), lookup) if relists => wanted.add(case.id, created, lookup),
                    (_, Some(lookup)) => look_ups.add(lookup, case.id),
                    (_, None) => *out_of_reach += 1,
                }
            }
            self.relist(wanted, &mut look_ups).await?;
            self.look_up(look_ups).await?;
            mark = next;
            if mark.is_none() {
                return Ok(());
            }
        }
    }

    /// Some open cases whose time has come, and where to go on.
    ///
    /// Who goes on at the mark meets each once, also those that cannot be read, as all that are read move behind the
    /// beginning of the round.
    async fn open_cases(&self, mark: Option<&Mark>) -> Result<(Vec<OpenCase>, Option<Mark>), Halt> {
        let source = self.platform.source();
        let open = self.store.open_cases(source, self.began, mark, CHUNK);
        let (mut cases, next) = open.await?;
        if self.options.reread == Reread::Due {
            let is_due =
                |case: &OpenCase| schedule::case_due(case).is_some_and(|due| due <= self.began);
            cases.retain(is_due);
        }
        Ok((cases, next))
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
