//! The local copy.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aftersales::Configuration;
use secrecy::ExposeSecret;
use store::{Location, Postgres, Sqlite, Store};

use crate::console::Failure;

/// Where the copy is: what the option says, as seen from the working directory, else what the configuration says.
pub(crate) fn place(
    option: Option<&str>,
    configuration: &Configuration,
) -> Result<Location, Failure> {
    Ok(match option {
        Some(option) => Location::new(option)?,
        None => Location::new(configuration.store()?.expose_secret())?,
    })
}

/// A copy that is to be brought up to date.
#[derive(Clone)]
pub(crate) enum Current {
    /// In a file, which is ours until the last clone of this is dropped.
    Alone(
        Arc<dyn Store>,
        #[expect(dead_code, reason = "the lock ends when it is dropped")] Arc<File>,
    ),
    /// In a database, on which others may be at work as well.
    Shared(Arc<Postgres>),
}

impl Current {
    /// Opens the copy, which is made where there is none.
    pub(crate) async fn open(place: &Location) -> Result<Self, Failure> {
        match place {
            Location::File(file) => {
                let store = Arc::new(Sqlite::open(file).await?);
                Ok(Self::Alone(store, Arc::new(lock(file)?)))
            }
            Location::Postgres(url) => Ok(Self::Shared(Arc::new(Postgres::connect(url).await?))),
        }
    }
}

/// The right to bring a copy in a file up to date, which one program has at a time. The system takes it back whenever
/// and however the program ends.
fn lock(copy: &Path) -> Result<File, Failure> {
    let refused =
        |problem: String, hint: &str| Failure::new(format!("{}: {problem}", copy.display()), hint);
    let mut name = copy.as_os_str().to_owned();
    name.push(".lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(PathBuf::from(name))
        .map_err(|error| {
            let hint = "allow this user to write the folder";
            refused(format!("its lock cannot be opened: {error}"), hint)
        })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let hint = "let the other one finish, or stop it";
            Err(refused("another sync is at work on it".to_owned(), hint))
        }
        Err(TryLockError::Error(error)) => {
            let hint = "keep the copy on a disk of this machine";
            Err(refused(format!("it cannot be locked: {error}"), hint))
        }
    }
}
