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
    let Some(said) = error.as_db_error() else {
        let kind = if error.is_closed()
            || error
                .source()
                .is_some_and(<dyn StdError>::is::<std::io::Error>)
        {
            ErrorKind::Unavailable
        } else if is_unreadable(&error) {
            ErrorKind::Corrupt
        } else {
            ErrorKind::Unavailable
        };
        let cause = error.source().map(ToString::to_string);
        let message = match cause {
            Some(cause) => format!("{error} ({cause})"),
            None => error.to_string(),
        };
        return Error::new(kind, message).with_cause(error);
    };
    let message = said.message().to_owned();
    let kind = kind(said.code());
    Error::new(kind, message)
}

/// A column that does not hold what was written.
fn is_unreadable(error: &tokio_postgres::Error) -> bool {
    error.to_string().starts_with("error deserializing column")
}

fn kind(code: &SqlState) -> ErrorKind {
    match code.code().get(..2) {
        Some("08" | "28" | "3D" | "57") => ErrorKind::Unavailable,
        Some("40" | "55") => ErrorKind::Busy,
        Some("53") if *code == SqlState::DISK_FULL => ErrorKind::Full,
        Some("53") => ErrorKind::Unavailable,
        Some("25") if *code == SqlState::READ_ONLY_SQL_TRANSACTION => ErrorKind::ReadOnly,
        Some("42") if *code == SqlState::INSUFFICIENT_PRIVILEGE => ErrorKind::Unavailable,
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
