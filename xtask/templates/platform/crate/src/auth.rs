//! A bearer token from the configuration.

use core_model::Result;
use secrecy::{ExposeSecret, SecretString};
use transport::{Auth, Moment, Request, TokenSource};

/// The header `Authorization`.
#[derive(Debug)]
pub(crate) struct AccessToken(pub(crate) SecretString);

impl Auth for AccessToken {
    fn token(&self) -> TokenSource<'_> {
        TokenSource::Fixed(&self.0)
    }

    fn sign(&self, request: &mut Request, token: Option<&SecretString>, _: &Moment) -> Result<()> {
        let token = token.unwrap_or(&self.0).expose_secret();
        request.set_secret_header("authorization", &format!("Bearer {token}"))
    }

    fn secrets(&self) -> Vec<&SecretString> {
        vec![&self.0]
    }
}
