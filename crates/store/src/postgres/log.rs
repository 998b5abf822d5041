//! Accounts, leases, positions and the run log.

use std::collections::BTreeMap;

use core_model::Source;
use deadpool_postgres::{GenericClient, Transaction};
use jiff::Timestamp;
use tokio_postgres::types::ToSql;

use super::Postgres;
use super::connection::{Failure, text};
use super::read::{self, maybe_parsed};
use crate::{Counts, Error, ErrorKind, Lease, Run, RunEnd, RunId};

/// An account as it is kept.
pub(super) struct AccountRow {
    pub(super) key: i64,
    epoch: i64,
    holder: Option<String>,
    held_until: Option<Timestamp>,
}

impl AccountRow {
    /// The account, noted where it was not known. Nobody else writes for it until the transaction ends.
    pub(super) async fn lock(
        transaction: &Transaction<'_>,
        source: &Source,
    ) -> Result<Self, Failure> {
        let platform = source.platform().as_str();
        let account = source.account().as_str();
        let side = source.side().to_string();
        loop {
            let select = "SELECT key, epoch, holder, held_until, side FROM accounts
                WHERE platform = $1 AND account = $2 FOR UPDATE";
            let select = transaction.prepare_cached(select).await?;
            if let Some(row) = transaction
                .query_opt(&select, &[&platform, &account])
                .await?
            {
                let account = Self {
                    key: row.try_get(0)?,
                    epoch: row.try_get(1)?,
                    holder: row.try_get(2)?,
                    held_until: row.try_get(3)?,
                };
                if row.try_get::<_, &str>(4)? != side {
                    let update = "UPDATE accounts SET side = $2 WHERE key = $1";
                    transaction.execute(update, &[&account.key, &side]).await?;
                }
                return Ok(account);
            }
            let insert = "INSERT INTO accounts (platform, account, side) VALUES ($1, $2, $3)
                ON CONFLICT DO NOTHING";
            transaction
                .execute(insert, &[&platform, &account, &side])
                .await?;
        }
    }

    /// Refuses a worker that has lost the account.
    pub(super) fn admit(&self, lease: &Lease) -> Result<(), Failure> {
        if self.holder.is_some() && u64::try_from(self.epoch) == Ok(lease.epoch) {
            return Ok(());
        }
        Err(lease.lost(self.epoch).into())
    }
}

impl Postgres {
    /// The key of an account; `None` where nothing is kept of it.
    pub(super) async fn account(
        &self,
        client: &impl GenericClient,
        source: &Source,
    ) -> Result<Option<i64>, Failure> {
        let select = "SELECT key FROM accounts WHERE platform = $1 AND account = $2";
        let select = client.prepare_cached(select).await?;
        let platform = source.platform().as_str();
        let account = source.account().as_str();
        let row = client.query_opt(&select, &[&platform, &account]).await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    pub(super) async fn write_lease(
        &self,
        source: &Source,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Lease>, Failure> {
        let mut client = self.client().await?;
        let transaction = client.transaction().await?;
        let account = AccountRow::lock(&transaction, source).await?;
        let is_ours = account.holder.as_deref() == Some(holder);
        let is_held =
            account.holder.is_some() && account.held_until.is_some_and(|until| until > now);
        if is_held && !is_ours {
            return Ok(None);
        }
        let epoch = account.epoch + i64::from(!is_ours);
        transaction
            .execute(
                "UPDATE accounts SET epoch = $2, holder = $3, held_until = $4 WHERE key = $1",
                &[&account.key, &epoch, &holder, &until],
            )
            .await?;
        transaction.commit().await?;
        Ok(Some(Lease {
            source: source.clone(),
            epoch: epoch.unsigned_abs(),
            expires_at: until,
        }))
    }

    pub(super) async fn write_release(&self, lease: &Lease) -> Result<(), Failure> {
        let platform = lease.source.platform().as_str();
        let account = lease.source.account().as_str();
        let epoch = i64::try_from(lease.epoch).unwrap_or(i64::MAX);
        self.client()
            .await?
            .execute(
                "UPDATE accounts SET holder = NULL, held_until = NULL
                 WHERE platform = $1 AND account = $2 AND epoch = $3",
                &[&platform, &account, &epoch],
            )
            .await?;
        Ok(())
    }

    pub(super) async fn write_run(&self, source: &Source, at: Timestamp) -> Result<RunId, Failure> {
        let mut client = self.client().await?;
        let transaction = client.transaction().await?;
        let account = AccountRow::lock(&transaction, source).await?;
        let insert = "INSERT INTO runs (account, started_at) VALUES ($1, $2) RETURNING key";
        let row = transaction.query_one(insert, &[&account.key, &at]).await?;
        transaction.commit().await?;
        Ok(RunId(row.try_get(0)?))
    }

    pub(super) async fn write_end(&self, run: RunId, end: &RunEnd) -> Result<(), Failure> {
        let error = end.error.as_deref().map(text);
        self.client()
            .await?
            .execute(
                "UPDATE runs SET ended_at = $2, ending = $3, error = $4 WHERE key = $1",
                &[&run.0, &end.at, &end.ending.as_str(), &error],
            )
            .await?;
        Ok(())
    }

    pub(super) async fn read_accounts(&self) -> Result<Vec<Source>, Failure> {
        let accounts = read::accounts(&self.client().await?).await?;
        Ok(accounts.into_iter().map(|(_, source)| source).collect())
    }

    pub(super) async fn read_positions(
        &self,
        source: &Source,
    ) -> Result<BTreeMap<String, String>, Failure> {
        let client = self.client().await?;
        let account = self.account(&client, source).await?;
        let select = "SELECT name, position FROM positions WHERE account = $1";
        let select = client.prepare_cached(select).await?;
        let rows = client.query(&select, &[&account]).await?;
        let positions = rows
            .iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
        positions.collect()
    }

    pub(super) async fn read_runs(
        &self,
        source: Option<&Source>,
        limit: u32,
    ) -> Result<Vec<Run>, Failure> {
        let client = self.client().await?;
        let account = match source {
            None => None,
            Some(source) => match self.account(&client, source).await? {
                Some(account) => Some(account),
                None => return Ok(Vec::new()),
            },
        };
        let select = "SELECT platform, accounts.account, side, started_at, ended_at, ending, pages,
                new, changed, unchanged, unreadable, error, runs.key
            FROM runs JOIN accounts ON accounts.key = runs.account
            WHERE $1::bigint IS NULL OR runs.account = $1
            ORDER BY runs.key DESC LIMIT $2";
        let select = client.prepare_cached(select).await?;
        let rows = client
            .query(&select, &[&account, &i64::from(limit)])
            .await?;
        let runs = rows.iter().map(|row| {
            let count = |column| Ok::<_, Failure>(row.try_get::<_, i64>(column)?.unsigned_abs());
            Ok(Run {
                id: RunId(row.try_get(12)?),
                source: read::source(row, 0)?,
                started_at: row.try_get(3)?,
                ended_at: row.try_get(4)?,
                ending: maybe_parsed(row, 5)?,
                counts: Counts {
                    pages: count(6)?,
                    new: count(7)?,
                    changed: count(8)?,
                    unchanged: count(9)?,
                    unreadable: count(10)?,
                },
                error: row.try_get(11)?,
            })
        });
        runs.collect()
    }
}

/// Moves the positions that a batch names.
pub(super) async fn move_positions(
    transaction: &Transaction<'_>,
    account: i64,
    positions: &[(String, Option<String>)],
) -> Result<(), Failure> {
    for (name, position) in positions {
        match position {
            Some(position) => {
                let upsert = "INSERT INTO positions (account, name, position) VALUES ($1, $2, $3)
                    ON CONFLICT (account, name) DO UPDATE SET position = excluded.position";
                let upsert = transaction.prepare_cached(upsert).await?;
                let values: &[&(dyn ToSql + Sync)] = &[&account, name, position];
                transaction.execute(&upsert, values).await?
            }
            None => {
                let delete = "DELETE FROM positions WHERE account = $1 AND name = $2";
                transaction.execute(delete, &[&account, name]).await?
            }
        };
    }
    Ok(())
}

/// Adds what a batch has written to the run that it belongs to.
pub(super) async fn add_counts(
    transaction: &Transaction<'_>,
    run: RunId,
    account: i64,
    counts: Counts,
) -> Result<(), Failure> {
    let update = "UPDATE runs SET pages = pages + $3, new = new + $4, changed = changed + $5,
            unchanged = unchanged + $6, unreadable = unreadable + $7
        WHERE key = $1 AND account = $2";
    let update = transaction.prepare_cached(update).await?;
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let counted = transaction
        .execute(
            &update,
            &[
                &run.0,
                &account,
                &number(counts.pages),
                &number(counts.new),
                &number(counts.changed),
                &number(counts.unchanged),
                &number(counts.unreadable),
            ],
        )
        .await?;
    if counted == 0 {
        let message = "the run is none of this account";
        return Err(Error::new(ErrorKind::Config, message).into());
    }
    Ok(())
}
