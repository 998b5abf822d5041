//! How the copy is read.

use std::str::FromStr;

use core_model::{AfterSale, Currency, Money, NativeStatus, Order, Platform, Side, Source};
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::types::{Type, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params, params_from_iter};

use super::connection::Failure;
use super::log::AccountRow;
use crate::codec::{self, Dictionary, Unpacker, id_hash};
use crate::page::Earlier;
use crate::tally::{Class, Fold, Key, Share, day};
use crate::{
    Entry, Error, ErrorKind, Filter, Known, Listing, Mark, OpenCase, Sort, State, Stats,
    StatsFilter,
};

/// A connection that reads, with the dictionaries that it has met.
pub(super) struct Reader {
    pub(super) connection: Connection,
    unpacker: Unpacker,
}

impl Reader {
    pub(super) fn new(connection: Connection) -> Self {
        Self {
            connection,
            unpacker: Unpacker::default(),
        }
    }

    /// Runs a job, all of which sees the copy as it is at one time.
    pub(super) fn run<T>(
        &mut self,
        job: impl FnOnce(&mut Self) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.connection.execute_batch("BEGIN")?;
        let result = job(self);
        // Nothing was written: ending it either way is the same.
        let ended = self.connection.execute_batch("ROLLBACK");
        result.and_then(|value| Ok(ended.map(|()| value)?))
    }

    pub(super) fn known(
        &mut self,
        source: &Source,
        ids: &[String],
    ) -> Result<Vec<Option<Known>>, Failure> {
        let Some(account) = AccountRow::key(&self.connection, source)? else {
            return Ok(vec![None; ids.len()]);
        };
        let mut statement = self.connection.prepare_cached(
            "SELECT status, final, updated_at, unread_since FROM cases
             WHERE id_hash = ?1 AND account = ?2 AND id = ?3",
        )?;
        let known = ids.iter().map(|id| {
            let row = statement.query_row(params![id_hash(id), account, id], |row| {
                Ok(Known {
                    status: parsed(row, 0)?,
                    is_final: row.get(1)?,
                    updated_at: maybe_instant(row, 2)?,
                    read_at: instant(row, 3)?,
                })
            });
            Ok(row.optional()?)
        });
        known.collect()
    }

    pub(super) fn open_cases(
        &mut self,
        source: &Source,
        read_before: Timestamp,
        after: Option<&Mark>,
        limit: u32,
    ) -> Result<(Vec<OpenCase>, Option<Mark>), Failure> {
        let Some(account) = AccountRow::key(&self.connection, source)? else {
            return Ok((Vec::new(), None));
        };
        let mut statement = self.connection.prepare_cached(
            "SELECT id, order_id, order_number, order_ref, buyer_id, status, awaits, created_at,
                 updated_at, deadline, first_seen_at, unread_since, absent_since, key
             FROM cases
             WHERE NOT final AND account = ?1 AND unread_since < ?2
                 AND (unread_since, key) > (?3, ?4)
             ORDER BY unread_since, key LIMIT ?5",
        )?;
        let (since, case) = after.map_or((i64::MIN, i64::MIN), |at| (at.sorted_by, at.case));
        let values = params![account, read_before.as_millisecond(), since, case, limit];
        let mut last = None;
        let cases = statement.query_map(values, |row| {
            last = Some(Mark {
                sorted_by: row.get(11)?,
                case: row.get(13)?,
                ..Mark::default()
            });
            Ok(OpenCase {
                id: row.get(0)?,
                order: Order {
                    id: row.get(1)?,
                    number: row.get(2)?,
                    merchant_ref: row.get(3)?,
                },
                buyer: row.get(4)?,
                status: parsed(row, 5)?,
                awaits: maybe_parsed(row, 6)?,
                created_at: maybe_instant(row, 7)?,
                updated_at: maybe_instant(row, 8)?,
                deadline: maybe_instant(row, 9)?,
                first_seen_at: instant(row, 10)?,
                read_at: instant(row, 11)?,
                absent_since: maybe_instant(row, 12)?,
            })
        })?;
        let cases: Vec<_> = cases.collect::<Result<_, _>>()?;
        let is_full = u32::try_from(cases.len()) == Ok(limit);
        Ok((cases, last.filter(|_| is_full)))
    }

    pub(super) fn case(&mut self, source: &Source, id: &str) -> Result<Option<AfterSale>, Failure> {
        let Some(account) = AccountRow::key(&self.connection, source)? else {
            return Ok(None);
        };
        let Self {
            connection,
            unpacker,
        } = self;
        let mut statement = connection.prepare_cached(
            "SELECT record, fingerprint FROM cases
             WHERE id_hash = ?1 AND account = ?2 AND id = ?3",
        )?;
        let mut rows = statement.query(params![id_hash(id), account, id])?;
        let row = rows.next()?;
        row.map(|row| record(connection, unpacker, row)).transpose()
    }

    pub(super) fn list(
        &mut self,
        filter: &Filter,
        sort: Sort,
        after: Option<&Mark>,
        limit: u32,
    ) -> Result<Listing, Failure> {
        let accounts = match filter.accounts(accounts(&self.connection)?) {
            Some(accounts) if accounts.is_empty() => return Ok(Listing::default()),
            accounts => accounts,
        };
        let millis = |at: Timestamp| at.as_millisecond().to_string();
        let condition = filter.condition(accounts.as_deref(), sort, millis);
        let (order, after_mark) = match sort {
            Sort::FirstSeen => ("key", "key > ?2"),
            Sort::Queue => (
                "due_at, opened_at, account, key",
                "(due_at, opened_at, account, key) > (?3, ?4, ?5, ?2)",
            ),
        };
        let begin = after.map_or("TRUE", |_| after_mark);
        let Self {
            connection,
            unpacker,
        } = self;
        let mut statement = connection.prepare_cached(&format!(
            "SELECT record, fingerprint, key, due_at, opened_at, account FROM cases
             WHERE {begin} AND {condition} ORDER BY {order} LIMIT ?1"
        ))?;
        let at = after.cloned().unwrap_or_default();
        let values = [limit.into(), at.case, at.sorted_by, at.then_by, at.account];
        let needed = statement.parameter_count();
        let mut rows = statement.query(params_from_iter(values.into_iter().take(needed)))?;
        let mut listing = Listing::default();
        while let Some(row) = rows.next()? {
            listing.cases.push(record(connection, unpacker, row)?);
            listing.next = Some(Mark {
                case: row.get(2)?,
                sorted_by: row.get(3)?,
                then_by: row.get(4)?,
                account: row.get(5)?,
            });
        }
        if u32::try_from(listing.cases.len()) != Ok(limit) {
            listing.next = None;
        }
        Ok(listing)
    }

    pub(super) fn count(&mut self, filter: &Filter, sort: Sort) -> Result<u64, Failure> {
        let accounts = filter.accounts(accounts(&self.connection)?);
        let millis = |at: Timestamp| at.as_millisecond().to_string();
        let condition = filter.condition(accounts.as_deref(), sort, millis);
        let select = format!("SELECT count(*) FROM cases WHERE {condition}");
        let mut statement = self.connection.prepare_cached(&select)?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    pub(super) fn history(&mut self, source: &Source, id: &str) -> Result<Vec<Entry>, Failure> {
        let Some(account) = AccountRow::key(&self.connection, source)? else {
            return Ok(Vec::new());
        };
        let mut statement = self.connection.prepare_cached(
            "WITH this AS (
                 SELECT * FROM cases WHERE id_hash = ?1 AND account = ?2 AND id = ?3
             )
             SELECT status, awaits, native_code, native_label, requested, requested_currency,
                 refunded, refunded_currency, deadline, seen_at, entry
             FROM history WHERE case_key = (SELECT key FROM this)
             UNION ALL
             SELECT status, awaits, native_code, native_label, requested, requested_currency,
                 refunded, refunded_currency, deadline, coalesce(since, first_seen_at), NULL
             FROM this
             ORDER BY entry NULLS LAST",
        )?;
        let states = statement.query_map(params![id_hash(id), account, id], |row| {
            Ok((instant(row, 9)?, state(row, 0)?))
        })?;
        let states: Vec<_> = states.collect::<Result<_, _>>()?;
        Ok(Entry::sequence(states))
    }

    pub(super) fn stats(&mut self, filter: &StatsFilter, today: Date) -> Result<Stats, Failure> {
        let mut fold = Fold::new(filter, today);
        let mut statement = self.connection.prepare_cached(
            "SELECT status, final, reason, currency, days, day,
                 cases, paid_back, requests, requested, refunds, refunded, left_out
             FROM tallies WHERE account = ?1 AND days = ?2 AND day >= ?3 AND day < ?4
             ORDER BY status, final, reason, currency, day",
        )?;
        for (key, source) in accounts(&self.connection)? {
            let account = (source.platform().clone(), source.account().clone());
            if !fold.keeps(&account) {
                continue;
            }
            for span in fold.spans() {
                let mut rows = statement.query(params![key, span.days, span.from, span.until])?;
                while let Some(row) = rows.next()? {
                    let key = Key {
                        status: parsed(row, 0)?,
                        is_final: row.get(1)?,
                        reason: row.get(2)?,
                        currency: currency(row, 3)?,
                        days: row.get(4)?,
                        day: row.get(5)?,
                    };
                    fold.add(&account, key, share(row, 6)?)?;
                }
            }
        }
        Ok(fold.finish()?)
    }
}

/// All accounts with their keys, by platform and label.
pub(super) fn accounts(connection: &Connection) -> Result<Vec<(i64, Source)>, Failure> {
    let mut statement = connection.prepare_cached(
        "SELECT platform, account, side, key FROM accounts ORDER BY platform, account",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(3)?, source(row, 0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What a case was like that is about to be written over.
pub(super) fn earlier(connection: &Connection, key: i64) -> Result<Earlier, Failure> {
    let mut statement = connection.prepare_cached(
        "SELECT status, awaits, native_code, native_label, requested, requested_currency, refunded,
             refunded_currency, deadline, final, reason, created_at, paid_back, last_at,
             coalesce(since, first_seen_at)
         FROM cases WHERE key = ?1",
    )?;
    let earlier = statement.query_row([key], |row| {
        let state = state(row, 0)?;
        let class = Class {
            status: state.status,
            is_final: row.get(9)?,
            reason: row.get(10)?,
            day: day(maybe_instant(row, 11)?),
            paid_back: row.get(12)?,
            requested: state.requested,
            refunded: state.refunded,
        };
        Ok(Earlier {
            state,
            since: instant(row, 14)?,
            class,
            last_at: instant(row, 13)?,
        })
    });
    Ok(earlier?)
}

/// The dictionary of a platform, if there is one.
pub(super) fn dictionary_of(
    connection: &Connection,
    platform: &str,
) -> Result<Option<Dictionary>, Failure> {
    let select = "SELECT content FROM dictionaries WHERE platform = ?1";
    find_dictionary(connection, select, &platform)
}

/// The dictionary of a record, if it has one.
pub(super) fn dictionary(
    connection: &Connection,
    id: Option<u32>,
) -> Result<Option<Dictionary>, Failure> {
    let Some(id) = id else { return Ok(None) };
    let select = "SELECT content FROM dictionaries WHERE key = ?1";
    let dictionary = find_dictionary(connection, select, &id)?;
    let lost = || Error::new(ErrorKind::Corrupt, "the dictionary of a record is missing");
    Ok(Some(dictionary.ok_or_else(lost)?))
}

fn find_dictionary(
    connection: &Connection,
    select: &str,
    key: &dyn ToSql,
) -> Result<Option<Dictionary>, Failure> {
    let mut statement = connection.prepare_cached(select)?;
    let content: Option<Vec<u8>> = statement.query_row([key], |row| row.get(0)).optional()?;
    let dictionary = content.map(|content| Dictionary::new(&content));
    Ok(dictionary.transpose()?)
}

/// The first records of a platform, as they are kept.
pub(super) fn first_records(
    connection: &Connection,
    platform: &str,
    limit: usize,
) -> Result<Vec<(AfterSale, String)>, Failure> {
    let mut statement = connection.prepare_cached(
        "SELECT record, fingerprint FROM cases JOIN accounts ON accounts.key = cases.account
         WHERE accounts.platform = ?1 LIMIT ?2",
    )?;
    let mut unpacker = Unpacker::default();
    let mut rows = statement.query(params![platform, limit])?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        let record = record(connection, &mut unpacker, row)?;
        let body = codec::body(&record)?;
        records.push((record, body));
    }
    Ok(records)
}

/// A record from its compressed form and its fingerprint, the first two columns.
pub(super) fn record(
    connection: &Connection,
    unpacker: &mut Unpacker,
    row: &Row<'_>,
) -> Result<AfterSale, Failure> {
    let packed = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
    let id = codec::dictionary_of(packed);
    if !unpacker.knows(id) {
        unpacker.learn(dictionary(connection, id)?.as_ref())?;
    }
    Ok(unpacker.unpack(packed, row.get(1)?)?)
}

/// The part of a case that history keeps, from nine columns.
fn state(row: &Row<'_>, first: usize) -> rusqlite::Result<State> {
    Ok(State {
        status: parsed(row, first)?,
        awaits: maybe_parsed(row, first + 1)?,
        native_status: NativeStatus {
            code: row.get(first + 2)?,
            label: row.get(first + 3)?,
        },
        requested: money(row, first + 4)?,
        refunded: money(row, first + 6)?,
        deadline: maybe_instant(row, first + 8)?,
    })
}

/// Counts and sums, from seven columns.
pub(super) fn share(row: &Row<'_>, first: usize) -> rusqlite::Result<Share> {
    Ok(Share {
        cases: row.get(first)?,
        paid_back: row.get(first + 1)?,
        requests: row.get(first + 2)?,
        requested: parsed(row, first + 3)?,
        refunds: row.get(first + 4)?,
        refunded: parsed(row, first + 5)?,
        left_out: row.get(first + 6)?,
    })
}

/// Platform, account and side, from three columns.
pub(super) fn source(row: &Row<'_>, first: usize) -> rusqlite::Result<Source> {
    let platform: String = row.get(first)?;
    let account: String = row.get(first + 1)?;
    let side = match row.get_ref(first + 2)?.as_str()? {
        "buyer" => Side::Buyer,
        _ => Side::Seller,
    };
    Ok(Source::new(Platform::from(platform), account, side))
}

/// An amount and its currency, from two columns.
fn money(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<Money>> {
    let Some(amount) = row.get_ref(first)?.as_str_or_null()? else {
        return Ok(None);
    };
    let currency = currency(row, first + 1)?.ok_or_else(|| damaged(first + 1, "no currency"))?;
    let money = Money::from_major(amount, currency);
    money.map(Some).map_err(|error| damaged(first, error))
}

/// A currency; none where there is no text.
fn currency(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Currency>> {
    let code = row.get_ref(column)?.as_str_or_null()?;
    let code = code.filter(|code| !code.is_empty());
    code.map(Currency::new)
        .transpose()
        .map_err(|error| damaged(column, error))
}

pub(super) fn instant(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    Timestamp::from_millisecond(row.get(column)?).map_err(|error| damaged(column, error))
}

pub(super) fn maybe_instant(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    match row.get_ref(column)? {
        ValueRef::Null => Ok(None),
        _ => instant(row, column).map(Some),
    }
}

/// What a text stands for.
pub(super) fn parsed<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T: FromStr<Err: Into<BoxError>>,
{
    let text = row.get_ref(column)?.as_str()?;
    text.parse().map_err(|error| damaged(column, error))
}

pub(super) fn maybe_parsed<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>>
where
    T: FromStr<Err: Into<BoxError>>,
{
    match row.get_ref(column)? {
        ValueRef::Null => Ok(None),
        _ => parsed(row, column).map(Some),
    }
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A column that does not hold what was written.
fn damaged(column: usize, problem: impl Into<BoxError>) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, problem.into())
}
