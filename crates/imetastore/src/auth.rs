//! A bearer token, from the configuration or from a login.

use core_model::Result;
use core_model::lenient::Literal;
use secrecy::{ExposeSecret, SecretString};
use transport::{Auth, Moment, Reply, Request, Token, TokenExchange, TokenSource};

use crate::{api, wire};

/// Where the token comes from.
#[derive(Debug, Clone)]
pub(crate) enum Credential {
    /// The configuration holds it.
    Token(SecretString),
    /// The platform issues it.
    Login(Login),
}

/// The seller's login (page "Login Authorization"). The platform issues a refresh token as well, but
/// documents no call that takes it: one logs in again.
#[derive(Debug, Clone)]
pub(crate) struct Login {
    pub(crate) email: String,
    pub(crate) password: SecretString,
}

impl Auth for Credential {
    fn token(&self) -> TokenSource<'_> {
        match self {
            Self::Token(token) => TokenSource::Fixed(token),
            Self::Login(login) => TokenSource::Exchange(login),
        }
    }

    fn sign(&self, request: &mut Request, token: Option<&SecretString>, _: &Moment) -> Result<()> {
        let token = token.map(ExposeSecret::expose_secret).unwrap_or_default();
        request.set_secret_header("authorization", &format!("Bearer {token}"))
    }

    fn secrets(&self) -> Vec<&SecretString> {
        match self {
            Self::Token(token) => vec![token],
            Self::Login(login) => vec![&login.password],
        }
    }
}

impl TokenExchange for Login {
    fn request(&self) -> Request {
        let mut request = api::login(&self.email);
        request.set_secret_member("password", &self.password);
        request
    }

    fn read(&self, reply: &Reply) -> Result<Token> {
        let wire: wire::LoginReply<'_> = reply.decode()?;
        let login = wire.data.get();
        let token = login.and_then(|login| login.access_token.owned());
        Ok(Token {
            value: token
                .ok_or_else(|| reply.unreadable("data.accessToken is missing"))?
                .into(),
            lifetime_seconds: login.and_then(|login| login.expires_in.hint()),
        })
    }
}
