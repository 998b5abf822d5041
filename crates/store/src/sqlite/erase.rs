//! What is removed, and that it is gone.

use std::collections::BTreeMap;

use core_model::{AfterSale, Source};
use jiff::Timestamp;
use rusqlite::{Connection, ToSql, params};

use super::connection::Failure;
use super::log::AccountRow;
use super::read::{self, Reader};
use super::write::{Writer, begin, count};
use crate::codec::{self, Packer, Unpacker, id_hash};
use crate::erase;
use crate::tally::{Class, Deltas};
use crate::{Error, ErrorKind};

/// So many cases are removed in one transaction.
const CHUNK: usize = 500;

impl Writer {
    /// Removes the runs that ended before an instant, and remembers that cases which did are to be kept away.
    pub(super) fn retain_since(&mut self, older_than: Timestamp) -> Result<(), Failure> {
        let older_than = older_than.as_millisecond();
        let transaction = self.begin()?;
        transaction.execute(
            "UPDATE retention SET pruned_before = max(coalesce(pruned_before, ?1), ?1)",
            [older_than],
        )?;
        transaction.execute("DELETE FROM runs WHERE ended_at < ?1", [older_than])?;
        Ok(transaction.commit()?)
    }

    /// Removes the first cases after a key that ended before an instant. Tells how many, and after which key to go on.
    pub(super) fn prune(
        &mut self,
        older_than: Timestamp,
        after: i64,
    ) -> Result<(u64, Option<i64>), Failure> {
        let transaction = self.begin()?;
        let mut select = transaction.prepare_cached(
            "SELECT key, account FROM cases WHERE key > ?1 AND final AND last_at < ?2
             ORDER BY key LIMIT ?3",
        )?;
        let values = params![after, older_than.as_millisecond(), CHUNK];
        let cases = select.query_map(values, |row| Ok((row.get(0)?, row.get(1)?)))?;
        let cases: Vec<(i64, i64)> = cases.collect::<Result<_, _>>()?;
        drop(select);
        let mut deltas: BTreeMap<i64, Deltas> = BTreeMap::new();
        for (key, account) in &cases {
            let class = read::earlier(&transaction, *key)?.class;
            deltas.entry(*account).or_default().remove(&class)?;
            for delete in [
                "DELETE FROM items WHERE case_key = ?1",
                "DELETE FROM history WHERE case_key = ?1",
                "DELETE FROM cases WHERE key = ?1",
            ] {
                transaction.prepare_cached(delete)?.execute([key])?;
            }
        }
        for (account, deltas) in &deltas {
            count(&transaction, *account, deltas)?;
        }
        transaction.commit()?;
        let last = cases.last().map(|(key, _)| *key);
        Ok((cases.len() as u64, last.filter(|_| cases.len() == CHUNK)))
    }

    /// Takes a buyer out of all cases opened until `at`, and tells how many there were.
    pub(super) fn forget(&mut self, buyer: &str, at: Timestamp) -> Result<u64, Failure> {
        let transaction = begin(&mut self.connection)?;
        let salt: Vec<u8> =
            transaction.query_row("SELECT salt FROM retention", [], |row| row.get(0))?;
        transaction.execute(
            "INSERT INTO forgotten (buyer, until) VALUES (?1, ?2)
             ON CONFLICT DO UPDATE SET until = max(until, excluded.until)",
            params![erase::trace(buyer, &salt), at.as_millisecond()],
        )?;
        let cases = of_buyer(&transaction, buyer, at)?;
        let forgotten = cases.len() as u64;
        erase_buyers(&transaction, cases, &mut self.packer)?;
        transaction.commit()?;
        Ok(forgotten)
    }

    /// Takes the buyer out of one case, and tells whether there is such a case.
    pub(super) fn forget_case(&mut self, source: &Source, id: &str) -> Result<bool, Failure> {
        let transaction = begin(&mut self.connection)?;
        let Some(account) = AccountRow::key(&transaction, source)? else {
            return Ok(false);
        };
        let select = "SELECT record, fingerprint, key, account FROM cases
             WHERE id_hash = ?1 AND account = ?2 AND id = ?3";
        let cases = found(&transaction, select, params![id_hash(id), account, id])?;
        let is_known = !cases.is_empty();
        erase_buyers(&transaction, cases, &mut self.packer)?;
        transaction.commit()?;
        Ok(is_known)
    }

    /// Makes the file as small as it can be, and leaves no byte in it, or beside it, of what was removed.
    pub(super) fn compact(&mut self) -> Result<(), Failure> {
        let wiped = self.connection.execute_batch("VACUUM").and_then(|()| {
            let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
            self.connection
                .query_row(checkpoint, [], |row| row.get::<_, bool>(0))
        });
        let message = "what was removed is still in unused parts of the file: run this again";
        match wiped {
            Ok(false) => Ok(()),
            Ok(true) => Err(Error::new(ErrorKind::Busy, message).into()),
            Err(error) => Err(Failure::Sql(error).because(message)),
        }
    }
}

impl Reader {
    pub(super) fn count_ended(&mut self, before: Timestamp) -> Result<u64, Failure> {
        let select = "SELECT count(*) FROM cases WHERE final AND last_at < ?1";
        let mut statement = self.connection.prepare_cached(select)?;
        Ok(statement.query_row([before.as_millisecond()], |row| row.get(0))?)
    }

    pub(super) fn count_of_buyer(&mut self, buyer: &str, at: Timestamp) -> Result<u64, Failure> {
        let select = format!("SELECT count(*) FROM cases WHERE {OF_BUYER}");
        let mut statement = self.connection.prepare_cached(&select)?;
        let values = params![buyer, at.as_millisecond()];
        Ok(statement.query_row(values, |row| row.get(0))?)
    }
}

/// A case whose buyer is to be forgotten.
struct Found {
    key: i64,
    account: i64,
    record: AfterSale,
}

/// Whether a case is of a buyer, and was opened until a time.
const OF_BUYER: &str = "(buyer_id = ?1 OR buyer_phone = ?1 OR buyer_email = ?1)
    AND (created_at IS NULL OR created_at <= ?2)";

fn of_buyer(connection: &Connection, buyer: &str, at: Timestamp) -> Result<Vec<Found>, Failure> {
    let select = format!("SELECT record, fingerprint, key, account FROM cases WHERE {OF_BUYER}");
    found(connection, &select, params![buyer, at.as_millisecond()])
}

fn found(
    connection: &Connection,
    select: &str,
    values: &[&dyn ToSql],
) -> Result<Vec<Found>, Failure> {
    let mut select = connection.prepare_cached(select)?;
    let mut unpacker = Unpacker::default();
    let mut found = Vec::new();
    let mut rows = select.query(values)?;
    while let Some(row) = rows.next()? {
        found.push(Found {
            key: row.get(2)?,
            account: row.get(3)?,
            record: read::record(connection, &mut unpacker, row)?,
        });
    }
    Ok(found)
}

/// Writes cases over without their buyers.
fn erase_buyers(
    connection: &Connection,
    cases: Vec<Found>,
    packer: &mut Packer,
) -> Result<(), Failure> {
    let mut deltas: BTreeMap<i64, Deltas> = BTreeMap::new();
    for mut case in cases {
        let deltas = deltas.entry(case.account).or_default();
        deltas.remove(&Class::of(&case.record))?;
        erase::erase(&mut case.record);
        let class = Class::of(&case.record);
        deltas.add(&class)?;
        let mut body = Vec::new();
        let fingerprint = codec::encode(&case.record, &mut body)?;
        let platform = case.record.platform.as_str();
        let dictionary = read::dictionary_of(connection, platform)?;
        let packed = packer.pack(&body, dictionary.as_ref())?;
        connection.execute(
            "UPDATE cases SET buyer_id = NULL, buyer_phone = NULL, buyer_email = NULL,
                 reason = ?2, erased = 1, record = ?3, fingerprint = ?4
             WHERE key = ?1",
            params![case.key, class.reason, packed, fingerprint],
        )?;
    }
    for (account, deltas) in &deltas {
        count(connection, *account, deltas)?;
    }
    Ok(())
}
