//! How the database is reached, and what its errors mean.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod};
use refinery::{Migration, Runner};
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;
use secrecy::{ExposeSecret, SecretString};
use tokio_postgres::config::{Config, Host, SslMode};
use tokio_postgres::error::SqlState;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{Error, ErrorKind, Result};

/// The versions of the tables, oldest first. A released one is never changed.
const MIGRATIONS: &[(&str, &str)] = &[("V1__initial", include_str!("migrations/V1__initial.sql"))];

/// Where the migrations that were made are noted. The library's own name may be another program's as well.
const NOTED_IN: &str = "aftersales_migrations";

/// One program at a time brings the tables up to date: `afts` in ASCII.
const LOCK: i64 = 0x6166_7473;

/// So many connections at the same time.
const CONNECTIONS: usize = 8;

/// Connections to a database, and how to name it in messages.
pub(super) fn pool(url: &SecretString) -> Result<(Pool, String)> {
    let config = config(url)?;
    let place = place(&config);
    let tls = tls().map_err(|error| {
        Error::new(ErrorKind::Unavailable, "TLS cannot be set up").with_cause(error)
    })?;
    let recycling = ManagerConfig {
        recycling_method: RecyclingMethod::Fast,
    };
    let manager = Manager::from_config(config, MakeRustlsConnect::new(tls), recycling);
    let pool = Pool::builder(manager).max_size(CONNECTIONS).build();
    let pool = pool.map_err(|error| {
        Error::new(ErrorKind::Unavailable, "no connections can be kept").with_cause(error)
    })?;
    Ok((pool, place))
}

/// What an address says. To another machine nothing goes in plain text, unless it says so.
fn config(url: &SecretString) -> Result<Config> {
    // What is wrong with it may be told with a part of the password.
    let refused = |_| {
        Error::new(
            ErrorKind::Config,
            "the address of the database cannot be read",
        )
    };
    let mut config = Config::from_str(url.expose_secret()).map_err(refused)?;
    let is_remote = config.get_hosts().iter().any(is_remote)
        || !config.get_hostaddrs().iter().all(IpAddr::is_loopback);
    if is_remote && config.get_ssl_mode() == SslMode::Prefer {
        config.ssl_mode(SslMode::Require);
    }
    config.application_name("aftersales");
    Ok(config)
}

fn is_remote(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            let is_loopback = name
                .parse()
                .is_ok_and(|address: IpAddr| address.is_loopback());
            !is_loopback && name != "localhost"
        }
        #[cfg(unix)]
        Host::Unix(_) => false,
    }
}

fn tls() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_platform_verifier()?.with_no_client_auth())
}

fn place(config: &Config) -> String {
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(name)) => name.clone(),
        #[cfg(unix)]
        Some(Host::Unix(path)) => path.display().to_string(),
        None => "localhost".to_owned(),
    };
    match config.get_dbname() {
        Some(name) => format!("{host}/{name}"),
        None => host,
    }
}

/// Brings the tables up to date.
pub(super) async fn migrate(client: &mut Object) -> Result<(), Failure> {
    let migrations = MIGRATIONS
        .iter()
        .map(|(name, sql)| Migration::unapplied(name, sql))
        .collect::<Result<Vec<_>, _>>()?;
    client
        .execute("SELECT pg_advisory_lock($1)", &[&LOCK])
        .await?;
    let migrated = migrate_alone(client, &migrations).await;
    client
        .execute("SELECT pg_advisory_unlock($1)", &[&LOCK])
        .await?;
    migrated
}

async fn migrate_alone(client: &mut Object, migrations: &[Migration]) -> Result<(), Failure> {
    let exists = "SELECT to_regclass($1) IS NOT NULL";
    let version: Option<i32> = if client.query_one(exists, &[&NOTED_IN]).await?.try_get(0)? {
        let latest = format!("SELECT max(version) FROM {NOTED_IN}");
        client.query_one(&latest, &[]).await?.try_get(0)?
    } else {
        None
    };
    let ours = migrations.iter().map(Migration::version).max();
    if version > ours {
        let message = "a newer version of this program has written the tables";
        return Err(Error::new(ErrorKind::Newer, message).into());
    }
    if version < ours {
        let mut runner = Runner::new(migrations).set_grouped(true);
        runner.set_migration_table_name(NOTED_IN);
        runner.run_async(&mut ***client).await?;
    }
    Ok(())
}

/// An error before it is known of which database.
#[derive(Debug)]
pub(super) enum Failure {
    Sql(tokio_postgres::Error),
    Pool(PoolError),
    Migration(Box<refinery::Error>),
    Store(Error),
}

impl Failure {
    pub(super) fn at(self, place: &str) -> Error {
        match self {
            Self::Store(error) => error,
            Self::Sql(error) | Self::Pool(PoolError::Backend(error)) => explained(error),
            Self::Pool(error) => {
                Error::new(ErrorKind::Unavailable, error.to_string()).with_cause(error)
            }
            Self::Migration(error) => {
                let message = format!("the tables cannot be brought up to date: {error}");
                Error::new(ErrorKind::Database, message).with_cause(*error)
            }
        }
        .at(&place)
    }
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<PoolError> for Failure {
    fn from(error: PoolError) -> Self {
        Self::Pool(error)
    }
}

impl From<refinery::Error> for Failure {
    fn from(error: refinery::Error) -> Self {
        Self::Migration(Box::new(error))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

/// What the server says, without its details, which may quote what was written.
fn explained(error: tokio_postgres::Error) -> Error {
    if let Some(said) = error.as_db_error() {
        return Error::new(kind(said.code()), said.message());
    }
    let message = match error.source() {
        Some(cause) => format!("{error} ({cause})"),
        None => error.to_string(),
    };
    // A column that does not hold what was written has no kind of its own.
    let is_unreadable = message.starts_with("error deserializing column");
    let kind = if is_unreadable {
        ErrorKind::Corrupt
    } else {
        ErrorKind::Unavailable
    };
    Error::new(kind, message).with_cause(error)
}

fn kind(code: &SqlState) -> ErrorKind {
    if *code == SqlState::DISK_FULL {
        return ErrorKind::Full;
    }
    if *code == SqlState::READ_ONLY_SQL_TRANSACTION {
        return ErrorKind::ReadOnly;
    }
    // The first two characters are the class.
    match code.code().get(..2) {
        // No connection, no such user or database, no resources, no privilege, shut down.
        Some("08" | "28" | "3D" | "53" | "57") => ErrorKind::Unavailable,
        _ if *code == SqlState::INSUFFICIENT_PRIVILEGE => ErrorKind::Unavailable,
        // Two writers in each other's way, a lock that is not to be had.
        Some("40" | "55") => ErrorKind::Busy,
        Some("XX") if *code != SqlState::INTERNAL_ERROR => ErrorKind::Corrupt,
        _ => ErrorKind::Database,
    }
}

/// A text as PostgreSQL takes it, which knows no zero character. The record keeps it.
pub(super) fn text(text: &str) -> Cow<'_, str> {
    if text.contains('\0') {
        Cow::Owned(text.replace('\0', "\u{FFFD}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_goes_to_another_machine_in_plain_text_unless_it_is_said() {
        for (url, mode) in [
            ("postgres://db.example.com/a", SslMode::Require),
            (
                "postgres://db.example.com/a?sslmode=prefer",
                SslMode::Require,
            ),
            (
                "postgres://db.example.com/a?sslmode=disable",
                SslMode::Disable,
            ),
            ("postgres://192.0.2.1/a", SslMode::Require),
            ("postgres://localhost,db.example.com/a", SslMode::Require),
            (
                "postgres://localhost/a?hostaddr=192.0.2.1",
                SslMode::Require,
            ),
            ("postgres://localhost/a", SslMode::Prefer),
            ("postgres://127.0.0.1:5433/a", SslMode::Prefer),
            ("postgres://[::1]/a", SslMode::Prefer),
            ("postgres://%2Frun%2Fpostgresql/a", SslMode::Prefer),
        ] {
            let config = config(&SecretString::from(url)).unwrap();
            assert_eq!(config.get_ssl_mode(), mode, "{url}");
        }
    }

    #[test]
    fn an_error_of_the_server_says_who_has_to_act() {
        for (code, expected) in [
            ("53100", ErrorKind::Full),
            ("53300", ErrorKind::Unavailable),
            ("28P01", ErrorKind::Unavailable),
            ("3D000", ErrorKind::Unavailable),
            ("42501", ErrorKind::Unavailable),
            ("57P01", ErrorKind::Unavailable),
            ("25006", ErrorKind::ReadOnly),
            ("40P01", ErrorKind::Busy),
            ("XX001", ErrorKind::Corrupt),
            ("XX000", ErrorKind::Database),
            ("42P07", ErrorKind::Database),
        ] {
            assert_eq!(kind(&SqlState::from_code(code)), expected, "{code}");
        }
    }
}
