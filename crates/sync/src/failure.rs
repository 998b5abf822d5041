//! Why an account could not be read to its end.

use std::error::Error as StdError;
use std::fmt;

/// Why an account could not be read to its end. It holds no secret, and nothing of a record.
#[derive(Debug)]
pub enum Failure {
    /// Something between us and the platform.
    Platform(core_model::Error),
    /// Something with the copy.
    Copy(store::Error),
}

impl Failure {
    /// What the person in front of the screen can do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Platform(error) => error.kind().advice(),
            Self::Copy(error) => error.kind().advice(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Platform(error) => error.fmt(f),
            Self::Copy(error) => error.fmt(f),
        }
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Platform(error) => error.source(),
            Self::Copy(error) => error.source(),
        }
    }
}

impl From<core_model::Error> for Failure {
    fn from(error: core_model::Error) -> Self {
        Self::Platform(error)
    }
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        Self::Copy(error)
    }
}

/// Why a round does not go on.
#[derive(Debug)]
pub(crate) enum Halt {
    /// It was asked to stop.
    Stopped,
    /// Something went wrong.
    Failed(Failure),
}

impl<T: Into<Failure>> From<T> for Halt {
    fn from(failure: T) -> Self {
        Self::Failed(failure.into())
    }
}
