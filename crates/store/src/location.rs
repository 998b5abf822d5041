//! Where a copy is.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use secrecy::SecretString;

use crate::{Error, ErrorKind, Result, Sqlite, Store};

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
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) for an address of anything else. It is not quoted: it may hold a password.
    pub fn new(location: impl Into<String>) -> Result<Self> {
        let location = location.into();
        match location.split_once("://") {
            None => Ok(Self::File(location.into())),
            Some(("postgres" | "postgresql", _)) => Ok(Self::Postgres(location.into())),
            Some(_) => {
                let message =
                    "the copy is a file, or a database whose address begins with postgres://";
                Err(Error::new(ErrorKind::Config, message))
            }
        }
    }

    /// Opens the copy, and brings it up to date with this version of the program. A file is created where there is none.
    ///
    /// # Errors
    /// As [`Sqlite::open`] and `Postgres::connect`; [`Config`](ErrorKind::Config) for a PostgreSQL database if this program is
    /// built without the feature `postgres`.
    pub async fn open(&self) -> Result<Arc<dyn Store>> {
        match self {
            Self::File(path) => Ok(Arc::new(Sqlite::open(path).await?)),
            #[cfg(feature = "postgres")]
            Self::Postgres(url) => Ok(Arc::new(crate::Postgres::connect(url).await?)),
            #[cfg(not(feature = "postgres"))]
            Self::Postgres(_) => {
                let message = "this program is built without PostgreSQL";
                Err(Error::new(ErrorKind::Config, message))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_file_and_an_address_is_never_shown() {
        assert!(
            matches!(Location::new("a/copy.db"), Ok(Location::File(path)) if path == *"a/copy.db")
        );
        for address in ["postgres://u:secret@host/d", "postgresql://u:secret@host/d"] {
            let location = Location::new(address).unwrap();
            assert!(matches!(location, Location::Postgres(_)));
            assert!(!format!("{location:?}").contains("secret"));
        }
        let error = Location::new("mysql://u:secret@host/d").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(!format!("{error:?}").contains("secret"));
    }
}
