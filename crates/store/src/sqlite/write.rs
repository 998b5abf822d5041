//! How a batch is written.

use std::collections::HashMap;

use core_model::{AfterSale, Awaits, Money, Source};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::connection::Failure;
use super::log::{self, AccountRow};
use super::read;
use crate::codec::{Dictionary, Packer, id_hash};
use crate::dictionary::{Dictionaries, SAMPLES};
use crate::erase;
use crate::page::{CaseRow, KnownRow, Page, Retention, distinct};
use crate::tally::{Deltas, Share};
use crate::{Applied, Batch, Counts};

/// The connection that writes, with what it knows by heart.
pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) packer: Packer,
    pub(super) dictionaries: Dictionaries,
}

impl Writer {
    pub(super) fn new(connection: Connection) -> Self {
        Self {
            connection,
            packer: Packer::default(),
            dictionaries: Dictionaries::default(),
        }
    }

    /// Begins to write: nobody else does until the transaction ends.
    pub(super) fn begin(&mut self) -> Result<Transaction<'_>, Failure> {
        begin(&mut self.connection)
    }

    pub(super) fn apply(&mut self, batch: Batch) -> Result<Applied, Failure> {
        batch.check()?;
        let transaction = begin(&mut self.connection)?;
        let account = AccountRow::of(&transaction, &batch.source)?;
        if let Some(lease) = &batch.lease {
            account.admit(lease)?;
        }
        let account = account.key;
        let seen_at = batch.seen_at;
        let mut deltas = Deltas::default();
        let mut records = Vec::with_capacity(batch.records.len());
        for some in distinct(batch.records) {
            let known = known(&transaction, account, &some)?;
            let retention = retention(&transaction, &some)?;
            let page = Page::new(some, known, &retention)?;
            let dictionary =
                dictionary(&transaction, &batch.source, &page, &mut self.dictionaries)?;
            let earlier = page
                .changed()
                .map(|key| Ok((key, read::earlier(&transaction, key)?)))
                .collect::<Result<HashMap<_, _>, Failure>>()?;
            let rows = page.rows(
                seen_at,
                &earlier,
                dictionary.as_ref(),
                &mut self.packer,
                &mut deltas,
            )?;
            put(&transaction, account, &rows)?;
            let written = rows.into_iter().map(|row| row.outcome).collect();
            for key in page.touched(batch.reading) {
                touch(&transaction, key, seen_at.as_millisecond())?;
            }
            records.extend(page.into_records(written));
        }
        for id in &batch.absent {
            mark_absent(&transaction, account, id, seen_at.as_millisecond())?;
        }
        count(&transaction, account, &deltas)?;
        log::move_positions(&transaction, account, &batch.positions)?;
        if let Some(run) = batch.run {
            let counts = Counts::of(&records, batch.unreadable);
            log::add_counts(&transaction, run, account, counts)?;
        }
        transaction.commit()?;
        Ok(Applied { records })
    }
}

pub(super) fn begin(connection: &mut Connection) -> Result<Transaction<'_>, Failure> {
    Ok(connection.transaction_with_behavior(TransactionBehavior::Immediate)?)
}

fn known(
    connection: &Connection,
    account: i64,
    records: &[AfterSale],
) -> Result<Vec<Option<KnownRow>>, Failure> {
    let mut statement = connection.prepare_cached(
        "SELECT key, fingerprint, final, absent_since IS NOT NULL, erased FROM cases
         WHERE id_hash = ?1 AND account = ?2 AND id = ?3",
    )?;
    let known = records.iter().map(|record| {
        let id = &record.id;
        let row = statement.query_row(params![id_hash(id), account, id], |row| {
            Ok(KnownRow {
                key: row.get(0)?,
                fingerprint: row.get(1)?,
                is_final: row.get(2)?,
                is_absent: row.get(3)?,
                erased: row.get(4)?,
            })
        });
        Ok(row.optional()?)
    });
    known.collect()
}

fn retention(connection: &Connection, records: &[AfterSale]) -> Result<Retention, Failure> {
    let mut statement = connection.prepare_cached(
        "SELECT salt, pruned_before, EXISTS (SELECT 1 FROM forgotten) FROM retention",
    )?;
    let (mut retention, forgets) = statement.query_row([], |row| {
        let retention = Retention {
            salt: row.get(0)?,
            pruned_before: read::maybe_instant(row, 1)?,
            forgotten: HashMap::new(),
        };
        Ok((retention, row.get(2)?))
    })?;
    if forgets {
        let mut statement =
            connection.prepare_cached("SELECT until FROM forgotten WHERE buyer = ?1")?;
        for identity in records
            .iter()
            .flat_map(|case| erase::identities(&case.buyer))
        {
            let trace = erase::trace(identity, &retention.salt);
            let until = statement.query_row([trace], |row| read::instant(row, 0));
            retention
                .forgotten
                .extend(until.optional()?.map(|until| (trace, until)));
        }
    }
    Ok(retention)
}

/// The dictionary for what is written of a page, learned from the page and what there is already if there is none.
fn dictionary(
    connection: &Connection,
    source: &Source,
    page: &Page,
    dictionaries: &mut Dictionaries,
) -> Result<Option<Dictionary>, Failure> {
    let platform = source.platform().as_str();
    if let Some(dictionary) = dictionaries.get(platform) {
        return Ok(Some(dictionary));
    }
    if let Some(dictionary) = read::dictionary_of(connection, platform)? {
        dictionaries.keep(platform, dictionary.clone());
        return Ok(Some(dictionary));
    }
    if !dictionaries.is_time_to_learn(platform, page.len()) {
        return Ok(None);
    }
    let missing = SAMPLES.saturating_sub(page.len());
    let others = read::first_records(connection, platform, missing)?;
    let Some(content) = page.train(&others) else {
        return Ok(None);
    };
    let dictionary = Dictionary::new(&content)?;
    connection.execute(
        "INSERT INTO dictionaries (key, platform, content) VALUES (?1, ?2, ?3)",
        params![dictionary.id(), platform, content],
    )?;
    Ok(Some(dictionary))
}

fn put(connection: &Connection, account: i64, rows: &[CaseRow<'_>]) -> Result<(), Failure> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO cases (
             id_hash, account, id, order_id, order_number, order_ref, status, awaits, final, our_turn,
             native_code, native_label, reason, requested, requested_currency, refunded,
             refunded_currency, paid_back, buyer_id, buyer_phone, buyer_email, created_at,
             updated_at, deadline, last_at, erased, fingerprint, record, first_seen_at
         ) VALUES (
             ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
             ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29
         )",
    )?;
    let mut update = connection.prepare_cached(
        "UPDATE cases SET
             order_id = ?4, order_number = ?5, order_ref = ?6, status = ?7, awaits = ?8, final = ?9,
             our_turn = ?10, native_code = ?11, native_label = ?12, reason = ?13, requested = ?14,
             requested_currency = ?15, refunded = ?16, refunded_currency = ?17, paid_back = ?18,
             buyer_id = ?19, buyer_phone = ?20, buyer_email = ?21, created_at = ?22,
             updated_at = ?23, deadline = ?24, last_at = ?25, erased = ?26, fingerprint = ?27,
             record = ?28, read_at = ?29, since = ?30, absent_since = NULL
         WHERE key = ?31 AND id_hash = ?1 AND account = ?2 AND id = ?3",
    )?;
    let mut clear = connection.prepare_cached("DELETE FROM items WHERE case_key = ?1")?;
    let mut item = connection.prepare_cached(
        "INSERT INTO items (
             case_key, line, product_id, sku, quantity, unit_price, currency
         ) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let mut entry = connection.prepare_cached(
        "INSERT INTO history (
             case_key, entry, seen_at, status, awaits, native_code, native_label, requested,
             requested_currency, refunded, refunded_currency, deadline
         ) VALUES (
             ?1, (SELECT coalesce(max(entry) + 1, 0) FROM history WHERE case_key = ?1),
             ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11
         )",
    )?;
    for row in rows {
        let case = row.record;
        let [requested, requested_currency] = amount(case.amounts.requested.as_ref());
        let [refunded, refunded_currency] = amount(case.amounts.refunded.as_ref());
        let values = params![
            id_hash(&case.id),
            account,
            case.id,
            case.order.id,
            case.order.number,
            case.order.merchant_ref,
            case.status.as_str(),
            case.awaits.map(Awaits::as_str),
            case.is_final,
            row.is_our_turn(),
            case.native_status.code,
            case.native_status.label,
            row.class.reason,
            requested,
            requested_currency,
            refunded,
            refunded_currency,
            row.class.paid_back,
            case.buyer.id,
            case.buyer.phone,
            case.buyer.email,
            case.created_at.map(Timestamp::as_millisecond),
            case.updated_at.map(Timestamp::as_millisecond),
            case.deadline.map(Timestamp::as_millisecond),
            row.last_at.as_millisecond(),
            row.erased,
            row.fingerprint,
            row.packed,
            row.seen_at.as_millisecond(),
            row.since.as_millisecond(),
            row.key,
        ];
        let key = match row.key {
            Some(key) => {
                update.execute(values)?;
                clear.execute([key])?;
                key
            }
            // Nothing has changed since it was first seen.
            None => insert.insert(values.get(..29).unwrap_or_default())?,
        };
        for (line, goods) in case.items.iter().enumerate() {
            let [price, currency] = amount(goods.unit_price.as_ref());
            // The record has the quantity that is too large here.
            let quantity = goods
                .quantity
                .and_then(|quantity| i64::try_from(quantity).ok());
            item.execute(params![
                key,
                line,
                goods.product_id,
                goods.sku,
                quantity,
                price,
                currency,
            ])?;
        }
        if let Some(past) = row.past {
            let state = &past.state;
            let [requested, requested_currency] = amount(state.requested.as_ref());
            let [refunded, refunded_currency] = amount(state.refunded.as_ref());
            entry.execute(params![
                key,
                past.since.as_millisecond(),
                state.status.as_str(),
                state.awaits.map(Awaits::as_str),
                state.native_status.code,
                state.native_status.label,
                requested,
                requested_currency,
                refunded,
                refunded_currency,
                state.deadline.map(Timestamp::as_millisecond),
            ])?;
        }
    }
    Ok(())
}

/// The amount in major units, and its currency.
fn amount(money: Option<&Money>) -> [Option<String>; 2] {
    [
        money.map(|money| money.amount().to_string()),
        money.map(|money| money.currency().to_string()),
    ]
}

/// Notes that a case was read and is the same.
fn touch(connection: &Connection, key: i64, read_at: i64) -> Result<(), Failure> {
    connection
        .prepare_cached("UPDATE cases SET read_at = ?2, absent_since = NULL WHERE key = ?1")?
        .execute([key, read_at])?;
    Ok(())
}

/// Notes that a case was looked up and is not there.
fn mark_absent(
    connection: &Connection,
    account: i64,
    id: &str,
    read_at: i64,
) -> Result<(), Failure> {
    connection
        .prepare_cached(
            "UPDATE cases SET read_at = ?3, absent_since = coalesce(absent_since, ?3)
             WHERE id_hash = ?4 AND account = ?1 AND id = ?2",
        )?
        .execute(params![account, id, read_at, id_hash(id)])?;
    Ok(())
}

/// Brings counts and sums up to date.
pub(super) fn count(connection: &Connection, account: i64, deltas: &Deltas) -> Result<(), Failure> {
    let mut select = connection.prepare_cached(
        "SELECT cases, paid_back, requests, requested, refunds, refunded, left_out FROM tallies
         WHERE account = ?1 AND days = ?2 AND day = ?3 AND status = ?4 AND final = ?5
             AND reason = ?6 AND currency = ?7",
    )?;
    let mut replace = connection.prepare_cached(
        "INSERT OR REPLACE INTO tallies (
             account, days, day, status, final, reason, currency,
             cases, paid_back, requests, requested, refunds, refunded, left_out
         ) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?;
    let mut delete = connection.prepare_cached(
        "DELETE FROM tallies
         WHERE account = ?1 AND days = ?2 AND day = ?3 AND status = ?4 AND final = ?5
             AND reason = ?6 AND currency = ?7",
    )?;
    for (key, change) in deltas.changes() {
        let currency = key.currency.map(|currency| currency.to_string());
        let currency = currency.unwrap_or_default();
        let status = key.status.as_str();
        let place = params![
            account,
            key.days,
            key.day,
            status,
            key.is_final,
            key.reason,
            currency
        ];
        let before = select
            .query_row(place, |row| read::share(row, 0))
            .optional()?;
        let share = before.unwrap_or_default().plus(*change)?;
        if share == Share::default() {
            delete.execute(place)?;
            continue;
        }
        replace.execute(params![
            account,
            key.days,
            key.day,
            status,
            key.is_final,
            key.reason,
            currency,
            share.cases,
            share.paid_back,
            share.requests,
            share.requested.to_string(),
            share.refunds,
            share.refunded.to_string(),
            share.left_out,
        ])?;
    }
    Ok(())
}
