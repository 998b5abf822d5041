//! How a batch is written.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::PoisonError;

use core_model::{AfterSale, Awaits, Money, Source};
use deadpool_postgres::Transaction;
use jiff::Timestamp;

use super::Postgres;
use super::connection::{Failure, text};
use super::log::{self, AccountRow};
use super::read;
use crate::codec::Dictionary;
use crate::dictionary::SAMPLES;
use crate::erase;
use crate::page::{CaseRow, KnownRow, Page, Retention, distinct};
use crate::tally::Deltas;
use crate::{Applied, Batch, Counts};

impl Postgres {
    pub(super) async fn write_batch(&self, batch: Batch) -> Result<Applied, Failure> {
        batch.check()?;
        let mut client = self.client().await?;
        let transaction = client.transaction().await?;
        // First of all, so that nobody is forgotten between here and the end.
        let (salt, pruned_before, forgets) = retention(&transaction).await?;
        let account = AccountRow::lock(&transaction, &batch.source).await?;
        if let Some(lease) = &batch.lease {
            account.admit(lease)?;
        }
        let account = account.key;
        let seen_at = batch.seen_at;
        let mut deltas = Deltas::default();
        let mut records = Vec::with_capacity(batch.records.len());
        for some in distinct(batch.records) {
            let known = known(&transaction, account, &some).await?;
            let retention = Retention {
                forgotten: match forgets {
                    true => forgotten(&transaction, &salt, &some).await?,
                    false => HashMap::new(),
                },
                salt: salt.clone(),
                pruned_before,
            };
            let page = Page::new(some, known, &retention)?;
            let dictionary = self.dictionary(&transaction, &batch.source, &page).await?;
            let changed: Vec<_> = page.changed().collect();
            let earlier = read::earlier(&transaction, &changed).await?;
            let rows = {
                let mut packer = self.packer.lock().unwrap_or_else(PoisonError::into_inner);
                page.rows(
                    seen_at,
                    &earlier,
                    dictionary.as_ref(),
                    &mut packer,
                    &mut deltas,
                )?
            };
            put(&transaction, account, &rows).await?;
            let written = rows.into_iter().map(|row| row.outcome).collect();
            touch(&transaction, page.touched(batch.reading).collect(), seen_at).await?;
            records.extend(page.into_records(written));
        }
        mark_absent(&transaction, account, &batch.absent, seen_at).await?;
        count(&transaction, account, &deltas).await?;
        log::move_positions(&transaction, account, &batch.positions).await?;
        if let Some(run) = batch.run {
            let counts = Counts::of(&records, batch.unreadable);
            log::add_counts(&transaction, run, account, counts).await?;
        }
        transaction.commit().await?;
        Ok(Applied { records })
    }

    /// The dictionary for what is written of a page, learned from the page and what there is already if there is none.
    async fn dictionary(
        &self,
        transaction: &Transaction<'_>,
        source: &Source,
        page: &Page,
    ) -> Result<Option<Dictionary>, Failure> {
        let platform = source.platform().as_str();
        if let Some(dictionary) = self.dictionaries().get(platform) {
            return Ok(Some(dictionary));
        }
        if let Some(dictionary) = read::dictionary_of(transaction, platform).await? {
            self.dictionaries().keep(platform, dictionary.clone());
            return Ok(Some(dictionary));
        }
        if !self.dictionaries().is_time_to_learn(platform, page.len()) {
            return Ok(None);
        }
        let missing = SAMPLES.saturating_sub(page.len());
        let others = read::first_records(transaction, platform, missing).await?;
        let Some(content) = page.train(&others) else {
            return Ok(None);
        };
        let dictionary = Dictionary::new(&content)?;
        let insert = "INSERT INTO dictionaries (key, platform, content) VALUES ($1, $2, $3)
            ON CONFLICT DO NOTHING";
        let key = i64::from(dictionary.id());
        transaction
            .execute(insert, &[&key, &platform, &content])
            .await?;
        // Another worker may have been faster.
        read::dictionary_of(transaction, platform).await
    }
}

/// The salt, the time before which cases that ended are kept away, and whether any buyer is forgotten. That stays so until
/// the transaction ends.
async fn retention(
    transaction: &Transaction<'_>,
) -> Result<(Vec<u8>, Option<Timestamp>, bool), Failure> {
    let select = "SELECT salt, pruned_before FROM retention FOR SHARE";
    let select = transaction.prepare_cached(select).await?;
    let row = transaction.query_one(&select, &[]).await?;
    // In a statement of its own, which sees what was written while the one before had to wait.
    let exists = "SELECT EXISTS (SELECT 1 FROM forgotten)";
    let exists = transaction.prepare_cached(exists).await?;
    let forgets = transaction.query_one(&exists, &[]).await?;
    Ok((row.try_get(0)?, row.try_get(1)?, forgets.try_get(0)?))
}

async fn forgotten(
    transaction: &Transaction<'_>,
    salt: &[u8],
    records: &[AfterSale],
) -> Result<HashMap<erase::Trace, Timestamp>, Failure> {
    let buyers = records.iter().map(|case| &case.buyer);
    let traces: HashMap<Vec<u8>, erase::Trace> = buyers
        .flat_map(erase::identities)
        .map(|identity| erase::trace(identity, salt))
        .map(|trace| (trace.to_vec(), trace))
        .collect();
    let select = "SELECT buyer, until FROM forgotten WHERE buyer = ANY ($1)";
    let select = transaction.prepare_cached(select).await?;
    let buyers: Vec<_> = traces.keys().collect();
    let rows = transaction.query(&select, &[&buyers]).await?;
    let mut forgotten = HashMap::new();
    for row in &rows {
        let buyer: &[u8] = row.try_get(0)?;
        if let Some(trace) = traces.get(buyer) {
            forgotten.insert(*trace, row.try_get(1)?);
        }
    }
    Ok(forgotten)
}

async fn known(
    transaction: &Transaction<'_>,
    account: i64,
    records: &[AfterSale],
) -> Result<Vec<Option<KnownRow>>, Failure> {
    let select = "SELECT id, key, fingerprint, final, absent_since IS NOT NULL, erased FROM cases
        WHERE account = $1 AND id = ANY ($2)";
    let select = transaction.prepare_cached(select).await?;
    let ids: Vec<_> = records.iter().map(|record| text(&record.id)).collect();
    let mut known = HashMap::with_capacity(ids.len());
    for row in transaction.query(&select, &[&account, &ids]).await? {
        let case = KnownRow {
            key: row.try_get(1)?,
            fingerprint: row.try_get(2)?,
            is_final: row.try_get(3)?,
            is_absent: row.try_get(4)?,
            erased: row.try_get(5)?,
        };
        known.insert(row.try_get::<_, String>(0)?, case);
    }
    Ok(ids.iter().map(|id| known.remove(id.as_ref())).collect())
}

/// Writes all rows with a few statements, however many they are.
async fn put(
    transaction: &Transaction<'_>,
    account: i64,
    rows: &[CaseRow<'_>],
) -> Result<(), Failure> {
    if rows.is_empty() {
        return Ok(());
    }
    let upsert = "INSERT INTO cases (
            account, id, order_id, order_number, order_ref, status, awaits, final, our_turn,
            native_code, native_label, reason, requested, requested_currency, refunded,
            refunded_currency, paid_back, buyer_id, buyer_phone, buyer_email, created_at,
            updated_at, deadline, last_at, erased, fingerprint, record, since, first_seen_at,
            read_at
        )
        SELECT $1, new.*, $29, $29 FROM unnest(
            $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bool[],
            $9::bool[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[],
            $15::text[], $16::text[], $17::bool[], $18::text[], $19::text[], $20::text[],
            $21::timestamptz[], $22::timestamptz[], $23::timestamptz[], $24::timestamptz[],
            $25::bool[], $26::bigint[], $27::bytea[], $28::timestamptz[]
        ) AS new
        ON CONFLICT (account, id) DO UPDATE SET
            order_id = excluded.order_id, order_number = excluded.order_number,
            order_ref = excluded.order_ref, status = excluded.status, awaits = excluded.awaits,
            final = excluded.final, our_turn = excluded.our_turn,
            native_code = excluded.native_code, native_label = excluded.native_label,
            reason = excluded.reason, requested = excluded.requested,
            requested_currency = excluded.requested_currency, refunded = excluded.refunded,
            refunded_currency = excluded.refunded_currency, paid_back = excluded.paid_back,
            buyer_id = excluded.buyer_id, buyer_phone = excluded.buyer_phone,
            buyer_email = excluded.buyer_email, created_at = excluded.created_at,
            updated_at = excluded.updated_at, deadline = excluded.deadline,
            last_at = excluded.last_at, erased = excluded.erased,
            fingerprint = excluded.fingerprint, record = excluded.record,
            since = excluded.since, read_at = excluded.read_at, absent_since = NULL
        RETURNING id, key";
    let upsert = transaction.prepare_cached(upsert).await?;
    let cases = || rows.iter().map(|row| row.record);
    let amounts = |of: fn(&AfterSale) -> Option<Money>| {
        let amounts = cases().map(move |case| amount(of(case).as_ref()));
        let (amounts, currencies): (Vec<_>, Vec<_>) = amounts.map(|[a, b]| (a, b)).unzip();
        (amounts, currencies)
    };
    let (requested, requested_currency) = amounts(|case| case.amounts.requested);
    let (refunded, refunded_currency) = amounts(|case| case.amounts.refunded);
    let written = transaction
        .query(
            &upsert,
            &[
                &account,
                &texts(cases().map(|case| Some(&*case.id))),
                &texts(cases().map(|case| case.order.id.as_deref())),
                &texts(cases().map(|case| case.order.number.as_deref())),
                &texts(cases().map(|case| case.order.merchant_ref.as_deref())),
                &texts(cases().map(|case| Some(case.status.as_str()))),
                &texts(cases().map(|case| case.awaits.map(Awaits::as_str))),
                &column(cases().map(|case| case.is_final)),
                &column(rows.iter().map(CaseRow::is_our_turn)),
                &texts(cases().map(|case| case.native_status.code.as_deref())),
                &texts(cases().map(|case| case.native_status.label.as_deref())),
                &texts(rows.iter().map(|row| Some(&*row.class.reason))),
                &requested,
                &requested_currency,
                &refunded,
                &refunded_currency,
                &column(rows.iter().map(|row| row.class.paid_back)),
                &texts(cases().map(|case| case.buyer.id.as_deref())),
                &texts(cases().map(|case| case.buyer.phone.as_deref())),
                &texts(cases().map(|case| case.buyer.email.as_deref())),
                &column(cases().map(|case| case.created_at)),
                &column(cases().map(|case| case.updated_at)),
                &column(cases().map(|case| case.deadline)),
                &column(rows.iter().map(|row| row.last_at)),
                &column(rows.iter().map(|row| row.erased)),
                &column(rows.iter().map(|row| row.fingerprint)),
                &column(rows.iter().map(|row| &*row.packed)),
                &column(rows.iter().map(|row| row.since)),
                &rows.first().map(|row| row.seen_at),
            ],
        )
        .await?;
    let mut keys = HashMap::with_capacity(written.len());
    for row in &written {
        keys.insert(row.try_get::<_, &str>(0)?, row.try_get::<_, i64>(1)?);
    }
    let key = |row: &CaseRow<'_>| keys.get(&*text(&row.record.id)).copied();
    put_items(transaction, rows, key).await?;
    put_history(transaction, rows).await
}

async fn put_items(
    transaction: &Transaction<'_>,
    rows: &[CaseRow<'_>],
    key: impl Fn(&CaseRow<'_>) -> Option<i64>,
) -> Result<(), Failure> {
    let changed: Vec<i64> = rows.iter().filter_map(|row| row.key).collect();
    if !changed.is_empty() {
        let delete = "DELETE FROM items WHERE case_key = ANY ($1)";
        let delete = transaction.prepare_cached(delete).await?;
        transaction.execute(&delete, &[&changed]).await?;
    }
    let items: Vec<_> = rows
        .iter()
        .flat_map(|row| {
            let key = key(row);
            let lines = (0_i32..).zip(&row.record.items);
            lines.map(move |(line, item)| (key, line, item))
        })
        .collect();
    if items.is_empty() {
        return Ok(());
    }
    let insert = "INSERT INTO items (
            case_key, line, product_id, sku, quantity, unit_price, currency
        )
        SELECT * FROM unnest(
            $1::bigint[], $2::integer[], $3::text[], $4::text[], $5::bigint[], $6::text[],
            $7::text[]
        )";
    let insert = transaction.prepare_cached(insert).await?;
    let goods = || items.iter().map(|(_, _, item)| *item);
    let prices = goods().map(|item| amount(item.unit_price.as_ref()));
    let (prices, currencies): (Vec<_>, Vec<_>) = prices.map(|[a, b]| (a, b)).unzip();
    // The record has the quantity that is too large here.
    let quantities = goods().map(|item| item.quantity.and_then(|it| i64::try_from(it).ok()));
    transaction
        .execute(
            &insert,
            &[
                &column(items.iter().map(|(key, _, _)| *key)),
                &column(items.iter().map(|(_, line, _)| *line)),
                &texts(goods().map(|item| item.product_id.as_deref())),
                &texts(goods().map(|item| item.sku.as_deref())),
                &column(quantities),
                &prices,
                &currencies,
            ],
        )
        .await?;
    Ok(())
}

async fn put_history(transaction: &Transaction<'_>, rows: &[CaseRow<'_>]) -> Result<(), Failure> {
    let past: Vec<_> = rows
        .iter()
        .filter_map(|row| row.key.zip(row.past))
        .collect();
    if past.is_empty() {
        return Ok(());
    }
    let insert = "INSERT INTO history (
            case_key, entry, seen_at, status, awaits, native_code, native_label, requested,
            requested_currency, refunded, refunded_currency, deadline
        )
        SELECT new.key, (
                SELECT coalesce(max(entry) + 1, 0) FROM history WHERE case_key = new.key
            ), seen_at, status, awaits, native_code, native_label, requested, requested_currency,
            refunded, refunded_currency, deadline
        FROM unnest(
            $1::bigint[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[],
            $7::text[], $8::text[], $9::text[], $10::text[], $11::timestamptz[]
        ) AS new (
            key, seen_at, status, awaits, native_code, native_label, requested,
            requested_currency, refunded, refunded_currency, deadline
        )";
    let insert = transaction.prepare_cached(insert).await?;
    let states = || past.iter().map(|(_, past)| &past.state);
    let requested = states().map(|state| amount(state.requested.as_ref()));
    let (requested, requested_currency): (Vec<_>, Vec<_>) = requested.map(|[a, b]| (a, b)).unzip();
    let refunded = states().map(|state| amount(state.refunded.as_ref()));
    let (refunded, refunded_currency): (Vec<_>, Vec<_>) = refunded.map(|[a, b]| (a, b)).unzip();
    transaction
        .execute(
            &insert,
            &[
                &column(past.iter().map(|(key, _)| *key)),
                &column(past.iter().map(|(_, past)| past.since)),
                &texts(states().map(|state| Some(state.status.as_str()))),
                &texts(states().map(|state| state.awaits.map(Awaits::as_str))),
                &texts(states().map(|state| state.native_status.code.as_deref())),
                &texts(states().map(|state| state.native_status.label.as_deref())),
                &requested,
                &requested_currency,
                &refunded,
                &refunded_currency,
                &column(states().map(|state| state.deadline)),
            ],
        )
        .await?;
    Ok(())
}

/// One column of many rows.
fn column<T>(values: impl Iterator<Item = T>) -> Vec<T> {
    values.collect()
}

fn texts<'a>(values: impl Iterator<Item = Option<&'a str>>) -> Vec<Option<Cow<'a, str>>> {
    values.map(|value| value.map(text)).collect()
}

/// The amount in major units, and its currency.
fn amount(money: Option<&Money>) -> [Option<String>; 2] {
    [
        money.map(|money| money.amount().to_string()),
        money.map(|money| money.currency().to_string()),
    ]
}

/// Notes that cases were read and are the same.
async fn touch(
    transaction: &Transaction<'_>,
    keys: Vec<i64>,
    read_at: Timestamp,
) -> Result<(), Failure> {
    if !keys.is_empty() {
        let update = "UPDATE cases SET read_at = $2, absent_since = NULL WHERE key = ANY ($1)";
        let update = transaction.prepare_cached(update).await?;
        transaction.execute(&update, &[&keys, &read_at]).await?;
    }
    Ok(())
}

/// Notes that cases were looked up and are not there.
async fn mark_absent(
    transaction: &Transaction<'_>,
    account: i64,
    ids: &[String],
    read_at: Timestamp,
) -> Result<(), Failure> {
    if !ids.is_empty() {
        let update = "UPDATE cases SET read_at = $3, absent_since = coalesce(absent_since, $3)
            WHERE account = $1 AND id = ANY ($2)";
        let update = transaction.prepare_cached(update).await?;
        let ids: Vec<_> = ids.iter().map(|id| text(id)).collect();
        transaction
            .execute(&update, &[&account, &ids, &read_at])
            .await?;
    }
    Ok(())
}

/// Brings counts and sums up to date.
pub(super) async fn count(
    transaction: &Transaction<'_>,
    account: i64,
    deltas: &Deltas,
) -> Result<(), Failure> {
    let changes: Vec<_> = deltas.changes().collect();
    if changes.is_empty() {
        return Ok(());
    }
    let upsert = "INSERT INTO tallies (
            account, days, day, status, final, reason, currency, cases, paid_back, requests,
            requested, refunds, refunded, left_out
        )
        SELECT $1, days, day, status, final, reason, currency, cases, paid_back, requests,
            requested::numeric, refunds, refunded::numeric, left_out
        FROM unnest(
            $2::integer[], $3::integer[], $4::text[], $5::bool[], $6::text[], $7::text[],
            $8::bigint[], $9::bigint[], $10::bigint[], $11::text[], $12::bigint[], $13::text[],
            $14::bigint[]
        ) AS new (
            days, day, status, final, reason, currency, cases, paid_back, requests, requested,
            refunds, refunded, left_out
        )
        ON CONFLICT (account, days, day, status, final, reason, currency) DO UPDATE SET
            cases = tallies.cases + excluded.cases,
            paid_back = tallies.paid_back + excluded.paid_back,
            requests = tallies.requests + excluded.requests,
            requested = tallies.requested + excluded.requested,
            refunds = tallies.refunds + excluded.refunds,
            refunded = tallies.refunded + excluded.refunded,
            left_out = tallies.left_out + excluded.left_out";
    let upsert = transaction.prepare_cached(upsert).await?;
    let keys = || changes.iter().map(|(key, _)| *key);
    let shares = || changes.iter().map(|(_, share)| *share);
    let currencies = keys().map(|key| key.currency.map(|it| it.to_string()).unwrap_or_default());
    transaction
        .execute(
            &upsert,
            &[
                &account,
                &column(keys().map(|key| key.days)),
                &column(keys().map(|key| key.day)),
                &texts(keys().map(|key| Some(key.status.as_str()))),
                &column(keys().map(|key| key.is_final)),
                &texts(keys().map(|key| Some(&*key.reason))),
                &column(currencies),
                &column(shares().map(|share| share.cases)),
                &column(shares().map(|share| share.paid_back)),
                &column(shares().map(|share| share.requests)),
                &column(shares().map(|share| share.requested.to_string())),
                &column(shares().map(|share| share.refunds)),
                &column(shares().map(|share| share.refunded.to_string())),
                &column(shares().map(|share| share.left_out)),
            ],
        )
        .await?;
    let delete = "DELETE FROM tallies WHERE account = $1 AND cases = 0 AND paid_back = 0
        AND requests = 0 AND refunds = 0 AND left_out = 0";
    let has_less = changes.iter().any(|(_, share)| share.cases < 0);
    if has_less {
        let delete = transaction.prepare_cached(delete).await?;
        transaction.execute(&delete, &[&account]).await?;
    }
    Ok(())
}
