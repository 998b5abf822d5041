//! An answer that states success.

use core_model::{Error, ErrorKind, Result, Source, lenient};
use serde::Deserialize;

use crate::exchange::Answer;
use crate::redact::Redactor;
use crate::verdict::request_id;

/// An answer in which the platform states success. Wire types borrow from it.
#[derive(Debug)]
pub struct Reply {
    answer: Answer,
    source: Source,
    operation: &'static str,
    redactor: Redactor,
    attempts: u32,
}

impl Reply {
    pub(crate) fn new(
        answer: Answer,
        source: Source,
        operation: &'static str,
        redactor: Redactor,
    ) -> Self {
        Self {
            answer,
            source,
            operation,
            redactor,
            attempts: 1,
        }
    }

    pub(crate) fn after(self, attempts: u32) -> Self {
        Self { attempts, ..self }
    }

    /// The account that was asked.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Reads the body as JSON of a wire type.
    ///
    /// # Errors
    /// [`Decode`](ErrorKind::Decode) with the place where reading stopped, and the start of the
    /// body.
    pub fn decode<'a, T: Deserialize<'a>>(&'a self) -> Result<T> {
        let body = json(self.answer.body());
        lenient::from_str(body).map_err(|error| {
            if self.redactor.is_opaque() {
                // The message may quote what it refuses.
                let (line, column) = (error.line(), error.column());
                return self.unreadable(&format!("at line {line} column {column}"));
            }
            // Only now the slower reader, which knows the path of what it reads.
            let mut reader = serde_json::Deserializer::from_str(body);
            match serde_path_to_error::deserialize::<_, T>(&mut reader) {
                Err(located) if located.path().iter().next().is_some() => {
                    self.unreadable(&format!("{}: {}", located.path(), located.inner()))
                }
                _ => self.unreadable(&error.to_string()),
            }
        })
    }

    /// An answer that cannot be what the platform documents.
    pub fn unreadable(&self, problem: &str) -> Error {
        let body = json(self.answer.body());
        Error::new(ErrorKind::Decode, self.redactor.clean(problem))
            .with_source(&self.source)
            .with_operation(self.operation)
            .with_attempts(self.attempts)
            .with_answer(
                self.answer.status().as_u16(),
                request_id(self.answer.headers()).map(|id| self.redactor.clean(&id)),
                self.redactor.excerpt(body.as_bytes()),
            )
    }
}

/// A body without the byte order mark that some servers put before JSON.
pub(crate) fn json(body: &str) -> &str {
    body.strip_prefix('\u{feff}').unwrap_or(body)
}
