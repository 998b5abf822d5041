//! The local copy.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;

use aftersales::Configuration;
use secrecy::{ExposeSecret, SecretString};
use store::{Sqlite, Store};

use crate::console::Failure;

/// Where the copy is: what the option says, as seen from the working directory, else what the configuration says.
pub(crate) fn place(
    option: Option<&str>,
    configuration: &Configuration,
) -> Result<SecretString, Failure> {
    match option {
        Some(option) => Ok(option.into()),
        None => Ok(configuration.store()?),
    }
}

/// Opens the copy, which is made where there is none.
pub(crate) async fn open(place: &SecretString) -> Result<Arc<dyn Store>, Failure> {
    Ok(Arc::new(Sqlite::open(place.expose_secret()).await?))
}

/// The right to bring a copy in a file up to date, which one program has at a time. The system takes it back whenever
/// and however the program ends.
#[derive(Debug)]
pub(crate) struct Exclusive(#[expect(dead_code, reason = "the lock ends when it is dropped")] File);

impl Exclusive {
    /// Takes it, if nobody has it.
    pub(crate) fn take(place: &SecretString) -> Result<Self, Failure> {
        let place = place.expose_secret();
        let refused =
            |problem: String, hint: &str| Failure::new(format!("{place}: {problem}"), hint);
        let name = format!("{place}.lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(Path::new(&name))
            .map_err(|error| {
                let hint = "allow this user to write the folder";
                refused(format!("its lock cannot be opened: {error}"), hint)
            })?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
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
}
