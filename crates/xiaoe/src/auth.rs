//! A token in the JSON body, from the configuration or from the platform.

use core_model::Result;
use core_model::lenient::Literal;
use secrecy::SecretString;
use transport::{Auth, Moment, Reply, Request, Token, TokenExchange, TokenSource};

use crate::{api, wire};

/// Where the token comes from.
#[derive(Debug, Clone)]
pub(crate) enum Credential {
    /// The configuration holds it.
    Token(SecretString),
    /// The platform issues it.
    App(App),
}

/// An application in a shop.
#[derive(Debug, Clone)]
pub(crate) struct App {
    pub(crate) app_id: String,
    pub(crate) client_id: String,
    pub(crate) secret_key: SecretString,
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
            request.set_secret_member("access_token", token);
        }
        Ok(())
    }

    fn secrets(&self) -> Vec<&SecretString> {
        match self {
            Self::Token(token) => vec![token],
            Self::App(app) => vec![&app.secret_key],
        }
    }
}

impl TokenExchange for App {
    fn request(&self) -> Request {
        let mut request = api::token(&self.app_id, &self.client_id);
        request.set_secret_query("secret_key", &self.secret_key);
        request
    }

    fn read(&self, reply: &Reply) -> Result<Token> {
        let wire: wire::TokenReply<'_> = reply.decode()?;
        let issued = wire.data.get();
        let token = issued.and_then(|issued| issued.access_token.owned());
        Ok(Token {
            value: token
                .ok_or_else(|| reply.unreadable("data.access_token is missing"))?
                .into(),
            lifetime_seconds: issued.and_then(|issued| issued.expires_in.hint()),
        })
    }
}
