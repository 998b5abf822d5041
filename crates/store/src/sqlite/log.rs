//! Accounts, leases, positions and the run log.

use std::collections::BTreeMap;

use core_model::Source;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::connection::Failure;
use super::read::{self, Reader};
use super::write::Writer;
use crate::{Counts, Error, ErrorKind, Lease, Run, RunEnd, RunId};

/// An account as it is kept.
pub(super) struct AccountRow {
    pub(super) key: i64,
    epoch: u64,
    holder: Option<String>,
    held_until: Option<i64>,
}

impl AccountRow {
    /// The account, noted where it was not known.
    pub(super) fn of(connection: &Connection, source: &Source) -> Result<Self, Failure> {
        let platform = source.platform().as_str();
        let account = source.account().as_str();
        let side = source.side().to_string();
        if let Some((row, noted)) = Self::find(connection, source)? {
            if noted != side {
                let update = "UPDATE accounts SET side = ?2 WHERE key = ?1";
                connection.execute(update, params![row.key, side])?;
            }
            return Ok(row);
        }
        let insert = "INSERT INTO accounts (platform, account, side) VALUES (?1, ?2, ?3)";
        connection.execute(insert, params![platform, account, side])?;
        Ok(Self {
            key: connection.last_insert_rowid(),
            epoch: 0,
            holder: None,
            held_until: None,
        })
    }

    fn find(connection: &Connection, source: &Source) -> Result<Option<(Self, String)>, Failure> {
        let mut statement = connection.prepare_cached(
            "SELECT key, epoch, holder, held_until, side FROM accounts
             WHERE platform = ?1 AND account = ?2",
        )?;
        let key = params![source.platform().as_str(), source.account().as_str()];
        let row = statement.query_row(key, |row| {
            let account = Self {
                key: row.get(0)?,
                epoch: row.get(1)?,
                holder: row.get(2)?,
                held_until: row.get(3)?,
            };
            Ok((account, row.get(4)?))
        });
        Ok(row.optional()?)
    }

    /// The key of an account; `None` where nothing is kept of it.
    pub(super) fn key(connection: &Connection, source: &Source) -> Result<Option<i64>, Failure> {
        Ok(Self::find(connection, source)?.map(|(row, _)| row.key))
    }

    /// Refuses a worker that has lost the account.
    pub(super) fn admit(&self, lease: &Lease) -> Result<(), Failure> {
        if self.holder.is_some() && self.epoch == lease.epoch {
            return Ok(());
        }
        Err(lease.lost(self.epoch).into())
    }
}

impl Writer {
    pub(super) fn lease(
        &mut self,
        source: &Source,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Lease>, Failure> {
        let transaction = self.begin()?;
        let account = AccountRow::of(&transaction, source)?;
        let is_ours = account.holder.as_deref() == Some(holder);
        let is_held = account.holder.is_some()
            && account
                .held_until
                .is_some_and(|until| until > now.as_millisecond());
        if is_held && !is_ours {
            return Ok(None);
        }
        let epoch = account.epoch + u64::from(!is_ours);
        transaction.execute(
            "UPDATE accounts SET epoch = ?2, holder = ?3, held_until = ?4 WHERE key = ?1",
            params![account.key, epoch, holder, until.as_millisecond()],
        )?;
        transaction.commit()?;
        Ok(Some(Lease {
            source: source.clone(),
            epoch,
            expires_at: until,
        }))
    }

    pub(super) fn release(&mut self, lease: &Lease) -> Result<(), Failure> {
        let source = &lease.source;
        self.connection.execute(
            "UPDATE accounts SET holder = NULL, held_until = NULL
             WHERE platform = ?1 AND account = ?2 AND epoch = ?3",
            params![
                source.platform().as_str(),
                source.account().as_str(),
                lease.epoch
            ],
        )?;
        Ok(())
    }

    pub(super) fn begin_run(&mut self, source: &Source, at: Timestamp) -> Result<RunId, Failure> {
        let transaction = self.begin()?;
        let account = AccountRow::of(&transaction, source)?;
        let insert = "INSERT INTO runs (account, started_at) VALUES (?1, ?2)";
        transaction.execute(insert, params![account.key, at.as_millisecond()])?;
        let run = RunId(transaction.last_insert_rowid());
        transaction.commit()?;
        Ok(run)
    }

    pub(super) fn finish_run(&mut self, run: RunId, end: &RunEnd) -> Result<(), Failure> {
        self.connection.execute(
            "UPDATE runs SET ended_at = ?2, ending = ?3, error = ?4 WHERE key = ?1",
            params![
                run.0,
                end.at.as_millisecond(),
                end.ending.as_str(),
                end.error
            ],
        )?;
        Ok(())
    }
}

/// Moves the positions that a batch names.
pub(super) fn move_positions(
    connection: &Connection,
    account: i64,
    positions: &[(String, Option<String>)],
) -> Result<(), Failure> {
    for (name, position) in positions {
        match position {
            Some(position) => connection
                .prepare_cached(
                    "INSERT INTO positions (account, name, position) VALUES (?1, ?2, ?3)
                     ON CONFLICT DO UPDATE SET position = excluded.position",
                )?
                .execute(params![account, name, position])?,
            None => connection
                .prepare_cached("DELETE FROM positions WHERE account = ?1 AND name = ?2")?
                .execute(params![account, name])?,
        };
    }
    Ok(())
}

/// Adds what a batch has written to the run that it belongs to.
pub(super) fn add_counts(
    connection: &Connection,
    run: RunId,
    account: i64,
    counts: Counts,
) -> Result<(), Failure> {
    let mut statement = connection.prepare_cached(
        "UPDATE runs SET pages = pages + ?3, new = new + ?4, changed = changed + ?5,
             unchanged = unchanged + ?6, unreadable = unreadable + ?7
         WHERE key = ?1 AND account = ?2",
    )?;
    let Counts {
        pages,
        new,
        changed,
        unchanged,
        unreadable,
    } = counts;
    let counted = statement.execute(params![
        run.0, account, pages, new, changed, unchanged, unreadable
    ])?;
    if counted == 0 {
        let message = "the run is none of this account";
        return Err(Error::new(ErrorKind::Config, message).into());
    }
    Ok(())
}

impl Reader {
    pub(super) fn accounts(&mut self) -> Result<Vec<Source>, Failure> {
        let accounts = read::accounts(&self.connection)?;
        Ok(accounts.into_iter().map(|(_, source)| source).collect())
    }

    pub(super) fn positions(
        &mut self,
        source: &Source,
    ) -> Result<BTreeMap<String, String>, Failure> {
        let Some(account) = AccountRow::key(&self.connection, source)? else {
            return Ok(BTreeMap::new());
        };
        let mut statement = self
            .connection
            .prepare_cached("SELECT name, position FROM positions WHERE account = ?1")?;
        let rows = statement.query_map([account], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub(super) fn runs(
        &mut self,
        source_of_runs: Option<&Source>,
        limit: u32,
    ) -> Result<Vec<Run>, Failure> {
        let account = match source_of_runs {
            None => None,
            Some(source) => match AccountRow::key(&self.connection, source)? {
                Some(account) => Some(account),
                None => return Ok(Vec::new()),
            },
        };
        let mut statement = self.connection.prepare_cached(
            "SELECT platform, accounts.account, side, started_at, ended_at, ending, pages, new, changed,
                 unchanged, unreadable, error, runs.key
             FROM runs JOIN accounts ON accounts.key = runs.account
             WHERE ?1 IS NULL OR runs.account = ?1
             ORDER BY runs.key DESC LIMIT ?2",
        )?;
        let rows = statement.query_map(params![account, limit], |row| {
            Ok(Run {
                id: RunId(row.get(12)?),
                source: read::source(row, 0)?,
                started_at: read::instant(row, 3)?,
                ended_at: read::maybe_instant(row, 4)?,
                ending: read::maybe_parsed(row, 5)?,
                counts: Counts {
                    pages: row.get(6)?,
                    new: row.get(7)?,
                    changed: row.get(8)?,
                    unchanged: row.get(9)?,
                    unreadable: row.get(10)?,
                },
                error: row.get(11)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
