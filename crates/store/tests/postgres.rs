//! The copy in a database. The tests want a server on which they may make databases: its address in
//! `AFTERSALES_TEST_POSTGRES`. `.ci/postgres cargo test …` provides one.

#![cfg(feature = "postgres")]
// `clippy.toml` allows these in tests, but does not see that helpers of tests are tests, too.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, unreachable_pub)]

mod suite;

use std::io::{self, Write};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Once};

use async_trait::async_trait;
use secrecy::SecretString;
use store::{ErrorKind, Filter, Postgres, Sort, Store};
use suite::{Place, at, case, full, list, shop};
use tokio_postgres::{Client, NoTls};

/// A database of its own, on the server for tests.
struct Database {
    server: String,
    name: String,
}

impl Database {
    async fn new() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        static SKIPPED: Once = Once::new();
        let Ok(server) = std::env::var("AFTERSALES_TEST_POSTGRES") else {
            // Past libtest, which shows only what failing tests print.
            let message = "tests/postgres.rs is skipped: AFTERSALES_TEST_POSTGRES names no server (.ci/postgres has one)\n";
            SKIPPED.call_once(|| io::stderr().write_all(message.as_bytes()).unwrap());
            return None;
        };
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("aftersales_{}_{number}", std::process::id());
        let database = Self { server, name };
        database.on_server("CREATE DATABASE").await;
        Some(database)
    }

    async fn remove(self) {
        self.on_server("DROP DATABASE").await;
    }

    async fn on_server(&self, command: &str) {
        let force = if command.starts_with("DROP") {
            " WITH (FORCE)"
        } else {
            ""
        };
        let client = connect(&self.server).await;
        client
            .execute(&format!("{command} {}{force}", self.name), &[])
            .await
            .unwrap();
    }

    fn url(&self) -> String {
        let (server, database) = self.server.rsplit_once('/').unwrap();
        let options = database.split_once('?').map_or("", |(_, options)| options);
        format!("{server}/{}?{options}", self.name)
    }

    async fn store(&self) -> store::Result<Postgres> {
        Postgres::connect(&SecretString::from(self.url())).await
    }

    /// Another program's connection.
    async fn connect(&self) -> Client {
        connect(&self.url()).await
    }
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

#[async_trait]
impl Place for Database {
    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(self.store().await.unwrap())
    }
}

every_promise!(Database);

#[tokio::test]
async fn newer_tables_are_refused() {
    let Some(database) = Database::new().await else {
        return;
    };
    list(&*database.open().await, &shop("us"), at(0), vec![full("1")]).await;
    let client = database.connect().await;
    client
        .execute("UPDATE aftersales_migrations SET version = 1000", &[])
        .await
        .unwrap();
    let error = database.store().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Newer);
    let message = error.to_string();
    assert!(
        message.ends_with("a newer version of this program has written the tables"),
        "{message}"
    );
    database.remove().await;
}

#[tokio::test]
async fn many_programs_can_create_the_same_tables() {
    let Some(database) = Database::new().await else {
        return;
    };
    let opened = futures_util::future::join_all((0..6).map(|_| database.store())).await;
    for store in opened {
        assert_eq!(store.map(drop).map_err(|error| error.to_string()), Ok(()));
    }
    database.remove().await;
}

#[tokio::test]
async fn damage_is_an_error_and_not_another_record() {
    let Some(database) = Database::new().await else {
        return;
    };
    let store = database.open().await;
    let shop = shop("us");
    let client = database.connect().await;
    for damage in [
        "record = record || '\\x00'::bytea",
        "record = set_byte(record, 20, (get_byte(record, 20) + 1) % 256)",
        "record = ''::bytea",
        "fingerprint = fingerprint + 1",
    ] {
        let mut changed = full("1");
        changed.number = Some(damage.to_owned());
        list(&*store, &shop, at(0), vec![changed]).await;
        client
            .execute(&format!("UPDATE cases SET {damage}"), &[])
            .await
            .unwrap();
        let error = store.case(&shop, "1").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{damage}: {error}");
    }
    database.remove().await;
}

#[tokio::test]
async fn a_server_that_may_only_be_read_says_so() {
    let Some(database) = Database::new().await else {
        return;
    };
    let shop = shop("us");
    list(
        &*database.open().await,
        &shop,
        at(0),
        vec![case(&shop, "1")],
    )
    .await;
    let client = database.connect().await;
    let read_only = format!(
        "ALTER DATABASE {} SET default_transaction_read_only = on",
        database.name
    );
    client.execute(&read_only, &[]).await.unwrap();
    let store = database.store().await.unwrap();
    let error = store.forget("nobody", at(0)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReadOnly, "{error}");
    let listing = store
        .list(&Filter::new(), Sort::FirstSeen, None, 9)
        .await
        .unwrap();
    assert_eq!(listing.cases.len(), 1);
    database.remove().await;
}

#[tokio::test]
async fn zero_characters_lose_no_record() {
    let Some(database) = Database::new().await else {
        return;
    };
    let store = database.open().await;
    let shop = shop("us");
    let mut odd = full("a");
    odd.id = "a\0b".to_owned();
    odd.order.number = Some("\0".to_owned());
    odd.buyer.id = Some("\0\0".to_owned());
    odd.native_status.code = Some("\0".to_owned());
    list(&*store, &shop, at(0), vec![odd.clone()]).await;
    assert_eq!(store.case(&shop, "a\0b").await.unwrap(), Some(odd));
    database.remove().await;
}

#[tokio::test]
async fn no_error_tells_the_password() {
    for (url, kind) in [
        (
            "postgres://me:s3cret@127.0.0.1:1/none",
            ErrorKind::Unavailable,
        ),
        ("postgres://me:s3cret@127.0.0.1:x/none", ErrorKind::Config),
        (
            "postgres://me:s3cret@127.0.0.1/none?sslmode=s3cret",
            ErrorKind::Config,
        ),
    ] {
        let error = Postgres::connect(&SecretString::from(url))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{url}: {error}");
        for text in [format!("{error}"), format!("{error:?}")] {
            assert!(!text.contains("s3cret"), "{text}");
        }
    }
}
