//! Where a copy is.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use secrecy::SecretString;

use crate::{Result, Sqlite, Store};

/// Where a copy is.
#[derive(Clone)]
pub enum Location {
    /// An SQLite file.
    File(PathBuf),
    /// A PostgreSQL database by its address, which may hold a password.
    Postgres(SecretString),
}

impl Location {
    /// The address of a PostgreSQL database, `postgres://…` or `postgresql://…`, or else the path of a file.
    pub fn new(location: impl Into<String>) -> Self {
        let location = location.into();
        let schemes = ["postgres://", "postgresql://"];
        if schemes.iter().any(|scheme| location.starts_with(scheme)) {
            Self::Postgres(location.into())
        } else {
            Self::File(location.into())
        }
    }

    /// Opens the copy, and brings it up to date with this version of the program. A file is created where there is none.
    ///
    /// # Errors
    /// As [`Sqlite::open`] and `Postgres::connect`; [`Config`](crate::ErrorKind::Config) for a PostgreSQL database if this program
    /// is built without the feature `postgres`.
    pub async fn open(&self) -> Result<Arc<dyn Store>> {
        match self {
            Self::File(path) => Ok(Arc::new(Sqlite::open(path).await?)),
            #[cfg(feature = "postgres")]
            Self::Postgres(url) => Ok(Arc::new(crate::Postgres::connect(url).await?)),
            #[cfg(not(feature = "postgres"))]
            Self::Postgres(_) => {
                let message = "this program is built without PostgreSQL";
                Err(crate::Error::new(crate::ErrorKind::Config, message))
            }
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Postgres(_) => f.write_str("Postgres(..)"),
        }
    }
}
