//! How the copy is read.

use std::collections::HashMap;
use std::str::FromStr;

use core_model::{AfterSale, Currency, Money, NativeStatus, Order, Platform, Side, Source};
use deadpool_postgres::GenericClient;
use jiff::Timestamp;
use jiff::civil::Date;
use tokio_postgres::Row;
use tokio_postgres::types::{Timestamp as MaybeInfinite, ToSql};

use super::Postgres;
use super::connection::{Failure, text};
use crate::codec::{self, Dictionary, Unpacker};
use crate::page::Earlier;
use crate::tally::{Class, Fold, Key, Share, Span, day};
use crate::{
    Entry, Error, ErrorKind, Filter, Known, Listing, Mark, OpenCase, Sort, State, Stats,
    StatsFilter,
};

impl Postgres {
    pub(super) async fn read_known(
        &self,
        source: &Source,
        ids: &[String],
    ) -> Result<Vec<Option<Known>>, Failure> {
        let client = self.client().await?;
        let account = self.account(&client, source).await?;
        let select = "SELECT id, status, final, updated_at, read_at FROM cases
            WHERE account = $1 AND id = ANY ($2)";
        let select = client.prepare_cached(select).await?;
        let ids: Vec<_> = ids.iter().map(|id| text(id)).collect();
        let mut known = HashMap::new();
        for row in client.query(&select, &[&account, &ids]).await? {
            let case = Known {
                status: parsed(&row, 1)?,
                is_final: row.try_get(2)?,
                updated_at: row.try_get(3)?,
                read_at: row.try_get(4)?,
            };
            known.insert(row.try_get::<_, String>(0)?, case);
        }
        let in_order = ids.iter().map(|id| known.get(id.as_ref()).cloned());
        Ok(in_order.collect())
    }

    pub(super) async fn read_open(
        &self,
        source: &Source,
        read_before: Timestamp,
        after: Option<&Mark>,
        limit: u32,
    ) -> Result<(Vec<OpenCase>, Option<Mark>), Failure> {
        let client = self.client().await?;
        let account = self.account(&client, source).await?;
        let select = "SELECT id, order_id, order_number, order_ref, buyer_id, status, awaits,
                created_at, updated_at, deadline, first_seen_at, read_at, absent_since, key
            FROM cases
            WHERE NOT final AND account = $1 AND read_at < $2 AND (read_at, key) > ($3, $4)
            ORDER BY read_at, key LIMIT $5";
        let select = client.prepare_cached(select).await?;
        let (read_at, case) = match after {
            Some(at) => (unsortable(at.sorted_by), at.case),
            None => (MaybeInfinite::NegInfinity, i64::MIN),
        };
        let limit = i64::from(limit);
        let values: &[&(dyn ToSql + Sync)] = &[&account, &read_before, &read_at, &case, &limit];
        let rows = client.query(&select, values).await?;
        let cases = rows.iter().map(|row| {
            Ok(OpenCase {
                id: row.try_get(0)?,
                order: Order {
                    id: row.try_get(1)?,
                    number: row.try_get(2)?,
                    merchant_ref: row.try_get(3)?,
                },
                buyer: row.try_get(4)?,
                status: parsed(row, 5)?,
                awaits: maybe_parsed(row, 6)?,
                created_at: row.try_get(7)?,
                updated_at: row.try_get(8)?,
                deadline: row.try_get(9)?,
                first_seen_at: row.try_get(10)?,
                read_at: row.try_get(11)?,
                absent_since: row.try_get(12)?,
            })
        });
        let cases: Vec<_> = cases.collect::<Result<_, Failure>>()?;
        let is_full = i64::try_from(cases.len()) == Ok(limit);
        let next = rows.last().filter(|_| is_full).map(|row| {
            Ok::<_, Failure>(Mark {
                sorted_by: sortable(row.try_get(11)?),
                case: row.try_get(13)?,
                ..Mark::default()
            })
        });
        Ok((cases, next.transpose()?))
    }

    pub(super) async fn read_case(
        &self,
        source: &Source,
        id: &str,
    ) -> Result<Option<AfterSale>, Failure> {
        let client = self.client().await?;
        let account = self.account(&client, source).await?;
        let select = "SELECT record, fingerprint FROM cases WHERE account = $1 AND id = $2";
        let select = client.prepare_cached(select).await?;
        let row = client.query_opt(&select, &[&account, &text(id)]).await?;
        let records = records(&client, row.as_slice()).await?;
        Ok(records.into_iter().next())
    }

    pub(super) async fn read_listing(
        &self,
        filter: &Filter,
        sort: Sort,
        after: Option<&Mark>,
        limit: u32,
    ) -> Result<Listing, Failure> {
        let client = self.client().await?;
        let accounts = match filter.accounts(accounts(&client).await?) {
            Some(accounts) if accounts.is_empty() => return Ok(Listing::default()),
            accounts => accounts,
        };
        let condition = filter.condition(accounts.as_deref(), sort, |at| format!("'{at}'"));
        let (order, after_mark) = match sort {
            Sort::FirstSeen => ("key", "key > $2"),
            Sort::Queue => (
                "coalesce(deadline, 'infinity'), coalesce(created_at, 'infinity'), account, key",
                "(coalesce(deadline, 'infinity'), coalesce(created_at, 'infinity'), account, key)
                     > ($3, $4, $5, $2)",
            ),
        };
        let begin = after.map_or("TRUE", |_| after_mark);
        let select = format!(
            "SELECT record, fingerprint, key, coalesce(deadline, 'infinity'),
                 coalesce(created_at, 'infinity'), account
             FROM cases WHERE {begin} AND {condition} ORDER BY {order} LIMIT $1"
        );
        let select = client.prepare_cached(&select).await?;
        let at = after.cloned().unwrap_or_default();
        let limit = i64::from(limit);
        let (due, opened) = (unsortable(at.sorted_by), unsortable(at.then_by));
        let values: &[&(dyn ToSql + Sync)] = &[&limit, &at.case, &due, &opened, &at.account];
        let values = values.get(..select.params().len()).unwrap_or(values);
        let rows = client.query(&select, values).await?;
        let is_full = i64::try_from(rows.len()) == Ok(limit);
        let next = rows.last().filter(|_| is_full).map(|row| {
            Ok::<_, Failure>(Mark {
                case: row.try_get(2)?,
                sorted_by: sortable(row.try_get(3)?),
                then_by: sortable(row.try_get(4)?),
                account: row.try_get(5)?,
            })
        });
        Ok(Listing {
            next: next.transpose()?,
            cases: records(&client, &rows).await?,
        })
    }

    pub(super) async fn read_history(
        &self,
        source: &Source,
        id: &str,
    ) -> Result<Vec<Entry>, Failure> {
        let client = self.client().await?;
        let account = self.account(&client, source).await?;
        let select = "WITH this AS (SELECT * FROM cases WHERE account = $1 AND id = $2)
            SELECT status, awaits, native_code, native_label, requested, requested_currency,
                refunded, refunded_currency, deadline, seen_at, entry
            FROM history WHERE case_key = (SELECT key FROM this)
            UNION ALL
            SELECT status, awaits, native_code, native_label, requested, requested_currency,
                refunded, refunded_currency, deadline, since, NULL
            FROM this
            ORDER BY entry NULLS LAST";
        let select = client.prepare_cached(select).await?;
        let rows = client.query(&select, &[&account, &text(id)]).await?;
        let states = rows.iter().map(|row| Ok((row.try_get(9)?, state(row, 0)?)));
        Ok(Entry::sequence(states.collect::<Result<_, Failure>>()?))
    }

    pub(super) async fn read_stats(
        &self,
        filter: &StatsFilter,
        today: Date,
    ) -> Result<Stats, Failure> {
        let mut client = self.client().await?;
        // All accounts as they are at one time.
        let transaction = client.build_transaction().read_only(true);
        let transaction =
            transaction.isolation_level(tokio_postgres::IsolationLevel::RepeatableRead);
        let transaction = transaction.start().await?;
        let mut fold = Fold::new(filter, today);
        let select = "SELECT status, final, reason, currency, days, day,
                cases, paid_back, requests, requested::text, refunds, refunded::text, left_out
            FROM tallies WHERE account = $1 AND days = $2 AND day >= $3 AND day < $4
            ORDER BY status, final, reason, currency, day";
        let select = transaction.prepare_cached(select).await?;
        for (key, source) in accounts(&transaction).await? {
            let account = (source.platform().clone(), source.account().clone());
            if !fold.keeps(&account) {
                continue;
            }
            for Span { days, from, until } in fold.spans() {
                let values: [&(dyn ToSql + Sync); 4] = [&key, &days, &from, &until];
                for row in transaction.query(&select, &values).await? {
                    let key = Key {
                        status: parsed(&row, 0)?,
                        is_final: row.try_get(1)?,
                        reason: row.try_get(2)?,
                        currency: currency(&row, 3)?,
                        days: row.try_get(4)?,
                        day: row.try_get(5)?,
                    };
                    let share = Share {
                        cases: row.try_get(6)?,
                        paid_back: row.try_get(7)?,
                        requests: row.try_get(8)?,
                        requested: parsed(&row, 9)?,
                        refunds: row.try_get(10)?,
                        refunded: parsed(&row, 11)?,
                        left_out: row.try_get(12)?,
                    };
                    fold.add(&account, key, share)?;
                }
            }
        }
        Ok(fold.finish()?)
    }
}

/// All accounts with their keys, by platform and label.
pub(super) async fn accounts(client: &impl GenericClient) -> Result<Vec<(i64, Source)>, Failure> {
    let select = "SELECT platform, account, side, key FROM accounts
        ORDER BY platform COLLATE \"C\", account COLLATE \"C\"";
    let select = client.prepare_cached(select).await?;
    let rows = client.query(&select, &[]).await?;
    let accounts = rows
        .iter()
        .map(|row| Ok((row.try_get(3)?, source(row, 0)?)));
    accounts.collect()
}

/// What cases were like that are about to be written over or removed, by their keys.
pub(super) async fn earlier(
    client: &impl GenericClient,
    keys: &[i64],
) -> Result<HashMap<i64, Earlier>, Failure> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let select = "SELECT status, awaits, native_code, native_label, requested, requested_currency,
            refunded, refunded_currency, deadline, final, reason, created_at, paid_back, last_at,
            since, key
        FROM cases WHERE key = ANY ($1)";
    let select = client.prepare_cached(select).await?;
    let rows = client.query(&select, &[&keys]).await?;
    let earlier = rows.iter().map(|row| {
        let state = state(row, 0)?;
        let class = Class {
            status: state.status,
            is_final: row.try_get(9)?,
            reason: row.try_get(10)?,
            day: day(row.try_get(11)?),
            paid_back: row.try_get(12)?,
            requested: state.requested,
            refunded: state.refunded,
        };
        let earlier = Earlier {
            state,
            since: row.try_get(14)?,
            class,
            last_at: row.try_get(13)?,
        };
        Ok((row.try_get(15)?, earlier))
    });
    earlier.collect()
}

/// The dictionary of a platform, if there is one.
pub(super) async fn dictionary_of(
    client: &impl GenericClient,
    platform: &str,
) -> Result<Option<Dictionary>, Failure> {
    let select = "SELECT content FROM dictionaries WHERE platform = $1";
    let row = client.query_opt(select, &[&platform]).await?;
    row.map(|row| Ok(Dictionary::new(row.try_get(0)?)?))
        .transpose()
}

/// The first records of a platform, as they are kept.
pub(super) async fn first_records(
    client: &impl GenericClient,
    platform: &str,
    limit: usize,
) -> Result<Vec<(AfterSale, String)>, Failure> {
    let select = "SELECT record, fingerprint
        FROM cases JOIN accounts ON accounts.key = cases.account
        WHERE accounts.platform = $1 LIMIT $2";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = client.query(select, &[&platform, &limit]).await?;
    let bodies = records(client, &rows).await?.into_iter().map(|record| {
        let body = codec::body(&record)?;
        Ok((record, body))
    });
    bodies.collect()
}

/// Records from their compressed form and their fingerprint, the first two columns.
pub(super) async fn records(
    client: &impl GenericClient,
    rows: &[Row],
) -> Result<Vec<AfterSale>, Failure> {
    let mut unpacker = Unpacker::default();
    let mut records = Vec::with_capacity(rows.len());
    for row in rows {
        let packed = row.try_get(0)?;
        let id = codec::dictionary_of(packed);
        if !unpacker.knows(id) {
            unpacker.learn(dictionary(client, id).await?.as_ref())?;
        }
        records.push(unpacker.unpack(packed, row.try_get(1)?)?);
    }
    Ok(records)
}

/// The dictionary of a record, if it has one.
async fn dictionary(
    client: &impl GenericClient,
    id: Option<u32>,
) -> Result<Option<Dictionary>, Failure> {
    let Some(id) = id else { return Ok(None) };
    let select = "SELECT content FROM dictionaries WHERE key = $1";
    let row = client.query_opt(select, &[&i64::from(id)]).await?;
    let lost = || Error::new(ErrorKind::Corrupt, "the dictionary of a record is missing");
    Ok(Some(Dictionary::new(row.ok_or_else(lost)?.try_get(0)?)?))
}

/// The part of a case that history keeps, from nine columns.
fn state(row: &Row, first: usize) -> Result<State, Failure> {
    Ok(State {
        status: parsed(row, first)?,
        awaits: maybe_parsed(row, first + 1)?,
        native_status: NativeStatus {
            code: row.try_get(first + 2)?,
            label: row.try_get(first + 3)?,
        },
        requested: money(row, first + 4)?,
        refunded: money(row, first + 6)?,
        deadline: row.try_get(first + 8)?,
    })
}

/// Platform, account and side, from three columns.
pub(super) fn source(row: &Row, first: usize) -> Result<Source, Failure> {
    let platform: String = row.try_get(first)?;
    let account: String = row.try_get(first + 1)?;
    let side = match row.try_get(first + 2)? {
        "buyer" => Side::Buyer,
        _ => Side::Seller,
    };
    Ok(Source::new(Platform::from(platform), account, side))
}

/// An amount and its currency, from two columns.
fn money(row: &Row, first: usize) -> Result<Option<Money>, Failure> {
    let Some(amount) = row.try_get(first)? else {
        return Ok(None);
    };
    let currency = currency(row, first + 1)?.ok_or_else(|| damaged("an amount has no currency"))?;
    Ok(Some(Money::from_major(amount, currency).map_err(damaged)?))
}

/// A currency; none where there is no text.
fn currency(row: &Row, column: usize) -> Result<Option<Currency>, Failure> {
    let code: Option<&str> = row.try_get(column)?;
    let code = code.filter(|code| !code.is_empty());
    Ok(code.map(Currency::new).transpose().map_err(damaged)?)
}

/// What a text stands for.
fn parsed<T>(row: &Row, column: usize) -> Result<T, Failure>
where
    T: FromStr<Err: Into<BoxError>>,
{
    let text: &str = row.try_get(column)?;
    Ok(text.parse().map_err(damaged)?)
}

pub(super) fn maybe_parsed<T>(row: &Row, column: usize) -> Result<Option<T>, Failure>
where
    T: FromStr<Err: Into<BoxError>>,
{
    let text: Option<&str> = row.try_get(column)?;
    Ok(text.map(str::parse).transpose().map_err(damaged)?)
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A column that does not hold what was written.
fn damaged(problem: impl Into<BoxError>) -> Error {
    Error::new(ErrorKind::Corrupt, "a stored case cannot be read").with_cause(problem)
}

/// A time as a mark keeps it: microseconds, or the largest number for none.
fn sortable(at: MaybeInfinite<Timestamp>) -> i64 {
    match at {
        MaybeInfinite::NegInfinity => i64::MIN,
        MaybeInfinite::PosInfinity => i64::MAX,
        MaybeInfinite::Value(at) => at.as_microsecond(),
    }
}

fn unsortable(at: i64) -> MaybeInfinite<Timestamp> {
    match Timestamp::from_microsecond(at) {
        Ok(at) => MaybeInfinite::Value(at),
        Err(_) => MaybeInfinite::PosInfinity,
    }
}
