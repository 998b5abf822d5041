//! A token in the query string, from the configuration or from the platform.

use core_model::Result;
use core_model::lenient::Literal;
use secrecy::SecretString;
use transport::{Auth, Moment, Reply, Request, Token, TokenExchange, TokenSource};

use crate::config::TokenEndpoint;
use crate::{api, wire};

/// Where the token comes from.
#[derive(Debug, Clone)]
pub(crate) enum Credential {
    /// The configuration holds it.
    Token(SecretString),
    /// The platform issues it.
    App(App),
}

/// An app, and the call that issues its token.
#[derive(Debug, Clone)]
pub(crate) struct App {
    pub(crate) app_id: String,
    pub(crate) app_secret: SecretString,
    pub(crate) endpoint: TokenEndpoint,
}

impl Auth for Credential {
    fn token(&self) -> TokenSource<'_> {
        match self {
            Self::Token(token) => TokenSource::Fixed(token),
            Self::App(app) => TokenSource::Exchange(app),
        }
    }

    fn sign(&self, request: &mut Request, token: Option<&SecretString>, _: &Moment) -> Result<()> {
        if let Some(token) = token {
            request.set_secret_query("access_token", token);
        }
        Ok(())
    }

    fn secrets(&self) -> Vec<&SecretString> {
        match self {
            Self::Token(token) => vec![token],
            Self::App(app) => vec![&app.app_secret],
        }
    }
}

impl TokenExchange for App {
    fn request(&self) -> Request {
        match self.endpoint {
            TokenEndpoint::StableToken => {
                let mut request = api::stable_token(&self.app_id);
                request.set_secret_member("secret", &self.app_secret);
                request
            }
            TokenEndpoint::Token => {
                let mut request = api::token(&self.app_id);
                request.set_secret_query("secret", &self.app_secret);
                request
            }
        }
    }

    fn read(&self, reply: &Reply) -> Result<Token> {
        let wire: wire::TokenReply<'_> = reply.decode()?;
        let token = wire.access_token.owned();
        Ok(Token {
            value: token
                .ok_or_else(|| reply.unreadable("access_token is missing"))?
                .into(),
            lifetime_seconds: wire.expires_in.hint(),
        })
    }
}
