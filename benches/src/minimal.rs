//! The yardstick for the local copy: the least code that keeps Shoplazza's cases in an SQLite file, in the shape that is
//! known to be fast. It understands no other platform, keeps no counts, forgets nobody and trusts every answer.

use std::path::Path;

use futures_util::{StreamExt, stream};
use reqwest::Client;
use rusqlite::{Connection, OptionalExtension, params};
use sandbox::credentials;
use serde::Deserialize;
use serde_json::value::RawValue;
use twox_hash::XxHash3_64;
use zstd::bulk::Compressor;

use crate::Result;

/// What the tables need of a case, and its text.
#[derive(Debug)]
pub struct Case {
    fields: Fields,
    raw: Box<RawValue>,
}

#[derive(Debug, Deserialize)]
struct Fields {
    id: String,
    number: String,
    order_number: String,
    status: String,
    currency_code: String,
    refund_amount: String,
    order_total: String,
    customer_name: String,
    created_at: String,
    line_items: Vec<Item>,
}

#[derive(Debug, Deserialize)]
struct Item {
    id: String,
    product_id: String,
    sku: String,
    product_title: String,
    refund_quantity: u32,
    price: String,
}

impl Case {
    /// Reads a case.
    ///
    /// # Errors
    /// When it is not as documented.
    pub fn read(raw: &RawValue) -> Result<Self> {
        Ok(Self {
            fields: serde_json::from_str(raw.get())?,
            raw: raw.to_owned(),
        })
    }
}

/// The tables: the case as it is, its items, what it was like before.
const TABLES: &str = "
    PRAGMA page_size = 16384;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA cache_size = -32768;
    PRAGMA foreign_keys = OFF;
    CREATE TABLE cases (
        key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, number TEXT, order_number TEXT, status TEXT,
        currency TEXT, requested TEXT, order_total TEXT, buyer TEXT, created_at TEXT, hash INTEGER, raw BLOB
    );
    CREATE TABLE items (
        case_key INTEGER, line INTEGER, id TEXT, product_id TEXT, sku TEXT, title TEXT, quantity INTEGER, price TEXT,
        PRIMARY KEY (case_key, line)
    ) WITHOUT ROWID;
    CREATE TABLE history (
        case_key INTEGER, entry INTEGER, seen_at INTEGER, status TEXT, requested TEXT,
        PRIMARY KEY (case_key, entry)
    ) WITHOUT ROWID;
    CREATE TABLE position (account TEXT PRIMARY KEY, position TEXT);
";

/// A file with cases.
#[allow(missing_debug_implementations, reason = "zstd's compressor has none")]
pub struct Copy {
    connection: Connection,
    compressor: Option<Compressor<'static>>,
}

impl Copy {
    /// A new file.
    ///
    /// # Errors
    /// When there is one already.
    pub fn create(path: &Path) -> Result<Self> {
        let connection = Connection::open(path)?;
        connection.execute_batch(TABLES)?;
        Ok(Self {
            connection,
            compressor: None,
        })
    }

    /// Writes a page in one transaction, with the position after it, and counts what was new or different.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn apply(&mut self, page: &[Case], position: u64, seen_at: i64) -> Result<usize> {
        let compressor = match &mut self.compressor {
            Some(compressor) => compressor,
            none => {
                let samples: Vec<&str> = page.iter().map(|case| case.raw.get()).collect();
                let dictionary = zstd::dict::from_samples(&samples, 32 << 10)?;
                none.insert(Compressor::with_dictionary(3, &dictionary)?)
            }
        };
        let transaction = self.connection.transaction()?;
        let mut select = transaction
            .prepare_cached("SELECT key, hash, status, requested FROM cases WHERE id = ?1")?;
        let mut insert = transaction.prepare_cached(
            "INSERT INTO cases VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?;
        let mut update = transaction.prepare_cached(
            "UPDATE cases SET number = ?2, order_number = ?3, status = ?4, currency = ?5, requested = ?6,
                 order_total = ?7, buyer = ?8, created_at = ?9, hash = ?10, raw = ?11 WHERE id = ?1",
        )?;
        let mut clear = transaction.prepare_cached("DELETE FROM items WHERE case_key = ?1")?;
        let mut item = transaction
            .prepare_cached("INSERT INTO items VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
        let mut entry = transaction.prepare_cached(
            "INSERT INTO history VALUES (
                 ?1, (SELECT coalesce(max(entry) + 1, 0) FROM history WHERE case_key = ?1), ?2, ?3, ?4
             )",
        )?;
        let mut written = 0;
        for case in page {
            let fields = &case.fields;
            let raw = case.raw.get().as_bytes();
            let hash = XxHash3_64::oneshot(raw).cast_signed();
            let known: Option<(i64, i64, String, String)> = select
                .query_row([&fields.id], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
                })
                .optional()?;
            if known
                .as_ref()
                .is_some_and(|(_, before, ..)| *before == hash)
            {
                continue;
            }
            written += 1;
            let raw = compressor.compress(raw)?;
            let values = params![
                fields.id,
                fields.number,
                fields.order_number,
                fields.status,
                fields.currency_code,
                fields.refund_amount,
                fields.order_total,
                fields.customer_name,
                fields.created_at,
                hash,
                raw,
            ];
            let key = match &known {
                Some((key, ..)) => {
                    update.execute(values)?;
                    clear.execute([key])?;
                    *key
                }
                None => insert.insert(values)?,
            };
            for (line, goods) in fields.line_items.iter().enumerate() {
                item.execute(params![
                    key,
                    line,
                    goods.id,
                    goods.product_id,
                    goods.sku,
                    goods.product_title,
                    goods.refund_quantity,
                    goods.price,
                ])?;
            }
            if let Some((_, _, status, requested)) = known
                && (status != fields.status || requested != fields.refund_amount)
            {
                entry.execute(params![key, seen_at, status, requested])?;
            }
        }
        drop((select, insert, update, clear, item, entry));
        transaction.execute(
            "INSERT OR REPLACE INTO position VALUES ('bench', ?1)",
            [position],
        )?;
        transaction.commit()?;
        Ok(written)
    }

    /// Fetches a whole listing into the file, with two pages under way, and counts what was new or different.
    ///
    /// # Errors
    /// When a page cannot be fetched, read or written.
    pub async fn fetch(
        &mut self,
        client: &Client,
        base_url: &str,
        records: u64,
        size: u64,
    ) -> Result<usize> {
        let pages = stream::iter(1..=records.div_ceil(size))
            .map(|page| async move { (page, cases(client, base_url, page, size).await) });
        let mut pages = pages.buffered(2);
        let mut written = 0;
        while let Some((page, cases)) = pages.next().await {
            written += self.apply(&cases?, page, 0)?;
        }
        Ok(written)
    }
}

async fn cases(client: &Client, base_url: &str, page: u64, size: u64) -> Result<Vec<Case>> {
    #[derive(Deserialize)]
    struct List<'a> {
        #[serde(borrow)]
        post_sales: Vec<&'a RawValue>,
    }
    let path = "/openapi/2022-01/orders/after_sales_list";
    let request = client
        .get(format!("{base_url}{path}?page={page}&per_page={size}"))
        .header("access-token", credentials::shoplazza::ACCESS_TOKEN);
    let body = request.send().await?.error_for_status()?.bytes().await?;
    let list: List<'_> = serde_json::from_slice(&body)?;
    list.post_sales.into_iter().map(Case::read).collect()
}
