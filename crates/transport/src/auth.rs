//! How a platform's calls are authenticated.

use std::fmt;

use core_model::Result;
use jiff::Timestamp;
use secrecy::SecretString;

use crate::{Reply, Request};

/// How the calls of an account are authenticated. Pure: what to send, and how to read the answer;
/// when to do it is the transport's business.
pub trait Auth: fmt::Debug + Send + Sync {
    /// Where the token comes from.
    fn token(&self) -> TokenSource<'_>;

    /// Puts the credential into a request. Called on every attempt, with a fresh moment.
    ///
    /// # Errors
    /// [`Config`](core_model::ErrorKind::Config) when the credential does not fit where it belongs,
    /// such as a line break in a header.
    fn sign(
        &self,
        request: &mut Request,
        token: Option<&SecretString>,
        moment: &Moment,
    ) -> Result<()>;

    /// Everything that must never be seen in an error.
    fn secrets(&self) -> Vec<&SecretString>;
}

/// Where the token of a call comes from.
#[derive(Debug, Clone, Copy)]
pub enum TokenSource<'a> {
    /// There is none: the request is signed instead.
    None,
    /// The configuration holds it.
    Fixed(&'a SecretString),
    /// The platform issues it for the account's credentials.
    Exchange(&'a dyn TokenExchange),
}

/// The call that gets a token from the platform.
pub trait TokenExchange: fmt::Debug + Send + Sync {
    /// The request that asks for it.
    fn request(&self) -> Request;

    /// Reads it from the answer.
    ///
    /// # Errors
    /// [`Decode`](core_model::ErrorKind::Decode) when there is none.
    fn read(&self, reply: &Reply) -> Result<Token>;
}

/// A token that the platform issued.
#[derive(Debug)]
pub struct Token {
    /// The token.
    pub value: SecretString,
    /// How long the platform says it lives, in seconds; `None` where it does not say.
    pub lifetime_seconds: Option<u64>,
}

/// The time and the random text of one attempt. Both go into signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// Now, UTC.
    pub now: Timestamp,
    /// 32 random lower-case letters and digits.
    pub nonce: String,
}

/// Where moments come from; tests put fixed ones in.
pub trait Moments: fmt::Debug + Send + Sync {
    /// The moment of the next attempt.
    fn next(&self) -> Moment;
}

/// The system's clock and a random number generator.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SystemMoments;

impl Moments for SystemMoments {
    fn next(&self) -> Moment {
        const NONCE_LENGTH: usize = 32;
        Moment {
            now: Timestamp::now(),
            nonce: std::iter::repeat_with(fastrand::alphanumeric)
                .take(NONCE_LENGTH)
                .map(|c| c.to_ascii_lowercase())
                .collect(),
        }
    }
}
