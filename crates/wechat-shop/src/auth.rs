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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use core_model::{AfterSales, Lookup};
    use transport::testing::{Script, answer};
    use transport::{Exchange, Options};

    use super::*;
    use crate::{Client, Config};

    #[tokio::test]
    async fn either_token_call_is_sent_as_documented_and_the_token_travels_in_the_query() {
        for (endpoint, token_call, body) in [
            (
                TokenEndpoint::StableToken,
                "POST https://api.weixin.qq.com/cgi-bin/stable_token",
                r#"{"appid":"wx1","grant_type":"client_credential","secret":"s3"}"#,
            ),
            (
                TokenEndpoint::Token,
                "GET https://api.weixin.qq.com/cgi-bin/token\
                 ?grant_type=client_credential&appid=wx1&secret=s3",
                "",
            ),
        ] {
            let script = Script::new(|request| {
                let token = r#"{"access_token":"t+1","expires_in":7200}"#;
                let is_token_call = request.uri().path().starts_with("/cgi-bin/");
                Ok(answer(
                    200,
                    if is_token_call {
                        token
                    } else {
                        r#"{"errcode":0}"#
                    },
                ))
            });
            let exchange = Arc::clone(&script) as Arc<dyn Exchange>;
            let config = Config::builder()
                .app("wx1", "s3")
                .token_endpoint(endpoint)
                .options(Options::default().with_exchange(exchange))
                .build()
                .unwrap();
            let client = Client::new("wx", config).unwrap();
            let found = client.find(&Lookup::order("1").with_buyer("o1")).await;
            assert!(found.unwrap().is_empty());

            let requests = script.requests();
            let sent: Vec<_> = requests
                .iter()
                .map(|request| format!("{} {}", request.method(), request.uri()))
                .collect();
            let call = "POST https://api.weixin.qq.com/shop/aftersale/get?access_token=t%2B1";
            assert_eq!(sent, [token_call, call]);
            assert_eq!(requests[0].body(), body);
        }
    }
}
