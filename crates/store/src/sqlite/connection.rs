//! How the file is opened, and what its errors mean.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags};
use rusqlite_migration::{M, MigrationDefinitionError, Migrations};

use crate::{Error, ErrorKind, Result};

/// The versions of the tables, oldest first. A released one is never changed.
const MIGRATIONS: &[M<'static>] = &[M::up(include_str!("migrations/1.sql"))];

/// Marks the file as ours: `afts` in ASCII. The first migration sets it.
const APPLICATION_ID: i32 = 0x6166_7473;

/// How long to wait for another process that writes. Compacting a large file takes seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long to wait before the next try.
const PAUSE: Duration = Duration::from_millis(20);

/// Large pages, which suit compressed records.
const PAGE_SIZE: u32 = 16 << 10;

/// How much of the file the writer keeps in memory, in KiB.
const WRITER_CACHE: u32 = 32 << 10;

/// The same for each reader.
const READER_CACHE: u32 = 4 << 10;

/// Opens the file to write, creates it where there is none, and brings its tables up to date.
pub(super) fn writer(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let opened = open(path, flags).and_then(|mut connection| {
        let started = Instant::now();
        // Where another program creates the file at the same time, SQLite does not wait by itself.
        while let Err(failure) = prepare(&mut connection) {
            if !failure.is_busy() || started.elapsed() > PATIENCE {
                return Err(failure);
            }
            thread::sleep(PAUSE);
        }
        Ok(connection)
    });
    opened.map_err(|failure| failure.at(path))
}

fn prepare(connection: &mut Connection) -> Result<(), Failure> {
    refuse_read_only(connection)?;
    refuse_foreign(connection)?;
    connection.pragma_update(None, "page_size", PAGE_SIZE)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // What is committed survives a crash of this program, and the file a loss of power.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "cache_size", -i64::from(WRITER_CACHE))?;
    // The tables refer to each other only where this code makes them, and checking takes time.
    connection.pragma_update(None, "foreign_keys", false)?;
    migrate(connection)
}

/// Opens the file to read.
pub(super) fn reader(path: &Path) -> Result<Connection> {
    let opened = open(path, OpenFlags::SQLITE_OPEN_READ_ONLY).and_then(|connection| {
        connection.pragma_update(None, "cache_size", -i64::from(READER_CACHE))?;
        Ok(connection)
    });
    opened.map_err(|failure| failure.at(path))
}

fn open(path: &Path, flags: OpenFlags) -> Result<Connection, Failure> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// SQLite opens a file that may not be written for reading, and says nothing.
fn refuse_read_only(connection: &Connection) -> Result<(), Failure> {
    match connection.is_readonly("main")? {
        false => Ok(()),
        true => Err(Error::new(ErrorKind::ReadOnly, "the file may not be written").into()),
    }
}

fn refuse_foreign(connection: &Connection) -> Result<(), Failure> {
    // In one statement: another program may be creating the tables.
    let state =
        "SELECT application_id, (SELECT count(*) FROM sqlite_schema) FROM pragma_application_id";
    match connection.query_row(state, [], |row| Ok((row.get(0)?, row.get(1)?)))? {
        (APPLICATION_ID, _) | (0, 0) => Ok(()),
        _ => {
            let message = "the file is the database of another program";
            Err(Error::new(ErrorKind::Config, message).into())
        }
    }
}

fn migrate(connection: &mut Connection) -> Result<(), Failure> {
    use rusqlite_migration::Error as Refused;

    let migrations = Migrations::from_slice(MIGRATIONS);
    if let Err(refused) = migrations.to_latest(connection)
        // Another program may have done the same at the same time.
        && !matches!(migrations.pending_migrations(connection), Ok(0))
    {
        return Err(match refused {
            Refused::RusqliteError { err, .. } => Failure::Sql(err),
            Refused::MigrationDefinition(MigrationDefinitionError::DatabaseTooFarAhead) => {
                let message = "a newer version of this program has written the file";
                Error::new(ErrorKind::Newer, message).into()
            }
            other => Error::new(
                ErrorKind::Database,
                "the tables cannot be brought up to date",
            )
            .with_cause(other)
            .into(),
        });
    }
    Ok(())
}

/// An error before it is known of which file.
#[derive(Debug)]
pub(super) enum Failure {
    Sql(rusqlite::Error),
    Store(Error),
}

impl Failure {
    fn is_busy(&self) -> bool {
        matches!(self, Self::Sql(error) if kind(error) == ErrorKind::Busy)
    }

    /// The same, with what it means.
    pub(super) fn because(self, message: &str) -> Self {
        match self {
            Self::Sql(error) => {
                let message = format!("{message} ({error})");
                Error::new(kind(&error), message).with_cause(error).into()
            }
            Self::Store(error) => Self::Store(error),
        }
    }

    pub(super) fn at(self, path: &Path) -> Error {
        let path = path.display();
        match self {
            Self::Store(error) => error.at(&path),
            Self::Sql(error) => Error::new(kind(&error), error.to_string())
                .with_cause(error)
                .at(&path),
        }
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

fn kind(error: &rusqlite::Error) -> ErrorKind {
    use rusqlite::Error as E;

    match error {
        // A column that does not hold what was written.
        E::FromSqlConversionFailure(..) | E::InvalidColumnType(..) | E::Utf8Error(..) => {
            ErrorKind::Corrupt
        }
        other => match other.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => ErrorKind::Busy,
            Some(ErrorCode::ReadOnly) => ErrorKind::ReadOnly,
            Some(ErrorCode::DiskFull) => ErrorKind::Full,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => ErrorKind::Corrupt,
            Some(
                ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::SystemIoFailure,
            ) => ErrorKind::Unavailable,
            _ => ErrorKind::Database,
        },
    }
}
