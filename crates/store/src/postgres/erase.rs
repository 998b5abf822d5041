//! What is removed.

use std::collections::BTreeMap;

use core_model::Source;
use deadpool_postgres::{Object, Transaction};
use jiff::Timestamp;
use tokio_postgres::Row;

use super::Postgres;
use super::connection::{Failure, text};
use super::read;
use super::write::count;
use crate::codec::{self, Packer};
use crate::erase;
use crate::tally::{Class, Deltas};

/// So many cases are removed in one transaction.
const CHUNK: i64 = 500;

impl Postgres {
    pub(super) async fn remove_ended(&self, older_than: Timestamp) -> Result<u64, Failure> {
        let mut client = self.client().await?;
        let remember = "UPDATE retention SET pruned_before = greatest(pruned_before, $1)";
        client.execute(remember, &[&older_than]).await?;
        let delete = "DELETE FROM runs WHERE ended_at < $1";
        client.execute(delete, &[&older_than]).await?;
        let mut removed = 0;
        for (account, _) in read::accounts(&client).await? {
            // Some at a time, so that others write in between.
            loop {
                let transaction = client.transaction().await?;
                let some = remove_some(&transaction, account, older_than).await?;
                transaction.commit().await?;
                if some == 0 {
                    break;
                }
                removed += some;
            }
        }
        Ok(removed)
    }

    pub(super) async fn remove_buyer(&self, buyer: &str, at: Timestamp) -> Result<u64, Failure> {
        let mut client = self.client().await?;
        let transaction = client.transaction().await?;
        // Waits for the batches that are being written, and lets no other begin.
        let lock = "SELECT salt FROM retention FOR UPDATE";
        let salt: Vec<u8> = transaction.query_one(lock, &[]).await?.try_get(0)?;
        // And for cases that are being removed.
        let lock = "SELECT FROM accounts ORDER BY key FOR UPDATE";
        transaction.execute(lock, &[]).await?;
        let remember = "INSERT INTO forgotten (buyer, until) VALUES ($1, $2)
            ON CONFLICT (buyer) DO UPDATE SET until = greatest(forgotten.until, excluded.until)";
        let trace = erase::trace(buyer, &salt);
        transaction.execute(remember, &[&&trace[..], &at]).await?;
        let select =
            format!("SELECT record, fingerprint, key, account FROM cases WHERE {OF_BUYER}");
        let rows = transaction.query(&select, &[&text(buyer), &at]).await?;
        erase_buyers(&transaction, &rows).await?;
        transaction.commit().await?;
        vacuum(&client).await?;
        Ok(rows.len() as u64)
    }

    pub(super) async fn remove_buyer_of(&self, source: &Source, id: &str) -> Result<bool, Failure> {
        let mut client = self.client().await?;
        let Some(account) = self.account(&client, source).await? else {
            return Ok(false);
        };
        let transaction = client.transaction().await?;
        // Waits for the batch that is being written, and for cases that are being removed.
        let lock = "SELECT FROM accounts WHERE key = $1 FOR UPDATE";
        transaction.execute(lock, &[&account]).await?;
        let select = "SELECT record, fingerprint, key, account FROM cases
            WHERE account = $1 AND id = $2";
        let rows = transaction.query(select, &[&account, &text(id)]).await?;
        erase_buyers(&transaction, &rows).await?;
        transaction.commit().await?;
        vacuum(&client).await?;
        Ok(!rows.is_empty())
    }

    pub(super) async fn count_ended_cases(&self, before: Timestamp) -> Result<u64, Failure> {
        let client = self.client().await?;
        let select = "SELECT count(*) FROM cases WHERE final AND last_at < $1";
        read::number(&client.query_one(select, &[&before]).await?)
    }

    pub(super) async fn count_cases_of_buyer(
        &self,
        buyer: &str,
        at: Timestamp,
    ) -> Result<u64, Failure> {
        let client = self.client().await?;
        let select = format!("SELECT count(*) FROM cases WHERE {OF_BUYER}");
        read::number(&client.query_one(&select, &[&text(buyer), &at]).await?)
    }
}

/// Whether a case is of a buyer, and was opened until a time.
const OF_BUYER: &str = "(buyer_id = $1 OR buyer_phone = $1 OR buyer_email = $1)
    AND (created_at IS NULL OR created_at <= $2)";

/// The server keeps what was replaced until then.
async fn vacuum(client: &Object) -> Result<(), Failure> {
    Ok(client.batch_execute("VACUUM cases, tallies").await?)
}

/// Writes cases over without their buyers. No batch is being written to their accounts meanwhile.
async fn erase_buyers(transaction: &Transaction<'_>, rows: &[Row]) -> Result<(), Failure> {
    let mut deltas: BTreeMap<i64, Deltas> = BTreeMap::new();
    let mut packer = Packer::default();
    let records = read::records(transaction, rows).await?;
    for (row, mut record) in rows.iter().zip(records) {
        let (key, account): (i64, i64) = (row.try_get(2)?, row.try_get(3)?);
        let deltas = deltas.entry(account).or_default();
        deltas.remove(&Class::of(&record))?;
        erase::erase(&mut record);
        let class = Class::of(&record);
        deltas.add(&class)?;
        let mut body = Vec::new();
        let fingerprint = codec::encode(&record, &mut body)?;
        let platform = record.platform.as_str();
        let dictionary = read::dictionary_of(transaction, platform).await?;
        let packed = packer.pack(&body, dictionary.as_ref())?;
        let update = "UPDATE cases SET buyer_id = NULL, buyer_phone = NULL, buyer_email = NULL,
                reason = $2, erased = true, record = $3, fingerprint = $4
            WHERE key = $1";
        let reason = text(&class.reason);
        transaction
            .execute(update, &[&key, &reason, &packed, &fingerprint])
            .await?;
    }
    for (account, deltas) in &deltas {
        count(transaction, *account, deltas).await?;
    }
    Ok(())
}

async fn remove_some(
    transaction: &Transaction<'_>,
    account: i64,
    older_than: Timestamp,
) -> Result<u64, Failure> {
    let lock = "SELECT FROM accounts WHERE key = $1 FOR UPDATE";
    transaction.execute(lock, &[&account]).await?;
    let select = "SELECT key FROM cases WHERE account = $1 AND final AND last_at < $2 LIMIT $3";
    let rows = transaction
        .query(select, &[&account, &older_than, &CHUNK])
        .await?;
    let keys = rows.iter().map(|row| row.try_get(0));
    let keys: Vec<i64> = keys.collect::<Result<_, _>>()?;
    let mut deltas = Deltas::default();
    for earlier in read::earlier(transaction, &keys).await?.values() {
        deltas.remove(&earlier.class)?;
    }
    // Items and history go with them.
    let delete = "DELETE FROM cases WHERE key = ANY ($1)";
    let removed = transaction.execute(delete, &[&keys]).await?;
    count(transaction, account, &deltas).await?;
    Ok(removed)
}
