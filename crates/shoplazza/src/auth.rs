//! A header with the shop's token.

use core_model::Result;
use secrecy::{ExposeSecret, SecretString};
use transport::{Auth, Moment, Request, TokenSource};

/// The header `Access-Token`.
#[derive(Debug)]
pub(crate) struct AccessToken(pub(crate) SecretString);

impl Auth for AccessToken {
    fn token(&self) -> TokenSource<'_> {
        TokenSource::Fixed(&self.0)
    }

    fn sign(&self, request: &mut Request, token: Option<&SecretString>, _: &Moment) -> Result<()> {
        let token = token.unwrap_or(&self.0);
        request.set_secret_header("access-token", token.expose_secret())
    }

    fn secrets(&self) -> Vec<&SecretString> {
        vec![&self.0]
    }
}
