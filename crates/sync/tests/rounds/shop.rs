//! A platform of which everything can be arranged.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use core_model::{
    Abilities, AfterSale, AfterSales, Awaits, Capabilities, Cursor, Error, ErrorKind, Filters,
    Lookup, NativeStatus, Numbered, Operations, OrderKey, Page, PageSize, Paging, Platform,
    Progress, Query, Result, Side, Source, Status, Support,
};
use jiff::Timestamp;
use sync::Clock;

/// What a platform can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Lists by the time of the last change, or of creation.
    ByChange,
    /// Lists by the time of creation, and nothing else.
    ByCreation,
    /// The same, and looks cases up.
    ByCreationOrId,
    /// Lists ids by the time of creation; cases are looked up.
    Ids,
    /// Lists ids by the time of the last change; cases are looked up.
    IdsByChange,
    /// Lists everything, and looks cases up.
    Whole,
    /// Looks the cases of an order up, if it is told the buyer.
    ByOrder,
}

/// In which order a list comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    NewestFirst,
    OldestFirst,
    LatestChangeFirst,
    LatestChangeLast,
}

/// A case, as the platform has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Case {
    pub(crate) opened: i64,
    pub(crate) changed: i64,
    pub(crate) status: Status,
    pub(crate) deadline: Option<i64>,
}

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    Page {
        opened_since: Option<i64>,
        changed_since: Option<i64>,
        number: u64,
    },
    Find(Lookup),
}

type Happening = Box<dyn FnOnce(&mut BTreeMap<u64, Case>) + Send>;

#[derive(Default)]
struct State {
    cases: BTreeMap<u64, Case>,
    calls: Vec<Call>,
    /// How many calls there have been.
    asked: usize,
    /// What happens before the call with this number, counted from 1.
    happenings: BTreeMap<usize, Happening>,
    /// What the call with this number is answered.
    failures: BTreeMap<usize, Error>,
    /// Cases that cannot be read.
    unreadable: Vec<u64>,
    /// Cases that are in no list.
    hidden: Vec<u64>,
}

/// The platform. Each call takes a second.
pub(crate) struct Shop {
    source: Source,
    kind: Kind,
    order: Order,
    rows: usize,
    now: Arc<Mutex<i64>>,
    state: Mutex<State>,
}

impl std::fmt::Debug for Shop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shop").field("kind", &self.kind).finish()
    }
}

impl Shop {
    /// A platform with so many cases, the first opened at second 1000, each a second after the one before, in pages of ten.
    /// It is second 1,000,000. Every fourth case is open.
    pub(crate) fn new(kind: Kind, cases: u64) -> Self {
        let shop = Self {
            source: Source::new(Platform::new("example"), "shop", Side::Seller),
            kind,
            order: Order::NewestFirst,
            rows: 10,
            now: Arc::new(Mutex::new(1_000_000)),
            state: Mutex::default(),
        };
        for id in 0..cases {
            let opened = 1000 + id.cast_signed();
            let status = if id % 4 == 0 {
                Status::Requested
            } else {
                Status::Completed
            };
            shop.open(id, opened, status);
        }
        shop
    }

    pub(crate) fn in_order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    pub(crate) fn open(&self, id: u64, opened: i64, status: Status) {
        let case = Case {
            opened,
            changed: opened,
            status,
            deadline: None,
        };
        self.state.lock().unwrap().cases.insert(id, case);
    }

    pub(crate) fn change(&self, id: u64, change: impl FnOnce(&mut Case)) {
        let now = self.seconds();
        let mut state = self.state.lock().unwrap();
        let case = state.cases.get_mut(&id).unwrap();
        change(case);
        case.changed = now;
    }

    pub(crate) fn remove(&self, id: u64) {
        self.state.lock().unwrap().cases.remove(&id);
    }

    /// Lets something happen before a call that is still to come, counted from 1.
    pub(crate) fn before_call(
        &self,
        number: usize,
        happening: impl FnOnce(&mut BTreeMap<u64, Case>) + Send + 'static,
    ) {
        let mut state = self.state.lock().unwrap();
        let number = state.asked + number;
        state.happenings.insert(number, Box::new(happening));
    }

    /// Answers a call that is still to come with an error, counted from 1.
    pub(crate) fn fail_call(&self, number: usize, error: Error) {
        let mut state = self.state.lock().unwrap();
        let number = state.asked + number;
        state.failures.insert(number, error);
    }

    pub(crate) fn make_unreadable(&self, id: u64) {
        self.state.lock().unwrap().unreadable.push(id);
    }

    pub(crate) fn hide(&self, id: u64) {
        self.state.lock().unwrap().hidden.push(id);
    }

    /// What was asked since this was asked the last time.
    pub(crate) fn calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.state.lock().unwrap().calls)
    }

    pub(crate) fn cases(&self) -> BTreeMap<u64, Case> {
        self.state.lock().unwrap().cases.clone()
    }

    pub(crate) fn seconds(&self) -> i64 {
        *self.now.lock().unwrap()
    }

    pub(crate) fn pass(&self, seconds: i64) {
        *self.now.lock().unwrap() += seconds;
    }

    pub(crate) fn clock(&self) -> Clock {
        let now = Arc::clone(&self.now);
        Arc::new(move || Timestamp::from_second(*now.lock().unwrap()).unwrap())
    }

    /// The record of a case.
    pub(crate) fn record(&self, id: u64, case: Case) -> AfterSale {
        let awaits = match case.status {
            Status::Completed => Awaits::Nobody,
            _ => Awaits::Seller,
        };
        let at = |second| Timestamp::from_second(second).ok();
        let progress = Progress::new(case.status, awaits);
        let native = NativeStatus::default();
        let mut record = AfterSale::new(&self.source, id.to_string(), native, progress);
        record.order.id = Some(order_of(id).to_string());
        record.buyer.id = Some(format!("buyer-{}", order_of(id)));
        record.created_at = at(case.opened);
        record.updated_at = match self.kind {
            Kind::ByChange | Kind::IdsByChange => at(case.changed),
            _ => None,
        };
        record.deadline = case.deadline.and_then(at);
        record
    }

    fn begin(&self, call: Call) -> Result<()> {
        self.pass(1);
        let mut state = self.state.lock().unwrap();
        state.calls.push(call);
        state.asked += 1;
        let number = state.asked;
        if let Some(happening) = state.happenings.remove(&number) {
            happening(&mut state.cases);
        }
        state.failures.remove(&number).map_or(Ok(()), Err)
    }

    fn read(&self, id: u64) -> Result<AfterSale> {
        let state = self.state.lock().unwrap();
        if state.unreadable.contains(&id) {
            return Err(Error::decode("status", "is no status"));
        }
        state
            .cases
            .get(&id)
            .map(|case| self.record(id, *case))
            .ok_or_else(|| {
                let error = Error::new(ErrorKind::NotFound, "no such case");
                error.with_native_code(Some("404".to_owned()))
            })
    }

    /// The ids that a query lists, in order.
    fn listed(&self, query: &Query) -> Vec<u64> {
        let state = self.state.lock().unwrap();
        let at = |second| Timestamp::from_second(second).unwrap();
        let cases = state.cases.iter().filter(|(id, case)| {
            !state.hidden.contains(id)
                && query.created().contains(at(case.opened))
                && query.updated().contains(at(case.changed))
        });
        let mut listed: Vec<(u64, Case)> = cases.map(|(id, case)| (*id, *case)).collect();
        match self.order {
            Order::NewestFirst => listed.sort_by_key(|(id, case)| (-case.opened, *id)),
            Order::OldestFirst => listed.sort_by_key(|(id, case)| (case.opened, *id)),
            Order::LatestChangeFirst => listed.sort_by_key(|(id, case)| (-case.changed, *id)),
            Order::LatestChangeLast => listed.sort_by_key(|(id, case)| (case.changed, *id)),
        }
        listed.into_iter().map(|(id, _)| id).collect()
    }
}

/// Two cases share an order.
pub(crate) fn order_of(id: u64) -> u64 {
    id / 2
}

#[async_trait]
impl AfterSales for Shop {
    fn source(&self) -> &Source {
        &self.source
    }

    fn capabilities(&self) -> Capabilities {
        let native = |kinds: &[Kind]| match kinds.contains(&self.kind) {
            true => Support::Native,
            false => Support::No,
        };
        Capabilities {
            operations: Operations {
                list: self.kind != Kind::ByOrder,
                find_by_id: !matches!(self.kind, Kind::ByOrder | Kind::ByCreation),
                find_by_order: self.kind == Kind::ByOrder,
                find_by_merchant_order: false,
                needs_buyer: self.kind == Kind::ByOrder,
                needs_start: false,
                lists_ids_only: matches!(self.kind, Kind::Ids | Kind::IdsByChange),
            },
            filters: Filters {
                status: Support::No,
                created: native(&[
                    Kind::ByChange,
                    Kind::ByCreation,
                    Kind::ByCreationOrId,
                    Kind::Ids,
                ]),
                updated: native(&[Kind::ByChange, Kind::IdsByChange]),
            },
            paging: match self.kind {
                Kind::ByOrder => Paging::None,
                Kind::Ids | Kind::IdsByChange => Paging::Cursor,
                _ => Paging::Numbered,
            },
            page_size: PageSize {
                default: u32::try_from(self.rows).unwrap(),
                max: None,
            },
            window: None,
            quota: None,
            abilities: Abilities::NONE,
            pushes: None,
        }
    }

    async fn page(&self, query: &Query, at: Option<&Cursor>) -> Result<Page> {
        self.capabilities().admit_query(&self.source, query)?;
        let size = self.capabilities().page_size;
        let ids_only = matches!(self.kind, Kind::Ids | Kind::IdsByChange);
        let token = at.and_then(Cursor::as_token);
        let number = match ids_only {
            true => token.map_or(1, |token| token.parse().unwrap()),
            false => Numbered::at(at, query, size)?.page(),
        };
        let second = |at: Option<Timestamp>| at.map(Timestamp::as_second);
        self.begin(Call::Page {
            opened_since: second(query.created().since()),
            changed_since: second(query.updated().since()),
            number,
        })?;
        let listed = self.listed(query);
        let total = Some(listed.len() as u64);
        let skip = (usize::try_from(number).unwrap() - 1) * self.rows;
        let rows: Vec<u64> = listed.into_iter().skip(skip).take(self.rows).collect();
        if ids_only {
            assert!(query.wants_only_ids());
            let next = (rows.len() == self.rows).then(|| Cursor::token((number + 1).to_string()));
            let ids = rows.iter().map(ToString::to_string).collect();
            return Ok(Page::of_ids(ids, Vec::new(), next));
        }
        let records = rows.into_iter().map(|id| self.read(id)).collect();
        let at = Numbered::at(at, query, size)?;
        Ok(Page::numbered(records, query, at, total))
    }

    async fn find(&self, lookup: &Lookup) -> Result<Vec<AfterSale>> {
        self.capabilities().admit_lookup(&self.source, lookup)?;
        self.begin(Call::Find(lookup.clone()))?;
        match lookup {
            Lookup::AfterSale(id) => self.read(id.parse().unwrap()).map(|case| vec![case]),
            Lookup::Order {
                order: OrderKey::Id(order),
                ..
            } => {
                let ids: Vec<u64> = self.cases().into_keys().collect();
                let order: u64 = order.parse().unwrap();
                let ids = ids.into_iter().filter(|&id| order_of(id) == order);
                ids.map(|id| self.read(id)).collect()
            }
            other => panic!("{other:?}"),
        }
    }
}
