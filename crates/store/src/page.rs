//! What a page of records does to the tables, whatever database they are in.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::ops::Range;

use core_model::{AfterSale, Awaits, Side};
use jiff::Timestamp;

use crate::codec::{self, Dictionary, Fingerprint, Packer};
use crate::dictionary::{self, Sample};
use crate::erase::{self, Trace};
use crate::tally::{Class, Deltas};
use crate::{Batch, Counts, Error, ErrorKind, Lease, Outcome, Reading, Result, State};

impl Batch {
    /// Refuses records and leases of another account.
    pub(crate) fn check(&self) -> Result<()> {
        let source = &self.source;
        let foreign = self.records.iter().find(|record| {
            record.platform != *source.platform() || record.account != *source.account()
        });
        if let Some(record) = foreign {
            let message = format!(
                "case {} is of {} ({}), the batch of {source}",
                record.id, record.account, record.platform
            );
            return Err(Error::new(ErrorKind::Config, message));
        }
        if self
            .lease
            .as_ref()
            .is_some_and(|lease| lease.source != *source)
        {
            let message = format!("the lease is not of {source}");
            return Err(Error::new(ErrorKind::Config, message));
        }
        Ok(())
    }
}

impl Lease {
    /// The error of a worker whose account has another epoch by now, or is nobody's.
    pub(crate) fn lost(&self, epoch: impl fmt::Display) -> Error {
        let Self { source, .. } = self;
        let message = format!(
            "{source}: the lease has epoch {}, the account {epoch}",
            self.epoch
        );
        Error::new(ErrorKind::LeaseLost, message)
    }
}

/// The records as they came, or one by one where an id comes twice, so that each is compared with the one before.
pub(crate) fn distinct(records: Vec<AfterSale>) -> Vec<Vec<AfterSale>> {
    let ids: HashSet<&str> = records.iter().map(|record| record.id.as_str()).collect();
    if ids.len() == records.len() {
        vec![records]
    } else {
        records.into_iter().map(|record| vec![record]).collect()
    }
}

/// What has to stay away.
pub(crate) struct Retention {
    pub(crate) salt: Vec<u8>,
    pub(crate) pruned_before: Option<Timestamp>,
    /// Of the buyers of the page, those who are forgotten: in cases opened until when.
    pub(crate) forgotten: HashMap<Trace, Timestamp>,
}

impl Retention {
    /// Whether a case that is not known has to stay so.
    fn has_pruned(&self, case: &AfterSale) -> bool {
        let stated = stated_at(case).zip(self.pruned_before);
        case.is_final && stated.is_some_and(|(at, before)| at < before)
    }

    fn has_forgotten(&self, case: &AfterSale) -> bool {
        !self.forgotten.is_empty()
            && erase::identities(&case.buyer).any(|identity| {
                let until = self.forgotten.get(&erase::trace(identity, &self.salt));
                until.is_some_and(|&until| case.created_at.is_none_or(|at| at <= until))
            })
    }
}

/// The latest time that the platform states.
fn stated_at(case: &AfterSale) -> Option<Timestamp> {
    case.created_at.max(case.updated_at).max(case.refunded_at)
}

/// Of a case that is known, what decides whether it is written.
pub(crate) struct KnownRow {
    pub(crate) key: i64,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) is_final: bool,
    pub(crate) is_absent: bool,
    pub(crate) erased: bool,
}

/// What a case was like that is about to be written over.
pub(crate) struct Earlier {
    pub(crate) state: State,
    /// Since when, as far as we saw.
    pub(crate) since: Timestamp,
    pub(crate) class: Class,
    pub(crate) last_at: Timestamp,
}

/// Records of different cases, with what is to be done about each.
pub(crate) struct Page {
    records: Vec<AfterSale>,
    fates: Vec<Fate>,
    /// The records that are to be written, as they are kept, one after the other.
    bodies: Vec<u8>,
}

enum Fate {
    Pruned,
    Unchanged(KnownRow),
    Write(Encoded),
}

struct Encoded {
    key: Option<i64>,
    body: Range<usize>,
    fingerprint: Fingerprint,
    erased: bool,
}

impl Page {
    /// Compares records with what is known of them. Buyers who are forgotten are taken out.
    pub(crate) fn new(
        mut records: Vec<AfterSale>,
        known: Vec<Option<KnownRow>>,
        retention: &Retention,
    ) -> Result<Self> {
        let mut bodies = Vec::new();
        let fates = records.iter_mut().zip(known).map(|(record, known)| {
            if known.is_none() && retention.has_pruned(record) {
                return Ok(Fate::Pruned);
            }
            let was_erased = known.as_ref().is_some_and(|known| known.erased);
            let erased = was_erased || retention.has_forgotten(record);
            if erased {
                erase::erase(record);
            }
            let start = bodies.len();
            let fingerprint = codec::encode(record, &mut bodies)?;
            match known {
                Some(known) if known.fingerprint == fingerprint => {
                    bodies.truncate(start);
                    Ok(Fate::Unchanged(known))
                }
                known => Ok(Fate::Write(Encoded {
                    key: known.map(|known| known.key),
                    body: start..bodies.len(),
                    fingerprint,
                    erased,
                })),
            }
        });
        let fates = fates.collect::<Result<_>>()?;
        Ok(Self {
            records,
            fates,
            bodies,
        })
    }

    /// The cases that are the same, and still have to be marked as read.
    pub(crate) fn touched(&self, reading: Reading) -> impl Iterator<Item = i64> {
        self.fates.iter().filter_map(move |fate| match fate {
            Fate::Unchanged(known) => {
                let is_read = reading == Reading::LookedUp && !known.is_final;
                (is_read || known.is_absent).then_some(known.key)
            }
            Fate::Pruned | Fate::Write(_) => None,
        })
    }

    /// The known cases that are to be written over.
    pub(crate) fn changed(&self) -> impl Iterator<Item = i64> {
        self.writes().filter_map(|(_, encoded)| encoded.key)
    }

    /// How many records are to be written.
    pub(crate) fn len(&self) -> usize {
        self.writes().count()
    }

    /// Learns what the records have in common, these and others that are kept.
    pub(crate) fn train(&self, others: &[(AfterSale, String)]) -> Option<Vec<u8>> {
        let own = self.writes().filter_map(|(record, encoded)| {
            let body = self.bodies.get(encoded.body.clone())?;
            let body = std::str::from_utf8(body).ok()?;
            Some(Sample { record, body })
        });
        let others = others.iter().map(|(record, body)| Sample { record, body });
        dictionary::train(&own.chain(others).collect::<Vec<_>>())
    }

    fn writes(&self) -> impl Iterator<Item = (&AfterSale, &Encoded)> {
        let cases = self.records.iter().zip(&self.fates);
        cases.filter_map(|(record, fate)| match fate {
            Fate::Write(encoded) => Some((record, encoded)),
            Fate::Pruned | Fate::Unchanged(_) => None,
        })
    }

    /// The rows that are to be written, in the order of the records, with what that changes in the counts.
    pub(crate) fn rows<'a>(
        &'a self,
        seen_at: Timestamp,
        earlier: &'a HashMap<i64, Earlier>,
        dictionary: Option<&Dictionary>,
        packer: &mut Packer,
        deltas: &mut Deltas,
    ) -> Result<Vec<CaseRow<'a>>> {
        let rows = self.writes().map(|(record, encoded)| {
            let earlier = encoded.key.and_then(|key| earlier.get(&key));
            let state = State::of(record);
            let class = Class::of(record);
            let mut last_at = stated_at(record);
            let mut since = seen_at;
            let mut past = None;
            let outcome = match earlier {
                None => Outcome::New,
                Some(earlier) => {
                    deltas.remove(&earlier.class)?;
                    let changes = state.changes_since(&earlier.state);
                    if changes.is_empty() {
                        since = earlier.since;
                        last_at = last_at.max(Some(earlier.last_at));
                    } else {
                        past = Some(earlier);
                        last_at = last_at.max(Some(seen_at));
                    }
                    Outcome::Changed(changes)
                }
            };
            deltas.add(&class)?;
            let body = self.bodies.get(encoded.body.clone()).unwrap_or_default();
            Ok(CaseRow {
                key: encoded.key,
                record,
                outcome,
                class,
                seen_at,
                since,
                past,
                last_at: last_at.unwrap_or(seen_at),
                erased: encoded.erased,
                fingerprint: encoded.fingerprint,
                packed: packer.pack(body, dictionary)?,
            })
        });
        rows.collect()
    }

    /// The records with what became of them, once the rows are written.
    pub(crate) fn into_records(self, written: Vec<Outcome>) -> Vec<(AfterSale, Outcome)> {
        let mut written = written.into_iter();
        let outcomes = self.fates.into_iter().map(|fate| match fate {
            Fate::Pruned => Outcome::Pruned,
            Fate::Unchanged(_) => Outcome::Unchanged,
            Fate::Write(_) => written.next().unwrap_or(Outcome::New),
        });
        self.records.into_iter().zip(outcomes).collect()
    }
}

/// A case as it is written.
pub(crate) struct CaseRow<'a> {
    /// `None` for a case that is not known.
    pub(crate) key: Option<i64>,
    pub(crate) record: &'a AfterSale,
    pub(crate) outcome: Outcome,
    pub(crate) class: Class,
    pub(crate) seen_at: Timestamp,
    /// Since when the case is like this, as far as we saw.
    pub(crate) since: Timestamp,
    /// What history keeps from now on.
    pub(crate) past: Option<&'a Earlier>,
    pub(crate) last_at: Timestamp,
    pub(crate) erased: bool,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) packed: Vec<u8>,
}

impl CaseRow<'_> {
    /// Whether the side that the account is on has to act.
    pub(crate) fn is_our_turn(&self) -> bool {
        let ours = match self.record.side {
            Side::Seller => Awaits::Seller,
            Side::Buyer => Awaits::Buyer,
        };
        !self.record.is_final && self.record.awaits == Some(ours)
    }
}

impl Counts {
    /// What a batch adds.
    pub(crate) fn of(records: &[(AfterSale, Outcome)], unreadable: u64) -> Self {
        let mut counts = Self {
            pages: 1,
            unreadable,
            ..Self::default()
        };
        for (_, outcome) in records {
            *match outcome {
                Outcome::New => &mut counts.new,
                Outcome::Changed(_) => &mut counts.changed,
                Outcome::Unchanged | Outcome::Pruned => &mut counts.unchanged,
            } += 1;
        }
        counts
    }
}
