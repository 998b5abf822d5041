//! One error for everything that can go wrong with the copy.

use std::error::Error as StdError;
use std::fmt;

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, by who has to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting or an argument is wrong, or the records are not those of the account.
    Config,
    /// The copy cannot be opened or reached.
    Unavailable,
    /// Somebody else writes for longer than we wait. Nothing was written.
    Busy,
    /// It may be read and not written. Nothing was written.
    ReadOnly,
    /// There is no room left. Nothing was written.
    Full,
    /// What is stored cannot be read.
    Corrupt,
    /// A newer version of this program has written it. Nothing was touched.
    Newer,
    /// Another worker has taken the account over. Nothing was written.
    LeaseLost,
    /// Anything else that the database says.
    Database,
}

impl ErrorKind {
    /// A few words that say what happened.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Config => "bad configuration",
            Self::Unavailable => "copy unavailable",
            Self::Busy => "copy in use",
            Self::ReadOnly => "copy is read-only",
            Self::Full => "no room left",
            Self::Corrupt => "copy is damaged",
            Self::Newer => "copy is newer than this program",
            Self::LeaseLost => "account taken over",
            Self::Database => "database error",
        }
    }

    /// What the person in front of the screen can do about it.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Config => "correct the setting or argument that is named",
            Self::Unavailable => {
                "check that the file or server exists and that this user may use it"
            }
            Self::Busy => "let the other program finish, and try again",
            Self::ReadOnly => "allow this user to write the file and its folder",
            Self::Full => "make room and run again: it goes on where it stopped",
            Self::Corrupt => {
                "put the file aside and restore a backup, or read everything again into a new one"
            }
            Self::Newer => "update this program, or use the copy with the version that wrote it",
            Self::LeaseLost => "nothing: the other worker goes on where this one stopped",
            Self::Database => "report this, with what the database says",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What went wrong with which copy. It holds no password and nothing of a record.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    cause: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of a kind, with what happened in words.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            cause: None,
        }
    }

    /// Keeps the error underneath.
    #[must_use]
    pub fn with_cause(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Says of which copy it is.
    pub(crate) fn at(mut self, place: &dyn fmt::Display) -> Self {
        self.message = format!("{place}: {}", self.message);
        self
    }

    /// What went wrong, by who has to act.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What happened, in words.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause
            .as_deref()
            .map(|cause| cause as &(dyn StdError + 'static))
    }
}
